package rtp

import (
	"errors"
	"net"
	"net/netip"

	"tccc/gateway/mix"
)

// receiver is the incoming packet path. Only the goroutine of readRTP uses it,
// but for the atomic fields and for stats, which has a lock.
type receiver struct {
	latch  latcher
	frame  mix.Frame
	digits digits
	tones  *tones // nil: the sound is not searched for digits
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
	if s == nil {
		l.in.stats.ignored.Add(1)
		return
	}
	b, ok := s.crypt.open(b)
	if !ok {
		l.in.stats.ignored.Add(1)
		l.ports.forged.Add(1)
		return
	}
	h, ok := parseHeader(b)
	if !ok {
		l.in.stats.ignored.Add(1)
		return
	}
	codec := s.codecs[h.pt]
	if codec == 0 {
		l.in.stats.ignored.Add(1)
		return
	}
	now := l.now()
	if !l.hears(s, from, &h, now) {
		l.in.stats.ignored.Add(1)
		return
	}
	l.lastRx.Store(now)
	clock := codec.Clock()
	if clock == 0 {
		clock = s.Codec.Clock()
	}
	l.in.stats.note(&h, now, clock)
	switch codec {
	case mix.Event:
		l.in.digits.take(&h, now, l.o.OnDigit)
		l.in.tones = nil // the peer does not need them
	case mix.Noise:
		l.spoke.Store(false) // mix fills the gap
	default:
		l.spoke.Store(true)
		l.in.tones.take(codec, &h)
	}
	if !s.Direction.Receives() {
		return
	}
	if box := l.sink.Load(); box != nil {
		f := &l.in.frame
		f.Codec, f.Marker, f.Seq, f.Timestamp, f.Payload = codec, h.marker, h.seq, h.ts, h.payload
		f.Clock = s.clocks[h.pt]
		box.s.WriteFrame(f)
		f.Payload = nil
	}
}
