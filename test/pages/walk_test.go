package pages

import (
	"flag"
	"net/url"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"

	"tccc/test/harness"
)

// all says that every page is walked, and not one of each kind.
var all = flag.Bool("all", false, "walk the whole way in every page")

// Pages that load, hold and drop the SDK each in a way of their own, and
// others that are like one of them.
var (
	kinds = []string{"plain", "react", "vue2", "angular", "turbo", "qiankun", "wujie", "micro-app", "electron"}
	more  = []string{"vue3", "require", "jquery", "single-spa", "webview"}
)

// TestTheWholeWay walks the whole way in each of the pages.
func TestTheWholeWay(t *testing.T) {
	harness.NPM(t, ".")
	site := harness.CustomerSite()
	site.Dir("/node_modules/", "node_modules")
	site.Dir("/frames/", filepath.Join("testdata", "frames"))
	g := harness.StartGateway(t, harness.GatewayOptions{})
	pages := kinds
	if *all {
		pages = slices.Concat(kinds, more)
	}
	for _, name := range pages {
		t.Run(name, func(t *testing.T) {
			walk(t, g, beside(t), site.Origin+"/frames/"+name+".html")
		})
	}
}

// walk logs in by an element, takes a call, holds it and takes it again, goes
// elsewhere and reloads in it, makes a call, takes a chat, unloads the SDK in a
// call, and loads it again.
func walk(t *testing.T, g *harness.Gateway, s seat, page string) {
	p := harness.NewPage(t, page+"?sdk="+url.QueryEscape(g.Login(t, s.user).SDKURL))
	there := func() {
		t.Helper()
		p.AwaitTrue("window.sdk")
		p.Await("ready")
		p.AwaitTrue("sdk.Agent.getStatus() !== 'offline'")
	}
	there()
	call := g.Ring(t, "13800138000", s.number, "")
	id := p.Await("callIn").SessionID()
	p.Do("sdk.Call.accept({sessionId: %s})", id)
	p.Await("userAccessed", "sessionId", id)
	both := func() {
		t.Helper()
		p.Hears(harness.PhoneTone)
		g.AwaitPhoneHears(t, call, harness.MicTone)
	}
	both()
	p.Do("sdk.Call.hold({sessionId: %s})", id)
	p.Hears(0)
	p.Do("sdk.Call.unHold({sessionId: %s})", id)
	both()
	p.Run("(async () => { if (window.visit) await visit(); })()")
	p.Hears(harness.PhoneTone)
	p.Reload()
	there()
	p.Await("userAccessed", "sessionId", id, "restored", true)
	both()
	p.Do("sdk.Call.hungUp({sessionId: %s})", id)
	p.Await("sessionEnded", "sessionId", id)

	var visit struct{ SessionID string }
	g.Post(t, "/demo/visitor/start", map[string]string{
		"type": "im", "userId": t.Name(), "nickname": "Eve", "skillGroupId": s.group, "text": "Hello",
	}, &visit)
	p.Await("callIn", "sessionId", visit.SessionID)
	p.Do("sdk.Chat.accept({sessionId: %s})", visit.SessionID)
	p.Do("sdk.Chat.sendMessage({sessionId: %s, text: 'good day'})", visit.SessionID)
	g.Post(t, "/demo/visitor/say", map[string]string{"sessionId": visit.SessionID, "text": "thanks"}, nil)
	p.Await("messageReceived", "text", "thanks")
	p.Do("sdk.Chat.end({sessionId: %s})", visit.SessionID)
	p.Await("sessionEnded", "sessionId", visit.SessionID)

	p.Do("sdk.Call.startOutboundCall({phoneNumber: '10086'})")
	id = p.Await("calloutAccepted").SessionID()
	call = g.AwaitPhone(t, "is of "+id, func(c harness.PhoneCall) bool { return c.SessionID == id }).CallID
	both()
	unload(p)
	g.AwaitPhone(t, "has ended", func(c harness.PhoneCall) bool { return c.CallID == call && c.State == "ended" })
	p.Run("void (window.sdk = undefined, window.sdkURL = %s)", g.Login(t, s.user).SDKURL)
	p.Run("(async () => { await mount(); })()")
	there()
	p.Do("sdk.Call.startOutboundCall({phoneNumber: '10086'})")
	p.Await("calloutAccepted")
	p.Hears(harness.PhoneTone)
	unload(p)
	assert.NotContains(t, p.Names(), "error")
}

// unload takes the SDK out of the page, which keeps nothing of it.
func unload(p *harness.Page) {
	p.Run("(async () => { await unmount(); })()")
	p.AwaitTrue("!document.querySelector('t3c-sdk') && sdk.Agent.getStatus() === 'offline'")
	p.AwaitTrue(`harness.sockets.every((s) => s.readyState === 3) && harness.microphones.every((m) => m.readyState === 'ended') &&
		harness.peers.every((c) => c.connectionState === 'closed')`)
}
