package push

import (
	"net/http"
	"testing"
)

// FuzzJudge reads answers of receivers, which may be anything.
func FuzzJudge(f *testing.F) {
	f.Add(200, "", `{"ErrCode":0,"ErrMsg":"ok"}`)
	f.Add(200, "", `{"ErrCode":"7","ErrMsg":"\u0000"}`)
	f.Add(200, "", `[[[[`)
	f.Add(429, "99999999999", "")
	f.Add(503, "-1", "")
	f.Add(302, "", "")
	f.Fuzz(func(t *testing.T, status int, after, body string) {
		r := judge(&http.Response{StatusCode: status, Status: "status", Header: http.Header{"Retry-After": {after}}},
			[]byte(body))
		if r.err == nil && (status < 200 || status > 299) {
			t.Fatalf("%d was taken for success", status)
		}
		if r.after < 0 || r.after.Hours() > 1 {
			t.Fatalf("asks for %s", r.after)
		}
		if r.err != nil && len(r.err.Error()) > 2000 {
			t.Fatal("the reason is long")
		}
	})
}
