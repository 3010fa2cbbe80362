package media

import (
	"context"
	"errors"
	"syscall/js"

	"tccc/internal/jsval"
	"tccc/wire"
)

// screen is what the agent shows of a screen.
type screen struct {
	id     string   // session that it is for
	track  js.Value // MediaStreamTrack, falsy when there is none
	stream js.Value // with that track
	remove func()
}

// Bounds of a screen: text must stay sharp, and it need not move fast.
const (
	screenRate   = 2_500_000 // bit/s
	screenFrames = 15
)

// OnScreenEnd implements agent.SessionMedia.
func (m *Media) OnScreenEnd(f func(id string)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.unshared = f
}

// OpenScreen implements agent.SessionMedia.
func (m *Media) OpenScreen(ctx context.Context, id string) error {
	m.mu.Lock()
	m.begin()
	m.mu.Unlock()
	stream, err := m.captureScreen(ctx)
	if err != nil {
		return screenError(err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.sessions[id] == nil || m.stop == nil {
		stopStream(stream)
		return wire.ErrSessionNotFound.For("sessionId", "the session has ended")
	}
	m.dropScreen()
	track := stream.Call("getVideoTracks").Index(0)
	track.Set("contentHint", "detail") // W3C mst-content-hint, section 3.2
	m.screen = screen{id, track, stream, jsval.Listen(track, "ended", func(js.Value) { m.screenEnded(track) })}
	m.sendScreen(id)
	return nil
}

// captureScreen asks the browser for a screen; as captureVideo.
func (m *Media) captureScreen(ctx context.Context) (js.Value, error) {
	devices := m.mediaDevices()
	switch {
	case jsval.Has(devices, "getDisplayMedia"):
	case !jsval.Global("isSecureContext").Truthy():
		return js.Undefined(), wire.ErrInsecurePage
	default:
		return js.Undefined(), wire.ErrNoScreen
	}
	most := func(n int) any { return map[string]any{"max": n} }
	if m.opt.Capturer.Truthy() {
		devices = m.opt.Capturer
	}
	promise, err := jsval.Call(devices, "getDisplayMedia", js.ValueOf(map[string]any{
		"video": map[string]any{"frameRate": most(screenFrames), "width": most(1920), "height": most(1200)},
	}))
	if err != nil {
		return js.Undefined(), err
	}
	return jsval.AwaitLate(ctx, promise, stopStream)
}

// sendScreen sends the screen in its session, if there is a connection. mu is
// held and a life runs.
func (m *Media) sendScreen(id string) {
	l := m.sessions[id]
	if l == nil || m.screen.id != id || !l.screen.Truthy() || !m.screen.track.Truthy() {
		return
	}
	promise := m.replaceOn(l.screen, m.screen.track)
	m.start(func(ctx context.Context) {
		m.replaced(ctx, promise)
		bound(ctx, l.screen)
	})
}

// bound sets how much a screen may take. A browser that does not let it goes by
// what the gateway says of the way. Encodings are there once the connection is
// agreed.
func bound(ctx context.Context, sender js.Value) {
	p, err := jsval.Call(sender, "getParameters")
	if err != nil || !p.Get("encodings").Truthy() || p.Get("encodings").Length() == 0 {
		return
	}
	p.Get("encodings").Index(0).Set("maxBitrate", screenRate)
	p.Set("degradationPreference", "maintain-resolution")
	if promise, err := jsval.Call(sender, "setParameters", p); err == nil {
		_, _ = jsval.Await(ctx, promise)
	}
}

// CloseScreen implements agent.SessionMedia.
func (m *Media) CloseScreen() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.dropScreen()
}

// dropScreen lets the screen go. mu is held.
func (m *Media) dropScreen() {
	s := m.screen
	if !s.track.Truthy() {
		return
	}
	m.screen = screen{}
	s.remove()
	stopStream(s.stream)
	if l := m.sessions[s.id]; l != nil && l.screen.Truthy() && m.stop != nil {
		m.sendSoon(l.screen, js.Null())
	}
}

// screenEnded follows the browser's own way to end it.
func (m *Media) screenEnded(track js.Value) {
	m.mu.Lock()
	id, f := m.screen.id, m.unshared
	current := m.screen.track.Truthy() && m.screen.track.Equal(track)
	if current {
		m.dropScreen()
	}
	m.mu.Unlock()
	if current && f != nil {
		f(id)
	}
}

// screenError is captureError for a screen (W3C screen-capture, section 5.1).
func screenError(err error) *wire.Error {
	e := captureError(err)
	switch {
	case errors.Is(e, wire.ErrMicDenied):
		return denied(wire.ErrScreenDenied, "display-capture")
	case errors.Is(e, wire.ErrNoMic):
		return wire.ErrNoScreen
	case jsval.ErrorName(err) == "InvalidStateError":
		return wire.ErrScreenDenied.With("the browser wants a click for it")
	case errors.Is(e, wire.ErrMicBusy), errors.Is(e, wire.ErrDeviceNotFound):
		return wire.ErrScreenDenied.With("%s", jsval.ErrorName(err))
	}
	return e
}
