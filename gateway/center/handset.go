package center

import (
	"context"
	"errors"
	"strings"
	"time"

	"tccc/gateway/mix"
	"tccc/gateway/session"
	"tccc/gateway/sip"
	"tccc/gateway/tenant"
	"tccc/wire"
)

// handset is the telephone that an agent talks through: a call to its desk
// phone or mobile, or one that the desk phone has made. It is the agent's end
// of all its sessions on that phone, as the leg is of a browser, and goes on
// from one to the next.
type handset struct {
	a       *agent
	kind    wire.ServerType
	line    *line        // nil until the INVITE is out
	leg     *mix.MuteLeg // nil until it is picked up
	own     bool         // the phone has called
	rings   bool         // the phone says that it rings
	auto    bool         // it was asked to pick up by itself
	offer   *call        // that it rings for; picking it up accepts it
	waits   []func(error)
	timer   *time.Timer // until it must be picked up
	parked  *call       // held by the phone's own key
	refusal int         // SIP answer to a phone whose call came to nothing
	gone    bool
	moved   bool  // it was forwarded: the line goes to another telephone of the agent's
	carries *call // of a second line: the only session that it is for
}

// up reports whether the agent can be heard over it.
func (h *handset) up() bool { return h != nil && h.leg != nil && !h.gone }

// reach makes the agent's phone the end of a session and then calls done. A
// desk phone that is asked for by the page may pick up by itself.
func (a *agent) reach(call *call, auto bool, done func(error)) {
	h := a.phoneOf(call)
	switch {
	case h == nil:
		h = &handset{a: a, kind: call.ServerType, refusal: 480}
		a.handset = h
		h.waits = append(h.waits, done)
		h.dial(call, auto)
	case h.kind != call.ServerType:
		done(wire.ErrSeatPhone.With("the agent's other telephone is in use"))
	case h.up():
		done(nil)
	default:
		h.waits = append(h.waits, done)
	}
}

// dial calls the phone outside the loop.
func (h *handset) dial(call *call, auto bool) {
	a, c := h.a, h.a.c
	h.auto = auto
	o := sip.Outgoing{From: call.far(), DisplayName: plainText(call.View().Title),
		Headers: map[string]string{"X-Session-ID": call.ID}}
	if h.kind == wire.StaffExtensionSeat {
		o.Extension, o.AutoAnswer = a.conf.Extension, auto
	} else {
		number, err := a.tenant.CallerNumber(&wire.StartCallParams{}, a.conf)
		if err != nil {
			c.outside(a, func(context.Context) func() {
				return func() { h.failed(wire.ReasonUnreachable, "there is no number to call the agent with") }
			})
			return
		}
		o.Trunk, o.From, o.To, o.DisplayName = number.Trunk, number.Number, tenant.Digits(a.conf.Phone), ""
	}
	if auto || call.State() != session.Ringing { // an offer has a timer of its own
		h.timer = c.after(a, a.phoneWait(),
			func() { h.failed(wire.ReasonNoAnswer, "the agent's telephone was not answered") })
	}
	h.call(o)
}

// call places the call to the phone outside the loop.
func (h *handset) call(o sip.Outgoing) {
	c := h.a.c
	c.outside(h.a, func(ctx context.Context) func() {
		p, err := c.Dial(ctx, o)
		return func() { h.dialled(p, err) }
	})
}

// phoneWait is how long the agent's phone rings for a call of its own.
func (a *agent) phoneWait() time.Duration {
	for _, id := range a.conf.SkillGroups {
		if g := a.tenant.Group(id); g != nil {
			return g.RingTimeout
		}
	}
	return ringAlways
}

// far is what the agent's phone shows.
func (call *call) far() string {
	s := call.session()
	switch {
	case s.Type == wire.TypeInternal && call.of == nil:
		return call.tenant.ShownAs(s.Peer)
	case s.Type == wire.TypeInternal:
		return call.tenant.ShownAs(s.Session.Agent)
	case s.Customer != nil:
		return "customer" // who has no number; the phone shows the name
	case s.Direction == wire.Outbound:
		return s.Callee
	}
	if s.Caller == "" {
		return "anonymous"
	}
	return s.Caller
}

// plainText is a text as a display name may be.
func plainText(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == '"' || r == '\\' {
			return -1
		}
		return r
	}, s)
	if len(s) > 100 {
		s = strings.ToValidUTF8(s[:100], "")
	}
	return s
}

func (h *handset) dialled(p Phone, err error) {
	c := h.a.c
	if err != nil {
		c.Log.Info("the agent's telephone could not be called", "agent", h.a.key.user, "err", err)
		text := "the agent's telephone could not be reached"
		if errors.Is(err, sip.ErrNoPhone) {
			text = "the desk phone is not registered"
		}
		h.failed(wire.ReasonUnreachable, text)
		return
	}
	h.follow(c.newLine(p))
	if h.gone { // not needed any more
		h.hangup()
	}
}

