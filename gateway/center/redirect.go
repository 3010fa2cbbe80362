package center

import (
	"context"
	"errors"
	"slices"
	"time"

	"tccc/gateway/config"
	"tccc/gateway/sip"
	"tccc/gateway/tenant"
	"tccc/internal/clip"
	"tccc/wire"
)

// redirection is a transfer under way that the far end of a conversation has
// asked for: a number is called that takes its place. The far end is on a trunk
// that may do so.
type redirection struct {
	asked  *referral
	from   *line // whose place it is
	other  bool  // that of an outside number, not of the customer
	number string
	to     *line // nil until the INVITE is out
	timer  *time.Timer
	over   bool
}

// redirectionsMost bounds how often a session goes elsewhere by the wish of its
// far ends, which may send it round in a circle.
const redirectionsMost = 5

// farRefers takes the wish of a far end that its place be another's.
func (c *Center) farRefers(call *call, l *line, from *sip.Referral) {
	r := c.referral(l, from)
	if err := c.redirect(call, l, r); err != nil {
		shown := clip.Shown(from.To, 40)
		c.Log.Info("a trunk's transfer was refused", "trunk", l.Trunk(), "session", call.ID, "to", shown, "err", err)
		r.refuse(refusalOf(err))
	}
}

// redirect decides about it. Whoever is left goes to a number, over the trunk
// that has asked; a customer who was alone with the far end may come back to the
// contact centre as well: to an agent's extension or a skill group.
func (c *Center) redirect(call *call, l *line, r *referral) error {
	if r.from.Elsewhere != "" {
		return c.attended(call, l, r)
	}
	to, t := r.from.To, call.tenant
	alone := call.agent == nil && (call.line != nil && call.line != l || call.browser != nil)
	group := to
	if n := t.Number(to); n != nil {
		if group = n.SkillGroup; group == "" || !alone {
			return errRound
		}
	}
	conf := t.Colleague(to)
	switch {
	case !call.withCustomer():
		return wire.ErrForbidden
	case r.from.Replaces != "":
		return wire.ErrSessionNotFound
	case !call.Live() || call.busy():
		return wire.ErrSessionState
	case call.redirections >= redirectionsMost:
		return errRound
	case (conf != nil || t.Group(group) != nil) && !alone:
		return wire.ErrForbidden
	case conf != nil:
		return c.returnsToAgent(call, l, conf, r)
	case t.Group(group) != nil:
		return c.returnsToGroup(call, l, group, r)
	}
	if to = tenant.Digits(to); !dialable.MatchString(to) {
		return wire.ErrNumberInvalid
	}
	for _, party := range append([]*line{call.line}, call.others...) {
		if party != nil && (party.To() == to || party.From() == to) {
			return errRound
		}
	}
	number := c.numberOver(call, l.Trunk())
	if number == nil {
		return wire.ErrNoCallerNumber
	}
	c.callInstead(call, &redirection{asked: r, from: l, other: call.line != l, number: to}, number)
	return nil
}

// attended lets whoever is left talk to somebody whom the far end has asked already,
// in a call of the trunk's own: that one is called, and the call takes the far
// end's place there (RFC 5589 section 7). It is never somebody here.
func (c *Center) attended(call *call, l *line, r *referral) error {
	to, number := tenant.Digits(r.from.To), c.numberOver(call, l.Trunk())
	switch {
	case !call.withCustomer():
		return wire.ErrForbidden
	case !call.Live() || call.busy():
		return wire.ErrSessionState
	case call.redirections >= redirectionsMost:
		return errRound
	case !dialable.MatchString(to):
		return wire.ErrNumberInvalid
	case number == nil:
		return wire.ErrNoCallerNumber
	}
	c.callInstead(call, &redirection{asked: r, from: l, other: call.line != l, number: to}, number)
	return nil
}

// errRound is a transfer to where the conversation is or comes from.
var errRound = errors.New("the call would go round in a circle")

// numberOver is the application's number to call out with over a trunk: the
// session's own, else the first.
func (c *Center) numberOver(call *call, trunk string) *config.Number {
	fits := func(n *config.Number) bool { return n.Outbound && n.Trunk == trunk }
	if call.number != nil && fits(call.number) {
		return call.number
	}
	list := call.tenant.Numbers
	if i := slices.IndexFunc(list, func(n config.Number) bool { return fits(&n) }); i >= 0 {
		return &list[i]
	}
	return nil
}

// callInstead calls the number.
func (c *Center) callInstead(call *call, d *redirection, number *config.Number) {
	d.asked.accept()
	call.redirected = d
	call.redirections++
	d.timer = c.after(call, call.tenant.DialTimeout, func() { c.redirectionFails(call, d, 480) })
	o := sip.Outgoing{
		Trunk: number.Trunk, From: number.Number, To: d.number, Headers: map[string]string{"X-Session-ID": call.ID},
		Replaces: d.asked.from.Elsewhere,
	}
	c.outside(call, func(ctx context.Context) func() {
		p, err := c.Dial(ctx, o)
		return func() {
			if err != nil {
				c.redirectionFails(call, d, 404)
				return
			}
			d.to = c.newLine(p)
			c.follow(call, p, func(e sip.Event) { c.redirectionEvent(call, d, e) })
			if d.over {
				c.dropLine(d.to)
			}
		}
	})
}

