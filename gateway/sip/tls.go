package sip

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"slices"
	"sync"
	"time"
)

const (
	handshakeWait = 10 * time.Second
	handshakeMost = 128 // under way at the same time
)

// errIdentity refuses a second trunk at an address that expects another name
// or another authority.
var errIdentity = errors.New("another trunk has a connection to that address and expects another certificate")

// secure is SIP over TLS. To sipgo it is a listener: it gives connections on
// which the handshake is done, those that came in and those that were made to
// trunks, each of which is checked against its trunk's own authorities and name.
type secure struct {
	s      *Server
	door   *doorman
	config *tls.Config // of the server; nil: none come in
	addr   net.Addr
	in     chan arrival
	taken  chan struct{} // of the arrival that sipgo has got last
	quit   chan struct{}
	shut   sync.Once
	slots  chan struct{}

	mu    sync.Mutex
	links map[netip.AddrPort]*link  // to trunks
	known map[netip.AddrPort]*trunk // who is reached at an address
}

type arrival struct {
	conn  net.Conn
	taken chan struct{}
}

// link is a connection to a trunk.
type link struct {
	identity string
	ready    chan struct{} // closed when it can be used, or err is set
	err      error
}

func newSecure(s *Server, listen string, config *tls.Config) (*secure, error) {
	l := &secure{
		s: s, config: config, in: make(chan arrival), quit: make(chan struct{}),
		slots: make(chan struct{}, handshakeMost), links: map[netip.AddrPort]*link{},
		known: map[netip.AddrPort]*trunk{}, addr: &net.TCPAddr{IP: net.IPv4zero},
	}
	l.door = s.newDoorman(nil, func(a netip.AddrPort) { l.lost(a) })
	if listen == "" {
		return l, nil
	}
	if config == nil {
		return nil, errors.New("a listener for TLS needs a certificate")
	}
	raw, err := net.Listen("tcp", listen)
	if err != nil {
		return nil, err
	}
	l.door.Listener, l.addr = s.named(raw), raw.Addr()
	return l, nil
}

// listens reports whether connections may come in.
func (l *secure) listens() bool { return l.door.Listener != nil }

// port is the port that peers are told, 0 if nobody can connect.
func (l *secure) port() int {
	if !l.listens() {
		return 0
	}
	return l.addr.(*net.TCPAddr).Port
}

// welcome takes connections and does their handshakes, until the end.
func (l *secure) welcome() {
	for {
		conn, err := l.door.Accept()
		if err != nil {
			return
		}
		select {
		case l.slots <- struct{}{}:
		default:
			conn.Close() // too many that do not finish
			continue
		}
		started := l.s.spawn(func() {
			defer func() { <-l.slots }()
			secured := tls.Server(conn, l.config)
			if err := handshake(l.s.ctx, secured, l.s.o.handshake); err != nil {
				l.s.log.Debug("TLS handshake failed", "from", conn.RemoteAddr().String(), "err", err)
				conn.Close()
				return
			}
			l.hand(secured)
		})
		if !started {
			conn.Close()
			return
		}
	}
}

func handshake(ctx context.Context, conn *tls.Conn, wait time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	return conn.HandshakeContext(ctx)
}

// hand gives a connection to sipgo and returns when sipgo knows it.
func (l *secure) hand(conn net.Conn) bool {
	a := arrival{conn, make(chan struct{})}
	select {
	case l.in <- a:
	case <-l.quit:
		conn.Close()
		return false
	}
	select {
	case <-a.taken:
		return true
	case <-l.quit:
		return false
	}
}

// Accept implements net.Listener. That it is called again says that what it
// gave before is in sipgo's table.
func (l *secure) Accept() (net.Conn, error) {
	if l.taken != nil {
		close(l.taken)
		l.taken = nil
	}
	select {
	case a := <-l.in:
		l.taken = a.taken
		return a.conn, nil
	case <-l.quit:
		return nil, net.ErrClosed
	}
}

