//go:build !js

package agent_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/agent"
	"tccc/agent/agenttest"
	"tccc/wire"
)

// sharing is an agent who talks in a video session.
func sharing(t *testing.T) (*talkMedia, *agenttest.Gateway, *page) {
	m, g := &talkMedia{fakeMedia: newMedia()}, talkGateway()
	p := open(t, gateway(t, g), withTalks(m))
	p.next(wire.EventReady)
	g.Emit(visit("v1", wire.TypeVideo, wire.StateTalking))
	m.is(t, "the connection stands", m.has("answer v1"))
	m.is(t, "the camera is on", func() bool { return m.camera == "v1" })
	return m, g, p
}

func TestScreenIsShared(t *testing.T) {
	m, g, p := sharing(t)
	require.NoError(t, p.ShareScreen(t.Context(), "v1"))
	m.is(t, "it is shown", func() bool { return m.screen == "v1" && m.camera == "v1" })
	require.Len(t, g.Requests(wire.MethodVideoShare), 1)
	p.sees("it says so", func(v agent.View) bool { return v.Sessions[0].ScreenShared })
	require.NoError(t, p.ShareScreen(t.Context(), "v1"))
	require.Len(t, g.Requests(wire.MethodVideoShare), 1, "it is shown already")

	// It goes on over a new connection, which says so.
	m.tell("v1", agent.MediaFailed)
	m.is(t, "another connection", func() bool { return len(g.Requests(wire.MethodSessionOffer)) == 2 })
	var offer wire.SessionOfferParams
	require.NoError(t, json.Unmarshal(g.Requests(wire.MethodSessionOffer)[1].Params, &offer))
	assert.True(t, offer.Screen)

	// The browser's own button ends it.
	m.CloseScreen()
	m.onScreen("v1")
	p.sees("it has ended", func(v agent.View) bool { return !v.Sessions[0].ScreenShared })
	require.Len(t, g.Requests(wire.MethodVideoUnshare), 1)

	// Another tab ends it.
	require.NoError(t, p.ShareScreen(t.Context(), "v1"))
	g.Emit(visit("v1", wire.TypeVideo, wire.StateTalking))
	m.is(t, "it has ended", func() bool { return m.screen == "" })

	// This one ends it, and the session does.
	require.NoError(t, p.ShareScreen(t.Context(), "v1"))
	require.NoError(t, p.UnshareScreen(t.Context(), "v1"))
	m.is(t, "it has ended", func() bool { return m.screen == "" })
	require.NoError(t, p.ShareScreen(t.Context(), "v1"))
	g.Emit(visit("v1", wire.TypeVideo, wire.StateEnded))
	m.is(t, "it has ended", func() bool { return m.screen == "" })
}

func TestScreenIsRefused(t *testing.T) {
	m, g, p := sharing(t)
	require.ErrorIs(t, p.ShareScreen(t.Context(), "nothing"), wire.ErrSessionNotFound)
	m.do(func() { m.screenErr = wire.ErrScreenDenied })
	require.ErrorIs(t, p.ShareScreen(t.Context(), "v1"), wire.ErrScreenDenied)
	require.Empty(t, g.Requests(wire.MethodVideoShare), "nothing has changed")

	// The gateway refuses: nothing is captured that nobody sees.
	m.do(func() { m.screenErr = nil })
	handle := g.Handle
	g.Handle = func(r agenttest.Request) (any, error) {
		if r.Method == wire.MethodVideoShare {
			return nil, wire.ErrSessionState
		}
		return handle(r)
	}
	require.ErrorIs(t, p.ShareScreen(t.Context(), "v1"), wire.ErrSessionState)
	m.is(t, "it is closed", func() bool { return m.screen == "" })
	g.Emit(visit("v1", wire.TypeVideo, wire.StateHeld))
	p.sees("it is held", func(v agent.View) bool { return v.Sessions[0].State == wire.StateHeld })
	require.ErrorIs(t, p.ShareScreen(t.Context(), "v1"), wire.ErrSessionState)
}
