package video

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"tccc/test/harness"
	"tccc/wire"
)

// Of two tabs one has the media; both command it, and it moves with the audio.
func TestOneTabHasThePicture(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	u := harness.NewProfile(t)
	first, second := u.Agent(g, agent1), u.Agent(g, agent1)
	second.Await("ownerChanged", "owner", false)
	c := customer(t, g)
	c.Run("document.getElementById('begin-video').click()")
	id := second.Await("callIn").SessionID()
	second.Do("tccc.Video.accept({sessionId: %s})", id)
	hears(t, c, agentTone)
	c.AwaitTrue("document.getElementById('call-cover').hidden")
	shows(t, first, "remote", customerColour)
	hears(t, first, customerTone)
	assert.Zero(t, harness.Eval[int](second, "harness.asked"), "the second tab opens nothing")
	assert.Equal(t, wire.ErrSessionState.Code, second.Fail("tccc.Video.getStreams({sessionId: %s})", id).Code)

	second.Do("tccc.Video.muteVideo({sessionId: %s})", id)
	first.AwaitTrue("harness.microphones.filter((t) => t.kind === 'video').every((t) => t.readyState === 'ended')")
	second.Do("tccc.Video.unmuteVideo({sessionId: %s})", id)
	c.AwaitTrue("document.getElementById('call-cover').hidden")

	first.Close()
	second.Await("ownerChanged", "owner", true)
	shows(t, second, "remote", customerColour)
	hears(t, second, customerTone)
	hears(t, c, agentTone)
	c.AwaitTrue("document.getElementById('call-cover').hidden")
	second.Do("tccc.Video.end({sessionId: %s})", id)
}
