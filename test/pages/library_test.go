package pages

import (
	"strings"
	"sync"
	"testing"

	"tccc/test/harness"
)

var installed sync.Once

// packaged puts a script of an npm package on the customer's site and gives its address.
func packaged(t *testing.T, name string) string {
	t.Helper()
	installed.Do(func() { harness.NPM(t, ".") })
	path := "/node_modules/" + name
	library(t, path, "text/javascript", strings.Split(name, "/")...)
	return path
}

// open opens a page with this in its head and that in its body.
func open(t *testing.T, head, body string) *harness.Page {
	t.Helper()
	site := harness.CustomerSite()
	return harness.NewPage(t, site.Origin+site.Page("<!doctype html><html><head>"+head+"</head><body>"+body+"</body></html>", ""))
}

// agent opens such a page and logs an agent in on it.
func agent(t *testing.T, g *harness.Gateway, head, body string) *harness.Page {
	t.Helper()
	p := open(t, head, body)
	p.Load(g.Login(t, "agent1@demo").SDKURL, nil)
	p.Await("ready")
	return p
}

// dial makes a call and returns its session when both sides hear each other.
func dial(p *harness.Page) string {
	p.Run("tccc.Call.startOutboundCall({phoneNumber: '10086'}).then((r) => { window.session = r.data.sessionId; })")
	p.Await("calloutAccepted")
	p.Hears(harness.PhoneTone)
	return harness.Eval[string](p, "session")
}

// hangUp ends the call of dial.
func hangUp(p *harness.Page) {
	p.Run("tccc.Call.hungUp({sessionId: session}).then(() => {})")
	p.Await("sessionEnded")
}
