// Package hostile gives bad input to every method, socket and port: what it
// gets is a clear error, and everything goes on as before.
package hostile

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"tccc/test/harness"
)

func TestMain(m *testing.M) { harness.Main(m) }

// works makes a call in either direction, heard on both sides.
func works(t *testing.T, g *harness.Gateway, p *harness.Page) {
	t.Helper()
	call := g.Ring(t, "13800000001", "4001000001", "")
	id := p.Await("callIn").SessionID()
	p.Do("tccc.Call.accept({sessionId: %s})", id)
	p.Hears(harness.PhoneTone)
	g.AwaitPhoneHears(t, call, harness.MicTone)
	g.PhoneHangup(t, call)
	p.Await("sessionEnded", "sessionId", id)
	p.AwaitTrue("tccc.Agent.getStatus() === 'free'")
	p.Do("tccc.Call.startOutboundCall({phoneNumber: '10086'})")
	id = p.Await("calloutAccepted").SessionID()
	p.Hears(harness.PhoneTone)
	p.Do("tccc.Call.hungUp({sessionId: %s})", id)
	p.Await("sessionEnded", "sessionId", id)
	p.AwaitTrue("tccc.Agent.getStatus() === 'free'")
}

// values are bad in every place.
var values = []string{
	"undefined", "null", "''", "0", "-1", "NaN", "true", "[]", "{}", "['a']", "{a: 1}", "() => 1", "Symbol('x')", "10n",
	"'\\u0000'", "'\\ud800'", "'<img src=x onerror=alert(1)>'", "'../../etc/passwd'", "'x'.repeat(100000)",
	"'x'.repeat(400000)", "new Date(NaN)", "document.body",
}

// TestSynchronous gives nonsense to what answers at once: nothing throws.
func TestSynchronous(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	p := harness.Agent(t, g, "agent1@demo")
	p.AllowError("tccc.on: the listener")
	p.AllowError("thrown by the page")
	p.AllowError("not a function") // of overrideButtonConfig, said aloud
	for _, v := range values {
		for _, member := range synchronous {
			p.Run("void tccc." + member + "(" + v + ")")
			p.Run("void tccc." + member + "(" + v + ", " + v + ")")
		}
		p.Run("void (tccc.on(" + v + ", () => {}), tccc.on('ready', " + v + "))")
	}
	for _, fn := range []string{"() => { throw new Error('thrown by the page') }", "() => 1", "() => ({active: 1})",
		"() => ({active: [null, {type: 1}]})", "(c) => c"} {
		p.Run("void tccc.overrideButtonConfig(" + fn + ")")
	}
	p.Run("void (tccc.UI.show(), harness.record())") // the recorder may have been removed
	works(t, g, p)
}

// TestFlood makes many calls at once: each is settled.
func TestFlood(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	p := harness.Agent(t, g, "agent1@demo")
	n := harness.Eval[int](p, `Promise.allSettled(Array.from({ length: 2000 }, (_, i) => tccc.Call.accept({ sessionId: 'x' + i })))
		.then((all) => all.filter((r) => r.status === 'rejected' && r.reason.status === 'error' && r.reason.code).length)`)
	assert.Equal(t, 2000, n)
	// The gateway limits how much one page may send; after a moment all is well.
	p.Run(`harness.until(() => harness.caught(tccc.Agent.setStatus({ status: 'free' })).then((o) => !o.rejected), 20000, () => 'still limited')`)
	works(t, g, p)
}

// TestCustomersText shows a caller's number and a description that hold markup.
func TestCustomersText(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	p := harness.Agent(t, g, "agent1@demo")
	p.Run("void (window.pwned = false)")
	p.Do(`tccc.Call.startOutboundCall({phoneNumber: '10086', phoneDesc: '<img src=x onerror="pwned = true"><b>bold</b>'})`)
	id := p.Await("calloutAccepted").SessionID()
	p.Hears(harness.PhoneTone)
	p.Do("tccc.Call.hungUp({sessionId: %s})", id)
	p.Await("sessionEnded", "sessionId", id)
	assert.False(t, harness.Eval[bool](p, "pwned || !!document.querySelector('t3c-sdk img[src=x]')"))
}
