//go:build !js

package agent_test

import (
	"context"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"tccc/agent"
	"tccc/agent/agenttest"
	"tccc/wire"
)

// clock is a clock that stands until it is moved. Timers fire in their order,
// each at its time, or all late, as in a tab that was held back.
type clock struct {
	mu     sync.Mutex
	now    time.Time
	timers map[int]*timer
	next   int
	armed  chan struct{} // closed and replaced when a timer is set
}

type timer struct {
	at time.Time
	f  func()
}

func newClock() *clock {
	return &clock{now: time.Unix(1e9, 0), timers: map[int]*timer{}, armed: make(chan struct{})}
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) AfterFunc(d time.Duration, f func()) func() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.next++
	id := c.next
	c.timers[id] = &timer{c.now.Add(d), f}
	close(c.armed)
	c.armed = make(chan struct{})
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.timers, id)
	}
}

// fire waits for a timer that is due in exactly d, moves the clock to it and
// late beyond it, and lets it fire.
func (c *clock) fire(t *testing.T, d, late time.Duration) {
	t.Helper()
	c.await(t, func(in time.Duration) bool { return in == d }, late)
}

func (c *clock) await(t *testing.T, due func(in time.Duration) bool, late time.Duration) {
	t.Helper()
	deadline := time.After(patience)
	for {
		c.mu.Lock()
		armed, best := c.armed, 0
		for id, w := range c.timers {
			if due(w.at.Sub(c.now)) && (best == 0 || w.at.Before(c.timers[best].at)) {
				best = id
			}
		}
		if best != 0 {
			w := c.timers[best]
			delete(c.timers, best)
			if w.at.After(c.now) {
				c.now = w.at
			}
			c.now = c.now.Add(late)
			c.mu.Unlock()
			w.f()
			return
		}
		c.mu.Unlock()
		select {
		case <-armed:
		case <-deadline:
			t.Fatal("no timer is set")
		}
	}
}

// TestHalfOpenSocket is noticed by a ping that nobody answers, but not in a tab
// whose timers were held back.
func TestHalfOpenSocket(t *testing.T) {
	g := &agenttest.Gateway{Result: chatLogin()}
	g.Result.Settings.HeartbeatSeconds = 20
	c := newClock()
	p := open(t, gateway(t, g), func(o *agent.Options, _ *page) { o.Clock = c })
	p.next(wire.EventReady)
	c.fire(t, 20*time.Second, 0)
	awaitGateway(t, g, "a ping", func() bool { return g.Pings() == 1 })

	// Held back for an hour, and then again while the ping is out: no alarm.
	c.await(t, func(in time.Duration) bool { // set when the pong is in
		if in == 20*time.Second {
			g.Silence(true)
		}
		return in == 20*time.Second
	}, time.Hour)
	awaitGateway(t, g, "a ping", func() bool { return g.Pings() == 2 })
	c.fire(t, 5*time.Second, time.Minute)
	p.View()
	assert.Equal(t, []string{"ready"}, p.names())

	// On time and still no answer: the socket is dead.
	c.fire(t, 5*time.Second, 0)
	p.next(wire.EventConnectionChanged)
	g.Silence(false)
	c.await(t, func(in time.Duration) bool { return in < time.Second }, 0) // the back-off
	p.next(wire.EventConnectionChanged)
	assert.Len(t, g.Logins(), 2)
}

// TestWake does not wait for the back-off when the network is back.
func TestWake(t *testing.T) {
	g := &agenttest.Gateway{Result: chatLogin()}
	c := newClock()
	p := open(t, gateway(t, g), func(o *agent.Options, _ *page) { o.Clock = c })
	p.next(wire.EventReady)
	g.Cut()
	p.next(wire.EventConnectionChanged)
	p.Wake()
	p.next(wire.EventConnectionChanged)
	p.Wake() // while connected it asks the gateway at once
	awaitGateway(t, g, "a ping", func() bool { return g.Pings() == 1 })
}

// gate is a dialer that can be shut.
type gate struct {
	dialer
	shut atomic.Bool
}

func (g *gate) Dial(ctx context.Context) (agent.Conn, error) {
	if g.shut.Load() {
		return nil, net.ErrClosed
	}
	return g.dialer.Dial(ctx)
}

// TestNoConnection: a command that finds no connection fails in bounded time,
// however long its own deadline is, and says why.
func TestNoConnection(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
	defer cancel()
	g := &agenttest.Gateway{Result: chatLogin()}
	c, way := newClock(), &gate{dialer: dialer(gateway(t, g))}
	way.shut.Store(true)
	p := open(t, "", func(o *agent.Options, _ *page) { o.Clock, o.Dialer = c, way })
	failed := make(chan error, 1)
	command := func() { failed <- p.Online(ctx) }
	go command()
	c.fire(t, 10*time.Second, 0)
	assert.ErrorIs(t, <-failed, wire.ErrNotLoggedIn)

	way.shut.Store(false)
	p.Wake()
	p.next(wire.EventReady)
	way.shut.Store(true)
	g.Cut()
	p.next(wire.EventConnectionChanged)
	go command()
	c.fire(t, 10*time.Second, 0)
	assert.ErrorIs(t, <-failed, wire.ErrDisconnected)
}
