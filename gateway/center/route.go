package center

import (
	"slices"
	"strings"
	"time"

	"tccc/gateway/acd"
	"tccc/gateway/session"
	"tccc/wire"
)

// enqueue lets a session wait for an agent of a group, rings one if one is
// free, and otherwise plays music.
func (c *Center) enqueue(call *call, group string) {
	g := call.tenant.Group(group)
	if g == nil {
		c.rehome(call)
		return
	}
	if call.Enqueue(group, time.Now()) != nil {
		return
	}
	call.overflows[group] = true
	c.lineUp(call)
	c.match()
	if call.State() != session.Queued {
		return
	}
	if c.acd.LengthOf(call.tenant.Queue(group), call.kind()) > g.QueueLimit {
		c.overflow(call, wire.ReasonQueueFull, "the queue is full")
		return
	}
	c.wait(call)
}

// wait starts the queue's timeout and its music.
func (c *Center) wait(call *call) {
	g := call.group()
	if g == nil {
		c.rehome(call)
		return
	}
	c.chatWaits(call)
	c.saveSession(call)
	if d := g.QueueTimeout; d > 0 && call.queueTimer == nil {
		call.queueUntil = time.Now().Add(d)
		call.queueTimer = c.after(call, d, func() { c.queueExpired(call) })
	}
	c.answerLine(call, func(err error) {
		waiting := call.State() == session.Queued || call.State() == session.Ringing
		if err == nil && waiting && !call.playing() {
			call.play(c, c.musicOf(call), true)
		}
	})
}

func (c *Center) queueExpired(call *call) {
	call.queueTimer = nil
	switch call.State() {
	case session.Queued:
		c.overflow(call, wire.ReasonQueueTimeout, "nobody took the call in time")
	case session.Ringing:
		call.overdue = true // it may still be taken now
	}
}

// overflow sends a waiting session to the group that takes what this one does
// not, or ends it.
func (c *Center) overflow(call *call, reason, text string) {
	call.overdue = false
	if g := call.group(); g != nil && g.Overflow != "" && !call.overflows[g.Overflow] && call.mayGo(g.Overflow) {
		stopTimer(&call.queueTimer)
		c.enqueue(call, g.Overflow)
		return
	}
	by := wire.CloseAdmin
	if reason == wire.ReasonQueueTimeout {
		by = wire.CloseTimer
	}
	c.end(call, by, reason, text)
}

// mayGo reports whether there is a group that takes sessions of this type. Calls
// go wherever the configuration sends them.
func (call *call) mayGo(group string) bool {
	g := call.tenant.Group(group)
	return g != nil && (call.kind() == acd.Call || g.Takes(call.Type))
}

// match gives waiting sessions to free agents until one of the two runs out.
func (c *Center) match() {
	if c.stopping {
		return
	}
	stopTimer(&c.retry)
	for {
		id, agentID, retry := c.acd.Next(time.Now())
		if id == "" {
			if !retry.IsZero() {
				c.retry = c.after(nil, time.Until(retry), c.match)
			}
			return
		}
		call, a := c.calls[id], c.byACD(agentID)
		if call == nil || a == nil {
			continue
		}
		c.lights(queuesOf(call.App))
		c.guard(call, func() { c.ring(call, a) })
	}
}

// byACD finds an agent by the id that the distributor knows.
func (c *Center) byACD(id string) *agent {
	app, user, _ := strings.Cut(id, "\x00")
	return c.agents[agentKey{app, user}]
}

// ring offers a session to an agent.
func (c *Center) ring(call *call, a *agent) {
	now := time.Now()
	deadline, timeout := time.Time{}, c.ringTimeout(call, a)
	if timeout > 0 {
		deadline = now.Add(timeout)
	}
	if call.OfferTo(a.key.user, deadline, now) != nil {
		return
	}
	call.agent, call.ServerType = a, a.seat()
	if call.Type == wire.TypeVideo || call.kind() == acd.Chat {
		call.ServerType = wire.StaffSeat // no telephone has a picture or text
	}
	call.show(wire.EventCallIn, call.callIn(timeout))
	a.occupy(call)
	if !deadline.IsZero() {
		call.ringTimer = c.after(call, timeout, func() { c.ringExpired(call, a) })
	}
	if l := call.line; l != nil && !l.answered && !l.ringing {
		l.ringing = true
		c.counts.step("ring", call.Created)
		c.job(l, "ring", l.Ring, nil)
	}
	c.saveSession(call)
	if call.ServerType.Phone() {
		a.ringPhone(call)
	}
}

