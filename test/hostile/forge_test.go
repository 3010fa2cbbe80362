package hostile

import (
	"bytes"
	"compress/zlib"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/test/harness"
	"tccc/wire"
)

// mutants are texts that are nearly a secret: one character changed, cut off,
// repeated, in another case, and some that never were.
func mutants(secret string, n int) []string {
	all := []string{"", " ", "null", "0", strings.ToLower(secret) + "x", secret[:len(secret)-1], secret[1:],
		secret + secret, " " + secret + " x", strings.Repeat("a", 10_000)}
	for i := 0; len(all) < n; i++ {
		at := i % len(secret)
		b := []byte(secret)
		b[at] = "abcdefghijklmnopqrstuvwxyz0123456789"[(int(b[at])+1+i/len(secret))%36]
		if string(b) != secret {
			all = append(all, string(b))
		}
	}
	return all[:n]
}

// forgeTokens logs in with what is no token of the agent, and resumes with what
// is no secret of the tab.
func forgeTokens(t *testing.T, g *harness.Gateway, a *attack) {
	good := g.Login(t, "agent1@demo")
	login := func(p wire.LoginParams) (secret string, ok bool) {
		ctx, c := dial(t, g)
		defer func() { _ = c.CloseNow() }()
		params, err := json.Marshal(p)
		require.NoError(t, err)
		require.NoError(t, c.Write(ctx, websocket.MessageText,
			fmt.Appendf(nil, `{"jsonrpc":"2.0","id":1,"method":"login","params":%s}`, params)))
		f, err := answer(ctx, c)
		if err != nil || f.Error != nil {
			return "", false
		}
		var r wire.LoginResult
		require.NoError(t, json.Unmarshal(f.Result, &r))
		return r.Secret, true
	}
	try := func(p wire.LoginParams) {
		_, ok := login(p)
		a.try(ok)
	}
	for _, token := range mutants(good.Token, 250) {
		try(wire.LoginParams{Token: token, SDKAppID: good.SDKAppID, UserID: good.UserID, TabID: rand.Text()})
	}
	for _, app := range []string{"", "1400000002", "14000000010", "0"} {
		try(wire.LoginParams{Token: good.Token, SDKAppID: app, UserID: good.UserID, TabID: rand.Text()})
	}
	const tab = "the tab of the agent"
	secret, ok := login(wire.LoginParams{Token: good.Token, SDKAppID: good.SDKAppID, UserID: good.UserID, TabID: tab})
	require.True(t, ok, "the true token opens")
	for _, forged := range mutants(secret, 45) {
		try(wire.LoginParams{SDKAppID: good.SDKAppID, UserID: good.UserID, TabID: tab,
			Resume: &wire.Resume{Secret: forged}})
	}
	try(wire.LoginParams{SDKAppID: good.SDKAppID, UserID: good.UserID, TabID: "another tab",
		Resume: &wire.Resume{Secret: secret}})
	_, ok = login(wire.LoginParams{SDKAppID: good.SDKAppID, UserID: good.UserID, TabID: tab,
		Resume: &wire.Resume{Secret: secret}})
	assert.True(t, ok, "the true secret opens")
}

// forgeTC3 changes what was signed, and how.
func forgeTC3(t *testing.T, g *harness.Gateway, a *attack) {
	const action = "DescribeSkillGroupInfoList"
	body := []byte(`{"SdkAppId":1400000001,"PageSize":10,"PageNumber":0}`)
	send := func(key string, at time.Time, change func(*http.Request)) bool {
		r := g.CloudRequest(t, key, action, body, at)
		if change != nil {
			change(r)
		}
		resp, err := http.DefaultClient.Do(r)
		require.NoError(t, err)
		defer resp.Body.Close()
		text, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		return !strings.Contains(string(text), `"Error"`)
	}
	now := time.Now()
	require.True(t, send(harness.CloudKey, now, nil), "a true signature opens")
	auth := func(from, to string) func(*http.Request) {
		return func(r *http.Request) {
			r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), from, to, 1))
		}
	}
	set := func(name, value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(name, value) }
	}
	for _, key := range []string{"", "x", "demo-secret-keY", "demo-secret-key ", strings.Repeat("k", 1000)} {
		a.try(send(key, now, nil))
	}
	for _, d := range []time.Duration{-time.Hour, time.Hour, -24 * time.Hour, 24 * 365 * time.Hour} {
		a.try(send(harness.CloudKey, now.Add(d), nil))
	}
	for _, change := range []func(*http.Request){
		auth("Signature=", "Signature=0"), auth("Signature=", "Signature="+strings.Repeat("0", 64)+" x="),
		auth(harness.CloudID, "AKIDother"), auth("content-type;host", "content-type"),
		auth("content-type;host", "host"), auth("content-type;host", ""), auth("TC3-HMAC-SHA256", "TC3-HMAC-SHA1"),
		auth("/ccc/", "/cvm/"), auth("tc3_request", "tc4_request"), set("Authorization", ""),
		set("Content-Type", "text/plain"), set("X-TC-Timestamp", "0"),
		func(r *http.Request) {
			r.Body = io.NopCloser(strings.NewReader(`{"SdkAppId":1400000002}`))
			r.ContentLength = -1
		},
	} {
		a.try(send(harness.CloudKey, now, change))
	}
}

