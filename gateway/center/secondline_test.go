package center

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/gateway/sip"
	"tccc/wire"
)

// consultsByKeys puts the customer on hold and calls somebody on the second line.
func (k *keyPhone) consultsByKeys(p *page, id string, d keyDialog, number string) (keyDialog, int) {
	k.t.Helper()
	k.holds(d, true)
	p.state(id, wire.StateHeld)
	return k.dials(number)
}

func TestKeysTransferToAColleague(t *testing.T) {
	w := newWorld(t, atDesk(1))
	k, p, b := w.keyPhone("101"), w.loginAs(user1, nil), w.agent(user4)
	id, customer, d := w.customerAt(k, p)
	second, seq := k.consultsByKeys(p, id, d, "104")
	with := b.sessionOf(wire.EventCallIn)
	assert.Equal(t, id, p.seen(with).ConsultOf)
	assert.Equal(t, wire.StaffExtensionSeat, p.seen(with).ServerType)
	b.ok(wire.MethodCallAccept, session1(with))
	k.answered(&second, seq)
	p.await(wire.EventCalloutAccepted, nil)
	k.holds(second, true)
	p.state(with, wire.StateHeld)
	k.holds(d, false) // back to the customer
	p.state(id, wire.StateTalking)
	k.holds(d, true)
	p.state(id, wire.StateHeld)

	require.Equal(t, 202, k.joins(d, second))
	assert.Equal(t, "SIP/2.0 100 Trying", k.told("active"))
	assert.Equal(t, "SIP/2.0 200 OK", k.told("terminated"))
	var done wire.Transferred
	p.await(wire.EventTransfer, &done)
	assert.Equal(t, wire.Transferred{SessionID: id, UserID: user4}, done)
	p.ended()
	p.ended()
	p.status(wire.StatusFree)
	k.hungUp() // the second line
	k.hangsUp(d)
	assert.Equal(t, id, b.sessionOf(wire.EventCallIn))
	require.NoError(t, customer.Hangup())
	b.ended()
}

func TestKeysTransferToANumber(t *testing.T) {
	w := newWorld(t, atDesk(1))
	k, p := w.keyPhone("101"), w.loginAs(user1, nil)
	id, customer, d := w.customerAt(k, p)
	second, seq := k.consultsByKeys(p, id, d, "13800001111")
	far := w.awaitCall()
	require.NoError(t, far.Answer())
	k.answered(&second, seq)
	require.Equal(t, 202, k.joins(second, d), "either call may be named")
	k.told("active")
	assert.Equal(t, "SIP/2.0 200 OK", k.told("terminated"))
	p.await(wire.EventTransfer, nil)
	p.status(wire.StatusFree)
	k.hungUp()
	k.hangsUp(second)
	require.NoError(t, customer.Hangup())
	w.awaitKind(far, sip.Ended)
	w.cdrs(2)
}

// The transfer key before the colleague has answered.
func TestKeysTransferWhileItRings(t *testing.T) {
	w := newWorld(t, atDesk(1))
	k, p, b := w.keyPhone("101"), w.loginAs(user1, nil), w.agent(user4)
	id, customer, d := w.customerAt(k, p)
	second, seq := k.consultsByKeys(p, id, d, "104")
	k.early(&second, seq)
	with := b.sessionOf(wire.EventCallIn)
	require.Equal(t, 202, k.joins(d, second))
	k.told("active")
	b.ok(wire.MethodCallHangup, session1(with))
	assert.Equal(t, "SIP/2.0 603 Decline", k.told("terminated"))
	p.ended()
	assert.Equal(t, 603, k.response(seq).StatusCode)
	k.holds(d, false)
	p.state(id, wire.StateTalking)

	second, seq = k.consultsByKeys(p, id, d, "104")
	k.early(&second, seq)
	with = b.sessionOf(wire.EventCallIn)
	require.Equal(t, 202, k.joins(d, second))
	k.told("active")
	k.hangsUp(d) // and does not wait
	k.told("terminated")
	b.ok(wire.MethodCallAccept, session1(with))
	p.await(wire.EventTransfer, nil)
	p.status(wire.StatusFree)
	assert.Equal(t, id, b.sessionOf(wire.EventCallIn))
	require.NoError(t, customer.Hangup())
	b.ended()
}

// Either line is hung up: the other goes on.
func TestTwoLines(t *testing.T) {
	w := newWorld(t, atDesk(1))
	k, p, b := w.keyPhone("101"), w.loginAs(user1, nil), w.agent(user4)
	id, customer, d := w.customerAt(k, p)
	second, seq := k.consultsByKeys(p, id, d, "104")
	with := b.sessionOf(wire.EventCallIn)
	b.ok(wire.MethodCallAccept, session1(with))
	k.answered(&second, seq)
	k.hangsUp(second)
	assert.Equal(t, with, p.ended().SessionID)
	k.holds(d, false)
	p.state(id, wire.StateTalking)

	second, seq = k.consultsByKeys(p, id, d, "104")
	with = b.sessionOf(wire.EventCallIn)
	b.ok(wire.MethodCallAccept, session1(with))
	k.answered(&second, seq)
	next := keyDialog{id: "t", local: "t", from: d.from, to: "<sip:10086@x>"}
	third := k.asks("INVITE", next, "Contact: "+k.contact()+"\r\n", keySDP)
	assert.Equal(t, 486, third.StatusCode, "two lines are enough")
	require.NoError(t, customer.Hangup())
	assert.Equal(t, id, p.ended().SessionID)
	k.hungUp()
	assert.Equal(t, wire.StateTalking, p.seen(with).State)
	assert.Equal(t, 481, k.joins(second, d), "that one has ended")
	k.hangsUp(second)
	assert.Equal(t, with, p.ended().SessionID)
	p.status(wire.StatusFree)
	b.ended()
}

func TestSecondLineRefused(t *testing.T) {
	w := newWorld(t, atDesk(1))
	k, p := w.keyPhone("101"), w.loginAs(user1, nil)
	id, customer, d := w.customerAt(k, p)
	_, seq := k.dials("10086")
	assert.Equal(t, 486, k.response(seq).StatusCode, "the customer is not on hold")
	for number, code := range map[string]int{"104": 480, "101": 480, "nobody": 404, "support": 480} {
		_, seq := k.consultsByKeys(p, id, d, number)
		assert.Equal(t, code, k.response(seq).StatusCode, number)
		k.holds(d, false)
		p.state(id, wire.StateTalking)
	}
	other := keyDialog{id: "x", local: "y", remote: "z"}
	assert.Equal(t, 481, k.joins(d, other))
	assert.Equal(t, 482, k.joins(d, d))
	require.NoError(t, customer.Hangup())
	k.hungUp()
}
