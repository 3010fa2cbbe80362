package video

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/gateway/audio"
	"tccc/test/harness"
	"tccc/wire"
)

// An audio customer is a caller like any other: listened to, asked about, in a
// conference, handed over to a telephone, and recorded. All speak Opus or G.711
// as their browsers do.
func TestAudioCustomerIsACaller(t *testing.T) {
	const supervisor = "agent5@demo"
	g := harness.StartGateway(t, harness.GatewayOptions{Env: []string{
		"TCCC_APPS_0_AGENTS_4_SUPERVISOR=true", "TCCC_APPS_0_RECORDING_ENABLED=true",
	}})
	a, s := agentPage(t, g, agent1), madePage(t, g, supervisor)
	c := customer(t, g)
	c.Run("document.getElementById('begin-voip').click()")
	id := a.Await("callIn", "type", "voip").SessionID()
	a.Do("tccc.Call.accept({sessionId: %s})", id)
	hears(t, a, customerTone)
	hears(t, c, agentTone)

	// A supervisor hears both, is heard by the agent only, and then by both.
	s.Do("tccc.Call.listen({sessionId: %s})", id)
	s.Await("sessionUpdated", "monitor", "listen")
	hearsAll(t, s, customerTone, agentTone)
	s.Do("tccc.Call.whisper({sessionId: %s})", id)
	hearsAll(t, a, customerTone, secondTone)
	hears(t, c, agentTone)
	s.Do("tccc.Call.barge({sessionId: %s})", id)
	hearsAll(t, c, agentTone, secondTone)
	a.Do("tccc.Call.muteMic({sessionId: %s})", id)
	hears(t, c, secondTone)
	a.Do("tccc.Call.unmuteMic({sessionId: %s})", id)
	s.Do("tccc.Call.hungUp({sessionId: %s})", id)
	s.Await("sessionEnded", "sessionId", id)
	hears(t, c, agentTone)
	hears(t, a, customerTone)

	// A number outside is asked, joins, and has the customer in the end.
	a.Do("tccc.Call.consult({sessionId: %s, phoneNumber: '10086'})", id)
	with := a.Await("calloutAccepted").SessionID()
	hears(t, a, harness.PhoneTone)
	hearsMusic(t, c)
	call := g.AwaitPhone(t, "is asked", func(p harness.PhoneCall) bool { return p.SessionID == with }).CallID
	g.AwaitPhoneHears(t, call, agentTone)
	a.Do("tccc.Call.conference({sessionId: %s})", id)
	hearsAll(t, c, agentTone, harness.PhoneTone)
	hearsAll(t, a, customerTone, harness.PhoneTone)
	a.Do("tccc.Call.muteMic({sessionId: %s})", id)
	g.AwaitPhoneHears(t, call, customerTone)
	a.Do("tccc.Call.hungUp({sessionId: %s})", id)
	a.Await("sessionEnded", "sessionId", id)
	hears(t, c, harness.PhoneTone)
	g.AwaitPhoneHears(t, call, customerTone)
	a.AwaitTrue("tccc.Agent.getStatus() === 'free'")
	g.PhoneHangup(t, call)
	c.AwaitTrue("document.getElementById('call').dataset.state === 'ended'")

	left, right := recorded(t, g, id)
	assert.True(t, sounds(left, customerTone), "the customer is recorded")
	assert.False(t, sounds(left, agentTone) || sounds(left, harness.PhoneTone), "alone on the left")
	for _, tone := range []float64{agentTone, secondTone, harness.PhoneTone} {
		assert.True(t, sounds(right, tone), "%g Hz on the right", tone)
	}
	assert.False(t, sounds(right, customerTone))
}

// At a desk phone an audio customer is a caller as well: the page shows and
// controls the session, and has neither connection nor microphone for it.
func TestAudioCustomerAtTheDeskPhone(t *testing.T) {
	const secret = "the desk phone's password"
	g := harness.StartGateway(t, harness.GatewayOptions{Env: []string{
		"TCCC_APPS_0_AGENTS_0_EXTENSION=101", "TCCC_APPS_0_AGENTS_0_EXTENSIONPASSWORD=" + secret,
	}})
	d := harness.NewDeskPhone(t, harness.DeskOptions{Name: "101", Password: secret, Registrar: g.SIP})
	a := agentPage(t, g, agent1)
	a.Do("tccc.Agent.setServerType({serverType: 'staffExtensionSeat'})")
	a.AwaitTrue("tccc.Agent.getServerType().then((r) => !r.data.phoneAway)")
	asked := harness.Eval[int](a, "harness.asked")
	c := customer(t, g)
	c.Run("document.getElementById('begin-voip').click()")
	in := a.Await("callIn", "type", "voip")
	assert.Equal(t, string(wire.StaffExtensionSeat), in.Text("serverType"))
	id := in.SessionID()
	phone := d.Ringing()
	assert.Equal(t, "Ann", phone.DisplayName())
	phone.PickUp()
	a.Await("userAccessed", "sessionId", id)
	phone.Hears(customerTone)
	hears(t, c, harness.DeskTone)
	a.Do("tccc.Call.hold({sessionId: %s})", id)
	phone.Hears(0)
	a.Do("tccc.Call.unHold({sessionId: %s})", id)
	phone.Hears(customerTone)
	c.Reload()
	hears(t, c, harness.DeskTone)
	phone.Hears(customerTone)
	assert.Equal(t, asked, harness.Eval[int](a, "harness.asked"), "the page's microphone is not needed")
	require.NoError(t, phone.Hangup())
	a.Await("sessionEnded", "sessionId", id)
	c.AwaitTrue("document.getElementById('call').dataset.state === 'ended'")
}

