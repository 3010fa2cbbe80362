//go:build !js

package agent_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/agent"
	"tccc/agent/agenttest"
	"tccc/wire"
)

// store is a gateway's side of one chat.
type store struct {
	mu       sync.Mutex
	messages []wire.Message
	fetches  []wire.MessagesParams
	refuse   *wire.Error // of messages that are sent
	reads    []uint64
	typing   []bool
}

// chatGateway has a chat "s1" that is talked to, with n messages of the customer.
func chatGateway(n int) (*agenttest.Gateway, *store) {
	st := &store{}
	for i := range n {
		st.messages = append(st.messages, fromClient(uint64(i+1)))
	}
	g := &agenttest.Gateway{Result: chatLogin(), Handle: st.handle}
	g.Result.Sessions = []wire.Session{{
		SessionID: "s1", Type: wire.TypeIM, State: wire.StateTalking, Nickname: "Ann",
		Chat: &wire.ChatState{LastSeq: uint64(n)},
	}}
	return g, st
}

func fromClient(seq uint64) wire.Message {
	return wire.Message{SessionID: "s1", ID: "c" + strconv.FormatUint(seq, 10), Seq: seq, From: wire.FromClient,
		Type: wire.MessageText, Text: fmt.Sprint("text ", seq)}
}

func (st *store) handle(r agenttest.Request) (any, error) {
	st.mu.Lock()
	defer st.mu.Unlock()
	switch r.Method {
	case wire.MethodChatMessages:
		return st.part(r.Params), nil
	case wire.MethodChatSend:
		var p wire.SendParams
		_ = json.Unmarshal(r.Params, &p)
		if st.refuse != nil {
			return nil, st.refuse
		}
		for _, m := range st.messages {
			if m.ID == p.ID {
				return m, nil
			}
		}
		m := wire.Message{SessionID: p.SessionID, ID: p.ID, Seq: uint64(len(st.messages) + 1), From: wire.FromSeat,
			Type: wire.MessageText, Text: p.Text, Order: p.Order}
		if p.FileID != "" {
			m.Type, m.File = wire.MessageImage, &wire.File{ID: p.FileID, URL: "/files/" + p.FileID}
		}
		st.messages = append(st.messages, m)
		return m, nil
	case wire.MethodChatRead:
		var p wire.ReadParams
		_ = json.Unmarshal(r.Params, &p)
		st.reads = append(st.reads, p.Seq)
	case wire.MethodChatTyping:
		var p wire.TypingParams
		_ = json.Unmarshal(r.Params, &p)
		st.typing = append(st.typing, p.Typing)
	case wire.MethodChatUpload:
		return wire.UploadResult{URL: "/upload/1"}, nil
	}
	return nil, nil
}

func (st *store) part(params json.RawMessage) (res wire.MessagesResult) {
	var p wire.MessagesParams
	_ = json.Unmarshal(params, &p)
	st.fetches = append(st.fetches, p)
	list := st.messages
	switch {
	case p.After > 0:
		list = list[min(int(p.After), len(list)):]
		n := min(p.Limit, len(list))
		return wire.MessagesResult{Messages: list[:n], More: n < len(list)}
	case p.Before > 0:
		list = list[:p.Before-1]
	}
	from := max(0, len(list)-p.Limit)
	return wire.MessagesResult{Messages: list[from:], More: from > 0}
}

func (st *store) add(m wire.Message) wire.Event {
	st.mu.Lock()
	defer st.mu.Unlock()
	st.messages = append(st.messages, m)
	e := agenttest.Named(wire.EventMessageReceived, m)
	e.Message = &m
	return e
}

func (st *store) count() int {
	st.mu.Lock()
	defer st.mu.Unlock()
	return len(st.messages)
}

// seqs are the numbers of the messages of s1 in a view, and how many wait.
func seqs(v agent.View) (list []uint64, unsent int) {
	c := v.Chats["s1"]
	for _, m := range c.Messages {
		list = append(list, m.Seq)
	}
	return list, len(c.Outbox)
}

