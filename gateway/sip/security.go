package sip

import (
	"net/netip"

	"github.com/emiago/sipgo/sip"

	"tccc/gateway/audit"
	"tccc/gateway/sip/digest"
)

// noteSecurity hands what was refused to the trail.
func (s *Server) noteSecurity(action, who string, from netip.Addr, result string) {
	s.o.Audit.Note(audit.Event{Door: "sip", Action: action, Who: who, From: from.String(), Result: result})
}

// Results of refusals.
const (
	refusedSource   = "unknown source"
	refusedPassword = "wrong credentials"
	refusedTooMany  = "too many wrong credentials"
	refusedPlace    = "somebody else's account"
)

// noteWrong counts a wrong password.
func (s *Server) noteWrong(req *sip.Request, from netip.Addr) {
	s.wrong.take(from, s.now())
	s.noteSecurity("digest", claimed(req), from, refusedPassword)
}

// claimed is whom a request says that it is signed by.
func claimed(req *sip.Request) string {
	for _, h := range req.GetHeaders("Authorization") {
		if p, ok := digest.Parse(h.Value()); ok {
			return p["username"]
		}
	}
	return ""
}
