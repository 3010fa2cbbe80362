package colleague

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"tccc/test/harness"
	"tccc/wire"
)

// click presses a button of the call bar that stands for an action.
func click(p *harness.Page, action, arg string) {
	press(p, "[data-click=\""+action+"\"][data-arg=\""+arg+"\"]:not([aria-disabled])")
}

// press clicks what a selector finds in the call bar, once it is there.
func press(p *harness.Page, selector string) {
	find := "document.getElementById('tcccSdkDomRoot').shadowRoot.querySelector('" + selector + "')"
	p.AwaitTrue(find)
	p.Run("void " + find + ".click()")
}

// shows waits until the call bar shows an element with a text.
func shows(p *harness.Page, selector, text string) {
	p.AwaitTrue("[...document.getElementById('tcccSdkDomRoot').shadowRoot.querySelectorAll('" + selector +
		"')].some((e) => e.textContent.includes('" + text + "'))")
}

// TestTransferFromTheCallBar does with clicks what the other tests do with methods.
func TestTransferFromTheCallBar(t *testing.T) {
	g, a, b := two(t, harness.GatewayOptions{})
	a.Run("void tccc.UI.hideWorkbench()")
	id, call := conversation(t, g, a, firstTone)
	click(a, "transfer", id)
	shows(a, ".people", "David Zhao")
	shows(a, ".people", "1 free of 1, 0 waiting")
	a.Screenshot("transfer-list")
	click(a, "toAgent", second)
	shows(a, ".strip", "Transferring to David Zhao")
	b.Await("callIn", "sessionId", id)
	click(b, "hangup", id)
	shows(a, ".strip", "The call was declined")
	g.AwaitPhoneHears(t, call, firstTone)
	click(b, "complete", id)

	click(a, "transfer", id)
	click(a, "toGroup", "support")
	b.Await("callIn", "sessionId", id)
	click(b, "accept", id)
	g.AwaitPhoneHears(t, call, secondTone)
	assert.Equal(t, wire.CloseSeat, ended(t, a, id).CloseBy)
}

func TestCallAColleagueFromTheCallBar(t *testing.T) {
	_, a, b := two(t, harness.GatewayOptions{})
	a.Run("void tccc.UI.hideWorkbench()")
	press(a, "[data-click=fold]")
	click(a, "menu", "dial")
	click(a, "callAgent", second)
	id := b.Await("callIn").SessionID()
	click(b, "accept", id)
	a.Hears(secondTone)
	b.Hears(firstTone)
	click(a, "hangup", id)
	shows(b, ".why", "Your colleague hung up")
}

func TestConsultFromTheCallBar(t *testing.T) {
	g, a, b := two(t, harness.GatewayOptions{})
	a.Run("void tccc.UI.hideWorkbench()")
	id, call := conversation(t, g, a, firstTone)
	click(a, "transfer", id)
	press(a, "[data-click=askFirst]")
	a.AwaitTrue("document.getElementById('tcccSdkDomRoot').shadowRoot.querySelector('[data-click=askFirst][aria-pressed=true]')")
	click(a, "toAgent", second)
	with := b.Await("callIn", "type", "internal").SessionID()
	shows(a, ".consultation", "while you ask David Zhao")
	click(b, "accept", with)
	a.Hears(secondTone)
	a.Screenshot("consultation")
	click(a, "conference", with)
	shows(a, ".tag", "Conference")
	b.Await("userAccessed", "sessionId", id)
	a.Screenshot("conference")
	click(a, "hangup", id)
	g.AwaitPhoneHears(t, call, secondTone)
}

// TestButtonsOfThePage leaves out what overrideButtonConfig leaves out.
func TestButtonsOfThePage(t *testing.T) {
	g, a, _ := two(t, harness.GatewayOptions{})
	a.Run("void (tccc.UI.hideWorkbench(), tccc.overrideButtonConfig((c) => ({active: c.active.filter((b) => b.type !== 'transferSeat')})))")
	id, _ := conversation(t, g, a, firstTone)
	click(a, "transfer", id)
	shows(a, ".people", "Support")
	a.AwaitTrue("!document.getElementById('tcccSdkDomRoot').shadowRoot.querySelector('[data-click=toAgent]')")
}
