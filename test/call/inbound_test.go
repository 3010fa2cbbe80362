// Package call tests telephone calls end to end: a real SIP phone, the real
// gateway, the SDK in Chromium, and what both sides hear.
package call

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/test/harness"
	"tccc/wire"
)

func TestMain(m *testing.M) { harness.Main(m) }

const (
	sales   = "4001000001"
	support = "4001000002"
	menu    = "4001000003"
)

// decode reads the payload of an event.
func decode[T any](t *testing.T, e harness.Event) T {
	t.Helper()
	var v T
	require.NoError(t, json.Unmarshal(e.Data, &v))
	return v
}

// ended awaits the end of a session and returns its payload.
func ended(t *testing.T, p *harness.Page, sessionID string) wire.SessionEnded {
	t.Helper()
	return decode[wire.SessionEnded](t, p.Await("sessionEnded", "sessionId", sessionID))
}

// phoneEnded awaits the end of a call at the phone.
func phoneEnded(t *testing.T, g *harness.Gateway, callID string) {
	t.Helper()
	g.AwaitPhone(t, callID+" has ended",
		func(c harness.PhoneCall) bool { return c.CallID == callID && c.State == "ended" })
}

// names are the events of the page after ready, in order.
func names(p *harness.Page) []string {
	all := p.Names()
	for i, name := range all {
		if name == "ready" {
			return all[i+1:]
		}
	}
	return all
}

func TestInbound(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	p := harness.Agent(t, g, "agent1@demo")
	call := g.Ring(t, "02112345678", sales, "")
	e := p.Await("callIn")
	in := decode[wire.CallInPhone](t, e)
	assert.Equal(t, wire.CallInPhone{
		SessionID: in.SessionID, Type: wire.TypePhone, Timeout: 12, Callee: sales, Caller: "02112345678",
		CallerLocation: "Shanghai", ServerType: wire.StaffSeat,
	}, in)
	assert.NotEmpty(t, in.SessionID)
	p.Await("statusChanged", "status", "busy")
	p.Screenshot("call-ringing")

	p.Do("tccc.Call.accept({sessionId: %s})", in.SessionID)
	p.Await("userAccessed", "sessionId", in.SessionID)
	p.Hears(harness.PhoneTone)
	g.AwaitPhoneHears(t, call, harness.MicTone)
	p.Screenshot("call-talking")
	assert.Equal(t, in.SessionID, g.AwaitPhone(t, "is this",
		func(c harness.PhoneCall) bool { return c.CallID == call }).SessionID)

	p.Do("tccc.Call.hungUp({sessionId: %s})", in.SessionID)
	end := ended(t, p, in.SessionID)
	assert.Equal(t, wire.CloseSeat, end.CloseBy)
	assert.Equal(t, wire.TypePhone, end.Type)
	assert.Positive(t, end.Duration)
	assert.Empty(t, end.MainReason)
	phoneEnded(t, g, call)
	p.Await("statusChanged", "status", "free")
	assert.Equal(t, []string{"callIn", "statusChanged", "userAccessed", "sessionEnded", "statusChanged"}, names(p))
	// The microphone is let go, the leg stays.
	p.AwaitTrue("harness.microphones.every((m) => m.readyState === 'ended')")
	assert.Equal(t, 1, harness.Eval[int](p, "harness.peers.filter((pc) => pc.connectionState === 'connected').length"))

	// The ended session is in the list until it is deleted.
	p.Run("void tccc.Call.deleteCall({sessionId: %s})", in.SessionID)
	p.Await("sessionCompleted", "sessionId", in.SessionID)
	assert.Equal(t, wire.ErrSessionNotFound.Code, p.Fail("tccc.Call.hungUp({sessionId: %s})", in.SessionID).Code)
}

// TestColdLeg answers a call without a leg that was made before.
func TestColdLeg(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{Env: []string{"TCCC_RTC_WARMLEG=false"}})
	p := harness.Agent(t, g, "agent1@demo")
	for range 2 {
		call := g.Ring(t, "02112345678", sales, "")
		id := p.Await("callIn").SessionID()
		p.Do("tccc.Call.accept({sessionId: %s})", id)
		p.Hears(harness.PhoneTone)
		g.AwaitPhoneHears(t, call, harness.MicTone)
		g.PhoneHangup(t, call)
		assert.Equal(t, wire.CloseClient, ended(t, p, id).CloseBy)
	}
}

