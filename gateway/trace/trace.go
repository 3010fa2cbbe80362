// Package trace tells a collector of OpenTelemetry what became of each
// session: a trace a session, with spans for its dialog, its menu, its queue,
// each ring, the conversation, and the work of the SDK. Traces are made when a
// session has ended, from its record and from what was told meanwhile; they hold
// no telephone numbers and nothing that was said.
package trace

import (
	"context"
	"crypto/sha256"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"tccc/gateway/sip"
	"tccc/gateway/store"
	"tccc/wire"
)

const (
	// settle is how long after a session's end its dialog and the SDK may
	// still tell something.
	settle = 3 * time.Second
	// keepFor is how long something is kept whose session is not heard of.
	keepFor      = 25 * time.Hour
	sessionsMost = 20_000
	spansMost    = 64 // of the SDK, a session
)

// Options of a Tracer.
type Options struct {
	// Endpoint is the address of the collector, http(s)://HOST:PORT[/PATH],
	// which speaks OTLP over HTTP.
	Endpoint string
	// Headers are sent with each request, for instance an authorisation.
	Headers map[string]string
	// Percent of the sessions that are traced, 1 to 100.
	Percent int
	Node    string
	Log     *slog.Logger
}

// Tracer collects and sends. Its methods do not block.
type Tracer struct {
	o        Options
	provider *sdk.TracerProvider
	tracer   trace.Tracer

	mu    sync.Mutex
	spans map[sessionKey]*told
	calls map[string]*dialog // by Call-ID
	ended []ending           // in the order of their ends
	quit  chan struct{}
	done  chan struct{}
}

type sessionKey struct{ app, session string }

type told struct {
	since time.Time
	spans []wire.Span
}

type dialog struct {
	since time.Time
	sip.History
}

type ending struct {
	at  time.Time
	cdr store.CDR
}

// Start makes a tracer. It does not wait for the collector.
func Start(ctx context.Context, o Options) (*Tracer, error) {
	exporter, err := otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(o.Endpoint),
		otlptracehttp.WithHeaders(o.Headers), otlptracehttp.WithTimeout(10*time.Second))
	if err != nil {
		return nil, fmt.Errorf("failed to prepare the collector %s: %w", o.Endpoint, err)
	}
	// one a batch at most
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { o.Log.Warn("traces were not sent", "err", err) }))
	t := &Tracer{o: o, spans: map[sessionKey]*told{}, calls: map[string]*dialog{}, quit: make(chan struct{}),
		done: make(chan struct{})}
	t.provider = sdk.NewTracerProvider(
		sdk.WithBatcher(exporter), sdk.WithSampler(sdk.AlwaysSample()), sdk.WithIDGenerator(ids{}),
		sdk.WithResource(resource.NewSchemaless(attribute.String("service.name", "tccc"),
			attribute.String("service.instance.id", o.Node))),
	)
	t.tracer = t.provider.Tracer("tccc")
	go t.run()
	return t, nil
}

// Close sends what is there.
func (t *Tracer) Close(ctx context.Context) error {
	if t == nil {
		return nil
	}
	close(t.quit)
	<-t.done
	t.flush(time.Now().Add(settle))
	if err := t.provider.Shutdown(ctx); err != nil {
		return fmt.Errorf("failed to send the last traces: %w", err)
	}
	return nil
}

func (t *Tracer) run() {
	defer close(t.done)
	ticks := time.NewTicker(time.Second)
	defer ticks.Stop()
	for {
		select {
		case now := <-ticks.C:
			t.flush(now)
		case <-t.quit:
			return
		}
	}
}

// Dialog takes what became of a telephone call.
func (t *Tracer) Dialog(h sip.History) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.calls) < sessionsMost {
		t.calls[h.ID] = &dialog{time.Now(), h}
	}
}

// Spans takes what the SDK has told of its work for a session.
func (t *Tracer) Spans(app, session string, spans []wire.Span) {
	t.mu.Lock()
	defer t.mu.Unlock()
	key := sessionKey{app, session}
	of := t.spans[key]
	if of == nil {
		if len(t.spans) >= sessionsMost {
			return
		}
		of = &told{since: time.Now()}
		t.spans[key] = of
	}
	of.spans = append(of.spans, spans[:min(len(spans), spansMost-len(of.spans))]...)
}

// Ended takes the record of a session that has ended.
func (t *Tracer) Ended(cdr *store.CDR) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.ended) < sessionsMost {
		t.ended = append(t.ended, ending{time.Now(), *cdr})
	}
}

// flush makes the traces of sessions that have ended a while ago.
func (t *Tracer) flush(now time.Time) {
	for _, j := range t.due(now) {
		if t.sampled(&j.cdr) {
			t.write(&j)
		}
	}
}

// journey is all that is known of one session.
type journey struct {
	cdr    store.CDR
	dialog *dialog
	spans  []wire.Span
}

func (t *Tracer) due(now time.Time) (all []journey) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for len(t.ended) > 0 && now.Sub(t.ended[0].at) >= settle {
		j := journey{cdr: t.ended[0].cdr}
		t.ended = t.ended[1:]
		key := sessionKey{j.cdr.SDKAppID, j.cdr.SessionID}
		if of := t.spans[key]; of != nil {
			j.spans = of.spans
			delete(t.spans, key)
		}
		j.dialog = t.calls[j.cdr.SIPCallID]
		delete(t.calls, j.cdr.SIPCallID)
		all = append(all, j)
	}
	for key, of := range t.spans {
		if now.Sub(of.since) > keepFor {
			delete(t.spans, key)
		}
	}
	for id, d := range t.calls { // those of colleagues' phones, which belong to no record
		if now.Sub(d.since) > time.Minute {
			delete(t.calls, id)
		}
	}
	return all
}

// sampled decides by the id, so that every node decides the same.
func (t *Tracer) sampled(cdr *store.CDR) bool {
	return int(ID(cdr.SDKAppID, cdr.SessionID)[15])*100 < t.o.Percent*256
}

// ID is the trace of a session: anybody can compute it.
func ID(app, session string) trace.TraceID {
	sum := sha256.Sum256([]byte(app + "/" + session))
	return trace.TraceID(sum[:16])
}

// ids gives each root span the trace of its session.
type ids struct{}

type idKey struct{}

// NewIDs implements sdk.IDGenerator.
func (g ids) NewIDs(ctx context.Context) (trace.TraceID, trace.SpanID) {
	id, _ := ctx.Value(idKey{}).(trace.TraceID)
	return id, g.NewSpanID(ctx, id)
}

// NewSpanID implements sdk.IDGenerator.
func (ids) NewSpanID(context.Context, trace.TraceID) (id trace.SpanID) {
	for !id.IsValid() {
		for i := range id {
			id[i] = byte(rand.Uint32())
		}
	}
	return id
}
