package chat

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"tccc/test/harness"
)

// TestEmbedded shows the customers' page in a frame of a company's site, if
// the configuration names that site.
func TestEmbedded(t *testing.T) {
	const config = `
demo: false
sip: {listen: "127.0.0.1:0"}
rtc: {listen: "127.0.0.1:0", tcp: "off"}
apps:
  - sdkAppId: "1600000001"
    visitors: {enabled: true, origins: ["ORIGIN"]}
    skillGroups: [{id: help, types: [im]}]
`
	site := harness.CustomerSite()
	page := func(g *harness.Gateway) *harness.Page {
		return harness.NewPage(t, site.Origin+site.Page(`<!doctype html><title>Shop</title><body>
			<iframe id="f" src="`+g.URL+`/customer.html?sdkAppId=1600000001#nickname=Mia" width="390" height="640"></iframe>`, ""))
	}
	g := harness.StartGateway(t, harness.GatewayOptions{Config: strings.Replace(config, "ORIGIN", site.Origin, 1)})
	p := page(g)
	g.AwaitMetric(t, "tccc_visitor_sockets", func(n float64) bool { return n == 1 })
	p.Screenshot("chat-embedded")

	// A page of that site may use the socket itself, one of another may not.
	say := `new Promise((done) => {
		const ws = new WebSocket('ws://' + %s + '/ws/visitor', 'tccc.visitor.v1');
		ws.onopen = () => ws.send('{"jsonrpc":"2.0","id":1,"method":"hello","params":{"sdkAppId":"1600000001"}}');
		ws.onmessage = (e) => done(JSON.parse(e.data).error?.name || 'welcome');
	})`
	assert.Equal(t, "welcome", harness.Eval[string](p, say, g.HTTP))

	other := harness.StartGateway(t, harness.GatewayOptions{Config: strings.Replace(config, "ORIGIN",
		"https://another.example", 1)})
	q := page(other)
	q.AwaitError("frame-ancestors")
	q.AllowError("refused")
	assert.Equal(t, "OriginForbidden", harness.Eval[string](q, say, other.HTTP))
	assert.Zero(t, other.Metric(t, "tccc_visitor_sockets"))
}
