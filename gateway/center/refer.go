package center

import (
	"errors"

	"tccc/gateway/sip"
	"tccc/gateway/tenant"
	"tccc/internal/clip"
	"tccc/wire"
)

// referral is a transfer that a telephone has asked for with a key of its own
// (REFER): it is told what becomes of it. Nil is one that nobody has asked for.
type referral struct {
	c    *Center
	line *line
	from *sip.Referral
}

func (c *Center) referral(l *line, from *sip.Referral) *referral { return &referral{c, l, from} }

func (r *referral) accept() {
	if r != nil {
		r.c.job(r.line, "accept a referral", r.from.Accept, nil)
	}
}

func (r *referral) refuse(code int) {
	r.c.job(r.line, "refuse a referral", func() error { return r.from.Refuse(code) }, nil)
}

// done tells the outcome as a SIP status: 200, or why it came to nothing.
func (r *referral) done(code int) {
	if r != nil {
		r.c.job(r.line, "end a referral", func() error { return r.from.Done(code) }, nil)
	}
}

// refers takes the transfer key of an agent's phone: what it is in goes on to
// whom the phone names, as if the page had asked for it.
func (h *handset) refers(from *sip.Referral) {
	r := h.a.c.referral(h.line, from)
	if err := h.a.sendOn(h, r); err != nil {
		shown := clip.Shown(from.To, 40)
		h.a.c.Log.Info("a desk phone's transfer was refused", "agent", h.a.key.user, "to", shown, "err", err)
		r.refuse(refusalOf(err))
	}
}

// sendOn begins the transfer of what the agent has on the phone.
func (a *agent) sendOn(h *handset, r *referral) error {
	if r.from.Replaces != "" {
		return a.joinLines(h, r)
	}
	call := h.session()
	if call == nil {
		return wire.ErrSessionNotFound
	}
	p, err := a.named(r.from.To)
	switch p.SessionID = call.ID; {
	case err != nil:
		return err
	case p.PhoneNumber != "":
		_, err = a.askAbout(&p, r, nil)
		return err
	}
	to := wire.TransferParams{SessionID: p.SessionID, UserID: p.UserID, SkillGroupID: p.SkillGroupID}
	return a.handOver(&to, r)
}

// named is whom a phone names: a colleague by extension or work number, a skill
// group by its id, or by a number of the contact centre's that leads to it, or a
// number outside.
func (a *agent) named(to string) (p wire.ConsultParams, err error) {
	group := to
	if n := a.tenant.Number(to); n != nil && n.SkillGroup != "" {
		group = n.SkillGroup
	}
	conf := a.tenant.Colleague(to)
	switch {
	case conf != nil:
		p.UserID = conf.UserID
	case a.tenant.Group(group) != nil:
		p.SkillGroupID = group
	case !dialable.MatchString(tenant.Digits(to)):
		return p, wire.ErrNumberInvalid
	default:
		p.PhoneNumber = tenant.Digits(to)
	}
	return p, nil
}

// refusals are the SIP answers to what cannot be transferred; anything else is
// forbidden.
var refusals = []struct {
	err  error
	code int
}{
	{errRound, 482}, {wire.ErrCalleeUnknown, 404}, {wire.ErrNumberInvalid, 404}, {wire.ErrTargetUnavailable, 480},
	{wire.ErrBusyWithCall, 486}, {wire.ErrSessionNotFound, 481}, {wire.ErrSessionState, 491}, {wire.ErrStopping, 503},
	{wire.ErrOverloaded, 503},
}

func refusalOf(err error) int {
	for _, r := range refusals {
		if errors.Is(err, r.err) {
			return r.code
		}
	}
	return 403
}

// failureOf is the SIP status for the reason why a transfer came to nothing.
func failureOf(reason string) int {
	switch reason {
	case wire.ReasonBusy, wire.ReasonQueueFull:
		return 486
	case wire.ReasonDeclined:
		return 603
	case wire.ReasonUnreachable:
		return 404
	case wire.ReasonCancelled, "":
		return 487
	}
	return 480
}
