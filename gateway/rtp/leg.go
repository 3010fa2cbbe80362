package rtp

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"tccc/gateway/mix"
)

// Direction is which way media flows, seen from the gateway (RFC 8866 section
// 6.7).
type Direction uint8

// Directions of a leg.
const (
	SendRecv Direction = iota
	SendOnly           // the peer listens only: the gateway holds it
	RecvOnly           // the peer holds the gateway
	Inactive
)

// Sends reports whether the gateway sends media.
func (d Direction) Sends() bool { return d == SendRecv || d == SendOnly }

// Receives reports whether the gateway expects media.
func (d Direction) Receives() bool { return d == SendRecv || d == RecvOnly }

// Reverse is the direction as the other side sees it.
func (d Direction) Reverse() Direction {
	switch d {
	case SendOnly:
		return RecvOnly
	case RecvOnly:
		return SendOnly
	}
	return d
}

// String is the name of the SDP attribute.
func (d Direction) String() string {
	switch d {
	case SendOnly:
		return "sendonly"
	case RecvOnly:
		return "recvonly"
	case Inactive:
		return "inactive"
	}
	return "sendrecv"
}

// Options of a leg. The callbacks are called from the leg's own goroutines and
// must neither block nor close the leg; none is called after Close has returned.
type Options struct {
	// Peer is where the peer probably is, if that is known; it decides which
	// local address is advertised on a machine with several.
	Peer netip.Addr
	// OnDigit is called for each DTMF digit that the peer sends: 0-9 * # A-D.
	OnDigit func(digit byte)
	// OnTimeout is called when no RTP has come for Timeout, once until RTP
	// flows again. It is not called while the direction does not receive.
	OnTimeout func()
	// Timeout is how long the peer may be silent. Default 30 s; negative: for ever.
	Timeout time.Duration
	// ReportInterval is the mean time between RTCP reports. Default 5 s
	// (RFC 3550 section 6.2); each interval is varied by half of it.
	ReportInterval time.Duration
	// Digits are the lengths of the DTMF that SendDigits sends.
	Digits mix.DigitOptions
}

const (
	defaultTimeout        = 30 * time.Second
	defaultReportInterval = 5 * time.Second
)

// Session is the result of a negotiation.
type Session struct {
	Remote    netip.AddrPort // where the peer wants RTP
	RTCP      netip.AddrPort // where it wants RTCP; the zero value means the port above Remote
	Mux       bool           // RTCP shares the RTP port (RFC 5761)
	Codec     mix.Codec      // PCMU or PCMA
	Payload   uint8          // its payload type, both ways
	Event     uint8          // payload type of telephone-event (RFC 4733), both ways; 0: not negotiated
	Direction Direction
}

// ErrClosed is returned by a leg that was closed.
var ErrClosed = errors.New("the RTP leg is closed")

// Leg is a telephone's media: a socket for RTP and one for RTCP. It implements
// mix.Leg and mix.PacketWriter.
//
// The peer's address follows RFC 4961 (symmetric RTP): media goes to the
// address of the session description until packets come from somewhere; from
// then on it goes there. The first source of valid packets is taken, and what
// comes from others is ignored. The source changes only in three cases: a packet
// comes from exactly the address of the session description; the
// source has been silent for 2 s and another has sent three packets in order; or
// Negotiate names a new address.
type Leg struct {
	o     Options
	ports *Ports
	port  *mix.Port
	rtp   *net.UDPConn
	rtcp  *net.UDPConn
	local netip.AddrPort
	ssrc  uint32
	cname string

	session atomic.Pointer[session]
	sink    atomic.Pointer[sinkBox]
	dst     atomic.Pointer[netip.AddrPort] // where RTP goes
	lastRx  atomic.Int64                   // monotonic nanoseconds of the last valid packet

	out  sender
	in   receiver // owned by the reading goroutine, but for what is atomic or locked in it
	ctl  control
	born time.Time

	done   chan struct{}
	closed sync.Once
	wg     sync.WaitGroup
}

// session is a Session with what the packet path needs. It is never changed.
type session struct {
	Session
	codecs [128]mix.Codec // by payload type; 0: not negotiated
}

type sinkBox struct{ s mix.Sink }

var (
	_ mix.Leg          = (*Leg)(nil)
	_ mix.PacketWriter = (*Leg)(nil)
)

// NewLeg opens a leg's sockets and starts to read them. The leg must be closed.
func (p *Ports) NewLeg(o Options) (*Leg, error) {
	if o.Timeout == 0 {
		o.Timeout = defaultTimeout
	}
	if o.ReportInterval <= 0 {
		o.ReportInterval = defaultReportInterval
	}
	conn, ctl, err := p.pair()
	if err != nil {
		return nil, fmt.Errorf("failed to open an RTP leg: %w", err)
	}
	port := uint16(conn.LocalAddr().(*net.UDPAddr).Port)
	l := &Leg{
		o: o, ports: p, rtp: conn, rtcp: ctl,
		local: netip.AddrPortFrom(p.Address(o.Peer), port),
		ssrc:  rand.Uint32(),
		cname: fmt.Sprintf("%08x%08x", rand.Uint32(), rand.Uint32()), // RFC 7022: random, of this call only
		born:  time.Now(),
		done:  make(chan struct{}),
	}
	l.port = mix.NewPort(l)
	l.lastRx.Store(l.now())
	l.wg.Go(l.readRTP)
	l.wg.Go(l.readRTCP)
	l.wg.Go(l.tick)
	return l, nil
}

