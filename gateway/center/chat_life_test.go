package center

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/gateway/config"
	"tccc/gateway/session"
	"tccc/gateway/store"
	"tccc/wire"
)

// chatting is a chat between an agent and a customer, who have just met.
func (w *world) chatting(agent, user string) (p *page, k *customer, id string) {
	w.t.Helper()
	p, k = w.loginAs(agent, nil), w.customer(user)
	id = k.start(salesGroup, "hello").SessionID
	require.Equal(w.t, id, p.takes())
	k.state(wire.VisitorTalking)
	return p, k, id
}

func quiet(a *config.App) { a.Chat.Greeting = "" }

func TestAMessageSentTwiceIsWrittenOnce(t *testing.T) {
	w := newWorld(t, quiet)
	p, k, id := w.chatting("agent1@demo", "una")
	say := wire.SendParams{SessionID: id, ID: "x1", Text: "once"}
	first, err := w.center.VisitorSay(t.Context(), app, "una", say)
	require.NoError(t, err)
	again, err := w.center.VisitorSay(t.Context(), app, "una", say)
	require.NoError(t, err)
	assert.Equal(t, first, again)

	var one, two wire.Message
	send := wire.SendParams{SessionID: id, ID: "y1", Text: "mine"}
	require.NoError(t, json.Unmarshal(p.ok(wire.MethodChatSend, send), &one))
	require.NoError(t, json.Unmarshal(p.ok(wire.MethodChatSend, send), &two))
	assert.Equal(t, one, two)
	p.fails(wire.MethodChatSend, wire.SendParams{SessionID: id, ID: "x1", Text: "the customer's id"},
		wire.ErrMessageInvalid)
	_, err = w.center.VisitorSay(t.Context(), app, "una",
		wire.SendParams{SessionID: id, ID: "y1", Text: "the agent's id"})
	assert.ErrorIs(t, err, wire.ErrMessageInvalid)

	p.ok(wire.MethodChatEnd, session1(id))
	k.notice(wire.NoticeEnded)
	again, err = w.center.VisitorSay(t.Context(), app, "una", say)
	require.NoError(t, err, "the answer was lost, and the chat has ended since")
	assert.Equal(t, first, again)
	require.NoError(t, json.Unmarshal(p.ok(wire.MethodChatSend, send), &two))
	assert.Equal(t, one, two)
	p.fails(wire.MethodChatSend, wire.SendParams{SessionID: id, ID: "y2", Text: "too late"}, wire.ErrSessionState)
	_, err = w.center.VisitorSay(t.Context(), app, "una", wire.SendParams{SessionID: id, ID: "x2", Text: "too late"})
	assert.ErrorIs(t, err, wire.ErrSessionState)
	assert.Equal(t, []string{"client: hello", "(accepted)", "client: once", "seat: mine", "(ended)"},
		lines(k.messages(id)))
}

