package center

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/gateway/config"
	"tccc/gateway/sip"
	"tccc/wire"
)

// customerAt lets a customer be in conversation with agent 1 at a desk phone.
func (w *world) customerAt(k *keyPhone, p *page) (id string, customer *sip.Call, d keyDialog) {
	w.t.Helper()
	customer = w.rings(sales)
	d = k.picksUp()
	id = p.sessionOf(wire.EventCallIn)
	p.await(wire.EventUserAccessed, nil)
	w.awaitKind(customer, sip.Answered)
	return id, customer, d
}

func TestReferToAColleague(t *testing.T) {
	w := newWorld(t, atDesk(1))
	k, p, b := w.keyPhone("101"), w.loginAs(user1, nil), w.agent(user4)
	id, customer, d := w.customerAt(k, p)
	require.Equal(t, 202, k.refers(d, "<sip:104@127.0.0.1>"))
	assert.Equal(t, "SIP/2.0 100 Trying", k.told("active"))
	p.state(id, wire.StateHeld)
	assert.Equal(t, &wire.TransferTarget{UserID: user4, Name: "David Zhao"}, p.seen(id).Transfer)
	assert.Equal(t, id, b.sessionOf(wire.EventCallIn))
	assert.Equal(t, 491, k.refers(d, "<sip:104@127.0.0.1>"), "one at a time")
	b.ok(wire.MethodCallAccept, session1(id))
	assert.Equal(t, "SIP/2.0 200 OK", k.told("terminated"))
	var done wire.Transferred
	p.await(wire.EventTransfer, &done)
	assert.Equal(t, wire.Transferred{SessionID: id, UserID: user4}, done)
	assert.Equal(t, wire.CloseSeat, p.ended().CloseBy)
	p.status(wire.StatusFree)
	assert.Empty(t, k.byes, "the phone hangs up by itself")
	k.hangsUp(d)
	b.ok(wire.MethodCallHangup, session1(id))
	w.awaitKind(customer, sip.Ended)
	assert.Equal(t, user4, w.cdrs(1)[0].UserID)
}

// Nobody takes it: the phone is told, and the customer is back.
func TestReferComesBack(t *testing.T) {
	w := newWorld(t, atDesk(1))
	k, p, b := w.keyPhone("101"), w.loginAs(user1, nil), w.agent(user4)
	id, customer, d := w.customerAt(k, p)
	require.Equal(t, 202, k.refers(d, "<sip:support@127.0.0.1>"))
	k.told("active")
	assert.Equal(t, id, b.sessionOf(wire.EventCallIn))
	b.ok(wire.MethodCallHangup, session1(id))
	assert.Equal(t, "SIP/2.0 603 Decline", k.told("terminated"))
	p.failedTransfer(id, wire.ReasonDeclined)
	p.state(id, wire.StateTalking)

	k.holds(d, true) // most phones do that before
	p.state(id, wire.StateHeld)
	require.Equal(t, 202, k.refers(d, "tel:"+support), "a number of the contact centre's leads to its group")
	k.told("active")
	b.await(wire.EventCallIn, nil)
	k.holds(d, false) // the agent takes it back
	assert.Equal(t, "SIP/2.0 487 Request Terminated", k.told("terminated"))
	p.state(id, wire.StateTalking)
	b.ended()

	require.Equal(t, 202, k.refers(d, "<sip:support@127.0.0.1>", "Refer-Sub: false\r\n"))
	b.await(wire.EventCallIn, nil)
	require.NoError(t, customer.Hangup())
	k.hungUp()
	p.ended()
	assert.Empty(t, k.notifies, "it does not want to know")
}

