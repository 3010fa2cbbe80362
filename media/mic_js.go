package media

import (
	"context"
	"syscall/js"
	"time"

	"tccc/internal/jsval"
	"tccc/wire"
)

// stalled is how long an open microphone may give no sound (the track's mute
// event: the device or the system took it away) before another is opened.
const stalled = 3 * time.Second

// mic is the microphone.
type mic struct {
	wanted  bool     // between OpenMic and CloseMic
	opening *opening // a request to the browser under way, nil if none
	track   js.Value // MediaStreamTrack, falsy when closed
	group   string   // of the hardware, if it was opened as the default device
	remove  []func() // its listeners
	stall   *time.Timer
}

func (m *mic) open() bool { return m.track.Truthy() }

// device is the id of the open device, "" if none is or the browser does not say.
func (m *mic) device() string {
	if !m.open() || !jsval.Has(m.track, "getSettings") {
		return ""
	}
	if id := m.track.Call("getSettings").Get("deviceId"); id.Type() == js.TypeString {
		return id.String()
	}
	return ""
}

// opening is a request for the microphone that any number of callers wait for.
type opening struct {
	done chan struct{}
	err  *wire.Error // set before done is closed
}

func (o *opening) wait(ctx context.Context) error {
	select {
	case <-o.done:
	case <-ctx.Done():
		return captureError(ctx.Err())
	}
	if o.err != nil {
		return o.err
	}
	return nil
}

// OpenMic implements agent.Media. When the context ends while the browser still
// asks the user, the microphone opens as soon as it is allowed, unless CloseMic
// was called in the meantime.
func (m *Media) OpenMic(ctx context.Context) error {
	m.mu.Lock()
	m.begin()
	m.mic.wanted = true
	if m.mic.open() {
		m.mu.Unlock()
		return nil
	}
	o := m.openDevice(m.choice.Microphone, false)
	m.mu.Unlock()
	return o.wait(ctx)
}

// CloseMic implements agent.Media.
func (m *Media) CloseMic() {
	m.mu.Lock()
	m.closeMic()
	m.mu.Unlock()
	m.measure()
}

// SetMuted implements agent.Media. Tracks that are opened later are muted too.
func (m *Media) SetMuted(muted bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.muted = muted
	if m.mic.open() {
		m.mic.track.Set("enabled", !muted)
	}
}

// AskMic implements agent.Media.
func (m *Media) AskMic(ctx context.Context) error {
	m.mu.Lock()
	m.begin()
	open := m.mic.open()
	m.mu.Unlock()
	if open {
		return nil
	}
	switch m.permission(ctx) {
	case "granted":
		return nil
	case "denied":
		m.setMicNotice(denied(wire.ErrMicDenied, "microphone"))
		return denied(wire.ErrMicDenied, "microphone")
	}
	stream, err := m.capture(ctx, m.chosen().Microphone, false)
	if err != nil {
		m.setMicNotice(captureError(err))
		return captureError(err)
	}
	stopStream(stream)
	m.setMicNotice(nil)
	m.devicesChanged() // labels can be read now
	return nil
}

// permission is the state of the microphone's permission ("granted", "denied",
// "prompt"), "" where the browser does not say. It is watched from then on.
func (m *Media) permission(ctx context.Context) string {
	status, err := jsval.CallAwait(ctx, jsval.Read(m.navigator, "permissions"), "query",
		js.ValueOf(map[string]any{"name": "microphone"}))
	if err != nil {
		return ""
	}
	m.watchPermission(status)
	return status.Get("state").String()
}

// watchPermission follows the permission: a denial is told at once, and when
// it is lifted a microphone that is wanted is opened.
func (m *Media) watchPermission(status js.Value) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.stop == nil || m.watching {
		return
	}
	m.watching = true
	m.remove = append(m.remove, jsval.Listen(status, "change", func(js.Value) {
		if status.Get("state").String() == "denied" { // tracks end, and are healed
			m.setMicNotice(wire.ErrMicDenied)
			return
		}
		m.setMicNotice(nil)
		m.mu.Lock()
		defer m.mu.Unlock()
		m.reopen()
	}))
}

// openDevice asks for the microphone, or joins the request under way. mu is
// held.
func (m *Media) openDevice(device string, exact bool) *opening {
	if m.mic.opening != nil {
		return m.mic.opening
	}
	o := &opening{done: make(chan struct{})}
	m.mic.opening = o
	m.start(func(ctx context.Context) {
		stream, err := m.capture(ctx, device, exact)
		o.err = captureError(err)
		sending, old := js.Undefined(), js.Undefined()
		m.mu.Lock()
		m.mic.opening = nil
		switch {
		case err != nil:
		case !m.mic.wanted || ctx.Err() != nil:
			stopStream(stream)
			o.err = wire.ErrTimeout.With("the microphone is not needed any more")
		default:
			sending, old = m.adopt(stream.Call("getAudioTracks").Index(0))
		}
		wanted := m.mic.wanted
		m.mu.Unlock()
		m.replaced(ctx, sending)
		if old.Truthy() {
			old.Call("stop") // now that the new one is heard: there is no gap
		}
		close(o.done)
		if wanted && ctx.Err() == nil {
			m.setMicNotice(o.err)
			m.measure()
			m.noteGroup(ctx)
		}
	})
	return o
}

