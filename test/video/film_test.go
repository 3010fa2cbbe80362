package video

import (
	"fmt"
	"testing"

	"tccc/test/harness"
)

// A video session is recorded with its pictures, and played in the history.
func TestRecordedVideo(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{Env: []string{"TCCC_APPS_0_RECORDING_ENABLED=true",
		"TCCC_APPS_0_RECORDING_VIDEO=true"}})
	a := agentPage(t, g, agent1)
	c, id := videoCall(t, g, a)
	a.Do("tccc.Call.hold({sessionId: %s})", id)
	c.AwaitTrue("document.getElementById('call').dataset.state === 'held'")
	a.Do("tccc.Call.unHold({sessionId: %s})", id)
	customerSees(t, c, agentColour)
	shows(t, a, "remote", customerColour)
	hears(t, a, customerTone)
	a.Do("tccc.Video.end({sessionId: %s})", id)
	c.AwaitTrue("document.getElementById('call').dataset.state === 'ended'")

	root := "document.getElementById('tcccSdkDomRoot').shadowRoot"
	press := func(what string) {
		a.AwaitTrue(fmt.Sprintf("%s.querySelector('%s') && (%s.querySelector('%s').click(), true)", root, what, root,
			what))
	}
	press(`[data-click="tab"][data-arg="history"]`)
	press(`[data-click="play"]`)
	video := root + ".querySelector('.player video')"
	a.AwaitTrue(fmt.Sprintf("%s.videoWidth === 320 && (%s)(%s) === '%s'", video, painter, video, customerColour))
	a.AwaitTrue(video + ".currentTime > 1 && " + video + ".duration > 1")
	a.Screenshot("video-recorded")
	a.Run(video + ".currentTime = 0.1")
	a.AwaitTrue(fmt.Sprintf("!%s.seeking && (%s)(%s) === '%s'", video, painter, video, customerColour))
}