func upTo(first, last uint64) (list []uint64) {
	for i := first; i <= last; i++ {
		list = append(list, i)
	}
	return list
}

func (p *page) seesMessages(what string, first, last uint64) {
	p.t.Helper()
	p.sees(what, func(v agent.View) bool {
		list, unsent := seqs(v)
		return assert.ObjectsAreEqual(upTo(first, last), list) && unsent == 0 && !v.Chats["s1"].Loading
	})
}

func TestChatsAreLoadedAndOlderOnesFetched(t *testing.T) {
	g, st := chatGateway(130)
	p := open(t, gateway(t, g))
	p.next(wire.EventReady)
	p.seesMessages("the last messages", 81, 130)
	assert.True(t, p.View().Chats["s1"].More)
	require.NoError(t, p.OlderMessages(t.Context(), "s1"))
	p.seesMessages("older ones", 31, 130)
	require.NoError(t, p.OlderMessages(t.Context(), "s1"))
	p.seesMessages("all", 1, 130)
	assert.False(t, p.View().Chats["s1"].More)
	require.NoError(t, p.OlderMessages(t.Context(), "s1"), "there are no more: nothing is asked for")
	assert.Len(t, st.fetches, 3)
	assert.NotContains(t, p.names(), wire.EventMessageReceived, "the page was there for none of them")

	res, err := p.Messages(t.Context(), wire.MessagesParams{SessionID: "s1", After: 128, Limit: 1})
	require.NoError(t, err)
	assert.Equal(t, uint64(129), res.Messages[0].Seq)
	assert.True(t, res.More)
}

func TestMessagesAreKeptOnceInOrderAndBounded(t *testing.T) {
	g, st := chatGateway(2)
	p := open(t, gateway(t, g))
	p.next(wire.EventReady)
	p.seesMessages("the first", 1, 2)
	for seq := uint64(3); seq <= 250; seq++ {
		g.Emit(st.add(fromClient(seq)))
	}
	again := fromClient(249)
	g.Emit(wire.Event{Message: &again})
	p.seesMessages("the last 200", 51, 250)
	n := 0
	for _, name := range p.names() {
		if name == wire.EventMessageReceived {
			n++
		}
	}
	assert.Equal(t, 248, n)
	v := p.View()
	assert.Equal(t, 248, v.Sessions[0].Chat.Unread)
	assert.True(t, v.Chats["s1"].More)
}

func TestAGapIsFetched(t *testing.T) {
	g, st := chatGateway(3)
	p := open(t, gateway(t, g))
	p.next(wire.EventReady)
	p.seesMessages("the first", 1, 3)
	for seq := uint64(4); seq <= 8; seq++ {
		st.add(fromClient(seq))
	}
	g.Emit(st.add(fromClient(9)))
	p.seesMessages("without a gap", 1, 9)
	st.mu.Lock()
	assert.Equal(t, wire.MessagesParams{SessionID: "s1", After: 3, Limit: wire.MessagesMost},
		st.fetches[len(st.fetches)-1])
	st.mu.Unlock()
	p.next(wire.EventMessageReceived)

	// A gap that the gateway cannot fill is gone on with.
	st.mu.Lock()
	st.messages = append(st.messages, fromClient(12))
	st.mu.Unlock()
	e := fromClient(12)
	g.Emit(wire.Event{Message: &e})
	p.sees("the message", func(v agent.View) bool {
		list, _ := seqs(v)
		return len(list) == 10 &&
			!v.Chats["s1"].Loading
	})
	fetches := len(g.Requests(wire.MethodChatMessages))
	e2 := fromClient(13)
	g.Emit(wire.Event{Message: &e2})
	p.sees("the next", func(v agent.View) bool { list, _ := seqs(v); return len(list) == 11 })
	assert.Len(t, g.Requests(wire.MethodChatMessages), fetches, "it is not asked for again")
}

