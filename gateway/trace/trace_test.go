package trace

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	otlp "go.opentelemetry.io/proto/otlp/trace/v1"
	"go.uber.org/goleak"

	"tccc/gateway/sip"
	"tccc/gateway/store"
	"tccc/gateway/trace/tracetest"
	"tccc/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestJourneyOfACall(t *testing.T) {
	c := &tracetest.Collector{}
	web := httptest.NewServer(c)
	defer web.Close()
	tracer, err := Start(t.Context(), Options{Endpoint: web.URL + "/v1/traces",
		Headers: map[string]string{"Authorization": "Bearer x"}, Percent: 100, Node: "n1",
		Log: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	began := time.Now().Add(-time.Minute)
	ms := func(s int) int64 { return began.Add(time.Duration(s) * time.Second).UnixMilli() }
	tracer.Dialog(sip.History{ID: "call-1", Trunk: "t", Inbound: true, Began: began, Ended: began.Add(30 * time.Second),
		Code: 200,
		Steps: []sip.Step{{State: "early", At: began.Add(time.Second)},
			{State: "confirmed", At: began.Add(4 * time.Second)}}})
	tracer.Spans("1", "S1", []wire.Span{{Name: "call.accept", Start: ms(3), End: ms(4)},
		{Name: "media.ready", Start: ms(3), End: ms(3), Error: 5001}})
	tracer.Spans("1", "S2", []wire.Span{{Name: "call.hold", Start: ms(3), End: ms(4)}})
	tracer.Ended(&store.CDR{
		SessionID: "S1", SDKAppID: "1", Type: wire.TypePhone, Direction: wire.Inbound, Caller: "13800000001",
		SIPCallID: "call-1", UserID: "a2", StartAt: ms(0), IVRAt: ms(0), QueueAt: ms(1), QueueWait: 3000,
		AnswerAt: ms(4), EndAt: ms(30),
		Rings: []store.Ring{{UserID: "a1", At: ms(1), Until: ms(2), Result: "noAnswer"},
			{UserID: "a2", At: ms(2), Until: ms(4), Result: "answered"}},
		MainReason: wire.ReasonNetworkLost, SubReason: "no sound came from the telephone",
	})
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	require.NoError(t, tracer.Close(ctx), "what is there is sent")

	spans := c.Trace(ID("1", "S1").String())
	root := spans["session phone"]
	require.NotNil(t, root)
	assert.Equal(t, "Bearer x", c.Authorization())
	for name, want := range map[string][2]int64{
		"session phone": {ms(0), ms(30)}, "sip dialog": {ms(0), ms(30)}, "ivr": {ms(0), ms(1)}, "queue": {ms(1), ms(4)},
		"ring": {ms(2), ms(4)}, "conversation": {ms(4), ms(30)}, "sdk call.accept": {ms(3), ms(4)},
		"sdk media.ready": {ms(3), ms(3)},
	} {
		s := spans[name]
		if !assert.NotNil(t, s, name) {
			continue
		}
		assert.InDelta(t, want[0], s.StartTimeUnixNano/1e6, 1, name)
		assert.InDelta(t, want[1], s.EndTimeUnixNano/1e6, 1, name)
		if s != root {
			assert.Equal(t, root.SpanId, s.ParentSpanId, name)
		}
		assert.NotContains(t, s.String(), "13800000001", "no numbers")
	}
	assert.Equal(t, otlp.Status_STATUS_CODE_ERROR, root.Status.Code)
	assert.Equal(t, otlp.Status_STATUS_CODE_ERROR, spans["sdk media.ready"].Status.Code)
	assert.Len(t, spans["sip dialog"].Events, 2)
	assert.Empty(t, c.Trace(ID("1", "S2").String()), "a session that goes on")
}

// TestCollectorIsAway says in the log that traces were lost, and no more.
func TestCollectorIsAway(t *testing.T) {
	web := httptest.NewServer(http.NotFoundHandler())
	defer web.Close()
	var said bytes.Buffer
	tracer, err := Start(t.Context(), Options{Endpoint: web.URL + "/v1/traces", Percent: 100,
		Log: slog.New(slog.NewTextHandler(&said, nil))})
	require.NoError(t, err)
	tracer.Ended(&store.CDR{SessionID: "S1", SDKAppID: "1", StartAt: 1, EndAt: 2})
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	err = tracer.Close(ctx)
	assert.True(t, err != nil || strings.Contains(said.String(), "traces were not sent"), "%v, %q", err, said.String())
}

// TestBounds takes no more than it can hold.
func TestBounds(t *testing.T) {
	tracer := &Tracer{spans: map[sessionKey]*told{}, calls: map[string]*dialog{}}
	many := make([]wire.Span, 2*spansMost)
	tracer.Spans("1", "S", many)
	tracer.Spans("1", "S", many)
	assert.Len(t, tracer.spans[sessionKey{"1", "S"}].spans, spansMost)
	tracer.Dialog(sip.History{ID: "c"})
	tracer.due(time.Now().Add(2 * keepFor))
	assert.Empty(t, tracer.spans)
	assert.Empty(t, tracer.calls)
}

func TestSampling(t *testing.T) {
	n := 0
	tracer := &Tracer{o: Options{Percent: 25}}
	for range 2000 {
		if tracer.sampled(&store.CDR{SessionID: time.Now().String()}) {
			n++
		}
	}
	assert.InDelta(t, 500, n, 150)
}
