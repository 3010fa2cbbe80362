package call

import (
	"testing"

	"tccc/test/harness"
)

// An agent in a browser and a telephone of another codec hear each other, and the
// telephone hears the music of a hold.
func TestOtherCodecs(t *testing.T) {
	for _, codec := range []string{"opus", "g722"} {
		t.Run(codec, func(t *testing.T) {
			g := harness.StartGateway(t, harness.GatewayOptions{Env: []string{"TCCC_SIP_TRUNKS_0_CODECS=" + codec}})
			p := harness.Agent(t, g, "agent1@demo")
			p.Do("tccc.Call.startOutboundCall({phoneNumber: '10086'})")
			id := p.Await("calloutAccepted").SessionID()
			p.Hears(harness.PhoneTone)
			call := g.AwaitPhone(t, "is ours", func(c harness.PhoneCall) bool { return c.SessionID == id })
			g.AwaitPhoneHears(t, call.CallID, harness.MicTone)
			g.AwaitMetric(t, "tccc_transcoded_calls", func(n float64) bool { return n == 1 })

			p.Do("tccc.Call.hold({sessionId: %s})", id)
			hearsMusic(t, g, call.CallID)
			p.Do("tccc.Call.unHold({sessionId: %s})", id)
			p.Hears(harness.PhoneTone)
			g.AwaitPhoneHears(t, call.CallID, harness.MicTone)
			p.Do("tccc.Call.hungUp({sessionId: %s})", id)
			phoneEnded(t, g, call.CallID)
			g.AwaitMetric(t, "tccc_transcoded_calls", func(n float64) bool { return n == 0 })
		})
	}
}
