package agent

import (
	"context"
	"encoding/json"
	"maps"
	"time"

	"tccc/wire"
)

// Of chats.
const (
	keptMessages = 200              // of a chat, older ones are fetched when they are looked for
	mostMessages = 2000             // of a chat whose older messages were looked for
	pageMessages = 50               // fetched at a time
	maxOutbox    = 50               // messages of all chats that have not been sent
	sendTimeout  = 30 * time.Second // of a message that is sent again after a reload
	typingEvery  = 3 * time.Second  // how often the customer is told that the agent types
	typingLasts  = 12 * time.Second // without news, a customer who typed counts as silent
)

// Chat is the conversation of a session as interfaces show it; where it stands
// is in wire.Session.Chat. What the slices hold never changes.
type Chat struct {
	Messages []wire.Message // the last ones, in order
	More     bool           // there are older ones
	Loading  bool           // some are being fetched
	Outbox   []Outgoing     // written by the agent and not yet sent
}

// Outgoing is a message on its way.
type Outgoing struct {
	Message  wire.Message // as it will be; without Seq
	Err      *wire.Error  // why it was not sent, nil while it is being sent
	Progress float64      // of the upload of a file, 0 to 1
}

// chat is the loop's side of a chat.
type chat struct {
	Chat
	limit  int    // of Messages
	loaded bool   // the last messages have been fetched
	told   uint64 // the page knows of the messages up to this one
	behind bool   // there are messages that it was not told when it was loaded
	missed uint64 // up to this one it was told without an event of the journal
	hole   uint64 // messages after this one were asked for and not given
	out    []*outgoing
	read   uint64    // asked to be marked as read
	typed  time.Time // when the gateway was last told that the agent types
	quiet  func()    // stops the timer that ends the customer's typing
}

// syncChats makes the chats fit the sessions: new ones get their messages,
// those that are gone are forgotten.
func (a *Agent) syncChats() {
	for i := range a.view.Sessions {
		s := &a.view.Sessions[i]
		if s.Type != wire.TypeIM {
			continue
		}
		c := a.chats[s.SessionID]
		if c == nil {
			c = &chat{limit: keptMessages}
			a.chats[s.SessionID] = c
			if s.Chat != nil {
				c.told = a.toldBefore(s.SessionID, s.Chat.LastSeq)
				c.behind = c.told < s.Chat.LastSeq
			}
			a.noteTold(s.SessionID, c.told)
			a.conn.save(a)
		}
		if !c.loaded && s.Chat != nil && s.Chat.LastSeq > 0 {
			a.loadChat(s.SessionID)
		}
		a.awaitSilence(s)
	}
	for id, c := range a.chats {
		if s := a.findSession(id); s == nil && (len(c.out) == 0 || a.conn.state == connUp) {
			c.forget()
			delete(a.chats, id)
			a.keepUnsent()
			a.changed()
		}
	}
	a.forgetTold()
}

func (c *chat) forget() {
	if c.quiet != nil {
		c.quiet()
	}
}

// last is the number of the last message that is known.
func (c *chat) last() uint64 {
	if n := len(c.Messages); n > 0 {
		return c.Messages[n-1].Seq
	}
	return 0
}

// loadChat fetches the last messages, or those after a gap.
func (a *Agent) loadChat(id string) {
	c := a.chats[id]
	if c == nil || c.Loading || a.conn.state != connUp {
		return
	}
	p := wire.MessagesParams{SessionID: id, Limit: pageMessages}
	switch s := a.findSession(id); {
	case c.behind && s != nil && s.Chat != nil:
		p.Limit = int(min(max(s.Chat.LastSeq-c.told, pageMessages), wire.MessagesMost))
	case c.loaded:
		p.After, p.Limit = c.gap(), wire.MessagesMost
	}
	c.Loading = true
	a.changed()
	a.start(func(ctx context.Context) {
		var res wire.MessagesResult
		err := a.request(ctx, wire.MethodChatMessages, p, &res)
		a.post(func() { a.chatLoaded(id, p, &res, err) })
	})
}

