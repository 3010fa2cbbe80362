package center

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/gateway/config"
	"tccc/gateway/sip"
	"tccc/wire"
)

// consults begins a consultation and gives its session id.
func (p *page) consults(q wire.ConsultParams) string {
	p.t.Helper()
	var res wire.ConsultResponse
	require.NoError(p.t, json.Unmarshal(p.ok(wire.MethodCallConsult, q), &res))
	assert.Equal(p.t, q.SessionID, res.ConsultOf)
	return res.SessionID
}

// asks consults an agent who answers.
func (w *world) asks(a, b *page, id, user string) (with string) {
	w.t.Helper()
	with = a.consults(wire.ConsultParams{SessionID: id, UserID: user})
	var in wire.CallInInternal
	for in.SessionID != with {
		in = wire.CallInInternal{}
		b.await(wire.EventCallIn, &in)
	}
	assert.Equal(w.t, user1, in.PeerUserID)
	b.ok(wire.MethodCallAccept, session1(with))
	a.await(wire.EventCalloutAccepted, nil)
	return with
}

func TestAttendedTransferToAnAgent(t *testing.T) {
	w := newWorld(t, func(a *config.App) { a.AfterCall = time.Minute })
	a, b := w.agent(user1), w.agent(user4)
	id, customer := w.answers(a)
	with := w.asks(a, b, id, user4)
	assert.Equal(t, wire.StateHeld, a.seen(id).State)
	assert.Equal(t, with, a.seen(id).ConsultSessionID)
	assert.Equal(t, id, a.seen(with).ConsultOf)
	a.fails(wire.MethodCallTransfer, toUser(id, user2), wire.ErrSessionState)
	a.fails(wire.MethodCallConsult, wire.ConsultParams{SessionID: id, UserID: user2}, wire.ErrSessionState)
	b.fails(wire.MethodCallComplete, session1(with), wire.ErrSessionState)

	// To and fro between the two.
	a.ok(wire.MethodCallUnhold, session1(id))
	assert.Equal(t, wire.StateHeld, a.seen(with).State)
	a.ok(wire.MethodCallUnhold, session1(with))

	a.ok(wire.MethodCallComplete, session1(with))
	var done wire.Transferred
	a.await(wire.EventTransfer, &done)
	assert.Equal(t, wire.Transferred{SessionID: id, UserID: user4}, done)
	a.state(with, wire.StateEnded)
	a.state(id, wire.StateEnded)
	a.status(wire.StatusArrange)
	var in wire.CallInPhone
	b.await(wire.EventCallIn, &in)
	assert.Equal(t, id, in.SessionID)
	assert.Zero(t, in.Timeout)
	b.await(wire.EventUserAccessed, nil)
	b.state(with, wire.StateEnded)
	assert.Equal(t, wire.StateTalking, b.seen(id).State)
	assert.Empty(t, b.seen(id).ConsultSessionID)
	b.status(wire.StatusBusy)
	require.NoError(t, customer.Hangup())
	b.state(id, wire.StateEnded)
	b.status(wire.StatusArrange)
	for _, cdr := range w.cdrs(2) {
		if cdr.SessionID == id {
			assert.Equal(t, user1, cdr.TransferredFrom)
			assert.Equal(t, user4, cdr.TransferredTo)
			assert.Equal(t, user4, cdr.UserID)
		} else {
			assert.Equal(t, wire.TypeInternal, cdr.Type)
		}
	}
}

func TestConsultationIsCancelled(t *testing.T) {
	w := newWorld(t, nil)
	a, b := w.agent(user1), w.agent(user4)
	id, _ := w.answers(a)
	a.fails(wire.MethodCallCancel, session1(id), wire.ErrSessionState)
	with := a.consults(wire.ConsultParams{SessionID: id, UserID: user4})
	b.await(wire.EventCallIn, nil)
	a.fails(wire.MethodCallComplete, session1(id), wire.ErrSessionState) // nobody has answered
	a.ok(wire.MethodCallCancel, session1(id))                            // while it rings
	assert.Equal(t, wire.CloseClient, b.ended().CloseBy)
	a.state(with, wire.StateEnded)
	a.state(id, wire.StateTalking)
	assert.Empty(t, a.seen(id).ConsultSessionID)

	with = w.asks(a, b, id, user4)
	a.ok(wire.MethodCallCancel, session1(with))
	b.ended()
	a.state(id, wire.StateTalking)
	b.status(wire.StatusFree)
}

