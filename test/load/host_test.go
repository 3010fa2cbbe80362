package load

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/test/harness"
	"tccc/wire"
)

// throws makes a getter of an object throw, as browsers do where site data is
// blocked, and shields that guard what pages can be told apart by.
const throws = `((object, ...names) => names.forEach((name) => Object.defineProperty(object, name, {
	configurable: true, get() { throw new DOMException('denied', 'SecurityError'); },
})))`

// TestHostObjectsThrow: whatever the browser denies, the agent logs in and, where
// there is a microphone, calls.
func TestHostObjectsThrow(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	for name, c := range map[string]struct {
		deny   string
		stored bool // something can be stored
		mute   bool // there are no devices
	}{
		"storage":         {throws + `(window, 'localStorage', 'sessionStorage', 'indexedDB')`, false, false},
		"a full store":    {`Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError'); }`, false, false},
		"a store of null": {`for (const n of ['localStorage', 'sessionStorage']) Object.defineProperty(window, n, { value: null })`, false, false},
		"locks and channels": {throws + `(navigator, 'locks'); ` + throws + `(window, 'BroadcastChannel')`, true,
			false},
		"locks that throw": {`navigator.locks.request = () => { throw new TypeError('no'); }`, true, false},
		"locks that refuse": {`navigator.locks.request = () => Promise.reject(new DOMException('no', 'SecurityError'))`,
			true, false},
		"no channels": {`window.BroadcastChannel = class { constructor() { throw new DOMException('no', 'SecurityError'); } }`, true, false},
		"the navigator": {throws + `(navigator, 'language', 'languages', 'connection', 'permissions', 'locks', 'userAgent', 'onLine',
			'hardwareConcurrency', 'mediaSession', 'serviceWorker')`, true, false},
		"everything": {throws + `(window, 'localStorage', 'sessionStorage', 'indexedDB', 'BroadcastChannel', 'Notification', 'caches'); ` + throws + `(navigator, 'locks', 'permissions', 'connection', 'mediaDevices')`, false, true},
		"all frozen": {`Object.freeze(navigator); Object.freeze(navigator.locks); Object.freeze(Storage.prototype)`,
			true, false},
		"no property": {`for (const n of ['locks', 'permissions', 'connection']) Object.defineProperty(navigator, n, { value: undefined })`, true, false},
	} {
		t.Run(name, func(t *testing.T) {
			p := harness.Blank(t)
			p.Run("void (() => { " + c.deny + " })()")
			p.Load(g.Login(t, "agent1@demo").SDKURL, nil)
			assert.Equal(t, "free", p.Await("ready").Status)
			if !c.stored {
				p.Await("error", "code", wire.ErrNoStorage.Code)
			}
			if c.mute {
				assert.Equal(t, wire.ErrMediaUnsupported.Code,
					p.Fail("tccc.Call.startOutboundCall({phoneNumber: '10086'})").Code)
			} else {
				p.Do("tccc.Call.startOutboundCall({phoneNumber: '10086'})")
				id := p.Await("calloutAccepted").SessionID()
				p.Hears(harness.PhoneTone)
				p.Do("tccc.Call.hungUp({sessionId: %s})", id)
			}
			p.Do("tccc.getDiagnostics()")
			said := 0
			for _, e := range p.Events() {
				if e.Name == "error" && e.Text("name") == wire.ErrNoStorage.Name {
					said++
				}
			}
			assert.Equal(t, !c.stored, said == 1, "said %d times", said)
			p.Run("void document.getElementById('tcccSdkDomRoot').remove()")
			p.AwaitTrue("harness.sockets.every((s) => s.readyState === WebSocket.CLOSED)")
		})
	}
}

// frames is a page whose frames load the SDK that localStorage names.
func frames(n int, attributes string) string {
	site := harness.CustomerSite()
	inner := site.Page(`<!doctype html><body><script>
		if (localStorage.sdk) harness.loading = harness.load(localStorage.sdk, { crossorigin: 'anonymous' });
	</script></body>`, "")
	html := "<!doctype html><body>"
	for range n {
		html += fmt.Sprintf(`<iframe src="%s" %s></iframe>`, inner, attributes)
	}
	return site.Origin + site.Page(html+"</body>", "")
}

// TestFramesAreOneAgent: three frames of one origin are three pages of one
// agent, over reloads too. Each is told of a call, one has the audio.
func TestFramesAreOneAgent(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	p := harness.Blank(t)
	p.Run("void (localStorage.sdk = %s)", g.Login(t, "agent1@demo").SDKURL)
	p.Navigate(frames(3, `allow="microphone; autoplay"`))
	all := "[0, 1, 2].map((i) => frames[i])"
	told := "((f, name) => f.harness.events.some((e) => e.name === name))"
	for range 4 {
		p.AwaitTrue(all + ".every((f) => " + told + "(f, 'ready') && f.tccc.Agent.getStatus() === 'free')")
		p.AwaitTrue(all + ".filter((f) => f.tccc.Agent.isOwner()).length === 1")
		call := g.Ring(t, "13800138000", "4001000001", "")
		p.AwaitTrue(all + ".every((f) => " + told + "(f, 'callIn'))")
		assert.False(t, harness.Eval[bool](p, all+".some((f) => "+told+"(f, 'kickedOut'))"))
		g.PhoneHangup(t, call)
		p.AwaitTrue(all + ".every((f) => " + told + "(f, 'sessionEnded'))")
		assert.Equal(t, 3, harness.Eval[int](p,
			"new Set(Object.keys(sessionStorage).filter((k) => /^tccc[:0-9]*$/.test(k)).map((k) => JSON.parse(sessionStorage[k]).tabId)).size"))
		p.Reload()
	}
}

