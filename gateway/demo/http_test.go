package demo

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/gateway/auth"
	"tccc/gateway/config"
	"tccc/gateway/sip"
	"tccc/gateway/store"
	"tccc/wire"
)

// site is the demo's doors behind a real HTTP server.
type site struct {
	t *testing.T
	*httptest.Server
}

func newSite(t *testing.T, o Options) *site {
	t.Helper()
	if o.App == nil {
		o.App = config.Demo().App("1400000001")
	}
	o.Log = testLog()
	s := &site{t, httptest.NewServer(Handler(o))}
	t.Cleanup(s.Close)
	t.Cleanup(s.Client().CloseIdleConnections)
	return s
}

// do sends a request and decodes the answer; headers are name, value pairs.
func (s *site) do(method, path, body string, answer any, headers ...string) *http.Response {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), method, s.URL+path, strings.NewReader(body))
	require.NoError(s.t, err)
	r.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(headers); i += 2 {
		if r.Header.Set(headers[i], headers[i+1]); headers[i] == "Host" {
			r.Host = headers[i+1]
		}
	}
	resp, err := s.Client().Do(r)
	require.NoError(s.t, err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	require.NoError(s.t, err)
	if answer != nil {
		require.Equal(s.t, "application/json", resp.Header.Get("Content-Type"))
		require.NoError(s.t, json.Unmarshal(text, answer), "%s", text)
	}
	return resp
}

type failure struct {
	Error wire.Error `json:"error"`
}

func newTokens(t *testing.T) *auth.Auth {
	t.Helper()
	st, err := store.Open(t.Context(), store.Options{Dir: t.TempDir()})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, st.Close(context.Background())) })
	a, err := auth.New(t.Context(), st, auth.Options{})
	require.NoError(t, err)
	return a
}

func TestLogin(t *testing.T) {
	tokens := newTokens(t)
	s := newSite(t, Options{Tokens: tokens})
	var got loginResult
	resp := s.do("POST", "/demo/login", `{"userId":"agent1@demo"}`, &got)
	require.Equal(t, 200, resp.StatusCode)
	assert.Equal(t, "no-store", resp.Header.Get("Cache-Control"))
	assert.Equal(t, "1400000001", got.SDKAppID)
	assert.Equal(t, "agent1@demo", got.UserID)
	assert.Equal(t, s.URL+"/sdk/tcccSdk.js?sdkAppId=1400000001&token="+got.Token+"&userid=agent1%40demo", got.SDKURL)
	u, err := url.Parse(got.SDKURL)
	require.NoError(t, err)
	assert.Equal(t, "agent1@demo", u.Query().Get("userid"))
	user, err := tokens.Check(t.Context(), got.SDKAppID, got.Token)
	require.NoError(t, err)
	assert.Equal(t, "agent1@demo", user)

	public := newSite(t, Options{Tokens: tokens, PublicURL: "https://cc.example.com"})
	public.do("POST", "/demo/login", `{"userId":"agent5@demo"}`, &got)
	assert.True(t, strings.HasPrefix(got.SDKURL, "https://cc.example.com/sdk/tcccSdk.js?"), got.SDKURL)
}

func TestLoginRefuses(t *testing.T) {
	s := newSite(t, Options{Tokens: newTokens(t)})
	for body, want := range map[string]struct {
		status int
		err    *wire.Error
		says   string
	}{
		`{"userId":"agent9@demo"}`: {404, wire.ErrCalleeUnknown, "agent1@demo, agent2@demo"},
		`{"userId":"agent1"}`:      {400, wire.ErrInvalidOptions, "accounts of the demo end in @demo"},
		`{"userId":""}`:            {400, wire.ErrInvalidOptions, "userId is missing"},
		`{}`:                       {400, wire.ErrInvalidOptions, "userId is missing"},
		`{"userId":7}`:             {400, wire.ErrInvalidOptions, "userId must be a string"},
		`{"userId":`:               {400, wire.ErrInvalidOptions, "must be a JSON object"},
		``:                         {400, wire.ErrInvalidOptions, "must be a JSON object"},
		`{"userId":"` + strings.Repeat("a", 5000) + `"}`: {400, wire.ErrInvalidOptions, "4096 bytes"},
	} {
		var got failure
		resp := s.do("POST", "/demo/login", body, &got)
		assert.Equal(t, want.status, resp.StatusCode, body)
		assert.Equal(t, want.err.Code, got.Error.Code, body)
		assert.Contains(t, got.Error.Detail, want.says, body)
		assert.NotEmpty(t, got.Error.Remedy, body)
	}
	assert.Equal(t, 405, s.do("GET", "/demo/login", "", nil).StatusCode)
	assert.Equal(t, 404, s.do("GET", "/demo/phone/calls", "", nil).StatusCode, "there is no phone")
}

