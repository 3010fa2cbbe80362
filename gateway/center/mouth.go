package center

import (
	"sync/atomic"

	"tccc/gateway/mix"
)

// mouth is the leg of an agent's phone. A phone is muted here, where a browser
// mutes itself.
type mouth struct {
	mix.Leg
	muted atomic.Bool
}

// Receive implements mix.Leg.
func (m *mouth) Receive(s mix.Sink) {
	if s == nil {
		m.Leg.Receive(nil)
		return
	}
	m.Leg.Receive(&muffle{m, s})
}

// muffle lets silence through instead of sound, frame by frame, so that the
// stream goes on. Keys that are pressed are heard.
type muffle struct {
	m  *mouth
	to mix.Sink
}

// Silence in both laws of G.711.
var silentMulaw, silentAlaw = filled(0xff), filled(0xd5)

// longestFrame is 200 ms of G.711; what is longer is dropped while muted.
const longestFrame = 1600

func filled(b byte) []byte {
	out := make([]byte, longestFrame)
	for i := range out {
		out[i] = b
	}
	return out
}

// WriteFrame implements mix.Sink.
func (f *muffle) WriteFrame(frame *mix.Frame) {
	if !f.m.muted.Load() || frame.Codec == mix.Event {
		f.to.WriteFrame(frame)
		return
	}
	silence := silentMulaw
	if frame.Codec == mix.PCMA {
		silence = silentAlaw
	}
	if len(frame.Payload) > len(silence) {
		return
	}
	quiet := *frame
	quiet.Payload = silence[:len(frame.Payload)]
	f.to.WriteFrame(&quiet)
}
