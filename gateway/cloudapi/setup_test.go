package cloudapi_test

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"tccc/gateway/auth"
	"tccc/gateway/cloudapi"
	"tccc/gateway/config"
	"tccc/gateway/directory"
	"tccc/gateway/store"
	"tccc/wire"
)

func TestMain(m *testing.M) {
	// The HTTP client of the tests keeps connections until its server closes.
	goleak.VerifyTestMain(m, goleak.IgnoreTopFunction("net/http.(*persistConn).readLoop"),
		goleak.IgnoreTopFunction("net/http.(*persistConn).writeLoop"))
}

const (
	appID     = "1400000001"
	otherApp  = "1400000002"
	secretID  = "AKIDdemo"
	secretKey = "demo-secret-key"
)

// apps are two applications: everything is asked of the first one.
func apps() []config.App {
	groups := []config.SkillGroup{
		{ID: "sales", Name: "Sales", Types: []wire.SessionType{wire.TypePhone, wire.TypeIM}},
		{ID: "support", Name: "Support", Types: []wire.SessionType{wire.TypePhone}},
		{ID: "7", Name: "Chats", Types: []wire.SessionType{wire.TypeIM}},
	}
	return []config.App{
		{
			SDKAppID: appID, CloudAPI: []config.Credential{{SecretID: secretID,
				SecretKey: config.NewSecret(secretKey)}},
			SkillGroups: groups,
			Agents: []config.Agent{
				{UserID: "agent1@demo", Name: "Anna Wang", StaffNo: "101", SkillGroups: []string{"sales"},
					Phone: "13800000001"},
				{UserID: "agent2@demo", Name: "Ben Li", StaffNo: "102", SkillGroups: []string{"sales", "support"}},
				{UserID: "agent3@demo", Name: "Carla Chen", StaffNo: "103"},
			},
			Numbers: []config.Number{{Number: "4001000001", Trunk: "demo", SkillGroup: "sales", Outbound: true}},
		},
		{
			SDKAppID: otherApp, CloudAPI: []config.Credential{{SecretID: "AKIDother",
				SecretKey: config.NewSecret("other-secret-key"), SignAction: true}},
			SkillGroups: []config.SkillGroup{{ID: "9", Name: "Theirs"}},
			Agents:      []config.Agent{{UserID: "agent9@other", Name: "Nina", StaffNo: "901"}},
		},
	}
}

// bench is the API over a real listener, store and directory.
type bench struct {
	*testing.T
	store *store.Store
	auth  *auth.Auth
	dir   *directory.Directory
	live  *live
	chats *chats
	url   string
	host  string // HOST:PORT
	opts  cloudapi.Options
}

func start(t *testing.T, change func(*cloudapi.Options)) *bench {
	t.Helper()
	s, err := store.Open(t.Context(), store.Options{Dir: t.TempDir()})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close(context.Background())) })
	b := &bench{T: t, store: s, live: newLive(), chats: &chats{}}
	b.auth, err = auth.New(t.Context(), s, auth.Options{})
	require.NoError(t, err)
	b.dir, err = directory.Open(t.Context(), s, apps())
	require.NoError(t, err)
	b.opts = cloudapi.Options{Directory: b.dir, Tokens: b.auth, CDRs: s, Live: b.live, Chats: b.chats, Rate: -1,
		Log: slog.New(slog.DiscardHandler)}
	if change != nil {
		change(&b.opts)
	}
	srv := httptest.NewServer(cloudapi.New(b.opts))
	t.Cleanup(srv.Close)
	b.url, b.host = srv.URL+"/", strings.TrimPrefix(srv.URL, "http://")
	return b
}

// answer is what a client gets.
type answer struct {
	Error     *struct{ Code, Message string }
	RequestID string `json:"RequestId"`
	raw       json.RawMessage
}

func (a answer) code() string {
	if a.Error == nil {
		return ""
	}
	return a.Error.Code
}

func (b *bench) send(r *http.Request) answer {
	b.Helper()
	resp, err := http.DefaultClient.Do(r)
	require.NoError(b, err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	require.NoError(b, err)
	require.Equal(b, http.StatusOK, resp.StatusCode, "%s", text)
	require.Equal(b, "application/json", resp.Header.Get("Content-Type"))
	var envelope struct{ Response json.RawMessage }
	require.NoError(b, json.Unmarshal(text, &envelope), "%s", text)
	a := answer{raw: envelope.Response}
	require.NoError(b, json.Unmarshal(envelope.Response, &a), "%s", text)
	require.Regexp(b, `^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`, a.RequestID)
	return a
}

// call makes a TC3 request with a body of JSON.
func (b *bench) call(action string, params any) answer {
	b.Helper()
	body, ok := params.(string)
	if !ok {
		text, err := json.Marshal(params)
		require.NoError(b, err)
		body = string(text)
	}
	return b.send(b.tc3(action, body, nil))
}

// ok makes a request that must succeed, and reads the answer into result.
func (b *bench) ok(action string, params, result any) answer {
	b.Helper()
	a := b.call(action, params)
	require.Nil(b, a.Error, "%s: %s", action, a.raw)
	if result != nil {
		require.NoError(b, json.Unmarshal(a.raw, result), "%s", a.raw)
	}
	return a
}

// refuses makes a request that must fail with the code.
func (b *bench) refuses(code, action string, params any) answer {
	b.Helper()
	a := b.call(action, params)
	require.Equal(b, code, a.code(), "%s: %s", action, a.raw)
	require.NotEmpty(b, a.Error.Message)
	return a
}
