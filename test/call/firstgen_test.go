package call

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"tccc/test/harness"
)

// TestFirstGeneration calls out by the first generation's name and clears the
// ended call, of which only the first generation's pages are told.
func TestFirstGeneration(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	p := harness.Agent(t, g, "agent1@demo")
	assert.True(t, harness.Eval[bool](p, "tccc.callOut === tccc.Call.startOutboundCall"))
	p.Do("tccc.callOut({phoneNumber: '10086'})")
	id := p.Await("callOuted", "callerPhoneNumber", sales).SessionID()
	p.Await("calloutAccepted", "sessionId", id)
	p.Hears(harness.PhoneTone)
	p.Do("tccc.Call.hungUp({sessionId: %s})", id)
	end := ended(t, p, id)
	assert.Positive(t, end.Duration)
	p.Do("tccc.Call.deleteCall({sessionId: %s})", id)
	assert.Equal(t, id, p.Await("sessionCompleted").SessionID())
}
