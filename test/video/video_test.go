// Package video proves audio and video sessions between customers' pages and
// agents' pages: what each side hears, by the frequency of a tone, and what it
// sees, by the colour of a camera.
package video

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/test/harness"
	"tccc/wire"
)

const (
	agent1 = "agent1@demo"
	agent2 = "agent2@demo"

	agentTone    = 1000.0 // harness.MicTone
	customerTone = 600.0
	secondTone   = 1500.0
)

// What the cameras show.
const (
	agentColour    = "red"
	customerColour = "green"
	secondColour   = "blue"
)

// browsers are one for each side: the devices are the browser's.
var browsers struct {
	sync.Mutex
	dir  string
	side map[string]*harness.Browser
}

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "tccc-test-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	browsers.dir, browsers.side = dir, map[string]*harness.Browser{}
	harness.Main(m, func() {
		for _, b := range browsers.side {
			b.Close()
		}
		_ = os.RemoveAll(dir)
	})
}

// browser is the one whose microphone gives a tone and whose camera a colour.
func browser(t *testing.T, d harness.Devices, tone float64, colour string) *harness.Browser {
	t.Helper()
	browsers.Lock()
	defer browsers.Unlock()
	name := fmt.Sprint(colour, d)
	if b := browsers.side[name]; b != nil {
		return b
	}
	sound, picture := filepath.Join(browsers.dir, name+".wav"), filepath.Join(browsers.dir, name+".y4m")
	require.NoError(t, os.WriteFile(sound, harness.WAV(tone), 0o600))
	require.NoError(t, os.WriteFile(picture, y4m(colour), 0o600))
	b, err := harness.StartBrowser(d,
		chromedp.Flag("use-file-for-fake-audio-capture", sound),
		chromedp.Flag("use-file-for-fake-video-capture", picture))
	require.NoError(t, err)
	browsers.side[name] = b
	return b
}

// y4m is a film of one colour, in the format of YUV4MPEG2.
func y4m(colour string) []byte {
	const width, height = 320, 240
	yuv := map[string][3]byte{"red": {81, 90, 240}, "green": {145, 54, 34}, "blue": {41, 240, 110}}[colour]
	film := fmt.Appendf(nil, "YUV4MPEG2 W%d H%d F15:1 Ip A1:1 C420jpeg\n", width, height)
	for range 15 {
		film = append(film, "FRAME\n"...)
		for plane, n := range []int{width * height, width * height / 4, width * height / 4} {
			for range n {
				film = append(film, yuv[plane])
			}
		}
	}
	return film
}

// agentPage is an agent of the browser with agentTone and agentColour.
func agentPage(t *testing.T, g *harness.Gateway, user string) *harness.Page {
	t.Helper()
	return openAgent(t, g, browser(t, harness.DevicesGranted, agentTone, agentColour), user)
}

func openAgent(t *testing.T, g *harness.Gateway, b *harness.Browser, user string) *harness.Page {
	t.Helper()
	site := harness.CustomerSite()
	p := b.NewPage(t, site.Origin+site.Page("<!doctype html><title>Agent</title><body></body>", ""))
	p.Load(g.Login(t, user).SDKURL, map[string]string{"crossorigin": "anonymous"})
	p.Await("ready")
	return p
}

// secondPage is an agent whose devices the page itself makes.
func secondPage(t *testing.T, g *harness.Gateway) *harness.Page {
	t.Helper()
	return madePage(t, g, agent2)
}

func madePage(t *testing.T, g *harness.Gateway, user string) *harness.Page {
	t.Helper()
	site := harness.CustomerSite()
	p := browser(t, harness.DevicesGranted, agentTone, agentColour).NewPage(t,
		site.Origin+site.Page("<!doctype html><title>Agent</title><body></body>", ""))
	p.Run(`void (navigator.mediaDevices.getUserMedia = async (wanted) => {
		if (wanted.video) {
			const canvas = document.createElement('canvas');
			canvas.width = 320; canvas.height = 240;
			const c = canvas.getContext('2d');
			setInterval(() => { c.fillStyle = %s; c.fillRect(0, 0, 320, 240); }, 60);
			return canvas.captureStream(15);
		}
		const context = new AudioContext(), voice = context.createOscillator(), level = context.createGain();
		const out = context.createMediaStreamDestination();
		voice.frequency.value = %s;
		level.gain.value = 0.3;
		voice.connect(level).connect(out);
		voice.start();
		await context.resume();
		return out.stream;
	})`, secondColour, secondTone)
	p.Load(g.Login(t, user).SDKURL, map[string]string{"crossorigin": "anonymous"})
	p.Await("ready")
	return p
}

