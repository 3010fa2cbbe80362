package cloudapi

import (
	"encoding/json"
	"net/http/httptest"
	"net/url"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
)

type fuzzVector struct {
	Method, Query, Body string
	Headers             map[string]string
}

func fuzzVectors(f *testing.F) []fuzzVector {
	text, err := os.ReadFile("testdata/vectors.json")
	if err != nil {
		f.Fatal(err)
	}
	var all []fuzzVector
	if err := json.Unmarshal(text, &all); err != nil {
		f.Fatal(err)
	}
	return all
}

// FuzzAuthorization reads Authorization headers: what is taken can be written
// again and means the same.
func FuzzAuthorization(f *testing.F) {
	for _, v := range fuzzVectors(f) {
		f.Add(v.Headers["Authorization"])
	}
	f.Fuzz(func(t *testing.T, header string) {
		a, err := parseAuthorization(header)
		if err != nil {
			return
		}
		if a.secretID == "" || len(a.signature) != 32 || !slices.Contains(a.signed, "host") ||
			!slices.Contains(a.signed, "content-type") {
			t.Fatalf("%q was taken as %+v", header, a)
		}
		again, err := parseAuthorization(algorithm + " Credential=" +
			strings.Join([]string{a.secretID, a.date, a.service, terminator}, "/") +
			", SignedHeaders=" + strings.Join(a.signed, ";") + ", Signature=" + hexOf(a.signature))
		if err != nil || !reflect.DeepEqual(a, again) {
			t.Fatalf("%+v became %+v: %v", a, again, err)
		}
	})
}

func hexOf(b []byte) string {
	const digits = "0123456789abcdef"
	var s strings.Builder
	for _, c := range b {
		s.WriteByte(digits[c>>4])
		s.WriteByte(digits[c&15])
	}
	return s.String()
}

// FuzzCanonicalRequest makes canonical requests: what was sent is in them
// whole, so that nothing unsigned can stand in for it.
func FuzzCanonicalRequest(f *testing.F) {
	for _, v := range fuzzVectors(f) {
		f.Add(v.Query, v.Headers["Content-Type"], "ccc.example.com:8080", v.Body)
	}
	f.Fuzz(func(t *testing.T, query, contentType, host, body string) {
		r := httptest.NewRequest("POST", "/", nil)
		r.URL.RawQuery = query
		r.Header["Content-Type"] = []string{contentType}
		all := canonicalRequests(r, []string{"content-type", "host"}, hosts(host, "cc.example.com"), []byte(body))
		if len(all) == 0 || len(all) > 16 {
			t.Fatalf("%d forms of one request", len(all))
		}
		for _, text := range all {
			if !strings.HasPrefix(text, "POST\n/\n"+query+"\ncontent-type:") {
				t.Fatalf("the query is not in %q", text)
			}
		}
		other := canonicalRequests(r, []string{"content-type", "host"}, hosts(host, "cc.example.com"), []byte(body+"x"))
		for _, text := range other {
			if slices.Contains(all, text) {
				t.Fatalf("another body has the same form: %q", text)
			}
		}
	})
}

// FuzzForm reads queries and forms of version 1.
func FuzzForm(f *testing.F) {
	for _, v := range fuzzVectors(f) {
		f.Add(v.Query)
		f.Add(v.Body)
	}
	f.Add("Staffs.0.Mail=a&Staffs.1.Mail=b&Staffs.0.SkillGroupNameList.3=x&Staffs.0.SkillGroupNameList.10=y")
	f.Add("a=1&a.b=2")
	f.Add("0=x")
	f.Fuzz(func(t *testing.T, text string) {
		flat, err := parseForm(text)
		if err != nil {
			return
		}
		values, err := url.ParseQuery(text)
		if err == nil {
			for name, v := range values {
				if flat[name] != v[0] {
					t.Fatalf("%q is %q, not %q", name, flat[name], v[0])
				}
			}
		}
		signed := signedText("GET", "h", flat)
		for name, value := range flat {
			if name != paramSignature && !strings.Contains(signed, name+"="+value) {
				t.Fatalf("%q is not signed", name)
			}
		}
		params, err := nest(flat)
		if err != nil {
			return
		}
		_ = bindStruct(reflect.ValueOf(&staffParams{}).Elem(), params, "")
		_ = bindStruct(reflect.ValueOf(&telCdrParams{}).Elem(), params, "")
	})
}

// FuzzJSON reads bodies into the parameters of several actions.
func FuzzJSON(f *testing.F) {
	for _, v := range fuzzVectors(f) {
		f.Add([]byte(v.Body))
	}
	f.Add([]byte(`{"SdkAppId":1400000001,"Staffs":[{"Name":"x","Mail":"y","Role":3,"SkillGroupNameList":["z"]}],"SendPassword":false}`))
	f.Add([]byte(`{"SdkAppId":1,"StartTimeStamp":1,"EndTimeStamp":2,"PageSize":1,"PageNumber":0,"Phones":["1"],"SessionIds":[]}`))
	f.Add([]byte(`{"SdkAppId":1,"Email":"e","SkillGroupIds":[7,"sales"],"ForwardingConfig":{"Enabled":true,"Target":{"Type":1}}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		params, err := jsonParams(body)
		if err != nil {
			return
		}
		for _, p := range []any{&staffParams{}, &telCdrParams{}, &modifyStaffParams{}, &bindParams{}, &tokenParams{}} {
			_ = bindStruct(reflect.ValueOf(p).Elem(), params, "")
		}
	})
}
