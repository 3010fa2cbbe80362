package agentws

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"tccc/gateway/auth"
	"tccc/gateway/center"
	"tccc/gateway/config"
	"tccc/gateway/mix"
	"tccc/gateway/store"
	"tccc/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	app     = "1400000001"
	patient = 10 * time.Second
)

type world struct {
	t      *testing.T
	url    string
	auth   *auth.Auth
	center *center.Center
	server *Server
}

func newWorld(t *testing.T) *world {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	st, err := store.Open(t.Context(), store.Options{Dir: t.TempDir(), Log: log})
	require.NoError(t, err)
	au, err := auth.New(t.Context(), st, auth.Options{})
	require.NoError(t, err)
	engine := mix.NewEngine()
	c, err := center.Start(t.Context(), center.Options{Apps: config.Demo().Apps, Store: st, Engine: engine, Log: log})
	require.NoError(t, err)
	s := New(Options{
		Center: c, Auth: au, Log: log, MaxConns: 20,
		Origin: func(r *http.Request) bool { return r.Header.Get("Origin") != "https://evil.example" },
	})
	h := httptest.NewServer(s)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patient)
		defer cancel()
		require.NoError(t, c.Close(ctx))
		s.Close()
		h.Close()
		engine.Close()
		require.NoError(t, st.Close(ctx))
	})
	return &world{t: t, url: "ws" + strings.TrimPrefix(h.URL, "http"), auth: au, center: c, server: s}
}

type peer struct {
	t  *testing.T
	ws *websocket.Conn
}

func (w *world) dial() *peer {
	w.t.Helper()
	ws, _, err := websocket.Dial(w.t.Context(), w.url, &websocket.DialOptions{Subprotocols: []string{wire.Subprotocol}})
	require.NoError(w.t, err)
	ws.SetReadLimit(4 * wire.MaxFrame)
	w.t.Cleanup(func() { _ = ws.CloseNow() })
	return &peer{w.t, ws}
}

func (s *peer) say(text string) {
	s.t.Helper()
	require.NoError(s.t, s.ws.Write(s.t.Context(), websocket.MessageText, []byte(text)))
}

// hear reads the next frame that ok accepts.
func (s *peer) hear(ok func(*wire.Frame) bool) *wire.Frame {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), patient)
	defer cancel()
	for {
		_, text, err := s.ws.Read(ctx)
		require.NoError(s.t, err)
		f, err := wire.Decode(text)
		require.NoError(s.t, err)
		if ok(f) {
			return f
		}
	}
}

func (s *peer) answer(id uint64) *wire.Frame {
	s.t.Helper()
	return s.hear(func(f *wire.Frame) bool { return f.ID == id && f.IsResponse() })
}

// closed reads until the gateway closes the socket, and gives the status.
func (s *peer) closed() websocket.StatusCode {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), patient)
	defer cancel()
	for {
		if _, _, err := s.ws.Read(ctx); err != nil {
			require.NoError(s.t, ctx.Err(), "the gateway did not close the socket")
			return websocket.CloseStatus(err)
		}
	}
}

func (w *world) token(user string) string {
	w.t.Helper()
	token, err := w.auth.Issue(w.t.Context(), app, user, false)
	require.NoError(w.t, err)
	return token.Value
}

func login(p wire.LoginParams) string {
	params, _ := json.Marshal(p)
	text, _ := wire.Encode(&wire.Frame{ID: 1, Method: wire.MethodLogin, Params: params})
	return string(text)
}

func (w *world) login(p wire.LoginParams) (*peer, wire.LoginResult) {
	w.t.Helper()
	s := w.dial()
	p.SDKAppID = app
	s.say(login(p))
	f := s.answer(1)
	require.Nil(w.t, f.Error)
	var r wire.LoginResult
	require.NoError(w.t, json.Unmarshal(f.Result, &r))
	return s, r
}

func TestLoginAndCommands(t *testing.T) {
	w := newWorld(t)
	s, r := w.login(wire.LoginParams{Token: w.token("agent1@demo"), TabID: "tab"})
	assert.Equal(t, "agent1@demo", r.Agent.UserID)
	assert.Equal(t, wire.StatusFree, r.State.Status)
	assert.NotEmpty(t, r.Secret)
	s.say(`{"jsonrpc":"2.0","id":2,"method":"agent.setStatus","params":{"status":"NotReady"}}`)
	assert.Nil(t, s.answer(2).Error)
	s.say(`{"jsonrpc":"2.0","id":3,"method":"login","params":{}}`)
	assert.ErrorIs(t, s.answer(3).Error, wire.ErrMessage)
}