// However a consultation ends, the agent is with the customer as before.
func TestConsultationEnds(t *testing.T) {
	w := newWorld(t, func(a *config.App) { a.SkillGroups[1].RingTimeout = 300 * time.Millisecond })
	a, b := w.agent(user1), w.agent(user4)
	id, _ := w.answers(a)

	with := a.consults(wire.ConsultParams{SessionID: id, UserID: user4})
	b.await(wire.EventCallIn, nil)
	b.ok(wire.MethodCallHangup, session1(with))
	assert.Equal(t, wire.ReasonDeclined, a.ended().MainReason)
	a.state(id, wire.StateTalking)

	a.consults(wire.ConsultParams{SessionID: id, UserID: user4})
	assert.Equal(t, wire.ReasonNoAnswer, a.ended().MainReason)
	a.state(id, wire.StateTalking)
	b.await(wire.EventCallIn, nil)

	a.ok(wire.MethodCallHold, session1(id))
	with = a.consults(wire.ConsultParams{SessionID: id, PhoneNumber: "10000"})
	require.NoError(t, w.awaitCall().Reject(486, ""))
	assert.Equal(t, wire.ReasonBusy, a.ended().MainReason)
	a.state(with, wire.StateEnded)
	a.until("the link to go", func() bool { return a.last(id).ConsultSessionID == "" })
	assert.Equal(t, wire.StateHeld, a.seen(id).State, "it was held before")
}

func TestCustomerHangsUpDuringAConsultation(t *testing.T) {
	w := newWorld(t, nil)
	a, b := w.agent(user1), w.agent(user4)
	id, customer := w.answers(a)
	a.consults(wire.ConsultParams{SessionID: id, UserID: user4})
	b.await(wire.EventCallIn, nil)
	require.NoError(t, customer.Hangup())
	assert.Equal(t, wire.CloseClient, a.ended().CloseBy)
	assert.Equal(t, wire.ReasonCancelled, b.ended().MainReason)
	a.ended()
	a.status(wire.StatusFree)

	id, customer = w.answers(a)
	with := w.asks(a, b, id, user4)
	require.NoError(t, customer.Hangup())
	assert.Equal(t, wire.CloseClient, a.ended().CloseBy)
	assert.Equal(t, wire.StateTalking, b.seen(with).State, "the colleagues may go on")
	a.fails(wire.MethodCallComplete, session1(with), wire.ErrSessionState)
	b.ok(wire.MethodCallHangup, session1(with))
}

func TestConsultationOfAGroup(t *testing.T) {
	w := newWorld(t, nil)
	a, b := w.agent(user1), w.agent(user4)
	id, customer := w.answers(a)
	with := a.consults(wire.ConsultParams{SessionID: id, SkillGroupID: "support"})
	b.await(wire.EventCallIn, nil)
	b.ok(wire.MethodCallAccept, session1(with))
	e := a.await(wire.EventCalloutAccepted, nil)
	assert.Equal(t, user4, e.Session.PeerUserID, "who it is, is known now")
	a.ok(wire.MethodCallComplete, session1(id))
	b.state(id, wire.StateTalking)
	require.NoError(t, customer.Hangup())
	b.state(id, wire.StateEnded)
}

func TestConsultationTargets(t *testing.T) {
	w := newWorld(t, nil)
	a := w.agent(user1)
	id, _ := w.answers(a)
	for _, c := range []struct {
		p    wire.ConsultParams
		want *wire.Error
	}{
		{wire.ConsultParams{}, wire.ErrTransferTarget},
		{wire.ConsultParams{UserID: user2, PhoneNumber: "10086"}, wire.ErrTransferTarget},
		{wire.ConsultParams{UserID: "nobody"}, wire.ErrCalleeUnknown},
		{wire.ConsultParams{UserID: user2}, wire.ErrTargetUnavailable},
		{wire.ConsultParams{SkillGroupID: "support"}, wire.ErrTargetUnavailable},
		{wire.ConsultParams{PhoneNumber: "x"}, wire.ErrNumberInvalid},
	} {
		c.p.SessionID = id
		a.fails(wire.MethodCallConsult, c.p, c.want)
	}
	assert.Equal(t, wire.StateTalking, a.seen(id).State)
}

