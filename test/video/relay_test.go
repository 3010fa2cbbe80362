package video

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"tccc/test/harness"
)

// TestThroughTURN has an agent and a customer whose networks let them reach
// nothing but the gateway's TURN server: telephone calls, audio and video work.
func TestThroughTURN(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{Env: []string{"TCCC_RTC_TURN_LISTEN=127.0.0.1:0"}})
	site := harness.CustomerSite()
	a := browser(t, harness.DevicesGranted, agentTone, agentColour).NewPage(t,
		site.Origin+site.Page("<!doctype html><title>Agent</title>", ""))
	a.RelaysOnly()
	a.Load(g.Login(t, agent1).SDKURL, map[string]string{"crossorigin": "anonymous"})
	a.Await("ready")
	a.Do("tccc.Call.startOutboundCall({phoneNumber: '10086'})")
	id := a.Await("calloutAccepted").SessionID()
	hears(t, a, harness.PhoneTone)
	g.AwaitPhoneHears(t, g.AwaitPhone(t, "is ours", func(c harness.PhoneCall) bool { return c.SessionID == id }).CallID,
		agentTone)
	relayed(t, a)
	a.Do("tccc.Call.hungUp({sessionId: %s})", id)
	a.Await("sessionEnded", "sessionId", id)

	c := customer(t, g)
	c.RelaysOnly()
	c.Run("document.getElementById('begin-video').click()")
	id = a.Await("callIn", "type", "video").SessionID()
	a.Do("tccc.Video.accept({sessionId: %s})", id)
	hears(t, a, customerTone)
	hears(t, c, agentTone)
	customerSees(t, c, agentColour)
	relayed(t, a)
	relayed(t, c)
}

// relayed proves that the newest connection goes over TCP to a relay.
func relayed(t *testing.T, p *harness.Page) {
	t.Helper()
	type local struct{ CandidateType, RelayProtocol string }
	assert.Equal(t, local{"relay", "tcp"}, harness.Eval[local](p, `(async () => {
		const all = await harness.peers.at(-1).getStats(), pair = [...all.values()].find((s) => s.type === 'candidate-pair' && s.nominated);
		return all.get(pair.localCandidateId);
	})()`))
}
