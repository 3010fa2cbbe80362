// Package devices proves what agents do with microphones, loudspeakers and the
// network before and during calls: choosing, testing, checking.
package devices

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/test/harness"
	"tccc/wire"
)

func TestMain(m *testing.M) { harness.Main(m) }

const sales = "4001000001"

// ids lists the device ids of a kind.
func ids(p *harness.Page, kind string) []string {
	return harness.Eval[[]string](p, `navigator.mediaDevices.enumerateDevices().then((all) =>
		all.filter((d) => d.kind === %s && d.deviceId !== 'default').map((d) => d.deviceId))`, kind)
}

type selected struct{ Microphone, Speaker, Ringtone string }

func selectedOf(t *testing.T, text json.RawMessage) (s selected) {
	t.Helper()
	require.NoError(t, json.Unmarshal(text, &s))
	return s
}

// TestChooseInACall switches all devices while agent and customer talk, and
// finds them chosen after a reload, for another agent of the browser too.
func TestChooseInACall(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	u := harness.NewProfile(t)
	p := u.Agent(g, "agent1@demo")
	p.AwaitTrue("navigator.mediaDevices.enumerateDevices().then((all) => all.length > 3 && all[0].label)")
	mics, speakers := ids(p, "audioinput"), ids(p, "audiooutput")
	require.NotEmpty(t, mics)
	require.NotEmpty(t, speakers)
	assert.Equal(t, selected{"default", "default", "default"}, selectedOf(t, p.Do("tccc.Devices.getSelected()")))

	call := g.Ring(t, "13800000001", sales, "")
	id := p.Await("callIn").SessionID()
	p.Do("tccc.Call.accept({sessionId: %s})", id)
	p.Hears(harness.PhoneTone)
	g.AwaitPhoneHears(t, call, harness.MicTone)
	peers := harness.Eval[int](p, "harness.peers.length")

	p.Do("tccc.Devices.setMicrophone({deviceId: %s})", mics[len(mics)-1])
	changed := p.Await("devicesChanged", "selected",
		map[string]any{"microphone": mics[len(mics)-1], "speaker": "default", "ringtone": "default",
			"camera": "default"})
	var payload struct {
		Microphones, Speakers []struct{ DeviceID, Label string }
		SelectableOutput      bool
	}
	require.NoError(t, json.Unmarshal(changed.Data, &payload))
	assert.NotEmpty(t, payload.Speakers)
	assert.NotEmpty(t, payload.Microphones[0].Label)
	assert.True(t, payload.SelectableOutput)
	assert.Equal(t, mics[len(mics)-1], harness.Eval[string](p,
		"harness.microphones.find((m) => m.readyState === 'live').getSettings().deviceId"))
	g.AwaitPhoneHears(t, call, harness.MicTone)

	p.Do("tccc.Devices.setSpeaker({deviceId: %s})", speakers[0])
	p.Do("tccc.Devices.setRingtoneDevice({deviceId: %s})", speakers[len(speakers)-1])
	p.AwaitTrue("harness.media.some((m) => m.sinkId && !m.paused)")
	p.Hears(harness.PhoneTone)
	assert.Equal(t, peers, harness.Eval[int](p, "harness.peers.length"), "nothing was negotiated")

	for _, method := range []string{"setMicrophone", "setSpeaker", "setRingtoneDevice"} {
		assert.Equal(t, wire.ErrDeviceNotFound.Code,
			p.Fail("tccc.Devices."+method+"({deviceId: 'no such device'})").Code)
		assert.Equal(t, "deviceId", p.Fail("tccc.Devices."+method+"({})").Field)
	}
	want := selected{mics[len(mics)-1], speakers[0], speakers[len(speakers)-1]}
	assert.Equal(t, want, selectedOf(t, p.Do("tccc.Devices.getSelected()")))
	p.Do("tccc.Call.hungUp({sessionId: %s})", id)

	p.Run("void (localStorage.sdk = %s)", g.Login(t, "agent2@demo").SDKURL)
	p.Reload()
	p.Await("ready")
	assert.Equal(t, want, selectedOf(t, p.Do("tccc.Devices.getSelected()")))
	p.Do("tccc.Devices.setMicrophone({deviceId: 'default'})")
	assert.Equal(t, "default", selectedOf(t, p.Do("tccc.Devices.getSelected()")).Microphone)
}

