package cloudapi_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/gateway/cloudapi"
	"tccc/gateway/config"
	"tccc/gateway/directory"
	"tccc/gateway/store"
)

type vector struct {
	Name, Method, Host, Query, Body string
	Headers                         map[string]string
	SecretID                        string `json:"secretId"`
	SecretKey                       string `json:"secretKey"`
	Now                             int64
}

func (v *vector) request() *http.Request {
	r := httptest.NewRequest(v.Method, "http://"+v.Host+"/?"+v.Query, strings.NewReader(v.Body))
	for name, value := range v.Headers {
		r.Header.Set(name, value)
	}
	return r
}

func vectors(t *testing.T) []vector {
	text, err := os.ReadFile("testdata/vectors.json")
	require.NoError(t, err)
	var all []vector
	require.NoError(t, json.Unmarshal(text, &all))
	require.NotEmpty(t, all)
	return all
}

// TestVectors checks signatures that testdata/vectors.py made, two of them
// printed in the vendor's documents.
func TestVectors(t *testing.T) {
	s, err := store.Open(t.Context(), store.Options{Dir: t.TempDir()})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close(t.Context())) })
	for _, v := range vectors(t) {
		t.Run(v.Name, func(t *testing.T) {
			dir, err := directory.Open(t.Context(), s, []config.App{{
				SDKAppID: appID, CloudAPI: []config.Credential{{SecretID: v.SecretID,
					SecretKey: config.NewSecret(v.SecretKey)}},
			}})
			require.NoError(t, err)
			now := time.Unix(v.Now, 0)
			h := cloudapi.New(cloudapi.Options{Directory: dir, CDRs: s, Rate: -1, Now: func() time.Time { return now }})
			code := func(r *http.Request) string {
				w := httptest.NewRecorder()
				h.ServeHTTP(w, r)
				var a struct{ Response answer }
				require.NoError(t, json.Unmarshal(w.Body.Bytes(), &a), "%s", w.Body)
				return a.Response.code()
			}
			good := []string{cloudapi.CodeInvalidAction, cloudapi.CodeNoSuchVersion} // past the signature
			require.Contains(t, good, code(v.request()))

			other := v
			other.Host = "cc.example.com"
			assert.Equal(t, cloudapi.CodeSignatureFailure, code(other.request()), "another host")
			other = v
			if other.Body != "" {
				other.Body = strings.Replace(other.Body, "1", "2", 1) + " "
			} else {
				other.Query = strings.TrimPrefix(other.Query+"&Extra=1", "&")
			}
			assert.Equal(t, cloudapi.CodeSignatureFailure, code(other.request()), "another body or query")

			now = time.Unix(v.Now, 0).Add(5*time.Minute + time.Second)
			assert.Equal(t, cloudapi.CodeSignatureExpire, code(v.request()), "late")
			now = time.Unix(v.Now, 0).Add(-5*time.Minute - time.Second)
			assert.Equal(t, cloudapi.CodeSignatureExpire, code(v.request()), "early")
			now = time.Unix(v.Now, 0).Add(5 * time.Minute)
			if v.Headers["Authorization"] != "" {
				assert.Contains(t, good, code(v.request()), "five minutes are allowed, and TC3 has no nonce")
			} else {
				assert.Equal(t, cloudapi.CodeSignatureFailure, code(v.request()), "version 1 has one")
			}
		})
	}
}

const askToken = `{"SdkAppId": 1400000001, "SeatUserId": "agent1@demo"}`

