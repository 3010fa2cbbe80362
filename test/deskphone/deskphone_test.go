// Package deskphone tests agents at a SIP desk phone and at a mobile, end to
// end: a phone registers at bin/tccc, and page, phone and customer are checked
// by what they hear.
package deskphone

import (
	"encoding/json"
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/test/harness"
	"tccc/wire"
)

func TestMain(m *testing.M) { harness.Main(m) }

const (
	sales  = "4001000001"
	first  = "agent1@demo"
	second = "agent4@demo" // in the other group
	secret = "the desk phone's password"
)

// atDesk are settings that have the first agent talk at extension 101.
func atDesk(more ...string) []string {
	return append([]string{
		"TCCC_APPS_0_AGENTS_0_EXTENSION=101", "TCCC_APPS_0_AGENTS_0_EXTENSIONPASSWORD=" + secret,
		"TCCC_APPS_0_AGENTS_0_SERVERTYPE=staffExtensionSeat",
	}, more...)
}

// listens counts how often a page asks for the microphone, from before the SDK
// is there.
const listens = `void (() => {
	const real = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
	window.asked = 0;
	navigator.mediaDevices.getUserMedia = (o) => { window.asked++; return real(o); };
})()`

// desk is a gateway with an agent at a registered phone.
func desk(t *testing.T, transport string) (*harness.Gateway, *harness.DeskPhone, *harness.Page) {
	t.Helper()
	g := harness.StartGateway(t, harness.GatewayOptions{Env: atDesk()})
	d := harness.NewDeskPhone(t, harness.DeskOptions{Name: "101", Password: secret, Registrar: g.SIP,
		Transport: transport})
	return g, d, page(t, g)
}

// page logs the first agent in, whose phone must be there.
func page(t *testing.T, g *harness.Gateway) *harness.Page {
	t.Helper()
	p := harness.Blank(t)
	p.Run(listens)
	p.Load(g.Login(t, first).SDKURL, map[string]string{"crossorigin": "anonymous"})
	p.Await("ready")
	p.AwaitTrue("tccc.Agent.getServerType().then((r) => r.data.serverType === 'staffExtensionSeat' && !r.data.phoneAway)")
	return p
}

func ended(t *testing.T, p *harness.Page, id string) (e wire.SessionEnded) {
	t.Helper()
	require.NoError(t, json.Unmarshal(p.Await("sessionEnded", "sessionId", id).Data, &e))
	return e
}

// hearsMusic waits until the customer hears neither silence nor anybody's tone.
func hearsMusic(t *testing.T, g *harness.Gateway, call string) {
	t.Helper()
	g.AwaitPhone(t, "hears music", func(c harness.PhoneCall) bool {
		return c.CallID == call && c.Energy > 0.005 && math.Abs(c.Frequency-harness.DeskTone) > 50 &&
			math.Abs(c.Frequency-harness.MicTone) > 50
	})
}

func TestCallAtTheDeskPhone(t *testing.T) {
	for _, transport := range []string{"udp", "tcp"} {
		t.Run(transport, func(t *testing.T) {
			g, d, p := desk(t, transport)
			customer := g.Ring(t, "13800000001", sales, "")
			in := p.Await("callIn")
			assert.Equal(t, string(wire.StaffExtensionSeat), in.Text("serverType"))
			id := in.SessionID()
			phone := d.Ringing()
			assert.Equal(t, "13800000001", phone.From())
			p.Screenshot("desk-ringing")
			phone.PickUp()
			p.Await("userAccessed", "sessionId", id)
			phone.Hears(harness.PhoneTone)
			g.AwaitPhoneHears(t, customer, harness.DeskTone)
			assert.Equal(t, wire.ErrSessionState.Code, p.Fail("tccc.Call.accept({sessionId: %s})", id).Code)
			p.Screenshot("desk-talking")

			p.Do("tccc.Call.hold({sessionId: %s})", id)
			hearsMusic(t, g, customer)
			phone.Hears(0)
			p.Do("tccc.Call.unHold({sessionId: %s})", id)
			phone.Hears(harness.PhoneTone)
			g.AwaitPhoneHears(t, customer, harness.DeskTone)

			p.Do("tccc.Call.muteMic({sessionId: %s})", id)
			g.AwaitPhoneHears(t, customer, 0)
			phone.Hears(harness.PhoneTone)
			p.Do("tccc.Call.unmuteMic({sessionId: %s})", id)
			g.AwaitPhoneHears(t, customer, harness.DeskTone)

			p.Do("tccc.Call.sendDigits({sessionId: %s, dtmfText: '12#'})", id)
			g.AwaitPhone(t, "got the keys of the page",
				func(c harness.PhoneCall) bool { return c.CallID == customer && c.Digits == "12#" })
			require.NoError(t, phone.SendDigits(t.Context(), "5"))
			g.AwaitPhone(t, "got the key of the phone",
				func(c harness.PhoneCall) bool { return c.CallID == customer && c.Digits == "12#5" })

			p.Do("tccc.Call.hungUp({sessionId: %s})", id)
			phone.AwaitEnd()
			assert.Equal(t, wire.CloseSeat, ended(t, p, id).CloseBy)
			p.AwaitTrue("tccc.Agent.getStatus() === 'free'")
			assert.Zero(t, harness.Eval[int](p, "window.asked"),
				"an agent at the phone is not asked for the microphone")
		})
	}
}

