package devices

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/test/harness"
	"tccc/wire"
)

type finding struct {
	Name, Detail, Remedy string
	OK                   bool
	Code                 int
}

type report struct {
	OK      bool
	Checks  []finding
	Quality *struct{ MOS, Loss, Jitter, RTT float64 }
}

// of gives the finding of a name.
func (r *report) of(name string) finding {
	for _, f := range r.Checks {
		if f.Name == name {
			return f
		}
	}
	return finding{}
}

// wrong lists what is not well, with its code.
func (r *report) wrong() map[string]int {
	out := map[string]int{}
	for _, f := range r.Checks {
		if !f.OK {
			out[f.Name] = f.Code
		}
	}
	return out
}

// check runs the check in a page and looks at the form of its report.
func check(t *testing.T, p *harness.Page) *report {
	t.Helper()
	var r report
	text := p.Do("tccc.Devices.check({onResult: (f) => (window.told = (window.told || []).concat(f.name))})")
	require.NoError(t, json.Unmarshal(text, &r), "%s", text)
	var names []string
	for _, f := range r.Checks {
		names = append(names, f.Name)
		assert.Equal(t, f.OK, f.Code == 0, "%+v", f)
		assert.Equal(t, f.OK, f.Remedy == "", "%+v", f)
		assert.NotEmpty(t, f.Detail)
	}
	assert.Equal(t, []string{"secure", "browser", "permission", "microphone", "speaker", "gateway", "udp", "tcp",
		"quality"}, names)
	assert.ElementsMatch(t, names, harness.Eval[[]string](p, "told"))
	p.Run("void (window.told = undefined)")
	t.Logf("%s", text)
	return &r
}

// agentIn loads an agent in a page of a browser.
func agentIn(t *testing.T, b *harness.Browser, g *harness.Gateway) *harness.Page {
	t.Helper()
	p := b.NewProfile(t).Tab(g.Login(t, "agent1@demo").SDKURL)
	p.Await("ready")
	return p
}

// TestCheck finds everything well, and leaves nothing: in a page that is idle, in
// a call, which goes on, and in a tab that has no audio.
func TestCheck(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	u := harness.NewProfile(t)
	p := u.Agent(g, "agent1@demo")
	r := check(t, p)
	assert.Empty(t, r.wrong())
	assert.True(t, r.OK)
	require.NotNil(t, r.Quality)
	assert.Greater(t, r.Quality.MOS, 3.6)
	p.AwaitTrue("harness.microphones.every((m) => m.readyState === 'ended')")
	p.AwaitTrue("harness.peers.filter((pc) => pc.connectionState !== 'closed').length === 1")
	g.AwaitMetric(t, "tccc_rtc_legs", func(n float64) bool { return n == 1 })

	call := g.Ring(t, "13800000001", sales, "")
	id := p.Await("callIn").SessionID()
	p.Do("tccc.Call.accept({sessionId: %s})", id)
	const hears = "harness.tracks.some((t) => t.playing && Math.abs(t.hear().frequency - 440) < 25)"
	p.AwaitTrue(hears) // other tracks than the call's are those of the check
	g.AwaitPhoneHears(t, call, harness.MicTone)
	p.Do("tccc.Call.muteMic({sessionId: %s})", id)
	g.AwaitPhoneHears(t, call, 0)
	assert.Empty(t, check(t, p).wrong())
	g.AwaitPhoneHears(t, call, 0) // still muted
	p.AwaitTrue(hears)
	p.Do("tccc.Call.unmuteMic({sessionId: %s})", id)
	g.AwaitPhoneHears(t, call, harness.MicTone)

	second := u.Agent(g, "agent1@demo")
	second.Await("ownerChanged", "owner", false)
	assert.True(t, check(t, second).OK)
	g.AwaitPhoneHears(t, call, harness.MicTone)
	assert.True(t, harness.Eval[bool](p, "tccc.Agent.isOwner()"))
	assert.Equal(t, wire.ErrInvalidOptions.Code, p.Fail("tccc.Devices.check('x')").Code)
	p.Do("tccc.Call.hungUp({sessionId: %s})", id)
}

// TestCheckFindsTransports blocks UDP as firewalls do, and switches TCP off.
func TestCheckFindsTransports(t *testing.T) {
	t.Run("no UDP", func(t *testing.T) {
		b, err := harness.StartBrowser(harness.DevicesGranted,
			chromedp.Flag("webrtc-ip-handling-policy", "disable_non_proxied_udp"))
		require.NoError(t, err)
		t.Cleanup(b.Close)
		p := agentIn(t, b, harness.StartGateway(t, harness.GatewayOptions{}))
		r := check(t, p)
		assert.Equal(t, map[string]int{"udp": wire.ErrUDPBlocked.Code}, r.wrong())
		assert.True(t, r.OK, "TCP is enough")
	})
	t.Run("no TCP", func(t *testing.T) {
		p := harness.NewProfile(t).Agent(harness.StartGateway(t,
			harness.GatewayOptions{Env: []string{"TCCC_RTC_TCP=off"}}), "agent1@demo")
		r := check(t, p)
		assert.Equal(t, map[string]int{"tcp": wire.ErrTCPBlocked.Code}, r.wrong())
		assert.True(t, r.OK)
	})
	t.Run("neither", func(t *testing.T) {
		b, err := harness.StartBrowser(harness.DevicesGranted,
			chromedp.Flag("webrtc-ip-handling-policy", "disable_non_proxied_udp"))
		require.NoError(t, err)
		t.Cleanup(b.Close)
		p := agentIn(t, b, harness.StartGateway(t, harness.GatewayOptions{Env: []string{"TCCC_RTC_TCP=off"}}))
		r := check(t, p)
		assert.Equal(t, map[string]int{"udp": wire.ErrUDPBlocked.Code, "tcp": wire.ErrTCPBlocked.Code,
			"quality": wire.ErrMediaConnect.Code}, r.wrong())
		assert.False(t, r.OK)
		assert.Nil(t, r.Quality)
	})
}

