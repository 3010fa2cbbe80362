package sip

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"

	"tccc/gateway/sdp"
)

// identify says who calls whom. Desk phones say it themselves.
func (c *Call) identify(req *sip.Request) {
	if c.trunk.ext != "" {
		c.from, c.display = userOf(req.From().Address), cleanText(req.From().DisplayName)
		if c.to = userOf(req.Recipient); c.to == "" {
			c.to = userOf(req.To().Address)
		}
		return
	}
	who := c.trunk.caller(req)
	c.from, c.display, c.to = c.trunk.Plan.Write(who.number, c.trunk.Show), who.display, c.s.called(c.trunk, req)
}

// uasState is the server side of a call's INVITE.
type uasState struct {
	req      *sip.Request
	tx       *sip.ServerTx
	offered  bool // the INVITE has an offer
	answer   []byte
	offer    []byte      // ours, where the INVITE has none
	reliable bool        // 100rel is supported
	required bool        // and asked for
	timer    *time.Timer // until the answer
	alive    *time.Timer // next repetition of the provisional response
	rel      *reliable1xx
	rseq     uint32
	waiting  bool // the 2xx waits for a PRACK
	accept   *accepted
}

func (u *uasState) init(c *Call, req *sip.Request, tx *sip.ServerTx) {
	u.req, u.tx = req, tx
	u.offered = len(req.Body()) > 0
	u.required = hasToken(req, "100rel", "Require")
	u.reliable = u.required || hasToken(req, "100rel", "Supported", "k")
	u.timer = c.after(c.s.o.AnswerTimeout, func() {
		if c.st == stReceived || c.st == stEarly {
			c.hangup(Event{Code: 480, Text: "not answered in time"})
		}
	})
}

// Ring tells the caller that the phone rings: 180. It may be called again.
func (c *Call) Ring() error {
	return c.wrap("ring", func() error {
		if !c.inbound || !c.step(inRing) {
			return ErrState
		}
		return c.uas.progress(c, 180, nil)
	})
}

// EarlyMedia sends 183 with a session description: the caller hears what the
// leg is fed with, before the call is answered. It is ErrState if the INVITE has
// no offer and the caller does not take reliable responses (RFC 3262 section 5).
func (c *Call) EarlyMedia() error {
	return c.wrap("send early media", func() error {
		if !c.inbound || !c.uas.offered && !c.uas.reliable || c.uas.rel != nil {
			return ErrState
		}
		if c.st != stReceived && c.st != stEarly {
			return ErrState
		}
		body, err := c.uas.describe(c)
		if err != nil {
			c.uas.refuseMedia(c, err)
			return err
		}
		if !c.step(inRing) {
			return ErrState
		}
		return c.uas.progress(c, 183, body)
	})
}

// describe gives the answer to the INVITE's offer, or an offer. It is made once.
func (u *uasState) describe(c *Call) ([]byte, error) {
	var err error
	if u.offered {
		if u.answer == nil {
			u.answer, err = c.takeOffer(u.req.Body())
		}
		return u.answer, err
	}
	if u.offer == nil {
		u.offer, err = c.makeOffer()
	}
	return u.offer, err
}

// unanswered reports whether the INVITE's offer waits for our answer.
func (u *uasState) unanswered() bool { return u.offered && u.answer == nil }

// refuseMedia ends a call whose media cannot be set up.
func (u *uasState) refuseMedia(c *Call, err error) {
	code := 503
	if errors.Is(err, sdp.ErrNoAudio) || errors.Is(err, sdp.ErrMalformed) {
		code = 488
	}
	if c.step(inReject) {
		u.final(c, code, "", nil)
		c.end(Event{Code: code, Text: err.Error()})
	}
}

// progress sends a provisional response, reliably where that was asked for, or
// is possible and matters.
func (u *uasState) progress(c *Call, code int, body []byte) error {
	res := c.reply(u.req, code, "", body)
	if !u.required {
		u.keepAlive(c, code)
	}
	if u.required || u.reliable && body != nil {
		return u.sendReliably(c, res)
	}
	return u.tx.Respond(res)
}

// keepAlive repeats the provisional response every minute, so that proxies do
// not cancel a call that waits (section 13.3.1.1). Descriptions and reliability
// are for the first.
func (u *uasState) keepAlive(c *Call, code int) {
	stop(u.alive)
	u.alive = c.after(c.s.aliveEvery, func() {
		if c.st == stEarly {
			_ = u.tx.Respond(c.reply(u.req, code, "", nil))
			u.keepAlive(c, code)
		}
	})
}

