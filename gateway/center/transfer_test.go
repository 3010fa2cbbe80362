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

// answers lets a customer ring the sales group and the agent take the call.
func (w *world) answers(a *page) (id string, customer *sip.Call) {
	w.t.Helper()
	customer = w.rings(sales)
	var in wire.CallInPhone
	a.await(wire.EventCallIn, &in)
	a.ok(wire.MethodCallAccept, session1(in.SessionID))
	w.awaitKind(customer, sip.Answered)
	return in.SessionID, customer
}

func toUser(id, user string) wire.TransferParams {
	return wire.TransferParams{SessionID: id, UserID: user}
}

func toGroup(id, group string) wire.TransferParams {
	return wire.TransferParams{SessionID: id, SkillGroupID: group}
}

// failedTransfer awaits the session that comes back, and why.
func (p *page) failedTransfer(id, why string) wire.Session {
	p.t.Helper()
	var u wire.SessionUpdated
	for u.Reason == "" {
		u = wire.SessionUpdated{}
		p.await(wire.EventSessionUpdated, &u)
	}
	assert.Equal(p.t, wire.ReasonTransferFailed, u.Reason)
	assert.Equal(p.t, id, u.SessionID)
	assert.Equal(p.t, why, u.TransferFailed)
	assert.Nil(p.t, u.Transfer)
	return u.Session
}

func TestTransferToAnAgent(t *testing.T) {
	w := newWorld(t, func(a *config.App) { a.AfterCall = time.Minute })
	a, b := w.agent(user1), w.agent(user4)
	id, customer := w.answers(a)
	a.ok(wire.MethodCallTransfer, toUser(id, user4))
	var held wire.SessionUpdated
	a.await(wire.EventSessionUpdated, &held)
	assert.Equal(t, wire.StateHeld, held.State)
	assert.Equal(t, &wire.TransferTarget{UserID: user4, Name: "David Zhao"}, held.Transfer)
	a.fails(wire.MethodCallTransfer, toUser(id, user4), wire.ErrSessionState)

	var in wire.CallInPhone
	e := b.await(wire.EventCallIn, &in)
	assert.Equal(t, wire.CallInPhone{
		SessionID: id, Type: wire.TypePhone, Timeout: 12, Callee: sales, Caller: "01012345678",
		CallerLocation: "Beijing", ServerType: wire.StaffSeat,
	}, in)
	assert.Nil(t, e.Session.Transfer)
	b.ok(wire.MethodCallAccept, session1(id))
	b.await(wire.EventUserAccessed, nil)

	var done wire.Transferred
	a.await(wire.EventTransfer, &done)
	assert.Equal(t, wire.Transferred{SessionID: id, UserID: user4}, done)
	end := a.ended()
	assert.Equal(t, wire.CloseSeat, end.CloseBy)
	assert.Positive(t, end.Duration)
	a.status(wire.StatusArrange)
	a.fails(wire.MethodCallHangup, session1(id), wire.ErrSessionState)
	a.ok(wire.MethodCallDelete, session1(id))

	b.ok(wire.MethodCallHold, session1(id))
	b.ok(wire.MethodCallUnhold, session1(id))
	require.NoError(t, customer.Hangup())
	assert.Equal(t, wire.CloseClient, b.ended().CloseBy)
	cdr := w.cdrs(1)[0]
	assert.Equal(t, user4, cdr.UserID)
	assert.Equal(t, user1, cdr.TransferredFrom)
	assert.Equal(t, user4, cdr.TransferredTo)
	require.Len(t, cdr.Rings, 2)
	assert.Equal(t, user1, cdr.Rings[0].UserID)
	assert.Equal(t, user4, cdr.Rings[1].UserID)
	assert.Equal(t, "answered", cdr.Rings[1].Result)
}

func TestTransferToAGroup(t *testing.T) {
	w := newWorld(t, nil)
	a, b, c := w.agent(user1), w.agent(user4), w.agent(user5)
	id, _ := w.answers(a)
	a.ok(wire.MethodCallTransfer, toGroup(id, "support"))
	b.await(wire.EventCallIn, nil)
	b.ok(wire.MethodCallHangup, session1(id)) // declined: the next one's turn
	b.ended()
	c.await(wire.EventCallIn, nil)
	assert.Equal(t, "Support", a.seen(id).Transfer.Name)
	c.ok(wire.MethodCallAccept, session1(id))
	var done wire.Transferred
	a.await(wire.EventTransfer, &done)
	assert.Equal(t, wire.Transferred{SessionID: id, SkillGroupID: "support"}, done)
	a.ended()
	a.status(wire.StatusFree)
	c.ok(wire.MethodCallHangup, session1(id))
	cdr := w.cdrs(1)[0]
	assert.Equal(t, "support", cdr.SkillGroupID)
	assert.Equal(t, user5, cdr.TransferredTo)
	assert.Len(t, cdr.Rings, 3)
}

