package chat

import (
	"context"
	"errors"
	"slices"
	"time"

	"tccc/gateway/store"
	"tccc/wire"
)

// Shelf keeps messages. Its methods block, but for RoomForMessages.
type Shelf interface {
	AppendMessage(ctx context.Context, app string, m *wire.Message, after uint64, keep time.Duration) (uint64, error)
	Messages(ctx context.Context, app, session string, first, last, from uint64) ([]store.ChatMessage, error)
	LastMessage(ctx context.Context, app, session string) (store.ChatMessage, error)
	RoomForMessages() error
}

// draftsMost bounds the messages of a chat that wait for the store.
const draftsMost = 32

// Options say what a log is of.
type Options struct {
	App, Session string
	Shelf        Shelf
	Keep         time.Duration   // how long messages are kept; 0 is for ever
	Most         uint64          // messages of the two sides
	State        *wire.ChatState // kept up to date
	// Outside runs work on a goroutine and what it returns on the owner's.
	Outside func(work func(ctx context.Context) (then func()))
	// Stopping says why nothing at all can be written now, Closed why the sides
	// cannot write; nil if they can.
	Stopping, Closed func() error
	// Stored is told of each message that was stored, in order, before whoever
	// wrote it is answered.
	Stored func(m wire.Message)
	// Failed is told of each failure to store one; it is tried again.
	Failed func(err error)
}

// Log is what was written in a chat. Messages get their numbers from the log's
// owner, one goroutine that all methods are called on, and are stored outside,
// one after the other; only then are they told and their writers answered.
type Log struct {
	o       Options
	next    uint64             // number of the next message
	base    uint64             // number before the first of at
	at      []uint64           // positions in the store, by number
	clients []uint64           // numbers of the customer's messages
	ids     map[string]written // by id
	drafts  []*draft           // not stored yet, in order
	storing bool               // the first draft
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

// NewLog is the log of a chat in which nothing was written.
func NewLog(o Options) *Log { return &Log{o: o, next: 1, ids: map[string]written{}} }

// Load takes up the messages that are stored, into a new log.
func (l *Log) Load(messages []store.ChatMessage) {
	for i := range messages {
		m := &messages[i]
		if i == 0 {
			l.base = m.Seq - 1
		}
		l.ids[m.ID] = written{m.From, m.Seq}
		l.next = m.Seq + 1
		l.note(&m.Message, m.Pos)
	}
	if len(messages) == 0 {
		l.base = l.o.State.LastSeq
		l.next = l.base + 1
	}
}

// Write writes a message. done, if not nil, is called by the owner when it is
// stored, or with the reason why it will not be. A message that is there already
// is answered with the first. Errors: wire.ErrMessageInvalid, wire.ErrOverloaded
// and those of Stopping and Closed.
func (l *Log) Write(m wire.Message, done func(wire.Message, error)) {
	if done == nil {
		done = func(wire.Message, error) {}
	}
	if old, there := l.ids[m.ID]; there {
		if old.from != m.From {
			done(wire.Message{}, wire.ErrMessageInvalid.For("id", "another message of the chat has this id"))
			return
		}
		l.Again(old.seq, done)
		return
	}
	if err := l.refuses(&m); err != nil {
		done(wire.Message{}, err)
		return
	}
	m.SessionID, m.Seq, m.At = l.o.Session, l.next, time.Now().UnixMilli()
	l.next++
	l.ids[m.ID] = written{m.From, m.Seq}
	l.drafts = append(l.drafts, &draft{m, []func(wire.Message, error){done}})
	l.store()
}

// refuses says why a message cannot be written now. What the gateway itself
// has to say always can.
func (l *Log) refuses(m *wire.Message) error {
	if err := l.o.Stopping(); err != nil {
		return err
	}
	if m.From == wire.FromSystem || m.From == wire.FromBot {
		return nil
	}
	if err := l.o.Closed(); err != nil {
		return err
	}
	switch {
	case l.o.Shelf.RoomForMessages() != nil:
		return wire.ErrOverloaded.With("the gateway's store takes no messages at the moment")
	case l.next > l.o.Most:
		return wire.ErrOverloaded.With("the chat has as many messages as it may have")
	case l.Full():
		return wire.ErrOverloaded.With("%d messages of the chat wait to be stored", len(l.drafts))
	}
	return nil
}

// Full reports whether too many messages wait to be stored.
func (l *Log) Full() bool { return len(l.drafts) >= draftsMost }

// Again answers with the message of a number, which was written before.
func (l *Log) Again(seq uint64, done func(wire.Message, error)) {
	for _, d := range l.drafts {
		if d.m.Seq == seq {
			d.done = append(d.done, done)
			return
		}
	}
	o, from := l.o, l.position(seq)
	o.Outside(func(ctx context.Context) func() {
		m, err := one(ctx, o.Shelf, o.App, o.Session, seq, from)
		return func() { done(m, err) }
	})
}

// one reads one message.
func one(ctx context.Context, shelf Shelf, app, id string, seq, from uint64) (wire.Message, error) {
	all, err := shelf.Messages(ctx, app, id, seq, seq, from)
	if err == nil && len(all) == 0 {
		err = wire.ErrSessionState.With("the message has been removed")
	}
	if err != nil {
		return wire.Message{}, err
	}
	return all[0].Message, nil
}

// Mark is where the log stands for a reader of a part of it.
func (l *Log) Mark(p *wire.MessagesParams) *Mark {
	most := l.o.State.LastSeq
	first, _, _ := span(p, most)
	return &Mark{most, l.position(first)}
}

// position is where a message is stored, 0 if that is not known.
func (l *Log) position(seq uint64) uint64 {
	if seq <= l.base || seq > l.base+uint64(len(l.at)) {
		return 0
	}
	return l.at[seq-l.base-1]
}

// store writes the first draft outside, unless it is being written.
func (l *Log) store() {
	if l.storing || len(l.drafts) == 0 {
		return
	}
	l.storing = true
	o, d := l.o, l.drafts[0]
	m, after := d.m, l.position(d.m.Seq-1)
	o.Outside(func(ctx context.Context) func() {
		at, err := o.keep(ctx, &m, after)
		return func() { l.stored(d, at, err) }
	})
}

// keep writes until the message is written, or never can be.
func (o *Options) keep(ctx context.Context, m *wire.Message, after uint64) (uint64, error) {
	for wait := 20 * time.Millisecond; ; wait = min(2*wait, 2*time.Second) {
		at, err := o.Shelf.AppendMessage(ctx, o.App, m, after, o.Keep)
		if err == nil || errors.Is(err, store.ErrConflict) {
			return at, err
		}
		o.Failed(err)
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return 0, wire.ErrStopping
		}
	}
}

