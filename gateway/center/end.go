package center

import (
	"tccc/gateway/mix"
	"tccc/wire"
)

// end is where an agent has a session: in the page, or at a telephone.
type end interface {
	// Leg is what the agent is heard over now; nil if there is nothing.
	Leg() mix.Leg
	// Accept takes the session that rings, at the wish of the page.
	Accept(done func(any, error))
	// Reach makes the end stand, and then calls done. A desk phone that is
	// asked for by the page may pick up by itself.
	Reach(asked bool, done func(error))
	// Release takes the end out of the conversation. It stands as before.
	Release()
}

// end is that of a session, or of a part in one.
func (a *agent) end(call *call) end {
	if call.ServerType.Phone() {
		return phoneEnd{a, call}
	}
	return pageEnd{a, call}
}

// pageEnd is the browser's: the connection that an audio or video session has of
// its own, as long as that stands, else the leg of telephone calls. A colleague
// who joins such a session is heard at once over the latter.
type pageEnd struct {
	a    *agent
	call *call
}

func (e pageEnd) Leg() mix.Leg {
	switch l := e.a.leg; {
	case e.call.seat.up():
		return e.call.seat.leg()
	case l == nil || l.silent:
		return nil
	default:
		return l
	}
}

func (e pageEnd) Accept(done func(any, error)) {
	switch {
	case e.call.isTalk():
		e.a.acceptTalk(e.call, done)
	case e.a.leg == nil:
		done(nil, wire.ErrMediaConnect.With("the agent has no audio leg"))
	default:
		e.a.take(e.call, done)
	}
}

// Reach does nothing: the browser comes by itself.
func (e pageEnd) Reach(_ bool, done func(error)) { done(nil) }

func (e pageEnd) Release() {
	if leg := e.Leg(); leg != nil {
		e.a.c.Engine.Detach(leg)
	}
}

// phoneEnd is the agent's telephone.
type phoneEnd struct {
	a    *agent
	call *call
}

func (e phoneEnd) Leg() mix.Leg {
	if h := e.a.phoneOf(e.call); h.up() && h.kind == e.call.ServerType {
		return h.leg
	}
	return nil
}

func (e phoneEnd) Accept(done func(any, error)) { e.a.acceptOnPhone(e.call, done) }

func (e phoneEnd) Reach(asked bool, done func(error)) { e.a.reach(e.call, asked, done) }

// Release has the phone hear silence, so that it does not take the line for dead.
func (e phoneEnd) Release() {
	if leg := e.Leg(); leg != nil {
		leg.Receive(nil)
		e.a.c.Engine.Silence(leg)
	}
}