// Addr implements net.Listener.
func (l *secure) Addr() net.Addr { return l.addr }

// Close implements net.Listener; it closes the connections as well.
func (l *secure) Close() error {
	l.shut.Do(func() { close(l.quit) })
	return l.door.Close()
}

// know notes whose certificate is expected at an address.
func (l *secure) know(peer netip.AddrPort, t *trunk) error {
	if t.Transport != "tls" {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if k := l.links[peer]; k != nil && k.identity != t.identity() {
		return errIdentity
	}
	l.known[peer] = t
	return nil
}

// forget drops what is known of trunks that are gone.
func (l *secure) forget(list []*trunk) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for peer, t := range l.known {
		found := false
		for _, k := range list {
			found = found || k.Name == t.Name &&
				slices.ContainsFunc(k.sites, func(s *trunk) bool { return s.identity() == t.identity() })
		}
		if !found {
			delete(l.known, peer)
		}
	}
}

// reach makes sure that there is a connection to a trunk. Whoever is no trunk
// is reached over the connection that it made.
func (l *secure) reach(ctx context.Context, peer netip.AddrPort) error {
	l.mu.Lock()
	t, k := l.known[peer], l.links[peer]
	if t == nil {
		l.mu.Unlock()
		return nil
	}
	if k == nil {
		k = &link{identity: t.identity(), ready: make(chan struct{})}
		l.links[peer] = k
		l.mu.Unlock()
		k.err = l.connect(ctx, peer, t)
		if k.err != nil {
			l.drop(peer, k)
		}
		close(k.ready)
		return k.err
	}
	l.mu.Unlock()
	select {
	case <-k.ready:
		return k.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (l *secure) connect(ctx context.Context, peer netip.AddrPort, t *trunk) error {
	ctx, cancel := context.WithTimeout(ctx, tcpDial)
	defer cancel()
	raw, err := (&net.Dialer{}).DialContext(ctx, "tcp", peer.String())
	if err != nil {
		return err
	}
	conn := l.door.adopt(raw)
	if conn == nil {
		return ErrClosed
	}
	name := t.TLS.ServerName
	if name == "" {
		name = t.host
	}
	secured := tls.Client(conn, &tls.Config{MinVersion: tls.VersionTLS12, ServerName: name, RootCAs: t.roots})
	if err := secured.HandshakeContext(ctx); err != nil {
		conn.Close()
		return fmt.Errorf("the TLS handshake with %s failed: %w", peer, err)
	}
	if !l.hand(secured) {
		return ErrClosed
	}
	return nil
}

func (l *secure) drop(peer netip.AddrPort, k *link) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.links[peer] == k {
		delete(l.links, peer)
	}
}

// lost follows the end of a connection.
func (l *secure) lost(peer netip.AddrPort) {
	l.mu.Lock()
	if k := l.links[peer]; k != nil {
		select {
		case <-k.ready:
			delete(l.links, peer)
		default: // its handshake failed: reach sees to it
		}
	}
	l.mu.Unlock()
	l.s.registrar.flowLost("TLS", peer)
	l.s.subs.lost("TLS", peer)
	l.s.frames.forget("TLS", peer.String())
}

// identity is what a trunk's certificate is checked against.
func (t *trunk) identity() string { return t.host + "\x00" + t.TLS.ServerName + "\x00" + t.authorities }

// loadCA reads the authorities that a trunk's certificate must come from.
func (t *trunk) loadCA() error {
	if t.TLS.CA == "" {
		return nil
	}
	pem, err := os.ReadFile(t.TLS.CA)
	if err != nil {
		return err
	}
	t.roots, t.authorities = x509.NewCertPool(), string(pem)
	if !t.roots.AppendCertsFromPEM(pem) {
		return fmt.Errorf("%s holds no certificate", t.TLS.CA)
	}
	return nil
}
