package sip

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/emiago/sipgo/sip"

	"tccc/gateway/sdp"
	"tccc/gateway/sip/digest"
)

// accepted is a 2xx to an INVITE that waits for its ACK (section 13.3.1.4).
type accepted struct {
	tx       *sip.ServerTx
	res      *sip.Response
	seq      uint32
	interval time.Duration
	since    time.Time
	timer    *time.Timer
	offer    bool // it carries an offer, so the ACK carries the answer
}

// repeat keeps sending a 2xx until the ACK comes, over TCP too.
func (c *Call) repeat(tx *sip.ServerTx, res *sip.Response, offer, initial bool) {
	a := &accepted{tx: tx, res: res, seq: res.CSeq().SeqNo, interval: sip.T1, since: time.Now(), offer: offer}
	c.uas.accept = a
	var again func()
	again = func() {
		if c.uas.accept != a {
			return
		}
		if time.Since(a.since) >= 64*sip.T1 {
			c.noAck(initial)
			return
		}
		_ = tx.Respond(res)
		a.interval = min(2*a.interval, sip.T2)
		a.timer = c.after(a.interval, again)
	}
	a.timer = c.after(a.interval, again)
}

// noAck gives up on an ACK: the session is ended with BYE.
func (c *Call) noAck(initial bool) {
	c.uas.accept = nil
	e := Event{ByRemote: true, Code: 408, Text: "no ACK"}
	if !initial {
		c.hangup(e)
		return
	}
	if c.step(inNoAck) {
		c.sendBye(e)
		c.end(e)
	}
}

// onAck takes the ACK of a 2xx.
func (c *Call) onAck(req *sip.Request) {
	a := c.uas.accept
	if a == nil || req.CSeq().SeqNo != a.seq {
		return
	}
	stop(a.timer)
	c.uas.accept = nil
	if src := sourceOf(req); src.IsValid() {
		c.dlg.peer = src
	}
	initial := c.st == stAccepted
	doomed := c.st == stDoomed
	if doomed {
		c.step(inAck)
		c.sendBye(Event{})
		return
	}
	if initial {
		c.step(inAck)
	}
	if a.offer {
		err := sdp.ErrNoAudio
		if hasSDP(req) {
			err = c.takeAnswer(req.Body())
		}
		if err != nil {
			c.hangup(Event{ByRemote: true, Code: 488, Text: err.Error()})
			return
		}
	}
	if initial {
		c.answered()
	}
}

// onRequest takes a request within the dialog.
func (c *Call) onRequest(req *sip.Request, tx *sip.ServerTx) {
	respond := func(code int) { _ = tx.Respond(c.reply(req, code, "", nil)) }
	seq := req.CSeq().SeqNo
	d := c.dialogOf(req)
	if d == nil {
		respond(481)
		return
	}
	if d.seqKnown && seq <= d.remoteSeq { // section 12.2.2
		respond(500)
		return
	}
	d.remoteSeq, d.seqKnown = seq, true
	if src := sourceOf(req); src.IsValid() {
		d.peer = src
	}
	if unknown := unsupported(req, besides[req.Method]...); unknown != "" {
		res := c.reply(req, 420, "", nil)
		res.AppendHeader(sip.NewHeader("Unsupported", unknown))
		_ = tx.Respond(res)
		return
	}
	switch req.Method {
	case sip.BYE:
		c.onBye(req, tx)
	case sip.INVITE, sip.UPDATE:
		c.onReoffer(d, req, tx)
	case sip.PRACK:
		c.onPrack(req, tx)
	case sip.INFO:
		c.onInfo(req, tx)
	case sip.OPTIONS:
		respond(200)
	case sip.REFER:
		c.onRefer(req, tx)
	case sip.SUBSCRIBE:
		c.onSubscribe(req, tx)
	default:
		respond(405)
	}
}

// besides are the extensions of some methods within a dialog: RFC 4488, RFC 4538.
var besides = map[sip.RequestMethod][]string{sip.REFER: {"norefersub", "tdialog"}}

// onBye ends the call.
func (c *Call) onBye(req *sip.Request, tx *sip.ServerTx) {
	_ = tx.Respond(c.reply(req, 200, "", nil))
	stop(c.ref.bye)
	e := Event{ByRemote: true, Code: 200, Text: "hung up"}
	if code, text, ok := reasonOf(req); ok {
		e.Code, e.Text = code, orText(text, statusText(code))
		if code == 200 {
			e.Text = orText(text, "hung up")
		}
	}
	if c.st == stCalling || c.st == stProceeding {
		c.uac.left(c, req.From().Params.GetOr("tag", ""), e)
		return
	}
	if c.st == stReceived || c.st == stEarly { // in an early dialog: section 15.1.2
		c.step(inCancel)
		c.uas.final(c, 487, "", nil)
		c.end(Event{ByRemote: true, Code: 487, Text: "cancelled by the caller"})
		return
	}
	if a := c.uas.accept; a != nil {
		stop(a.timer)
	}
	if c.step(inBye) {
		c.end(e)
	}
}

