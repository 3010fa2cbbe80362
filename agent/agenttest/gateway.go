//go:build !js

// Package agenttest is a small gateway for tests of the SDK: it speaks package
// wire over real WebSockets, keeps a journal of events and can be told to
// refuse, to fall silent, to cut sockets and to forget.
package agenttest

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coder/websocket"

	"tccc/wire"
)

// Request is a request that the gateway received and did not know from before.
type Request struct {
	Method  string
	Key     string
	Timeout time.Duration
	Params  json.RawMessage
}

// Gateway serves /ws/agent. Its fields are set before the first connection.
type Gateway struct {
	// Handle answers requests other than login, logout and ping; nil and
	// methods that it answers with a nil result succeed with an empty one.
	Handle func(Request) (any, error)
	// Refuse, if set, decides about logins.
	Refuse func(wire.LoginParams) *wire.Error
	// Result is what a login gives; the gateway fills in Secret, Epoch, Seq and Now.
	Result wire.LoginResult

	mu       sync.Mutex
	changed  chan struct{} // closed and replaced at every change
	logins   []wire.LoginParams
	requests []Request
	logouts  int
	pings    int
	answers  map[string]*wire.Frame
	journal  []wire.Event
	epoch    string
	secret   string
	early    *wire.LoginParams // logged in, and has not said that it is ready
	silent   bool
	sock     *websocket.Conn
	cancel   context.CancelFunc
	out      chan []byte
}

// ServeHTTP takes a socket.
func (g *Gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.RawQuery == "why" { // a page asks why there is no socket: for no reason
		w.Header().Set("Access-Control-Allow-Origin", "*")
		_, _ = w.Write([]byte("{}"))
		return
	}
	sock, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{wire.Subprotocol},
		InsecureSkipVerify: true})
	if err != nil {
		return
	}
	sock.SetReadLimit(wire.MaxFrame)
	ctx, cancel := context.WithCancel(r.Context())
	out := make(chan []byte, 1024)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case text := <-out:
				if sock.Write(ctx, websocket.MessageText, text) != nil {
					cancel()
				}
			case <-ctx.Done():
				return
			}
		}
	}()
	defer func() {
		cancel()
		<-done
		_ = sock.CloseNow()
		g.lock(func() {
			if g.sock == sock {
				g.sock = nil
			}
		})
	}()
	for {
		_, text, err := sock.Read(ctx)
		if err != nil {
			return
		}
		f, err := wire.Decode(text)
		if err != nil {
			return
		}
		g.received(f, sock, cancel, out)
	}
}

func (g *Gateway) received(f *wire.Frame, sock *websocket.Conn, cancel context.CancelFunc, out chan []byte) {
	g.mu.Lock()
	silent := g.silent
	g.mu.Unlock()
	answer := &wire.Frame{ID: f.ID}
	switch f.Method {
	case wire.MethodLogin:
		g.login(f, sock, cancel, out)
		return
	case wire.MethodReady:
		g.ready(f, sock, cancel, out)
		return
	case wire.MethodLogout:
		g.lock(func() { g.logouts++ })
		answer.Result = encode(wire.Empty{})
	case wire.MethodPing:
		g.lock(func() { g.pings++ })
		answer.Result = encode(wire.PingResult{Now: time.Now().UnixMilli()})
	default:
		answer = g.answer(f)
	}
	if !silent {
		out <- frame(answer)
	}
}

func (g *Gateway) login(f *wire.Frame, sock *websocket.Conn, cancel context.CancelFunc, out chan []byte) {
	var p wire.LoginParams
	_ = json.Unmarshal(f.Params, &p)
	var refusal *wire.Error
	if g.Refuse != nil {
		refusal = g.Refuse(p)
	}
	g.lock(func() {
		g.logins = append(g.logins, p)
		if refusal != nil {
			out <- frame(&wire.Frame{ID: f.ID, Error: refusal})
			return
		}
		if g.early = nil; p.Early {
			g.early, g.cancel = &p, cancel
			out <- frame(&wire.Frame{ID: f.ID, Result: encode(wire.EarlyResult{Secret: "early"})})
			return
		}
		g.admit(f.ID, p, sock, cancel, out)
	})
}

// ready completes an early login.
func (g *Gateway) ready(f *wire.Frame, sock *websocket.Conn, cancel context.CancelFunc, out chan []byte) {
	g.lock(func() {
		if p := g.early; p != nil && !g.silent {
			g.admit(f.ID, *p, sock, cancel, out)
		}
	})
}

func (g *Gateway) admit(id uint64, p wire.LoginParams, sock *websocket.Conn, cancel context.CancelFunc,
	out chan []byte) {
	if g.epoch == "" {
		g.epoch = time.Now().Format("150405.000000000")
	}
	res := g.Result
	res.Resumed = p.Resume != nil && p.Resume.Epoch == g.epoch && p.Resume.Secret == g.secret
	g.secret = "secret-" + time.Now().Format("150405.000000000")
	res.Secret, res.Epoch, res.Seq, res.Now = g.secret, g.epoch, uint64(len(g.journal)), time.Now().UnixMilli()
	out <- frame(&wire.Frame{ID: id, Result: encode(res)})
	if res.Resumed {
		for _, e := range g.journal[min(p.Resume.Seq, res.Seq):] {
			out <- frame(&wire.Frame{Method: wire.NotifyEvent, Params: encode(e)})
		}
	}
	g.sock, g.cancel, g.out = sock, cancel, out
}

