package ccgateway

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"

	"tccc/wire"
)

// operations are everything that this door does, by resource and name.
var operations map[string]map[string]operation

func init() {
	post := func(run func(*Handler, *request) (any, error)) operation {
		return operation{method: http.MethodPost, run: run}
	}
	postWith := func(args int, run func(*Handler, *request) (any, error)) operation {
		return operation{method: http.MethodPost, args: args, run: run}
	}
	get := func(run func(*Handler, *request) (any, error)) operation {
		return operation{method: http.MethodGet, run: run}
	}
	in := func(run func(*Handler, *request) (any, error)) operation {
		return operation{method: http.MethodPut, open: true, run: run}
	}
	out := func(run func(*Handler, *request) (any, error)) operation {
		return operation{method: http.MethodDelete, run: run}
	}
	operations = map[string]map[string]operation{
		"onlineagent": {
			"": in(signIn), "loginex": in(signIn), "forcelogin": in(forceSignIn),
			"logout": out(signOut), "forcelogout": out(forceSignOut),
			"handshake": post(handshake), "syncagentinfo": post(syncAgentInfo), "agentstatus": get(agentStatus),
			"sayfree": post(sayFree), "saybusy": post(sayBusy), "cancelbusy": post(cancelBusy),
			"rest": postWith(2, rest), "cancelrest": post(cancelRest),
			"work": post(work), "cancelwork": post(cancelWork),
			"autoanswer": postWith(1, autoAnswer), "autoenteridle": postWith(1, autoEnterIdle),
			"setcustomstate": post(setCustomState), "cancelsetcustomstate": post(cancelSetCustomState),
			"querycustomstate": get(queryCustomState),
		},
		"agentevent": {
			"": operation{method: http.MethodGet, ended: true, run: agentEvent},
		},
		"qualitycontrol": {
			"forcebusy": postWith(1, forceBusy), "forceidle": postWith(1, forceIdle),
			"forcerest": postWith(3, forceRest), "forcelogout": postWith(1, forceLogout),
		},
	}
}

// command runs a command of the SDK as an agent.
func (h *Handler) command(ctx context.Context, user, method string, params any) (json.RawMessage, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), commandTimeout)
	defer cancel()
	return h.opts.Center.Command(ctx, h.opts.App().SDKAppID, user, method, params)
}

// attempt runs a command that nobody waits for.
func (h *Handler) attempt(user, method string, params any) bool {
	_, err := h.command(context.Background(), user, method, params)
	if err != nil {
		h.opts.Log.Info("a command for a signed-in agent failed", "agent", user, "method", method, "err", err)
	}
	return err == nil
}

func (h *Handler) set(q *request, status wire.Status, reason string) error {
	_, err := h.command(q.http.Context(), q.desk.user, wire.MethodSetStatus,
		wire.SetStatusParams{Status: string(status), RestReason: reason})
	return err
}

// state is the agent's, settled: everything that happened before is in it.
func (h *Handler) state(q *request) (wire.AgentState, error) {
	ctx, cancel := context.WithTimeout(q.http.Context(), commandTimeout)
	defer cancel()
	info, err := h.opts.Center.Agent(ctx, h.opts.App().SDKAppID, q.desk.user)
	return info.State, err
}

// is reports whether the agent has a status, or will have it after its call.
func is(s wire.AgentState, status wire.Status) bool {
	return s.Status == status || s.Pending != nil && s.Pending.Status == status
}

func agentEvent(h *Handler, q *request) (any, error) {
	d := q.desk
	e, err := d.nextEvent(q.http.Context())
	if d.drained() {
		h.forget(d)
		d.mu.Lock()
		d.quiet()
		d.mu.Unlock()
	}
	if err != nil {
		return nil, err
	}
	if h.opts.Auth == Dynamic {
		d.mu.Lock()
		q.setGUID = d.renew()
		d.mu.Unlock()
	}
	return pollAnswer{RetCode: CodeOK, Event: e}, nil
}

func handshake(_ *Handler, q *request) (any, error) {
	q.desk.mu.Lock()
	defer q.desk.mu.Unlock()
	q.desk.breakSilence()
	return nil, nil
}

