package turn

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"sync"
	"time"

	"github.com/pion/turn/v5"
)

const (
	pathsMost = 8    // addresses of the gateway that one browser tries at the same time
	queue     = 256  // packets for one browser that wait
	packetMax = 1600 // bytes
)

var errElsewhere = errors.New("this relay leads to the gateway's media port and nowhere else")

// relays makes the relayed transport addresses of allocations.
type relays struct{ media netip.AddrPort }

// Validate implements turn.RelayAddressGenerator.
func (r relays) Validate() error {
	if !r.media.IsValid() {
		return errors.New("a relay needs the address of the media port")
	}
	return nil
}

// AllocatePacketConn implements turn.RelayAddressGenerator.
func (r relays) AllocatePacketConn(c turn.AllocateListenerConfig) (net.PacketConn, net.Addr, error) {
	to, err := r.near(c.Network)
	if err != nil {
		return nil, nil, err
	}
	first, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(to))
	if err != nil {
		return nil, nil, fmt.Errorf("failed to open a relay: %w", err)
	}
	relay := &relay{
		media: to, first: first, local: first.LocalAddr(), paths: map[netip.Addr]*net.UDPConn{},
		in: make(chan datagram, queue), done: make(chan struct{}),
	}
	return relay, relay.local, nil
}

// AllocateListener implements turn.RelayAddressGenerator: TCP is not relayed.
func (relays) AllocateListener(turn.AllocateListenerConfig) (net.Listener, net.Addr, error) {
	return nil, nil, errElsewhere
}

// AllocateConn implements turn.RelayAddressGenerator.
func (relays) AllocateConn(turn.AllocateConnConfig) (net.Conn, error) { return nil, errElsewhere }

// near is where the media port is reached on this machine itself.
func (r relays) near(network string) (netip.AddrPort, error) {
	addr := r.media.Addr()
	if addr.IsUnspecified() {
		loopback := netip.AddrFrom4([4]byte{127, 0, 0, 1})
		if network == "udp6" {
			loopback = netip.IPv6Loopback()
		}
		return netip.AddrPortFrom(loopback, r.media.Port()), match(addr, network)
	}
	return r.media, match(addr, network)
}

// match refuses a family of addresses that the media port does not have.
func match(addr netip.Addr, network string) error {
	if network == "udp6" && addr.Unmap().Is4() || network == "udp4" && addr.Is6() && !addr.Is4In6() &&
		!addr.IsUnspecified() {
		return fmt.Errorf("the media port has no address for %s", network)
	}
	return nil
}

// relay is the relayed transport address of one browser. Whatever address of
// the gateway the browser means, public ones behind a NAT among them, its
// packets go to the media port on this machine; each address has a socket of
// its own, so that an answer comes from the address that was asked.
type relay struct {
	media netip.AddrPort
	local net.Addr
	in    chan datagram
	done  chan struct{}
	wg    sync.WaitGroup

	mu    sync.Mutex
	first *net.UDPConn // not used for an address yet
	paths map[netip.Addr]*net.UDPConn
	shut  bool
}

type datagram struct {
	data []byte
	from net.Addr
}

// ReadFrom gives the next packet for the browser.
func (r *relay) ReadFrom(b []byte) (int, net.Addr, error) {
	select {
	case <-r.done:
		return 0, nil, net.ErrClosed
	default:
	}
	select {
	case d := <-r.in:
		return copy(b, d.data), d.from, nil
	case <-r.done:
		return 0, nil, net.ErrClosed
	}
}

// WriteTo sends a packet of the browser's.
func (r *relay) WriteTo(b []byte, addr net.Addr) (int, error) {
	to, ok := addr.(*net.UDPAddr)
	if !ok || to.Port != int(r.media.Port()) {
		return 0, errElsewhere
	}
	path, err := r.path(to)
	if err != nil {
		return 0, err
	}
	return path.Write(b)
}

// path is the socket for an address of the gateway.
func (r *relay) path(to *net.UDPAddr) (*net.UDPConn, error) {
	key := to.AddrPort().Addr().Unmap()
	r.mu.Lock()
	defer r.mu.Unlock()
	switch c := r.paths[key]; {
	case r.shut:
		return nil, net.ErrClosed
	case c != nil:
		return c, nil
	case len(r.paths) >= pathsMost:
		return nil, errElsewhere
	}
	c := r.first
	if r.first = nil; c == nil {
		var err error
		if c, err = net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(r.media)); err != nil {
			return nil, fmt.Errorf("failed to open a relay: %w", err)
		}
	}
	r.paths[key] = c
	r.wg.Go(func() { r.read(c, to) })
	return c, nil
}

func (r *relay) read(c *net.UDPConn, from net.Addr) {
	buf := make([]byte, packetMax)
	for {
		n, err := c.Read(buf)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			continue // an ICMP error of something that was sent
		}
		select {
		case r.in <- datagram{append([]byte(nil), buf[:n]...), from}:
		case <-r.done:
			return
		default: // the browser does not keep up: old sound is worth nothing
		}
	}
}

// Close ends the relay.
func (r *relay) Close() error {
	r.mu.Lock()
	if r.shut {
		r.mu.Unlock()
		return net.ErrClosed
	}
	r.shut = true
	close(r.done)
	for _, c := range r.paths {
		c.Close()
	}
	if r.first != nil {
		r.first.Close()
	}
	r.mu.Unlock()
	r.wg.Wait()
	return nil
}

// LocalAddr implements net.PacketConn.
func (r *relay) LocalAddr() net.Addr { return r.local }

// SetDeadline implements net.PacketConn; nothing uses it.
func (*relay) SetDeadline(time.Time) error { return os.ErrNoDeadline }

// SetReadDeadline implements net.PacketConn.
func (*relay) SetReadDeadline(time.Time) error { return os.ErrNoDeadline }

// SetWriteDeadline implements net.PacketConn.
func (*relay) SetWriteDeadline(time.Time) error { return os.ErrNoDeadline }
