//go:build !js

package agent_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/agent"
	"tccc/agent/agenttest"
	"tccc/wire"
)

// fakeMedia stands for the browser, which native tests do not have: it records
// what is asked of it and says what the test wants.
type fakeMedia struct {
	mu      sync.Mutex
	changed chan struct{}
	onState func(agent.MediaState)

	offers, restarts, answers, closes int
	asked, opened                     int
	servers                           []wire.ICEServer
	mic, muted                        bool
	ringing                           agent.Ring
	notified                          int
	micErr                            error
	dead                              bool // answers never connect
}

func newMedia() *fakeMedia { return &fakeMedia{changed: make(chan struct{})} }

func (m *fakeMedia) do(f func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	f()
	close(m.changed)
	m.changed = make(chan struct{})
}

func (m *fakeMedia) Offer(_ context.Context, restart bool) (string, error) {
	m.do(func() {
		m.offers++
		if restart {
			m.restarts++
		}
	})
	return "offer", nil
}

func (m *fakeMedia) Answer(_ context.Context, sdp string) error {
	dead := false
	m.do(func() { m.answers++; dead = m.dead })
	if sdp != "answer" {
		return wire.ErrMediaOffer
	}
	if !dead {
		m.state(agent.MediaConnecting)
		m.state(agent.MediaConnected)
	}
	return nil
}

func (m *fakeMedia) state(s agent.MediaState) {
	m.mu.Lock()
	f := m.onState
	m.mu.Unlock()
	f(s)
}

func (m *fakeMedia) OpenMic(context.Context) error {
	var err error
	m.do(func() {
		m.opened++
		if err = m.micErr; err == nil {
			m.mic = true
		}
	})
	return err
}

func (m *fakeMedia) AskMic(context.Context) error {
	var err error
	m.do(func() { m.asked++; err = m.micErr })
	return err
}

func (m *fakeMedia) CloseMic()                          { m.do(func() { m.mic = false }) }
func (m *fakeMedia) SetMuted(muted bool)                { m.do(func() { m.muted = muted }) }
func (m *fakeMedia) Ring(on agent.Ring)                 { m.do(func() { m.ringing = on }) }
func (m *fakeMedia) Notify()                            { m.do(func() { m.notified++ }) }
func (m *fakeMedia) OnState(f func(s agent.MediaState)) { m.do(func() { m.onState = f }) }
func (m *fakeMedia) Servers(list []wire.ICEServer)      { m.do(func() { m.servers = list }) }
func (m *fakeMedia) Close() {
	m.do(func() { m.mic, m.ringing, m.closes = false, agent.RingNone, m.closes+1 })
}
func (m *fakeMedia) is(t *testing.T, what string, ok func() bool) {
	t.Helper()
	deadline := time.After(patience)
	for {
		m.mu.Lock()
		changed, good := m.changed, ok()
		m.mu.Unlock()
		if good {
			return
		}
		select {
		case <-changed:
		case <-deadline:
			t.Fatal("timeout: " + what)
		}
	}
}

func withMedia(m *fakeMedia) func(*agent.Options, *page) {
	return func(o *agent.Options, p *page) { o.Media, p.media = m, m }
}

func phoneLogin() wire.LoginResult {
	return wire.LoginResult{
		Agent: wire.AgentProfile{UserID: "agent1@demo",
			SkillGroups: []wire.SkillGroup{{ID: "sales", Types: []wire.SessionType{wire.TypePhone}}}},
		State:    wire.AgentState{Status: wire.StatusFree},
		Settings: wire.Settings{WarmLeg: true},
	}
}

func phoneGateway() *agenttest.Gateway {
	return &agenttest.Gateway{Result: phoneLogin(), Handle: func(r agenttest.Request) (any, error) {
		switch r.Method {
		case wire.MethodMediaOffer:
			return wire.AnswerResult{SDP: "answer"}, nil
		case wire.MethodCallStart:
			return wire.CallResponse{SessionID: "out1", Callee: "10086", Caller: "4001000001",
				ServerType: wire.StaffSeat}, nil
		}
		return nil, nil
	}}
}

