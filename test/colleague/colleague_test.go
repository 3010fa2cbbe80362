// Package colleague tests what agents do together, end to end: internal calls
// and transfers between two pages in Chromium and a real SIP phone, checked by
// what everybody hears.
package colleague

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"tccc/test/harness"
	"tccc/wire"
)

func TestMain(m *testing.M) { harness.Main(m) }

const (
	sales = "4001000001"

	first  = "agent1@demo"
	second = "agent4@demo" // in the other group

	// What each agent speaks, to tell them apart.
	firstTone  = 700.0
	secondTone = 1500.0
)

// agent opens a page whose microphone is a tone of its own.
func agent(t *testing.T, g *harness.Gateway, user string, tone float64) *harness.Page {
	t.Helper()
	p := harness.Blank(t)
	p.Run(`void (navigator.mediaDevices.getUserMedia = async () => {
		const context = new AudioContext(), voice = context.createOscillator(), level = context.createGain();
		const out = context.createMediaStreamDestination();
		voice.frequency.value = %s;
		level.gain.value = 0.3;
		voice.connect(level).connect(out);
		voice.start();
		await context.resume();
		return out.stream;
	})`, tone)
	p.Load(g.Login(t, user).SDKURL, map[string]string{"crossorigin": "anonymous"})
	p.Await("ready")
	return p
}

// two are agents of different groups.
func two(t *testing.T, o harness.GatewayOptions) (g *harness.Gateway, a, b *harness.Page) {
	t.Helper()
	g = harness.StartGateway(t, o)
	return g, agent(t, g, first, firstTone), agent(t, g, second, secondTone)
}

func decode[T any](t *testing.T, e harness.Event) T {
	t.Helper()
	var v T
	require.NoError(t, json.Unmarshal(e.Data, &v))
	return v
}

func ended(t *testing.T, p *harness.Page, id string) wire.SessionEnded {
	t.Helper()
	return decode[wire.SessionEnded](t, p.Await("sessionEnded", "sessionId", id))
}

// conversation is a customer whom the agent talks to.
func conversation(t *testing.T, g *harness.Gateway, p *harness.Page, tone float64) (id, call string) {
	t.Helper()
	call = g.Ring(t, "13800000001", sales, "")
	id = p.Await("callIn").SessionID()
	p.Do("tccc.Call.accept({sessionId: %s})", id)
	p.Hears(harness.PhoneTone)
	g.AwaitPhoneHears(t, call, tone)
	return id, call
}

// hearsBoth is an expression that is true while the page hears two tones.
func hearsBoth(x, y float64) string {
	return fmt.Sprintf(`(() => {
		const analyser = harness.tracks[harness.tracks.length - 1].analyser, spectrum = new Float32Array(analyser.frequencyBinCount);
		analyser.getFloatFrequencyData(spectrum);
		const loud = (hz) => Math.max(...[-1, 0, 1].map((d) => spectrum[Math.round(hz * analyser.fftSize / analyser.context.sampleRate) + d])) > -50;
		return loud(%g) && loud(%g);
	})()`, x, y)
}

// hearsMusic waits until the phone hears what no agent says.
func hearsMusic(t *testing.T, g *harness.Gateway, call string) {
	t.Helper()
	near := func(f, tone float64) bool { return f > tone-30 && f < tone+30 }
	g.AwaitPhone(t, call+" hears music", func(c harness.PhoneCall) bool {
		return c.CallID == call && c.Energy > 0.005 && !near(c.Frequency, firstTone) && !near(c.Frequency, secondTone)
	})
}
