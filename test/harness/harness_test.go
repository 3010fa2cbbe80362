package harness

import (
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
)

func TestMain(m *testing.M) { Main(m) }

// TestHears checks the ears of the page on a call of the page with itself.
func TestHears(t *testing.T) {
	p := Blank(t)
	p.Run(`(async () => {
		const a = new RTCPeerConnection(), b = new RTCPeerConnection();
		const link = (x, y) => { x.onicecandidate = (e) => e.candidate && y.addIceCandidate(e.candidate); };
		link(a, b); link(b, a);
		const mic = await navigator.mediaDevices.getUserMedia({ audio: true });
		window.mic = mic.getTracks()[0];
		a.addTrack(window.mic, mic);
		b.ontrack = (e) => { const s = new Audio(); s.srcObject = e.streams[0]; window.sound = s; return s.play(); };
		await a.setLocalDescription(await a.createOffer());
		await b.setRemoteDescription(a.localDescription);
		await b.setLocalDescription(await b.createAnswer());
		await a.setRemoteDescription(b.localDescription);
	})()`)
	p.Hears(MicTone)
	assert.Equal(t, 1, Eval[int](p, "harness.asked"))
	assert.Equal(t, 2, Eval[int](p, "harness.peers.length"))
	p.Run("void (window.mic.enabled = false)")
	p.Hears(0)
	p.Run("void (window.mic.enabled = true)")
	p.Hears(MicTone)
	_, err := chromedpEval[chromedp.Void](p, "(sound.pause(), harness.hears(1000, 200))", nil)
	assert.ErrorContains(t, err, "timeout: wanted 1000 Hz", "sound that no element plays is not heard")
}

func TestDevices(t *testing.T) {
	for d, want := range map[Devices]string{DevicesDenied: "NotAllowedError", DevicesNone: "NotFoundError"} {
		p := SharedBrowser(t, d).NewPage(t, CustomerSite().Origin+CustomerSite().Page("<body>", ""))
		assert.Equal(t, want, Eval[string](p,
			"navigator.mediaDevices.getUserMedia({audio: true}).then(() => '', (e) => e.name)"))
	}
	p := NewPage(t, "http://insecure.test:"+CustomerSite().Port+CustomerSite().Page("<body>", ""))
	assert.True(t, Eval[bool](p, "!isSecureContext && !navigator.mediaDevices"))
}

func TestConsole(t *testing.T) {
	p := Blank(t)
	p.Run("void setTimeout(() => { throw new Error('thrown in a timer') })")
	p.AwaitError("thrown in a timer")
	p.Run("console.error('said aloud')")
	p.AwaitError("said aloud")
	assert.Empty(t, p.Errors())
}
