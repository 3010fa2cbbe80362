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

const user1, user2, user3, user4, user5 = "agent1@demo", "agent2@demo", "agent3@demo", "agent4@demo", "agent5@demo"

// calls starts an internal call and gives its session id.
func (p *page) calls(user string) string {
	p.t.Helper()
	var res wire.InternalCallResponse
	require.NoError(p.t, json.Unmarshal(p.ok(wire.MethodCallInternal, wire.InternalCallParams{CalleeUserID: user}),
		&res))
	assert.Equal(p.t, wire.InternalCallResponse{SessionID: res.SessionID, CalleeUserID: user,
		ServerType: wire.StaffSeat}, res)
	return res.SessionID
}

// ended gives the next end of a session that the page is told.
func (p *page) ended() (e wire.SessionEnded) {
	p.t.Helper()
	p.await(wire.EventSessionEnded, &e)
	return e
}

func (p *page) state(id string, want wire.SessionState) {
	p.t.Helper()
	p.until(id+" to be "+string(want), func() bool { return p.last(id).State == want })
}

func TestInternalCall(t *testing.T) {
	w := newWorld(t, func(a *config.App) { a.AfterCall = time.Minute })
	a, b := w.agent(user1), w.agent(user4)
	id := a.calls(user4)

	var out wire.CallOuted
	e := a.await(wire.EventCallOuted, &out)
	assert.Equal(t, wire.CallOuted{SessionID: id, PeerUserID: user4}, out)
	assert.Equal(t, wire.StateDialing, e.Session.State)
	assert.Equal(t, wire.TypeInternal, e.Session.Type)
	assert.Equal(t, user4, e.Session.PeerUserID)
	var in wire.CallInInternal
	e = b.await(wire.EventCallIn, &in)
	assert.Equal(t, wire.CallInInternal{SessionID: id, Type: wire.TypeInternal, Timeout: 12, PeerUserID: user1}, in)
	assert.Equal(t, wire.StateRinging, e.Session.State)
	assert.Equal(t, wire.Inbound, e.Session.Direction)
	a.status(wire.StatusBusy)
	b.status(wire.StatusBusy)
	a.fails(wire.MethodCallAccept, session1(id), wire.ErrSessionState)

	b.ok(wire.MethodCallAccept, session1(id))
	a.await(wire.EventCalloutAccepted, nil)
	b.await(wire.EventUserAccessed, nil)
	a.fails(wire.MethodCallDigits, wire.DigitsParams{SessionID: id, DTMFText: "1"}, wire.ErrSessionState)
	a.fails(wire.MethodCallTransfer, wire.TransferParams{SessionID: id, UserID: user2}, wire.ErrSessionState)

	b.ok(wire.MethodCallMute, session1(id))
	b.until("mute", func() bool { return b.last(id).Muted })
	b.ok(wire.MethodCallHold, session1(id))
	b.state(id, wire.StateHeld)
	assert.Equal(t, wire.StateTalking, a.seen(id).State, "each side holds for itself")
	a.ok(wire.MethodCallHold, session1(id))
	b.ok(wire.MethodCallUnhold, session1(id))
	a.ok(wire.MethodCallUnhold, session1(id))

	live, err := w.center.Sessions(t.Context(), app)
	require.NoError(t, err)
	assert.Len(t, live, 1, "one session, whoever sees it")

	b.ok(wire.MethodCallHangup, session1(id))
	end := b.ended()
	assert.Equal(t, wire.CloseSeat, end.CloseBy)
	assert.Equal(t, wire.TypeInternal, end.Type)
	assert.Equal(t, wire.CloseClient, a.ended().CloseBy, "the other side is the client")
	a.status(wire.StatusFree)
	b.status(wire.StatusFree)
	cdr := w.cdrs(1)[0]
	assert.Equal(t, wire.TypeInternal, cdr.Type)
	assert.Equal(t, user1, cdr.Caller)
	assert.Equal(t, user4, cdr.Callee)
	assert.Equal(t, user1, cdr.UserID)
	assert.Equal(t, "answered", cdr.Rings[0].Result)
	assert.Equal(t, wire.CloseClient, cdr.CloseBy)
	a.ok(wire.MethodCallDelete, session1(id))
	b.ok(wire.MethodCallDelete, session1(id))
}

