// Package agentws serves the SDK's sockets: JSON-RPC 2.0 text frames over
// WebSocket (RFC 6455), subprotocol tccc.v1. It verifies the login, keeps each
// socket within its limits, and passes commands to the center.
package agentws

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/coder/websocket"

	"tccc/gateway/center"
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
	// MaxConns bounds the sockets at the same time; 0 means 10,000.
	MaxConns int
}

// Limits of one socket.
const (
	loginTimeout = 10 * time.Second
	pingEvery    = 20 * time.Second
	pingTimeout  = 20 * time.Second // a throttled background tab still answers pings: the browser does
	writeTimeout = 10 * time.Second
	outSize      = 1024 // frames that wait to be written
	framesPerSec = 50
	framesBurst  = 200
)

// Server is the handler of /ws/agent.
type Server struct {
	Options
	mu    sync.Mutex
	conns map[*conn]struct{}
	work  sync.WaitGroup
	done  bool
}

// New returns a server. The caller must Close it.
func New(o Options) *Server {
	if o.MaxConns == 0 {
		o.MaxConns = 10_000
	}
	return &Server{Options: o, conns: map[*conn]struct{}{}}
}

// ServeHTTP upgrades the request and serves the socket until it ends.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !s.Origin(r) {
		http.Error(w, wire.ErrOrigin.Error(), http.StatusForbidden)
		return
	}
	c := &conn{server: s, out: make(chan []byte, outSize), stop: make(chan struct{})}
	if !s.add(c) {
		w.Header().Set("Retry-After", "5")
		http.Error(w, wire.ErrOverloaded.Error(), http.StatusServiceUnavailable)
		return
	}
	defer s.remove(c)
	ws, err := websocket.Accept(w, r, &websocket.AcceptOptions{
		Subprotocols:       []string{wire.Subprotocol},
		InsecureSkipVerify: true, // Origin has decided
		CompressionMode:    websocket.CompressionDisabled,
	})
	if err != nil {
		return // Accept has answered
	}
	if ws.Subprotocol() != wire.Subprotocol {
		_ = ws.Close(websocket.StatusPolicyViolation, "subprotocol must be "+wire.Subprotocol)
		return
	}
	ws.SetReadLimit(wire.MaxFrame)
	c.serve(ws)
}

func (s *Server) add(c *conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.done || len(s.conns) >= s.MaxConns {
		return false
	}
	s.conns[c] = struct{}{}
	s.work.Add(1)
	return true
}

func (s *Server) remove(c *conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.conns, c)
	s.work.Done()
}

// Conns is the number of sockets.
func (s *Server) Conns() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.conns)
}

// Close ends every socket and waits for them.
func (s *Server) Close() {
	s.mu.Lock()
	s.done = true
	for c := range s.conns {
		c.close(websocket.StatusGoingAway, "the gateway is shutting down")
	}
	s.mu.Unlock()
	s.work.Wait()
}
