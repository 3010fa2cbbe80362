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

// digits finds each digit once in the packets of events: all packets of one
// event have one timestamp. A digit is reported with its first packet, so that
// neither a lost beginning nor a lost end loses it. Packets that come late, of
// an event that was reported or of one older than it, are passed over.
type digits struct {
	seen bool
	ts   uint32 // of the newest event
	at   int64  // when its last packet came
}

// reorder is how far back, in the clock of 8 kHz, a timestamp is taken for one
// of an overtaken packet; what is further back is a stream that began anew.
const reorder = 8000

// take looks at one event packet.
func (d *digits) take(payload []byte, marker bool, ts uint32, now int64, report func(byte)) {
	e, ok := parseEvent(payload)
	if !ok {
		return
	}
	if d.seen {
		back := int32(d.ts - ts)
		if back == 0 && (!marker || now-d.at < int64(lostEnd)) || back > 0 && back < reorder {
			d.at = now
			return
		}
	}
	d.seen, d.ts, d.at = true, ts, now
	if report != nil {
		report(e.digit)
	}
}
