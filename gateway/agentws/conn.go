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
	server  *Server
	address string
	limit   *rate.Limiter
	known   func() // the socket is no stranger any more
	counted bool   // as one of an agent

	// Set by login, read by the reader only.
	app, user, tab string
}

// Kick tells the SDK why it is closed, and closes it.
func (c *conn) Kick(k wire.KickedParams) {
	params, _ := json.Marshal(k)
	c.Send(&wire.Frame{Method: wire.NotifyKicked, Params: params})
	c.Close(websocket.StatusNormalClosure, k.Reason)
}

// next reads a request within the limit of the socket; nil is one that has been
// answered already.
func (c *conn) next() (*wire.Frame, bool) {
	f, ok := c.Next()
	if ok && f != nil && !c.limit.Allow() {
		c.Send(&wire.Frame{ID: f.ID, Error: wire.ErrOverloaded})
		f = nil
	}
	return f, ok
}

// read passes requests on until the socket ends.
func (c *conn) read() {
	seat := c.login()
	defer c.leave()
	if seat == nil {
		return
	}
	logout := false
	defer func() {
		if !logout {
			seat.Lost()
		}
	}()
	for {
		f, ok := c.next()
		switch {
		case !ok:
			return
		case f == nil: // answered already
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
	f, ok := c.next()
	if !ok {
		return nil
	}
	if f == nil || f.Method != wire.MethodLogin {
		id := uint64(0)
		if f != nil {
			id = f.ID
		}
		c.Refuse(id, wire.ErrNotLoggedIn.With("the first message must be login"))
		return nil
	}
	l, p, err := c.authenticate(f)
	c.server.note("login", l.UserID, c.address, err)
	if err == nil {
		err = c.enter()
	}
	if err != nil {
		c.Refuse(f.ID, err)
		return nil
	}
	late.Stop()
	if p.Early {
		result, _ := json.Marshal(wire.EarlyResult{Secret: l.Secret}) // of a string: cannot fail
		c.Send(&wire.Frame{ID: f.ID, Result: result})
		if l.ID = c.prepared(l); l.ID == 0 {
			return nil
		}
	}
	return c.sit(l, p.Version)
}

// enter counts the socket as one of an agent, if there is room for another.
func (c *conn) enter() error {
	c.known()
	if c.server.agents.Add(1) > int64(c.server.MaxConns) {
		c.server.agents.Add(-1)
		return wire.ErrOverloaded.With("too many agents are logged in at this gateway")
	}
	c.counted = true
	return nil
}

func (c *conn) leave() {
	if c.counted {
		c.server.agents.Add(-1)
	}
}

// prepared waits for a page that has logged in before it can take sessions, and
// gives the request by which it says that it can; 0 if it never will. The agent
// is not there meanwhile.
func (c *conn) prepared(l center.Login) uint64 {
	late := time.AfterFunc(earlyTimeout, func() { c.Close(websocket.StatusPolicyViolation, "not ready in time") })
	defer late.Stop()
	for {
		f, ok := c.next()
		switch {
		case !ok:
			return 0
		case f == nil: // answered already
		case f.Method == wire.MethodReady:
			return f.ID
		case f.Method == wire.MethodLogout:
			c.server.Center.GiveUp(l)
			c.forget()
			c.Send(&wire.Frame{ID: f.ID, Result: json.RawMessage("{}")})
			return 0
		default:
			c.Send(&wire.Frame{ID: f.ID, Error: wire.ErrNotLoggedIn.With("the page has not said that it is ready")})
		}
	}
}

// sit seats the agent.
func (c *conn) sit(l center.Login, version string) *center.Seat {
	ctx, cancel := context.WithTimeout(context.Background(), loginTimeout)
	defer cancel()
	seat, err := c.server.Center.Login(ctx, l, c)
	if err != nil {
		c.Refuse(l.ID, err)
		return nil
	}
	c.server.Log.Info("agent logged in", "agent", l.UserID, "app", l.App, "resumed", l.Resume != nil, "sdk", version)
	return seat
}

// authenticate decides who logs in. A valid token decides; the resume secret
// of the same tab makes the login a continuation, and is enough by itself.
func (c *conn) authenticate(f *wire.Frame) (l center.Login, p wire.LoginParams, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), loginTimeout)
	defer cancel()
	if err := wire.DecodeParams(f.Params, &p); err != nil {
		return l, p, err
	}
	if len(p.TabID) == 0 || len(p.TabID) > 64 {
		return l, p, wire.ErrInvalidOptions.For("tabId", "tabId must have 1 to 64 characters")
	}
	if len(p.Device) > 64 {
		return l, p, wire.ErrInvalidOptions.For("device", "device must have at most 64 characters")
	}
	s := c.server
	checked := s.Center.Endings()
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
	if resume != nil && resume.Epoch == "" {
		resume = nil // of a login that was never completed: there is nothing to go on with
	}
	if tokenErr != nil {
		return l, p, tokenErr
	}
	secret, err := s.Auth.IssueResume(ctx, p.SDKAppID, user, p.TabID)
	if err != nil {
		return l, p, err
	}
	c.app, c.user, c.tab = p.SDKAppID, user, p.TabID
	return center.Login{
		App: p.SDKAppID, UserID: user, Tab: p.TabID, Device: p.Device, Resume: resume, Secret: secret, ID: f.ID,
		Checked: checked,
	}, p, nil
}

// forget makes the tab's resume secret useless.
func (c *conn) forget() {
	ctx, cancel := context.WithTimeout(context.Background(), revokeTimeout)
	defer cancel()
	if err := c.server.Auth.RevokeTab(ctx, c.app, c.user, c.tab); err != nil {
		c.server.Log.Error("a resume secret was not revoked", "agent", c.user, "err", err)
	}
}
