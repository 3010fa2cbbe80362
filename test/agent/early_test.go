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

// TestReadyBeforeTheProgram logs in while the program is still on its way, over
// a reload too; what the page asks for meanwhile is done when it is there.
func TestReadyBeforeTheProgram(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	through, letGo := withheld(t, g)
	p := harness.NewProfile(t).Tab(through(g.Login(t, "agent1@demo").SDKURL))
	p.Await("ready")
	assert.Equal(t, "free", status(p))
	assert.False(t, harness.Eval[bool](p, "tccc.timer.stats().running"))
	p.Reload()
	p.Await("ready")
	assert.Equal(t, 1, strings.Count(g.Log(), "resumed=true"), "the secret of the shell's login is the one that counts")
	p.Run("void (window.dialled = harness.caught(tccc.Call.startOutboundCall({phoneNumber: '10086'})))")
	letGo()
	id := p.Await("calloutAccepted").SessionID()
	p.Hears(harness.PhoneTone)
	assert.Nil(t, harness.Eval[harness.Outcome](p, "dialled").Rejected)
	p.Reload()
	p.Await("callOuted", "sessionId", id, "restored", true)
	p.Hears(harness.PhoneTone)
	hangUp(p, id)
	names := p.Names()
	assert.Equal(t, "ready", names[0])
	assert.NotContains(t, names[1:], "ready")
	assert.Equal(t, 3, strings.Count(g.Log(), "agent logged in"))
}

// TestUnloadedBeforeTheProgram ends the login that the shell has made.
func TestUnloadedBeforeTheProgram(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	through, _ := withheld(t, g)
	p := harness.NewProfile(t).Tab(through(g.Login(t, "agent1@demo").SDKURL))
	p.Await("ready")
	g.AwaitMetric(t, `tccc_agents{app="1400000001",status="free"}`, func(v float64) bool { return v == 1 })
	p.Run("void document.getElementById('tcccSdkDomRoot').remove()")
	g.AwaitMetric(t, `tccc_agents{app="1400000001",status="free"}`, func(v float64) bool { return v == 0 })
}

// TestCutBeforeTheProgram loses the socket between the shell's login and the
// program: the page is told, and that it is well again.
func TestCutBeforeTheProgram(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	through, letGo := withheld(t, g)
	p := harness.NewProfile(t).Tab(through(g.Login(t, "agent1@demo").SDKURL))
	p.AllowError("WebSocket connection to")
	p.AllowError("net::ERR_")
	p.Await("ready")
	g.Kill()
	p.Await("connectionChanged", "state", "reconnecting")
	g.Restart()
	letGo()
	p.Await("connectionChanged", "state", "connected")
	hangUp(p, talk(p))
}
