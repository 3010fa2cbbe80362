package sip

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net"
	"slices"
	"sync"
	"time"
)

const (
	downFor      = 30 * time.Second // until a target that is not watched is tried again
	downMost     = time.Hour        // whatever Retry-After says
	firstWait    = 3 * time.Second  // for a response, while there are further targets
	maxFailovers = 8                // targets of one request
)

// health knows how the targets of trunks do.
type health struct {
	log *slog.Logger
	now func() time.Time

	mu sync.Mutex
	of map[string][]*condition // by trunk, in the order in which they were found
}

// condition is how a target does. One of which nothing is known is up.
type condition struct {
	target
	down    bool
	refuses bool      // it has asked to be left alone until then
	until   time.Time // when it is tried again
	since   time.Time // of the last change
	why     string
}

func newHealth(log *slog.Logger, now func() time.Time) *health {
	return &health{log: log, now: now, of: map[string][]*condition{}}
}

// keep forgets the trunks that are gone.
func (h *health) keep(list []*trunk) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for name := range h.of {
		if !slices.ContainsFunc(list, func(t *trunk) bool { return t.Name == name }) {
			delete(h.of, name)
		}
	}
}

// found takes in the targets of a trunk as they were found.
func (h *health) found(t *trunk, list []target) {
	h.mu.Lock()
	defer h.mu.Unlock()
	now := make([]*condition, len(list))
	for i, to := range list {
		if now[i] = h.at(t, to); now[i] == nil {
			now[i] = &condition{since: h.now()}
		}
		now[i].target = to
	}
	h.of[t.Name] = now
}

// order puts the targets of a trunk that are down behind the others, the one
// that is tried again first before the rest. One whose time has come, and that
// is better than those that are up, is tried by one request: others would have
// to wait as well if it is still dead.
func (h *health) order(t *trunk) []target {
	h.mu.Lock()
	defer h.mu.Unlock()
	list := slices.Clone(h.of[t.Name])
	var trial *condition
	for _, c := range list {
		if !c.down {
			break
		}
		if t.Watch == 0 && !h.now().Before(c.until) {
			trial = c
			c.until, c.refuses = h.now().Add(downFor), false
			break
		}
	}
	group := func(c *condition) int {
		switch {
		case c == trial:
			return 0
		case !c.down:
			return 1
		}
		return 2
	}
	slices.SortStableFunc(list, func(a, b *condition) int {
		if a.down && b.down && a != trial && b != trial {
			return a.until.Compare(b.until)
		}
		return cmp.Compare(group(a), group(b))
	})
	out := make([]target, len(list))
	for i, c := range list {
		out[i] = c.target
	}
	return out
}

// at is what is known of a target. h.mu is held.
func (h *health) at(t *trunk, to target) *condition {
	for _, c := range h.of[t.Name] {
		if c.same(to) {
			return c
		}
	}
	return nil
}

// answers notes that a target has said something.
func (h *health) answers(t *trunk, to target) {
	h.mu.Lock()
	defer h.mu.Unlock()
	c := h.at(t, to)
	if c == nil || !c.down || c.refuses && h.now().Before(c.until) {
		return
	}
	c.down, c.refuses, c.since, c.why = false, false, h.now(), ""
	h.log.Info("SIP trunk target is up", "trunk", t.Name, "target", c.String())
}

// fails notes that a target cannot be used, and, if it has said so, for how long.
func (h *health) fails(t *trunk, to target, why string, retryAfter time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	c := h.at(t, to)
	if c == nil {
		return
	}
	if !c.down {
		h.log.Warn("SIP trunk target is down", "trunk", t.Name, "target", c.String(), "reason", why)
		c.since = h.now()
	}
	until := h.now().Add(min(cmp.Or(retryAfter, downFor), downMost))
	if c.down && c.refuses && until.Before(c.until) {
		return // what it has asked for holds
	}
	c.down, c.refuses, c.until, c.why = true, retryAfter > 0, until, why
}

// isDown reports whether a target is known not to be of use.
func (h *health) isDown(t *trunk, to target) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	c := h.at(t, to)
	return c != nil && c.down
}

// plainly is what is wrong, without what lies around it.
func plainly(err error) string {
	if op := (*net.OpError)(nil); errors.As(err, &op) && op.Err != nil {
		err = op.Err
	}
	return clip(err.Error(), 200)
}

// TargetState is how a target of a trunk does.
type TargetState struct {
	Trunk  string
	Target string // transport:address:port
	Host   string // of the trunk's configuration
	Rank   int    // 0 for those to prefer
	Up     bool
	Reason string    // why it is down
	Since  time.Time // of the last change
	Retry  time.Time // when one that is down is tried again; zero: by OPTIONS
}

// Targets tells how the targets of all trunks do, as they were found last.
func (s *Server) Targets() (out []TargetState) {
	h := s.health
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, t := range *s.trunks.Load() {
		for _, c := range h.of[t.Name] {
			state := TargetState{
				Trunk: t.Name, Target: c.String(), Host: c.via.host, Rank: c.rank, Up: !c.down, Reason: c.why,
				Since: c.since,
			}
			if c.down && (t.Watch == 0 || c.refuses) {
				state.Retry = c.until
			}
			out = append(out, state)
		}
	}
	return out
}

// Locate looks up the targets of all trunks and tells how they do, and which
// trunks have none.
func (s *Server) Locate(ctx context.Context) (out []TargetState, failed map[string]error) {
	failed = map[string]error{}
	for _, t := range *s.trunks.Load() {
		if len(t.sites) == 0 {
			continue
		}
		if _, err := s.locate(ctx, t); err != nil {
			failed[t.Name] = err
		}
	}
	return s.Targets(), failed
}
