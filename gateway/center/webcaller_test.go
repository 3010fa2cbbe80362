package center

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/gateway/config"
	"tccc/gateway/rtc"
	"tccc/gateway/sip"
	"tccc/wire"
)

// converses lets an agent be in conversation with a customer of a web page.
func (w *talkWorld) converses(p *page, kind wire.SessionType) (id string, customer, agent *talkLeg) {
	w.t.Helper()
	id = w.visits(ann, kind).SessionID
	customer = w.customer
	require.Equal(w.t, id, p.sessionOf(wire.EventCallIn))
	agent = w.talks(p, id, wire.MethodCallAccept)
	return id, customer, agent
}

// leaves ends the session for the customer.
func (w *talkWorld) leaves(id string) {
	w.t.Helper()
	require.NoError(w.t, w.center.VisitorEnd(w.t.Context(), app, ann.UserID, id))
}

// record is that of a session.
func (w *talkWorld) record(id string, records int) (r struct {
	Type                                            wire.SessionType
	UserID, From, To, Recording, Reason, ServerType string
	By                                              wire.CloseBy
}) {
	w.t.Helper()
	for _, c := range w.cdrs(records) {
		if c.SessionID == id {
			r.Type, r.UserID, r.From, r.To, r.Recording =
				c.Type, c.UserID, c.TransferredFrom, c.TransferredTo, c.Recording
			r.Reason, r.ServerType, r.By = c.MainReason, string(c.ServerType), c.CloseBy
			return r
		}
	}
	require.Fail(w.t, "no record", id)
	return r
}

// over waits until nothing is left of any session.
func (w *talkWorld) over(pages ...*page) {
	w.t.Helper()
	require.Eventually(w.t, func() bool {
		left := 0
		_ = w.center.do(w.t.Context(), func() { left = len(w.center.calls) })
		return left == 0
	}, patient, time.Millisecond)
	for _, p := range pages {
		p.status(wire.StatusFree)
	}
}

func TestWebCustomerIsRecordedAndRecognised(t *testing.T) {
	for _, kind := range []wire.SessionType{wire.TypeVoIP, wire.TypeVideo} {
		t.Run(string(kind), func(t *testing.T) {
			w := newTalkWorld(t, nil)
			l := w.listeners()
			p := w.agent(user1)
			id, customer, agent := w.converses(p, kind)
			recorded, recognised := <-l.recorded, <-l.recognised
			w.hears(customer.voice, agent.voice)
			w.hears(agent.voice, customer.voice)
			for _, e := range []*ears{recorded, recognised} {
				w.hears(e.customer, customer.voice)
				w.hears(e.agent, agent.voice)
			}
			(*l.tell.Load())(wire.ASR{SessionID: id, Result: wire.ASRResult{SliceType: wire.SliceFinal}})
			p.await(wire.EventASR, nil)

			// What is recorded goes on over a hold, and over new connections of both.
			p.ok(wire.MethodCallHold, session1(id))
			p.ok(wire.MethodCallUnhold, session1(id))
			again := w.offers(p, id)
			again.tell(rtc.StateConnected)
			_, err := w.center.VisitorOffer(t.Context(), app, ann.UserID,
				wire.SessionOfferParams{SessionID: id, SDP: "customer"})
			require.NoError(t, err)
			reloaded := <-w.legs
			reloaded.tell(rtc.StateConnected)
			w.hears(again.voice, reloaded.voice)
			recorded.customer.heard.Store(0)
			recorded.agent.heard.Store(0)
			w.hears(recorded.customer, reloaded.voice)
			w.hears(recorded.agent, again.voice)
			assert.Empty(t, l.recorded, "one conversation, one recording")

			w.leaves(id)
			p.ended()
			<-recorded.closed
			<-recognised.closed
			r := w.record(id, 1)
			assert.Equal(t, kind, r.Type)
			assert.Equal(t, "recording of "+id, r.Recording)
			w.over(p)
		})
	}
}

