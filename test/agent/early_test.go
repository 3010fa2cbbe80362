package agent

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/test/harness"
)

// withheld is a gateway whose program for browsers comes only when it is let go.
func withheld(t *testing.T, g *harness.Gateway) (through func(url string) string, letGo func()) {
	target, err := url.Parse(g.URL)
	require.NoError(t, err)
	pass, gone := httputil.NewSingleHostReverseProxy(target), make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, ".wasm") {
			select {
			case <-gone:
			case <-r.Context().Done():
				return
			}
		}
		pass.ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	return func(url string) string { return strings.Replace(url, g.URL, s.URL, 1) }, func() { close(gone) }
}

// loggedInEarly waits until the shell's login has been answered.
func loggedInEarly(p *harness.Page) {
	p.AwaitTrue("JSON.parse(sessionStorage.getItem('tccc') || '{}').next")
}

// away makes sure that the agent is nobody whom the gateway could offer a
// session, and that the page knows.
func away(t *testing.T, g *harness.Gateway, p *harness.Page) {
	t.Helper()
	assert.Equal(t, "offline", status(p))
	g.AwaitMetric(t, `tccc_agents{app="1400000001",status="free"}`, func(v float64) bool { return v == 0 })
}

// TestLoginBeforeTheProgram logs in while the program is still on its way, over
// a reload too. The agent is there once the program is, and what the page asks
// for meanwhile is done then.
func TestLoginBeforeTheProgram(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	through, letGo := withheld(t, g)
	p := harness.NewProfile(t).Tab(through(g.Login(t, "agent1@demo").SDKURL))
	loggedInEarly(p)
	away(t, g, p)
	g.Ring(t, "13800138000", "4001000001", "")
	p.Reload()
	loggedInEarly(p)
	away(t, g, p)
	p.Run("void (window.asked = harness.caught(tccc.Agent.setServerType({serverType: 'staffSeat'})))")
	assert.Empty(t, p.Names(), "nothing is told before the program is there")
	letGo()
	assert.Equal(t, "free", p.Await("ready").Status)
	p.Await("callIn") // it has waited for an agent who can take it
	assert.Nil(t, harness.Eval[harness.Outcome](p, "asked").Rejected)
	names := p.Names()
	assert.Equal(t, "ready", names[0])
	assert.NotContains(t, names[1:], "ready")
	assert.Equal(t, 1, strings.Count(g.Log(), "agent logged in"))
}

// TestUnloadedBeforeTheProgram ends the login that the shell has made.
func TestUnloadedBeforeTheProgram(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	through, _ := withheld(t, g)
	p := harness.NewProfile(t).Tab(through(g.Login(t, "agent1@demo").SDKURL))
	loggedInEarly(p)
	p.Run("void document.getElementById('tcccSdkDomRoot').remove()")
	p.AwaitTrue("harness.sockets.every((s) => s.readyState === WebSocket.CLOSED)")
	away(t, g, p)
	assert.True(t, harness.Eval[bool](p, "sessionStorage.getItem('tccc') === null"))
}

// TestCutBeforeTheProgram loses the socket between the shell's login and the
// program, which logs in anew with what the shell has kept.
func TestCutBeforeTheProgram(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	through, letGo := withheld(t, g)
	p := harness.NewProfile(t).Tab(through(g.Login(t, "agent1@demo").SDKURL))
	p.AllowError("WebSocket connection to")
	p.AllowError("net::ERR_")
	loggedInEarly(p)
	g.Kill()
	p.AwaitTrue("harness.sockets.every((s) => s.readyState === WebSocket.CLOSED)")
	g.Restart()
	letGo()
	p.Await("ready")
	hangUp(p, talk(p))
}