func (h *handset) follow(l *line) {
	h.line = l
	h.a.c.follow(h.a, l.Phone, func(e sip.Event) { h.event(e) })
}

// event takes an event of the phone.
func (h *handset) event(e sip.Event) {
	switch e.Kind {
	case sip.Ringing, sip.EarlyMedia:
		h.rings = h.rings || !h.own
	case sip.Answered:
		h.line.answered = true
		if !h.own {
			h.pickedUp()
		}
	case sip.Held:
		h.keyHold()
	case sip.Resumed:
		h.keyResume()
	case sip.Referred:
		h.refers(e.Referral)
	case sip.MediaLost:
		h.hangup()
		h.over(false, "no sound came from the agent's telephone")
	case sip.Ended:
		h.line.close()
		switch {
		case h.gone:
		case h.leg == nil && e.Forward != "" && h.forward(e.Forward):
		case h.leg == nil:
			h.failed(session.Reason(e.Code), sipText(e))
		default:
			h.over(e.ByRemote, sipText(e))
		}
	}
}

// pickedUp follows the agent's picking up: whoever waits for it goes on.
func (h *handset) pickedUp() {
	if h.gone || h.leg != nil {
		return
	}
	leg := h.line.Media()
	if leg == nil {
		return
	}
	h.leg = &mix.MuteLeg{Leg: leg}
	h.a.c.Engine.Silence(h.leg)
	stopTimer(&h.timer)
	h.a.forgive()
	offer := h.offer
	h.offer = nil
	h.settle(nil)
	if offer != nil {
		h.a.takeOffer(offer, func(any, error) {})
	}
	h.a.tidyPhone()
}

// settle answers everybody who waits for the phone.
func (h *handset) settle(err error) {
	waits := h.waits
	h.waits = nil
	for _, done := range waits {
		done(err)
	}
}

// takeOffer accepts a session that rang at the phone.
func (a *agent) takeOffer(call *call, done func(any, error)) {
	switch {
	case call.agent != a || call.State() != session.Ringing || call.accepting:
		done(nil, wire.ErrSessionNotFound.For("sessionId", "the caller has hung up"))
	default:
		a.take(call, done)
	}
}

// failed follows a phone that was not picked up: the agent learns why, and the
// session goes to somebody else.
func (h *handset) failed(reason, text string) {
	if h.gone || h.leg != nil {
		return
	}
	a, offer := h.a, h.offer
	h.drop()
	h.hangup()
	a.without(h)
	err := wire.ErrSeatPhone.With("%s: %s", reason, text)
	if offer != nil && offer.agent == a && offer.State() == session.Ringing {
		switch reason {
		case wire.ReasonDeclined:
			a.decline(offer)
		case wire.ReasonNoAnswer:
			a.c.moveOn(offer, session.RingNoAnswer)
		case wire.ReasonBusy:
			a.fault(err)
			a.doNotDisturb(offer)
		default:
			a.fault(err)
			a.unreached(offer)
		}
	}
	h.settle(err)
}

// doNotDisturb follows a phone that refuses for its owner: the session goes on as
// if the agent had declined, whose status is the page's business. Where nobody
// else could take it, a key that was left on does not turn the customer away.
func (a *agent) doNotDisturb(offer *call) {
	if offer.direct || a.c.anyoneElse(offer, a) {
		a.decline(offer)
		return
	}
	a.unreached(offer)
}

// unreached lets a session wait whose agent could not be reached, and the agent rest.
func (a *agent) unreached(offer *call) {
	a.rest()
	a.c.moveOn(offer, session.RingLost)
}

// over follows the end of a phone that was up: the agent has hung up, or it is
// lost.
func (h *handset) over(byAgent bool, text string) {
	if h.gone {
		return
	}
	a, call := h.a, h.session()
	h.drop()
	a.without(h)
	switch {
	case call == nil:
	case byAgent && call.consult != nil && call.consult.blind != nil: // the customer is on the way already
		call.consult.talking = true // else the phone is called back
		a.release(call)
	case byAgent:
		_, _ = a.hangup(&wire.SessionParams{SessionID: call.ID})
	default:
		a.fault(wire.ErrSeatPhone.With("%s", text))
		a.release(call)
		a.c.takeBack(call, wire.ReasonNetworkLost)
	}
}

// session is what the agent means by hanging up: the one in conversation, else
// the one that is dialled, else what was held last.
func (h *handset) session() *call {
	a := h.a
	if a.active != nil && h.has(a.active) {
		return a.active
	}
	var last *call
	for _, call := range a.calls() {
		if !h.has(call) || call.State() == session.Ringing {
			continue
		}
		if call.State() == session.Dialing {
			return call
		}
		if last == nil || call.HeldAt.After(last.HeldAt) {
			last = call
		}
	}
	return last
}

