package recover

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"tccc/test/harness"
	"tccc/wire"
)

// TestTokens lets another agent log in in the same tab, and loads a page whose
// token is not valid with and without the secret of the tab.
func TestTokens(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	p := harness.NewProfile(t).Agent(g, "agent1@demo")
	p.Do("tccc.Agent.setStatus({status: 'rest'})")
	p.Reload()
	p.Await("statusChanged", "status", "rest")

	p.Run("void (localStorage.sdk = %s)", g.Login(t, "agent2@demo").SDKURL)
	p.Reload()
	p.Await("ready")
	p.AwaitTrue("tccc.Agent.getStatus() === 'free'")
	g.Ring(t, "13800000001", sales, "") // agent1, who is on a break and gone, has nothing to do with it
	id := p.Await("callIn").SessionID()
	p.Do("tccc.Call.accept({sessionId: %s})", id)

	// A token that is worth nothing any more: the secret counts, as long as it is there.
	p.Run("void (localStorage.sdk = localStorage.sdk.replace(/token=[^&]*/, 'token=spent'))")
	p.Reload()
	restored(t, p.Await("userAccessed", "sessionId", id))
	site, here := harness.CustomerSite(), harness.Eval[string](p, "location.href")
	p.Navigate(site.Origin + site.Page("<!doctype html>", ""))
	p.Run("void sessionStorage.removeItem('tccc')")
	p.Navigate(here)
	p.Await("error", "code", wire.ErrTokenInvalid.Code)
	assert.NotContains(t, names(p), "ready")
}
