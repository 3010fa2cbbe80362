package center

import (
	"context"
	"encoding/json"
	"log/slog"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/gateway/config"
	"tccc/gateway/sip"
	"tccc/wire"
)

const sales, support, reception = "4001000001", "4001000002", "4001000003"

func TestInboundCallIsAnsweredAndHungUpByTheCaller(t *testing.T) {
	w := newWorld(t, nil)
	a := w.agent("agent1@demo")
	caller := w.rings(sales)

	var in wire.CallInPhone
	a.await(wire.EventCallIn, &in)
	assert.Equal(t, wire.CallInPhone{
		SessionID: in.SessionID, Type: wire.TypePhone, Timeout: 12, Callee: sales, Caller: "01012345678",
		CallerLocation: "Beijing", ServerType: wire.StaffSeat,
	}, in)
	a.status(wire.StatusBusy)
	w.awaitKind(caller, sip.Ringing)

	a.ok(wire.MethodCallAccept, session1(in.SessionID))
	a.await(wire.EventUserAccessed, nil)
	w.awaitKind(caller, sip.Answered)
	require.NoError(t, caller.Hangup())

	var ended wire.SessionEnded
	a.await(wire.EventSessionEnded, &ended)
	assert.Equal(t, wire.CloseClient, ended.CloseBy)
	assert.Equal(t, wire.TypePhone, ended.Type)
	a.status(wire.StatusFree)

	cdr := w.cdrs(1)[0]
	assert.Equal(t, in.SessionID, cdr.SessionID)
	assert.Equal(t, "agent1@demo", cdr.UserID)
	assert.Equal(t, "101", cdr.StaffNo)
	assert.Equal(t, wire.CloseClient, cdr.CloseBy)
	assert.Equal(t, "answered", cdr.Rings[0].Result)

	a.ok(wire.MethodCallDelete, session1(in.SessionID))
	a.await(wire.EventSessionCompleted, nil)
	a.fails(wire.MethodCallDelete, session1(in.SessionID), wire.ErrSessionNotFound)
}

func TestAgentHangsUp(t *testing.T) {
	w := newWorld(t, nil)
	a := w.agent("agent1@demo")
	caller := w.rings(sales)
	var in wire.CallInPhone
	a.await(wire.EventCallIn, &in)
	a.ok(wire.MethodCallAccept, session1(in.SessionID))
	a.ok(wire.MethodCallHangup, session1(in.SessionID))
	e := w.awaitKind(caller, sip.Ended)
	assert.True(t, e.ByRemote)
	var ended wire.SessionEnded
	a.await(wire.EventSessionEnded, &ended)
	assert.Equal(t, wire.CloseSeat, ended.CloseBy)
	a.fails(wire.MethodCallHangup, session1(in.SessionID), wire.ErrSessionState)
}

func TestCallerGivesUpWhileItRings(t *testing.T) {
	w := newWorld(t, nil)
	a := w.agent("agent1@demo")
	caller := w.rings(sales)
	var in wire.CallInPhone
	a.await(wire.EventCallIn, &in)
	w.awaitKind(caller, sip.Ringing)
	require.NoError(t, caller.Hangup())
	var ended wire.SessionEnded
	a.await(wire.EventSessionEnded, &ended)
	assert.Equal(t, wire.CloseClient, ended.CloseBy)
	assert.Zero(t, ended.Duration)
	a.status(wire.StatusFree)
	assert.Equal(t, "cancelled", w.cdrs(1)[0].Rings[0].Result)
}

func TestTheOnlyAgentDeclines(t *testing.T) {
	w := newWorld(t, nil)
	a := w.agent("agent1@demo")
	caller := w.rings(sales)
	var in wire.CallInPhone
	a.await(wire.EventCallIn, &in)
	a.ok(wire.MethodCallHangup, session1(in.SessionID))
	var ended wire.SessionEnded
	a.await(wire.EventSessionEnded, &ended)
	assert.Equal(t, wire.CloseSeat, ended.CloseBy)
	assert.Equal(t, 603, w.awaitKind(caller, sip.Ended).Code)
	a.status(wire.StatusFree)
}

