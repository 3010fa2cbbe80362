package ccgateway

import (
	"net"
	"net/netip"
	"sync"
	"time"
)

// maxTallies bounds the names that a guard counts at the same time.
const maxTallies = 20_000

// guard limits wrong passwords: so many a window for each name, which then
// come back one by one.
type guard struct {
	limit  float64
	window time.Duration

	mu      sync.Mutex
	tallies map[string]tally
}

type tally struct {
	tries float64
	at    time.Time
}

// take counts a try and reports whether it may be made.
func (g *guard) take(name string, now time.Time) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.tallies == nil {
		g.tallies = map[string]tally{}
	}
	t, known := g.tallies[name]
	if !known {
		g.makeRoom(now)
	}
	t = g.decay(t, now)
	ok := t.tries+1 <= g.limit
	if ok {
		t.tries++
	}
	g.tallies[name] = t
	return ok
}

// giveBack takes back a try that was no wrong password.
func (g *guard) giveBack(name string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if t, ok := g.tallies[name]; ok {
		t.tries = max(0, t.tries-1)
		g.tallies[name] = t
	}
}

func (g *guard) decay(t tally, now time.Time) tally {
	back := g.limit * float64(max(0, now.Sub(t.at))) / float64(g.window)
	return tally{max(0, t.tries-back), now}
}

// makeRoom drops names that have nothing left to remember, and if that is not
// enough, any.
func (g *guard) makeRoom(now time.Time) {
	if len(g.tallies) < maxTallies {
		return
	}
	for name, t := range g.tallies {
		if g.decay(t, now).tries == 0 {
			delete(g.tallies, name)
		}
	}
	for name := range g.tallies {
		if len(g.tallies) < maxTallies {
			return
		}
		delete(g.tallies, name)
	}
}

// address is what a client's address is counted as: an IPv6 host has a whole
// network of 64 bits.
func address(remote string) string {
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
