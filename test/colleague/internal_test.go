package colleague

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/test/harness"
	"tccc/wire"
)

func TestInternalCall(t *testing.T) {
	_, a, b := two(t, harness.GatewayOptions{})
	var res wire.InternalCallResponse
	require.NoError(t, json.Unmarshal(a.Do("tccc.Call.startInternalCall({calleeUserId: %s})", second), &res))
	id := res.SessionID
	assert.Equal(t, wire.InternalCallResponse{SessionID: id, CalleeUserID: second, ServerType: wire.StaffSeat}, res)
	assert.Equal(t, wire.CallOuted{SessionID: id, PeerUserID: second}, decode[wire.CallOuted](t, a.Await("callOuted")))
	in := decode[wire.CallInInternal](t, b.Await("callIn"))
	assert.Equal(t, wire.CallInInternal{SessionID: id, Type: wire.TypeInternal, Timeout: 12, PeerUserID: first}, in)
	b.Screenshot("internal-ringing")

	b.Do("tccc.Call.accept({sessionId: %s})", id)
	b.Await("userAccessed", "sessionId", id)
	a.Await("calloutAccepted", "sessionId", id)
	a.Hears(secondTone)
	b.Hears(firstTone)
	a.Screenshot("internal-talking")

	a.Do("tccc.Call.muteMic({sessionId: %s})", id)
	b.Hears(0)
	a.Do("tccc.Call.unmuteMic({sessionId: %s})", id)
	b.Hears(firstTone)

	b.Do("tccc.Call.hold({sessionId: %s})", id)
	b.Hears(0)
	b.Do("tccc.Call.unHold({sessionId: %s})", id)
	b.Hears(firstTone)
	a.Hears(secondTone)

	b.Do("tccc.Call.hungUp({sessionId: %s})", id)
	assert.Equal(t, wire.CloseSeat, ended(t, b, id).CloseBy)
	end := ended(t, a, id)
	assert.Equal(t, wire.CloseClient, end.CloseBy)
	assert.Equal(t, wire.TypeInternal, end.Type)
	assert.Positive(t, end.Duration)
	for _, p := range []*harness.Page{a, b} {
		p.AwaitTrue("tccc.Agent.getStatus() === 'free'")
		p.Hears(0)
	}
}

func TestInternalCallIsRefused(t *testing.T) {
	_, a, b := two(t, harness.GatewayOptions{})
	assert.Equal(t, wire.ErrCalleeUnknown.Code,
		a.Fail("tccc.Call.startInternalCall({calleeUserId: 'nobody@demo'})").Code)
	assert.Equal(t, wire.ErrTargetUnavailable.Code,
		a.Fail("tccc.Call.startInternalCall({calleeUserId: 'agent5@demo'})").Code)
	assert.Equal(t, wire.ErrNoMobile.Code,
		a.Fail("tccc.Call.startInternalCall({calleeUserId: %s, useMobile: true})", second).Code)

	var res wire.InternalCallResponse
	require.NoError(t, json.Unmarshal(a.Do("tccc.Call.startInternalCall({calleeUserId: %s})", second), &res))
	b.Await("callIn")
	b.Do("tccc.Call.hungUp({sessionId: %s})", res.SessionID)
	assert.Equal(t, wire.CloseSeat, ended(t, b, res.SessionID).CloseBy)
	end := ended(t, a, res.SessionID)
	assert.Equal(t, wire.CloseAdmin, end.CloseBy)
	assert.Equal(t, wire.ReasonDeclined, end.MainReason)
}

func TestInternalCallToTheMobile(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{Env: []string{"TCCC_APPS_0_AGENTS_3_PHONE=10086"}})
	a := agent(t, g, first, firstTone)
	var res wire.InternalCallResponse
	require.NoError(t, json.Unmarshal(a.Do("tccc.Call.startInternalCall({calleeUserId: %s, useMobile: true})", second),
		&res))
	assert.Equal(t, wire.StaffPhoneSeat, res.ServerType)
	a.Await("calloutAccepted", "sessionId", res.SessionID)
	a.Hears(harness.PhoneTone)
	call := g.AwaitPhone(t, "was called", func(c harness.PhoneCall) bool { return c.To == "10086" })
	g.AwaitPhoneHears(t, call.CallID, firstTone)
	a.Do("tccc.Call.hungUp({sessionId: %s})", res.SessionID)
	assert.Equal(t, wire.CloseSeat, ended(t, a, res.SessionID).CloseBy)
}