// A colleague who is asked about a video customer gets the session: at once by
// sound, and by the picture once the camera is opened.
func TestColleagueGetsAVideoCustomer(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	a, b := agentPage(t, g, agent1), secondPage(t, g)
	c, id := videoCall(t, g, a)
	a.Do("tccc.Call.consult({sessionId: %s, userId: %s})", id, agent2)
	with := b.Await("callIn", "type", "internal").SessionID()
	b.Do("tccc.Call.accept({sessionId: %s})", with)
	hears(t, a, secondTone)
	hears(t, b, agentTone)
	hearsMusic(t, c)
	a.AwaitTrue("harness.microphones.filter((t) => t.kind === 'video').every((t) => t.readyState === 'ended')")
	a.Do("tccc.Call.completeTransfer({sessionId: %s})", id)
	assert.Equal(t, id, b.Await("callIn", "type", "video").SessionID())
	hears(t, c, secondTone)
	hears(t, b, customerTone)
	shows(t, b, "remote", customerColour)
	c.AwaitTrue("!document.getElementById('call-cover').hidden")
	assert.False(t, harness.Eval[bool](b, "harness.microphones.some((t) => t.kind === 'video')"),
		"nobody has opened the camera")
	b.Do("tccc.Video.unmuteVideo({sessionId: %s})", id)
	customerSees(t, c, secondColour)
	b.Do("tccc.Video.end({sessionId: %s})", id)
	c.AwaitTrue("document.getElementById('call').dataset.state === 'ended'")
	assert.Equal(t, wire.ErrSessionState.Code, a.Fail("tccc.Call.unHold({sessionId: %s})", id).Code)
}

// hearsAll waits until a page hears these tones together on one connection.
func hearsAll(t *testing.T, p *harness.Page, tones ...float64) {
	t.Helper()
	list := "[]"
	for _, tone := range tones {
		list += fmt.Sprintf(".concat(%g)", tone)
	}
	p.AwaitTrue(fmt.Sprintf(`harness.tracks.some((ear) => {
		const spectrum = new Float32Array(ear.analyser.frequencyBinCount);
		ear.analyser.getFloatFrequencyData(spectrum);
		const bin = (hz) => Math.round(hz * ear.analyser.fftSize / ear.analyser.context.sampleRate);
		return ear.playing && %s.every((hz) => Math.max(...[-1, 0, 1].map((d) => spectrum[bin(hz) + d])) > -50);
	})`, list))
}

// recorded waits for a recording and splits it.
func recorded(t *testing.T, g *harness.Gateway, id string) (left, right []int16) {
	t.Helper()
	var wav []byte
	require.Eventually(t, func() bool {
		found, err := filepath.Glob(filepath.Join(g.Data, "recordings", "*", "*", id+".wav"))
		if err != nil || len(found) != 1 {
			return false
		}
		wav, err = os.ReadFile(found[0])
		return err == nil
	}, harness.Patience, harness.Patience/1000)
	i := bytes.Index(wav, []byte("data"))
	require.Positive(t, i)
	sound := wav[i+8:]
	var sides [2][]byte
	for i, b := range sound {
		sides[i%2] = append(sides[i%2], b)
	}
	left, right = make([]int16, len(sides[0])), make([]int16, len(sides[1]))
	audio.DecodeMulaw(left, sides[0])
	audio.DecodeMulaw(right, sides[1])
	return left, right
}

// sounds reports whether a tone is what is heard for some tenth of a second.
func sounds(pcm []int16, tone float64) bool {
	const window = audio.Rate / 10
	for ; len(pcm) >= window; pcm = pcm[window/2:] {
		part := pcm[:window]
		if f := audio.Frequency(part); audio.Energy(part) > 0.005 && f > tone-25 && f < tone+25 {
			return true
		}
	}
	return false
}
