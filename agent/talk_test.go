//go:build !js

package agent_test

import (
	"context"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/agent"
	"tccc/agent/agenttest"
	"tccc/wire"
)

// talkMedia is a fakeMedia that has sessions: it records what is asked of it.
type talkMedia struct {
	*fakeMedia
	log       []string
	camera    string
	cameraErr error
	lock      sync.Mutex
	onTalk    func(string, agent.MediaState)
	screen    string
	screenErr error
	onScreen  func(string)
}

func (m *talkMedia) note(what string) { m.do(func() { m.log = append(m.log, what) }) }

func (m *talkMedia) OfferSession(_ context.Context, id string, video bool) (string, error) {
	what := "offer " + id
	if video {
		what += " video"
	}
	m.note(what)
	return "offer", nil
}

func (m *talkMedia) AnswerSession(_ context.Context, id, _ string) error {
	m.note("answer " + id)
	m.tell(id, agent.MediaConnected)
	return nil
}

func (m *talkMedia) tell(id string, s agent.MediaState) {
	m.lock.Lock()
	defer m.lock.Unlock()
	m.onTalk(id, s)
}

func (m *talkMedia) CloseSession(id string) { m.note("close " + id) }

func (m *talkMedia) OnSession(f func(string, agent.MediaState)) {
	m.lock.Lock()
	defer m.lock.Unlock()
	m.onTalk = f
}

func (m *talkMedia) OpenCamera(_ context.Context, id string) error {
	var err error
	m.do(func() {
		if err = m.cameraErr; err == nil {
			m.camera = id
		}
	})
	return err
}

func (m *talkMedia) CloseCamera() { m.do(func() { m.camera = "" }) }

func (m *talkMedia) OpenScreen(_ context.Context, id string) error {
	var err error
	m.do(func() {
		if err = m.screenErr; err == nil {
			m.screen = id
		}
	})
	return err
}

func (m *talkMedia) CloseScreen() { m.do(func() { m.screen = "" }) }

func (m *talkMedia) OnScreenEnd(f func(string)) {
	m.lock.Lock()
	defer m.lock.Unlock()
	m.onScreen = f
}

func (m *talkMedia) has(what string) func() bool {
	return func() bool { return strings.Contains(strings.Join(m.log, "\n"), what) }
}

func withTalks(m *talkMedia) func(*agent.Options, *page) {
	return func(o *agent.Options, p *page) { o.Media, p.media = m, m.fakeMedia }
}

func talkGateway() *agenttest.Gateway {
	g := phoneGateway()
	phone := g.Handle
	g.Handle = func(r agenttest.Request) (any, error) {
		if r.Method == wire.MethodSessionOffer {
			return wire.AnswerResult{SDP: "answer"}, nil
		}
		return phone(r)
	}
	return g
}

func visit(id string, kind wire.SessionType, state wire.SessionState) wire.Event {
	return wire.Event{Session: &wire.Session{SessionID: id, Type: kind, State: state, ServerType: wire.StaffSeat}}
}

func TestVideoSession(t *testing.T) {
	m := &talkMedia{fakeMedia: newMedia()}
	g := talkGateway()
	p := open(t, gateway(t, g), withTalks(m))
	p.next(wire.EventReady)
	g.Emit(visit("v1", wire.TypeVideo, wire.StateRinging))
	p.sees("it rings", func(v agent.View) bool { return len(v.Sessions) == 1 })
	assert.Empty(t, m.log, "nothing is made before somebody accepts")

	require.NoError(t, p.Accept(t.Context(), "v1"))
	require.Len(t, g.Requests(wire.MethodSessionOffer), 1)
	require.Len(t, g.Requests(wire.MethodVideoAccept), 1, "accepted once the connection stands")
	g.Emit(visit("v1", wire.TypeVideo, wire.StateTalking))
	p.sees("they talk", func(v agent.View) bool { return v.Sessions[0].State == wire.StateTalking })
	m.is(t, "the camera is on", func() bool { return m.camera == "v1" })
	m.is(t, "the connection stands", m.has("answer v1"))

	require.NoError(t, p.MuteVideo(t.Context(), "v1", true))
	m.is(t, "the camera is off", func() bool { return m.camera == "" })
	require.Len(t, g.Requests(wire.MethodVideoMuteVideo), 1)
	m.do(func() { m.cameraErr = wire.ErrCamDenied })
	require.ErrorIs(t, p.MuteVideo(t.Context(), "v1", false), wire.ErrCamDenied)
	require.Empty(t, g.Requests(wire.MethodVideoUnmuteVideo), "nothing has changed")
	m.do(func() { m.cameraErr = nil })
	require.NoError(t, p.MuteVideo(t.Context(), "v1", false))
	m.is(t, "the camera is on again", func() bool { return m.camera == "v1" })

	m.do(func() { m.log = nil })
	m.tell("v1", agent.MediaFailed)
	m.is(t, "it is made again", m.has("answer v1"))
	// The page is put aside, and comes back.
	p.Sleep()
	m.is(t, "nothing is held meanwhile", func() bool { return m.log[len(m.log)-1] == "close v1" && m.camera == "" })
	p.Wake()
	m.is(t, "it is made again", func() bool { return m.log[len(m.log)-1] == "answer v1" && m.camera == "v1" })
	g.Emit(visit("v1", wire.TypeVideo, wire.StateHeld))
	m.is(t, "nobody sees a held session", func() bool { return m.camera == "" })
	g.Emit(visit("v1", wire.TypeVideo, wire.StateEnded))
	p.sees("it is over", func(v agent.View) bool { return v.Sessions[0].State == wire.StateEnded })
	m.is(t, "the connection is closed", func() bool { return m.log[len(m.log)-1] == "close v1" })
	require.ErrorIs(t, p.MuteVideo(t.Context(), "v1", true), wire.ErrSessionState)
	require.ErrorIs(t, p.MuteVideo(t.Context(), "nobody", true), wire.ErrSessionNotFound)
}