// Both hear the tone first, where the application wants it.
func TestWebCustomerHearsTheConsentTone(t *testing.T) {
	w := newTalkWorld(t, func(a *config.App) { a.Recording.ConsentTone = true })
	l := w.listeners()
	p := w.agent(user1)
	id, customer, agent := w.converses(p, wire.TypeVoIP)
	<-l.recorded
	w.hears(customer.voice, agent.voice)
	w.hears(agent.voice, customer.voice)
	w.leaves(id)
	p.ended()
}

func TestSupervisorWithAWebCustomer(t *testing.T) {
	for _, kind := range []wire.SessionType{wire.TypeVoIP, wire.TypeVideo} {
		t.Run(string(kind), func(t *testing.T) {
			w := newTalkWorld(t, supervised)
			l := w.listeners()
			a, s, other := w.agent(user1), w.agent(user5), w.agent(user2)
			s.fails(wire.MethodCallListen, session1("nonsense"), wire.ErrSessionNotFound)
			v := w.visits(ann, kind)
			s.fails(wire.MethodCallListen, session1(v.SessionID), wire.ErrSessionState) // it rings
			a.await(wire.EventCallIn, nil)
			id, customer, agent := v.SessionID, w.customer, w.talks(a, v.SessionID, wire.MethodCallAccept)
			other.fails(wire.MethodCallListen, session1(id), wire.ErrForbidden)
			recorded := <-l.recorded

			var list wire.ColleaguesResult
			require.NoError(t, json.Unmarshal(s.ok(wire.MethodColleagues, nil), &list))
			assert.Equal(t, id, list.Agents[0].SessionID, "supervisors see what they can listen to")
			a.ok(wire.MethodPing, nil)
			before := a.count()
			s.ok(wire.MethodCallListen, session1(id))
			s.state(id, wire.StateTalking)
			assert.Equal(t, wire.MonitorListen, s.seen(id).Monitor)
			assert.Equal(t, kind, s.seen(id).Type)
			assert.Equal(t, kind == wire.TypeVideo, s.seen(id).VideoMuted, "the supervisor's camera stays closed")
			ear := w.page(user5)
			w.hears(ear, customer.voice, agent.voice)
			w.hears(customer.voice, agent.voice)
			w.hears(recorded.customer, customer.voice)
			s.ok(wire.MethodCallWhisper, session1(id))
			w.hears(agent.voice, customer.voice, ear)
			w.hears(customer.voice, agent.voice)
			s.ok(wire.MethodCallBarge, session1(id))
			w.hears(customer.voice, agent.voice, ear)
			w.hears(agent.voice, customer.voice, ear)
			s.fails(wire.MethodCallTransfer, toUser(id, user4), wire.ErrForbidden)
			s.fails(wire.MethodCallConsult, wire.ConsultParams{SessionID: id, UserID: user2}, wire.ErrForbidden)
			if kind == wire.TypeVideo {
				s.fails(wire.MethodVideoUnmuteVideo, session1(id), wire.ErrForbidden)
			}
			a.ok(wire.MethodPing, nil)
			assert.Equal(t, before, a.count(), "the agent is not told")

			// An own connection takes the place of the leg of telephone calls.
			own := w.offers(s, id)
			own.tell(rtc.StateConnected)
			w.hears(own.voice, customer.voice, agent.voice)
			w.hears(customer.voice, agent.voice, own.voice)
			own.tell(rtc.StateFailed)
			w.hears(ear, customer.voice, agent.voice)
			w.hears(customer.voice, agent.voice, ear)

			s.ok(wire.MethodCallHangup, session1(id))
			assert.Equal(t, wire.CloseSeat, s.ended().CloseBy)
			s.status(wire.StatusFree)
			w.hears(customer.voice, agent.voice)
			s.ok(wire.MethodCallListen, session1(id))
			w.leaves(id)
			assert.Equal(t, wire.CloseClient, s.ended().CloseBy)
			a.ended()
			assert.Len(t, w.cdrs(1)[0].Rings, 1, "supervisors are not rung")
			w.over(a, s, other)
		})
	}
}

