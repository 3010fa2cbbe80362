package ccgateway

import (
	"context"
)

// nextEvent waits for the desk's next event; nil if none comes in time. A
// newer poll of the same desk ends this one: the page was reloaded.
func (d *desk) nextEvent(ctx context.Context) (*event, error) {
	mine := d.beginPoll()
	defer d.endPoll()
	timeout := make(chan struct{})
	stop := d.h.opts.Clock.AfterFunc(d.h.opts.PollWait, func() { close(timeout) })
	defer stop()
	for {
		e, changed, err := d.pop(ctx)
		if e != nil || err != nil {
			return e, err
		}
		select {
		case <-changed:
		case <-timeout:
			return nil, nil
		case <-mine:
			return nil, nil
		case <-d.h.quit:
			return nil, nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// pop takes the oldest event, unless nobody is there any more to read it.
func (d *desk) pop(ctx context.Context) (e *event, changed <-chan struct{}, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case ctx.Err() != nil:
		return nil, nil, ctx.Err()
	case d.replaced:
		return nil, nil, fail(CodeNoPermission, "the agent has signed in elsewhere")
	case len(d.queue) > 0:
		first := d.queue[0]
		d.queue = append(d.queue[:0], d.queue[1:]...)
		return &first, nil, nil
	case d.over:
		return nil, nil, fail(CodeNotSignedIn, "the agent has not signed in")
	}
	return nil, d.changed, nil
}

func (d *desk) beginPoll() <-chan struct{} {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.poll != nil {
		close(d.poll)
	}
	d.poll = make(chan struct{})
	d.polls++
	d.quiet()
	return d.poll
}

func (d *desk) endPoll() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.polls--
	if d.polls == 0 && !d.replaced {
		d.breakSilence()
	}
}

// drained reports whether a signed-out desk has nothing more to say.
func (d *desk) drained() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.over && len(d.queue) == 0
}