// early logs in as a page does whose program is still on its way.
func (w *world) early(p wire.LoginParams) (*peer, string) {
	w.t.Helper()
	s := w.dial()
	p.SDKAppID, p.Early = app, true
	s.say(login(p))
	f := s.answer(1)
	require.Nil(w.t, f.Error)
	var r wire.EarlyResult
	require.NoError(w.t, json.Unmarshal(f.Result, &r))
	require.NotEmpty(w.t, r.Secret)
	return s, r.Secret
}

func (w *world) present(user string) bool {
	w.t.Helper()
	info, err := w.center.Agent(w.t.Context(), app, user)
	require.NoError(w.t, err)
	return info.Present || info.State.Status != wire.StatusOffline
}

// TestEarlyLogin is checked at once, and the agent is there only once its page
// has said that it can take sessions.
func TestEarlyLogin(t *testing.T) {
	w := newWorld(t)
	s, secret := w.early(wire.LoginParams{Token: w.token("agent1@demo"), TabID: "tab"})
	assert.False(t, w.present("agent1@demo"))
	s.say(`{"jsonrpc":"2.0","id":2,"method":"agent.online"}`)
	assert.ErrorIs(t, s.answer(2).Error, wire.ErrNotLoggedIn)
	assert.False(t, w.present("agent1@demo"))
	s.say(`{"jsonrpc":"2.0","id":3,"method":"ready"}`)
	var r wire.LoginResult
	require.NoError(t, json.Unmarshal(s.answer(3).Result, &r))
	assert.Equal(t, wire.StatusFree, r.State.Status)
	assert.Equal(t, secret, r.Secret)
	assert.True(t, w.present("agent1@demo"))

	// The secret of one that was never completed logs in, as if for the first time.
	_, secret = w.early(wire.LoginParams{Token: w.token("agent2@demo"), TabID: "tab2"})
	_, first := w.login(wire.LoginParams{TabID: "tab2", Resume: &wire.Resume{Secret: secret}})
	assert.Equal(t, wire.StatusFree, first.State.Status)

	// A second one does not take the place of the first before it is ready.
	second, _ := w.early(wire.LoginParams{Token: w.token("agent1@demo"), TabID: "other", Device: "other"})
	s.say(`{"jsonrpc":"2.0","id":4,"method":"ping"}`)
	assert.Nil(t, s.answer(4).Error)
	second.say(`{"jsonrpc":"2.0","id":2,"method":"ready"}`)
	assert.Nil(t, second.answer(2).Error)
	s.hear(func(f *wire.Frame) bool { return f.Method == wire.NotifyKicked })
}

// TestEarlyLogoutEndsTheWaiting is a page that was reloaded and whose program
// does not come: nobody waits for it any longer.
func TestEarlyLogoutEndsTheWaiting(t *testing.T) {
	w := newWorld(t)
	s, r := w.login(wire.LoginParams{Token: w.token("agent1@demo"), TabID: "tab"})
	require.NoError(t, s.ws.Close(websocket.StatusNormalClosure, ""))
	again, secret := w.early(wire.LoginParams{TabID: "tab",
		Resume: &wire.Resume{Secret: r.Secret, Epoch: r.Epoch, Seq: r.Seq}})
	assert.True(t, w.present("agent1@demo"), "it is waited for")
	require.Eventually(t, func() bool {
		info, err := w.center.Agent(t.Context(), app, "agent1@demo")
		return err == nil && !info.Present
	}, patient, time.Millisecond)
	again.say(`{"jsonrpc":"2.0","id":2,"method":"logout"}`)
	again.answer(2)
	assert.False(t, w.present("agent1@demo"))
	gone := w.dial()
	gone.say(login(wire.LoginParams{SDKAppID: app, TabID: "tab", Resume: &wire.Resume{Secret: secret}}))
	assert.ErrorIs(t, gone.answer(1).Error, wire.ErrTokenInvalid)
}

// TestOneTabTwice is two pages under one name: the first one is told.
func TestOneTabTwice(t *testing.T) {
	w := newWorld(t)
	first, _ := w.login(wire.LoginParams{Token: w.token("agent1@demo"), TabID: "tab", Device: "one"})
	w.login(wire.LoginParams{Token: w.token("agent1@demo"), TabID: "tab", Device: "one"})
	first.hear(func(f *wire.Frame) bool { return f.Method == wire.NotifyKicked })
	first.closed()
}

