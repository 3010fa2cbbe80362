// Package desk tests the demo's own pages as a visitor uses them: by clicking.
package desk

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"tccc/test/harness"
)

func TestMain(m *testing.M) { harness.Main(m) }

// button is the page's visible button with a text or label, as JavaScript.
func button(name string) string {
	return `[...document.querySelectorAll('button')].find((b) => !b.disabled && b.offsetParent && (b.textContent.trim() === '` + name + `' || b.getAttribute('aria-label') === '` + name + `'))`
}

func click(p *harness.Page, name string) {
	p.AwaitTrue(button(name))
	p.Run("void " + button(name) + ".click()")
}

func fill(p *harness.Page, id, text string) {
	p.Run("void (() => { const e = document.getElementById(%s); e.value = %s; e.dispatchEvent(new Event('input', { bubbles: true })); })()", id, text)
}

// open opens one of the gateway's pages and watches its policy.
func open(t *testing.T, g *harness.Gateway, path string) *harness.Page {
	p := harness.NewPage(t, g.URL+path)
	p.Run(`void (window.violations = [], document.addEventListener('securitypolicyviolation', (e) => violations.push(e.violatedDirective + ' ' + e.blockedURI)))`)
	return p
}

// TestBothPages rings from the phone page, answers on the desk, and calls back.
func TestBothPages(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	desk := open(t, g, "/")
	desk.AwaitTrue("window.tccc && tccc.Agent.getStatus() === 'free'")
	desk.Run("void harness.record()")
	desk.Screenshot("desk-free")
	phone := open(t, g, "/phone.html")

	fill(phone, "to", "4001000001")
	click(phone, "Call")
	id := desk.Await("callIn").SessionID()
	desk.Screenshot("desk-ringing")
	phone.Screenshot("phone-calling")
	click(desk, "Accept")
	desk.Await("userAccessed", "sessionId", id)
	desk.Hears(harness.PhoneTone)
	g.AwaitPhone(t, "hears the agent", func(c harness.PhoneCall) bool {
		return c.SessionID == id && c.Energy > 0.01 && c.Frequency > harness.MicTone-25 &&
			c.Frequency < harness.MicTone+25
	})
	desk.Screenshot("desk-talking")
	phone.Screenshot("phone-talking")
	click(phone, "Hang up")
	desk.Await("sessionEnded", "sessionId", id, "closeBy", "client")
	click(desk, "Complete")
	desk.Await("sessionCompleted", "sessionId", id)

	// The other way: any other number rings the phone page.
	fill(desk, "number", "13800000009")
	click(desk, "Call")
	id = desk.Await("callOuted").SessionID()
	click(phone, "Answer")
	desk.Await("calloutAccepted", "sessionId", id)
	desk.Hears(harness.PhoneTone)
	click(desk, "Hang up")
	desk.Await("sessionEnded", "sessionId", id, "closeBy", "seat")
	for _, p := range []*harness.Page{desk, phone} {
		assert.Empty(t, harness.Eval[[]string](p, "violations"))
	}
}

// TestDeskAndCustomerPage has a chat from the customers' page, answered and
// ended on the desk.
func TestDeskAndCustomerPage(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	desk := open(t, g, "/")
	desk.AwaitTrue("window.tccc && tccc.Agent.getStatus() === 'free'")
	desk.Run("void harness.record()")
	customer := open(t, g, "/customer.html")
	customer.AwaitTrue("document.querySelector('textarea') && !document.querySelector('textarea').disabled")
	customer.Run(`void (() => {
		const t = document.querySelector('textarea');
		t.value = 'An agent, please: where is order 4711?';
		t.dispatchEvent(new Event('input', {bubbles: true}));
		t.dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', bubbles: true}));
	})()`)
	id := desk.Await("callIn", "type", "im").SessionID()
	desk.Screenshot("desk-chat-ringing")
	click(desk, "Accept")
	desk.Await("userAccessed", "sessionId", id)
	desk.AwaitTrue("document.getElementById('tcccSdkDomRoot').shadowRoot.textContent.includes('where is order 4711?')")
	desk.Screenshot("desk-chat")
	desk.Run("void tccc.UI.hideWorkbench()")
	click(desk, "End chat")
	desk.Await("sessionEnded", "sessionId", id, "closeBy", "seat")
	click(desk, "Complete")
	desk.Await("sessionCompleted", "sessionId", id)
	for _, p := range []*harness.Page{desk, customer} {
		assert.Empty(t, harness.Eval[[]string](p, "violations"))
	}
}
