// Package face tests the interface as agents use it: with pointer and keyboard,
// in a page of an integrator, against the real gateway.
package face

import (
	"context"
	"fmt"
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/test/harness"
)

func TestMain(m *testing.M) { harness.Main(m) }

const (
	sales = "4001000001"
	first = "agent1@demo"
	other = "agent2@demo" // of the same group
)

// root is the shadow root of the interface, in JavaScript.
const root = "document.getElementById('tcccSdkDomRoot').shadowRoot"

// load opens a page with these attributes at the script and awaits ready.
func load(t *testing.T, g *harness.Gateway, user string, attributes map[string]string) *harness.Page {
	t.Helper()
	p := harness.Blank(t)
	p.Load(g.Login(t, user).SDKURL, attributes)
	p.Await("ready")
	return p
}

// press clicks what a selector finds, once it is there and can be pressed.
func press(p *harness.Page, selector string) {
	find := fmt.Sprintf("%s.querySelector('%s:not([aria-disabled])')", root, selector)
	p.AwaitTrue(find)
	p.Run("void " + find + ".click()")
}

func tab(p *harness.Page, name string) { press(p, `[data-click="tab"][data-arg="`+name+`"]`) }

// shows waits until what a selector finds shows a text.
func shows(p *harness.Page, selector, text string) {
	p.AwaitTrue(fmt.Sprintf("[...%s.querySelectorAll('%s')].some((e) => e.textContent.includes('%s'))", root, selector,
		text))
}

func gone(p *harness.Page, selector string) {
	p.AwaitTrue(fmt.Sprintf("!%s.querySelector('%s')", root, selector))
}

func there(p *harness.Page, selector string) {
	p.AwaitTrue(fmt.Sprintf("%s.querySelector('%s')", root, selector))
}

// keys presses keys, as a keyboard does.
func keys(t *testing.T, p *harness.Page, all ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(p.Context(), harness.Patience)
	defer cancel()
	for _, k := range all {
		require.NoError(t, chromedp.Do(ctx, chromedp.KeyEvent(k)))
	}
}

// focused waits until what has the focus matches a selector.
func focused(p *harness.Page, selector string) {
	p.AwaitTrue(fmt.Sprintf("%s.activeElement && %s.activeElement.matches('%s')", root, root, selector))
}

// tabTo presses Tab until what has the focus matches a selector.
func tabTo(t *testing.T, p *harness.Page, selector string) {
	t.Helper()
	for range 40 {
		keys(t, p, kb.Tab)
		if harness.Eval[bool](p, fmt.Sprintf("!!(%s.activeElement && %s.activeElement.matches('%s'))", root, root,
			selector)) {
			return
		}
	}
	require.Fail(t, "Tab does not lead to "+selector)
}

func box(p *harness.Page, selector string) (b struct{ X, Y, Width, Height float64 }) {
	return harness.Eval[struct{ X, Y, Width, Height float64 }](p,
		fmt.Sprintf("%s.querySelector('%s').getBoundingClientRect().toJSON()", root, selector))
}

// TestMethodsOfUI calls what pages call.
func TestMethodsOfUI(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	p := load(t, g, first, nil)
	there(p, ".bench.floating")
	p.Run("tccc.UI.hideWorkbench()")
	gone(p, ".bench")
	there(p, ".float")
	p.Run("tccc.UI.hidefloatButton()")
	gone(p, ".float")
	p.Run("tccc.UI.showfloatButton()")
	there(p, ".float")
	p.Run("tccc.UI.hide()")
	gone(p, ".float")
	assert.True(t, harness.Eval[bool](p, "!!document.getElementById('tcccSdkDomRoot')"), "the element stays")
	p.Run("tccc.UI.showWorkbench()")
	p.Run("tccc.UI.show()")
	there(p, ".bench.floating")
}

// TestMethodsOfUIBeforeReady calls them as early as a page can, and again when
// the program has just begun.
func TestMethodsOfUIBeforeReady(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	p := harness.Blank(t)
	p.Run(`void (harness.onload = () => {
		tccc.UI.hidefloatButton();
		tccc.on('ready', () => tccc.UI.hideWorkbench());
	})`)
	p.Load(g.Login(t, first).SDKURL, nil)
	p.Await("ready")
	g.Ring(t, "13800000001", sales, "")
	p.Await("callIn")
	there(p, ".bar .card.ringing") // without the button it shows calls only
	gone(p, ".float")
	gone(p, ".bench")
}