// The phone hangs up as soon as it has asked: the customer stays with whoever it
// is offered to.
func TestReferAndHangUp(t *testing.T) {
	w := newWorld(t, atDesk(1))
	k, p, b := w.keyPhone("101"), w.loginAs(user1, nil), w.agent(user4)
	id, customer, d := w.customerAt(k, p)
	require.Equal(t, 202, k.refers(d, "<sip:104@127.0.0.1>"))
	k.told("active")
	b.await(wire.EventCallIn, nil)
	k.hangsUp(d)
	k.told("terminated")
	p.ended()
	p.status(wire.StatusFree)
	b.ok(wire.MethodCallAccept, session1(id))
	b.await(wire.EventUserAccessed, nil)
	require.NoError(t, customer.Hangup())
	b.ended()
}

func TestReferToANumber(t *testing.T) {
	w := newWorld(t, atDesk(1))
	k, p := w.keyPhone("101"), w.loginAs(user1, nil)
	id, customer, d := w.customerAt(k, p)
	require.Equal(t, 202, k.refers(d, "<sip:13800001111@127.0.0.1;user=phone>"))
	k.told("active")
	p.await(wire.EventCallOuted, nil)
	p.state(id, wire.StateHeld)
	far := w.awaitCall()
	assert.Equal(t, "13800001111", far.To())
	require.NoError(t, far.Answer())
	assert.Equal(t, "SIP/2.0 200 OK", k.told("terminated"))
	var done wire.Transferred
	p.await(wire.EventTransfer, &done)
	assert.Equal(t, wire.Transferred{SessionID: id, PhoneNumber: "13800001111"}, done)
	p.ended()
	p.ended()
	p.status(wire.StatusFree)
	k.hangsUp(d)
	require.NoError(t, far.Hangup())
	w.awaitKind(customer, sip.Ended)
	list := w.cdrs(2)
	assert.Equal(t, "13800001111", list[0].TransferredTo+list[1].TransferredTo)
}

// phoneIsGone waits until the center knows that an agent's phone has hung up.
func (w *world) phoneIsGone(user string) {
	w.t.Helper()
	require.Eventually(w.t, func() bool {
		up := true
		err := w.center.do(w.t.Context(), func() { up = w.center.agents[agentKey{app, user}].handset.up() })
		return err == nil && !up
	}, 10*time.Second, time.Millisecond)
}

// The number is not reached: the customer is back at the phone, which rings
// again if it has hung up.
func TestReferToANumberFails(t *testing.T) {
	w := newWorld(t, atDesk(1))
	k, p := w.keyPhone("101"), w.loginAs(user1, nil)
	id, customer, d := w.customerAt(k, p)
	require.Equal(t, 202, k.refers(d, "<sip:13800001111@127.0.0.1>"))
	k.told("active")
	require.NoError(t, w.awaitCall().Reject(486, ""))
	assert.Equal(t, "SIP/2.0 486 Busy Here", k.told("terminated"))
	assert.Equal(t, wire.ReasonBusy, p.ended().MainReason)
	p.state(id, wire.StateTalking)

	k.holds(d, true)
	p.state(id, wire.StateHeld)
	require.Equal(t, 202, k.refers(d, "<sip:13800001111@127.0.0.1>"))
	k.told("active")
	far := w.awaitCall()
	k.hangsUp(d)
	k.told("terminated")
	w.phoneIsGone(user1) // or the number's answer may be heard first
	require.NoError(t, far.Reject(404, ""))
	p.ended()
	d = k.picksUp()
	p.state(id, wire.StateTalking)

	require.Equal(t, 202, k.refers(d, "<sip:13800001111@127.0.0.1>"))
	k.told("active")
	far = w.awaitCall()
	k.hangsUp(d)
	k.told("terminated")
	require.NoError(t, far.Answer())
	p.await(wire.EventTransfer, nil)
	p.status(wire.StatusFree)
	assert.Empty(t, k.invites, "the phone is left alone")
	require.NoError(t, customer.Hangup())
	w.awaitKind(far, sip.Ended)
}

