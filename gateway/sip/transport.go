package sip

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/emiago/sipgo/sip"

	"tccc/gateway/rtp"
	"tccc/internal/accept"
	"tccc/internal/proxied"
)

const (
	maxMessage   = 16 << 10 // bytes of a datagram or stream message that is looked at
	maxTCP       = 1024     // TCP connections that were accepted and are open
	maxStrangers = 512      // of them those of nobody known
	maxOfSource  = 64       // and of one address of these
	tcpIdle      = 15 * time.Minute
	tcpWrite     = 5 * time.Second
	tcpDial      = 5 * time.Second
	listenTries  = 32 // for a port that is free on UDP and TCP
	largeMessage = 65507 + 200
)

// prepare sets the two things that sipgo keeps in package variables: its own
// log, which prints messages with what they contain, is switched off, and
// datagrams may be as large as UDP allows. Larger ones than the MTU are
// fragmented by IP, which trunks cope with better than with a response that is
// not sent at all.
var prepare = sync.OnceFunc(func() {
	sip.SetDefaultLogger(slog.New(slog.DiscardHandler))
	sip.UDPMTUSize = largeMessage
})

// bind opens the UDP and the TCP socket on the same port.
func bind(listen string) (net.PacketConn, net.Listener, error) {
	var err error
	for range listenTries {
		var udp net.PacketConn
		if udp, err = net.ListenPacket("udp", listen); err != nil {
			return nil, nil, err
		}
		var tcp net.Listener
		if tcp, err = net.Listen("tcp", udp.LocalAddr().String()); err == nil {
			return udp, tcp, nil
		}
		udp.Close()
		if _, port, e := net.SplitHostPort(listen); e != nil || port != "0" {
			break
		}
	}
	return nil, nil, err
}

// named is a listener whose connections have the addresses of clients, also
// of those behind a load balancer.
func (s *Server) named(l net.Listener) net.Listener {
	if s.o.Proxied == nil {
		return l
	}
	return proxied.Listen(l, s.o.Proxied, s.o.handshake)
}

// gate is the UDP socket as sipgo sees it: datagrams of strangers do not pass.
type gate struct {
	net.PacketConn
	s     *Server
	ready chan struct{} // closed when sipgo reads, and so knows the socket
	first sync.Once
	shut  atomic.Bool // nothing passes any more
}

// ReadFrom gives the next datagram that may pass.
func (g *gate) ReadFrom(b []byte) (int, net.Addr, error) {
	g.first.Do(func() { close(g.ready) })
	for {
		n, addr, err := g.PacketConn.ReadFrom(b)
		if err != nil {
			if errors.Is(err, net.ErrClosed) || g.shut.Load() {
				return n, addr, net.ErrClosed
			}
			continue // an ICMP error of something that was sent
		}
		u, ok := addr.(*net.UDPAddr)
		if !ok || g.shut.Load() {
			continue
		}
		if n := g.s.admitted(b, n, unmapPort(u.AddrPort())); n > 0 {
			return n, addr, nil
		}
	}
}

// reply sends a response to a stranger, outside of any transaction.
func (g *gate) reply(res *sip.Response, to netip.AddrPort) {
	_, _ = g.WriteTo([]byte(res.String()), net.UDPAddrFromAddrPort(to))
}

// doorman is the TCP listener: it bounds the connections and closes them in the
// end.
type doorman struct {
	net.Listener
	gone  func(netip.AddrPort) // told when a connection is closed
	known func(netip.AddrPort) bool
	wait  time.Duration // for the first message of a stranger
	mu    sync.Mutex
	conns map[*guest]struct{}
	at    map[netip.AddrPort]*guest // strangers that may yet prove themselves
	done  bool
}

type guest struct {
	net.Conn
	d    *doorman
	once sync.Once
	from netip.AddrPort
	mute *time.Timer // closes a stranger that says nothing
}

func (s *Server) newDoorman(l net.Listener, gone func(netip.AddrPort)) *doorman {
	return &doorman{Listener: l, gone: gone, conns: map[*guest]struct{}{}, at: map[netip.AddrPort]*guest{},
		known: s.familiar, wait: s.o.handshake}
}

// familiar reports whether connections from an address have room of their own:
// those of trunks and of phones that something was sent to.
func (s *Server) familiar(a netip.AddrPort) bool { return s.trunkAt(a) != nil || s.peers.has(a.Addr()) }

// doorOf is where connections of a network come in.
func (s *Server) doorOf(network string) *doorman {
	if sip.NetworkToUpper(network) == "TLS" {
		return s.secure.door
	}
	return s.tcp
}

