package mix

import (
	"sync/atomic"

	"tccc/gateway/audio"
)

// MuteLeg is a leg whose sound can be held back: a telephone's, which is muted
// here where a browser mutes itself.
type MuteLeg struct {
	Leg
	muted atomic.Bool
}

// Mute holds the leg's sound back, or lets it through again.
func (m *MuteLeg) Mute(on bool) { m.muted.Store(on) }

// Muted reports whether the leg's sound is held back.
func (m *MuteLeg) Muted() bool { return m.muted.Load() }

// Receive implements Leg.
func (m *MuteLeg) Receive(s Sink) {
	if s == nil {
		m.Leg.Receive(nil)
		return
	}
	m.Leg.Receive(&mutedSink{m, s})
}

// mutedSink lets silence through instead of sound, frame by frame, so that the
// stream goes on. Keys that are pressed are heard.
type mutedSink struct {
	m  *MuteLeg
	to Sink
}

// longestFrame is 200 ms of G.711; what is longer is dropped while muted.
const longestFrame = 1600

// Silence in both laws of G.711, as long as a frame may be.
var (
	mutedMulaw = filled(audio.SilenceMulaw, longestFrame)
	mutedAlaw  = filled(audio.SilenceAlaw, longestFrame)
)

// WriteFrame implements Sink.
func (f *mutedSink) WriteFrame(frame *Frame) {
	if !f.m.muted.Load() || frame.Codec == Event {
		f.to.WriteFrame(frame)
		return
	}
	silence := mutedMulaw
	if frame.Codec == PCMA {
		silence = mutedAlaw
	}
	if len(frame.Payload) > len(silence) {
		return
	}
	quiet := *frame
	quiet.Payload = silence[:len(frame.Payload)]
	f.to.WriteFrame(&quiet)
}
