// Package limit bounds how often something happens and how much of it there is
// at a time, by name: a key, an account, an address. What is kept is bounded
// too, however many names there are.
package limit

import (
	"net"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// namesMost bounds the names that are counted at the same time.
const namesMost = 20_000

// Limiter is a token bucket for each name, which begins full. It may be used by
// several goroutines.
type Limiter struct {
	every rate.Limit
	burst int

	mu      sync.Mutex
	buckets map[string]*rate.Limiter
}

// New makes a limiter of so many a second for each name, and as many at once;
// 0 or less is no limit.
func New(perSecond int) *Limiter { return NewBurst(rate.Limit(perSecond), perSecond) }

// NewBurst makes a limiter of so many at once for each name, which come back at
// a rate; a burst of 0 or less is no limit.
func NewBurst(every rate.Limit, burst int) *Limiter { return &Limiter{every: every, burst: burst} }

// Allow takes one from a name's bucket.
func (l *Limiter) Allow(name string, now time.Time) bool {
	return l.AllowOf(name, l.every, l.burst, now)
}

// AllowOf is Allow with a limit for this name alone.
func (l *Limiter) AllowOf(name string, every rate.Limit, burst int, now time.Time) bool {
	return l.AllowN(name, every, burst, 1, now)
}

// AllowN takes n from a name's bucket, or none.
func (l *Limiter) AllowN(name string, every rate.Limit, burst, n int, now time.Time) bool {
	if burst <= 0 {
		return true
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.bucket(name, every, burst, now).AllowN(now, n)
}

// Try takes one from a name's bucket; undo puts it back, if the try turns out
// to be none that counts.
func (l *Limiter) Try(name string, now time.Time) (undo func(), ok bool) {
	if l.burst <= 0 {
		return func() {}, true
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.bucket(name, l.every, l.burst, now)
	if b.TokensAt(now) < 1 {
		return nil, false
	}
	r := b.ReserveN(now, 1)
	return func() { r.CancelAt(now) }, true
}

func (l *Limiter) bucket(name string, every rate.Limit, burst int, now time.Time) *rate.Limiter {
	b := l.buckets[name]
	if b == nil || b.Burst() != burst || b.Limit() != every {
		l.makeRoom(now)
		b = rate.NewLimiter(every, burst)
		l.buckets[name] = b
	}
	return b
}

// makeRoom drops buckets that are full, which are as good as new, and if that
// is not enough, any.
func (l *Limiter) makeRoom(now time.Time) {
	if l.buckets == nil {
		l.buckets = map[string]*rate.Limiter{}
	}
	if len(l.buckets) < namesMost {
		return
	}
	for name, b := range l.buckets {
		if b.TokensAt(now) >= float64(b.Burst()) {
			delete(l.buckets, name)
		}
	}
	for name := range l.buckets {
		if len(l.buckets) < namesMost {
			return
		}
		delete(l.buckets, name)
	}
}

// Counter bounds how many there are at a time, by name. The zero value is
// ready.
type Counter struct {
	mu  sync.Mutex
	n   map[string]int
	all int
}

// Take counts one more of a name, unless there are so many already.
func (c *Counter) Take(name string, most int) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.n[name] >= most {
		return false
	}
	if c.n == nil {
		c.n = map[string]int{}
	}
	c.n[name]++
	c.all++
	return true
}

// Give counts one less of a name that was taken.
func (c *Counter) Give(name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.all--
	if c.n[name]--; c.n[name] <= 0 {
		delete(c.n, name)
	}
}

// Len is how many there are of all names together.
func (c *Counter) Len() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.all
}

// Address is what a host, or HOST:PORT, is counted as: an IPv6 host has a whole
// network of 64 bits.
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