// TestSandboxedFrame has no origin: the gateway does not know it, and its page
// is told.
func TestSandboxedFrame(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	site := harness.CustomerSite()
	inner := site.Page(`<!doctype html><body><script>
		addEventListener('message', ({ data }) => {
			const script = document.createElement('script');
			script.src = data;
			script.onload = () => tccc.on('error', (e) => parent.postMessage({ code: e.code, text: e.errorMsg }, '*'));
			document.body.appendChild(script);
		});
	</script></body>`, "")
	p := harness.NewPage(t, site.Origin+
		site.Page(`<!doctype html><body><iframe sandbox="allow-scripts" src="`+inner+`"></iframe></body>`, ""))
	p.AllowError("WebSocket connection to")
	p.AllowError("Failed to load")
	p.Run("void addEventListener('message', (e) => { (window.told = window.told || []).push(e.data); })")
	p.Run("void frames[0].postMessage(%s, '*')", g.Login(t, "agent1@demo").SDKURL)
	p.AwaitTrue(fmt.Sprintf("window.told && told.some((e) => e.code === %d && e.text.includes('null'))",
		wire.ErrOrigin.Code))
}

// TestFrameWithoutMicrophone: what keeps the microphone from a page in a frame is
// the frame's element, and the errors say so.
func TestFrameWithoutMicrophone(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	p := harness.Blank(t)
	p.Run("void (localStorage.sdk = %s)", g.Login(t, "agent1@demo").SDKURL)
	p.AllowError("Permissions policy violation")
	p.Navigate(frames(1, `allow="microphone 'none'"`))
	p.AwaitTrue("frames[0].tccc && frames[0].harness.events.some((e) => e.name === 'ready')")
	r := p.Fail("frames[0].tccc.Call.startOutboundCall({phoneNumber: '10086'})")
	assert.Equal(t, wire.ErrMicDenied.Code, r.Code)
	assert.Contains(t, r.ErrorMsg, `allow="microphone`)
	type check struct{ Name, Remedy string }
	report := harness.Eval[struct{ Checks []check }](p, "frames[0].tccc.Devices.check({})")
	require.NotEmpty(t, report.Checks)
	for _, c := range report.Checks {
		if c.Name == "permission" || c.Name == "microphone" {
			assert.Contains(t, c.Remedy, `allow="microphone`, c.Name)
		}
	}
}

// TestUnloadAtAnyMoment unloads the SDK wherever its start happens to be, with
// devices that take their time: nothing is left open.
func TestUnloadAtAnyMoment(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	p := harness.Blank(t)
	p.AllowError("WebSocket is closed before")
	url := g.Login(t, "agent1@demo").SDKURL
	p.Run(`void (() => {
		const devices = navigator.mediaDevices, open = devices.getUserMedia;
		const wait = (ms) => new Promise((done) => setTimeout(done, ms));
		window.opening = 0;
		let asked;
		devices.getUserMedia = async (c) => {
			opening++;
			asked();
			try {
				await wait(200 * Math.random());
				const stream = await open.call(devices, c);
				await wait(200 * Math.random());
				return stream;
			} finally {
				opening--;
			}
		};
		window.cut = async (i, src) => {
			const script = Object.assign(document.createElement('script'), { src });
			const loaded = new Promise((done) => { script.onload = done; });
			const microphone = new Promise((done) => { asked = done; });
			document.body.appendChild(script);
			await loaded;
			if (i % 3) await wait(600 * Math.random());
			else await new Promise((done) => tccc.on('ready', done));
			if (i % 2) tccc.Call.startOutboundCall({ phoneNumber: '10086' }).catch(() => {});
			if (i % 3 === 0) tccc.Devices.testMicrophone({ seconds: 1 }).catch(() => {});
			if (i % 6 === 0) await microphone; // however long the start takes
			document.getElementById('tcccSdkDomRoot').remove();
		};
	})()`)
	for i := range 20 {
		p.Run("cut(%s, %s)", i, url)
	}
	p.AwaitTrue("opening === 0")
	p.AwaitTrue("harness.microphones.every((m) => m.readyState === 'ended')")
	p.AwaitTrue("harness.sockets.every((s) => s.readyState === WebSocket.CLOSED)")
	p.AwaitTrue("harness.peers.every((pc) => pc.connectionState === 'closed')")
	p.AwaitTrue("harness.contexts.every((c) => c.state === 'closed')")
	p.AwaitTrue("navigator.locks.query().then((q) => q.held.length + q.pending.length === 0)")
	assert.NotZero(t, harness.Eval[int](p, "harness.microphones.length"))
	g.AwaitMetric(t, `tccc_agents{app="1400000001",status="free"}`, func(v float64) bool { return v == 0 })
}
