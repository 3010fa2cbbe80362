package face

import (
	"testing"

	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/assert"

	"tccc/test/harness"
)

// TestLanguage is chosen by the script's attribute and at run time, and what is
// no language of the interface is refused.
func TestLanguage(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	p := load(t, g, first, map[string]string{"data-lang": "zh_CN"})
	shows(p, ".bench .status-text", "空闲")
	p.Do("tccc.UI.setLanguage({ lang: 'en-GB' })")
	shows(p, ".bench .status-text", "Free")
	p.Do("tccc.UI.setLanguage({ lang: 'yue' })")
	shows(p, ".bench .status-text", "空闲")
	for _, bad := range []string{"{ lang: 'tlh' }", "{ lang: '' }", "{ lang: 7 }", "{}", "undefined",
		"{ lang: null }"} {
		e := p.Fail("tccc.UI.setLanguage(" + bad + ")")
		assert.Equal(t, 1001, e.Code, bad)
		assert.Contains(t, e.ErrorMsg, "lang", bad)
	}
	shows(p, ".bench .status-text", "空闲")
}

// TestLanguageOfTheBrowser is what agents get on a page that was made from a
// template.
func TestLanguageOfTheBrowser(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	site := harness.CustomerSite()
	for page, want := range map[string]string{
		`<html lang="en"><script>Object.defineProperty(navigator, 'languages', { value: ['zh-CN', 'en'] })</script>`: "空闲",
		`<html lang="zh-Hant">`: "空闲",
		`<html lang="nonsense"><script>Object.defineProperty(navigator, 'languages', { get() { throw new Error() } })</script>`: "Free",
	} {
		p := harness.NewPage(t, site.Origin+site.Page("<!doctype html>"+page+"<title>Desk</title><body></body></html>",
			""))
		p.Load(g.Login(t, first).SDKURL, nil)
		p.Await("ready")
		shows(p, ".bench .status-text", want)
		p.Close()
	}
}

// TestMount brings the workbench into elements of the page, one after the other.
func TestMount(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	site := harness.CustomerSite()
	p := harness.NewPage(t, site.Origin+
		site.Page(`<!doctype html><title>Desk</title><body><div id="a"></div><div id="b"></div><input id="c"></body>`,
			""))
	p.Load(g.Login(t, first).SDKURL, nil)
	p.Await("ready")
	there(p, ".bench.floating")
	for _, c := range []struct{ how, where string }{
		{"'a'", "a"}, {"document.getElementById('b')", "b"}, {"{ renderDomId: 'a' }", "a"},
		{"{ element: document.getElementById('b') }", "b"}, {"'b'", "b"},
	} {
		p.Do("tccc.UI.mount(" + c.how + ")")
		desk := "document.getElementById('" + c.where + "').shadowRoot"
		p.AwaitTrue(desk + ".querySelectorAll('.bench.embedded').length === 1")
		gone(p, ".bench")
		assert.Equal(t, 1, harness.Eval[int](p, "[a, b].filter((e) => e.shadowRoot?.querySelector('.bench')).length"),
			c.how)
	}
	p.Run("void b.shadowRoot.querySelector('[data-arg=\"dial\"]').click()")
	p.AwaitTrue("b.shadowRoot.querySelector('.dial-page .input')")
	p.Run("void b.shadowRoot.querySelector('.dial-page .input').focus()")
	keys(t, p, "10086", kb.Enter)
	p.Await("callOuted", "calleePhoneNumber", "10086")
	assert.Equal(t, 1, harness.Eval[int](p, "harness.events.filter((e) => e.name === 'callOuted').length"),
		"each gesture is heard once")

	for _, bad := range []string{"'nowhere'", "{ renderDomId: 'nowhere' }", "document.getElementById('c')",
		"{ element: 7 }", "7"} {
		assert.Equal(t, 1001, p.Fail("tccc.UI.mount("+bad+")").Code, bad)
	}
	p.Do("tccc.UI.mount()")
	there(p, ".bench.floating")
	p.AwaitTrue("!b.shadowRoot.querySelector('.bench')")
}

