package gateway

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/gateway/config"
	"tccc/wire"
)

// ask sends a GET and gives status, header and body.
func ask(t *testing.T, url string, header ...string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	require.NoError(t, err)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	c := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	res, err := c.Do(r)
	require.NoError(t, err)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	return res, string(text)
}

func TestMetricsHaveADoorOfTheirOwn(t *testing.T) {
	const token = "a token of sixteen characters"
	g := startDemo(t, func(c *config.Config) {
		c.Metrics = config.Metrics{Listen: "127.0.0.1:0", Token: config.NewSecret(token)}
	})
	own := "http://" + g.MetricsAddr() + "/metrics"
	res, _ := ask(t, own)
	assert.Equal(t, http.StatusUnauthorized, res.StatusCode)
	res, _ = ask(t, own, "Authorization", "Bearer wrong")
	assert.Equal(t, http.StatusUnauthorized, res.StatusCode)
	res, text := ask(t, own, "Authorization", "Bearer "+token)
	assert.Equal(t, http.StatusOK, res.StatusCode)
	assert.Contains(t, text, `tccc_security_events_total{action="token",door="metrics",result="refused"} 1`)
	res, _ = ask(t, "http://"+g.MetricsAddr()+"/healthz")
	assert.Equal(t, http.StatusOK, res.StatusCode)
	res, _ = ask(t, g.URL()+"/metrics", "Authorization", "Bearer "+token)
	assert.Equal(t, http.StatusNotFound, res.StatusCode, "not at the customers' port")
	res, _ = ask(t, "http://"+g.MetricsAddr()+"/sdk/tcccSdk.js")
	assert.Equal(t, http.StatusNotFound, res.StatusCode, "and nothing else here")
}

// TestCustomersBehindAProxyHaveLimitsOfTheirOwn opens silent sockets for
// customers of different addresses behind one reverse proxy.
func TestCustomersBehindAProxyHaveLimitsOfTheirOwn(t *testing.T) {
	dial := func(g *Gateway, client string) error {
		ws, _, err := websocket.Dial(t.Context(), "ws://"+g.HTTPAddr()+"/ws/visitor", &websocket.DialOptions{
			Subprotocols: []string{wire.VisitorProtocol}, HTTPHeader: http.Header{"X-Forwarded-For": {client}},
		})
		if err == nil {
			t.Cleanup(func() { _ = ws.CloseNow() })
		}
		return err
	}
	trusting := startDemo(t, func(c *config.Config) { c.TrustedProxies = []string{"127.0.0.1"} })
	for range 50 {
		require.NoError(t, dial(trusting, "203.0.113.1"))
	}
	assert.Error(t, dial(trusting, "203.0.113.1"), "one address has its share")
	assert.NoError(t, dial(trusting, "203.0.113.2"), "another one is not concerned")

	strict := startDemo(t, func(*config.Config) {})
	for range 50 {
		require.NoError(t, dial(strict, "203.0.113.1"))
	}
	assert.Error(t, dial(strict, "203.0.113.2"), "a stranger's header counts for nothing")
}

func TestDemoPagesAreTheDemos(t *testing.T) {
	g := startDemo(t, func(*config.Config) {})
	for _, page := range []string{"/", "/phone.html", "/customer.html", "/customer.js"} {
		res, _ := ask(t, g.URL()+page)
		assert.Equal(t, http.StatusOK, res.StatusCode, page)
		assert.NotContains(t, res.Header.Get("Content-Security-Policy"), "ws: ", page)
	}
	g = startDemo(t, func(c *config.Config) { c.Demo = false })
	for page, want := range map[string]int{
		"/": http.StatusNotFound, "/index.html": http.StatusNotFound, "/phone.html": http.StatusNotFound,
		"/desk.js": http.StatusNotFound, "/customer.html": http.StatusOK, "/customer.js": http.StatusOK,
		"/customer-call.css": http.StatusOK,
	} {
		res, _ := ask(t, g.URL()+page)
		assert.Equal(t, want, res.StatusCode, page)
	}
}

// TestSecurityEventsAreNoted knocks at the doors with wrong credentials.
func TestSecurityEventsAreNoted(t *testing.T) {
	var out lines
	conf := config.Demo()
	conf.Listen, conf.SIP.Listen, conf.Data = "127.0.0.1:0", "127.0.0.1:0", t.TempDir()
	conf.Operators.Password = config.NewSecret("a long enough password")
	g, err := Start(t.Context(), conf, slog.New(slog.NewTextHandler(&out, nil)))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, g.Close(context.WithoutCancel(t.Context()))) })

	const guess = "guessed-secret-text"
	post := func(path, body string, header ...string) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, g.URL()+path, strings.NewReader(body))
		require.NoError(t, err)
		for i := 0; i < len(header); i += 2 {
			r.Header.Set(header[i], header[i+1])
		}
		res, err := http.DefaultClient.Do(r)
		require.NoError(t, err)
		require.NoError(t, res.Body.Close())
	}
	for range 50 {
		ask(t, g.URL()+"/recordings/x.wav?exp=99999999999&sig="+guess)
	}
	ask(t, g.URL()+"/files/0123456789abcdef0123456789abcdef?exp=99999999999&sig="+guess)
	ask(t, g.URL()+"/files/x", "Origin", "https://evil.example")
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, g.URL()+"/ops/", nil)
	require.NoError(t, err)
	r.SetBasicAuth("x", guess)
	res, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	post("/", "{}", "Authorization", "TC3-HMAC-SHA256 Credential=AKIDdemo/2020-01-01/ccc/tc3_request, SignedHeaders=host, Signature="+guess, "X-TC-Action", "X", "X-TC-Timestamp", "1")
	post("/v4/desk_http_svc/get_session_state?sdkappid=1400000001&identifier=administrator&usersig="+guess+"&random=1",
		"{}")
	http.DefaultClient.CloseIdleConnections()

	_, text := ask(t, g.URL()+"/metrics")
	for _, want := range []string{
		`action="link",door="recordings",result="refused"} 50`,
		`action="link",door="files",result="refused"} 1`,
		`action="origin",door="files",result="refused"} 1`,
		`action="login",door="operators",result="refused"} 1`,
		`action="signature",door="cloudapi",result="refused"} 1`,
		`action="usersig",door="desk",result="refused"} 1`,
	} {
		assert.Contains(t, text, "tccc_security_events_total{"+want)
	}
	log := out.text()
	assert.LessOrEqual(t, strings.Count(log, "door=recordings"), 6, "what is repeated is not said each time")
	for _, door := range []string{"recordings", "files", "operators", "cloudapi", "desk"} {
		assert.Contains(t, log, "msg=audit door="+door)
	}
	assert.NotContains(t, log, guess)
}

// lines is what a log has said.
type lines struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lines) text() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
