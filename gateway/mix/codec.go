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
	}
	return "unknown"
}

// Clock is the RTP clock of an audio codec in Hz; that of Event is the clock of
// the audio beside it, reported as 0.
func (c Codec) Clock() uint32 {
	switch c {
	case PCMU, PCMA:
		return 8000
	case Opus:
		return 48000
	}
	return 0
}

func (c Codec) g711() bool { return c == PCMU || c == PCMA }

// silence of 20 ms in each codec. The Opus one is the usual three bytes: one
// CELT frame, full band, no energy (RFC 6716 section 3.1).
var (
	silenceMulaw = filled(audio.SilenceMulaw, audio.FrameSamples)
	silenceAlaw  = filled(audio.SilenceAlaw, audio.FrameSamples)
	silenceOpus  = []byte{0xF8, 0xFF, 0xFE}
)

func filled(b byte, n int) []byte {
	s := make([]byte, n)
	for i := range s {
		s[i] = b
	}
	return s
}

func silence(c Codec) []byte {
	switch c {
	case PCMA:
		return silenceAlaw
	case Opus:
		return silenceOpus
	}
	return silenceMulaw
}

// span is how long a payload plays, in the codec's clock; 0 for an event.
func span(c Codec, payload []byte) uint32 {
	switch c {
	case PCMU, PCMA:
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
