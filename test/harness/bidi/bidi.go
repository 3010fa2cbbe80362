// Package bidi is a small client of WebDriver BiDi (W3C), the protocol that
// Firefox is driven by: commands and events as JSON over one WebSocket.
package bidi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/coder/websocket"
)

// maxMessage bounds what the browser may send at once: a screenshot is the largest.
const maxMessage = 64 << 20

const writeTimeout = 10 * time.Second

// Error is what the browser answers to a command that it refuses.
type Error struct {
	Code    string `json:"error"`
	Message string `json:"message"`
}

func (e *Error) Error() string { return e.Code + ": " + e.Message }

// Conn is a connection to a browser.
type Conn struct {
	ws      *websocket.Conn
	onEvent func(method string, params json.RawMessage)
	done    chan struct{} // closed when nothing more is read

	mu      sync.Mutex
	last    int
	waiting map[int]chan message
	err     error
}

type message struct {
	ID     int             `json:"id"`
	Type   string          `json:"type"` // success, error or event
	Method string          `json:"method"`
	Params json.RawMessage `json:"params"`
	Result json.RawMessage `json:"result"`
	Error
}

// Dial connects to the address that the browser prints, and begins a session
// (section 7.1.1). Events go to onEvent, in order, from one goroutine.
func Dial(ctx context.Context, address string, onEvent func(method string, params json.RawMessage)) (*Conn, error) {
	ws, resp, err := websocket.Dial(ctx, address+"/session", nil)
	if err != nil {
		return nil, fmt.Errorf("failed to connect to the browser: %w", err)
	}
	if resp != nil && resp.Body != nil {
		_ = resp.Body.Close() // it is the socket's
	}
	ws.SetReadLimit(maxMessage)
	c := &Conn{ws: ws, onEvent: onEvent, done: make(chan struct{}), waiting: map[int]chan message{}}
	go c.read()
	if err := c.Call(ctx, "session.new", map[string]any{"capabilities": map[string]any{}}, nil); err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

// Close ends the connection and waits for its goroutine.
func (c *Conn) Close() {
	_ = c.ws.CloseNow() // it may be gone already
	<-c.done
}

// Call sends a command and decodes its result; a nil result is not read.
func (c *Conn) Call(ctx context.Context, method string, params, result any) error {
	answer := make(chan message, 1)
	c.mu.Lock()
	if c.err != nil {
		defer c.mu.Unlock()
		return c.err
	}
	c.last++
	id := c.last
	c.waiting[id] = answer
	c.mu.Unlock()
	defer func() {
		c.mu.Lock()
		delete(c.waiting, id)
		c.mu.Unlock()
	}()
	text, err := json.Marshal(map[string]any{"id": id, "method": method, "params": params})
	if err != nil {
		return fmt.Errorf("failed to encode %s: %w", method, err)
	}
	// Giving up one command must not cost the connection.
	write, cancel := context.WithTimeout(context.WithoutCancel(ctx), writeTimeout)
	defer cancel()
	if err := c.ws.Write(write, websocket.MessageText, text); err != nil {
		return fmt.Errorf("failed to send %s: %w", method, err)
	}
	select {
	case m := <-answer:
		if m.Type == "error" {
			return fmt.Errorf("failed to do %s: %w", method, &Error{m.Code, m.Message})
		}
		if result == nil {
			return nil
		}
		return json.Unmarshal(m.Result, result)
	case <-c.done:
		return fmt.Errorf("failed to do %s: %w", method, c.failure())
	case <-ctx.Done():
		return fmt.Errorf("failed to do %s: %w", method, ctx.Err())
	}
}

func (c *Conn) failure() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

func (c *Conn) read() {
	defer close(c.done)
	for {
		_, text, err := c.ws.Read(context.Background()) // ends with the connection
		if err != nil {
			c.mu.Lock()
			c.err = errors.Join(errors.New("the browser is gone"), err)
			c.mu.Unlock()
			return
		}
		var m message
		if json.Unmarshal(text, &m) != nil {
			continue
		}
		if m.Type == "event" {
			c.onEvent(m.Method, m.Params)
			continue
		}
		c.mu.Lock()
		answer := c.waiting[m.ID]
		c.mu.Unlock()
		if answer != nil {
			answer <- m // has room for its one answer
		}
	}
}
