package load

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/test/harness"
	"tccc/wire"
)

// between is a proxy in front of a gateway that does something else than pass
// on with the requests that wrong answers, while it is on.
type between struct {
	*httptest.Server
	on atomic.Bool
}

func newBetween(t *testing.T, g *harness.Gateway,
	wrong func(pass http.Handler, w http.ResponseWriter, r *http.Request) bool) *between {
	t.Helper()
	target, err := url.Parse(g.URL)
	require.NoError(t, err)
	pass := httputil.NewSingleHostReverseProxy(target)
	pass.ErrorHandler = func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) }
	b := &between{}
	b.on.Store(true)
	b.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !b.on.Load() || !wrong(pass, w, r) {
			pass.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(func() {
		b.CloseClientConnections()
		b.Close()
	})
	return b
}

func (b *between) through(g *harness.Gateway, sdkURL string) string {
	return strings.Replace(sdkURL, g.URL, b.URL, 1)
}

// of makes a fault that meets the paths with this suffix only.
func of(suffix string, fault func(pass http.Handler, w http.ResponseWriter, r *http.Request)) func(http.Handler,
	http.ResponseWriter, *http.Request) bool {
	return func(pass http.Handler, w http.ResponseWriter, r *http.Request) bool {
		if !strings.HasSuffix(r.URL.Path, suffix) {
			return false
		}
		fault(pass, w, r)
		return true
	}
}

// drop closes the connection without an answer.
func drop(_ http.Handler, w http.ResponseWriter, _ *http.Request) {
	if c, _, err := http.NewResponseController(w).Hijack(); err == nil {
		_ = c.Close()
	}
}

// hang never answers.
func hang(_ http.Handler, _ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }

// TestProgramDoesNotLoad: the agent is not there, the page is told at once what
// is wrong, and calls fail with it. Once the program can be had the page is ready.
func TestProgramDoesNotLoad(t *testing.T) {
	for name, fault := range map[string]func(http.Handler, http.ResponseWriter, *http.Request){
		"404": func(_ http.Handler, w http.ResponseWriter, r *http.Request) { http.NotFound(w, r) },
		"a page": func(_ http.Handler, w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte("<html>blocked</html>"))
		},
		"forbidden": func(_ http.Handler, w http.ResponseWriter,
			_ *http.Request) {
			w.WriteHeader(http.StatusForbidden)
		},
		"dropped": drop,
		"no CORS": func(pass http.Handler, w http.ResponseWriter, r *http.Request) {
			pass.ServeHTTP(withoutCORS{w}, r)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel() // they wait for further tries
			g := harness.StartGateway(t, harness.GatewayOptions{})
			b := newBetween(t, g, of(".wasm", fault))
			p := harness.Blank(t)
			for _, text := range []string{"Failed to load", "WebAssembly", "CORS", "net::ERR", "has been blocked"} {
				p.AllowError(text)
			}
			p.Load(b.through(g, g.Login(t, "agent1@demo").SDKURL), nil)
			p.Await("statusChanged", "status", "offline")
			e := p.Await("error", "code", wire.ErrLoad.Code)
			assert.NotEmpty(t, e.Text("detail"))
			assert.Equal(t, "offline", harness.Eval[string](p, "tccc.Agent.getStatus()"))
			assert.NotContains(t, p.Names(), "ready")
			assert.Zero(t, g.Metric(t, `tccc_agents{app="1400000001",status="free"}`), "nobody can be offered anything")
			assert.Equal(t, wire.ErrLoad.Code, p.Fail("tccc.Agent.setStatus({status: 'free'})").Code)
			b.on.Store(false)
			assert.Equal(t, "free", p.Await("ready").Status, "it goes on trying")
		})
	}
}

// TestProgramIsTriedAgain: after a long outage calls fail at once, and when the
// network is back the page is ready without being loaded again.
func TestProgramIsTriedAgain(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	b := newBetween(t, g, of(".wasm", drop))
	p := harness.Blank(t)
	for _, text := range []string{"Failed to load", "net::ERR"} {
		p.AllowError(text)
	}
	// The first tries follow each other quickly; the last one is far away.
	p.Run(`void (() => { const own = window.setTimeout; window.tries = 0;
		window.setTimeout = (f, ms, ...rest) => own(f, [500, 1000, 2000, 4000, 8000].includes(ms) ? ms / 20 : ms === 16000 ? (tries++, 1e6) : ms, ...rest);
		window.addEventListener('online', () => { window.setTimeout = own; }); })()`)
	p.Load(b.through(g, g.Login(t, "agent1@demo").SDKURL), nil)
	p.Await("error", "code", wire.ErrLoad.Code)
	p.AwaitTrue("tries > 0")
	assert.Equal(t, wire.ErrLoad.Code, p.Fail("tccc.Agent.setStatus({status: 'free'})").Code)
	b.on.Store(false)
	p.Run("void dispatchEvent(new Event('online'))")
	assert.Equal(t, "free", p.Await("ready").Status)
	p.Do("tccc.Call.startOutboundCall({phoneNumber: '10086'})")
	p.Await("calloutAccepted")
	p.Hears(harness.PhoneTone)
	assert.Equal(t, 1, harness.Eval[int](p, "harness.events.filter((e) => e.name === 'error').length"),
		"it is told once")
}

