package visitor

import (
	"context"
	"encoding/json"
	"sync"
	"time"

	"github.com/coder/websocket"
	"golang.org/x/time/rate"

	"tccc/gateway/config"
	"tccc/gateway/socket"
	"tccc/internal/limit"
	"tccc/wire"
)

// conn is one socket.
type conn struct {
	*socket.Conn
	server  *Server
	address string
	origin  string
	host    string

	// Set by hello, read by the reader only.
	app   config.App
	who   claim
	hello wire.HelloParams
	taken []func() // gives back what the limits counted
	said  sync.Once

	mu     sync.Mutex
	held   []wire.Frame // notifications that came before the answer to hello
	seated bool         // the answer to hello is queued
}

// spoken counts the socket no longer as one that has not said who it is.
func (c *conn) spoken() { c.said.Do(func() { c.server.limits.silent.Give(c.address) }) }

// take counts the socket as one of a name, until it ends.
func (c *conn) take(n *limit.Counter, name string, most int) bool {
	if !n.Take(name, most) {
		return false
	}
	c.taken = append(c.taken, func() { n.Give(name) })
	return true
}

// read answers requests until the socket ends.
func (c *conn) read() {
	defer func() {
		c.spoken()
		for _, give := range c.taken {
			give()
		}
	}()
	stop := c.enter()
	if stop == nil {
		return
	}
	defer stop()
	frames, strikes := rate.NewLimiter(framesPerSec, framesBurst), 0
	for {
		f, ok := c.Next()
		if !ok {
			return
		}
		if !frames.Allow() || !c.traffic() {
			if strikes++; strikes > strikesMost {
				c.Close(websocket.StatusPolicyViolation, "too many messages")
				return
			}
			if f != nil {
				c.Send(&wire.Frame{ID: f.ID, Error: wire.ErrOverloaded})
			}
			continue
		}
		if f != nil {
			c.answer(f.ID)(c.do(f))
		}
	}
}

// traffic counts a message of the customer's address.
func (c *conn) traffic() bool {
	perSec := max(2*c.app.Visitors.PerAddress, framesPerSec)
	return c.server.allow(&c.server.limits.traffic, c.who.App+"/"+c.address, time.Second/time.Duration(perSec),
		max(5*perSec, framesBurst))
}

// answer sends the result of a request.
func (c *conn) answer(id uint64) func(result any, err error) {
	return func(result any, err error) {
		f := &wire.Frame{ID: id}
		if err == nil {
			f.Result, err = json.Marshal(result)
		}
		if err != nil {
			f.Result, f.Error = nil, wire.AsError(err)
			if f.Error == wire.ErrInternal {
				c.server.Log.Error("a customer's request failed", "customer", c.who.User, "app", c.who.App, "err", err)
			}
		}
		c.Send(f)
	}
}

// enter waits for the first message and lets the customer in; stop is nil if
// that does not happen, and the socket is then closed.
func (c *conn) enter() (stop func()) {
	late := time.AfterFunc(c.server.patience, func() { c.Close(websocket.StatusPolicyViolation, "no hello") })
	defer late.Stop()
	f, ok := c.Next()
	switch {
	case !ok:
		return nil
	case f == nil:
		c.Close(websocket.StatusPolicyViolation, "the first message must be hello")
		return nil
	case f.Method != wire.VisitorHello:
		c.Refuse(f.ID, wire.ErrNotLoggedIn.With("the first message must be hello"))
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), helloTimeout)
	defer cancel()
	stop, err := c.seat(ctx, f)
	if err != nil {
		if wire.AsError(err) == wire.ErrInternal {
			c.server.Log.Error("a customer was not let in", "err", err)
		}
		c.server.note("hello", c.who.User, c.address, err)
		c.Refuse(f.ID, err)
		return nil
	}
	c.spoken()
	return stop
}

// seat decides who the customer is, follows what happens to them, and answers.
func (c *conn) seat(ctx context.Context, f *wire.Frame) (stop func(), err error) {
	s := c.server
	if err := wire.DecodeParams(f.Params, &c.hello); err != nil {
		return nil, err
	}
	if c.app, c.who, err = s.admit(ctx, c, &c.hello); err != nil {
		return nil, err
	}
	stop, err = s.Center.VisitorWatch(ctx, c.who.App, c.who.User, c.notify)
	if err != nil {
		return nil, err
	}
	result, err := s.greet(ctx, &c.app, c.who)
	if err != nil {
		stop()
		return nil, err
	}
	c.open(f.ID, result)
	return stop, nil
}

// notify passes a notification on, after the answer to hello.
func (c *conn) notify(f wire.Frame) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.seated:
		c.Send(&f)
	case len(c.held) < outSize/2:
		c.held = append(c.held, f)
	default:
		c.Close(websocket.StatusPolicyViolation, "too slow")
	}
}

// open answers hello, and then lets notifications through.
func (c *conn) open(id uint64, result *wire.HelloResult) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.answer(id)(result, nil)
	for i := range c.held {
		c.Send(&c.held[i])
	}
	c.held, c.seated = nil, true
}
