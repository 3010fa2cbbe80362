package load

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"tccc/test/harness"
	"tccc/wire"
)

// unloads are the ways in which real pages get rid of the SDK.
var unloads = map[string]string{
	// On the login page: the script element, the root, the global.
	"remove root and script": `
		tccc.timer.emitter.removeAllListeners('tokenExpired');
		document.querySelectorAll('script[src]').forEach((s) => s.parentNode.removeChild(s));
		document.body.removeChild(document.getElementById('tcccSdkDomRoot'));
		window.tccc = undefined;`,
	// 1.5 s after a call: the root through its parent; the global stays.
	"remove root only": `
		const root = document.querySelector("t3c-sdk[id='tcccSdkDomRoot']");
		root.parentNode.removeChild(root);`,
	// The script is simply executed again.
	"run again": ``,
}

func TestUnload(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	for name, unload := range unloads {
		t.Run(name, func(t *testing.T) {
			p := harness.Agent(t, g, "agent1@demo")
			for range 3 {
				// In a call, so that there is something to end.
				p.Do("tccc.Call.startOutboundCall({phoneNumber: '10086'})")
				p.Await("calloutAccepted")
				p.Hears(harness.PhoneTone)
				p.Run("void (window.old = { sdk: tccc, peers: harness.peers.length, sockets: harness.sockets.length, microphones: harness.microphones.length, tracks: harness.tracks.length })")
				p.Run("(() => {" + unload + "})()")
				p.Load(g.Login(t, "agent1@demo").SDKURL, map[string]string{"crossorigin": "anonymous"})

				// The old instance is gone with all it had …
				p.AwaitTrue("harness.sockets.slice(0, old.sockets).every((s) => s.readyState === WebSocket.CLOSED)")
				p.AwaitTrue("harness.peers.slice(0, old.peers).every((pc) => pc.connectionState === 'closed')")
				p.AwaitTrue("harness.microphones.slice(0, old.microphones).every((m) => m.readyState === 'ended')")
				assert.Equal(t, wire.ErrShutDown.Code, p.Fail("old.sdk.Agent.setStatus({status: 'free'})").Code)
				assert.Equal(t, 1, harness.Eval[int](p, "document.querySelectorAll('t3c-sdk').length"))
				g.AwaitPhone(t, "has ended", func(c harness.PhoneCall) bool { return c.State == "ended" })

				// … and the new one works.
				assert.Equal(t, "free", p.Await("ready").Status)
				assert.True(t, harness.Eval[bool](p, "tccc !== old.sdk && tccc.Agent.getStatus() === 'free'"))
			}
		})
	}
}

// TestUnloadEarly removes the SDK while its program is still loading.
func TestUnloadEarly(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	p := harness.Blank(t)
	p.Run(`void (harness.onload = () => {
		window.early = harness.caught(tccc.Agent.setStatus({ status: 'rest' }));
		document.getElementById('tcccSdkDomRoot').remove();
	})`)
	p.Load(g.Login(t, "agent1@demo").SDKURL, nil)
	assert.Equal(t, wire.ErrShutDown.Code, harness.Eval[harness.Outcome](p, "early").Rejected.Code)
	p.Run("void (harness.onload = null)")
	p.Load(g.Login(t, "agent1@demo").SDKURL, nil)
	p.Await("ready")
	p.AwaitTrue("harness.sockets.filter((s) => s.readyState !== WebSocket.CLOSED).length === 1")
}

// TestElsewhere takes the agent over from another page.
func TestElsewhere(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	first := harness.Agent(t, g, "agent1@demo")
	second := harness.Agent(t, g, "agent1@demo")
	e := first.Await("kickedOut")
	assert.NotEmpty(t, e.Text("message"))
	assert.Equal(t, wire.ErrKickedOut.Code, first.Fail("tccc.Agent.setStatus({status: 'rest'})").Code)
	second.Do("tccc.Agent.setStatus({status: 'rest'})")
	assert.Equal(t, "rest", harness.Eval[string](second, "tccc.Agent.getStatus()"))
	// The first does not take the agent back by itself.
	assert.Equal(t, "offline", harness.Eval[string](first, "tccc.Agent.getStatus()"))
	second.Do("tccc.Agent.setStatus({status: 'free'})")
	second.Await("statusChanged", "status", "free")
	assert.NotContains(t, second.Names(), "kickedOut")
}
