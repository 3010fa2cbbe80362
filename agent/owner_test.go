//go:build !js

package agent_test

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/agent"
	"tccc/wire"
)

// tabs records what the core asks of the other tabs, and answers.
type tabs struct {
	joined chan string
	taken  chan struct{}
	asked  chan struct{}
	answer chan error
}

func newTabs() *tabs {
	return &tabs{make(chan string, 10), make(chan struct{}, 10), make(chan struct{}, 10), make(chan error, 10)}
}

func (t *tabs) Join(userID string) { t.joined <- userID }
func (t *tabs) Take()              { t.taken <- struct{}{} }

func (t *tabs) Ask(ctx context.Context) (bool, error) {
	t.asked <- struct{}{}
	select {
	case err := <-t.answer:
		return false, err
	case <-ctx.Done():
		return false, ctx.Err()
	}
}

// TestMirror has neither leg nor microphone until it is the owner, and not
// after that.
func TestMirror(t *testing.T) {
	g, m, others := phoneGateway(), newMedia(), newTabs()
	p := open(t, gateway(t, g), withMedia(m), func(o *agent.Options, _ *page) { o.Tabs = others })
	p.next(wire.EventReady)
	assert.Equal(t, "agent1@demo", <-others.joined)
	p.SetOwner(false)
	assert.JSONEq(t, `{"owner":false}`, string(p.next(wire.EventOwnerChanged).Data))
	g.Emit(call("s1", wire.StateRinging))
	p.sees("the call, elsewhere", func(v agent.View) bool { return len(v.Sessions) == 1 && v.Elsewhere })

	// The owner's error is the reason; then the owner is ready.
	others.answer <- wire.ErrMicDenied
	assert.ErrorIs(t, p.Accept(t.Context(), "s1"), wire.ErrMicDenied)
	assert.Empty(t, g.Requests(wire.MethodCallAccept))
	others.answer <- nil
	require.NoError(t, p.Accept(t.Context(), "s1"))
	assert.Len(t, g.Requests(wire.MethodCallAccept), 1)
	others.answer <- nil
	_, err := p.StartCall(t.Context(), wire.StartCallParams{PhoneNumber: "10086"})
	require.NoError(t, err)
	assert.Zero(t, m.offers+m.opened)
	assert.Zero(t, m.ringing)

	require.NoError(t, p.TakeOver(t.Context()))
	<-others.taken
	p.SetOwner(true)
	assert.JSONEq(t, `{"owner":true}`, string(p.next(wire.EventOwnerChanged).Data))
	m.is(t, "ringing with leg and microphone",
		func() bool { return m.ringing == agent.RingCall && m.mic && m.answers == 1 })
	p.SetOwner(false)
	m.is(t, "silent", func() bool { return m.ringing == agent.RingNone && !m.mic && m.closes > 0 })
	assert.Empty(t, g.Requests(wire.MethodMediaClose), "the leg is the other tab's now")
}

// TestSleep lets go of everything and takes it up again.
func TestSleep(t *testing.T) {
	g, m := phoneGateway(), newMedia()
	p := open(t, gateway(t, g), withMedia(m))
	p.next(wire.EventReady)
	g.Emit(call("s1", wire.StateTalking))
	m.is(t, "talking", func() bool { return m.mic && m.answers == 1 })
	p.Sleep()
	m.is(t, "asleep", func() bool { return !m.mic && m.closes > 0 })
	p.next(wire.EventConnectionChanged)
	p.Wake()
	p.next(wire.EventConnectionChanged)
	m.is(t, "awake", func() bool { return m.mic && m.answers == 2 })
}

// TestRestore tells a new page the live sessions, once.
func TestRestore(t *testing.T) {
	g := phoneGateway()
	g.Result.Sessions = []wire.Session{
		{SessionID: "in", Type: wire.TypePhone, Direction: wire.Inbound, State: wire.StateHeld, Muted: true,
			Caller: "138"},
		{SessionID: "out", Type: wire.TypePhone, Direction: wire.Outbound, State: wire.StateDialing, Callee: "10086"},
		{SessionID: "over", Type: wire.TypePhone, Direction: wire.Inbound, State: wire.StateEnded},
	}
	url := gateway(t, g)
	first := open(t, url)
	first.next(wire.EventReady)
	kept := first.tab.Load()
	for _, s := range g.Result.Sessions {
		g.Lose(wire.Event{Name: wire.EventCallIn, Session: &s,
			Data: json.RawMessage(`{"sessionId":"` + s.SessionID + `"}`)})
	}
	g.Lose(wire.Event{Name: wire.EventStatusChanged, Agent: &wire.AgentState{Status: wire.StatusFree}})
	g.Lose(wire.Event{Name: wire.EventSessionEnded, Session: &g.Result.Sessions[2],
		Data: json.RawMessage(`{"sessionId":"over"}`)})
	second := open(t, url, func(_ *agent.Options, p *page) { p.tab.Save(kept) })
	second.next(wire.EventSessionEnded)
	assert.Equal(t, []string{
		"ready", "statusChanged", "callIn", "userAccessed", "sessionUpdated", "callOuted", "callIn", "sessionEnded",
	}, second.names())
	second.mu.Lock()
	defer second.mu.Unlock()
	for _, e := range second.events[2:6] {
		assert.Contains(t, string(e.Data), `"restored":true`, e.Name)
	}
	assert.JSONEq(t, `{"sessionId":"over"}`, string(second.events[6].Data))
}
