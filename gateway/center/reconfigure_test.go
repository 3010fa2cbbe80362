package center

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/gateway/config"
	"tccc/gateway/sip"
	"tccc/wire"
)

func TestReconfigureFollowsAgentsAndGroups(t *testing.T) {
	w := newWorld(t, nil)
	ctx := t.Context()
	a, b := w.agent("agent1@demo"), w.agent("agent2@demo")
	w.rings(sales)
	var in wire.CallInPhone
	a.await(wire.EventCallIn, &in)
	a.ok(wire.MethodCallAccept, session1(in.SessionID))

	changed := config.Demo().Apps[0]
	changed.Agents = append(changed.Agents[:1:1], changed.Agents[2:]...) // agent2 is gone
	changed.Agents[0].SkillGroups = []string{"support"}
	require.NoError(t, w.center.Reconfigure(ctx, changed))

	b.until("the kick", func() bool { return b.kicked != nil })
	assert.Equal(t, "revoked", b.kicked.Reason)
	_, err := w.center.Login(ctx, Login{App: app, UserID: "agent2@demo", Tab: "t"}, b)
	require.ErrorIs(t, err, wire.ErrAgentDisabled)

	a.ok(wire.MethodCallHangup, session1(in.SessionID)) // the call went on
	w.rings(support)
	a.await(wire.EventCallIn, nil) // and the agent is in another group now

	broken := config.Demo().Apps[0]
	broken.SkillGroups[0].Music = "no/such/file.wav"
	require.ErrorContains(t, w.center.Reconfigure(ctx, broken), "no/such/file.wav")
	info, err := w.center.Agent(ctx, app, "agent1@demo")
	require.NoError(t, err)
	assert.Equal(t, "support", info.Profile.SkillGroups[0].ID, "nothing has changed")
}

func TestUnconfigureEndsEverything(t *testing.T) {
	w := newWorld(t, nil)
	a := w.agent("agent1@demo")
	caller := w.rings(sales)
	a.await(wire.EventCallIn, nil)
	require.NoError(t, w.center.Unconfigure(t.Context(), app))
	w.awaitKind(caller, sip.Ended)
	a.until("the kick", func() bool { return a.kicked != nil })
	assert.Equal(t, 404, w.awaitKind(w.rings(sales), sip.Ended).Code)
}
