package sip

import (
	"net/netip"
	"sync"
	"time"
)

// limiterMost bounds the addresses of one generation.
const limiterMost = 4096

// limiter gives each address a bucket of its own. It keeps two generations of
// them: when the younger one is full the older one is forgotten, which costs
// nothing however many addresses a flood makes up.
type limiter struct {
	rate, burst float64

	mu         sync.Mutex
	young, old map[netip.Addr]*bucket
}

func newLimiter(rate, burst float64) *limiter {
	return &limiter{rate: rate, burst: burst, young: map[netip.Addr]*bucket{}}
}

// take takes from an address's bucket; false means that it is empty.
func (l *limiter) take(a netip.Addr, now time.Time) bool {
	l.mu.Lock()
	b := l.find(a)
	if b == nil {
		b = &bucket{rate: l.rate, burst: l.burst}
	}
	if l.young[a] == nil {
		if len(l.young) >= limiterMost {
			l.young, l.old = map[netip.Addr]*bucket{}, l.young
		}
		l.young[a] = b
	}
	l.mu.Unlock()
	return b.allow(now)
}

// may reports whether an address's bucket is not empty.
func (l *limiter) may(a netip.Addr, now time.Time) bool {
	l.mu.Lock()
	b := l.find(a)
	l.mu.Unlock()
	return b == nil || b.left(now) >= 1
}

func (l *limiter) find(a netip.Addr) *bucket {
	if b := l.young[a]; b != nil {
		return b
	}
	return l.old[a]
}