func TestDeclinedCallGoesToTheNextAgent(t *testing.T) {
	w := newWorld(t, nil)
	a, b := w.agent("agent1@demo"), w.agent("agent2@demo")
	w.rings(sales)
	var in wire.CallInPhone
	a.await(wire.EventCallIn, &in)
	a.ok(wire.MethodCallHangup, session1(in.SessionID))
	a.await(wire.EventSessionEnded, nil)
	var next wire.CallInPhone
	b.await(wire.EventCallIn, &next)
	assert.Equal(t, in.SessionID, next.SessionID)
	b.ok(wire.MethodCallAccept, session1(in.SessionID))
	a.fails(wire.MethodCallAccept, session1(in.SessionID), wire.ErrSessionState)
}

func TestRingTimeoutMovesOn(t *testing.T) {
	w := newWorld(t, func(a *config.App) { a.SkillGroups[0].RingTimeout = 300 * time.Millisecond })
	a := w.agent("agent1@demo")
	b := w.agent("agent2@demo")
	w.rings(sales)
	var in, next wire.CallInPhone
	a.await(wire.EventCallIn, &in)
	assert.Equal(t, 1, in.Timeout, "whole seconds")
	var moved wire.SessionRef
	a.await(wire.EventAutoTransfer, &moved)
	assert.Equal(t, in.SessionID, moved.SessionID)
	b.await(wire.EventCallIn, &next)
	assert.Equal(t, in.SessionID, next.SessionID)
	a.status(wire.StatusFree)
}

func TestQueuePlaysMusicAndRingsTheAgentThatComesFree(t *testing.T) {
	w := newWorld(t, nil)
	a := w.agent("agent1@demo")
	a.ok(wire.MethodSetStatus, wire.SetStatusParams{Status: "NotReady"})
	caller := w.rings(sales)
	w.awaitKind(caller, sip.Answered) // by the music
	a.ok(wire.MethodSetStatus, wire.SetStatusParams{Status: "StopNotReady"})
	var in wire.CallInPhone
	a.await(wire.EventCallIn, &in)
	a.ok(wire.MethodCallAccept, session1(in.SessionID))
	a.await(wire.EventUserAccessed, nil)
}

// slowPhone is answered, but for a while nobody is told.
type slowPhone struct {
	Phone
	told chan struct{}
}

func (p slowPhone) Answer() error {
	err := p.Phone.Answer()
	<-p.told
	return err
}

// An agent may take the call while it is being answered for the music.
func TestAcceptWhileTheMusicAnswers(t *testing.T) {
	w := newWorld(t, nil)
	told := make(chan struct{})
	w.wrap = func(p Phone) Phone { return slowPhone{p, told} }
	a := w.agent("agent1@demo")
	a.ok(wire.MethodSetStatus, wire.SetStatusParams{Status: "NotReady"})
	caller := w.rings(sales)
	w.awaitKind(caller, sip.Answered)
	a.ok(wire.MethodSetStatus, wire.SetStatusParams{Status: "StopNotReady"})
	var in wire.CallInPhone
	a.await(wire.EventCallIn, &in)
	a.seat.Handle(&wire.Frame{ID: 1 << 40, Method: wire.MethodCallAccept, Params: wire.Raw(session1(in.SessionID))})
	a.ok(wire.MethodPing, wire.Empty{}) // the command has been taken
	close(told)
	a.await(wire.EventUserAccessed, nil)
	a.ok(wire.MethodCallHangup, session1(in.SessionID))
	w.awaitKind(caller, sip.Ended)
}

func TestQueueTimeout(t *testing.T) {
	w := newWorld(t, func(a *config.App) { a.SkillGroups[0].QueueTimeout = 100 * time.Millisecond })
	caller := w.rings(sales)
	w.awaitKind(caller, sip.Ended)
	cdr := w.cdrs(1)[0]
	assert.Equal(t, wire.ReasonQueueTimeout, cdr.MainReason)
	assert.Equal(t, wire.CloseTimer, cdr.CloseBy)
	assert.Zero(t, cdr.AnswerAt)
}

func TestOverflow(t *testing.T) {
	w := newWorld(t, func(a *config.App) {
		a.SkillGroups[0].QueueTimeout = 100 * time.Millisecond
		a.SkillGroups[0].Overflow = "support"
	})
	a := w.agent("agent4@demo")
	w.rings(sales)
	a.await(wire.EventCallIn, nil)
}