// TestWhyThereIsNoSocket asks as a page does whose socket does not open.
func TestWhyThereIsNoSocket(t *testing.T) {
	w := newWorld(t)
	url := strings.Replace(w.url, "ws", "http", 1)
	for name, c := range map[string]struct {
		url    string
		header http.Header
		status int
		want   *wire.Error
		lines  int
	}{
		"asked for": {url + "?why", nil, http.StatusOK, wire.ErrNoWebSocket, 0},
		"asked for, wrong origin": {url + "?why", http.Header{"Origin": {"https://evil.example"}}, http.StatusOK,
			wire.ErrOrigin, 0},
		"Upgrade was stripped": {url, http.Header{"Sec-Websocket-Version": {"13"}}, http.StatusUpgradeRequired,
			wire.ErrNoWebSocket, 1},
		"Connection was stripped": {url, http.Header{"Upgrade": {"websocket"}}, http.StatusUpgradeRequired,
			wire.ErrNoWebSocket, 1},
		"another protocol instead": {url, http.Header{"Upgrade": {"h2c"}, "Connection": {"Upgrade"}},
			http.StatusUpgradeRequired, wire.ErrNoWebSocket, 1},
	} {
		log := new(strings.Builder)
		s := New(Options{Center: w.center, Auth: w.auth, Log: slog.New(slog.NewTextHandler(log, nil)),
			Origin: w.server.Origin})
		for range 3 {
			r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, c.url, nil)
			r.Header = c.header
			if r.Header == nil {
				r.Header = http.Header{}
			}
			res := httptest.NewRecorder()
			s.ServeHTTP(res, r)
			assert.Equal(t, c.status, res.Code, name)
			assert.Equal(t, "*", res.Header().Get("Access-Control-Allow-Origin"), name)
			var e wire.Error
			require.NoError(t, json.Unmarshal(res.Body.Bytes(), &e), name)
			assert.ErrorIs(t, &e, c.want, name)
		}
		assert.Equal(t, c.lines, strings.Count(log.String(), "\n"), name)
	}
}

func TestResumeWithoutAToken(t *testing.T) {
	w := newWorld(t)
	s, first := w.login(wire.LoginParams{Token: w.token("agent1@demo"), TabID: "tab"})
	s.say(`{"jsonrpc":"2.0","id":2,"method":"agent.setStatus","params":{"status":"rest"}}`)
	s.answer(2)
	require.NoError(t, s.ws.Close(websocket.StatusNormalClosure, ""))
	resume := &wire.Resume{Secret: first.Secret, Epoch: first.Epoch, Seq: first.Seq}
	again, r := w.login(wire.LoginParams{TabID: "tab", Resume: resume})
	assert.True(t, r.Resumed)
	assert.Equal(t, wire.StatusRest, r.State.Status)
	assert.NotEqual(t, first.Secret, r.Secret, "the secret rotates")

	// The secret is useless in another tab, and for another agent's token.
	other := w.dial()
	other.say(login(wire.LoginParams{SDKAppID: app, TabID: "other", Resume: &wire.Resume{Secret: r.Secret}}))
	assert.ErrorIs(t, other.answer(1).Error, wire.ErrTokenInvalid)
	_, changed := w.login(wire.LoginParams{Token: w.token("agent2@demo"), TabID: "tab",
		Resume: &wire.Resume{Secret: r.Secret}})
	assert.Equal(t, "agent2@demo", changed.Agent.UserID, "a valid token decides")
	assert.False(t, changed.Resumed)

	// Logging out forgets it.
	again.say(`{"jsonrpc":"2.0","id":2,"method":"logout"}`)
	again.answer(2)
	gone := w.dial()
	gone.say(login(wire.LoginParams{SDKAppID: app, TabID: "tab", Resume: &wire.Resume{Secret: r.Secret}}))
	assert.ErrorIs(t, gone.answer(1).Error, wire.ErrTokenInvalid)
}

func TestWhatIsNoLoginIsRefused(t *testing.T) {
	w := newWorld(t)
	good := w.token("agent1@demo")
	for name, c := range map[string]struct {
		first string
		want  *wire.Error
	}{
		"another method": {`{"jsonrpc":"2.0","id":1,"method":"ping"}`, wire.ErrNotLoggedIn},
		"unknown token": {login(wire.LoginParams{SDKAppID: app, TabID: "t", Token: strings.Repeat("0", 32)}),
			wire.ErrTokenInvalid},
		"another app": {login(wire.LoginParams{SDKAppID: "1", TabID: "t", Token: good}), wire.ErrTokenInvalid},
		"no tab":      {login(wire.LoginParams{SDKAppID: app, Token: good}), wire.ErrInvalidOptions},
		"long device": {login(wire.LoginParams{SDKAppID: app, Token: good, TabID: "t",
			Device: strings.Repeat("d", 65)}), wire.ErrInvalidOptions},
		"token of a type":  {`{"jsonrpc":"2.0","id":1,"method":"login","params":{"token":5}}`, wire.ErrInvalidOptions},
		"params no object": {`{"jsonrpc":"2.0","id":1,"method":"login","params":[1]}`, wire.ErrInvalidOptions},
	} {
		s := w.dial()
		s.say(c.first)
		assert.ErrorIs(t, s.answer(1).Error, c.want, name)
		assert.Equal(t, websocket.StatusPolicyViolation, s.closed(), name)
	}
}

