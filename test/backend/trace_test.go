package backend

import (
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
	otlp "go.opentelemetry.io/proto/otlp/trace/v1"

	"tccc/gateway/trace"
	"tccc/gateway/trace/tracetest"
	"tccc/test/harness"
)

// TestTrace follows a call from the INVITE through the queue to the SDK, in the
// collector of an operator.
func TestTrace(t *testing.T) {
	c := &tracetest.Collector{}
	web := httptest.NewServer(c)
	defer web.Close()
	g := harness.StartGateway(t, harness.GatewayOptions{Env: []string{"TCCC_TRACING_ENDPOINT=" + web.URL +
		"/v1/traces"}})
	p := harness.Agent(t, g, "agent1@demo")
	g.Ring(t, "13800000001", "4001000001", "")
	id := p.Await("callIn").SessionID()
	p.Do("tccc.Call.accept({sessionId: %s})", id)
	p.Hears(harness.PhoneTone)
	p.Do("tccc.Call.hungUp({sessionId: %s})", id)
	p.Await("sessionEnded")
	var spans map[string]*otlp.Span
	await(t, "the trace has come", func() bool {
		spans = c.Trace(trace.ID("1400000001", id).String())
		return spans["session phone"] != nil
	})
	for _, name := range []string{"sip dialog", "queue", "ring", "conversation", "sdk media.ready", "sdk call.accept"} {
		assert.NotNil(t, spans[name], name)
	}
}