func TestFullQueueRefuses(t *testing.T) {
	w := newWorld(t, func(a *config.App) { a.SkillGroups[0].QueueLimit = 0 })
	caller := w.rings(sales)
	assert.Equal(t, 486, w.awaitKind(caller, sip.Ended).Code)
	assert.Equal(t, wire.ReasonQueueFull, w.cdrs(1)[0].MainReason)
}

func TestUnknownNumber(t *testing.T) {
	w := newWorld(t, nil)
	assert.Equal(t, 404, w.awaitKind(w.rings("4009999999"), sip.Ended).Code)
}

func TestMenuFillsThePath(t *testing.T) {
	w := newWorld(t, nil)
	a := w.agent("agent4@demo")
	caller := w.rings(reception)
	w.awaitKind(caller, sip.Answered)
	require.NoError(t, caller.SendDigits(t.Context(), "2"))
	var in wire.CallInPhone
	a.await(wire.EventCallIn, &in)
	assert.Equal(t, []wire.PathKey{{Key: "2", Label: "Support"}}, in.IVRPath)
	assert.Equal(t, reception, in.Callee)
}

// Digits count from the answer on, also before the menu is there.
func TestDigitsBeforeTheMenu(t *testing.T) {
	w := newWorld(t, nil)
	told := make(chan struct{})
	w.wrap = func(p Phone) Phone { return slowPhone{p, told} }
	a := w.agent("agent4@demo")
	caller := w.rings(reception)
	w.awaitKind(caller, sip.Answered)
	require.NoError(t, caller.SendDigits(t.Context(), "2"))
	a.ok(wire.MethodPing, wire.Empty{})
	close(told)
	var in wire.CallInPhone
	a.await(wire.EventCallIn, &in)
	assert.Equal(t, []wire.PathKey{{Key: "2", Label: "Support"}}, in.IVRPath)
}

func TestMenuGivesUp(t *testing.T) {
	w := newWorld(t, func(a *config.App) {
		a.IVRs[0].Prompt, a.IVRs[0].Invalid = "builtin:invalid", "builtin:invalid"
		a.IVRs[0].Timeout, a.IVRs[0].Repeat = 50*time.Millisecond, 1
	})
	w.awaitKind(w.rings(reception), sip.Ended)
	assert.Equal(t, wire.CloseTimer, w.cdrs(1)[0].CloseBy)
}

func TestOutboundCall(t *testing.T) {
	w := newWorld(t, nil)
	a := w.agent("agent1@demo")
	var res wire.CallResponse
	require.NoError(t, json.Unmarshal(a.ok(wire.MethodCallStart,
		wire.StartCallParams{PhoneNumber: "10086", UUI: "order 5", PhoneDesc: "Ms Li"}), &res))
	assert.Equal(t, wire.CallResponse{
		SessionID: res.SessionID, Callee: "10086", Caller: sales, ServerType: wire.StaffSeat,
		CalleeLocation: "Service number",
	}, res)
	out := a.await(wire.EventCallOuted, nil)
	assert.Equal(t, "Ms Li", out.Session.Title)
	a.status(wire.StatusBusy)

	callee := w.awaitCall()
	assert.Equal(t, "10086", callee.To())
	assert.Equal(t, sales, callee.From())
	assert.Equal(t, res.SessionID, callee.Header("X-Session-ID"))
	assert.Equal(t, "order 5", callee.Header("User-to-User"))
	require.NoError(t, callee.Ring())
	require.NoError(t, callee.Answer())
	a.await(wire.EventCalloutAccepted, nil)
	a.ok(wire.MethodCallDigits, wire.DigitsParams{SessionID: res.SessionID, DTMFText: "1#"})
	assert.Equal(t, byte('1'), w.awaitKind(callee, sip.Digit).Digit)
	assert.Equal(t, byte('#'), w.awaitKind(callee, sip.Digit).Digit)
	require.NoError(t, callee.Hangup())
	var ended wire.SessionEnded
	a.await(wire.EventSessionEnded, &ended)
	assert.Equal(t, wire.CloseClient, ended.CloseBy)
	assert.Equal(t, "order 5", w.cdrs(1)[0].UUI)
}

