package call

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/test/harness"
	"tccc/wire"
)

func jsonInto(text json.RawMessage, v any) error { return json.Unmarshal(text, v) }

// conversation is an inbound call that has been answered.
func conversation(t *testing.T, g *harness.Gateway, p *harness.Page, from string) (id, call string) {
	t.Helper()
	call = g.Ring(t, from, sales, "")
	id = p.Await("callIn", "callerPhoneNumber", from).SessionID()
	p.Do("tccc.Call.accept({sessionId: %s})", id)
	p.Hears(harness.PhoneTone)
	g.AwaitPhoneHears(t, call, harness.MicTone)
	return id, call
}

// hearsMusic waits until the phone hears something that is not the agent.
func hearsMusic(t *testing.T, g *harness.Gateway, call string) {
	t.Helper()
	g.AwaitPhone(t, call+" hears music", func(c harness.PhoneCall) bool {
		return c.CallID == call && c.Energy > 0.005 &&
			(c.Frequency < harness.MicTone-50 || c.Frequency > harness.MicTone+50)
	})
}

func TestHold(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	p := harness.Agent(t, g, "agent1@demo")
	id, call := conversation(t, g, p, "13800000001")
	for range 2 {
		p.Do("tccc.Call.hold({sessionId: %s})", id)
		p.Await("sessionUpdated", "state", "held")
		hearsMusic(t, g, call)
		p.Hears(0) // the caller is not heard meanwhile
		p.Do("tccc.Call.hold({sessionId: %s})", id)
		p.Do("tccc.Call.unHold({sessionId: %s})", id)
		p.Await("sessionUpdated", "state", "talking")
		p.Hears(harness.PhoneTone)
		g.AwaitPhoneHears(t, call, harness.MicTone)
	}
	p.Do("tccc.Call.hold({sessionId: %s})", id)
	p.Do("tccc.Call.hungUp({sessionId: %s})", id) // a held call can be ended
	assert.Equal(t, wire.CloseSeat, ended(t, p, id).CloseBy)
	phoneEnded(t, g, call)
}

func TestMute(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	p := harness.Agent(t, g, "agent1@demo")
	id, call := conversation(t, g, p, "13800000001")
	muted := func() bool {
		var r struct{ IsMicMuted, Muted *bool }
		data := p.Do("tccc.Call.isMicMuted({sessionId: %s})", id)
		var plain bool
		if json.Unmarshal(data, &plain) == nil {
			return plain
		}
		require.NoError(t, json.Unmarshal(data, &r), "%s", data)
		switch {
		case r.IsMicMuted != nil:
			return *r.IsMicMuted
		case r.Muted != nil:
			return *r.Muted
		}
		require.Fail(t, "isMicMuted says nothing", "%s", data)
		return false
	}
	assert.False(t, muted())
	p.Do("tccc.Call.muteMic({sessionId: %s})", id)
	g.AwaitPhoneHears(t, call, 0)
	assert.True(t, muted())
	p.Hears(harness.PhoneTone) // the agent goes on hearing
	p.Do("tccc.Call.muteMic({sessionId: %s})", id)
	p.Do("tccc.Call.unmuteMic({sessionId: %s})", id)
	g.AwaitPhoneHears(t, call, harness.MicTone)
	assert.False(t, muted())

	// A mute lasts through hold.
	p.Do("tccc.Call.muteMic({sessionId: %s})", id)
	p.Do("tccc.Call.hold({sessionId: %s})", id)
	hearsMusic(t, g, call)
	p.Do("tccc.Call.unHold({sessionId: %s})", id)
	g.AwaitPhoneHears(t, call, 0)
	p.Hears(harness.PhoneTone)
	g.PhoneHangup(t, call)
	ended(t, p, id)

	// The next call is not muted.
	id, _ = conversation(t, g, p, "13800000002")
	assert.False(t, muted())
}

