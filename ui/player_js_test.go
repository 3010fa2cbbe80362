package ui

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"tccc/agent"
	"tccc/internal/jsval"
	"tccc/wire"
)

// TestARecordingThatCannotBePlayed is asked for once more as a file that the page
// may not read, and then given up. Nothing of it stays behind.
func TestARecordingThatCannotBePlayed(t *testing.T) {
	u, root, _ := open(t, Options{})
	live := jsval.Live()
	u.update(func() {
		u.view = agent.View{Phase: agent.PhaseReady}
		u.view.Profile.UserID = "agent1"
		u.state.Workbench, u.state.Tab, u.state.Player.Channel = true, TabHistory, ChannelAgent
		u.state.History = &wire.HistoryResult{Entries: []wire.HistoryEntry{{N: 1, SessionID: "a",
			Recording: "/nothing?sig=1"}}}
	})
	await(t, root, "[data-click=play]").Call("click")
	message := await(t, root, ".row-item [role=alert]")
	assert.Contains(t, message.Get("textContent").String(), "cannot be played")
	assert.True(t, u.state.Player.Whole)
	awaitGone(t, root, ".player audio")
	await(t, root, "[data-click=play]").Call("click")
	awaitGone(t, root, ".row-item [role=alert]")
	assert.False(t, u.player.audio.Truthy())
	assert.Equal(t, live, jsval.Live(), "listeners are let go")
}