func call(id string, state wire.SessionState) wire.Event {
	return wire.Event{Session: &wire.Session{SessionID: id, Type: wire.TypePhone, State: state,
		ServerType: wire.StaffSeat}}
}

func TestWarmLegAndInboundCall(t *testing.T) {
	g, m := phoneGateway(), newMedia()
	p := open(t, gateway(t, g), withMedia(m))
	p.sees("a warm leg", func(v agent.View) bool { return v.Media == agent.MediaConnected })
	m.is(t, "asked once", func() bool { return m.asked == 1 })
	assert.False(t, p.View().Mic)

	g.Emit(call("s1", wire.StateRinging))
	m.is(t, "ringing with the microphone open", func() bool { return m.ringing == agent.RingCall && m.mic })
	require.NoError(t, p.Accept(t.Context(), "s1"))
	g.Emit(call("s1", wire.StateTalking))
	m.is(t, "silent", func() bool { return m.ringing == agent.RingNone })
	assert.Equal(t, 1, m.offers, "the warm leg is used")

	// Muting is heard at once and told to the gateway.
	require.NoError(t, p.Mute(t.Context(), "s1", true))
	m.is(t, "muted", func() bool { return m.muted })
	muted, err := p.Muted("s1")
	require.NoError(t, err)
	assert.True(t, muted)
	require.Len(t, g.Requests(wire.MethodCallMute), 1)

	// A second call does not ring beside the first.
	g.Emit(call("s2", wire.StateRinging))
	g.Emit(agenttest.Named("mark", nil))
	p.next("mark")
	assert.Equal(t, agent.RingNone, m.ringing)
	g.Emit(call("s1", wire.StateEnded))
	m.is(t, "ringing", func() bool { return m.ringing == agent.RingCall && !m.muted })
	g.Emit(call("s2", wire.StateEnded))
	m.is(t, "the microphone goes some seconds later", func() bool { return !m.mic && m.ringing == agent.RingNone })
	p.sees("no microphone", func(v agent.View) bool { return !v.Mic })
	assert.Equal(t, agent.MediaConnected, p.View().Media, "the leg stays")
}

func TestOutboundCall(t *testing.T) {
	g, m := phoneGateway(), newMedia()
	p := open(t, gateway(t, g), withMedia(m))
	res, err := p.StartCall(t.Context(), wire.StartCallParams{PhoneNumber: "10086"})
	require.NoError(t, err)
	assert.Equal(t, "out1", res.SessionID)
	m.mu.Lock()
	assert.True(t, m.mic)
	m.micErr = wire.ErrMicBusy // it worked before, so that the call is set up meanwhile
	m.mu.Unlock()
	_, err = p.StartCall(t.Context(), wire.StartCallParams{PhoneNumber: "10086"})
	assert.ErrorIs(t, err, wire.ErrMicBusy)
	require.Len(t, g.Requests(wire.MethodCallHangup), 1, "nobody would hear the agent")
}

func TestDeniedMicrophone(t *testing.T) {
	g, m := phoneGateway(), newMedia()
	m.micErr = wire.ErrMicDenied
	p := open(t, gateway(t, g), withMedia(m))
	p.next(wire.EventReady)
	p.next(wire.EventError)
	g.Emit(call("s1", wire.StateRinging))
	m.is(t, "ringing", func() bool { return m.ringing == agent.RingCall })
	assert.ErrorIs(t, p.Accept(t.Context(), "s1"), wire.ErrMicDenied)
	_, err := p.StartCall(t.Context(), wire.StartCallParams{PhoneNumber: "10086"})
	assert.ErrorIs(t, err, wire.ErrMicDenied)
	assert.Empty(t, g.Requests(wire.MethodCallAccept))
	assert.Empty(t, g.Requests(wire.MethodCallStart))
	assert.Equal(t, agent.RingCall, m.ringing, "nothing has changed")
	p.sees("the notice", func(v agent.View) bool { return v.Notice.Is(wire.ErrMicDenied) })

	m.do(func() { m.micErr = nil })
	require.NoError(t, p.Accept(t.Context(), "s1"))
	p.sees("no notice", func(v agent.View) bool { return v.Notice == nil })
}