func TestWhatIsNoMessage(t *testing.T) {
	w := newWorld(t, quiet)
	p, k, id := w.chatting("agent1@demo", "una")
	card := &wire.Card{Header: "h", Desc: "d", Pic: "https://x/p.png", URL: "https://x"}
	for name, s := range map[string]wire.SendParams{
		"nothing": {ID: "a"},
		"no id":   {Text: "hi"},
		"long id": {ID: strings.Repeat("x", wire.MessageIDMost+1), Text: "hi"},
		"blank":   {ID: "a", Text: " \n"},
		"long":    {ID: "a", Text: strings.Repeat("x", wire.MessageTextMost+1)},
		"two":     {ID: "a", Text: "hi", Card: card},
		"script": {ID: "a", Card: &wire.Card{Header: "h", Desc: "d", Pic: "https://x/p.png",
			URL: "javascript:alert(1)"}},
		"no header": {ID: "a", Card: &wire.Card{Desc: "d", Pic: "https://x/p.png", URL: "https://x"}},
		"empty":     {ID: "a", Order: &wire.Order{}},
		"custom":    {ID: "a", Order: &wire.Order{CustomField: strings.Repeat("x", 8<<10)}},
	} {
		s.SessionID = id
		e := p.request(wire.MethodChatSend, s).Error
		require.NotNil(t, e, name)
		assert.ErrorIs(t, e, wire.ErrMessageInvalid, name)
	}
	var m wire.Message
	require.NoError(t, json.Unmarshal(p.ok(wire.MethodChatSend, wire.SendParams{SessionID: id, ID: "c", Card: card}),
		&m))
	assert.Equal(t, wire.MessageCard, m.Type)
	order := &wire.Order{Name: "n", CustomField: []any{map[string]any{"name": "x"}}}
	require.NoError(t, json.Unmarshal(p.ok(wire.MethodChatSend, wire.SendParams{SessionID: id, ID: "o", Order: order}),
		&m))
	got := k.hears("the order", func(m *wire.Message) bool { return m.Type == wire.MessageOrder })
	assert.Equal(t, order, got.Order)
	_, err := w.center.VisitorSay(t.Context(), app, "una", wire.SendParams{SessionID: id, ID: "c2", Card: card})
	assert.ErrorIs(t, err, wire.ErrMessageInvalid)
	_, err = w.center.VisitorSay(t.Context(), app, "ben", wire.SendParams{SessionID: id, ID: "c2", Text: "not mine"})
	assert.ErrorIs(t, err, wire.ErrSessionNotFound)
	_, err = w.center.VisitorMessages(t.Context(), app, "ben", wire.MessagesParams{SessionID: id})
	assert.ErrorIs(t, err, wire.ErrSessionNotFound)
	assert.ErrorIs(t, w.center.VisitorEnd(t.Context(), app, "ben", id), wire.ErrSessionNotFound)
	p.fails(wire.MethodChatSend, wire.SendParams{SessionID: id, ID: "f", FileID: "f"}, wire.ErrNotAvailableYet)
	p.fails(wire.MethodChatUpload, wire.UploadParams{SessionID: id, Name: "n", Size: 1}, wire.ErrNotAvailableYet)
	p.fails(wire.MethodCallHold, session1(id), wire.ErrSessionState)
	p.fails(wire.MethodCallTransfer, wire.TransferParams{SessionID: id, UserID: "agent2@demo"}, wire.ErrSessionState)
	other := w.loginAs("agent2@demo", nil)
	other.fails(wire.MethodChatSend, wire.SendParams{SessionID: id, ID: "z", Text: "hi"}, wire.ErrSessionNotFound)
	other.fails(wire.MethodChatMessages, wire.MessagesParams{SessionID: id}, wire.ErrSessionNotFound)
}

func TestMarksAndTyping(t *testing.T) {
	w := newWorld(t, quiet)
	p, k, id := w.chatting("agent1@demo", "una")
	m := p.send(id, "read me")
	chat := func(ok func(c *wire.ChatUpdated) bool) {
		t.Helper()
		for {
			var c wire.ChatUpdated
			if p.await(wire.EventChatUpdated, &c); ok(&c) {
				return
			}
		}
	}
	require.NoError(t, w.center.VisitorDelivered(t.Context(), app, "una", wire.ReadParams{SessionID: id, Seq: m.Seq}))
	chat(func(c *wire.ChatUpdated) bool { return c.ClientDelivered == m.Seq && c.ClientRead == 0 })
	require.NoError(t, w.center.VisitorRead(t.Context(), app, "una", wire.ReadParams{SessionID: id, Seq: 1000}))
	chat(func(c *wire.ChatUpdated) bool { return c.ClientRead == m.Seq })
	require.NoError(t, w.center.VisitorTyping(t.Context(), app, "una", wire.TypingParams{SessionID: id, Typing: true}))
	chat(func(c *wire.ChatUpdated) bool { return c.ClientTyping })
	said := k.say(id, "here")
	assert.False(t, p.hears("here").Session.Chat.ClientTyping, "who has written types no more")
	p.ok(wire.MethodChatRead, wire.ReadParams{SessionID: id, Seq: said.Seq})
	chat(func(c *wire.ChatUpdated) bool { return c.SeatRead == said.Seq && c.Unread == 0 })
	k.until("read", wire.VisitorNotifyRead, func(text jsonText) bool {
		var r wire.ReadParams
		return json.Unmarshal(text, &r) == nil && r.Seq == said.Seq
	})
	p.ok(wire.MethodChatTyping, wire.TypingParams{SessionID: id, Typing: true})
	k.until("typing", wire.VisitorNotifyTyping, func(jsonText) bool { return true })
	k.stop()
	chat(func(c *wire.ChatUpdated) bool { return !c.ClientOnline })
	k.come()
	chat(func(c *wire.ChatUpdated) bool { return c.ClientOnline })
}

