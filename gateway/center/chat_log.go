package center

import (
	"context"
	"slices"
	"time"

	"tccc/gateway/chat"
	"tccc/gateway/session"
	"tccc/gateway/store"
	"tccc/wire"
)

// openLog begins the log of a chat, or goes on with one that is stored.
func (c *Center) openLog(call *call, stored []store.ChatMessage) *chat.Log {
	l := chat.NewLog(chat.Options{
		App: call.App, Session: call.ID, Shelf: c.Store, State: call.Chat,
		Keep: call.tenant.Chat.Retention, Most: uint64(call.tenant.Chat.MaxMessages),
		Outside: func(work func(context.Context) func()) { c.outside(call, work) },
		Stopping: func() error {
			if c.stopping {
				return wire.ErrStopping
			}
			return nil
		},
		Closed: func() error {
			if call.State() == session.Ended {
				return wire.ErrSessionState.For("sessionId", "the session has ended")
			}
			return nil
		},
		Stored: func(m wire.Message) { c.written(call, m) },
		Failed: func(err error) { c.saved("message", err) },
	})
	l.Load(stored)
	return l
}

// notice writes down what happened to a chat. m may hold more than the kind.
func (c *Center) notice(call *call, kind string, m wire.Message) {
	m.ID, m.From, m.Type, m.Notice = NewSessionID(), wire.FromSystem, wire.MessageNotice, kind
	c.say(call, m, nil)
}

// say writes a message into a chat, as chat.Log does. Messages that done gets can
// be shown.
func (c *Center) say(call *call, m wire.Message, done func(wire.Message, error)) {
	if done != nil {
		answer := done
		done = func(m wire.Message, err error) { answer(c.signed(m), err) }
	}
	call.chat.log.Write(m, done)
}

// written shows a message that was stored to both sides.
func (c *Center) written(call *call, m wire.Message) {
	if m.From == wire.FromClient || m.From == wire.FromSeat {
		call.chat.active = time.Now()
	}
	c.deliver(call, c.signed(m))
	if call.State() != session.Ended {
		c.saveSession(call)
	}
	if m.From == wire.FromClient {
		c.botHears(call)
	}
}

// deliver shows a message to both sides. Agents that a chat is offered to see
// what is written meanwhile as well.
func (c *Center) deliver(call *call, m wire.Message) {
	call.visitor.notify(wire.VisitorNotifyMessage, m)
	if a := call.chat.last; a != nil && call.State() == session.Ended {
		if a.lists(call.ID) { // the agent may have removed it meanwhile
			a.shows(call, m)
		}
		return
	}
	for _, side := range call.sides() {
		if side.agent != nil {
			side.agent.shows(side, m)
		}
	}
}

// shows writes a message into the agent's journal.
func (a *agent) shows(call *call, m wire.Message) {
	v := call.View()
	e := wire.Event{At: m.At, Session: &v, Message: &m}
	if m.From != wire.FromSeat {
		e.Name, e.Data = wire.EventMessageReceived, wire.Raw(m)
	}
	a.publish(e)
}

// lists reports whether a session is on the agent's list.
func (a *agent) lists(id string) bool {
	return slices.ContainsFunc(a.list, func(s wire.Session) bool { return s.SessionID == id })
}

// signed gives a message whose file can be fetched.
func (c *Center) signed(m wire.Message) wire.Message {
	if m.File != nil && c.Files != nil {
		f := c.Files.Sign(*m.File)
		m.File = &f
	}
	return m
}