// customer opens the customers' page.
func customer(t *testing.T, g *harness.Gateway) *harness.Page {
	t.Helper()
	p := browser(t, harness.DevicesGranted, customerTone, customerColour).NewPage(t,
		g.URL+"/customer.html?skillGroupId=sales#nickname=Ann&peerSource=shop&clientData=x")
	p.AwaitTrue("!document.getElementById('begin-video').disabled")
	return p
}

// hears waits until a page hears and plays a tone on any connection.
func hears(t *testing.T, p *harness.Page, tone float64) {
	t.Helper()
	p.AwaitTrue(fmt.Sprintf("harness.tracks.some((ear) => { const h = ear.hear(); return ear.playing && h.energy > 0.01 && Math.abs(h.frequency - %g) < 25; })", tone))
}

// hearsMusic waits for sound that is none of the tones.
func hearsMusic(t *testing.T, p *harness.Page) {
	t.Helper()
	p.AwaitTrue(fmt.Sprintf("harness.tracks.some((ear) => { const h = ear.hear(); return ear.playing && h.energy > 0.005 && [%g, %g, %g].every((f) => Math.abs(h.frequency - f) > 25); })",
		agentTone, secondTone, customerTone))
}

// silent waits until nothing is heard on the newest connection.
func silent(t *testing.T, p *harness.Page) {
	t.Helper()
	p.AwaitTrue("harness.tracks[harness.tracks.length - 1].hear().energy < 0.001")
}

// painter gives the colour that a video element shows.
const painter = `(video) => {
	if (!video || !video.videoWidth) return 'nothing';
	const canvas = document.createElement('canvas');
	canvas.width = 16; canvas.height = 12;
	const c = canvas.getContext('2d');
	c.drawImage(video, 0, 0, 16, 12);
	const d = c.getImageData(4, 3, 1, 1).data;
	const named = { red: [255, 0, 0], green: [0, 255, 0], blue: [0, 0, 255], black: [0, 0, 0] };
	return Object.keys(named).find((n) => named[n].every((v, i) => Math.abs(v - d[i]) < 90)) || 'rgb ' + d.join(' ');
}`

// customerSees waits until the customer's page shows a colour.
func customerSees(t *testing.T, p *harness.Page, colour string) {
	t.Helper()
	p.AwaitTrue(fmt.Sprintf("document.getElementById('call-cover').hidden && (%s)(document.getElementById('call-remote')) === '%s'", painter, colour))
}

// shows waits until the picture of a kind ("remote", "own") that the agent's
// interface shows is of a colour.
func shows(t *testing.T, p *harness.Page, kind, colour string) {
	t.Helper()
	p.AwaitTrue(fmt.Sprintf("(%s)(document.getElementById('tcccSdkDomRoot').shadowRoot.querySelector('video.%s:not(.still)')) === '%s'", painter, kind, colour))
}

// streams are what the page is given.
func streams(t *testing.T, p *harness.Page, id, colour string) {
	t.Helper()
	p.Run(`tccc.Video.getStreams({sessionId: %s}).then(async (r) => {
		if (r.status !== 'success' || r.data.remote !== r.remote) throw new Error('not as methods answer');
		const video = document.createElement('video');
		video.muted = true;
		video.srcObject = r.data.remote;
		document.body.append(video);
		await video.play();
		await harness.until(() => (`+painter+`)(video) === %s, 10000, () => (`+painter+`)(video));
		video.remove();
	})`, id, colour)
}

func decode[T any](t *testing.T, e harness.Event) T {
	t.Helper()
	var v T
	require.NoError(t, json.Unmarshal(e.Data, &v))
	return v
}

// videoCall is a customer whom the agent sees.
func videoCall(t *testing.T, g *harness.Gateway, a *harness.Page) (c *harness.Page, id string) {
	t.Helper()
	c = customer(t, g)
	c.Run("document.getElementById('begin-video').click()")
	id = a.Await("callIn").SessionID()
	a.Do("tccc.Video.accept({sessionId: %s})", id)
	a.Await("userAccessed", "sessionId", id)
	shows(t, a, "remote", customerColour)
	customerSees(t, c, agentColour)
	hears(t, a, customerTone)
	hears(t, c, agentTone)
	return c, id
}

