package backend

import (
	"bytes"
	"crypto/tls"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/gateway/admin"
	"tccc/gateway/config"
	"tccc/test/harness"
	"tccc/wire"
)

// tccc runs a sub-command against a gateway.
func tccc(t *testing.T, g *harness.Gateway, args ...string) (string, error) {
	t.Helper()
	cmd := exec.Command(filepath.Join(harness.Root(), "bin", "tccc"), append(args, "-data", g.Data)...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	return out.String() + errs.String(), err
}

func signal(t *testing.T, g *harness.Gateway, s syscall.Signal) {
	t.Helper()
	require.NoError(t, syscall.Kill(g.PID(), s))
}

func await(t *testing.T, what string, ok func() bool) {
	t.Helper()
	require.Eventually(t, ok, harness.Patience, 20*time.Millisecond, what)
}

// talk has an agent call the demo's tone.
func talk(p *harness.Page) (session string) {
	p.Do("tccc.Call.startOutboundCall({phoneNumber: '10086', uui: 'x'})")
	session = p.Await("callOuted").SessionID()
	p.Await("calloutAccepted")
	return session
}

func TestCommands(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	p := harness.Agent(t, g, "agent1@demo")
	p.AllowError("WebSocket connection to")
	p.AllowError("net::ERR_")
	session := talk(p)
	g.Ring(t, "13800000001", "4001000002", "")

	out, err := tccc(t, g, "agents")
	require.NoError(t, err, out)
	assert.Regexp(t, `agent1@demo +Anna Wang +101 +busy +\S+ +1 +sales`, out)
	assert.Regexp(t, `agent2@demo +Ben Li +102 +offline`, out)
	var apps []admin.App
	await(t, "the queue is seen", func() bool {
		out, err = tccc(t, g, "sessions", "-json")
		require.NoError(t, err, out)
		require.NoError(t, json.Unmarshal([]byte(out), &apps))
		return apps[0].Queues[1].Waiting == 1
	})
	assert.Equal(t, admin.Queue{ID: "sales", Name: "Sales", Talking: 1, Online: 1}, apps[0].Queues[0])
	require.Len(t, apps[0].Sessions, 2)
	assert.Equal(t, session, apps[0].Sessions[0].SessionID)
	assert.Equal(t, "talking", apps[0].Sessions[0].State)
	assert.Equal(t, "waiting", apps[0].Sessions[1].State)

	out, err = tccc(t, g, "token", "-user", "agent2@demo", "-json")
	require.NoError(t, err, out)
	var token admin.Token
	require.NoError(t, json.Unmarshal([]byte(out), &token))
	assert.True(t, strings.HasPrefix(token.SDKURL, g.URL+"/sdk/tcccSdk.js?"), token.SDKURL)
	assert.Regexp(t, `^[0-9a-f]{32}$`, token.Token)

	out, err = tccc(t, g, "token", "-user", "nobody")
	require.Error(t, err)
	assert.Contains(t, out, "nobody")
	out, err = tccc(t, g, "agents", "-app", "7")
	require.Error(t, err)
	assert.Contains(t, out, `"7"`)
	info, err := os.Stat(filepath.Join(g.Data, admin.SocketName))
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	g.Stop()
	out, err = tccc(t, g, "agents")
	require.Error(t, err)
	assert.Contains(t, out, "no gateway answers")
}

// TestDeadLetters lists and replays what a receiver did not take.
func TestDeadLetters(t *testing.T) {
	b := newBackEnd(t)
	g := harness.StartGateway(t, harness.GatewayOptions{Env: b.env("TCCC_APPS_0_PUSHES_0_EVENTS=status",
		"TCCC_APPS_0_PUSHES_0_RETRYFOR=10s")})
	harness.Agent(t, g, "agent1@demo")
	var out string
	await(t, "the push is given up", func() (ok bool) {
		var err error
		out, err = tccc(t, g, "pushes", "-dead")
		require.NoError(t, err, out)
		return strings.Contains(out, "agent/agent1@demo")
	})
	assert.Contains(t, out, b.addr)
	assert.Contains(t, out, "refused")
	assert.NotContains(t, out, "/hook")
	b.start()
	out, err := tccc(t, g, "pushes", "-replay", "all")
	require.NoError(t, err, out)
	b.until("the replayed status", func(p pushed) bool { return p.body["Status"] == "free" })
	out, err = tccc(t, g, "pushes", "-dead")
	require.NoError(t, err, out)
	assert.NotContains(t, out, "agent1@demo")
}

// TestDrain lets a call go on that a stopping gateway has, and takes no other.
func TestDrain(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{Env: []string{"TCCC_DRAIN=1h"}})
	p := harness.Agent(t, g, "agent1@demo")
	p.AllowError("WebSocket connection to")
	p.AllowError("net::ERR_")
	session := talk(p)
	p.Hears(harness.PhoneTone)
	signal(t, g, syscall.SIGTERM)
	p.Await("error", "name", wire.ErrStopping.Name)
	resp, err := http.Get(g.URL + "/healthz")
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	assert.Equal(t, http.StatusServiceUnavailable, resp.StatusCode)
	call := g.Ring(t, "13800000001", "4001000001", "")
	g.AwaitPhone(t, "was refused", func(c harness.PhoneCall) bool { return c.CallID == call && c.State == "ended" })
	assert.Equal(t, wire.ErrStopping.Code, p.Fail("tccc.Call.startOutboundCall({phoneNumber: '10010'})").Code)
	p.Hears(harness.PhoneTone)
	assert.True(t, g.Running())
	p.Do("tccc.Call.hungUp({sessionId: %s})", session)
	await(t, "the gateway ends with its last call", func() bool { return !g.Running() })
}