func TestTC3(t *testing.T) {
	b := start(t, nil)
	day := func(shift time.Duration) string { return time.Now().UTC().Add(shift).Format("2006-01-02") }
	cases := map[string]struct {
		code   string
		change func(*tc3Signer)
	}{
		"good":                  {"", nil},
		"another service":       {"", func(s *tc3Signer) { s.service = "anything" }},
		"host without its port": {"", func(s *tc3Signer) { s.host = strings.Split(s.host, ":")[0] }},
		"another key":           {cloudapi.CodeSignatureFailure, func(s *tc3Signer) { s.key = "wrong" }},
		"the key of another":    {cloudapi.CodeSignatureFailure, func(s *tc3Signer) { s.key = "other-secret-key" }},
		"no such id":            {cloudapi.CodeSecretIDNotFound, func(s *tc3Signer) { s.id = "AKIDnobody" }},
		"no such id, no key":    {cloudapi.CodeSecretIDNotFound, func(s *tc3Signer) { s.id, s.key = "AKIDnobody", "" }},
		"yesterday's scope":     {cloudapi.CodeSignatureFailure, func(s *tc3Signer) { s.date = day(-24 * time.Hour) }},
		"not a date":            {cloudapi.CodeInvalidAuthorization, func(s *tc3Signer) { s.date = "20231114" }},
		"another body": {cloudapi.CodeSignatureFailure,
			func(s *tc3Signer) { s.body = strings.Replace(askToken, "1@", "2@", 1) }},
		"another host": {cloudapi.CodeSignatureFailure,
			func(s *tc3Signer) { s.host = "ccc.tencentcloudapi.com" }},
		"another algorithm": {cloudapi.CodeInvalidAuthorization,
			func(s *tc3Signer) { s.algorithm = "AWS4-HMAC-SHA256" }},
		"host not signed": {cloudapi.CodeInvalidAuthorization,
			func(s *tc3Signer) { s.signedHeaders = "content-type" }},
		"type not signed":      {cloudapi.CodeInvalidAuthorization, func(s *tc3Signer) { s.signedHeaders = "host" }},
		"empty service":        {cloudapi.CodeInvalidAuthorization, func(s *tc3Signer) { s.service = "" }},
		"service with a slash": {cloudapi.CodeInvalidAuthorization, func(s *tc3Signer) { s.service = "a/b" }},
		"late": {cloudapi.CodeSignatureExpire, func(s *tc3Signer) {
			s.timestamp = fmt.Sprint(time.Now().Add(-6 * time.Minute).Unix())
		}},
		"early": {cloudapi.CodeSignatureExpire,
			func(s *tc3Signer) { s.timestamp = fmt.Sprint(time.Now().Add(6 * time.Minute).Unix()) }},
		"no time":       {cloudapi.CodeMissingParameter, func(s *tc3Signer) { s.timestamp = "" }},
		"not a time":    {cloudapi.CodeInvalidParameter, func(s *tc3Signer) { s.timestamp = "now" }},
		"negative time": {cloudapi.CodeInvalidParameter, func(s *tc3Signer) { s.timestamp = "-1" }},
		"milliseconds": {cloudapi.CodeInvalidParameter,
			func(s *tc3Signer) { s.timestamp = fmt.Sprint(time.Now().UnixMilli()) }},
		"temporary key": {cloudapi.CodeTokenFailure, func(s *tc3Signer) { s.headers["x-tc-token"] = "t" }},
		"signed action": {"", func(s *tc3Signer) { s.signedHeaders = "content-type;host;x-tc-action" }},
		"no action":     {cloudapi.CodeMissingParameter, func(s *tc3Signer) { s.headers["x-tc-action"] = "" }},
		"unknown action": {cloudapi.CodeInvalidAction,
			func(s *tc3Signer) { s.headers["x-tc-action"] = "DeleteEverything" }},
		"no version":    {cloudapi.CodeMissingParameter, func(s *tc3Signer) { s.headers["x-tc-version"] = "" }},
		"other version": {cloudapi.CodeNoSuchVersion, func(s *tc3Signer) { s.headers["x-tc-version"] = "2017-03-12" }},
		"unknown action, bad signature": {cloudapi.CodeSignatureFailure, func(s *tc3Signer) {
			s.headers["x-tc-action"], s.key = "DeleteEverything", "wrong"
		}},
		"another content type": {cloudapi.CodeUnsupportedProtocol, func(s *tc3Signer) { s.contentType = "text/xml" }},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			a := b.send(b.tc3("CreateSDKLoginToken", askToken, c.change))
			assert.Equal(t, c.code, a.code(), "%s", a.raw)
		})
	}
}

func TestUnsignedPayload(t *testing.T) {
	b := start(t, nil)
	unsigned := func(s *tc3Signer) { s.body, s.headers["x-tc-content-sha256"] = "UNSIGNED-PAYLOAD", "UNSIGNED-PAYLOAD" }
	assert.Empty(t, b.send(b.tc3("CreateSDKLoginToken", askToken, unsigned)).code())
	silent := b.tc3("CreateSDKLoginToken", askToken, unsigned)
	silent.Header.Del("X-TC-Content-SHA256")
	assert.Equal(t, cloudapi.CodeSignatureFailure, b.send(silent).code(), "the header says so, or the body is signed")
	signed := b.tc3("CreateSDKLoginToken", askToken, nil)
	signed.Header.Set("X-TC-Content-SHA256", "UNSIGNED-PAYLOAD")
	assert.Equal(t, cloudapi.CodeSignatureFailure, b.send(signed).code(),
		"a header added on the way makes no body unsigned")
}

