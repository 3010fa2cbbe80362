// Package socket is what the gateway's WebSockets have in common (RFC 6455):
// JSON-RPC 2.0 text frames, a bounded queue in front of one writer, pings that
// find a peer that is gone, and an end that lets the last words out.
package socket

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/coder/websocket"

	"tccc/wire"
)

// Limits of one socket.
const (
	pingEvery    = 20 * time.Second
	pingTimeout  = 20 * time.Second // a throttled background tab still answers pings: the browser does
	writeTimeout = 10 * time.Second
	// farewell is how long a socket that is closed has for its last words and
	// the peer's answer.
	farewell = 2 * time.Second
)

// Conn is one socket.
type Conn struct {
	most int // frames that may wait
	log  *slog.Logger
	stop chan struct{} // closed by Close
	more chan struct{} // there is something to write

	mu      sync.Mutex
	out     [][]byte // no room is kept for more: most sockets are silent
	closing bool
	status  websocket.StatusCode
	reason  string

	ws *websocket.Conn // set by Serve, before the reader begins
}

// New makes a socket before it is accepted; queue is how many frames may wait
// to be written.
func New(queue int, log *slog.Logger) *Conn {
	return &Conn{most: queue, log: log, stop: make(chan struct{}), more: make(chan struct{}, 1)}
}

// Send queues a frame; it does not block. A socket whose queue is full is
// closed: its page comes back and catches up.
func (c *Conn) Send(f *wire.Frame) {
	text, err := wire.Encode(f)
	if err != nil {
		c.log.Error("frame was not sent", "err", err)
		if f.ID == 0 {
			return
		}
		text, _ = wire.Encode(&wire.Frame{ID: f.ID, Error: wire.ErrInternal.With("the answer is too large")})
	}
	if !c.queue(text) {
		c.Close(websocket.StatusPolicyViolation, "too slow")
	}
}

// queue puts a frame behind the others, if there is room.
func (c *Conn) queue(text []byte) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.out) >= c.most {
		return false
	}
	c.out = append(c.out, text)
	select {
	case c.more <- struct{}{}:
	default: // the writer has been told
	}
	return true
}

// next takes the first frame of the queue; nil if it is empty.
func (c *Conn) next() []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.out) == 0 {
		return nil
	}
	text := c.out[0]
	c.out[0] = nil
	if c.out = c.out[1:]; len(c.out) == 0 {
		c.out = nil
	}
	return text
}

// Refuse answers a request with an error, if there is one to answer, and
// closes the socket.
func (c *Conn) Refuse(id uint64, err error) {
	if id != 0 {
		c.Send(&wire.Frame{ID: id, Error: wire.AsError(err)})
	}
	c.Close(websocket.StatusPolicyViolation, wire.AsError(err).Name)
}

// Close ends the socket after what is queued has been written; it does not
// block. The first status counts.
func (c *Conn) Close(status websocket.StatusCode, reason string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closing {
		return
	}
	c.closing, c.status, c.reason = true, status, reason
	close(c.stop)
}

// Serve writes until the socket has ended; read, which calls Next, runs
// meanwhile and ends the socket by returning. Reading needs no context of its
// own: ending it would cut the socket before the last words are written.
func (c *Conn) Serve(ws *websocket.Conn, read func()) {
	ws.SetReadLimit(wire.MaxFrame)
	c.ws = ws
	var writer sync.WaitGroup
	writer.Go(c.write)
	read()
	c.Close(websocket.StatusNormalClosure, "")
	writer.Wait()
}

// Next reads a request, and false when the socket has ended. A message that is
// none is answered with an error, and nil is returned for it.
func (c *Conn) Next() (*wire.Frame, bool) {
	kind, text, err := c.ws.Read(context.Background())
	if err != nil {
		return nil, false
	}
	if kind != websocket.MessageText {
		c.Close(websocket.StatusUnsupportedData, "text frames only")
		return nil, false
	}
	f, err := wire.Decode(text)
	switch {
	case err != nil:
		params, _ := json.Marshal(wire.AsError(err))
		c.Send(&wire.Frame{Method: "error", Params: params})
		return nil, true
	case !f.IsRequest():
		return nil, true // the gateway asks nothing, and knows no notifications
	}
	return f, true
}

// write sends what is queued, pings, and closes the socket in the end.
func (c *Conn) write() {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	ping := time.NewTicker(pingEvery)
	defer ping.Stop()
	var pings sync.WaitGroup
	defer pings.Wait()
	pinging := make(chan struct{}, 1)
	for {
		select {
		case <-c.more:
			if !c.drain() {
				_ = c.ws.CloseNow()
				return
			}
		case <-ping.C:
			select {
			case pinging <- struct{}{}:
				pings.Go(func() {
					c.ping(ctx)
					<-pinging
				})
			default:
			}
		case <-c.stop:
			cut := time.AfterFunc(farewell, func() { _ = c.ws.CloseNow() })
			defer cut.Stop()
			c.drain()
			cancel()
			if c.status == websocket.StatusAbnormalClosure {
				_ = c.ws.CloseNow()
			} else {
				_ = c.ws.Close(c.status, c.reason)
			}
			return
		}
	}
}

func (c *Conn) put(text []byte) bool {
	ctx, cancel := context.WithTimeout(context.Background(), writeTimeout)
	defer cancel()
	if err := c.ws.Write(ctx, websocket.MessageText, text); err != nil {
		c.Close(websocket.StatusAbnormalClosure, "")
		return false
	}
	return true
}

// drain writes what is queued; false if that fails.
func (c *Conn) drain() bool {
	for text := c.next(); text != nil; text = c.next() {
		if !c.put(text) {
			return false
		}
	}
	return true
}

// ping notices a peer that is gone without a word.
func (c *Conn) ping(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, pingTimeout)
	defer cancel()
	if err := c.ws.Ping(ctx); err != nil && errors.Is(ctx.Err(), context.DeadlineExceeded) {
		c.Close(websocket.StatusAbnormalClosure, "")
	}
}