// TestExtension calls a number as it stands in a contract and asks for the
// extension there.
func TestExtension(t *testing.T) {
	w := newWorld(t, nil)
	a := w.agent(user1)
	var res wire.CallResponse
	require.NoError(t, json.Unmarshal(a.ok(wire.MethodCallStart,
		wire.StartCallParams{PhoneNumber: "\u202d（0755）8376–5566 转 80\u202c"}), &res))
	assert.Equal(t, "075583765566", res.Callee)
	callee := w.awaitCall()
	assert.Equal(t, "075583765566", callee.To())
	require.NoError(t, callee.Ring())
	require.NoError(t, callee.Answer())
	a.await(wire.EventCalloutAccepted, nil)
	assert.Equal(t, byte('8'), w.awaitKind(callee, sip.Digit).Digit)
	assert.Equal(t, byte('0'), w.awaitKind(callee, sip.Digit).Digit)
	a.ok(wire.MethodCallHangup, wire.SessionParams{SessionID: res.SessionID})
}

func TestEveryOutboundFailureHasItsReason(t *testing.T) {
	w := newWorld(t, nil)
	a := w.agent("agent1@demo")
	for code, want := range map[int]string{
		486: wire.ReasonBusy, 480: wire.ReasonNoAnswer, 603: wire.ReasonDeclined, 404: wire.ReasonUnreachable,
		403: wire.ReasonRejectedTrunk,
	} {
		a.ok(wire.MethodCallStart, wire.StartCallParams{PhoneNumber: "10000"})
		require.NoError(t, w.awaitCall().Reject(code, ""))
		var ended wire.SessionEnded
		a.await(wire.EventSessionEnded, &ended)
		assert.Equal(t, wire.CloseAdmin, ended.CloseBy)
		assert.Equal(t, want, ended.MainReason, "%d", code)
		assert.Contains(t, ended.SubReason, strconv.Itoa(code))
		a.status(wire.StatusFree)
	}
}

func TestAgentCancelsAnOutboundCall(t *testing.T) {
	w := newWorld(t, nil)
	a := w.agent("agent1@demo")
	var res wire.CallResponse
	require.NoError(t, json.Unmarshal(a.ok(wire.MethodCallStart, wire.StartCallParams{PhoneNumber: "10001"}), &res))
	callee := w.awaitCall()
	require.NoError(t, callee.Ring())
	a.ok(wire.MethodCallHangup, session1(res.SessionID))
	w.awaitKind(callee, sip.Ended)
	var ended wire.SessionEnded
	a.await(wire.EventSessionEnded, &ended)
	assert.Equal(t, wire.CloseSeat, ended.CloseBy)
}

func TestHoldMuteAndTwoCalls(t *testing.T) {
	w := newWorld(t, nil)
	a := w.agent("agent1@demo")
	w.rings(sales)
	var in wire.CallInPhone
	a.await(wire.EventCallIn, &in)
	first := session1(in.SessionID)
	a.fails(wire.MethodCallHold, first, wire.ErrSessionState)
	a.ok(wire.MethodCallAccept, first)

	a.ok(wire.MethodCallMute, first)
	assert.True(t, a.await(wire.EventSessionUpdated, nil).Session.Muted)
	a.ok(wire.MethodCallUnmute, first)
	a.ok(wire.MethodCallHold, first)
	a.ok(wire.MethodCallHold, first) // again: done already
	a.ok(wire.MethodCallUnhold, first)

	var res wire.CallResponse
	require.NoError(t, json.Unmarshal(a.ok(wire.MethodCallStart, wire.StartCallParams{PhoneNumber: "10086"}), &res))
	a.until("the first call to be held", func() bool { return a.last(in.SessionID).State == wire.StateHeld })
	require.NoError(t, w.awaitCall().Answer())
	a.await(wire.EventCalloutAccepted, nil)
	a.ok(wire.MethodCallUnhold, first)
	a.until("the second call to be held", func() bool { return a.last(res.SessionID).State == wire.StateHeld })
	a.ok(wire.MethodCallHangup, session1(res.SessionID))
	a.status(wire.StatusBusy)
	a.ok(wire.MethodCallHangup, first)
	a.status(wire.StatusFree)
}