// let reports whether there is room for a connection, and notes a stranger's.
// d.mu is held.
func (d *doorman) let(g *guest, strange bool) bool {
	if d.done || len(d.conns) >= maxTCP {
		return false
	}
	if !strange {
		return true
	}
	same := 0
	for a := range d.at {
		if a.Addr() == g.from.Addr() {
			same++
		}
	}
	if same >= maxOfSource || len(d.at) >= maxStrangers {
		return false
	}
	d.at[g.from] = g
	g.mute = time.AfterFunc(d.wait, func() { g.Close() })
	return true
}

// heard notes that a message has come over a connection.
func (d *doorman) heard(a netip.AddrPort) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if g := d.at[a]; g != nil {
		g.mute.Stop()
	}
}

// proved takes a connection out of the strangers': a phone has registered.
func (d *doorman) proved(a netip.AddrPort) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.at, a)
}

// adopt takes in a connection that was made from here; nil: it came too late
// and is closed.
func (d *doorman) adopt(c net.Conn) *guest {
	g := &guest{Conn: c, d: d}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.done {
		c.Close()
		return nil
	}
	d.conns[g] = struct{}{}
	return g
}

func (d *doorman) Accept() (net.Conn, error) {
	for {
		c, err := accept.Next(d.Listener)
		if err != nil {
			return nil, err
		}
		g := &guest{Conn: c, d: d}
		if a, err := netip.ParseAddrPort(c.RemoteAddr().String()); err == nil {
			g.from = unmapPort(a)
		}
		strange := !d.known(g.from)
		d.mu.Lock()
		fits := d.let(g, strange)
		if fits {
			d.conns[g] = struct{}{}
		}
		d.mu.Unlock()
		if fits {
			return g, nil
		}
		c.Close()
	}
}

func (g *guest) Close() error {
	g.d.mu.Lock()
	delete(g.d.conns, g)
	if g.d.at[g.from] == g {
		delete(g.d.at, g.from)
	}
	if g.mute != nil {
		g.mute.Stop()
	}
	g.d.mu.Unlock()
	err := g.Conn.Close()
	g.once.Do(func() {
		if a, e := netip.ParseAddrPort(g.RemoteAddr().String()); e == nil && g.d.gone != nil {
			g.d.gone(unmapPort(a))
		}
	})
	return err
}

func (d *doorman) Close() (err error) {
	if d.Listener != nil {
		err = d.Listener.Close()
	}
	d.mu.Lock()
	d.done = true
	open := make([]*guest, 0, len(d.conns))
	for g := range d.conns {
		open = append(open, g)
	}
	d.mu.Unlock()
	for _, g := range open {
		g.Close()
	}
	return err
}

// sipLayers puts sipgo's transport and transaction layers on the sockets.
func (s *Server) sipLayers() {
	quiet := slog.New(slog.DiscardHandler)
	s.parser = newParser()
	s.frames = &frames{s: s, in: map[string]*frame{}}
	s.tpl = sip.NewTransportLayer(noLookups, s.parser, nil,
		sip.WithTransportLayerReadFilter(s.frames.filter),
		sip.WithTransportLayerLogger(quiet),
		sip.WithTransportLayerTransports(sip.TransportsConfig{TCP: &sip.TransportTCP{
			ReadTimeout: tcpIdle, WriteTimeout: tcpWrite,
			DialerCreate: func(local net.Addr) net.Dialer {
				return net.Dialer{Timeout: tcpDial, LocalAddr: local, Control: s.mayDial}
			},
		}, TLS: &sip.TransportTLS{TransportTCP: &sip.TransportTCP{
			ReadTimeout: tcpIdle, WriteTimeout: tcpWrite,
			DialerCreate: func(net.Addr) net.Dialer { return net.Dialer{Control: onlySecure} },
		}}}))
	s.tpl.OnMessage(tagged) // before the transaction layer has it
	s.txl = sip.NewTransactionLayer(s.tpl,
		sip.WithTransactionLayerLogger(quiet),
		sip.WithTransactionLayerUnhandledResponseHandler(func(*sip.Response) {}),
		sip.WithTransactionLayerTerminateOnConnClose())
	s.txl.OnRequest(s.handle)
	s.wg.Go(func() { _ = s.tpl.ServeUDP(s.udp) })
	s.wg.Go(func() { _ = s.tpl.ServeTCP(s.tcp) })
	s.wg.Go(func() { _ = s.tpl.ServeTLS(s.secure) })
	if s.secure.listens() {
		s.wg.Go(s.secure.welcome)
	}
	<-s.gate.ready
}

// noLookups keeps sipgo from asking the DNS. Where our requests go is looked up
// before; what is left are host names in the Via headers of strangers.
var noLookups = &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
	return nil, errors.New("host names are not looked up here")
}}

