package recover

import (
	"testing"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/test/harness"
	"tccc/wire"
)

// TestBackAndForward leaves the page in a call and comes back by the history:
// the browser keeps the page, which lets go of everything meanwhile.
func TestBackAndForward(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	p := harness.NewProfile(t).Agent(g, "agent1@demo")
	id, call := conversation(t, g, p, "13800000001")
	p.AllowError("favicon.ico")
	p.Run("void (window.kept = true)")
	p.Navigate(g.URL + "/healthz")
	hearsMusic(t, g, call)
	p.Run("void setTimeout(() => history.back())")
	p.AwaitTrue("window.kept")
	p.Await("connectionChanged", "state", "connected")
	bothHear(t, g, p, call)
	p.Do("tccc.Call.hungUp({sessionId: %s})", id)
	assert.Equal(t, 1, count(p, "callIn"))
}

// TestFrozenTab freezes the tab, as browsers do to save memory.
func TestFrozenTab(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	u := harness.NewProfile(t)
	p := u.Agent(g, "agent1@demo")
	id, call := conversation(t, g, p, "13800000001")
	state := func(s page.SetWebLifecycleStateState) {
		_, err := chromedp.Call(p.Context(), page.SetWebLifecycleState, page.SetWebLifecycleStateParams{State: s})
		require.NoError(t, err)
	}
	state(page.SetWebLifecycleStateStateFrozen)
	hearsMusic(t, g, call)
	state(page.SetWebLifecycleStateStateActive)
	p.Await("connectionChanged", "state", "connected")
	bothHear(t, g, p, call)
	p.Do("tccc.Call.hungUp({sessionId: %s})", id)
}

// TestPermissionWithdrawn takes the microphone's permission away in a call and
// gives it back.
func TestPermissionWithdrawn(t *testing.T) {
	b, err := harness.StartBrowser(harness.DevicesDenied) // fake devices, and no one who says yes
	require.NoError(t, err)
	t.Cleanup(b.Close)
	g := harness.StartGateway(t, harness.GatewayOptions{})
	u := b.NewProfile(t)
	set := func(s browser.PermissionSetting) {
		_, err := chromedp.CallBrowser(u.Context(), browser.SetPermission, browser.SetPermissionParams{
			Permission: &browser.PermissionDescriptor{Name: "microphone"}, Setting: s,
			Origin:           harness.CustomerSite().Origin,
			BrowserContextID: chromedp.FromContext(u.Context()).BrowserContextID,
		})
		require.NoError(t, err)
	}
	set(browser.PermissionSettingGranted)
	p := u.Agent(g, "agent1@demo")
	id, call := conversation(t, g, p, "13800000001")
	set(browser.PermissionSettingDenied)
	p.Await("error", "code", wire.ErrMicDenied.Code)
	g.AwaitPhoneHears(t, call, 0)
	p.Hears(harness.PhoneTone)
	set(browser.PermissionSettingGranted)
	bothHear(t, g, p, call)
	p.Do("tccc.Call.hungUp({sessionId: %s})", id)
}
