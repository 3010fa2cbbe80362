package center

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"tccc/gateway/store"
	"tccc/internal/clip"
	"tccc/wire"
)

// AgentInfo is what other doors than the SDK learn of an agent.
type AgentInfo struct {
	Profile  wire.AgentProfile
	State    wire.AgentState
	Sessions []wire.Session // as the agent's page shows them, ended ones included
	SDK      bool           // a page is logged in
	Present  bool           // a page or another door
	OnlineAt time.Time      // last came on line in this process; zero if it did not
	// Spent is how long the agent was in each status today, in this process.
	Spent map[wire.Status]time.Duration
}

// Door is another way than the SDK for an agent to be there.
type Door struct {
	Name string
	// Checked is Endings from before the agent was asked who it is.
	Checked uint64
	// Ended is called when the agent's log-ins end, but not for leave. It runs
	// on the loop: it must not block and must not call the center.
	Ended func()
}

// Enter makes an agent present through another door than the SDK, and brings
// it on line. Entering through one twice is once. The returned function leaves,
// as logging out does. Errors: wire.ErrAgentDisabled for an unknown agent,
// wire.ErrTokenInvalid, wire.ErrStopping.
func (c *Center) Enter(ctx context.Context, app, user string, d Door) (leave func(), err error) {
	if d.Ended == nil {
		d.Ended = func() {}
	}
	var failed error
	err = c.do(ctx, func() {
		a := c.agentOf(app, user)
		switch {
		case c.stopping:
			failed = wire.ErrStopping
			return
		case a == nil:
			failed = wire.ErrAgentDisabled
			return
		case c.over(a.key, d.Checked):
			failed = wire.ErrTokenInvalid
			return
		}
		if stopTimer(&a.grace); len(a.seats) == 0 && a.status.Chats() > 0 {
			a.expectBack() // the page, for the chats
		}
		there := a.present()
		a.doors[d.Name] = d.Ended
		a.wake(there)
		a.reroute()
		leave = func() {
			c.post(a, func() {
				if a.doors[d.Name] != nil {
					delete(a.doors, d.Name)
					a.left()
				}
			})
		}
	})
	if err == nil {
		err = failed
	}
	return leave, err
}

// Command runs a method of wire as the agent and waits for its answer.
func (c *Center) Command(ctx context.Context, app, user, method string, params any) (json.RawMessage, error) {
	type outcome struct {
		result any
		err    error
	}
	settled := make(chan outcome, 1)
	text, err := json.Marshal(params)
	if err != nil {
		return nil, wire.ErrInvalidOptions.With("%s", err)
	}
	err = c.do(ctx, func() {
		a, run := c.agentOf(app, user), commands[method]
		switch {
		case a == nil:
			settled <- outcome{nil, wire.ErrAgentDisabled}
		case run == nil:
			settled <- outcome{nil, wire.ErrMessage.With("unknown method %q", clip.Shown(method, 40))}
		default:
			answer := func(result any, err error) { settled <- outcome{result, err} }
			if !c.loop.Guard(a.subject(text), func() { run(a, nil, text, answer) }) && len(settled) == 0 {
				answer(nil, wire.ErrInternal)
			}
		}
	})
	if err != nil {
		return nil, err
	}
	select {
	case o := <-settled:
		if o.err != nil {
			return nil, o.err
		}
		return wire.Raw(o.result), nil
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-c.loop.Ended():
		return nil, wire.ErrStopping
	}
}

// Agent gives the state and the sessions of an agent; wire.ErrAgentDisabled
// for an unknown one.
func (c *Center) Agent(ctx context.Context, app, user string) (AgentInfo, error) {
	all, err := c.Agents(ctx, app, []string{user})
	if err == nil && len(all) == 0 {
		err = wire.ErrAgentDisabled
	}
	if err != nil {
		return AgentInfo{}, err
	}
	return all[0], nil
}

// Agents gives the agents named, or all of the application for nil. Unknown
// ones are left out.
func (c *Center) Agents(ctx context.Context, app string, users []string) (all []AgentInfo, err error) {
	err = c.do(ctx, func() {
		t := c.tenants[app]
		if t == nil {
			return
		}
		for i := range t.Agents {
			user := t.Agents[i].UserID
			if users == nil || slices.Contains(users, user) {
				all = append(all, c.agentOf(app, user).info())
			}
		}
	})
	return all, err
}

func (a *agent) info() AgentInfo {
	return AgentInfo{
		Profile: a.tenant.Profile(a.conf), State: a.state(), Sessions: slices.Clone(a.list),
		SDK: len(a.seats) > 0, Present: a.present(), OnlineAt: a.onlineAt,
		Spent: a.day.Until(time.Now()),
	}
}

// Watch delivers every event of an agent's journal from now on, in order,
// until stop is called. f runs on the loop: it must not block and must not
// call the center.
func (c *Center) Watch(ctx context.Context, app, user string, f func(wire.Event)) (stop func(), err error) {
	var a *agent
	var id int
	err = c.do(ctx, func() {
		if a = c.agentOf(app, user); a != nil {
			a.watchID++
			id = a.watchID
			a.watches[id] = f
		}
	})
	switch {
	case err != nil:
		return nil, err
	case a == nil:
		return nil, wire.ErrAgentDisabled
	}
	return func() { c.post(a, func() { delete(a.watches, id) }) }, nil
}

// Sessions lists the live sessions of an application, in the order in which
// they began.
func (c *Center) Sessions(ctx context.Context, app string) (all []store.SessionRecord, err error) {
	err = c.do(ctx, func() {
		for _, call := range c.calls {
			if call.App == app && call.of == nil {
				all = append(all, c.record(call))
			}
		}
	})
	slices.SortFunc(all, func(a, b store.SessionRecord) int { return int(a.StartAt - b.StartAt) })
	return all, err
}

// Session gives a live session; store.ErrNotFound if the application has none
// of this id.
func (c *Center) Session(ctx context.Context, app, id string) (r store.SessionRecord, err error) {
	found := false
	err = c.do(ctx, func() {
		if call := c.calls[id]; call != nil && call.App == app && call.of == nil {
			r, found = c.record(call), true
		}
	})
	if err == nil && !found {
		err = store.ErrNotFound
	}
	return r, err
}

// Hangup ends a live session for the system; store.ErrNotFound if the
// application has none of this id.
func (c *Center) Hangup(ctx context.Context, app, id string) error {
	found := false
	err := c.do(ctx, func() {
		if call := c.calls[id]; call != nil && call.App == app && call.of == nil {
			found = true
			c.end(call, wire.CloseAdmin, wire.ReasonAdmin, "ended by an administrator")
		}
	})
	if err == nil && !found {
		err = store.ErrNotFound
	}
	return err
}

func (c *Center) record(call *call) store.SessionRecord {
	return store.SessionRecord{CDR: *c.cdr(call), State: call.View().State, Node: c.Node,
		SavedAt: time.Now().UnixMilli(), Chat: call.resumable()}
}
