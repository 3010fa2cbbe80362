package media

import (
	"context"
	"syscall/js"

	"tccc/agent"
	"tccc/internal/jsval"
	"tccc/wire"
)

// output is the sound of the far side and of the ringtone, as far as it concerns
// the page: the audio element and the wait for a gesture.
type output struct {
	audio    js.Value // <audio>, falsy until there is a leg
	gestures []func() // listeners that wait for the first gesture
}

// gestureEvents are those that count as a gesture (HTML, section 6.4.2).
var gestureEvents = []string{"mousedown", "pointerup", "touchend", "keydown"}

// play lets the remote track be heard. mu is held.
func (m *Media) play(track js.Value) {
	if !m.out.audio.Truthy() {
		m.out.audio = m.newAudio()
	}
	m.out.audio.Set("srcObject", js.Global().Get("MediaStream").New(js.ValueOf([]any{track})))
	m.applySinks()
	m.start(m.resumeAudio)
}

// newAudio makes a hidden audio element in the document.
func (m *Media) newAudio() js.Value {
	audio := m.document.Call("createElement", "audio")
	audio.Set("autoplay", true)
	audio.Set("hidden", true)
	audio.Call("setAttribute", "playsinline", "")
	m.opt.Root.Call("appendChild", audio)
	return audio
}

// resumeAudio starts the element, and waits for a gesture if the browser
// refuses.
func (m *Media) resumeAudio(ctx context.Context) {
	m.mu.Lock()
	sounding := m.sounding()
	m.mu.Unlock()
	for _, audio := range sounding {
		_, err := jsval.CallAwait(ctx, audio, "play")
		switch {
		case jsval.ErrorName(err) == "NotAllowedError":
			m.soundBlocked()
			return
		case err == nil:
			m.soundAllowed()
		}
	}
}

// sounding are the audio elements. mu is held.
func (m *Media) sounding() (all []js.Value) {
	if m.out.audio.Truthy() {
		all = append(all, m.out.audio)
	}
	for _, s := range m.sessions {
		all = append(all, s.audio)
	}
	return all
}

// soundAllowed ends the wait for a gesture, if there is one.
func (m *Media) soundAllowed() {
	m.mu.Lock()
	waiting := m.out.gestures != nil
	m.dropGestures()
	m.mu.Unlock()
	if waiting {
		m.setSoundNotice(nil)
	}
}

// silence takes the remote track away. mu is held.
func (m *Media) silence() {
	if m.out.audio.Truthy() {
		m.out.audio.Set("srcObject", js.Null())
	}
}

// closeOutput removes the element and the listeners. mu is held.
func (m *Media) closeOutput() {
	if m.out.audio.Truthy() {
		m.out.audio.Call("pause")
		m.out.audio.Set("srcObject", js.Null())
		m.out.audio.Call("remove")
	}
	m.dropGestures()
	m.out = output{}
}

// soundBlocked tells the agent, and tries again at each gesture until sound is
// allowed.
func (m *Media) soundBlocked() {
	m.mu.Lock()
	if m.stop == nil || m.out.gestures != nil {
		m.mu.Unlock()
		return
	}
	for _, event := range gestureEvents {
		m.out.gestures = append(m.out.gestures, jsval.ListenWith(m.document, event,
			map[string]any{"capture": true, "passive": true}, func(js.Value) { m.gesture() }))
	}
	m.mu.Unlock()
	m.setSoundNotice(wire.ErrAutoplay)
}

// gesture runs inside the gesture's event, which is when the browser lets sound
// begin.
func (m *Media) gesture() {
	m.mu.Lock()
	if m.stop != nil {
		m.retrySound()
	}
	m.mu.Unlock()
	m.soundAllowed() // not so, and resumeAudio waits for the next one
}

// retrySound starts again what the browser may have refused. mu is held and a
// life runs.
func (m *Media) retrySound() {
	m.start(m.resumeAudio)
	if m.ring.on != agent.RingNone {
		m.start(m.resumeRing)
	}
}

// dropGestures removes the listeners. mu is held.
func (m *Media) dropGestures() {
	for _, remove := range m.out.gestures {
		remove()
	}
	m.out.gestures = nil
}

// setSpeaker sends the far side's voice to the device.
func (m *Media) setSpeaker(ctx context.Context, id string) error {
	m.mu.Lock()
	sounding := m.sounding()
	m.mu.Unlock()
	for _, audio := range sounding {
		if err := setSink(ctx, audio, id); err != nil {
			return err
		}
	}
	return nil
}

// applySinks sends sound to the chosen devices, and to the default one where a
// chosen one is not there. mu is held.
func (m *Media) applySinks() {
	sounding, speaker, ringtone := m.sounding(), m.choice.Speaker, m.choice.Ringtone
	m.start(func(ctx context.Context) {
		for _, audio := range sounding {
			if setSink(ctx, audio, speaker) != nil {
				_ = setSink(ctx, audio, "")
			}
		}
		if m.setRingDevice(ctx, ringtone) != nil {
			_ = m.setRingDevice(ctx, "")
		}
	})
}

// setSink calls setSinkId of an audio element or an audio context, if the sink
// is another one already.
func setSink(ctx context.Context, target js.Value, id string) error {
	if current := target.Get("sinkId"); current.Type() == js.TypeString && current.String() == id {
		return nil
	}
	if id == "" && !jsval.Has(target, "setSinkId") {
		return nil
	}
	if _, err := jsval.CallAwait(ctx, target, "setSinkId", id); err != nil {
		return sinkError(err)
	}
	return nil
}