type brokenTokens struct{}

func (brokenTokens) Issue(context.Context, string, string, bool) (auth.Token, error) {
	return auth.Token{}, errors.New("a secret of the store")
}

func TestInnerErrorsStayInside(t *testing.T) {
	s := newSite(t, Options{Tokens: brokenTokens{}})
	var got failure
	assert.Equal(t, 500, s.do("POST", "/demo/login", `{"userId":"agent1@demo"}`, &got).StatusCode)
	assert.Equal(t, wire.ErrInternal.Code, got.Error.Code)
	assert.NotContains(t, got.Error.Error(), "secret of the store")
}

func TestOrigins(t *testing.T) {
	tokens := newTokens(t)
	s, exposed := newSite(t, Options{Tokens: tokens}), newSite(t, Options{Tokens: tokens, Exposed: true})
	const login = `{"userId":"agent1@demo"}`
	for _, origin := range []string{"http://localhost:3000", "http://127.0.0.1:5173", "http://[::1]:1",
		"https://app.localhost"} {
		resp := s.do("POST", "/demo/login", login, nil, "Origin", origin)
		assert.Equal(t, 200, resp.StatusCode, origin)
		assert.Equal(t, origin, resp.Header.Get("Access-Control-Allow-Origin"))
		assert.Contains(t, resp.Header.Values("Vary"), "Origin")
		resp = s.do("OPTIONS", "/demo/login", "", nil, "Origin", origin, "Access-Control-Request-Method", "POST",
			"Access-Control-Request-Headers", "content-type,sw8")
		assert.Equal(t, 204, resp.StatusCode)
		assert.Equal(t, origin, resp.Header.Get("Access-Control-Allow-Origin"))
		assert.Contains(t, resp.Header.Get("Access-Control-Allow-Methods"), "POST")
		assert.Equal(t, "content-type,sw8", resp.Header.Get("Access-Control-Allow-Headers"))
		assert.Equal(t, "true", resp.Header.Get("Access-Control-Allow-Credentials"))
	}
	for _, origin := range []string{"https://evil.example", "http://localhost.evil.example", "null",
		"http://127.0.0.1.evil.example"} {
		for _, method := range []string{"POST", "OPTIONS"} {
			var got failure
			resp := s.do(method, "/demo/login", login, &got, "Origin", origin)
			assert.Equal(t, 403, resp.StatusCode, origin)
			assert.Empty(t, resp.Header.Get("Access-Control-Allow-Origin"))
			assert.Equal(t, wire.ErrOrigin.Code, got.Error.Code)
		}
	}
	// A name of the internet that leads to the loopback (DNS rebinding).
	rebound := []string{"Host", "evil.example", "Origin", "http://evil.example"}
	assert.Equal(t, 403, s.do("OPTIONS", "/demo/login", "", nil, "Host", "evil.example", "Origin", "http://localhost:1",
		"Access-Control-Request-Method", "POST").StatusCode)
	assert.Equal(t, 403, s.do("POST", "/demo/login", login, nil, rebound...).StatusCode)
	assert.Equal(t, 403, s.do("POST", "/demo/login", login, nil, rebound[:2]...).StatusCode)
	// An exposed demo is reached by other names, but not from other sites.
	assert.Equal(t, 200, exposed.do("POST", "/demo/login", login, nil, "Host", "desk.lan", "Origin",
		"http://desk.lan").StatusCode)
	assert.Equal(t, 403, exposed.do("POST", "/demo/login", login, nil, "Host", "desk.lan", "Origin",
		"http://evil.example").StatusCode)
}

