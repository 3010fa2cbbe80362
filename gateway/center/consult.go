package center

import (
	"time"

	"tccc/gateway/session"
	"tccc/wire"
)

// consultation is an attended transfer under way: the customer's session, on
// hold, and the one in which the agent asks somebody about it.
type consultation struct {
	of, with *call
	talking  bool // the agent was talking to the customer, and will be again
	// blind is the transfer that a telephone has asked for: the consultation is
	// completed when whoever is asked answers.
	blind *referral
}

// consult calls a colleague, a skill group or a number while the customer
// hears music.
func (a *agent) consult(p *wire.ConsultParams) (any, error) {
	k, err := a.askAbout(p, nil, nil)
	if err != nil {
		return nil, err
	}
	return wire.ConsultResponse{SessionID: k.with.ID, ConsultOf: k.of.ID}, nil
}

// askAbout begins a consultation; blind is not nil if nobody is to be asked, and
// line if the phone has dialled it.
func (a *agent) askAbout(p *wire.ConsultParams, blind *referral, line *handset) (*consultation, error) {
	call, err := a.transferable(p.SessionID)
	if err != nil {
		return nil, err
	}
	if err := a.mayCall(); err != nil {
		return nil, err
	}
	with, start, err := a.asks(p)
	if err != nil {
		return nil, err
	}
	blind.accept()
	if line != nil {
		with.ServerType, line.carries = line.kind, with
	}
	k := &consultation{of: call, with: with, talking: call.State() == session.Talking, blind: blind}
	call.consult, with.consult = k, k
	call.ConsultID, with.ConsultOf = with.ID, call.ID
	if k.talking {
		a.park(call) // shows the consultation as well
	} else {
		a.changed(call)
	}
	start()
	return k, nil
}

// asks prepares the call to whoever is asked, and says how it is started.
func (a *agent) asks(p *wire.ConsultParams) (with *call, start func(), err error) {
	given := 0
	for _, target := range []string{p.UserID, p.SkillGroupID, p.PhoneNumber} {
		if target != "" {
			given++
		}
	}
	switch {
	case given != 1:
		return nil, nil, wire.ErrTransferTarget.With("a consultation needs one of userId, skillGroupId and phoneNumber")
	case p.PhoneNumber != "":
		return a.asksNumber(p.PhoneNumber)
	}
	target, to, err := a.target(&wire.TransferParams{UserID: p.UserID, SkillGroupID: p.SkillGroupID}, wire.TypePhone)
	if err != nil {
		return nil, nil, err
	}
	with = a.internal(target.UserID, target.Name)
	if to != nil {
		return with, func() { a.ringPage(with, to) }, nil
	}
	return with, func() {
		a.begin(with)
		a.place(with, func() {
			a.c.enqueue(a.calleeOf(with), target.SkillGroupID)
			if with.State() == session.Dialing {
				a.c.farRings(with)
			}
		})
	}, nil
}

func (a *agent) asksNumber(phone string) (with *call, start func(), err error) {
	to, err := wire.ParseNumber(phone)
	if err != nil {
		return nil, nil, err
	}
	number, err := a.tenant.CallerNumber(&wire.StartCallParams{}, a.conf)
	if err != nil {
		return nil, nil, err
	}
	s := session.Outbound(NewSessionID(), a.key.app, wire.TypePhone, a.key.user, time.Now())
	s.Trunk, s.Caller, s.Callee, s.Group, s.Location =
		number.Trunk, number.Number, to.Digits, number.SkillGroup, a.tenant.LocationOf(to.Digits)
	s.ServerType = a.seat()
	with = &call{Session: s, tenant: a.tenant, number: number, extension: to.Extension, agent: a,
		overflows: map[string]bool{}}
	return with, func() { a.begin(with); a.place(with, func() { a.c.dial(with) }) }, nil
}

// consulting finds the consultation that a session is part of. With answered
// set, somebody must be there to talk to.
func (a *agent) consulting(id string, answered bool) (*consultation, error) {
	call, err := a.call(id)
	switch {
	case err != nil:
		return nil, err
	case call.consult == nil:
		return nil, wire.ErrSessionState.For("sessionId", "there is no consultation about the session")
	case answered && !call.consult.with.Live():
		return nil, wire.ErrSessionState.For("sessionId", "nobody has answered the consultation yet")
	}
	return call.consult, nil
}

// completeTransfer joins the customer and whoever was asked; the agent leaves.
func (a *agent) completeTransfer(p *wire.SessionParams) (any, error) {
	k, err := a.consulting(p.SessionID, true)
	if err != nil {
		return nil, err
	}
	call, with, now := k.of, k.with, time.Now()
	v := call.View()
	v.ConsultSessionID = ""
	k.blind.done(200)
	a.c.unlink(k)
	ref := wire.Transferred{SessionID: call.ID}
	if with.line != nil {
		ref.PhoneNumber = with.Callee
		a.c.takeLine(call, with)
		a.c.connectLines(call, with.Callee)
	} else {
		to := with.parts[0].agent
		ref.UserID = to.key.user
		a.c.give(call, to, with)
	}
	a.emit(wire.EventTransfer, ref, nil)
	a.c.end(with, wire.CloseSeat, "", "")
	a.c.dismiss(a, call, v, now)
	return wire.Empty{}, nil
}

// give makes another agent, who talks about the session in with, its agent.
func (c *Center) give(call *call, to *agent, with *call) {
	now := time.Now()
	call.agent.release(call)
	if call.HandOver(&session.Session{Agent: to.key.user, Offered: now, ServerType: with.parts[0].ServerType},
		now) != nil {
		return
	}
	c.dropSeat(call)
	call.VideoMuted = call.Type == wire.TypeVideo // nobody has asked the colleague for a picture
	call.agent = to
	to.occupy(call)
	call.show(wire.EventCallIn, call.callIn(0))
	if other := to.talking(); other != nil && other.of != with {
		to.park(other)
	}
	to.bind(call)
	call.show(wire.EventUserAccessed, call.ref())
	c.saveSession(call)
}

// cancelConsult ends the consultation; the agent is with the customer again.
func (a *agent) cancelConsult(p *wire.SessionParams) (any, error) {
	k, err := a.consulting(p.SessionID, false)
	if err != nil {
		return nil, err
	}
	k.talking = true
	a.c.end(k.with, wire.CloseSeat, "", "")
	return wire.Empty{}, nil
}

// unlink forgets a consultation.
func (c *Center) unlink(k *consultation) {
	k.of.consult, k.with.consult = nil, nil
	k.of.ConsultID, k.with.ConsultOf = "", ""
}

// consultEnds follows the end of either session of a consultation. Without the
// colleague the agent is with the customer as before; without the customer a
// colleague who has not answered yet need not.
func (c *Center) consultEnds(ended *call) {
	k := ended.consult
	if k == nil {
		return
	}
	k.blind.done(failureOf(ended.MainReason))
	c.unlink(k)
	call := k.of
	if call == ended {
		if !k.with.Live() {
			c.end(k.with, wire.CloseAdmin, wire.ReasonCancelled, "the customer has hung up")
		} else if a := k.with.agent; a != nil {
			a.changed(k.with)
		}
		return
	}
	a := call.agent
	if a == nil || !call.Live() {
		return
	}
	if k.talking && call.State() == session.Held && a.talking() == nil && call.Unhold(time.Now()) == nil {
		a.bind(call)
	}
	a.changed(call)
}
