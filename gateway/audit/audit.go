// Package audit notes what matters for security: who tried what at which door,
// from where, and what came of it. Every event is counted; of those that are
// repeated only so many become lines of the log.
package audit

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/time/rate"

	"tccc/internal/clip"
	"tccc/internal/limit"
)

// OK is the result of what succeeded.
const OK = "ok"

// Lines are bounded: so many at once of one kind from one address, of which
// one comes back in a while, and so many a second in all.
const (
	sameBurst = 5
	sameEvery = 10 * time.Second
	allPerSec = 20
	allBurst  = 100
	textMost  = 100
)

// Event is one thing that happened at a door.
type Event struct {
	Door   string // "agents", "sip", "operators" …: few, they label a metric
	Action string // "login", "signature" …: few as well
	Who    string // the account, as far as it is known; never a secret
	From   string // address
	Result string // OK, or why not: a name of the catalogue or a few words
}

// Func takes events. A nil one takes none.
type Func func(Event)

// Note hands an event on.
func (f Func) Note(e Event) {
	if f != nil {
		f(e)
	}
}

// Trail writes and counts events. It is a prometheus.Collector.
type Trail struct {
	log    *slog.Logger
	now    func() time.Time
	events *prometheus.CounterVec
	same   *limit.Limiter
	all    *rate.Limiter
	unsaid atomic.Uint64
}

// New returns a trail. now is the clock; nil is time.Now.
func New(log *slog.Logger, now func() time.Time) *Trail {
	if now == nil {
		now = time.Now
	}
	return &Trail{
		log: log, now: now, same: limit.NewBurst(rate.Every(sameEvery), sameBurst),
		all: rate.NewLimiter(allPerSec, allBurst),
		events: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "tccc_security_events_total",
			Help: "Log-ins, signatures, sources and limits, by door, action and result (ok or refused).",
		}, []string{"door", "action", "result"}),
	}
}

// Note implements Func.
func (t *Trail) Note(e Event) {
	result, level := OK, slog.LevelInfo
	if e.Result != OK {
		result, level = "refused", slog.LevelWarn
	}
	t.events.WithLabelValues(e.Door, e.Action, result).Inc()
	now := t.now()
	if !t.same.Allow(e.Door+"\x00"+e.Action+"\x00"+result+"\x00"+e.From, now) || !t.all.AllowN(now, 1) {
		t.unsaid.Add(1)
		return
	}
	args := []any{"door", e.Door, "action", e.Action, "who", clip.Shown(e.Who, textMost), "from", e.From, "result",
		clip.Shown(e.Result, textMost)}
	if n := t.unsaid.Swap(0); n > 0 {
		args = append(args, "unsaid", n)
	}
	t.log.Log(context.Background(), level, "audit", args...)
}

// Describe implements prometheus.Collector.
func (t *Trail) Describe(c chan<- *prometheus.Desc) { t.events.Describe(c) }

// Collect implements prometheus.Collector.
func (t *Trail) Collect(c chan<- prometheus.Metric) { t.events.Collect(c) }
