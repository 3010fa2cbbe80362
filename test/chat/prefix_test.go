package chat

import (
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/test/harness"
)

// TestBelowAPath reaches everything below a path of another server, whether
// its reverse proxy takes the path away or leaves it.
func TestBelowAPath(t *testing.T) {
	for name, strip := range map[string]bool{"taken away": true, "left": false} {
		t.Run(name, func(t *testing.T) {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			require.NoError(t, err)
			base := "http://" + l.Addr().String() + "/a/cc"
			g := harness.StartGateway(t,
				harness.GatewayOptions{Env: []string{"TCCC_PUBLICURL=" + base + "/", "TCCC_TRUSTEDPROXIES=127.0.0.1"}})
			serveBelow(t, l, g, strip)

			a := harness.Agent(t, g, "agent1@demo")
			assert.True(t, harness.Eval[bool](a,
				"performance.getEntriesByType('resource').some((e) => e.name.startsWith('"+base+"/sdk/tcccSdk.js'))"))
			c := customer(t, base+"/customer.html?skillGroupId=sales")
			write(c, "hello")
			id := accept(a)
			c.Run(`(() => {
				const all = new DataTransfer();
				all.items.add(new File(['the words'], 'words.txt', { type: 'text/plain' }));
				const input = document.querySelector('input[type=file]');
				input.files = all.files;
				input.dispatchEvent(new Event('change', { bubbles: true }));
			})()`)
			a.Await("messageReceived", "sessionId", id, "type", "file")
			all := messages(a, id)
			link := all[len(all)-1].File.URL
			assert.True(t, strings.HasPrefix(link, base+"/files/"), link)
			assert.Equal(t, "the words", harness.Eval[string](a, "fetch('"+link+"').then((r) => r.text())"))
			a.Do("tccc.Chat.sendFile({sessionId: %s, file: new File(['an answer'], 'answer.txt', {type: 'text/plain'})})", id)
			c.AwaitTrue(`document.querySelector('#log .theirs a[href^="` + base + `/files/"]')`)

			desk := harness.NewPage(t, base)
			desk.AwaitTrue("document.querySelector('button') && document.styleSheets.length > 0 && location.pathname === '/a/cc/'")
			phone := harness.NewPage(t, base+"/phone.html")
			phone.AwaitTrue("document.styleSheets.length > 0")
			for _, path := range []string{"/a/ccc", "/a/cc.txt", "/a"} {
				r, err := http.Get(g.URL + path)
				require.NoError(t, err)
				require.NoError(t, r.Body.Close())
				assert.Equal(t, http.StatusNotFound, r.StatusCode, path)
			}
		})
	}
}

// serveBelow is a reverse proxy that has the gateway below /a/cc, and nothing else.
func serveBelow(t *testing.T, l net.Listener, g *harness.Gateway, strip bool) {
	to, err := url.Parse(g.URL)
	require.NoError(t, err)
	var h http.Handler = &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(to)
		r.Out.Host = r.In.Host
		r.SetXForwarded()
	}}
	if strip {
		h = http.StripPrefix("/a/cc", h)
	}
	mux := http.NewServeMux()
	mux.Handle("/a/cc/", h)
	server := &http.Server{Handler: mux}
	go func() { _ = server.Serve(l) }()
	t.Cleanup(func() { server.Close() })
}
