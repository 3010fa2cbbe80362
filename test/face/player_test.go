package face

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tccc/test/harness"
)

// tapped lets the test hear what the player's channels give.
const tapped = `void (() => {
  const connect = AudioNode.prototype.connect;
  AudioNode.prototype.connect = function (to, ...rest) {
    if (to instanceof AudioDestinationNode && (this instanceof ChannelSplitterNode || this instanceof MediaElementAudioSourceNode)) {
      window.tap = new AnalyserNode(this.context, { fftSize: 4096, smoothingTimeConstant: 0 });
      connect.call(this, tap, ...rest);
    }
    return connect.call(this, to, ...rest);
  };
  // The level of a tone there, in dB.
  window.level = (hertz) => {
    const bins = new Float32Array(tap.frequencyBinCount);
    tap.getFloatFrequencyData(bins);
    const at = Math.round(hertz * tap.fftSize / tap.context.sampleRate);
    return Math.max(...bins.slice(at - 2, at + 3));
  };
})()`

// TestPlayer records a call, and plays it in the history: both channels and each
// alone, faster, from another place.
func TestPlayer(t *testing.T) {
	for format, size := range map[string]int64{"wav": 45_000, "opus": 13_000} { // more than two seconds
		t.Run(format, func(t *testing.T) {
			g := harness.StartGateway(t, harness.GatewayOptions{Env: []string{
				"TCCC_APPS_0_RECORDING_ENABLED=true", "TCCC_APPS_0_RECORDING_FORMAT=" + format,
			}})
			p := load(t, g, first, nil)
			p.Run(tapped)
			record(t, g, p, size)
			tab(p, "history")
			press(p, `[data-click="play"]`)
			audio := root + ".querySelector('.player audio')"
			p.AwaitTrue(audio + ".duration > 2 && " + audio + ".currentTime > 0")
			p.Run("void (" + audio + ".loop = true)")
			shows(p, ".player .row-time", "/ 0:0")
			there(p, `.player [data-click="pause"][aria-label="Pause"]`)

			choose(p, "channel", "left")
			p.AwaitTrue(only(harness.PhoneTone, harness.MicTone))
			choose(p, "channel", "right")
			p.AwaitTrue(only(harness.MicTone, harness.PhoneTone))
			choose(p, "channel", "")
			p.AwaitTrue(fmt.Sprintf("level(%d) > -60 && level(%d) > -60", int(harness.MicTone), int(harness.PhoneTone)))
			choose(p, "speed", "2")
			p.AwaitTrue(audio + ".playbackRate === 2 && !" + audio + ".paused")

			press(p, `[data-click="pause"]`)
			p.AwaitTrue(audio + ".paused")
			there(p, `.player [data-click="pause"][aria-label="Play"]`)
			p.Run("void ((e) => { e.value = '1'; e.dispatchEvent(new Event('input', { bubbles: true })) })(" + root +
				".querySelector('.seek'))")
			p.AwaitTrue(audio + ".currentTime === 1")
			shows(p, ".player .row-time", "0:01 /")
			p.Run("void (" + audio + ".loop = false)")
			press(p, `[data-click="pause"]`)
			p.AwaitTrue(audio + ".ended")
			there(p, `.player [data-click="pause"][aria-label="Play"]`)
			p.Screenshot("face-player-" + format)
			var link string
			require.NoError(t, json.Unmarshal(p.Try(root+".querySelector('.player a').href").Resolved, &link))
			kept, err := http.Get(link)
			require.NoError(t, err)
			require.NoError(t, kept.Body.Close())
			require.Equal(t, http.StatusOK, kept.StatusCode)
			require.Contains(t, kept.Header.Get("Content-Disposition"), "attachment")
			press(p, `[data-click="play"]`)
			gone(p, ".player")
		})
	}
}

// record has a call in which both sides are heard, until the recording has a size.
func record(t *testing.T, g *harness.Gateway, p *harness.Page, size int64) {
	t.Helper()
	call := g.Ring(t, "13800000001", sales, "")
	id := p.Await("callIn").SessionID()
	press(p, `.live [data-click="accept"], [data-click="accept"]`)
	p.Await("userAccessed", "sessionId", id)
	p.Hears(harness.PhoneTone)
	g.AwaitPhoneHears(t, call, harness.MicTone)
	file := filepath.Join(g.Data, "recordings", "1400000001", time.Now().UTC().Format("20060102"), id+".part")
	require.Eventually(t, func() bool { info, err := os.Stat(file); return err == nil && info.Size() > size },
		20*time.Second, 20*time.Millisecond)
	g.PhoneHangup(t, call)
	p.Await("sessionEnded", "sessionId", id)
	require.Eventually(t, func() bool { _, err := os.Stat(file); return os.IsNotExist(err) }, 10*time.Second,
		20*time.Millisecond)
}

// only is true while one tone is heard and the other is not.
func only(tone, other float64) string {
	return fmt.Sprintf("level(%d) > -60 && level(%d) < level(%d) - 20", int(tone), int(other), int(tone))
}

// choose takes an option of a select element.
func choose(p *harness.Page, action, value string) {
	there(p, "[data-change="+action+`] option[value="`+value+`"]`)
	p.Run("void ((e) => { e.value = '" + value + "'; e.dispatchEvent(new Event('change', { bubbles: true })) })(" +
		root + ".querySelector('[data-change=" + action + "]'))")
}