func TestMessagesAreReadInParts(t *testing.T) {
	w := newWorld(t, quiet)
	p, k, id := w.chatting("agent1@demo", "una")
	for i := range 10 {
		k.say(id, fmt.Sprint("m", i))
	}
	read := func(q wire.MessagesParams) (texts []string, more bool) {
		var r wire.MessagesResult
		q.SessionID = id
		require.NoError(t, json.Unmarshal(p.ok(wire.MethodChatMessages, q), &r))
		for _, m := range r.Messages {
			texts = append(texts, m.Text)
		}
		return texts, r.More
	}
	last, more := read(wire.MessagesParams{Limit: 2})
	assert.Equal(t, []string{"m8", "m9"}, last)
	assert.True(t, more)
	before, more := read(wire.MessagesParams{Before: 4, Limit: 10})
	assert.Equal(t, []string{"hello", "", "m0"}, before)
	assert.False(t, more)
	after, more := read(wire.MessagesParams{After: 3, Limit: 2})
	assert.Equal(t, []string{"m1", "m2"}, after)
	assert.True(t, more)
	p.fails(wire.MethodChatMessages, wire.MessagesParams{SessionID: id, Before: 1, After: 1}, wire.ErrInvalidOptions)
	p.fails(wire.MethodChatMessages, wire.MessagesParams{SessionID: id, Limit: wire.MessagesMost + 1},
		wire.ErrInvalidOptions)
	none, more := read(wire.MessagesParams{After: 500})
	assert.Empty(t, none)
	assert.False(t, more)
}

func TestALongAnswerFitsAFrame(t *testing.T) {
	w := newWorld(t, quiet)
	p, k, id := w.chatting("agent1@demo", "una")
	for range 40 {
		k.say(id, strings.Repeat("<&>", 2700)) // 8 kB, six times as much in JSON
	}
	for _, q := range []wire.MessagesParams{{SessionID: id}, {SessionID: id, After: 3}} {
		f := p.request(wire.MethodChatMessages, q)
		require.Nil(t, f.Error)
		_, err := wire.Encode(f)
		require.NoError(t, err)
		var r wire.MessagesResult
		require.NoError(t, json.Unmarshal(f.Result, &r))
		assert.True(t, r.More)
		require.NotEmpty(t, r.Messages)
		if q.After > 0 {
			assert.Equal(t, uint64(4), r.Messages[0].Seq)
		} else {
			assert.Equal(t, uint64(42), r.Messages[len(r.Messages)-1].Seq)
		}
	}
}

func TestChatsInWhichNobodyWritesEnd(t *testing.T) {
	w := newWorld(t, func(a *config.App) { quiet(a); a.Chat.IdleTimeout = 700 * time.Millisecond })
	p, k, id := w.chatting("agent1@demo", "una")
	ended := k.state(wire.VisitorEnded)
	assert.Equal(t, wire.CloseTimer, ended.CloseBy)
	assert.Equal(t, wire.ReasonIdle, ended.MainReason)
	k.notice(wire.NoticeTimeout)
	k.notice(wire.NoticeEnded)
	p.await(wire.EventSessionEnded, nil)
	assert.Equal(t, []string{"client: hello", "(accepted)", "(timeout)", "(ended)"}, lines(k.messages(id)))
}

func TestAChatEndsWhenTheCustomerStaysAway(t *testing.T) {
	w := newWorld(t, func(a *config.App) { quiet(a); a.Chat.GoneTimeout = 100 * time.Millisecond })
	p, k, id := w.chatting("agent1@demo", "una")
	k.stop()
	var ended wire.SessionEnded
	p.await(wire.EventSessionEnded, &ended)
	assert.Equal(t, wire.ReasonCustomerGone, ended.MainReason)
	assert.Equal(t, wire.CloseTimer, ended.CloseBy)
	assert.Equal(t, id, ended.SessionID)
}

func TestAChatIsHandedToAnAgent(t *testing.T) {
	w := newWorld(t, quiet)
	p1, k, id := w.chatting("agent1@demo", "una")
	p2 := w.loginAs("agent2@demo", nil)
	p1.ok(wire.MethodChatTransfer, wire.TransferParams{SessionID: id, UserID: "agent2@demo"})
	k.say(id, "who is next?")
	p1.hears("who is next?")
	p1.send(id, "a colleague")
	require.Equal(t, id, p2.takes())
	k.notice(wire.NoticeTransferred)
	var moved wire.Transferred
	p1.await(wire.EventTransfer, &moved)
	assert.Equal(t, "agent2@demo", moved.UserID)
	var ended wire.SessionEnded
	p1.await(wire.EventSessionEnded, &ended)
	assert.Equal(t, wire.CloseSeat, ended.CloseBy)
	p1.fails(wire.MethodChatSend, wire.SendParams{SessionID: id, ID: "late", Text: "late"}, wire.ErrSessionState)
	p2.send(id, "I am here")
	k.text("I am here")
	assert.Equal(t, "Ben Li", k.talksTo())
	p2.ok(wire.MethodChatEnd, session1(id))
	cdr := w.cdrs(1)[0]
	assert.Equal(t, "agent1@demo", cdr.TransferredFrom)
	assert.Equal(t, "agent2@demo", cdr.UserID)
}