// asksAbout consults a colleague, who answers.
func (w *talkWorld) asksAbout(a, b *page, id, user string) (with string) {
	w.t.Helper()
	with = w.asks(a, b, id, user)
	w.hears(w.page(user1), w.page(user))
	w.hears(w.page(user), w.page(user1))
	return with
}

func TestConsultationAboutAWebCustomer(t *testing.T) {
	for _, kind := range []wire.SessionType{wire.TypeVoIP, wire.TypeVideo} {
		t.Run(string(kind), func(t *testing.T) {
			w := newTalkWorld(t, nil)
			a, b := w.agent(user1), w.agent(user4)
			told := w.watch(ann.UserID)
			id, customer, agent := w.converses(a, kind)
			with := w.asksAbout(a, b, id, user4)
			assert.Equal(t, wire.StateHeld, a.seen(id).State)
			awaitState(t, told, wire.VisitorHeld)

			// To and fro between the two.
			a.ok(wire.MethodCallUnhold, session1(id))
			w.hears(customer.voice, agent.voice)
			w.hears(agent.voice, customer.voice)
			a.ok(wire.MethodCallUnhold, session1(with))
			w.hears(w.page(user4), w.page(user1))

			a.ok(wire.MethodCallComplete, session1(with))
			var done wire.Transferred
			a.await(wire.EventTransfer, &done)
			assert.Equal(t, wire.Transferred{SessionID: id, UserID: user4}, done)
			a.state(with, wire.StateEnded)
			a.state(id, wire.StateEnded)
			require.Equal(t, id, b.sessionOf(wire.EventCallIn))
			b.await(wire.EventUserAccessed, nil)
			b.state(id, wire.StateTalking)
			assert.Equal(t, kind == wire.TypeVideo, b.seen(id).VideoMuted, "nobody has opened the colleague's camera")
			require.Eventually(t, agent.closed, patient, time.Millisecond)
			w.hears(customer.voice, w.page(user4)) // at once
			own := w.offers(b, id)
			own.tell(rtc.StateConnected)
			w.hears(customer.voice, own.voice)
			w.hears(own.voice, customer.voice)
			a.fails(wire.MethodSessionOffer, wire.SessionOfferParams{SessionID: id, SDP: "late"}, wire.ErrSessionState)
			for awaitState(t, told, wire.VisitorTalking).AgentName != "David Zhao" {
			}
			w.leaves(id)
			b.ended()
			w.over(a, b)
			r := w.record(id, 2)
			assert.Equal(t, []any{kind, user4, user1, user4, wire.CloseClient},
				[]any{r.Type, r.UserID, r.From, r.To, r.By})
		})
	}
}

// However a consultation ends, the agent is with the customer as before; without
// the customer those who talk go on.
func TestConsultationAboutAWebCustomerEnds(t *testing.T) {
	w := newTalkWorld(t, func(a *config.App) { a.SkillGroups[1].RingTimeout = 300 * time.Millisecond })
	a, b := w.agent(user1), w.agent(user4)
	id, customer, agent := w.converses(a, wire.TypeVoIP)
	back := func() {
		t.Helper()
		a.state(id, wire.StateTalking)
		w.hears(customer.voice, agent.voice)
		w.hears(agent.voice, customer.voice)
	}
	rings := func() (with string) {
		t.Helper()
		with = a.consults(wire.ConsultParams{SessionID: id, UserID: user4})
		b.await(wire.EventCallIn, nil)
		return with
	}
	b.ok(wire.MethodPing, nil)
	b.ok(wire.MethodCallHangup, session1(rings())) // declines
	assert.Equal(t, wire.ReasonDeclined, a.ended().MainReason)
	back()
	rings() // and nobody answers
	assert.Equal(t, wire.ReasonNoAnswer, a.ended().MainReason)
	back()
	rings()
	a.ok(wire.MethodCallCancel, session1(id))
	back()
	b.status(wire.StatusFree)
	with := w.asksAbout(a, b, id, user4)
	b.ok(wire.MethodCallHangup, session1(with))
	back()
	b.status(wire.StatusFree)
	with = w.asksAbout(a, b, id, user4)
	w.leaves(id)
	a.state(id, wire.StateEnded)
	w.hears(w.page(user4), w.page(user1))
	a.ok(wire.MethodCallHangup, session1(with))
	w.over(a, b)
	assert.Equal(t, wire.CloseClient, w.record(id, 6).By)
}

