package bench

import (
	"encoding/json"
	"flag"
	"fmt"
	"testing"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/require"

	"tccc/test/harness"
	"tccc/wire"
)

var memoryAgents = flag.Int("agents", 10_000, "how many agents are logged in while memory is measured")

// BenchmarkMemory measures what an agent costs the gateway who is logged in and
// does nothing: a socket, its seat, and no audio leg.
func BenchmarkMemory(b *testing.B) {
	g := harness.StartGateway(b, harness.GatewayOptions{Env: loadEnv(*memoryAgents, "sales")})
	before := gatewayMemory(b, g)
	for i := range *memoryAgents {
		a := &nativeAgent{}
		var err error
		a.ws, _, err = websocket.Dial(b.Context(), "ws://"+g.HTTP+"/ws/agent",
			&websocket.DialOptions{Subprotocols: []string{wire.Subprotocol}})
		require.NoError(b, err)
		b.Cleanup(func() { _ = a.ws.CloseNow() })
		l := g.Login(b, loadAgent(i))
		text := a.ask(b.Context(), b, wire.MethodLogin, wire.LoginParams{Token: l.Token, SDKAppID: l.SDKAppID,
			TabID: loadAgent(i), Version: "bench"})
		require.True(b, json.Valid(text))
	}
	after := gatewayMemory(b, g)
	n := float64(*memoryAgents)
	table.add(fmt.Sprintf("memory of an idle agent, heap and stacks, %d agents", *memoryAgents), "kB", "40",
		(after.heap+after.stacks-before.heap-before.stacks)/n/1000)
	table.add("the same, resident", "kB", "", (after.resident-before.resident)/n/1000)
}

type memory struct{ heap, stacks, resident float64 }

// gatewayMemory is what a gateway holds, with what has not been collected yet.
func gatewayMemory(b *testing.B, g *harness.Gateway) memory {
	return memory{g.Metric(b, "go_memstats_heap_inuse_bytes"), g.Metric(b, "go_memstats_stack_inuse_bytes"),
		float64(harness.Resident(b, g.PID()))}
}
