package sip

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"

	"tccc/gateway/sdp"
)

// handle takes a request from the transaction layer, in a goroutine of its own.
func (s *Server) handle(req *sip.Request, tx *sip.ServerTx) {
	defer func() {
		if r := recover(); r != nil {
			s.log.Error("SIP request was dropped after a fault of the gateway", "fault", r)
			tx.Terminate()
		}
	}()
	if req.IsAck() {
		tx.Terminate() // an ACK is no transaction
		if malformed(req) == "" {
			if c := s.callOf(req); c != nil {
				if s.unpack(req, req.Method) != nil {
					req.SetBody(nil)
				}
				c.post(func() { c.onAck(req) })
			}
		}
		return
	}
	if what := malformed(req); what != "" {
		_ = tx.Respond(s.response(req, 400, "Bad "+what, nil))
		return
	}
	if sip.IsReliable(req.Transport()) {
		s.doorOf(req.Transport()).heard(sourceOf(req))
	}
	tag := ""
	if req.IsInvite() {
		req, tag = owned(req)
	}
	if tag == "" && req.To().Params.Has("tag") {
		c := s.callOf(req)
		if c != nil {
			if res := s.opened(req); res != nil {
				_ = tx.Respond(res)
				return
			}
		}
		if c == nil || !c.post(func() { c.onRequest(req, tx) }) {
			_ = tx.Respond(s.response(req, 481, "", nil))
		}
		return
	}
	if s.stopping.Load() {
		_ = tx.Respond(s.unavailable(req))
		return
	}
	if req.Method == sip.REGISTER && s.registrar.any() {
		s.registrar.onRegister(req, tx)
		return
	}
	t := s.admit(req, tx)
	if t == nil {
		return
	}
	switch req.Method {
	case sip.INVITE:
		s.onInvite(t, tag, req, tx)
	case sip.OPTIONS:
		res := s.response(req, 200, "", nil)
		if s.draining.Load() {
			res = s.unavailable(req)
		}
		_ = tx.Respond(res)
	case sip.BYE, sip.CANCEL, sip.PRACK, sip.UPDATE, sip.INFO, sip.NOTIFY:
		_ = tx.Respond(s.response(req, 481, "", nil))
	case sip.REFER:
		_ = tx.Respond(s.response(req, 603, "", nil))
	default:
		_ = tx.Respond(s.response(req, 405, "", nil))
	}
}

// response makes a response with the headers that this server always sends.
func (s *Server) response(req *sip.Request, code int, reason string, body []byte) *sip.Response {
	if reason == "" {
		reason = statusText(code)
	}
	res := sip.NewResponseFromRequest(req, code, reason, body)
	res.AppendHeader(sip.NewHeader("Server", s.o.UserAgent))
	switch code {
	case 200, 405, 501:
		res.AppendHeader(sip.NewHeader("Allow", allowed))
	}
	if code == 200 && req.Method == sip.OPTIONS {
		res.AppendHeader(sip.NewHeader("Accept", "application/sdp"))
		res.AppendHeader(sip.NewHeader("Supported", supported))
	}
	if code == 415 {
		res.AppendHeader(sip.NewHeader("Accept", "application/sdp"))
	}
	return res
}

// unavailable asks the caller to come back.
func (s *Server) unavailable(req *sip.Request) *sip.Response {
	res := s.response(req, 503, "", nil)
	res.AppendHeader(sip.NewHeader("Retry-After", "10"))
	return res
}

