package center

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/gateway/config"
	"tccc/wire"
)

func supervised(a *config.App) { a.Agents[4].Supervisor = true }

func TestSupervisorTakesPart(t *testing.T) {
	w := newWorld(t, supervised)
	a, b, s := w.agent(user1), w.agent(user4), w.agent(user5)
	s.fails(wire.MethodCallListen, session1("nonsense"), wire.ErrSessionNotFound)
	id, customer := w.answers(a)
	b.fails(wire.MethodCallListen, session1(id), wire.ErrForbidden)

	var list wire.ColleaguesResult
	require.NoError(t, json.Unmarshal(s.ok(wire.MethodColleagues, nil), &list))
	assert.Equal(t, id, list.Agents[0].SessionID, "supervisors see what they can listen to")
	var others wire.ColleaguesResult
	require.NoError(t, json.Unmarshal(b.ok(wire.MethodColleagues, nil), &others))
	assert.Empty(t, others.Agents[0].SessionID)

	a.ok(wire.MethodPing, nil)
	before := a.count()
	s.ok(wire.MethodCallListen, session1(id))
	s.state(id, wire.StateTalking)
	assert.Equal(t, wire.MonitorListen, s.seen(id).Monitor)
	s.status(wire.StatusBusy)
	s.ok(wire.MethodCallWhisper, session1(id))
	s.until("whispering", func() bool { return s.last(id).Monitor == wire.MonitorWhisper })
	s.ok(wire.MethodCallBarge, session1(id))
	s.until("barging in", func() bool { return s.last(id).Monitor == wire.MonitorBarge })
	s.fails(wire.MethodCallTransfer, toUser(id, user4), wire.ErrForbidden)
	a.ok(wire.MethodPing, nil)
	assert.Equal(t, before, a.count(), "the agent is not told")

	// The session goes on without the supervisor, whom it had before.
	s.ok(wire.MethodCallHangup, session1(id))
	assert.Equal(t, wire.CloseSeat, s.ended().CloseBy)
	s.status(wire.StatusFree)
	a.ok(wire.MethodCallMute, session1(id))
	s.ok(wire.MethodCallListen, session1(id))
	a.ok(wire.MethodCallHold, session1(id))
	a.ok(wire.MethodCallUnhold, session1(id))

	// It is the session that is listened to, whoever has it.
	a.ok(wire.MethodCallTransfer, toUser(id, user4))
	b.await(wire.EventCallIn, nil)
	b.ok(wire.MethodCallAccept, session1(id))
	a.ended()
	assert.Equal(t, wire.StateTalking, s.seen(id).State)
	require.NoError(t, customer.Hangup())
	assert.Equal(t, wire.CloseClient, s.ended().CloseBy)
	b.ended()
	s.status(wire.StatusFree)
	assert.Len(t, w.cdrs(1)[0].Rings, 2, "supervisors are not rung")
}

// count is how many events the page has had.
func (p *page) count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.events)
}

func TestSupervisorNeedsAConversation(t *testing.T) {
	w := newWorld(t, supervised)
	a, s := w.agent(user1), w.agent(user5)
	var res wire.CallResponse
	require.NoError(t, json.Unmarshal(a.ok(wire.MethodCallStart, wire.StartCallParams{PhoneNumber: "10086"}), &res))
	s.fails(wire.MethodCallListen, session1(res.SessionID), wire.ErrSessionState)
	require.NoError(t, w.awaitCall().Answer())
	a.await(wire.EventCalloutAccepted, nil)
	s.ok(wire.MethodCallListen, session1(res.SessionID))
	s.seat.Logout()
	a.ok(wire.MethodCallHangup, session1(res.SessionID))

	back := w.agent(user5)
	id := back.calls(user1)
	a.until("the call", func() bool { return a.last(id).State == wire.StateRinging })
	a.ok(wire.MethodCallAccept, session1(id))
	back.fails(wire.MethodCallBarge, session1(id), wire.ErrSessionState)
}