// TestTheClockIsMoved sets the computer's clock in a call.
func TestTheClockIsMoved(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	p := load(t, g, first, nil)
	g.Ring(t, "13800000001", sales, "")
	id := p.Await("callIn").SessionID()
	p.Do("tccc.Call.accept({ sessionId: %s })", id)
	p.Await("userAccessed", "sessionId", id)
	for _, shift := range []string{"3600e3", "-86400e3", "34560000e3"} {
		p.Run(`void (() => {
			const Real = window.Real ||= Date;
			window.Date = class extends Real {
				constructor(...args) { args.length ? super(...args) : super(Real.now() + ` + shift + `) }
				static now() { return Real.now() + ` + shift + ` }
			};
		})()`)
		times := "[..." + root + ".querySelectorAll('.bench .time')].map((e) => e.textContent)"
		before := harness.Eval[[]string](p, times)
		p.AwaitTrue("String(" + times + ") !== '" + before[0] + "' && " + times + ".join() !== " + "'" + join(before) +
			"'")
		for _, time := range harness.Eval[[]string](p, times) {
			assert.Regexp(t, `^[0-5]:[0-5]\d$`, time, shift)
		}
	}
}

func join(list []string) (all string) {
	for i, s := range list {
		if i > 0 {
			all += ","
		}
		all += s
	}
	return all
}

// TestNotificationAnswers answers by a click on the system's notification.
func TestNotificationAnswers(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	site := harness.CustomerSite()
	p := harness.NewPage(t, site.Origin+site.Page(`<!doctype html><title>Desk</title><body><script>
		window.Notification = class extends EventTarget {
			static permission = 'granted';
			constructor(title) { super(); this.title = title; window.note = this }
			close() { this.closed = true }
		};
		Object.defineProperty(document, 'hidden', { get: () => true });
	</script></body>`, ""))
	p.Load(g.Login(t, first).SDKURL, nil)
	p.Await("ready")
	g.Ring(t, "13800000001", sales, "")
	id := p.Await("callIn").SessionID()
	p.AwaitTrue("window.note && note.title.includes('13800000001')")
	p.Run("void note.dispatchEvent(new Event('click'))")
	p.Await("userAccessed", "sessionId", id)
	p.AwaitTrue("note.closed")
}

// TestHistoryNarrowed shows the calls that the agent hung up, and those of a group.
func TestHistoryNarrowed(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	p := load(t, g, first, nil)
	for i, number := range []string{"13800000001", "13800000002"} {
		call := g.Ring(t, number, sales, "")
		id := p.Await("callIn").SessionID()
		p.Do("tccc.Call.accept({ sessionId: %s })", id)
		p.Await("userAccessed", "sessionId", id)
		if i == 0 {
			p.Do("tccc.Call.hungUp({ sessionId: %s })", id)
		} else {
			g.PhoneHangup(t, call)
		}
		p.Await("sessionEnded", "sessionId", id)
	}
	tab(p, "history")
	count := func(n string) {
		p.AwaitTrue(root + ".querySelectorAll('#entries, .history .row-item, .page .row-item').length === " + n)
	}
	count("2")
	choose(p, "onlyEnded", "seat")
	count("1")
	shows(p, ".row-item .line-name", "13800000001")
	choose(p, "onlyEnded", "client")
	shows(p, ".row-item .line-name", "13800000002")
	count("1")
	choose(p, "onlyGroup", "sales")
	count("1")
}

// TestNumberIsPlaced shows where a number is at home while it is typed.
func TestNumberIsPlaced(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{Env: []string{"TCCC_APPS_0_LOCATIONS_0_PREFIX=1380",
		"TCCC_APPS_0_LOCATIONS_0_NAME=Beijing"}})
	p := load(t, g, first, nil)
	tab(p, "dial")
	there(p, ".dial .input")
	p.Run("void " + root + ".querySelector('.dial .input').focus()")
	keys(t, p, "138000")
	shows(p, ".location", "Beijing")
	for range 3 {
		keys(t, p, kb.Backspace)
	}
	gone(p, ".location")
}
