package serve

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/test/harness"
	"tccc/wire"
)

const (
	idleAgents = 100
	idleWindow = 10 * time.Second // the measurement, not a wait for something
)

// TestIdleGatewayRests counts what a gateway does with a hundred agents who wait.
func TestIdleGatewayRests(t *testing.T) {
	var env []string
	for i := range idleAgents {
		agent := "TCCC_APPS_0_AGENTS_" + strconv.Itoa(5+i)
		env = append(env, agent+"_USERID="+idler(i), agent+"_SKILLGROUPS=sales")
	}
	g := harness.StartGateway(t, harness.GatewayOptions{Env: env})
	for i := range idleAgents {
		waits(t, g, idler(i))
	}
	g.AwaitMetric(t, `tccc_agents{app="1400000001",status="free"}`, func(n float64) bool { return n == idleAgents })
	before := activity(t, g.PID())
	time.Sleep(idleWindow)
	after := activity(t, g.PID())
	for what, budget := range map[string]int{"reads": 250, "writes": 250, "waits": 2500} {
		used := after[what] - before[what]
		t.Logf("%s in %s: %d", what, idleWindow, used)
		assert.LessOrEqual(t, used, budget, what)
	}
}

func idler(i int) string { return fmt.Sprintf("idle%d@demo", i) }

// waits logs an agent in, who takes what comes and says nothing.
func waits(t *testing.T, g *harness.Gateway, user string) {
	t.Helper()
	ws, _, err := websocket.Dial(t.Context(), "ws://"+g.HTTP+"/ws/agent",
		&websocket.DialOptions{Subprotocols: []string{wire.Subprotocol}})
	require.NoError(t, err)
	ws.SetReadLimit(wire.MaxFrame)
	t.Cleanup(func() { _ = ws.CloseNow() })
	params, err := json.Marshal(wire.LoginParams{Token: g.Login(t, user).Token, SDKAppID: "1400000001", TabID: user,
		Version: "idle"})
	require.NoError(t, err)
	require.NoError(t, ws.Write(t.Context(), websocket.MessageText,
		fmt.Appendf(nil, `{"jsonrpc":"2.0","id":1,"method":%q,"params":%s}`, wire.MethodLogin, params)))
	_, text, err := ws.Read(t.Context())
	require.NoError(t, err)
	require.NotContains(t, string(text), `"error"`)
	go func() { // until the test is over
		for err == nil {
			_, _, err = ws.Read(t.Context())
		}
	}()
}

// activity is what a process has done so far: system calls that read and write,
// and how often one of its threads has given the processor away.
func activity(t *testing.T, pid int) map[string]int {
	t.Helper()
	sum := map[string]int{}
	count := func(file string, names map[string]string) {
		text, err := os.ReadFile(file)
		if err != nil {
			return // a thread that has ended
		}
		for line := range strings.Lines(string(text)) {
			name, value, _ := strings.Cut(line, ":")
			if into := names[name]; into != "" {
				n, err := strconv.Atoi(strings.TrimSpace(value))
				require.NoError(t, err)
				sum[into] += n
			}
		}
	}
	count(fmt.Sprintf("/proc/%d/io", pid), map[string]string{"syscr": "reads", "syscw": "writes"})
	tasks, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/status", pid))
	require.NoError(t, err)
	for _, task := range tasks {
		count(task, map[string]string{"voluntary_ctxt_switches": "waits"})
	}
	return sum
}
