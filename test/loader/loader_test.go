// Package loader tests the npm package of the loader as it is released: on a
// server, and in pages that load the SDK with it.
package loader

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/test/harness"
)

func TestMain(m *testing.M) { harness.Main(m) }

func TestServer(t *testing.T) {
	dir := harness.Loader(t)
	test, err := filepath.Abs("server.test.mjs")
	require.NoError(t, err)
	out, err := harness.Node(t, dir, "--test", test)
	require.NoError(t, err, out)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "main.mjs"),
		[]byte("import { load, unload } from 'tccc-loader';\nconsole.log(typeof load, typeof unload);\n"), 0o600))
	out, err = harness.Node(t, dir, "main.mjs")
	require.NoError(t, err, out)
	assert.Equal(t, "function function\n", out)
}

// page opens a page that has imported the loader.
func page(t *testing.T, policy string) *harness.Page {
	t.Helper()
	code, err := os.ReadFile(filepath.Join(harness.Loader(t), "node_modules/tccc-loader/index.js"))
	require.NoError(t, err)
	site := harness.CustomerSite()
	site.File("/tccc-loader.js", harness.File{Kind: "text/javascript", Body: code})
	p := harness.NewPage(t, site.Origin+site.Page("<!doctype html><title>Customer</title><body></body>", policy))
	p.Run("import('/tccc-loader.js').then((m) => { window.loader = m; })")
	return p
}

// TestCall logs in, calls out, and leaves.
func TestCall(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	p := page(t, "")
	p.Run(`loader.load({ sdkURL: %s, workbench: false }).then((sdk) => { window.mine = sdk; harness.record(); })`,
		g.Login(t, "agent1@demo").SDKURL)
	assert.True(t, harness.Eval[bool](p, "mine === window.tccc && harness.events.length === 0"),
		"it is there before any event")
	p.Await("ready")
	p.Do("mine.Call.startOutboundCall({phoneNumber: '10086'})")
	p.Await("calloutAccepted")
	p.Hears(harness.PhoneTone)

	p.Run("void loader.unload()")
	g.AwaitPhone(t, "has ended", func(c harness.PhoneCall) bool { return c.State == "ended" })
	p.AwaitTrue("!window.tccc && !document.querySelector('t3c-sdk') && !document.querySelector('script[src*=tcccSdk]')")
	p.AwaitTrue("harness.microphones.every((m) => m.readyState === 'ended') && harness.sockets.every((s) => s.readyState === 3)")
}

func TestReady(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	p := page(t, "")
	assert.Equal(t, "free", harness.Eval[string](p,
		"loader.load({ url: %s, ready: true }).then((sdk) => sdk.Agent.getStatus())", g.Login(t, "agent1@demo").SDKURL))
	// Another one takes its place, as when a user changes or a component is drawn twice.
	assert.Equal(t, []string{"ShutDown", "free"}, harness.Eval[[]string](p, `(() => {
		window.first = window.tccc;
		const given = loader.load({ url: %s }).catch((e) => e.name);
		return Promise.all([given, loader.load({ url: %s, ready: true }).then((sdk) => sdk.Agent.getStatus())]);
	})()`, g.Login(t, "agent1@demo").SDKURL, g.Login(t, "agent2@demo").SDKURL))
	assert.True(t, harness.Eval[bool](p, "first !== window.tccc && document.querySelectorAll('t3c-sdk').length === 1"))
}

// TestNonce is a page whose policy lets only scripts with a nonce in.
func TestNonce(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	p := page(t, "script-src 'self' 'nonce-abc' 'wasm-unsafe-eval'")
	assert.Equal(t, "free", harness.Eval[string](p,
		"loader.load({ url: %s, ready: true, nonce: 'abc' }).then((sdk) => sdk.Agent.getStatus())",
		g.Login(t, "agent1@demo").SDKURL))
	p.AllowError("Content Security Policy")
	r := p.Fail("loader.load({ url: %s })", g.Login(t, "agent1@demo").SDKURL)
	assert.Equal(t, "Load", r.Name)
	assert.Contains(t, r.ErrorMsg, "Content-Security-Policy")
}

// TestFailures leave nothing behind.
func TestFailures(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	p := page(t, "")
	p.AllowError("404")
	p.AllowError("MIME type")
	site := harness.CustomerSite()
	site.File("/sdk/other.js", harness.File{Kind: "text/javascript", Body: []byte("window.other = 1;")})
	for _, c := range []struct {
		options map[string]any
		want    string
	}{
		{map[string]any{"url": g.URL + "/sdk/nothing.js"}, "Load"},
		{map[string]any{"url": site.Origin + "/sdk/other.js"}, "Load"},
		{map[string]any{"url": g.URL + "/sdk/tcccSdk.js?sdkAppId=1400000001&token=wrong&userid=agent1%40demo",
			"ready": true}, "TokenInvalid"},
		{map[string]any{"url": g.Login(t, "agent1@demo").SDKURL, "ready": true, "timeout": 1}, "Timeout"},
		{map[string]any{}, "InvalidOptions"},
	} {
		assert.Equal(t, c.want, p.Fail("loader.load(%s)", c.options).Name, "%v", c.options)
		p.AwaitTrue("!window.tccc && !document.querySelector('t3c-sdk') && !document.querySelector('script[src*=sdk]')")
	}
	assert.Equal(t, "free", harness.Eval[string](p,
		"loader.load({ url: %s, ready: true }).then((sdk) => sdk.Agent.getStatus())", g.Login(t, "agent1@demo").SDKURL))
}
