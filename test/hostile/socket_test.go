package hostile

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/test/harness"
	"tccc/wire"
)

func dial(t *testing.T, g *harness.Gateway) (context.Context, *websocket.Conn) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), harness.Patience)
	t.Cleanup(cancel)
	c, _, err := websocket.Dial(ctx, "ws://"+g.HTTP+"/ws/agent",
		&websocket.DialOptions{Subprotocols: []string{wire.Subprotocol}})
	require.NoError(t, err)
	t.Cleanup(func() { _ = c.CloseNow() })
	return ctx, c
}

// answer reads until a response, a complaint about a message without an id,
// or the end of the socket.
func answer(ctx context.Context, c *websocket.Conn) (*wire.Frame, error) {
	for {
		_, data, err := c.Read(ctx)
		if err != nil {
			return nil, err
		}
		f := &wire.Frame{}
		if err := json.Unmarshal(data, f); err != nil {
			return nil, fmt.Errorf("the gateway sent %q: %w", data, err)
		}
		if f.Method == "error" {
			f.Error = &wire.Error{}
			if err := json.Unmarshal(f.Params, f.Error); err != nil {
				return nil, err
			}
		}
		if f.Result != nil || f.Error != nil {
			return f, nil
		}
	}
}

// frames are messages that no SDK sends.
func frames() map[string]string {
	return map[string]string{
		"empty": "", "text": "hello", "half": `{"jsonrpc":"2.0","id":1,"meth`, "null": "null", "number": "12",
		"list": "[]", "batch": `[{"jsonrpc":"2.0","id":1,"method":"login"}]`, "no version": `{"id":1,"method":"login"}`,
		"no login":       `{"jsonrpc":"2.0","id":1,"method":"agent.online"}`,
		"unknown":        `{"jsonrpc":"2.0","id":1,"method":"nonsense"}`,
		"bad id":         `{"jsonrpc":"2.0","id":"x","method":"login"}`,
		"negative id":    `{"jsonrpc":"2.0","id":-1,"method":"login"}`,
		"bad parameters": `{"jsonrpc":"2.0","id":1,"method":"login","params":[]}`,
		"wrong types":    `{"jsonrpc":"2.0","id":1,"method":"login","params":{"token":1,"sdkAppId":{}}}`,
		"wrong token":    `{"jsonrpc":"2.0","id":1,"method":"login","params":{"token":"00","sdkAppId":"1400000001"}}`,
		"wrong app":      `{"jsonrpc":"2.0","id":1,"method":"login","params":{"token":"00000000000000000000000000000000","sdkAppId":"9"}}`,
		"wrong resume": `{"jsonrpc":"2.0","id":1,"method":"login","params":{"token":"","sdkAppId":"1400000001","tabId":"x",
			"resume":{"secret":"guess","epoch":"e","seq":18446744073709551615}}}`,
		"an answer": `{"jsonrpc":"2.0","id":1,"result":{}}`, "deep": strings.Repeat("[", 100_000),
		"long":     `{"jsonrpc":"2.0","id":1,"method":"` + strings.Repeat("x", 200_000) + `"}`,
		"oversize": strings.Repeat(" ", wire.MaxFrame+1),
	}
}

// TestFirstMessage sends bad first messages: an error or the end, never a login.
func TestFirstMessage(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	for name, text := range frames() {
		t.Run(name, func(t *testing.T) {
			ctx, c := dial(t, g)
			require.NoError(t, c.Write(ctx, websocket.MessageText, []byte(text)))
			f, err := answer(ctx, c)
			if err == nil {
				require.NotNil(t, f.Error, "%+v", f)
				assert.NotZero(t, f.Error.Code)
				assert.NotEmpty(t, f.Error.Remedy)
				_, err = answer(ctx, c) // a socket that does not log in is closed
			}
			assert.NotEqual(t, websocket.StatusCode(-1), websocket.CloseStatus(err), "%v", err)
		})
	}
	ctx, c := dial(t, g)
	require.NoError(t, c.Write(ctx, websocket.MessageBinary, []byte{0, 1, 2}))
	_, err := answer(ctx, c)
	assert.NotEqual(t, websocket.StatusCode(-1), websocket.CloseStatus(err), "%v", err)
	p := harness.Agent(t, g, "agent1@demo")
	works(t, g, p)
}

