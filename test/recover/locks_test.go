package recover

import (
	"testing"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/test/harness"
)

// withoutLocks opens a tab in a browser that has no Web Locks.
func withoutLocks(t *testing.T, u *harness.Profile, g *harness.Gateway) *harness.Page {
	t.Helper()
	p := u.Tab("")
	_, err := chromedp.Call(p.Context(), page.AddScriptToEvaluateOnNewDocument,
		page.AddScriptToEvaluateOnNewDocumentParams{
			Source: "delete Navigator.prototype.locks",
		})
	require.NoError(t, err)
	p.Run("void (localStorage.sdk = %s)", g.Login(t, "agent1@demo").SDKURL)
	p.Reload()
	p.Await("ready")
	require.True(t, harness.Eval[bool](p, "navigator.locks === undefined"))
	return p
}

// TestWithoutLocks settles by messages alone which of two tabs has the audio: the one
// that came last, until it is closed.
func TestWithoutLocks(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	u := harness.NewProfile(t)
	first := withoutLocks(t, u, g)
	assert.True(t, harness.Eval[bool](first, "tccc.Agent.isOwner()"))
	second := withoutLocks(t, u, g)
	first.Await("ownerChanged", "owner", false)
	assert.True(t, harness.Eval[bool](second, "tccc.Agent.isOwner()"))

	call := g.Ring(t, "13800000001", sales, "")
	id := first.Await("callIn").SessionID()
	second.AwaitTrue("harness.rings()")
	first.Do("tccc.Call.accept({sessionId: %s})", id) // the other one makes the audio
	bothHear(t, g, second, call)
	silent(t, first)

	first.Do("tccc.Agent.takeOver()")
	second.Await("ownerChanged", "owner", false)
	bothHear(t, g, first, call)
	silent(t, second)
	first.Close() // says nothing: the other one misses it
	second.Await("ownerChanged", "owner", true)
	bothHear(t, g, second, call)
	second.Do("tccc.Call.hungUp({sessionId: %s})", id)
}
