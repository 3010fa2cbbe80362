package center

import (
	"slices"
	"strconv"
	"time"

	"tccc/gateway/acd"
	"tccc/gateway/session"
	"tccc/wire"
)

// role is what a colleague's part in a session is for.
type role uint8

const (
	whole   role = iota // no part, but the session itself
	callee              // the called side of an internal call
	taker               // is offered the session by a transfer, and becomes its agent
	member              // of a conference
	monitor             // a supervisor
)

// newPart lets a colleague have a part in a session. A part is a call of its
// own to everything that waits, rings and answers, under the same session id.
func (c *Center) newPart(of *call, r role) *call {
	of.counted++
	part := &call{
		Session: of.Part(time.Now()), suffix: "/" + strconv.Itoa(of.counted), role: r, of: of,
		tenant: of.tenant, number: of.number, overflows: map[string]bool{},
	}
	of.parts = append(of.parts, part)
	c.calls[part.key()] = part
	return part
}

// key names a call in this process: a part has the session id of its session.
func (call *call) key() string { return call.ID + call.suffix }

// session is the call that this one is a part of, or itself.
func (call *call) session() *call {
	if call.of != nil {
		return call.of
	}
	return call
}

// sides are the session and its parts.
func (call *call) sides() []*call { return slices.Insert(slices.Clone(call.parts), 0, call) }

// forget takes a call out of everything that knows it.
func (c *Center) forget(call *call) {
	delete(c.calls, call.key())
	c.checkDrained()
	c.lineOut(call)
	call.stopTimers()
	if call.of != nil {
		i := slices.Index(call.of.parts, call)
		call.of.parts = slices.Delete(call.of.parts, i, i+1)
	}
}

// drop ends a part and tells its agent. The session goes on.
func (c *Center) drop(part *call, by wire.CloseBy, main, sub string) {
	now := time.Now()
	if part.Close(by, main, sub, now) != nil {
		return
	}
	c.forget(part)
	part.of.Join(part.Session)
	a := part.agent
	if a == nil {
		return
	}
	a.release(part)
	c.dropSeat(part)
	part.show(wire.EventSessionEnded, wire.SessionEnded{
		SessionID: part.ID, CloseBy: by, MainReason: main, SubReason: sub, Type: part.Type,
		Duration: part.Duration(now).Seconds(),
	})
	part.agent = nil
	a.vacate(part, 0)
}

// endParts ends what colleagues have of a session that has ended.
func (c *Center) endParts(call *call, by wire.CloseBy, main, sub string) {
	if h := call.handing; h != nil {
		h.asked.done(487)
	}
	call.handing, call.Transfer = nil, nil
	if call.Type == wire.TypeInternal {
		by = mirrored(by)
	}
	for _, part := range slices.Clone(call.parts) {
		c.drop(part, by, main, sub)
	}
}

// partEnds follows the end of a part: by its agent, a timer or the system.
func (c *Center) partEnds(part *call, by wire.CloseBy, main, sub string) {
	switch part.role {
	case callee:
		c.calleeEnds(part, by, main, sub)
	case taker:
		c.takerEnds(part, by, main, sub)
	case member:
		c.memberEnds(part, by, main, sub)
	case monitor:
		c.drop(part, by, main, sub)
		c.hear(part.of)
	}
}

// returned follows a part that its one agent did not take.
func (c *Center) returned(part *call, result string) {
	c.end(part, wire.CloseAdmin, reasonOf(result), "the agent did not take it")
}

// missed tells an agent of an internal call that it did not take: it stays on
// the list.
func (c *Center) missed(a *agent, v wire.Session, result string) {
	v.State, v.EndedAt, v.CloseBy, v.MainReason =
		wire.StateEnded, time.Now().UnixMilli(), wire.CloseTimer, reasonOf(result)
	a.emit(wire.EventSessionEnded, wire.SessionEnded{
		SessionID: v.SessionID, CloseBy: v.CloseBy, MainReason: v.MainReason, Type: v.Type,
	}, &v)
}

// reasonOf is the main reason for the result of an offer.
func reasonOf(result string) string {
	switch result {
	case session.RingDeclined:
		return wire.ReasonDeclined
	case session.RingLost:
		return wire.ReasonAgentLost
	}
	return wire.ReasonNoAnswer
}

// ringAlways is how long it rings at an agent who is in no skill group.
const ringAlways = 30 * time.Second

// ringTimeout is how long a session rings at an agent, 0 for ever. An offer
// that is for this agent only rings as long as those of the agent's first group.
func (c *Center) ringTimeout(call *call, a *agent) time.Duration {
	if !call.direct {
		if g := call.group(); g != nil && g.AutoTransfer {
			return g.RingTimeout
		}
		return 0
	}
	for _, id := range a.conf.SkillGroups {
		if g := call.tenant.Group(id); g != nil {
			return g.RingTimeout
		}
	}
	return ringAlways
}

// callIn is the payload that offers a session.
func (call *call) callIn(timeout time.Duration) any {
	seconds := int((timeout + time.Second - 1) / time.Second)
	if call.Type == wire.TypeInternal {
		return wire.CallInInternal{SessionID: call.ID, Type: call.Type, Timeout: seconds, PeerUserID: call.Peer}
	}
	switch {
	case call.isTalk():
		return call.talkIn(seconds)
	case call.Type == wire.TypeIM:
		return callInIM(call.View(), seconds)
	}
	return wire.CallInPhone{
		SessionID: call.ID, Type: call.Type, Timeout: seconds,
		Callee: call.Callee, Caller: call.Caller, CallerLocation: call.Location, Remark: call.Remark,
		IVRPath: call.Path, ServerType: call.ServerType,
	}
}

// free reports whether an agent can be offered a session of a kind now.
func (a *agent) free(k acd.Kind) bool {
	if k == acd.Chat { // no other door than the SDK has chats
		return len(a.seats) > 0 && a.status.TakesChats()
	}
	return a.present() && a.status.TakesCalls() && a.reachable()
}

// own finds the agent's side of a live session; nil if it has none.
func (a *agent) own(id string) *call {
	s := a.c.calls[id]
	if s == nil || s.of != nil {
		return nil
	}
	for _, side := range s.sides() {
		if side.agent == a {
			return side
		}
	}
	return nil
}
