package center

import (
	"encoding/xml"
	"testing"

	"github.com/stretchr/testify/require"
	"tccc/gateway/sip"

	"tccc/gateway/config"
	"tccc/wire"
)

// watches subscribes; the answer's code, and the subscription.
func (k *keyPhone) watches(event, to string, lines string) (keyDialog, int) {
	k.t.Helper()
	d := keyDialog{id: NewSessionID(), local: NewSessionID(), from: k.address(), to: "<sip:" + to + "@desk.example>"}
	res := k.asks("SUBSCRIBE", d, "Event: "+event+"\r\nContact: "+k.contact()+"\r\n"+lines, "")
	d.remote = res.To().Params.GetOr("tag", "")
	return d, res.StatusCode
}

// lit awaits a dialog-info document and gives its dialogs.
func (k *keyPhone) lit() (all []shownDialog) {
	k.t.Helper()
	var doc struct {
		Dialogs []shownDialog `xml:"dialog"`
	}
	n := await(k, k.notifies, "a NOTIFY")
	require.NoError(k.t, xml.Unmarshal(n.Body(), &doc), "%v", n)
	return doc.Dialogs
}

type shownDialog struct {
	ID        string `xml:"id,attr"`
	CallID    string `xml:"call-id,attr"`
	Direction string `xml:"direction,attr"`
	State     string `xml:"state"`
	Remote    string `xml:"remote>identity"`
}

func (k *keyPhone) lamp(state, direction, remote string) shownDialog {
	k.t.Helper()
	for {
		for _, d := range k.lit() {
			if d.State == state {
				require.Equal(k.t, direction, d.Direction)
				require.Equal(k.t, remote, d.Remote)
				return d
			}
		}
	}
}

// A colleague who talks in the page lights the lamp too; whom to is seen by
// supervisors alone.
func TestLamp(t *testing.T) {
	w := newWorld(t, func(a *config.App) {
		atDesk(1, 4)(a)
		a.Agents[0].Supervisor = true
		a.Agents[3].SkillGroups = []string{"support"}
	})
	boss, k := w.keyPhone("101"), w.keyPhone("104")
	_, code := k.watches("dialog", "102", "") // by work number
	require.Equal(t, 200, code)
	_, code = boss.watches("dialog", "102", "")
	require.Equal(t, 200, code)
	require.Empty(t, k.lit())
	require.Empty(t, boss.lit())

	p := w.agent("agent2@demo")
	call := w.rings("4001000001")
	var in wire.CallInPhone
	p.await(wire.EventCallIn, &in)
	const caller = "sip:01012345678@desk.example"
	k.lamp("early", "recipient", "")
	boss.lamp("early", "recipient", caller)
	p.ok(wire.MethodCallAccept, session1(in.SessionID))
	k.lamp("confirmed", "recipient", "")
	boss.lamp("confirmed", "recipient", caller)
	require.NoError(t, call.Hangup())
	k.lamp("terminated", "recipient", "")
	boss.lamp("terminated", "recipient", caller)

	p.ok(wire.MethodCallStart, wire.StartCallParams{PhoneNumber: "10086"})
	k.lamp("early", "initiator", "")
	boss.lamp("early", "initiator", "sip:10086@desk.example")
}

func TestLampsRefused(t *testing.T) {
	w := newWorld(t, func(a *config.App) {
		atDesk(1, 4)(a)
		a.Lamps.Watch = config.SameGroup
		a.Agents[3].SkillGroups = []string{"support"}
	})
	k := w.keyPhone("104")
	for to, want := range map[string]int{"102": 403, "105": 200, "104": 200, "999": 404, "agent2@demo": 404, "": 404} {
		_, code := k.watches("dialog", to, "Expires: 0\r\n")
		require.Equal(t, want, code, to)
	}
	_, code := k.watches("message-summary", "105", "")
	require.Equal(t, 403, code, "what waits for others")
	for name, c := range map[string]struct {
		who  string
		want int
	}{"everybody": {config.Everybody, 200}, "nobody": {config.Nobody, 403}} {
		next := w.conf.Apps[0]
		next.Lamps.Watch = c.who
		require.NoError(t, w.center.Reconfigure(t.Context(), next), name)
		_, code := k.watches("dialog", "102", "Expires: 0\r\n")
		require.Equal(t, c.want, code, name)
	}
}

