package center

import (
	"time"

	"tccc/gateway/loop"
	"tccc/gateway/session"
	"tccc/wire"
)

// faultText is what is said of a session that ended with a fault.
const faultText = "a fault of the gateway"

// fault follows a message that panicked: what it was about ends, with a record
// and an error for the agents, and everything else goes on.
func (c *Center) fault(f loop.Fault) {
	c.counts.faults.Inc()
	c.Log.Error("a message had a fault", "cause", f.Cause, "stack", string(f.Stack))
	switch about := f.About.(type) {
	case *call:
		c.endFaulty(about.session())
	case *agent:
		about.replies.Fail(wire.Frame{Error: wire.ErrInternal})
		about.fault(wire.ErrInternal)
	}
}

// endFaulty ends a session that can be in any state. What its proper end cannot
// do any more is tried step by step.
func (c *Center) endFaulty(call *call) {
	for _, side := range call.sides() {
		if a := side.agent; a != nil {
			c.loop.Guard(nil, func() { a.fault(wire.ErrInternal) })
		}
	}
	proper := func() { c.end(call, wire.CloseAdmin, wire.ReasonFault, faultText) }
	if c.loop.Guard(nil, proper) && call.recorded {
		return
	}
	steps := []func(){
		func() { _ = call.Close(wire.CloseAdmin, wire.ReasonFault, faultText, time.Now()) },
		func() { c.forget(call) },
		func() {
			l := call.line
			if !c.loop.Guard(nil, func() { c.hangupLine(call, wire.CloseAdmin, wire.ReasonFault) }) {
				call.line = nil
				l.close()
			}
		},
		func() { c.closeTalk(call) },
		call.stopListening,
		func() { c.saveCDR(call) },
	}
	for _, l := range call.others {
		steps = append(steps, func() { c.dropLine(l) })
	}
	for _, side := range call.sides() {
		steps = append(steps, func() { c.dropSeat(side) }, func() { c.loseFaulty(side) })
	}
	for _, step := range steps {
		c.loop.Guard(nil, step)
	}
}

// loseFaulty takes one side of such a session from its agent.
func (c *Center) loseFaulty(side *call) {
	a := side.agent
	delete(c.calls, side.key())
	c.lineOut(side)
	if a == nil {
		return
	}
	side.agent = nil
	if a.active == side {
		a.active = nil
	}
	v := side.View()
	v.State, v.EndedAt, v.CloseBy, v.MainReason =
		wire.StateEnded, time.Now().UnixMilli(), wire.CloseAdmin, wire.ReasonFault
	a.emit(wire.EventSessionEnded, wire.SessionEnded{
		SessionID: side.ID, CloseBy: v.CloseBy, MainReason: v.MainReason, SubReason: faultText, Type: side.Type,
	}, &v)
	a.vacate(side, 0)
}

// guard runs f, which is about a session, within a message about something else.
func (c *Center) guard(about *call, f func()) {
	if !c.loop.Guard(about, f) && about.State() != session.Ended {
		c.Log.Error("a session is left after a fault", "session", about.ID)
	}
}
