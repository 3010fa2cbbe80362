// Package loop runs the messages of one owner of state, one after the other.
//
// Only what the loop runs may touch what it owns. Work that blocks runs outside
// on goroutines, which are given values and report back with a message. A
// message that panics is a fault of what it was about, which is told of it; the
// loop goes on.
package loop

import (
	"context"
	"errors"
	"runtime/debug"
	"sync/atomic"
	"time"
)

// Errors of Do.
var (
	ErrEnded = errors.New("the loop has ended")
	ErrFault = errors.New("the message had a fault")
)

// Options of a loop.
type Options struct {
	// Inbox bounds the messages that wait; 0 means 4096. Producers block when
	// it is full, which slows sockets down instead of growing memory.
	Inbox int
	// Fault is called by the loop for a message, or work outside, that panicked.
	Fault func(Fault)
}

// Fault is a panic.
type Fault struct {
	About any // what the message was about; nil for nothing in particular
	Cause any
	Stack []byte
}

// Loop is the one goroutine that owns something. Its methods may be called from
// any goroutine, unless they say otherwise.
type Loop struct {
	opts  Options
	inbox chan message
	quit  chan struct{} // closed when the loop must end
	ended chan struct{} // closed when it has ended
	crew  crew
	ctx   context.Context // of work outside
	stop  context.CancelFunc
}

type message struct {
	about any
	run   func()
}

// New makes a loop that takes messages at once and runs them from Start on.
func New(o Options) *Loop {
	if o.Inbox <= 0 {
		o.Inbox = 4096
	}
	l := &Loop{opts: o, inbox: make(chan message, o.Inbox), quit: make(chan struct{}), ended: make(chan struct{}),
		crew: newCrew()}
	l.ctx, l.stop = context.WithCancel(context.Background())
	return l
}

// Start lets the loop run until Close.
func (l *Loop) Start() {
	go func() {
		defer close(l.ended)
		for {
			select {
			case m := <-l.inbox:
				l.Guard(m.about, m.run)
			case <-l.quit:
				return
			}
		}
	}()
}

// Ended is closed when the loop has ended.
func (l *Loop) Ended() <-chan struct{} { return l.ended }

// Context is that of work outside: it ends when Close has no time left.
func (l *Loop) Context() context.Context { return l.ctx }

// Post has the loop run f. The loop itself must not call it. It reports false
// when the loop is ending.
func (l *Loop) Post(about any, f func()) bool {
	select {
	case <-l.quit:
		return false
	default:
	}
	select {
	case l.inbox <- message{about, f}:
		return true
	case <-l.quit:
		return false
	}
}

// States of a message that is waited for.
const (
	waiting uint32 = iota
	running
	withdrawn
)

// Do has the loop run f and waits for it. With an error f has not run and never
// will, but for ErrFault, with which it has run as far as it came.
func (l *Loop) Do(ctx context.Context, about any, f func()) error {
	var state atomic.Uint32
	whole, done := false, make(chan struct{})
	run := func() {
		if !state.CompareAndSwap(waiting, running) {
			return
		}
		defer close(done)
		f()
		whole = true
	}
	select {
	case l.inbox <- message{about, run}:
	case <-l.quit:
		return ErrEnded
	case <-ctx.Done():
		return ctx.Err()
	}
	var failed error
	select {
	case <-done:
	case <-l.ended:
		failed = ErrEnded
	case <-ctx.Done():
		failed = ctx.Err()
	}
	if failed != nil && state.CompareAndSwap(waiting, withdrawn) {
		return failed
	}
	<-done
	if !whole {
		return ErrFault
	}
	return nil
}

// After posts f after d, unless the timer is stopped first. It counts time that
// passes, whatever is done to the clock.
func (l *Loop) After(d time.Duration, about any, f func()) *time.Timer {
	return time.AfterFunc(d, func() { l.Post(about, f) })
}

// Outside runs work on a goroutine of its own and then has the loop run what it
// returns, if not nil. Close waits for both. Work is given values: it must not
// touch what the loop owns. It reports false when the loop is ending.
func (l *Loop) Outside(about any, work func(ctx context.Context) (then func())) bool {
	if !l.crew.join() {
		return false
	}
	go func() {
		defer l.crew.leave()
		then := l.guarded(about, work)
		if then == nil {
			return
		}
		heard := make(chan struct{})
		if l.Post(about, func() { defer close(heard); then() }) {
			select {
			case <-heard:
			case <-l.ended:
			}
		}
	}()
	return true
}

// guarded runs work; a panic is a fault as that of a message.
func (l *Loop) guarded(about any, work func(ctx context.Context) func()) (then func()) {
	defer func() {
		if cause := recover(); cause != nil {
			f := Fault{about, cause, debug.Stack()}
			then = func() { l.fault(f) }
		}
	}()
	return work(l.ctx)
}

// Guard runs f, and the fault of it if it panics. It reports whether f ran to
// its end. Only the loop may call it: for what one message does about several.
func (l *Loop) Guard(about any, f func()) (whole bool) {
	defer func() {
		if cause := recover(); cause != nil {
			l.fault(Fault{about, cause, debug.Stack()})
		}
	}()
	f()
	return true
}

// fault tells of a fault. One in the telling itself ends there.
func (l *Loop) fault(f Fault) {
	defer func() { _ = recover() }()
	if l.opts.Fault != nil {
		l.opts.Fault(f)
	}
}

// Close waits for the work outside, the work that follows from it included, and
// ends the loop. When ctx ends first, the work's context does, and Close waits
// for a moment longer. The error is the context's.
func (l *Loop) Close(ctx context.Context) error {
	idle := l.crew.dismiss()
	var err error
	select {
	case <-idle:
	case <-ctx.Done():
		err = ctx.Err()
		l.stop()
		late := time.NewTimer(lateness)
		defer late.Stop()
		select {
		case <-idle:
		case <-late.C:
		}
	}
	l.stop()
	close(l.quit)
	<-l.ended
	return err
}

// lateness is how long work has to end whose context has ended.
const lateness = time.Second
