package devices

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/test/harness"
	"tccc/wire"
)

// TestDiagnostics gathers what support needs in and after a call, and looks for
// what must not be in it.
func TestDiagnostics(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	login := g.Login(t, "agent1@demo")
	p := harness.NewProfile(t).Tab(login.SDKURL)
	p.Await("ready")
	call := g.Ring(t, "13812345678", sales, "")
	id := p.Await("callIn").SessionID()
	p.Do("tccc.Call.accept({sessionId: %s})", id)
	g.AwaitPhoneHears(t, call, harness.MicTone)
	assert.Equal(t, wire.ErrSessionNotFound.Code, p.Fail("tccc.Call.hold({sessionId: 'none'})").Code)
	p.Fail("tccc.Call.startOutboundCall({phoneNumber: 'x13887654321'})")
	p.AwaitTrue("tccc.getDiagnostics().then((d) => d.data.state.quality.length > 0)")

	text := string(p.Do("tccc.getDiagnostics()"))
	assert.LessOrEqual(t, len(text), 256<<10)
	secret := harness.Eval[string](p, "JSON.parse(sessionStorage.tccc).secret")
	require.NotEmpty(t, secret)
	for _, s := range []string{login.Token, secret, "13812345678", "13887654321", "token="} {
		assert.NotContains(t, text, s)
	}
	var d struct {
		SDK, Gateway, Browser, UserID, Status string
		Devices                               []struct{ Kind, Label string }
		Loading                               []struct{ Part string }
		Permissions                           map[string]string
		State                                 struct {
			Phase, Media string
			Sessions     []struct{ SessionID, State, CallerPhoneNumber string }
			Quality      []struct{ MOS, RTT float64 }
		}
		Errors, Log []struct {
			At   int64
			Name string
			Text string
			Code int
		}
	}
	require.NoError(t, json.Unmarshal([]byte(text), &d))
	assert.NotEmpty(t, d.SDK)
	assert.Contains(t, d.Gateway, "go1.")
	assert.Contains(t, d.Browser, "Chrome/")
	assert.Equal(t, []string{"agent1@demo", "busy", "ready", "connected", "granted"},
		[]string{d.UserID, d.Status, d.State.Phase, d.State.Media, d.Permissions["microphone"]})
	require.Len(t, d.State.Sessions, 1)
	assert.Equal(t, id, d.State.Sessions[0].SessionID)
	assert.Equal(t, "…5678", d.State.Sessions[0].CallerPhoneNumber)
	assert.Equal(t, "talking", d.State.Sessions[0].State)
	assert.Greater(t, d.State.Quality[0].MOS, 3.0)
	assert.NotEmpty(t, d.Devices)
	assert.Len(t, d.Loading, 2, "the shell and the program")
	codes, names := []int{}, []string{}
	for _, e := range d.Errors {
		codes = append(codes, e.Code)
	}
	for _, e := range d.Log {
		names = append(names, e.Name+" "+strings.Fields(e.Text)[0])
	}
	assert.Contains(t, codes, wire.ErrSessionNotFound.Code)
	for _, want := range []string{"connection dialing", "connection login", "connection up", "leg connected",
		"event ready", "event callIn", "event userAccessed", "command call.hold"} {
		assert.Contains(t, names, want)
	}
	p.Do("tccc.Call.hungUp({sessionId: %s})", id)
}

// TestDiagnosticsWithoutGateway is when they are needed most.
func TestDiagnosticsWithoutGateway(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	p := harness.NewProfile(t).Agent(g, "agent1@demo")
	p.AllowError("WebSocket connection to")
	p.AllowError("net::ERR_")
	p.Do("tccc.getDiagnostics()") // fetches the tools
	g.Kill()
	p.Await("connectionChanged", "state", "reconnecting")
	assert.Equal(t, "reconnecting", harness.Eval[string](p, "tccc.getDiagnostics().then((d) => d.data.state.phase)"))
}

// TestQualityOfCalls follows how a call sounded into its record and the metrics.
func TestQualityOfCalls(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	p := harness.NewProfile(t).Agent(g, "agent1@demo")
	g.Ring(t, "13800000001", sales, "")
	id := p.Await("callIn").SessionID()
	p.Do("tccc.Call.accept({sessionId: %s})", id)
	p.AwaitTrue("tccc.getDiagnostics().then((d) => d.data.state.quality.length > 1)")
	p.Do("tccc.Call.hungUp({sessionId: %s})", id)
	p.Await("sessionEnded", "sessionId", id)
	g.AwaitMetric(t, "tccc_call_mos_count", func(n float64) bool { return n == 1 })
	assert.Greater(t, g.Metric(t, "tccc_call_mos_sum"), 3.0)
}
