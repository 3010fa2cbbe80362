package center

import (
	"slices"
	"time"

	"tccc/gateway/session"
	"tccc/gateway/sip"
	"tccc/internal/clip"
	"tccc/wire"
)

// conference joins the customer, whoever was asked and the agent.
func (a *agent) conference(p *wire.SessionParams) (any, error) {
	k, err := a.consulting(p.SessionID, true)
	if err != nil {
		return nil, err
	}
	call, with := k.of, k.with
	a.c.unlink(k)
	call.Conference = true
	if with.line != nil {
		a.c.takeLine(call, with)
	} else {
		a.c.joins(call, with.parts[0].agent, with.parts[0].ServerType)
	}
	a.c.end(with, wire.CloseSeat, "", "")
	if call.State() == session.Held {
		if err := call.Unhold(time.Now()); err != nil {
			return nil, err
		}
	}
	a.bind(call)
	a.changed(call)
	return wire.Empty{}, nil
}

// removeParty takes a colleague or an outside number out of a conference. The
// agent who has the session may do it, and a supervisor who takes part in it.
// Supervisors are no parties: nobody is told of them.
func (a *agent) removeParty(p *wire.KickParams) (any, error) {
	side, err := a.live(p.SessionID)
	if err != nil {
		return nil, err
	}
	call := side.session()
	switch {
	case side.of != nil && side.role != monitor:
		return nil, wire.ErrForbidden.For("sessionId", "the session is another agent's")
	case (p.UserID == "") == (p.PhoneNumber == ""):
		return nil, wire.ErrInvalidOptions.For("userId", "one of userId and phoneNumber must be given")
	case p.PhoneNumber != "":
		return wire.Empty{}, a.c.removeNumber(call, p.PhoneNumber)
	case a.c.agentOf(a.key.app, p.UserID) == nil:
		return nil, wire.ErrCalleeUnknown.For("userId", "%q", clip.Shown(p.UserID, 40))
	}
	for _, part := range call.parts {
		if part.role == member && part.Live() && part.agent.key.user == p.UserID {
			a.c.end(part, wire.CloseAdmin, wire.ReasonRemoved, "a colleague removed the agent from the conference")
			return wire.Empty{}, nil
		}
	}
	return nil, wire.ErrSessionState.For("userId", "%q has not joined the session", clip.Shown(p.UserID, 40))
}

// removeNumber hangs up an outside number that has joined a session.
func (c *Center) removeNumber(call *call, text string) error {
	number, err := wire.ParseNumber(text)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(call.others, func(l *line) bool { return l.To() == number.Digits })
	if i < 0 {
		return wire.ErrSessionState.For("phoneNumber", "%s has not joined the session", clip.Shown(text, 40))
	}
	c.takeOut(call, i)
	if call.agent == nil { // the customer would be alone
		c.end(call, wire.CloseSeat, "", "")
		return nil
	}
	c.fewer(call)
	return nil
}

// takeOut hangs up one of the outside numbers of a session.
func (c *Center) takeOut(call *call, i int) {
	l := call.others[i]
	call.others = slices.Delete(call.others, i, i+1)
	c.dropLine(l)
}

// joins makes an agent a member of the session, who talks at once.
func (c *Center) joins(call *call, to *agent, seat wire.ServerType) {
	now := time.Now()
	part := c.newPart(call, member)
	part.Conference, part.ServerType, part.VideoMuted = true, seat, part.Type == wire.TypeVideo
	if part.OfferTo(to.key.user, time.Time{}, now) != nil {
		return
	}
	part.agent = to
	to.occupy(part)
	part.show(wire.EventCallIn, part.callIn(0))
	if part.Accept(now) != nil {
		return
	}
	to.bind(part)
	part.show(wire.EventUserAccessed, part.ref())
}

// memberEnds takes a member out; the others go on.
func (c *Center) memberEnds(part *call, by wire.CloseBy, main, sub string) {
	call := part.of
	c.drop(part, by, main, sub)
	c.fewer(call)
}

// fewer follows the loss of a party: the rest hear each other.
func (c *Center) fewer(call *call) {
	still := call.heir() != nil || len(call.others) > 0
	c.hear(call)
	if a := call.agent; a != nil && call.Conference && !still {
		call.Conference = false
		a.changed(call)
	}
}

// heir is the member who has the session when its agent leaves.
func (call *call) heir() *call {
	for _, part := range call.parts {
		if part.role == member && part.Live() {
			return part
		}
	}
	return nil
}

// inherit makes a member the session's agent.
func (c *Center) inherit(call, part *call) {
	now, to := time.Now(), part.agent
	call.agent.release(call)
	c.forget(part)
	call.Join(part.Session)
	if call.HandOver(part.Session, now) != nil {
		return
	}
	c.handSeat(part, call)
	call.agent, part.agent = to, nil
	call.Muted, call.Conference = part.Muted, call.heir() != nil || len(call.others) > 0
	if part.State() == session.Held {
		_ = call.Hold(now) // it was handed over: it is talking
	}
	if to.active == part {
		to.active = call
	}
	c.hear(call)
	to.changed(call)
}

// bequeath takes the agent out of a conference; a member has the session then.
func (c *Center) bequeath(call *call) {
	a, v, now := call.agent, call.View(), time.Now()
	c.inherit(call, call.heir())
	c.dismiss(a, call, v, now)
}

// withdraw takes the agent out of a conference with an outside number.
func (c *Center) withdraw(call *call) {
	a, v, now := call.agent, call.View(), time.Now()
	c.connectLines(call, call.others[0].To())
	c.dismiss(a, call, v, now)
}

// takeLine moves the telephone call of a consultation into the session.
func (c *Center) takeLine(call, with *call) {
	l := with.line
	with.line, with.moved = nil, call
	call.others = append(call.others, l)
}

// connectLines lets the customer and an outside number talk without an agent.
func (c *Center) connectLines(call *call, number string) {
	a := call.agent
	a.release(call)
	if call.State() == session.Held {
		_ = call.Unhold(time.Now()) // it is held: it can be
	}
	c.dropSeat(call)
	call.agent = nil
	call.TransferredFrom, call.TransferredTo = a.key.user, number
	c.hear(call)
	c.saveSession(call)
}

// otherEvent takes an event of an outside number that has joined the session.
func (c *Center) otherEvent(call *call, l *line, e sip.Event) {
	switch e.Kind {
	case sip.Referred:
		c.farRefers(call, l, e.Referral)
		return
	case sip.Ended, sip.MediaLost:
	default:
		return
	}
	if e.Kind == sip.Ended && c.leaves(call, l) {
		return
	}
	i := slices.Index(call.others, l)
	if i < 0 {
		l.close()
		return
	}
	if e.Kind == sip.Ended {
		l.close()
	}
	c.takeOut(call, i)
	switch {
	case call.State() == session.Ended:
	case call.agent == nil:
		c.end(call, wire.CloseClient, "", "")
	default:
		c.fewer(call)
	}
}

// dropLine hangs up an outside number.
func (c *Center) dropLine(l *line) {
	if leg := l.Media(); leg != nil {
		c.Engine.Detach(leg)
	}
	if !l.over {
		c.job(l, "hangup", l.Hangup, nil)
		l.close()
	}
}