func (a *Agent) chatLoaded(id string, p wire.MessagesParams, res *wire.MessagesResult, err error) {
	c := a.chats[id]
	if c == nil {
		return
	}
	c.Loading = false
	a.changed()
	if err != nil {
		return // the next login or the next message tries again
	}
	first := !c.loaded || c.behind
	c.loaded = true
	a.takeMessages(c, res.Messages)
	if first {
		c.More = res.More
		if !c.behind {
			c.told = max(c.told, c.last())
		}
		c.behind = false
	}
	if p.After != 0 && c.gap() == p.After {
		c.hole = p.After // not given: go on without
	}
	a.tellMissed(c)
	if s := a.findSession(id); s != nil && (p.After != 0 && res.More || c.gap() < c.last() && c.gap() != c.hole ||
		s.Chat != nil && s.Chat.LastSeq > c.last() && c.hole != c.last()) {
		a.loadChat(id)
	}
}

// gap is the number of the message before the first gap, or of the last one.
func (c *chat) gap() uint64 {
	for i := 1; i < len(c.Messages); i++ {
		if before := c.Messages[i-1].Seq; c.Messages[i].Seq != before+1 && before > c.hole {
			return before
		}
	}
	return c.last()
}

// tellMissed tells the page of messages that no event has told, because the
// journal of the gateway was lost.
func (a *Agent) tellMissed(c *chat) {
	if c.last() > c.told {
		a.noteTold(c.Messages[0].SessionID, c.last())
		a.conn.save(a)
	}
	for i := range c.Messages {
		m := &c.Messages[i]
		if m.Seq <= c.told {
			continue
		}
		c.told, c.missed = m.Seq, m.Seq
		if m.From != wire.FromSeat {
			a.emit(wire.EventMessageReceived, m)
		}
	}
}

// noteTold notes for a page that is loaded anew, maybe from a gateway that has
// lost its journal, up to which message of a chat this one was told.
func (a *Agent) noteTold(id string, seq uint64) {
	told := a.conn.tab.Chats
	if c := a.chats[id]; c != nil && c.behind {
		return // it is told after those that were missed
	}
	if last, ok := told[id]; ok && seq <= last {
		return
	}
	fresh := maps.Clone(told) // what was saved is not written to
	if fresh == nil {
		fresh = map[string]uint64{}
	}
	fresh[id] = seq
	a.conn.tab.Chats = fresh
}

// forgetTold forgets chats that the agent does not have any more.
func (a *Agent) forgetTold() {
	for id := range a.conn.tab.Chats {
		if a.chats[id] == nil {
			fresh := maps.Clone(a.conn.tab.Chats)
			maps.DeleteFunc(fresh, func(id string, _ uint64) bool { return a.chats[id] == nil })
			a.conn.tab.Chats = fresh
			a.conn.save(a)
			return
		}
	}
}

// toldBefore is up to which message the page knows a chat that is new to it:
// all that are there, unless it was here before and the journal is lost.
func (a *Agent) toldBefore(id string, last uint64) uint64 {
	if told, ok := a.conn.tab.Chats[id]; ok && !a.conn.kept {
		return min(told, last)
	}
	return last
}

// resyncChats fetches what was written since the gateway has lost the journal.
func (a *Agent) resyncChats() {
	for id, c := range a.chats {
		if c.loaded {
			a.loadChat(id)
		}
	}
}

// takeMessages adds messages, each once and in their order, and settles those
// of the outbox.
func (a *Agent) takeMessages(c *chat, list []wire.Message) {
	for i := range list {
		m := list[i]
		if m.File != nil {
			f := *m.File
			f.URL = a.absolute(f.URL)
			m.File = &f
		}
		c.put(m)
		a.sent(c, m.ID)
	}
	if over := len(c.Messages) - c.limit; over > 0 {
		c.Messages, c.More = c.Messages[over:], true
	}
	if len(c.Messages) > 0 && c.Messages[0].Seq == 1 {
		c.loaded = true // from the beginning
	}
	a.changed()
}