func TestTransferOfAnOutboundCall(t *testing.T) {
	w := newWorld(t, nil)
	a, b := w.agent(user1), w.agent(user4)
	var res wire.CallResponse
	require.NoError(t, json.Unmarshal(a.ok(wire.MethodCallStart, wire.StartCallParams{PhoneNumber: "10086"}), &res))
	customer := w.awaitCall()
	a.fails(wire.MethodCallTransfer, toUser(res.SessionID, user4), wire.ErrSessionState)
	require.NoError(t, customer.Answer())
	a.await(wire.EventCalloutAccepted, nil)
	a.ok(wire.MethodCallTransfer, toUser(res.SessionID, user4))
	var in wire.CallInPhone
	b.await(wire.EventCallIn, &in)
	assert.Equal(t, "10086", in.Callee)
	b.ok(wire.MethodCallAccept, session1(in.SessionID))
	a.ended()
	b.ok(wire.MethodCallHangup, session1(in.SessionID))
	w.awaitKind(customer, sip.Ended)
	assert.Equal(t, user4, w.cdrs(1)[0].TransferredTo)
}

func TestTransferTargets(t *testing.T) {
	w := newWorld(t, nil)
	a := w.agent(user1)
	id, _ := w.answers(a)
	b := w.agent(user2)
	try := func(p wire.TransferParams, want *wire.Error) *wire.Error {
		return a.fails(wire.MethodCallTransfer, p, want)
	}
	try(wire.TransferParams{SessionID: id}, wire.ErrTransferTarget)
	try(wire.TransferParams{SessionID: id, UserID: user2, SkillGroupID: "sales"}, wire.ErrTransferTarget)
	try(toUser("nonsense", user2), wire.ErrSessionNotFound)
	assert.Equal(t, "userId", try(toUser(id, "nobody"), wire.ErrCalleeUnknown).Field)
	assert.Equal(t, "skillGroupId", try(toGroup(id, "nobody"), wire.ErrInvalidOptions).Field)
	try(toUser(id, user1), wire.ErrTargetUnavailable)
	try(toUser(id, user3), wire.ErrTargetUnavailable)
	try(toGroup(id, "support"), wire.ErrTargetUnavailable) // nobody is on line
	b.ok(wire.MethodSetStatus, wire.SetStatusParams{Status: "rest"})
	try(toUser(id, user2), wire.ErrTargetUnavailable)
	b.ok(wire.MethodOffline, nil)
	try(toGroup(id, "sales"), wire.ErrTargetUnavailable) // only the agent itself
	b.fails(wire.MethodCallTransfer, toUser(id, user1), wire.ErrSessionNotFound)
	assert.Equal(t, wire.StateTalking, a.seen(id).State, "nothing has changed")
}

func TestTransferToAFullGroup(t *testing.T) {
	w := newWorld(t, func(a *config.App) { a.SkillGroups[1].QueueLimit = 0 })
	a, b := w.agent(user1), w.agent(user4)
	id, _ := w.answers(a)
	b.ok(wire.MethodSetStatus, wire.SetStatusParams{Status: "notReady"})
	a.fails(wire.MethodCallTransfer, toGroup(id, "support"), wire.ErrTargetUnavailable)
	b.ok(wire.MethodSetStatus, wire.SetStatusParams{Status: "free"})
	a.ok(wire.MethodCallTransfer, toGroup(id, "support"))
	b.await(wire.EventCallIn, nil)
}

func TestTransferIsDeclined(t *testing.T) {
	w := newWorld(t, nil)
	a, b := w.agent(user1), w.agent(user4)
	id, customer := w.answers(a)
	a.ok(wire.MethodCallTransfer, toUser(id, user4))
	b.await(wire.EventCallIn, nil)
	b.ok(wire.MethodCallHangup, session1(id))
	assert.Equal(t, wire.CloseSeat, b.ended().CloseBy)
	b.status(wire.StatusFree)
	assert.Equal(t, wire.StateTalking, a.failedTransfer(id, wire.ReasonDeclined).State, "as it was before")

	// Held before, held afterwards. And the last of a group declines.
	a.ok(wire.MethodCallHold, session1(id))
	a.ok(wire.MethodCallTransfer, toGroup(id, "support"))
	b.await(wire.EventCallIn, nil)
	assert.Empty(t, a.seen(id).TransferFailed, "that was the last one")
	b.ok(wire.MethodCallHangup, session1(id))
	assert.Equal(t, wire.StateHeld, a.failedTransfer(id, wire.ReasonDeclined).State)
	a.ok(wire.MethodCallUnhold, session1(id))
	require.NoError(t, customer.Hangup())
	assert.Equal(t, wire.CloseClient, a.ended().CloseBy)
	cdr := w.cdrs(1)[0]
	assert.Equal(t, user1, cdr.UserID)
	assert.Empty(t, cdr.TransferredTo)
	require.Len(t, cdr.Rings, 3)
	assert.Equal(t, "declined", cdr.Rings[1].Result)
}

