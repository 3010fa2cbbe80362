package harness

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
)

// Site is a web site of another origin than the gateway's: the front end of a
// customer.
type Site struct {
	Origin string // http://127.0.0.1:PORT
	Port   string

	server *httptest.Server
	mu     sync.Mutex
	pages  map[string]sitePage
}

type sitePage struct {
	html, policy string
}

// NewSite starts a site.
func NewSite() *Site {
	s := &Site{pages: map[string]sitePage{}}
	s.server = httptest.NewServer(s)
	s.Origin = s.server.URL
	s.Port = s.Origin[strings.LastIndexByte(s.Origin, ':')+1:]
	return s
}

// Page adds a page and returns its path. policy, if it is not empty, is its
// Content-Security-Policy.
func (s *Site) Page(html, policy string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	path := fmt.Sprintf("/page%d.html", len(s.pages)+1)
	s.pages[path] = sitePage{html, policy}
	return path
}

func (s *Site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	p, ok := s.pages[r.URL.Path]
	s.mu.Unlock()
	if r.URL.Path == "/favicon.ico" {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	if !ok {
		http.NotFound(w, r)
		return
	}
	if p.policy != "" {
		w.Header().Set("Content-Security-Policy", p.policy)
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = fmt.Fprint(w, p.html)
}

// Close ends the site.
func (s *Site) Close() { s.server.Close() }
