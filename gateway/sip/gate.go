package sip

import (
	"bytes"
	"net"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/emiago/sipgo/sip"

	"tccc/gateway/sip/digest"
)

// admitted decides whether a datagram is worth parsing, and tidies it in its
// buffer; 0: it does not pass. Trunks and those whom something was sent to pass;
// anybody else must belong to a call or bring credentials. What does not pass
// gets an answer now and then, and a line in the log once a minute. What a peer
// sends that cannot be read is answered.
func (s *Server) admitted(buf []byte, n int, from netip.AddrPort) int {
	b := buf[:n]
	if len(b) < 16 || !looksLikeSIP(b) {
		return 0
	}
	known := s.knownSource(from)
	if len(b) > maxMessage {
		if known {
			s.gate.refuse(tidy(b), 513, "Message Too Large", from)
		}
		return 0
	}
	clean := tidy(b)
	if !known && !s.stranger(clean, from) || len(clean) > len(buf) {
		return 0
	}
	if fault := s.fault(clean); fault != "" {
		s.gate.refuse(clean, 400, fault, from)
		return 0
	}
	return copy(buf, clean)
}

// refuse answers what cannot be read, outside of any transaction.
func (g *gate) refuse(clean []byte, code int, reason string, to netip.AddrPort) {
	if b := plainRefusal(clean, code, reason); b != nil {
		_, _ = g.WriteTo(b, net.UDPAddrFromAddrPort(to))
	}
}

// looksLikeSIP checks the first line: cheap enough for a flood of garbage.
func looksLikeSIP(b []byte) bool {
	b = bytes.TrimLeft(bytes.TrimPrefix(b, []byte("\xef\xbb\xbf")), "\r\n\x00") // section 7.5: empty lines before
	line, _, ok := bytes.Cut(b, []byte("\n"))
	if !ok {
		return false
	}
	line = bytes.TrimRight(line, " \t\r")
	return bytes.HasPrefix(line, []byte("SIP/2.0 ")) || bytes.HasSuffix(line, []byte(" SIP/2.0"))
}

// knownSource reports whether a trunk's configuration, an earlier digest, a
// registration, or something that we sent makes the source known.
func (s *Server) knownSource(from netip.AddrPort) bool {
	return s.trunkAt(from) != nil || s.peers.has(from.Addr()) || s.digested.has(from) ||
		s.registrar.at("UDP", from) != ""
}

// trunkAt is a trunk whose inbound addresses fit a source best.
func (s *Server) trunkAt(from netip.AddrPort) *trunk {
	if all := s.trunksAt(from); len(all) > 0 {
		return all[0]
	}
	return nil
}

func (s *Server) trunksAt(from netip.AddrPort) (best []*trunk) {
	rank := 0
	for _, t := range *s.trunks.Load() {
		switch r := t.rank(from); {
		case r > rank:
			best, rank = []*trunk{t}, r
		case r == rank && r > 0:
			best = append(best, t)
		}
	}
	return best
}

// trunkOf is the trunk that a request from an address is of. Of several
// accounts at one peer it is the one whose number was called, or whose name.
func (s *Server) trunkOf(req *sip.Request, from netip.AddrPort) *trunk {
	all := s.trunksAt(from)
	if len(all) < 2 {
		return s.trunkAt(from)
	}
	for _, t := range all {
		if _, ok := s.owns(t, s.called(t, req)); ok {
			return t
		}
	}
	for _, t := range all {
		if t.isAccount(userOf(req.Recipient)) {
			return t
		}
	}
	return all[0]
}

// stranger looks at a datagram from an unknown source. sipgo keeps an entry for
// each source that it reads from, so only what has proved itself may pass.
func (s *Server) stranger(b []byte, from netip.AddrPort) bool {
	if !s.shareOf(b).take(from.Addr(), time.Now()) {
		s.noteStranger(from)
		return false
	}
	msg, err := s.parse(b)
	if err != nil {
		return false
	}
	req, ok := msg.(*sip.Request)
	if !ok || malformed(req) != "" {
		return false
	}
	if s.callOf(req) != nil {
		return true
	}
	if req.IsAck() {
		return false
	}
	req.SetTransport("UDP")
	req.SetSource(from.String())
	if !s.digests() {
		s.noteStranger(from)
		s.noteSecurity("source", "", from.Addr(), refusedSource)
		s.gate.reply(s.response(req, 403, "", nil), from)
		return false
	}
	if !s.wrong.may(from.Addr(), s.now()) {
		s.noteSecurity("digest", claimed(req), from.Addr(), refusedTooMany)
		s.gate.reply(s.unavailable(req), from)
		return false
	}
	_, v := s.credentials(req)
	switch v {
	case digest.Right:
		s.digested.add(from)
		return true
	case digest.Wrong:
		s.noteWrong(req, from.Addr())
	}
	if s.suspicious(req, from, v) {
		s.noteStranger(from)
	}
	s.gate.reply(s.challenge(req, v), from)
	return false
}

