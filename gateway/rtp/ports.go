package rtp

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
)

// ErrNoPort is returned when every port of the range is in use.
var ErrNoPort = errors.New("no free RTP port")

// PortOptions say where legs listen.
type PortOptions struct {
	// Listen is the address that sockets bind to. Default 127.0.0.1.
	Listen netip.Addr
	// Advertise is the address that peers are told, where it differs from
	// Listen (NAT). Default: Listen, or, if that is unspecified, the address
	// of the interface that leads to the peer.
	Advertise netip.Addr
	// Min and Max bound the RTP ports, both included; RTP takes even ports,
	// RTCP the odd one above (RFC 3550 section 11). Default 0, 0: ports of the
	// system's choice.
	Min, Max uint16
	// Transcoded is how many legs may speak another codec than G.711 at the same
	// time. Default 100; negative: none.
	Transcoded int
}

const defaultTranscoded = 100

// Ports gives out pairs of UDP sockets. It is safe for concurrent use.
type Ports struct {
	o PortOptions

	mu   sync.Mutex
	next uint16 // even port that the next search starts at
	open int

	strangers atomic.Uint64 // packets
	latched   atomic.Uint64 // legs
	forged    atomic.Uint64 // packets

	transcoded atomic.Int64
	full       atomic.Uint64 // legs that there was no place for
}

// ephemeralTries bounds the search for an even port whose neighbour is free
// when the system chooses.
const ephemeralTries = 64

// NewPorts checks the options.
func NewPorts(o PortOptions) (*Ports, error) {
	if !o.Listen.IsValid() {
		o.Listen = netip.AddrFrom4([4]byte{127, 0, 0, 1})
	}
	o.Listen = o.Listen.Unmap()
	o.Advertise = o.Advertise.Unmap()
	if o.Advertise.IsValid() && o.Advertise.IsUnspecified() {
		return nil, fmt.Errorf("the advertised RTP address %s is not one that peers can send to", o.Advertise)
	}
	if (o.Min == 0) != (o.Max == 0) {
		return nil, fmt.Errorf("the RTP port range %d-%d must have both ends or none", o.Min, o.Max)
	}
	if o.Min%2 == 1 {
		o.Min++
	}
	if o.Max != 0 && (o.Max <= o.Min || o.Min == 0) {
		return nil, fmt.Errorf("the RTP port range %d-%d holds no pair of an even and an odd port", o.Min, o.Max)
	}
	if o.Transcoded == 0 {
		o.Transcoded = defaultTranscoded
	}
	return &Ports{o: o, next: o.Min}, nil
}

// RoomToTranscode reports whether one more leg may speak another codec than G.711.
func (p *Ports) RoomToTranscode() bool { return p.transcoded.Load() < int64(p.o.Transcoded) }

// Transcoded is how many legs speak another codec than G.711.
func (p *Ports) Transcoded() int { return int(p.transcoded.Load()) }

// TurnAway counts a call that was refused, or has got G.711, because as many are
// transcoded as may be.
func (p *Ports) TurnAway() { p.full.Add(1) }

// TurnedAway is how many those were.
func (p *Ports) TurnedAway() uint64 { return p.full.Load() }

func (p *Ports) takeTranscoding() bool {
	if p.transcoded.Add(1) <= int64(p.o.Transcoded) {
		return true
	}
	p.transcoded.Add(-1)
	return false
}

func (p *Ports) giveTranscoding() { p.transcoded.Add(-1) }

// Address is what a peer at the given address is told to send to. The peer may
// be the zero Addr if it is not known yet.
func (p *Ports) Address(peer netip.Addr) netip.Addr {
	switch {
	case p.o.Advertise.IsValid():
		return p.o.Advertise
	case !p.o.Listen.IsUnspecified():
		return p.o.Listen
	case peer.IsValid():
		if local, ok := LocalAddressFor(peer); ok {
			return local
		}
	}
	if p.o.Listen.Is6() {
		return netip.IPv6Loopback()
	}
	return netip.AddrFrom4([4]byte{127, 0, 0, 1})
}

