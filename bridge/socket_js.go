package bridge

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"syscall/js"

	"tccc/agent"
	"tccc/internal/jsval"
	"tccc/wire"
)

// maxFrames is how many frames may wait for the core before the socket is given up.
const maxFrames = 1024

var errSocketClosed = errors.New("the socket is closed")

// Dial opens a WebSocket to the gateway, or takes over the one that the shell
// opened while the program was loading.
func (b *Bridge) Dial(ctx context.Context) (agent.Conn, error) {
	ws, err := jsval.Call(b.host, "connect")
	if err != nil {
		return nil, fmt.Errorf("failed to open the socket: %w", err)
	}
	s := &socket{ws: ws, opened: make(chan struct{}), ended: make(chan struct{}), more: make(chan struct{}, 1)}
	s.handler = jsval.FuncOf(s.handle)
	for _, event := range socketEvents {
		ws.Set(event, s.handler.Value)
	}
	if came := b.host.Call("greeting"); !came.IsUndefined() {
		s.greeted = true
		for i := range came.Length() {
			s.push(came.Index(i))
		}
	}
	if ws.Get("readyState").Int() == 1 {
		return s, nil
	}
	select {
	case <-s.opened:
		return s, nil
	case <-s.ended:
		err = errSocketClosed
	case <-ctx.Done():
		err = ctx.Err()
	}
	s.Close()
	return nil, fmt.Errorf("failed to open the socket: %w", err)
}

var socketEvents = []string{"onopen", "onmessage", "onerror", "onclose"}

// socket is the browser's WebSocket. One function handles all of its events.
type socket struct {
	ws      js.Value
	handler jsval.Func
	opened  chan struct{}
	ended   chan struct{}
	more    chan struct{} // there are frames
	greeted bool          // the shell has logged in

	mu     sync.Mutex
	frames [][]byte
	closed bool
}

// loginID is that of the shell's login: one that the core never reaches.
const loginID = 1<<53 - 1

// Greeted implements agent.Greeter.
func (s *socket) Greeted() uint64 {
	if s.greeted {
		return loginID
	}
	return 0
}

func (s *socket) handle(_ js.Value, args []js.Value) any {
	switch event := args[0]; event.Get("type").String() {
	case "open":
		close(s.opened)
	case "message":
		s.push(event.Get("data"))
	case "close":
		s.Close()
	}
	return nil // every error is followed by a close
}

func (s *socket) push(data js.Value) {
	if data.Type() != js.TypeString {
		return // not of this protocol
	}
	text := []byte(data.String())
	if len(text) > wire.MaxFrame {
		return // what is missing shows as a gap
	}
	s.mu.Lock()
	full := len(s.frames) >= maxFrames
	if !full && !s.closed {
		s.frames = append(s.frames, text)
	}
	s.mu.Unlock()
	if full {
		s.Close()
		return
	}
	select {
	case s.more <- struct{}{}:
	default:
	}
}

// Read waits for a frame. Frames that came before the close are read first.
func (s *socket) Read(ctx context.Context) ([]byte, error) {
	for {
		s.mu.Lock()
		if len(s.frames) > 0 {
			text := s.frames[0]
			s.frames = s.frames[1:]
			s.mu.Unlock()
			return text, nil
		}
		s.mu.Unlock()
		select {
		case <-s.more:
		case <-s.ended:
			s.mu.Lock()
			empty := len(s.frames) == 0
			s.mu.Unlock()
			if empty {
				return nil, errSocketClosed
			}
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// Write sends a frame; the browser queues it.
func (s *socket) Write(text []byte) error {
	s.mu.Lock()
	closed := s.closed
	s.mu.Unlock()
	if closed {
		return errSocketClosed
	}
	if _, err := jsval.Call(s.ws, "send", string(text)); err != nil {
		return fmt.Errorf("failed to send: %w", err)
	}
	return nil
}

// Close lets the socket go. The browser still sends what was written.
func (s *socket) Close() {
	s.mu.Lock()
	closed := s.closed
	s.closed = true
	s.mu.Unlock()
	if closed {
		return
	}
	for _, event := range socketEvents {
		s.ws.Set(event, js.Null())
	}
	_, _ = jsval.Call(s.ws, "close") // a socket that is closing already is as good
	close(s.ended)
	s.handler.Release()
}