// reply makes a response of the dialog.
func (c *Call) reply(req *sip.Request, code int, reason string, body []byte) *sip.Response {
	res := c.s.response(req, code, reason, body)
	if code > 100 && code < 300 {
		switch req.Method {
		case sip.INVITE, sip.UPDATE:
			res.AppendHeader(&sip.ContactHeader{Address: *c.dlg.contactURI.Clone()})
		}
		if code >= 200 && (req.Method == sip.INVITE || req.Method == sip.UPDATE) {
			res.AppendHeader(sip.NewHeader("Supported", supported))
		}
		if body != nil {
			ct := sip.ContentTypeHeader("application/sdp")
			res.AppendHeader(&ct)
		}
	}
	c.trunk.permit(res)
	return res
}

// Answer accepts an inbound call: 200 with the session description, repeated
// until the ACK comes. It returns when the 200 is sent, or, if a reliable
// provisional response is still to be confirmed (RFC 3262 section 3), will be.
func (c *Call) Answer() error {
	return c.wrap("answer", func() error {
		if !c.inbound || c.st != stReceived && c.st != stEarly || c.uas.waiting {
			return ErrState
		}
		body, err := c.uas.describe(c)
		if err != nil {
			c.uas.refuseMedia(c, err)
			return err
		}
		c.leg.Store(c.media)
		if c.uas.rel != nil {
			c.uas.waiting = true
			return nil
		}
		return c.uas.ok(c, body)
	})
}

// ok sends the 200.
func (u *uasState) ok(c *Call, body []byte) error {
	u.waiting = false
	res := c.reply(u.req, 200, "", body)
	c.tmr.asServer(c, u.req, res)
	err := u.tx.Respond(res)
	if errors.Is(err, sip.ErrTransactionCanceled) { // CANCEL was faster
		u.cancelled()
		c.onCancel(nil)
		return ErrEnded
	}
	if !c.step(inAnswer) {
		return ErrState
	}
	stop(u.timer)
	c.repeat(u.tx, res, !u.offered && c.agreed == nil, true)
	return nil
}

// cancelled makes sure that the transaction repeats its 487: sipgo keeps the
// response that was passed to it last, also when it came too late.
func (u *uasState) cancelled() {
	_ = u.tx.Respond(sip.NewResponseFromRequest(u.req, 487, statusText(487), nil))
}

// Reject refuses an inbound call that was not answered. Code is 300 to 699; an
// empty reason means the usual phrase.
func (c *Call) Reject(code int, reason string) error {
	if code < 300 || code > 699 || strings.ContainsAny(reason, "\r\n") {
		return fmt.Errorf("failed to reject the call: %d %q is no final refusal", code, reason)
	}
	return c.wrap("reject the call", func() error {
		if !c.inbound || !c.step(inReject) {
			return ErrState
		}
		c.uas.final(c, code, reason, nil)
		c.end(Event{Code: code, Text: reason})
		return nil
	})
}

// final sends a final refusal; the transaction repeats it.
func (u *uasState) final(c *Call, code int, reason string, body []byte) {
	u.stopReliable()
	if err := u.tx.Respond(c.reply(u.req, code, reason, body)); errors.Is(err, sip.ErrTransactionCanceled) {
		u.cancelled()
	}
}

// onCancel ends a call that the caller gave up. sipgo has answered both the
// CANCEL and, with 487, the INVITE.
func (c *Call) onCancel(req *sip.Request) {
	if !c.step(inCancel) {
		return
	}
	c.uas.stopReliable()
	e := Event{ByRemote: true, Code: 487, Text: "cancelled by the caller"}
	if req != nil && req.IsCancel() {
		code, text, ok := reasonOf(req)
		switch {
		case elsewhere(req):
			e.Code, e.Text = 200, orText(text, "answered elsewhere")
		case ok && code >= 300:
			e.Code, e.Text = code, orText(text, statusText(code))
		case ok:
			e.Text = orText(text, e.Text)
		}
	}
	c.end(e)
}

// lostCaller ends a call whose INVITE transaction is gone before we answered:
// the caller's connection was lost.
func (c *Call) lostCaller() {
	if c.st != stReceived && c.st != stEarly {
		return
	}
	c.step(inCancel)
	c.uas.stopReliable()
	c.end(Event{ByRemote: true, Code: 487, Text: "the connection to the caller was lost"})
}

func orText(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

func (c *Call) wrap(what string, f func() error) error {
	if err := c.do(f); err != nil {
		return fmt.Errorf("failed to %s: %w", what, err)
	}
	return nil
}