func TestSignAction(t *testing.T) {
	b := start(t, nil)
	const theirs = `{"SdkAppId": 1400000002, "SeatUserId": "agent9@other"}`
	with := func(signed string) func(s *tc3Signer) {
		return func(s *tc3Signer) { s.id, s.key, s.signedHeaders = "AKIDother", "other-secret-key", signed }
	}
	a := b.send(b.tc3("CreateSDKLoginToken", theirs, with("content-type;host")))
	assert.Equal(t, cloudapi.CodeInvalidAuthorization, a.code())
	assert.Contains(t, string(a.raw), "x-tc-action")
	assert.Empty(t, b.send(b.tc3("CreateSDKLoginToken", theirs, with("content-type;host;x-tc-action"))).code())
	r := b.tc3("CreateSDKLoginToken", theirs, with("content-type;host;x-tc-action"))
	r.Header.Set("X-TC-Action", "DescribeStaffInfoList")
	assert.Equal(t, cloudapi.CodeSignatureFailure, b.send(r).code(), "another action")
}

func TestIntegersOfOtherLanguages(t *testing.T) {
	b := start(t, nil)
	for number, good := range map[string]bool{
		"1.400000001e9": true, "1.400000001E+9": true, "1400000001.0": true, "14000000010e-1": true,
		"1400000001.000": true, "0.1400000001e10": true, "1400000001.5": false, "1.4000000011e9": false, "1e400": false,
		"1e9999999999999999999": false, "-1e-400": false, "1e19": false,
		"1400000001.00000000000000000001": false,
	} {
		a := b.send(b.tc3("CreateSDKLoginToken", `{"SdkAppId": `+number+`, "SeatUserId": "agent1@demo"}`,
			func(s *tc3Signer) {
				s.body = `{"SdkAppId": ` + number + `, "SeatUserId": "agent1@demo"}`
			}))
		want := cloudapi.CodeInvalidParameter
		if good {
			want = ""
		}
		assert.Equal(t, want, a.code(), number)
	}
}

func TestTamperedTC3(t *testing.T) {
	b := start(t, nil)
	good := b.tc3("CreateSDKLoginToken", askToken, nil).Header.Get("Authorization")
	for name, bad := range map[string]string{
		"no header": "", "basic": "Basic dXNlcjpwYXNz", "only the name": "TC3-HMAC-SHA256",
		"no fields": "TC3-HMAC-SHA256 x",
		"twice":     good + ", " + strings.SplitN(good, " ", 2)[1],
		"short":     good[:len(good)-1],
		"not hex":   good[:len(good)-1] + "g",
		"long":      "TC3-HMAC-SHA256 " + strings.Repeat("a", 5000),
		"no scope":  strings.Replace(good, "/tc3_request", "", 1),
		"no id":     strings.Replace(good, "Credential="+secretID, "Credential=", 1),
		"upper":     strings.Replace(good, "content-type;host", "Content-Type;Host", 1),
		"an extra":  good + ", More=1",
		"line feed": strings.Replace(good, "/ccc/", "/c\tc/", 1),
	} {
		t.Run(name, func(t *testing.T) {
			r := b.tc3("CreateSDKLoginToken", askToken, nil)
			r.Header.Set("Authorization", bad)
			assert.Equal(t, cloudapi.CodeInvalidAuthorization, b.send(r).code())
		})
	}
	last := byte('0')
	if good[len(good)-1] == '0' {
		last = '1'
	}
	r := b.tc3("CreateSDKLoginToken", askToken, nil)
	r.Header.Set("Authorization", good[:len(good)-1]+string(last))
	assert.Equal(t, cloudapi.CodeSignatureFailure, b.send(r).code(), "one digit")
}