// ringExpired moves on from an agent that did not answer.
func (c *Center) ringExpired(call *call, a *agent) {
	if call.State() != session.Ringing || call.agent != a || call.accepting {
		return
	}
	c.moveOn(call, session.RingNoAnswer)
}

// moveOn takes a ringing session from its agent and looks for another one.
// One that was declined stays on the agent's list as ended.
func (c *Center) moveOn(call *call, result string) {
	a, now := call.agent, time.Now()
	stopTimer(&call.ringTimer)
	v := call.View()
	if call.Return(result, now.Add(askAgain), now) != nil {
		return
	}
	call.agent, call.accepting = nil, false
	c.dropSeat(call)
	switch {
	case result == session.RingDeclined:
		v.State, v.EndedAt, v.CloseBy = wire.StateEnded, now.UnixMilli(), wire.CloseSeat
		a.emit(wire.EventSessionEnded, wire.SessionEnded{SessionID: call.ID, CloseBy: wire.CloseSeat, Type: call.Type},
			&v)
	case call.role == callee && call.direct:
		c.missed(a, v, result)
	default:
		v.State = wire.StateGone
		a.emit(wire.EventAutoTransfer, call.ref(), &v)
	}
	if call.direct {
		a.vacate(call, 0)
		c.returned(call, result)
		return
	}
	c.waitAgain(call, a)
}

// waitAgain puts a session that an agent has given back into its place of the
// queue, before the agent is offered something else.
func (c *Center) waitAgain(call *call, from *agent) {
	there := call.mayGo(call.Group)
	if there {
		c.lineUp(call)
	}
	if from != nil {
		from.vacate(call, 0)
	}
	switch {
	case call.State() != session.Queued: // taken meanwhile
	case there:
		c.match()
		c.afterReturn(call)
	default:
		c.rehome(call)
	}
}

// rehome lets a session whose skill group is gone, or takes its type no more,
// wait in another one; without one it ends.
func (c *Center) rehome(call *call) {
	stopTimer(&call.queueTimer)
	if to := call.home(); to != "" && call.of == nil {
		c.enqueue(call, to)
		return
	}
	c.end(call, wire.CloseAdmin, wire.ReasonNoAgent, "the skill group does not exist any more")
}

// home is where a session waits whose own group is gone: in the group of its
// number, or in the application's for the type; "" if there is none.
func (call *call) home() string {
	if call.number != nil {
		if n := call.tenant.Number(call.number.Number); n != nil && call.tenant.Group(n.SkillGroup) != nil {
			return n.SkillGroup
		}
	}
	if g := call.tenant.GroupFor(call.Type); g != nil {
		return g.ID
	}
	return ""
}

// requeue takes a conversation from an agent that is lost: the customer waits
// at the front of the queue, with music.
func (c *Center) requeue(call *call) {
	a, now := call.agent, time.Now()
	a.release(call)
	v := call.View()
	if call.Return(session.RingLost, now.Add(askAgain), now) != nil {
		return
	}
	call.agent = nil
	c.dropSeat(call)
	v.State = wire.StateGone
	a.emit(wire.EventAutoTransfer, call.ref(), &v)
	call.play(c, c.musicOf(call), true)
	c.waitAgain(call, a)
}

// afterReturn decides about a session that nobody took at once.
func (c *Center) afterReturn(call *call) {
	if call.State() != session.Queued {
		return
	}
	if call.overdue {
		c.overflow(call, wire.ReasonQueueTimeout, "nobody took the call in time")
		return
	}
	c.wait(call)
}

// anyoneElse reports whether somebody on line, other than a, could take the
// session sooner or later.
func (c *Center) anyoneElse(call *call, a *agent) bool {
	for _, other := range c.agents {
		if other != a && other != call.session().agent && other.key.app == call.App && other.present() &&
			!other.status.Offline() && slices.Contains(other.conf.SkillGroups, call.Group) {
			return true
		}
	}
	return false
}
