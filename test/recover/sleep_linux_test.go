package recover

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/test/harness"
	"tccc/wire"
)

// TestSleep stops the whole browser in a call, as the lid of a laptop does: the
// customer hears music, and within a second of waking the state is right.
func TestSleep(t *testing.T) {
	b, err := harness.StartBrowser(harness.DevicesGranted)
	require.NoError(t, err)
	t.Cleanup(b.Close)
	g := harness.StartGateway(t, harness.GatewayOptions{})
	p := b.NewProfile(t).Agent(g, "agent1@demo")
	p.AllowError("WebSocket connection to")
	id, call := conversation(t, g, p, "13800000001")
	b.Sleep(t)
	g.AwaitPhoneHears(t, call, 0)
	// Longer than the SDK's clock takes for a held-back timer.
	ended := time.Now()
	g.PhoneHangup(t, call)
	g.AwaitPhone(t, "has ended", func(c harness.PhoneCall) bool { return c.CallID == call && c.State == "ended" })
	<-time.After(max(0, 8*time.Second-time.Since(ended)))
	b.Wake(t)
	woken := time.Now()
	p.Await("sessionEnded", "sessionId", id, "closeBy", string(wire.CloseClient))
	p.AwaitTrue("tccc.Agent.getStatus() === 'free'")
	t.Logf("state right %v after waking", time.Since(woken))
	conversation(t, g, p, "13800000002")
	assert.Equal(t, 1, count(p, "sessionEnded"))
}