// mayDial allows connections to those whom this server wants to send something.
// sipgo would also connect to whatever a Via header names, when the connection
// that a request came over is closed already.
func (s *Server) mayDial(_, address string, _ syscall.RawConn) error {
	to, err := netip.ParseAddrPort(address)
	if err == nil && !s.peers.has(to.Addr().Unmap()) {
		err = fmt.Errorf("%s is no peer", address)
	}
	return err
}

// onlySecure keeps sipgo from making TLS connections, which it would check
// against no trunk's authorities.
func onlySecure(_, address string, _ syscall.RawConn) error {
	return fmt.Errorf("there is no TLS connection to %s", address)
}

// addVia puts our address on a request. rport is always asked for (RFC 3581).
func (s *Server) addVia(req *sip.Request, network string, peer netip.AddrPort) {
	host, port := s.publicAddr(network, peer.Addr())
	via := &sip.ViaHeader{ProtocolName: "SIP", ProtocolVersion: "2.0", Transport: network, Host: host, Port: port}
	via.Params.Add("branch", sip.GenerateBranchN(24))
	via.Params.Add("rport", "")
	req.PrependHeader(via)
}

// direct says where a request goes. UDP leaves from the listening socket.
func (s *Server) direct(req *sip.Request, network string, to netip.AddrPort) {
	req.SetTransport(network)
	req.SetDestination(to.String())
	if network == "UDP" {
		req.Laddr = s.laddr
	}
	s.peers.add(to.Addr())
}

// publicAddr is the host and port that a peer is told.
func (s *Server) publicAddr(network string, peer netip.Addr) (string, int) {
	port := s.advertisePort
	if p := s.secure.port(); network == "TLS" && p != 0 {
		port = p
	}
	if s.advertiseHost != "" {
		return s.advertiseHost, port
	}
	a := s.addr.Addr()
	if a.IsUnspecified() {
		if local, ok := rtp.LocalAddressFor(peer); ok {
			a = local
		}
	}
	return a.String(), port
}

// contact is our Contact towards a peer (section 8.1.1.8).
func (s *Server) contact(user, network string, peer netip.Addr) sip.Uri {
	host, port := s.publicAddr(network, peer)
	u := sip.Uri{Scheme: "sip", User: user, Host: host, Port: port}
	if network != "UDP" {
		u.UriParams.Add("transport", strings.ToLower(network))
	}
	return u
}

func parseAdvertise(text string, port int) (string, int, error) {
	if text == "" {
		return "", port, nil
	}
	host, p, err := splitHostPort(text, port)
	if err != nil {
		return "", 0, fmt.Errorf("the advertised SIP address %q: %w", text, err)
	}
	return host, p, nil
}

// transact sends a request and hands its responses to take, one after the
// other, from a goroutine of their own; the last call has a nil response and
// the reason if there was no final one.
func (s *Server) transact(req *sip.Request, take func(*sip.Response, error)) (*sip.ClientTx, error) {
	return s.transactIn(tcpDial, req, take)
}

// transactIn is transact with a bound on the time that a connection may take.
func (s *Server) transactIn(wait time.Duration, req *sip.Request, take func(*sip.Response, error)) (*sip.ClientTx,
	error) {
	ctx, cancel := s.timeout(wait)
	defer cancel()
	if req.Transport() == "TLS" {
		to, err := netip.ParseAddrPort(req.Destination())
		if err == nil {
			err = s.secure.reach(ctx, to)
		}
		if err != nil {
			s.log.Warn("a SIP peer cannot be reached over TLS", "peer", req.Destination(), "err", err)
			return nil, err
		}
	}
	tx, err := s.txl.Request(ctx, req)
	if err != nil {
		return nil, err
	}
	var over <-chan time.Time // the INVITE's owner bounds it
	if !req.IsInvite() {
		over = time.After(64*sip.T1 + sip.T2) // timer F, whatever provisional responses come
	}
	started := s.spawn(func() {
		for {
			select {
			case <-over:
				tx.Terminate()
				take(nil, sip.ErrTransactionTimeout)
				return
			case res := <-tx.Responses():
				s.openedResponse(res, req.Method)
				take(res, nil)
				if res.IsProvisional() {
					continue
				}
				if !req.IsInvite() {
					tx.Terminate()
				}
				return
			case <-tx.Done():
				take(nil, txError(tx.Err()))
				return
			}
		}
	})
	if !started {
		tx.Terminate()
		return nil, ErrClosed
	}
	return tx, nil
}

func txError(err error) error {
	if err == nil {
		err = sip.ErrTransactionTerminated
	}
	return err
}
