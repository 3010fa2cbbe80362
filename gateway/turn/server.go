package turn

import (
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/pion/stun/v4"
	"github.com/pion/turn/v5"

	"tccc/internal/pionlog"
)

const (
	realm         = "tccc"
	relaysOfUser  = 16 // legs of one agent or customer at the same time
	refusalsMost  = 8  // of one connection
	helloDeadline = 10 * time.Second
)

// Options of Listen.
type Options struct {
	// Listen is the TCP address, HOST:PORT. It is required.
	Listen string
	// TLS, if not nil, is the certificate of the listener: TURN over TLS.
	TLS *tls.Config
	// Credentials are what users have. They are required.
	Credentials *Credentials
	// Media is the gateway's media port (UDP), the only place that is relayed to.
	Media netip.AddrPort
	// MaxConns bounds the connections at the same time; default 2000.
	MaxConns int
	// Log takes what goes wrong; default none.
	Log *slog.Logger

	hello time.Duration // how long a connection may have no relay
}

// Server is a TURN server over TCP or TLS.
type Server struct {
	o      Options
	door   *door
	server *turn.Server

	mu    sync.Mutex
	users map[string]int // relays of each
}

// Listen opens the port and relays from then on. The server must be closed.
func Listen(o Options) (*Server, error) {
	if o.Credentials == nil {
		return nil, errors.New("failed to listen for TURN: no credentials")
	}
	if o.MaxConns <= 0 {
		o.MaxConns = 2000
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.hello <= 0 {
		o.hello = helloDeadline
	}
	l, err := net.Listen("tcp", o.Listen)
	if err != nil {
		return nil, fmt.Errorf("failed to listen for TURN on %s: %w", o.Listen, err)
	}
	s := &Server{o: o, door: newDoor(l, o.MaxConns, o.hello), users: map[string]int{}}
	var in net.Listener = s.door
	if o.TLS != nil {
		in = tls.NewListener(in, o.TLS)
	}
	s.server, err = turn.NewServer(turn.ServerConfig{
		ListenerConfigs: []turn.ListenerConfig{{Listener: in, RelayAddressGenerator: relays{o.Media}}},
		LoggerFactory:   pionlog.Factory{Log: o.Log},
		Realm:           realm,
		AuthHandler:     s.authenticate,
		QuotaHandler:    s.hasRoom,
		EventHandler: turn.EventHandler{
			OnAuth: func(from, _ net.Addr, _, _, _, _ string, verdict bool) {
				if !verdict {
					s.door.refused(from)
				}
			},
			OnAllocationCreated: func(from, _ net.Addr, _, user, _ string, _ net.Addr,
				_ int) {
				s.count(from, user, 1)
			},
			OnAllocationDeleted: func(from, _ net.Addr, _, user, _ string) { s.count(from, user, -1) },
		},
	})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("failed to listen for TURN: %w", err), l.Close())
	}
	return s, nil
}

// Addr is the address of the listener.
func (s *Server) Addr() netip.AddrPort { return s.door.Addr().(*net.TCPAddr).AddrPort() }

// Relays is how many there are.
func (s *Server) Relays() int { return s.server.AllocationCount() }

// Close ends the server and every connection.
func (s *Server) Close() error { return s.server.Close() }

// authenticate gives the key of a user. A relay that is there goes on when its
// credentials have expired: they are for getting one.
func (s *Server) authenticate(r *turn.RequestAttributes) (string, []byte, bool) {
	now := time.Now()
	if r.Method != stun.MethodAllocate {
		now = time.Time{}
	}
	name, ok := user(r.Username, now)
	if !ok {
		return "", nil, false
	}
	return name, turn.GenerateAuthKey(r.Username, r.Realm, s.o.Credentials.password(r.Username)), true
}

// hasRoom reports whether a user may have a further relay.
func (s *Server) hasRoom(name, _ string, _ net.Addr) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.users[name] < relaysOfUser
}

// count notes a relay that is made or gone.
func (s *Server) count(from net.Addr, name string, n int) {
	s.door.proved(from, n > 0)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.users[name] += n; s.users[name] <= 0 {
		delete(s.users, name)
	}
}
