// Package agentws serves the SDK's sockets: JSON-RPC 2.0 text frames over
// WebSocket (RFC 6455), subprotocol tccc.v1. It verifies the login, keeps each
// socket within its limits, and passes commands to the center.
package agentws

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"tccc/gateway/center"
	"tccc/gateway/socket"
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
	loginTimeout  = 10 * time.Second
	revokeTimeout = 10 * time.Second
	outSize       = 1024 // frames that wait to be written
	framesPerSec  = 50
	framesBurst   = 200
)

// Server is the handler of /ws/agent.
type Server struct {
	Options
	sockets socket.Group
}

// New returns a server. The caller must Close it.
func New(o Options) *Server {
	if o.MaxConns == 0 {
		o.MaxConns = 10_000
	}
	return &Server{Options: o, sockets: socket.Group{Protocol: wire.Subprotocol, Max: o.MaxConns}}
}

// ServeHTTP upgrades the request and serves the socket until it ends.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !s.Origin(r) {
		http.Error(w, wire.ErrOrigin.Error(), http.StatusForbidden)
		return
	}
	c := &conn{Conn: socket.New(outSize, s.Log), server: s}
	s.sockets.Serve(w, r, c.Conn, c.read)
}

// Conns is the number of sockets.
func (s *Server) Conns() int { return s.sockets.Len() }

// Close ends every socket and waits for them.
func (s *Server) Close() { s.sockets.Close() }
