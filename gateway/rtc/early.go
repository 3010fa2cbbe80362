package rtc

import (
	"github.com/pion/ice/v4"
	"github.com/pion/stun/v4"
)

// early has the first authenticated check of a browser select its path, before
// the browser nominates one: browsers nominate with their second check, 50 ms
// after the first, but begin DTLS at once. A nomination that follows still
// decides (RFC 8445 section 7.3.1.5). Each agent has one; ICE calls it from one
// goroutine at a time.
type early struct {
	username string // of the checks: a new one after an ICE restart
}

func (e *early) take(m *stun.Message, _, _ ice.Candidate, _ *ice.CandidatePair) bool {
	username, err := m.Get(stun.AttrUsername)
	if err != nil || string(username) == e.username {
		return false
	}
	e.username = string(username)
	return true
}
