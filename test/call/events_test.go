package call

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"tccc/test/harness"
)

// TestEventsComeFirst rings an agent: the page hears of the call before the
// microphone is asked for and before the interface is drawn.
func TestEventsComeFirst(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	p := harness.Agent(t, g, "agent1@demo")
	const ringing = `!!document.querySelector('t3c-sdk').shadowRoot.querySelector('[data-click=accept]')`
	p.AwaitTrue(`!!document.querySelector('t3c-sdk').shadowRoot?.childElementCount`)
	p.Run(`void tccc.on('callIn', () => { window.first = { live: harness.microphones.some((m) => m.readyState === 'live'),
		asked: harness.asked, ringing: ` + ringing + ` }; })`)
	asked := harness.Eval[int](p, "harness.asked")
	g.Ring(t, "02112345678", sales, "")
	p.Await("callIn")
	assert.Equal(t, map[string]any{"live": false, "asked": float64(asked), "ringing": false},
		harness.Eval[map[string]any](p, "first"))
	p.AwaitTrue(ringing)
	p.AwaitTrue("harness.microphones.some((m) => m.readyState === 'live')")
}

// TestHandlersAsTheyAre has handlers that throw, that hold up the page for a
// second, and that call the SDK: every event comes once and in order.
func TestHandlersAsTheyAre(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	p := harness.Agent(t, g, "agent1@demo")
	p.AllowError("thrown by the page")
	p.Run(`(() => {
		window.told = [];
		['callIn', 'userAccessed', 'sessionEnded', 'sessionCompleted'].forEach((name) => {
			tccc.on(name, () => { throw new Error('thrown by the page'); });
			tccc.on(name, () => { for (const end = performance.now() + 1000; performance.now() < end;); });
			tccc.on(name, (e) => { told.push(name + (e.sessionId ? '' : ' of nothing')); });
		});
		tccc.on('callIn', (e) => tccc.Call.accept({ sessionId: e.sessionId }));
		tccc.on('userAccessed', (e) => {
			tccc.Call.hold({ sessionId: e.sessionId }).then(() => tccc.Call.unHold({ sessionId: e.sessionId }))
				.then(() => tccc.Call.hungUp({ sessionId: e.sessionId }));
		});
		tccc.on('sessionEnded', (e) => tccc.Call.deleteCall({ sessionId: e.sessionId }));
	})()`)
	call := g.Ring(t, "02112345678", sales, "")
	p.Await("sessionCompleted")
	phoneEnded(t, g, call)
	assert.Equal(t, []string{"callIn", "userAccessed", "sessionEnded", "sessionCompleted"},
		harness.Eval[[]string](p, "told"))
}
