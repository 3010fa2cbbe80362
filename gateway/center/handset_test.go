package center

import (
	"context"
	"encoding/json"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/gateway/config"
	"tccc/gateway/sip"
	"tccc/gateway/sip/presence"
	"tccc/gateway/store"
	"tccc/wire"
)

// withPhones has the gateway's SIP take the desk phones of the configuration.
func (w *world) withPhones(o sip.Options) sip.Options {
	owners := map[string]string{}
	for _, a := range w.conf.Apps[0].Agents {
		if !a.ExtensionPassword.IsZero() {
			owners[a.Extension] = a.UserID
			o.Extensions = append(o.Extensions,
				sip.Extension{Name: a.Extension, Password: a.ExtensionPassword.Reveal()})
		}
	}
	o.OnExtension = func(name string, up bool) {
		_ = w.current.Load().SetPhone(context.Background(), app, owners[name], up)
	}
	o.Watch = func(ctx context.Context, q sip.Watching) (presence.State, int) {
		return w.current.Load().Lamp(ctx, app, owners[q.Phone], q)
	}
	other := o.Handler
	o.Handler = func(c *sip.Call) {
		if c.Extension() == "" {
			other(c)
			return
		}
		w.current.Load().FromPhone(app, owners[c.Extension()], testPhone{c})
	}
	return o
}

// deskPhone is an agent's desk phone.
type deskPhone struct {
	*sip.Server
	w     *world
	name  string
	rings chan *sip.Call
}

const deskSecret = "secret of the phone"

// atDesk gives agents extensions 101, 102 and so on, and has them talk there.
func atDesk(users ...int) func(*config.App) {
	return func(a *config.App) {
		for _, i := range users {
			c := &a.Agents[i-1]
			c.Extension, c.ExtensionPassword, c.ServerType =
				c.StaffNo, config.NewSecret(deskSecret), wire.StaffExtensionSeat
		}
	}
}

// desk registers a phone.
func (w *world) desk(name string) *deskPhone {
	w.t.Helper()
	d := &deskPhone{w: w, name: name, rings: make(chan *sip.Call, 1000)}
	d.Server = w.listen(sip.Options{Handler: func(c *sip.Call) { d.rings <- c }})
	require.NoError(w.t, d.SetTrunks([]sip.Trunk{{
		Name: "gateway", Address: w.gateway.Addr(), Username: name, Password: deskSecret, Register: true,
		Inbound: sip.Inbound{Addresses: []string{"127.0.0.1"}},
	}}))
	w.t.Cleanup(func() { d.leave() })
	require.Eventually(w.t, func() bool { return w.gateway.Reachable(name) }, patient, time.Millisecond)
	return d
}

func (d *deskPhone) leave() {
	ctx, cancel := context.WithTimeout(context.Background(), patient)
	defer cancel()
	require.NoError(d.w.t, d.Close(ctx))
}

// ringing waits for a call to the phone.
func (d *deskPhone) ringing() *sip.Call {
	d.w.t.Helper()
	select {
	case c := <-d.rings:
		return c
	case <-time.After(patient):
		require.Fail(d.w.t, "the desk phone does not ring")
		return nil
	}
}

// picksUp answers the next call to the phone.
func (d *deskPhone) picksUp() *sip.Call {
	d.w.t.Helper()
	c := d.ringing()
	require.NoError(d.w.t, c.Ring())
	require.NoError(d.w.t, c.Answer())
	d.w.awaitKind(c, sip.Answered)
	return c
}

func (d *deskPhone) dials(number string) *sip.Call {
	d.w.t.Helper()
	c, err := d.Dial(d.w.t.Context(), sip.Outgoing{Trunk: "gateway", From: d.name, To: number})
	require.NoError(d.w.t, err)
	return c
}

func (d *deskPhone) silent() {
	d.w.t.Helper()
	select {
	case <-d.rings:
		require.Fail(d.w.t, "the desk phone rings")
	default:
	}
}

// fault awaits the next error event.
func (p *page) fault() (e wire.Error) {
	p.t.Helper()
	p.await(wire.EventError, &e)
	return e
}

func (p *page) away(want bool) {
	p.t.Helper()
	p.until("the phone's state", func() bool {
		for i := len(p.events) - 1; i >= 0; i-- {
			if a := p.events[i].Agent; a != nil {
				return a.PhoneAway == want
			}
		}
		return p.login.State.PhoneAway == want
	})
}