// last is what the page was shown of a session last.
func (p *page) last(id string) wire.Session {
	for i := len(p.events) - 1; i >= 0; i-- {
		if s := p.events[i].Session; s != nil && s.SessionID == id {
			return *s
		}
	}
	return wire.Session{}
}

func TestBadOptionsChangeNothing(t *testing.T) {
	w := newWorld(t, nil)
	a := w.agent("agent1@demo")
	for _, c := range []struct {
		params map[string]any
		want   *wire.Error
		field  string
	}{
		{map[string]any{}, wire.ErrInvalidOptions, "phoneNumber"},
		{map[string]any{"phoneNumber": 5}, wire.ErrInvalidOptions, "phoneNumber"},
		{map[string]any{"phoneNumber": "abc"}, wire.ErrNumberInvalid, "phoneNumber"},
		{map[string]any{"phoneNumber": "138****8000"}, wire.ErrNumberInvalid, "phoneNumber"},
		{map[string]any{"phoneNumber": "10086", "callerPhoneNumber": "400****001"}, wire.ErrNumberInvalid,
			"callerPhoneNumber"},
		{map[string]any{"phoneNumber": "1\r\nVia: x"}, wire.ErrNumberInvalid, "phoneNumber"},
		{map[string]any{"phoneNumber": "10086", "callerPhoneNumber": "555"}, wire.ErrNoCallerNumber,
			"callerPhoneNumber"},
		{map[string]any{"phoneNumber": "10086", "skillGroupId": "nobody"}, wire.ErrInvalidOptions, "skillGroupId"},
		{map[string]any{"phoneNumber": "10086", "servingNumberGroupIds": []string{"x"}}, wire.ErrNoCallerNumber,
			"servingNumberGroupIds"},
		{map[string]any{"phoneNumber": "10086", "phoneEncodeType": "x"}, wire.ErrInvalidOptions, "phoneEncodeType"},
	} {
		assert.Equal(t, c.field, a.fails(wire.MethodCallStart, c.params, c.want).Field, "%v", c.params)
	}
	a.fails(wire.MethodCallAccept, session1("nonsense"), wire.ErrSessionNotFound)
	a.fails(wire.MethodSetStatus, wire.SetStatusParams{Status: "busy"}, wire.ErrInvalidStatus)
	a.fails(wire.MethodSetStatus, wire.SetStatusParams{Status: "rest", RestReason: "nap"}, wire.ErrInvalidBreakReason)
	a.fails("no.such", nil, wire.ErrMessage)
	a.fails(wire.MethodMediaOffer, wire.OfferParams{}, wire.ErrInvalidOptions)
	assert.Equal(t, wire.StatusFree, a.login.State.Status)
	a.ok(wire.MethodPing, nil)
}

func TestAgentsSeeOnlyTheirOwnSessions(t *testing.T) {
	w := newWorld(t, nil)
	a, b := w.agent("agent1@demo"), w.agent("agent4@demo")
	w.rings(sales)
	var in wire.CallInPhone
	a.await(wire.EventCallIn, &in)
	for _, m := range []string{wire.MethodCallAccept, wire.MethodCallHangup, wire.MethodCallMute, wire.MethodCallHold,
		wire.MethodCallDelete} {
		b.fails(m, session1(in.SessionID), wire.ErrSessionNotFound)
	}
	a.ok(wire.MethodCallAccept, session1(in.SessionID))
}

func TestRepeatedCommandIsDoneOnce(t *testing.T) {
	w := newWorld(t, nil)
	a := w.agent("agent1@demo")
	first := a.keyed(wire.MethodCallStart, wire.StartCallParams{PhoneNumber: "10086"}, "key")
	again := a.keyed(wire.MethodCallStart, wire.StartCallParams{PhoneNumber: "10086"}, "key")
	require.Nil(t, first.Error)
	assert.Equal(t, first.Result, again.Result)
	w.awaitCall()
	live, err := w.center.Sessions(t.Context(), app)
	require.NoError(t, err)
	assert.Len(t, live, 1)
}

