package center

import (
	"slices"
	"time"

	"tccc/gateway/acd"
	"tccc/gateway/config"
	"tccc/gateway/session"
	"tccc/internal/clip"
	"tccc/wire"
)

// handing is a blind transfer under way: the part that is offered to others,
// and how the session comes back.
type handing struct {
	part    *call
	target  wire.TransferTarget
	talking bool // the agent was talking, and will be again
	asked   *referral
}

// transfer hands a session over to another agent or to a skill group. The
// customer hears music until somebody takes it; if nobody does, it comes back.
func (a *agent) transfer(p *wire.TransferParams) (any, error) {
	if err := a.handOver(p, nil); err != nil {
		return nil, err
	}
	return wire.Empty{}, nil
}

// handOver begins a transfer; asked is not nil if a telephone has asked for it.
func (a *agent) handOver(p *wire.TransferParams, asked *referral) error {
	call, err := a.transferable(p.SessionID)
	if err != nil {
		return err
	}
	target, to, err := a.target(p, call.Type)
	if err != nil {
		return err
	}
	asked.accept()
	h := &handing{target: target, talking: call.State() == session.Talking, asked: asked}
	call.handing, call.Transfer, call.TransferFailed = h, &h.target, ""
	if h.talking {
		a.park(call) // shows the target as well
	} else {
		a.changed(call)
	}
	h.part = a.c.newPart(call, taker)
	if to != nil {
		h.part.direct = true
		a.c.ring(h.part, to)
		return nil
	}
	h.part.Queued = call.Created // whoever has waited before does not wait behind all
	a.c.enqueue(h.part, target.SkillGroupID)
	return nil
}

// transferable finds a session with a customer that can be handed over.
func (a *agent) transferable(id string) (*call, error) {
	call, err := a.live(id)
	switch {
	case err != nil:
		return nil, err
	case !call.withCustomer():
		return nil, wire.ErrSessionState.For("sessionId", "only sessions with customers can be transferred")
	case call.of != nil:
		return nil, wire.ErrForbidden.For("sessionId", "the session is another agent's")
	case call.consult != nil:
		return nil, wire.ErrSessionState.For("sessionId", "there is a consultation about the session")
	case call.handing != nil || call.redirected != nil:
		return nil, wire.ErrSessionState.For("sessionId", "the session is being transferred already")
	case a.c.stopping:
		return nil, wire.ErrStopping
	}
	return call, nil
}

// target finds who shall take a session, the agent if it is one. Nothing is
// rung that could not take it now.
func (a *agent) target(p *wire.TransferParams, of wire.SessionType) (t wire.TransferTarget, to *agent, err error) {
	switch {
	case (p.SkillGroupID == "") == (p.UserID == ""):
		return t, nil, wire.ErrTransferTarget
	case p.UserID != "":
		to, err = a.colleague(p.UserID, kindOf(of))
		if err == nil {
			t = wire.TransferTarget{UserID: p.UserID, Name: to.conf.DisplayName()}
		}
		return t, to, err
	}
	g := a.tenant.Group(p.SkillGroupID)
	if g == nil {
		return t, nil, wire.ErrInvalidOptions.For("skillGroupId", "there is no skill group %q",
			clip.Shown(p.SkillGroupID, 40))
	}
	if kindOf(of) == acd.Chat && !g.Takes(of) {
		return t, nil, wire.ErrGroupUnknown.For("skillGroupId", "%q takes no chats", clip.Shown(g.ID, 40))
	}
	free, online := a.staff(g, kindOf(of))
	switch {
	case online == 0:
		return t, nil, wire.ErrTargetUnavailable.For("skillGroupId", "nobody of the skill group is on line")
	case free == 0 && a.c.acd.LengthOf(a.tenant.Queue(g.ID), kindOf(of)) >= g.QueueLimit:
		return t, nil, wire.ErrTargetUnavailable.For("skillGroupId", "the queue of the skill group is full")
	}
	return wire.TransferTarget{SkillGroupID: g.ID, Name: g.DisplayName()}, nil, nil
}

// colleague finds another agent who is free for a kind of session.
func (a *agent) colleague(user string, k acd.Kind) (*agent, error) {
	to := a.c.agentOf(a.key.app, user)
	switch {
	case to == nil:
		return nil, wire.ErrCalleeUnknown.For("userId", "%q", clip.Shown(user, 40))
	case to == a:
		return nil, wire.ErrTargetUnavailable.For("userId", "it is the agent who asks")
	case !to.free(k):
		return nil, wire.ErrTargetUnavailable.For("userId", "the agent is %s", to.standing())
	}
	return to, nil
}