func TestSecondSignal(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{Env: []string{"TCCC_DRAIN=1h"}})
	p := harness.Agent(t, g, "agent1@demo")
	p.AllowError("WebSocket connection to")
	p.AllowError("net::ERR_")
	session := talk(p)
	signal(t, g, syscall.SIGTERM)
	p.Await("error", "name", wire.ErrStopping.Name)
	signal(t, g, syscall.SIGTERM)
	assert.Equal(t, "gatewayRestart", p.Await("sessionEnded", "sessionId", session).Text("mainReason"))
	await(t, "the gateway has ended", func() bool { return !g.Running() })
}

// TestReload changes agents, numbers and origins during a call.
func TestReload(t *testing.T) {
	file := filepath.Join(t.TempDir(), "tccc.yaml")
	text := string(config.DemoYAML)
	write := func(text string) { require.NoError(t, os.WriteFile(file, []byte(text), 0o600)) }
	write(text)
	g := harness.StartGateway(t, harness.GatewayOptions{Args: []string{"-config", file}})
	p := harness.Agent(t, g, "agent1@demo")
	session := talk(p)
	seen := func(user string) func() bool {
		return func() bool {
			out, err := tccc(t, g, "agents")
			require.NoError(t, err, out)
			return strings.Contains(out, user)
		}
	}

	write(strings.Replace(text, "agents:\n", "agents:\n      - {userId: new@demo, name: New, skillGroups: [sales]}\n",
		1))
	signal(t, g, syscall.SIGHUP)
	await(t, "the new agent is there", seen("new@demo"))
	write("listen: [")
	signal(t, g, syscall.SIGHUP)
	await(t, "the mistake is reported", func() bool { return strings.Contains(g.Log(), "was not reloaded") })
	assert.True(t, seen("new@demo")(), "and nothing has changed")
	write(strings.Replace(text, "maxCalls: 1000", "maxCalls: 7", 1))
	signal(t, g, syscall.SIGHUP)
	await(t, "what needs a restart is said", func() bool {
		return strings.Contains(g.Log(), "needs a restart") && strings.Contains(g.Log(), "key=sip")
	})
	await(t, "the new agent is gone", func() bool { return !seen("new@demo")() })

	p.Hears(harness.PhoneTone)
	p.Do("tccc.Call.hungUp({sessionId: %s})", session)
	p.Await("sessionEnded", "sessionId", session)
	talk(p)
	p.Hears(harness.PhoneTone)
}

// TestHTTPS serves the gateway with a certificate.
func TestHTTPS(t *testing.T) {
	cert, key := certificate(t)
	g := harness.StartGateway(t, harness.GatewayOptions{Env: []string{"TCCC_TLS_CERT=" + cert, "TCCC_TLS_KEY=" + key}})
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true},
		ForceAttemptHTTP2: true}}
	defer client.CloseIdleConnections()
	resp, err := client.Get("https://" + g.HTTP + "/healthz")
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	assert.Equal(t, http.StatusOK, resp.StatusCode)
	assert.Equal(t, 2, resp.ProtoMajor)
	out, err := tccc(t, g, "token", "-user", "agent1@demo")
	require.NoError(t, err, out)
	assert.Contains(t, out, "https://"+g.HTTP+"/sdk/tcccSdk.js?")
}