func TestInternalCallerHangsUp(t *testing.T) {
	w := newWorld(t, nil)
	a, b := w.agent(user1), w.agent(user2)
	id := a.calls(user2)
	b.await(wire.EventCallIn, nil)
	a.ok(wire.MethodCallHangup, session1(id))
	assert.Equal(t, wire.CloseSeat, a.ended().CloseBy)
	assert.Equal(t, wire.CloseClient, b.ended().CloseBy)
	b.fails(wire.MethodCallAccept, session1(id), wire.ErrSessionState)

	id = a.calls(user2)
	b.await(wire.EventCallIn, nil)
	b.ok(wire.MethodCallAccept, session1(id))
	a.ok(wire.MethodCallHangup, session1(id))
	assert.Equal(t, wire.CloseSeat, a.ended().CloseBy)
	assert.Equal(t, wire.CloseClient, b.ended().CloseBy)
}

func TestInternalCallIsNotTaken(t *testing.T) {
	w := newWorld(t, func(a *config.App) { a.SkillGroups[0].RingTimeout = 300 * time.Millisecond })
	a, b := w.agent(user1), w.agent(user2)
	a.calls(user2)
	missed := b.ended()
	assert.Equal(t, wire.CloseTimer, missed.CloseBy)
	assert.Equal(t, wire.ReasonNoAnswer, missed.MainReason)
	end := a.ended()
	assert.Equal(t, wire.CloseAdmin, end.CloseBy)
	assert.Equal(t, wire.ReasonNoAnswer, end.MainReason)
	a.status(wire.StatusFree)
	b.status(wire.StatusFree)
	assert.Equal(t, "noAnswer", w.cdrs(1)[0].Rings[0].Result)
}

func TestInternalCallIsDeclined(t *testing.T) {
	w := newWorld(t, nil)
	a, b := w.agent(user1), w.agent(user2)
	id := a.calls(user2)
	b.await(wire.EventCallIn, nil)
	b.ok(wire.MethodCallHangup, session1(id))
	assert.Equal(t, wire.CloseSeat, b.ended().CloseBy)
	assert.Equal(t, wire.ReasonDeclined, a.ended().MainReason)

	a.calls(user2)
	b.await(wire.EventCallIn, nil)
	b.ok(wire.MethodOffline, nil)
	assert.Equal(t, wire.CloseSeat, b.ended().CloseBy)
	assert.Equal(t, wire.ReasonDeclined, a.ended().MainReason)
	a.status(wire.StatusFree)
}

func TestInternalCallIsRefusedBeforeItRings(t *testing.T) {
	w := newWorld(t, nil)
	a, b := w.agent(user1), w.agent(user2)
	call := func(user string) wire.InternalCallParams { return wire.InternalCallParams{CalleeUserID: user} }
	assert.Equal(t, "calleeUserId", a.fails(wire.MethodCallInternal, call(""), wire.ErrInvalidOptions).Field)
	assert.Equal(t, "calleeUserId", a.fails(wire.MethodCallInternal, call("nobody@demo"), wire.ErrCalleeUnknown).Field)
	a.fails(wire.MethodCallInternal, call(user1), wire.ErrTargetUnavailable)
	a.fails(wire.MethodCallInternal, call(user3), wire.ErrTargetUnavailable) // not logged in
	for _, status := range []string{"rest", "notReady"} {
		b.ok(wire.MethodSetStatus, wire.SetStatusParams{Status: status})
		assert.Contains(t, a.fails(wire.MethodCallInternal, call(user2), wire.ErrTargetUnavailable).Detail, status)
	}
	b.ok(wire.MethodOffline, nil)
	a.fails(wire.MethodCallInternal, call(user2), wire.ErrTargetUnavailable)
	b.ok(wire.MethodOnline, nil)
	b.ok(wire.MethodCallStart, wire.StartCallParams{PhoneNumber: "10086"})
	a.fails(wire.MethodCallInternal, call(user2), wire.ErrTargetUnavailable) // busy
	b.fails(wire.MethodCallInternal, call(user1), wire.ErrBusyWithCall)
	a.ok(wire.MethodOffline, nil)
	a.fails(wire.MethodCallInternal, call(user2), wire.ErrAgentOffline)
	assert.Empty(t, a.seen("").SessionID)
}

