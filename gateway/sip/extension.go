package sip

import (
	"net/netip"
	"strings"

	"github.com/emiago/sipgo/sip"

	"tccc/gateway/mix"
	"tccc/gateway/sdp"
	"tccc/gateway/sip/digest"
)

// Extension is the account of a desk phone: it registers here, calls, and is
// called by [Outgoing.Extension].
type Extension struct {
	Name     string // user name, unique
	Password string
	Security sdp.Security // whether its media is encrypted; the keys go over TLS only
}

// extensionCalls bounds the calls of one extension at the same time.
const extensionCalls = 8

// account is an Extension with what hangs on it.
type account struct {
	Extension
	trunk *trunk // counts its calls and holds its codecs
}

func newAccount(e Extension, before *account) *account {
	a := &account{Extension: e}
	a.trunk = &trunk{
		Trunk: Trunk{
			Name: "extension " + e.Name, Codecs: []mix.Codec{mix.PCMU, mix.PCMA}, MaxCalls: extensionCalls,
			Security: e.Security,
		},
		ext: e.Name, count: new(int),
	}
	if before != nil {
		a.trunk.count = before.trunk.count
	}
	return a
}

// SetExtensions replaces the accounts of desk phones. Registrations of those
// that are gone, or have another password, end; calls go on.
func (s *Server) SetExtensions(list []Extension) { s.registrar.set(list) }

// Reachable reports whether a desk phone can be called.
func (s *Server) Reachable(extension string) bool { return len(s.registrar.places(extension)) > 0 }

// Extension is the account that a call is of: it came from its phone, or goes
// there. It is empty for calls of trunks.
func (c *Call) Extension() string { return c.trunk.ext }

// nobody is whose password is compared when a user name is unknown, so that the
// answer takes as long.
var nobody = Extension{Name: "nobody", Password: token(24)}

// maxCredentials bounds those that are looked at in one request.
const maxCredentials = 4

// signer is who has signed a request.
type signer struct {
	trunk *trunk   // of the inbound user, or that of the account
	phone *account // nil for a trunk
}

// credentials finds who has signed a request.
func (s *Server) credentials(req *sip.Request) (signer, digest.Verdict) {
	result := digest.Missing
	for i, h := range req.GetHeaders("Authorization") {
		if i == maxCredentials {
			break
		}
		p, ok := digest.Parse(h.Value())
		if !ok {
			continue
		}
		who, v := s.checkCredentials(req, p)
		if v == digest.Right {
			return who, v
		}
		result = v
	}
	return signer{}, result
}

// checkCredentials compares with every account of the name, and with one that
// nobody has if there is none.
func (s *Server) checkCredentials(req *sip.Request, p digest.Params) (signer, digest.Verdict) {
	check := func(user, password string) digest.Verdict {
		if !meant(req, p["uri"]) {
			return digest.Wrong
		}
		return s.nonces.Check(p, user, password, s.o.Realm, string(req.Method), requestKey(req), s.now())
	}
	result, known := digest.Wrong, false
	for _, t := range *s.trunks.Load() {
		if t.Inbound.Username == "" || t.Inbound.Username != p["username"] {
			continue
		}
		known = true
		if result = check(t.Inbound.Username, t.Inbound.Password); result == digest.Right {
			return signer{trunk: t}, result
		}
	}
	if a := s.registrar.account(p["username"]); a != nil {
		return signer{trunk: a.trunk, phone: a}, check(a.Name, a.Password)
	}
	if !known {
		check(nobody.Name, nobody.Password)
		return signer{}, digest.Wrong
	}
	return signer{}, result
}

// meant reports whether credentials were made for this request: they name whom
// it asks for (RFC 7616 section 3.4.6). Only the users are compared, for the
// host may be written in more ways than one (RFC 3261 section 22.4).
func meant(req *sip.Request, text string) bool {
	var uri sip.Uri
	return sip.ParseUri(text, &uri) == nil && userOf(uri) == userOf(req.Recipient)
}

