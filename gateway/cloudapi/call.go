package cloudapi

import (
	"context"
	"errors"

	"tccc/gateway/store"
	"tccc/wire"
)

type sessionParams struct {
	SdkAppID  int64  `api:"SdkAppId,required"`
	SessionID string `api:"SessionId,required"`
}

type empty struct{}

// pstnSession is PSTNSession. Times are Unix seconds, 0 for not yet.
type pstnSession struct {
	SessionID       string
	RoomID          string
	Caller          string
	Callee          string
	StartTimestamp  int64
	RingTimestamp   int64
	AcceptTimestamp int64
	StaffEmail      string
	StaffNumber     string
	SessionStatus   string
	Direction       int64
	OutBoundCaller  string
	OutBoundCallee  string
	ProtectedCaller string
	ProtectedCallee string
}

func noSession() error { return fail(CodeRecordNotExist, "There is no session with this SessionId.") }

// describeTelSession gives a call, while it is live and after it has ended.
func (h *Handler) describeTelSession(ctx context.Context, q *request, p *sessionParams) (any, error) {
	app, err := h.app(q, p.SdkAppID)
	if err != nil {
		return nil, err
	}
	if h.opts.Live != nil {
		s, err := h.opts.Live.Session(ctx, app, p.SessionID)
		if err == nil && telephone(s.Type) {
			return map[string]pstnSession{"Session": pstn(&s.CDR, sessionStatus(&s))}, nil
		}
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return nil, h.liveError(err)
		}
	}
	c, found, err := h.oneRecord(ctx, app, p.SessionID)
	if err != nil {
		return nil, err
	}
	if !found || !telephone(c.Type) {
		return nil, noSession()
	}
	return map[string]pstnSession{"Session": pstn(&c, "finished")}, nil
}

func pstn(c *store.CDR, status string) pstnSession {
	s := pstnSession{
		SessionID: c.SessionID, Caller: c.Caller, Callee: c.Callee, StartTimestamp: seconds(c.StartAt),
		RingTimestamp: seconds(c.RingAt), AcceptTimestamp: seconds(c.AnswerAt), StaffEmail: c.UserID,
		StaffNumber: c.StaffNo, SessionStatus: status, ProtectedCaller: c.ProtectedCaller,
		ProtectedCallee: c.ProtectedCallee,
	}
	if c.Direction == wire.Outbound {
		s.Direction = 1
	}
	if c.ProtectedCaller != "" {
		s.Caller = ""
	}
	if c.ProtectedCallee != "" {
		s.Callee = ""
	}
	return s
}

// sessionStatus is SessionStatus: a call that rings at an agent waits for the
// agent, everything else before the conversation rings.
func sessionStatus(s *store.SessionRecord) string {
	switch s.State {
	case wire.StateTalking, wire.StateHeld:
		return "inProgress"
	case wire.StateEnded, wire.StateGone:
		return "finished"
	case wire.StateRinging:
		return "seatJoining"
	}
	return "ringing"
}

type activeParams struct {
	SdkAppID int64  `api:"SdkAppId,required"`
	Offset   *int64 `api:"Offset,required"`
	Limit    *int64 `api:"Limit,required"`
}

// activeSession is PSTNSessionInfo, whose times are partly text.
type activeSession struct {
	pstnSession
	StartTimestamp  string
	AcceptTimestamp string
}

type activeResult struct {
	Total    int
	Sessions []activeSession
}

// describePSTNActiveSessionList lists live calls.
func (h *Handler) describePSTNActiveSessionList(ctx context.Context, q *request, p *activeParams) (any, error) {
	app, err := h.app(q, p.SdkAppID)
	if err != nil {
		return nil, err
	}
	w, err := slice(p.Limit, p.Offset, 25, 25)
	if err != nil {
		return nil, err
	}
	out := activeResult{Sessions: []activeSession{}}
	if h.opts.Live == nil {
		return out, nil
	}
	all, err := h.opts.Live.Sessions(ctx, app)
	if err != nil {
		return nil, h.liveError(err)
	}
	for i := range all {
		s := &all[i]
		if !telephone(s.Type) || s.SDKAppID != app {
			continue
		}
		if out.Total >= w.offset && len(out.Sessions) < w.limit {
			row := pstn(&s.CDR, sessionStatus(s))
			out.Sessions = append(out.Sessions,
				activeSession{row, decimal(row.StartTimestamp), decimal(row.AcceptTimestamp)})
		}
		out.Total++
	}
	return out, nil
}

