package call

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"tccc/test/harness"
	"tccc/wire"
)

// TestRestart ends the gateway during a conversation: the session ends with
// the right reason, and everything works again without a reload.
func TestRestart(t *testing.T) {
	for name, end := range map[string]func(*harness.Gateway){"stopped": (*harness.Gateway).Stop,
		"killed": (*harness.Gateway).Kill} {
		t.Run(name, func(t *testing.T) {
			g := harness.StartGateway(t, harness.GatewayOptions{})
			p := harness.Agent(t, g, "agent1@demo")
			p.AllowError("WebSocket connection to")
			p.AllowError("net::ERR_")
			id, _ := conversation(t, g, p, "13800000001")
			end(g)
			g.Restart()
			p.Await("connectionChanged", "state", "connected")
			e := ended(t, p, id)
			assert.Equal(t, wire.CloseAdmin, e.CloseBy)
			assert.Equal(t, wire.ReasonGatewayRestart, e.MainReason)
			p.AwaitTrue("tccc.Agent.getStatus() === 'free'")

			id, call := conversation(t, g, p, "13800000002")
			g.PhoneHangup(t, call)
			assert.Equal(t, wire.CloseClient, ended(t, p, id).CloseBy)
		})
	}
}

// TestSocketLost cuts the page's socket during a conversation: the call goes
// on, and events that were missed come once, in order.
func TestSocketLost(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	p := harness.Agent(t, g, "agent1@demo")
	id, call := conversation(t, g, p, "13800000001")
	p.Run("void harness.sockets[harness.sockets.length - 1].close()")
	p.Await("connectionChanged", "state", "reconnecting")
	g.PhoneHangup(t, call)
	p.Await("connectionChanged", "state", "connected")
	assert.Equal(t, wire.CloseClient, ended(t, p, id).CloseBy)
	p.AwaitTrue("tccc.Agent.getStatus() === 'free'")
	ends := 0
	for _, name := range names(p) {
		if name == "sessionEnded" {
			ends++
		}
	}
	assert.Equal(t, 1, ends)
}

// TestPageLost closes the page during a conversation: after the grace period
// the call is offered to somebody else.
func TestPageLost(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{Env: []string{"TCCC_APPS_0_GRACE=1s"}})
	second := harness.Agent(t, g, "agent2@demo")
	second.Do("tccc.Agent.setStatus({status: 'rest'})")
	first := harness.Agent(t, g, "agent1@demo")
	id, call := conversation(t, g, first, "13800000001")
	second.Do("tccc.Agent.setStatus({status: 'free'})")
	first.Close()
	assert.Equal(t, id, second.Await("callIn").SessionID())
	second.Do("tccc.Call.accept({sessionId: %s})", id)
	second.Hears(harness.PhoneTone)
	g.AwaitPhoneHears(t, call, harness.MicTone)
}
