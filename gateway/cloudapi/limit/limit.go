// Package limit bounds how often something may be asked for, by name: a key, an
// address.
package limit

import (
	"net"
	"net/netip"
	"sync"
	"time"
)

// maxBuckets bounds the keys and addresses that are counted at the same time.
const maxBuckets = 20_000

// Limiter allows each name so many requests a second, and as many at once. It
// may be used by several goroutines.
type Limiter struct {
	rate float64

	mu      sync.Mutex
	buckets map[string]bucket
}

type bucket struct {
	left float64
	at   time.Time
}

// New makes a limiter of so many requests a second; 0 or less is no limit.
func New(rate int) *Limiter { return &Limiter{rate: float64(rate)} }

// Allow takes one request from a name's bucket.
func (l *Limiter) Allow(name string, now time.Time) bool {
	if l.rate <= 0 {
		return true
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	b, known := l.buckets[name]
	if !known {
		l.makeRoom(now)
		b = bucket{l.rate, now}
	}
	b.left = min(l.rate, b.left+l.rate*max(0, now.Sub(b.at).Seconds()))
	b.at = now
	ok := b.left >= 1
	if ok {
		b.left--
	}
	l.buckets[name] = b
	return ok
}

// makeRoom drops what has had a second to fill up, which is as good as new,
// and if that is not enough, anything.
func (l *Limiter) makeRoom(now time.Time) {
	if l.buckets == nil {
		l.buckets = map[string]bucket{}
	}
	if len(l.buckets) < maxBuckets {
		return
	}
	for name, b := range l.buckets {
		if now.Sub(b.at) > time.Second {
			delete(l.buckets, name)
		}
	}
	for name := range l.buckets {
		if len(l.buckets) < maxBuckets {
			return
		}
		delete(l.buckets, name)
	}
}

// Address is what an address is counted as: an IPv6 host has a whole network
// of 64 bits.
func Address(remote string) string {
	host, _, err := net.SplitHostPort(remote)
	if err != nil {
		host = remote
	}
	ip, err := netip.ParseAddr(host)
	if err != nil {
		return host
	}
	if ip = ip.Unmap(); ip.Is6() {
		if p, err := ip.WithZone("").Prefix(64); err == nil {
			return p.String()
		}
	}
	return ip.String()
}