// now is the monotonic time since the leg was made, in nanoseconds.
func (l *Leg) now() int64 { return int64(time.Since(l.born)) }

// Local is the address that the peer is told to send RTP to; RTCP is one port
// above it.
func (l *Leg) Local() netip.AddrPort { return l.local }

// Port is the way to the peer.
func (l *Leg) Port() *mix.Port { return l.port }

// Receive sends what the peer says to s from now on; nil drops it. Audio comes
// in the negotiated codec, telephone events as they are.
func (l *Leg) Receive(s mix.Sink) {
	if s == nil {
		l.sink.Store(nil)
		return
	}
	l.sink.Store(&sinkBox{s})
}

// Negotiate sets what the two sides have agreed on, at first and after each
// renegotiation. Media flows from now on.
func (l *Leg) Negotiate(n Session) error {
	if n.Codec != mix.PCMU && n.Codec != mix.PCMA {
		return fmt.Errorf("a phone leg carries PCMU or PCMA, not %v", n.Codec)
	}
	if n.Payload > 127 || n.Event > 127 || n.Event != 0 && n.Event == n.Payload {
		return fmt.Errorf("the payload types %d and %d are not valid", n.Payload, n.Event)
	}
	if !n.Remote.IsValid() {
		return errors.New("the peer's RTP address is missing")
	}
	n.Remote = unmap(n.Remote)
	if !n.RTCP.IsValid() {
		n.RTCP = netip.AddrPortFrom(n.Remote.Addr(), n.Remote.Port()+1)
	}
	n.RTCP = unmap(n.RTCP)
	s := &session{Session: n}
	s.codecs[n.Payload] = n.Codec
	also := []mix.Codec(nil)
	if n.Event != 0 {
		s.codecs[n.Event] = mix.Event
		also = append(also, mix.Event)
	}
	before := l.session.Swap(s)
	if before == nil || before.Remote != n.Remote {
		l.in.relatch.Store(true)
		l.dst.Store(&n.Remote)
	}
	if before == nil || !before.Direction.Receives() {
		l.lastRx.Store(l.now()) // the wait for media begins now
	}
	l.port.SetCodec(n.Codec, also...)
	return nil
}

// SetDirection changes the direction alone, for hold and its end.
func (l *Leg) SetDirection(d Direction) {
	for {
		before := l.session.Load()
		if before == nil || before.Direction == d {
			return
		}
		s := *before
		s.Direction = d
		if !before.Direction.Receives() && d.Receives() {
			l.lastRx.Store(l.now())
		}
		if l.session.CompareAndSwap(before, &s) {
			return
		}
	}
}

// ResetTimeout begins the wait for media anew, as when a call is answered: before
// that many peers send nothing.
func (l *Leg) ResetTimeout() { l.lastRx.Store(l.now()) }

// Session is what was negotiated last; false if nothing was yet.
func (l *Leg) Session() (Session, bool) {
	if s := l.session.Load(); s != nil {
		return s.Session, true
	}
	return Session{}, false
}

// Remote is where RTP is sent now: the latched source, or the address of the
// session description. It is the zero value before Negotiate.
func (l *Leg) Remote() netip.AddrPort {
	if d := l.dst.Load(); d != nil {
		return *d
	}
	return netip.AddrPort{}
}

// Close ends the leg: it says goodbye by RTCP, closes both sockets and waits
// for its goroutines. It is idempotent.
func (l *Leg) Close() {
	l.closed.Do(func() {
		close(l.done)
		l.port.Close()
		l.sendBye()
		l.rtp.Close()
		l.rtcp.Close()
		l.wg.Wait()
		l.ports.release()
	})
}

// tick sends the reports and watches for silence.
func (l *Leg) tick() {
	report := time.NewTimer(l.reportAfter())
	defer report.Stop()
	watch := time.NewTicker(l.watchEvery())
	defer watch.Stop()
	fired := false
	for {
		select {
		case <-l.done:
			return
		case <-report.C:
			l.sendReport()
			report.Reset(l.reportAfter())
		case <-watch.C:
			silent := l.silent()
			if silent && !fired && l.o.OnTimeout != nil {
				l.o.OnTimeout()
			}
			fired = silent
		}
	}
}

// silent reports whether the media timeout has passed.
func (l *Leg) silent() bool {
	s := l.session.Load()
	if s == nil || l.o.Timeout < 0 || !s.Direction.Receives() {
		return false
	}
	return l.now()-l.lastRx.Load() >= int64(l.o.Timeout)
}

func (l *Leg) watchEvery() time.Duration {
	if l.o.Timeout < 0 {
		return time.Hour
	}
	return max(l.o.Timeout/8, 5*time.Millisecond)
}

// reportAfter varies the interval so that reports of many legs do not fall
// together, RFC 3550 section 6.3.1.
func (l *Leg) reportAfter() time.Duration {
	return l.o.ReportInterval/2 + rand.N(l.o.ReportInterval)
}

func unmap(a netip.AddrPort) netip.AddrPort {
	return netip.AddrPortFrom(a.Addr().Unmap(), a.Port())
}
