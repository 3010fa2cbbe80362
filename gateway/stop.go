package gateway

import (
	"context"
	"errors"
	"time"
)

// How long a stage of a stop may take. What others must agree to (sockets that
// close, phones that answer BYE) has its share of Close's context; what the
// gateway has to write has time of its own, so that nobody else can spend it.
const (
	sessionsLimit = 3 * time.Second
	doorsLimit    = 3 * time.Second
	phonesLimit   = 2 * time.Second
	writingLimit  = 5 * time.Second
	// failedLimit is what all have together while the store cannot be written:
	// what waits for it waits in vain.
	failedLimit = 3 * time.Second
)

// stop is an orderly end under way.
type stop struct {
	g    *Gateway
	ctx  context.Context
	errs []error
	// failed is true while the store cannot be written.
	failed bool
}

// others runs stages that depend on others, at the same time. One that is late
// is left behind, which is no error.
func (s *stop) others(limit time.Duration, stages map[string]func(context.Context) error) {
	ctx, cancel := context.WithTimeout(s.ctx, limit)
	defer cancel()
	type result struct {
		what string
		err  error
	}
	results := make(chan result, len(stages))
	for what, stage := range stages {
		go func() { results <- result{what, stage(ctx)} }()
	}
	for range stages {
		select {
		case r := <-results:
			if r.err == nil {
				continue
			}
			if ctx.Err() != nil && errors.Is(r.err, ctx.Err()) {
				s.g.log.Warn("a stage of the stop was late", "stage", r.what)
				continue
			}
			s.errs = append(s.errs, r.err)
		case <-ctx.Done():
			s.g.log.Warn("stages of the stop were left behind", "after", limit)
			return
		}
	}
}

// own runs a stage that writes what the gateway holds.
func (s *stop) own(stage func(context.Context) error) {
	ctx, limit := context.WithoutCancel(s.ctx), writingLimit
	if s.failed {
		ctx, limit = s.ctx, failedLimit
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	s.errs = append(s.errs, stage(ctx))
}

// closing makes a stage of a function that takes no context.
func closing(f func()) func(context.Context) error {
	return func(context.Context) error { f(); return nil }
}

// Close ends calls with their CDRs, tells the agents, and closes every port.
// The store is the last, after everything that writes to it.
func (g *Gateway) Close(ctx context.Context) error {
	close(g.closed)
	s := &stop{g: g, ctx: ctx, failed: g.store != nil && g.store.Health() != nil}
	if s.failed {
		var cancel context.CancelFunc
		s.ctx, cancel = context.WithTimeout(ctx, failedLimit)
		defer cancel()
	}
	if g.unfollow != nil {
		g.unfollow()
	}
	if g.ccgateway != nil {
		g.ccgateway.Close()
	}
	if g.demo != nil && g.demo.customers != nil {
		g.demo.customers.Close()
	}
	s.others(sessionsLimit, g.sessionStages())
	s.others(doorsLimit, g.doorStages())
	s.others(phonesLimit, g.phoneStages())
	if g.engine != nil {
		g.engine.Close()
	}
	s.own(g.recorder.Close)
	s.own(g.asr.Close)
	s.own(g.tracer.Close)
	s.own(g.pushes.Close)
	if g.store != nil {
		s.own(g.store.Close)
	}
	return errors.Join(s.errs...)
}

type stages = map[string]func(context.Context) error

// sessionStages end what goes on.
func (g *Gateway) sessionStages() stages {
	all := stages{}
	if g.admin != nil {
		all["the operators' socket"] = g.admin.Close
	}
	if g.center != nil {
		all["sessions"] = g.center.Close
	}
	return all
}

// doorStages close sockets and what is served over HTTP.
func (g *Gateway) doorStages() stages {
	all := stages{}
	if g.agents != nil {
		all["agents' sockets"] = closing(g.agents.Close)
	}
	if g.visitors != nil {
		all["customers' sockets"] = closing(g.visitors.Close)
	}
	if g.http != nil {
		all["HTTP"] = func(ctx context.Context) error {
			err := g.http.Shutdown(ctx)
			if g.files != nil {
				g.files.Close() // after HTTP: uploads belong to its requests
			}
			return err
		}
	} else if g.files != nil {
		all["files"] = closing(g.files.Close)
	}
	if g.metricsServer != nil {
		all["metrics"] = g.metricsServer.Shutdown
	}
	return all
}

// phoneStages close SIP and browsers' media.
func (g *Gateway) phoneStages() stages {
	all := stages{}
	if g.demo != nil {
		all["the demo"] = g.demo.close
	}
	if g.sip != nil {
		all["SIP"] = g.sip.Close
	}
	if g.turn != nil {
		all["TURN"] = func(context.Context) error { return g.turn.Close() }
	}
	if g.rtc != nil {
		all["browsers' media"] = func(context.Context) error { return g.rtc.Close() }
	}
	return all
}
