package cloudapi

import (
	"sync"
	"time"
)

// maxSeen bounds the requests that are remembered: 20 a second, of several
// keys and actions, for as long as a time stamp is good.
const maxSeen = 200_000

// seen remembers requests of signature version 1, whose Nonce is meant to keep
// them from being accepted twice, until their time stamps are too old anyway.
// It remembers signatures, which cover the Nonce and everything else: clients
// choose the Nonce at random from as few as 65,536.
type seen struct {
	mu    sync.Mutex
	until map[string]time.Time
	swept time.Time
}

// first reports whether a request is new. When too many are remembered it
// takes a new one for an old one: refusing is the safe side.
func (s *seen) first(signature string, at, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now.Sub(s.swept) > maxSkew/5 {
		s.swept = now
		for old, until := range s.until {
			if now.After(until) {
				delete(s.until, old)
			}
		}
	}
	if _, again := s.until[signature]; again || len(s.until) >= maxSeen {
		return false
	}
	if s.until == nil {
		s.until = map[string]time.Time{}
	}
	s.until[signature] = at.Add(maxSkew)
	return true
}