// stored tells of the message that was stored and answers whoever wrote it.
func (l *Log) stored(d *draft, at uint64, err error) {
	l.drafts, l.storing = l.drafts[1:], false
	defer l.store()
	m := d.m
	if err != nil {
		l.o.Failed(err)
		delete(l.ids, m.ID)
		m = wire.Message{}
	} else {
		l.note(&m, at)
		l.o.Stored(m)
	}
	for _, done := range d.done {
		done(m, err)
	}
}

// note keeps what must be known of a stored message.
func (l *Log) note(m *wire.Message, at uint64) {
	l.o.State.LastSeq = m.Seq
	l.at = append(l.at, at)
	if m.From == wire.FromClient {
		l.o.State.ClientTyping = false
		l.clients = append(l.clients, m.Seq)
	}
	l.Count()
}

// Count counts the customer's messages that the agent has not read, again after
// the agent has read some.
func (l *Log) Count() {
	l.o.State.Unread = len(l.clients) - l.upTo(l.o.State.SeatRead)
}

// Unheard is the number of the customer's first message after another; 0 if
// there is none.
func (l *Log) Unheard(after uint64) uint64 {
	if i := l.upTo(after); i < len(l.clients) {
		return l.clients[i]
	}
	return 0
}

// upTo is how many of the customer's messages have a number of at most seq.
func (l *Log) upTo(seq uint64) int {
	i, _ := slices.BinarySearch(l.clients, seq+1)
	return i
}