// put adds one message. Slices that were handed out are not written to.
func (c *chat) put(m wire.Message) {
	n := len(c.Messages)
	for n > 0 && c.Messages[n-1].Seq > m.Seq {
		n--
	}
	switch {
	case n > 0 && c.Messages[n-1].Seq == m.Seq:
		if m.File == nil {
			return
		}
		fresh := append([]wire.Message(nil), c.Messages...)
		fresh[n-1] = m // its address is good for longer
		c.Messages = fresh
	case n == len(c.Messages):
		c.Messages = append(c.Messages, m)
	default:
		fresh := make([]wire.Message, 0, len(c.Messages)+1)
		fresh = append(append(append(fresh, c.Messages[:n]...), m), c.Messages[n:]...)
		c.Messages = fresh
	}
}

// absolute is the address of a path on the gateway.
func (a *Agent) absolute(path string) string {
	if path != "" && path[0] == '/' {
		return a.opts.Base + path
	}
	return path
}

// messageEvent takes the message of an event. Its address of a file is made
// one that the page can use. It reports whether the page knows the message.
func (a *Agent) messageEvent(e *wire.Event, old bool) (known bool) {
	m := e.Message
	s, c := a.findSession(m.SessionID), a.chats[m.SessionID]
	if m.File != nil && e.Name == wire.EventMessageReceived {
		m.File.URL = a.absolute(m.File.URL)
		e.Data, _ = json.Marshal(m) // came as JSON: cannot fail
	}
	if s == nil || c == nil {
		return false
	}
	known = m.Seq <= c.missed
	fresh := m.Seq > c.last()
	a.takeMessages(c, []wire.Message{*m})
	if c.behind {
		a.loadChat(m.SessionID) // it is told in its turn
		known = true
	} else {
		c.told = max(c.told, m.Seq)
	}
	if c.gap() != c.last() {
		a.loadChat(m.SessionID)
	}
	if e.Session == nil && fresh && !old {
		state := chatState(s)
		state.LastSeq = max(state.LastSeq, m.Seq)
		if m.From == wire.FromClient {
			state.Unread, state.ClientTyping = state.Unread+1, false
		}
		s.Chat = &state
		a.awaitSilence(s)
	}
	if fresh && !old && a.owner && m.From == wire.FromClient && s.State == wire.StateTalking && a.media != nil {
		a.media.Notify()
	}
	return known
}

func chatState(s *wire.Session) wire.ChatState {
	if s.Chat == nil {
		return wire.ChatState{}
	}
	return *s.Chat
}

// chatEvent takes chatUpdated, which may come without the session.
func (a *Agent) chatEvent(e *wire.Event) {
	var u wire.ChatUpdated
	if json.Unmarshal(e.Data, &u) != nil {
		return
	}
	s, c := a.findSession(u.SessionID), a.chats[u.SessionID]
	if s == nil || c == nil {
		return
	}
	if e.Session == nil {
		s.Chat = &u.ChatState
	}
	if c.quiet != nil { // news
		c.quiet()
		c.quiet = nil
	}
	a.awaitSilence(s)
	a.changed()
}

// awaitSilence ends the customer's typing, whose end may never be told.
func (a *Agent) awaitSilence(s *wire.Session) {
	c := a.chats[s.SessionID]
	typing := s.Chat != nil && s.Chat.ClientTyping
	if typing == (c.quiet != nil) {
		return
	}
	if !typing {
		c.quiet()
		c.quiet = nil
		return
	}
	id := s.SessionID
	c.quiet = a.after(typingLasts, func() {
		c.quiet = nil
		if s := a.findSession(id); s != nil && s.Chat != nil && a.chats[id] == c {
			state := *s.Chat
			state.ClientTyping = false
			s.Chat = &state
			a.changed()
		}
	})
}
