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
	// Inband looks for DTMF tones in the sound as well, until the peer sends a
	// telephone event.
	Inband bool
	// Latch says whose packets are taken for the peer's.
	Latch Latch
	// OnTimeout is called when neither RTP nor RTCP has come for Timeout, once
	// until something comes again or ResetTimeout is called. It is not called
	// while the direction does not receive.
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

// ErrClosed is returned by a leg that was closed, ErrTranscoding by one that would
// be one more to transcode than is allowed.
var (
	ErrClosed      = errors.New("the RTP leg is closed")
	ErrTranscoding = errors.New("as many calls are transcoded as is allowed")
)

// Leg is a telephone's media: a socket for RTP and one for RTCP. It implements
// mix.Leg and mix.PacketWriter.
//
// Media goes to the address of the session description, or, once it is sure that
// the peer's packets come from elsewhere, there (RFC 4961); see [Latch].
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
	lastRx  atomic.Int64                   // monotonic nanoseconds of the last sign of life
	spoke   atomic.Bool                    // the newest RTP was sound, not comfort noise

	out  sender
	in   receiver // owned by the reading goroutine, but for what is atomic or locked in it
	ctl  control
	born time.Time

	placing sync.Mutex
	placed  bool // it has a place among those that are transcoded

	done   chan struct{}
	closed sync.Once
	wg     sync.WaitGroup
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
	if o.Inband && o.OnDigit != nil {
		l.in.tones = newTones(o.OnDigit)
	}
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
		_ = l.place(0)
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

// closing reports whether the leg is being closed.
func (l *Leg) closing() bool {
	select {
	case <-l.done:
		return true
	default:
		return false
	}
}
