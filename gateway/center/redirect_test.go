package center

import (
	"testing"

	siplib "github.com/emiago/sipgo/sip"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/gateway/config"
	"tccc/gateway/sip"
	"tccc/wire"
)

const pbxLine = "4002000001" // over the trunk "pbx"

// pbx is a trunk whose far ends may transfer, played by the test.
func (w *world) pbx(may bool) *keyPhone {
	w.t.Helper()
	k := w.newKeyPhone("13900000000")
	demo := sip.Trunk{Name: "demo", Address: w.carrier.Addr(),
		Inbound: sip.Inbound{Addresses: []string{w.carrier.Addr()}}}
	addr := k.conn.LocalAddr().String()
	pbx := sip.Trunk{Name: "pbx", Address: addr, Inbound: sip.Inbound{Addresses: []string{addr}}, Refer: may}
	require.NoError(w.t, w.gateway.SetTrunks([]sip.Trunk{demo, pbx}))
	return k
}

func withPBX(a *config.App) {
	line := config.Number{Number: pbxLine, Trunk: "pbx", SkillGroup: "sales", Outbound: true}
	a.Numbers = append([]config.Number{line}, a.Numbers...)
}

// callsPBX has agent 1 call somebody at the PBX.
func (w *world) callsPBX(p *page, k *keyPhone) (id string, d keyDialog) {
	w.t.Helper()
	p.ok(wire.MethodCallStart, wire.StartCallParams{PhoneNumber: "13900000000", CallerPhoneNumber: pbxLine})
	id = p.sessionOf(wire.EventCallOuted)
	d = k.picksUp()
	p.await(wire.EventCalloutAccepted, nil)
	return id, d
}

func TestTrunkMayNotRefer(t *testing.T) {
	w := newWorld(t, withPBX)
	k, p := w.pbx(false), w.agent(user1)
	id, d := w.callsPBX(p, k)
	assert.Equal(t, 603, k.refers(d, "<sip:13800001111@pbx>"))
	p.ok(wire.MethodCallHangup, session1(id))
	k.hungUp()
}

// Whoever was called sends the agent on to another number of the PBX.
func TestTrunkRefersTheAgent(t *testing.T) {
	w := newWorld(t, withPBX)
	k, p := w.pbx(true), w.agent(user1)
	id, d := w.callsPBX(p, k)
	require.Equal(t, 202, k.refers(d, "<sip:13800001111@pbx>"))
	k.told("active")
	assert.Equal(t, 491, k.refers(d, "<sip:13800001111@pbx>"), "one at a time")
	p.fails(wire.MethodCallTransfer, toUser(id, user4), wire.ErrSessionState)
	next := k.picksUp()
	assert.Contains(t, next.to, pbxLine)
	assert.Equal(t, "SIP/2.0 200 OK", k.told("terminated"))
	p.await(wire.EventSessionUpdated, nil)
	k.hangsUp(d)
	k.hangsUp(next)
	assert.Equal(t, wire.CloseClient, p.ended().CloseBy)
	cdr := w.cdrs(1)[0]
	assert.Equal(t, "13800001111", cdr.TransferredTo)
	assert.Equal(t, user1, cdr.UserID)
}

// The number is not reached: all is as before, or over if the far end has gone.
func TestTrunkReferFails(t *testing.T) {
	w := newWorld(t, withPBX)
	k, p := w.pbx(true), w.agent(user1)
	id, d := w.callsPBX(p, k)
	require.Equal(t, 202, k.refers(d, "<sip:13800001111@pbx>"))
	k.told("active")
	k.declines(486)
	assert.Equal(t, "SIP/2.0 486 Busy Here", k.told("terminated"))
	require.Equal(t, 202, k.refers(d, "<sip:13800001111@pbx>"))
	k.told("active")
	k.hangsUp(d)
	k.told("terminated")
	assert.Equal(t, wire.StateTalking, p.seen(id).State)
	k.declines(404)
	assert.Equal(t, wire.CloseClient, p.ended().CloseBy)

	id, d = w.callsPBX(p, k)
	require.Equal(t, 202, k.refers(d, "<sip:13800001111@pbx>"))
	k.told("active")
	k.answer(await(k, k.invites, "a call"), 180, "", "")
	p.ok(wire.MethodCallHangup, session1(id)) // the agent does not wait for it
	assert.Equal(t, "SIP/2.0 487 Request Terminated", k.told("terminated"))
	k.hungUp()
	p.ended()
}

