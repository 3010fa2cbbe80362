package center

import (
	"slices"
	"time"

	"tccc/gateway/session"
	"tccc/gateway/sip"
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

// joins makes an agent a member of the session, who talks at once.
func (c *Center) joins(call *call, to *agent, seat wire.ServerType) {
	now := time.Now()
	part := c.newPart(call, member)
	part.Conference, part.ServerType = true, seat
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
	call.agent = nil
	call.TransferredFrom, call.TransferredTo = a.key.user, number
	c.hear(call)
	c.saveSession(call)
}

// otherEvent takes an event of an outside number that has joined the session.
func (c *Center) otherEvent(call *call, l *line, e sip.Event) {
	switch e.Kind {
	case sip.Ended, sip.MediaLost:
	default:
		return
	}
	i := slices.Index(call.others, l)
	if i < 0 {
		l.close()
		return
	}
	call.others = slices.Delete(call.others, i, i+1)
	if e.Kind == sip.Ended {
		l.close()
	}
	c.dropLine(l)
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
