package agentws

import (
	"context"
	"encoding/json"
	"errors"
	"sync"
	"time"

	"github.com/coder/websocket"
	"golang.org/x/time/rate"

	"tccc/gateway/center"
	"tccc/wire"
)

// conn is one socket. It implements center.Conn.
type conn struct {
	server *Server
	out    chan []byte

	stop chan struct{} // closed by close

	mu      sync.Mutex
	closing bool
	status  websocket.StatusCode
	reason  string

	// Set by login, read by the reader only.
	app, user, tab string
}

// Send queues a frame. A socket whose queue is full is closed: its SDK comes
// back and catches up from the journal.
func (c *conn) Send(f *wire.Frame) {
	text, err := wire.Encode(f)
	if err != nil {
		c.server.Log.Error("frame was not sent", "err", err)
		if f.ID == 0 {
			return
		}
		text, _ = wire.Encode(&wire.Frame{ID: f.ID, Error: wire.ErrInternal.With("the answer is too large")})
	}
	select {
	case c.out <- text:
	default:
		c.close(websocket.StatusPolicyViolation, "too slow")
	}
}

// Kick tells the SDK why it is closed, and closes it.
func (c *conn) Kick(k wire.KickedParams) {
	params, _ := json.Marshal(k)
	c.Send(&wire.Frame{Method: wire.NotifyKicked, Params: params})
	c.close(websocket.StatusNormalClosure, k.Reason)
}

// close ends the socket after what is queued has been written.
func (c *conn) close(status websocket.StatusCode, reason string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closing {
		return
	}
	c.closing, c.status, c.reason = true, status, reason
	close(c.stop)
}

// serve reads until the writer has closed the socket, or the peer has. The
// reader has no context of its own: ending it would cut the socket before the
// last words are written.
func (c *conn) serve(ws *websocket.Conn) {
	var writer sync.WaitGroup
	writer.Go(func() { c.write(ws) })
	c.read(context.Background(), ws)
	c.close(websocket.StatusNormalClosure, "")
	writer.Wait()
}

// write sends what is queued, pings, and closes the socket in the end.
func (c *conn) write(ws *websocket.Conn) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	ping := time.NewTicker(pingEvery)
	defer ping.Stop()
	var pings sync.WaitGroup
	defer pings.Wait()
	pinging := make(chan struct{}, 1)
	for {
		select {
		case text := <-c.out:
			if !c.put(ws, text) {
				_ = ws.CloseNow()
				return
			}
		case <-ping.C:
			select {
			case pinging <- struct{}{}:
				pings.Go(func() {
					c.ping(ctx, ws)
					<-pinging
				})
			default:
			}
		case <-c.stop:
			c.drain(ws)
			cancel()
			if c.status == websocket.StatusAbnormalClosure {
				_ = ws.CloseNow()
			} else {
				_ = ws.Close(c.status, c.reason)
			}
			return
		}
	}
}

func (c *conn) put(ws *websocket.Conn, text []byte) bool {
	ctx, cancel := context.WithTimeout(context.Background(), writeTimeout)
	defer cancel()
	if err := ws.Write(ctx, websocket.MessageText, text); err != nil {
		c.close(websocket.StatusAbnormalClosure, "")
		return false
	}
	return true
}

func (c *conn) drain(ws *websocket.Conn) {
	for {
		select {
		case text := <-c.out:
			if !c.put(ws, text) {
				return
			}
		default:
			return
		}
	}
}

// ping notices a peer that is gone without a word.
func (c *conn) ping(ctx context.Context, ws *websocket.Conn) {
	ctx, cancel := context.WithTimeout(ctx, pingTimeout)
	defer cancel()
	if err := ws.Ping(ctx); err != nil && errors.Is(ctx.Err(), context.DeadlineExceeded) {
		c.close(websocket.StatusAbnormalClosure, "")
	}
}

// read passes requests on until the socket ends.
func (c *conn) read(ctx context.Context, ws *websocket.Conn) {
	seat := c.login(ctx, ws)
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
		f, ok := c.next(ctx, ws)
		switch {
		case !ok:
			return
		case f == nil: // answered already
		case !limit.Allow():
			c.Send(&wire.Frame{ID: f.ID, Error: wire.ErrOverloaded})
		case f.Method == wire.MethodLogout:
			logout = true
			seat.Logout()
			c.forget(ctx)
			c.Send(&wire.Frame{ID: f.ID, Result: json.RawMessage("{}")})
			return
		case f.Method == wire.MethodLogin:
			c.Send(&wire.Frame{ID: f.ID, Error: wire.ErrMessage.With("logged in already")})
		default:
			seat.Handle(f)
		}
	}
}

// next reads a request. A message that is none is answered with an error, and
// nil is returned for it.
func (c *conn) next(ctx context.Context, ws *websocket.Conn) (*wire.Frame, bool) {
	kind, text, err := ws.Read(ctx)
	if err != nil {
		return nil, false
	}
	if kind != websocket.MessageText {
		c.close(websocket.StatusUnsupportedData, "text frames only")
		return nil, false
	}
	f, err := wire.Decode(text)
	switch {
	case err != nil:
		c.Send(&wire.Frame{Method: "error", Params: mustJSON(wire.AsError(err))})
		return nil, true
	case !f.IsRequest():
		return nil, true // the gateway asks nothing, and knows no notifications
	}
	return f, true
}

// login waits for the first message and seats the agent. Any other end than a
// seat closes the socket.
func (c *conn) login(ctx context.Context, ws *websocket.Conn) *center.Seat {
	late := time.AfterFunc(loginTimeout, func() { c.close(websocket.StatusPolicyViolation, "no login") })
	defer late.Stop()
	f, ok := c.next(ctx, ws)
	if !ok {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, loginTimeout)
	defer cancel()
	if f == nil || f.Method != wire.MethodLogin {
		id := uint64(0)
		if f != nil {
			id = f.ID
		}
		c.refuse(id, wire.ErrNotLoggedIn.With("the first message must be login"))
		return nil
	}
	seat, err := c.authenticate(ctx, f)
	if err != nil {
		c.refuse(f.ID, err)
		return nil
	}
	return seat
}

func (c *conn) refuse(id uint64, err error) {
	if id != 0 {
		c.Send(&wire.Frame{ID: id, Error: wire.AsError(err)})
	}
	c.close(websocket.StatusPolicyViolation, wire.AsError(err).Name)
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
func (c *conn) forget(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, writeTimeout)
	defer cancel()
	if err := c.server.Auth.RevokeTab(ctx, c.app, c.user, c.tab); err != nil {
		c.server.Log.Error("a resume secret was not revoked", "agent", c.user, "err", err)
	}
}

func mustJSON(v any) json.RawMessage {
	text, _ := json.Marshal(v)
	return text
}
