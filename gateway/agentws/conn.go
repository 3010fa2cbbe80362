package agentws

import (
	"context"
	"encoding/json"
	"time"

	"github.com/coder/websocket"
	"golang.org/x/time/rate"

	"tccc/gateway/center"
	"tccc/gateway/socket"
	"tccc/wire"
)

// conn is one socket. It implements center.Conn.
type conn struct {
	*socket.Conn
	server *Server

	// Set by login, read by the reader only.
	app, user, tab string
}

// Kick tells the SDK why it is closed, and closes it.
func (c *conn) Kick(k wire.KickedParams) {
	params, _ := json.Marshal(k)
	c.Send(&wire.Frame{Method: wire.NotifyKicked, Params: params})
	c.Close(websocket.StatusNormalClosure, k.Reason)
}

// read passes requests on until the socket ends.
func (c *conn) read() {
	seat := c.login()
	if seat == nil {
		return
	}
	logout := false
	defer func() {
		if !logout {
			seat.Lost()
		}
	}()
	limit := rate.NewLimiter(framesPerSec, framesBurst)
	for {
		f, ok := c.Next()
		switch {
		case !ok:
			return
		case f == nil: // answered already
		case !limit.Allow():
			c.Send(&wire.Frame{ID: f.ID, Error: wire.ErrOverloaded})
		case f.Method == wire.MethodLogout:
			logout = true
			seat.Logout()
			c.forget()
			c.Send(&wire.Frame{ID: f.ID, Result: json.RawMessage("{}")})
			return
		case f.Method == wire.MethodLogin:
			c.Send(&wire.Frame{ID: f.ID, Error: wire.ErrMessage.With("logged in already")})
		default:
			seat.Handle(f)
		}
	}
}

// login waits for the first message and seats the agent. Any other end than a
// seat closes the socket.
func (c *conn) login() *center.Seat {
	late := time.AfterFunc(loginTimeout, func() { c.Close(websocket.StatusPolicyViolation, "no login") })
	defer late.Stop()
	f, ok := c.Next()
	if !ok {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), loginTimeout)
	defer cancel()
	if f == nil || f.Method != wire.MethodLogin {
		id := uint64(0)
		if f != nil {
			id = f.ID
		}
		c.Refuse(id, wire.ErrNotLoggedIn.With("the first message must be login"))
		return nil
	}
	seat, err := c.authenticate(ctx, f)
	if err != nil {
		c.Refuse(f.ID, err)
		return nil
	}
	return seat
}

// authenticate decides who logs in. A valid token decides; the resume secret
// of the same tab makes the login a continuation, and is enough by itself.
func (c *conn) authenticate(ctx context.Context, f *wire.Frame) (*center.Seat, error) {
	var p wire.LoginParams
	if err := wire.DecodeParams(f.Params, &p); err != nil {
		return nil, err
	}
	if len(p.TabID) == 0 || len(p.TabID) > 64 {
		return nil, wire.ErrInvalidOptions.For("tabId", "tabId must have 1 to 64 characters")
	}
	if len(p.Device) > 64 {
		return nil, wire.ErrInvalidOptions.For("device", "device must have at most 64 characters")
	}
	s := c.server
	user, tokenErr := s.Auth.Check(ctx, p.SDKAppID, p.Token)
	resume := p.Resume
	if resume != nil {
		before, err := s.Auth.CheckResume(ctx, p.SDKAppID, p.TabID, resume.Secret)
		switch {
		case err != nil || tokenErr == nil && before != user:
			resume = nil
		default:
			user, tokenErr = before, nil
		}
	}
	if tokenErr != nil {
		return nil, tokenErr
	}
	secret, err := s.Auth.IssueResume(ctx, p.SDKAppID, user, p.TabID)
	if err != nil {
		return nil, err
	}
	seat, err := s.Center.Login(ctx, center.Login{App: p.SDKAppID, UserID: user, Tab: p.TabID, Device: p.Device, Resume: resume, Secret: secret, ID: f.ID}, c)
	if err != nil {
		return nil, err
	}
	c.app, c.user, c.tab = p.SDKAppID, user, p.TabID
	s.Log.Info("agent logged in", "agent", user, "app", p.SDKAppID, "resumed", resume != nil, "sdk", p.Version)
	return seat, nil
}

// forget makes the tab's resume secret useless.
func (c *conn) forget() {
	ctx, cancel := context.WithTimeout(context.Background(), revokeTimeout)
	defer cancel()
	if err := c.server.Auth.RevokeTab(ctx, c.app, c.user, c.tab); err != nil {
		c.server.Log.Error("a resume secret was not revoked", "agent", c.user, "err", err)
	}
}
