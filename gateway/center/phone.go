package center

import (
	"context"
	"fmt"
	"time"

	"tccc/gateway/mix"
	"tccc/gateway/sip"
)

// Phone is a telephone call, in or out.
type Phone interface {
	ID() string
	From() string
	To() string
	Trunk() string
	// Replaces is the ID of the call whose place this one is to take.
	Replaces() string
	Ring() error
	Answer() error
	// EarlyMedia lets the caller hear the leg before the call is answered.
	EarlyMedia() error
	Reject(code int, reason string) error
	Hangup() error
	SendDigits(ctx context.Context, digits string) error
	Events() <-chan sip.Event
	// Media is the call's leg, nil until it is negotiated.
	Media() mix.Leg
}

// Dialer places a call. It returns when the INVITE is on its way.
type Dialer func(ctx context.Context, o sip.Outgoing) (Phone, error)

// jobsSize bounds what waits for a call's worker: signalling steps of one
// call, of which there are never more than a few.
const jobsSize = 32

// line is a telephone call as the loop uses it: what it asks for is done in
// order by a worker, since SIP waits for answers.
type line struct {
	Phone
	jobs      chan func()
	answered  bool          // belongs to the loop: 200 has been sent or received
	answering []func(error) // who waits for that
	ringing   bool          // 180 has been sent
	over      bool          // the call has ended
	digits    []dialling
}

// dialling is a command to send digits; the first one's are being sent.
type dialling struct {
	digits string
	done   func(error)
}

// digitsDeadline is how long the digits of one command may take.
const digitsDeadline = time.Minute

// sendDigits sends digits after those of earlier commands, beside the worker:
// hanging up does not wait for them. done is called when the last one is sent.
func (c *Center) sendDigits(l *line, digits string, done func(error)) {
	l.digits = append(l.digits, dialling{digits, done})
	if len(l.digits) == 1 {
		c.sendNext(l)
	}
}

func (c *Center) sendNext(l *line) {
	p, next := l.Phone, l.digits[0]
	c.outside(nil, func(ctx context.Context) func() {
		ctx, cancel := context.WithTimeout(ctx, digitsDeadline)
		defer cancel()
		err := p.SendDigits(ctx, next.digits)
		return func() {
			l.digits = l.digits[1:]
			if len(l.digits) > 0 {
				c.sendNext(l)
			}
			next.done(err)
		}
	})
}

func (c *Center) newLine(p Phone) *line {
	l := &line{Phone: p, jobs: make(chan func(), jobsSize)}
	jobs := l.jobs
	c.outside(nil, func(ctx context.Context) func() {
		for {
			select {
			case job, ok := <-jobs:
				if !ok {
					return nil
				}
				job()
			case <-ctx.Done():
				return nil
			}
		}
	})
	return l
}

// job queues a step of the call. done, if not nil, is posted with its error.
func (c *Center) job(l *line, what string, step func() error, done func(error)) {
	if l.over {
		return
	}
	work := func() {
		err := step()
		if err != nil {
			c.Log.Debug("telephone step failed", "step", what, "call", l.ID(), "err", err)
		}
		if done != nil {
			c.post(nil, func() { done(err) })
		}
	}
	select {
	case l.jobs <- work:
	default:
		c.Log.Warn("telephone worker is stuck", "step", what, "call", l.ID())
		if done != nil {
			done(fmt.Errorf("telephone worker is stuck at %s", what))
		}
	}
}

// close lets the worker end after what is queued.
func (l *line) close() {
	if !l.over {
		l.over = true
		close(l.jobs)
	}
}

// follow hands the events of a call to the loop until the call is over. about
// is what they are about.
func (c *Center) follow(about any, p Phone, handle func(sip.Event)) {
	c.outside(about, func(ctx context.Context) func() {
		for {
			select {
			case e, ok := <-p.Events():
				if !ok || !c.post(about, func() { handle(e) }) {
					return nil
				}
			case <-ctx.Done():
				return nil
			}
		}
	})
}
