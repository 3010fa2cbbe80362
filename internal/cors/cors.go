// Package cors lets pages of other origins use an HTTP door (Fetch standard,
// section 3.3). What wraps fetch and XMLHttpRequest in a page adds headers and
// credentials of its own, so a preflight is answered by what it asks for. Doors
// know callers by what is in the request (tickets, signatures), never by
// cookies.
package cors

import (
	"net/http"
	"strings"
)

// maxAge is for how many seconds a browser may keep the answer to a preflight:
// the most that Chromium takes.
const maxAge = "7200"

// maxHeaders bounds the names of headers that a preflight asks for, in bytes.
const maxHeaders = 4096

// Policy is who may use a door.
type Policy struct {
	// Allowed reports whether pages of the request's Origin may use the door and
	// read its answers, with credentials or without. Default: none may.
	Allowed func(*http.Request) bool
	// Public lets all other pages read without credentials.
	Public bool
	// Methods are those of the door, as in Allow; the default is GET, HEAD.
	Methods string
	// Expose names headers of answers that pages may read beside the usual ones.
	Expose string
}

// Wrap puts the policy in front of a door.
func (p Policy) Wrap(door http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !p.Answer(w, r) {
			door.ServeHTTP(w, r)
		}
	})
}

// Answer says in the header of w what the page may do, and reports whether the
// request was a preflight and is answered. For a page that may do nothing it
// does neither: the door refuses it, or else its browser does.
func (p Policy) Answer(w http.ResponseWriter, r *http.Request) (done bool) {
	origin, head := r.Header.Get("Origin"), w.Header()
	head.Add("Vary", "Origin")
	allowed := origin != "" && p.Allowed != nil && p.Allowed(r)
	switch {
	case allowed:
		head.Set("Access-Control-Allow-Origin", origin) // never * where credentials may come
		head.Set("Access-Control-Allow-Credentials", "true")
	case p.Public:
		head.Set("Access-Control-Allow-Origin", "*")
	default:
		return false
	}
	if p.Expose != "" {
		head.Set("Access-Control-Expose-Headers", p.Expose)
	}
	if r.Method != http.MethodOptions || origin == "" || r.Header.Get("Access-Control-Request-Method") == "" {
		return false
	}
	p.preflight(head, r.Header, allowed)
	w.WriteHeader(http.StatusNoContent)
	return true
}

func (p *Policy) preflight(head, asked http.Header, allowed bool) {
	head.Add("Vary", "Access-Control-Request-Headers")
	methods := p.Methods
	if methods == "" {
		methods = "GET, HEAD"
	}
	head.Set("Access-Control-Allow-Methods", methods)
	// "*" would not stand for Authorization, nor for anything with credentials.
	if names := strings.Join(asked.Values("Access-Control-Request-Headers"), ", "); isNames(names) {
		head.Set("Access-Control-Allow-Headers", names)
	}
	// A public site asks before it reaches into a private network.
	if allowed && asked.Get("Access-Control-Request-Private-Network") == "true" {
		head.Set("Access-Control-Allow-Private-Network", "true")
	}
	head.Set("Access-Control-Max-Age", maxAge)
}

// isNames reports whether a text is a list of field names (RFC 9110 section 5.1).
func isNames(text string) bool {
	if text == "" || len(text) > maxHeaders {
		return false
	}
	for i := 0; i < len(text); i++ {
		c := text[i]
		letter := c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9'
		if !letter && strings.IndexByte("!#$%&'*+-.^_`|~, ", c) < 0 {
			return false
		}
	}
	return true
}