func TestStatusAskedForInACallAndAfterCallWork(t *testing.T) {
	w := newWorld(t, func(a *config.App) { a.AfterCall = 300 * time.Millisecond })
	a := w.agent("agent1@demo")
	w.rings(sales)
	var in wire.CallInPhone
	a.await(wire.EventCallIn, &in)
	a.ok(wire.MethodCallAccept, session1(in.SessionID))
	a.ok(wire.MethodSetStatus, wire.SetStatusParams{Status: "rest", RestReason: "lunch"})
	var s wire.StatusChanged
	a.await(wire.EventStatusChanged, nil) // busy
	a.await(wire.EventStatusChanged, &s)
	assert.Equal(t, wire.StatusBusy, s.Status)
	assert.Equal(t, &wire.PendingStatus{Status: wire.StatusRest, RestReason: "Lunch"}, s.Pending)
	a.ok(wire.MethodCallHangup, session1(in.SessionID))
	a.await(wire.EventStatusChanged, &s)
	assert.Equal(t, wire.StatusArrange, s.Status)
	assert.NotZero(t, s.Deadline)
	a.await(wire.EventStatusChanged, &s)
	assert.Equal(t, wire.StatusRest, s.Status)
}

func TestRestartKeepsStatusAndEndsCallsWithAReason(t *testing.T) {
	w := newWorld(t, nil)
	a, b := w.agent("agent1@demo"), w.agent("agent2@demo")
	b.ok(wire.MethodSetStatus, wire.SetStatusParams{Status: "rest", RestReason: "Lunch"})
	w.rings(sales)
	var in wire.CallInPhone
	a.await(wire.EventCallIn, &in)
	a.ok(wire.MethodCallAccept, session1(in.SessionID))

	// The process dies: what the store has is all that is left.
	ctx, cancel := context.WithTimeout(context.Background(), patient)
	defer cancel()
	require.NoError(t, w.store.Flush(ctx))
	dead := w.center
	require.NoError(t, dead.do(ctx, func() {
		for id, call := range dead.calls {
			require.NoError(t, call.Close("", "", "", time.Now())) // says nothing to anybody
			call.stopTimers()
			require.NoError(t, call.line.Hangup())
			delete(dead.calls, id)
		}
	}))
	require.NoError(t, w.store.Close(ctx))
	w.open(ctx, slog.New(slog.DiscardHandler))
	require.NoError(t, dead.Close(ctx))

	cdr := w.cdrs(1)[0]
	assert.Equal(t, wire.ReasonGatewayRestart, cdr.MainReason)
	assert.Equal(t, wire.CloseAdmin, cdr.CloseBy)
	again := w.loginAs("agent1@demo", &wire.Resume{Epoch: a.login.Epoch, Seq: 1})
	assert.False(t, again.login.Resumed)
	assert.Equal(t, wire.StatusFree, again.login.State.Status)
	var ended wire.SessionEnded
	again.await(wire.EventSessionEnded, &ended)
	assert.Equal(t, in.SessionID, ended.SessionID)
	assert.Equal(t, wire.ReasonGatewayRestart, ended.MainReason)
	resting := w.loginAs("agent2@demo", &wire.Resume{Epoch: "x"})
	assert.Equal(t, wire.StatusRest, resting.login.State.Status)
	fresh := w.loginAs("agent2@demo", nil)
	assert.Equal(t, wire.StatusFree, fresh.login.State.Status, "only a log-in that resumes keeps the status")
}

func TestResumeBringsWhatWasMissed(t *testing.T) {
	w := newWorld(t, nil)
	a := w.agent("agent1@demo")
	a.seat.Lost()
	w.rings(support) // nobody is there; and agent1, who is away, is not asked
	again := w.loginAs("agent1@demo", &wire.Resume{Epoch: a.login.Epoch, Seq: a.login.Seq})
	assert.True(t, again.login.Resumed)
	assert.Equal(t, a.login.Epoch, again.login.Epoch)

	w.rings(sales)
	var in wire.CallInPhone
	again.await(wire.EventCallIn, &in)
	seq := again.login.Seq
	again.seat.Lost()
	third := w.loginAs("agent1@demo", &wire.Resume{Epoch: again.login.Epoch, Seq: seq})
	third.await(wire.EventCallIn, &in)
	require.Len(t, third.login.Sessions, 1)
	assert.Equal(t, wire.StateRinging, third.login.Sessions[0].State)
	third.ok(wire.MethodCallAccept, session1(in.SessionID))
}

