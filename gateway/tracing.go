package gateway

import (
	"context"

	"tccc/gateway/center"
	"tccc/gateway/session"
	"tccc/gateway/sip"
	"tccc/gateway/store"
	"tccc/gateway/trace"
	"tccc/wire"
)

// openTracing starts to trace sessions, if there is a collector.
func (g *Gateway) openTracing(ctx context.Context) (err error) {
	c := &g.conf.Tracing
	if c.Endpoint == "" {
		return nil
	}
	headers := map[string]string{}
	if key := c.Authorization.Reveal(); key != "" {
		headers["Authorization"] = key
	}
	g.tracer, err = trace.Start(ctx, trace.Options{Endpoint: c.Endpoint, Headers: headers, Percent: c.Percent,
		Node: g.node, Log: g.log})
	return err
}

// sink is who hears what happens in the center.
func (g *Gateway) sink() center.Sink {
	if g.tracer == nil {
		return g.pushes
	}
	return tracedSink{g.pushes, g.tracer}
}

type tracedSink struct {
	center.Sink
	tracer *trace.Tracer
}

// SessionChanged implements center.Sink.
func (s tracedSink) SessionChanged(state string, r *store.SessionRecord) {
	s.Sink.SessionChanged(state, r)
	if state == session.Ended.String() {
		s.tracer.Ended(&r.CDR)
	}
}

// spans is who hears of the work of SDKs; nil if nobody does.
func (g *Gateway) spans() func(app, session string, spans []wire.Span) {
	if g.tracer == nil {
		return nil
	}
	return g.tracer.Spans
}

// dialogs is who hears what became of telephone calls; nil if nobody does.
func (g *Gateway) dialogs() func(sip.History) {
	if g.tracer == nil {
		return nil
	}
	return g.tracer.Dialog
}
