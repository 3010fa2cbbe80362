package cluster

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"
	"github.com/stretchr/testify/require"
)

// ledger is what the world outside sees of a cluster: it takes orders through a
// Fence, as lines and edges do, and keeps the history.
type ledger struct {
	t     *testing.T
	fence Fence

	mu      sync.Mutex
	owner   map[string]string // instance by application and fence
	latest  map[string]uint64 // fence by process and application
	orders  map[string]given  // the last one that was taken, by application
	count   map[string]int    // of orders that were taken, by instance
	refused map[string]int    // by instance
	writes  []wrote
	leading map[string]time.Time // since when an owner leads the bucket of its record, by process and application
	close   []time.Duration      // for how long owners did
	changed chan struct{}
}

type given struct {
	at       time.Time
	instance string
	fence    uint64
}

func newLedger(t *testing.T) *ledger {
	return &ledger{
		t: t, owner: map[string]string{}, latest: map[string]uint64{}, orders: map[string]given{},
		count: map[string]int{}, refused: map[string]int{}, leading: map[string]time.Time{},
		changed: make(chan struct{}),
	}
}

// hear takes what a node says. A fault is that of the test.
func (l *ledger) hear(at time.Time, r report) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for app, o := range r.Owners {
		l.owns(app, o.Fence, o.Instance)
		key := r.Instance + " " + app
		if o.Fence < l.latest[key] {
			l.t.Errorf("%s goes back from fence %d of %s to %d", r.Node, l.latest[key], app, o.Fence)
		}
		l.latest[key] = o.Fence
		l.leads(at, key, o.Instance == r.Instance && leaderOf(r, bucketOf(app)) == r.Node)
	}
	refused := false
	for app, fence := range r.Orders {
		l.owns(app, fence, r.Instance)
		if l.fence.Pass(app, fence) != nil {
			refused = true
			continue
		}
		l.orders[app] = given{at, r.Instance, fence}
	}
	switch {
	case refused:
		l.refused[r.Instance]++
	case r.Orders != nil:
		l.count[r.Instance]++
	}
	if r.Wrote != nil {
		l.writes = append(l.writes, *r.Wrote)
	}
	close(l.changed)
	l.changed = make(chan struct{})
}

// leads measures for how long an owner leads the bucket of its record.
func (l *ledger) leads(at time.Time, key string, does bool) {
	since, did := l.leading[key]
	switch {
	case does && !did:
		l.leading[key] = at
	case !does && did:
		l.close = append(l.close, at.Sub(since))
		delete(l.leading, key)
	}
}

// owns holds that a fence is one process's.
func (l *ledger) owns(app string, fence uint64, instance string) {
	key := fmt.Sprintf("%s/%d", app, fence)
	if was := l.owner[key]; was != "" && was != instance {
		l.t.Errorf("fence %d of %s is that of %s and of %s", fence, app, was, instance)
	}
	l.owner[key] = instance
}

// await waits until something is true of the ledger.
func (l *ledger) await(what string, ok func() bool) {
	l.t.Helper()
	for over := time.After(patient); ; {
		l.mu.Lock()
		done, changed := ok(), l.changed
		l.mu.Unlock()
		if done {
			return
		}
		select {
		case <-changed:
		case <-over:
			require.FailNow(l.t, "it does not come", what)
		}
	}
}

// served waits for an order of another owner than one fence's, and tells when
// it came.
func (l *ledger) served(app string, after uint64) (o given) {
	l.t.Helper()
	l.await("an order for "+app+" of a later owner", func() bool { o = l.orders[app]; return o.fence > after })
	return o
}

// given is how many orders a process has given, taken or not.
func (l *ledger) given(instance string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.count[instance] + l.refused[instance]
}

// attempt is a write in a history of one application.
type attempt struct {
	wrote
	lost []uint64 // fences that somebody has built upon and nobody was told of
}

