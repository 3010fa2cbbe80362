package sip

import (
	"context"
	"errors"
	"net/netip"
	"sync"

	"github.com/emiago/sipgo/sip"
)

var (
	errWatches = errors.New("as many subscriptions as are allowed exist already")
	errMerged  = errors.New("the request has come before on another way")
	errClosing = errors.New("the server is closing")
)

// subscriptions are those of all desk phones. Each belongs to a goroutine of its
// own; the table finds it.
type subscriptions struct {
	mu       sync.Mutex
	byKey    map[callKey]*subscription
	byState  map[string]map[*subscription]struct{} // by what is watched, as the consumer names it
	ofPhone  map[string]int
	stopping bool
	running  sync.WaitGroup
}

func newSubscriptions() *subscriptions {
	return &subscriptions{byKey: map[callKey]*subscription{}, byState: map[string]map[*subscription]struct{}{},
		ofPhone: map[string]int{}}
}

// add takes a subscription in, if there is room. Others of the phone for the same
// are told again: a phone that has started anew does not know them any more, and
// says so.
func (l *subscriptions) add(w *subscription) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.stopping:
		return errClosing
	case len(l.byKey) >= watchesMost:
		return errWatches
	case l.ofPhone[w.phone.Name] >= watchesOfPhone:
		l.doubt(w, false)
		return errTooMany
	}
	for _, other := range l.byKey {
		if other.key.id == w.key.id && other.remoteTag == w.remoteTag && other.first == w.first {
			return errMerged
		}
	}
	l.doubt(w, true)
	l.byKey[w.key] = w
	l.ofPhone[w.phone.Name]++
	l.running.Add(1)
	return nil
}

// doubt has what may be left of a phone's earlier life tell its state again: what
// is for the same, or everything. l.mu is held.
func (l *subscriptions) doubt(w *subscription, same bool) {
	for _, other := range l.byKey {
		if other.phone.Name == w.phone.Name && (!same || other.query == w.query) {
			wake(other.doubted)
		}
	}
}

// remove takes one out, once.
func (l *subscriptions) remove(w *subscription) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.byKey[w.key] != w {
		return
	}
	delete(l.byKey, w.key)
	l.unlist(w)
	if l.ofPhone[w.phone.Name]--; l.ofPhone[w.phone.Name] == 0 {
		delete(l.ofPhone, w.phone.Name)
	}
	l.running.Done()
}

// watches notes what a subscription's state is of now.
func (l *subscriptions) watches(w *subscription, resource string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.byKey[w.key] != w || w.resource == resource {
		return
	}
	l.unlist(w)
	w.resource = resource
	if l.byState[resource] == nil {
		l.byState[resource] = map[*subscription]struct{}{}
	}
	l.byState[resource][w] = struct{}{}
}

// moved notes that a phone's messages come another way.
func (l *subscriptions) moved(w *subscription, to flow) {
	l.mu.Lock()
	w.flow = to
	l.mu.Unlock()
}

func (l *subscriptions) unlist(w *subscription) {
	set := l.byState[w.resource]
	delete(set, w)
	if len(set) == 0 {
		delete(l.byState, w.resource)
	}
}

// find is the subscription that a SUBSCRIBE is within, nil if there is none.
func (l *subscriptions) find(req *sip.Request) *subscription {
	key := callKey{req.CallID().Value(), req.To().Params.GetOr("tag", "")}
	l.mu.Lock()
	defer l.mu.Unlock()
	w := l.byKey[key]
	if w == nil || w.remoteTag != req.From().Params.GetOr("tag", "") {
		return nil
	}
	return w
}

// each does something with all that fit.
func (l *subscriptions) each(fits func(*subscription) bool, do func(*subscription)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, w := range l.byKey {
		if fits(w) {
			do(w)
		}
	}
}

// end has all that fit end with a reason (RFC 6665 section 4.1.3); "" says nothing.
func (l *subscriptions) end(reason string, fits func(*subscription) bool) {
	l.each(fits, func(w *subscription) {
		select {
		case w.ends <- reason:
		default: // it ends already
		}
	})
}

// lost ends what went over a connection that is closed.
func (l *subscriptions) lost(network string, source netip.AddrPort) {
	l.end("", func(w *subscription) bool { return w.flow == flow{network, source} })
}

// close tells all phones to come back later, and waits until that is said.
func (l *subscriptions) close(ctx context.Context) {
	l.mu.Lock()
	l.stopping = true
	l.mu.Unlock()
	l.end(reasonStop, func(*subscription) bool { return true })
	said := make(chan struct{})
	go func() { // ends with the subscriptions, which end with the server
		l.running.Wait()
		close(said)
	}()
	select {
	case <-said:
	case <-ctx.Done():
	}
}

// Changed tells that what desk phones are shown of resources may be another now.
// It does not block.
func (s *Server) Changed(resources ...string) {
	s.subs.mu.Lock()
	defer s.subs.mu.Unlock()
	for _, r := range resources {
		for w := range s.subs.byState[r] {
			wake(w.changed)
		}
	}
}

// Watched reports whether any desk phone watches a resource.
func (s *Server) Watched(resource string) bool {
	s.subs.mu.Lock()
	defer s.subs.mu.Unlock()
	return len(s.subs.byState[resource]) > 0
}

// wake sets a flag that is a channel of one.
func wake(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
