package center

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/gateway/config"
	"tccc/gateway/session"
	"tccc/wire"
)

func TestCustomersWaitAndLearnTheirPlace(t *testing.T) {
	w := newWorld(t, func(a *config.App) { a.Chat.Greeting = ""; a.Agents[0].MaxChats = 1 })
	una, ben := w.customer("una"), w.customer("ben")
	first := una.start(salesGroup, "")
	assert.Equal(t, 1, first.Position)
	assert.Equal(t, "1", una.notice(wire.NoticeQueued).Text)
	second := ben.start(salesGroup, "")
	assert.Equal(t, 2, second.Position)
	w.rings(sales) // a call is not before them

	p := w.agent("agent1@demo")
	in := p.await(wire.EventCallIn, nil)
	require.Equal(t, first.SessionID, in.Session.SessionID, "the longest wait first")
	ben.until("the first place", wire.VisitorNotifySession, func(text jsonText) bool { return place(text) == 1 })
	p.ok(wire.MethodChatAccept, session1(first.SessionID))
	p.ok(wire.MethodChatEnd, session1(first.SessionID))
	assert.NotEqual(t, first.SessionID, p.await(wire.EventCallIn, nil).Session.SessionID)
}

func TestAChatRingsOnAndTimesOut(t *testing.T) {
	w := newWorld(t, func(a *config.App) {
		a.SkillGroups[0].RingTimeout, a.SkillGroups[0].QueueTimeout = 100*time.Millisecond, 3*time.Second
	})
	p1, p2 := w.loginAs("agent1@demo", nil), w.loginAs("agent2@demo", nil)
	k := w.customer("una")
	s := k.start(salesGroup, "hello?")
	p1.await(wire.EventCallIn, nil)
	p1.await(wire.EventAutoTransfer, nil)
	p2.await(wire.EventCallIn, nil)
	p2.await(wire.EventAutoTransfer, nil)
	ended := k.state(wire.VisitorEnded)
	assert.Equal(t, wire.CloseTimer, ended.CloseBy)
	assert.Equal(t, wire.ReasonQueueTimeout, ended.MainReason)
	k.notice(wire.NoticeNobody)
	k.notice(wire.NoticeEnded)
	cdr := w.cdrs(1)[0]
	assert.Equal(t, s.SessionID, cdr.SessionID)
	assert.Zero(t, cdr.AnswerAt)
	assert.Empty(t, p1.liveOnes(), "nothing is left at the agents")
}

func TestAFullQueueOverflowsToAGroupThatTakesChats(t *testing.T) {
	w := newWorld(t, func(a *config.App) {
		a.SkillGroups[0].QueueLimit, a.SkillGroups[0].Overflow = 0, "support"
		a.Chat.Greeting = ""
	})
	p := w.loginAs("agent4@demo", nil)
	k := w.customer("una")
	s := k.start(salesGroup, "")
	assert.Equal(t, s.SessionID, p.takes())

	w2 := newWorld(t, func(a *config.App) {
		a.SkillGroups[0].QueueLimit, a.SkillGroups[0].Overflow = 0, "support"
		a.SkillGroups[1].Types = []wire.SessionType{wire.TypePhone}
	})
	ended := w2.customer("una").start(salesGroup, "")
	assert.Equal(t, wire.VisitorEnded, ended.State)
	assert.Equal(t, wire.ReasonQueueFull, ended.MainReason)
}

func TestChatsLeaveRoomUntilTheLimit(t *testing.T) {
	w := newWorld(t, func(a *config.App) { a.Agents[0].MaxChats = 2 })
	p := w.agent("agent1@demo")
	for _, user := range []string{"a", "b", "c"} {
		w.customer(user).start(salesGroup, "")
	}
	one := p.takes()
	two := p.await(wire.EventCallIn, nil).Session.SessionID
	p.status(wire.StatusBusy)
	p.ok(wire.MethodChatAccept, session1(two))
	p.ok(wire.MethodChatEnd, session1(one))
	three := p.takes()
	p.status(wire.StatusBusy)
	p.ok(wire.MethodChatEnd, session1(two))
	p.status(wire.StatusFree)

	call := w.rings(sales)
	in := p.await(wire.EventCallIn, nil)
	require.Equal(t, wire.TypePhone, in.Session.Type, "a call beside the chat")
	p.ok(wire.MethodCallAccept, session1(in.Session.SessionID))
	p.status(wire.StatusBusy)
	w.customer("d").start(salesGroup, "")
	p.send(three, "chats go on during a call")
	require.NoError(t, call.Hangup())
	p.takes() // d, only now
}