// The agent has given the customer to somebody at the PBX, who gives it back, or
// on.
func TestTrunkRefersTheCustomer(t *testing.T) {
	w := newWorld(t, withPBX)
	k, p, b := w.pbx(true), w.agent(user1), w.agent(user4)
	given := func() (customer *sip.Call, id string, d keyDialog) {
		id, customer = w.answers(p)
		p.ok(wire.MethodCallConsult, wire.ConsultParams{SessionID: id, PhoneNumber: "13900000000"})
		d = k.picksUp()
		p.await(wire.EventCalloutAccepted, nil)
		p.ok(wire.MethodCallComplete, session1(id))
		p.await(wire.EventTransfer, nil)
		p.status(wire.StatusFree)
		return customer, id, d
	}
	customer, id, d := given()
	require.Equal(t, 202, k.refers(d, "<sip:support@pbx>"))
	k.told("active")
	assert.Equal(t, "SIP/2.0 200 OK", k.told("terminated"))
	k.hangsUp(d)
	assert.Equal(t, id, b.sessionOf(wire.EventCallIn))
	b.ok(wire.MethodCallAccept, session1(id))
	require.NoError(t, customer.Hangup())
	assert.Equal(t, wire.CloseClient, b.ended().CloseBy)

	customer, id, d = given()
	require.Equal(t, 202, k.refers(d, "<sip:104@pbx>"))
	k.told("active")
	k.told("terminated")
	assert.Equal(t, id, b.sessionOf(wire.EventCallIn))
	k.hangsUp(d)
	require.NoError(t, customer.Hangup())
	b.ended()

	customer, _, d = given()
	require.Equal(t, 202, k.refers(d, "<sip:13800001111@pbx>"))
	k.told("active")
	k.hangsUp(d) // and does not wait
	k.told("terminated")
	next := k.picksUp()
	k.hangsUp(next)
	w.awaitKind(customer, sip.Ended)
}

// A telephone of the PBX has asked another one, and lets the agent talk to it (RFC
// 5589 section 7): the call takes the place of its own.
func TestTrunkRefersWithConsultation(t *testing.T) {
	w := newWorld(t, withPBX)
	k, p := w.pbx(true), w.agent(user1)
	id, d := w.callsPBX(p, k)
	asked := "<sip:8001@pbx?Require=replaces&Replaces=abc%40pbx%3Bto-tag%3D1%3Bfrom-tag%3D2"
	assert.Equal(t, 400, k.refers(d, "<sip:8001@pbx?Replaces=a%0d%0aX-Evil:%201%3Bto-tag%3D1%3Bfrom-tag%3D2>"))
	require.Equal(t, 202, k.refers(d, asked+">"))
	k.told("active")
	m := await(k, k.invites, "a call")
	assert.Equal(t, "8001", m.Recipient.User)
	assert.Equal(t, "abc@pbx;to-tag=1;from-tag=2", m.GetHeader("Replaces").Value())
	assert.Equal(t, "replaces", m.GetHeader("Require").Value())
	k.answer(m, 481, "", "") // whoever was asked has hung up
	assert.Equal(t, "SIP/2.0 481 Call/Transaction Does Not Exist", k.told("terminated"))
	p.state(id, wire.StateTalking)

	require.Equal(t, 202, k.refers(d, asked+"%3Bearly-only>"))
	k.told("active")
	m = await(k, k.invites, "a call")
	assert.Equal(t, "abc@pbx;to-tag=1;from-tag=2;early-only", m.GetHeader("Replaces").Value())
	k.answer(m, 200, "", keySDP)
	await(k, k.acks, "an ACK")
	assert.Equal(t, "SIP/2.0 200 OK", k.told("terminated"))
	k.hangsUp(d)
	p.state(id, wire.StateTalking)
	p.ok(wire.MethodCallHangup, session1(id))
	k.hungUp()
	assert.Equal(t, "8001", w.cdrs(1)[0].TransferredTo)
}

