package colleague

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/test/harness"
	"tccc/wire"
)

// consults asks somebody about a session and gives the consultation's id.
func consults(t *testing.T, p *harness.Page, options string, args ...any) string {
	t.Helper()
	var res wire.ConsultResponse
	require.NoError(t, json.Unmarshal(p.Do("tccc.Call.consult("+options+")", args...), &res))
	return res.SessionID
}

// asks consults the second agent, who answers.
func asks(t *testing.T, a, b *harness.Page, id string) (with string) {
	t.Helper()
	with = consults(t, a, "{sessionId: %s, userId: %s}", id, second)
	b.Await("callIn", "sessionId", with, "type", "internal", "peerUserId", first)
	b.Do("tccc.Call.accept({sessionId: %s})", with)
	a.Await("calloutAccepted", "sessionId", with)
	return with
}

func TestAttendedTransfer(t *testing.T) {
	g, a, b := two(t, harness.GatewayOptions{})
	id, call := conversation(t, g, a, firstTone)
	with := asks(t, a, b, id)
	a.Hears(secondTone)
	b.Hears(firstTone)
	hearsMusic(t, g, call)

	a.Do("tccc.Call.completeTransfer({sessionId: %s})", id)
	b.Await("callIn", "sessionId", id, "timeout", 0)
	b.Await("userAccessed", "sessionId", id)
	g.AwaitPhoneHears(t, call, secondTone)
	b.Hears(harness.PhoneTone)
	assert.Equal(t, wire.Transferred{SessionID: id, UserID: second}, decode[wire.Transferred](t, a.Await("transfer")))
	ended(t, a, with)
	ended(t, a, id)
	ended(t, b, with)
	a.AwaitTrue("tccc.Agent.getStatus() === 'free'")
	b.Do("tccc.Call.hungUp({sessionId: %s})", id)
}

func TestConsultationIsCancelled(t *testing.T) {
	g, a, b := two(t, harness.GatewayOptions{})
	id, call := conversation(t, g, a, firstTone)
	with := asks(t, a, b, id)
	a.Hears(secondTone)
	a.Do("tccc.Call.cancelConsult({sessionId: %s})", with)
	assert.Equal(t, wire.CloseClient, ended(t, b, with).CloseBy)
	a.Hears(harness.PhoneTone)
	g.AwaitPhoneHears(t, call, firstTone)
	assert.Equal(t, wire.ErrSessionState.Code, a.Fail("tccc.Call.completeTransfer({sessionId: %s})", id).Code)
	assert.Equal(t, wire.ErrTransferTarget.Code, a.Fail("tccc.Call.consult({sessionId: %s})", id).Code)
}

func TestAttendedTransferToANumber(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	a := agent(t, g, first, firstTone)
	id, call := conversation(t, g, a, firstTone)
	with := consults(t, a, "{sessionId: %s, phoneNumber: '10086'}", id)
	a.Await("calloutAccepted", "sessionId", with)
	a.Do("tccc.Call.completeTransfer({sessionId: %s})", with)
	ended(t, a, id)
	a.AwaitTrue("tccc.Agent.getStatus() === 'free'")
	// The phone is on both ends and speaks the same tone.
	g.AwaitPhoneHears(t, call, harness.PhoneTone)
	g.PhoneHangup(t, call)
	g.AwaitPhone(t, "was called and is over",
		func(c harness.PhoneCall) bool { return c.To == "10086" && c.State == "ended" })
}

// TestConference lets three hear each other: each of them hears the stronger
// of the two others, and goes on with one when the other is silent.
func TestConference(t *testing.T) {
	g, a, b := two(t, harness.GatewayOptions{})
	id, call := conversation(t, g, a, firstTone)
	with := asks(t, a, b, id)
	a.Do("tccc.Call.conference({sessionId: %s})", with)
	a.Await("sessionUpdated", "sessionId", id, "conference", true)
	b.Await("userAccessed", "sessionId", id)

	b.Do("tccc.Call.muteMic({sessionId: %s})", id)
	g.AwaitPhoneHears(t, call, firstTone)
	a.Hears(harness.PhoneTone)
	b.Do("tccc.Call.unmuteMic({sessionId: %s})", id)
	a.Do("tccc.Call.muteMic({sessionId: %s})", id)
	g.AwaitPhoneHears(t, call, secondTone)
	b.Hears(harness.PhoneTone)
	a.Do("tccc.Call.unmuteMic({sessionId: %s})", id)

	// The first agent leaves, the second one has the customer.
	a.Do("tccc.Call.hungUp({sessionId: %s})", id)
	ended(t, a, id)
	g.AwaitPhoneHears(t, call, secondTone)
	b.Hears(harness.PhoneTone)
	b.Do("tccc.Call.hold({sessionId: %s})", id)
	hearsMusic(t, g, call)
	g.PhoneHangup(t, call)
	assert.Equal(t, wire.CloseClient, ended(t, b, id).CloseBy)
}

// TestKick removes a colleague from a conference: the others hear each other as
// before.
func TestKick(t *testing.T) {
	g, a, b := two(t, harness.GatewayOptions{})
	id, call := conversation(t, g, a, firstTone)
	with := asks(t, a, b, id)
	a.Do("tccc.Call.conference({sessionId: %s})", with)
	a.Await("sessionUpdated", "sessionId", id, "conference", true)
	b.Await("userAccessed", "sessionId", id)
	a.Do("tccc.Call.muteMic({sessionId: %s})", id)
	g.AwaitPhoneHears(t, call, secondTone)
	a.Do("tccc.Call.unmuteMic({sessionId: %s})", id)

	assert.Equal(t, wire.ErrForbidden.Code, b.Fail("tccc.Call.kick({sessionId: %s, userId: %s})", id, first).Code)
	for options, field := range map[string]string{
		"{userId: 'x'}": "sessionId", "{sessionId: %s}": "userId", "{sessionId: %s, userId: {}}": "userId",
		"{sessionId: %s, userId: 'nobody'}":                "userId",
		"{sessionId: %s, userId: 'x', phoneNumber: 10086}": "phoneNumber",
		"{sessionId: %s, phoneNumber: '138****8000'}":      "phoneNumber",
	} {
		options = strings.ReplaceAll(options, "%s", "'"+id+"'")
		assert.Equal(t, field, a.Fail("tccc.Call.kick("+options+")").Field, options)
	}

	a.Do("tccc.Call.kick({sessionId: %s, userId: %s})", id, second)
	end := ended(t, b, id)
	assert.Equal(t, wire.CloseAdmin, end.CloseBy)
	assert.Equal(t, wire.ReasonRemoved, end.MainReason)
	b.AwaitTrue("tccc.Agent.getStatus() === 'free'")
	g.AwaitPhoneHears(t, call, firstTone)
	a.Hears(harness.PhoneTone)
	g.PhoneHangup(t, call)
	assert.Equal(t, wire.CloseClient, ended(t, a, id).CloseBy)
}