// userSig makes a UserSig as a back end does.
func userSig(app, identifier, key string, made time.Time, life int) string {
	text := fmt.Sprintf("TLS.identifier:%s\nTLS.sdkappid:%s\nTLS.time:%d\nTLS.expire:%d\n", identifier, app,
		made.Unix(), life)
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write([]byte(text))
	doc := fmt.Sprintf(`{"TLS.ver":"2.0","TLS.identifier":%q,"TLS.sdkappid":%s,"TLS.expire":%d,"TLS.time":%d,"TLS.sig":%q}`,
		identifier, app, life, made.Unix(), base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	var z bytes.Buffer
	w := zlib.NewWriter(&z)
	_, _ = w.Write([]byte(doc))
	_ = w.Close()
	return strings.NewReplacer("+", "*", "/", "-", "=", "_").Replace(base64.StdEncoding.EncodeToString(z.Bytes()))
}

// forgeUserSigs asks the Desk REST API as somebody else.
func forgeUserSigs(t *testing.T, g *harness.Gateway, a *attack) {
	const app, admin, key = "1400000001", "administrator", "demo-usersig-key"
	ask := func(query url.Values) bool {
		resp, err := http.Post(g.URL+"/v4/desk_http_svc/get_session_state?"+query.Encode(), "application/json",
			strings.NewReader(`{"SessionId":"none"}`))
		require.NoError(t, err)
		defer resp.Body.Close()
		var r struct{ ErrorCode int }
		require.NoError(t, json.NewDecoder(resp.Body).Decode(&r))
		return r.ErrorCode == 0 || r.ErrorCode > 141000 // beyond the signature: what is wrong then is the session
	}
	query := func(sig string) url.Values {
		return url.Values{"sdkappid": {app}, "identifier": {admin}, "usersig": {sig}, "random": {"1"},
			"contenttype": {"json"}}
	}
	now := time.Now()
	good := userSig(app, admin, key, now, 3600)
	require.True(t, ask(query(good)), "a true signature opens")
	for _, sig := range []string{
		"", "x", good[:len(good)/2], good[1:], userSig(app, admin, "", now, 3600),
		userSig(app, admin, key+"x", now, 3600), userSig(app, admin, "demo-usersig-keY", now, 3600),
		userSig(app, "agent1@demo", key, now, 3600), userSig("1400000002", admin, key, now, 3600),
		userSig(app, admin, key, now.Add(-2*time.Hour), 3600), userSig(app, admin, key, now.Add(24*time.Hour), 3600),
		userSig(app, admin, key, now, 0), userSig(app, admin, key, now, -3600),
		base64.StdEncoding.EncodeToString([]byte(`{"TLS.ver":"2.0"}`)), strings.Repeat("A", 20_000),
		strings.ToUpper(good),
	} {
		a.try(ask(query(sig)))
	}
}

// forgeGUIDs acts for an agent who has signed in at CC-Gateway.
func forgeGUIDs(t *testing.T, g *harness.Gateway, a *attack) {
	do := func(method, path, guid, body string) (guidOf, code string) {
		r, err := http.NewRequestWithContext(t.Context(), method, g.URL+"/agentgateway/resource/"+path,
			strings.NewReader(body))
		require.NoError(t, err)
		r.Header.Set("Content-Type", "application/json")
		if guid != "" {
			r.Header.Set("Guid", guid)
		}
		resp, err := http.DefaultClient.Do(r)
		require.NoError(t, err)
		defer resp.Body.Close()
		var answer struct {
			RetCode string `json:"retcode"`
		}
		_ = json.NewDecoder(resp.Body).Decode(&answer)
		return strings.TrimPrefix(resp.Header.Get("Set-GUID"), "JSESSIONID="), answer.RetCode
	}
	guid, code := do(http.MethodPut, "onlineagent/104", "", `{"password":"demo-password","phonenum":""}`)
	require.Equal(t, "0", code)
	require.NotEmpty(t, guid)
	for _, forged := range mutants(guid, 406) {
		if forged == "" || strings.TrimSpace(forged) == guid {
			forged = "x"
		}
		_, code := do(http.MethodPost, "onlineagent/104/sayfree", forged, "")
		a.try(code == "0")
	}
	_, code = do(http.MethodPost, "onlineagent/104/sayfree", guid, "")
	assert.Equal(t, "0", code, "the true one works")
	_, code = do(http.MethodDelete, "onlineagent/104/logout", guid, "")
	assert.Equal(t, "0", code)
}

// forgeLinks reads files and recordings without their links.
func forgeLinks(t *testing.T, g *harness.Gateway, a *attack) {
	later := fmt.Sprint(time.Now().Add(time.Hour).Unix())
	for _, path := range []string{
		"/files/0123456789abcdef0123456789abcdef?exp=" + later + "&sig=0", "/files/0123456789abcdef0123456789abcdef",
		"/files/../tccc.yaml", "/files/%2e%2e%2fjetstream", "/files/?exp=" + later,
		"/files/" + strings.Repeat("a", 32) + "?exp=-1&sig=", "/recordings/1400000001/x?exp=" + later + "&sig=00",
		"/recordings/..%2f..%2fadmin.sock?exp=" + later + "&sig=", "/recordings/x?exp=9999999999999999999&sig=x",
		"/recordings/x", "/recordings/",
		"/recordings/%00?exp=" + later + "&sig=x",
	} {
		resp, err := http.Get(g.URL + path)
		require.NoError(t, err)
		_ = resp.Body.Close()
		a.try(resp.StatusCode == http.StatusOK)
	}
}
