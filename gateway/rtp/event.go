package rtp

import (
	"context"
	"encoding/binary"
	"time"

	"tccc/gateway/mix"
)

// SendDigits sends DTMF digits (0-9 * # A-D, p for a pause) and returns when
// the last one is over: as telephone events if the peer has agreed to them, else
// as tones in the audio. See mix.Port.SendDigits for the errors.
func (l *Leg) SendDigits(ctx context.Context, digits string) error {
	return l.port.SendDigits(ctx, digits, l.o.Digits)
}

// event is the payload of a telephone-event packet, RFC 4733 section 2.3.
type event struct {
	digit    byte // 0-9 * # A-D
	end      bool
	volume   uint8  // -dBm0, 0 to 63
	duration uint16 // in the clock of the audio
}

// parseEvent reads the first event of a payload. It reports false for what is
// too short or no DTMF digit.
func parseEvent(b []byte) (event, bool) {
	if len(b) < 4 || mix.DigitOf(b[0]) == 0 {
		return event{}, false
	}
	return event{
		digit:    mix.DigitOf(b[0]),
		end:      b[1]&0x80 != 0,
		volume:   b[1] & 0x3f,
		duration: binary.BigEndian.Uint16(b[2:]),
	}, true
}

// lostEnd is how long after its last packet an event whose end was lost counts
// as over, RFC 4733 section 2.5.2.2: three packet times and some jitter.
const lostEnd = 150 * time.Millisecond

// What is told apart by its place in the stream.
const (
	reorder   = 8000        // a timestamp so far back, in 8 kHz, may be of a packet that was overtaken
	overtaken = time.Second // no packet is late by more
	longEvent = 0xF000      // a duration from which on the next segment may come, or a wrap
)

// digits finds each digit once in the packets of events: all packets of one
// event have one timestamp. A digit is reported with its first packet, so that
// neither a lost beginning nor a lost end loses it. Packets that come late, of
// an event that was reported or of one older than it, are passed over.
type digits struct {
	seen     bool
	ssrc     uint32
	seq      uint16 // of the newest packet
	ts       uint32 // of the newest event
	at       int64  // when its last packet came
	digit    byte
	duration uint16
	ended    bool
}

// take looks at one event packet.
func (d *digits) take(h *header, now int64, report func(byte)) {
	e, ok := parseEvent(h.payload)
	if !ok {
		return
	}
	fresh := !d.seen || d.ssrc != h.ssrc
	if !fresh {
		if step := int16(h.seq - d.seq); step <= 0 && now-d.at < int64(overtaken) {
			return
		}
		fresh = d.begins(&e, h, now)
	}
	d.ended = e.end || d.ended && !fresh
	d.seen, d.ssrc, d.seq, d.ts, d.at, d.digit, d.duration = true, h.ssrc, h.seq, h.ts, now, e.digit, e.duration
	if fresh && report != nil {
		report(e.digit)
	}
}

// begins reports whether a packet that is newer in the numbering is of another
// press than the one before.
func (d *digits) begins(e *event, h *header, now int64) bool {
	pause := now-d.at >= int64(lostEnd)
	switch ahead := int32(h.ts - d.ts); {
	case ahead == 0 && e.digit != d.digit: // peers whose clock stands still between digits
		return true
	case ahead == 0 && d.ended:
		return !e.end || h.marker && pause
	case ahead == 0:
		return h.marker && pause || !e.end && e.duration < d.duration && d.duration < longEvent
	case ahead < 0 && ahead > -reorder:
		return h.marker && e.digit != d.digit
	}
	return !d.goesOn(e, h, pause)
}

// goesOn reports whether an event with a later timestamp is the one before: a
// segment of a long one (RFC 4733 section 2.5.1.3), or of a peer that lets the
// timestamp run.
func (d *digits) goesOn(e *event, h *header, pause bool) bool {
	if d.ended || h.marker || pause || e.digit != d.digit {
		return false
	}
	ahead := h.ts - d.ts
	return d.duration >= longEvent && ahead >= longEvent && ahead <= 1<<16 ||
		e.duration > d.duration && ahead == uint32(e.duration-d.duration)
}