func TestTransferIsNotAnswered(t *testing.T) {
	w := newWorld(t, func(a *config.App) { a.SkillGroups[1].RingTimeout = 300 * time.Millisecond })
	a, b := w.agent(user1), w.agent(user4)
	id, _ := w.answers(a)
	a.ok(wire.MethodCallTransfer, toUser(id, user4))
	b.await(wire.EventCallIn, nil)
	var moved wire.SessionRef
	b.await(wire.EventAutoTransfer, &moved)
	assert.Equal(t, id, moved.SessionID)
	assert.Equal(t, wire.StateTalking, a.failedTransfer(id, wire.ReasonNoAnswer).State)
	b.status(wire.StatusFree)
	b.fails(wire.MethodCallAccept, session1(id), wire.ErrSessionNotFound)
}

func TestTransferTargetIsGone(t *testing.T) {
	w := newWorld(t, func(a *config.App) { a.Grace = 200 * time.Millisecond })
	a, b := w.agent(user1), w.agent(user4)
	id, _ := w.answers(a)
	a.ok(wire.MethodCallTransfer, toUser(id, user4))
	b.await(wire.EventCallIn, nil)
	b.seat.Lost()
	assert.Equal(t, wire.StateTalking, a.failedTransfer(id, wire.ReasonAgentLost).State)
}

func TestTransferWaitsInVain(t *testing.T) {
	w := newWorld(t, func(a *config.App) { a.SkillGroups[1].QueueTimeout = 200 * time.Millisecond })
	a, b := w.agent(user1), w.agent(user4)
	id, _ := w.answers(a)
	b.ok(wire.MethodSetStatus, wire.SetStatusParams{Status: "notReady"})
	a.ok(wire.MethodCallTransfer, toGroup(id, "support"))
	assert.Equal(t, wire.StateTalking, a.failedTransfer(id, wire.ReasonQueueTimeout).State)
	b.ok(wire.MethodSetStatus, wire.SetStatusParams{Status: "free"})
	a.ok(wire.MethodCallTransfer, toGroup(id, "support"))
	b.await(wire.EventCallIn, nil)
}

// While the agent that transfers talks to somebody else, what comes back stays held.
func TestTransferComesBackToABusyAgent(t *testing.T) {
	w := newWorld(t, nil)
	a, b := w.agent(user1), w.agent(user4)
	id, _ := w.answers(a)
	a.ok(wire.MethodCallTransfer, toUser(id, user4))
	b.await(wire.EventCallIn, nil)
	a.ok(wire.MethodCallStart, wire.StartCallParams{PhoneNumber: "10086"})
	require.NoError(t, w.awaitCall().Answer())
	a.await(wire.EventCalloutAccepted, nil)
	b.ok(wire.MethodCallHangup, session1(id))
	assert.Equal(t, wire.StateHeld, a.failedTransfer(id, wire.ReasonDeclined).State)
}

func TestTransferIsTakenBack(t *testing.T) {
	w := newWorld(t, nil)
	a, b := w.agent(user1), w.agent(user4)
	id, _ := w.answers(a)
	a.ok(wire.MethodCallTransfer, toUser(id, user4))
	b.await(wire.EventCallIn, nil)
	a.ok(wire.MethodCallUnhold, session1(id))
	end := b.ended()
	assert.Equal(t, wire.CloseAdmin, end.CloseBy)
	assert.Equal(t, wire.ReasonCancelled, end.MainReason)
	b.fails(wire.MethodCallAccept, session1(id), wire.ErrSessionState)
	b.status(wire.StatusFree)
	assert.Nil(t, a.seen(id).Transfer)
	assert.Equal(t, wire.StateTalking, a.seen(id).State)
	a.ok(wire.MethodCallTransfer, toUser(id, user4))
	b.await(wire.EventCallIn, nil)
	b.ok(wire.MethodCallAccept, session1(id))
}

