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

// first remembers a request that is new. The error says that it is not, or
// that too many are remembered already: refusing is the safe side.
func (s *seen) first(signature string, at, now time.Time) error {
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
	if _, again := s.until[signature]; again {
		return fail(CodeSignatureFailure, "This request was received before: every request needs a Nonce of its own.")
	}
	if len(s.until) >= maxSeen {
		return tooMany()
	}
	if s.until == nil {
		s.until = map[string]time.Time{}
	}
	s.until[signature] = at.Add(maxSkew)
	return nil
}
