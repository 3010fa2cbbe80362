package recover

import (
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/test/harness"
	"tccc/wire"
)

// behind is an agent whose socket goes through a proxy.
func behind(t *testing.T, g *harness.Gateway) (*harness.Page, *harness.Proxy) {
	t.Helper()
	proxy := harness.NewProxy(t, g)
	p := harness.NewProfile(t).Tab(proxy.Through(g.Login(t, "agent1@demo").SDKURL))
	p.AllowError("WebSocket connection to")
	p.AllowError("net::ERR_")
	p.Await("ready")
	return p, proxy
}

// count is how often an event of that name came.
func count(p *harness.Page, name string) (n int) {
	for _, e := range p.Events() {
		if e.Name == name {
			n++
		}
	}
	return n
}

// TestSocketCut cuts the socket in a call: sound goes on, the page is told,
// commands that were given meanwhile are done once.
func TestSocketCut(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	p, proxy := behind(t, g)
	id, call := conversation(t, g, p, "13800000001")
	peers := harness.Eval[int](p, "harness.peers.length")
	for range 3 {
		proxy.Cut()
		p.Await("connectionChanged", "state", "reconnecting")
		p.Await("connectionChanged", "state", "connected")
		bothHear(t, g, p, call)
	}
	proxy.Refuse(true)
	p.Await("connectionChanged", "state", "reconnecting")
	p.Run("void (window.held = Promise.all([harness.caught(tccc.Call.hold({sessionId: %s})), harness.caught(tccc.Agent.setStatus({status: 'rest'}))]))", id)
	proxy.Refuse(false)
	for _, o := range harness.Eval[[]harness.Outcome](p, "held") {
		assert.Nil(t, o.Rejected)
	}
	p.Await("sessionUpdated", "sessionId", id, "state", "held")
	hearsMusic(t, g, call)
	assert.Equal(t, 1, count(p, "sessionUpdated"))
	assert.Equal(t, peers, harness.Eval[int](p, "harness.peers.length"), "the leg outlives the socket")
	p.Do("tccc.Call.unHold({sessionId: %s})", id)
	bothHear(t, g, p, call)

	// Too long: the command is refused, and was not done.
	proxy.Refuse(true)
	p.Await("connectionChanged", "state", "reconnecting")
	assert.Equal(t, wire.ErrDisconnected.Code, p.Fail("tccc.Call.hold({sessionId: %s})", id).Code)
	proxy.Refuse(false)
	p.Await("connectionChanged", "state", "connected")
	p.Do("tccc.Call.hungUp({sessionId: %s})", id)
	assert.Equal(t, 2, count(p, "sessionUpdated"), "held and taken up again, once")
}

// TestHalfOpen leaves the socket open and dead. A hint of the browser makes the
// SDK look at once.
func TestHalfOpen(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	p, proxy := behind(t, g)
	_, call := conversation(t, g, p, "13800000001")
	proxy.Freeze()
	p.Run("void window.dispatchEvent(new Event('online'))")
	p.Await("connectionChanged", "state", "reconnecting")
	p.Await("connectionChanged", "state", "connected")
	bothHear(t, g, p, call)
	proxy.Freeze() // and by the heartbeat alone
	p.Await("connectionChanged", "state", "reconnecting")
	p.Await("connectionChanged", "state", "connected")
	bothHear(t, g, p, call)
}

// TestPacketsLost drops every packet of the audio for some seconds.
func TestPacketsLost(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	p := harness.NewProfile(t).Agent(g, "agent1@demo")
	loss := func(percent float64) {
		_, err := chromedp.Call(p.Context(), network.EmulateNetworkConditionsByRule,
			network.EmulateNetworkConditionsByRuleParams{
				MatchedNetworkConditions: []*network.Conditions{{DownloadThroughput: -1, UploadThroughput: -1,
					PacketLoss: percent}},
			})
		require.NoError(t, err)
	}
	_, err := chromedp.Call(p.Context(), network.Enable, network.EnableParams{})
	require.NoError(t, err)
	loss(0) // sockets that are made under conditions follow them
	p.Reload()
	p.Await("ready")
	id, call := conversation(t, g, p, "13800000001")
	loss(100)
	p.AwaitTrue("harness.peers.some((pc) => pc.connectionState === 'disconnected' || pc.connectionState === 'failed')")
	loss(0)
	bothHear(t, g, p, call)
	p.Do("tccc.Call.hungUp({sessionId: %s})", id)
}

// TestGatewayKilled kills the gateway: status and list are intact after its
// restart, the call ends with the right reason, for a page that stayed and for
// one that was away meanwhile.
func TestGatewayKilled(t *testing.T) {
	for name, away := range map[string]bool{"stayed": false, "away": true} {
		t.Run(name, func(t *testing.T) {
			g := harness.StartGateway(t, harness.GatewayOptions{})
			p := harness.NewProfile(t).Agent(g, "agent1@demo")
			p.AllowError("WebSocket connection to")
			p.AllowError("net::ERR_")
			p.Do("tccc.Agent.setStatus({status: 'rest', restReason: 'Lunch'})")
			p.Await("statusChanged", "status", "rest")
			p.Do("tccc.Call.startOutboundCall({phoneNumber: '10086'})")
			id := p.Await("calloutAccepted").SessionID()
			g.Kill()
			if away {
				here := harness.Eval[string](p, "location.href")
				p.Navigate("about:blank") // or the page that goes away is the one that hears of the end
				g.Restart()
				p.Navigate(here)
				p.Await("ready")
			} else {
				g.Restart()
				p.Await("connectionChanged", "state", "connected")
			}
			p.Await("sessionEnded", "sessionId", id, "mainReason", wire.ReasonGatewayRestart)
			p.AwaitTrue("tccc.Agent.getStatus() === 'rest'")
			assert.Equal(t, 1, count(p, "sessionEnded"))
			p.Do("tccc.Agent.setStatus({status: 'free'})")
			conversation(t, g, p, "13800000002")
		})
	}
}
