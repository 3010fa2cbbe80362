package center

import (
	"context"
	"time"

	"tccc/gateway/config"
	"tccc/gateway/session"
	"tccc/gateway/tenant"
	"tccc/wire"
)

// Reconfigure takes over an application as it is now: agents, skill groups,
// numbers and menus. Sessions that are under way follow; those that wait in a
// group that is gone wait in another. An agent that is gone is logged out. It
// returns when the change is in force, or with the error of a sound that could
// not be read, and then nothing has changed.
func (c *Center) Reconfigure(ctx context.Context, app config.App) error {
	t := tenant.New(&app)
	sounds, err := t.Load(nil)
	if err != nil {
		return err
	}
	gone, changed, err := c.revoked(ctx, app.SDKAppID, t)
	if err != nil {
		return err
	}
	if err := c.forgetLogins(ctx, app.SDKAppID, append(gone, changed...)); err != nil {
		return err
	}
	return c.do(ctx, func() {
		for name, sound := range sounds {
			if c.music[name] == nil {
				c.music[name] = sound
			}
		}
		c.tenants[t.SDKAppID] = t
		for _, call := range c.calls {
			if call.App == t.SDKAppID {
				call.tenant = t
			}
		}
		for _, a := range c.agents {
			if a.key.app == t.SDKAppID {
				a.reconfigure(t)
			}
		}
		for _, user := range changed {
			if a := c.agents[agentKey{t.SDKAppID, user}]; a != nil {
				a.revoke()
			}
		}
		for _, user := range gone {
			c.noteEnding(agentKey{t.SDKAppID, user})
		}
		c.leaveGroups(t)
		c.match()
	})
}

// leaveGroups lets sessions go that wait in groups that are gone.
func (c *Center) leaveGroups(t *tenant.Tenant) {
	for _, call := range c.calls {
		if call.tenant == t && call.State() == session.Queued && !call.mayGo(call.Group) {
			c.lineOut(call)
			c.rehome(call)
		}
	}
}

// Unconfigure forgets an application: its agents are logged out, its sessions
// end.
func (c *Center) Unconfigure(ctx context.Context, app string) error {
	gone, _, err := c.revoked(ctx, app, nil)
	if err != nil {
		return err
	}
	if err := c.forgetLogins(ctx, app, gone); err != nil {
		return err
	}
	return c.do(ctx, func() {
		for _, user := range gone {
			c.noteEnding(agentKey{app, user})
		}
		delete(c.tenants, app)
		for _, a := range c.agents {
			if a.key.app == app {
				a.remove()
			}
		}
		for _, call := range c.calls {
			if call.App == app {
				c.end(call, wire.CloseAdmin, wire.ReasonAdmin, "the application was removed")
			}
		}
	})
}

func (a *agent) reconfigure(t *tenant.Tenant) {
	conf := t.Agent(a.key.user)
	if conf == nil {
		a.remove()
		return
	}
	before := a.seat()
	a.tenant, a.conf = t, conf
	a.c.acd.Staff(a.key.id(), t.Queues(conf))
	if room := a.status.Room(conf.MaxChats, time.Now()); room {
		a.statusChanged()
	} else if before != a.seat() {
		a.stateChanged()
	}
	a.reroute()
}

// remove logs an agent out for good.
func (a *agent) remove() {
	a.leaveDoors(wire.ErrAgentDisabled)
	for _, h := range []*handset{a.second, a.handset} {
		if h != nil {
			h.hangup()
			h.over(false, "the agent was removed")
		}
	}
	a.abandon(wire.ReasonAgentLost)
	stopTimer(&a.resting)
	stopTimer(&a.grace)
	stopTimer(&a.wrapUp)
	a.c.acd.Staff(a.key.id(), nil)
	delete(a.c.agents, a.key)
}