// talksTo is the agent whom the customer is shown.
func (k *customer) talksTo() string {
	s, err := k.w.center.Visit(k.t.Context(), app, k.user)
	require.NoError(k.t, err)
	return s.AgentName
}

func TestATransferThatNobodyTakesComesBack(t *testing.T) {
	w := newWorld(t, func(a *config.App) {
		quiet(a)
		a.Agents[2].MaxChats = 1
		a.SkillGroups[1].QueueTimeout = 200 * time.Millisecond
		a.SkillGroups = append(a.SkillGroups,
			config.SkillGroup{ID: "phones", Types: []wire.SessionType{wire.TypePhone}, QueueLimit: 5})
	})
	p1, k, id := w.chatting("agent1@demo", "una")
	transfer := func(user, group string) *wire.Frame {
		return p1.request(wire.MethodChatTransfer,
			wire.TransferParams{SessionID: id, UserID: user, SkillGroupID: group})
	}
	assert.ErrorIs(t, transfer("", "").Error, wire.ErrTransferTarget)
	assert.ErrorIs(t, transfer("agent2@demo", "support").Error, wire.ErrTransferTarget)
	assert.ErrorIs(t, transfer("nobody", "").Error, wire.ErrCalleeUnknown)
	assert.ErrorIs(t, transfer("agent2@demo", "").Error, wire.ErrTargetUnavailable, "absent")
	assert.ErrorIs(t, transfer("", "support").Error, wire.ErrTargetUnavailable, "nobody is there")
	assert.ErrorIs(t, transfer("", "phones").Error, wire.ErrGroupUnknown)

	p3 := w.loginAs("agent3@demo", nil)
	require.Nil(t, transfer("agent3@demo", "").Error)
	p3.await(wire.EventCallIn, nil)
	p3.ok(wire.MethodChatEnd, session1(id))
	failed := func(reason string) {
		t.Helper()
		for {
			var u wire.SessionUpdated
			if p1.await(wire.EventSessionUpdated, &u); u.Reason == wire.ReasonTransferFailed {
				assert.Equal(t, reason, u.TransferFailed)
				assert.Equal(t, wire.StateTalking, u.State)
				return
			}
		}
	}
	failed(wire.ReasonDeclined)

	w.customer("ben").start("support", "") // fills agent 3
	p3.takes()
	assert.ErrorIs(t, transfer("agent3@demo", "").Error, wire.ErrTargetUnavailable, "full")
	require.Nil(t, transfer("", "support").Error)
	assert.ErrorIs(t, transfer("", "support").Error, wire.ErrSessionState, "twice")
	failed(wire.ReasonQueueTimeout)
	p1.send(id, "still with me")
	k.text("still with me")
	p1.status(wire.StatusFree)
}

func TestAnAgentWhoEndsDuringATransferLeaves(t *testing.T) {
	w := newWorld(t, quiet)
	p1, k, id := w.chatting("agent1@demo", "una")
	p2 := w.loginAs("agent2@demo", nil)
	p1.ok(wire.MethodChatTransfer, wire.TransferParams{SessionID: id, UserID: "agent2@demo"})
	p2.await(wire.EventCallIn, nil)
	p1.ok(wire.MethodChatEnd, session1(id))
	p1.await(wire.EventSessionEnded, nil)
	p2.ok(wire.MethodChatAccept, session1(id))
	p2.send(id, "taken")
	k.text("taken")
}

// restart lets the gateway's process end and another one go on.
func (w *world) restart() {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patient)
	defer cancel()
	require.NoError(w.t, w.center.Close(ctx))
	require.NoError(w.t, w.store.Close(ctx))
	w.open(w.t.Context(), slog.New(slog.DiscardHandler))
}