func TestGarbageEndsOnlyItsOwnSocket(t *testing.T) {
	w := newWorld(t)
	good, _ := w.login(wire.LoginParams{Token: w.token("agent1@demo"), TabID: "tab"})
	for _, text := range []string{"", "nonsense", "[]", "null", `{"jsonrpc":"2.0"}`, "\x00\xff"} {
		s := w.dial()
		_ = s.ws.Write(t.Context(), websocket.MessageText, []byte(text))
		s.closed()
	}
	binary := w.dial()
	require.NoError(t, binary.ws.Write(t.Context(), websocket.MessageBinary, []byte("x")))
	assert.Equal(t, websocket.StatusUnsupportedData, binary.closed())
	huge := w.dial()
	_ = huge.ws.Write(t.Context(), websocket.MessageText, make([]byte, wire.MaxFrame+1))
	assert.Equal(t, websocket.StatusMessageTooBig, huge.closed())

	good.say(`{"jsonrpc":"2.0","id":9,"method":"no.such"}`)
	assert.ErrorIs(t, good.answer(9).Error, wire.ErrMessage)
	good.say(`broken`)
	good.say(`{"jsonrpc":"2.0","id":10,"method":"ping"}`)
	assert.Nil(t, good.answer(10).Error)
}

func TestAFloodIsSlowedDown(t *testing.T) {
	w := newWorld(t)
	s, _ := w.login(wire.LoginParams{Token: w.token("agent1@demo"), TabID: "tab"})
	for range 2 * framesBurst {
		s.say(`{"jsonrpc":"2.0","id":5,"method":"ping"}`)
	}
	f := s.hear(func(f *wire.Frame) bool { return f.Error != nil })
	assert.ErrorIs(t, f.Error, wire.ErrOverloaded)
}

func TestOriginProtocolAndNumber(t *testing.T) {
	w := newWorld(t)
	_, res, err := websocket.Dial(t.Context(), w.url, &websocket.DialOptions{
		Subprotocols: []string{wire.Subprotocol}, HTTPHeader: http.Header{"Origin": {"https://evil.example"}},
	})
	require.Error(t, err)
	assert.Equal(t, http.StatusForbidden, res.StatusCode)

	ws, _, err := websocket.Dial(t.Context(), w.url, nil)
	require.NoError(t, err)
	assert.Equal(t, websocket.StatusPolicyViolation, (&peer{t, ws}).closed())
}

// TestSilentSocketsLeaveRoom opens as many sockets as an address may without
// logging in, from one address: others, and those that have logged in, find room.
func TestSilentSocketsLeaveRoom(t *testing.T) {
	w := newWorld(t)
	w.server.strangers.AddressMost, w.server.strangers.Most = 10, 15
	agent, _ := w.login(wire.LoginParams{Token: w.token("agent1@demo"), TabID: "tab"})
	for range 10 {
		w.dial()
	}
	_, res, err := websocket.Dial(t.Context(), w.url, &websocket.DialOptions{Subprotocols: []string{wire.Subprotocol}})
	require.Error(t, err)
	assert.Equal(t, http.StatusTooManyRequests, res.StatusCode)
	assert.NotEmpty(t, res.Header.Get("Retry-After"))
	agent.say(`{"jsonrpc":"2.0","id":2,"method":"ping"}`)
	assert.Nil(t, agent.answer(2).Error)
	assert.Equal(t, 10, w.server.strangers.Len(), "an agent is no stranger")
	assert.EqualValues(t, 1, w.server.agents.Load())
}

func TestAgentsAreBounded(t *testing.T) {
	w := newWorld(t)
	w.server.MaxConns = 1
	w.login(wire.LoginParams{Token: w.token("agent1@demo"), TabID: "a"})
	s := w.dial()
	s.say(login(wire.LoginParams{Token: w.token("agent2@demo"), TabID: "b", SDKAppID: app}))
	f := s.answer(1)
	require.NotNil(t, f.Error)
	assert.Equal(t, wire.ErrOverloaded.Code, f.Error.Code)
}

func TestKickedSocketHearsWhy(t *testing.T) {
	w := newWorld(t)
	first, _ := w.login(wire.LoginParams{Token: w.token("agent1@demo"), TabID: "a", Device: "one"})
	w.login(wire.LoginParams{Token: w.token("agent1@demo"), TabID: "b", Device: "two"})
	f := first.hear(func(f *wire.Frame) bool { return f.Method == wire.NotifyKicked })
	assert.Contains(t, string(f.Params), "replaced")
	assert.Equal(t, websocket.StatusNormalClosure, first.closed())
}
