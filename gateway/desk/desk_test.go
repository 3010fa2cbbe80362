package desk_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/gateway/config"
	"tccc/gateway/desk"
	"tccc/gateway/store"
)

const appID = "1400000001"

type sigCase struct {
	Name, UserSig, Identifier, SDKAppID string
	Code                                int
	Now                                 int64
}

type sigCases struct {
	Administrator, Key string
	Cases              []sigCase
}

// userSigs are those that testdata/usersigs.py made.
func userSigs(t testing.TB) sigCases {
	text, err := os.ReadFile("testdata/usersigs.json")
	require.NoError(t, err)
	var all sigCases
	require.NoError(t, json.Unmarshal(text, &all))
	require.NotEmpty(t, all.Cases)
	return all
}

// apps are three applications: the second one has the first one's key, the
// third one has none.
type apps struct{ administrator, key string }

func (a apps) App(id string) (config.App, bool) {
	sig := config.UserSig{Key: config.NewSecret(a.key), Administrator: a.administrator}
	switch id {
	case appID, "1400000002":
		return config.App{SDKAppID: id, UserSig: sig}, true
	case "1400000003":
		return config.App{SDKAppID: id, UserSig: config.UserSig{Administrator: a.administrator}}, true
	}
	return config.App{}, false
}

// spelling are applications that choose how states are spelled.
type spelling struct {
	desk.Apps
	original bool
}

func (s spelling) App(id string) (config.App, bool) {
	a, ok := s.Apps.App(id)
	a.UserSig.OriginalSpelling = s.original
	return a, ok
}

// chats stands for the chats, with what a test puts in.
type chats struct {
	sessions map[string]desk.Session // by application and id
	of       map[string]string       // id by application, customer and account
	sent     []desk.Message
	err      error
}

func (c *chats) Session(_ context.Context, app, id string) (desk.Session, error) {
	s, ok := c.sessions[app+"/"+id]
	if !ok {
		return s, errors.Join(store.ErrNotFound, c.err)
	}
	return s, c.err
}

func (c *chats) SessionOf(ctx context.Context, app, customer, service string) (desk.Session, error) {
	id, ok := c.of[app+"/"+customer+"/"+service]
	if !ok {
		return desk.Session{}, fmt.Errorf("of %s: %w", customer, store.ErrNotFound)
	}
	return c.Session(ctx, app, id)
}

func (c *chats) Send(ctx context.Context, app string, m desk.Message) error {
	if m.SessionID == "" {
		if _, err := c.SessionOf(ctx, app, m.CustomerID, m.ServiceID); err != nil {
			return err
		}
	} else if _, err := c.Session(ctx, app, m.SessionID); err != nil {
		return err
	}
	c.sent = append(c.sent, m)
	return nil
}

func (c *chats) End(ctx context.Context, app, id string) error {
	_, err := c.Session(ctx, app, id)
	delete(c.sessions, app+"/"+id)
	return err
}

type bench struct {
	*testing.T
	chats *chats
	url   string
	query url.Values
}

type answer struct {
	ActionStatus, ErrorInfo string
	ErrorCode               int
	SessionID               string `json:"SessionId"`
	CurrentState            string
	AgentID                 string `json:"AgentId"`
}

func start(t *testing.T, change func(*desk.Options)) *bench {
	sigs := userSigs(t)
	now := time.Unix(sigs.Cases[0].Now, 0)
	b := &bench{T: t, chats: &chats{sessions: map[string]desk.Session{}, of: map[string]string{}}}
	o := desk.Options{Apps: apps{sigs.Administrator, sigs.Key}, Chats: b.chats, Rate: -1,
		Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return now }}
	if change != nil {
		change(&o)
	}
	srv := httptest.NewServer(desk.New(o))
	t.Cleanup(srv.Close)
	b.url = srv.URL
	b.query = url.Values{
		"sdkappid": {appID}, "identifier": {sigs.Administrator}, "usersig": {sigs.Cases[0].UserSig},
		"random": {"4294967295"}, "contenttype": {"json"},
	}
	return b
}