func TestChatsGoOnAfterARestart(t *testing.T) {
	w := newWorld(t, func(a *config.App) { quiet(a); a.Agents[0].MaxChats = 1 })
	p, una, id := w.chatting("agent1@demo", "una")
	p.send(id, "one")
	said := una.say(id, "two")
	p.ok(wire.MethodChatRead, wire.ReadParams{SessionID: id, Seq: 3})
	ben, cid, dan := w.customer("ben"), w.customer("cid"), w.customer("dan")
	first, second := ben.start(salesGroup, ""), cid.start(salesGroup, "")
	bot := dan.start("", "hours")
	dan.hears("the bot", func(m *wire.Message) bool { return m.From == wire.FromBot })
	w.restart()
	for _, k := range []*customer{una, ben, cid, dan} {
		k.come()
	}

	again := p.w.loginAs("agent1@demo", &wire.Resume{Secret: "s", Epoch: p.login.Epoch, Seq: p.lastSeq()})
	require.Len(t, again.login.Sessions, 1)
	s := again.login.Sessions[0]
	assert.Equal(t, id, s.SessionID)
	assert.Equal(t, wire.StateTalking, s.State)
	assert.Equal(t, "Nick una", s.Nickname)
	assert.Equal(t, said.Seq, s.Chat.LastSeq)
	assert.Equal(t, uint64(3), s.Chat.SeatRead)
	assert.Equal(t, 1, s.Chat.Unread)
	assert.Equal(t, wire.StatusBusy, again.login.State.Status)
	repeated, err := w.center.VisitorSay(t.Context(), app, "una",
		wire.SendParams{SessionID: id, ID: said.ID, Text: "two"})
	require.NoError(t, err)
	assert.Equal(t, said, repeated, "the same message tried again after the restart")
	again.send(id, "three")
	una.text("three")
	assert.Equal(t, []string{"client: hello", "(accepted)", "seat: one", "client: two", "seat: three"},
		lines(una.messages(id)))

	for k, want := range map[*customer]struct {
		id    string
		state wire.VisitorState
		place int
	}{ben: {first.SessionID, wire.VisitorQueued, 1}, cid: {second.SessionID, wire.VisitorQueued, 2},
		dan: {bot.SessionID, wire.VisitorBot, 0}} {
		s, err := w.center.Visit(t.Context(), app, k.user)
		require.NoError(t, err)
		assert.Equal(t, want.id, s.SessionID)
		assert.Equal(t, want.state, s.State)
		assert.Equal(t, want.place, s.Position)
	}
	dan.say(bot.SessionID, "opening?")
	dan.hears("the bot", func(m *wire.Message) bool { return m.From == wire.FromBot })
	again.ok(wire.MethodChatEnd, session1(id))
	assert.Equal(t, first.SessionID, again.takes())
	assert.Len(t, w.cdrs(1), 1)
	w.restart()
	last, err := w.center.Visit(t.Context(), app, "una")
	require.NoError(t, err)
	assert.Equal(t, id, last.SessionID)
	assert.Equal(t, wire.VisitorEnded, last.State)
	assert.Len(t, una.messages(id), 6, "a chat that has ended is still there to be read")
}

func TestAChatOfAnAgentWhoDoesNotComeBackAfterARestart(t *testing.T) {
	w := newWorld(t, func(a *config.App) { quiet(a); a.Grace = 300 * time.Millisecond })
	_, k, id := w.chatting("agent1@demo", "una")
	w.restart()
	k.come()
	p2 := w.loginAs("agent2@demo", nil)
	assert.Equal(t, id, p2.takes())
	p2.send(id, "hello again")
	k.text("hello again")
}

// A process that ended between the customer's start and the first step of the
// chat, and one whose record cannot be read.
func TestAChatThatHasNotBegunBeginsAfterARestart(t *testing.T) {
	w := newWorld(t, nil)
	var records []store.SessionRecord
	require.NoError(t, w.center.do(t.Context(), func() {
		for _, user := range []string{"una", "ben"} {
			call, fresh, err := w.center.openChat(app, session.Customer{UserID: user},
				&wire.VisitorStartParams{Type: wire.TypeIM, SkillGroupID: salesGroup, Text: "hello"})
			require.NoError(t, err)
			require.True(t, fresh)
			records = append(records, w.center.record(call))
			w.center.forget(call)
		}
	}))
	records[1].Chat = []byte(`{"session":{"State":99}}`)
	for _, r := range records {
		_, err := w.store.Sessions().Create(t.Context(), r.SessionID, r)
		require.NoError(t, err)
	}
	w.restart()
	p := w.loginAs("agent1@demo", nil)
	assert.Equal(t, records[0].SessionID, p.takes())
	k := w.customer("una")
	s, err := w.center.Visit(t.Context(), app, "una")
	require.NoError(t, err)
	assert.Equal(t, wire.VisitorTalking, s.State)
	p.send(s.SessionID, "hi")
	k.text("hi")
	assert.Equal(t, "client: hello", lines(k.messages(s.SessionID))[1])
	cdr := w.cdrs(1)[0]
	assert.Equal(t, records[1].SessionID, cdr.SessionID)
	assert.Equal(t, wire.ReasonGatewayRestart, cdr.MainReason)
}

