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
	return harness.NewPage(t, site.Origin+
		site.Page("<!doctype html><html><head>"+head+"</head><body>"+body+"</body></html>", ""))
}

// seat is an agent who alone takes what comes to a number and to a skill group,
// so that tests side by side do not meet.
type seat struct{ user, number, group string }

var seats = func() chan seat {
	all := make(chan seat, 2)
	all <- seat{"agent1@demo", "4001000001", "sales"}
	all <- seat{"agent4@demo", "4001000002", "support"}
	return all
}()

// beside lets a test run beside one other, and gives the seat that it has.
func beside(t *testing.T) seat {
	t.Helper()
	t.Parallel()
	s := <-seats
	t.Cleanup(func() { seats <- s })
	return s
}

// agent opens such a page and logs an agent in on it.
func agent(t *testing.T, g *harness.Gateway, head, body string) *harness.Page {
	t.Helper()
	return agentAt(t, g, "agent1@demo", head, body)
}

func agentAt(t *testing.T, g *harness.Gateway, user, head, body string) *harness.Page {
	t.Helper()
	p := open(t, head, body)
	p.Load(g.Login(t, user).SDKURL, nil)
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