func TestDigits(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	p := harness.Agent(t, g, "agent1@demo")
	p.Do("tccc.Call.startOutboundCall({phoneNumber: '10086'})")
	id := p.Await("calloutAccepted").SessionID()
	p.Do("tccc.Call.sendDigits({sessionId: %s, dtmfText: '0123456789*#'})", id)
	p.Do("tccc.Call.sendDigits({sessionId: %s, dtmfText: 'ABpCD11'})", id)
	g.AwaitPhone(t, "has received the digits",
		func(c harness.PhoneCall) bool { return c.SessionID == id && c.Digits == "0123456789*#ABCD11" })
	p.Hears(harness.PhoneTone) // and talking goes on
	call := g.AwaitPhone(t, "is ours", func(c harness.PhoneCall) bool { return c.SessionID == id })
	g.AwaitPhoneHears(t, call.CallID, harness.MicTone)
	for _, bad := range []string{"x", "12 34", "12345678901234567890123456789012345678901234567890123456789012345"} {
		r := p.Fail("tccc.Call.sendDigits({sessionId: %s, dtmfText: %s})", id, bad)
		assert.Equal(t, wire.ErrDigitsInvalid.Code, r.Code, bad)
		assert.Equal(t, "dtmfText", r.Field, bad)
	}
	assert.Equal(t, wire.ErrInvalidOptions.Code, p.Fail("tccc.Call.sendDigits({sessionId: %s})", id).Code)
}

// TestTwoCalls takes a second call: the first is held, and comes back.
func TestTwoCalls(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	p := harness.Agent(t, g, "agent1@demo")
	first, firstCall := conversation(t, g, p, "13800000001")
	p.Do("tccc.Call.startOutboundCall({phoneNumber: '10086'})")
	p.Await("sessionUpdated", "sessionId", first, "state", "held")
	second := p.Await("calloutAccepted").SessionID()
	secondCall := g.AwaitPhone(t, "is the second",
		func(c harness.PhoneCall) bool { return c.SessionID == second }).CallID
	hearsMusic(t, g, firstCall)
	g.AwaitPhoneHears(t, secondCall, harness.MicTone)

	// Back to the first: the second is held.
	p.Do("tccc.Call.unHold({sessionId: %s})", first)
	p.Await("sessionUpdated", "sessionId", second, "state", "held")
	g.AwaitPhoneHears(t, firstCall, harness.MicTone)
	hearsMusic(t, g, secondCall)
	p.Hears(harness.PhoneTone)

	// One ends, the other is as it was.
	g.PhoneHangup(t, firstCall)
	ended(t, p, first)
	assert.Equal(t, "busy", harness.Eval[string](p, "tccc.Agent.getStatus()"))
	p.Do("tccc.Call.unHold({sessionId: %s})", second)
	g.AwaitPhoneHears(t, secondCall, harness.MicTone)
	p.Do("tccc.Call.hungUp({sessionId: %s})", second)
	ended(t, p, second)
	p.AwaitTrue("tccc.Agent.getStatus() === 'free'")
}

// TestWrongState asks for what a session's state does not allow.
func TestWrongState(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	p := harness.Agent(t, g, "agent1@demo")
	call := g.Ring(t, "13800000001", sales, "")
	id := p.Await("callIn").SessionID()
	for _, method := range []string{"hold", "unHold", "muteMic", "unmuteMic", "deleteCall"} {
		assert.Equal(t, wire.ErrSessionState.Code, p.Fail("tccc.Call."+method+"({sessionId: %s})", id).Code, method)
	}
	assert.Equal(t, wire.ErrSessionState.Code, p.Fail("tccc.Call.sendDigits({sessionId: %s, dtmfText: '1'})", id).Code)
	// Twice at the same time: one is taken, the other told.
	both := harness.Eval[[]harness.Outcome](p,
		"Promise.all([1, 2].map(() => harness.caught(tccc.Call.accept({sessionId: %s}))))", id)
	require.Len(t, both, 2)
	assert.True(t, (both[0].Rejected == nil) != (both[1].Rejected == nil), "%+v", both)
	assert.Equal(t, wire.ErrSessionState.Code, p.Fail("tccc.Call.accept({sessionId: %s})", id).Code)
	p.Hears(harness.PhoneTone)
	g.AwaitPhoneHears(t, call, harness.MicTone)
}