// An application's phones know nobody of another one.
func TestReferToAnotherApplication(t *testing.T) {
	w := newWorld(t, atDesk(1))
	other := w.conf.Apps[0]
	other.SDKAppID, other.Numbers, other.IVRs = "1400000002", nil, nil
	other.SkillGroups = []config.SkillGroup{{ID: "theirs", Types: []wire.SessionType{wire.TypePhone}}}
	other.Agents = []config.Agent{{UserID: "agent9@demo", StaffNo: "109", SkillGroups: []string{"theirs"}}}
	other.Chat.DefaultSkillGroup = ""
	require.NoError(t, w.center.Reconfigure(t.Context(), other))
	k, p := w.keyPhone("101"), w.loginAs(user1, nil)
	id, customer, d := w.customerAt(k, p)
	assert.Equal(t, 404, k.refers(d, "<sip:theirs@127.0.0.1>"))
	require.Equal(t, 202, k.refers(d, "<sip:109@127.0.0.1>"))
	k.told("active")
	far := w.awaitCall()
	assert.Equal(t, "109", far.To(), "a number like any other")
	require.NoError(t, far.Reject(404, ""))
	k.told("terminated")
	p.state(id, wire.StateTalking)
	require.NoError(t, customer.Hangup())
	k.hungUp()
}

// What the page could not have ordered is refused, and the call is as before.
func TestReferRefused(t *testing.T) {
	w := newWorld(t, atDesk(1))
	k, p := w.keyPhone("101"), w.loginAs(user1, nil)
	id, customer, d := w.customerAt(k, p)
	for to, code := range map[string]int{
		"<sip:gateway>":              404, // nobody
		"<sip:nobody@127.0.0.1>":     404,
		"<sip:1@127.0.0.1>":          404,
		"<sip:101@127.0.0.1>":        480, // itself
		"<sip:104@127.0.0.1>":        480, // is off line
		"<sip:support@127.0.0.1>":    480, // nobody of it is on line
		"<sip:SALES@127.0.0.1>":      404,
		"<sip:agent2%40demo@gate>":   404, // an account is no number
		"<sip:10086;rm@127.0.0.1>,a": 400,
		"<http://127.0.0.1/>":        416,
	} {
		assert.Equal(t, code, k.refers(d, to), to)
	}
	b := w.agent(user4)
	p.ok(wire.MethodCallConsult, wire.ConsultParams{SessionID: id, UserID: user4})
	b.await(wire.EventCallIn, nil)
	assert.Equal(t, 491, k.refers(d, "<sip:10086@127.0.0.1>"), "who is asked has not answered")
	b.ok(wire.MethodCallAccept, session1(p.seen(id).ConsultSessionID))
	p.await(wire.EventCalloutAccepted, nil)
	assert.Equal(t, 491, k.refers(d, "<sip:10086@127.0.0.1>"), "a consultation is no customer's")
	p.ok(wire.MethodCallCancel, session1(id))
	p.state(id, wire.StateTalking)
	assert.Empty(t, w.arrived)
	require.NoError(t, customer.Hangup())
	k.hungUp()
	p.ended()

	changed := w.conf.Apps[0]
	changed.Numbers = append([]config.Number{}, changed.Numbers...)
	changed.Numbers[0].Outbound, changed.Numbers[1].Outbound = false, false
	require.NoError(t, w.center.Reconfigure(t.Context(), changed))
	_, _, d = w.customerAt(k, p)
	assert.Equal(t, 403, k.refers(d, "<sip:10086@127.0.0.1>"), "without a number to call out with")
	other := keyDialog{id: "x", local: "y", remote: "z", from: d.from, to: d.to}
	assert.Equal(t, 481, k.refers(other, "<sip:10086@127.0.0.1>"))
	other.remote = ""
	assert.Equal(t, 603, k.refers(other, "<sip:10086@127.0.0.1>"), "outside of a call")
	k.hangsUp(d)
	p.ended()
}

// seen is a session as the page has it now.
func (p *page) seen(id string) wire.Session {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.last(id)
}
