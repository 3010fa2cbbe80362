package sip

import (
	"context"
	"fmt"
	"sync"

	"tccc/gateway/rtp"
)

// Everywhere is a call to all places where a desk phone has registered: the
// first that is picked up has it, and the others stop ringing. To its owner it
// is one call that goes out.
type Everywhere struct {
	s      *Server
	calls  []*Call
	events chan Event

	mu      sync.Mutex
	winner  *Call
	open    int  // calls that have not ended
	ringing bool // that was said
	over    bool
	worst   Event // of the places that refused: what is said if all do
}

// DialEverywhere calls a desk phone, [Outgoing.Extension], at all its places.
// The error is ErrNoPhone, or why none of them could be called.
func (s *Server) DialEverywhere(_ context.Context, o Outgoing) (*Everywhere, error) {
	fail := func(err error) (*Everywhere, error) {
		return nil, fmt.Errorf("failed to call the extension %q: %w", clip(o.Extension, 40), err)
	}
	if err := o.check(); err != nil {
		return fail(err)
	}
	a := s.registrar.account(o.Extension)
	if a == nil {
		return fail(ErrNoPhone)
	}
	e := &Everywhere{s: s, events: make(chan Event, eventBuffer+1)}
	err := error(ErrNoPhone)
	for _, b := range s.registrar.places(a.Name) {
		var c *Call
		if c, err = s.dialPhone(a, b, &o); err == nil {
			e.calls = append(e.calls, c)
		}
	}
	if e.open = len(e.calls); e.open == 0 {
		return fail(err)
	}
	for _, c := range e.calls {
		if !s.spawn(func() { e.follow(c) }) {
			_ = c.Hangup()
			e.follow(c) // it has ended
		}
	}
	return e, nil
}

// follow takes the events of one place until its call is over.
func (e *Everywhere) follow(c *Call) {
	for ev := range c.Events() {
		switch ev.Kind {
		case Ringing:
			e.rings()
		case Answered:
			e.won(c)
		case Ended:
			e.ended(c, ev)
		case EarlyMedia: // of a place that may lose
		default:
			e.of(c, ev)
		}
	}
}

func (e *Everywhere) rings() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.ringing && e.winner == nil {
		e.ringing = true
		e.emit(Event{Kind: Ringing})
	}
}

// won gives the call to the place that was picked up first.
func (e *Everywhere) won(c *Call) {
	e.mu.Lock()
	first := e.winner == nil && !e.over
	if first {
		e.winner = c
		e.emit(Event{Kind: Answered})
	}
	e.mu.Unlock()
	if !first {
		_ = c.Hangup()
		return
	}
	e.others(c)
}

// others ends the calls to the places that did not get it.
func (e *Everywhere) others(but *Call) {
	for _, c := range e.calls {
		if c != but {
			_ = c.Hangup()
		}
	}
}

func (e *Everywhere) of(c *Call, ev Event) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.winner == c {
		e.emit(ev)
	}
}

// ended follows the end of one place's call. One that refuses for all (6xx,
// RFC 3261 section 21.6) ends the others.
func (e *Everywhere) ended(c *Call, ev Event) {
	e.mu.Lock()
	e.open--
	global := e.winner == nil && !e.over && ev.ByRemote && ev.Code >= 600
	if e.worst.Kind != Ended || ev.ByRemote && rank(ev.Code) > rank(e.worst.Code) {
		e.worst = ev
	}
	switch {
	case e.over:
	case e.winner == c || global:
		e.finish(ev)
	case e.winner == nil && e.open == 0:
		e.finish(e.worst)
	}
	e.mu.Unlock()
	if global {
		e.others(c)
	}
}

// rank orders refusals by what they tell: a person, a phone, the network.
func rank(code int) int {
	switch {
	case code >= 600:
		return 4
	case code == 486:
		return 3
	case code == 480 || code == 408:
		return 2
	case code >= 300:
		return 1
	}
	return 0
}

func (e *Everywhere) finish(ev Event) {
	e.over = true
	e.events <- ev // there is room for one more than emit uses
	close(e.events)
}

// emit hands an event on; as with Call, what nobody reads is dropped, but for
// the end. e.mu is held.
func (e *Everywhere) emit(ev Event) {
	if !e.over && len(e.events) < eventBuffer {
		e.events <- ev
	}
}

// taken is the call that was picked up, or the first one.
func (e *Everywhere) taken() *Call {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.winner != nil {
		return e.winner
	}
	return e.calls[0]
}

// ID is the Call-ID of the call that was picked up; before, of one of them.
func (e *Everywhere) ID() string { return e.taken().ID() }

// From is what the phone shows.
func (e *Everywhere) From() string { return e.calls[0].From() }

// To is the extension.
func (e *Everywhere) To() string { return e.calls[0].To() }

// Trunk names the extension in logs.
func (e *Everywhere) Trunk() string { return e.calls[0].Trunk() }

// Replaces is for calls that come in.
func (e *Everywhere) Replaces() string { return "" }

// Events are those of one call.
func (e *Everywhere) Events() <-chan Event { return e.events }

// Leg is the media of the place that was picked up, nil before.
func (e *Everywhere) Leg() *rtp.Leg {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.winner == nil {
		return nil
	}
	return e.winner.Leg()
}

// Hangup ends the call, or the ringing at all places.
func (e *Everywhere) Hangup() error {
	e.mu.Lock()
	if e.winner == nil && !e.over {
		e.finish(Event{Kind: Ended, Code: 200, Text: "hung up"})
	}
	e.mu.Unlock()
	var err error
	for _, c := range e.calls {
		if failed := c.Hangup(); failed != nil {
			err = failed
		}
	}
	return err
}

// SendDigits sends DTMF to the place that was picked up.
func (e *Everywhere) SendDigits(ctx context.Context, digits string) error {
	return e.taken().SendDigits(ctx, digits)
}

// Ring is for calls that come in.
func (e *Everywhere) Ring() error { return ErrState }

// Answer is for calls that come in.
func (e *Everywhere) Answer() error { return ErrState }

// EarlyMedia is for calls that come in.
func (e *Everywhere) EarlyMedia() error { return ErrState }

// Reject is for calls that come in.
func (e *Everywhere) Reject(int, string) error { return ErrState }
