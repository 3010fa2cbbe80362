package gateway

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"tccc/gateway/admin"
	"tccc/gateway/audit"
	"tccc/gateway/ccgateway"
	"tccc/gateway/edge"
	"tccc/gateway/files"
	"tccc/gateway/record"
	"tccc/gateway/tlsconf"
	"tccc/internal/cors"
	"tccc/web"
)

func (g *Gateway) openHTTP(context.Context) error {
	l, err := net.Listen("tcp", g.conf.Listen)
	if err != nil {
		return err
	}
	g.addr = l.Addr()
	proxies, err := edge.ParseProxies(g.conf.TrustedProxies)
	if err != nil {
		return errors.Join(err, l.Close())
	}
	front := edge.New(edge.Options{
		Proxies: proxies, Log: g.log,
		Long: func(path string) bool {
			return strings.HasPrefix(path, ccgateway.Prefix) || strings.HasPrefix(path, "/demo/")
		},
		Socket: func(path string) bool { return path == "/ws/agent" || path == "/ws/visitor" },
		Refused: func(address, what string) {
			g.trail.Note(audit.Event{Door: "http", Action: "limit", From: address, Result: "too many " + what})
		},
	})
	l = front.Listener(l)
	if c := &g.conf.TLS; c.Cert != "" {
		files, err := tlsconf.Load(c.Cert, c.Key, g.log)
		if err != nil {
			return errors.Join(err, l.Close())
		}
		l = tls.NewListener(l, files.Config())
	}
	g.http = front.Server(g.secure(g.ccgateway.Wrap(g.routes())))
	g.http.Handler = g.below(g.http.Handler)
	g.http.RegisterOnShutdown(g.ccgateway.Close)
	if g.demo != nil && g.demo.phone != nil {
		g.http.RegisterOnShutdown(g.demo.phone.EndStreams)
	}
	go func() {
		if err := g.http.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			g.fail(err)
		}
	}()
	return nil
}

func (g *Gateway) routes() http.Handler {
	mux := http.NewServeMux()
	// it also says why there is no socket
	mux.Handle("/ws/agent", cors.Policy{Allowed: g.originAllowed, Public: true}.Wrap(g.agents))
	mux.Handle("/ws/visitor", g.visitors)
	mux.Handle(files.Path, g.files)
	mux.HandleFunc("GET /healthz", g.health)
	if g.conf.Metrics.Listen == "" {
		mux.Handle("GET /metrics", g.metricsHandler())
	}
	if g.demo != nil && g.demo.handler != nil {
		g.demo.mount(mux)
	}
	mux.Handle(record.Path, cors.Policy{Allowed: g.originAllowed}.Wrap(g.links))
	if password := g.conf.Operators.Password; !password.IsZero() {
		mux.Handle(admin.PagePath, admin.Page(g.operators(), password, g.trail.Note))
	}
	pages := web.HandlerFor(web.Options{Frames: g.frames, Origin: g.originAllowed, CustomersOnly: !g.conf.Demo})
	g.mountBackEnds(mux, pages)
	mux.Handle("/", pages)
	return mux
}

// secure sets what holds for every answer: where the listener speaks HTTPS,
// browsers are to use nothing else (RFC 6797).
func (g *Gateway) secure(h http.Handler) http.Handler {
	if g.conf.TLS.Cert == "" {
		return h
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Strict-Transport-Security", "max-age=31536000")
		h.ServeHTTP(w, r)
	})
}

// scheme is what the HTTP listener speaks.
func (g *Gateway) scheme() string {
	if g.conf.TLS.Cert != "" {
		return "https"
	}
	return "http"
}

// URL is where the gateway is reached on its own address.
func (g *Gateway) URL() string { return g.scheme() + "://" + g.HTTPAddr() }

// base is what addresses of the gateway begin with that others are told.
func (g *Gateway) base() string {
	if g.conf.PublicURL != "" {
		return g.conf.PublicURL
	}
	return g.URL()
}

// below takes the path of the public URL away where a reverse proxy has left
// it, so that both kinds of proxies will do.
func (g *Gateway) below(h http.Handler) http.Handler {
	u, err := url.Parse(g.conf.PublicURL)
	if err != nil || u.Path == "" {
		return h
	}
	strip := http.StripPrefix(u.Path, h)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasPrefix(r.URL.Path, u.Path+"/"):
			strip.ServeHTTP(w, r)
		case r.URL.Path == u.Path:
			http.Redirect(w, r, u.Path+"/", http.StatusMovedPermanently)
		default:
			h.ServeHTTP(w, r)
		}
	})
}

// health answers 200 while the store takes new work and new calls are taken. It
// tells what is known and waits for nothing.
func (g *Gateway) health(w http.ResponseWriter, _ *http.Request) {
	answer := struct {
		Status string `json:"status"`
		Store  string `json:"store,omitempty"`
	}{Status: "ok"}
	err := g.store.Health()
	if err == nil {
		err = g.store.Room()
	}
	switch {
	case err != nil:
		answer.Status, answer.Store = "error", err.Error()
	case g.draining.Load():
		answer.Status = "draining"
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	if answer.Status != "ok" {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	_ = json.NewEncoder(w).Encode(answer) // who asked may be gone
}

// originAllowed reports whether a page may use the SDK: pages of the gateway
// itself, of the configured origins, and in the demo those of this machine.
// Programs that are no browsers send no Origin and are judged by their login.
func (g *Gateway) originAllowed(r *http.Request) bool {
	origin := r.Header.Get("Origin")
	origins := *g.origins.Load()
	if origin == "" || slices.Contains(origins, "*") || slices.Contains(origins, origin) {
		return true
	}
	u, err := url.Parse(origin)
	if err != nil || u.Host == "" {
		return false
	}
	return u.Host == r.Host || g.conf.Demo && loopback(u.Hostname())
}

func loopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