// onReoffer takes re-INVITE and UPDATE: a new offer, a request for one, or just
// a refresh (RFC 3261 section 14.2, RFC 3311).
func (c *Call) onReoffer(d *dialog, req *sip.Request, tx *sip.ServerTx) {
	invite := req.Method == sip.INVITE
	refuse := func(code int) {
		res := c.reply(req, code, "", nil)
		if code == 500 {
			res.AppendHeader(sip.NewHeader("Retry-After", fmt.Sprint(rand.N(10))))
		}
		_ = tx.Respond(res)
	}
	early := !invite && (c.st == stReceived || c.st == stEarly || c.st == stProceeding)
	switch {
	case !c.st.talking() && !early:
		refuse(481)
		return
	case c.ind.pending != nil && !c.ind.pending.waiting && (invite || hasSDP(req)):
		refuse(491) // glare
		return
	case c.uas.accept != nil && c.uas.accept.offer && (invite || hasSDP(req)):
		refuse(500) // the answer to our offer is still to come
		return
	case early && hasSDP(req) && c.inbound && c.uas.unanswered():
		refuse(500) // an offer before the answer to the one before (RFC 3311 section 5.2)
		return
	case early && hasSDP(req) && !c.answeredIn(d):
		refuse(491)
		return
	}
	if se, ok := sessionExpires(req); ok && se.interval < c.s.o.MinSE {
		res := c.reply(req, 422, "", nil)
		res.AppendHeader(sip.NewHeader("Min-SE", seconds(c.s.o.MinSE)))
		_ = tx.Respond(res)
		return
	}
	var body []byte
	var err error
	switch {
	case len(req.Body()) > 0 && !hasSDP(req):
		refuse(415)
		return
	case hasSDP(req):
		if body, err = c.takeOffer(req.Body()); err == nil {
			c.uac.offered(d, req.Body())
		}
	case invite:
		body, err = c.offerAnew()
	}
	if err != nil {
		refuse(488)
		return
	}
	if ct := req.Contact(); ct != nil && sipScheme(ct.Address.Scheme) { // target refresh, section 12.2.2
		d.target = *ct.Address.Clone()
	}
	res := c.reply(req, 200, "", body)
	c.tmr.asServer(c, req, res)
	_ = tx.Respond(res)
	if invite {
		c.acknowledged()
		c.repeat(tx, res, !hasSDP(req), false)
	}
}

// acknowledged settles a 2xx whose ACK was overtaken by the next re-INVITE,
// which the far side can have sent only after the 2xx.
func (c *Call) acknowledged() {
	a := c.uas.accept
	if a == nil {
		return
	}
	stop(a.timer)
	c.uas.accept = nil
	if c.st == stAccepted {
		c.step(inAck)
		c.answered()
	}
}

// inDialog is our own requests within the dialog.
type inDialog struct {
	pending *pending // re-INVITE or UPDATE under way
}

type pending struct {
	done    func(error)
	timer   *time.Timer
	tries   int
	waiting bool // after 491; nothing is under way
}

// fail ends what is under way.
func (i *inDialog) fail(err error) {
	if p := i.pending; p != nil {
		i.pending = nil
		stop(p.timer)
		p.done(err)
	}
}

// Hold puts the far side on hold, Resume takes it back: re-INVITE with sendonly
// or sendrecv (RFC 3264 section 8.4). What the far side hears on hold is what
// the leg is fed with. They return when the far side has agreed, or with
// ErrRefused, ErrNoAnswer, ErrState or ErrEnded.
func (c *Call) Hold() error { return c.setHold(true) }

// Resume ends Hold.
func (c *Call) Resume() error { return c.setHold(false) }

func (c *Call) setHold(on bool) error {
	result := make(chan error, 1)
	err := c.do(func() error {
		if c.st != stConfirmed || c.agreed == nil || c.ind.pending != nil {
			return ErrState
		}
		if c.localHold == on {
			result <- nil
			return nil
		}
		c.localHold = on
		c.reoffer(sip.INVITE, func(err error) {
			if err != nil && !c.over {
				c.localHold = !on
			}
			result <- err
		})
		return nil
	})
	if err == nil {
		err = <-result
	}
	if err != nil {
		return fmt.Errorf("failed to change the hold: %w", err)
	}
	return nil
}

// reoffer sends re-INVITE with an offer, or UPDATE without one, and calls done
// once, in the loop.
func (c *Call) reoffer(method sip.RequestMethod, done func(error)) {
	p := &pending{done: done}
	c.ind.pending = p
	c.sendReoffer(method, p)
}

// refusal is a final response that refuses a request within the dialog.
type refusal struct {
	code  int
	text  string
	after time.Duration // Retry-After
}

func (r *refusal) Error() string { return fmt.Sprintf("%v: %d %s", ErrRefused, r.code, r.text) }

func (r *refusal) Unwrap() error { return ErrRefused }

