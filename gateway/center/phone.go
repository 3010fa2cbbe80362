package center

import (
	"context"
	"fmt"

	"tccc/gateway/mix"
	"tccc/gateway/sip"
)

// Phone is a telephone call, in or out.
type Phone interface {
	ID() string
	From() string
	To() string
	Trunk() string
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
	jobs     chan func()
	answered bool // belongs to the loop: 200 has been sent or received
	ringing  bool // 180 has been sent
	over     bool // the call has ended
}

func (c *Center) newLine(p Phone) *line {
	l := &line{Phone: p, jobs: make(chan func(), jobsSize)}
	c.outside(func(ctx context.Context) {
		for {
			select {
			case job, ok := <-l.jobs:
				if !ok {
					return
				}
				job()
			case <-ctx.Done():
				return
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
			c.post(func() { done(err) })
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

// follow hands the events of a call to the loop until the call is over.
func (c *Center) follow(p Phone, handle func(sip.Event)) {
	c.outside(func(ctx context.Context) {
		for {
			select {
			case e, ok := <-p.Events():
				if !ok || !c.post(func() { handle(e) }) {
					return
				}
			case <-ctx.Done():
				return
			}
		}
	})
}
