package gateway

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/gateway/config"
	"tccc/gateway/files"
	"tccc/wire"
)

const (
	somebody = "agent2@demo"
	workNo   = "102"
)

// logins are all that agent 2 has been given, on every door.
type logins struct {
	t      *testing.T
	g      *Gateway
	socket *agentSocket
	token  string // not used yet
	guid   string
	upload string
}

func logIn(t *testing.T, g *Gateway) *logins {
	t.Helper()
	l := &logins{t: t, g: g}
	used, err := g.auth.Issue(t.Context(), demoApplication, somebody, true)
	require.NoError(t, err)
	spare, err := g.auth.Issue(t.Context(), demoApplication, somebody, false)
	require.NoError(t, err)
	l.token = spare.Value
	l.socket = l.dial()
	text, err := l.socket.call(wire.MethodLogin,
		wire.LoginParams{Token: used.Value, SDKAppID: demoApplication, TabID: "t", Device: "d"})
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, &l.socket.login))
	code, header := l.desk(http.MethodPut, "onlineagent/"+workNo,
		`{"password":"demo-password","phonenum":"40038","status":"4"}`)
	require.Equal(t, "0", code)
	l.guid = strings.TrimPrefix(header.Get("Set-Guid"), "JSESSIONID=")
	l.upload, err = g.files.Ticket(t.Context(), demoApplication, "a chat", somebody,
		wire.UploadParams{Name: "a.txt", Size: 1})
	require.NoError(t, err)
	return l
}

func (l *logins) dial() *agentSocket {
	l.t.Helper()
	ws, _, err := websocket.Dial(l.t.Context(), "ws://"+l.g.HTTPAddr()+"/ws/agent",
		&websocket.DialOptions{Subprotocols: []string{wire.Subprotocol}})
	require.NoError(l.t, err)
	ws.SetReadLimit(wire.MaxFrame)
	l.t.Cleanup(func() { _ = ws.CloseNow() })
	return &agentSocket{t: l.t, ws: ws}
}

// desk asks the CC-Gateway door and gives the code of the answer.
func (l *logins) desk(method, path, body string) (code string, h http.Header) {
	l.t.Helper()
	req, err := http.NewRequestWithContext(l.t.Context(), method, l.g.URL()+"/agentgateway/resource/"+path,
		strings.NewReader(body))
	require.NoError(l.t, err)
	req.Header.Set("Content-Type", "application/json; charset=UTF-8")
	req.Header.Set("Guid", l.guid)
	resp, err := http.DefaultClient.Do(req)
	require.NoError(l.t, err)
	defer func() { require.NoError(l.t, resp.Body.Close()) }()
	text, err := io.ReadAll(resp.Body)
	require.NoError(l.t, err)
	var r struct{ RetCode string }
	require.NoError(l.t, json.Unmarshal(text, &r), "%s", text)
	return r.RetCode, resp.Header
}

func (l *logins) tries(p wire.LoginParams) error {
	p.SDKAppID, p.TabID, p.Device = demoApplication, "t", "d"
	_, err := l.dial().call(wire.MethodLogin, p)
	return err
}

// over checks that nothing of it is good any more.
func (l *logins) over() {
	t := l.t
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patient)
	defer cancel()
	var err error
	kicked := false
	for err == nil { // until the socket is closed
		var f *wire.Frame
		if f, err = l.socket.read(ctx); err == nil && f.Method == wire.NotifyKicked {
			kicked = true
		}
	}
	require.NoError(t, ctx.Err(), "the socket was left open")
	assert.True(t, kicked)
	require.ErrorIs(t, l.tries(wire.LoginParams{Token: l.token}), wire.ErrTokenInvalid)
	require.ErrorIs(t, l.tries(wire.LoginParams{Resume: &wire.Resume{Secret: l.socket.login.Secret}}),
		wire.ErrTokenInvalid)
	require.Eventually(t, func() bool {
		code, _ := l.desk(http.MethodGet, "onlineagent/"+workNo+"/agentstatus", "")
		return code != "0"
	}, patient, patient/1000)
	resp, err := http.Post(l.g.URL()+l.upload, "text/plain", strings.NewReader("a"))
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	assert.NotEqual(t, http.StatusOK, resp.StatusCode)
}

// again logs in as before.
func (l *logins) again() {
	l.t.Helper()
	fresh, err := l.g.auth.Issue(l.t.Context(), demoApplication, somebody, false)
	require.NoError(l.t, err)
	require.NoError(l.t, l.tries(wire.LoginParams{Token: fresh.Value}))
}

func reload(t *testing.T, g *Gateway, change func(*config.App)) {
	t.Helper()
	next := *g.conf
	next.Apps = slices.Clone(next.Apps)
	next.Apps[0].Agents = slices.Clone(next.Apps[0].Agents)
	change(&next.Apps[0])
	require.NoError(t, g.Reload(t.Context(), &next))
}

func TestLoginsEndOnEveryDoor(t *testing.T) {
	change := func(g *Gateway, text string) {
		reload(t, g, func(a *config.App) { a.Agents[1].Password = config.NewSecret(text) })
	}
	for name, end := range map[string]func(g *Gateway){
		"forced off line": func(g *Gateway) {
			require.NoError(t,
				g.center.ForceOffline(t.Context(), demoApplication, somebody))
		},
		"a new password": func(g *Gateway) { change(g, "another-password") },
		"removed, and made anew": func(g *Gateway) {
			reload(t, g, func(a *config.App) { a.Agents = slices.Delete(a.Agents, 1, 2) })
			require.Eventually(t, func() bool {
				_, err := g.center.Agent(t.Context(), demoApplication, somebody)
				return err != nil
			}, patient, patient/1000)
			reload(t, g, func(*config.App) {})
			require.Eventually(t, func() bool {
				_, err := g.center.Agent(t.Context(), demoApplication, somebody)
				return err == nil
			}, patient, patient/1000)
		},
	} {
		t.Run(name, func(t *testing.T) {
			g := startDemo(t, func(*config.Config) {})
			l := logIn(t, g)
			require.Contains(t, l.upload, files.UploadPath)
			end(g)
			l.over()
			l.again()
		})
	}
}