// TestLostJournal is a gateway that was restarted: what was written meanwhile
// is fetched, and the page is told of it once.
func TestMessagesOfALostJournalAreTold(t *testing.T) {
	g, st := chatGateway(2)
	p := open(t, gateway(t, g))
	p.next(wire.EventReady)
	p.seesMessages("the first", 1, 2)
	g.Forget()
	st.add(fromClient(3))
	own := fromClient(4)
	own.From = wire.FromSeat
	st.add(own)
	st.add(fromClient(5))
	g.Result.Sessions[0].Chat.LastSeq = 5
	g.Cut()
	var m wire.Message
	require.NoError(t, json.Unmarshal(p.next(wire.EventMessageReceived).Data, &m))
	assert.Equal(t, uint64(3), m.Seq)
	require.NoError(t, json.Unmarshal(p.next(wire.EventMessageReceived).Data, &m))
	assert.Equal(t, uint64(5), m.Seq)
	p.seesMessages("all", 1, 5)

	late := agenttest.Named(wire.EventMessageReceived, m) // of the new journal
	late.Message = &m
	g.Emit(late)
	g.Emit(agenttest.Named("after", nil))
	p.next("after")
	n := 0
	for _, name := range p.names() {
		if name == wire.EventMessageReceived {
			n++
		}
	}
	assert.Equal(t, 2, n)
}

// TestMessagesOfALostJournalAreToldToANewPage reloads the page while the gateway
// starts anew.
func TestMessagesOfALostJournalAreToldToANewPage(t *testing.T) {
	g, st := chatGateway(1)
	url := gateway(t, g)
	first := open(t, url)
	first.next(wire.EventReady)
	e := agenttest.Named(wire.EventMessageReceived, fromClient(2))
	m2 := fromClient(2)
	st.add(m2)
	e.Message = &m2
	g.Emit(e)
	first.next(wire.EventMessageReceived)
	kept := first.tab.Load()
	assert.Equal(t, map[string]uint64{"s1": 2}, kept.Chats)
	first.Close()

	g.Forget()
	for seq := uint64(3); seq <= 80; seq++ { // more than are read at a time
		st.add(fromClient(seq))
	}
	g.Result.Sessions[0].Chat.LastSeq = 80
	second := open(t, url, func(_ *agent.Options, p *page) { p.tab.Save(kept) })
	second.next(wire.EventReady)
	for seq := uint64(3); seq <= 80; seq++ {
		var m wire.Message
		require.NoError(t, json.Unmarshal(second.next(wire.EventMessageReceived).Data, &m))
		assert.Equal(t, seq, m.Seq)
	}
	g.Emit(agenttest.Named("after", nil))
	second.next("after")
	assert.Equal(t, map[string]uint64{"s1": 80}, second.tab.Load().Chats)

	// So is a page that has seen no message since it was loaded.
	second.Close()
	fresh := open(t, url) // another tab, which knows what is there
	fresh.next(wire.EventReady)
	fresh.sees("the chat", func(agent.View) bool { return fresh.tab.Load().Chats["s1"] == 80 })
	kept = fresh.tab.Load()
	fresh.Close()
	g.Forget()
	st.add(fromClient(81))
	g.Result.Sessions[0].Chat.LastSeq = 81
	again := open(t, url, func(_ *agent.Options, p *page) { p.tab.Save(kept) })
	again.next(wire.EventReady)
	var last wire.Message
	require.NoError(t, json.Unmarshal(again.next(wire.EventMessageReceived).Data, &last))
	assert.EqualValues(t, 81, last.Seq)

	// Whoever was never here is told nothing of what was.
	third := open(t, url)
	third.next(wire.EventReady)
	third.seesMessages("the last", 32, 81)
	assert.NotContains(t, third.names(), wire.EventMessageReceived)
}

