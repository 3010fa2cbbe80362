package center

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/gateway/config"
	"tccc/gateway/sip"
	"tccc/wire"
)

// forwards answers the next call with 302.
func (k *keyPhone) forwards(to string) {
	k.t.Helper()
	k.answerAt(await(k, k.invites, "a call"), 302, to, "", "")
}

func TestForwardedToATelephone(t *testing.T) {
	w := newWorld(t, atDesk(1))
	k, p := w.keyPhone("101"), w.loginAs(user1, nil)
	customer := w.rings(sales)
	k.forwards("<sip:13800001111@127.0.0.1>;q=0.5, <tel:+8613800002222>")
	far := w.awaitCall()
	assert.Equal(t, "+8613800002222", far.To(), "the best place")
	require.NoError(t, far.Answer())
	p.await(wire.EventUserAccessed, nil)
	w.awaitKind(customer, sip.Answered)
	require.NoError(t, far.Hangup())
	p.ended()
	w.awaitKind(customer, sip.Ended)
}

func TestForwardedToAColleague(t *testing.T) {
	w := newWorld(t, atDesk(1))
	k, p, b := w.keyPhone("101"), w.loginAs(user1, nil), w.agent(user4)
	customer := w.rings(sales)
	k.forwards("<sip:104@127.0.0.1>")
	id := p.sessionOf(wire.EventAutoTransfer)
	assert.Equal(t, id, b.sessionOf(wire.EventCallIn))
	p.status(wire.StatusFree)
	b.ok(wire.MethodCallAccept, session1(id))
	w.awaitKind(customer, sip.Answered)
	require.NoError(t, customer.Hangup())
	b.ended()
	assert.Equal(t, user4, w.cdrs(1)[0].UserID)
}

// Where it may not go, or round in a circle, the phone is as good as busy.
func TestForwardedNowhere(t *testing.T) {
	for name, to := range map[string]string{
		"itself": "<sip:101@gateway>", "nobody": "<sip:nobody@gateway>", "off line": "<sip:104@gateway>",
		"a group": "<sip:support@gateway>", "no address": "*", "http": "<http://gateway/>", "no user": "<sip:gateway>",
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, atDesk(1))
			k, p := w.keyPhone("101"), w.loginAs(user1, nil)
			customer := w.rings(sales)
			k.forwards(to)
			assert.Equal(t, wire.ErrSeatPhone.Code, p.fault().Code)
			p.await(wire.EventAutoTransfer, nil)
			p.away(true)
			assert.Empty(t, w.arrived)
			require.NoError(t, customer.Hangup())
		})
	}
}

func TestForwardedRoundInACircle(t *testing.T) {
	w := newWorld(t, func(a *config.App) {
		atDesk(1, 4)(a)
		a.Agents[3].SkillGroups = []string{"sales"}
	})
	k1, p1 := w.keyPhone("101"), w.loginAs(user1, nil)
	customer := w.rings(sales)
	first := await(k1, k1.invites, "a call")
	k4, p4 := w.keyPhone("104"), w.loginAs(user4, nil)
	p4.away(false)
	k1.answerAt(first, 302, "<sip:104@gateway>", "", "")
	p1.await(wire.EventAutoTransfer, nil)
	k4.forwards("<sip:101@gateway>")
	assert.Equal(t, wire.ErrSeatPhone.Code, p4.fault().Code)
	p4.await(wire.EventAutoTransfer, nil)
	require.NoError(t, customer.Hangup())
}
