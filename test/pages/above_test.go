package pages

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/test/harness"
)

// root is what the interface is in. It is looked for once: in a dialog of a
// shadow root the document does not find it.
const root = "(window.sdkRoot ||= document.getElementById('tcccSdkDomRoot')).shadowRoot"

// covers are what pages put above everything, or make dead around it.
var covers = []struct{ name, show, hide string }{
	{"modal dialog", "dlg.showModal()", "dlg.close()"},
	{"modal dialog in a modal dialog", "dlg.showModal(); inner.showModal()", "inner.close(); dlg.close()"},
	{"modal dialog without its content", "dlg.showModal()", "(d => { d.remove(); document.body.append(d) })(dlg)"},
	{"modal dialog in a shadow root", "box.shadowRoot.querySelector('dialog').showModal()",
		"box.shadowRoot.querySelector('dialog').close()"},
	{"Bootstrap's modal", "(window.M = new bootstrap.Modal('#bs')).show()", "M.hide()"},
	{"full screen", "document.getElementById('full').requestFullscreen()", "document.exitFullscreen()"},
	{"full screen in a shadow root", "box.shadowRoot.querySelector('section').requestFullscreen()",
		"document.exitFullscreen()"},
	{"full screen of all", "document.documentElement.requestFullscreen()", "document.exitFullscreen()"},
	{"popover", "pop.showPopover()", "pop.hidePopover()"},
	{"inert siblings", "for (const c of document.body.children) { c.inert = true; c.setAttribute('aria-hidden', 'true') }",
		"for (const c of document.body.children) { c.inert = false; c.removeAttribute('aria-hidden') }"},
	{"inert body", "document.body.inert = true", "document.body.inert = false"},
	{"body without pointer events", "document.body.style.pointerEvents = 'none'",
		"document.body.style.pointerEvents = ''"},
	{"highest z-index", "over.style.display = 'block'", "over.style.display = 'none'"},
	{"transform, filter and contain", `document.body.style.cssText = document.documentElement.style.cssText =
		'transform: translateZ(0) scale(.5); filter: blur(2px); contain: paint; overflow: hidden; width: 200px; height: 100px'`,
		"document.body.style.cssText = document.documentElement.style.cssText = ''"},
	{"styles of popovers and elements of the page", "sheet.disabled = false", "sheet.disabled = true"},
}

const coveredPage = `<!doctype html><html lang="en"><head><title>Desk</title><link rel="stylesheet" href="/bootstrap.css">
<script src="/bootstrap.js"></script></head><body>
<dialog id="dlg"><p>Order</p><dialog id="inner"><input></dialog></dialog>
<div class="modal" id="bs" tabindex="-1"><div class="modal-dialog"><div class="modal-content"><input id="bsin"></div></div></div>
<div id="full">all of it</div><div id="pop" popover="manual" style="position: fixed; inset: 0; width: 100%; height: 100%">popover</div>
<div id="over" style="display: none; position: fixed; inset: 0; z-index: 2147483647; background: rgb(0 0 0 / 50%)"></div>
<div id="box"></div>
<style id="css">[popover], t3c-sdk { margin: 30px; padding: 40px; border: 9px solid red; inset: 50px; overflow: hidden; background: #fff }</style>
<script>
	const sheet = css.sheet; sheet.disabled = true;
	box.attachShadow({ mode: 'open' }).innerHTML = '<dialog><button>OK</button></dialog><section>all of it</section>';
</script></body></html>`

// library serves a file of a package.
func library(t *testing.T, path, kind string, name ...string) {
	t.Helper()
	body, err := os.ReadFile(filepath.Join(append([]string{"node_modules"}, name...)...))
	require.NoError(t, err)
	harness.CustomerSite().File(path, harness.File{Kind: kind, Body: body})
}

func bootstrap(t *testing.T) {
	t.Helper()
	harness.NPM(t, ".")
	library(t, "/bootstrap.css", "text/css", "bootstrap", "dist", "css", "bootstrap.min.css")
	library(t, "/bootstrap.js", "text/javascript", "bootstrap", "dist", "js", "bootstrap.bundle.min.js")
}

func do(t *testing.T, p *harness.Page, actions ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	ctx, cancel := context.WithTimeout(p.Context(), harness.Patience)
	defer cancel()
	require.NoError(t, chromedp.Do(ctx, actions...))
}

// gesture lets a page do what it may do when it is clicked.
func gesture(p *runtime.EvaluateParams) { p.UserGesture = new(true) }

// click presses the mouse where what a selector finds is, once it is there,
// nothing is above it and it stands still.
func click(t *testing.T, p *harness.Page, selector string) {
	t.Helper()
	find := fmt.Sprintf("%s.querySelector('%s')", root, selector)
	p.AwaitTrue(fmt.Sprintf("!%s.getAnimations().some((a) => a.effect.getTiming().iterations < 2 && a.effect.target.contains(%s))", root, find))
	at := fmt.Sprintf(`((b) => [b.x + b.width / 2, b.y + b.height / 2])(%s.getBoundingClientRect())`, find)
	p.AwaitTrue(fmt.Sprintf(`(() => { const e = %s; return e && !e.closest('[aria-disabled]') && %s.elementFromPoint(...%s)?.closest('button, input, textarea') === e })()`,
		find, root, at))
	p.Run("void ((e) => { window.hit = false; e.addEventListener('click', () => { window.hit = true }, { once: true }) })(" + find + ")")
	for range 5 { // a busy machine may move it meanwhile
		xy := harness.Eval[[]float64](p, at)
		do(t, p, chromedp.MouseClickXY(xy[0], xy[1]))
		if harness.Eval[bool](p, "window.hit") {
			return
		}
	}
	require.Fail(t, "the click on "+selector+" goes elsewhere")
}

// TestCallsAreAnsweredAboveEverything answers by a real click what rings while
// the page shows something above all else.
func TestCallsAreAnsweredAboveEverything(t *testing.T) {
	bootstrap(t)
	g := harness.StartGateway(t, harness.GatewayOptions{})
	site := harness.CustomerSite()
	p := harness.NewPage(t, site.Origin+site.Page(coveredPage, ""))
	p.Load(g.Login(t, "agent1@demo").SDKURL, map[string]string{"data-show-work-bench-at-first-login": "false"})
	p.Await("ready")
	for _, c := range covers {
		t.Run(c.name, func(t *testing.T) {
			do(t, p, chromedp.Evaluate[chromedp.Void]("void (async () => { "+c.show+" })()", gesture))
			call := g.Ring(t, "13800000001", "4001000001", "")
			id := p.Await("callIn").SessionID()
			click(t, p, `[data-click="accept"]`)
			p.Await("userAccessed", "sessionId", id)
			p.Run("void (async () => { " + c.hide + " })()")
			p.AwaitTrue("document.getElementById('tcccSdkDomRoot').parentNode === document.body")
			click(t, p, `[data-click="hangup"]`) // and is used as before
			p.Await("sessionEnded", "sessionId", id)
			g.PhoneHangup(t, call)
		})
	}
	p.AwaitTrue("tccc.Agent.getStatus() === 'free'")
	ctx, cancel := context.WithTimeout(p.Context(), harness.Patience)
	defer cancel()
	_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"})
	require.NoError(t, err)
	assert.Equal(t, "none", harness.Eval[string](p,
		"getComputedStyle(document.getElementById('tcccSdkDomRoot')).display"), "is not printed")
}
