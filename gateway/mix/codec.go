package mix

import (
	"time"

	"tccc/gateway/audio"
)

func (c Codec) String() string {
	switch c {
	case PCMU:
		return "PCMU"
	case PCMA:
		return "PCMA"
	case Opus:
		return "opus"
	case Event:
		return "telephone-event"
	case Noise:
		return "CN"
	case G722:
		return "G722"
	}
	return "unknown"
}

// Clock is the RTP clock of an audio codec in Hz; that of Event is the clock of
// the audio beside it, reported as 0.
func (c Codec) Clock() uint32 {
	switch c {
	case PCMU, PCMA, G722:
		return 8000
	case Opus:
		return 48000
	}
	return 0
}

func (c Codec) g711() bool { return c == PCMU || c == PCMA }

// Silence in each codec: of a sample, and for Opus of a frame. That of G.722
// are the smallest steps, which add up to none in any decoder; that of Opus are the
// usual bytes behind the table of contents, one CELT frame without energy (RFC 6716
// section 3.1).
const silenceG722 = 0xFD

var silenceOpus = [2]byte{0xFF, 0xFE}

func filled(b byte, n int) []byte {
	s := make([]byte, n)
	for i := range s {
		s[i] = b
	}
	return s
}

// Silence of all codecs but Opus, as long as a frame may be.
var (
	silenceMulaw = filled(audio.SilenceMulaw, maxTranslated)
	silenceAlaw  = filled(audio.SilenceAlaw, maxTranslated)
	silentG722   = filled(silenceG722, maxTranslated)
)

// silence appends the payload of a frame that has nothing to hear, as long as span
// in the codec's clock. What it gives may be shared: it is only read.
func silence(room []byte, c Codec, span uint32) []byte {
	n := min(span, maxTranslated)
	switch c {
	case PCMA:
		return silenceAlaw[:n]
	case G722:
		return silentG722[:n]
	case Opus:
		return opusSilence(room[:0], span)
	}
	return silenceMulaw[:n]
}

// opusSilence makes a packet of frames of 20 ms, or one that is shorter (RFC 6716
// section 3.2.5: any number of frames of the same length).
func opusSilence(room []byte, span uint32) []byte {
	const table, several = 31 << 3, 3 // CELT, full band, 20 ms
	n := span / 960
	switch {
	case n == 0 && span >= 480:
		return append(room, 30<<3, silenceOpus[0], silenceOpus[1])
	case n == 0 && span >= 240:
		return append(room, 29<<3, silenceOpus[0], silenceOpus[1])
	case n == 0:
		return append(room, 28<<3, silenceOpus[0], silenceOpus[1])
	case n == 1:
		return append(room, table, silenceOpus[0], silenceOpus[1])
	}
	room = append(room, table|several, byte(min(n, 6)))
	for range min(n, 6) {
		room = append(room, silenceOpus[0], silenceOpus[1])
	}
	return room
}

// span is how long a payload plays, in the codec's clock; 0 for an event.
func span(c Codec, payload []byte) uint32 {
	switch c {
	case PCMU, PCMA, G722: // of the latter, two samples a byte and a clock of half their rate
		return uint32(len(payload))
	case Opus:
		return opusSpan(payload)
	}
	return 0
}

// opusSpan reads the duration of an Opus packet from its table-of-contents
// byte (RFC 6716 section 3.1), in samples of 48 kHz.
func opusSpan(p []byte) uint32 {
	if len(p) == 0 {
		return 0
	}
	config := p[0] >> 3
	var frame uint32
	switch {
	case config < 12: // SILK: 10, 20, 40, 60 ms
		frame = [4]uint32{480, 960, 1920, 2880}[config&3]
	case config < 16: // hybrid: 10, 20 ms
		frame = [2]uint32{480, 960}[config&1]
	default: // CELT: 2.5, 5, 10, 20 ms
		frame = 120 << (config & 3)
	}
	switch p[0] & 3 {
	case 0:
		return frame
	case 1, 2:
		return 2 * frame
	}
	if len(p) < 2 {
		return frame
	}
	return min(frame*uint32(p[1]&0x3F), 5760) // at most 120 ms
}

// ticks converts a duration to units of a clock. It does not overflow for
// durations of years.
func ticks(d time.Duration, clock uint32) int64 {
	return int64(d/time.Microsecond) * int64(clock) / 1_000_000
}

// length is the inverse of ticks.
func length(n int64, clock uint32) time.Duration {
	return time.Duration(n * 1_000_000 / int64(clock) * 1000)
}