func (s *Server) noteStranger(from netip.AddrPort) {
	if n, due := s.strangerLog.count(time.Now()); due {
		s.log.Warn("SIP from unknown sources was refused", "count", n, "last", from.String())
	}
}

// requestKey is the same for a request and its retransmissions only.
func requestKey(req *sip.Request) string {
	return req.CallID().Value() + " " + req.CSeq().Value() + " " + req.Via().Params.GetOr("branch", "")
}

// challenge makes the 401.
func (s *Server) challenge(req *sip.Request, v digest.Verdict) *sip.Response {
	res := s.response(req, 401, "", nil)
	for _, h := range s.nonces.Headers(s.o.Realm, s.now(), v == digest.Stale) {
		res.AppendHeader(sip.NewHeader("WWW-Authenticate", h))
	}
	return res
}

// admit says which trunk a request outside of a dialog is of; desk phones have
// one each. Without one it has answered.
func (s *Server) admit(req *sip.Request, tx *sip.ServerTx) *trunk {
	from, err := netip.ParseAddrPort(req.Source())
	if err != nil {
		tx.Terminate()
		return nil
	}
	from = unmapPort(from)
	phone := s.claimsPhone(req, from)
	if phone && req.Method != sip.INVITE { // changes nothing: a registered way is enough
		if a := s.registrar.account(s.registrar.at(sip.NetworkToUpper(req.Transport()), from)); a != nil {
			return a.trunk
		}
	}
	if t := s.trunkOf(req, from); t != nil && !phone {
		return t
	}
	if s.digests() {
		who, ok := s.identify(req, tx, from)
		if !ok {
			return nil
		}
		return who.trunk
	}
	s.noteStranger(from)
	s.noteSecurity("source", "", from.Addr(), refusedSource)
	_ = tx.Respond(s.response(req, 403, "", nil))
	return nil
}

// malformed names what a request lacks, or is empty.
func malformed(req *sip.Request) string {
	via, from, to, id, seq := req.Via(), req.From(), req.To(), req.CallID(), req.CSeq()
	switch {
	case via == nil:
		return "Via"
	case from == nil || !from.Params.Has("tag"):
		return "From"
	case to == nil:
		return "To"
	case id == nil || len(id.Value()) > 256:
		return "Call-ID"
	case seq == nil || seq.MethodName != req.Method:
		return "CSeq"
	case strings.ToUpper(req.SipVersion) != "SIP/2.0":
		return "SIP version"
	}
	return ""
}

// bucket lets so many pass a second.
type bucket struct {
	mu     sync.Mutex
	tokens float64
	last   time.Time
	rate   float64 // a second
	burst  float64
}

func (b *bucket) allow(now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.fill(now) < 1 {
		return false
	}
	b.tokens--
	return true
}

func (b *bucket) left(now time.Time) float64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.fill(now)
}

func (b *bucket) fill(now time.Time) float64 {
	if b.last.IsZero() {
		b.tokens = b.burst
	} else {
		b.tokens = min(b.burst, b.tokens+now.Sub(b.last).Seconds()*b.rate)
	}
	b.last = now
	return b.tokens
}

// sometimes counts what is logged once in an interval.
type sometimes struct {
	mu    sync.Mutex
	every time.Duration
	next  time.Time
	n     int
}

func (o *sometimes) count(now time.Time) (n int, due bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.n++
	if now.Before(o.next) {
		return 0, false
	}
	n, o.n, o.next = o.n, 0, now.Add(o.every)
	return n, true
}

// recent remembers keys for a time, and a bounded number of them.
type recent[K comparable] struct {
	mu   sync.Mutex
	life time.Duration
	most int
	at   map[K]time.Time
}

func newRecent[K comparable](life time.Duration, most int) *recent[K] {
	return &recent[K]{life: life, most: most, at: map[K]time.Time{}}
}

func (r *recent[K]) add(k K) {
	now := time.Now()
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, ok := r.at[k]; !ok && len(r.at) >= r.most {
		r.sweep(now)
	}
	r.at[k] = now
}

// sweep makes room: what is over goes, else the oldest.
func (r *recent[K]) sweep(now time.Time) {
	var oldest K
	var when time.Time
	for k, t := range r.at {
		if now.Sub(t) > r.life {
			delete(r.at, k)
			continue
		}
		if when.IsZero() || t.Before(when) {
			oldest, when = k, t
		}
	}
	if len(r.at) >= r.most {
		delete(r.at, oldest)
	}
}

func (r *recent[K]) has(k K) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	t, ok := r.at[k]
	return ok && time.Since(t) <= r.life
}