// staff counts the others of a group, and who of them is free for a kind of
// session.
func (a *agent) staff(g *config.SkillGroup, k acd.Kind) (free, online int) {
	for _, other := range a.c.agents {
		if other == a || other.tenant != a.tenant || !slices.Contains(other.conf.SkillGroups, g.ID) {
			continue
		}
		if other.free(k) {
			free++
		}
		if other.present() && !other.status.Offline() {
			online++
		}
	}
	return free, online
}

// takerAccepts makes the agent who took the offer the session's agent. Who
// transferred it is done with it.
func (c *Center) takerAccepts(part *call) {
	call, now := part.of, time.Now()
	from, to, h := call.agent, part.agent, call.handing
	h.asked.done(200)
	v := call.View()
	from.release(call)
	c.forget(part)
	call.Join(part.Session)
	if call.HandOver(part.Session, now) != nil {
		return
	}
	if h.target.SkillGroupID != "" {
		call.Group = part.Group
	}
	c.handSeat(part, call)
	call.agent, call.handing = to, nil
	part.agent = nil
	c.chatHandedOver(call)
	ref := wire.Transferred{SessionID: call.ID, SkillGroupID: h.target.SkillGroupID, UserID: h.target.UserID}
	from.emit(wire.EventTransfer, ref, nil)
	c.dismiss(from, call, v, now)
}

// dismiss ends the session for an agent who has given it away.
func (c *Center) dismiss(a *agent, call *call, v wire.Session, now time.Time) {
	v.State, v.EndedAt, v.CloseBy, v.Transfer = wire.StateEnded, now.UnixMilli(), wire.CloseSeat, nil
	a.emit(wire.EventSessionEnded, wire.SessionEnded{
		SessionID: call.ID, CloseBy: wire.CloseSeat, Type: call.Type, Duration: call.Duration(now).Seconds(),
	}, &v)
	a.vacate(call, c.wrapUp(call, true))
}

// takerEnds brings a session back that nobody has taken.
func (c *Center) takerEnds(part *call, by wire.CloseBy, main, sub string) {
	call := part.of
	reason := main
	if by == wire.CloseSeat {
		reason = wire.ReasonDeclined
	}
	c.drop(part, by, main, sub)
	h := call.handing
	h.asked.done(failureOf(reason))
	call.handing, call.Transfer, call.TransferFailed = nil, nil, reason
	a := call.agent
	if h.talking && call.State() == session.Held && a.talking() == nil && call.Unhold(time.Now()) == nil {
		a.bind(call)
	}
	v := call.View()
	a.emit(wire.EventSessionUpdated, wire.SessionUpdated{Session: v, Reason: wire.ReasonTransferFailed}, &v)
	c.saveSession(call)
}

// cancelTransfer takes a transfer back that nobody has answered yet.
func (c *Center) cancelTransfer(call *call) {
	h := call.handing
	if h == nil {
		return
	}
	h.asked.done(487)
	c.drop(h.part, wire.CloseAdmin, wire.ReasonCancelled, "the transfer was taken back")
	call.handing, call.Transfer = nil, nil
}

// leave takes an agent out of a session that it is transferring: the offer
// goes on as that of the session, and if it fails the customer is first in the
// group's queue.
func (c *Center) leave(call *call) {
	a, h, now := call.agent, call.handing, time.Now()
	part, to := h.part, h.part.agent
	h.asked.done(200) // as far as who leaves is concerned
	group := c.homeGroup(call, part)
	a.release(call)
	ringing := part.State() == session.Ringing
	if ringing {
		part.Unring() // it goes on as an offer of the session
	}
	c.forget(part)
	call.Join(part.Session)
	if call.Return("", now, now) != nil {
		return
	}
	call.handing, call.Transfer, call.agent = nil, nil, nil
	c.handSeat(part, call)
	call.TransferredFrom, call.Group = a.key.user, group
	if !ringing {
		c.waitAgain(call, nil)
		return
	}
	part.agent, call.agent = nil, to
	call.ServerType = part.ServerType
	if h := to.handset; h != nil && h.offer == part {
		h.offer = call
	}
	if call.OfferTo(to.key.user, part.Deadline, part.Offered) != nil {
		return
	}
	if !part.Deadline.IsZero() {
		call.ringTimer = c.after(call, time.Until(part.Deadline), func() { c.ringExpired(call, to) })
	}
	c.saveSession(call)
}

// homeGroup is the group in whose queue a customer waits whose agent has left
// during a transfer: that of the transfer, of the session, of the number, or
// of the agent who was asked.
func (c *Center) homeGroup(call, part *call) string {
	groups := []string{part.Group, call.Group}
	if call.number != nil {
		groups = append(groups, call.number.SkillGroup)
	}
	if part.agent != nil {
		groups = append(groups, part.agent.conf.SkillGroups...)
	}
	for _, id := range groups {
		if call.tenant.Group(id) != nil {
			return id
		}
	}
	return ""
}