func TestAnotherMachineKicksTheFirst(t *testing.T) {
	w := newWorld(t, nil)
	a := w.agent("agent1@demo")
	b := w.loginFrom("agent1@demo", "tab", "elsewhere", nil)
	a.until("the kick", func() bool { return a.kicked != nil })
	assert.Equal(t, "replaced", a.kicked.Reason)
	a.fails(wire.MethodPing, nil, wire.ErrKickedOut)
	b.ok(wire.MethodPing, nil)
}

func TestAgentThatDoesNotComeBack(t *testing.T) {
	w := newWorld(t, func(a *config.App) { a.Grace = 200 * time.Millisecond })
	a, b := w.agent("agent1@demo"), w.agent("agent2@demo")
	caller := w.rings(sales)
	var in, next wire.CallInPhone
	a.await(wire.EventCallIn, &in)
	a.ok(wire.MethodCallAccept, session1(in.SessionID))
	w.awaitKind(caller, sip.Answered)
	a.seat.Lost()
	b.await(wire.EventCallIn, &next)
	assert.Equal(t, in.SessionID, next.SessionID, "the customer is not lost")
	b.ok(wire.MethodCallAccept, session1(in.SessionID))
	back := w.loginAs("agent1@demo", nil)
	assert.Equal(t, wire.StatusFree, back.login.State.Status)
	assert.Empty(t, back.login.Sessions)
}

func TestAnotherMachineIsRefused(t *testing.T) {
	w := newWorld(t, func(a *config.App) { a.SecondLogin = config.RefuseLogin })
	a := w.agent("agent1@demo")
	_, err := w.center.Login(t.Context(), Login{App: app, UserID: "agent1@demo", Tab: "tab", Device: "elsewhere"}, a)
	require.ErrorIs(t, err, wire.ErrLoggedInElsewhere)
	w.loginFrom("agent1@demo", "second tab", "here", nil)
	a.ok(wire.MethodPing, nil)
}

func TestTabsMirrorAndTakeOver(t *testing.T) {
	w := newWorld(t, nil)
	a := w.agent("agent1@demo")
	a.ok(wire.MethodSetStatus, wire.SetStatusParams{Status: "notReady"})
	b := w.loginFrom("agent1@demo", "second", "here", nil)
	assert.Equal(t, wire.StatusNotReady, b.login.State.Status, "a second tab changes nothing")
	b.ok(wire.MethodSetStatus, wire.SetStatusParams{Status: "free"})
	a.status(wire.StatusFree)

	caller := w.rings(sales)
	var in wire.CallInPhone
	a.await(wire.EventCallIn, nil)
	b.await(wire.EventCallIn, &in)
	b.ok(wire.MethodCallAccept, session1(in.SessionID))
	a.await(wire.EventUserAccessed, nil)
	a.seat.Lost()
	b.ok(wire.MethodMediaOffer, wire.OfferParams{SDP: "a=fingerprint:second\n"})
	b.ok(wire.MethodCallHold, session1(in.SessionID))
	b.seat.Logout()
	w.agent("agent2@demo").await(wire.EventCallIn, nil) // the last tab is gone: the customer is back in the queue
	require.NoError(t, caller.Hangup())
}

func TestCalledPartyDoesNotAnswer(t *testing.T) {
	w := newWorld(t, func(a *config.App) { a.DialTimeout = 200 * time.Millisecond })
	a := w.agent("agent1@demo")
	a.ok(wire.MethodCallStart, wire.StartCallParams{PhoneNumber: "10001"})
	callee := w.awaitCall()
	require.NoError(t, callee.Ring())
	var ended wire.SessionEnded
	a.await(wire.EventSessionEnded, &ended)
	assert.Equal(t, wire.CloseAdmin, ended.CloseBy)
	assert.Equal(t, wire.ReasonNoAnswer, ended.MainReason)
	w.awaitKind(callee, sip.Ended)
}