func TestConferenceWithAWebCustomer(t *testing.T) {
	for name, c := range map[string]struct {
		kind  wire.SessionType
		leave string
	}{
		"the agent leaves": {wire.TypeVoIP, user1}, "the colleague leaves": {wire.TypeVoIP, user4},
		"the customer leaves": {wire.TypeVideo, ""}, "the agent leaves the picture": {wire.TypeVideo, user1},
	} {
		t.Run(name, func(t *testing.T) {
			w := newTalkWorld(t, nil)
			l := w.listeners()
			a, b := w.agent(user1), w.agent(user4)
			id, customer, agent := w.converses(a, c.kind)
			w.asksAbout(a, b, id, user4)
			a.ok(wire.MethodCallConference, session1(id))
			require.Equal(t, id, b.sessionOf(wire.EventCallIn))
			b.await(wire.EventUserAccessed, nil)
			w.hears(customer.voice, agent.voice, w.page(user4))
			own := w.offers(b, id)
			own.tell(rtc.StateConnected)
			w.hears(customer.voice, agent.voice, own.voice)
			w.hears(own.voice, customer.voice, agent.voice)
			w.hears(agent.voice, customer.voice, own.voice)
			recorded := <-l.recorded
			w.hears(recorded.customer, customer.voice)
			assert.True(t, a.seen(id).Conference && b.seen(id).Conference)
			a.ok(wire.MethodCallMute, session1(id))

			switch c.leave {
			case user1:
				a.ok(wire.MethodCallHangup, session1(id))
				a.state(id, wire.StateEnded)
				w.hears(customer.voice, own.voice)
				w.hears(own.voice, customer.voice)
				require.Eventually(t, agent.closed, patient, time.Millisecond)
				b.until("two are left", func() bool { return !b.last(id).Conference })
				assert.Equal(t, c.kind == wire.TypeVideo, b.seen(id).VideoMuted)
				b.ok(wire.MethodCallHangup, session1(id))
			case user4:
				b.ok(wire.MethodCallHangup, session1(id))
				b.state(id, wire.StateEnded)
				w.hears(customer.voice, agent.voice)
				w.hears(agent.voice, customer.voice)
				require.Eventually(t, own.closed, patient, time.Millisecond)
				a.until("two are left", func() bool { return !a.last(id).Conference })
				a.ok(wire.MethodCallHangup, session1(id))
			default:
				w.leaves(id)
			}
			w.over(a, b)
			assert.Equal(t, c.kind, w.record(id, 2).Type)
		})
	}
}

// outside consults a number, which answers.
func (w *talkWorld) outside(a *page, id string) (with string, far *sip.Call) {
	w.t.Helper()
	with = a.consults(wire.ConsultParams{SessionID: id, PhoneNumber: "13800001111"})
	far = w.awaitCall()
	require.NoError(w.t, far.Answer())
	w.awaitKind(far, sip.Answered)
	a.await(wire.EventCalloutAccepted, nil)
	return with, far
}