// onInvite takes a new call or refuses it. tag is ours of all responses.
func (s *Server) onInvite(t *trunk, tag string, req *sip.Request, tx *sip.ServerTx) {
	refuse := func(res *sip.Response) { _ = tx.Respond(res) }
	if s.merged(req) {
		refuse(s.response(req, 482, "", nil)) // section 8.2.2.2
		return
	}
	if t.ext != "" && userOf(req.From().Address) != t.ext {
		refuse(s.response(req, 403, "", nil)) // nobody calls in another's name
		return
	}
	if res := s.opened(req); res != nil {
		refuse(res)
		return
	}
	if res := s.unfit(t, req); res != nil {
		refuse(res)
		return
	}
	_ = tx.Respond(sip.NewResponseFromRequest(req, 100, "Trying", nil))
	c := s.newCall(t, true)
	c.tag = tag
	c.st = stReceived
	c.id = req.CallID().Value()
	c.invite = req
	c.identify(req)
	c.dlg.fromRequest(req)
	c.dlg.peer = sourceOf(req)
	c.dlg.localTag = c.tag
	c.dlg.flow = t.ext != ""
	c.dlg.contactURI = s.contact(c.dlg.local.uri.User, c.dlg.network, c.dlg.peer.Addr())
	if strings.EqualFold(req.Recipient.Scheme, "sips") {
		c.dlg.contactURI.Scheme = "sips" // section 12.1.1
	}
	c.remote.Store(&c.dlg.remoteTag)
	c.uas.init(c, req, tx)
	s.peers.add(c.dlg.peer.Addr())
	if err := s.enter(c); err != nil {
		refuse(s.unavailable(req))
		return
	}
	if !tx.OnCancel(func(r *sip.Request) { s.spawn(func() { c.post(func() { c.onCancel(r) }) }) }) {
		c.post(func() { c.onCancel(req) })
	}
	if !tx.OnTerminate(func(string, error) { s.spawn(func() { c.post(c.lostCaller) }) }) {
		c.post(c.lostCaller)
	}
	s.log.Info("SIP call in", "call", c.id, "trunk", t.Name, "from", s.o.LogNumber(c.from), "to", s.o.LogNumber(c.to))
	if s.o.Handler == nil {
		_ = c.Reject(480, "")
		return
	}
	s.o.Handler(c)
}

// merged reports whether the request has come before on another way.
func (s *Server) merged(req *sip.Request) bool {
	id, tag, seq := req.CallID().Value(), req.From().Params.GetOr("tag", ""), req.CSeq().SeqNo
	s.mu.Lock()
	defer s.mu.Unlock()
	for k, c := range s.calls {
		if k.id == id && c.inbound && c.invite.From().Params.GetOr("tag", "") == tag && c.invite.CSeq().SeqNo == seq {
			return true
		}
	}
	return false
}

// unfit checks what the INVITE asks for, before any state is made. Nil: nothing
// speaks against it.
func (s *Server) unfit(t *trunk, req *sip.Request) *sip.Response {
	switch strings.ToLower(req.Recipient.Scheme) {
	case "", "sip", "sips", "tel":
	default:
		return s.response(req, 416, "", nil)
	}
	if unknown := unsupported(req); unknown != "" {
		res := s.response(req, 420, "", nil)
		res.AppendHeader(sip.NewHeader("Unsupported", unknown))
		return res
	}
	if c := req.Contact(); c == nil || !sipScheme(c.Address.Scheme) || c.Address.Wildcard {
		return s.response(req, 400, "Bad Contact", nil)
	}
	if se, ok := sessionExpires(req); ok && se.interval < s.o.MinSE && hasToken(req, "timer", "Supported", "k") {
		res := s.response(req, 422, "", nil)
		res.AppendHeader(sip.NewHeader("Min-SE", seconds(s.o.MinSE)))
		return res
	}
	if len(req.Body()) == 0 {
		return nil
	}
	if !hasSDP(req) {
		return s.response(req, 415, "", nil)
	}
	d, err := sdp.Parse(req.Body())
	if err == nil {
		_, _, err = d.Choose(s.terms(t, sip.NetworkToUpper(req.Transport())))
	}
	switch {
	case errors.Is(err, sdp.ErrNotSecure):
		res := s.response(req, 488, "", nil)
		res.AppendHeader(sip.NewHeader("Warning", `399 `+s.o.UserAgent+` "Encrypted media is required, with keys over TLS"`))
		return res
	case errors.Is(err, sdp.ErrNoAudio):
		return s.response(req, 488, "", nil)
	case err != nil:
		return s.response(req, 400, "Bad SDP", nil)
	}
	return nil
}