// drop takes the phone out of everything; its call may still be there.
func (h *handset) drop() {
	h.gone = true
	stopTimer(&h.timer)
	if h.leg != nil {
		h.a.c.Engine.Detach(h.leg)
	}
}

func (h *handset) hangup() {
	l, c := h.line, h.a.c
	if l == nil || l.over {
		return
	}
	step := l.Hangup
	if h.own && !l.answered {
		code := h.refusal
		step = func() error {
			if l.Reject(code, "") == nil {
				return nil
			}
			return l.Hangup()
		}
	}
	c.job(l, "hangup", step, nil)
	l.close()
}

// tidyPhone hangs the phone up when no session of the agent is on it any more.
func (a *agent) tidyPhone() {
	for _, h := range []*handset{a.second, a.handset} {
		if h == nil || h.needed() {
			continue
		}
		a.without(h)
		h.drop()
		h.hangup()
		h.settle(wire.ErrSeatPhone.With("the session has ended"))
	}
}

// needed reports whether a session is on the phone.
func (h *handset) needed() bool {
	for _, call := range h.a.c.calls {
		if call.agent == h.a && h.has(call) && call.State() != session.Ended {
			return true
		}
	}
	return false
}

// mutePhone makes the phone as mute as the session that is on it.
func (a *agent) mutePhone() {
	for _, h := range []*handset{a.handset, a.second} {
		if h.up() {
			h.leg.Mute(a.active != nil && a.active.Muted && h.has(a.active))
		}
	}
}

// recall rings the agent's phone again for a conversation that it must be in;
// the other side hears music until it is picked up. Only if the page asked for
// that the phone may pick up by itself: whoever has put it down may not want to
// be heard.
func (a *agent) recall(call *call, asked bool) {
	a.end(call).Reach(asked, func(err error) {
		switch {
		case call.agent != a || call.State() != session.Talking:
			a.tidyPhone()
		case err != nil:
			a.fault(wire.AsError(err))
			a.release(call)
			a.c.takeBack(call, wire.ReasonAgentLost)
		case a.active == call || a.active == nil:
			a.bind(call)
		}
	})
}

// missing reports whether a conversation is to be at the agent's phone, which
// is not up.
func (a *agent) missing(call *call) bool {
	return call.ServerType.Phone() && a.end(call).Leg() == nil && call.State() == session.Talking
}

// place makes the agent reachable for a call of its own, and then goes on.
func (a *agent) place(call *call, start func()) {
	a.end(call).Reach(true, func(err error) {
		switch {
		case call.agent != a || call.State() != session.Dialing:
			a.tidyPhone()
		case err != nil:
			a.fault(wire.AsError(err))
			a.c.end(call, wire.CloseAdmin, wire.ReasonNoAnswer, "the agent's telephone was not picked up")
		default:
			start()
		}
	})
}

// ringPhone rings the phone for a session that is offered.
func (a *agent) ringPhone(call *call) {
	a.end(call).Reach(false, func(err error) {
		if err == nil && a.handset.up() {
			return // picked up: see pickedUp
		}
	})
	if h := a.handset; h != nil && h.kind == call.ServerType && h.leg == nil {
		h.offer = call
	}
}

// acceptOnPhone takes a session that rings at the agent's phone, asked for by
// the page. A desk phone that does not ring yet is called so that it may pick
// up by itself; one that rings must be picked up.
func (a *agent) acceptOnPhone(call *call, done func(any, error)) {
	h := a.handset
	switch {
	case h.up():
		a.takeOffer(call, done)
		return
	case h != nil && h.kind != call.ServerType:
		done(nil, wire.ErrSeatPhone.With("the agent's other telephone is in use"))
		return
	case h != nil && (h.rings || call.ServerType != wire.StaffExtensionSeat || h.auto):
		done(nil, wire.ErrSessionState.For("sessionId", "the telephone rings: pick it up"))
		return
	}
	next := &handset{a: a, kind: call.ServerType, refusal: 480, offer: call}
	if h != nil {
		next.waits = h.waits
		h.waits = nil
		h.drop()
		h.hangup()
	}
	a.handset = next
	next.waits = append(next.waits, func(err error) {
		switch {
		case err != nil:
			done(nil, err)
		case call.agent != a || call.State() != session.Ringing:
			done(nil, wire.ErrSessionNotFound.For("sessionId", "the caller has hung up"))
		default:
			next.offer = nil
			a.take(call, done)
		}
	})
	next.dial(call, true)
}

// keyHold and keyResume follow the hold key of the phone itself.
func (h *handset) keyHold() {
	if call := h.a.active; h.up() && call != nil && h.has(call) && call.State() == session.Talking {
		h.parked = call
		h.a.park(call)
	}
}

func (h *handset) keyResume() {
	call := h.parked
	h.parked = nil
	if h.up() && call != nil && call.agent == h.a && call.State() == session.Held {
		_, _ = h.a.unhold(&wire.SessionParams{SessionID: call.ID})
	}
}
