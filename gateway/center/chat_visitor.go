package center

import (
	"context"

	"tccc/gateway/chat"
	"tccc/gateway/session"
	"tccc/internal/clip"
	"tccc/wire"
)

// VisitorSay writes a message of the customer into a chat and returns when it
// is stored. The same id again is answered with the first message.
func (c *Center) VisitorSay(ctx context.Context, app, user string, p wire.SendParams) (wire.Message, error) {
	var file *wire.File
	if p.FileID != "" {
		if err := c.visits(ctx, app, user, p.SessionID); err != nil {
			return wire.Message{}, err
		}
		var err error
		if file, err = c.file(ctx, app, &p); err != nil {
			return wire.Message{}, err
		}
	}
	m, err := chat.Compose(&p, wire.FromClient, file)
	if err != nil {
		return wire.Message{}, err
	}
	type outcome struct {
		m   wire.Message
		err error
	}
	settled, found := make(chan outcome, 1), false
	err = c.do(ctx, func() {
		if call := c.visitorsCall(app, user, p.SessionID); call != nil && call.chat != nil {
			found = true
			m.UserID, m.Name = user, call.Customer.Name()
			c.say(call, m, func(m wire.Message, err error) { settled <- outcome{m, err} })
		}
	})
	if err != nil {
		return wire.Message{}, err
	}
	if !found {
		return c.saidBefore(ctx, app, user, &p)
	}
	select {
	case o := <-settled:
		return o.m, o.err
	case <-ctx.Done():
		return wire.Message{}, ctx.Err()
	case <-c.loop.Ended():
		return wire.Message{}, wire.ErrStopping
	}
}

// visits looks whether a customer has an open chat of this id.
func (c *Center) visits(ctx context.Context, app, user, id string) error {
	found := false
	err := c.do(ctx, func() {
		call := c.visitorsCall(app, user, id)
		found = call != nil && call.chat != nil
	})
	if err == nil && !found {
		err = wire.ErrSessionNotFound.For("sessionId", "%q", clip.Shown(id, 40))
	}
	return err
}

// saidBefore answers for a chat that has ended: the message may have been
// written, and only its answer lost.
func (c *Center) saidBefore(ctx context.Context, app, user string, p *wire.SendParams) (wire.Message, error) {
	if _, err := c.visitEnded(ctx, app, user, p.SessionID); err != nil {
		return wire.Message{}, err
	}
	return c.repeated(ctx, app, p, wire.FromClient, wire.ErrSessionState.For("sessionId", "the session has ended"))
}

// VisitorMessages reads a part of a chat of the customer, also of one that has
// ended.
func (c *Center) VisitorMessages(ctx context.Context, app, user string, p wire.MessagesParams) (wire.MessagesResult,
	error) {
	if err := chat.Check(&p); err != nil {
		return wire.MessagesResult{}, err
	}
	var live *chat.Mark
	err := c.do(ctx, func() {
		if call := c.visitorsCall(app, user, p.SessionID); call != nil && call.chat != nil {
			live = call.ch().log.Mark(&p)
		}
	})
	if err == nil && live == nil {
		_, err = c.visitEnded(ctx, app, user, p.SessionID)
	}
	if err != nil {
		return wire.MessagesResult{}, err
	}
	return c.history(ctx, app, &p, live)
}

// visiting runs f for an open chat of a customer.
func (c *Center) visiting(ctx context.Context, app, user, id string, f func(call *call)) error {
	found := false
	err := c.do(ctx, func() {
		if call := c.visitorsCall(app, user, id); call != nil && call.chat != nil {
			found = true
			f(call)
		}
	})
	if err == nil && !found {
		_, err = c.visitEnded(ctx, app, user, id)
	}
	return err
}

// VisitorRead notes up to which message the customer has read.
func (c *Center) VisitorRead(ctx context.Context, app, user string, p wire.ReadParams) error {
	return c.visiting(ctx, app, user, p.SessionID, func(call *call) { c.customerHas(call, p.Seq, p.Seq) })
}

// VisitorDelivered notes up to which message the customer's page has all.
func (c *Center) VisitorDelivered(ctx context.Context, app, user string, p wire.ReadParams) error {
	return c.visiting(ctx, app, user, p.SessionID, func(call *call) { c.customerHas(call, p.Seq, 0) })
}

// customerHas moves the customer's marks forward.
func (c *Center) customerHas(call *call, delivered, read uint64) {
	s := call.Chat
	delivered, read = max(s.ClientDelivered, min(delivered, s.LastSeq)), max(s.ClientRead, min(read, s.LastSeq))
	if delivered == s.ClientDelivered && read == s.ClientRead {
		return
	}
	s.ClientDelivered, s.ClientRead = delivered, read
	c.chatUpdated(call)
	c.saveSession(call)
}

// VisitorTyping tells the agent whether the customer is typing.
func (c *Center) VisitorTyping(ctx context.Context, app, user string, p wire.TypingParams) error {
	return c.visiting(ctx, app, user, p.SessionID, func(call *call) {
		ch := call.chat
		stopTimer(&ch.typing)
		if p.Typing {
			ch.typing = c.after(call, typingFor, func() { c.customerTypes(call, false) })
		}
		c.customerTypes(call, p.Typing)
	})
}

func (c *Center) customerTypes(call *call, typing bool) {
	if call.State() == session.Ended || call.Chat.ClientTyping == typing {
		return
	}
	call.Chat.ClientTyping = typing
	c.chatUpdated(call)
}
