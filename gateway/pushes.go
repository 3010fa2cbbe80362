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

// staff finds an agent of the configuration.
func (g *Gateway) staff(app, user string) (config.Agent, bool) {
	for i := range g.conf.Apps {
		if a := &g.conf.Apps[i]; a.SDKAppID == app {
			for _, agent := range a.Agents {
				if agent.UserID == user {
					return agent, true
				}
			}
		}
	}
	return config.Agent{}, false
}
