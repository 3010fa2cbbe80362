package ccgateway

import (
	"sync"
	"time"

	"golang.org/x/time/rate"

	"tccc/internal/limit"
)

// knownMost bounds the addresses that agents are known to sign in from.
const knownMost = 20_000

// guesses bounds wrong passwords: of an agent from one address, of one address,
// and of an agent from all addresses from which nobody has signed in as that
// agent yet. So guesses from elsewhere lock no agent out.
type guesses struct {
	pairs, numbers, addresses *limit.Limiter

	mu    sync.Mutex
	known map[string]struct{} // pairs of a work number and an address
}

func newGuesses() *guesses {
	of := func(n int, window time.Duration) *limit.Limiter {
		return limit.NewBurst(rate.Every(window/time.Duration(n)), n)
	}
	return &guesses{
		pairs: of(5, time.Minute), numbers: of(60, 10*time.Minute), addresses: of(200, 10*time.Minute),
		known: map[string]struct{}{},
	}
}

// try counts a try and reports whether it may be made; right is called if the
// password was.
func (g *guesses) try(workNo, from string, now time.Time) (right func(), ok bool) {
	pair := workNo + " " + from
	all := []func(){func() { g.know(pair) }}
	take := func(l *limit.Limiter, name string) bool {
		undo, ok := l.Try(name, now)
		all = append(all, undo)
		return ok
	}
	if !take(g.pairs, pair) || !g.knows(pair) && !take(g.numbers, workNo) || !take(g.addresses, from) {
		return nil, false
	}
	return func() {
		for _, f := range all {
			f()
		}
	}, true
}

func (g *guesses) knows(pair string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	_, ok := g.known[pair]
	return ok
}

// know remembers a pair, and forgets any other if there are too many.
func (g *guesses) know(pair string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for old := range g.known {
		if len(g.known) < knownMost {
			break
		}
		delete(g.known, old)
	}
	g.known[pair] = struct{}{}
}
