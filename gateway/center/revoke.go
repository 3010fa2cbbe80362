package center

import (
	"context"
	"fmt"

	"tccc/gateway/tenant"
	"tccc/wire"
)

// Logins are the ways to log in without a password: tokens, resume secrets.
type Logins interface {
	// End makes all that an account has been given useless. It may block.
	End(ctx context.Context, app, user string) error
}

// Endings numbers the ends of log-ins so far. A door reads it before it checks
// who somebody is, and says it with the log-in: one that was checked before the
// agent's log-ins ended is refused.
func (c *Center) Endings() uint64 { return c.endings.Load() }

// ForceOffline takes an agent off line and ends its log-ins, on every door: the
// agent must log in anew. What rings and what the agent talks goes to somebody
// else. wire.ErrAgentDisabled for an unknown one.
func (c *Center) ForceOffline(ctx context.Context, app, user string) error {
	if _, err := c.Agent(ctx, app, user); err != nil {
		return err
	}
	return c.endLogins(ctx, app, []string{user})
}

// endLogins ends the log-ins of agents: what they could log in with is useless
// before they are sent away.
func (c *Center) endLogins(ctx context.Context, app string, users []string) error {
	if err := c.forgetLogins(ctx, app, users); err != nil {
		return err
	}
	return c.do(ctx, func() {
		for _, user := range users {
			if a := c.agents[agentKey{app, user}]; a != nil {
				a.revoke()
			} else {
				c.noteEnding(agentKey{app, user})
			}
		}
	})
}

func (c *Center) forgetLogins(ctx context.Context, app string, users []string) error {
	if c.Logins == nil {
		return nil
	}
	for _, user := range users {
		if err := c.Logins.End(ctx, app, user); err != nil {
			return fmt.Errorf("failed to end the log-ins of an agent: %w", err)
		}
	}
	return nil
}

// revoke ends every log-in of the agent that is there.
func (a *agent) revoke() {
	a.c.noteEnding(a.key)
	_, _ = a.goOffline(nil)
	a.leaveDoors(wire.ErrTokenInvalid.With("the log-in was ended"))
	a.abandon(wire.ReasonAgentLost)
	stopTimer(&a.grace)
	a.dropped = false // off line until it logs in anew
}

// leaveDoors sends the agent away from its pages and other doors.
func (a *agent) leaveDoors(why *wire.Error) {
	a.kick(wire.KickedParams{Reason: "revoked", Message: why.Message})
	doors := a.doors
	a.doors = map[string]func(){}
	for _, ended := range doors {
		ended()
	}
	if a.c.Files != nil {
		a.c.Files.Forget(a.key.app, a.key.user)
	}
}

func (c *Center) noteEnding(key agentKey) { c.ended[key] = c.endings.Add(1) }

// over reports whether a log-in was checked before those of the agent ended.
func (c *Center) over(key agentKey, checked uint64) bool { return c.ended[key] > checked }

// revoked lists the agents of an application whose log-ins a new configuration
// ends: who is gone, and whose password is another one. None is left of an
// application that is gone.
func (c *Center) revoked(ctx context.Context, app string, next *tenant.Tenant) (gone, changed []string, err error) {
	err = c.do(ctx, func() {
		before := c.tenants[app]
		if before == nil {
			return
		}
		for i := range before.Agents {
			old := &before.Agents[i]
			switch conf := next.Agent(old.UserID); {
			case conf == nil:
				gone = append(gone, old.UserID)
			case !old.Password.IsZero() && !conf.Password.Equal(old.Password.Reveal()):
				changed = append(changed, old.UserID)
			}
		}
	})
	return gone, changed, err
}