// A phone whose lamp blinks picks up what rings there, where that is allowed.
func TestPickUp(t *testing.T) {
	w := newWorld(t, func(a *config.App) {
		atDesk(1, 4)(a)
		a.Lamps.PickUp = true
		a.Agents[3].SkillGroups = []string{"support"}
	})
	k, other := w.keyPhone("101"), w.keyPhone("104")
	p, o, b := w.loginAs("agent1@demo", nil), w.loginAs("agent4@demo", nil), w.agent("agent2@demo")
	p.ok(wire.MethodSetStatus, wire.SetStatusParams{Status: string(wire.StatusRest)})
	for _, phone := range []*keyPhone{k, other} {
		_, code := phone.watches("dialog", "102", "")
		require.Equal(t, 200, code)
		phone.lit()
	}
	customer := w.rings("4001000001")
	id := b.sessionOf(wire.EventCallIn)
	require.Empty(t, other.lamp("early", "recipient", "").CallID, "no skill group in common")
	require.Equal(t, id, k.lamp("early", "recipient", "").CallID)
	dials := func(k *keyPhone, id string) (keyDialog, int) {
		d := keyDialog{id: NewSessionID(), local: NewSessionID(), from: k.address(), to: "<sip:102@desk.example>"}
		res := k.asks("INVITE", d, "Contact: "+k.contact()+"\r\nRequire: replaces\r\nReplaces: "+id+
			";to-tag=desk;from-tag=caller;early-only\r\n", keySDP)
		d.remote = res.To().Params.GetOr("tag", "")
		return d, res.StatusCode
	}
	_, code := dials(k, id)
	require.Equal(t, 486, code, "the agent has a break")
	p.ok(wire.MethodSetStatus, wire.SetStatusParams{Status: string(wire.StatusFree)})
	o.status(wire.StatusFree)
	_, code = dials(other, id)
	require.Equal(t, 403, code)
	_, code = dials(k, "made-up")
	require.Equal(t, 481, code)

	d, code := dials(k, id)
	require.Equal(t, 200, code)
	require.Equal(t, id, p.sessionOf(wire.EventCallIn))
	p.await(wire.EventUserAccessed, nil)
	b.await(wire.EventAutoTransfer, nil)
	b.status(wire.StatusFree)
	w.awaitKind(customer, sip.Answered)
	p.state(id, wire.StateTalking)
	_, code = dials(other, id)
	require.Equal(t, 481, code, "it rings no more")
	k.hangsUp(d)
	require.Equal(t, wire.CloseSeat, p.ended().CloseBy)
	w.awaitKind(customer, sip.Ended)
}

// Who may not see any more what a lamp shows is told so.
func TestLampTakenAway(t *testing.T) {
	w := newWorld(t, atDesk(1))
	k := w.keyPhone("101")
	_, code := k.watches("dialog", "102", "")
	require.Equal(t, 200, code)
	k.lit()
	next := w.conf.Apps[0]
	next.Lamps.Watch = config.Nobody
	require.NoError(t, w.center.Reconfigure(t.Context(), next))
	n := await(k, k.notifies, "a NOTIFY")
	require.Equal(t, "terminated;reason=rejected", n.GetHeaders("Subscription-State")[0].Value())
}

func TestPresence(t *testing.T) {
	w := newWorld(t, atDesk(1))
	k := w.keyPhone("101")
	shows := func(basic, note string) {
		t.Helper()
		_, code := k.watches("presence", "102", "Expires: 0\r\n")
		require.Equal(t, 200, code)
		var doc struct {
			Basic string `xml:"tuple>status>basic"`
			Note  string `xml:"tuple>note"`
		}
		require.NoError(t, xml.Unmarshal(await(k, k.notifies, "a NOTIFY").Body(), &doc))
		require.Equal(t, []string{basic, note}, []string{doc.Basic, doc.Note})
	}
	shows("closed", "Off line")
	p := w.agent("agent2@demo")
	shows("open", "Free")
	p.ok(wire.MethodSetStatus, wire.SetStatusParams{Status: string(wire.StatusRest)})
	shows("open", "Break")
	p.ok(wire.MethodSetStatus, wire.SetStatusParams{Status: string(wire.StatusFree)})
	w.rings("4001000001")
	var in wire.CallInPhone
	p.await(wire.EventCallIn, &in)
	shows("open", "Ringing")
	p.ok(wire.MethodCallAccept, session1(in.SessionID))
	shows("open", "Talking")
}

// The message lamp shows who waits in the agent's skill groups.
func TestMessagesWaiting(t *testing.T) {
	w := newWorld(t, func(a *config.App) {
		atDesk(1, 5)(a)
		a.Agents[4].SkillGroups = []string{"support"}
	})
	w.loginAs("agent1@demo", nil).ok(wire.MethodSetStatus, wire.SetStatusParams{Status: string(wire.StatusRest)})
	k, other := w.keyPhone("101"), w.keyPhone("105")
	_, code := k.watches("message-summary", "101", "")
	require.Equal(t, 200, code)
	_, code = other.watches("message-summary", "105", "")
	require.Equal(t, 200, code)
	says := func(k *keyPhone, text string) {
		t.Helper()
		require.Contains(t, string(await(k, k.notifies, "a NOTIFY").Body()), text)
	}
	says(k, "Voice-Message: 0/0")
	says(other, "Voice-Message: 0/0")
	call := w.rings("4001000001")
	w.awaitKind(call, sip.Answered)
	says(k, "Messages-Waiting: yes")
	require.NoError(t, call.Hangup())
	says(k, "Messages-Waiting: no")
	select {
	case n := <-other.notifies:
		require.Fail(t, "another group's customers", "%v", n)
	default:
	}
}
