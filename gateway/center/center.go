package center

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"sync/atomic"
	"time"

	"tccc/gateway/acd"
	"tccc/gateway/bot"
	"tccc/gateway/config"
	"tccc/gateway/loop"
	"tccc/gateway/mix"
	"tccc/gateway/store"
	"tccc/gateway/tenant"
	"tccc/wire"
)

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
	// ICE gives a user's credentials for TURN servers; nil: there are none. It
	// must not block.
	ICE func(app, user string) []wire.ICEServer
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
	// Logins forgets what lets an agent log in again; nil if nothing does.
	Logins Logins
	// Links makes addresses of recordings; nil makes none.
	Links Links
	// Lamps is told when what desk phones show of a resource, as [Center.Lamp]
	// names it, may be another; nil if nobody watches. It must not block.
	Lamps func(resource string)
}

// Center is the loop. Its methods may be called from any goroutine.
type Center struct {
	Options
	loop *loop.Loop

	// What follows belongs to the loop.
	tenants  map[string]*tenant.Tenant
	agents   map[agentKey]*agent
	calls    map[string]*call
	acd      *acd.Distributor
	retry    *time.Timer
	music    map[string]mix.Source
	visitors map[agentKey]*visitor // customers that are there or have a session
	bots     *bot.Caller
	places   *time.Timer         // runs until customers are told their places in queues
	ended    map[agentKey]uint64 // when the log-ins of an agent were ended last, as a number of endings
	stopping bool
	drained  chan struct{} // not nil: no new sessions; closed when the last one has ended
	counts   counts
	endings  atomic.Uint64 // of log-ins; not the loop's alone
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
		tenants:  map[string]*tenant.Tenant{},
		agents:   map[agentKey]*agent{},
		calls:    map[string]*call{},
		acd:      acd.New(),
		music:    map[string]mix.Source{},
		visitors: map[agentKey]*visitor{},
		bots:     bot.NewCaller(),
		ended:    map[agentKey]uint64{},
		counts:   newCounts(),
	}
	c.loop = loop.New(loop.Options{Fault: c.fault})
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
	c.loop.Start()
	return c, nil
}

// post has the loop run f, which is about a *call, an *agent or nothing in
// particular: see fault. The loop itself must not call it. It reports false when
// the loop is ending.
func (c *Center) post(about any, f func()) bool { return c.loop.Post(about, f) }

// do has the loop run f and waits for it. With an error f has not run and will
// not, but for wire.ErrInternal after a fault.
func (c *Center) do(ctx context.Context, f func()) error {
	err := c.loop.Do(ctx, nil, f)
	switch {
	case errors.Is(err, loop.ErrEnded):
		return wire.ErrStopping
	case errors.Is(err, loop.ErrFault):
		return wire.ErrInternal
	}
	return err
}

// after posts f to the loop after d, unless the timer is stopped first.
func (c *Center) after(about any, d time.Duration, f func()) *time.Timer {
	return c.loop.After(d, about, f)
}

// outside runs work on a goroutine that Close waits for, and then has the loop
// run what it returns. Work is given values, never what the loop owns.
func (c *Center) outside(about any, work func(ctx context.Context) (then func())) {
	c.loop.Outside(about, work)
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
	err = errors.Join(err, c.loop.Close(ctx))
	c.bots.Close()
	return err
}

func stopTimer(t **time.Timer) {
	if *t != nil {
		(*t).Stop()
		*t = nil
	}
}
