package center

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tccc/gateway/rtc"
	"tccc/wire"
)

// awaitScreen waits until a customer is told whether the agent shows a screen.
func awaitScreen(t *testing.T, told chan wire.VisitorSession, on bool) {
	t.Helper()
	for {
		select {
		case v := <-told:
			if v.AgentScreen == on {
				return
			}
		case <-time.After(patient):
			require.Failf(t, "waited in vain", "for a screen: %t", on)
		}
	}
}

// screens waits until an agent is told who shows a screen.
func (p *page) screens(own, theirs bool) {
	p.t.Helper()
	for {
		s := p.await(wire.EventSessionUpdated, nil).Session
		if s.ScreenShared == own && s.CustomerScreen == theirs {
			return
		}
	}
}

// A screen is shown from its begin to its end, whatever happens to the other side.
func TestScreens(t *testing.T) {
	w := newTalkWorld(t, nil)
	p, two := w.agent("agent1@demo"), w.agent("agent2@demo")
	told := w.watch("ann")
	v := w.visits(ann, wire.TypeVideo)
	ref, theirs := session1(v.SessionID), wire.ScreenParams{SessionID: v.SessionID, On: true}
	p.await(wire.EventCallIn, nil)
	p.fails(wire.MethodVideoShare, ref, wire.ErrSessionState)
	require.ErrorIs(t, w.center.VisitorScreen(t.Context(), app, "ann", theirs), wire.ErrSessionState, "it rings")
	w.talks(p, v.SessionID, wire.MethodVideoAccept)
	awaitState(t, told, wire.VisitorTalking)

	p.ok(wire.MethodVideoShare, ref)
	p.screens(true, false)
	awaitScreen(t, told, true)
	require.NoError(t, w.center.VisitorScreen(t.Context(), app, "ann", theirs))
	p.screens(true, true)

	// The connection of the page is made anew; the customer loads theirs again.
	p.ok(wire.MethodSessionOffer, wire.SessionOfferParams{SessionID: v.SessionID, SDP: "again", Screen: true})
	(<-w.legs).tell(rtc.StateConnected)
	_, err := w.center.VisitorOffer(t.Context(), app, "ann",
		wire.SessionOfferParams{SessionID: v.SessionID, SDP: "reloaded"})
	require.NoError(t, err)
	(<-w.legs).tell(rtc.StateConnected)
	p.screens(true, false)

	p.ok(wire.MethodVideoUnshare, ref)
	p.screens(false, false)
	awaitScreen(t, told, false)
	p.ok(wire.MethodVideoShare, ref)
	awaitScreen(t, told, true)

	// Another page of the agent's takes the connection over.
	p.ok(wire.MethodSessionOffer, wire.SessionOfferParams{SessionID: v.SessionID, SDP: "reloaded"})
	(<-w.legs).tell(rtc.StateConnected)
	awaitScreen(t, told, false)

	// A screen does not go along with a transfer; the customer's does.
	p.ok(wire.MethodVideoShare, ref)
	require.NoError(t, w.center.VisitorScreen(t.Context(), app, "ann", theirs))
	p.ok(wire.MethodVideoTransfer, wire.TransferParams{SessionID: v.SessionID, UserID: "agent2@demo"})
	two.await(wire.EventCallIn, nil)
	p.fails(wire.MethodVideoShare, ref, wire.ErrSessionState)
	w.offers(two, v.SessionID).tell(rtc.StateConnected)
	two.ok(wire.MethodVideoAccept, ref)
	seen := two.await(wire.EventUserAccessed, nil).Session
	require.False(t, seen.ScreenShared)
	require.True(t, seen.CustomerScreen)

	two.ok(wire.MethodVideoEnd, ref)
	ended := two.await(wire.EventSessionEnded, nil).Session
	require.False(t, ended.ScreenShared || ended.CustomerScreen)
	require.ErrorIs(t, w.center.VisitorScreen(t.Context(), app, "ann", theirs), wire.ErrSessionNotFound)
}

// What cannot show a screen says why, and nothing changes.
func TestNoScreen(t *testing.T) {
	w := newTalkWorld(t, nil)
	p := w.agent("agent1@demo")
	v := w.visits(ann, wire.TypeVoIP)
	p.await(wire.EventCallIn, nil)
	w.talks(p, v.SessionID, wire.MethodCallAccept)
	p.fails(wire.MethodVideoShare, session1(v.SessionID), wire.ErrSessionState)
	theirs := wire.ScreenParams{SessionID: v.SessionID, On: true}
	require.ErrorIs(t, w.center.VisitorScreen(t.Context(), app, "ann", theirs), wire.ErrSessionState)
	require.ErrorIs(t, w.center.VisitorScreen(t.Context(), app, "bob", theirs), wire.ErrSessionNotFound)
	require.NoError(t, w.center.VisitorEnd(t.Context(), app, "ann", v.SessionID))
	p.await(wire.EventSessionEnded, nil)

	v = w.visits(ann, wire.TypeVideo)
	p.await(wire.EventCallIn, nil)
	w.talks(p, v.SessionID, wire.MethodVideoAccept)
	_, err := w.center.VisitorOffer(t.Context(), app, "ann",
		wire.SessionOfferParams{SessionID: v.SessionID, SDP: "no screen"})
	require.NoError(t, err)
	(<-w.legs).tell(rtc.StateConnected)
	theirs.SessionID = v.SessionID
	require.Eventually(t, func() bool {
		return w.center.VisitorScreen(t.Context(), app, "ann", theirs) != nil
	}, patient, time.Millisecond)
	require.ErrorIs(t, w.center.VisitorScreen(t.Context(), app, "ann", theirs), wire.ErrSessionState)
	theirs.On = false
	require.NoError(t, w.center.VisitorScreen(t.Context(), app, "ann", theirs), "what is over may end again")
	p.ok(wire.MethodVideoUnshare, session1(v.SessionID))
}