func TestDeskPhoneTakesACall(t *testing.T) {
	w := newWorld(t, atDesk(1))
	d := w.desk("101")
	p := w.loginAs(user1, nil) // without an audio leg
	assert.Equal(t, wire.StaffExtensionSeat, p.login.State.ServerType)
	p.away(false)

	far := w.rings(sales)
	var in wire.CallInPhone
	e := p.await(wire.EventCallIn, &in)
	assert.Equal(t, wire.StaffExtensionSeat, in.ServerType)
	assert.Equal(t, wire.StaffExtensionSeat, e.Session.ServerType)
	near := d.ringing()
	assert.Equal(t, "01012345678", near.From(), "the phone shows the customer")
	assert.Empty(t, near.Header("Call-Info"), "nobody wants it to pick up by itself")
	require.NoError(t, near.Ring())
	w.ringsAtHandset(user1)
	assert.Contains(t, p.fails(wire.MethodCallAccept, session1(in.SessionID), wire.ErrSessionState).Detail,
		"pick it up")
	require.NoError(t, near.Answer())
	p.await(wire.EventUserAccessed, nil)
	w.awaitKind(far, sip.Answered)

	id := session1(in.SessionID)
	p.ok(wire.MethodCallHold, id)
	p.state(in.SessionID, wire.StateHeld)
	p.ok(wire.MethodCallUnhold, id)
	p.ok(wire.MethodCallMute, id)
	assert.True(t, w.muted(user1))
	p.ok(wire.MethodCallUnmute, id)
	assert.False(t, w.muted(user1))
	p.ok(wire.MethodCallDigits, wire.DigitsParams{SessionID: in.SessionID, DTMFText: "1"})
	p.ok(wire.MethodCallHangup, id)
	w.awaitKind(near, sip.Ended)
	w.awaitKind(far, sip.Ended)
	p.status(wire.StatusFree)
	cdr := w.cdrs(1)[0]
	assert.Equal(t, wire.StaffExtensionSeat, cdr.ServerType)
	assert.Equal(t, wire.CloseSeat, cdr.CloseBy)
}

// handsetOf looks at an agent's phone on the loop.
func (w *world) handsetOf(user string, look func(*handset)) {
	w.t.Helper()
	require.NoError(w.t, w.center.do(w.t.Context(), func() { look(w.center.agentOf(app, user).handset) }))
}

func (w *world) ringsAtHandset(user string) {
	w.t.Helper()
	require.Eventually(w.t, func() (rings bool) {
		w.handsetOf(user, func(h *handset) { rings = h != nil && h.rings })
		return rings
	}, patient, time.Millisecond)
}

func (w *world) muted(user string) (muted bool) {
	w.t.Helper()
	w.handsetOf(user, func(h *handset) { muted = h.leg.Muted() })
	return muted
}

func TestDeskPhoneHangsUp(t *testing.T) {
	w := newWorld(t, atDesk(1))
	d, p := w.desk("101"), w.loginAs(user1, nil)
	far := w.rings(sales)
	near := d.picksUp()
	p.await(wire.EventUserAccessed, nil)
	require.NoError(t, near.Hangup())
	assert.Equal(t, wire.CloseSeat, p.ended().CloseBy)
	w.awaitKind(far, sip.Ended)
	p.status(wire.StatusFree)

	far = w.rings(sales)
	near = d.picksUp()
	p.await(wire.EventUserAccessed, nil)
	require.NoError(t, far.Hangup())
	assert.Equal(t, wire.CloseClient, p.ended().CloseBy)
	w.awaitKind(near, sip.Ended)
}