// A camera that is blocked leaves sound: the page is told, and so is the gateway.
func TestBlockedCamera(t *testing.T) {
	m := &talkMedia{fakeMedia: newMedia(), cameraErr: wire.ErrCamDenied}
	g := talkGateway()
	p := open(t, gateway(t, g), withTalks(m))
	p.next(wire.EventReady)
	g.Emit(visit("v1", wire.TypeVideo, wire.StateTalking))
	e := p.next(wire.EventError)
	assert.Contains(t, string(e.Data), "CameraDenied")
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	require.True(t, g.Await(ctx, func() bool { return len(g.Requests(wire.MethodVideoMuteVideo)) == 1 }))
	m.is(t, "sound goes on", m.has("answer v1"))
}

// An audio session that was there before the page was loaded gets its
// connection without being asked, and no camera.
func TestRestoredAudioSession(t *testing.T) {
	m := &talkMedia{fakeMedia: newMedia()}
	g := talkGateway()
	g.Result.Sessions = []wire.Session{{
		SessionID: "a1", Type: wire.TypeVoIP, State: wire.StateTalking, Direction: wire.Inbound,
		PeerUserID: "customer1", Callee: "shop", Nickname: "Ann",
	}}
	p := open(t, gateway(t, g), withTalks(m))
	p.next(wire.EventReady)
	e := p.next(wire.EventCallIn)
	assert.JSONEq(t, `{"sessionId":"a1","type":"voip","timeout":0,"callee":"shop","userId":"customer1","nickname":"Ann","restored":true}`, string(e.Data))
	m.is(t, "the connection is made", m.has("answer a1"))
	m.is(t, "with sound only", func() bool { return m.camera == "" && m.log[0] == "offer a1" })
	require.ErrorIs(t, p.MuteVideo(t.Context(), "a1", true), wire.ErrSessionState)
}

// A supervisor takes part over the leg of telephone calls, and an agent at a
// telephone over that: neither makes a connection or opens the camera.
func TestSessionsWithoutAConnection(t *testing.T) {
	m := &talkMedia{fakeMedia: newMedia()}
	g := talkGateway()
	p := open(t, gateway(t, g), withTalks(m))
	p.next(wire.EventReady)
	phone := visit("a1", wire.TypeVideo, wire.StateTalking)
	phone.Session.ServerType = wire.StaffExtensionSeat
	g.Emit(phone)
	p.sees("it is at the telephone", func(v agent.View) bool { return len(v.Sessions) == 1 })
	m.do(func() { assert.False(t, m.mic) })
	listening := visit("v1", wire.TypeVideo, wire.StateTalking)
	listening.Session.Monitor = wire.MonitorBarge
	g.Emit(listening)
	m.is(t, "the microphone is open", func() bool { return m.mic })
	for _, id := range []string{"a1", "v1"} {
		require.ErrorIs(t, p.MuteVideo(t.Context(), id, false), wire.ErrSessionState)
	}
	m.do(func() {
		assert.Empty(t, m.log)
		assert.Empty(t, m.camera)
	})
	listening.Session.Monitor = "" // the session is the agent's now
	g.Emit(listening)
	m.is(t, "the connection is made", m.has("answer v1"))
}
