package call

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"tccc/test/harness"
)

// TestIPv6 has nothing but IPv6: the page, the socket, SIP, RTP, and the audio of
// the browser.
func TestIPv6(t *testing.T) {
	for name, relay := range map[string]bool{"straight": false, "through TURN": true} {
		t.Run(name, func(t *testing.T) {
			g := harness.StartGateway(t, harness.GatewayOptions{
				Args: []string{"-listen", "[::1]:0", "-sip", "[::1]:0"},
				Env:  []string{"TCCC_RTC_LISTEN=[::1]:0", "TCCC_RTC_TCP=off", "TCCC_RTC_TURN_LISTEN=[::1]:0"},
			})
			assert.Contains(t, g.SIP, "[::1]:")
			p := harness.Blank(t)
			if relay {
				p.RelaysOnly()
			}
			p.Load(g.Login(t, "agent1@demo").SDKURL, map[string]string{"crossorigin": "anonymous"})
			p.Await("ready")
			call := g.Ring(t, "13800138000", sales, "")
			id := p.Await("callIn").SessionID()
			p.Do("tccc.Call.accept({sessionId: %s})", id)
			p.Hears(harness.PhoneTone)
			g.AwaitPhoneHears(t, call, harness.MicTone)
			p.Do("tccc.Call.hungUp({sessionId: %s})", id)
			p.Await("sessionEnded", "sessionId", id)
			p.Do("tccc.Call.startOutboundCall({phoneNumber: '10086'})")
			p.Await("calloutAccepted")
			p.Hears(harness.PhoneTone)
		})
	}
}
