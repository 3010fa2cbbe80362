package admin

import (
	"context"
	"embed"
	"encoding/json"
	"io/fs"
	"net/http"
	"sync"
	"time"

	"tccc/gateway/audit"
	"tccc/gateway/config"
	"tccc/internal/limit"
)

// PagePath is where the operators' page is served.
const PagePath = "/ops/"

const (
	// pageRate bounds requests of one address, a second: the page asks once.
	pageRate = 8
	// fresh is how long a snapshot is shown to others who ask.
	fresh = 500 * time.Millisecond

	pagePolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; " +
		"form-action 'none'; frame-ancestors 'none'"
)

//go:embed page/*
var pageFiles embed.FS

// page is the operators' page: files and the snapshot, behind a password.
type page struct {
	gateway  Gateway
	password config.Secret
	limiter  *limit.Limiter
	files    http.Handler
	audit    audit.Func

	mu   sync.Mutex
	at   time.Time
	last []byte
}

// Page serves the operators' page under [PagePath] to whoever knows the
// password (HTTP Basic, RFC 7617, any user name). It only shows.
func Page(g Gateway, password config.Secret, note audit.Func) http.Handler {
	files, _ := fs.Sub(pageFiles, "page")
	p := &page{gateway: g, password: password, limiter: limit.New(pageRate), files: http.FileServerFS(files),
		audit: note}
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+PagePath+"snapshot", p.snapshot)
	mux.Handle("GET "+PagePath, http.StripPrefix("/ops", p.files))
	return p.guard(mux)
}

func (p *page) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", pagePolicy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-store")
		from := limit.Address(r.RemoteAddr)
		if !p.limiter.Allow(from, time.Now()) {
			h.Set("Retry-After", "1")
			http.Error(w, "too many requests", http.StatusTooManyRequests)
			return
		}
		if _, password, ok := r.BasicAuth(); !ok || !p.password.Equal(password) {
			if ok { // without one it is a browser that has not asked yet
				p.audit.Note(audit.Event{Door: "operators", Action: "login", From: from, Result: "wrong password"})
			}
			h.Set("WWW-Authenticate", `Basic realm="tccc", charset="UTF-8"`)
			http.Error(w, "the operators' password is needed", http.StatusUnauthorized)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func (p *page) snapshot(w http.ResponseWriter, r *http.Request) {
	text, err := p.current(r.Context())
	if err != nil {
		http.Error(w, "the state is not to be had", http.StatusServiceUnavailable)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(text)
}

// current gives a snapshot, the one before if it is fresh: many pages cost no
// more than one.
func (p *page) current(ctx context.Context) ([]byte, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if time.Since(p.at) < fresh {
		return p.last, nil
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	s, err := p.gateway.Snapshot(ctx)
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(s)
	if err == nil {
		p.at, p.last = time.Now(), text
	}
	return text, err
}
