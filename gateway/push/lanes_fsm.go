package push

import (
	"container/heap"
	"time"

	"tccc/gateway/store"
)

// Waits between attempts.
const (
	firstWait = time.Second
	longWait  = 10 * time.Minute
)

// backoff is the wait after the n-th failure in a row, n from 1.
func backoff(n int) time.Duration {
	if n > 10 {
		return longWait
	}
	return min(firstWait<<(n-1), longWait)
}

// lanes decides what is sent when. It is pure and has one owner, the courier.
//
// A lane holds the items of one session or agent, in order; only its first one
// is sent. A lane goes
//
//	ready ─next─▶ sending ─sent─▶ ready, or gone when it is empty
//	  ▲               └──failed──▶ waiting ─its time has come─┐
//	  └────────────────────────────────────────────────────────┘
//
// Beside that the receiver as a whole is up, or down since it failed: then
// nothing is sent until a wait is over, and after it one item at a time, until
// one succeeds.
type lanes struct {
	all     map[string]*lane
	ready   []*lane // first come, first served
	waiting laneHeap
	sending int

	failures int       // of the receiver, in a row, whatever the lane
	notUntil time.Time // the receiver rests until then; zero if it is up
}

type lane struct {
	key      string
	items    []*store.OutboxItem
	failures int // of the first item, in a row
	due      time.Time
}

func newLanes() *lanes { return &lanes{all: map[string]*lane{}} }

// add puts an item at the end of its lane.
func (s *lanes) add(item *store.OutboxItem) {
	l := s.all[item.Key]
	if l == nil {
		l = &lane{key: item.Key}
		s.all[item.Key] = l
		s.ready = append(s.ready, l)
	}
	l.items = append(l.items, item)
}

// down reports whether the last attempt failed for the receiver's sake.
func (s *lanes) down() bool { return s.failures > 0 }

// next takes the lane whose first item is to be sent now; nil if there is none.
func (s *lanes) next(now time.Time) *lane {
	if now.Before(s.notUntil) || s.down() && s.sending > 0 {
		return nil
	}
	for len(s.waiting) > 0 && !s.waiting[0].due.After(now) {
		s.ready = append(s.ready, heap.Pop(&s.waiting).(*lane))
	}
	if len(s.ready) == 0 {
		return nil
	}
	l := s.ready[0]
	s.ready[0] = nil
	s.ready = s.ready[1:]
	s.sending++
	return l
}

// wake is when next is worth asking again; zero if only an item or an outcome
// changes anything.
func (s *lanes) wake() (at time.Time) {
	switch {
	case s.down() && s.sending > 0:
		return time.Time{}
	case len(s.ready) > 0:
		return s.notUntil
	case len(s.waiting) == 0:
		return time.Time{}
	case s.waiting[0].due.Before(s.notUntil):
		return s.notUntil
	}
	return s.waiting[0].due
}

// over takes the first item of a lane that was being sent away: it was
// delivered, or given up.
func (s *lanes) over(l *lane) {
	s.sending--
	l.items[0] = nil
	l.items, l.failures = l.items[1:], 0
	if len(l.items) == 0 {
		delete(s.all, l.key)
	} else {
		s.ready = append(s.ready, l)
	}
}

// failed lets a lane that was being sent wait.
func (s *lanes) failed(l *lane, now time.Time) {
	s.sending--
	l.failures++
	l.due = now.Add(backoff(l.failures))
	heap.Push(&s.waiting, l)
}

// receiverFailed lets everything wait, each time longer. A wait that the
// receiver asked for is kept to if it is longer.
func (s *lanes) receiverFailed(asked time.Duration, now time.Time) {
	if now.Before(s.notUntil) {
		return // several that were under way at the same time are one failure
	}
	s.failures++
	s.notUntil = now.Add(max(backoff(s.failures), min(asked, longWait)))
}

// outage is how many failures in a row mean that the receiver was away, and
// not that it stumbled over one item.
const outage = 3

// receiverWorked ends the receiver's wait. After an outage the lanes that wait
// for their own sake are tried at once: it was not their fault.
func (s *lanes) receiverWorked() {
	if s.failures >= outage {
		for _, l := range s.waiting {
			s.ready = append(s.ready, l)
		}
		s.waiting = nil
	}
	s.failures, s.notUntil = 0, time.Time{}
}

// expired removes the items of lanes that are not being sent which were
// added before a time, and returns them. It is for a receiver that is down.
func (s *lanes) expired(before time.Time) (gone []*store.OutboxItem) {
	if s.sending > 0 {
		return nil
	}
	s.ready = append(s.ready, s.waiting...)
	s.waiting = nil
	ready := s.ready[:0]
	for _, l := range s.ready {
		for len(l.items) > 0 && l.items[0].AddedAt < before.UnixMilli() {
			l.items[0].Attempts = max(l.items[0].Attempts, l.failures)
			gone = append(gone, l.items[0])
			l.items, l.failures = l.items[1:], 0
		}
		switch {
		case len(l.items) == 0:
			delete(s.all, l.key)
		case l.failures > 0:
			heap.Push(&s.waiting, l)
		default:
			ready = append(ready, l)
		}
	}
	clear(s.ready[len(ready):])
	s.ready = ready
	return gone
}

// laneHeap orders lanes by when they are due.
type laneHeap []*lane

func (h laneHeap) Len() int           { return len(h) }
func (h laneHeap) Less(i, j int) bool { return h[i].due.Before(h[j].due) }
func (h laneHeap) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *laneHeap) Push(x any)        { *h = append(*h, x.(*lane)) }
func (h *laneHeap) Pop() any {
	old := *h
	l := old[len(old)-1]
	old[len(old)-1] = nil
	*h = old[:len(old)-1]
	return l
}
