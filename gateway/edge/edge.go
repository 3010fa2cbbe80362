package edge

import (
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"tccc/internal/limit"
	"tccc/internal/proxied"
)

// Limits of the HTTP listener.
const (
	headerTimeout = 10 * time.Second
	idleTimeout   = 2 * time.Minute
	headerBytes   = 64 << 10

	// connsMost are connections of an address that have not sent a whole
	// request or wait for an answer; sockets and idle ones are not counted.
	connsMost = 1024
	// requestsMost are requests of an address at the same time.
	requestsMost = 256
)

// Options are what an edge needs.
type Options struct {
	// Proxies are believed about addresses; they are not held to the limits of
	// one address. Default: none.
	Proxies Proxies
	// Long reports whether requests to a path are let wait as long and as many
	// as their door says. Default: none.
	Long func(path string) bool
	// Socket reports whether a path is a WebSocket's, whose door has limits of
	// its own. Default: none.
	Socket func(path string) bool
	// Refused hears of addresses that are over a limit. It must not block.
	Refused func(address, what string)
	Log     *slog.Logger
	// Conns and Requests are the most of one address; the defaults are 1024
	// and 256.
	Conns, Requests int
}

// Edge is what stands before the doors.
type Edge struct {
	o        Options
	requests limit.Counter

	mu    sync.Mutex
	conns map[net.Conn]string // those that are counted, and as whose
	count limit.Counter
}

// New returns an edge.
func New(o Options) *Edge {
	if o.Conns == 0 {
		o.Conns = connsMost
	}
	if o.Requests == 0 {
		o.Requests = requestsMost
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Refused == nil {
		o.Refused = func(string, string) {}
	}
	if o.Long == nil {
		o.Long = func(string) bool { return false }
	}
	if o.Socket == nil {
		o.Socket = func(string) bool { return false }
	}
	return &Edge{o: o, conns: map[net.Conn]string{}}
}

// Listener takes the PROXY protocol (versions 1 and 2) from trusted proxies,
// and from nobody else.
func (e *Edge) Listener(l net.Listener) net.Listener {
	if len(e.o.Proxies) == 0 {
		return l
	}
	return proxied.Listen(l, e.o.Proxies.Trusted, headerTimeout)
}

// Server makes the HTTP server of a handler.
func (e *Edge) Server(h http.Handler) *http.Server {
	return &http.Server{
		Handler: e.Wrap(h), ConnState: e.connState,
		ReadHeaderTimeout: headerTimeout, WriteTimeout: stall, IdleTimeout: idleTimeout, MaxHeaderBytes: headerBytes,
		ErrorLog: slog.NewLogLogger(e.o.Log.Handler(), slog.LevelDebug), // handshakes of scanners, mostly
	}
}

// Wrap gives requests their client's address, its share, and deadlines.
func (e *Edge) Wrap(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// A proxy's own requests are no client's; those it forwards are, whoever that is.
		own := e.o.Proxies.Trusted(r.RemoteAddr) && !forwards(r)
		r.RemoteAddr = e.o.Proxies.Client(r)
		if upgrade(r) && e.o.Socket(r.URL.Path) {
			pace(w, r) // a body all the same: net/http reads it before it answers
			h.ServeHTTP(w, r)
			return
		}
		address := limit.Address(r.RemoteAddr)
		if !e.o.Long(r.URL.Path) && !own {
			if !e.requests.Take(address, e.o.Requests) {
				e.o.Refused(address, "requests")
				w.Header().Set("Retry-After", "1")
				http.Error(w, "too many requests of this address at once", http.StatusTooManyRequests)
				return
			}
			defer e.requests.Give(address)
		}
		pw := pace(w, r)
		defer pw.finish()
		h.ServeHTTP(pw, r)
	})
}

// upgrade reports whether a request wants to become a WebSocket.
func upgrade(r *http.Request) bool {
	return r.Method == http.MethodGet && strings.EqualFold(r.Header.Get("Upgrade"), "websocket")
}

// connState counts connections by address, and closes those that are too many.
func (e *Edge) connState(c net.Conn, s http.ConnState) {
	e.mu.Lock()
	defer e.mu.Unlock()
	address, counted := e.conns[c]
	wanted := s == http.StateNew || s == http.StateActive
	switch {
	case wanted == counted:
	case counted:
		delete(e.conns, c)
		e.count.Give(address)
	default:
		remote := c.RemoteAddr().String()
		if e.o.Proxies.Trusted(remote) {
			return
		}
		address = limit.Address(remote)
		if !e.count.Take(address, e.o.Conns) {
			e.o.Refused(address, "connections")
			_ = c.Close()
			return
		}
		e.conns[c] = address
	}
}
