package colleague

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/test/harness"
	"tccc/wire"
)

func TestTransferToAnAgent(t *testing.T) {
	g, a, b := two(t, harness.GatewayOptions{})
	id, call := conversation(t, g, a, firstTone)
	a.Do("tccc.Call.transfer({sessionId: %s, userId: %s})", id, second)
	a.Await("sessionUpdated", "state", "held")
	in := decode[wire.CallInPhone](t, b.Await("callIn"))
	assert.Equal(t, wire.CallInPhone{
		SessionID: id, Type: wire.TypePhone, Timeout: 12, Callee: sales, Caller: "13800000001",
		CallerLocation: in.CallerLocation, ServerType: wire.StaffSeat,
	}, in)
	hearsMusic(t, g, call)
	a.Hears(0)
	a.Screenshot("transfer-waiting")

	b.Do("tccc.Call.accept({sessionId: %s})", id)
	b.Await("userAccessed", "sessionId", id)
	b.Hears(harness.PhoneTone)
	g.AwaitPhoneHears(t, call, secondTone) // and not the first agent
	assert.Equal(t, wire.Transferred{SessionID: id, UserID: second}, decode[wire.Transferred](t, a.Await("transfer")))
	end := ended(t, a, id)
	assert.Equal(t, wire.CloseSeat, end.CloseBy)
	assert.Positive(t, end.Duration)
	a.AwaitTrue("tccc.Agent.getStatus() === 'free'")
	a.Hears(0)
	assert.Equal(t, wire.ErrSessionState.Code, a.Fail("tccc.Call.hold({sessionId: %s})", id).Code)

	// The second one has it with everything.
	b.Do("tccc.Call.hold({sessionId: %s})", id)
	hearsMusic(t, g, call)
	b.Do("tccc.Call.unHold({sessionId: %s})", id)
	g.AwaitPhoneHears(t, call, secondTone)
	// And gives it back.
	b.Do("tccc.Call.transfer({sessionId: %s, userId: %s})", id, first)
	a.Await("callIn", "sessionId", id)
	a.Do("tccc.Call.accept({sessionId: %s})", id)
	g.AwaitPhoneHears(t, call, firstTone)
	b.Await("transfer", "sessionId", id)
	g.PhoneHangup(t, call)
	assert.Equal(t, wire.CloseClient, ended(t, a, id).CloseBy)
}

func TestTransferToAGroup(t *testing.T) {
	g, a, b := two(t, harness.GatewayOptions{})
	id, call := conversation(t, g, a, firstTone)
	a.Do("tccc.Call.transfer({sessionId: %s, skillGroupId: 'support'})", id)
	b.Await("callIn", "sessionId", id)
	b.Do("tccc.Call.accept({sessionId: %s})", id)
	g.AwaitPhoneHears(t, call, secondTone)
	assert.Equal(t, wire.Transferred{SessionID: id, SkillGroupID: "support"},
		decode[wire.Transferred](t, a.Await("transfer")))
	b.Do("tccc.Call.hungUp({sessionId: %s})", id)
	ended(t, b, id)
}

func TestTransferOfAnOutboundCall(t *testing.T) {
	g, a, b := two(t, harness.GatewayOptions{})
	var res wire.CallResponse
	require.NoError(t, json.Unmarshal(a.Do("tccc.Call.startOutboundCall({phoneNumber: '10086'})"), &res))
	a.Await("calloutAccepted")
	a.Hears(harness.PhoneTone)
	a.Do("tccc.Call.transfer({sessionId: %s, userId: %s})", res.SessionID, second)
	b.Await("callIn", "sessionId", res.SessionID)
	b.Do("tccc.Call.accept({sessionId: %s})", res.SessionID)
	b.Hears(harness.PhoneTone)
	call := g.AwaitPhone(t, "was called", func(c harness.PhoneCall) bool { return c.To == "10086" })
	g.AwaitPhoneHears(t, call.CallID, secondTone)
	b.Do("tccc.Call.hungUp({sessionId: %s})", res.SessionID)
}

func TestTransferComesBack(t *testing.T) {
	g, a, b := two(t, harness.GatewayOptions{})
	id, call := conversation(t, g, a, firstTone)
	assert.Equal(t, wire.ErrTransferTarget.Code, a.Fail("tccc.Call.transfer({sessionId: %s})", id).Code)
	assert.Equal(t, wire.ErrTransferTarget.Code,
		a.Fail("tccc.Call.transfer({sessionId: %s, userId: 'a', skillGroupId: 'b'})", id).Code)
	assert.Equal(t, wire.ErrCalleeUnknown.Code, a.Fail("tccc.Call.transfer({sessionId: %s, userId: 'a'})", id).Code)
	assert.Equal(t, wire.ErrInvalidOptions.Code,
		a.Fail("tccc.Call.transfer({sessionId: %s, skillGroupId: 'b'})", id).Code)
	assert.Equal(t, wire.ErrTargetUnavailable.Code,
		a.Fail("tccc.Call.transfer({sessionId: %s, userId: 'agent5@demo'})", id).Code)

	a.Do("tccc.Call.transfer({sessionId: %s, userId: %s})", id, second)
	b.Await("callIn", "sessionId", id)
	b.Do("tccc.Call.hungUp({sessionId: %s})", id)
	back := decode[wire.SessionUpdated](t, a.Await("sessionUpdated", "reason", "transferFailed"))
	assert.Equal(t, wire.ReasonDeclined, back.TransferFailed)
	assert.Equal(t, wire.StateTalking, back.State)
	a.Hears(harness.PhoneTone)
	g.AwaitPhoneHears(t, call, firstTone)
	a.Screenshot("transfer-failed")

	a.Do("tccc.Call.transfer({sessionId: %s, userId: %s})", id, second)
	b.Await("callIn", "sessionId", id)
	a.Do("tccc.Call.unHold({sessionId: %s})", id) // taken back
	assert.Equal(t, wire.ReasonCancelled,
		decode[wire.SessionEnded](t, b.Await("sessionEnded", "closeBy", "admin")).MainReason)
	g.AwaitPhoneHears(t, call, firstTone)

	a.Do("tccc.Call.transfer({sessionId: %s, userId: %s})", id, second)
	b.Await("callIn", "sessionId", id)
	g.PhoneHangup(t, call)
	assert.Equal(t, wire.CloseClient, decode[wire.SessionEnded](t,
		b.Await("sessionEnded", "closeBy", "client")).CloseBy)
	assert.Equal(t, wire.CloseClient, ended(t, a, id).CloseBy)
}

// TestTransferOutlivesTheAgent closes the page of the agent who transfers.
func TestTransferOutlivesTheAgent(t *testing.T) {
	g, a, b := two(t, harness.GatewayOptions{})
	id, call := conversation(t, g, a, firstTone)
	a.Do("tccc.Call.transfer({sessionId: %s, userId: %s})", id, second)
	b.Await("callIn", "sessionId", id)
	a.Do("tccc.Call.hungUp({sessionId: %s})", id)
	assert.Equal(t, wire.CloseSeat, ended(t, a, id).CloseBy)
	hearsMusic(t, g, call)
	b.Do("tccc.Call.accept({sessionId: %s})", id)
	g.AwaitPhoneHears(t, call, secondTone)
}