func TestCallerHangsUp(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	p := harness.Agent(t, g, "agent1@demo")

	// While it rings: CANCEL.
	call := g.Ring(t, "13800000001", sales, "")
	id := p.Await("callIn").SessionID()
	g.PhoneHangup(t, call)
	assert.Equal(t, wire.CloseClient, ended(t, p, id).CloseBy)
	p.Await("statusChanged", "status", "free")
	assert.Equal(t, wire.ErrSessionState.Code, p.Fail("tccc.Call.accept({sessionId: %s})", id).Code)

	// In conversation: BYE.
	call = g.Ring(t, "13800000001", sales, "")
	id = p.Await("callIn").SessionID()
	p.Do("tccc.Call.accept({sessionId: %s})", id)
	p.Hears(harness.PhoneTone)
	g.PhoneHangup(t, call)
	assert.Equal(t, wire.CloseClient, ended(t, p, id).CloseBy)
	p.AwaitTrue("tccc.Agent.getStatus() === 'free'")
}

// TestDecline declines with nobody else there and with somebody.
func TestDecline(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	first := harness.Agent(t, g, "agent1@demo")
	call := g.Ring(t, "13800000001", sales, "")
	id := first.Await("callIn").SessionID()
	first.Do("tccc.Call.hungUp({sessionId: %s})", id)
	assert.Equal(t, wire.CloseSeat, ended(t, first, id).CloseBy)
	phoneEnded(t, g, call)
	first.AwaitTrue("tccc.Agent.getStatus() === 'free'")

	second := harness.Agent(t, g, "agent2@demo")
	call = g.Ring(t, "13800000002", sales, "")
	id = first.Await("callIn").SessionID() // has been idle for longer
	first.Do("tccc.Call.hungUp({sessionId: %s})", id)
	assert.Equal(t, wire.CloseSeat, ended(t, first, id).CloseBy)
	assert.Equal(t, id, second.Await("callIn").SessionID(), "one call is one session")
	second.Do("tccc.Call.accept({sessionId: %s})", id)
	second.Hears(harness.PhoneTone)
	g.AwaitPhoneHears(t, call, harness.MicTone)
	assert.Equal(t, wire.ErrSessionState.Code, first.Fail("tccc.Call.accept({sessionId: %s})", id).Code)
}

// TestEnd declines a call, which the next agent gets, and ends one.
func TestEnd(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	first, second := harness.Agent(t, g, "agent1@demo"), harness.Agent(t, g, "agent2@demo")
	call := g.Ring(t, "13800000001", sales, "")
	id := first.Await("callIn").SessionID()
	assert.Equal(t, wire.ErrSessionNotFound.Code, second.Fail("tccc.Call.end({sessionId: %s})", id).Code,
		"it rings at somebody else")
	first.Do("tccc.Call.end({sessionId: %s})", id)
	assert.Equal(t, wire.CloseSeat, ended(t, first, id).CloseBy)
	assert.Equal(t, id, second.Await("callIn").SessionID())
	second.Do("tccc.Call.accept({sessionId: %s})", id)
	g.AwaitPhoneHears(t, call, harness.MicTone)
	assert.Equal(t, "sessionId", second.Fail("tccc.Call.end({sessionId: [1]})").Field)
	second.Do("tccc.Call.end({sessionId: %s})", id)
	assert.Equal(t, wire.CloseSeat, ended(t, second, id).CloseBy)
	phoneEnded(t, g, call)
	assert.Equal(t, wire.ErrSessionState.Code, second.Fail("tccc.Call.end({sessionId: %s})", id).Code)
}

// TestRingTimeout lets a call move on to the next agent, in the order of who
// has been idle for the longest.
func TestRingTimeout(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{Env: []string{"TCCC_APPS_0_SKILLGROUPS_0_RINGTIMEOUT=4s"}})
	first := harness.Agent(t, g, "agent1@demo")
	second := harness.Agent(t, g, "agent2@demo")
	call := g.Ring(t, "13800000001", sales, "")
	in := decode[wire.CallInPhone](t, first.Await("callIn"))
	assert.Equal(t, 4, in.Timeout)
	first.Await("autoTransfer", "sessionId", in.SessionID)
	assert.Equal(t, in.SessionID, second.Await("callIn").SessionID())
	second.Do("tccc.Call.accept({sessionId: %s})", in.SessionID)
	second.Hears(harness.PhoneTone)
	g.AwaitPhoneHears(t, call, harness.MicTone)
	first.Await("statusChanged", "status", "free")
	assert.NotContains(t, first.Names(), "sessionEnded", "a call that moved on has not ended")
}

// TestQueue lets callers wait with music, in order, until an agent is free.
func TestQueue(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	var calls []string
	for _, from := range []string{"13800000001", "13800000002"} {
		call := g.Ring(t, from, sales, "")
		g.AwaitPhone(t, "hears music", func(c harness.PhoneCall) bool {
			return c.CallID == call && c.Energy > 0.005
		})
		calls = append(calls, call)
	}
	p := harness.Agent(t, g, "agent1@demo")
	for i, from := range []string{"13800000001", "13800000002"} {
		id := p.Await("callIn", "callerPhoneNumber", from).SessionID()
		p.Do("tccc.Call.accept({sessionId: %s})", id)
		p.Hears(harness.PhoneTone)
		g.AwaitPhoneHears(t, calls[i], harness.MicTone)
		p.Do("tccc.Call.hungUp({sessionId: %s})", id)
		ended(t, p, id)
	}
}

