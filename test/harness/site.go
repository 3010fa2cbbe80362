package harness

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
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
	pages  map[string]File
	dirs   map[string]string // by prefix of the path
	count  int               // of pages
}

// File is something that a site serves.
type File struct {
	Kind   string // media type
	Coding string // Content-Encoding of Body, "" for none
	Cache  string // Cache-Control
	Policy string // Content-Security-Policy
	Body   []byte
}

// NewSite starts a site.
func NewSite() *Site {
	s := &Site{pages: map[string]File{}, dirs: map[string]string{}}
	s.server = httptest.NewServer(s)
	s.Origin = s.server.URL
	s.Port = s.Origin[strings.LastIndexByte(s.Origin, ':')+1:]
	return s
}

// Page adds a page and returns its path. policy, if it is not empty, is its
// Content-Security-Policy.
func (s *Site) Page(html, policy string) string {
	s.mu.Lock()
	s.count++
	path := fmt.Sprintf("/page%d.html", s.count)
	s.mu.Unlock()
	s.File(path, File{Kind: "text/html; charset=utf-8", Policy: policy, Body: []byte(html)})
	return path
}

// File adds or replaces a file.
func (s *Site) File(path string, f File) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pages[path] = f
}

// Dir serves the files of a directory under a path that ends with a slash, and
// scripts also without their ending, as bundlers find them.
func (s *Site) Dir(path, dir string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dirs[path] = dir
}

// inDir is the file of a directory that a path names, "" if there is none.
func (s *Site) inDir(path string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	for prefix, dir := range s.dirs {
		rest, ok := strings.CutPrefix(path, prefix)
		if !ok || !filepath.IsLocal(rest) {
			continue
		}
		for _, name := range []string{filepath.Join(dir, rest), filepath.Join(dir, rest+".js")} {
			if info, err := os.Stat(name); err == nil && info.Mode().IsRegular() {
				return name
			}
		}
	}
	return ""
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
		if name := s.inDir(r.URL.Path); name != "" {
			http.ServeFile(w, r, name)
			return
		}
		http.NotFound(w, r)
		return
	}
	for name, value := range map[string]string{
		"Content-Type": p.Kind, "Content-Encoding": p.Coding, "Cache-Control": p.Cache,
		"Content-Security-Policy": p.Policy,
	} {
		if value != "" {
			w.Header().Set(name, value)
		}
	}
	_, _ = w.Write(p.Body) // the browser went away
}

// Close ends the site.
func (s *Site) Close() { s.server.Close() }