type callOutParams struct {
	SdkAppID int64    `api:"SdkAppId,required"`
	UserID   string   `api:"UserId,required"`
	Callee   string   `api:"Callee,required"`
	Caller   string   `api:"Caller"`
	Callers  []string `api:"Callers"`
	// the agent's side is where the agent takes calls, whatever this says
	IsForceUseMobile bool   `api:"IsForceUseMobile"`
	Uui              string `api:"Uui"`
	UUI              string `api:"UUI"`
}

// maxUUI bounds UUI, in bytes.
const maxUUI = 1024

// createCallOutSession calls a number for an agent.
func (h *Handler) createCallOutSession(ctx context.Context, q *request, p *callOutParams) (any, error) {
	app, err := h.app(q, p.SdkAppID)
	if err != nil {
		return nil, err
	}
	agent, err := h.opts.Directory.Agent(app, p.UserID)
	if err != nil {
		return nil, refused(err, map[string]string{"UserID": "UserId"})
	}
	call := wire.StartCallParams{PhoneNumber: national(p.Callee), UUI: p.UUI}
	if call.UUI == "" {
		call.UUI = p.Uui
	}
	if len(call.UUI) > maxUUI {
		return nil, invalid("UUI", "it has more than %d bytes", maxUUI)
	}
	if h.opts.Live == nil {
		return nil, fail(CodeUnsupportedOperation, "No calls can be made here.")
	}
	callers := p.Callers
	if len(callers) == 0 {
		callers = []string{p.Caller} // "" lets the gateway choose
	}
	for i, caller := range callers {
		call.CallerPhoneNumber = national(caller)
		made, err := h.opts.Live.StartCall(ctx, app, agent.UserID, call)
		if errors.Is(err, wire.ErrNoCallerNumber) && i < len(callers)-1 {
			continue
		}
		if err != nil {
			return nil, h.liveError(err)
		}
		return map[string]string{"SessionId": made.SessionID}, nil
	}
	return nil, fail(CodeNoCallOutNumber, "None of the Callers is a number for outbound calls.")
}

// hangUpCall ends a call.
func (h *Handler) hangUpCall(ctx context.Context, q *request, p *sessionParams) (any, error) {
	app, err := h.app(q, p.SdkAppID)
	if err != nil {
		return nil, err
	}
	if h.opts.Live == nil {
		return nil, noSession()
	}
	if err := h.opts.Live.Hangup(ctx, app, p.SessionID); err != nil {
		return nil, h.liveError(err)
	}
	return empty{}, nil
}

type memberParams struct {
	SdkAppID int64  `api:"SdkAppId,required"`
	UserID   string `api:"UserId,required"`
}

// forceMemberOffline takes an agent off line.
func (h *Handler) forceMemberOffline(ctx context.Context, q *request, p *memberParams) (any, error) {
	app, err := h.app(q, p.SdkAppID)
	if err != nil {
		return nil, err
	}
	agent, err := h.opts.Directory.Agent(app, p.UserID)
	if err != nil {
		return nil, refused(err, map[string]string{"UserID": "UserId"})
	}
	if h.opts.Live == nil {
		return empty{}, nil
	}
	if err := h.opts.Live.ForceOffline(ctx, app, agent.UserID); err != nil {
		return nil, h.liveError(err)
	}
	return empty{}, nil
}

// liveError turns an error of what is live into the documented one. What it
// does not know stays inside.
func (h *Handler) liveError(err error) error {
	var e *wire.Error
	if errors.Is(err, store.ErrNotFound) || errors.Is(err, wire.ErrSessionNotFound) {
		return noSession()
	}
	if !errors.As(err, &e) {
		return err
	}
	text := e.Error()
	switch {
	case errors.Is(e, wire.ErrNumberInvalid):
		return fail(CodeInvalidParameterValue, "%s", text)
	case errors.Is(e, wire.ErrInvalidOptions):
		return fail(CodeInvalidParameterValue, "%s", text)
	case errors.Is(e, wire.ErrNoCallerNumber):
		return fail(CodeNoCallOutNumber, "%s", text)
	case errors.Is(e, wire.ErrBusyWithCall):
		return fail(CodeSeatStatusBusy, "%s", text)
	case errors.Is(e, wire.ErrAgentDisabled):
		return fail(CodeAccountNotExist, "There is no such agent.")
	case errors.Is(e, wire.ErrOverloaded), errors.Is(e, wire.ErrTooManySessions):
		return fail(CodeOutOfCountLimit, "%s", text)
	case errors.Is(e, wire.ErrAgentOffline), errors.Is(e, wire.ErrTrunk), errors.Is(e, wire.ErrSessionState):
		return fail(CodeCallOutFailed, "%s", text)
	case errors.Is(e, wire.ErrInternal):
		return err
	}
	return fail(CodeFailedOperation, "%s", text)
}