func TestQueueTimeout(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{Env: []string{"TCCC_APPS_0_SKILLGROUPS_0_QUEUETIMEOUT=1s"}})
	call := g.Ring(t, "13800000001", sales, "")
	phoneEnded(t, g, call)
}

// TestOverflow sends callers whom nobody of a group can take to another group.
func TestOverflow(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{Env: []string{
		"TCCC_APPS_0_SKILLGROUPS_0_QUEUETIMEOUT=1s", "TCCC_APPS_0_SKILLGROUPS_0_OVERFLOW=support",
	}})
	p := harness.Agent(t, g, "agent4@demo") // support only
	call := g.Ring(t, "13800000001", sales, "")
	id := p.Await("callIn", "calleePhoneNumber", sales).SessionID()
	p.Do("tccc.Call.accept({sessionId: %s})", id)
	g.AwaitPhoneHears(t, call, harness.MicTone)
}

// TestMenu walks through the IVR.
func TestMenu(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	seller := harness.Agent(t, g, "agent1@demo")
	supporter := harness.Agent(t, g, "agent4@demo")
	for _, way := range []struct {
		digits string
		page   *harness.Page
		path   []wire.PathKey
	}{
		{"1", seller, []wire.PathKey{{Key: "1", Label: "Sales"}}},
		{"2", supporter, []wire.PathKey{{Key: "2", Label: "Support"}}},
		{"92", supporter, []wire.PathKey{{Key: "2", Label: "Support"}}}, // a key that is not on the menu first
	} {
		call := g.Ring(t, "13800000001", menu, way.digits)
		in := decode[wire.CallInPhone](t, way.page.Await("callIn", "calleePhoneNumber", menu))
		assert.Equal(t, way.path, in.IVRPath, way.digits)
		way.page.Do("tccc.Call.accept({sessionId: %s})", in.SessionID)
		way.page.Hears(harness.PhoneTone)
		g.PhoneHangup(t, call)
		ended(t, way.page, in.SessionID)
		way.page.AwaitTrue("tccc.Agent.getStatus() === 'free'")
	}

	// The prompt is heard.
	call := g.Ring(t, "13800000001", menu, "")
	g.AwaitPhone(t, "hears the prompt", func(c harness.PhoneCall) bool { return c.CallID == call && c.Energy > 0.005 })
	g.PhoneHangup(t, call)
	phoneEnded(t, g, call)
}

func TestUnknownNumber(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	p := harness.Agent(t, g, "agent1@demo")
	call := g.Ring(t, "13800000001", "4009999999", "")
	phoneEnded(t, g, call)
	assert.Empty(t, names(p))
}

// TestGroups checks that an agent is rung only for its own groups.
func TestGroups(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	seller := harness.Agent(t, g, "agent1@demo")
	supporter := harness.Agent(t, g, "agent4@demo")
	call := g.Ring(t, "13800000001", support, "")
	id := supporter.Await("callIn").SessionID()
	supporter.Do("tccc.Call.accept({sessionId: %s})", id)
	supporter.Hears(harness.PhoneTone)
	assert.Equal(t, wire.ErrSessionNotFound.Code, seller.Fail("tccc.Call.hungUp({sessionId: %s})", id).Code,
		"somebody else's session")
	assert.Empty(t, names(seller))
	g.PhoneHangup(t, call)
	ended(t, supporter, id)
}

// TestRingtone hears the ringing in the page and its end.
func TestRingtone(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	p := harness.Agent(t, g, "agent1@demo")
	call := g.Ring(t, "13800000001", sales, "")
	id := p.Await("callIn").SessionID()
	p.AwaitTrue("harness.rings()")
	p.Do("tccc.Call.accept({sessionId: %s})", id)
	p.AwaitTrue("!harness.rings()")
	p.Hears(harness.PhoneTone)
	assert.False(t, harness.Eval[bool](p, "harness.rings()"))
	g.PhoneHangup(t, call)
	ended(t, p, id)
}

// TestOneLeg makes several calls over the same leg.
func TestOneLeg(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	p := harness.Agent(t, g, "agent1@demo")
	for range 5 {
		call := g.Ring(t, "13800000001", sales, "")
		id := p.Await("callIn").SessionID()
		p.Do("tccc.Call.accept({sessionId: %s})", id)
		p.Hears(harness.PhoneTone)
		g.PhoneHangup(t, call)
		ended(t, p, id)
		p.AwaitTrue("tccc.Agent.getStatus() === 'free'")
	}
	assert.Equal(t, 1, harness.Eval[int](p, "harness.peers.filter((pc) => pc.connectionState !== 'closed').length"),
		"one leg for all calls")
}