// syncAgentInfo tells a page that was reloaded all there is to know, and
// clears the event queue: what it told of is in the answer.
func syncAgentInfo(h *Handler, q *request) (any, error) {
	if _, err := h.state(q); err != nil { // also: the desk has heard of everything
		return nil, fail(CodeException, "the agent's state cannot be read now")
	}
	d := q.desk
	d.mu.Lock()
	defer d.mu.Unlock()
	d.queue = nil
	return d.model.sync(d.workNo, h.partner(d.model.current()), h.opts.Clock.Now().UnixMilli()), nil
}

// partner is the far side of a call: a number, or the work number of another
// agent.
func (h *Handler) partner(s *wire.Session) string {
	if s != nil && s.PeerUserID != "" {
		app := h.opts.App()
		for i := range app.Agents {
			if a := &app.Agents[i]; a.UserID == s.PeerUserID && a.StaffNo != "" {
				return a.StaffNo
			}
		}
		return s.PeerUserID
	}
	return other(s)
}

type statusResult struct {
	AgentState int  `json:"agentState"` // table 1
	IsWorking  bool `json:"isWorking"`  // in conversation
}

func agentStatus(h *Handler, q *request) (any, error) {
	if _, err := h.state(q); err != nil {
		return nil, err
	}
	q.desk.mu.Lock()
	defer q.desk.mu.Unlock()
	m := &q.desk.model
	cti := ctiState(m.state.Status, m.current())
	return statusResult{AgentState: gatewayState(cti), IsWorking: cti == ctiTalking}, nil
}

func sayFree(h *Handler, q *request) (any, error) {
	return nil, h.set(q, wire.StatusFree, "")
}

// sayBusy shows the agent busy. Reasons are 200 to 250; this door passes them
// on to nobody, but tells a desk that is busy already that it took the new one.
func sayBusy(h *Handler, q *request) (any, error) {
	reason := q.query.Get("reason")
	if n, ok := number(reason); reason != "" && (!ok || n != 0 && (n < 200 || n > 250)) {
		return nil, fail(CodeBadURL, "reason is not 0, and not from 200 to 250")
	}
	before, err := h.state(q)
	if err != nil {
		return nil, err
	}
	if err := h.set(q, wire.StatusNotReady, ""); err != nil {
		return nil, err
	}
	if before.Status == wire.StatusNotReady && reason != "" && q.flag("prolong") {
		q.desk.mu.Lock()
		defer q.desk.mu.Unlock()
		q.desk.push(event{EventType: eventSetNotReady})
	}
	return nil, nil
}

func cancelBusy(h *Handler, q *request) (any, error) {
	return nil, h.cancel(q, wire.StatusNotReady, "the agent does not show busy")
}

func cancelRest(h *Handler, q *request) (any, error) {
	return nil, h.cancel(q, wire.StatusRest, "the agent does not rest")
}

// cancel leads from a status, or from the wish for it, back to idle.
func (h *Handler) cancel(q *request, status wire.Status, otherwise string) error {
	now, err := h.state(q)
	switch {
	case err != nil:
		return err
	case !is(now, status):
		return fail(CodeStateNotSet, "%s", otherwise)
	case now.Status == wire.StatusArrange && now.Pending != nil: // the wish only
		_, err = h.command(q.http.Context(), q.desk.user, wire.MethodSetStatus,
			wire.SetStatusParams{Status: string(wire.StatusArrange)})
		return err
	}
	return h.set(q, wire.StatusFree, "")
}

const (
	longestRest    = 86399 // seconds
	greatestReason = 255
)

// rest sends the agent to a break of so many seconds. It is done when
// AgentState_SetRest_Success arrives: at once, or after the call.
func rest(h *Handler, q *request) (any, error) {
	seconds, cause, err := restArgs(q.target.args[0], q.target.args[1])
	if err != nil {
		return nil, err
	}
	before, err := h.state(q)
	if err != nil {
		return nil, err
	}
	q.desk.mu.Lock()
	q.desk.restTime = seconds
	q.desk.mu.Unlock()
	reason := h.restReason(cause)
	if err := h.set(q, wire.StatusRest, reason); err != nil {
		return nil, err
	}
	if before.Status == wire.StatusRest && before.RestReason == reason && q.flag("prolong") {
		q.desk.mu.Lock()
		defer q.desk.mu.Unlock()
		q.desk.restTime = seconds
		q.desk.clockRest()
		q.desk.push(event{EventType: eventSetRest})
	}
	return nil, nil
}

