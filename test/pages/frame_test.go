package pages

import (
	"net/url"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"

	"tccc/test/harness"
)

// TestFrameIsRemoved takes a frame with the SDK out of a page, with and without
// a call. The page goes on, and nobody is left on the line: what the frame held
// is let go while it is still there, or the browser never answers again.
func TestFrameIsRemoved(t *testing.T) {
	site := harness.CustomerSite()
	site.Dir("/frames/", filepath.Join("testdata", "frames"))
	g := harness.StartGateway(t, harness.GatewayOptions{})
	for name, call := range map[string]bool{"waiting": false, "in a call": true} {
		t.Run(name, func(t *testing.T) {
			s := beside(t)
			inner := "/frames/plain.html?sdk=" + url.QueryEscape(g.Login(t, s.user).SDKURL)
			p := harness.NewPage(t, site.Origin+
				site.Page(`<!doctype html><body><iframe allow="microphone; autoplay" src="`+inner+`"></iframe>`, ""))
			p.AwaitTrue("window.frames[0].sdk && window.frames[0].sdk.Agent.getStatus() !== 'offline'")
			p.AwaitTrue("window.frames[0].harness.peers.some((c) => c.connectionState === 'connected')")
			var id string
			if call {
				p.Do("window.frames[0].sdk.Call.startOutboundCall({phoneNumber: '10086'})")
				id = g.AwaitPhone(t, "talks",
					func(c harness.PhoneCall) bool { return c.To == "10086" && c.State == "talking" }).CallID
			}
			p.Run("document.querySelector('iframe').remove()")
			assert.Equal(t, 42, harness.Eval[int](p, "new Promise((done) => setTimeout(done, 100, 42))"))
			if call { // the log-in may be resumed for a while, then the customer is let go
				g.PhoneHangup(t, id)
			}
		})
	}
}
