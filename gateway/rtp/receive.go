package rtp

import (
	"errors"
	"net"
	"net/netip"
	"sync/atomic"
	"time"

	"tccc/gateway/mix"
)

const (
	relatchSilence = 2 * time.Second // after so long another source may take over
	relatchPackets = 3               // when it has sent so many packets in order
)

// receiver is the incoming packet path. Only the goroutine of readRTP uses it,
// but for the atomic fields and for stats, which has a lock.
type receiver struct {
	relatch atomic.Bool    // Negotiate has named a new address
	source  netip.AddrPort // latched; zero before the first packet
	heard   int64          // when source was heard last

	probe     netip.AddrPort // who wants to take over
	probeSSRC uint32
	probeSeq  uint16
	probed    int

	frame  mix.Frame
	digits digits
	stats  inStats
}

func (l *Leg) readRTP() {
	buf := make([]byte, maxPacket)
	for {
		n, from, err := l.rtp.ReadFromUDPAddrPort(buf)
		if err != nil {
			if l.over(err) {
				return
			}
			continue // an ICMP error of an earlier packet, for instance
		}
		l.receive(buf[:n], unmap(from))
	}
}

// over reports whether a read error means that the leg is closed. Errors that
// ICMP messages cause are of no concern.
func (l *Leg) over(err error) bool {
	select {
	case <-l.done:
		return true
	default:
		return errors.Is(err, net.ErrClosed)
	}
}

// receive takes one datagram of the RTP port.
func (l *Leg) receive(b []byte, from netip.AddrPort) {
	if isRTCP(b) { // RFC 5761: accepted whether it was negotiated or not
		l.receiveRTCP(b, from)
		return
	}
	s := l.session.Load()
	h, ok := parseHeader(b)
	if s == nil || !ok {
		l.in.stats.ignored.Add(1)
		return
	}
	codec := s.codecs[h.pt]
	if codec == 0 {
		l.in.stats.ignored.Add(1)
		return
	}
	now := l.now()
	if !l.latch(s, from, &h, now) {
		l.in.stats.ignored.Add(1)
		return
	}
	l.lastRx.Store(now)
	l.in.stats.note(&h, now)
	if codec == mix.Event {
		l.in.digits.take(h.payload, h.marker, h.ts, now, l.o.OnDigit)
	}
	if !s.Direction.Receives() {
		return
	}
	if box := l.sink.Load(); box != nil {
		f := &l.in.frame
		f.Codec, f.Marker, f.Seq, f.Timestamp, f.Payload = codec, h.marker, h.seq, h.ts, h.payload
		box.s.WriteFrame(f)
		f.Payload = nil
	}
}

// latch decides whether a valid packet's source is the peer; see Leg.
func (l *Leg) latch(s *session, from netip.AddrPort, h *header, now int64) bool {
	in := &l.in
	if in.relatch.Swap(false) {
		in.source = netip.AddrPort{}
	}
	if from == in.source {
		in.heard, in.probed = now, 0
		return true
	}
	if in.source.IsValid() && from != s.Remote {
		if now-in.heard < int64(relatchSilence) || !in.confirm(from, h) {
			return false
		}
	}
	in.source, in.heard, in.probed = from, now, 0
	if d := l.dst.Load(); d == nil || *d != from {
		to := from
		l.dst.Store(&to)
	}
	return true
}

// confirm counts the packets in order of a source that wants to take over.
func (in *receiver) confirm(from netip.AddrPort, h *header) bool {
	if from != in.probe || h.ssrc != in.probeSSRC || h.seq != in.probeSeq {
		in.probe, in.probeSSRC, in.probed = from, h.ssrc, 0
	}
	in.probed++
	in.probeSeq = h.seq + 1
	return in.probed >= relatchPackets
}