// TestLoggedIn sends bad messages after a login.
func TestLoggedIn(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	bystander := harness.Agent(t, g, "agent2@demo")
	var bad []string
	for _, text := range frames() {
		bad = append(bad, text)
	}
	for _, method := range []string{
		wire.MethodLogin, wire.MethodOnline, wire.MethodSetStatus, wire.MethodCallStart, wire.MethodCallAccept,
		wire.MethodCallHangup, wire.MethodCallDelete, wire.MethodCallMute, wire.MethodCallHold, wire.MethodCallUnhold,
		wire.MethodCallDigits, wire.MethodMediaOffer,
	} {
		for _, params := range []string{
			`[]`, `"x"`, `{"sessionId":1}`, `{"sessionId":"../x"}`, `{"status":{}}`, `{"phoneNumber":[1]}`,
			`{"phoneNumber":"x\u0000"}`, `{"sdp":""}`, `{"sdp":"v=0"}`,
			`{"sdp":"v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n"}`,
			`{"sdp":12}`,
			`{"sdp":"` + strings.Repeat("a=x\\r\\n", 20_000) + `"}`,
		} {
			bad = append(bad, `{"jsonrpc":"2.0","id":7,"method":"`+method+`","params":`+params+`}`)
		}
	}
	for _, text := range bad {
		ctx, c := login(t, g, "agent1@demo")
		require.NoError(t, c.Write(ctx, websocket.MessageText, []byte(text)))
		// closed if the message was too large
		_ = c.Write(ctx, websocket.MessageText, []byte(`{"jsonrpc":"2.0","id":99,"method":"ping"}`))
		// to the message and to the ping, in either order
		answers := 2
		if text == frames()["an answer"] {
			answers = 1 // to a question that nobody asked
		}
		for range answers {
			f, err := answer(ctx, c)
			if err != nil {
				assert.NotEqual(t, websocket.StatusCode(-1), websocket.CloseStatus(err), "%.200s: %v", text, err)
				break
			}
			if f.ID != 99 && f.Error == nil {
				// has no parameters that could be wrong
				assert.Contains(t, text, wire.MethodOnline, "was taken: %.200s", text)
			}
		}
		_ = c.CloseNow()
	}
	assert.Equal(t, []string{"ready"}, bystander.Names())
	works(t, g, bystander)
}

func login(t *testing.T, g *harness.Gateway, user string) (context.Context, *websocket.Conn) {
	t.Helper()
	ctx, c := dial(t, g)
	l := g.Login(t, user)
	params, err := json.Marshal(wire.LoginParams{Token: l.Token, SDKAppID: l.SDKAppID, UserID: l.UserID,
		TabID: rand.Text()})
	require.NoError(t, err)
	require.NoError(t, c.Write(ctx, websocket.MessageText,
		fmt.Appendf(nil, `{"jsonrpc":"2.0","id":1,"method":"login","params":%s}`, params)))
	f, err := answer(ctx, c)
	require.NoError(t, err)
	require.Nil(t, f.Error, "%+v", f.Error)
	return ctx, c
}

// TestSilentSockets opens many sockets that never log in: they are closed,
// and nothing is left of them.
func TestSilentSockets(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	p := harness.Agent(t, g, "agent1@demo")
	before := g.Metric(t, "go_goroutines")
	conns := make([]net.Conn, 200)
	for i := range conns {
		c, err := net.Dial("tcp", g.HTTP)
		require.NoError(t, err)
		conns[i] = c
		// and no more
		_, err = io.WriteString(c, "GET /ws/agent HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upg")
		require.NoError(t, err)
	}
	works(t, g, p)
	for _, c := range conns {
		require.NoError(t, c.Close())
	}
	g.AwaitMetric(t, "go_goroutines", func(n float64) bool { return n < before+20 })
}

// TestHTTP sends nonsense to every door.
func TestHTTP(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	doors := []string{"/demo/login", "/demo/phone/call", "/demo/phone/hangup", "/demo/phone/calls",
		"/demo/visitor/start", "/demo/visitor/say", "/demo/visitor/end", "/demo/visitor/messages", "/ws/visitor",
		"/ws/agent", "/healthz", "/metrics", "/sdk/tcccSdk.js", "/", "/nothing"}
	bodies := []string{"", "x", "{", "null", "[]", `{"userId":1}`, `{"userId":"nobody"}`, `{"from":"","to":""}`,
		`{"from":{},"to":[]}`, `{"callId":"x"}`,
		`{"from":"1","to":"` + strings.Repeat("9", 100_000) + `"}`, `{"from":"a\r\nX: y","to":"4001000001"}`,
		strings.Repeat("[", 50_000), strings.Repeat("x", 3<<20)}
	for _, path := range doors {
		for _, method := range []string{"POST", "PUT", "DELETE"} {
			for _, body := range bodies {
				req, err := http.NewRequestWithContext(t.Context(), method, g.URL+path, strings.NewReader(body))
				require.NoError(t, err)
				req.Header.Set("Content-Type", "application/json")
				resp, err := http.DefaultClient.Do(req)
				if err != nil {
					continue // the door was shut while the body was on its way
				}
				text, _ := io.ReadAll(resp.Body)
				_ = resp.Body.Close()
				refused := resp.StatusCode >= 400 && resp.StatusCode < 500
				if path == "/" && method == "POST" { // the cloud API says so inside the envelope
					refused = resp.StatusCode == 200 && strings.Contains(string(text), `"Error":{"Code":`)
				}
				assert.True(t, refused, "%s %s with %.60q: %d %.200s", method, path, body, resp.StatusCode, text)
			}
		}
	}
	works(t, g, harness.Agent(t, g, "agent1@demo"))
}