func TestDrainingTakesNoNewChatsAndWaitsForNone(t *testing.T) {
	w := newWorld(t, quiet)
	p, k, id := w.chatting("agent1@demo", "una")
	ctx, cancel := context.WithTimeout(t.Context(), patient)
	defer cancel()
	require.NoError(t, w.center.Drain(ctx))
	_, err := w.center.StartVisit(t.Context(), app, session.Customer{UserID: "ben"},
		wire.VisitorStartParams{Type: wire.TypeIM})
	assert.ErrorIs(t, err, wire.ErrStopping)
	p.send(id, "still here")
	k.text("still here")
}

func TestAfterCallWorkOfChatsIsTheGroups(t *testing.T) {
	w := newWorld(t, func(a *config.App) {
		quiet(a)
		a.AfterCall = time.Hour // of calls
		work := time.Hour
		a.SkillGroups[1].AfterCall = &work
	})
	p, _, id := w.chatting("agent3@demo", "una")
	p.ok(wire.MethodChatEnd, session1(id))
	info, err := w.center.Agent(t.Context(), app, "agent3@demo")
	require.NoError(t, err)
	assert.Equal(t, wire.StatusFree, info.State.Status)
	w.customer("ben").start("support", "")
	p.ok(wire.MethodChatEnd, session1(p.takes()))
	p.status(wire.StatusArrange)
}

// Who has handed a chat over does not read on.
func TestAnAgentSeesNoMoreThanItsPart(t *testing.T) {
	w := newWorld(t, quiet)
	p1, k, id := w.chatting("agent1@demo", "una")
	k.notice(wire.NoticeAccepted)
	p2 := w.loginAs("agent2@demo", nil)
	p1.ok(wire.MethodChatTransfer, wire.TransferParams{SessionID: id, UserID: "agent2@demo"})
	p2.takes()
	k.say(id, "between us")
	var r wire.MessagesResult
	require.NoError(t, json.Unmarshal(p1.ok(wire.MethodChatMessages, wire.MessagesParams{SessionID: id}), &r))
	assert.Equal(t, []string{"client: hello", "(accepted)"}, lines(r.Messages))
	assert.False(t, r.More)
	require.NoError(t, json.Unmarshal(p2.ok(wire.MethodChatMessages, wire.MessagesParams{SessionID: id}), &r))
	assert.Equal(t, []string{"client: hello", "(accepted)", "(transferred)", "client: between us"}, lines(r.Messages))
}

// A message is answered only when it is stored, and written once although its
// sender tries again while the store is slow.
func TestTheStoreIsAskedOnceForEachMessage(t *testing.T) {
	w := newWorld(t, quiet)
	_, k, id := w.chatting("agent1@demo", "una")
	type result struct {
		m   wire.Message
		err error
	}
	results := make(chan result, 60)
	for i := range 20 {
		for range 3 {
			go func() {
				m, err := w.center.VisitorSay(t.Context(), app, "una",
					wire.SendParams{SessionID: id, ID: fmt.Sprint("id", i), Text: fmt.Sprint("text ", i)})
				results <- result{m, err}
			}()
		}
	}
	seqs := map[string]uint64{}
	for range 60 {
		r := <-results
		require.NoError(t, r.err)
		if before, there := seqs[r.m.ID]; there {
			assert.Equal(t, before, r.m.Seq)
		}
		seqs[r.m.ID] = r.m.Seq
	}
	all := k.messages(id)
	assert.Len(t, all, 22)
	for i, m := range all {
		assert.Equal(t, uint64(i+1), m.Seq, "without gaps")
	}
	stored, err := w.store.Messages(t.Context(), app, id, 1, 0, 0)
	require.NoError(t, err)
	assert.Len(t, stored, 22)
	_, err = w.store.LastMessage(t.Context(), app, "nonsense")
	assert.ErrorIs(t, err, store.ErrNotFound)
}