func TestInternalCallEndsWithALostBrowser(t *testing.T) {
	w := newWorld(t, func(a *config.App) { a.Grace = 200 * time.Millisecond })
	a, b, c := w.agent(user1), w.agent(user2), w.agent(user4)
	id := a.calls(user2)
	b.await(wire.EventCallIn, nil)
	b.ok(wire.MethodCallAccept, session1(id))
	b.seat.Lost()
	assert.Equal(t, wire.ReasonAgentLost, a.ended().MainReason)
	a.status(wire.StatusFree)

	a.calls(user4)
	c.await(wire.EventCallIn, nil)
	c.seat.Lost() // rings on until it comes back, or does not
	assert.Equal(t, wire.ReasonAgentLost, a.ended().MainReason)

	back := w.agent(user2)
	id = a.calls(user2)
	back.await(wire.EventCallIn, nil)
	back.ok(wire.MethodCallAccept, session1(id))
	a.seat.Logout()
	assert.Equal(t, wire.ReasonAgentLost, back.ended().MainReason)
	back.status(wire.StatusFree)
}

func TestInternalCallToTheMobile(t *testing.T) {
	w := newWorld(t, func(a *config.App) { a.Agents[1].Phone = "138 0013-8000" })
	a := w.agent(user1)
	a.fails(wire.MethodCallInternal, wire.InternalCallParams{CalleeUserID: user3, UseMobile: true}, wire.ErrNoMobile)
	var res wire.InternalCallResponse
	require.NoError(t, json.Unmarshal(a.ok(wire.MethodCallInternal,
		wire.InternalCallParams{CalleeUserID: user2, UseMobile: true}), &res))
	assert.Equal(t, wire.StaffPhoneSeat, res.ServerType)
	e := a.await(wire.EventCallOuted, nil)
	assert.Equal(t, wire.TypeInternal, e.Session.Type)
	assert.Equal(t, user2, e.Session.PeerUserID)
	mobile := w.awaitCall()
	assert.Equal(t, "13800138000", mobile.To())
	require.NoError(t, mobile.Answer())
	a.await(wire.EventCalloutAccepted, nil)
	a.ok(wire.MethodCallDigits, wire.DigitsParams{SessionID: res.SessionID, DTMFText: "5"})
	assert.Equal(t, byte('5'), w.awaitKind(mobile, sip.Digit).Digit)
	require.NoError(t, mobile.Hangup())
	assert.Equal(t, wire.CloseClient, a.ended().CloseBy)
	assert.Equal(t, wire.TypeInternal, w.cdrs(1)[0].Type)
}

func TestColleagues(t *testing.T) {
	w := newWorld(t, nil)
	a := w.agent(user1)
	w.agent(user3).ok(wire.MethodSetStatus, wire.SetStatusParams{Status: "notReady"})
	w.agent(user4)
	var list wire.ColleaguesResult
	require.NoError(t, json.Unmarshal(a.ok(wire.MethodColleagues, nil), &list))
	for i := range list.Agents {
		c := &list.Agents[i]
		assert.Equal(t, c.Status == wire.StatusOffline, c.Since == 0, "%s: since when", c.UserID)
		c.Since = 0
	}
	assert.Equal(t, []wire.Colleague{
		{UserID: user2, Name: "Ben Li", StaffNo: "102", Status: wire.StatusOffline},
		{UserID: user3, Name: "Carla Chen", StaffNo: "103", Status: wire.StatusNotReady},
		{UserID: user4, Name: "David Zhao", StaffNo: "104", Status: wire.StatusFree},
		{UserID: user5, Name: "Eva Liu", StaffNo: "105", Status: wire.StatusOffline},
	}, list.Agents)
	assert.Equal(t, []wire.ColleagueGroup{
		{SkillGroupID: "sales", Name: "Sales", Online: 1},
		{SkillGroupID: "support", Name: "Support", Free: 1, Online: 2},
	}, list.Groups)
	var queues wire.QueuesResult
	require.NoError(t, json.Unmarshal(a.ok(wire.MethodQueues, nil), &queues))
	assert.Equal(t, []wire.ColleagueGroup{{SkillGroupID: "sales", Name: "Sales", Free: 1, Online: 2}}, queues.Groups,
		"the agent's own, with the agent")
}