// chain is what the records should be: for each application a fence that only
// a write which knows it replaces. A write without an answer may have happened
// at any time since, or never.
var chain = porcupine.NondeterministicModel{
	Init: func() []any { return []any{uint64(0)} },
	Step: func(state, input, _ any) []any {
		w, knows := input.(attempt), state.(uint64) == input.(attempt).Expect
		switch {
		case w.Fence == 0 && !knows && !w.Ghost:
			return []any{state}
		case w.Fence == 0:
			out := []any{state}
			for _, fence := range w.lost {
				if fence > state.(uint64) {
					out = append(out, fence)
				}
			}
			return out
		case knows && w.Fence > w.Expect:
			return []any{w.Fence}
		}
		return nil
	},
}

// died notes that a process was killed, perhaps in the middle of a write that
// it can tell nobody of.
func (l *ledger) died(apps ...string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	began := time.Now().Add(-2 * time.Second).UnixNano()
	for _, app := range apps {
		l.writes = append(l.writes, wrote{App: app, Began: began, Ghost: true})
	}
}

// check checks the history of all writes with porcupine.
func (l *ledger) check() {
	l.t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	by := map[string][]wrote{}
	for _, w := range l.writes {
		if !w.Stale { // it changed nothing
			by[w.App] = append(by[w.App], w)
		}
	}
	require.NotEmpty(l.t, by)
	for app, writes := range by {
		history := operations(writes)
		result := porcupine.CheckOperationsTimeout(chain.ToModel(), history, patient)
		require.Equal(l.t, porcupine.Ok, result, "writes of %s:\n%s", app, list(writes))
	}
	l.t.Logf("%d writes of records make a chain for each of %d applications", len(l.writes), len(by))
}

// list shows writes in the order of their beginnings.
func list(writes []wrote) string {
	var b strings.Builder
	slices.SortFunc(writes, func(x, y wrote) int { return cmp.Compare(x.Began, y.Began) })
	for _, w := range writes {
		fmt.Fprintf(&b, "at %s for %s: %d to %d by %s, killed %v\n",
			time.Duration(w.Began-writes[0].Began), time.Duration(w.Ended-w.Began), w.Expect, w.Fence, w.Owner, w.Ghost)
	}
	return b.String()
}

func operations(writes []wrote) (history []porcupine.Operation) {
	told, built := map[uint64]bool{0: true}, map[uint64]bool{}
	end := int64(0)
	for _, w := range writes {
		told[w.Fence], built[w.Expect], end = true, true, max(end, w.Began, w.Ended)
	}
	var lost []uint64
	for fence := range built {
		if !told[fence] {
			lost = append(lost, fence)
		}
	}
	for _, w := range writes {
		if w.Fence == 0 {
			w.Ended = end + 1
		}
		history = append(history, porcupine.Operation{Input: attempt{w, lost}, Call: w.Began, Return: w.Ended})
	}
	return history
}

// The checker finds what it is there for.
func TestTheCheckerOfChains(t *testing.T) {
	ok := func(writes ...wrote) bool {
		return porcupine.CheckOperations(chain.ToModel(), operations(writes))
	}
	first := wrote{App: "1", Fence: 1, Began: 1, Ended: 2}
	require.True(t, ok(first, wrote{App: "1", Expect: 1, Fence: 2, Began: 3, Ended: 4}))
	require.False(t, ok(first, wrote{App: "1", Expect: 0, Fence: 2, Began: 3, Ended: 4}), "two that replace the same")
	require.False(t, ok(first, wrote{App: "1", Expect: 1, Fence: 1, Began: 3, Ended: 4}), "a fence that does not grow")
	early := wrote{App: "1", Expect: 1, Fence: 2, Began: 1, Ended: 2}
	require.False(t, ok(early, wrote{App: "1", Fence: 1, Began: 3, Ended: 4}), "before its time")
	unknown := wrote{App: "1", Expect: 1, Began: 3, Ended: 4}
	require.True(t, ok(first, unknown, wrote{App: "1", Expect: 5, Fence: 6, Began: 7, Ended: 8}), "it had happened")
	require.True(t, ok(first, unknown, wrote{App: "1", Expect: 1, Fence: 6, Began: 7, Ended: 8}), "it had not")
	require.False(t, ok(first, wrote{App: "1", Expect: 5, Fence: 6, Began: 7, Ended: 8}), "out of nothing")
}
