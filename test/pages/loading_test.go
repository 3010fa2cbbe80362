package pages

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"tccc/test/harness"
	"tccc/wire"
)

// TestLoaders loads the SDK in other ways than by an element with its address.
func TestLoaders(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	head := fmt.Sprintf(`<script src="%s"></script>`, packaged(t, "jquery/dist/jquery.js"))
	add := `const s = document.createElement('script'); s.onload = ok; s.onerror = no; `
	for name, load := range map[string]string{
		"jQuery":            `return $.getScript(u);`,
		"jQuery, evaluated": `return fetch(u).then((r) => r.text()).then((t) => { $.globalEval(t); });`,
		"import":            `return import(u);`,
		"module": `return new Promise((ok, no) => { ` + add +
			`s.type = 'module'; s.crossOrigin = 'anonymous'; s.src = u; document.head.append(s); });`,
		"inline": `return fetch(u).then((r) => r.text()).then((t) => { const s = document.createElement('script'); s.text = t; document.head.append(s); });`,
		"blob": `return fetch(u).then((r) => r.blob()).then((b) => new Promise((ok, no) => { ` + add +
			`s.src = URL.createObjectURL(b); document.head.append(s); }));`,
		"eval":         `return fetch(u).then((r) => r.text()).then((t) => { (0, eval)(t); });`,
		"new Function": `return fetch(u).then((r) => r.text()).then((t) => { new Function(t)(); });`,
		"removed at once": `return new Promise((ok, no) => { ` + add +
			`s.src = u; document.head.append(s); s.remove(); });`,
		"data attribute":        `return fetch(u).then((r) => r.text()).then((t) => { performance.clearResourceTimings(); const s = document.createElement('script'); s.text = t; s.dataset.sdkUrl = u; document.head.append(s); });`,
		"another element's":     `return fetch(u).then((r) => r.text()).then((t) => { performance.clearResourceTimings(); document.body.dataset.sdkUrl = u; (0, eval)(t); });`,
		"inline with a src":     `return fetch(u).then((r) => r.text()).then((t) => { const s = document.createElement('script'); Object.defineProperty(s, 'src', { get: () => u }); s.text = t; document.head.append(s); });`,
		"onload called by hand": `return fetch(u).then((r) => r.text()).then((t) => { const s = document.createElement('script'); Object.defineProperty(s, 'src', { get: () => u }); s.onload = () => { window.called = true; }; s.text = t; document.head.append(s); s.onload(); });`,
	} {
		t.Run(name, func(t *testing.T) {
			s := beside(t)
			p := open(t, head, "")
			p.Run("((u) => { "+load+" })(%s).then(() => { harness.record(); })", g.Login(t, s.user).SDKURL)
			p.Await("ready")
			dial(p)
			hangUp(p)
		})
	}
}

// TestNoAddress evaluates the text where nothing tells where it is from.
func TestNoAddress(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	p := open(t, "", "")
	p.Run(`fetch(%s).then((r) => r.text()).then((t) => { performance.clearResourceTimings(); (0, eval)(t); harness.record(); })`, g.Login(t, "agent1@demo").SDKURL)
	e := p.Await("error", "code", wire.ErrInvalidOptions.Code)
	assert.Equal(t, "data-sdk-url", e.Text("field"))
	assert.Contains(t, e.Text("detail"), "data-sdk-url")
	assert.Contains(t, p.Fail("tccc.Agent.setStatus({status: 'free'})").ErrorMsg, "data-sdk-url")
	assert.Empty(t, harness.Eval[[]string](p,
		"performance.getEntriesByType('resource').map((e) => e.name).filter((n) => n.includes('.wasm'))"),
		"nothing is guessed")
}

// TestQiankun mounts an application that loads the SDK in qiankun's sandbox, and
// takes it out again.
func TestQiankun(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	site := harness.CustomerSite()
	head := fmt.Sprintf(`<script src="%s"></script>`, packaged(t, "qiankun/dist/index.umd.js"))
	for name, hear := range map[string]string{"onload": "s.onload = done",
		"listener": "s.addEventListener('load', done)"} {
		t.Run(name, func(t *testing.T) {
			src := g.Login(t, "agent1@demo").SDKURL
			app := strings.NewReplacer("SRC", src, "HEAR", hear).Replace(`<!doctype html><html><head></head><body><p>app</p><script>
				window.app = {
					bootstrap: async () => {},
					mount: async () => {
						const real = (0, eval)('window');
						real.sub = window;
						const s = document.createElement('script');
						const done = () => ['ready', 'sessionEnded', 'error'].forEach((name) => window.tccc.on(name, (e) => real.heard.push(name + (e.errorMsg || ''))));
						s.crossOrigin = 'anonymous';
						HEAR;
						s.src = 'SRC';
						document.body.appendChild(s);
					},
					unmount: async () => { document.getElementById('tcccSdkDomRoot').remove(); },
				};
			</script></body></html>`)
			p := open(t, head, `<div id="sub"></div>`)
			p.Run("void (window.heard = [], window.micro = qiankun.loadMicroApp({ name: 'app', entry: %s, container: '#sub' }, { sandbox: true }))", site.Origin+site.Page(app, ""))
			p.AwaitTrue("heard.includes('ready')")
			assert.False(t, harness.Eval[bool](p, "heard.some((h) => h.startsWith('error'))"), "nothing is wrong")
			p.Run("sub.tccc.Call.startOutboundCall({phoneNumber: '10086'}).then(() => {})")
			p.Hears(harness.PhoneTone)
			p.Run("micro.unmount().then(() => {})")
			p.AwaitTrue("heard.includes('sessionEnded') && !document.querySelector('t3c-sdk')")
			p.AwaitTrue("harness.sockets.every((s) => s.readyState === WebSocket.CLOSED)")
		})
	}
}
