package center

import (
	"time"

	"tccc/gateway/acd"
	"tccc/gateway/session"
	"tccc/internal/clip"
	"tccc/wire"
)

// pickUp takes a call of the agent's desk phone that is to have what rings at a
// colleague (INVITE with Replaces, RFC 3891), as its lamp has named it.
func (a *agent) pickUp(l *line) {
	call := a.c.calls[l.Replaces()]
	if code := a.refusesPickUp(call); code != 0 {
		shown := clip.Shown(l.Replaces(), 40)
		a.c.Log.Info("a pick-up was refused", "agent", a.key.user, "session", shown, "code", code)
		a.c.refuse(l, code, "")
		return
	}
	h := &handset{a: a, kind: wire.StaffExtensionSeat, own: true, refusal: 480}
	if !a.takesOffer(call, h) {
		a.c.refuse(l, 481, "")
		return
	}
	h.follow(l)
	a.c.job(l, "answer", l.Answer, func(err error) {
		if l.answered = l.answered || err == nil; err == nil {
			h.pickedUp()
		}
	})
}

// refusesPickUp is the SIP answer to a pick-up that may not be, 0 for one that
// may. What rings elsewhere than at a colleague of the application is not there.
func (a *agent) refusesPickUp(call *call) int {
	switch {
	case call == nil || call.App != a.key.app || call.agent == nil || call.State() != session.Ringing || call.accepting:
		return 481
	case !a.mayPickUp(call):
		return 403
	case a.handset != nil || !a.free(acd.Call):
		return 486
	}
	return 0
}

// mayPickUp reports whether the agent's desk phone may have what is offered to a
// colleague: somebody of a skill group in common, where the application allows it.
// What is for one agent alone, or nothing for a telephone, stays where it is.
func (a *agent) mayPickUp(call *call) bool {
	forAll := !call.direct && call.of == nil && (call.Type == wire.TypePhone || call.Type == wire.TypeVoIP)
	return a.tenant.Lamps.PickUp && forAll && call.agent != nil && call.agent != a && a.shares(call.agent.conf) &&
		a.seat() == wire.StaffExtensionSeat
}

// takesOffer moves an offer from a colleague to the agent, whose phone is there
// for it.
func (a *agent) takesOffer(call *call, h *handset) bool {
	from, v, now := call.agent, call.View(), time.Now()
	if call.Return(session.RingNoAnswer, now.Add(askAgain), now) != nil {
		return false
	}
	stopTimer(&call.ringTimer)
	call.agent, call.accepting = nil, false
	a.c.dropSeat(call)
	v.State = wire.StateGone
	from.emit(wire.EventAutoTransfer, call.ref(), &v)
	a.handset = h
	a.c.ring(call, a) // before the colleague is free, and others are given something
	from.vacate(call, 0)
	return !h.gone && h.offer == call
}