// answer gives the answer of a key that was seen before again.
func (g *Gateway) answer(f *wire.Frame) *wire.Frame {
	g.mu.Lock()
	old := g.answers[f.Key]
	g.mu.Unlock()
	if old != nil {
		again := *old
		again.ID = f.ID
		return &again
	}
	r := Request{Method: f.Method, Key: f.Key, Timeout: time.Duration(f.Timeout) * time.Millisecond, Params: f.Params}
	a := &wire.Frame{ID: f.ID, Result: encode(wire.Empty{})}
	if g.Handle != nil {
		result, err := g.Handle(r)
		if err != nil {
			a.Result, a.Error = nil, wire.AsError(err)
		} else if result != nil {
			a.Result = encode(result)
		}
	}
	g.lock(func() {
		g.requests = append(g.requests, r)
		if g.answers == nil {
			g.answers = map[string]*wire.Frame{}
		}
		g.answers[f.Key] = a
	})
	return a
}

// Emit writes an event into the journal and sends it.
func (g *Gateway) Emit(e wire.Event) {
	g.lock(func() {
		e.Seq, e.At = uint64(len(g.journal)+1), time.Now().UnixMilli()
		g.journal = append(g.journal, e)
		g.send(&wire.Frame{Method: wire.NotifyEvent, Params: encode(e)})
	})
}

// Named is an event with a payload.
func Named(name string, data any) wire.Event {
	return wire.Event{Name: name, Data: encode(data)}
}

// Lose writes an event into the journal and does not send it.
func (g *Gateway) Lose(e wire.Event) {
	g.lock(func() {
		e.Seq = uint64(len(g.journal) + 1)
		g.journal = append(g.journal, e)
	})
}

// Send sends any frame.
func (g *Gateway) Send(f *wire.Frame) { g.lock(func() { g.send(f) }) }

// SendText sends any text.
func (g *Gateway) SendText(text []byte) {
	g.lock(func() {
		if g.sock != nil {
			g.out <- text
		}
	})
}

func (g *Gateway) send(f *wire.Frame) {
	if g.sock != nil {
		g.out <- frame(f)
	}
}

// Cut closes the present socket without a word.
func (g *Gateway) Cut() {
	g.mu.Lock()
	cancel := g.cancel
	g.mu.Unlock()
	if cancel != nil {
		cancel()
	}
}

// Silence stops answering, or answers again.
func (g *Gateway) Silence(on bool) { g.lock(func() { g.silent = on }) }

// Forget loses the journal and the secret, as a gateway does that starts anew.
func (g *Gateway) Forget() {
	g.lock(func() { g.epoch, g.secret, g.journal, g.answers = "", "", nil, nil })
}

func (g *Gateway) lock(f func()) {
	g.mu.Lock()
	defer g.mu.Unlock()
	f()
	if g.changed != nil {
		close(g.changed)
	}
	g.changed = make(chan struct{})
}

// Connected reports whether an agent is logged in.
func (g *Gateway) Connected() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.sock != nil
}

// Logins are the logins so far, refused ones included.
func (g *Gateway) Logins() []wire.LoginParams {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Clone(g.logins)
}

// Logouts counts logouts, Pings heartbeats.
func (g *Gateway) Logouts() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.logouts
}

// Pings counts heartbeats.
func (g *Gateway) Pings() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.pings
}

// Requests are those of a method, or all of them.
func (g *Gateway) Requests(method string) []Request {
	g.mu.Lock()
	defer g.mu.Unlock()
	if method == "" {
		return slices.Clone(g.requests)
	}
	return slices.DeleteFunc(slices.Clone(g.requests), func(r Request) bool { return r.Method != method })
}

// Await waits until ok is true; it is asked again at every change.
func (g *Gateway) Await(ctx context.Context, ok func() bool) bool {
	for {
		g.mu.Lock()
		if g.changed == nil {
			g.changed = make(chan struct{})
		}
		changed := g.changed
		g.mu.Unlock()
		if ok() {
			return true
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ok()
		}
	}
}

// Serve starts a server for the gateway and what else is given.
func (g *Gateway) Serve(more http.Handler) (server *httptest.Server, socketURL string) {
	mux := http.NewServeMux()
	mux.Handle("/ws/agent", g)
	if more != nil {
		mux.Handle("/", more)
	}
	server = httptest.NewServer(mux)
	return server, "ws" + strings.TrimPrefix(server.URL, "http") + "/ws/agent"
}

func frame(f *wire.Frame) []byte {
	text, err := wire.Encode(f)
	if err != nil {
		panic(err)
	}
	return text
}

func encode(v any) json.RawMessage {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return text
}