// LocalAddressFor tells the local address that packets to peer leave from. It
// sends nothing.
func LocalAddressFor(peer netip.Addr) (netip.Addr, bool) {
	c, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(netip.AddrPortFrom(peer, 9)))
	if err != nil {
		return netip.Addr{}, false
	}
	defer c.Close()
	a, ok := c.LocalAddr().(*net.UDPAddr)
	if !ok {
		return netip.Addr{}, false
	}
	return a.AddrPort().Addr().Unmap(), true
}

// InUse is the number of pairs that are given out.
func (p *Ports) InUse() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.open
}

// Strangers is how many packets came to legs from others than their peers.
func (p *Ports) Strangers() uint64 { return p.strangers.Load() }

// Forged is how many packets to encrypted legs were not what their peers have
// encrypted, or came a second time.
func (p *Ports) Forged() uint64 { return p.forged.Load() }

// Latched is how often RTP was sent to where it came from, since that was not
// where the session description said.
func (p *Ports) Latched() uint64 { return p.latched.Load() }

// Reaches reports whether a peer at the address can be sent RTP, and can send
// it to the address that it is told.
func (p *Ports) Reaches(peer netip.Addr) bool {
	peer = peer.Unmap()
	switch {
	case p.o.Advertise.IsValid():
		return p.o.Advertise.Is4() == peer.Is4()
	case !p.o.Listen.IsUnspecified():
		return p.o.Listen.Is4() == peer.Is4()
	}
	_, ok := LocalAddressFor(peer)
	return ok
}

// pair binds an even port for RTP and the odd one above it for RTCP.
func (p *Ports) pair() (rtp, rtcp *net.UDPConn, err error) {
	if p.o.Max == 0 {
		rtp, rtcp, err = p.ephemeral()
	} else {
		rtp, rtcp, err = p.fromRange()
	}
	if err == nil {
		p.mu.Lock()
		p.open++
		p.mu.Unlock()
	}
	return rtp, rtcp, err
}

func (p *Ports) release() {
	p.mu.Lock()
	p.open--
	p.mu.Unlock()
}

func (p *Ports) fromRange() (rtp, rtcp *net.UDPConn, err error) {
	pairs := (int(p.o.Max) - int(p.o.Min) + 1) / 2
	for range pairs {
		p.mu.Lock()
		port := p.next
		if int(p.next)+3 > int(p.o.Max) {
			p.next = p.o.Min
		} else {
			p.next += 2
		}
		p.mu.Unlock()
		if rtp, rtcp, err = p.bind(port); err == nil {
			return rtp, rtcp, nil
		}
	}
	return nil, nil, fmt.Errorf("%w in %d-%d: %w", ErrNoPort, p.o.Min, p.o.Max, err)
}

func (p *Ports) ephemeral() (rtp, rtcp *net.UDPConn, err error) {
	for range ephemeralTries {
		var first *net.UDPConn
		if first, err = p.listen(0); err != nil {
			break
		}
		port := uint16(first.LocalAddr().(*net.UDPAddr).Port)
		if port%2 == 0 {
			if rtcp, err = p.listen(port + 1); err == nil {
				return first, rtcp, nil
			}
			first.Close()
			continue
		}
		first.Close()
		if rtp, rtcp, err = p.bind(port - 1); err == nil {
			return rtp, rtcp, nil
		}
	}
	return nil, nil, fmt.Errorf("%w: %w", ErrNoPort, err)
}

func (p *Ports) bind(port uint16) (rtp, rtcp *net.UDPConn, err error) {
	if rtp, err = p.listen(port); err != nil {
		return nil, nil, err
	}
	if rtcp, err = p.listen(port + 1); err != nil {
		rtp.Close()
		return nil, nil, err
	}
	return rtp, rtcp, nil
}

func (p *Ports) listen(port uint16) (*net.UDPConn, error) {
	return net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(p.o.Listen, port)))
}
