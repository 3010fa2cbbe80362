package pages

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"tccc/test/harness"
)

// TestStrictPages loads the SDK where the page restricts scripts, changes what
// addresses are relative to, or stands between the SDK and the network.
func TestStrictPages(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	site := harness.CustomerSite()
	site.File("/worker.js", harness.File{Kind: "text/javascript", Body: []byte(`
		addEventListener('install', () => skipWaiting());
		addEventListener('activate', (e) => e.waitUntil(clients.claim()));
		addEventListener('fetch', (e) => e.respondWith((async () => {
			const kept = await caches.match(e.request);
			if (kept) return kept;
			const fresh = await fetch(e.request);
			if (e.request.method === 'GET') await (await caches.open('all')).put(e.request, fresh.clone());
			return fresh;
		})()));`)})
	const add = `const s = document.createElement('script'); s.onload = ok; s.onerror = no; s.src = u; document.head.append(s);`
	for name, c := range map[string]struct{ head, policy, load string }{
		"strict-dynamic": {"", "script-src 'nonce-abc' 'strict-dynamic' 'wasm-unsafe-eval'; object-src 'none'; base-uri 'none'", add},
		"trusted types": {
			"", "script-src http: 'wasm-unsafe-eval'; require-trusted-types-for 'script'; trusted-types page",
			`const s = document.createElement('script'); s.onload = ok; s.onerror = no;
			s.src = trustedTypes.createPolicy('page', { createScriptURL: (x) => x }).createScriptURL(u); document.head.append(s);`,
		},
		"base":            {`<base href="http://127.0.0.1:9/elsewhere/" target="_blank">`, "", add},
		"import map":      {`<script type="importmap">{"imports": {"/sdk/": "/nowhere/", "tccc": "/nowhere.js"}}</script>`, "", add},
		"async and defer": {"", "", `document.head.append(document.createRange().createContextualFragment('<script async defer id="sdk" src="' + u.replace(/&/g, '&amp;') + '"></' + 'script>')); sdk.onload = ok; sdk.onerror = no;`},
		"service worker": {"", "", `navigator.serviceWorker.register('/worker.js').then(() => navigator.serviceWorker.ready)
			.then(() => navigator.serviceWorker.controller || new Promise((there) => { navigator.serviceWorker.oncontrollerchange = there; })).then(() => { ` + add + ` }, no);`},
	} {
		t.Run(name, func(t *testing.T) {
			s := beside(t)
			p := harness.NewPage(t, site.Origin+
				site.Page("<!doctype html><html><head>"+c.head+"</head><body></body></html>", c.policy))
			load := func() {
				p.Run("((u) => new Promise((ok, no) => { "+c.load+" }))(%s).then(() => { harness.record(); })",
					g.Login(t, s.user).SDKURL)
				p.Await("ready")
			}
			load()
			dial(p)
			hangUp(p)
			p.Run("(async () => { await tccc.getDiagnostics(); })()")
			if name == "service worker" {
				p.Reload()
				load()
				dial(p)
				hangUp(p)
			}
			assert.NotContains(t, p.Names(), "error")
		})
	}
}
