package pages

import (
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/assert"

	"tccc/test/harness"
)

// keysPage has shortcuts at every place and in either phase, takes what is typed
// outside of fields, and a form that takes digits.
const keysPage = `<!doctype html><html lang="en"><head><title>Desk</title><link rel="stylesheet" href="/bootstrap.css">
<script src="/bootstrap.js"></script><script src="/hotkeys.js"></script></head><body>
<input id="own"><div id="edit" contenteditable style="height: 20px"></div>
<div class="modal" id="bs" tabindex="-1"><div class="modal-dialog"><div class="modal-content"><input id="bsin"></div></div></div>
<div id="locked"><input id="lockedin"><button>OK</button></div>
<script>
	window.fired = [];
	(window.hotkeys.default || window.hotkeys)('n,r,e,1,2,0,/', (event, handler) => fired.push('hotkeys ' + handler.key));
	for (const capture of [false, true]) document.addEventListener('keydown', (event) => {
		if (/^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName) || event.target.isContentEditable) return;
		fired.push('document ' + event.key);
		event.preventDefault();
	}, capture);
	window.addEventListener('keyup', (event) => { if (event.target.id === 'tcccSdkDomRoot') fired.push('window ' + event.key) });
	document.addEventListener('copy', () => fired.push('copy'), true);
	document.addEventListener('pointerdown', (event) => { if (event.target.id === 'tcccSdkDomRoot') fired.push('outside') });
	// Pulls the focus back whenever it leaves, as some traps do.
	const pull = (event) => {
		if (window.pulling && !locked.contains(event.relatedTarget)) setTimeout(() => lockedin.focus());
	};
	locked.addEventListener('focusout', pull);
</script></body></html>`

// TestTypingStaysInOurFields types where the page has shortcuts.
func TestTypingStaysInOurFields(t *testing.T) {
	bootstrap(t)
	library(t, "/hotkeys.js", "text/javascript", "hotkeys-js", "dist", "hotkeys.js")
	g := harness.StartGateway(t, harness.GatewayOptions{})
	site := harness.CustomerSite()
	p := harness.NewPage(t, site.Origin+site.Page(keysPage, ""))
	p.Load(g.Login(t, "agent1@demo").SDKURL, nil)
	p.Await("ready")
	const field, written = ".dial .input", root + ".querySelector('.dial .input').value"
	click(t, p, `.tab[data-arg="dial"]`)
	type_ := func(text string) { do(t, p, chromedp.KeyEvent(text)) }

	click(t, p, field)
	type_("10086")
	p.AwaitTrue(written + " === '10086'")
	do(t, p, chromedp.KeyEvent("c", chromedp.KeyModifiers(2)))
	assert.Empty(t, harness.Eval[[]string](p, "fired"))

	do(t, p, chromedp.Click("#own"))
	type_("12")
	p.AwaitTrue("own.value === '12'")
	assert.Equal(t, "10086", harness.Eval[string](p, written), "the page's typing stays with the page")
	do(t, p, chromedp.Click("#edit"))
	type_("12")
	p.AwaitTrue("edit.textContent === '12'")
	p.Run("void (fired.length = 0)")

	for name, trap := range map[string][2]string{
		"Bootstrap":                 {"window.M = new bootstrap.Modal('#bs'); M.show()", "M.hide()"},
		"a trap that pulls it back": {"lockedin.focus(); window.pulling = true", "window.pulling = false"},
		"capturing trap": {`document.addEventListener('focusin', window.T = (event) => {
			if (!locked.contains(event.target)) { event.stopImmediatePropagation(); lockedin.focus() }
		}, true); lockedin.focus()`, "document.removeEventListener('focusin', T, true)"},
	} {
		t.Run(name, func(t *testing.T) {
			p.Run("void (async () => { " + trap[0] + " })()")
			click(t, p, field)
			do(t, p, chromedp.KeyEvent(kb.End))
			for range 5 {
				type_(kb.Backspace)
			}
			p.AwaitTrue(written + " === ''")
			type_("10086")
			p.AwaitTrue(written + " === '10086'")
			assert.Equal(t, "", harness.Eval[string](p, "bsin.value + lockedin.value"),
				"no digit is in the page's form")
			p.Run("void (async () => { " + trap[1] + " })()")
		})
	}
	p.AwaitTrue("!document.querySelector('.modal.show')")

	// Digits of the keyboard go into the call that they are pressed for.
	do(t, p, chromedp.KeyEvent(kb.Enter))
	id := p.Await("callOuted").SessionID()
	p.Await("calloutAccepted", "sessionId", id)
	p.Run("void (fired.length = 0)")
	click(t, p, `[data-click="keypad"]`)
	click(t, p, `.keypad [data-arg="send:1"]`)
	type_("20")
	p.AwaitTrue(root + ".querySelector('.digits').textContent === '120'")
	assert.Empty(t, harness.Eval[[]string](p, "fired.filter((f) => !f.startsWith('document'))"))
	do(t, p, chromedp.Click("#own"))
	type_("7")
	p.AwaitTrue("own.value === '127'")
	assert.Equal(t, "120", harness.Eval[string](p, root+".querySelector('.digits').textContent"))
}
