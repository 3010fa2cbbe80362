package trace

import (
	"context"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"tccc/gateway/store"
	"tccc/wire"
)

// write makes the trace of a session.
func (t *Tracer) write(j *journey) {
	c := &j.cdr
	start, end := at(c.StartAt), at(c.EndAt)
	ctx := context.WithValue(context.Background(), idKey{}, ID(c.SDKAppID, c.SessionID))
	ctx, root := t.tracer.Start(ctx, "session "+string(c.Type), trace.WithTimestamp(start),
		trace.WithSpanKind(trace.SpanKindServer), trace.WithAttributes(
			attribute.String("tccc.app", c.SDKAppID), attribute.String("tccc.session.id", c.SessionID),
			attribute.String("tccc.session.type", string(c.Type)),
			attribute.String("tccc.session.direction", string(c.Direction)),
			attribute.String("tccc.skill_group", c.SkillGroupID), attribute.String("tccc.agent", c.UserID),
			attribute.String("tccc.close_by", string(c.CloseBy)), attribute.String("tccc.reason", c.MainReason),
		))
	t.dialog(ctx, j)
	t.routing(ctx, c)
	for _, s := range j.spans {
		_, span := t.tracer.Start(ctx, "sdk "+s.Name, trace.WithTimestamp(at(s.Start)),
			trace.WithSpanKind(trace.SpanKindClient))
		if s.Error != 0 {
			span.SetAttributes(attribute.Int("tccc.error.code", s.Error))
			span.SetStatus(codes.Error, "the SDK met an error")
		}
		span.End(trace.WithTimestamp(at(s.End)))
	}
	if failed(c) {
		root.SetStatus(codes.Error, c.SubReason)
	}
	root.End(trace.WithTimestamp(end))
}

// failed reports whether something went wrong that an operator may want to
// look at.
func failed(c *store.CDR) bool {
	switch c.MainReason {
	case wire.ReasonNetworkLost, wire.ReasonAgentLost, wire.ReasonGatewayRestart, wire.ReasonRejectedTrunk,
		wire.ReasonUnreachable:
		return true
	}
	return false
}

// dialog is the customer's telephone call.
func (t *Tracer) dialog(ctx context.Context, j *journey) {
	d := j.dialog
	if d == nil {
		return
	}
	kind := trace.SpanKindClient
	if d.Inbound {
		kind = trace.SpanKindServer
	}
	_, span := t.tracer.Start(ctx, "sip dialog", trace.WithTimestamp(d.Began), trace.WithSpanKind(kind),
		trace.WithAttributes(
			attribute.String("sip.call_id", d.ID), attribute.String("tccc.trunk", d.Trunk),
			attribute.Int("sip.code", d.Code), attribute.Bool("sip.ended_by_remote", d.ByRemote),
		))
	for _, s := range d.Steps {
		span.AddEvent(s.State, trace.WithTimestamp(s.At))
	}
	if d.Code >= 500 || d.Code == 408 {
		span.SetStatus(codes.Error, d.Text)
	}
	span.End(trace.WithTimestamp(d.Ended))
}

// routing is what the gateway did with the session.
func (t *Tracer) routing(ctx context.Context, c *store.CDR) {
	if c.IVRAt != 0 {
		t.span(ctx, "ivr", c.IVRAt, first(c.QueueAt, c.EndAt), attribute.Int("tccc.ivr.keys", len(c.IVRPath)))
	}
	if c.QueueAt != 0 {
		t.span(ctx, "queue", c.QueueAt, c.QueueAt+c.QueueWait)
	}
	for _, r := range c.Rings {
		t.span(ctx, "ring", r.At, first(r.Until, c.EndAt), attribute.String("tccc.agent", r.UserID),
			attribute.String("tccc.ring.result", r.Result))
	}
	if c.AnswerAt != 0 {
		t.span(ctx, "conversation", c.AnswerAt, c.EndAt, attribute.Int64("tccc.hold_ms", c.HoldTime),
			attribute.Int("tccc.holds", c.HoldCount))
	}
}

func (t *Tracer) span(ctx context.Context, name string, start, end int64, with ...attribute.KeyValue) {
	_, span := t.tracer.Start(ctx, name, trace.WithTimestamp(at(start)), trace.WithAttributes(with...))
	span.End(trace.WithTimestamp(at(end)))
}

// first is the first of the times that is set.
func first(times ...int64) int64 {
	for _, t := range times {
		if t != 0 {
			return t
		}
	}
	return 0
}

func at(ms int64) time.Time { return time.UnixMilli(ms) }