// A customer of a web page is handed over to a number, whose telephone has the
// conversation without an agent.
func TestWebCustomerGoesOutside(t *testing.T) {
	for _, hangsUp := range []string{"the number", "the customer"} {
		t.Run(hangsUp, func(t *testing.T) {
			w := newTalkWorld(t, func(a *config.App) { a.Grace = patient / 10 })
			l := w.listeners()
			a := w.agent(user1)
			told := w.watch(ann.UserID)
			id, customer, agent := w.converses(a, wire.TypeVoIP)
			with, far := w.outside(a, id)
			phone := w.phone(far)
			w.hears(phone, w.page(user1))
			w.hears(w.page(user1), phone)
			a.ok(wire.MethodCallComplete, session1(with))
			var done wire.Transferred
			a.await(wire.EventTransfer, &done)
			assert.Equal(t, wire.Transferred{SessionID: id, PhoneNumber: "13800001111"}, done)
			a.state(id, wire.StateEnded)
			a.status(wire.StatusFree)
			awaitState(t, told, wire.VisitorTalking)
			w.hears(customer.voice, phone)
			w.hears(phone, customer.voice)
			recorded := <-l.recorded
			w.hears(recorded.customer, customer.voice)
			w.hears(recorded.agent, phone)
			require.Eventually(t, agent.closed, patient, time.Millisecond)

			// The customer's page is loaded again.
			_, err := w.center.VisitorOffer(t.Context(), app, ann.UserID,
				wire.SessionOfferParams{SessionID: id, SDP: "customer"})
			require.NoError(t, err)
			again := <-w.legs
			again.tell(rtc.StateConnected)
			w.hears(again.voice, phone)
			w.hears(phone, again.voice)

			if hangsUp == "the number" {
				require.NoError(t, far.Hangup())
				awaitState(t, told, wire.VisitorEnded)
			} else {
				w.leaves(id)
				w.awaitKind(far, sip.Ended)
			}
			w.over(a)
			require.Eventually(t, again.closed, patient, time.Millisecond)
			r := w.record(id, 2)
			assert.Equal(t, []any{wire.TypeVoIP, user1, "13800001111"}, []any{r.Type, r.From, r.To})
		})
	}
}

// A customer whose page does not come back ends such a conversation as well.
func TestWebCustomerIsLostOutside(t *testing.T) {
	w := newTalkWorld(t, func(a *config.App) { a.Grace = 100 * time.Millisecond })
	a := w.agent(user1)
	id, customer, _ := w.converses(a, wire.TypeVoIP)
	with, far := w.outside(a, id)
	a.ok(wire.MethodCallComplete, session1(with))
	a.state(id, wire.StateEnded)
	customer.tell(rtc.StateFailed)
	w.awaitKind(far, sip.Ended)
	w.over(a)
	assert.Equal(t, wire.ReasonNetworkLost, w.record(id, 2).Reason)
}

func TestConferenceOfAWebCustomerWithANumber(t *testing.T) {
	w := newTalkWorld(t, nil)
	a := w.agent(user1)
	id, customer, agent := w.converses(a, wire.TypeVoIP)
	a.consults(wire.ConsultParams{SessionID: id, PhoneNumber: "10000"})
	require.NoError(t, w.awaitCall().Reject(486, ""))
	assert.Equal(t, wire.ReasonBusy, a.ended().MainReason)
	w.hears(customer.voice, agent.voice)

	_, far := w.outside(a, id)
	phone := w.phone(far)
	a.ok(wire.MethodCallConference, session1(id))
	w.hears(customer.voice, agent.voice, phone)
	w.hears(phone, customer.voice, agent.voice)
	w.hears(agent.voice, customer.voice, phone)
	a.ok(wire.MethodCallKick, wire.KickParams{SessionID: id, PhoneNumber: "13800001111"})
	w.awaitKind(far, sip.Ended)
	w.hears(customer.voice, agent.voice)

	_, far = w.outside(a, id)
	phone = w.phone(far)
	a.ok(wire.MethodCallConference, session1(id))
	w.hears(customer.voice, agent.voice, phone)
	a.ok(wire.MethodCallHangup, session1(id)) // the two go on
	a.state(id, wire.StateEnded)
	w.hears(customer.voice, phone)
	w.hears(phone, customer.voice)
	w.leaves(id)
	w.awaitKind(far, sip.Ended)
	w.over(a)
}