func TestVideo(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	a := agentPage(t, g, agent1)
	c := customer(t, g)
	c.Run("document.getElementById('begin-video').click()")
	in := decode[wire.CallInVideo](t, a.Await("callIn"))
	require.NotEmpty(t, in.UserID)
	assert.Equal(t, wire.CallInVideo{
		SessionID: in.SessionID, Type: wire.TypeVideo, Timeout: 12, UserID: in.UserID, Nickname: "Ann",
	}, in)
	id := in.SessionID
	c.AwaitTrue("document.getElementById('call').dataset.state === 'ringing'")
	hearsMusic(t, c)
	a.Do("tccc.Video.accept({sessionId: %s})", id)
	a.Await("userAccessed", "sessionId", id)
	assert.Equal(t, "busy", harness.Eval[string](a, "tccc.Agent.getStatus()"))
	shows(t, a, "remote", customerColour)
	shows(t, a, "own", agentColour)
	streams(t, a, id, customerColour)
	customerSees(t, c, agentColour)
	hears(t, a, customerTone)
	hears(t, c, agentTone)
	shows(t, a, "remote", customerColour)
	a.Screenshot("video-agent")
	c.Screenshot("video-customer")

	// The camera's light goes out, and comes back.
	a.Do("tccc.Video.muteVideo({sessionId: %s})", id)
	a.AwaitTrue("harness.microphones.filter((t) => t.kind === 'video').every((t) => t.readyState === 'ended')")
	c.AwaitTrue("!document.getElementById('call-cover').hidden")
	hears(t, c, agentTone)
	a.Do("tccc.Video.unmuteVideo({sessionId: %s})", id)
	customerSees(t, c, agentColour)

	// The customer's own buttons.
	c.Run("document.getElementById('call-camera').click()")
	a.AwaitTrue("document.getElementById('tcccSdkDomRoot').shadowRoot.querySelector('video.remote.still')")
	c.Run("document.getElementById('call-camera').click()")
	a.AwaitTrue("document.getElementById('tcccSdkDomRoot').shadowRoot.querySelector('video.remote:not(.still)')")
	shows(t, a, "remote", customerColour)
	c.Run("document.getElementById('call-mute').click()")
	silent(t, a)
	c.Run("document.getElementById('call-mute').click()")
	hears(t, a, customerTone)

	a.Do("tccc.Video.muteMic({sessionId: %s})", id)
	silent(t, c)
	a.Do("tccc.Video.unmuteMic({sessionId: %s})", id)
	hears(t, c, agentTone)

	// What hardly moves does not take the room from what may come.
	for _, p := range []*harness.Page{a, c} {
		p.AwaitTrue(`harness.peers[harness.peers.length - 1].getStats().then((all) => [...all.values()].some((s) => s.type === 'outbound-rtp' && s.kind === 'video' && s.targetBitrate > 350000))`)
	}

	a.Do("tccc.Video.end({sessionId: %s})", id)
	ended := decode[wire.SessionEnded](t, a.Await("sessionEnded", "sessionId", id))
	assert.Equal(t, wire.CloseSeat, ended.CloseBy)
	assert.Equal(t, wire.TypeVideo, ended.Type)
	assert.Positive(t, ended.Duration)
	c.AwaitTrue("document.getElementById('call').dataset.state === 'ended'")
	c.AwaitTrue("harness.microphones.every((t) => t.readyState === 'ended')")
	a.AwaitTrue("harness.microphones.every((t) => t.readyState === 'ended')")
	assert.Equal(t, []string{"ready", "callIn", "statusChanged", "userAccessed", "sessionEnded", "statusChanged"},
		a.Names())

	for _, method := range []string{"accept", "end", "muteMic", "unmuteMic", "muteVideo", "unmuteVideo", "getStreams"} {
		assert.Equal(t, wire.ErrSessionNotFound.Code, a.Fail("tccc.Video."+method+"({sessionId: 'nothing'})").Code,
			method)
		assert.Equal(t, wire.ErrInvalidOptions.Code, a.Fail("tccc.Video."+method+"({})").Code, method)
	}
}

func TestAudio(t *testing.T) {
	for _, warm := range []string{"true", "false"} {
		t.Run("warm leg "+warm, func(t *testing.T) {
			testAudio(t, harness.StartGateway(t, harness.GatewayOptions{Env: []string{"TCCC_RTC_WARMLEG=" + warm}}))
		})
	}
}

func testAudio(t *testing.T, g *harness.Gateway) {
	a := agentPage(t, g, agent1)
	c := customer(t, g)
	c.Run("document.getElementById('begin-voip').click()")
	in := decode[wire.CallInVoIP](t, a.Await("callIn"))
	assert.Equal(t, wire.CallInVoIP{
		SessionID: in.SessionID, Type: wire.TypeVoIP, Timeout: 12, Callee: "Sales", UserID: in.UserID, Nickname: "Ann",
		PeerSource: "shop", ClientData: "x",
	}, in)
	id := in.SessionID
	assert.Equal(t, wire.ErrSessionState.Code, a.Fail("tccc.Video.accept({sessionId: %s})", id).Code)
	a.Do("tccc.Call.accept({sessionId: %s})", id)
	hears(t, a, customerTone)
	hears(t, c, agentTone)
	a.Do("tccc.Call.hold({sessionId: %s})", id)
	hearsMusic(t, c)
	c.AwaitTrue("document.getElementById('call').dataset.state === 'held'")
	a.Do("tccc.Call.unHold({sessionId: %s})", id)
	hears(t, c, agentTone)
	hears(t, a, customerTone)
	a.Do("tccc.Call.muteMic({sessionId: %s})", id)
	assert.JSONEq(t, `{"isMicMuted": true, "muted": true}`, string(a.Do("tccc.Call.isMicMuted({sessionId: %s})", id)))
	silent(t, c)
	a.Do("tccc.Call.unmuteMic({sessionId: %s})", id)
	hears(t, c, agentTone)

	// The customer ends it.
	c.Run("document.getElementById('call-end').click()")
	assert.Equal(t, wire.CloseClient, decode[wire.SessionEnded](t, a.Await("sessionEnded", "sessionId", id)).CloseBy)
	assert.Equal(t, 0, harness.Eval[int](a, "harness.microphones.filter((t) => t.kind === 'video').length"),
		"no camera in an audio session")
}

