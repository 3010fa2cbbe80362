package center

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"sync"
	"time"

	"tccc/gateway/acd"
	"tccc/gateway/bot"
	"tccc/gateway/config"
	"tccc/gateway/mix"
	"tccc/gateway/store"
	"tccc/gateway/tenant"
	"tccc/wire"
)

// inboxSize bounds the messages that wait for the loop. Producers block when
// it is full, which slows sockets down instead of growing memory.
const inboxSize = 4096

// Options are the parts that a center stands on.
type Options struct {
	Apps   []config.App
	Store  *store.Store
	Engine *mix.Engine
	Dial   Dialer   // places telephone calls
	Legs   LegMaker // makes browsers' legs
	// SessionLegs makes the connections of audio and video sessions; nil if
	// there are none.
	SessionLegs SessionLegMaker
	Echo        EchoMaker // of media.check; nil if there is none
	Log         *slog.Logger
	// Version is the gateway's, for SDKs.
	Version string
	// WarmLeg tells the SDK to make its audio leg before the first call.
	WarmLeg bool
	// MaxSessions bounds the sessions of this node; 0 means 10,000.
	MaxSessions int
	// Node names this process in records of sessions.
	Node string
	// Sink hears what happens; nil if nobody does.
	Sink Sink
	// Recorder records conversations; nil records none.
	Recorder Recorder
	// Files keeps what is sent in chats as files; nil takes none.
	Files Files
	// Spans takes what the SDK tells of its work; nil asks for nothing.
	Spans func(app, session string, spans []wire.Span)
	// Recogniser recognises what is said; nil recognises nothing.
	Recogniser Recogniser
	// Links makes addresses of recordings; nil makes none.
	Links Links
}

// Center is the loop. Its methods may be called from any goroutine.
type Center struct {
	Options
	inbox chan func()
	quit  chan struct{} // closed when the loop must end
	ended chan struct{} // closed when it has ended
	work  sync.WaitGroup
	ctx   context.Context // of work outside the loop
	stop  context.CancelFunc

	// What follows belongs to the loop.
	tenants  map[string]*tenant.Tenant
	agents   map[agentKey]*agent
	calls    map[string]*call
	acd      *acd.Distributor
	retry    *time.Timer
	music    map[string]mix.Source
	visitors map[agentKey]*visitor // customers that are there or have a session
	bots     *bot.Caller
	places   *time.Timer // runs until customers are told their places in queues
	stopping bool
	drained  chan struct{} // not nil: no new sessions; closed when the last one has ended
	counts   counts
}

type agentKey struct{ app, user string }

// id is how the distributor knows an agent.
func (k agentKey) id() string { return k.app + "\x00" + k.user }

// Start runs a center until Close. It takes up what an earlier process left in
// the store: agents' statuses, and sessions that it ends with a CDR.
func Start(ctx context.Context, o Options) (*Center, error) {
	if o.MaxSessions == 0 {
		o.MaxSessions = 10_000
	}
	c := &Center{
		Options:  o,
		inbox:    make(chan func(), inboxSize),
		quit:     make(chan struct{}),
		ended:    make(chan struct{}),
		tenants:  map[string]*tenant.Tenant{},
		agents:   map[agentKey]*agent{},
		calls:    map[string]*call{},
		acd:      acd.New(),
		music:    map[string]mix.Source{},
		visitors: map[agentKey]*visitor{},
		bots:     bot.NewCaller(),
		counts:   newCounts(),
	}
	c.ctx, c.stop = context.WithCancel(context.Background())
	for i := range o.Apps {
		t := tenant.New(&o.Apps[i])
		c.tenants[t.SDKAppID] = t
		sounds, err := t.Load(c.music)
		if err != nil {
			return nil, err
		}
		maps.Copy(c.music, sounds)
	}
	if err := c.recover(ctx); err != nil {
		return nil, err
	}
	go c.run()
	return c, nil
}

func (c *Center) run() {
	defer close(c.ended)
	for {
		select {
		case f := <-c.inbox:
			f()
		case <-c.quit:
			return
		}
	}
}

// post has the loop run f. It must not be called by the loop itself. It
// reports false when the loop has ended.
func (c *Center) post(f func()) bool {
	select {
	case c.inbox <- f:
		return true
	case <-c.quit:
		return false
	}
}

// do has the loop run f and waits for it.
func (c *Center) do(ctx context.Context, f func()) error {
	done := make(chan struct{})
	select {
	case c.inbox <- func() { f(); close(done) }:
	case <-c.quit:
		return wire.ErrStopping
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case <-done:
		return nil
	case <-c.ended:
		return wire.ErrStopping
	case <-ctx.Done():
		return ctx.Err()
	}
}

// after posts f to the loop after d, unless the timer is stopped first.
func (c *Center) after(d time.Duration, f func()) *time.Timer {
	return time.AfterFunc(d, func() { c.post(f) })
}

// outside runs f on a goroutine that Close waits for.
func (c *Center) outside(f func(ctx context.Context)) {
	c.work.Go(func() { f(c.ctx) })
}

// Close ends every session with a CDR, tells the agents, and returns when all
// is written or ctx has ended.
func (c *Center) Close(ctx context.Context) error {
	err := c.do(ctx, func() {
		c.stopping = true
		for _, call := range c.calls {
			if call.of == nil && call.chat == nil {
				c.end(call, wire.CloseAdmin, wire.ReasonGatewayRestart, "the gateway is shutting down")
			}
		}
		c.leaveChats()
		for _, a := range c.agents {
			a.shutdown()
		}
		if c.retry != nil {
			c.retry.Stop()
		}
	})
	worked := make(chan struct{})
	go func() { c.work.Wait(); close(worked) }()
	select {
	case <-worked:
	case <-ctx.Done():
		c.stop()
		err = errors.Join(err, ctx.Err())
		<-worked
	}
	c.stop()
	close(c.quit)
	<-c.ended
	c.bots.Close()
	return err
}

func stopTimer(t **time.Timer) {
	if *t != nil {
		(*t).Stop()
		*t = nil
	}
}