// TestMicrophoneThatIsNotNeededAnyMore gives its opening up: the method says so,
// and there is nothing to tell besides.
func TestMicrophoneThatIsNotNeededAnyMore(t *testing.T) {
	g, m := phoneGateway(), newMedia()
	p := open(t, gateway(t, g), withMedia(m))
	p.next(wire.EventReady)
	m.do(func() { m.micErr = wire.ErrTimeout.With("given up") })
	_, err := p.StartCall(t.Context(), wire.StartCallParams{PhoneNumber: "10086"})
	require.ErrorIs(t, err, wire.ErrTimeout)
	g.Emit(call("s1", wire.StateRinging))
	p.sees("the call, and no notice", func(v agent.View) bool { return len(v.Sessions) == 1 && v.Notice == nil })
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, e := range p.events {
		assert.NotEqual(t, wire.EventError, e.Name)
	}
}

func TestAgentWithoutCallsIsNotAsked(t *testing.T) {
	g, m := phoneGateway(), newMedia()
	g.Result.Agent = chatLogin().Agent
	p := open(t, gateway(t, g), withMedia(m))
	p.next(wire.EventReady)
	g.Emit(wire.Event{Session: &wire.Session{SessionID: "s1", Type: wire.TypeIM, State: wire.StateRinging}})
	m.is(t, "ringing", func() bool { return m.ringing == agent.RingChat })
	require.NoError(t, p.Accept(t.Context(), "s1"))
	assert.Zero(t, m.asked+m.opened+m.offers)
}

// TestAgentAtATelephone needs no audio in the page, and gets it back.
func TestAgentAtATelephone(t *testing.T) {
	g, m := phoneGateway(), newMedia()
	g.Result.State.ServerType = wire.StaffExtensionSeat
	p := open(t, gateway(t, g), withMedia(m))
	p.next(wire.EventReady)
	ringing := call("s1", wire.StateRinging)
	ringing.Session.ServerType = wire.StaffExtensionSeat
	g.Emit(ringing)
	p.sees("the call", func(v agent.View) bool { return len(v.Sessions) == 1 })
	require.NoError(t, p.Accept(t.Context(), "s1"))
	_, err := p.StartCall(t.Context(), wire.StartCallParams{PhoneNumber: "10086"})
	require.NoError(t, err)
	seat, err := p.ServerType(t.Context())
	require.NoError(t, err)
	assert.Equal(t, wire.Seat{ServerType: wire.StaffExtensionSeat}, seat)
	m.is(t, "nothing was asked of the browser",
		func() bool { return m.asked+m.opened+m.offers == 0 && m.ringing == agent.RingNone })

	require.NoError(t, p.SetServerType(t.Context(), wire.ServerTypeParams{ServerType: wire.StaffSeat}))
	require.Len(t, g.Requests(wire.MethodSetServerType), 1)
	g.Emit(wire.Event{Agent: &wire.AgentState{Status: wire.StatusFree, ServerType: wire.StaffSeat}})
	m.is(t, "asked for the microphone", func() bool { return m.asked == 1 && m.offers == 1 })

	// What the gateway says of the telephone is shown.
	g.Emit(agenttest.Named(wire.EventError, wire.ErrSeatPhone))
	p.next(wire.EventError)
	p.sees("the notice", func(v agent.View) bool { return v.Notice != nil && v.Notice.Is(wire.ErrSeatPhone) })
}

