package bench

import (
	"testing"
	"time"

	"github.com/pion/webrtc/v4"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/test/harness"
)

const (
	idleAgents = 100
	// idleAlone and idleWith are how often threads of a gateway may go to sleep in
	// ten seconds: without anybody, and with the agents logged in and their audio legs
	// up. On two cores 1,200 and 10,000 to 16,000 were seen. A clock of 20 ms
	// that beats for nothing adds 1,000 to 2,000, one for each agent 100,000.
	idleAlone = 3_000
	idleWith  = 30_000
)

// TestIdle counts what a gateway does while nobody calls.
func TestIdle(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{Env: loadEnv(idleAgents, "sales")})
	alone := wakes(t, g.PID())
	var agents []*nativeAgent
	for i := range idleAgents {
		agents = append(agents, newNativeAgent(t.Context(), t, g, loadAgent(i)))
	}
	for _, a := range agents {
		require.Eventually(t, func() bool { return a.pc.ConnectionState() == webrtc.PeerConnectionStateConnected },
			harness.Patience, 10*time.Millisecond)
	}
	with := wakes(t, g.PID())
	t.Logf("%d times in ten seconds alone, %d with %d agents", alone, with, idleAgents)
	assert.Less(t, alone, int64(idleAlone))
	assert.Less(t, with, int64(idleWith))
}

// wakes counts for ten seconds: this is the measurement, not a wait for something.
func wakes(t *testing.T, pid int) int64 {
	before := harness.Switches(t, pid)
	time.Sleep(10 * time.Second)
	return harness.Switches(t, pid) - before
}
