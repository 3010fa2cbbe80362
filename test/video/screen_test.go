package video

import (
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/test/harness"
	"tccc/wire"
)

// screener gives a page a screen of one colour: a real getDisplayMedia, which
// takes the tab itself without asking, would show what the test shows.
const screener = `void (navigator.mediaDevices.getDisplayMedia = async (wanted) => {
	if (window.refuse) throw new DOMException('no', 'NotAllowedError');
	const canvas = document.createElement('canvas');
	canvas.width = 1280; canvas.height = 720;
	const c = canvas.getContext('2d');
	let n = 0;
	const beat = setInterval(() => { c.fillStyle = %s; c.fillRect(0, 0, 1280, 720); c.fillStyle = '#000'; c.fillText(String(n++), 1200, 700); }, 100);
	window.screenTrack = canvas.captureStream(10).getVideoTracks()[0];
	return new MediaStream([window.screenTrack]);
})`

func (s screenSide) is(t *testing.T, colour string) {
	t.Helper()
	s.page.AwaitTrue(fmt.Sprintf("(%s)(%s) === '%s'", painter, s.video, colour))
}

// screenSide is a video element of a page.
type screenSide struct {
	page  *harness.Page
	video string
}

func agentsElement(p *harness.Page, kind string) screenSide {
	return screenSide{p, "document.getElementById('tcccSdkDomRoot').shadowRoot.querySelector('video." + kind + "')"}
}

// Screens are shown beside the cameras, from both sides, through all that may
// happen.
func TestScreenSharing(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	a := agentPage(t, g, agent1)
	a.Run(screener, "#0000ff")
	c, id := videoCall(t, g, a)
	c.Run(screener, "#ff0000")
	theirs, ours := agentsElement(a, "screen"), screenSide{c, "document.getElementById('call-screen')"}

	// The agent's: large, the face stays; text is sharp.
	a.Do("tccc.Video.startScreenShare({sessionId: %s})", id)
	a.Await("sessionUpdated", "sessionId", id, "screenShared", true)
	ours.is(t, "blue")
	screenSide{c, "document.getElementById('call-remote')"}.is(t, agentColour)
	assert.Equal(t, 1280, harness.Eval[int](c, ours.video+".videoWidth"))
	assert.Equal(t, "detail", harness.Eval[string](a, "screenTrack.contentHint"))
	a.AwaitTrue(`harness.peers[harness.peers.length - 1].getSenders().some((s) => s.track === screenTrack && s.getParameters().encodings[0].maxBitrate === 2500000)`)
	c.Screenshot("video-screen-customer")

	// The customer's, at the same time.
	c.Run("document.getElementById('call-share').click()")
	a.Await("sessionUpdated", "sessionId", id, "customerScreenShared", true)
	theirs.is(t, "red")
	agentsElement(a, "remote").is(t, customerColour)
	hears(t, a, customerTone)
	a.Screenshot("video-screen-agent")
	a.Run(`tccc.Video.getStreams({sessionId: %s}).then((r) => {
		const [own, other] = [r.data.localScreen, r.data.remoteScreen];
		if (own.getVideoTracks()[0] !== screenTrack || other.getVideoTracks().length !== 1 || other.id === r.data.remote.id) throw new Error('not those');
	})`, id)

	// They survive what cameras survive: a new connection, and a reload of the other.
	c.Run(`(() => {
		const pc = harness.peers[harness.peers.length - 1];
		Object.defineProperty(pc, 'connectionState', { value: 'failed' });
		pc.dispatchEvent(new Event('connectionstatechange'));
	})()`)
	c.AwaitTrue("harness.peers.length === 2")
	ours.is(t, "blue")
	theirs.is(t, "red")
	c.Reload()
	ours.is(t, "blue")
	a.AwaitTrue(theirs.video + " === null")

	// The browser's own button.
	a.Run("screenTrack.stop(); screenTrack.dispatchEvent(new Event('ended'))")
	c.AwaitTrue("document.getElementById('call-screen').hidden")
	customerSees(t, c, agentColour)

	// By the workbench's button; it ends with the session.
	button := "[...document.getElementById('tcccSdkDomRoot').shadowRoot.querySelectorAll('[data-click=\"screen%s\"]')][0]"
	a.Run(fmt.Sprintf(button, "On") + ".click()")
	ours.is(t, "blue")
	a.Run(fmt.Sprintf(button, "Off") + ".click()")
	a.AwaitTrue("screenTrack.readyState === 'ended'")
	c.AwaitTrue("document.getElementById('call-screen').hidden")
	a.Do("tccc.Video.startScreenShare({sessionId: %s})", id)
	ours.is(t, "blue")
	a.Do("tccc.Video.stopScreenShare({sessionId: %s})", id)
	a.Do("tccc.Video.startScreenShare({sessionId: %s})", id)
	a.Do("tccc.Video.end({sessionId: %s})", id)
	a.AwaitTrue("screenTrack.readyState === 'ended'")
	for _, method := range []string{"startScreenShare", "stopScreenShare"} {
		assert.Equal(t, wire.ErrSessionNotFound.Code, a.Fail("tccc.Video."+method+"({sessionId: 'nothing'})").Code)
	}
}

// A real screen, which the browser takes without asking; one that is refused, and
// a browser that has none.
func TestScreenOfTheBrowser(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	b, err := harness.StartBrowser(harness.DevicesGranted, chromedp.Flag("auto-accept-this-tab-capture", true),
		chromedp.Flag("auto-select-tab-capture-source-by-title", "Agent"))
	require.NoError(t, err)
	t.Cleanup(b.Close)
	a := openAgent(t, g, b, agent1)
	c := customer(t, g)
	c.Run("document.getElementById('begin-video').click()")
	id := a.Await("callIn").SessionID()
	a.Do("tccc.Video.accept({sessionId: %s})", id)
	a.Await("userAccessed", "sessionId", id)
	a.Run("document.body.style.background = '#00f'; document.body.style.minHeight = '100vh'")
	a.Do("tccc.Video.startScreenShare({sessionId: %s})", id)
	c.AwaitTrue("document.getElementById('call-screen').videoWidth > 600")
	a.Do("tccc.Video.stopScreenShare({sessionId: %s})", id)

	a.Run("void (navigator.mediaDevices.getDisplayMedia = async () => { throw new DOMException('no', 'NotAllowedError'); })")
	denied := a.Fail("tccc.Video.startScreenShare({sessionId: %s})", id)
	assert.Equal(t, wire.ErrScreenDenied.Code, denied.Code)
	assert.Contains(t, denied.Message, "choose a screen")
	a.Run("void (navigator.mediaDevices.getDisplayMedia = undefined)")
	assert.Equal(t, wire.ErrNoScreen.Code, a.Fail("tccc.Video.startScreenShare({sessionId: %s})", id).Code)
	c.AwaitTrue("document.getElementById('call-screen').hidden && document.getElementById('call-cover').hidden")
}
