package call

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/test/harness"
	"tccc/wire"
)

// TestNetworkLost lets the caller's audio stop without a word.
func TestNetworkLost(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{Env: append(harness.CarrierEnv(), "TCCC_SIP_MEDIATIMEOUT=1s")})
	p := harness.Agent(t, g, "agent1@demo")
	ctx, cancel := context.WithTimeout(t.Context(), harness.Patience)
	defer cancel()
	c, err := harness.NewCarrier(t, g).Call(ctx, "13800000001", sales)
	require.NoError(t, err)
	id := p.Await("callIn").SessionID()
	p.Do("tccc.Call.accept({sessionId: %s})", id)
	p.Hears(harness.PhoneTone)
	c.FallSilent()
	end := ended(t, p, id)
	assert.Equal(t, wire.CloseAdmin, end.CloseBy)
	assert.Equal(t, wire.ReasonNetworkLost, end.MainReason)
	require.NoError(t, c.AwaitEnd(ctx), "the caller is told")
	p.AwaitTrue("tccc.Agent.getStatus() === 'free'")
}

// TestLongestCall ends a call by the configured limit.
func TestLongestCall(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{Env: []string{"TCCC_APPS_0_MAXDURATION=2s"}})
	p := harness.Agent(t, g, "agent1@demo")
	p.Do("tccc.Call.startOutboundCall({phoneNumber: '10086'})")
	id := p.Await("calloutAccepted").SessionID()
	end := ended(t, p, id)
	assert.Equal(t, wire.CloseTimer, end.CloseBy)
	assert.Equal(t, wire.ReasonMaxDuration, end.MainReason)
}
