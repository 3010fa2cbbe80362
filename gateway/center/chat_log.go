package center

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"tccc/gateway/session"
	"tccc/gateway/store"
	"tccc/wire"
)

// draftsMost bounds the messages of a chat that wait for the store.
const draftsMost = 32

// log is what was written in a chat. Messages get their numbers by the loop
// and are stored outside, one after the other; only then are they shown and
// their senders answered.
type log struct {
	c       *Center
	call    *call
	next    uint64             // number of the next message
	base    uint64             // number before the first of at
	at      []uint64           // positions in the store, by number
	clients []uint64           // numbers of the customer's messages
	ids     map[string]written // by id
	drafts  []*draft           // not stored yet, in order; the first is being stored
}

// written is who wrote a message of a chat, and its number.
type written struct {
	from wire.Sender
	seq  uint64
}

// draft is a message that is not stored yet.
type draft struct {
	m    wire.Message
	done []func(wire.Message, error)
}

func (l *log) open(c *Center, call *call) {
	l.c, l.call, l.next, l.ids = c, call, 1, map[string]written{}
}

// notice writes down what happened to a chat. m may hold more than the kind.
func (c *Center) notice(call *call, kind string, m wire.Message) {
	m.ID, m.From, m.Type, m.Notice = NewSessionID(), wire.FromSystem, wire.MessageNotice, kind
	c.say(call, m, nil)
}

// say writes a message into a chat. done, if not nil, is called by the loop
// when it is stored, or with the reason why it will not be. A message that is
// there already is answered with the first.
func (c *Center) say(call *call, m wire.Message, done func(wire.Message, error)) {
	if done == nil {
		done = func(wire.Message, error) {}
	}
	l := &call.chat.log
	if old, there := l.ids[m.ID]; there {
		if old.from != m.From {
			done(wire.Message{}, wire.ErrMessageInvalid.For("id", "another message of the chat has this id"))
			return
		}
		l.again(old.seq, done)
		return
	}
	if err := l.refuses(&m); err != nil {
		done(wire.Message{}, err)
		return
	}
	m.SessionID, m.Seq, m.At = call.ID, l.next, time.Now().UnixMilli()
	l.next++
	l.ids[m.ID] = written{m.From, m.Seq}
	l.drafts = append(l.drafts, &draft{m, []func(wire.Message, error){done}})
	if len(l.drafts) == 1 {
		l.store()
	}
}

// refuses says why a message cannot be written now. What the gateway itself
// has to say always can.
func (l *log) refuses(m *wire.Message) error {
	own := m.From == wire.FromSystem || m.From == wire.FromBot
	switch {
	case l.c.stopping:
		return wire.ErrStopping
	case own:
		return nil
	case l.call.State() == session.Ended:
		return wire.ErrSessionState.For("sessionId", "the session has ended")
	case l.c.Store.RoomForMessages() != nil:
		return wire.ErrOverloaded.With("the gateway's store takes no messages at the moment")
	case l.next > uint64(l.call.tenant.Chat.MaxMessages):
		return wire.ErrOverloaded.With("the chat has as many messages as it may have")
	case len(l.drafts) >= draftsMost:
		return wire.ErrOverloaded.With("%d messages of the chat wait to be stored", len(l.drafts))
	}
	return nil
}

// again answers with a message that was written before.
func (l *log) again(seq uint64, done func(wire.Message, error)) {
	for _, d := range l.drafts {
		if d.m.Seq == seq {
			d.done = append(d.done, done)
			return
		}
	}
	c, app, id, from := l.c, l.call.App, l.call.ID, l.position(seq)
	c.outside(l.call, func(ctx context.Context) func() {
		m, err := c.message(ctx, app, id, seq, from)
		return func() { done(c.signed(m), err) }
	})
}

// message reads one message.
func (c *Center) message(ctx context.Context, app, id string, seq, from uint64) (wire.Message, error) {
	all, err := c.Store.Messages(ctx, app, id, seq, seq, from)
	if err == nil && len(all) == 0 {
		err = wire.ErrSessionState.With("the message has been removed")
	}
	if err != nil {
		return wire.Message{}, err
	}
	return all[0].Message, nil
}

// position is where a message is stored, 0 if that is not known.
func (l *log) position(seq uint64) uint64 {
	if seq <= l.base || seq > l.base+uint64(len(l.at)) {
		return 0
	}
	return l.at[seq-l.base-1]
}

// store writes the first draft outside the loop.
func (l *log) store() {
	c, d, app, keep := l.c, l.drafts[0], l.call.App, l.call.tenant.Chat.Retention
	m, after := d.m, l.position(d.m.Seq-1)
	c.outside(l.call, func(ctx context.Context) func() {
		at, err := c.appendMessage(ctx, app, &m, after, keep)
		return func() { l.stored(d, at, err) }
	})
}

// appendMessage writes until it is written, or never can be.
func (c *Center) appendMessage(ctx context.Context, app string, m *wire.Message, after uint64,
	keep time.Duration) (uint64, error) {
	for wait := 20 * time.Millisecond; ; wait = min(2*wait, 2*time.Second) {
		at, err := c.Store.AppendMessage(ctx, app, m, after, keep)
		if err == nil || errors.Is(err, store.ErrConflict) {
			return at, err
		}
		c.saved("message", err)
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return 0, wire.ErrStopping
		}
	}
}

