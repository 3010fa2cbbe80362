package mix

import "sync/atomic"

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
	m.Leg.Receive(&mutedSink{m: m, to: s})
}

// mutedSink lets silence through instead of sound, frame by frame, so that the
// stream goes on. Keys that are pressed are heard.
type mutedSink struct {
	m    *MuteLeg
	to   Sink
	room [16]byte
}

// WriteFrame implements Sink.
func (f *mutedSink) WriteFrame(frame *Frame) {
	if !f.m.muted.Load() || frame.Codec == Event {
		f.to.WriteFrame(frame)
		return
	}
	n := span(frame.Codec, frame.Payload)
	if n == 0 || frame.Codec != Opus && n > maxTranslated {
		return
	}
	quiet := *frame
	quiet.Payload = silence(f.room[:], frame.Codec, n)
	f.to.WriteFrame(&quiet)
}
