package media

import (
	"context"
	"syscall/js"
	"time"
	"unsafe"

	"tccc/agent"
	"tccc/internal/jsval"
	"tccc/wire"
)

// patience is how long an AudioContext may take to start where sound is
// allowed; where it is not, its promise stays open until a gesture.
const patience = 400 * time.Millisecond

// ring is the ringtone: an AudioContext that loops one rendered period. The
// context is suspended between melodies, so that it holds no audio hardware.
type ring struct {
	on      agent.Ring
	context js.Value // AudioContext, falsy until the first melody
	source  js.Value // AudioBufferSourceNode of what is played
	output  js.Value // where sources are connected: a GainNode
	sink    js.Value // <audio> that plays the context where contexts cannot choose a device
}

// Ring implements agent.Media.
func (m *Media) Ring(on agent.Ring) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if on == m.ring.on {
		return
	}
	m.stopRing()
	melody := &callMelody
	switch on {
	case agent.RingNone:
		return
	case agent.RingChat:
		melody = &chatMelody
	}
	m.ring.on = on
	if err := m.sound(melody, true); err != nil {
		m.opt.Warn("no ringtone", err)
		return
	}
	m.start(m.resumeRing)
}

// Notify implements agent.Media.
func (m *Media) Notify() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.document.Get("hidden").Bool() || m.ring.source.Truthy() {
		return
	}
	if err := m.sound(&messageMelody, false); err != nil {
		m.opt.Warn("no tone", err)
		return
	}
	m.start(func(ctx context.Context) {
		m.resumeRing(ctx)
		select {
		case <-time.After(time.Duration(messageMelody.period * float64(time.Second))):
		case <-ctx.Done():
		}
		m.mu.Lock()
		defer m.mu.Unlock()
		if m.ring.on == agent.RingNone {
			m.stopRing()
		}
	})
}

// sound starts a melody. mu is held.
func (m *Media) sound(what *melody, loop bool) error {
	m.begin()
	if !m.ring.context.Truthy() {
		if err := m.openRing(); err != nil {
			return err
		}
	}
	samples := what.samples()
	buffer := m.ring.context.Call("createBuffer", 1, len(samples), ringRate)
	buffer.Call("copyToChannel", float32Array(samples), 0)
	source := m.ring.context.Call("createBufferSource")
	source.Set("buffer", buffer)
	source.Set("loop", loop)
	source.Call("connect", m.ring.output)
	source.Call("start")
	m.ring.source = source
	return nil
}

// stopRing stops what is played at once. mu is held.
func (m *Media) stopRing() {
	m.ring.on = agent.RingNone
	if m.ring.source.Truthy() {
		m.ring.source.Call("stop")
		m.ring.source.Call("disconnect")
		m.ring.source = js.Undefined()
	}
	if m.ring.context.Truthy() {
		_, _ = jsval.Call(m.ring.context, "suspend")
	}
}

// openRing makes the context. mu is held.
func (m *Media) openRing() error {
	constructor := jsval.Global("AudioContext")
	if !constructor.Truthy() {
		return wire.ErrMediaUnsupported.With("AudioContext is missing")
	}
	r := &m.ring
	r.context = constructor.New()
	r.output = r.context.Call("createGain")
	if m.choice.Ringtone == "" || jsval.Has(r.context, "setSinkId") {
		r.output.Call("connect", r.context.Get("destination"))
	}
	m.applySinks()
	return nil
}

// resumeRing starts the context, and waits for a gesture if the browser
// refuses.
func (m *Media) resumeRing(ctx context.Context) {
	m.mu.Lock()
	audio, sink := m.ring.context, m.ring.sink
	m.mu.Unlock()
	if !audio.Truthy() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	_, err := jsval.CallAwait(ctx, audio, "resume")
	if err == nil && sink.Truthy() {
		_, err = jsval.CallAwait(ctx, sink, "play")
	}
	m.mu.Lock()
	on := m.ring.on != agent.RingNone
	m.mu.Unlock()
	if err != nil && on {
		m.soundBlocked()
	}
}

// setRingDevice sends the ringtone to the device: through the context where it
// can choose one, otherwise through an audio element of its own.
func (m *Media) setRingDevice(ctx context.Context, id string) error {
	m.mu.Lock()
	audio, sink := m.ring.context, m.ring.sink
	if !audio.Truthy() {
		m.mu.Unlock()
		return nil
	}
	if jsval.Has(audio, "setSinkId") {
		m.mu.Unlock()
		return setSink(ctx, audio, id)
	}
	if !sink.Truthy() {
		if id == "" {
			m.mu.Unlock()
			return nil
		}
		sink = m.ringThroughElement()
	}
	m.mu.Unlock()
	return setSink(ctx, sink, id)
}

// ringThroughElement plays the context through an audio element. mu is held.
func (m *Media) ringThroughElement() js.Value {
	r := &m.ring
	destination := r.context.Call("createMediaStreamDestination")
	r.output.Call("disconnect")
	r.output.Call("connect", destination)
	r.sink = m.newAudio()
	r.sink.Set("srcObject", destination.Get("stream"))
	return r.sink
}

// closeRing lets the context go. mu is held.
func (m *Media) closeRing() {
	if m.ring.context.Truthy() {
		_, _ = jsval.Call(m.ring.context, "close")
	}
	if m.ring.sink.Truthy() {
		m.ring.sink.Set("srcObject", js.Null())
		m.ring.sink.Call("remove")
	}
	m.ring = ring{}
}

// float32Array copies samples into JavaScript.
func float32Array(samples []float32) js.Value {
	bytes := js.Global().Get("Uint8Array").New(len(samples) * 4)
	js.CopyBytesToJS(bytes, unsafe.Slice((*byte)(unsafe.Pointer(&samples[0])), len(samples)*4))
	return js.Global().Get("Float32Array").New(bytes.Get("buffer"))
}