// An agent whose browser is lost in a conference leaves the others together.
func TestAgentIsLostWithAWebCustomer(t *testing.T) {
	w := newTalkWorld(t, func(a *config.App) { a.Grace = 200 * time.Millisecond })
	a, b := w.agent(user1), w.agent(user4)
	id, customer, _ := w.converses(a, wire.TypeVoIP)
	w.asksAbout(a, b, id, user4)
	a.ok(wire.MethodCallConference, session1(id))
	b.await(wire.EventUserAccessed, nil)
	a.seat.Lost()
	b.until("two are left", func() bool { s := b.last(id); return s.SessionID == id && !s.Conference })
	w.hears(customer.voice, w.page(user4))
	w.hears(w.page(user4), customer.voice)
	b.ok(wire.MethodCallHangup, session1(id))
	w.over(b)
}

// At a desk phone an agent has audio customers as callers, and video customers in the page.
func TestWebCustomerAtTheDeskPhone(t *testing.T) {
	w := newTalkWorld(t, atDesk(1))
	l := w.listeners()
	d, p := w.desk("101"), w.loginAs(user1, nil)
	id := w.visits(ann, wire.TypeVoIP).SessionID
	customer := w.customer
	var in wire.CallInVoIP
	e := p.await(wire.EventCallIn, &in)
	assert.Equal(t, wire.StaffExtensionSeat, in.ServerType)
	assert.Equal(t, wire.StaffExtensionSeat, e.Session.ServerType)
	near := d.ringing()
	assert.Equal(t, "customer", near.From())
	assert.Equal(t, "Ann", near.DisplayName())
	p.fails(wire.MethodSessionOffer, wire.SessionOfferParams{SessionID: id, SDP: "agent"}, wire.ErrSessionState)
	require.NoError(t, near.Answer())
	p.await(wire.EventUserAccessed, nil)
	phone := w.phone(near)
	w.hears(customer.voice, phone)
	w.hears(phone, customer.voice)
	recorded := <-l.recorded
	w.hears(recorded.customer, customer.voice)
	w.hears(recorded.agent, phone)
	p.ok(wire.MethodCallMute, session1(id))
	w.hears(customer.voice)
	p.ok(wire.MethodCallUnmute, session1(id))
	w.hears(customer.voice, phone)
	p.ok(wire.MethodCallHold, session1(id))
	w.hears(phone)
	p.ok(wire.MethodCallUnhold, session1(id))
	w.hears(customer.voice, phone)
	require.NoError(t, near.Hangup())
	assert.Equal(t, wire.CloseSeat, p.ended().CloseBy)
	w.over(p)
	r := w.record(id, 1)
	assert.Equal(t, []any{wire.TypeVoIP, string(wire.StaffExtensionSeat)}, []any{r.Type, r.ServerType})

	// The page asks the phone to pick up by itself; the customer leaves.
	id = w.visits(ann, wire.TypeVoIP).SessionID
	d.picksUp()
	p.state(id, wire.StateTalking)
	w.leaves(id)
	assert.Equal(t, wire.CloseClient, p.ended().CloseBy)
	w.over(p)

	id = w.visits(ann, wire.TypeVideo).SessionID
	e = p.await(wire.EventCallIn, nil)
	assert.Equal(t, wire.StaffSeat, e.Session.ServerType)
	w.talks(p, id, wire.MethodVideoAccept)
	d.silent()
	w.leaves(id)
	p.ended()
	w.over(p)
}