func TestWorkbenchAtFirstLogin(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	p := load(t, g, first, map[string]string{"data-show-work-bench-at-first-login": "false"})
	there(p, ".float")
	gone(p, ".bench")
	press(p, ".float")
	press(p, "[data-click=workbench]")
	there(p, ".bench.floating")
	gone(p, ".float")
	press(p, ".bench-header [data-click=workbench]")
	gone(p, ".bench")
}

// TestEmbedded renders the workbench into an element of the page, as small as
// the documents allow.
func TestEmbedded(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	site := harness.CustomerSite()
	p := harness.NewPage(t, site.Origin+
		site.Page(`<!doctype html><title>Desk</title><body><div id="desk"></div></body>`, ""))
	p.Run("void Object.assign(document.getElementById('desk').style, { width: '760px', height: '480px' })")
	p.Load(g.Login(t, first).SDKURL, map[string]string{"data-render-dom-id": "desk"})
	p.Await("ready")
	const desk = "document.getElementById('desk').shadowRoot"
	p.AwaitTrue(desk + ".querySelector('.bench.embedded')")
	gone(p, ".bench")
	for _, name := range []string{"sessions", "dial", "colleagues", "history", "settings"} {
		button := desk + `.querySelector('[data-click="tab"][data-arg="` + name + `"]')`
		p.AwaitTrue(button)
		p.Run("void " + button + ".click()")
		p.AwaitTrue(button + ".getAttribute('aria-selected') === 'true'")
		assert.Empty(t, harness.Eval[[]string](p, `[...`+desk+`.querySelectorAll('button, input, select')].filter((e) => {
			const b = e.getBoundingClientRect(), d = document.getElementById('desk').getBoundingClientRect();
			return b.width && (b.left < d.left || b.right > d.right);
		}).map((e) => e.outerHTML)`), name)
	}
	assert.Equal(t, 480.0, harness.Eval[float64](p, desk+".querySelector('.bench').getBoundingClientRect().height"))
	p.Run("tccc.UI.hideWorkbench()")
	p.AwaitTrue("!" + desk + ".querySelector('.bench')")
	there(p, ".float")
	p.Run("tccc.UI.showWorkbench()")
	p.AwaitTrue(desk + ".querySelector('.bench.embedded')")
}

// TestTheButtonIsMoved drags it, finds it again after a reload, and makes the
// window smaller than its place.
func TestTheButtonIsMoved(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	u := harness.NewProfile(t)
	p := u.Agent(g, first)
	p.Run("tccc.UI.hideWorkbench()")
	there(p, ".float")
	b := box(p, ".float")
	ctx, cancel := context.WithTimeout(p.Context(), harness.Patience)
	defer cancel()
	x, y := b.X+b.Width/2, b.Y+b.Height/2
	require.NoError(t, chromedp.Do(ctx,
		chromedp.MouseEvent(input.DispatchMouseEventTypeMousePressed, x, y, chromedp.ButtonLeft),
		chromedp.MouseEvent(input.DispatchMouseEventTypeMouseMoved, x-200, y-150, chromedp.ButtonLeft),
		chromedp.MouseEvent(input.DispatchMouseEventTypeMouseMoved, x-400, y-300, chromedp.ButtonLeft),
		chromedp.MouseEvent(input.DispatchMouseEventTypeMouseReleased, x-400, y-300, chromedp.ButtonLeft)))
	p.AwaitTrue(fmt.Sprintf("Math.abs(%s.querySelector('.float').getBoundingClientRect().x - %f) < 6", root, b.X-400))
	gone(p, ".bar") // the drag was no click
	p.Run("void " + root + ".querySelector('.float').focus()")
	keys(t, p, kb.ArrowLeft)
	p.AwaitTrue(fmt.Sprintf("Math.abs(%s.querySelector('.float').getBoundingClientRect().x - %f) < 6", root, b.X-416))

	p.Reload()
	p.Await("ready")
	p.Run("tccc.UI.hideWorkbench()")
	there(p, ".float")
	p.AwaitTrue(fmt.Sprintf("Math.abs(%s.querySelector('.float').getBoundingClientRect().x - %f) < 6", root, b.X-416))

	require.NoError(t, chromedp.Do(ctx, chromedp.EmulateViewport(700, 400)))
	p.AwaitTrue(fmt.Sprintf("(() => { const b = %s.querySelector('.float').getBoundingClientRect(); return innerWidth === 700 && b.left >= 0 && b.top >= 0 && b.right <= 700 && b.bottom <= 400 })()", root))
}