func TestSend(t *testing.T) {
	g, st := chatGateway(1)
	p := open(t, gateway(t, g), func(o *agent.Options, _ *page) { o.Base = "https://gateway" })
	p.next(wire.EventReady)
	m, err := p.Send(t.Context(), wire.SendParams{SessionID: "s1", Text: "hello"})
	require.NoError(t, err)
	assert.Equal(t, uint64(2), m.Seq)
	assert.NotEmpty(t, m.ID)
	p.seesMessages("the message", 1, 2)

	// The event of it comes as well.
	g.Emit(wire.Event{Message: &m})
	g.Emit(agenttest.Named("after", nil))
	p.next("after")
	p.seesMessages("once", 1, 2)
	assert.NotContains(t, p.names(), wire.EventMessageReceived)
	assert.Empty(t, p.tab.Load().Unsent)

	_, err = p.Send(t.Context(), wire.SendParams{SessionID: "s1",
		Order: &wire.Order{CustomField: json.RawMessage(`[{"name":"n"}]`)}})
	require.NoError(t, err)
	assert.JSONEq(t, `{"customField":[{"name":"n"}]}`, string(mustField(t, g, "order")))

	var posted string
	progress := make(chan struct{})
	m, err = p.SendFile(t.Context(), agent.FileParams{SessionID: "s1", Name: "a.png", MIME: "image/png", Size: 3,
		Post: func(_ context.Context, url string, tell func(float64)) (wire.File, error) {
			posted = url
			tell(0.5)
			p.sees("the progress", func(v agent.View) bool {
				out := v.Chats["s1"].Outbox
				return len(out) == 1 && out[0].Progress == 0.5 && out[0].Message.File.Name == "a.png"
			})
			close(progress)
			return wire.File{ID: "f1"}, nil
		}})
	<-progress
	require.NoError(t, err)
	assert.Equal(t, "https://gateway/upload/1", posted)
	assert.Equal(t, "https://gateway/files/f1", m.File.URL)
	assert.Equal(t, 4, st.count())

	for id, want := range map[string]*wire.Error{"nobody": wire.ErrSessionNotFound, "": wire.ErrSessionNotFound} {
		_, err = p.Send(t.Context(), wire.SendParams{SessionID: id, Text: "hello"})
		assert.ErrorIs(t, err, want)
	}
}

func mustField(t *testing.T, g *agenttest.Gateway, name string) json.RawMessage {
	t.Helper()
	sent := g.Requests(wire.MethodChatSend)
	var fields map[string]json.RawMessage
	require.NoError(t, json.Unmarshal(sent[len(sent)-1].Params, &fields))
	return fields[name]
}

// TestSendAcrossACut loses the answer of a message: it is sent again under the
// same id and written once.
func TestSendAcrossACut(t *testing.T) {
	g, st := chatGateway(1)
	p := open(t, gateway(t, g))
	p.next(wire.EventReady)
	g.Silence(true)
	done := make(chan error, 1)
	go func() {
		_, err := p.Send(context.Background(), wire.SendParams{SessionID: "s1", Text: "hello"})
		done <- err
	}()
	awaitGateway(t, g, "the message", func() bool { return len(g.Requests(wire.MethodChatSend)) == 1 })
	assert.Len(t, p.tab.Load().Unsent, 1, "a reload would not lose it")
	g.Silence(false)
	g.Cut()
	require.NoError(t, <-done)
	p.seesMessages("once", 1, 2)
	assert.Equal(t, 2, st.count())
	assert.Empty(t, p.tab.Load().Unsent)
}

// TestReloadSendsWhatWasOnItsWay is F5 before the answer.
func TestReloadSendsWhatWasOnItsWay(t *testing.T) {
	g, st := chatGateway(1)
	url := gateway(t, g)
	first := open(t, url)
	first.next(wire.EventReady)
	g.Silence(true)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	for _, text := range []string{"one", "two"} {
		go func() { _, _ = first.Send(ctx, wire.SendParams{SessionID: "s1", Text: text}) }()
		awaitGateway(t, g, "the message", func() bool {
			for _, r := range g.Requests(wire.MethodChatSend) {
				if string(r.Params) != "" && json.Valid(r.Params) && contains(r.Params, text) {
					return true
				}
			}
			return false
		})
	}
	kept := first.tab.Load()
	require.Len(t, kept.Unsent, 2)
	g.Silence(false)
	second := open(t, url, func(_ *agent.Options, p *page) { p.tab.Save(kept) })
	second.next(wire.EventReady)
	second.seesMessages("both", 1, 3)
	assert.Equal(t, 3, st.count(), "each once")
	assert.Empty(t, second.tab.Load().Unsent)
}