// ask sends a request, whose answer has status 200 whatever happens.
func (b *bench) ask(method, path, query, body string) answer {
	b.Helper()
	r, err := http.NewRequest(method, b.url+path+"?"+query, strings.NewReader(body))
	require.NoError(b, err)
	resp, err := http.DefaultClient.Do(r)
	require.NoError(b, err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	require.NoError(b, err)
	require.Equal(b, http.StatusOK, resp.StatusCode)
	require.Equal(b, "application/json", resp.Header.Get("Content-Type"))
	var a answer
	require.NoError(b, json.Unmarshal(text, &a), "%s", text)
	if a.ErrorCode == 0 {
		require.Equal(b, "OK", a.ActionStatus)
		require.Empty(b, a.ErrorInfo)
	} else {
		require.Equal(b, "FAIL", a.ActionStatus)
		require.NotEmpty(b, a.ErrorInfo)
		require.NotContains(b, string(text), "SessionId\":")
	}
	return a
}

func (b *bench) call(command, body string) answer {
	b.Helper()
	return b.ask(http.MethodPost, desk.Path+command, b.query.Encode(), body)
}

func TestUserSigs(t *testing.T) {
	for _, c := range userSigs(t).Cases {
		t.Run(c.Name, func(t *testing.T) {
			b := start(t, func(o *desk.Options) { o.Now = func() time.Time { return time.Unix(c.Now, 0) } })
			q := url.Values{"sdkappid": {c.SDKAppID}, "identifier": {c.Identifier}, "usersig": {c.UserSig},
				"random": {"0"}, "contenttype": {"json"}}
			a := b.ask(http.MethodPost, desk.Path+"get_session_state", q.Encode(),
				`{"ClientUserId":"u","CustomerServiceId":"@s"}`)
			assert.Equal(t, c.Code, a.ErrorCode, a.ErrorInfo)
		})
	}
}

func TestStates(t *testing.T) {
	for _, c := range []struct {
		state              desk.State
		spelling, original string
		agent              string
	}{
		{desk.NotInSession, "Not in session", "NotInSession", ""},
		{desk.Chatbot, "Chatbot", "Chatbot", ""},
		{desk.Queuing, "Queuing", "Queueing", ""},
		{desk.Waiting, "WaitingForAgentAnswering", "WaitingForAgentAnswering", "agent1@demo"},
		{desk.Agent, "Agent", "Agent", "agent1@demo"},
	} {
		t.Run(c.spelling, func(t *testing.T) {
			for _, original := range []bool{false, true} {
				b := start(t, func(o *desk.Options) { o.Apps = spelling{o.Apps, original} })
				b.chats.sessions[appID+"/s1"] = desk.Session{ID: "s1", State: c.state, AgentID: "agent1@demo"}
				b.chats.of[appID+"/u1/@desk"] = "s1"
				want := answer{ActionStatus: "OK", SessionID: "s1", CurrentState: c.spelling, AgentID: c.agent}
				if original {
					want.CurrentState = c.original
				}
				for _, body := range []string{
					`{"SessionId":"s1"}`, `{"ClientUserId":"u1","CustomerServiceId":"@desk"}`,
					`{"SessionId":"s1","ClientUserId":"other","CustomerServiceId":"@desk"}`,
					`{"SessionId":"s1","New":true}`,
				} {
					assert.Equal(t, want, b.call("get_session_state", body), body)
				}
			}
		})
	}
}

func TestNoSession(t *testing.T) {
	for _, without := range []bool{false, true} {
		b := start(t, func(o *desk.Options) {
			if without {
				o.Chats = nil
			}
		})
		b.chats.sessions["1400000002/theirs"] = desk.Session{ID: "theirs", State: desk.Agent, AgentID: "nina"}
		b.chats.of["1400000002/u9/@desk"] = "theirs"
		unknown := b.call("get_session_state", `{"SessionId":"nothing"}`)
		assert.Equal(t, desk.CodeNoSession, unknown.ErrorCode)
		assert.Equal(t, unknown, b.call("get_session_state", `{"SessionId":"theirs"}`), "nothing is learned")
		assert.Equal(t, answer{ActionStatus: "OK", CurrentState: "Not in session"},
			b.call("get_session_state", `{"ClientUserId":"u9","CustomerServiceId":"@desk"}`),
			"a customer may be in no session")
		assert.Equal(t, unknown, b.call("end_session", `{"SessionId":"theirs"}`))
		assert.Equal(t, unknown, b.call("send_msg",
			`{"SessionId":"theirs","MsgBody":[{"MsgType":"TIMTextElem","MsgContent":{"Text":"x"}}]}`))
		assert.Equal(t, unknown, b.call("send_msg",
			`{"FromAccount":"@desk","ToAccount":"u9","MsgBody":[{"MsgType":"TIMTextElem","MsgContent":{"Text":"x"}}]}`))
		assert.Len(t, b.chats.sessions, 1)
		assert.Empty(t, b.chats.sent)
	}
}

func TestSendAndEnd(t *testing.T) {
	b := start(t, nil)
	b.chats.sessions[appID+"/s1"] = desk.Session{ID: "s1", State: desk.Agent}
	b.chats.of[appID+"/u1/@desk"] = "s1"
	a := b.call("send_msg", `{"SessionId":"s1","MsgRandom":4294967295,"CloudCustomData":"own","MsgBody":[
		{"MsgType":"TIMTextElem","MsgContent":{"Text":"hello"}},{"MsgType":"TIMCustomElem","MsgContent":{"Data":"{}"}}]}`)
	require.Zero(t, a.ErrorCode, a.ErrorInfo)
	a = b.call("send_msg", `{"FromAccount":"@desk","ToAccount":"u1","MsgBody":[{"MsgType":"TIMTextElem","MsgContent":{"Text":"hi"}}]}`)
	require.Zero(t, a.ErrorCode, a.ErrorInfo)
	require.Len(t, b.chats.sent, 2)
	assert.Equal(t, desk.Message{SessionID: "s1", Random: 4294967295, CustomData: "own", Body: []desk.Element{
		{Type: "TIMTextElem", Text: "hello", Content: json.RawMessage(`{"Text":"hello"}`)},
		{Type: "TIMCustomElem", Content: json.RawMessage(`{"Data":"{}"}`)},
	}}, b.chats.sent[0])
	assert.Equal(t, []string{"@desk", "u1"}, []string{b.chats.sent[1].ServiceID, b.chats.sent[1].CustomerID})

	assert.Equal(t, answer{ActionStatus: "OK"}, b.call("end_session", `{"SessionId":"s1"}`))
	assert.Equal(t, desk.CodeNoSession, b.call("end_session", `{"SessionId":"s1"}`).ErrorCode)
}

func TestBodies(t *testing.T) {
	b := start(t, nil)
	long := strings.Repeat("x", 257)
	text := `[{"MsgType":"TIMTextElem","MsgContent":{"Text":"x"}}]`
	for _, c := range []struct {
		command, body string
		code          int
	}{
		{"get_session_state", ``, desk.CodeJSON},
		{"get_session_state", `x`, desk.CodeJSON},
		{"get_session_state", `null`, desk.CodeJSON},
		{"get_session_state", `[]`, desk.CodeJSON},
		{"get_session_state", `{}{}`, desk.CodeJSON},
		{"get_session_state", `{"SessionId":`, desk.CodeJSON},
		{"get_session_state", `{"a":` + strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000) + "}", desk.CodeJSON},
		{"get_session_state", `{"SessionId":"` + strings.Repeat("x", 70_000) + `"}`, desk.CodeRequest},
		{"get_session_state", `{}`, desk.CodeParameter},
		{"get_session_state", `{"SessionId":1}`, desk.CodeParameter},
		{"get_session_state", `{"SessionId":{}}`, desk.CodeParameter},
		{"get_session_state", `{"SessionId":""}`, desk.CodeParameter},
		{"get_session_state", `{"SessionId":"` + long + `"}`, desk.CodeParameter},
		{"get_session_state", `{"ClientUserId":"u"}`, desk.CodeParameter},
		{"get_session_state", `{"CustomerServiceId":"@s"}`, desk.CodeParameter},
		{"get_session_state", `{"ClientUserId":"u","CustomerServiceId":"s"}`, desk.CodeParameter},
		{"get_session_state", `{"ClientUserId":"u","CustomerServiceId":"@"}`, desk.CodeParameter},
		{"get_session_state", `{"ClientUserId":"` + long + `","CustomerServiceId":"@s"}`, desk.CodeParameter},
		{"end_session", `{}`, desk.CodeParameter},
		{"end_session", `{"SessionId":[]}`, desk.CodeParameter},
		{"end_session", `{"SessionId":"` + long + `"}`, desk.CodeParameter},
		{"end_session", `{"SessionId":"s"}`, desk.CodeNoSession},
		{"send_msg", `{"MsgBody":` + text + `}`, desk.CodeParameter},
		{"send_msg", `{"FromAccount":"@s","MsgBody":` + text + `}`, desk.CodeParameter},
		{"send_msg", `{"FromAccount":"s","ToAccount":"u","MsgBody":` + text + `}`, desk.CodeParameter},
		{"send_msg", `{"SessionId":"s"}`, desk.CodeParameter},
		{"send_msg", `{"SessionId":"s","MsgBody":[]}`, desk.CodeParameter},
		{"send_msg", `{"SessionId":"s","MsgBody":[{}]}`, desk.CodeParameter},
		{"send_msg", `{"SessionId":"s","MsgBody":[{"MsgType":"TIMTextElem"}]}`, desk.CodeParameter},
		{"send_msg", `{"SessionId":"s","MsgBody":[{"MsgType":"TIMTextElem","MsgContent":{}}]}`, desk.CodeParameter},
		{"send_msg", `{"SessionId":"s","MsgBody":[{"MsgType":"TIMTextElem","MsgContent":{"Text":1}}]}`,
			desk.CodeParameter},
		{"send_msg", `{"SessionId":"s","MsgBody":[{"MsgType":"TIMTextElem","MsgContent":"x"}]}`, desk.CodeParameter},
		{"send_msg", `{"SessionId":"s","MsgBody":[{"MsgType":"Elem","MsgContent":{"Text":"x"}}]}`, desk.CodeParameter},
		{"send_msg", `{"SessionId":"s","MsgRandom":-1,"MsgBody":` + text + `}`, desk.CodeParameter},
		{"send_msg", `{"SessionId":"s","MsgRandom":4294967296,"MsgBody":` + text + `}`, desk.CodeParameter},
		{"send_msg", `{"SessionId":"s","CloudCustomData":"` + strings.Repeat("x", 9000) + `","MsgBody":` + text + `}`,
			desk.CodeParameter},
		{"send_msg", `{"SessionId":"s","MsgBody":[{"MsgType":"TIMTextElem","MsgContent":{"Text":"` +
			strings.Repeat("x", 13_000) + `"}}]}`, desk.CodeParameter},
		{"send_msg", `{"SessionId":"s","MsgBody":[` +
			strings.TrimSuffix(strings.Repeat(`{"MsgType":"TIMTextElem","MsgContent":{"Text":"x"}},`, 21), ",") + `]}`,
			desk.CodeParameter},
	} {
		a := b.call(c.command, c.body)
		assert.Equal(t, c.code, a.ErrorCode, "%s %.80s: %s", c.command, c.body, a.ErrorInfo)
	}
}

