package center

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/gateway/sip"
	"tccc/gateway/store"
	"tccc/wire"
)

func TestAnotherDoorIsTheSameAgent(t *testing.T) {
	w := newWorld(t, nil)
	ctx := t.Context()
	leave, err := w.center.Enter(ctx, app, "agent1@demo", Door{Name: "test"})
	require.NoError(t, err)
	events := make(chan wire.Event, 100)
	stop, err := w.center.Watch(ctx, app, "agent1@demo", func(e wire.Event) { events <- e })
	require.NoError(t, err)

	p := w.agent("agent1@demo")
	_, err = w.center.Command(ctx, app, "agent1@demo", wire.MethodSetStatus, wire.SetStatusParams{Status: "notReady"})
	require.NoError(t, err)
	p.status(wire.StatusNotReady)
	assert.Equal(t, wire.EventStatusChanged, (<-events).Name)
	_, err = w.center.Command(ctx, app, "agent1@demo", wire.MethodSetStatus, wire.SetStatusParams{Status: "busy"})
	require.ErrorIs(t, err, wire.ErrInvalidStatus)

	p.seat.Logout()
	info, err := w.center.Agent(ctx, app, "agent1@demo")
	require.NoError(t, err)
	assert.False(t, info.SDK)
	assert.True(t, info.Present)
	assert.Equal(t, wire.StatusNotReady, info.State.Status, "still there through the other door")
	leave()
	info, err = w.center.Agent(ctx, app, "agent1@demo")
	require.NoError(t, err)
	assert.Equal(t, wire.StatusOffline, info.State.Status)
	stop()

	_, err = w.center.Agent(ctx, app, "nobody@demo")
	require.ErrorIs(t, err, wire.ErrAgentDisabled)
	_, err = w.center.Enter(ctx, "1", "agent1@demo", Door{Name: "test"})
	require.ErrorIs(t, err, wire.ErrAgentDisabled)
}

func TestBackEndSeesAndEndsSessions(t *testing.T) {
	w := newWorld(t, nil)
	ctx := t.Context()
	a := w.agent("agent1@demo")
	text, err := w.center.Command(ctx, app, "agent1@demo", wire.MethodCallStart,
		wire.StartCallParams{PhoneNumber: "10086"})
	require.NoError(t, err)
	var res wire.CallResponse
	require.NoError(t, json.Unmarshal(text, &res))
	callee := w.awaitCall()
	s, err := w.center.Session(ctx, app, res.SessionID)
	require.NoError(t, err)
	assert.Equal(t, wire.StateDialing, s.State)
	_, err = w.center.Session(ctx, "another", res.SessionID)
	require.ErrorIs(t, err, store.ErrNotFound, "another tenant's session")
	require.ErrorIs(t, w.center.Hangup(ctx, "another", res.SessionID), store.ErrNotFound)
	require.NoError(t, w.center.Hangup(ctx, app, res.SessionID))
	var ended wire.SessionEnded
	a.await(wire.EventSessionEnded, &ended)
	assert.Equal(t, wire.CloseAdmin, ended.CloseBy)
	assert.Equal(t, wire.ReasonAdmin, ended.MainReason)
	w.awaitKind(callee, sip.Ended)
	require.NoError(t, w.center.ForceOffline(ctx, app, "agent1@demo"))
	a.status(wire.StatusOffline)
}