func TestAttendedTransferToANumber(t *testing.T) {
	w := newWorld(t, nil)
	a := w.agent(user1)
	id, customer := w.answers(a)
	a.consults(wire.ConsultParams{SessionID: id, PhoneNumber: "10086"})
	outside := w.awaitCall()
	require.NoError(t, outside.Answer())
	a.await(wire.EventCalloutAccepted, nil)
	a.ok(wire.MethodCallComplete, session1(id))
	var done wire.Transferred
	a.await(wire.EventTransfer, &done)
	assert.Equal(t, "10086", done.PhoneNumber)
	a.status(wire.StatusFree)
	live, err := w.center.Sessions(t.Context(), app)
	require.NoError(t, err)
	require.Len(t, live, 1, "the customer's session goes on")
	assert.Equal(t, id, live[0].SessionID)
	require.NoError(t, outside.Hangup())
	w.awaitKind(customer, sip.Ended)
	for _, cdr := range w.cdrs(2) {
		if cdr.SessionID == id {
			assert.Equal(t, "10086", cdr.TransferredTo)
			assert.Equal(t, wire.CloseClient, cdr.CloseBy)
		}
	}
}

func TestConferenceOfAgents(t *testing.T) {
	w := newWorld(t, nil)
	a, b := w.agent(user1), w.agent(user4)
	id, customer := w.answers(a)
	with := w.asks(a, b, id, user4)
	a.ok(wire.MethodCallConference, session1(with))
	a.state(with, wire.StateEnded)
	a.until("the conference", func() bool { return a.last(id).Conference && a.last(id).State == wire.StateTalking })
	b.state(id, wire.StateTalking)
	assert.True(t, b.seen(id).Conference)
	b.fails(wire.MethodCallTransfer, toUser(id, user2), wire.ErrForbidden)
	b.ok(wire.MethodCallHold, session1(id))
	b.ok(wire.MethodCallUnhold, session1(id))
	a.ok(wire.MethodCallHold, session1(id))
	a.ok(wire.MethodCallUnhold, session1(id))

	// The member leaves, the others go on.
	b.ok(wire.MethodCallHangup, session1(id))
	b.state(id, wire.StateEnded)
	b.status(wire.StatusFree)
	a.until("the conference to be over", func() bool { return !a.last(id).Conference })
	assert.Equal(t, wire.StateTalking, a.seen(id).State)

	// The agent leaves, the member has the customer.
	with = w.asks(a, b, id, user4)
	a.ok(wire.MethodCallConference, session1(id))
	a.ok(wire.MethodCallHangup, session1(id))
	a.state(id, wire.StateEnded)
	a.status(wire.StatusFree)
	b.until("the conference to be over", func() bool { return !b.last(id).Conference })
	b.ok(wire.MethodCallHold, session1(id))
	b.ok(wire.MethodCallUnhold, session1(id))
	require.NoError(t, customer.Hangup())
	b.state(id, wire.StateEnded)
	assert.NotEqual(t, with, id)
	for _, cdr := range w.cdrs(3) {
		if cdr.SessionID == id {
			assert.Equal(t, user4, cdr.UserID)
			assert.Equal(t, user1, cdr.TransferredFrom)
		}
	}
}

func TestCustomerLeavesAConference(t *testing.T) {
	w := newWorld(t, nil)
	a, b := w.agent(user1), w.agent(user4)
	id, customer := w.answers(a)
	w.asks(a, b, id, user4)
	a.ok(wire.MethodCallConference, session1(id))
	require.NoError(t, customer.Hangup())
	a.state(id, wire.StateEnded)
	b.state(id, wire.StateEnded)
	a.status(wire.StatusFree)
	b.status(wire.StatusFree)
}

func TestConferenceLosesBrowsers(t *testing.T) {
	w := newWorld(t, func(a *config.App) { a.Grace = 200 * time.Millisecond })
	a, b := w.agent(user1), w.agent(user4)
	id, customer := w.answers(a)
	w.asks(a, b, id, user4)
	a.ok(wire.MethodCallConference, session1(id))
	b.seat.Lost()
	a.until("the conference to be over", func() bool { return !a.last(id).Conference })

	c := w.agent(user2)
	with := a.consults(wire.ConsultParams{SessionID: id, UserID: user2})
	c.await(wire.EventCallIn, nil)
	c.ok(wire.MethodCallAccept, session1(with))
	a.ok(wire.MethodCallConference, session1(id))
	a.seat.Lost()
	c.until("the conference to be over", func() bool { return !c.last(id).Conference })
	require.NoError(t, customer.Hangup())
	c.state(id, wire.StateEnded)
}