func restArgs(time, cause string) (seconds, reason int, err error) {
	seconds, ok := number(time)
	if !ok || seconds < 1 || seconds > longestRest {
		return 0, 0, fail(CodeBadURL, "the time is not from 1 to %d seconds", longestRest)
	}
	reason, ok = number(cause)
	if !ok || reason > greatestReason {
		return 0, 0, fail(CodeBadURL, "the rest cause is not from 0 to %d", greatestReason)
	}
	return seconds, reason, nil
}

// restReason is the break reason of a rest cause: 1 is the first that is
// configured. Causes beyond them rest without a reason; an application that
// configures none takes the number.
func (h *Handler) restReason(cause int) string {
	reasons := h.opts.App().BreakReasons
	switch {
	case cause == 0:
		return ""
	case len(reasons) == 0:
		return strconv.Itoa(cause)
	case cause <= len(reasons):
		return reasons[cause-1]
	}
	return ""
}

func work(h *Handler, q *request) (any, error) {
	return nil, h.set(q, wire.StatusArrange, "")
}

func cancelWork(h *Handler, q *request) (any, error) {
	now, err := h.state(q)
	switch {
	case err != nil:
		return nil, err
	case now.Status == wire.StatusArrange:
		return nil, h.leaveWrapUp(q.http.Context(), q.desk.user, now.Pending)
	case is(now, wire.StatusArrange):
		return nil, h.set(q, wire.StatusFree, "")
	}
	return nil, fail(CodeStateNotSet, "the agent does not wrap up")
}

// leaveWrapUp ends after-call work: what was asked for meanwhile follows, else
// the agent is idle.
func (h *Handler) leaveWrapUp(ctx context.Context, user string, pending *wire.PendingStatus) error {
	method, params := wire.MethodSetStatus, any(wire.SetStatusParams{Status: string(wire.StatusFree)})
	if pending != nil {
		params = wire.SetStatusParams{Status: string(pending.Status), RestReason: pending.RestReason}
		if pending.Status == wire.StatusOffline {
			method, params = wire.MethodOffline, wire.Empty{}
		}
	}
	_, err := h.command(ctx, user, method, params)
	return err
}

func (h *Handler) endWrapUp(user string, pending *wire.PendingStatus) {
	if err := h.leaveWrapUp(context.Background(), user, pending); err != nil {
		h.opts.Log.Info("after-call work could not be ended", "agent", user, "err", err)
	}
}

func autoAnswer(_ *Handler, q *request) (any, error) {
	on, err := switchOf(q)
	if err != nil {
		return nil, err
	}
	q.desk.mu.Lock()
	defer q.desk.mu.Unlock()
	q.desk.autoAnswer = on
	return nil, nil
}

func autoEnterIdle(_ *Handler, q *request) (any, error) {
	on, err := switchOf(q)
	if err != nil {
		return nil, err
	}
	q.desk.mu.Lock()
	defer q.desk.mu.Unlock()
	q.desk.autoIdle = &on
	return nil, nil
}

// switchOf reads a flag in the path: true, or up to five characters that are
// something else.
func switchOf(q *request) (bool, error) {
	if len(q.target.args[0]) > 5 {
		return false, fail(CodeBadURL, "the flag is longer than five characters")
	}
	return isTrue(q.target.args[0]), nil
}

func setCustomState(_ *Handler, q *request) (any, error) {
	n, ok := number(q.query.Get("customstate"))
	if !ok || n >= noCustomState {
		return nil, fail(CodeBadURL, "customstate is not from 0 to %d", noCustomState-1)
	}
	q.desk.mu.Lock()
	defer q.desk.mu.Unlock()
	q.desk.customState = n
	return nil, nil
}

func cancelSetCustomState(_ *Handler, q *request) (any, error) {
	q.desk.mu.Lock()
	defer q.desk.mu.Unlock()
	q.desk.customState = noCustomState
	return nil, nil
}

type customStateResult struct {
	State string `json:"agentcustomstate"`
}

func queryCustomState(_ *Handler, q *request) (any, error) {
	q.desk.mu.Lock()
	defer q.desk.mu.Unlock()
	return customStateResult{strconv.Itoa(q.desk.customState)}, nil
}
