package firefox

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"tccc/test/harness"
)

// pages are front ends that put things in the SDK's way which every browser has.
var pages = map[string]string{
	"declared names": `<script>let tccc; const fs = {}, process = { env: {} }, path = 'x'; class Go {}</script>`,
	"frozen names":   `<script>['fs', 'process', 'path', 'Go'].forEach((k) => Object.defineProperty(window, k, { value: Object.freeze({}) }));</script>`,
	"frozen prototypes": `<script>Object.freeze(Object.prototype); Object.freeze(Array.prototype); Object.freeze(Function.prototype);
		Object.freeze(Error.prototype);</script>`,
	"descriptors": `<script>Object.prototype.get = function () {}; Object.prototype.value = 1; Object.prototype.writable = false;
		Object.prototype.enumerable = true; Object.prototype.configurable = false;</script>`,
	"blocked storage": `<script>for (const name of ['localStorage', 'sessionStorage', 'indexedDB', 'caches'])
		Object.defineProperty(window, name, { get() { throw new DOMException('The operation is insecure.', 'SecurityError'); } });</script>`,
}

// ways are ways of loading it other than by an element with its address.
var ways = map[string]string{
	"element": `return new Promise((ok, no) => { const s = document.createElement('script'); s.onload = ok; s.onerror = no; s.src = u; document.head.append(s); });`,
	"import":  `return import(u);`,
	"eval":    `return fetch(u).then((r) => r.text()).then((t) => { (0, eval)(t); });`,
	"blob": `return fetch(u).then((r) => r.blob()).then((b) => new Promise((ok, no) => {
		const s = document.createElement('script'); s.onload = ok; s.onerror = no; s.src = URL.createObjectURL(b); document.head.append(s); }));`,
}

// enter opens a page with this in its head, loads the SDK in that way, and makes a call.
func enter(t *testing.T, g *harness.Gateway, head, way string) (*harness.Page, string) {
	t.Helper()
	site := harness.CustomerSite()
	p := browser.NewPage(t, site.Origin+
		site.Page("<!doctype html><html><head>"+head+"</head><body><h1>page</h1><button>b</button></body></html>", ""))
	p.Run("((u) => { "+way+" })(%s).then(() => { harness.record(); })", g.Login(t, "agent1@demo").SDKURL)
	p.Await("ready")
	p.Run("(async () => { await tccc.Call.startOutboundCall({phoneNumber: '10086'}); })()")
	id := p.Await("calloutAccepted").SessionID()
	p.Hears(harness.PhoneTone)
	return p, id
}

func leave(p *harness.Page, id string) {
	p.Run("(async (sessionId) => { await tccc.Call.hungUp({ sessionId }); })(%s)", id)
	p.Await("sessionEnded", "sessionId", id)
}

func TestPages(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	for name, head := range pages {
		t.Run(name, func(t *testing.T) {
			p, id := enter(t, g, head, ways["element"])
			assert.True(t, harness.Eval[bool](p, "tccc === window.tccc && typeof tccc.on === 'function'"))
			leave(p, id)
			want := 0
			if name == "blocked storage" {
				want = 1 // that a reload will find nothing is said once
			}
			assert.Equal(t, want, harness.Eval[int](p, "harness.events.filter((e) => e.name === 'error').length"))
		})
	}
}

func TestLoadedLate(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	for name, way := range ways {
		t.Run(name, func(t *testing.T) {
			p, id := enter(t, g, "", way)
			leave(p, id)
		})
	}
}

// TestExchange exchanges what the page consists of, in a call, and then takes
// the root away, which is meant.
func TestExchange(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	p, id := enter(t, g, "", ways["element"])
	p.Run("void (window.root = document.getElementById('tcccSdkDomRoot'))")
	for _, exchange := range []string{
		`const b = document.createElement('body'); b.innerHTML = '<h1>new</h1><p>more</p>'; document.body.replaceWith(b);`,
		`document.body.innerHTML = '<h1>new</h1><p>more</p>';`,
		`[...document.body.children].forEach((c) => { if (c.tagName !== 'H1') c.remove(); });`,
		`document.body.replaceChildren(document.createElement('h1'));`,
		`const r = document.getElementById('tcccSdkDomRoot'); r.remove(); setTimeout(() => document.body.append(r), 30);`,
		`document.open(); document.write('<body><h1>new</h1></body>'); document.close();`,
	} {
		p.Run("(() => {" + exchange + "})()")
		p.AwaitTrue("document.body && root.isConnected && document.querySelectorAll('t3c-sdk').length === 1")
		p.Run("new Promise((done) => setTimeout(() => done(1), 300))") // what the removal might have set off
		assert.True(t, harness.Eval[bool](p, "root.isConnected && tccc.Agent.getStatus() !== 'offline'"), exchange)
		p.Hears(harness.PhoneTone)
	}
	assert.NotContains(t, p.Names(), "sessionEnded")
	p.Run("void document.getElementById('tcccSdkDomRoot').remove()")
	p.Await("sessionEnded", "sessionId", id)
	p.AwaitTrue("harness.sockets.every((s) => s.readyState === WebSocket.CLOSED) && harness.microphones.every((m) => m.readyState === 'ended')")
}