// TestKeyboardAlone does without a pointer.
func TestKeyboardAlone(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	p := load(t, g, first, nil)
	there(p, ".bench .rail")

	// The tabs are one stop; the arrows walk them.
	tabTo(t, p, ".tab[aria-selected=true]")
	keys(t, p, kb.ArrowDown)
	focused(p, `[data-arg="dial"][aria-selected=true]`)
	keys(t, p, kb.End)
	focused(p, `[data-arg="settings"][aria-selected=true]`)
	keys(t, p, kb.Home, kb.ArrowDown)
	focused(p, `[data-arg="dial"][aria-selected=true]`)

	// A number is typed and called with Enter.
	tabTo(t, p, ".dial .input")
	keys(t, p, "10086", kb.Enter)
	id := p.Await("callOuted", "calleePhoneNumber", "10086").SessionID()
	p.Await("calloutAccepted", "sessionId", id)
	tabTo(t, p, `[data-click="mute"]`)
	keys(t, p, kb.Enter)
	p.Await("sessionUpdated", "muted", true)
	tabTo(t, p, `[data-click="keypad"]`)
	keys(t, p, kb.Enter)
	there(p, ".keypad")
	keys(t, p, kb.Escape)
	gone(p, ".keypad")
	tabTo(t, p, `[data-click="hangup"]`)
	keys(t, p, kb.Enter)
	p.Await("sessionEnded", "sessionId", id)

	// The status menu takes the focus and gives it back.
	p.Run("void document.activeElement.blur()")
	tabTo(t, p, ".bench button.status")
	keys(t, p, kb.Enter)
	focused(p, "[role=menuitemradio][aria-checked=true]")
	keys(t, p, kb.Escape)
	focused(p, ".bench button.status")
	keys(t, p, kb.Enter)
	focused(p, "[role=menuitemradio]")
	keys(t, p, kb.ArrowDown, kb.Enter)
	p.Await("statusChanged", "status", "notReady")
	focused(p, ".bench button.status")
}

// TestHistory looks up a call of today, listens to it and calls back.
func TestHistory(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{Env: []string{"TCCC_APPS_0_RECORDING_ENABLED=true"}})
	p := load(t, g, first, nil)
	tab(p, "history")
	shows(p, ".empty", "Nothing yet today")
	call := g.Ring(t, "13800000001", sales, "")
	id := p.Await("callIn").SessionID()
	press(p, `.live [data-click="accept"]`)
	p.Await("userAccessed", "sessionId", id)
	g.AwaitPhoneHears(t, call, harness.MicTone)
	g.PhoneHangup(t, call)
	p.Await("sessionEnded", "sessionId", id)
	shows(p, "#nothing, .row-item .line-name", "13800000001")
	p.Screenshot("face-history")
	press(p, `[data-click="play"]`)
	p.AwaitTrue(root + ".querySelector('.player audio').duration > 0")
	press(p, `[data-click="callBack"][data-arg="13800000001"]`)
	p.Await("callOuted", "calleePhoneNumber", "13800000001")

	// Another agent sees nothing of it.
	q := load(t, g, other, nil)
	tab(q, "history")
	shows(q, ".empty", "Nothing yet today")
}

// TestQueues shows who waits.
func TestQueues(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	p := load(t, g, first, nil)
	shows(p, ".queue", "Sales")
	shows(p, ".queue", "0 waiting")
	shows(p, ".queue", "1 of 1 free")
	press(p, ".bench button.status")
	press(p, `[data-click="status"][data-arg="notReady"]`)
	p.Await("statusChanged", "status", "notReady")
	call := g.Ring(t, "13800000001", sales, "")
	shows(p, ".queue", "1 waiting")
	shows(p, ".queue", "longest 0:")
	shows(p, ".queue", "0 of 1 free")
	g.PhoneHangup(t, call)
	shows(p, ".queue", "0 waiting")
}

// TestSupervisor takes part in a colleague's call from the list of colleagues.
func TestSupervisor(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{Env: []string{"TCCC_APPS_0_AGENTS_4_SUPERVISOR=true"}})
	a, s := load(t, g, first, nil), load(t, g, "agent5@demo", nil)
	g.Ring(t, "13800000001", sales, "")
	id := a.Await("callIn").SessionID()
	press(a, `[data-click="accept"]`)
	a.Await("userAccessed", "sessionId", id)
	tab(s, "colleagues")
	shows(s, ".row-item", "Engaged")
	press(s, `[data-click="listen"]`)
	s.Await("sessionUpdated", "monitor", "listen")
	s.Hears(harness.PhoneTone)
	for _, mode := range []string{"whisper", "barge", "listen"} {
		press(s, `.controls [data-click="`+mode+`"]`)
		s.Await("sessionUpdated", "monitor", mode)
		there(s, `.controls [data-click="`+mode+`"][aria-pressed=true]`)
	}
	press(s, `[data-click="hangup"]`)
	s.Await("sessionEnded", "sessionId", id)
}

