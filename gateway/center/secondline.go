package center

import (
	"tccc/gateway/session"
	"tccc/internal/clip"
	"tccc/wire"
)

// phoneOf is the line of the agent's phone that a session is on: the second
// carries the consultation that the phone has dialled, the first all else.
func (a *agent) phoneOf(call *call) *handset {
	if a.second != nil && a.second.carries == call {
		return a.second
	}
	return a.handset
}

// has reports whether a session is on this line.
func (h *handset) has(call *call) bool {
	if h.carries != nil {
		return h.carries == call
	}
	return call.ServerType == h.kind && h.a.phoneOf(call) == h
}

// without forgets a line. Of the first one the second takes the place.
func (a *agent) without(h *handset) {
	switch h {
	case a.second:
		a.second = nil
	case a.handset:
		if a.handset, a.second = a.second, nil; a.handset != nil {
			a.handset.carries = nil
		}
	}
}

// secondLine takes a call that the desk phone makes while it has a customer on
// hold: a consultation about that, which the transfer key may complete.
func (a *agent) secondLine(l *line) {
	h := &handset{a: a, kind: wire.StaffExtensionSeat, own: true, refusal: 480}
	if err := a.asksByPhone(h, l.To()); err != nil {
		shown := clip.Shown(l.To(), 40)
		a.c.Log.Info("a desk phone's second call was refused", "agent", a.key.user, "to", shown, "err", err)
		code := refusalOf(err)
		if code == 491 || code == 481 {
			code = 486
		}
		a.c.refuse(l, code, "")
		return
	}
	h.hears(l)
}

func (a *agent) asksByPhone(h *handset, to string) error {
	call := a.handset.session()
	if a.second != nil || !a.handset.up() || call == nil || call.State() != session.Held {
		return wire.ErrBusyWithCall
	}
	p, err := a.named(to)
	if err != nil {
		return err
	}
	p.SessionID = call.ID
	a.second = h
	if _, err = a.askAbout(&p, nil, h); err != nil {
		a.without(h)
		h.drop()
	}
	return err
}

// joinLines completes the consultation between the two lines of the phone (REFER
// with Replaces, RFC 5589 section 7), at once or when whoever is asked answers.
func (a *agent) joinLines(h *handset, r *referral) error {
	other := a.second
	if h == other {
		other = a.handset
	}
	if a.second == nil || other.line == nil || other.line.ID() != r.from.Replaces {
		return wire.ErrSessionNotFound
	}
	k := a.second.carries.consult
	if k == nil || k.blind != nil {
		return wire.ErrSessionState
	}
	r.accept()
	if k.blind = r; !k.with.Live() {
		return nil
	}
	_, err := a.completeTransfer(&wire.SessionParams{SessionID: k.with.ID})
	return err
}
