package media

import (
	"context"
	"syscall/js"

	"github.com/pion/webrtc/v4"

	"tccc/agent"
	"tccc/internal/jsval"
	"tccc/wire"
)

// sessionLeg is the peer connection of one audio or video session. The leg of
// telephone calls stands beside it, untouched.
type sessionLeg struct {
	*leg
	video  js.Value // RTCRtpSender of the camera, falsy without video
	screen js.Value // and of the screen
	remote js.Value // MediaStream of what comes
	shown  js.Value // MediaStream of the customer's screen
	audio  js.Value // element that plays it
}

var _ agent.SessionMedia = (*Media)(nil)

// OnSession implements agent.SessionMedia.
func (m *Media) OnSession(f func(id string, s agent.MediaState)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.onTalk = f
}

func (m *Media) talkState(id string, s agent.MediaState) {
	m.mu.Lock()
	f := m.onTalk
	m.mu.Unlock()
	if f != nil {
		f(id, s)
	}
}

// OfferSession implements agent.SessionMedia.
func (m *Media) OfferSession(ctx context.Context, id string, video bool) (string, error) {
	if err := m.acquire(ctx); err != nil {
		return "", err
	}
	defer m.release()
	l, err := m.newSession(id, video)
	if err != nil {
		return "", err
	}
	sdp, err := l.offer(ctx, false)
	if err != nil {
		return "", legError(err)
	}
	return sdp, nil
}

// AnswerSession implements agent.SessionMedia.
func (m *Media) AnswerSession(ctx context.Context, id, sdp string) error {
	m.mu.Lock()
	l := m.sessions[id]
	m.mu.Unlock()
	if l == nil {
		return wire.ErrMediaConnect.With("there is no offer to answer")
	}
	if err := l.answer(ctx, sdp); err != nil {
		return legError(err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.stop != nil {
		m.sendScreen(id)
	}
	return nil
}

func streamOf(tracks ...any) js.Value {
	return js.Global().Get("MediaStream").New(js.ValueOf(tracks))
}

// addPictures adds the transceivers of the camera and of the screen, in this
// order. That of the screen is there from the beginning, so that sharing one
// later needs no negotiation.
func (l *leg) addPictures() (camera, screen js.Value, err error) {
	var all [2]js.Value
	for i := range all {
		t, err := l.pc.AddTransceiverFromKind(webrtc.RTPCodecTypeVideo,
			webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionSendrecv})
		if err != nil {
			return js.Undefined(), js.Undefined(), err
		}
		all[i] = t.JSValue()
	}
	return all[0], all[1], nil
}

func (m *Media) newSession(id string, video bool) (*sessionLeg, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.begin()
	m.closeSession(id)
	plain, err := newLeg(sessionCodecs, m.servers)
	if err != nil {
		return nil, legError(err)
	}
	tracks := []any{plain.track}
	l := &sessionLeg{leg: plain}
	if video {
		camera, screen, err := plain.addPictures()
		if err != nil {
			_ = plain.pc.Close()
			return nil, legError(err)
		}
		l.video, l.screen = camera.Get("sender"), screen.Get("sender")
		tracks = append(tracks, camera.Get("receiver").Get("track"))
		l.shown = streamOf(screen.Get("receiver").Get("track"))
	}
	l.remote = streamOf(tracks...)
	l.remove = jsval.Listen(l.raw, "connectionstatechange", func(js.Value) {
		m.talkState(id, stateOf(l.raw.Get("connectionState").String()))
		m.measure()
	})
	l.audio = m.newAudio()
	l.audio.Set("srcObject", streamOf(plain.track))
	if m.sessions == nil {
		m.sessions = map[string]*sessionLeg{}
	}
	m.sessions[id] = l
	if m.mic.open() {
		m.sendSoon(l.sender, m.mic.track)
	}
	if video && m.camera.id == id && m.camera.track.Truthy() {
		m.sendSoon(l.video, m.camera.track)
	}
	m.applySinks()
	m.start(m.resumeAudio)
	return l, nil
}

// sendSoon sends a track on one sender, for callers that need not know when. mu
// is held and a life runs.
func (m *Media) sendSoon(sender, track js.Value) {
	promise := m.replaceOn(sender, track)
	m.start(func(ctx context.Context) { m.replaced(ctx, promise) })
}

// CloseSession implements agent.SessionMedia.
func (m *Media) CloseSession(id string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closeSession(id)
}

// closeSession ends a session's connection, if there is one. mu is held.
func (m *Media) closeSession(id string) {
	l := m.sessions[id]
	if l == nil {
		return
	}
	delete(m.sessions, id)
	l.remove()
	if err := l.pc.Close(); err != nil {
		m.opt.Warn("peer connection not closed", err)
	}
	l.audio.Call("pause")
	l.audio.Set("srcObject", js.Null())
	l.audio.Call("remove")
}

// closeSessions ends them all and tells which there were. mu is held.
func (m *Media) closeSessions() (ids []string) {
	for id := range m.sessions {
		ids = append(ids, id)
	}
	for _, id := range ids {
		m.closeSession(id)
	}
	return ids
}

// Streams are the MediaStreams of a session: of the agent's camera, null while
// it is off, and of the customer; null without a connection in this tab.
func (m *Media) Streams(id string) (local, remote js.Value) {
	m.mu.Lock()
	defer m.mu.Unlock()
	local, remote = js.Null(), js.Null()
	if l := m.sessions[id]; l != nil {
		remote = l.remote
	}
	if m.camera.id == id && m.camera.stream.Truthy() {
		local = m.camera.stream
	}
	return local, remote
}

// Screens are the same of screens: what comes of the customer's, shown or not.
func (m *Media) Screens(id string) (local, remote js.Value) {
	m.mu.Lock()
	defer m.mu.Unlock()
	local, remote = js.Null(), js.Null()
	if l := m.sessions[id]; l != nil && l.shown.Truthy() {
		remote = l.shown
	}
	if m.screen.id == id && m.screen.stream.Truthy() {
		local = m.screen.stream
	}
	return local, remote
}
