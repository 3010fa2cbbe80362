package gateway

import (
	"context"
	"fmt"
	"reflect"

	"tccc/gateway/config"
)

// Drain takes no new calls from now on, tells the agents and load balancers
// (/healthz answers 503), and returns when the last session has ended, or with
// the context's error. Close comes after it.
func (g *Gateway) Drain(ctx context.Context) error {
	g.draining.Store(true)
	g.sip.Drain()
	return g.center.Drain(ctx)
}

// Reload takes over what can change while calls go on: trunks, origins, and
// of applications everything but their pushes. With an error nothing of the
// part that it names has changed. What has changed and needs a restart is
// logged.
func (g *Gateway) Reload(ctx context.Context, next *config.Config) error {
	for _, key := range needRestart(g.conf, next) {
		g.log.Warn("the configuration has changed in a place that needs a restart", "key", key)
	}
	if err := g.setTrunks(next.SIP.Trunks); err != nil {
		return fmt.Errorf("failed to take over the trunks: %w", err)
	}
	if err := g.directory.Configure(ctx, next.Apps); err != nil {
		return fmt.Errorf("failed to take over the applications: %w", err)
	}
	g.origins.Store(&next.Origins)
	g.log.Info("the configuration was reloaded")
	return nil
}

// needRestart lists the keys whose values differ and are read only once.
func needRestart(now, next *config.Config) (keys []string) {
	differ := func(key string, a, b any) {
		if !reflect.DeepEqual(a, b) {
			keys = append(keys, key)
		}
	}
	differ("listen", now.Listen, next.Listen)
	differ("data", now.DataDir(), next.DataDir())
	differ("demo", now.Demo, next.Demo)
	differ("publicURL", now.PublicURL, next.PublicURL)
	differ("operators", now.Operators.Password.Reveal(), next.Operators.Password.Reveal())
	differ("tls", now.TLS, next.TLS)
	differ("nats", now.NATS, next.NATS)
	differ("store", now.Store, next.Store)
	differ("cdr", now.CDR, next.CDR)
	differ("rtc", now.RTC, next.RTC)
	sipNow, sipNext := now.SIP, next.SIP
	sipNow.Trunks, sipNext.Trunks = nil, nil
	differ("sip", sipNow, sipNext)
	pushes := func(c *config.Config) map[string]any {
		all := map[string]any{}
		for i := range c.Apps {
			if len(c.Apps[i].Pushes) > 0 {
				all[c.Apps[i].SDKAppID] = c.Apps[i].Pushes
			}
		}
		return all
	}
	differ("apps[].pushes", pushes(now), pushes(next))
	recordings := func(c *config.Config) map[string]any {
		all := map[string]any{}
		for i := range c.Apps {
			if c.Apps[i].Recording.Enabled {
				all[c.Apps[i].SDKAppID] = c.Apps[i].Recording
			}
		}
		return all
	}
	differ("apps[].recording", recordings(now), recordings(next))
	return keys
}
