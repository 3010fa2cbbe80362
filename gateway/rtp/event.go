package rtp

import (
	"encoding/binary"
	"strings"
	"time"
)

// keys are the DTMF digits in the order of their event codes, RFC 4733 section
// 3.2.
const keys = "0123456789*#ABCD"

// event is the payload of a telephone-event packet, RFC 4733 section 2.3.
type event struct {
	digit    byte // one of keys
	end      bool
	volume   uint8  // -dBm0, 0 to 63
	duration uint16 // in the clock of the audio
}

// parseEvent reads the first event of a payload. It reports false for what is
// too short or no DTMF digit.
func parseEvent(b []byte) (event, bool) {
	if len(b) < 4 || int(b[0]) >= len(keys) {
		return event{}, false
	}
	return event{
		digit:    keys[b[0]],
		end:      b[1]&0x80 != 0,
		volume:   b[1] & 0x3f,
		duration: binary.BigEndian.Uint16(b[2:]),
	}, true
}

// put writes the payload into b, which has room for 4 bytes.
func (e event) put(b []byte) {
	b[0] = byte(strings.IndexByte(keys, e.digit))
	b[1] = e.volume & 0x3f
	if e.end {
		b[1] |= 0x80
	}
	binary.BigEndian.PutUint16(b[2:], e.duration)
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