func TestPhoneOverHTTP(t *testing.T) {
	w := newWorld(t)
	s := newSite(t, Options{Phone: w.phone})
	var calls []Info
	s.do("GET", "/demo/phone/calls", "", &calls)
	require.NotNil(t, calls, "an empty list, not null")
	require.Empty(t, calls)
	var numbers []struct{ Number, Name string }
	s.do("GET", "/demo/phone/numbers", "", &numbers)
	require.Len(t, numbers, 3)
	assert.Equal(t, "4001000001", numbers[0].Number)

	var made struct{ CallID string }
	require.Equal(t, 200, s.do("POST", "/demo/phone/call", `{"from":"13800138000","to":"4001000001","digits":"1"}`,
		&made).StatusCode)
	c := <-w.calls
	p := &party{Call: c, w: w}
	require.Equal(t, made.CallID, c.ID())
	require.NoError(t, c.Answer())
	p.await(sip.Answered)
	p.talk(600)
	assert.Equal(t, byte('1'), p.await(sip.Digit).Digit)
	w.shows(made.CallID, "hearing 600 Hz", func(i Info) bool { return sounds(i.Energy, i.Frequency, 600) })
	s.do("GET", "/demo/phone/calls", "", &calls)
	require.Len(t, calls, 1)
	assert.Equal(t, StateTalking, calls[0].State)
	assert.NotZero(t, calls[0].Energy)

	id := `{"callId":"` + made.CallID + `"`
	for _, step := range []struct {
		path, body string
		status     int
	}{
		{"digits", id + `,"digits":"42"}`, 200},
		{"digits", id + `,"digits":"x"}`, 400},
		{"voice", id + `,"voice":"silence"}`, 200},
		{"voice", id + `,"voice":"shout"}`, 400},
		{"answer", id + `}`, 409},
		{"decline", id + `}`, 409},
		{"hangup", `{"callId":"nobody"}`, 404},
		{"hangup", `[]`, 400},
		{"call", `{"from":"13800138000","to":"x"}`, 400},
	} {
		var body map[string]any
		resp := s.do("POST", "/demo/phone/"+step.path, step.body, &body)
		assert.Equal(t, step.status, resp.StatusCode, "%s %s: %v", step.path, step.body, body)
	}
	assert.Equal(t, byte('4'), p.await(sip.Digit).Digit)
	for range 2 {
		assert.Equal(t, 200, s.do("POST", "/demo/phone/hangup", id+`}`, nil).StatusCode, "twice is no error")
	}
	p.await(sip.Ended)
	w.is(made.CallID, StateEnded)
}

// feed reads server-sent events.
type feed struct {
	t      *testing.T
	lines  *bufio.Scanner
	cancel context.CancelFunc
	body   io.Closer
}

func (s *site) feed() *feed {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), patience)
	r, err := http.NewRequestWithContext(ctx, "GET", s.URL+"/demo/phone/events", nil)
	require.NoError(s.t, err)
	resp, err := s.Client().Do(r)
	require.NoError(s.t, err)
	require.Equal(s.t, 200, resp.StatusCode)
	require.Equal(s.t, "text/event-stream", resp.Header.Get("Content-Type"))
	return &feed{s.t, bufio.NewScanner(resp.Body), cancel, resp.Body}
}

func (f *feed) close() {
	f.cancel()
	_ = f.body.Close()
}

// next is the next event of a name, for which ok holds.
func await[T any](f *feed, name string, ok func(T) bool) T {
	f.t.Helper()
	for current := ""; f.lines.Scan(); {
		if n, found := strings.CutPrefix(f.lines.Text(), "event: "); found {
			current = n
		}
		if data, found := strings.CutPrefix(f.lines.Text(), "data: "); found && current == name {
			var v T
			require.NoError(f.t, json.Unmarshal([]byte(data), &v))
			if ok(v) {
				return v
			}
		}
	}
	require.FailNow(f.t, "the feed ended without "+name)
	panic("unreachable")
}

func TestEvents(t *testing.T) {
	w := newWorld(t)
	s := newSite(t, Options{Phone: w.phone})
	f := s.feed()
	await(f, "calls", func(c []Info) bool { return len(c) == 0 })
	p := w.dial("13800138000")
	await(f, "calls", func(c []Info) bool { return len(c) == 1 && c[0].Choice && c[0].State == StateRinging })
	s.do("POST", "/demo/phone/answer", `{"callId":"`+p.ID()+`"}`, nil)
	p.await(sip.Answered)
	p.talk(800)
	await(f, "calls", func(c []Info) bool { return c[0].State == StateTalking })
	await(f, "levels", func(l []Level) bool {
		return len(l) == 1 && l[0].CallID == p.ID() && sounds(l[0].Energy, l[0].Frequency, 800) && l[0].Level > 0.1
	})

	second := w.dial("13900139000")
	await(f, "calls", func(c []Info) bool { return len(c) == 2 && c[0].Choice })
	f.close() // the page is gone
	second.await(sip.Answered)
	require.True(t, eventually(func() bool { return w.phone.pages.open() == 0 }))
}

func TestEventsAreBoundedAndEnd(t *testing.T) {
	w := newWorld(t)
	s := newSite(t, Options{Phone: w.phone})
	var feeds []*feed
	for range maxPages {
		f := s.feed()
		defer f.close()
		await(f, "calls", func([]Info) bool { return true })
		feeds = append(feeds, f)
	}
	var got failure
	assert.Equal(t, 503, s.do("GET", "/demo/phone/events", "", &got).StatusCode)
	assert.Equal(t, wire.ErrOverloaded.Code, got.Error.Code)

	s.Config.RegisterOnShutdown(w.phone.EndStreams)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	require.NoError(t, s.Config.Shutdown(ctx), "open streams do not keep the server from its end")
	for _, f := range feeds {
		for f.lines.Scan() {
			assert.Empty(t, f.lines.Text())
		}
	}
	require.ErrorIs(t, w.phone.pages.enter(), wire.ErrStopping)
}