// replaces lets a call that has come in take the place of a far end of the same
// trunk: the second half of a transfer between the trunk's telephones.
func (c *Center) replaces(l *line, of string) {
	call, from := c.farEnd(of)
	switch {
	case call == nil || !call.withCustomer() || !call.Live():
		c.refuse(l, 481, "")
		return
	case call.busy():
		c.refuse(l, 491, "")
		return
	case call.redirections >= redirectionsMost:
		c.refuse(l, 482, "")
		return
	}
	d := &redirection{from: from, other: call.line != from, number: l.From(), to: l}
	call.redirected = d
	call.redirections++
	d.timer = c.after(call, replaceWait, func() { c.redirectionFails(call, d, 408) })
	c.follow(call, l.Phone, func(e sip.Event) { c.redirectionEvent(call, d, e) })
	c.job(l, "answer", l.Answer, func(err error) {
		if err != nil {
			c.redirectionFails(call, d, 500)
		}
	})
}

// replaceWait bounds the wait for the ACK of a call that takes another's place.
const replaceWait = 30 * time.Second

// farEnd finds a far end by the ID of its call.
func (c *Center) farEnd(id string) (*call, *line) {
	for _, call := range c.calls {
		for _, l := range append([]*line{call.line}, call.others...) {
			if l != nil && l.ID() == id {
				return call, l
			}
		}
	}
	return nil, nil
}

// busy reports whether the session is on its way to somebody already, or has more
// parties than two.
func (call *call) busy() bool {
	underWay := call.handing != nil || call.consult != nil || call.redirected != nil
	return underWay || call.heir() != nil || len(call.others) > 1
}

// redirectionEvent takes an event of the number, before and after it has taken
// the place.
func (c *Center) redirectionEvent(call *call, d *redirection, e sip.Event) {
	switch {
	case call.line == d.to:
		c.lineEvent(call, d.to, e)
	case slices.Contains(call.others, d.to):
		c.otherEvent(call, d.to, e)
	case e.Kind == sip.Answered:
		c.takesPlace(call, d)
	case e.Kind == sip.Ended:
		d.to.close()
		c.redirectionFails(call, d, e.Code)
	}
}

// takesPlace puts the number where the far end was.
func (c *Center) takesPlace(call *call, d *redirection) {
	if d.over {
		return
	}
	d.over, d.to.answered = true, true
	stopTimer(&d.timer)
	call.redirected = nil
	d.asked.done(200)
	c.givesPlace(call, d)
	if d.other {
		call.others = append(call.others, d.to)
	} else {
		call.line = d.to
	}
	call.TransferredTo = d.number
	c.hear(call)
	if call.agent != nil {
		call.agent.changed(call)
	} else {
		c.saveSession(call)
	}
}

// redirectionFails leaves everything as it was; a far end that has hung up
// meanwhile ends the session now.
func (c *Center) redirectionFails(call *call, d *redirection, code int) {
	if d.over {
		return
	}
	c.stopRedirection(call, code)
	if d.from.over {
		c.end(call, wire.CloseClient, "", "")
	}
}

// stopRedirection gives up a transfer of the far end's.
func (c *Center) stopRedirection(call *call, code int) {
	d := call.redirected
	if d == nil {
		return
	}
	d.over = true
	stopTimer(&d.timer)
	call.redirected = nil
	d.asked.done(code)
	if d.to != nil {
		c.dropLine(d.to)
	}
}

// leaves follows the end of a far end whose place is being taken: who is left
// hears music. It reports false for any other.
func (c *Center) leaves(call *call, l *line) bool {
	d := call.redirected
	if d == nil || d.from != l {
		return false
	}
	l.close()
	c.givesPlace(call, d)
	c.hear(call)
	return true
}

// givesPlace takes the far end out of the session.
func (c *Center) givesPlace(call *call, d *redirection) {
	if d.other {
		call.others = slices.DeleteFunc(call.others, func(l *line) bool { return l == d.from })
	} else {
		call.line = nil
	}
	c.dropLine(d.from)
}

// returnsToGroup lets a customer who was transferred outside wait for an agent.
func (c *Center) returnsToGroup(call *call, l *line, group string, r *referral) error {
	r.accept()
	if err := c.comesBack(call, l, r); err != nil {
		return err
	}
	call.play(c, c.musicOf(call), true)
	c.enqueue(call, group)
	return nil
}

// returnsToAgent offers such a customer to an agent, and then to the group.
func (c *Center) returnsToAgent(call *call, l *line, conf *config.Agent, r *referral) error {
	to := c.agentOf(call.App, conf.UserID)
	group := call.Group
	if call.tenant.Group(group) == nil {
		group = call.home()
	}
	switch {
	case !to.free(call.kind()):
		return wire.ErrTargetUnavailable.With("the agent is %s", to.standing())
	case group == "":
		return wire.ErrForbidden.With("there is no skill group to fall back to")
	}
	r.accept()
	if err := c.comesBack(call, l, r); err != nil {
		return err
	}
	call.Group = group
	call.play(c, c.musicOf(call), true)
	c.ring(call, to)
	return nil
}

// comesBack takes the far end out of a session that has no agent.
func (c *Center) comesBack(call *call, l *line, r *referral) error {
	now := time.Now()
	if err := call.Return("", now, now); err != nil {
		return err
	}
	call.redirections++
	r.done(200)
	c.takeOut(call, slices.Index(call.others, l))
	return nil
}