// What is held when the phone hangs up goes with it, and what is taken back
// after that rings the phone again.
func TestDeskPhoneIsCalledBack(t *testing.T) {
	w := newWorld(t, atDesk(1))
	d, p, b := w.desk("101"), w.loginAs(user1, nil), w.agent(user4)
	w.rings(sales)
	near := d.picksUp()
	var in wire.CallInPhone
	p.await(wire.EventCallIn, &in)
	p.await(wire.EventUserAccessed, nil)

	var res wire.ConsultResponse
	require.NoError(t, json.Unmarshal(p.ok(wire.MethodCallConsult,
		wire.ConsultParams{SessionID: in.SessionID, UserID: user4}), &res))
	b.await(wire.EventCallIn, nil)
	d.silent() // the phone is up: it goes on to the next session
	b.ok(wire.MethodCallAccept, session1(res.SessionID))
	p.await(wire.EventCalloutAccepted, nil)
	require.NoError(t, near.Hangup()) // ends the consultation, the customer is back
	assert.Equal(t, res.SessionID, p.ended().SessionID)
	near = d.ringing()
	assert.Empty(t, near.Header("Call-Info"), "whoever has put it down is not heard unasked")
	require.NoError(t, near.Answer())
	w.awaitKind(near, sip.Answered)
	p.state(in.SessionID, wire.StateTalking)

	p.ok(wire.MethodCallHold, session1(in.SessionID)) // this time it stays on hold
	p.ok(wire.MethodCallConsult, wire.ConsultParams{SessionID: in.SessionID, PhoneNumber: "10086"})
	far := w.awaitCall()
	require.NoError(t, far.Answer())
	p.await(wire.EventCalloutAccepted, nil)
	require.NoError(t, near.Hangup())
	w.awaitKind(far, sip.Ended)
	p.ended()
	d.silent()
	p.ok(wire.MethodCallUnhold, session1(in.SessionID))
	near = d.ringing()
	assert.Contains(t, near.Header("Call-Info"), "answer-after=0", "the page has asked for it")
	require.NoError(t, near.Answer())
	w.awaitKind(near, sip.Answered)

	p.ok(wire.MethodCallHold, session1(in.SessionID))
	require.NoError(t, near.Hangup())
	assert.Equal(t, in.SessionID, p.ended().SessionID)
	p.status(wire.StatusFree)
}

func TestDeskPhoneConference(t *testing.T) {
	w := newWorld(t, atDesk(1, 4))
	d1, d4, p, b := w.desk("101"), w.desk("104"), w.loginAs(user1, nil), w.loginAs(user4, nil)
	far := w.rings(sales)
	near := d1.picksUp()
	var in wire.CallInPhone
	p.await(wire.EventCallIn, &in)
	p.await(wire.EventUserAccessed, nil)
	p.ok(wire.MethodCallConsult, wire.ConsultParams{SessionID: in.SessionID, UserID: user4})
	second := d4.picksUp()
	assert.Equal(t, "101", second.From(), "the colleague's phone shows the work number")
	p.await(wire.EventCalloutAccepted, nil)
	p.ok(wire.MethodCallConference, session1(in.SessionID))
	b.until("the conference", func() bool { return b.last(in.SessionID).Conference })
	assert.Equal(t, wire.StaffExtensionSeat, b.seen(in.SessionID).ServerType)
	require.NoError(t, near.Hangup()) // the colleague has it then
	p.ended()
	b.until("alone", func() bool { return !b.last(in.SessionID).Conference })
	d4.silent()
	require.NoError(t, second.Hangup())
	w.awaitKind(far, sip.Ended)
	assert.Equal(t, wire.StaffExtensionSeat, w.cdrs(2)[0].ServerType)
}

func TestDeskPhoneTransfers(t *testing.T) {
	w := newWorld(t, atDesk(1))
	d, p, b := w.desk("101"), w.loginAs(user1, nil), w.agent(user4)
	far := w.rings(sales)
	near := d.picksUp()
	var in wire.CallInPhone
	p.await(wire.EventCallIn, &in)
	p.await(wire.EventUserAccessed, nil)
	p.ok(wire.MethodCallTransfer, wire.TransferParams{SessionID: in.SessionID, UserID: user4})
	b.await(wire.EventCallIn, &in)
	assert.Equal(t, wire.StaffSeat, in.ServerType)
	b.ok(wire.MethodCallAccept, session1(in.SessionID))
	w.awaitKind(near, sip.Ended)
	p.status(wire.StatusFree)
	b.ok(wire.MethodCallTransfer, wire.TransferParams{SessionID: in.SessionID, UserID: user1})
	p.await(wire.EventCallIn, &in)
	assert.Equal(t, wire.StaffExtensionSeat, in.ServerType)
	d.picksUp()
	p.await(wire.EventUserAccessed, nil)
	b.status(wire.StatusFree)
	require.NoError(t, far.Hangup())
	p.ended()
	assert.Equal(t, wire.StaffExtensionSeat, w.cdrs(1)[0].ServerType)
}