func contains(params json.RawMessage, text string) bool {
	var p wire.SendParams
	return json.Unmarshal(params, &p) == nil && p.Text == text
}

func TestAMessageThatCannotBeSentStaysUntilItIsSentAgain(t *testing.T) {
	g, st := chatGateway(0)
	st.refuse = wire.ErrOverloaded
	p := open(t, gateway(t, g))
	p.next(wire.EventReady)
	_, err := p.Send(t.Context(), wire.SendParams{SessionID: "s1", ID: "mine", Text: "hello"})
	require.ErrorIs(t, err, wire.ErrOverloaded)
	p.sees("the failure", func(v agent.View) bool {
		out := v.Chats["s1"].Outbox
		return len(out) == 1 && out[0].Err != nil && out[0].Err.Is(wire.ErrOverloaded) && out[0].Message.Text == "hello"
	})
	_, err = p.Send(t.Context(), wire.SendParams{SessionID: "s1", ID: "other", Text: "forget it"})
	require.Error(t, err)
	p.Discard("s1", "other")
	st.mu.Lock()
	st.refuse = nil
	st.mu.Unlock()
	require.NoError(t, p.Resend(t.Context(), "s1", "mine"))
	p.seesMessages("the message", 1, 1)
	assert.Equal(t, "mine", p.View().Chats["s1"].Messages[0].ID)
	require.NoError(t, p.Resend(t.Context(), "s1", "mine"), "sent is sent")
	assert.Equal(t, 1, st.count())
}

func TestTheOutboxIsBounded(t *testing.T) {
	g, _ := chatGateway(0)
	p := open(t, gateway(t, g))
	p.next(wire.EventReady)
	g.Silence(true)
	ctx, cancel := context.WithCancel(t.Context())
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() { _, _ = p.Send(ctx, wire.SendParams{SessionID: "s1", Text: "x"}) })
	}
	p.sees("the outbox", func(v agent.View) bool { return len(v.Chats["s1"].Outbox) == 50 })
	_, err := p.Send(ctx, wire.SendParams{SessionID: "s1", Text: "x"})
	assert.ErrorIs(t, err, wire.ErrOverloaded)
	cancel()
	all.Wait()
}

func TestReadAndTyping(t *testing.T) {
	g, st := chatGateway(3)
	clock := newClock()
	p := open(t, gateway(t, g), func(o *agent.Options, _ *page) { o.Clock = clock })
	p.next(wire.EventReady)
	p.seesMessages("the messages", 1, 3)
	for range 2 { // the second has nothing to say
		require.NoError(t, p.MarkRead(t.Context(), "s1"))
	}
	assert.Equal(t, []uint64{3}, st.reads)
	assert.Zero(t, p.View().Sessions[0].Chat.Unread)
	assert.Equal(t, uint64(3), p.View().Sessions[0].Chat.SeatRead)
	assert.ErrorIs(t, p.MarkRead(t.Context(), "nobody"), wire.ErrSessionNotFound)

	for _, typing := range []bool{true, true, true, false, false} {
		require.NoError(t, p.SetTyping(t.Context(), wire.TypingParams{SessionID: "s1", Typing: typing}))
	}
	assert.Equal(t, []bool{true, false}, st.typing)
	require.NoError(t, p.SetTyping(t.Context(), wire.TypingParams{SessionID: "s1", Typing: true}))
	clock.mu.Lock()
	clock.now = clock.now.Add(4 * time.Second)
	clock.mu.Unlock()
	require.NoError(t, p.SetTyping(t.Context(), wire.TypingParams{SessionID: "s1", Typing: true}))
	assert.Equal(t, []bool{true, false, true, true}, st.typing)

	// The customer's typing ends by itself.
	g.Emit(agenttest.Named(wire.EventChatUpdated,
		wire.ChatUpdated{SessionID: "s1", ChatState: wire.ChatState{LastSeq: 3, ClientTyping: true, ClientRead: 2}}))
	p.next(wire.EventChatUpdated)
	p.sees("typing", func(v agent.View) bool { return v.Sessions[0].Chat.ClientTyping })
	clock.fire(t, 12*time.Second, 0)
	p.sees("silent", func(v agent.View) bool {
		return !v.Sessions[0].Chat.ClientTyping &&
			v.Sessions[0].Chat.ClientRead == 2
	})
}