// capture asks the browser for a microphone, as getUserMedia. An empty device is the default; exact refuses
// any other than the one named.
func (m *Media) capture(ctx context.Context, device string, exact bool) (js.Value, error) {
	audio := map[string]any{"echoCancellation": true, "noiseSuppression": true, "autoGainControl": true,
		"channelCount": 1}
	switch {
	case device == "":
	case exact:
		audio["deviceId"] = map[string]any{"exact": device}
	default:
		audio["deviceId"] = map[string]any{"ideal": device}
	}
	return m.getUserMedia(ctx, map[string]any{"audio": audio})
}

// noteGroup notes which hardware the default microphone stands for, if that is
// the one that is open.
func (m *Media) noteGroup(ctx context.Context) {
	inputs, err := m.enumerate(ctx, "audioinput")
	if err != nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.mic.device() == Default {
		m.mic.group = groupOf(among(inputs, Default))
	}
}

// adopt sends the track instead of the one before and returns the promise of it,
// and the one before, which the caller stops. mu is held.
func (m *Media) adopt(track js.Value) (sending, old js.Value) {
	old = m.dropListeners()
	track.Set("enabled", !m.muted)
	m.mic.track = track
	m.mic.remove = []func(){
		jsval.Listen(track, "ended", func(js.Value) { m.healMic(track) }),
		jsval.Listen(track, "mute", func(js.Value) { m.watchStall(track) }),
		jsval.Listen(track, "unmute", func(js.Value) { m.endStall(track) }),
	}
	if m.out.gestures != nil { // browsers let pages sound that may use the microphone
		m.retrySound()
	}
	return m.replaceTrack(track), old
}

// closeMic lets the microphone go. mu is held.
func (m *Media) closeMic() {
	m.mic.wanted = false
	if m.mic.open() {
		m.dropTrack()
		if m.stop != nil {
			m.replaceSoon(js.Null())
		}
	}
}

// dropTrack stops the open track and its listeners. mu is held.
func (m *Media) dropTrack() {
	if track := m.dropListeners(); track.Truthy() {
		track.Call("stop")
	}
}

// dropListeners forgets the open track and returns it, undefined if there was
// none. mu is held.
func (m *Media) dropListeners() js.Value {
	if m.mic.stall != nil {
		m.mic.stall.Stop()
		m.mic.stall = nil
	}
	for _, remove := range m.mic.remove {
		remove()
	}
	track := m.mic.track
	m.mic.remove, m.mic.track, m.mic.group = nil, js.Undefined(), ""
	return track
}

// healMic opens another microphone in place of a track that ended or gives no
// sound: the browser's default one, which is what the user's system offers
// next.
func (m *Media) healMic(track js.Value) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.mic.wanted || !m.mic.open() || !m.mic.track.Equal(track) {
		return
	}
	m.opt.Warn("microphone lost, opening the default one", nil)
	m.dropTrack()
	m.replaceSoon(js.Null())
	o := m.openDevice("", false)
	m.start(func(ctx context.Context) {
		if o.wait(ctx) != nil && ctx.Err() == nil {
			m.lost(o.err)
		}
	})
}

func (m *Media) lost(err *wire.Error) {
	if m.opt.Lost != nil {
		m.opt.Lost(err)
	}
}

// reopen opens the microphone again that is wanted and could not be had. mu is
// held.
func (m *Media) reopen() {
	if m.stop != nil && m.mic.wanted && !m.mic.open() {
		m.openDevice(m.choice.Microphone, false)
	}
}

func (m *Media) watchStall(track js.Value) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.mic.stall == nil && m.mic.open() && m.mic.track.Equal(track) {
		m.mic.stall = time.AfterFunc(stalled, func() { m.stallOver(track) })
	}
}

func (m *Media) endStall(track js.Value) {
	m.mu.Lock()
	current := m.mic.open() && m.mic.track.Equal(track)
	if current && m.mic.stall != nil {
		m.mic.stall.Stop()
		m.mic.stall = nil
	}
	m.mu.Unlock()
	if current {
		m.setMicNotice(nil)
	}
}

// stallOver heals a stalled track once; where already the default device gives
// no sound, there is no other to open and the agent is told instead.
func (m *Media) stallOver(track js.Value) {
	m.mu.Lock()
	isDefault := m.mic.device() == Default || m.choice.Microphone == ""
	m.mu.Unlock()
	if isDefault {
		m.setMicNotice(wire.ErrMicBusy)
		m.lost(wire.ErrMicBusy)
		return
	}
	m.healMic(track)
}

func stopStream(stream js.Value) {
	tracks := stream.Call("getTracks")
	for i := range tracks.Length() {
		tracks.Index(i).Call("stop")
	}
}
