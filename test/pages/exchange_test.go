package pages

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"tccc/test/harness"
)

// exchanges are ways in which frameworks exchange what a page consists of.
var exchanges = map[string]string{
	"another body":       `const b = document.createElement('body'); b.innerHTML = '<h1>new</h1>'; document.body.replaceWith(b);`,
	"innerHTML":          `document.body.innerHTML = '<h1>new</h1>';`,
	"innerHTML +=":       `document.body.innerHTML += '<p>more</p>';`,
	"replaceChildren":    `document.body.replaceChildren(document.createElement('h1'));`,
	"one by one":         `[...document.body.children].forEach((c) => { if (c.tagName !== 'H1') c.remove(); });`,
	"emptied and filled": `while (document.body.firstChild) document.body.firstChild.remove(); document.body.innerHTML = '<h1>new</h1>';`,
	"nothing left":       `document.body.textContent = '';`,
	"document.write":     `document.open(); document.write('<body><h1>new</h1></body>'); document.close();`,
	"another document element": `const h = document.documentElement.cloneNode(false); h.append(document.createElement('head'), document.createElement('body'));
		document.replaceChild(h, document.documentElement);`,
	"no body for a while": `const h = document.documentElement; h.remove(); setTimeout(() => document.append(h), 300);`,
	"portal":              `document.body.appendChild(document.createElement('div')).appendChild(document.getElementById('tcccSdkDomRoot'));`,
	"portal removed": `const d = document.body.appendChild(document.createElement('div'));
		d.appendChild(document.getElementById('tcccSdkDomRoot')); setTimeout(() => d.remove(), 50);`,
	"away for a moment": `const r = document.getElementById('tcccSdkDomRoot'); r.remove(); setTimeout(() => document.body.append(r), 30);`,
	"snapshot restored": `const copy = document.body.cloneNode(true); document.body.replaceWith(copy);`,
}

func TestExchange(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	for name, exchange := range exchanges {
		t.Run(name, func(t *testing.T) {
			p := agentAt(t, g, beside(t).user, "", "<h1>old</h1><button>b</button>")
			dial(p)
			p.Run("void (window.root = document.getElementById('tcccSdkDomRoot'))")
			p.Run("(() => {" + exchange + "})()")
			p.AwaitTrue("document.body && root.isConnected && document.getElementById('tcccSdkDomRoot') === root")
			p.AwaitTrue("document.querySelectorAll('t3c-sdk').length === 1 && !!root.shadowRoot.querySelector('button')")
			// Whatever the removal might have set off has had its time.
			p.Run("new Promise((done) => setTimeout(done, 400))")
			assert.True(t, harness.Eval[bool](p, "root.isConnected && tccc.Agent.getStatus() !== 'offline'"))
			assert.NotContains(t, p.Names(), "sessionEnded")
			p.Hears(harness.PhoneTone)
			hangUp(p)
		})
	}
}

// TestTurbo visits another page of a site that Turbo drives, in a call; once
// with the root in an element that is kept.
func TestTurbo(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	site := harness.CustomerSite()
	head := `<script src="` + packaged(t, "@hotwired/turbo/dist/turbo.es2017-umd.js") + `"></script>`
	page := func(body string) string {
		return "<!doctype html><html><head>" + head + "</head><body>" + body + "</body></html>"
	}
	for name, keep := range map[string]string{"exchanged": "",
		"permanent": `<div id="keep" data-turbo-permanent></div>`} {
		t.Run(name, func(t *testing.T) {
			there := site.Page(page(`<h1 id="there">there</h1>`+keep), "")
			p := agent(t, g, head, keep+`<a id="go" href="`+there+`">go</a>`)
			dial(p)
			if keep != "" {
				p.Run("void document.getElementById('keep').appendChild(document.getElementById('tcccSdkDomRoot'))")
			}
			p.Run("void document.getElementById('go').click()")
			p.AwaitTrue("document.getElementById('there') && document.getElementById('tcccSdkDomRoot')")
			p.Hears(harness.PhoneTone)
			p.Run("void history.back()")
			p.AwaitTrue("document.getElementById('go') && document.querySelectorAll('t3c-sdk').length === 1")
			assert.NotContains(t, p.Names(), "sessionEnded")
			hangUp(p)
		})
	}
}

// TestMeant removes the root as pages do that unload the SDK, in a call: they
// are told before nothing is told any more.
func TestMeant(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	for name, unload := range map[string]string{
		"removed":              "document.body.removeChild(document.getElementById('tcccSdkDomRoot'))",
		"with all of the page": "document.querySelectorAll('h1, button').forEach((e) => e.remove()); document.getElementById('tcccSdkDomRoot').remove()",
		"in a frame that goes": "document.getElementById('tcccSdkDomRoot').remove(); dispatchEvent(new PageTransitionEvent('pagehide'))",
		"with its script":      "document.querySelectorAll('script').forEach((s) => s.remove()); document.getElementById('tcccSdkDomRoot').remove()",
		"with a dialog of now": "const d = document.body.appendChild(document.createElement('dialog')); setTimeout(() => { d.remove(); document.getElementById('tcccSdkDomRoot').remove(); })",
	} {
		t.Run(name, func(t *testing.T) {
			p := agentAt(t, g, beside(t).user, "", "<h1>page</h1>")
			id := dial(p)
			p.Run("(() => {" + unload + "})()")
			assert.Equal(t, id, p.Await("sessionEnded").SessionID())
			assert.Equal(t, "offline", p.Await("statusChanged", "status", "offline").Status)
			p.AwaitTrue("harness.sockets.every((s) => s.readyState === WebSocket.CLOSED) && harness.microphones.every((m) => m.readyState === 'ended')")
			g.AwaitPhone(t, "has ended",
				func(c harness.PhoneCall) bool { return c.SessionID == id && c.State == "ended" })
		})
	}
}