func TestQueries(t *testing.T) {
	b := start(t, nil)
	for name, c := range map[string]struct {
		code   int
		change func(url.Values)
	}{
		"no sdkappid":           {desk.CodeNoSDKAppID, func(q url.Values) { q.Del("sdkappid") }},
		"sdkappid is text":      {desk.CodeNoSDKAppID, func(q url.Values) { q.Set("sdkappid", "x") }},
		"sdkappid with a zero":  {desk.CodeNoSDKAppID, func(q url.Values) { q.Set("sdkappid", "0"+appID) }},
		"no identifier":         {desk.CodeAccount, func(q url.Values) { q.Del("identifier") }},
		"no usersig":            {desk.CodeAccount, func(q url.Values) { q.Del("usersig") }},
		"random too large":      {desk.CodeURL, func(q url.Values) { q.Set("random", "4294967296") }},
		"random is text":        {desk.CodeURL, func(q url.Values) { q.Set("random", "x") }},
		"negative random":       {desk.CodeURL, func(q url.Values) { q.Set("random", "-1") }},
		"another content type":  {desk.CodeURL, func(q url.Values) { q.Set("contenttype", "xml") }},
		"sdkappid twice":        {desk.CodeURL, func(q url.Values) { q.Add("sdkappid", appID) }},
		"no random, no content": {desk.CodeNoSession, func(q url.Values) { q.Del("random"); q.Del("contenttype") }},
	} {
		t.Run(name, func(t *testing.T) {
			q, _ := url.ParseQuery(b.query.Encode())
			c.change(q)
			assert.Equal(t, c.code, b.ask(http.MethodPost, desk.Path+"get_session_state", q.Encode(),
				`{"SessionId":"s"}`).ErrorCode)
		})
	}
	assert.Equal(t, desk.CodeURL, b.ask(http.MethodPost, desk.Path+"get_session_state", "a=%zz", `{}`).ErrorCode)
	assert.Equal(t, desk.CodeRequest, b.ask(http.MethodGet, desk.Path+"get_session_state", b.query.Encode(),
		"").ErrorCode)
	for _, path := range []string{desk.Path, desk.Path + "drop", desk.Path + "get_session_state/x"} {
		assert.Equal(t, desk.CodeResource,
			b.ask(http.MethodPost, path, b.query.Encode(), `{"SessionId":"s"}`).ErrorCode)
	}
}

