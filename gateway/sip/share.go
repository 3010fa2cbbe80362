package sip

import (
	"bytes"
	"net/netip"
	"time"

	"tccc/gateway/sip/digest"
)

// share is what strangers may ask for: each address so much, all of them so much.
type share struct {
	near *limiter
	all  bucket
}

func newShare(near, all float64) share {
	return share{newLimiter(near, 4*near), bucket{rate: all, burst: 2 * all}}
}

func (h *share) take(from netip.Addr, now time.Time) bool {
	return h.near.take(from, now) && h.all.allow(now)
}

// shares keep a flood of one kind from starving another: whoever asks for
// nothing that needs a password does not keep phones from registering, and
// neither do those that have not been challenged yet keep away those that have.
type shares struct {
	answering share // REGISTER and INVITE with a nonce of ours
	new       share // the others of these
	rest      share // OPTIONS, and all else
}

func newShares() shares {
	return shares{answering: newShare(50, 1000), new: newShare(10, 100), rest: newShare(10, 100)}
}

// shareOf is the share that a tidy datagram of a stranger takes from. It is not
// parsed for that.
func (s *Server) shareOf(b []byte) *share {
	line, headers, _ := bytes.Cut(b, []byte("\r\n"))
	method, _, _ := bytes.Cut(line, []byte(" "))
	if m := string(method); m != "REGISTER" && m != "INVITE" {
		return &s.strangers.rest
	}
	if s.answersChallenge(headers) {
		return &s.strangers.answering
	}
	return &s.strangers.new
}

// answersChallenge reports whether headers have credentials for a nonce that
// this server has made lately. Whether they are right is not looked at.
func (s *Server) answersChallenge(headers []byte) bool {
	tries := 0
	for line := range bytes.SplitSeq(headers, []byte("\r\n")) {
		if len(line) == 0 {
			return false // the body follows
		}
		name, value, _ := bytes.Cut(line, []byte(":"))
		if !bytes.EqualFold(bytes.TrimSpace(name), []byte("Authorization")) {
			continue
		}
		if tries++; tries > maxCredentials {
			return false
		}
		if p, ok := digest.Parse(string(bytes.TrimSpace(value))); ok && s.nonces.Fresh(p["nonce"], s.now()) {
			return true
		}
	}
	return false
}