func TestVersion1(t *testing.T) {
	b := start(t, nil)
	ask := map[string]string{"Action": "CreateSDKLoginToken", "SdkAppId": appID, "SeatUserId": "agent1@demo",
		"OnlyOnce": "true"}
	with := func(more map[string]string) map[string]string {
		all := map[string]string{}
		for k, v := range ask {
			all[k] = v
		}
		for k, v := range more {
			all[k] = v
		}
		return all
	}
	ago := fmt.Sprint(time.Now().Add(-6 * time.Minute).Unix())
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		cases := map[string]struct {
			code   string
			params map[string]string
			change func(map[string]string)
		}{
			"SHA-1":       {"", ask, nil},
			"SHA-1 named": {"", with(map[string]string{"SignatureMethod": "HmacSHA1"}), nil},
			"SHA-256":     {"", with(map[string]string{"SignatureMethod": "HmacSHA256"}), nil},
			"with more": {"", with(map[string]string{"Region": "ap-guangzhou", "Language": "en-US",
				"RequestClient": "x"}), nil},
			"MD5": {cloudapi.CodeInvalidParameterValue,
				with(map[string]string{"SignatureMethod": "HmacMD5"}), nil},
			"no such id": {cloudapi.CodeSecretIDNotFound, with(map[string]string{"SecretId": "AKIDnobody"}),
				nil},
			"late":       {cloudapi.CodeSignatureExpire, with(map[string]string{"Timestamp": ago}), nil},
			"not a time": {cloudapi.CodeInvalidParameter, with(map[string]string{"Timestamp": "x"}), nil},
			"no nonce":   {cloudapi.CodeMissingParameter, ask, func(p map[string]string) { delete(p, "Nonce") }},
			"no signature": {cloudapi.CodeMissingParameter, ask,
				func(p map[string]string) { delete(p, "Signature") }},
			"no id": {cloudapi.CodeMissingParameter, ask,
				func(p map[string]string) { delete(p, "SecretId") }},
			"no action": {cloudapi.CodeMissingParameter, ask,
				func(p map[string]string) { delete(p, "Action") }},
			"no time": {cloudapi.CodeMissingParameter, ask,
				func(p map[string]string) { delete(p, "Timestamp") }},
			"changed": {cloudapi.CodeSignatureFailure, ask,
				func(p map[string]string) { p["SeatUserId"] = "agent2@demo" }},
			"added": {cloudapi.CodeSignatureFailure, ask, func(p map[string]string) { p["More"] = "1" }},
			"not base64": {cloudapi.CodeSignatureFailure, ask,
				func(p map[string]string) { p["Signature"] = "!" }},
			"the other digest": {cloudapi.CodeSignatureFailure, ask,
				func(p map[string]string) { p["SignatureMethod"] = "HmacSHA256" }},
			"temporary key":     {cloudapi.CodeTokenFailure, with(map[string]string{"Token": "t"}), nil},
			"no version":        {cloudapi.CodeMissingParameter, with(map[string]string{"Version": ""}), nil},
			"unknown parameter": {cloudapi.CodeUnknownParameter, with(map[string]string{"Colour": "red"}), nil},
			"not a number":      {cloudapi.CodeInvalidParameter, with(map[string]string{"SdkAppId": "x"}), nil},
			"a list": {cloudapi.CodeInvalidParameter,
				with(map[string]string{"SeatUserId": "", "SeatUserId.0": "x"}), nil},
		}
		for name, c := range cases {
			t.Run(method+" "+name, func(t *testing.T) {
				a := b.send(b.v1(method, c.params, c.change))
				assert.Equal(t, c.code, a.code(), "%s", a.raw)
			})
		}
		t.Run(method+" replayed", func(t *testing.T) {
			r := b.v1(method, ask, nil)
			again := r.Clone(t.Context())
			if r.GetBody != nil {
				again.Body, _ = r.GetBody()
			}
			require.Empty(t, b.send(r).code())
			assert.Equal(t, cloudapi.CodeSignatureFailure, b.send(again).code())
		})
	}
}

func TestProtocol(t *testing.T) {
	b := start(t, nil)
	r, err := http.NewRequest(http.MethodPut, b.url, nil)
	require.NoError(t, err)
	assert.Equal(t, cloudapi.CodeUnsupportedProtocol, b.send(r).code(), "PUT")
	r, err = http.NewRequest(http.MethodPost, b.url+"v2", nil)
	require.NoError(t, err)
	assert.Equal(t, cloudapi.CodeUnsupportedProtocol, b.send(r).code(), "another path")
	r, err = http.NewRequest(http.MethodPost, b.url, strings.NewReader("{}"))
	require.NoError(t, err)
	assert.Equal(t, cloudapi.CodeInvalidAuthorization, b.send(r).code(), "nothing signed")
	r, err = http.NewRequest(http.MethodGet, b.url+"?Action", nil)
	require.NoError(t, err)
	assert.Equal(t, cloudapi.CodeInvalidParameter, b.send(r).code(), "no value")
	r, err = http.NewRequest(http.MethodGet, b.url+"?Action=a&Action=b", nil)
	require.NoError(t, err)
	assert.Equal(t, cloudapi.CodeInvalidParameter, b.send(r).code(), "twice")

	big := `{"SdkAppId":1400000001,"SeatUserId":"` + strings.Repeat("a", 1<<20) + `"}`
	b.refuses(cloudapi.CodeRequestSizeExceeded, "CreateSDKLoginToken", big)
	for name, body := range map[string]string{
		"no object": `[]`, "null": `null`, "cut off": `{"SdkAppId":`, "two": `{}{}`, "text": `x`,
		"deep":        `{"SdkAppId":` + strings.Repeat(`[`, 100_000) + strings.Repeat(`]`, 100_000) + `}`,
		"deep object": strings.Repeat(`{"a":`, 50_000) + `1` + strings.Repeat(`}`, 50_000),
	} {
		t.Run(name, func(t *testing.T) {
			start := b.call("CreateSDKLoginToken", body)
			assert.Equal(t, cloudapi.CodeInvalidParameter, start.code(), "%s", start.raw)
		})
	}
	b.refuses(cloudapi.CodeMissingParameter, "CreateSDKLoginToken", ` `)
}