// The page dials: the phone first, then the customer.
func TestDeskPhoneCallsOutFromThePage(t *testing.T) {
	w := newWorld(t, atDesk(1))
	d, p := w.desk("101"), w.loginAs(user1, nil)
	var res wire.CallResponse
	require.NoError(t, json.Unmarshal(p.ok(wire.MethodCallStart, wire.StartCallParams{PhoneNumber: "10086"}), &res))
	assert.Equal(t, wire.StaffExtensionSeat, res.ServerType)
	p.await(wire.EventCallOuted, nil)
	near := d.ringing()
	assert.Equal(t, "10086", near.From(), "the phone shows who is called")
	assert.Contains(t, near.Header("Call-Info"), "answer-after=0")
	assert.Empty(t, w.arrived, "nobody is called before the agent is there")
	require.NoError(t, near.Answer())
	far := w.awaitCall()
	require.NoError(t, far.Ring())
	require.NoError(t, far.Answer())
	p.await(wire.EventCalloutAccepted, nil)
	p.ok(wire.MethodCallHangup, session1(res.SessionID))
	w.awaitKind(near, sip.Ended)
	w.awaitKind(far, sip.Ended)

	require.NoError(t, json.Unmarshal(p.ok(wire.MethodCallStart, wire.StartCallParams{PhoneNumber: "10086"}), &res))
	require.NoError(t, d.ringing().Reject(486, ""))
	assert.Equal(t, wire.ErrSeatPhone.Code, p.fault().Code)
	end := p.ended()
	assert.Equal(t, wire.ReasonNoAnswer, end.MainReason)
	assert.Empty(t, w.arrived)
	p.status(wire.StatusFree)
}

// The phone dials: the page shows it.
func TestDeskPhoneDials(t *testing.T) {
	w := newWorld(t, atDesk(1))
	d, p, b := w.desk("101"), w.loginAs(user1, nil), w.agent(user4)
	near := d.dials("10086")
	var out wire.CallOuted
	e := p.await(wire.EventCallOuted, &out)
	assert.Equal(t, "10086", out.Callee)
	assert.Equal(t, wire.StaffExtensionSeat, e.Session.ServerType)
	far := w.awaitCall()
	w.awaitKind(near, sip.EarlyMedia) // it hears the far side
	require.NoError(t, far.Answer())
	w.awaitKind(near, sip.Answered)
	p.await(wire.EventCalloutAccepted, nil)
	second := d.dials("10010")
	assert.Equal(t, 486, w.awaitKind(second, sip.Ended).Code, "one call at a time")
	require.NoError(t, near.Hangup())
	w.awaitKind(far, sip.Ended)
	assert.Equal(t, wire.CloseSeat, p.ended().CloseBy)

	near = d.dials("10000")
	far = w.awaitCall()
	require.NoError(t, far.Reject(486, ""))
	assert.Equal(t, 486, w.awaitKind(near, sip.Ended).Code)
	assert.Equal(t, wire.ReasonBusy, p.ended().MainReason)

	near = d.dials("104") // a colleague's work number
	id := b.sessionOf(wire.EventCallIn)
	b.ok(wire.MethodCallAccept, session1(id))
	w.awaitKind(near, sip.Answered)
	b.ok(wire.MethodCallHangup, session1(id))
	w.awaitKind(near, sip.Ended)

	for _, number := range []string{"101", "nobody", "1"} {
		assert.Equal(t, 404, w.awaitKind(d.dials(number), sip.Ended).Code, number)
	}
	p.status(wire.StatusFree)
	p.ok(wire.MethodOffline, wire.Empty{})
	assert.Equal(t, 403, w.awaitKind(d.dials("10086"), sip.Ended).Code)
}

// sessionOf awaits an event and gives its session.
func (p *page) sessionOf(name string) string {
	p.t.Helper()
	var ref wire.SessionRef
	p.await(name, &ref)
	return ref.SessionID
}

// A phone that is busy, or not to be disturbed, costs the caller nothing but a
// moment, and its agent nothing.
func TestDeskPhoneIsBusy(t *testing.T) {
	for _, code := range []int{486, 600} {
		w := newWorld(t, atDesk(1))
		d, p := w.desk("101"), w.loginAs(user1, nil)
		far := w.rings(sales)
		near := d.ringing()
		b := w.agent("agent2@demo")
		require.NoError(t, near.Reject(code, ""))
		assert.Equal(t, wire.ErrSeatPhone.Code, p.fault().Code)
		assert.Equal(t, wire.CloseSeat, p.ended().CloseBy, "as declined in the page")
		var in wire.CallInPhone
		b.await(wire.EventCallIn, &in)
		b.ok(wire.MethodCallAccept, session1(in.SessionID))
		p.away(false)
		p.status(wire.StatusFree)
		w.rings(sales)
		p.await(wire.EventCallIn, nil)
		d.ringing() // and is asked for the next one
		require.NoError(t, far.Hangup())
	}
}