// A customer who is offered by a transfer is taken at the desk phone, and one at
// the desk phone is handed over to a page.
func TestWebCustomerGoesToADeskPhoneAndBack(t *testing.T) {
	w := newTalkWorld(t, atDesk(4))
	d, a, b := w.desk("104"), w.agent(user1), w.loginAs(user4, nil)
	id, customer, agent := w.converses(a, wire.TypeVoIP)
	a.ok(wire.MethodCallTransfer, toUser(id, user4))
	b.await(wire.EventCallIn, nil)
	near := d.picksUp()
	phone := w.phone(near)
	a.await(wire.EventTransfer, nil)
	w.hears(customer.voice, phone)
	w.hears(phone, customer.voice)
	require.Eventually(t, agent.closed, patient, time.Millisecond)
	a.status(wire.StatusFree)

	b.ok(wire.MethodCallTransfer, toUser(id, user1))
	a.await(wire.EventCallIn, nil)
	again := w.talks(a, id, wire.MethodCallAccept)
	w.hears(customer.voice, again.voice)
	w.awaitKind(near, sip.Ended)
	b.status(wire.StatusFree)

	// Asked first, the desk phone has the consultation, and then the customer.
	with := a.consults(wire.ConsultParams{SessionID: id, UserID: user4})
	near = d.picksUp()
	phone = w.phone(near)
	a.await(wire.EventCalloutAccepted, nil)
	a.ok(wire.MethodCallComplete, session1(with))
	w.hears(customer.voice, phone)
	w.hears(phone, customer.voice)
	assert.Equal(t, wire.StaffExtensionSeat, b.seen(id).ServerType)
	w.leaves(id)
	w.awaitKind(near, sip.Ended)
	w.over(a, b)
}

// The keys of a desk phone do with a web customer what they do with a caller.
func TestWebCustomerByTheKeysOfTheDeskPhone(t *testing.T) {
	w := newTalkWorld(t, atDesk(1))
	k, p, b := w.keyPhone("101"), w.loginAs(user1, nil), w.agent(user4)
	begin := func() (id string, d keyDialog) {
		t.Helper()
		id = w.visits(ann, wire.TypeVoIP).SessionID
		d = k.picksUp()
		p.state(id, wire.StateTalking)
		return id, d
	}
	id, d := begin()
	require.Equal(t, 202, k.refers(d, "<sip:104@127.0.0.1>"))
	k.told("active")
	assert.Equal(t, id, b.sessionOf(wire.EventCallIn))
	w.talks(b, id, wire.MethodCallAccept)
	assert.Equal(t, "SIP/2.0 200 OK", k.told("terminated"))
	k.hangsUp(d)
	w.leaves(id)
	w.over(p, b)

	id, d = begin()
	require.Equal(t, 202, k.refers(d, "<sip:13800001111@127.0.0.1;user=phone>"))
	k.told("active")
	far := w.awaitCall()
	require.NoError(t, far.Answer())
	assert.Equal(t, "SIP/2.0 200 OK", k.told("terminated"))
	k.hangsUp(d)
	phone := w.phone(far)
	w.hears(phone, w.customer.voice)
	w.hears(w.customer.voice, phone)
	w.leaves(id)
	w.awaitKind(far, sip.Ended)
	w.over(p, b)

	id, d = begin()
	second, seq := k.consultsByKeys(p, id, d, "104")
	with := b.sessionOf(wire.EventCallIn)
	b.ok(wire.MethodCallAccept, session1(with))
	k.answered(&second, seq)
	p.await(wire.EventCalloutAccepted, nil)
	require.Equal(t, 202, k.joins(d, second))
	k.told("active")
	assert.Equal(t, "SIP/2.0 200 OK", k.told("terminated"))
	k.hungUp()
	k.hangsUp(d)
	b.state(id, wire.StateTalking)
	w.hears(w.customer.voice, w.page(user4))
	w.leaves(id)
	w.over(p, b)
}