func TestTrunkReferRefused(t *testing.T) {
	w := newWorld(t, withPBX)
	k, p := w.pbx(true), w.agent(user1)
	id, d := w.callsPBX(p, k)
	for to, code := range map[string]int{
		"<sip:104@pbx>":         403, // the agent is no customer
		"<sip:sales@pbx>":       403,
		"<sip:" + sales + "@x>": 482, // it would come back
		"<sip:13900000000@pbx>": 482, // itself
		"<sip:nobody@pbx>":      404,
		"<sip:pbx>":             404,
	} {
		assert.Equal(t, code, k.refers(d, to), to)
	}
	for range redirectionsMost {
		require.Equal(t, 202, k.refers(d, "<sip:13800001111@pbx>"))
		k.told("active")
		k.declines(486)
		k.told("terminated")
	}
	assert.Equal(t, 482, k.refers(d, "<sip:13800001111@pbx>"), "enough")
	p.ok(wire.MethodCallHangup, session1(id))
	k.hungUp()
}

// takesOver has another telephone of the PBX take the place of a call.
func (k *keyPhone) takesOver(d keyDialog, more string) (keyDialog, *siplib.Response) {
	k.t.Helper()
	next := keyDialog{id: NewSessionID(), local: NewSessionID(), from: "<sip:8001@pbx>",
		to: "<sip:" + pbxLine + "@gateway>"}
	replaces := "Replaces: " + d.id + ";to-tag=" + d.remote + ";from-tag=" + d.local + more + "\r\n"
	res := k.asks("INVITE", next, "Contact: "+k.contact()+"\r\nRequire: replaces\r\n"+replaces, keySDP)
	next.remote = res.To().Params.GetOr("tag", "")
	return next, res
}

// A transfer between two telephones of the PBX ends with a call that takes the
// place of the first.
func TestTrunkReplaces(t *testing.T) {
	w := newWorld(t, withPBX)
	k, p := w.pbx(true), w.agent(user1)
	id, d := w.callsPBX(p, k)
	next, res := k.takesOver(d, "")
	require.Equal(t, 200, res.StatusCode)
	k.hungUp()
	p.await(wire.EventSessionUpdated, nil)
	assert.Equal(t, wire.StateTalking, p.seen(id).State)
	_, res = k.takesOver(d, "")
	assert.Equal(t, 481, res.StatusCode, "that one is over")
	_, res = k.takesOver(next, ";early-only")
	assert.Equal(t, 486, res.StatusCode)
	_, res = k.takesOver(keyDialog{id: next.id, remote: "x", local: "y"}, "")
	assert.Equal(t, 481, res.StatusCode)
	_, res = k.takesOver(keyDialog{}, "")
	assert.Equal(t, 400, res.StatusCode)
	k.hangsUp(next)
	assert.Equal(t, wire.CloseClient, p.ended().CloseBy)
	assert.Equal(t, "8001", w.cdrs(1)[0].TransferredTo)
}

func TestTrunkMayNotReplace(t *testing.T) {
	w := newWorld(t, withPBX)
	k, p := w.pbx(false), w.agent(user1)
	id, d := w.callsPBX(p, k)
	_, res := k.takesOver(d, "")
	assert.Equal(t, 481, res.StatusCode)
	p.ok(wire.MethodCallHangup, session1(id))
	k.hungUp()
}
