package pages

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/test/harness"
)

// wrappers are what monitors and other code put around fetch and
// XMLHttpRequest.
var wrappers = map[string]string{
	"trace headers on fetch": `const f = fetch; window.fetch = (input, init = {}) => {
		const headers = new Headers(init.headers);
		headers.set('sentry-trace', '771a43a4192642f0b136d5159a501700-b7ad6b7169203331-1');
		headers.set('baggage', 'sentry-environment=production');
		headers.set('traceparent', '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01');
		return f(input, { ...init, headers });
	};`,
	"authorization on fetch": `const f = fetch; window.fetch = (input, init = {}) =>
		f(input, { ...init, headers: { ...init.headers, Authorization: 'Bearer x', 'X-Requested-With': 'XMLHttpRequest' } });`,
	"credentials on fetch": `const f = fetch; window.fetch = (input, init) => f(input, { ...init, credentials: 'include' });`,
	"headers and credentials on XMLHttpRequest": `const send = XMLHttpRequest.prototype.send; XMLHttpRequest.prototype.send = function (body) {
		this.withCredentials = true;
		this.setRequestHeader('Authorization', 'Bearer x');
		this.setRequestHeader('X-Requested-With', 'XMLHttpRequest');
		return send.call(this, body);
	};`,
	"fetch on XMLHttpRequest": `window.fetch = (url) => new Promise((ok, no) => {
		const x = new XMLHttpRequest();
		x.open('GET', url);
		x.responseType = 'arraybuffer';
		x.withCredentials = true;
		x.setRequestHeader('sw8', '1');
		x.onload = () => ok({ ok: x.status < 300, status: x.status, arrayBuffer: async () => x.response });
		x.onerror = () => no(new TypeError('Network request failed'));
		x.send();
	});`,
}

func TestWrappedRequests(t *testing.T) {
	site := harness.CustomerSite()
	g := harness.StartGateway(t, harness.GatewayOptions{})
	for name, wrapper := range wrappers {
		t.Run(name, func(t *testing.T) {
			works(t, g, site.Page("<!doctype html><body><script>"+wrapper+"</script></body>", ""), "anonymous")
		})
	}
	t.Run("a script with credentials", func(t *testing.T) {
		works(t, g, site.Page("<!doctype html><body></body>", ""), "use-credentials")
	})
}

// TestSkyWalking is the browser agent of Apache SkyWalking with its defaults.
func TestSkyWalking(t *testing.T) {
	harness.NPM(t, ".")
	agent, err := os.ReadFile(filepath.Join("node_modules", "skywalking-client-js", "lib", "index.js"))
	require.NoError(t, err)
	site := harness.CustomerSite()
	site.File("/skywalking.js", harness.File{Kind: "text/javascript", Body: agent})
	for _, path := range []string{"/browser/perfData", "/browser/errorLog", "/browser/errorLogs", "/v3/segments"} {
		site.File(path, harness.File{Kind: "application/json", Body: []byte("{}")})
	}
	p := works(t, harness.StartGateway(t, harness.GatewayOptions{}), site.Page(`<!doctype html><body><script src="/skywalking.js"></script>
		<script>ClientMonitor.register({ collector: location.origin, service: 'desk', pagePath: '/desk', serviceVersion: 'v1', enableSPA: true });</script>
		</body>`, ""), "anonymous")
	assert.NotContains(t, harness.Eval[string](p, "String(window.fetch)"), "native code", "it has wrapped fetch")
}

// works goes through what asks the gateway over HTTP: the script, the program,
// the tools, and a file.
func works(t *testing.T, g *harness.Gateway, path, crossorigin string) *harness.Page {
	t.Helper()
	p := harness.NewPage(t, harness.CustomerSite().Origin+path)
	p.Load(g.Login(t, "agent1@demo").SDKURL, map[string]string{"crossorigin": crossorigin})
	p.Await("ready")
	p.Do("tccc.Call.startOutboundCall({phoneNumber: '10086'})")
	ended := p.Await("calloutAccepted").SessionID()
	p.Hears(440)
	p.Do("tccc.Call.hungUp({sessionId: %s})", ended)
	p.Await("sessionEnded", "sessionId", ended)
	p.Run("tccc.getDiagnostics()")

	var visit struct{ SessionID string }
	g.Post(t, "/demo/visitor/start", map[string]string{
		"type": "im", "userId": t.Name(), "nickname": "Eve", "skillGroupId": "sales", "text": "Hello",
	}, &visit)
	chat := visit.SessionID
	p.Await("callIn", "sessionId", chat)
	p.Do("tccc.Chat.accept({sessionId: %s})", chat)
	p.Do("tccc.Chat.sendFile({sessionId: %s, file: new File(['hello'], 'a.txt', {type: 'text/plain'})})", chat)
	p.Do("tccc.Chat.end({sessionId: %s})", chat)
	p.Run("document.getElementById('tcccSdkDomRoot').remove()")
	return p
}
