package recover

import (
	"testing"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/test/harness"
	"tccc/wire"
)

// relay makes what getUserMedia gives the far end of a connection within the page,
// fed by the real fake microphone. Chromium cannot unplug or mute a fake device, but the
// track of such a connection is muted and ends for real, by the browser, when
// its sender stops. gone makes the next request fail as without a device.
const relay = `(() => {
	const Peer = Object.getPrototypeOf(RTCPeerConnection); // the browser's own: not one of the SDK's
	const devices = navigator.mediaDevices, open = devices.getUserMedia.bind(devices);
	window.relays = [];
	const agree = async (a, b) => {
		await a.setLocalDescription(await a.createOffer());
		await b.setRemoteDescription(a.localDescription);
		await b.setLocalDescription(await b.createAnswer());
		await a.setRemoteDescription(b.localDescription);
	};
	devices.getUserMedia = async (constraints) => {
		if (window.gone) throw new DOMException('gone', 'NotFoundError');
		const real = (await open(constraints)).getAudioTracks()[0];
		const a = new Peer(), b = new Peer();
		a.onicecandidate = (e) => b.addIceCandidate(e.candidate);
		b.onicecandidate = (e) => a.addIceCandidate(e.candidate);
		const arrived = new Promise((done) => { b.ontrack = (e) => done(e.track); });
		const transceiver = a.addTransceiver(real, { direction: 'sendonly' });
		await agree(a, b);
		const track = await arrived;
		const keeper = new Audio(); // Chromium pulls remote sound only for an element
		keeper.muted = true;
		keeper.srcObject = new MediaStream([track]);
		keeper.play();
		if (track.muted) await new Promise((done) => track.addEventListener('unmute', done, { once: true }));
		relays.push({
			track,
			mute: (on) => { transceiver.direction = on ? 'inactive' : 'sendonly'; return agree(a, b); },
			unplug: () => { transceiver.stop(); return agree(a, b); },
		});
		return new MediaStream([track]);
	};
	window.current = () => relays[relays.length - 1];
})()`

// TestMicrophoneUnplugged loses the microphone in a call, once with another one
// there and once without: it is told, and heals when there is one.
func TestMicrophoneUnplugged(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	p := harness.NewProfile(t).Agent(g, "agent1@demo")
	p.AllowError("microphone lost")
	p.Run(relay)
	id, call := conversation(t, g, p, "13800000001")
	p.Run("current().unplug()")
	p.AwaitTrue("relays.length === 2 && relays[0].track.readyState === 'ended'")
	g.AwaitPhoneHears(t, call, harness.MicTone)

	p.Run("void (window.gone = true), current().unplug()")
	p.Await("error", "code", wire.ErrNoMic.Code)
	g.AwaitPhoneHears(t, call, 0)
	p.Hears(harness.PhoneTone)
	p.Run("void (window.gone = false, navigator.mediaDevices.dispatchEvent(new Event('devicechange')))")
	p.Await("devicesChanged")
	g.AwaitPhoneHears(t, call, harness.MicTone)
	p.Do("tccc.Call.hungUp({sessionId: %s})", id)
	p.AwaitTrue("relays.every((r) => r.track.readyState === 'ended')")
}

// TestMicrophoneMutedBySystem is the headset's own switch: the agent is told
// that nobody hears it, and that is over when it is.
func TestMicrophoneMutedBySystem(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	p := harness.NewProfile(t).Agent(g, "agent1@demo")
	p.Run(relay)
	id, call := conversation(t, g, p, "13800000001")
	p.Run("current().mute(true)")
	p.AwaitTrue("current().track.muted")
	p.Await("error", "code", wire.ErrMicBusy.Code)
	g.AwaitPhoneHears(t, call, 0)
	p.Hears(harness.PhoneTone)
	p.Run("current().mute(false)")
	p.AwaitTrue("!current().track.muted")
	g.AwaitPhoneHears(t, call, harness.MicTone)
	p.Do("tccc.Call.hungUp({sessionId: %s})", id)
}

// TestDefaultMicrophoneChanges makes another device the system's default in a
// call, as far as the browser tells of it: it is opened, and the call goes on.
func TestDefaultMicrophoneChanges(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	p := harness.NewProfile(t).Agent(g, "agent1@demo")
	id, call := conversation(t, g, p, "13800000001")
	before := harness.Eval[int](p, "harness.microphones.length")
	p.Run(`(() => {
		const devices = navigator.mediaDevices, enumerate = devices.enumerateDevices.bind(devices);
		devices.enumerateDevices = async () => (await enumerate()).map((d) => d.deviceId !== 'default' || d.kind !== 'audioinput' ? d :
			{ deviceId: d.deviceId, kind: d.kind, label: 'Default - Headset', groupId: 'headset' });
		devices.dispatchEvent(new Event('devicechange'));
	})()`)
	p.Await("devicesChanged")
	p.Run("void (window.before = %s)", before)
	p.AwaitTrue("harness.microphones.length > before && harness.microphones.filter((m) => m.readyState === 'live').length === 1")
	bothHear(t, g, p, call)
	p.Do("tccc.Call.hungUp({sessionId: %s})", id)
}

// TestMirrorAcceptsWithoutMicrophone accepts in a tab without audio while the
// permission is denied in the one that has it: the reason comes back, it goes on
// ringing, and it works once the permission is there.
func TestMirrorAcceptsWithoutMicrophone(t *testing.T) {
	b, err := harness.StartBrowser(harness.DevicesDenied)
	require.NoError(t, err)
	t.Cleanup(b.Close)
	g := harness.StartGateway(t, harness.GatewayOptions{})
	u := b.NewProfile(t)
	owner, mirror := u.Agent(g, "agent1@demo"), u.Agent(g, "agent1@demo")
	mirror.Await("ownerChanged", "owner", false)
	call := g.Ring(t, "13800000001", sales, "")
	id := mirror.Await("callIn").SessionID()
	assert.Equal(t, wire.ErrMicDenied.Code, mirror.Fail("tccc.Call.accept({sessionId: %s})", id).Code)
	owner.AwaitTrue("harness.rings()")
	assert.Zero(t, harness.Eval[int](mirror, "harness.asked"))
	_, err = chromedp.CallBrowser(u.Context(), browser.SetPermission, browser.SetPermissionParams{
		Permission: &browser.PermissionDescriptor{Name: "microphone"}, Setting: browser.PermissionSettingGranted,
		Origin: harness.CustomerSite().Origin, BrowserContextID: chromedp.FromContext(u.Context()).BrowserContextID,
	})
	require.NoError(t, err)
	owner.AwaitTrue("navigator.permissions.query({ name: 'microphone' }).then((p) => p.state === 'granted')")
	mirror.Do("tccc.Call.accept({sessionId: %s})", id)
	bothHear(t, g, owner, call)
	silent(t, mirror)
	mirror.Do("tccc.Call.hungUp({sessionId: %s})", id)
}
