package socket

import (
	"net/http"
	"sync"

	"github.com/coder/websocket"

	"tccc/wire"
)

// Group is the sockets of one door.
type Group struct {
	// Protocol is the WebSocket subprotocol that pages must ask for.
	Protocol string
	// Max bounds the sockets at the same time.
	Max int

	mu    sync.Mutex
	conns map[*Conn]struct{}
	work  sync.WaitGroup
	done  bool
}

// Serve upgrades a request to a socket and serves it until it ends. Whether
// the page's origin may connect has been decided before.
func (g *Group) Serve(w http.ResponseWriter, r *http.Request, c *Conn, read func()) {
	if !g.add(c) {
		w.Header().Set("Retry-After", "5")
		http.Error(w, wire.ErrOverloaded.Error(), http.StatusServiceUnavailable)
		return
	}
	defer g.remove(c)
	ws, err := websocket.Accept(w, r, &websocket.AcceptOptions{
		Subprotocols:       []string{g.Protocol},
		InsecureSkipVerify: true, // the origin has been checked, or is with the first message
		CompressionMode:    websocket.CompressionDisabled,
	})
	if err != nil {
		return // Accept has answered
	}
	if ws.Subprotocol() != g.Protocol {
		_ = ws.Close(websocket.StatusPolicyViolation, "subprotocol must be "+g.Protocol)
		return
	}
	c.Serve(ws, read)
}

func (g *Group) add(c *Conn) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.done || len(g.conns) >= g.Max {
		return false
	}
	if g.conns == nil {
		g.conns = map[*Conn]struct{}{}
	}
	g.conns[c] = struct{}{}
	g.work.Add(1)
	return true
}

func (g *Group) remove(c *Conn) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.conns, c)
	g.work.Done()
}

// Len is the number of sockets.
func (g *Group) Len() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.conns)
}

// Close ends every socket and waits for them. No other is served afterwards.
func (g *Group) Close() {
	g.mu.Lock()
	g.done = true
	for c := range g.conns {
		c.Close(websocket.StatusGoingAway, "the gateway is shutting down")
	}
	g.mu.Unlock()
	g.work.Wait()
}
