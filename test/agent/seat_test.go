package agent

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"tccc/test/harness"
	"tccc/wire"
)

// TestServerType asks where calls are carried, and for places that the agent
// does not have.
func TestServerType(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	p := harness.Agent(t, g, "agent1@demo")
	assert.JSONEq(t, `{"serverType":"staffSeat","phoneAway":false}`, string(p.Do("tccc.Agent.getServerType()")))
	p.Do("tccc.Agent.setServerType({serverType: 'staffSeat'})")
	for _, bad := range []string{"miniProgramSeat", "desk"} {
		r := p.Fail("tccc.Agent.setServerType({serverType: %s})", bad)
		assert.Equal(t, wire.ErrSeatUnknown.Code, r.Code, bad)
		assert.Equal(t, "serverType", r.Field, bad)
	}
	assert.Equal(t, "serverType", p.Fail("tccc.Agent.setServerType({})").Field)
	assert.JSONEq(t, `{"serverType":"staffSeat","phoneAway":false}`, string(p.Do("tccc.Agent.getServerType()")))
}
