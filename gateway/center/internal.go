package center

import (
	"time"

	"tccc/gateway/acd"
	"tccc/gateway/session"
	"tccc/gateway/tenant"
	"tccc/internal/clip"
	"tccc/wire"
)

// startInternal calls a colleague: at the page, or at the mobile phone.
func (a *agent) startInternal(p *wire.InternalCallParams) (any, error) {
	conf := a.tenant.Agent(p.CalleeUserID)
	switch {
	case p.CalleeUserID == "":
		return nil, wire.ErrInvalidOptions.For("calleeUserId", "calleeUserId is missing")
	case conf == nil:
		return nil, wire.ErrCalleeUnknown.For("calleeUserId", "%q", clip.Shown(p.CalleeUserID, 40))
	case conf == a.conf:
		return nil, wire.ErrTargetUnavailable.For("calleeUserId", "agents cannot call themselves")
	}
	if err := a.mayCall(); err != nil {
		return nil, err
	}
	call := a.internal(conf.UserID, conf.DisplayName())
	place := a.callPage
	if p.UseMobile {
		place = a.callMobile
	}
	if err := place(call); err != nil {
		return nil, err
	}
	res := wire.InternalCallResponse{SessionID: call.ID, CalleeUserID: call.Peer, ServerType: wire.StaffSeat}
	if p.UseMobile {
		res.ServerType = wire.StaffPhoneSeat
	} else if to := a.c.agentOf(a.key.app, conf.UserID); to != nil {
		res.ServerType = to.seat()
	}
	return res, nil
}

// internal makes a call to a colleague; user is empty for whoever of a group
// will answer.
func (a *agent) internal(user, name string) *call {
	s := session.Outbound(NewSessionID(), a.key.app, wire.TypeInternal, a.key.user, time.Now())
	s.Caller, s.Callee, s.Peer, s.Title, s.ServerType = a.key.user, user, user, name, a.seat()
	return &call{Session: s, tenant: a.tenant, agent: a, overflows: map[string]bool{}}
}

// callPage rings the colleague's page.
func (a *agent) callPage(call *call) error {
	to := a.c.agentOf(a.key.app, call.Peer)
	if !to.free(acd.Call) {
		return wire.ErrTargetUnavailable.For("calleeUserId", "the agent is %s", to.standing())
	}
	a.ringPage(call, to)
	return nil
}

// ringPage begins the call and rings the colleague.
func (a *agent) ringPage(call *call, to *agent) {
	a.begin(call)
	a.place(call, func() {
		if !to.free(acd.Call) { // while the caller's telephone rang
			a.c.end(call, wire.CloseAdmin, wire.ReasonBusy, "the called agent is not free any more")
			return
		}
		part := a.calleeOf(call)
		part.direct = true
		a.c.ring(part, to)
		a.c.farRings(call)
	})
}

// calleeOf is the called side of an internal call.
func (a *agent) calleeOf(call *call) *call {
	part := a.c.newPart(call, callee)
	part.Direction, part.Peer, part.Title = wire.Inbound, a.key.user, a.conf.DisplayName()
	return part
}

// callMobile rings the colleague's mobile phone through a trunk.
func (a *agent) callMobile(call *call) error {
	phone := tenant.Digits(a.tenant.Agent(call.Peer).Phone)
	if phone == "" {
		return wire.ErrNoMobile.For("useMobile", "%s has none", clip.Shown(call.Peer, 40))
	}
	number, err := a.tenant.CallerNumber(&wire.StartCallParams{}, a.conf)
	if err != nil {
		return err
	}
	call.number, call.Trunk, call.Caller, call.Callee = number, number.Trunk, number.Number, phone
	call.mobile = true
	a.begin(call)
	a.place(call, func() { a.c.dial(call) })
	return nil
}

// begin makes a call of the agent's a live session.
func (a *agent) begin(call *call) {
	a.c.calls[call.ID] = call
	a.c.counts.started(call.Session)
	if other := a.talking(); other != nil {
		a.park(other)
	}
	out := wire.CallOuted{SessionID: call.ID, Caller: call.Caller, Callee: call.Callee, Remark: call.Remark,
		PeerUserID: call.Peer}
	if call.Type == wire.TypeInternal && !call.mobile {
		out.Caller, out.Callee = "", "" // accounts are no numbers
	}
	call.show(wire.EventCallOuted, out)
	a.occupy(call)
	a.c.saveSession(call)
	a.c.limit(call)
}

// calleeAnswers joins both agents.
func (c *Center) calleeAnswers(part *call) {
	call := part.of
	if call.Answer(time.Now()) != nil {
		return
	}
	call.Join(part.Session)
	if call.Peer == "" { // it rang at a group
		call.Peer, call.Callee, call.Title = part.agent.key.user, part.agent.key.user, part.agent.conf.DisplayName()
	}
	if other := call.agent.talking(); other != nil && other != call {
		call.agent.park(other)
	}
	if k := call.consult; k != nil && k.blind != nil { // when the colleague is in the conversation
		c.after(call, 0, func() {
			if call.agent != nil {
				_, _ = call.agent.completeTransfer(&wire.SessionParams{SessionID: call.ID})
			}
		})
	} else {
		call.agent.bind(call)
	}
	call.show(wire.EventCalloutAccepted, call.ref())
	c.saveSession(call)
}

// calleeEnds ends an internal call for the called side: in a conversation the
// caller sees that the other side hung up, before one why nobody answered.
func (c *Center) calleeEnds(part *call, by wire.CloseBy, main, sub string) {
	call := part.of
	if part.Live() {
		c.end(call, mirrored(by), main, sub)
		return
	}
	if by == wire.CloseSeat {
		main, sub = wire.ReasonDeclined, "the called agent declined"
	}
	seen := main
	if by == wire.CloseSeat {
		seen = ""
	}
	c.drop(part, by, seen, "")
	c.end(call, wire.CloseAdmin, main, sub)
}

// mirrored is what the other side of an internal call sees: whoever is not
// oneself is the client.
func mirrored(by wire.CloseBy) wire.CloseBy {
	switch by {
	case wire.CloseSeat:
		return wire.CloseClient
	case wire.CloseClient:
		return wire.CloseSeat
	}
	return by
}

// standing says why an agent cannot be offered anything.
func (a *agent) standing() wire.Status {
	if !a.present() {
		return wire.StatusOffline
	}
	if s := a.status.State().Status; s != wire.StatusFree || a.reachable() {
		return s
	}
	return wire.StatusNotReady // its telephone cannot be rung
}