func TestNoMoreChatsThanTheLimitAreAccepted(t *testing.T) {
	w := newWorld(t, func(a *config.App) { a.Agents[0].MaxChats = 2 })
	p := w.agent("agent1@demo")
	w.customer("a").start(salesGroup, "")
	w.customer("b").start(salesGroup, "")
	p.takes()
	second := p.await(wire.EventCallIn, nil).Session.SessionID
	changed := w.conf.Apps[0]
	changed.Agents = append([]config.Agent{}, changed.Agents...)
	changed.Agents[0].MaxChats = 1
	require.NoError(t, w.center.Reconfigure(t.Context(), changed))
	p.fails(wire.MethodChatAccept, session1(second), wire.ErrTooManySessions)
}

func TestAgentsWithoutRoomTakeCallsOnly(t *testing.T) {
	w := newWorld(t, func(a *config.App) { a.Agents[0].MaxChats = 0 })
	p := w.agent("agent1@demo")
	k := w.customer("una")
	k.start(salesGroup, "")
	k.notice(wire.NoticeQueued)
	w.rings(sales)
	assert.Equal(t, wire.TypePhone, p.await(wire.EventCallIn, nil).Session.Type)
}

func TestADeclinedChatWaitsForTheNext(t *testing.T) {
	w := newWorld(t, nil)
	p1 := w.loginAs("agent1@demo", nil)
	k := w.customer("una")
	s := k.start(salesGroup, "")
	p1.await(wire.EventCallIn, nil)
	p1.ok(wire.MethodChatEnd, session1(s.SessionID))
	p1.await(wire.EventSessionEnded, nil)
	k.state(wire.VisitorQueued)
	p2 := w.loginAs("agent2@demo", nil)
	assert.Equal(t, s.SessionID, p2.takes())
}

func TestStartingAgainGivesTheOpenChat(t *testing.T) {
	w := newWorld(t, nil)
	k := w.customer("una")
	s := k.start(salesGroup, "once")
	again := k.start("", "twice")
	assert.Equal(t, s.SessionID, again.SessionID)
	assert.NotContains(t, lines(k.messages(s.SessionID)), "client: twice")

	start := func(who session.Customer, p wire.VisitorStartParams) error {
		_, err := w.center.StartVisit(t.Context(), app, who, p)
		return err
	}
	ben := session.Customer{UserID: "ben"}
	assert.ErrorIs(t, start(ben, wire.VisitorStartParams{Type: wire.TypeIM, SkillGroupID: "nobody"}),
		wire.ErrGroupUnknown)
	assert.ErrorIs(t, start(ben, wire.VisitorStartParams{Type: "fax"}), wire.ErrInvalidOptions)
	assert.ErrorIs(t, start(session.Customer{}, wire.VisitorStartParams{Type: wire.TypeIM}), wire.ErrInvalidOptions)
	assert.ErrorIs(t, start(ben, wire.VisitorStartParams{Type: wire.TypeIM,
		Text: string(make([]byte, wire.MessageTextMost+1))}), wire.ErrMessageInvalid)
	last, err := w.center.Visit(t.Context(), app, "ben")
	require.NoError(t, err)
	assert.Nil(t, last)
}

func TestAnAgentWhoIsLostLosesTheChatToTheQueue(t *testing.T) {
	w := newWorld(t, func(a *config.App) { a.Grace = 200 * time.Millisecond })
	p1 := w.loginAs("agent1@demo", nil)
	k := w.customer("una")
	s := k.start(salesGroup, "hello")
	p1.takes()
	ben := w.customer("ben")
	p1.seat.Lost()
	waits := ben.start(salesGroup, "")
	k.state(wire.VisitorQueued)
	k.say(s.SessionID, "still there?")
	p2 := w.loginAs("agent2@demo", nil)
	first := p2.await(wire.EventCallIn, nil).Session
	assert.Equal(t, s.SessionID, first.SessionID, "who had somebody is first")
	assert.Equal(t, waits.SessionID, p2.await(wire.EventCallIn, nil).Session.SessionID)
	p2.ok(wire.MethodChatAccept, session1(s.SessionID))
	assert.Contains(t, lines(k.messages(s.SessionID)), "client: still there?")
}