func TestMultipart(t *testing.T) {
	b := start(t, nil)
	body := "--B\r\nContent-Disposition: form-data; name=\"SdkAppId\"\r\n\r\n1400000001\r\n" +
		"--B\r\nContent-Disposition: form-data; name=\"SeatUserId\"\r\n\r\nagent1@demo\r\n--B--\r\n"
	a := b.send(b.tc3("CreateSDKLoginToken", body,
		func(s *tc3Signer) { s.contentType = "multipart/form-data; boundary=B" }))
	assert.Empty(t, a.code(), "%s", a.raw)
	a = b.send(b.tc3("CreateSDKLoginToken", body[:40],
		func(s *tc3Signer) { s.contentType = "multipart/form-data; boundary=B" }))
	assert.Equal(t, cloudapi.CodeInvalidParameter, a.code())
}

func TestRates(t *testing.T) {
	now := time.Now()
	b := start(t, func(o *cloudapi.Options) { o.Rate, o.Now = 0, func() time.Time { return now } })
	for range 20 {
		b.ok("CreateSDKLoginToken", askToken, nil)
	}
	b.refuses(cloudapi.CodeRequestLimitExceeded, "CreateSDKLoginToken", askToken)
	// each action for itself
	b.ok("DescribeSkillGroupInfoList", `{"SdkAppId":1400000001,"PageSize":1,"PageNumber":0}`, nil)
	theirs := func(s *tc3Signer) {
		s.id, s.key, s.signedHeaders = "AKIDother", "other-secret-key", "content-type;host;x-tc-action"
	}
	assert.Equal(t, cloudapi.CodeInstanceNotExist, b.send(b.tc3("CreateSDKLoginToken", askToken, theirs)).code(),
		"each key for itself")
	now = now.Add(50 * time.Millisecond)
	b.ok("CreateSDKLoginToken", askToken, nil)
	b.refuses(cloudapi.CodeRequestLimitExceeded, "CreateSDKLoginToken", askToken)

	// What fails to be authenticated is counted by address, and does not lock others out.
	forged := func(s *tc3Signer) { s.key = "wrong" }
	for range 20 {
		require.Equal(t, cloudapi.CodeSignatureFailure, b.send(b.tc3("CreateSDKLoginToken", askToken, forged)).code())
	}
	assert.Equal(t, cloudapi.CodeRequestLimitExceeded, b.send(b.tc3("CreateSDKLoginToken", askToken, forged)).code())
	unknown := func(s *tc3Signer) { s.id = "AKIDnobody" }
	assert.Equal(t, cloudapi.CodeRequestLimitExceeded, b.send(b.tc3("CreateSDKLoginToken", askToken, unknown)).code())
	b.ok("DescribeSkillGroupInfoList", `{"SdkAppId":1400000001,"PageSize":1,"PageNumber":0}`, nil)
}

func TestMatch(t *testing.T) {
	for _, c := range []struct {
		method, target, auth string
		want                 bool
	}{
		{"GET", "/", "", false},
		{"HEAD", "/", "", false},
		{"GET", "/?utm=1", "", false},
		{"POST", "/", "", true},
		{"GET", "/?Action=DescribeTelCdr", "", true},
		{"GET", "/?SdkAppId=1", "TC3-HMAC-SHA256 Credential=a", true},
		{"GET", "/", "Basic eDp5", false},
	} {
		r := httptest.NewRequest(c.method, c.target, nil)
		r.Header.Set("Authorization", c.auth)
		assert.Equal(t, c.want, cloudapi.Match(r), "%+v", c)
	}
}
