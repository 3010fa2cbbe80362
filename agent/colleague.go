package agent

import (
	"context"

	"tccc/wire"
)

// StartInternalCall calls a colleague. It returns when it rings there.
func (a *Agent) StartInternalCall(ctx context.Context, p wire.InternalCallParams) (wire.InternalCallResponse, error) {
	var res wire.InternalCallResponse
	err := a.callOut(ctx, func() (string, error) {
		err := a.request(ctx, wire.MethodCallInternal, p, &res)
		return res.SessionID, err
	})
	if err != nil {
		return wire.InternalCallResponse{}, err
	}
	return res, nil
}

// Transfer hands a session over to an agent or a skill group. It returns when
// the target rings or the session waits for the group; what comes of it is told
// by the events transfer and sessionUpdated.
func (a *Agent) Transfer(ctx context.Context, p wire.TransferParams) error {
	return a.request(ctx, wire.MethodCallTransfer, p, nil)
}

// Colleagues lists who can be called and what sessions can be transferred to.
func (a *Agent) Colleagues(ctx context.Context) (wire.ColleaguesResult, error) {
	var list wire.ColleaguesResult
	err := a.request(ctx, wire.MethodColleagues, nil, &list)
	return list, err
}

// Queues are those of the agent's own groups.
func (a *Agent) Queues(ctx context.Context) (wire.QueuesResult, error) {
	var list wire.QueuesResult
	err := a.request(ctx, wire.MethodQueues, nil, &list)
	return list, err
}

// Location names the place of a number, "" where the gateway knows none.
func (a *Agent) Location(ctx context.Context, p wire.LocationParams) (string, error) {
	var res wire.LocationResult
	err := a.request(ctx, wire.MethodLocation, p, &res)
	return res.Location, err
}

// History is a page of the agent's sessions of today.
func (a *Agent) History(ctx context.Context, p wire.HistoryParams) (wire.HistoryResult, error) {
	var page wire.HistoryResult
	err := a.request(ctx, wire.MethodHistory, p, &page)
	return page, err
}

// Consult calls a colleague, a skill group or a number about a session, whose
// customer hears music meanwhile.
func (a *Agent) Consult(ctx context.Context, p wire.ConsultParams) (wire.ConsultResponse, error) {
	var res wire.ConsultResponse
	err := a.callOut(ctx, func() (string, error) {
		err := a.request(ctx, wire.MethodCallConsult, p, &res)
		return res.SessionID, err
	})
	if err != nil {
		return wire.ConsultResponse{}, err
	}
	return res, nil
}

// CompleteTransfer joins the customer and whoever was consulted; the agent
// leaves. The id is that of either session, as in the methods below.
func (a *Agent) CompleteTransfer(ctx context.Context, id string) error {
	return a.request(ctx, wire.MethodCallComplete, wire.SessionParams{SessionID: id}, nil)
}

// CancelConsult ends a consultation; the agent is with the customer again.
func (a *Agent) CancelConsult(ctx context.Context, id string) error {
	return a.request(ctx, wire.MethodCallCancel, wire.SessionParams{SessionID: id}, nil)
}

// Conference joins the customer, whoever was consulted and the agent.
func (a *Agent) Conference(ctx context.Context, id string) error {
	return a.request(ctx, wire.MethodCallConference, wire.SessionParams{SessionID: id}, nil)
}

// Kick removes a colleague or an outside number from a conference.
func (a *Agent) Kick(ctx context.Context, p wire.KickParams) error {
	return a.request(ctx, wire.MethodCallKick, p, nil)
}

// Monitor lets a supervisor take part in a colleague's conversation: listen,
// whisper to the agent, or talk to all. It may be changed at any time; Hangup ends it.
func (a *Agent) Monitor(ctx context.Context, id string, mode wire.MonitorMode) error {
	method := map[wire.MonitorMode]string{
		wire.MonitorListen: wire.MethodCallListen, wire.MonitorWhisper: wire.MethodCallWhisper,
		wire.MonitorBarge: wire.MethodCallBarge,
	}[mode]
	return a.callOut(ctx, func() (string, error) {
		return id, a.request(ctx, method, wire.SessionParams{SessionID: id}, nil)
	})
}
