package backend

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/test/harness"
)

const opsPassword = "operators-password"

// TestOperatorsPage watches a call come and go.
func TestOperatorsPage(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{Env: []string{
		"TCCC_OPERATORS_PASSWORD=" + opsPassword, "TCCC_APPS_0_AGENTS_1_NAME=<b>Ben</b>",
	}})
	agent := harness.Agent(t, g, "agent1@demo")
	ops := harness.NewPage(t, "http://operator:"+opsPassword+"@"+g.HTTP+"/ops/")
	text := func(id, want string) {
		t.Helper()
		ops.AwaitTrue("document.getElementById('" + id + "').textContent.includes('" + want + "')")
	}
	text("agents", "Anna WangFree")
	text("sessions", "No sessions now")
	text("live", "Live")
	session := talk(agent)
	text("sessions", session)
	text("sessions", "Talking")
	text("agents", "Anna WangBusy")
	g.Ring(t, "13800000001", "4001000002", "")
	text("sessions", "Waiting")
	ops.AwaitTrue("document.querySelector('.tiles .warn')?.textContent.includes('1')")
	ops.Screenshot("ops-page")
	assert.Zero(t, harness.Eval[int](ops, "document.querySelectorAll('td b').length"), "names are text")
	text("agents", "<b>Ben</b>")
	agent.Do("tccc.Call.hungUp({sessionId: %s})", session)
	ops.AwaitTrue("!document.getElementById('sessions').textContent.includes('" + session + "')")
}

func TestOperatorsPassword(t *testing.T) {
	get := func(g *harness.Gateway, path, password string) *http.Response {
		req, err := http.NewRequest(http.MethodGet, g.URL+path, nil)
		require.NoError(t, err)
		if password != "" {
			req.SetBasicAuth("operator", password)
		}
		resp, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		return resp
	}
	g := harness.StartGateway(t, harness.GatewayOptions{Env: []string{"TCCC_OPERATORS_PASSWORD=" + opsPassword}})
	for _, path := range []string{"/ops/", "/ops/ops.js", "/ops/snapshot", "/ops/other"} {
		resp := get(g, path, "")
		assert.Equal(t, http.StatusUnauthorized, resp.StatusCode, path)
		assert.Contains(t, resp.Header.Get("WWW-Authenticate"), "Basic")
	}
	assert.Equal(t, http.StatusUnauthorized, get(g, "/ops/snapshot", "operators-passwore").StatusCode)
	resp := get(g, "/ops/snapshot", opsPassword)
	assert.Equal(t, http.StatusOK, resp.StatusCode)
	assert.Equal(t, "application/json", resp.Header.Get("Content-Type"))
	assert.Contains(t, resp.Header.Get("Content-Security-Policy"), "default-src 'none'; script-src 'self'")
	limited := false
	for range 40 {
		limited = limited || get(g, "/ops/snapshot", "a guess of the password").StatusCode == http.StatusTooManyRequests
	}
	assert.True(t, limited, "guesses are slowed down")

	none := harness.StartGateway(t, harness.GatewayOptions{})
	assert.Equal(t, http.StatusNotFound, get(none, "/ops/", "").StatusCode)
}