func TestDeskPhoneAndBrowserTransfer(t *testing.T) {
	g, d, p := desk(t, "udp")
	b := harness.Agent(t, g, second)
	customer := g.Ring(t, "13800000001", sales, "")
	id := p.Await("callIn").SessionID()
	phone := d.PicksUp()
	p.Await("userAccessed")
	p.Do("tccc.Call.transfer({sessionId: %s, userId: %s})", id, second)
	b.Await("callIn", "sessionId", id)
	hearsMusic(t, g, customer)
	b.Do("tccc.Call.accept({sessionId: %s})", id)
	b.Hears(harness.PhoneTone)
	g.AwaitPhoneHears(t, customer, harness.MicTone)
	phone.AwaitEnd()
	ended(t, p, id)

	b.Do("tccc.Call.transfer({sessionId: %s, userId: %s})", id, first)
	assert.Equal(t, string(wire.StaffExtensionSeat), p.Await("callIn", "sessionId", id).Text("serverType"))
	phone = d.PicksUp()
	phone.Hears(harness.PhoneTone)
	g.AwaitPhoneHears(t, customer, harness.DeskTone)
	ended(t, b, id)

	// The two of them and the customer.
	res := p.Do("tccc.Call.consult({sessionId: %s, userId: %s})", id, second)
	var with wire.ConsultResponse
	require.NoError(t, json.Unmarshal(res, &with))
	b.Await("callIn", "sessionId", with.SessionID)
	b.Do("tccc.Call.accept({sessionId: %s})", with.SessionID)
	phone.Hears(harness.MicTone)
	b.Hears(harness.DeskTone)
	hearsMusic(t, g, customer)
	p.Do("tccc.Call.conference({sessionId: %s})", id)
	g.AwaitPhone(t, "hears one of the two", func(c harness.PhoneCall) bool {
		return c.CallID == customer && (math.Abs(c.Frequency-harness.DeskTone) < 25 ||
			math.Abs(c.Frequency-harness.MicTone) < 25)
	})
	require.NoError(t, phone.Hangup()) // the colleague goes on
	ended(t, p, id)
	b.Hears(harness.PhoneTone)
	g.AwaitPhoneHears(t, customer, harness.MicTone)
	g.PhoneHangup(t, customer)
	ended(t, b, id)
}

func TestCallOutAtTheDeskPhone(t *testing.T) {
	g, d, p := desk(t, "udp")
	var res wire.CallResponse
	require.NoError(t, json.Unmarshal(p.Do("tccc.Call.startOutboundCall({phoneNumber: '10086'})"), &res))
	assert.Equal(t, wire.StaffExtensionSeat, res.ServerType)
	p.Await("callOuted", "sessionId", res.SessionID)
	phone := d.Ringing()
	assert.Contains(t, phone.Header("Call-Info"), "answer-after=0")
	phone.PickUp()
	p.Await("calloutAccepted", "sessionId", res.SessionID)
	phone.Hears(harness.PhoneTone)
	call := g.AwaitPhone(t, "was called", func(c harness.PhoneCall) bool { return c.To == "10086" })
	g.AwaitPhoneHears(t, call.CallID, harness.DeskTone)
	require.NoError(t, phone.Hangup())
	assert.Equal(t, wire.CloseSeat, ended(t, p, res.SessionID).CloseBy)

	// From the phone itself.
	phone = d.Dials("10010") // an echo
	out := p.Await("callOuted")
	assert.Equal(t, "10010", out.Text("calleePhoneNumber"))
	phone.AwaitAnswer()
	p.Await("calloutAccepted", "sessionId", out.SessionID())
	phone.Hears(harness.DeskTone)
	p.Do("tccc.Call.hungUp({sessionId: %s})", out.SessionID())
	phone.AwaitEnd()
	assert.Equal(t, 486, d.Dials("10000").AwaitEnd().Code, "busy")
	assert.Equal(t, 404, d.Dials("1").AwaitEnd().Code)
	assert.Zero(t, harness.Eval[int](p, "window.asked"))
}