// TestCheckFindsLoss loses a third of the packets.
func TestCheckFindsLoss(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	p := harness.NewProfile(t).Agent(g, "agent1@demo")
	_, err := chromedp.Call(p.Context(), network.Enable, network.EnableParams{})
	require.NoError(t, err)
	_, err = chromedp.Call(p.Context(), network.EmulateNetworkConditionsByRule,
		network.EmulateNetworkConditionsByRuleParams{
			MatchedNetworkConditions: []*network.Conditions{{DownloadThroughput: -1, UploadThroughput: -1,
				PacketLoss: 33}},
		})
	require.NoError(t, err)
	p.Reload()
	p.Await("ready")
	r := check(t, p)
	require.NotNil(t, r.Quality, "%+v", r)
	assert.Greater(t, r.Quality.Loss, 0.1)
	assert.Equal(t, wire.ErrNetworkPoor.Code, r.of("quality").Code)
	assert.False(t, r.OK)
}

// TestCheckFindsDevices has the permission denied, no devices, and a microphone
// that gives digital silence.
func TestCheckFindsDevices(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	t.Run("denied", func(t *testing.T) {
		r := check(t, agentIn(t, harness.SharedBrowser(t, harness.DevicesDenied), g))
		assert.Equal(t, map[string]int{"permission": wire.ErrMicDenied.Code, "microphone": wire.ErrMicDenied.Code},
			r.wrong())
		assert.False(t, r.OK)
		assert.Equal(t, wire.ErrMicDenied.Remedy, r.of("permission").Remedy)
		assert.NotNil(t, r.Quality, "the network is measured without a microphone")
	})
	t.Run("none", func(t *testing.T) {
		r := check(t, agentIn(t, harness.SharedBrowser(t, harness.DevicesNone), g))
		assert.Equal(t, wire.ErrNoMic.Code, r.of("microphone").Code)
		assert.True(t, r.of("permission").OK)
		assert.True(t, r.of("udp").OK)
		assert.False(t, r.OK)
	})
	t.Run("silent", func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "silence.wav")
		require.NoError(t, os.WriteFile(file, harness.Silence(), 0o600))
		b, err := harness.StartBrowser(harness.DevicesGranted, chromedp.Flag("use-file-for-fake-audio-capture", file))
		require.NoError(t, err)
		t.Cleanup(b.Close)
		r := check(t, agentIn(t, b, g))
		assert.Equal(t, map[string]int{"microphone": wire.ErrMicSilent.Code}, r.wrong())
		assert.False(t, r.OK)
	})
}

// TestCheckWithoutGateway runs while the gateway is gone.
func TestCheckWithoutGateway(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	p := harness.NewProfile(t).Agent(g, "agent1@demo")
	p.AllowError("WebSocket connection to")
	p.AllowError("net::ERR_")
	p.Do("tccc.Devices.stopTest()")    // fetches the tools
	p.Do("tccc.Devices.getSelected()") // the program is there
	g.Kill()
	p.Await("connectionChanged", "state", "reconnecting")
	r := check(t, p)
	for _, name := range []string{"gateway", "udp", "tcp", "quality"} {
		assert.Equal(t, wire.ErrDisconnected.Code, r.of(name).Code, name)
	}
	assert.True(t, r.of("microphone").OK)
	assert.False(t, r.OK)
}

// TestCheckOfAnInsecurePage says so.
func TestCheckOfAnInsecurePage(t *testing.T) {
	site := harness.CustomerSite()
	origin := "http://insecure.test:" + site.Port
	g := harness.StartGateway(t, harness.GatewayOptions{Env: []string{"TCCC_ORIGINS=" + origin}})
	p := harness.NewPage(t, origin+site.Page("<!doctype html><body></body>", ""))
	p.Load(g.Login(t, "agent1@demo").SDKURL, nil)
	p.Await("ready")
	r := check(t, p)
	assert.Equal(t, wire.ErrInsecurePage.Code, r.of("secure").Code)
	assert.Equal(t, wire.ErrInsecurePage.Code, r.of("microphone").Code)
	assert.True(t, r.of("gateway").OK)
	assert.False(t, r.OK)
}