// unsupported lists what Require asks for and this server does not have; besides
// is what it has for this method only.
func unsupported(req *sip.Request, besides ...string) string {
	var out []string
	for _, h := range req.GetHeaders("Require") {
		for t := range strings.SplitSeq(h.Value(), ",") {
			switch t = strings.TrimSpace(t); strings.ToLower(t) {
			case "", "100rel", "timer":
			default:
				if slices.Contains(besides, strings.ToLower(t)) {
					continue
				}
				out = append(out, clip(t, 64))
			}
		}
	}
	return strings.Join(out, ", ")
}

func bodyType(m sip.Message) string {
	hs := m.GetHeaders("Content-Type")
	if len(hs) == 0 {
		return ""
	}
	t, _, _ := strings.Cut(hs[0].Value(), ";")
	return strings.ToLower(strings.TrimSpace(t))
}

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

// reliable1xx is a provisional response that waits for its PRACK (RFC 3262
// section 3).
type reliable1xx struct {
	res      *sip.Response
	rseq     uint32
	interval time.Duration
	since    time.Time
	timer    *time.Timer
	offer    bool // it carries an offer, so the PRACK carries the answer
}

func (u *uasState) sendReliably(c *Call, res *sip.Response) error {
	if u.rel != nil {
		return ErrState // one at a time
	}
	if u.rseq == 0 {
		u.rseq = 1 + uint32(time.Now().UnixNano())%(1<<20)
	} else {
		u.rseq++
	}
	res.AppendHeader(sip.NewHeader("Require", "100rel"))
	res.AppendHeader(sip.NewHeader("RSeq", strconv.FormatUint(uint64(u.rseq), 10)))
	u.rel = &reliable1xx{res: res, rseq: u.rseq, interval: sip.T1, since: time.Now(), offer: !u.offered && len(res.Body()) > 0}
	u.repeatReliable(c)
	return u.tx.Respond(res)
}

func (u *uasState) repeatReliable(c *Call) {
	rel := u.rel
	left := max(0, 64*sip.T1-time.Since(rel.since))
	rel.timer = c.after(min(rel.interval, left), func() {
		if u.rel != rel {
			return
		}
		if time.Since(rel.since) >= 64*sip.T1 {
			if c.step(inReject) {
				u.final(c, 504, "", nil)
				c.end(Event{ByRemote: true, Code: 504, Text: "no PRACK"})
			}
			return
		}
		_ = u.tx.Respond(rel.res)
		rel.interval *= 2
		u.repeatReliable(c)
	})
}

func (u *uasState) stopReliable() {
	if u.rel != nil {
		stop(u.rel.timer)
		u.rel = nil
	}
}

// onPrack takes the confirmation of a reliable provisional response.
func (c *Call) onPrack(req *sip.Request, tx *sip.ServerTx) {
	u := &c.uas
	if !c.inbound || u.rel == nil || !u.rel.matches(req, u.req) {
		_ = tx.Respond(c.reply(req, 481, "", nil))
		return
	}
	rel := u.rel
	var answer []byte
	if hasSDP(req) {
		var err error
		if rel.offer {
			err = c.takeAnswer(req.Body())
		} else {
			answer, err = c.takeOffer(req.Body())
		}
		if err != nil {
			_ = tx.Respond(c.reply(req, 488, "", nil))
			return
		}
	}
	u.stopReliable()
	res := c.reply(req, 200, "", answer)
	_ = tx.Respond(res)
	if u.waiting {
		body, _ := u.describe(c)
		if !u.offered && c.agreed != nil {
			body = nil // offer and answer are done
		}
		_ = u.ok(c, body)
	}
}

// matches checks RAck: the response's number, then the INVITE's CSeq.
func (r *reliable1xx) matches(prack, invite *sip.Request) bool {
	hs := prack.GetHeaders("RAck")
	if len(hs) != 1 {
		return false
	}
	f := strings.Fields(hs[0].Value())
	return len(f) == 3 && f[0] == strconv.FormatUint(uint64(r.rseq), 10) &&
		f[1] == strconv.FormatUint(uint64(invite.CSeq().SeqNo), 10) && f[2] == "INVITE"
}
