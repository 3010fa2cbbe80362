package cors

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func ours(r *http.Request) bool { return r.Header.Get("Origin") == "https://desk.example" }

// ask gives the header of an answer, and whether the door was reached.
func ask(p Policy, method string, headers ...string) (head http.Header, reached bool) {
	r := httptest.NewRequest(method, "/", nil)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	p.Wrap(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached = true })).ServeHTTP(w, r)
	return w.Header(), reached
}

func preflight(p Policy, origin string, headers ...string) (http.Header, bool) {
	return ask(p, "OPTIONS", append([]string{"Origin", origin, "Access-Control-Request-Method", "GET"}, headers...)...)
}

func TestAllowedOriginMayDoWhatItAsksFor(t *testing.T) {
	p := Policy{Allowed: ours, Public: true, Methods: "GET, POST", Expose: "Set-GUID"}
	head, reached := preflight(p, "https://desk.example",
		"Access-Control-Request-Headers", "authorization,sw8", "Access-Control-Request-Headers", "x-requested-with",
		"Access-Control-Request-Private-Network", "true")
	assert.False(t, reached)
	assert.Equal(t, http.Header{
		"Access-Control-Allow-Origin":          {"https://desk.example"},
		"Access-Control-Allow-Credentials":     {"true"},
		"Access-Control-Allow-Methods":         {"GET, POST"},
		"Access-Control-Allow-Headers":         {"authorization,sw8, x-requested-with"},
		"Access-Control-Allow-Private-Network": {"true"},
		"Access-Control-Expose-Headers":        {"Set-GUID"},
		"Access-Control-Max-Age":               {"7200"},
		"Vary":                                 {"Origin", "Access-Control-Request-Headers"},
	}, head)

	head, reached = ask(p, "GET", "Origin", "https://desk.example")
	assert.True(t, reached)
	assert.Equal(t, "https://desk.example", head.Get("Access-Control-Allow-Origin"))
	assert.Equal(t, "true", head.Get("Access-Control-Allow-Credentials"))
	assert.Equal(t, "Origin", head.Get("Vary"))
}

func TestOtherOriginsReadWhatIsPublicOnly(t *testing.T) {
	for _, origin := range []string{"https://evil.example", "null", "https://desk.example.evil.example",
		"HTTPS://DESK.EXAMPLE"} {
		head, _ := preflight(Policy{Allowed: ours, Public: true}, origin,
			"Access-Control-Request-Headers", "authorization", "Access-Control-Request-Private-Network", "true")
		assert.Equal(t, "*", head.Get("Access-Control-Allow-Origin"), origin)
		assert.Equal(t, "authorization", head.Get("Access-Control-Allow-Headers"), origin)
		assert.NotContains(t, head, "Access-Control-Allow-Credentials", origin)
		assert.NotContains(t, head, "Access-Control-Allow-Private-Network", origin)

		for _, ask := range []func() (http.Header, bool){
			func() (http.Header, bool) { return ask(Policy{Allowed: ours}, "GET", "Origin", origin) },
			func() (http.Header, bool) { return preflight(Policy{Allowed: ours}, origin) },
		} {
			head, reached := ask()
			assert.True(t, reached, "the door refuses %s", origin)
			assert.Equal(t, http.Header{"Vary": {"Origin"}}, head, origin)
		}
	}
}

func TestWhatIsNoPreflightReachesTheDoor(t *testing.T) {
	for _, headers := range [][]string{nil, {"Origin", "https://desk.example"},
		{"Access-Control-Request-Method", "GET"}} {
		_, reached := ask(Policy{Allowed: ours}, "OPTIONS", headers...)
		assert.True(t, reached, "%q", headers)
	}
}

func TestOddNamesOfHeadersAreNotRepeated(t *testing.T) {
	for _, names := range []string{"", "a\x00b", "a\nSet-Cookie: x", `"quoted"`, "a;b", "ä",
		strings.Repeat("x", maxHeaders+1)} {
		head, _ := preflight(Policy{Allowed: ours}, "https://desk.example", "Access-Control-Request-Headers", names)
		assert.NotContains(t, head, "Access-Control-Allow-Headers", "%q", names)
	}
}