// The customer sees and hears the next agent in the same stream.
func TestTransfer(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	a, b := agentPage(t, g, agent1), secondPage(t, g)
	c, id := videoCall(t, g, a)
	a.Do("tccc.Video.transfer({sessionId: %s, userId: %s})", id, agent2)
	hearsMusic(t, c)
	c.AwaitTrue("!document.getElementById('call-cover').hidden")
	b.Await("callIn", "sessionId", id)
	b.Do("tccc.Video.accept({sessionId: %s})", id)
	customerSees(t, c, secondColour)
	hears(t, c, secondTone)
	shows(t, b, "remote", customerColour)
	hears(t, b, customerTone)
	assert.Equal(t, agent2, a.Await("transfer", "sessionId", id).Text("userId"))
	a.Await("sessionEnded", "sessionId", id)
	assert.Equal(t, 1, harness.Eval[int](c, "harness.peers.length"), "the customer's connection is the same")
	b.Do("tccc.Video.end({sessionId: %s})", id)
	c.AwaitTrue("document.getElementById('call').dataset.state === 'ended'")
}

// A reload of either page does not end the session.
func TestReload(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	a := agentPage(t, g, agent1)
	c, id := videoCall(t, g, a)

	a.Reload()
	hearsMusic(t, c)
	a.Load(g.Login(t, agent1).SDKURL, map[string]string{"crossorigin": "anonymous"})
	in := decode[wire.CallInVideo](t, a.Await("callIn", "sessionId", id))
	assert.True(t, in.Restored)
	assert.Equal(t, "Ann", in.Nickname)
	customerSees(t, c, agentColour)
	hears(t, c, agentTone)
	shows(t, a, "remote", customerColour)
	hears(t, a, customerTone)

	c.Reload()
	customerSees(t, c, agentColour)
	hears(t, c, agentTone)
	c.AwaitTrue("document.getElementById('call').dataset.state === 'talking'")
	shows(t, a, "remote", customerColour)
	hears(t, a, customerTone)

	c.Run("document.getElementById('call-end').click()")
	a.Await("sessionEnded", "sessionId", id)
}

// Without a camera there is sound, and both sides are told.
func TestDeniedCamera(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	site := harness.CustomerSite()
	a := browser(t, harness.DevicesGranted, agentTone, agentColour).NewPage(t,
		site.Origin+site.Page("<!doctype html><title>Agent</title><body></body>", ""))
	a.Run(`void (navigator.mediaDevices.getUserMedia = ((open) => async (wanted) => {
		if (wanted.video) throw new DOMException('no', 'NotAllowedError');
		return open.call(navigator.mediaDevices, wanted);
	})(navigator.mediaDevices.getUserMedia))`)
	a.Load(g.Login(t, agent1).SDKURL, map[string]string{"crossorigin": "anonymous"})
	a.Await("ready")
	c := customer(t, g)
	c.Run("document.getElementById('begin-video').click()")
	id := a.Await("callIn").SessionID()
	a.Do("tccc.Video.accept({sessionId: %s})", id)
	a.Await("error", "name", "CameraDenied")
	shows(t, a, "remote", customerColour)
	hears(t, c, agentTone)
	hears(t, a, customerTone)
	c.AwaitTrue("!document.getElementById('call-cover').hidden")
	assert.Equal(t, wire.ErrCamDenied.Code, a.Fail("tccc.Video.unmuteVideo({sessionId: %s})", id).Code)
	a.Do("tccc.Video.end({sessionId: %s})", id)

	// A customer whose microphone is blocked learns why nothing happens.
	d := browser(t, harness.DevicesDenied, customerTone, customerColour).NewPage(t, g.URL+"/customer.html")
	d.AwaitTrue("!document.getElementById('begin-voip').disabled")
	d.Run("document.getElementById('begin-voip').click()")
	d.AwaitTrue("document.getElementById('call-state').textContent.includes('microphone is blocked')")
}