// TestTrials tests devices by themselves.
func TestTrials(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	p := harness.NewProfile(t).Agent(g, "agent1@demo")
	p.AwaitTrue("harness.peers.some((pc) => pc.connectionState === 'connected')")
	for _, method := range []string{"testSpeaker", "testRingtone"} {
		p.Run("void (window.played = harness.caught(tccc.Devices." + method + "()))")
		p.AwaitTrue("harness.rings()")
		assert.Nil(t, harness.Eval[harness.Outcome](p, "played").Rejected)
		p.AwaitTrue("!harness.rings()")
	}
	var heard struct {
		Peak, Average float64
		Silent        bool
	}
	require.NoError(t, json.Unmarshal(p.Do("tccc.Devices.testMicrophone({seconds: 1})"), &heard))
	assert.Greater(t, heard.Peak, 0.1)
	assert.False(t, heard.Silent)
	var level struct{ Level float64 }
	require.NoError(t, json.Unmarshal(p.Await("microphoneLevel").Data, &level))
	p.AwaitTrue("harness.microphones.every((m) => m.readyState === 'ended')")

	p.Run("void (window.long = harness.caught(tccc.Devices.testMicrophone({seconds: 60})))")
	p.AwaitTrue("harness.microphones.some((m) => m.readyState === 'live')")
	p.Do("tccc.Devices.stopTest()")
	assert.Nil(t, harness.Eval[harness.Outcome](p, "long").Rejected)
	p.AwaitTrue("harness.microphones.every((m) => m.readyState === 'ended')")
	assert.Equal(t, "free", harness.Eval[string](p, "tccc.Agent.getStatus()"))

	p.Do(`(() => {
		window.levels = 0;
		const test = tccc.Devices.testMicrophone({ seconds: 60, onLevel: () => { levels++ } });
		tccc.Devices.stopTest();
		return test;
	})()`)
	assert.Zero(t, harness.Eval[int](p, "levels"), "stopped in the turn in which it began")
	p.AwaitTrue("harness.microphones.every((m) => m.readyState === 'ended')")
}

// TestUnpluggedAndBack takes the chosen microphone out of the list of the browser, as
// far as a page can see, and puts it back, in a call.
func TestUnpluggedAndBack(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	p := harness.NewProfile(t).Agent(g, "agent1@demo")
	p.AwaitTrue("navigator.mediaDevices.enumerateDevices().then((all) => all.length > 3 && all[0].label)")
	mics := ids(p, "audioinput")
	chosen := mics[len(mics)-1]
	p.Do("tccc.Devices.setMicrophone({deviceId: %s})", chosen)
	call := g.Ring(t, "13800000001", sales, "")
	id := p.Await("callIn").SessionID()
	p.Do("tccc.Call.accept({sessionId: %s})", id)
	g.AwaitPhoneHears(t, call, harness.MicTone)

	// Chromium cannot unplug a fake device: the list and the request are the page's, the tracks are real.
	p.Run(`(() => {
		const devices = navigator.mediaDevices, enumerate = devices.enumerateDevices.bind(devices), open = devices.getUserMedia.bind(devices);
		window.gone = %s;
		devices.enumerateDevices = async () => (await enumerate()).filter((d) => d.deviceId !== gone);
		devices.getUserMedia = async (c) => {
			const exact = c.audio.deviceId && c.audio.deviceId.exact;
			if (exact && exact === gone) throw new OverconstrainedError('deviceId');
			if (c.audio.deviceId && c.audio.deviceId.ideal === gone) delete c.audio.deviceId;
			return open(c);
		};
		const track = harness.microphones.find((m) => m.readyState === 'live');
		track.stop();
		track.dispatchEvent(new Event('ended'));
		devices.dispatchEvent(new Event('devicechange'));
	})()`, chosen)
	p.AllowError("microphone lost")
	assert.Equal(t, "default", selectedIn(t,
		p.Await("devicesChanged", "selected",
			map[string]any{"microphone": "default", "speaker": "default", "ringtone": "default",
				"camera": "default"})).Microphone)
	p.AwaitTrue("harness.microphones.some((m) => m.readyState === 'live' && m.getSettings().deviceId === 'default')")
	g.AwaitPhoneHears(t, call, harness.MicTone)

	p.Run("void (window.gone = '', navigator.mediaDevices.dispatchEvent(new Event('devicechange')))")
	p.Await("devicesChanged", "selected",
		map[string]any{"microphone": chosen, "speaker": "default", "ringtone": "default", "camera": "default"})
	p.Run("void (window.chosen = %s)", chosen)
	p.AwaitTrue("harness.microphones.filter((m) => m.readyState === 'live').map((m) => m.getSettings().deviceId).join() === chosen")
	g.AwaitPhoneHears(t, call, harness.MicTone)
	p.Do("tccc.Call.hungUp({sessionId: %s})", id)
}

func selectedIn(t *testing.T, e harness.Event) selected {
	t.Helper()
	var payload struct{ Selected selected }
	require.NoError(t, json.Unmarshal(e.Data, &payload))
	return payload.Selected
}