func TestDeskPhoneGoes(t *testing.T) {
	g, d, p := desk(t, "udp")
	d.Unregister()
	assert.Equal(t, float64(wire.ErrSeatPhone.Code), number(t, p.Await("error"), "code"))
	p.AwaitTrue("tccc.Agent.getServerType().then((r) => r.data.phoneAway)")
	customer := g.Ring(t, "13800000001", sales, "") // nobody can take it
	hearsMusic(t, g, customer)
	p.Do("tccc.Agent.setServerType({serverType: 'staffSeat'})")
	id := p.Await("callIn").SessionID()
	p.Do("tccc.Call.accept({sessionId: %s})", id)
	p.Hears(harness.PhoneTone)
	g.AwaitPhoneHears(t, customer, harness.MicTone)
	assert.Equal(t, wire.ErrSeatUnknown.Code, p.Fail("tccc.Agent.setServerType({serverType: 'staffPhoneSeat'})").Code)
	assert.Equal(t, wire.ErrInvalidOptions.Code, p.Fail("tccc.Agent.setServerType({})").Code)
}

func number(t *testing.T, e harness.Event, member string) any {
	t.Helper()
	var m map[string]any
	require.NoError(t, json.Unmarshal(e.Data, &m))
	return m[member]
}

// The gateway is killed and comes back: it knows the phone without a new REGISTER,
// and the agent's choice.
func TestDeskPhoneAfterRestart(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{Env: atDesk()})
	d := harness.NewDeskPhone(t, harness.DeskOptions{Name: "101", Password: secret, Registrar: g.SIP})
	p := page(t, g)
	p.AllowError("WebSocket connection to")
	g.Kill()
	g.Restart()
	p.Await("connectionChanged", "state", "connected")
	p.AwaitTrue("tccc.Agent.getServerType().then((r) => !r.data.phoneAway)")
	customer := g.Ring(t, "13800000001", sales, "")
	d.PicksUp().Hears(harness.PhoneTone)
	g.AwaitPhoneHears(t, customer, harness.DeskTone)
}

// An agent on the mobile is called through the trunk.
func TestCallAtTheMobile(t *testing.T) {
	// it answers and speaks
	g := harness.StartGateway(t, harness.GatewayOptions{Env: []string{"TCCC_APPS_0_AGENTS_0_PHONE=10086"}})
	p := harness.Blank(t)
	p.Run(listens)
	p.Load(g.Login(t, first).SDKURL, map[string]string{"crossorigin": "anonymous"})
	p.Await("ready")
	p.Do("tccc.Agent.setServerType({serverType: 'staffPhoneSeat'})")
	before := harness.Eval[int](p, "window.asked")
	customer := g.Ring(t, "13800000001", sales, "")
	in := p.Await("callIn")
	assert.Equal(t, string(wire.StaffPhoneSeat), in.Text("serverType"))
	p.Await("userAccessed")
	mobile := g.AwaitPhone(t, "rings at the mobile", func(c harness.PhoneCall) bool { return c.To == "10086" })
	g.AwaitPhoneHears(t, customer, harness.PhoneTone)
	g.AwaitPhoneHears(t, mobile.CallID, harness.PhoneTone)
	p.Do("tccc.Call.hungUp({sessionId: %s})", in.SessionID())
	g.AwaitPhone(t, "is over", func(c harness.PhoneCall) bool {
		return c.CallID == mobile.CallID &&
			c.State == "ended"
	})
	assert.Equal(t, before, harness.Eval[int](p, "window.asked"))
	assert.Contains(t, fmt.Sprint(p.Names()), "sessionEnded")
}