func TestCustomerHangsUpDuringATransfer(t *testing.T) {
	w := newWorld(t, nil)
	a, b := w.agent(user1), w.agent(user4)
	id, customer := w.answers(a)
	a.ok(wire.MethodCallTransfer, toUser(id, user4))
	b.await(wire.EventCallIn, nil)
	require.NoError(t, customer.Hangup())
	assert.Equal(t, wire.CloseClient, b.ended().CloseBy)
	assert.Equal(t, wire.CloseClient, a.ended().CloseBy)
	assert.Nil(t, a.seen(id).Transfer)
	a.status(wire.StatusFree)
	b.status(wire.StatusFree)
	assert.Equal(t, "cancelled", w.cdrs(1)[0].Rings[1].Result)
	_, err := w.center.Session(t.Context(), app, id)
	require.Error(t, err)
}

func TestAgentLeavesATransferThatRings(t *testing.T) {
	w := newWorld(t, func(a *config.App) { a.AfterCall = time.Minute })
	a, b := w.agent(user1), w.agent(user4)
	id, customer := w.answers(a)
	a.ok(wire.MethodCallTransfer, toUser(id, user4))
	b.await(wire.EventCallIn, nil)
	a.ok(wire.MethodCallHangup, session1(id))
	assert.Equal(t, wire.CloseSeat, a.ended().CloseBy)
	a.status(wire.StatusArrange)
	b.ok(wire.MethodCallAccept, session1(id))
	b.await(wire.EventUserAccessed, nil)
	require.NoError(t, customer.Hangup())
	b.ended()
	cdr := w.cdrs(1)[0]
	assert.Equal(t, user1, cdr.TransferredFrom)
	require.Len(t, cdr.Rings, 2)
	assert.Equal(t, "answered", cdr.Rings[1].Result)
}

// The customer whose agent has left is first in the queue when the target does
// not take it either.
func TestCustomerOfAnAgentWhoLeftIsFirst(t *testing.T) {
	w := newWorld(t, nil)
	a, b := w.agent(user1), w.agent(user4)
	id, _ := w.answers(a)
	a.ok(wire.MethodSetStatus, wire.SetStatusParams{Status: "notReady"})
	a.ok(wire.MethodCallTransfer, toUser(id, user4))
	b.await(wire.EventCallIn, nil)
	w.rings(sales) // another customer, who waits
	require.Eventually(t, func() bool {
		all, err := w.center.Sessions(t.Context(), app)
		return err == nil &&
			len(all) == 2
	}, patient, 5*time.Millisecond)
	a.ok(wire.MethodCallHangup, session1(id))
	c := w.agent(user2) // gets the one who waits longer in the queue of sales: there is only one yet
	var other wire.CallInPhone
	c.await(wire.EventCallIn, &other)
	assert.NotEqual(t, id, other.SessionID)
	w.rings(sales)
	require.Eventually(t, func() bool {
		all, err := w.center.Sessions(t.Context(), app)
		return err == nil &&
			len(all) == 3
	}, patient, 5*time.Millisecond)
	b.ok(wire.MethodCallHangup, session1(id))
	d := w.agent(user3)
	var in wire.CallInPhone
	d.await(wire.EventCallIn, &in)
	assert.Equal(t, id, in.SessionID)
	d.ok(wire.MethodCallAccept, session1(id))
}

func TestLostAgentLeavesATransferThatWaits(t *testing.T) {
	w := newWorld(t, func(a *config.App) { a.Grace = 200 * time.Millisecond })
	a, b := w.agent(user1), w.agent(user4)
	id, customer := w.answers(a)
	b.ok(wire.MethodSetStatus, wire.SetStatusParams{Status: "notReady"})
	a.ok(wire.MethodCallTransfer, toGroup(id, "support"))
	a.seat.Lost()
	require.Eventually(t, func() bool {
		info, err := w.center.Agent(t.Context(), app, user1)
		return err == nil && info.State.Status == wire.StatusOffline
	}, patient, 5*time.Millisecond)
	b.ok(wire.MethodSetStatus, wire.SetStatusParams{Status: "free"})
	b.await(wire.EventCallIn, nil)
	b.ok(wire.MethodCallAccept, session1(id))
	require.NoError(t, customer.Hangup())
	assert.Equal(t, wire.CloseClient, b.ended().CloseBy)
	assert.Equal(t, "support", w.cdrs(1)[0].SkillGroupID)
}

func TestStoppingDuringATransfer(t *testing.T) {
	w := newWorld(t, nil)
	a, b := w.agent(user1), w.agent(user4)
	id, _ := w.answers(a)
	a.ok(wire.MethodCallTransfer, toUser(id, user4))
	b.await(wire.EventCallIn, nil)
	require.NoError(t, w.center.Hangup(t.Context(), app, id))
	assert.Equal(t, wire.ReasonAdmin, a.ended().MainReason)
	assert.Equal(t, wire.ReasonAdmin, b.ended().MainReason)
}