// TestSIP sends RFC 4475's torture messages and nonsense to the SIP port.
func TestSIP(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	p := harness.Agent(t, g, "agent1@demo")
	out, err := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.Dir}}",
		"github.com/emiago/sipgo").Output()
	require.NoError(t, err)
	files, err := filepath.Glob(filepath.Join(strings.TrimSpace(string(out)), "sip", "testdata", "torture", "*", "*"))
	require.NoError(t, err)
	more, err := filepath.Glob(filepath.Join(strings.TrimSpace(string(out)), "sip", "testdata", "torture", "*"))
	require.NoError(t, err)
	var messages [][]byte
	for _, f := range append(files, more...) {
		if text, err := os.ReadFile(f); err == nil {
			messages = append(messages, text)
		}
	}
	require.Greater(t, len(messages), 30, "the torture messages are there")
	garbage := make([]byte, 60_000)
	_, _ = rand.Read(garbage)
	messages = append(messages, nil, []byte("\r\n\r\n"), []byte("INVITE"), garbage[:1000], garbage,
		[]byte("INVITE sip:4001000001@127.0.0.1 SIP/2.0\r\n\r\n"),
		[]byte("INVITE sip:4001000001@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bKx\r\nFrom: <sip:x@y>;tag=1\r\nTo: <sip:4001000001@z>\r\nCall-ID: x\r\nCSeq: 1 INVITE\r\nContent-Length: 99999999\r\n\r\nv=0"))

	udp, err := net.Dial("udp", g.SIP)
	require.NoError(t, err)
	defer udp.Close()
	for _, m := range messages {
		_, _ = udp.Write(m) // the port may answer with ICMP
		if tcp, err := net.Dial("tcp", g.SIP); assert.NoError(t, err) {
			_, _ = tcp.Write(m)
			_ = tcp.Close()
		}
	}
	works(t, g, p)
	assert.True(t, g.Running())
}

// TestMediaPorts sends nonsense to every UDP port of the gateway during a call.
func TestMediaPorts(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	p := harness.Agent(t, g, "agent1@demo")
	call := g.Ring(t, "13800000001", "4001000001", "")
	id := p.Await("callIn").SessionID()
	p.Do("tccc.Call.accept({sessionId: %s})", id)
	p.Hears(harness.PhoneTone)
	ports := g.UDPPorts(t)
	require.NotEmpty(t, ports)
	junk := make([]byte, 1400)
	for _, port := range ports {
		c, err := net.Dial("udp", fmt.Sprintf("127.0.0.1:%d", port))
		require.NoError(t, err)
		for n := range 200 {
			_, _ = rand.Read(junk)
			switch n % 4 {
			case 0:
				junk[0] = 0x80 // RTP
			case 1:
				junk[0], junk[1] = 0x80, 200 // RTCP
			case 2:
				copy(junk, []byte{0, 1, 0, 8, 0x21, 0x12, 0xA4, 0x42}) // STUN
			case 3:
				junk[0] = 22 // DTLS
			}
			_, _ = c.Write(junk[:1+n*7]) // ports that refuse answer with ICMP
		}
		require.NoError(t, c.Close())
	}
	// The conversation goes on on both sides, for longer than any buffer.
	until := time.Now().Add(time.Second)
	for time.Now().Before(until) {
		p.Hears(harness.PhoneTone)
		g.AwaitPhoneHears(t, call, harness.MicTone)
	}
	g.PhoneHangup(t, call)
	p.Await("sessionEnded", "sessionId", id)
	p.AwaitTrue("tccc.Agent.getStatus() === 'free'")
	works(t, g, p)
}