// TestColdLeg makes the leg for the first call where the settings want that,
// and asks for the microphone before all the same.
func TestColdLeg(t *testing.T) {
	g, m := phoneGateway(), newMedia()
	g.Result.Settings.WarmLeg = false
	p := open(t, gateway(t, g), withMedia(m))
	p.next(wire.EventReady)
	m.is(t, "asked", func() bool { return m.asked == 1 })
	assert.Equal(t, agent.MediaNone, p.View().Media)
	g.Emit(call("s1", wire.StateRinging))
	p.sees("a leg while it rings", func(v agent.View) bool { return v.Media == agent.MediaConnected })
	require.NoError(t, p.Accept(t.Context(), "s1"))
	assert.Equal(t, 1, m.offers)
	g.Emit(call("s1", wire.StateEnded))
	p.sees("no leg after the last call", func(v agent.View) bool { return v.Media == agent.MediaNone && !v.Mic })
	awaitGateway(t, g, "the gateway is told", func() bool { return len(g.Requests(wire.MethodMediaClose)) == 1 })
}

func TestNoMedia(t *testing.T) {
	g := phoneGateway()
	p := open(t, gateway(t, g))
	p.next(wire.EventReady)
	g.Emit(call("s1", wire.StateRinging))
	p.sees("the call", func(v agent.View) bool { return len(v.Sessions) == 1 })
	assert.ErrorIs(t, p.Accept(t.Context(), "s1"), wire.ErrMediaUnsupported)
	_, err := p.StartCall(t.Context(), wire.StartCallParams{PhoneNumber: "10086"})
	assert.ErrorIs(t, err, wire.ErrMediaUnsupported)
}

// TestLegFailure restarts ICE first and then begins anew.
func TestLegFailure(t *testing.T) {
	g, m := phoneGateway(), newMedia()
	p := open(t, gateway(t, g), withMedia(m))
	p.sees("a warm leg", func(v agent.View) bool { return v.Media == agent.MediaConnected })
	m.state(agent.MediaFailed)
	m.is(t, "restarted", func() bool { return m.restarts == 1 && m.answers == 2 })
	p.sees("connected", func(v agent.View) bool { return v.Media == agent.MediaConnected })

	m.do(func() { m.dead = true })
	m.state(agent.MediaFailed)
	m.is(t, "restarted", func() bool { return m.answers == 3 })
	m.state(agent.MediaFailed)
	m.is(t, "begun anew", func() bool { return m.closes > 0 && m.offers == 4 && m.restarts == 2 })
	p.sees("the notice", func(v agent.View) bool { return v.Notice.Is(wire.ErrMediaConnect) })
}

// TestLegAfterGatewayRestart makes a new leg where the gateway has none.
func TestLegAfterGatewayRestart(t *testing.T) {
	g, m := phoneGateway(), newMedia()
	p := open(t, gateway(t, g), withMedia(m))
	p.sees("a warm leg", func(v agent.View) bool { return v.Media == agent.MediaConnected })
	g.Cut() // resumed: the leg is still there
	p.next(wire.EventConnectionChanged)
	p.next(wire.EventConnectionChanged)
	g.Emit(agenttest.Named("mark", nil))
	p.next("mark")
	assert.Equal(t, 1, m.offers)
	g.Forget()
	g.Cut()
	m.is(t, "a new leg", func() bool { return m.offers == 2 && m.restarts == 0 && m.closes > 0 })
	p.sees("connected", func(v agent.View) bool { return v.Media == agent.MediaConnected })
}

func TestOfflineLetsTheLegGo(t *testing.T) {
	g, m := phoneGateway(), newMedia()
	p := open(t, gateway(t, g), withMedia(m))
	p.sees("a warm leg", func(v agent.View) bool { return v.Media == agent.MediaConnected })
	g.Emit(wire.Event{Agent: &wire.AgentState{Status: wire.StatusOffline}})
	m.is(t, "closed", func() bool { return m.closes > 0 })
	awaitGateway(t, g, "the gateway is told", func() bool { return len(g.Requests(wire.MethodMediaClose)) == 1 })
	g.Emit(wire.Event{Agent: &wire.AgentState{Status: wire.StatusFree}})
	m.is(t, "a new leg", func() bool { return m.offers == 2 })
}
