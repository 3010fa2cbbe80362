package sip

import (
	"errors"
	"slices"
	"strings"

	"github.com/emiago/sipgo/sip"

	"tccc/gateway/rtp"
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
		if c == nil && s.subscribes(req) && !s.stopping.Load() {
			s.onSubscribe(req, tx)
			return
		}
		if c != nil {
			if res := s.opened(req); res != nil {
				_ = tx.Respond(res)
				return
			}
		}
		if c == nil || c.do(func() error { c.onRequest(req, tx); return nil }) != nil {
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
	if s.subscribes(req) {
		s.onSubscribe(req, tx)
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
		t.permit(res)
		_ = tx.Respond(res)
	case sip.BYE, sip.CANCEL, sip.PRACK, sip.UPDATE, sip.INFO, sip.NOTIFY:
		_ = tx.Respond(s.response(req, 481, "", nil))
	case sip.REFER:
		_ = tx.Respond(s.response(req, 603, "", nil))
	case sip.SUBSCRIBE:
		_ = tx.Respond(s.allowEvents(s.response(req, 489, "", nil), t.ext != ""))
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
	replaced, res := s.replacedBy(t, req)
	if res == nil {
		res = s.unfit(t, req)
	}
	if res != nil {
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
	c.replaces = replaced
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
	if unknown := unsupported(req, "replaces"); unknown != "" {
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
		err = s.fits(d, s.terms(t, sip.NetworkToUpper(req.Transport())))
	}
	switch {
	case errors.Is(err, rtp.ErrTranscoding):
		return s.unavailable(req)
	case errors.Is(err, sdp.ErrNotSecure):
		res := s.response(req, 488, "", nil)
		res.AppendHeader(sip.NewHeader("Warning", `399 `+s.o.UserAgent+
			` "Encrypted media is required, with keys over TLS"`))
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
