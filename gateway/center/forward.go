package center

import (
	"time"

	"tccc/gateway/session"
	"tccc/gateway/sip"
	"tccc/gateway/tenant"
	"tccc/internal/clip"
	"tccc/wire"
)

// forward follows a desk phone that sends its calls elsewhere (302): to another
// telephone of the agent's, which is called instead, or to a colleague, who is
// offered the session. It reports false for what may not be: the phone is then
// as good as busy. Nothing is forwarded twice.
func (h *handset) forward(to string) bool {
	a := h.a
	p, err := a.named(to)
	switch {
	case err != nil || h.moved || h.own:
	case p.UserID != "":
		return h.passOn(a.c.agentOf(a.key.app, p.UserID))
	case p.PhoneNumber != "":
		return h.moveTo(p.PhoneNumber)
	}
	a.c.Log.Info("a desk phone's forwarding was refused", "agent", a.key.user, "to", clip.Shown(to, 40), "err", err)
	return false
}

// moveTo calls the agent at a number, as at its mobile.
func (h *handset) moveTo(to string) bool {
	a := h.a
	number, err := a.tenant.CallerNumber(&wire.StartCallParams{}, a.conf)
	if err != nil {
		return false
	}
	h.moved, h.line, h.rings = true, nil, false
	h.call(sip.Outgoing{Trunk: number.Trunk, From: number.Number, To: tenant.Digits(to)})
	return true
}

// passOn offers what rings at the phone to a colleague who has not had it yet.
// What was meant for the agent alone stays there.
func (h *handset) passOn(to *agent) bool {
	a, call := h.a, h.offer
	rings := call != nil && call.agent == a && call.State() == session.Ringing
	if !rings || call.direct || to == a || !to.free(call.kind()) {
		return false
	}
	if _, had := call.Tried[to.key.user]; had {
		return false
	}
	now := time.Now()
	stopTimer(&call.ringTimer)
	v := call.View()
	if call.Return(session.RingDeclined, now.Add(askAgain), now) != nil {
		return false
	}
	call.agent, call.accepting = nil, false
	v.State = wire.StateGone
	a.emit(wire.EventAutoTransfer, call.ref(), &v)
	a.vacate(call, 0)
	a.c.ring(call, to)
	return true
}