// An agent on the mobile takes a web customer there.
func TestWebCustomerAtTheMobile(t *testing.T) {
	w := newTalkWorld(t, func(a *config.App) {
		a.Agents[0].Phone, a.Agents[0].ServerType = "13800000000", wire.StaffPhoneSeat
	})
	p := w.loginAs(user1, nil)
	id := w.visits(ann, wire.TypeVoIP).SessionID
	mobile := w.awaitCall()
	assert.Equal(t, "13800000000", mobile.To())
	require.NoError(t, mobile.Answer())
	p.await(wire.EventUserAccessed, nil)
	phone := w.phone(mobile)
	w.hears(w.customer.voice, phone)
	w.hears(phone, w.customer.voice)
	require.NoError(t, mobile.Hangup())
	assert.Equal(t, wire.CloseSeat, p.ended().CloseBy)
	w.over(p)
	assert.Equal(t, string(wire.StaffPhoneSeat), w.record(id, 1).ServerType)
}

// A customer who was handed over to somebody at a trunk's PBX is sent on by its
// keys, and back.
func TestTrunkRefersAWebCustomer(t *testing.T) {
	w := newTalkWorld(t, withPBX)
	k, p, b := w.pbx(true), w.agent(user1), w.agent(user4)
	given := func() (id string, d keyDialog) {
		t.Helper()
		id, _, _ = w.converses(p, wire.TypeVoIP)
		p.ok(wire.MethodCallConsult, wire.ConsultParams{SessionID: id, PhoneNumber: "13900000000"})
		d = k.picksUp()
		p.await(wire.EventCalloutAccepted, nil)
		p.ok(wire.MethodCallComplete, session1(id))
		p.state(id, wire.StateEnded)
		return id, d
	}
	id, d := given()
	require.Equal(t, 202, k.refers(d, "<sip:104@pbx>")) // an agent's extension
	k.told("active")
	k.told("terminated")
	assert.Equal(t, id, b.sessionOf(wire.EventCallIn))
	k.hangsUp(d)
	own := w.talks(b, id, wire.MethodCallAccept)
	w.hears(w.customer.voice, own.voice)
	w.hears(own.voice, w.customer.voice)
	w.leaves(id)
	w.over(p, b)

	id, d = given()
	require.Equal(t, 202, k.refers(d, "<sip:13800001111@pbx>")) // another number
	k.told("active")
	k.picksUp()
	assert.Equal(t, "SIP/2.0 200 OK", k.told("terminated"))
	k.hangsUp(d)
	w.leaves(id)
	k.hungUp()
	w.over(p, b)
	assert.Equal(t, "13800001111", w.record(id, 4).To)

	id, d = given() // somebody whom the far end has asked
	require.Equal(t, 202, k.refers(d, "<sip:8001@pbx?Require=replaces&Replaces=abc%40pbx%3Bto-tag%3D1%3Bfrom-tag%3D2>"))
	k.told("active")
	k.picksUp()
	assert.Equal(t, "SIP/2.0 200 OK", k.told("terminated"))
	k.hangsUp(d)
	w.leaves(id)
	k.hungUp()
	w.over(p, b)
}

// A session that ends with a fault closes the connections of all who are in it.
func TestFaultyWebCustomer(t *testing.T) {
	w := newTalkWorld(t, nil)
	a, b := w.agent(user1), w.agent(user4)
	id, customer, agent := w.converses(a, wire.TypeVoIP)
	w.asksAbout(a, b, id, user4)
	a.ok(wire.MethodCallConference, session1(id))
	b.await(wire.EventUserAccessed, nil)
	own := w.offers(b, id)
	own.tell(rtc.StateConnected)
	w.inLoop(func(c *Center) {
		c.calls[id].handing = &handing{asked: &referral{}} // cannot be told of the end
		c.loop.Guard(c.calls[id], func() { panic("a fault") })
	})
	for _, p := range []*page{a, b} {
		p.state(id, wire.StateEnded)
	}
	w.over(a, b)
	for _, l := range []*talkLeg{customer, agent, own} {
		require.Eventually(t, l.closed, patient, time.Millisecond)
	}
	assert.Equal(t, wire.ReasonFault, w.record(id, 2).Reason)
}