// TestForwardOut asks a number outside and hands the customer over to it.
func TestForwardOut(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	p := load(t, g, first, nil)
	g.Ring(t, "13800000001", sales, "")
	id := p.Await("callIn").SessionID()
	press(p, `[data-click="accept"]`)
	p.Await("userAccessed", "sessionId", id)
	press(p, `[data-click="transfer"]`)
	there(p, "[data-submit=toNumber] input")
	p.Run("void " + root + ".querySelector('[data-submit=toNumber] input').focus()")
	keys(t, p, "10086")
	press(p, "[data-submit=toNumber] button")
	with := p.Await("callOuted", "calleePhoneNumber", "10086").SessionID()
	p.Await("calloutAccepted", "sessionId", with)
	press(p, `[data-click="handOver"]`)
	assert.Equal(t, "10086", p.Await("transfer", "sessionId", id).Text("phoneNumber"))

	p.Run("void tccc.overrideButtonConfig((c) => ({ active: c.active.filter((b) => b.type !== 'forwardOut' && b.type !== 'mute') }))")
	g.Ring(t, "13800000002", sales, "")
	id = p.Await("callIn").SessionID()
	press(p, `[data-click="accept"]`)
	p.Await("userAccessed", "sessionId", id)
	press(p, `[data-click="transfer"]`)
	there(p, ".targets .people")
	gone(p, "[data-submit=toNumber]")
	gone(p, `[data-click="mute"]`)
}

// TestRingsInTheBackground tells of a call while the page is hidden, until it
// does not ring any more.
func TestRingsInTheBackground(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	p := harness.Blank(t)
	p.Run(`void (() => {
		document.title = 'Desk';
		window.notes = [];
		window.Notification = class extends EventTarget {
			static permission = 'default';
			static asked = 0;
			static async requestPermission() { this.asked++; return this.permission = 'granted'; }
			constructor(title, options) { super(); Object.assign(this, { title, tag: options.tag, open: true }); notes.push(this); }
			close() { this.open = false; }
		};
		let hidden = false;
		Object.defineProperty(document, 'hidden', { get: () => hidden });
		window.background = (on) => { hidden = on; document.dispatchEvent(new Event('visibilitychange')); };
	})()`)
	p.Load(g.Login(t, first).SDKURL, nil)
	p.Await("ready")
	tab(p, "settings")
	assert.Zero(t, harness.Eval[int](p, "Notification.asked"), "only the agent's click asks")
	press(p, "[data-click=notify]")
	shows(p, ".settings", "You are told of calls")
	tab(p, "sessions")

	p.Run("void background(true)")
	call := g.Ring(t, "13800000001", sales, "")
	p.Await("callIn")
	p.AwaitTrue("notes.length === 1 && notes[0].open && notes[0].title.includes('13800000001')")
	p.AwaitTrue("document.title.includes('13800000001')")
	p.AwaitTrue("document.title === 'Desk'") // and back and forth
	g.PhoneHangup(t, call)
	p.AwaitTrue("!notes[0].open && document.title === 'Desk'")

	p.Run("void background(false)")
	call = g.Ring(t, "13800000002", sales, "")
	p.Await("callIn")
	p.Run("void background(true)") // while it rings
	p.AwaitTrue("notes.length === 2 && notes[1].open")
	p.Run("void (window.focused = 0, window.focus = () => { focused++; })")
	p.Run("void notes[1].dispatchEvent(new Event('click'))")
	p.AwaitTrue("focused === 1 && !notes[1].open")
	p.Run("void background(false)")
	p.AwaitTrue("document.title === 'Desk'")
	g.PhoneHangup(t, call)
}

// TestSettings measures the microphone while the settings are shown and plays
// sounds to try the outputs.
func TestSettings(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	p := load(t, g, first, nil)
	p.AwaitTrue("harness.peers.some((pc) => pc.connectionState === 'connected')")
	const open = "harness.microphones.filter((m) => m.readyState === 'live').length"
	p.AwaitTrue(open + " === 0")
	tab(p, "settings")
	p.AwaitTrue(root + ".querySelector('[role=meter]').getAttribute('aria-valuenow') > 20")
	p.Screenshot("face-settings")
	press(p, `[data-click="test"][data-arg="speaker"]`)
	p.AwaitTrue("harness.rings()")
	p.AwaitTrue(root + ".querySelector('[role=meter]').getAttribute('aria-valuenow') > 20")
	tab(p, "sessions")
	p.AwaitTrue(open + " === 0")
}
