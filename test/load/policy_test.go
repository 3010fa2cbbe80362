package load

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"tccc/test/harness"
	"tccc/wire"
)

// TestPolicy loads the SDK under a strict Content-Security-Policy and makes a
// call there.
func TestPolicy(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	site := harness.CustomerSite()
	for name, policy := range map[string]string{
		"script-src": "script-src 'self' 'wasm-unsafe-eval' " + g.URL,
		"everything": "default-src 'none'; script-src 'self' 'wasm-unsafe-eval' " + g.URL +
			"; connect-src " + g.URL + " " + strings.Replace(g.URL, "http", "ws", 1) +
			"; base-uri 'none'; form-action 'none'",
	} {
		t.Run(name, func(t *testing.T) {
			p := harness.NewPage(t, site.Origin+site.Page("<!doctype html><body></body>", policy))
			p.Run(`void (window.violations = [], document.addEventListener('securitypolicyviolation', (e) => violations.push(e.violatedDirective + ' ' + e.blockedURI)))`)
			p.Load(g.Login(t, "agent1@demo").SDKURL, nil)
			p.Await("ready")
			p.Do("tccc.Call.startOutboundCall({phoneNumber: '10086'})")
			p.Await("calloutAccepted")
			p.Hears(harness.PhoneTone)
			assert.Empty(t, harness.Eval[[]string](p, "violations"))
		})
	}
}

// TestPolicyForbids is a page that does not let WebAssembly be compiled.
func TestPolicyForbids(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	site := harness.CustomerSite()
	p := harness.NewPage(t, site.Origin+site.Page("<!doctype html><body></body>", "script-src 'self' "+g.URL))
	p.AllowError("Content Security Policy")
	p.AllowError("WebAssembly")
	p.Load(g.Login(t, "agent1@demo").SDKURL, nil)
	e := p.Await("error", "code", wire.ErrLoad.Code)
	assert.Contains(t, e.Text("remedy"), "wasm-unsafe-eval")
	assert.Equal(t, wire.ErrLoad.Code, p.Fail("tccc.Agent.setStatus({status: 'free'})").Code)
}

// TestUnsupportedBrowser takes away what the SDK needs.
func TestUnsupportedBrowser(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	for _, missing := range []string{"RTCPeerConnection", "WebSocket", "WebAssembly"} {
		t.Run(missing, func(t *testing.T) {
			p := harness.Blank(t)
			p.Run("delete window." + missing)
			p.Load(g.Login(t, "agent1@demo").SDKURL, nil)
			assert.False(t, harness.Eval[bool](p, "tccc.Devices.isBrowserSupported()"))
			assert.False(t, harness.Eval[bool](p, "tccc.Devices.isEnvSupported()"))
			assert.Equal(t, "offline", harness.Eval[string](p, "tccc.Agent.getStatus()"))
			p.Run("void (tccc.UI.hide(), tccc.UI.hidefloatButton(), tccc.on('ready', () => {}))")
			p.Await("error", "code", wire.ErrUnsupportedBrowser.Code)
			r := p.Fail("tccc.Call.startOutboundCall({phoneNumber: '10086'})")
			assert.Equal(t, wire.ErrUnsupportedBrowser.Code, r.Code)
			assert.Equal(t, wire.ErrUnsupportedBrowser.Code, p.Fail("tccc.Devices.getMicrophones()").Code)
		})
	}
}