func (c *Call) sendReoffer(method sip.RequestMethod, p *pending) {
	p.tries++
	p.waiting = false
	var w winner
	x := c.exchange(func() (*sip.Request, error) {
		if c.ind.pending != p {
			return nil, ErrEnded
		}
		return c.reofferRequest(method)
	}, func(req *sip.Request, res *sip.Response, err error) { c.reoffered(req, &w, p, res, err) })
	x.sent = func(tx *sip.ClientTx, req *sip.Request) {
		if method != sip.INVITE {
			return
		}
		tx.OnRetransmission(func(res *sip.Response) { w.again(c, req, res) })
		stop(p.timer)
		p.timer = c.after(64*sip.T1, func() { // a provisional response has stopped timer B
			if c.ind.pending == p && !p.waiting {
				tx.Terminate()
				c.reoffered(req, &w, p, nil, sip.ErrTransactionTimeout)
			}
		})
	}
	if err := x.send(); err != nil {
		c.settle(p, err)
	}
}

// settle ends what is under way.
func (c *Call) settle(p *pending, err error) {
	if c.ind.pending == p {
		c.ind.fail(err)
	}
}

func (c *Call) reofferRequest(method sip.RequestMethod) (*sip.Request, error) {
	var body []byte
	if method == sip.INVITE {
		var err error
		if body, err = c.makeOffer(); err != nil {
			return nil, err
		}
	}
	req := c.dlg.request(c.s, method, c.dlg.nextSeq())
	c.trunk.permit(req)
	c.tmr.refreshing(c, req)
	if body != nil {
		ct := sip.ContentTypeHeader("application/sdp")
		req.AppendHeader(&ct)
	}
	req.SetBody(body)
	return req, nil
}

// reoffered takes what comes back to a re-INVITE or UPDATE.
func (c *Call) reoffered(req *sip.Request, w *winner, p *pending, res *sip.Response, err error) {
	if res != nil && res.IsProvisional() {
		return
	}
	if res != nil && res.IsSuccess() && req.IsInvite() {
		ack := c.dlg.ack(c.s, req.CSeq().SeqNo)
		signedAs(req, ack)
		ack.SetBody(nil)
		w.set(c.dlg.remoteTag, ack, nil)
		_ = c.s.tpl.WriteMsg(ack.Clone())
	}
	if c.ind.pending != p {
		return
	}
	switch {
	case res == nil:
		c.settle(p, fmt.Errorf("%w: %w", ErrNoAnswer, err))
		c.hangup(Event{ByRemote: true, Code: 408, Text: "no response within the call"})
	case res.IsSuccess():
		if ct := res.Contact(); ct != nil {
			c.dlg.target = *ct.Address.Clone()
		}
		var err error
		if hasSDP(res) && req.IsInvite() {
			err = c.takeAnswer(res.Body())
		}
		c.tmr.refreshed(c, res)
		c.settle(p, err)
	case res.StatusCode == 481 || res.StatusCode == 408: // section 12.2.1.2: the dialog is gone
		c.settle(p, ErrEnded)
		c.hangup(Event{ByRemote: true, Code: res.StatusCode, Text: cleanText(res.Reason)})
	case res.StatusCode == 491 && p.tries < maxAttempts: // section 14.1
		p.waiting = true
		stop(p.timer)
		p.timer = c.after(c.tmr.within(glareWait(!c.inbound)), func() {
			if c.ind.pending == p {
				c.sendReoffer(req.Method, p)
			}
		})
	case res.StatusCode == 422 && p.tries < maxAttempts && c.tmr.tooSmall(res): // RFC 4028 section 7.4
		c.sendReoffer(req.Method, p)
	default:
		c.settle(p, &refusal{res.StatusCode, cleanText(res.Reason), retryAfter(res)})
	}
}

// glareWait is how long to wait after 491, section 14.1: who made the Call-ID
// waits longer.
func glareWait(owner bool) time.Duration {
	const step = 10 * time.Millisecond
	if owner {
		return 2100*time.Millisecond + time.Duration(rand.N(190))*step
	}
	return time.Duration(rand.N(201)) * step
}

// sendBye ends the dialog. What comes back does not matter, but for a
// challenge; 481 means that it has ended already.
func (c *Call) sendBye(e Event) {
	x := c.exchange(func() (*sip.Request, error) {
		req := c.dlg.request(c.s, sip.BYE, c.dlg.nextSeq())
		if e.Code >= 400 {
			reason := fmt.Sprintf("SIP;cause=%d;text=%s", e.Code, digest.Quote(clip(e.Text, 80)))
			req.AppendHeader(sip.NewHeader("Reason", reason))
		}
		req.SetBody(nil)
		return req, nil
	}, func(_ *sip.Request, res *sip.Response, _ error) {
		if res == nil || !res.IsProvisional() {
			c.step(inByeDone)
		}
	})
	err := x.send()
	if err != nil && !errors.Is(err, ErrClosed) {
		c.s.log.Debug("SIP BYE could not be sent", "call", c.id, "error", err)
	}
	if err != nil {
		c.step(inByeDone)
	}
}