func TestFailuresAndRates(t *testing.T) {
	now := time.Unix(userSigs(t).Cases[0].Now, 0)
	b := start(t, func(o *desk.Options) { o.Rate, o.Now = 3, func() time.Time { return now } })
	b.chats.sessions[appID+"/s1"] = desk.Session{ID: "s1", State: desk.Agent}
	b.chats.err = errors.New("secret detail")
	a := b.call("get_session_state", `{"SessionId":"s1"}`)
	assert.Equal(t, desk.CodeInternal, a.ErrorCode)
	assert.NotContains(t, a.ErrorInfo, "secret")
	b.chats.err = &desk.Error{Code: desk.CodeParameter, Info: "not for chatbots"}
	assert.Equal(t, desk.CodeParameter, b.call("end_session", `{"SessionId":"s1"}`).ErrorCode)
	assert.Equal(t, desk.CodeNoSession, b.call("end_session", `{"SessionId":"s1"}`).ErrorCode)
	assert.Equal(t, desk.CodeTooOften, b.call("end_session", `{"SessionId":"s1"}`).ErrorCode)

	good := b.query.Get("usersig")
	b.query.Set("usersig", "wrong")
	for range 20 {
		require.Equal(t, desk.CodeUnreadable, b.call("end_session", `{}`).ErrorCode)
	}
	assert.Equal(t, desk.CodeGuessing, b.call("end_session", `{}`).ErrorCode)
	b.query.Set("usersig", good)
	now = now.Add(time.Second)
	assert.Equal(t, desk.CodeNoSession, b.call("end_session", `{"SessionId":"s1"}`).ErrorCode)
}
