// Package agentws serves the SDK's sockets: JSON-RPC 2.0 text frames over
// WebSocket (RFC 6455), subprotocol tccc.v1. It verifies the login, keeps each
// socket within its limits, and passes commands to the center.
package agentws

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

	"tccc/gateway/audit"
	"tccc/gateway/center"
	"tccc/gateway/socket"
	"tccc/internal/clip"
	"tccc/internal/limit"
	"tccc/wire"
)

// Auth verifies logins.
type Auth interface {
	// Check gives the account of a login token and uses it up if it is for one
	// login only. Errors: wire.ErrTokenInvalid, wire.ErrTokenExpired.
	Check(ctx context.Context, sdkAppID, token string) (userID string, err error)
	// CheckResume gives the account of a tab's resume secret. Errors:
	// wire.ErrTokenInvalid, wire.ErrTokenExpired.
	CheckResume(ctx context.Context, sdkAppID, tabID, secret string) (userID string, err error)
	// IssueResume makes a resume secret for an account in a tab, which takes
	// the place of the one before.
	IssueResume(ctx context.Context, sdkAppID, userID, tabID string) (secret string, err error)
	// RevokeTab forgets the resume secrets of a tab.
	RevokeTab(ctx context.Context, sdkAppID, userID, tabID string) error
}

// Options are what a server needs.
type Options struct {
	Center *center.Center
	Auth   Auth
	// Origin reports whether pages of the request's Origin may connect.
	Origin func(r *http.Request) bool
	Log    *slog.Logger
	// MaxConns bounds the sockets of agents at the same time; 0 means 10,000.
	// Those that have not logged in have room of their own beside them.
	MaxConns int
	// Silent and SilentAddress bound the sockets that have not logged in: of
	// all, and of one address. 0 means 2,000 and 256.
	Silent, SilentAddress int
	// Audit hears of log-ins and of addresses that are over a limit.
	Audit audit.Func
}

// Limits of one socket.
const (
	loginTimeout  = 10 * time.Second
	earlyTimeout  = 2 * time.Minute // for the SDK's program, on a slow network
	revokeTimeout = 10 * time.Second
	outSize       = 1024 // frames that wait to be written
	framesPerSec  = 50
	framesBurst   = 200
)

// Server is the handler of /ws/agent.
type Server struct {
	Options
	sockets   socket.Group
	strangers socket.Strangers
	agents    atomic.Int64   // sockets that have logged in
	declined  rate.Sometimes // a line in the log
}

// New returns a server. The caller must Close it.
func New(o Options) *Server {
	if o.MaxConns == 0 {
		o.MaxConns = 10_000
	}
	if o.Silent == 0 {
		o.Silent = 2000
	}
	if o.SilentAddress == 0 {
		o.SilentAddress = 256
	}
	return &Server{
		Options: o, sockets: socket.Group{Protocol: wire.Subprotocol, Max: o.MaxConns + o.Silent},
		strangers: socket.Strangers{Most: o.Silent, AddressMost: o.SilentAddress},
		declined:  rate.Sometimes{First: 1, Interval: time.Minute},
	}
}

// ServeHTTP upgrades the request and serves the socket until it ends.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	address := limit.Address(r.RemoteAddr)
	switch {
	case !s.Origin(r):
		s.note("origin", "", address, wire.ErrOrigin)
		s.decline(w, r, http.StatusForbidden, wire.ErrOrigin.With("%s", clip.Shown(r.Header.Get("Origin"), 200)))
	case !upgrades(r):
		s.decline(w, r, http.StatusUpgradeRequired, wire.ErrNoWebSocket)
	default:
		s.serve(w, r, address)
	}
}

// serve upgrades a request of an address that has room for another stranger.
func (s *Server) serve(w http.ResponseWriter, r *http.Request, address string) {
	c := &conn{Conn: socket.New(outSize, s.Log), server: s, address: address,
		limit: rate.NewLimiter(framesPerSec, framesBurst)}
	known, ok := s.strangers.Enter(address, c.Conn)
	if !ok {
		s.note("limit", "", address, wire.ErrOverloaded)
		w.Header().Set("Retry-After", "10")
		s.decline(w, r, http.StatusTooManyRequests,
			wire.ErrOverloaded.With("too many sockets of this address have not logged in"))
		return
	}
	c.known = known
	defer known()
	s.sockets.Serve(w, r, c.Conn, c.read)
}

// upgrades reports whether a request asks for a WebSocket (RFC 6455 section 4.1).
func upgrades(r *http.Request) bool {
	connection := strings.ToLower(strings.Join(r.Header.Values("Connection"), ","))
	return strings.EqualFold(r.Header.Get("Upgrade"), "websocket") && strings.Contains(connection, "upgrade")
}

// decline answers a request that becomes no socket with an entry of the
// catalogue, which a page of any origin can read: one whose socket does not
// open asks here, with the query "why", for the reason.
func (s *Server) decline(w http.ResponseWriter, r *http.Request, status int, err *wire.Error) {
	h := w.Header()
	if h.Get("Access-Control-Allow-Origin") == "" {
		h.Set("Access-Control-Allow-Origin", "*")
	}
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store")
	if status == http.StatusUpgradeRequired {
		h.Set("Connection", "Upgrade")
		h.Set("Upgrade", "websocket")
	}
	if r.URL.RawQuery == "why" {
		status = http.StatusOK // it is what was asked for
	} else {
		s.declined.Do(func() {
			s.Log.Warn("a page did not get a socket", "why", err.Error(), "remote", r.RemoteAddr, "origin",
				clip.Shown(r.Header.Get("Origin"), 200),
				"via", clip.Shown(r.Header.Get("Via"), 200))
		})
	}
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(err) // of strings: only the connection can fail
}

// note tells of an attempt and of what came of it.
func (s *Server) note(action, who, from string, err error) {
	result := audit.OK
	if err != nil {
		result = wire.AsError(err).Name
	}
	s.Audit.Note(audit.Event{Door: "agents", Action: action, Who: who, From: from, Result: result})
}

// Conns is the number of sockets.
func (s *Server) Conns() int { return s.sockets.Len() }

// Close ends every socket and waits for them.
func (s *Server) Close() { s.sockets.Close() }