func TestChatCommands(t *testing.T) {
	g, _ := chatGateway(0)
	g.Result.Sessions = append(g.Result.Sessions,
		wire.Session{SessionID: "s2", Type: wire.TypeIM, State: wire.StateRinging, Nickname: "Bo",
			Avatar: "https://a", Remark: "r", PeerSource: "web", ChannelName: "shop", ClientData: "{}",
			RingDeadline: time.Now().Add(time.Minute).UnixMilli()})
	g.Result.Sessions[0].Chat = nil
	m := newMedia()
	p := open(t, gateway(t, g), withMedia(m))
	p.next(wire.EventReady)
	p.next(wire.EventCallIn)
	p.next(wire.EventUserAccessed)
	var in wire.CallInIM
	require.NoError(t, json.Unmarshal(p.next(wire.EventCallIn).Data, &in))
	assert.Positive(t, in.Timeout)
	in.Timeout = 0
	assert.Equal(t, wire.CallInIM{SessionID: "s2", Type: wire.TypeIM, Nickname: "Bo", Avatar: "https://a", Remark: "r",
		PeerSource:  "web",
		ChannelName: "shop", ClientData: "{}", Restored: true}, in)
	m.is(t, "soft ringing", func() bool { return m.ringing == agent.RingChat })

	_, err := p.Send(t.Context(), wire.SendParams{SessionID: "s2", Text: "hello"})
	assert.ErrorIs(t, err, wire.ErrSessionState, "not yet accepted")
	require.NoError(t, p.AcceptChat(t.Context(), "s2"))
	assert.ErrorIs(t, p.AcceptChat(t.Context(), "s1"), wire.ErrSessionState)
	require.NoError(t, p.EndChat(t.Context(), "s2"))
	require.NoError(t, p.TransferChat(t.Context(), wire.TransferParams{SessionID: "s1", UserID: "agent2@demo"}))
	for _, method := range []string{wire.MethodChatAccept, wire.MethodChatEnd, wire.MethodChatTransfer} {
		assert.Len(t, g.Requests(method), 1, method)
	}
	assert.Zero(t, m.asked+m.opened+m.offers, "a chat needs no microphone and no leg")

	msg := fromClient(1)
	g.Emit(wire.Event{Name: wire.EventMessageReceived, Data: json.RawMessage(`{}`), Message: &msg})
	m.is(t, "a tone for the message", func() bool { return m.notified == 1 })
	g.Emit(wire.Event{Name: wire.EventSessionCompleted, Data: json.RawMessage(`{"sessionId":"s1"}`)})
	p.sees("the chat is forgotten", func(v agent.View) bool { _, is := v.Chats["s1"]; return !is })
}

func TestAddressesOfFilesAreThoseOfTheGateway(t *testing.T) {
	g, st := chatGateway(0)
	p := open(t, gateway(t, g), func(o *agent.Options, _ *page) { o.Base = "https://gateway" })
	p.next(wire.EventReady)
	m := fromClient(1)
	m.Type, m.File = wire.MessageFile, &wire.File{ID: "f", Name: "a.pdf", URL: "/files/f?s=1"}
	g.Emit(st.add(m))
	var told wire.Message
	require.NoError(t, json.Unmarshal(p.next(wire.EventMessageReceived).Data, &told))
	assert.Equal(t, "https://gateway/files/f?s=1", told.File.URL)
	p.sees("the same", func(v agent.View) bool {
		list := v.Chats["s1"].Messages
		return len(list) == 1 && list[0].File.URL == told.File.URL
	})
	res, err := p.Messages(t.Context(), wire.MessagesParams{SessionID: "s1", Limit: 1})
	require.NoError(t, err)
	assert.Equal(t, told.File.URL, res.Messages[0].File.URL)
}
