package visitor

import (
	"bytes"
	"compress/zlib"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"tccc/gateway/config"
	"tccc/gateway/session"
	"tccc/gateway/store"
	"tccc/internal/limit"
	"tccc/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	app     = "1400000001"
	patient = 10 * time.Second
)

// center is a scripted center: it notes who asks for what.
type center struct {
	mu      sync.Mutex
	asked   []string
	who     []session.Customer
	visits  map[string]*wire.VisitorSession // by user
	watches map[string][]func(wire.Frame)
	early   *wire.Frame // notified while the watch begins
}

func (c *center) note(format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asked = append(c.asked, fmt.Sprintf(format, args...))
}

func (c *center) log() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]string(nil), c.asked...)
}

func (c *center) StartVisit(_ context.Context, app string, who session.Customer,
	p wire.VisitorStartParams) (wire.VisitorSession, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.who = append(c.who, who)
	if p.SkillGroupID == "nobody" {
		return wire.VisitorSession{}, wire.ErrGroupUnknown.For("skillGroupId", "there is none")
	}
	if c.visits[who.UserID] == nil || c.visits[who.UserID].State == wire.VisitorEnded {
		c.visits[who.UserID] = &wire.VisitorSession{SessionID: fmt.Sprintf("session-%d", len(c.who)), Type: p.Type,
			State: wire.VisitorBot}
	}
	return *c.visits[who.UserID], nil
}

func (c *center) Visits(_ context.Context, _, user string) ([]wire.VisitorSession, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if v := c.visits[user]; v != nil {
		return []wire.VisitorSession{*v}, nil
	}
	return nil, nil
}

func (c *center) VisitorSay(_ context.Context, _, user string, p wire.SendParams) (wire.Message, error) {
	c.note("%s says %s", user, p.Text)
	return wire.Message{SessionID: p.SessionID, ID: p.ID, Seq: 1, From: wire.FromClient, Type: wire.MessageText,
		Text: p.Text}, nil
}

func (c *center) VisitorMessages(_ context.Context, _, user string, p wire.MessagesParams) (wire.MessagesResult,
	error) {
	c.note("%s messages", user)
	if v := c.visits[user]; v == nil || v.SessionID != p.SessionID {
		return wire.MessagesResult{}, wire.ErrSessionNotFound
	}
	return wire.MessagesResult{}, nil
}

func (c *center) VisitorRead(_ context.Context, _, user string, p wire.ReadParams) error {
	c.note("%s read %d", user, p.Seq)
	return nil
}

func (c *center) VisitorDelivered(_ context.Context, _, user string, p wire.ReadParams) error {
	c.note("%s has %d", user, p.Seq)
	return nil
}

func (c *center) VisitorTyping(_ context.Context, _, user string, p wire.TypingParams) error {
	c.note("%s types %v", user, p.Typing)
	return nil
}

func (c *center) VisitorScreen(context.Context, string, string, wire.ScreenParams) error { return nil }

func (c *center) VisitorOffer(_ context.Context, _, user string, p wire.SessionOfferParams) (wire.AnswerResult, error) {
	return wire.AnswerResult{SDP: "answer to " + p.SDP + " of " + user}, nil
}

func (c *center) VisitorEnd(_ context.Context, _, user, session string) error {
	c.note("%s ends %s", user, session)
	return fmt.Errorf("a secret of the store")
}

func (c *center) VisitorWatch(_ context.Context, _, user string, f func(wire.Frame)) (func(), error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.watches[user] = append(c.watches[user], f)
	i := len(c.watches[user]) - 1
	if c.early != nil {
		f(*c.early)
	}
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.watches[user][i] = nil
	}, nil
}

// tell notifies a customer.
func (c *center) tell(user string, f wire.Frame) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, w := range c.watches[user] {
		if w != nil {
			w(f)
		}
	}
}

// watching counts those who follow a customer.
func (c *center) watching(user string) (n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, w := range c.watches[user] {
		if w != nil {
			n++
		}
	}
	return n
}

type uploads struct{}

func (uploads) Limits(string) wire.UploadLimits {
	return wire.UploadLimits{MaxBytes: 10_000_000, MIMEs: []string{"image/png"}}
}

func (uploads) Forget(string, string) {}

