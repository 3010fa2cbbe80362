package media

import (
	"context"
	"errors"
	"syscall/js"

	"tccc/internal/jsval"
	"tccc/wire"
)

// camera is the agent's. It is open only while it is sent: its light is honest.
type camera struct {
	id     string   // session that it is for, "" for none
	gen    int      // counts what was asked of it
	track  js.Value // MediaStreamTrack, falsy when closed
	stream js.Value // with that track
	remove func()
}

// OpenCamera implements agent.SessionMedia.
func (m *Media) OpenCamera(ctx context.Context, id string) error {
	m.mu.Lock()
	m.begin()
	if m.camera.id == id && m.camera.track.Truthy() {
		m.mu.Unlock()
		return nil
	}
	m.dropCamera()
	m.camera.id = id
	device := m.choice.Camera
	m.mu.Unlock()
	return m.film(ctx, device, false)
}

// CloseCamera implements agent.SessionMedia.
func (m *Media) CloseCamera() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.dropCamera()
	m.camera.id = ""
}

// film opens a camera and sends it in the session that wants it.
func (m *Media) film(ctx context.Context, device string, exact bool) error {
	m.mu.Lock()
	m.camera.gen++
	gen := m.camera.gen
	m.mu.Unlock()
	stream, err := m.captureVideo(ctx, device, exact)
	if err != nil {
		return cameraError(err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if gen != m.camera.gen || m.camera.id == "" || m.stop == nil {
		stopStream(stream)
		return wire.ErrTimeout.With("the camera is not needed any more")
	}
	m.dropCamera()
	track := stream.Call("getVideoTracks").Index(0)
	m.camera.track, m.camera.stream = track, stream
	m.camera.remove = jsval.Listen(track, "ended", func(js.Value) { m.cameraEnded(track) })
	if l := m.sessions[m.camera.id]; l != nil && l.video.Truthy() {
		m.sendSoon(l.video, track)
	}
	return nil
}

// captureVideo asks the browser for a camera; as capture.
func (m *Media) captureVideo(ctx context.Context, device string, exact bool) (js.Value, error) {
	ideal := func(n any) any { return map[string]any{"ideal": n} }
	video := map[string]any{"width": ideal(640), "height": ideal(480), "frameRate": ideal(24)}
	if device != "" {
		video["deviceId"] = ideal(device)
		if exact {
			video["deviceId"] = map[string]any{"exact": device}
		}
	}
	return m.getUserMedia(ctx, map[string]any{"video": video})
}

// cameraEnded follows the loss of the device or of the permission.
func (m *Media) cameraEnded(track js.Value) {
	m.mu.Lock()
	current := m.camera.track.Truthy() && m.camera.track.Equal(track)
	if current {
		m.dropCamera()
	}
	m.mu.Unlock()
	if current {
		m.lost(wire.ErrNoCam)
	}
}

// dropCamera lets the camera go. mu is held.
func (m *Media) dropCamera() {
	c := &m.camera
	c.gen++
	if !c.track.Truthy() {
		return
	}
	c.remove()
	c.track.Call("stop")
	c.track, c.stream = js.Undefined(), js.Undefined()
	if l := m.sessions[c.id]; l != nil && l.video.Truthy() && m.stop != nil {
		m.sendSoon(l.video, js.Null())
	}
}

// Cameras lists the cameras like Microphones. Errors: ErrInsecurePage,
// ErrCamDenied, ErrNoCam.
func (m *Media) Cameras(ctx context.Context) ([]js.Value, error) {
	found, err := m.enumerate(ctx, "videoinput")
	switch {
	case err != nil || complete(found):
		return found, err
	case len(found) == 0:
		return nil, wire.ErrNoCam
	}
	stream, err := m.captureVideo(ctx, "", false)
	if err != nil {
		return nil, cameraError(err)
	}
	defer stopStream(stream)
	return m.enumerate(ctx, "videoinput")
}

// ChooseCamera is Choose for the camera.
func (m *Media) ChooseCamera(ctx context.Context, id string) error { return m.Choose(ctx, Camera, id) }

// chooseCamera switches the open camera; a closed one only has to exist.
func (m *Media) chooseCamera(ctx context.Context, id string) error {
	if err := m.find(ctx, "videoinput", id); err != nil {
		return err
	}
	m.mu.Lock()
	open := m.camera.track.Truthy()
	m.mu.Unlock()
	if !open {
		return nil
	}
	return m.film(ctx, id, id != "")
}

// cameraError is captureError for a camera.
func cameraError(err error) *wire.Error {
	e := captureError(err)
	switch {
	case errors.Is(e, wire.ErrMicDenied):
		return denied(wire.ErrCamDenied, "camera")
	case errors.Is(e, wire.ErrNoMic):
		return wire.ErrNoCam
	case errors.Is(e, wire.ErrMicBusy):
		return wire.ErrNoCam.With("the camera cannot be opened: is another program using it?")
	}
	return e
}
