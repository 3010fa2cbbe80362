// Package visitor serves the sockets of customers' pages: JSON-RPC 2.0 text
// frames over WebSocket, subprotocol tccc.visitor.v1. Anybody can connect: it
// decides who somebody is, keeps everybody within limits, and passes requests
// to the center.
package visitor

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"tccc/gateway/audit"
	"tccc/gateway/config"
	"tccc/gateway/session"
	"tccc/gateway/socket"
	"tccc/gateway/webhook"
	"tccc/wire"
)

// Center owns the sessions; user is the customer's id in all of it.
type Center interface {
	// StartVisit opens a session, or gives the open one of the type.
	StartVisit(ctx context.Context, app string, who session.Customer, p wire.VisitorStartParams) (wire.VisitorSession,
		error)
	// Visits gives the open sessions in the order in which they began, or else
	// the last one.
	Visits(ctx context.Context, app, user string) ([]wire.VisitorSession, error)
	VisitorSay(ctx context.Context, app, user string, p wire.SendParams) (wire.Message, error)
	VisitorMessages(ctx context.Context, app, user string, p wire.MessagesParams) (wire.MessagesResult, error)
	VisitorRead(ctx context.Context, app, user string, p wire.ReadParams) error
	VisitorDelivered(ctx context.Context, app, user string, p wire.ReadParams) error
	VisitorTyping(ctx context.Context, app, user string, p wire.TypingParams) error
	VisitorEnd(ctx context.Context, app, user, session string) error
	// VisitorScreen notes that the page shows a screen, or no more.
	VisitorScreen(ctx context.Context, app, user string, p wire.ScreenParams) error
	// VisitorOffer brings the media of an audio or video session.
	VisitorOffer(ctx context.Context, app, user string, p wire.SessionOfferParams) (wire.AnswerResult, error)
	// VisitorWatch delivers notifications until stop is called; meanwhile the
	// customer is there. f must not block.
	VisitorWatch(ctx context.Context, app, user string, f func(wire.Frame)) (stop func(), err error)
}

// Apps are the applications as they are now.
type Apps interface {
	App(sdkAppID string) (config.App, bool)
	Apps() []config.App
}

// Files takes uploads.
type Files interface {
	Ticket(ctx context.Context, app, session, user string, p wire.UploadParams) (url string, err error)
	// Limits are what may be uploaded in an application.
	Limits(app string) wire.UploadLimits
}

// Options are what a server needs.
type Options struct {
	Center Center
	Apps   Apps
	Keys   *Keys
	Files  Files
	// Loopback lets pages of this machine connect to every application, as the
	// demo does.
	Loopback bool
	// Audit hears of customers who were not let in.
	Audit audit.Func
	// Log receives what goes wrong; the default is slog.Default.
	Log *slog.Logger
	// ICE gives a customer's credentials for TURN servers; nil: there are none.
	ICE func(app, user string) []wire.ICEServer
	// MaxConns bounds the sockets at the same time; 0 means 20,000.
	MaxConns int
	// Now is the clock; the default is time.Now.
	Now func() time.Time
}

// Limits of one socket.
const (
	helloTimeout = 10 * time.Second
	callTimeout  = 15 * time.Second // of one request
	outSize      = 256              // frames that wait to be written
)

// Server is the handler of /ws/visitor.
type Server struct {
	Options
	sockets  socket.Group
	limits   limits
	hooks    *webhook.Caller
	patience time.Duration // for hello
}

// New returns a server. The caller must Close it.
func New(o Options) *Server {
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.ICE == nil {
		o.ICE = func(string, string) []wire.ICEServer { return nil }
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.MaxConns == 0 {
		o.MaxConns = 20_000
	}
	return &Server{Options: o, sockets: socket.Group{Protocol: wire.VisitorProtocol, Max: o.MaxConns},
		patience: helloTimeout,
		hooks:    webhook.NewCaller("tccc-visitor/1")}
}

// ServeHTTP upgrades the request and serves the socket until it ends. Which
// application a page wants, and so whether its origin may connect, is known
// with its first message.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	address := address(r.RemoteAddr)
	if !s.limits.silent.Take(address, silentMost) {
		s.note("limit", "", address, wire.ErrOverloaded)
		w.Header().Set("Retry-After", "10")
		http.Error(w, wire.ErrOverloaded.Error(), http.StatusTooManyRequests)
		return
	}
	c := &conn{Conn: socket.New(outSize, s.Log), server: s, address: address, origin: r.Header.Get("Origin"),
		host: r.Host}
	defer c.spoken()
	s.sockets.Serve(w, r, c.Conn, c.read)
}

// note tells of an attempt that was refused.
func (s *Server) note(action, who, from string, err error) {
	s.Audit.Note(audit.Event{Door: "visitors", Action: action, Who: who, From: from, Result: wire.AsError(err).Name})
}

// Conns is the number of sockets.
func (s *Server) Conns() int { return s.sockets.Len() }

// Close ends every socket and waits for them.
func (s *Server) Close() {
	s.sockets.Close()
	s.hooks.Close()
}