// digests reports whether anybody may come by with a password.
func (s *Server) digests() bool {
	for _, t := range *s.trunks.Load() {
		if t.Inbound.Username != "" {
			return true
		}
	}
	return s.registrar.any()
}

// claimsPhone reports whether a request says that it comes from a desk phone:
// it is signed by one, or comes over the way that one has registered over.
func (s *Server) claimsPhone(req *sip.Request, from netip.AddrPort) bool {
	if s.registrar.at(sip.NetworkToUpper(req.Transport()), from) != "" {
		return true
	}
	for i, h := range req.GetHeaders("Authorization") {
		if i == maxCredentials {
			break
		}
		if p, ok := digest.Parse(h.Value()); ok && s.registrar.account(p["username"]) != nil {
			return true
		}
	}
	return false
}

// Limits of what one address may try.
const (
	wrongRate  = 0.5 // wrong passwords a second
	wrongBurst = 20
	askRate    = 20 // requests without a password a second
	askBurst   = 100
)

// identify says who has signed a request outside of a dialog. Nobody: it has
// answered. An unknown user and a wrong password are told the same.
func (s *Server) identify(req *sip.Request, tx *sip.ServerTx, from netip.AddrPort) (signer, bool) {
	now := s.now()
	if !s.wrong.may(from.Addr(), now) {
		s.noteSecurity("digest", claimed(req), from.Addr(), refusedTooMany)
		_ = tx.Respond(s.unavailable(req))
		return signer{}, false
	}
	who, v := s.credentials(req)
	switch v {
	case digest.Right:
		return who, true
	case digest.Wrong:
		s.noteWrong(req, from.Addr())
	}
	if s.trunkAt(from) == nil && s.suspicious(req, from, v) {
		s.noteStranger(from)
	}
	if !s.asked.take(from.Addr(), now) {
		_ = tx.Respond(s.unavailable(req))
		return signer{}, false
	}
	_ = tx.Respond(s.challenge(req, v))
	return signer{}, false
}

// suspicious reports whether a request without the right password is worth a
// line in the log: every phone registers and calls without one first.
func (s *Server) suspicious(req *sip.Request, from netip.AddrPort, v digest.Verdict) bool {
	return v == digest.Wrong || v == digest.Missing && req.Method != sip.REGISTER &&
		s.registrar.at(sip.NetworkToUpper(req.Transport()), from) == ""
}

// autoAnswer are the headers that desk phones take as a wish to pick up by
// themselves; whether they do is theirs to decide.
func autoAnswer(host string) []sip.Header {
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	return []sip.Header{
		sip.NewHeader("Call-Info", "<sip:"+host+">;answer-after=0"),
		sip.NewHeader("Alert-Info", "<http://"+host+">;info=alert-autoanswer;delay=0"),
	}
}

// dialPhone calls one place of a desk phone.
func (s *Server) dialPhone(a *account, b *Binding, o *Outgoing) (*Call, error) {
	target, routes, err := b.target()
	if err != nil {
		return nil, err
	}
	c := s.newCall(a.trunk, false)
	c.st = stCalling
	c.id = token(24)
	c.from, c.to, c.display = o.From, o.Extension, o.DisplayName
	d := &c.dlg
	d.callID, d.localTag, d.localSeq, d.flow = c.id, c.tag, 1, true
	d.network, d.peer = b.Network, b.Source
	d.contactURI = s.contact(escapeUser(o.From), d.network, d.peer.Addr())
	d.local = party{o.DisplayName, sip.Uri{Scheme: "sip", User: escapeUser(o.From), Host: d.contactURI.Host,
		Port: d.contactURI.Port}}
	d.remote = party{"", sip.Uri{Scheme: "sip", User: escapeUser(a.Name), Host: d.contactURI.Host,
		Port: d.contactURI.Port}}
	d.target, d.routes = target, routes
	c.uac.headers = o.Headers
	if o.AutoAnswer {
		c.uac.extra = autoAnswer(d.contactURI.Host)
	}
	return c, c.start()
}
