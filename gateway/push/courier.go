package push

import (
	"context"
	"log/slog"
	"time"

	"tccc/gateway/store"
)

// Bounds of a courier: what a receiver can cost.
const (
	window   = 512         // items in memory
	attempts = 4           // requests at the same time
	farewell = time.Second // for requests under way when the gateway stops
)

// courier delivers the items of one receiver.
type courier struct {
	id      string
	app     string
	name    string // for logs and metrics
	outbox  *store.Outbox
	sender  *sender
	counts  *counts
	keepFor time.Duration // an item that could not be delivered for so long is dead
	log     *slog.Logger

	lanes *lanes
	room  chan struct{} // a token for each item in memory
	in    chan store.OutboxItem
	out   chan tried
}

// tried is how an attempt ended.
type tried struct {
	lane *lane
	sent result
	gone bool // delivered or buried: it is not in the outbox any more
}

// run is the courier's life; it returns when all that it started has ended.
func (c *courier) run(ctx context.Context) {
	c.lanes, c.room, c.in, c.out = newLanes(), make(chan struct{},
		window), make(chan store.OutboxItem), make(chan tried)
	defer c.sender.close()
	reading := make(chan struct{})
	go func() { defer close(reading); c.read(ctx) }()
	defer func() { <-reading }()

	// Requests outlive the courier's context for a moment, so that few of them
	// have to be made again.
	requests, abort := context.WithCancel(context.WithoutCancel(ctx))
	defer abort()
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		c.start(requests, time.Now())
		timer.Reset(c.untilWake(time.Now()))
		select {
		case item := <-c.in:
			c.lanes.add(&item)
		case o := <-c.out:
			c.settle(ctx, o, time.Now())
		case <-timer.C:
		case <-ctx.Done():
			defer time.AfterFunc(farewell, abort).Stop()
			for c.lanes.sending > 0 {
				<-c.out
				c.lanes.sending--
			}
			return
		}
	}
}

func (c *courier) untilWake(now time.Time) time.Duration {
	at := c.lanes.wake()
	if at.IsZero() {
		return time.Hour
	}
	return max(at.Sub(now), 0)
}

// start sends what may be sent.
func (c *courier) start(ctx context.Context, now time.Time) {
	for c.lanes.sending < attempts {
		l := c.lanes.next(now)
		if l == nil {
			return
		}
		item := l.items[0]
		item.Attempts = l.failures + 1
		go func() { c.out <- c.attempt(ctx, l, item) }()
	}
}

// attempt sends one item and takes it out of the outbox if that settles it.
func (c *courier) attempt(ctx context.Context, l *lane, item *store.OutboxItem) tried {
	o := tried{lane: l, sent: c.sender.send(ctx, item)}
	switch {
	case o.sent.err == nil:
		o.gone = c.settled(ctx, "delivered", func(ctx context.Context) error { return c.outbox.Remove(ctx, item.Seq) })
	case ctx.Err() == nil && time.Since(time.UnixMilli(item.AddedAt)) > c.keepFor:
		o.gone = c.bury(ctx, item, o.sent.err.Error())
	}
	return o
}

// bury makes a dead letter of an item.
func (c *courier) bury(ctx context.Context, item *store.OutboxItem, reason string) bool {
	item.DeadAt, item.Reason = time.Now().UnixMilli(), reason
	c.counts.dead.WithLabelValues(item.SDKAppID, c.name, item.Kind).Inc()
	c.log.Error("a push was given up", "kind", item.Kind, "key", item.Key, "attempts", item.Attempts, "reason", reason)
	return c.settled(ctx, "dead", func(ctx context.Context) error { return c.outbox.Bury(ctx, item) })
}

// settled writes what has become of an item. The store may be away for a
// moment; if it stays away, the item is delivered again after a restart.
func (c *courier) settled(ctx context.Context, what string, write func(context.Context) error) bool {
	for n := 1; ; n++ {
		limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), writeTimeout)
		err := write(limited)
		cancel()
		if err == nil {
			return true
		}
		c.log.Warn("the outbox could not be written", "item", what, "err", err)
		if ctx.Err() != nil {
			return true
		}
		pause(ctx, backoff(min(n, 4)))
	}
}

// settle takes the outcome of an attempt into account.
func (c *courier) settle(ctx context.Context, o tried, now time.Time) {
	if o.gone {
		c.lanes.over(o.lane)
		<-c.room
	} else {
		c.lanes.failed(o.lane, now)
	}
	switch {
	case o.sent.err == nil:
		if c.lanes.down() {
			c.log.Info("the receiver takes pushes again", "failures", c.lanes.failures)
		}
		c.lanes.receiverWorked()
	case o.sent.receiver:
		if !c.lanes.down() {
			c.log.Warn("the receiver takes no pushes, trying again", "err", o.sent.err)
		}
		c.lanes.receiverFailed(o.sent.after, now)
		c.expire(ctx, o.sent.err.Error(), now)
	default: // it answered: it is there
		c.log.Warn("the receiver refused a push, trying again", "err", o.sent.err)
		c.lanes.receiverWorked()
	}
}

// expire gives up what has waited for too long for a receiver that is away.
func (c *courier) expire(ctx context.Context, reason string, now time.Time) {
	for _, item := range c.lanes.expired(now.Add(-c.keepFor)) {
		c.bury(ctx, item, reason)
		<-c.room
	}
}

// read hands items over, as long as there is room for them.
func (c *courier) read(ctx context.Context) {
	for last := uint64(0); ctx.Err() == nil; pause(ctx, time.Second) {
		r, err := c.outbox.Read(ctx, c.id, last)
		if err == nil {
			last, err = c.readOn(ctx, r, last)
			r.Close()
		}
		if ctx.Err() == nil {
			c.log.Warn("the outbox could not be read, trying again", "err", err)
		}
	}
}

func (c *courier) readOn(ctx context.Context, r *store.OutboxReader, last uint64) (uint64, error) {
	for {
		select {
		case c.room <- struct{}{}:
		case <-ctx.Done():
			return last, ctx.Err()
		}
		item, err := r.Next(ctx)
		if err != nil {
			<-c.room
			return last, err
		}
		select {
		case c.in <- item:
			last = item.Seq
		case <-ctx.Done():
			return last, ctx.Err()
		}
	}
}