// stored shows the message that was stored to both sides and answers whoever
// wrote it.
func (l *log) stored(d *draft, at uint64, err error) {
	l.drafts = l.drafts[1:]
	defer func() {
		if len(l.drafts) > 0 {
			l.store()
		}
	}()
	if err != nil {
		l.c.saved("message", err)
		delete(l.ids, d.m.ID)
		d.answer(wire.Message{}, err)
		return
	}
	call := l.call
	l.note(&d.m, at)
	if d.m.From == wire.FromClient || d.m.From == wire.FromSeat {
		call.chat.active = time.Now()
	}
	m := l.c.signed(d.m)
	l.c.deliver(call, m)
	if call.State() != session.Ended {
		l.c.saveSession(call)
	}
	d.answer(m, nil)
	if d.m.From == wire.FromClient {
		l.c.botHears(call)
	}
}

func (d *draft) answer(m wire.Message, err error) {
	for _, done := range d.done {
		done(m, err)
	}
}

// note keeps what must be known of a stored message.
func (l *log) note(m *wire.Message, at uint64) {
	state := l.call.Chat
	state.LastSeq = m.Seq
	l.at = append(l.at, at)
	if m.From == wire.FromClient {
		state.ClientTyping = false
		l.clients = append(l.clients, m.Seq)
	}
	l.count()
}

// count counts the customer's messages that the agent has not read.
func (l *log) count() {
	i, _ := slices.BinarySearch(l.clients, l.call.Chat.SeatRead+1)
	l.call.Chat.Unread = len(l.clients) - i
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

// Bounds of the parts of a card or an order, in bytes.
const (
	fieldMost  = 2 << 10
	customMost = 8 << 10
)

// compose makes a message of what a side sends; the file is looked up before.
func compose(p *wire.SendParams, from wire.Sender, file *wire.File) (wire.Message, error) {
	m := wire.Message{ID: p.ID, From: from, Text: p.Text, File: file, Card: p.Card, Order: p.Order}
	given := 0
	for _, is := range []bool{p.Text != "", p.FileID != "", p.Card != nil, p.Order != nil} {
		if is {
			given++
		}
	}
	switch {
	case p.ID == "" || len(p.ID) > wire.MessageIDMost || strings.HasPrefix(p.ID, BackEndID):
		return m, wire.ErrMessageInvalid.For("id", "id must have 1 to %d bytes", wire.MessageIDMost)
	case given != 1:
		return m, wire.ErrMessageInvalid.With("a message has one of text, fileId, card and order")
	case p.Card != nil || p.Order != nil:
		if from == wire.FromClient {
			return m, wire.ErrMessageInvalid.With("customers send texts and files")
		}
	}
	switch {
	case p.Card != nil:
		m.Type = wire.MessageCard
		return m, checkCard(p.Card)
	case p.Order != nil:
		m.Type = wire.MessageOrder
		return m, checkOrder(p.Order)
	case file != nil:
		m.Type = wire.MessageFile
		if strings.HasPrefix(file.MIME, "image/") {
			m.Type = wire.MessageImage
		}
		return m, nil
	}
	m.Type = wire.MessageText
	if len(p.Text) > wire.MessageTextMost || strings.TrimSpace(p.Text) == "" {
		return m, wire.ErrMessageInvalid.For("text", "a text must have 1 to %d bytes", wire.MessageTextMost)
	}
	return m, nil
}

func checkCard(c *wire.Card) error {
	return errors.Join(field("card.header", c.Header, true), field("card.desc", c.Desc, true),
		address("card.pic", c.Pic), address("card.url", c.URL))
}

func checkOrder(o *wire.Order) error {
	custom, err := json.Marshal(o.CustomField)
	if err != nil || len(custom) > customMost {
		return wire.ErrMessageInvalid.For("order.customField", "customField may have %d bytes", customMost)
	}
	if o.Guide == "" && o.Name == "" && o.Desc == "" && o.Pic == "" && o.CustomField == nil {
		return wire.ErrMessageInvalid.For("order", "the order is empty")
	}
	err = errors.Join(field("order.guide", o.Guide, false), field("order.name", o.Name, false),
		field("order.desc", o.Desc, false))
	if err == nil && o.Pic != "" {
		err = address("order.pic", o.Pic)
	}
	return err
}

func field(name, text string, required bool) error {
	if len(text) > fieldMost || required && strings.TrimSpace(text) == "" {
		return wire.ErrMessageInvalid.For(name, "it must have 1 to %d bytes", fieldMost)
	}
	return nil
}

// address checks the address of a picture or of a page, which a click opens.
func address(name, text string) error {
	if len(text) > fieldMost || !strings.HasPrefix(text, "https://") && !strings.HasPrefix(text, "http://") {
		return wire.ErrMessageInvalid.For(name,
			"it must be an address that begins with https:// or http://, of at most %d bytes", fieldMost)
	}
	return nil
}