func (uploads) Ticket(_ context.Context, app, session, user string, p wire.UploadParams) (string, error) {
	return strings.Join([]string{"/files/upload", app, session, user, p.Name}, "/"), nil
}

// apps are applications that take customers.
type apps []config.App

func (a apps) Apps() []config.App { return a }

func (a apps) App(id string) (config.App, bool) {
	for _, one := range a {
		if one.SDKAppID == id {
			return one, true
		}
	}
	return config.App{}, false
}

type world struct {
	t      *testing.T
	url    string
	center *center
	server *Server
	store  *store.Store

	mu  sync.Mutex
	now time.Time
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

func newWorld(t *testing.T, change ...func(*config.App)) *world {
	t.Helper()
	one := config.Demo().Apps[0]
	one.Visitors = config.Visitors{Enabled: true, Origins: []string{"https://shop.example"}, PerAddress: 100}
	for _, f := range change {
		f(&one)
	}
	other := config.App{SDKAppID: "1400000002"}
	w := &world{t: t, center: &center{visits: map[string]*wire.VisitorSession{},
		watches: map[string][]func(wire.Frame){}}, now: time.Now()}
	var err error
	w.store, err = store.Open(t.Context(), store.Options{Dir: t.TempDir(), Log: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	keys, err := openKeys(t.Context(), w.store, w.clock)
	require.NoError(t, err)
	w.server = New(Options{
		Center: w.center, Apps: apps{one, other}, Keys: keys, Files: uploads{}, Log: slog.New(slog.DiscardHandler),
		Now: w.clock,
	})
	h := httptest.NewServer(w.server)
	w.url = "ws" + strings.TrimPrefix(h.URL, "http")
	t.Cleanup(func() {
		w.server.Close()
		h.Close()
		require.NoError(t, w.store.Close(context.Background()))
		assert.Zero(t, w.server.Conns())
		for _, n := range []*limit.Counter{&w.server.limits.silent, &w.server.limits.addresses,
			&w.server.limits.customers} {
			assert.Zero(t, n.Len(), "what was taken is given back")
		}
	})
	return w
}

type page struct {
	t    *testing.T
	ws   *websocket.Conn
	last uint64
}

func (w *world) dial(headers ...string) *page {
	w.t.Helper()
	h := http.Header{}
	for i := 0; i < len(headers); i += 2 {
		h.Set(headers[i], headers[i+1])
	}
	ws, _, err := websocket.Dial(w.t.Context(), w.url,
		&websocket.DialOptions{Subprotocols: []string{wire.VisitorProtocol}, HTTPHeader: h})
	require.NoError(w.t, err)
	ws.SetReadLimit(wire.MaxFrame)
	w.t.Cleanup(func() { _ = ws.CloseNow() })
	return &page{t: w.t, ws: ws}
}

func (p *page) say(text string) {
	p.t.Helper()
	require.NoError(p.t, p.ws.Write(p.t.Context(), websocket.MessageText, []byte(text)))
}

// ask sends a request and gives the answer.
func (p *page) ask(method string, params any) *wire.Frame {
	p.t.Helper()
	text, err := json.Marshal(params)
	require.NoError(p.t, err)
	p.last++
	id := p.last
	f, err := wire.Encode(&wire.Frame{ID: id, Method: method, Params: text})
	require.NoError(p.t, err)
	p.say(string(f))
	return p.hear(func(f *wire.Frame) bool { return f.ID == id })
}

func (p *page) hear(ok func(*wire.Frame) bool) *wire.Frame {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.t.Context(), patient)
	defer cancel()
	for {
		_, text, err := p.ws.Read(ctx)
		require.NoError(p.t, err)
		f, err := wire.Decode(text)
		require.NoError(p.t, err)
		if ok(f) {
			return f
		}
	}
}

func (p *page) closed() websocket.StatusCode {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.t.Context(), patient)
	defer cancel()
	for {
		if _, _, err := p.ws.Read(ctx); err != nil {
			require.NoError(p.t, ctx.Err(), "the gateway did not close the socket")
			return websocket.CloseStatus(err)
		}
	}
}

func (w *world) hello(h wire.HelloParams, headers ...string) (*page, wire.HelloResult) {
	w.t.Helper()
	p := w.dial(headers...)
	f := p.ask(wire.VisitorHello, h)
	require.Nil(w.t, f.Error, "%v", f.Error)
	var r wire.HelloResult
	require.NoError(w.t, json.Unmarshal(f.Result, &r))
	return p, r
}

// refused says hello, which must be refused and close the socket.
func (w *world) refused(h wire.HelloParams, headers ...string) *wire.Error {
	w.t.Helper()
	p := w.dial(headers...)
	f := p.ask(wire.VisitorHello, h)
	require.NotNil(w.t, f.Error)
	assert.Equal(w.t, websocket.StatusPolicyViolation, p.closed())
	return f.Error
}

// userSig signs an account as a back end does.
func userSig(key, user string, made time.Time, life time.Duration) string {
	s := map[string]any{"TLS.ver": "2.0", "TLS.identifier": user, "TLS.sdkappid": json.Number(app),
		"TLS.time": made.Unix(), "TLS.expire": int64(life / time.Second)}
	text := fmt.Sprintf("TLS.identifier:%s\nTLS.sdkappid:%s\nTLS.time:%d\nTLS.expire:%d\n", user, app, made.Unix(),
		int64(life/time.Second))
	s["TLS.sig"] = base64.StdEncoding.EncodeToString(mac([]byte(key), text))
	plain, _ := json.Marshal(s)
	var packed bytes.Buffer
	z := zlib.NewWriter(&packed)
	_, _ = z.Write(plain)
	_ = z.Close()
	return strings.NewReplacer("+", "*", "/", "-", "=", "_").Replace(base64.StdEncoding.EncodeToString(packed.Bytes()))
}

func TestTheSameCustomerAgain(t *testing.T) {
	w := newWorld(t)
	_, first := w.hello(wire.HelloParams{}) // there is one application only
	assert.Regexp(t, "^visitor-[a-z2-7]{26}$", first.VisitorID)
	assert.Equal(t, int64(10_000_000), first.Upload.MaxBytes)
	require.Len(t, first.Groups, 2)
	assert.Equal(t, []wire.SessionType{wire.TypeIM, wire.TypeVoIP, wire.TypeVideo}, first.Groups[0].Types)
	assert.Nil(t, first.Session)
	_, other := w.hello(wire.HelloParams{SDKAppID: app})
	assert.NotEqual(t, first.VisitorID, other.VisitorID)

	w.pass(time.Hour)
	_, again := w.hello(wire.HelloParams{SDKAppID: app, Secret: first.Secret})
	assert.Equal(t, first.VisitorID, again.VisitorID)
	assert.NotEqual(t, first.Secret, again.Secret, "the secret rotates")
	w.pass(visitorLife - time.Hour)
	_, expired := w.hello(wire.HelloParams{SDKAppID: app, Secret: first.Secret})
	assert.NotEqual(t, first.VisitorID, expired.VisitorID)
	_, renewed := w.hello(wire.HelloParams{SDKAppID: app, Secret: again.Secret})
	assert.Equal(t, first.VisitorID, renewed.VisitorID, "its key signs no more, and verifies still")

	// Another process with the same store.
	keys, err := openKeys(t.Context(), w.store, w.clock)
	require.NoError(t, err)
	c, err := keys.verify(t.Context(), app, renewed.Secret)
	require.NoError(t, err)
	assert.Equal(t, first.VisitorID, c.User)
	_, err = keys.verify(t.Context(), "1400000002", renewed.Secret)
	require.ErrorIs(t, err, errSecret, "of another application")
}

func TestSecretsAreNotGuessed(t *testing.T) {
	w := newWorld(t)
	_, first := w.hello(wire.HelloParams{})
	body, sum, _ := strings.Cut(first.Secret, ".")
	text, err := base64.RawURLEncoding.DecodeString(body)
	require.NoError(t, err)
	var c claim
	require.NoError(t, json.Unmarshal(text, &c))
	forge := func(change func(*claim)) string {
		changed := c
		change(&changed)
		text, err := json.Marshal(changed)
		require.NoError(t, err)
		return base64.RawURLEncoding.EncodeToString(text)
	}
	for name, secret := range map[string]string{
		"another sum":  body + "." + base64.RawURLEncoding.EncodeToString(make([]byte, 32)),
		"no sum":       body + ".",
		"half":         body,
		"another user": forge(func(c *claim) { c.User = "visitor-somebody" }) + "." + sum,
		"an account":   forge(func(c *claim) { c.User, c.Account = "alice", true }) + "." + sum,
		"later":        forge(func(c *claim) { c.Made++ }) + "." + sum,
		"unknown key": forge(func(c *claim) { c.Key = "x" }) + "." +
			base64.RawURLEncoding.EncodeToString(mac(nil, forge(func(c *claim) { c.Key = "x" }))),
		"changed sum":   first.Secret[:len(first.Secret)-2] + "AA",
		"garbage":       "\x00\xff",
		"very long":     strings.Repeat("a", 10_000) + "." + sum,
		"sum of others": "." + sum,
	} {
		_, r := w.hello(wire.HelloParams{Secret: secret})
		assert.NotEqual(t, first.VisitorID, r.VisitorID, name)
		assert.Regexp(t, "^visitor-[a-z2-7]{26}$", r.VisitorID, name)
	}
}

func TestAccounts(t *testing.T) {
	w := newWorld(t)
	now := w.clock()
	good := userSig("demo-usersig-key", "alice", now, time.Hour)
	_, r := w.hello(wire.HelloParams{SDKAppID: app, UserID: "alice", UserSig: good})
	assert.Equal(t, "alice", r.VisitorID)
	p, label := w.hello(wire.HelloParams{SDKAppID: app, UserID: "alice"})
	assert.NotEqual(t, "alice", label.VisitorID, "nobody has proved it")
	require.Nil(t, p.ask(wire.VisitorStart, wire.VisitorStartParams{Type: wire.TypeIM}).Error)
	require.Len(t, w.center.who, 1)
	assert.Equal(t, session.Customer{UserID: label.VisitorID, Nickname: "alice"}, w.center.who[0])
	_, without := w.hello(wire.HelloParams{SDKAppID: app, UserID: "alice", Secret: r.Secret})
	assert.NotEqual(t, "alice", without.VisitorID, "a secret of an account goes with its UserSig")

	for name, h := range map[string]wire.HelloParams{
		"another key":     {UserID: "alice", UserSig: userSig("another", "alice", now, time.Hour)},
		"another account": {UserID: "bob", UserSig: good},
		"no account":      {UserSig: good},
		"expired": {UserID: "alice",
			UserSig: userSig("demo-usersig-key", "alice", now.Add(-2*time.Hour), time.Hour)},
		"the future": {UserID: "alice",
			UserSig: userSig("demo-usersig-key", "alice", now.Add(time.Hour), time.Hour)},
		"garbage":        {UserID: "alice", UserSig: "garbage"},
		"like a visitor": {UserID: "visitor-x", UserSig: userSig("demo-usersig-key", "visitor-x", now, time.Hour)},
		"others' secret": {UserID: "bob",
			UserSig: userSig("demo-usersig-key", "bob", now.Add(-2*time.Hour), time.Hour), Secret: r.Secret},
	} {
		err := w.refused(h)
		assert.Contains(t, []int{wire.ErrTokenInvalid.Code, wire.ErrTokenExpired.Code, wire.ErrInvalidOptions.Code},
			err.Code, name)
		assert.NotEmpty(t, err.Field, name)
	}

	// A page that stays open longer than the UserSig is good goes on for a day.
	w.pass(2 * time.Hour)
	require.Equal(t, wire.ErrTokenExpired.Code, w.refused(wire.HelloParams{UserID: "alice", UserSig: good}).Code)
	_, on := w.hello(wire.HelloParams{UserID: "alice", UserSig: good, Secret: r.Secret})
	assert.Equal(t, "alice", on.VisitorID)
	w.pass(accountLife - 2*time.Hour)
	require.Equal(t, wire.ErrTokenExpired.Code,
		w.refused(wire.HelloParams{UserID: "alice", UserSig: good, Secret: on.Secret}).Code)
}

func TestWithoutAKeyNobodyHasAnAccount(t *testing.T) {
	w := newWorld(t, func(a *config.App) { a.UserSig = config.UserSig{} })
	err := w.refused(wire.HelloParams{UserID: "alice", UserSig: userSig("", "alice", w.clock(), time.Hour)})
	assert.Equal(t, wire.ErrTokenInvalid.Code, err.Code)
}

func TestHelloIsChecked(t *testing.T) {
	w := newWorld(t)
	for field, h := range map[string]wire.HelloParams{
		"sdkAppId":    {SDKAppID: "1400000002"},
		"userId":      {UserID: strings.Repeat("a", 65)},
		"nickname":    {Nickname: "Anna\u202e"},
		"avatar":      {Avatar: "javascript:alert(1)"},
		"peerSource":  {PeerSource: "a\nb"},
		"channelName": {ChannelName: strings.Repeat("a", 129)},
		"clientData":  {ClientData: strings.Repeat("a", 4097)},
	} {
		err := w.refused(h)
		assert.Equal(t, wire.ErrInvalidOptions.Code, err.Code, field)
		assert.Equal(t, field, err.Field)
	}
	assert.Equal(t, "avatar", w.refused(wire.HelloParams{Avatar: "https://user:pass@x/"}).Field)
	assert.Equal(t, "avatar", w.refused(wire.HelloParams{Avatar: "data:image/png,x"}).Field)

	all := wire.HelloParams{Nickname: "王小明", Avatar: "https://shop.example/a.png", PeerSource: "WeChat",
		ChannelName: "checkout", ClientData: "{\"a\":\n1}"}
	p, r := w.hello(all)
	require.Nil(t, p.ask(wire.VisitorStart, wire.VisitorStartParams{Type: wire.TypeIM, Text: "hi"}).Error)
	assert.Equal(t, session.Customer{
		UserID: r.VisitorID, Nickname: all.Nickname, Avatar: all.Avatar, PeerSource: all.PeerSource,
		ChannelName: all.ChannelName, ClientData: all.ClientData,
	}, w.center.who[0])
}

func TestOrigins(t *testing.T) {
	w := newWorld(t)
	for _, origin := range []string{"https://shop.example", strings.Replace(w.url, "ws", "http", 1)} {
		w.hello(wire.HelloParams{}, "Origin", origin)
	}
	for _, origin := range []string{"https://evil.example", "https://shop.example.evil.example", "null",
		"http://shop.example", "http://localhost:1"} {
		assert.Equal(t, wire.ErrOrigin.Code, w.refused(wire.HelloParams{}, "Origin", origin).Code, origin)
	}
	w.server.Loopback = true
	w.hello(wire.HelloParams{}, "Origin", "http://localhost:1")
	any := newWorld(t, func(a *config.App) { a.Visitors.Origins = []string{"*"} })
	any.hello(wire.HelloParams{}, "Origin", "https://anybody.example")
}

func TestWhatIsNoHello(t *testing.T) {
	w := newWorld(t)
	for _, text := range []string{"", "nonsense", "[]", "null", `{"jsonrpc":"2.0"}`,
		`{"jsonrpc":"2.0","id":1,"result":{}}`,
		`{"jsonrpc":"2.0","id":1,"method":"ping"}`, `{"jsonrpc":"2.0","id":1,"method":"start","params":{"type":"im"}}`,
		`{"jsonrpc":"2.0","id":1,"method":"hello","params":[]}`,
		`{"jsonrpc":"2.0","id":1,"method":"hello","params":{"userId":7}}`} {
		p := w.dial()
		p.say(text)
		assert.Equal(t, websocket.StatusPolicyViolation, p.closed(), text)
	}
	binary := w.dial()
	require.NoError(t, binary.ws.Write(t.Context(), websocket.MessageBinary, []byte("x")))
	assert.Equal(t, websocket.StatusUnsupportedData, binary.closed())
	huge := w.dial()
	_ = huge.ws.Write(t.Context(), websocket.MessageText, make([]byte, wire.MaxFrame+1))
	assert.Equal(t, websocket.StatusMessageTooBig, huge.closed())
	w.server.patience = 50 * time.Millisecond
	assert.Equal(t, websocket.StatusPolicyViolation, w.dial().closed(), "says nothing")
	assert.Empty(t, w.center.log())
}

func TestMethods(t *testing.T) {
	w := newWorld(t)
	p, r := w.hello(wire.HelloParams{})
	me := r.VisitorID
	assert.Equal(t, wire.ErrMessage.Code, p.ask(wire.VisitorHello, wire.HelloParams{}).Error.Code)
	assert.Equal(t, wire.ErrMessage.Code, p.ask("no.such", nil).Error.Code)
	assert.Equal(t, "type", p.ask(wire.VisitorStart, wire.VisitorStartParams{Type: "phone"}).Error.Field)
	assert.Equal(t, wire.ErrGroupUnknown.Code,
		p.ask(wire.VisitorStart, wire.VisitorStartParams{Type: "im", SkillGroupID: "nobody"}).Error.Code)
	assert.Equal(t, wire.ErrMessageInvalid.Code,
		p.ask(wire.VisitorStart, wire.VisitorStartParams{Type: "im", Text: strings.Repeat("a", 8193)}).Error.Code)
	var s wire.VisitorSession
	require.NoError(t, json.Unmarshal(p.ask(wire.VisitorStart, wire.VisitorStartParams{Type: "im"}).Result, &s))

	var m wire.Message
	require.NoError(t, json.Unmarshal(p.ask(wire.VisitorSend,
		wire.SendParams{SessionID: s.SessionID, ID: "1", Text: "hello"}).Result, &m))
	assert.Equal(t, "hello", m.Text)
	assert.Equal(t, wire.ErrMessageInvalid.Code,
		p.ask(wire.VisitorSend, wire.SendParams{SessionID: s.SessionID, ID: "2", Card: &wire.Card{}}).Error.Code)
	assert.Equal(t, wire.ErrMessageInvalid.Code,
		p.ask(wire.VisitorSend, wire.SendParams{SessionID: s.SessionID, ID: "2",
			Text: strings.Repeat("a", 8193)}).Error.Code)
	assert.JSONEq(t, `{"messages":[],"more":false}`,
		string(p.ask(wire.VisitorMessages, wire.MessagesParams{SessionID: s.SessionID}).Result))
	require.Nil(t, p.ask(wire.VisitorDelivered, wire.ReadParams{SessionID: s.SessionID, Seq: 4}).Error)
	require.Nil(t, p.ask(wire.VisitorRead, wire.ReadParams{SessionID: s.SessionID, Seq: 3}).Error)
	require.Nil(t, p.ask(wire.VisitorTyping, wire.TypingParams{SessionID: s.SessionID, Typing: true}).Error)
	require.Nil(t, p.ask(wire.VisitorPing, nil).Error)
	assert.JSONEq(t, `{"sdp":"answer to x of `+me+`"}`,
		string(p.ask(wire.VisitorOffer, wire.SessionOfferParams{SDP: "x"}).Result))
	f := p.ask(wire.VisitorEnd, wire.SessionParams{SessionID: s.SessionID})
	assert.Equal(t, wire.ErrInternal.Code, f.Error.Code)
	assert.NotContains(t, f.Error.Error(), "secret of the store")
	assert.Equal(t, []string{
		me + " says hello", me + " messages", me + " has 4", me + " read 3", me + " types true",
		me + " ends " + s.SessionID,
	}, w.center.log())

	var up wire.UploadResult
	require.NoError(t, json.Unmarshal(p.ask(wire.VisitorUpload,
		wire.UploadParams{SessionID: s.SessionID, Name: "a.png", Size: 1}).Result, &up))
	assert.Equal(t, "/files/upload/"+app+"/"+s.SessionID+"/"+me+"/a.png", up.URL)
	thief, _ := w.hello(wire.HelloParams{})
	assert.Equal(t, wire.ErrSessionNotFound.Code,
		thief.ask(wire.VisitorUpload, wire.UploadParams{SessionID: s.SessionID, Name: "a.png", Size: 1}).Error.Code)
	w.center.mu.Lock()
	w.center.visits[me].State = wire.VisitorEnded
	w.center.mu.Unlock()
	assert.Equal(t, wire.ErrSessionState.Code,
		p.ask(wire.VisitorUpload, wire.UploadParams{SessionID: s.SessionID, Name: "a.png", Size: 1}).Error.Code)
}

func TestNotificationsFollowTheAnswer(t *testing.T) {
	w := newWorld(t)
	w.center.early = &wire.Frame{Method: wire.VisitorNotifyTyping, Params: []byte(`{"typing":true}`)}
	p := w.dial()
	p.say(`{"jsonrpc":"2.0","id":1,"method":"hello"}`)
	first := p.hear(func(*wire.Frame) bool { return true })
	require.Equal(t, uint64(1), first.ID, "%+v", first)
	var r wire.HelloResult
	require.NoError(t, json.Unmarshal(first.Result, &r))
	assert.Equal(t, wire.VisitorNotifyTyping, p.hear(func(*wire.Frame) bool { return true }).Method)
	w.center.tell(r.VisitorID, wire.Frame{Method: wire.VisitorNotifyRead, Params: []byte(`{"seq":7}`)})
	assert.Equal(t, wire.VisitorNotifyRead, p.hear(func(*wire.Frame) bool { return true }).Method)
	require.Equal(t, 1, w.center.watching(r.VisitorID))
	require.NoError(t, p.ws.Close(websocket.StatusNormalClosure, ""))
	require.Eventually(t, func() bool { return w.center.watching(r.VisitorID) == 0 }, patient, time.Millisecond,
		"the customer is not there any more")
}

func TestASlowReaderIsClosed(t *testing.T) {
	w := newWorld(t)
	_, r := w.hello(wire.HelloParams{}) // and reads no more
	text, _ := json.Marshal(strings.Repeat("x", 100_000))
	for range 10 * outSize {
		w.center.tell(r.VisitorID, wire.Frame{Method: wire.VisitorNotifyMessage, Params: text})
	}
	require.Eventually(t, func() bool { return w.server.Conns() == 0 }, 3*patient, 10*time.Millisecond)
}

func TestLimits(t *testing.T) {
	w := newWorld(t, func(a *config.App) { a.Visitors.PerAddress = 15 })
	p, r := w.hello(wire.HelloParams{})
	for i := range saysBurst {
		require.Nil(t, p.ask(wire.VisitorSend, wire.SendParams{ID: fmt.Sprint(i), Text: "x"}).Error)
	}
	assert.Equal(t, wire.ErrOverloaded.Code, p.ask(wire.VisitorSend, wire.SendParams{ID: "x", Text: "x"}).Error.Code)
	other, _ := w.hello(wire.HelloParams{Secret: r.Secret})
	assert.Equal(t, wire.ErrOverloaded.Code,
		other.ask(wire.VisitorSend, wire.SendParams{ID: "x", Text: "x"}).Error.Code,
		"of the customer, not of the socket")
	w.pass(time.Second)
	require.Nil(t, other.ask(wire.VisitorSend, wire.SendParams{ID: "x", Text: "x"}).Error)

	for range startBurst {
		require.Nil(t, p.ask(wire.VisitorStart, wire.VisitorStartParams{Type: "im"}).Error)
	}
	assert.Equal(t, wire.ErrOverloaded.Code, p.ask(wire.VisitorStart, wire.VisitorStartParams{Type: "im"}).Error.Code)

	for range socketsMost - 2 {
		w.hello(wire.HelloParams{Secret: r.Secret})
	}
	assert.Equal(t, wire.ErrOverloaded.Code, w.refused(wire.HelloParams{Secret: r.Secret}).Code,
		"sockets of a customer")
	for range 5 {
		w.hello(wire.HelloParams{})
	}
	assert.Equal(t, wire.ErrOverloaded.Code, w.refused(wire.HelloParams{}).Code, "sockets of an address")
}

// What customers write is bounded in bytes, by customer and by address.
func TestTextIsBoundedInBytes(t *testing.T) {
	w := newWorld(t, func(a *config.App) { a.Visitors.PerAddress = 100 })
	text := strings.Repeat("a", wire.MessageTextMost)
	write := func(p *page) (n int) {
		t.Helper()
		for range saysBurst {
			f := p.ask(wire.VisitorSend, wire.SendParams{ID: "m", Text: text})
			if f.Error != nil {
				assert.Equal(t, wire.ErrOverloaded.Code, f.Error.Code)
				assert.Contains(t, f.Error.Error(), "too much text")
				return n
			}
			n += len(text)
		}
		return n
	}
	p, _ := w.hello(wire.HelloParams{})
	one := write(p)
	assert.InDelta(t, bytesBurst, one, 2*wire.MessageTextMost)
	require.NotNil(t, p.ask(wire.VisitorStart, wire.VisitorStartParams{Type: "im", Text: text}).Error,
		"the first words count as well")
	w.pass(10 * time.Second)
	assert.InDelta(t, 10*bytesPerSec, write(p), wire.MessageTextMost, "it comes back")

	all := 0
	for range 15 { // other customers of the address
		other, _ := w.hello(wire.HelloParams{})
		all += write(other)
	}
	assert.Less(t, all, 10*bytesBurst, "an address has ten times as much as a customer")
	assert.Greater(t, all, 5*bytesBurst)
}

func TestAFloodIsClosed(t *testing.T) {
	w := newWorld(t)
	for _, text := range []string{`{"jsonrpc":"2.0","id":5,"method":"ping"}`, "garbage"} {
		p, _ := w.hello(wire.HelloParams{})
		for range 2*framesBurst + 2*strikesMost {
			if p.ws.Write(t.Context(), websocket.MessageText, []byte(text)) != nil {
				break
			}
		}
		assert.Equal(t, websocket.StatusPolicyViolation, p.closed(), text)
	}
}

func TestNewcomersAndHellosAreBounded(t *testing.T) {
	w := newWorld(t)
	codes := map[int]int{}
	for range 2 * newBurst {
		w.pass(time.Second / 10) // as often as hello may be said
		p := w.dial()
		f := p.ask(wire.VisitorHello, wire.HelloParams{})
		if f.Error != nil {
			codes[f.Error.Code]++
		}
		require.NoError(t, p.ws.CloseNow())
	}
	assert.Positive(t, codes[wire.ErrOverloaded.Code])
	assert.Len(t, codes, 1)
}

func TestSilentSocketsAreBounded(t *testing.T) {
	w := newWorld(t)
	for range silentMost {
		w.dial()
	}
	_, res, err := websocket.Dial(t.Context(), w.url,
		&websocket.DialOptions{Subprotocols: []string{wire.VisitorProtocol}})
	require.Error(t, err)
	assert.Equal(t, http.StatusTooManyRequests, res.StatusCode)
}

func TestSessionsOfAnAddress(t *testing.T) {
	w := newWorld(t)
	for i := range openMost {
		w.server.limits.visits.note("127.0.0.1", visit{app, fmt.Sprint("user", i), "s"})
		w.center.visits[fmt.Sprint("user", i)] = &wire.VisitorSession{SessionID: "s", State: wire.VisitorTalking}
	}
	p, _ := w.hello(wire.HelloParams{})
	assert.Equal(t, wire.ErrOverloaded.Code, p.ask(wire.VisitorStart, wire.VisitorStartParams{Type: "im"}).Error.Code)
	w.center.mu.Lock()
	w.center.visits["user7"].State = wire.VisitorEnded
	w.center.mu.Unlock()
	require.Nil(t, p.ask(wire.VisitorStart, wire.VisitorStartParams{Type: "im"}).Error, "one has ended")
	assert.Len(t, w.server.limits.visits.of("127.0.0.1"), openMost)
}

func TestAnAddressHasAShareOfAQueue(t *testing.T) {
	w := newWorld(t)
	const share = 10 // of a hundred
	for i := range share {
		w.server.limits.visits.note("127.0.0.1", visit{app, fmt.Sprint("user", i), "s"})
		w.center.visits[fmt.Sprint("user", i)] = &wire.VisitorSession{SessionID: "s", State: wire.VisitorQueued}
	}
	p, _ := w.hello(wire.HelloParams{})
	f := p.ask(wire.VisitorStart, wire.VisitorStartParams{Type: "im", SkillGroupID: "sales"})
	require.NotNil(t, f.Error)
	assert.Equal(t, wire.ErrOverloaded.Code, f.Error.Code)
	w.center.mu.Lock()
	w.center.visits["user7"].State = wire.VisitorTalking
	w.center.mu.Unlock()
	require.Nil(t, p.ask(wire.VisitorStart, wire.VisitorStartParams{Type: "im", SkillGroupID: "sales"}).Error,
		"one is served")

	a := config.Demo().Apps[0]
	a.Visitors.PerAddress = 1000
	assert.Equal(t, 100, queueShare(&a, ""), "many are expected behind an address")
	assert.Equal(t, shareLeast, queueShare(&a, "unknown"))
}

func TestVisitsAreBounded(t *testing.T) {
	var v visits
	for i := range visitsMost + 10 {
		v.note(fmt.Sprint(i), visit{})
	}
	assert.Len(t, v.open, visitsMost)
}
