// Package firefox tests the main flows in Firefox: what users of that browser
// see and hear.
package firefox

import (
	"fmt"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/test/harness"
)

const sales = "4001000001"

var browser *harness.Firefox

func TestMain(m *testing.M) {
	if _, err := harness.FindFirefox(); err != nil {
		fmt.Println("left out:", err)
		return
	}
	var err error
	if browser, err = harness.StartFirefox(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	harness.Main(m, browser.Close)
}

// shop is a front end that loads the SDK by itself, so that a reload is a reload.
const shop = `<!doctype html><title>Customer</title><body><script>
	if (sessionStorage.sdk) harness.load(sessionStorage.sdk, { crossorigin: 'anonymous' });
</script></body>`

// agent opens a page in which an agent is logged in.
func agent(t *testing.T, g *harness.Gateway, userID string) *harness.Page {
	t.Helper()
	site := harness.CustomerSite()
	p := browser.NewPage(t, site.Origin+site.Page(shop, ""))
	p.Run("void (sessionStorage.sdk = %s)", g.Login(t, userID).SDKURL)
	p.Reload()
	p.Await("ready")
	return p
}

func TestLogin(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	p := agent(t, g, "agent1@demo")
	assert.Equal(t, "free", harness.Eval[string](p, "tccc.Agent.getStatus()"))
	assert.True(t, harness.Eval[bool](p, "tccc.Devices.isBrowserSupported() && tccc.Devices.isEnvSupported()"))
	// The leg is made before the first call.
	p.AwaitTrue("harness.peers.some((pc) => pc.connectionState === 'connected')")
	p.Do("tccc.Agent.setStatus({status: 'rest'})")
	p.Await("statusChanged", "status", "rest")
	assert.NotEmpty(t, harness.Eval[[]any](p, "tccc.Devices.getMicrophones()"))
}

func TestCallIn(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	p := agent(t, g, "agent1@demo")
	call := g.Ring(t, "02112345678", sales, "")
	id := p.Await("callIn").SessionID()
	require.NotEmpty(t, id)
	p.Do("tccc.Call.accept({sessionId: %s})", id)
	p.Await("userAccessed", "sessionId", id)
	p.Hears(harness.PhoneTone)
	g.AwaitPhoneHears(t, call, harness.MicTone)

	p.Do("tccc.Call.muteMic({sessionId: %s})", id)
	g.AwaitPhoneHears(t, call, 0)
	p.Do("tccc.Call.unmuteMic({sessionId: %s})", id)
	g.AwaitPhoneHears(t, call, harness.MicTone)

	p.Do("tccc.Call.hungUp({sessionId: %s})", id)
	assert.Equal(t, "seat", p.Await("sessionEnded", "sessionId", id).Text("closeBy"))
	p.AwaitTrue("harness.microphones.length && harness.microphones.every((m) => m.readyState === 'ended')")
}

func TestCallOut(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	p := agent(t, g, "agent1@demo")
	p.Do("tccc.Call.startOutboundCall({phoneNumber: '10086'})")
	id := p.Await("callOuted").SessionID()
	p.Await("calloutAccepted", "sessionId", id)
	p.Hears(harness.PhoneTone)
	call := g.AwaitPhone(t, "is answered",
		func(c harness.PhoneCall) bool { return c.Direction == "out" || c.To == "10086" })
	g.AwaitPhoneHears(t, call.CallID, harness.MicTone)
	p.Do("tccc.Call.sendDigits({sessionId: %s, dtmfText: '12#'})", id)
	g.AwaitPhone(t, "has heard the digits",
		func(c harness.PhoneCall) bool { return c.CallID == call.CallID && c.Digits == "12#" })
	p.Do("tccc.Call.hungUp({sessionId: %s})", id)
	p.Await("sessionEnded", "sessionId", id)
}

// TestReload reloads the page in a call, which goes on.
func TestReload(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	p := agent(t, g, "agent1@demo")
	call := g.Ring(t, "02112345678", sales, "")
	id := p.Await("callIn").SessionID()
	p.Do("tccc.Call.accept({sessionId: %s})", id)
	p.Hears(harness.PhoneTone)

	p.Reload()
	p.Await("ready")
	p.Await("userAccessed", "sessionId", id, "restored", true)
	p.Hears(harness.PhoneTone)
	g.AwaitPhoneHears(t, call, harness.MicTone)
	p.Do("tccc.Call.hungUp({sessionId: %s})", id)
	p.Await("sessionEnded", "sessionId", id)
}

// TestChat takes a chat, writes and
// reads, sends a file, and reloads the page in it.
func TestChat(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	p := agent(t, g, "agent4@demo")
	var made struct{ SessionID string }
	g.Post(t, "/demo/visitor/start", map[string]string{"type": "im", "userId": "alice", "nickname": "Alice",
		"skillGroupId": "support", "text": "hello"}, &made)
	id := made.SessionID
	assert.Equal(t, "Alice", p.Await("callIn", "sessionId", id, "type", "im").Text("nickname"))
	p.Do("tccc.Chat.accept({sessionId: %s})", id)
	p.Await("userAccessed", "sessionId", id)
	p.Do("tccc.Chat.sendMessage({sessionId: %s, text: 'good day'})", id)
	p.Do("tccc.Chat.sendFile({sessionId: %s, file: new File(['what was asked for'], 'note.txt', { type: 'text/plain' })})", id)
	g.Post(t, "/demo/visitor/say", map[string]string{"sessionId": id, "text": "thanks"}, nil)
	p.Await("messageReceived", "text", "thanks")

	p.Reload()
	p.Await("ready")
	p.Await("userAccessed", "sessionId", id, "restored", true)
	said := harness.Eval[[]string](p, `tccc.Chat.getMessages({sessionId: %s}).then((r) => r.data.messages
		.filter((m) => m.type === 'text' || m.type === 'file').map((m) => m.from + ' ' + (m.text || m.file.name)))`, id)
	assert.Equal(t, []string{"client hello", "seat good day", "seat note.txt", "client thanks"}, said)
	p.Do("tccc.Chat.end({sessionId: %s})", id)
	p.Await("sessionEnded", "sessionId", id)
}

// A customer calls with Firefox: an agent with Chromium and the customer see
// and hear each other.
func TestVideoCustomer(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	a := harness.Agent(t, g, "agent1@demo")
	c := browser.NewPage(t, g.URL+"/customer.html?skillGroupId=sales")
	c.AwaitTrue("!document.getElementById('begin-video').disabled")
	c.Run("document.getElementById('begin-video').click()")
	id := a.Await("callIn").SessionID()
	a.Do("tccc.Video.accept({sessionId: %s})", id)
	c.AwaitTrue("document.getElementById('call-cover').hidden")
	c.AwaitTrue("harness.tracks.some((ear) => { const h = ear.hear(); return h.energy > 0.01 && Math.abs(h.frequency - 1000) < 25; })")
	a.AwaitTrue("harness.tracks.some((ear) => ear.hear().energy > 0.01)")
	a.AwaitTrue("document.getElementById('tcccSdkDomRoot').shadowRoot.querySelector('video.remote').getVideoPlaybackQuality().totalVideoFrames > 20")
	a.Do("tccc.Call.hold({sessionId: %s})", id)
	c.AwaitTrue("document.getElementById('call').dataset.state === 'held' && !document.getElementById('call-cover').hidden")
	a.Do("tccc.Call.unHold({sessionId: %s})", id)
	c.AwaitTrue("document.getElementById('call-cover').hidden")
	c.Run("document.getElementById('call-end').click()")
	a.Await("sessionEnded", "sessionId", id)
}
