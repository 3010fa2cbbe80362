package harness

import (
	"context"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// Profile is a browser context of its own whose tabs share storage, as the
// tabs of one user do.
type Profile struct {
	t    testing.TB
	ctx  context.Context
	site string // page of the customer's site that loads the SDK

	blank string // page of the same origin that does nothing
}

// shop is a front end that loads the SDK by itself, as those of customers do,
// so that a reload is a reload: from the URL that localStorage holds, or that of
// this tab.
const shop = `<!doctype html><title>Customer</title><body><script>
	const sdk = sessionStorage.sdk || localStorage.sdk;
	if (sdk) harness.loading = harness.load(sdk, { crossorigin: 'anonymous' });
</script></body>`

// NewProfile makes a browser context with devices and permission that ends
// with the test.
func NewProfile(t testing.TB) *Profile {
	t.Helper()
	return SharedBrowser(t, DevicesGranted).NewProfile(t)
}

// NewProfile makes a browser context that ends with the test.
func (b *Browser) NewProfile(t testing.TB) *Profile {
	t.Helper()
	ctx, cancel := chromedp.NewContext(b.ctx, chromedp.WithNewBrowserContext())
	require.NoError(t, chromedp.Do(ctx))
	t.Cleanup(cancel)
	site := CustomerSite()
	return &Profile{t: t, ctx: ctx, site: site.Origin + site.Page(shop, ""),
		blank: site.Origin + site.Page("<!doctype html>", "")}
}

// Context is the browser context's, for what the harness has no method for.
func (p *Profile) Context() context.Context { return p.ctx }

// Tab opens a tab on the customer's front end. With a SDK URL it loads the SDK,
// now and at every reload.
func (p *Profile) Tab(sdkURL string) *Page {
	p.t.Helper()
	tab := newPage(p.t, p.ctx, p.blank)
	tab.Run("void (%s && (localStorage.sdk = %s))", sdkURL, sdkURL)
	tab.Navigate(p.site)
	return tab
}

// Agent opens a tab in which an agent is logged in.
func (p *Profile) Agent(g *Gateway, userID string) *Page {
	p.t.Helper()
	tab := p.Tab(g.Login(p.t, userID).SDKURL)
	tab.Await("ready")
	return tab
}

// Copy opens a tab whose sessionStorage is a copy of that of another tab, as
// browsers do for duplicates and window.open.
func (p *Profile) Copy(of *Page) *Page {
	p.t.Helper()
	tab := newPage(p.t, p.ctx, p.blank)
	tab.Run("Object.assign(sessionStorage, %s)", Eval[map[string]string](of, "Object.assign({}, sessionStorage)"))
	tab.Navigate(p.site)
	return tab
}

// Reload reloads the page as a user does with F5, and awaits its load event.
func (p *Page) Reload() {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, Patience)
	defer cancel()
	if p.tab != nil {
		require.NoError(p.t, p.tab.reload(ctx))
		return
	}
	require.NoError(p.t, chromedp.Do(ctx, chromedp.Reload()))
}

// Crash kills the renderer process of the page.
func (p *Page) Crash() {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, time.Second)
	defer cancel()
	_, _ = chromedp.Call(ctx, page.Crash, cdp.Empty{}) // there is nobody left to answer
}
