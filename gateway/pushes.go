package gateway

import (
	"context"

	"tccc/gateway/config"
	"tccc/gateway/push"
)

// openPushes starts the webhooks. Without a receiver it costs nothing but two
// empty streams.
func (g *Gateway) openPushes(ctx context.Context) (err error) {
	g.pushes, err = push.Start(ctx, push.Options{Apps: g.conf.Apps, Store: g.store, Log: g.log, Staff: g.staff})
	if err != nil {
		return err
	}
	g.metrics.MustRegister(g.pushes)
	return nil
}

// staff finds an agent as it is now, with the names of its groups instead of
// their ids. Before the directory is open it knows nobody.
func (g *Gateway) staff(app, user string) (config.Agent, bool) {
	d := g.people.Load()
	if d == nil {
		return config.Agent{}, false
	}
	found, err := d.Agent(app, user)
	if err != nil {
		return config.Agent{}, false
	}
	a := found.Agent
	a.SkillGroups = nil
	for _, id := range found.SkillGroups {
		if group, err := d.Group(app, id); err == nil {
			a.SkillGroups = append(a.SkillGroups, group.DisplayName())
		}
	}
	return a, true
}