// Nobody else is there: the customer waits, and the phone is left alone for a while.
func TestDeskPhoneIsBusyAlone(t *testing.T) {
	w := newWorld(t, atDesk(1))
	d, p, b := w.desk("101"), w.loginAs(user1, nil), (*page)(nil)
	far := w.rings(sales)
	require.NoError(t, d.ringing().Reject(486, ""))
	assert.Equal(t, wire.ErrSeatPhone.Code, p.fault().Code)
	p.await(wire.EventAutoTransfer, nil)
	p.away(true)
	b = w.agent("agent2@demo")
	var in wire.CallInPhone
	b.await(wire.EventCallIn, &in)
	b.ok(wire.MethodCallAccept, session1(in.SessionID))
	d.silent()
	p.ok(wire.MethodSetServerType, wire.ServerTypeParams{ServerType: wire.StaffExtensionSeat}) // the agent has looked
	p.away(false)

	far2 := w.rings(sales)
	p.await(wire.EventCallIn, nil)
	require.NoError(t, d.ringing().Reject(603, ""))
	p.ended() // as declined in the page
	require.NoError(t, far.Hangup())
	b.await(wire.EventCallIn, nil)
	require.NoError(t, far2.Hangup())
}

func TestDeskPhoneIsNotThere(t *testing.T) {
	w := newWorld(t, atDesk(1))
	p, b := w.loginAs(user1, nil), w.agent(user4)
	p.away(true)
	b.fails(wire.MethodCallInternal, wire.InternalCallParams{CalleeUserID: user1}, wire.ErrTargetUnavailable)
	far := w.rings(sales) // nobody else is there
	w.awaitKind(far, sip.Answered)
	d := w.desk("101")
	p.away(false)
	p.await(wire.EventCallIn, nil)
	d.ringing()
	d.leave()
	p.fault()
	p.ok(wire.MethodSetServerType, wire.ServerTypeParams{ServerType: wire.StaffSeat})
	p.fails(wire.MethodSetServerType, wire.ServerTypeParams{ServerType: wire.StaffPhoneSeat}, wire.ErrSeatUnknown)
	p.fails(wire.MethodSetServerType, wire.ServerTypeParams{ServerType: "x"}, wire.ErrSeatUnknown)
}

// The phone is not answered in time: the next agent.
func TestDeskPhoneIsNotAnswered(t *testing.T) {
	w := newWorld(t, func(a *config.App) {
		atDesk(1)(a)
		for i := range a.SkillGroups {
			a.SkillGroups[i].RingTimeout = 200 * time.Millisecond
		}
	})
	d, p := w.desk("101"), w.loginAs(user1, nil)
	w.rings(sales)
	near := d.ringing()
	require.NoError(t, near.Ring())
	p.await(wire.EventAutoTransfer, nil)
	assert.True(t, w.awaitKind(near, sip.Ended).ByRemote, "cancelled")
}

// The hold key of the phone holds the session.
func TestDeskPhoneHolds(t *testing.T) {
	w := newWorld(t, atDesk(1))
	d, p := w.desk("101"), w.loginAs(user1, nil)
	w.rings(sales)
	near := d.picksUp()
	id := p.sessionOf(wire.EventCallIn)
	p.await(wire.EventUserAccessed, nil)
	require.NoError(t, near.Hold())
	p.state(id, wire.StateHeld)
	require.NoError(t, near.Resume())
	p.state(id, wire.StateTalking)
}

// A supervisor listens at the desk phone.
func TestDeskPhoneOfASupervisor(t *testing.T) {
	w := newWorld(t, func(a *config.App) {
		atDesk(4)(a)
		a.Agents[3].Supervisor = true
	})
	d, p, b := w.desk("104"), w.loginAs(user4, nil), w.agent(user1)
	far := w.rings(sales)
	id := b.sessionOf(wire.EventCallIn)
	b.ok(wire.MethodCallAccept, session1(id))
	p.ok(wire.MethodCallListen, session1(id))
	near := d.ringing()
	assert.Contains(t, near.Header("Call-Info"), "answer-after=0")
	require.NoError(t, near.Answer())
	w.awaitKind(near, sip.Answered)
	p.ok(wire.MethodCallWhisper, session1(id))
	require.NoError(t, near.Hangup())
	p.ended()
	p.status(wire.StatusFree)

	p.ok(wire.MethodCallListen, session1(id))
	require.NoError(t, d.ringing().Reject(486, ""))
	p.fault()
	p.ended()
	p.status(wire.StatusFree)
	require.NoError(t, far.Hangup())
	b.ended()
}

