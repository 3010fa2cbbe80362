package cloudapi_test

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"tccc/gateway/auth"
	"tccc/gateway/cloudapi"
	"tccc/gateway/directory"
	"tccc/gateway/store"
)

// BenchmarkRequests is what a request costs without the network: the signature
// and an action that only reads memory, and one that writes to the disk.
func BenchmarkRequests(b *testing.B) {
	s, err := store.Open(b.Context(), store.Options{Dir: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = s.Close(b.Context()) }()
	a, err := auth.New(b.Context(), s, auth.Options{})
	if err != nil {
		b.Fatal(err)
	}
	dir, err := directory.Open(b.Context(), s, apps())
	if err != nil {
		b.Fatal(err)
	}
	h := cloudapi.New(cloudapi.Options{Directory: dir, Tokens: a, CDRs: s, Rate: -1})
	for action, body := range map[string]string{
		"DescribeSkillGroupInfoList": `{"SdkAppId":1400000001,"PageSize":10,"PageNumber":0}`,
		"CreateSDKLoginToken":        askToken,
	} {
		b.Run(action, func(b *testing.B) {
			now := time.Now().UTC()
			sign := tc3Signer{
				id: secretID, key: secretKey, service: "ccc", host: "example.com", date: now.Format("2006-01-02"),
				timestamp: strconv.FormatInt(now.Unix(), 10), algorithm: "TC3-HMAC-SHA256",
				contentType: "application/json", signedHeaders: "content-type;host", body: body,
			}
			authorization := sign.authorization(http.MethodPost, "")
			for b.Loop() {
				r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
				r.Header.Set("Content-Type", sign.contentType)
				r.Header.Set("Authorization", authorization)
				r.Header.Set("X-TC-Timestamp", sign.timestamp)
				r.Header.Set("X-TC-Action", action)
				r.Header.Set("X-TC-Version", cloudapi.Version)
				w := httptest.NewRecorder()
				h.ServeHTTP(w, r)
				if strings.Contains(w.Body.String(), `"Error":`) {
					b.Fatal(w.Body)
				}
			}
		})
	}
}
