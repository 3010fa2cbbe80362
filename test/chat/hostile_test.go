package chat

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/test/harness"
	"tccc/wire"
)

// raw is a customer's socket that says what it likes.
type raw struct {
	t   *testing.T
	ctx context.Context
	ws  *websocket.Conn
}

func dial(t *testing.T, g *harness.Gateway) *raw {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), harness.Patience)
	t.Cleanup(cancel)
	ws, _, err := websocket.Dial(ctx, "ws://"+g.HTTP+"/ws/visitor",
		&websocket.DialOptions{Subprotocols: []string{wire.VisitorProtocol}})
	require.NoError(t, err)
	ws.SetReadLimit(wire.MaxFrame)
	t.Cleanup(func() { _ = ws.CloseNow() })
	return &raw{t, ctx, ws}
}

// ask sends a text and reads until an answer, or the end, which is nil.
func (r *raw) ask(text string) *wire.Frame {
	r.t.Helper()
	if r.ws.Write(r.ctx, websocket.MessageText, []byte(text)) != nil {
		return nil
	}
	for {
		_, data, err := r.ws.Read(r.ctx)
		if err != nil {
			require.NoError(r.t, r.ctx.Err(), "neither an answer nor the end: %.200s", text)
			return nil
		}
		f, err := wire.Decode(data)
		require.NoError(r.t, err, "%s", data)
		if f.ID != 0 || f.Method == "error" {
			return f
		}
	}
}

func (r *raw) hello() wire.HelloResult {
	r.t.Helper()
	f := r.ask(`{"jsonrpc":"2.0","id":1,"method":"hello"}`)
	require.NotNil(r.t, f)
	require.Nil(r.t, f.Error)
	var h wire.HelloResult
	require.NoError(r.t, json.Unmarshal(f.Result, &h))
	return h
}

// TestHostileCustomers sends nonsense before and after hello, and tries what
// belongs to others. A chat next to it goes on.
func TestHostileCustomers(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	a := harness.Agent(t, g, "agent1@demo")
	c := customer(t, g.URL+"/customer.html?skillGroupId=sales")
	write(c, "hello")
	id := accept(a)
	before := g.Metric(t, "go_goroutines")

	garbage := make([]byte, 1000)
	_, _ = rand.Read(garbage)
	for _, text := range []string{
		"", "x", "null", "[]", "{", `{"jsonrpc":"2.0"}`, `{"jsonrpc":"2.0","id":-1,"method":"hello"}`, string(garbage),
		strings.Repeat("[", 100_000), `{"jsonrpc":"2.0","id":1,"method":"hello","params":{"sdkAppId":{}}}`,
		`{"jsonrpc":"2.0","id":1,"method":"hello","params":{"userSig":"x","userId":"y"}}`,
		`{"jsonrpc":"2.0","id":1,"method":"hello","params":{"nickname":"` + strings.Repeat("x", 200_000) + `"}}`,
		strings.Repeat(" ", wire.MaxFrame+1),
	} {
		f := dial(t, g).ask(text)
		if f != nil {
			assert.True(t, f.Error != nil || f.Method == "error", "%.100s was taken", text)
		}
	}
	for _, method := range []string{"start", "send", "messages", "read", "delivered", "typing", "upload", "offer",
		"end", "nonsense", "chat.send", "login"} {
		r := dial(t, g)
		r.hello()
		for i, params := range []string{
			`[]`, `"x"`, `7`, `{"sessionId":7}`, `{"sessionId":"../x"}`, `{"type":"phone"}`, `{"type":{}}`,
			`{"text":[]}`, `{"seq":-1}`, `{"limit":1e99}`,
			`{"sessionId":"` + id + `","id":"x","text":"stolen","seq":1,"typing":true,"name":"a","size":1,"sdp":"v=0"}`,
			`{"sessionId":"` + strings.Repeat("x", 100_000) + `","id":"x","text":"y"}`,
			`{"sessionId":"\u0000","id":"\u0000","text":"\u0000"}`,
		} {
			f := r.ask(fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":%q,"params":%s}`, i+2, method, params))
			if assert.NotNil(t, f, "%s %.100s", method, params) {
				assert.NotNil(t, f.Error, "%s %.100s gave %s", method, params, f.Result)
			}
		}
	}
	flood := dial(t, g)
	flood.hello()
	for range 2000 {
		if flood.ws.Write(flood.ctx, websocket.MessageText, []byte(`{"jsonrpc":"2.0","id":9,"method":"ping"}`)) != nil {
			break
		}
	}

	for _, path := range []string{"/files/", "/files/upload/", "/files/upload/x", "/files/../config",
		"/files/aaaaaaaaaaaaaaaaaaaaaaaaaa?exp=9999999999&sig=00"} {
		for _, method := range []string{"GET", "POST", "PUT", "DELETE"} {
			req, err := http.NewRequestWithContext(t.Context(), method, g.URL+path, io.LimitReader(rand.Reader, 1<<20))
			require.NoError(t, err)
			resp, err := http.DefaultClient.Do(req)
			if err != nil {
				continue // the door was shut while the body was on its way
			}
			assert.GreaterOrEqual(t, resp.StatusCode, 300, "%s %s", method, path)
			_ = resp.Body.Close()
		}
	}

	write(c, "still here")
	a.Await("messageReceived", "text", "still here")
	for _, m := range messages(a, id) {
		assert.NotContains(t, m.Text, "stolen")
	}
	g.AwaitMetric(t, "tccc_visitor_sockets", func(n float64) bool { return n < 30 })
	g.AwaitMetric(t, "go_goroutines", func(n float64) bool { return n < before+100 })
}