// The page goes away: the conversation at the phone goes on, and is there
// when the page comes back.
func TestDeskPhoneWithoutPage(t *testing.T) {
	w := newWorld(t, atDesk(1))
	d, p := w.desk("101"), w.loginAs(user1, nil)
	far := w.rings(sales)
	near := d.picksUp()
	id := p.sessionOf(wire.EventCallIn)
	p.await(wire.EventUserAccessed, nil)
	p.seat.Logout()
	require.Eventually(t, func() bool {
		info, err := w.center.Agent(t.Context(), app, user1)
		return err == nil && info.State.Status == wire.StatusOffline
	}, patient, time.Millisecond)
	p = w.loginAs(user1, nil)
	p.status(wire.StatusBusy)
	assert.Equal(t, wire.StateTalking, p.login.Sessions[0].State)
	d.silent()
	p.ok(wire.MethodCallHangup, session1(id))
	w.awaitKind(near, sip.Ended)
	w.awaitKind(far, sip.Ended)
	p.status(wire.StatusFree)
}

// The choice outlives the process.
func TestServerTypeIsKept(t *testing.T) {
	w := newWorld(t, func(a *config.App) {
		atDesk(1)(a)
		a.Agents[0].ServerType, a.Agents[0].Phone = "", "13811112222"
	})
	p := w.loginAs(user1, nil)
	assert.Equal(t, wire.StaffSeat, p.login.State.ServerType)
	p.ok(wire.MethodSetServerType, wire.ServerTypeParams{ServerType: wire.StaffPhoneSeat})
	require.NoError(t, w.store.Flush(t.Context()))
	e, err := w.store.Agents().Get(t.Context(), store.AgentKey(app, user1))
	require.NoError(t, err)
	assert.Equal(t, wire.StaffPhoneSeat, e.Value.State.ServerType)
	w.reopen()
	assert.Equal(t, wire.StaffPhoneSeat, w.loginAs(user1, nil).login.State.ServerType)
}

// An agent on the mobile is called through a trunk.
func TestMobileSeat(t *testing.T) {
	w := newWorld(t, func(a *config.App) {
		a.Agents[0].Phone, a.Agents[0].ServerType = "13811112222",
			wire.StaffPhoneSeat
	})
	p := w.loginAs(user1, nil)
	far := w.rings(sales)
	id := p.sessionOf(wire.EventCallIn)
	near := w.awaitCall()
	assert.Equal(t, "13811112222", near.To())
	p.fails(wire.MethodCallAccept, session1(id), wire.ErrSessionState)
	require.NoError(t, near.Answer())
	p.await(wire.EventUserAccessed, nil)
	w.awaitKind(far, sip.Answered)
	p.ok(wire.MethodCallHangup, session1(id))
	w.awaitKind(near, sip.Ended)
	assert.Equal(t, wire.StaffPhoneSeat, w.cdrs(1)[0].ServerType)
}

// A desk phone that does not ring yet is called again, to pick up by itself.
func TestAcceptInThePage(t *testing.T) {
	w := newWorld(t, atDesk(1))
	d, p := w.desk("101"), w.loginAs(user1, nil)
	w.rings(sales)
	id := p.sessionOf(wire.EventCallIn)
	first := d.ringing() // it is slow to ring
	done := make(chan *wire.Frame, 1)
	go func() { done <- p.request(wire.MethodCallAccept, session1(id)) }()
	second := d.ringing()
	assert.Contains(t, second.Header("Alert-Info"), "alert-autoanswer")
	require.NoError(t, second.Answer())
	select {
	case f := <-done:
		require.Nil(t, f.Error)
	case <-time.After(patient):
		require.Fail(t, "accept is not answered")
	}
	w.awaitKind(first, sip.Ended)
	p.await(wire.EventUserAccessed, nil)
}

// reopen starts the center anew on what it has stored.
func (w *world) reopen() {
	w.t.Helper()
	require.NoError(w.t, w.center.Close(w.t.Context()))
	require.NoError(w.t, w.store.Close(w.t.Context()))
	w.open(w.t.Context(), slog.New(slog.DiscardHandler))
}
