package center

import (
	"context"

	"tccc/gateway/acd"
	"tccc/gateway/config"
	"tccc/gateway/session"
	"tccc/gateway/tenant"
	"tccc/internal/clip"
	"tccc/wire"
)

// FromPhone takes a call that an agent's desk phone makes: to a number, or to
// a colleague's extension or work number.
func (c *Center) FromPhone(app, user string, p Phone) {
	if !c.post(nil, func() { c.fromPhone(app, user, p) }) {
		_ = p.Reject(503, "Service Unavailable")
	}
}

func (c *Center) fromPhone(app, user string, p Phone) {
	l, a := c.newLine(p), c.agentOf(app, user)
	switch {
	case c.closed():
		c.refuse(l, 503, "Service Unavailable")
		return
	case a == nil || a.status.Offline():
		c.refuse(l, 403, "Forbidden")
		return
	case p.Replaces() != "":
		a.pickUp(l)
		return
	case a.handset != nil && a.handset.kind == wire.StaffExtensionSeat:
		a.secondLine(l)
		return
	case a.handset != nil || a.mayCall() != nil:
		c.refuse(l, 486, "Busy Here")
		return
	}
	h := &handset{a: a, kind: wire.StaffExtensionSeat, own: true, refusal: 480}
	a.handset = h
	if err := a.dialsByPhone(p.To()); err != nil {
		c.Log.Info("a desk phone dialled what cannot be called", "agent", user, "to", clip.Shown(p.To(), 40), "err",
			err)
		if a.handset == h {
			a.handset = nil
		}
		h.drop()
		c.refuse(l, 404, "Not Found")
		return
	}
	h.hears(l)
}

// hears lets the phone hear what becomes of the call that it makes.
func (h *handset) hears(l *line) {
	c := h.a.c
	h.follow(l)
	if h.gone { // the session is over already
		h.hangup()
		return
	}
	answered := false
	c.job(l, "early media", func() error {
		err := l.EarlyMedia()
		if err != nil {
			err = l.Answer()
			answered = err == nil
		}
		return err
	}, func(err error) {
		if l.answered = l.answered || answered; err == nil {
			h.pickedUp()
		}
	})
}

// dialsByPhone begins the session of a call that the desk phone makes.
func (a *agent) dialsByPhone(to string) error {
	if conf := a.tenant.Colleague(to); conf != nil {
		return a.phonesColleague(conf)
	}
	if to = tenant.Digits(to); !dialable.MatchString(to) { // keys, not a text: all of them mean what they say
		return wire.ErrNumberInvalid
	}
	_, err := a.callNumber(&wire.StartCallParams{}, wire.Number{Digits: to}, wire.StaffExtensionSeat)
	return err
}

func (a *agent) phonesColleague(conf *config.Agent) error {
	to := a.c.agentOf(a.key.app, conf.UserID)
	switch {
	case conf == a.conf:
		return wire.ErrTargetUnavailable.With("agents cannot call themselves")
	case !to.free(acd.Call):
		return wire.ErrTargetUnavailable.With("the agent is %s", to.standing())
	}
	call := a.internal(conf.UserID, conf.DisplayName())
	call.ServerType = wire.StaffExtensionSeat
	a.ringPage(call, to)
	return nil
}

// answerPhone answers the desk phone's own call once the other side is there.
func (a *agent) answerPhone(call *call) {
	h := a.phoneOf(call)
	if h == nil || !h.own || h.gone || h.line == nil || h.line.answered || call.ServerType != h.kind || !call.Live() {
		return
	}
	h.line.answered = true
	p := h.line.Phone
	a.c.job(h.line, "answer", p.Answer, func(err error) {
		if err != nil {
			a.c.outside(a, func(context.Context) func() { _ = p.Hangup(); return nil })
		}
	})
}

// noteRefusal keeps what a phone is told whose call came to nothing.
func (a *agent) noteRefusal(call *call) {
	if h := a.phoneOf(call); h != nil && h.own && call.ServerType == h.kind && call.State() == session.Ended {
		switch call.MainReason {
		case wire.ReasonBusy:
			h.refusal = 486
		case wire.ReasonDeclined:
			h.refusal = 603
		case wire.ReasonUnreachable:
			h.refusal = 404
		}
	}
}