func TestConferenceWithANumber(t *testing.T) {
	w := newWorld(t, nil)
	a := w.agent(user1)
	id, customer := w.answers(a)
	call := func() *sip.Call {
		a.consults(wire.ConsultParams{SessionID: id, PhoneNumber: "10086"})
		outside := w.awaitCall()
		require.NoError(t, outside.Answer())
		a.await(wire.EventCalloutAccepted, nil)
		a.ok(wire.MethodCallConference, session1(id))
		a.until("the conference", func() bool { return a.last(id).Conference })
		return outside
	}
	require.NoError(t, call().Hangup())
	a.until("the conference to be over", func() bool { return !a.last(id).Conference })
	assert.Equal(t, wire.StateTalking, a.seen(id).State)

	outside := call()
	a.ok(wire.MethodCallHangup, session1(id)) // the two go on
	a.status(wire.StatusFree)
	require.NoError(t, customer.Hangup())
	w.awaitKind(outside, sip.Ended)

	id, customer = w.answers(a)
	outside = call()
	require.NoError(t, customer.Hangup())
	w.awaitKind(outside, sip.Ended)
	a.state(id, wire.StateEnded)
}

// The agent who has the session removes parties, and so does a supervisor in it.
// Nobody else does, and supervisors are not told of.
func TestWhoMayBeRemoved(t *testing.T) {
	w := newWorld(t, func(a *config.App) { a.Agents[1].Supervisor = true })
	a, b, s := w.agent(user1), w.agent(user4), w.agent(user2)
	id, customer := w.answers(a)
	kick := func(user string) wire.KickParams { return wire.KickParams{SessionID: id, UserID: user} }
	a.fails(wire.MethodCallKick, kick(user4), wire.ErrSessionState) // no party
	s.fails(wire.MethodCallKick, kick(user1), wire.ErrSessionNotFound)
	joins := func() {
		w.asks(a, b, id, user4)
		a.ok(wire.MethodCallConference, session1(id))
		b.until("the conference", func() bool { return b.last(id).Conference && b.last(id).State == wire.StateTalking })
	}
	joins()
	s.ok(wire.MethodCallListen, session1(id))
	for who, want := range map[string]*wire.Error{
		"": wire.ErrInvalidOptions, "nobody@demo": wire.ErrCalleeUnknown, user1: wire.ErrSessionState,
		user2: wire.ErrSessionState,
	} {
		assert.Equal(t, "userId", a.fails(wire.MethodCallKick, kick(who), want).Field, who)
	}
	both := kick(user4)
	both.PhoneNumber = "10086"
	a.fails(wire.MethodCallKick, both, wire.ErrInvalidOptions)
	number := func(text string) wire.KickParams { return wire.KickParams{SessionID: id, PhoneNumber: text} }
	a.fails(wire.MethodCallKick, number("1008****"), wire.ErrNumberInvalid)
	a.fails(wire.MethodCallKick, number("10086"), wire.ErrSessionState)
	b.fails(wire.MethodCallKick, kick(user1), wire.ErrForbidden)
	b.fails(wire.MethodCallKick, kick(user4), wire.ErrForbidden)

	a.ok(wire.MethodCallKick, kick(user4))
	ended := b.ended()
	for ended.SessionID != id { // that of the consultation came first
		ended = b.ended()
	}
	assert.Equal(t, []any{wire.CloseAdmin, wire.ReasonRemoved}, []any{ended.CloseBy, ended.MainReason})
	b.status(wire.StatusFree)
	a.until("the conference to be over", func() bool { return !a.last(id).Conference })
	assert.Equal(t, wire.StateTalking, a.seen(id).State)
	b.fails(wire.MethodCallKick, kick(user1), wire.ErrSessionState) // it has ended for this agent

	joins()
	s.ok(wire.MethodCallKick, kick(user4))
	b.state(id, wire.StateEnded)
	s.ok(wire.MethodCallHangup, session1(id))

	a.consults(wire.ConsultParams{SessionID: id, PhoneNumber: "10086"})
	outside := w.awaitCall()
	require.NoError(t, outside.Answer())
	a.await(wire.EventCalloutAccepted, nil)
	a.ok(wire.MethodCallConference, session1(id))
	a.ok(wire.MethodCallKick, number(" 100\u00a086"))
	w.awaitKind(outside, sip.Ended)
	a.until("the conference to be over", func() bool { return !a.last(id).Conference })
	require.NoError(t, customer.Hangup())
	a.state(id, wire.StateEnded)
}
