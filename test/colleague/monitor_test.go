package colleague

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/test/harness"
	"tccc/wire"
)

const (
	supervisor     = "agent5@demo"
	supervisorTone = 2200.0
)

func TestSupervisor(t *testing.T) {
	g, a, b := two(t, harness.GatewayOptions{Env: []string{"TCCC_APPS_0_AGENTS_4_SUPERVISOR=true"}})
	s := agent(t, g, supervisor, supervisorTone)
	id, call := conversation(t, g, a, firstTone)
	assert.Equal(t, wire.ErrForbidden.Code, b.Fail("tccc.Call.listen({sessionId: %s})", id).Code)

	var list wire.ColleaguesResult
	require.NoError(t, json.Unmarshal(s.Do("tccc.Agent.getColleagues()"), &list))
	assert.Equal(t, id, list.Agents[0].SessionID)

	// Listening: the supervisor hears both, one at a time; nobody hears the supervisor.
	s.Do("tccc.Call.listen({sessionId: %s})", id)
	s.Await("sessionUpdated", "monitor", "listen")
	g.AwaitPhoneHears(t, call, firstTone)
	a.Hears(harness.PhoneTone)
	a.Do("tccc.Call.muteMic({sessionId: %s})", id)
	s.Hears(harness.PhoneTone)
	g.AwaitPhoneHears(t, call, 0)

	// Whispering: the agent hears the supervisor, the customer does not.
	s.Do("tccc.Call.whisper({sessionId: %s})", id)
	s.Await("sessionUpdated", "monitor", "whisper")
	a.AwaitTrue(hearsBoth(harness.PhoneTone, supervisorTone))
	g.AwaitPhoneHears(t, call, 0)

	// Barging in: the customer does as well.
	s.Do("tccc.Call.barge({sessionId: %s})", id)
	s.Await("sessionUpdated", "monitor", "barge")
	g.AwaitPhoneHears(t, call, supervisorTone)

	// And without the supervisor all is as before.
	s.Do("tccc.Call.hungUp({sessionId: %s})", id)
	ended(t, s, id)
	g.AwaitPhoneHears(t, call, 0)
	a.Do("tccc.Call.unmuteMic({sessionId: %s})", id)
	g.AwaitPhoneHears(t, call, firstTone)
	a.Hears(harness.PhoneTone)
	g.PhoneHangup(t, call)
}
