package rtp

import (
	"sync"
	"sync/atomic"
	"time"

	"tccc/gateway/mix"
)

// sender is the outgoing packet path.
type sender struct {
	mu  sync.Mutex
	buf [maxPacket]byte

	packets atomic.Uint64
	octets  atomic.Uint64

	lastTS uint32    // of the last packet, guarded by mu
	lastAt time.Time // when it was sent, guarded by mu
}

// WritePacket sends one packet of the outgoing stream. Packets whose codec was
// not negotiated, and all while the direction does not send, are dropped
// without an error.
func (l *Leg) WritePacket(codec mix.Codec, marker bool, seq uint16, ts uint32, payload []byte) error {
	s := l.session.Load()
	if s == nil || !s.Direction.Sends() {
		return nil
	}
	var pt uint8
	switch {
	case codec == s.Codec:
		pt = s.Payload
	case codec == mix.Event && s.Event != 0:
		pt = s.Event
	default:
		return nil
	}
	o := &l.out
	if len(payload) > len(o.buf)-headerSize {
		return nil
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	putHeader(o.buf[:], pt, marker, seq, ts, l.ssrc)
	n := headerSize + copy(o.buf[headerSize:], payload)
	if codec == mix.Event && s.Clock != s.Codec.Clock() {
		mix.ScaleEvent(o.buf[headerSize:n], s.Codec.Clock(), s.Clock)
	}
	packet, err := s.crypt.seal(o.buf[:n])
	if err != nil {
		return err
	}
	if codec != mix.Event {
		o.lastTS, o.lastAt = ts, time.Now()
	}
	o.packets.Add(1)
	o.octets.Add(uint64(len(payload)))
	_, err = l.rtp.WriteToUDPAddrPort(packet, *l.dst.Load())
	return err
}