// TestProgramRefusedByCORS: a wrapper of the page adds a header that whoever is
// in front of the gateway does not allow.
func TestProgramRefusedByCORS(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	b := newBetween(t, g, func(_ http.Handler, w http.ResponseWriter, r *http.Request) bool {
		if r.Method != http.MethodOptions {
			return false
		}
		w.WriteHeader(http.StatusForbidden)
		return true
	})
	p := harness.Blank(t)
	for _, text := range []string{"Failed to load", "CORS", "has been blocked"} {
		p.AllowError(text)
	}
	p.Run(`void (() => { const own = window.fetch; window.fetch = (url, o) => own(url, { ...o, headers: { 'X-Trace': '1' } }); })()`)
	p.Load(b.through(g, g.Login(t, "agent1@demo").SDKURL), nil)
	e := p.Await("error", "code", wire.ErrLoad.Code)
	assert.Contains(t, e.Text("detail"), "because of CORS")
	assert.Contains(t, e.Text("detail"), b.URL)
}

// withoutCORS leaves out what lets pages of other origins read an answer.
type withoutCORS struct{ http.ResponseWriter }

func (w withoutCORS) WriteHeader(status int) {
	w.Header().Del("Access-Control-Allow-Origin")
	w.ResponseWriter.WriteHeader(status)
}

// TestFirstConnectionFails: the page is told what to do within five seconds, a
// call ends with an error, and the SDK goes on trying.
func TestFirstConnectionFails(t *testing.T) {
	silent := func(_ http.Handler, w http.ResponseWriter, r *http.Request) {
		ws, err := websocket.Accept(w, r,
			&websocket.AcceptOptions{Subprotocols: []string{wire.Subprotocol}, InsecureSkipVerify: true})
		if err == nil {
			for err == nil {
				_, _, err = ws.Read(r.Context())
			}
			_ = ws.CloseNow()
		}
	}
	socketOnly := func(fault func(http.Handler, http.ResponseWriter, *http.Request)) func(http.Handler,
		http.ResponseWriter, *http.Request) bool {
		return func(pass http.Handler, w http.ResponseWriter, r *http.Request) bool {
			if r.Header.Get("Sec-WebSocket-Key") == "" {
				return false
			}
			fault(pass, w, r)
			return true
		}
	}
	for name, c := range map[string]struct {
		wrong func(http.Handler, http.ResponseWriter, *http.Request) bool
		want  *wire.Error
	}{
		"dropped":             {of("/ws/agent", drop), wire.ErrDisconnected},
		"hanging":             {of("/ws/agent", hang), wire.ErrDisconnected},
		"sockets are dropped": {socketOnly(drop), wire.ErrNoWebSocket},
		"sockets hang":        {socketOnly(hang), wire.ErrNoWebSocket},
		"silent":              {socketOnly(silent), wire.ErrDisconnected},
		"Upgrade is stripped": {socketOnly(func(pass http.Handler, w http.ResponseWriter, r *http.Request) {
			r.Header.Del("Upgrade")
			r.Header.Del("Connection")
			pass.ServeHTTP(w, r)
		}), wire.ErrNoWebSocket},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel() // they wait for the deadline of a call
			g := harness.StartGateway(t, harness.GatewayOptions{})
			b := newBetween(t, g, c.wrong)
			p := harness.Blank(t)
			for _, text := range []string{"WebSocket connection to", "net::ERR", "Failed to load"} {
				p.AllowError(text)
			}
			p.Load(b.through(g, g.Login(t, "agent1@demo").SDKURL), nil)
			p.Run("void (window.dialled = harness.caught(tccc.Call.startOutboundCall({phoneNumber: '10086'})))")
			e := p.Await("error", "name", c.want.Name)
			assert.NotEmpty(t, e.Text("remedy"))
			assert.Equal(t, "offline", harness.Eval[string](p, "tccc.Agent.getStatus()"))
			r := harness.Eval[harness.Outcome](p, "dialled").Rejected
			require.NotNil(t, r)
			assert.Equal(t, wire.ErrNotLoggedIn.Code, r.Code)
			b.on.Store(false)
			b.CloseClientConnections()
			assert.Equal(t, "free", p.Await("ready").Status)
			said := 0
			if name == "Upgrade is stripped" {
				said = 1
			}
			assert.Equal(t, said, strings.Count(g.Log(), "a page did not get a socket"))
		})
	}
}
