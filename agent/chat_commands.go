package agent

import (
	"context"
	"time"

	"tccc/wire"
)

// AcceptChat takes a chat that rings. It needs neither microphone nor leg.
func (a *Agent) AcceptChat(ctx context.Context, id string) error {
	if _, err := a.acceptable(id); err != nil {
		return err
	}
	return a.request(ctx, wire.MethodChatAccept, wire.SessionParams{SessionID: id}, nil)
}

// EndChat ends a chat; one that rings is declined.
func (a *Agent) EndChat(ctx context.Context, id string) error {
	return a.request(ctx, wire.MethodChatEnd, wire.SessionParams{SessionID: id}, nil)
}

// TransferChat hands a chat over to an agent or a skill group.
func (a *Agent) TransferChat(ctx context.Context, p wire.TransferParams) error {
	return a.request(ctx, wire.MethodChatTransfer, p, nil)
}

// Messages fetches a part of a chat.
func (a *Agent) Messages(ctx context.Context, p wire.MessagesParams) (wire.MessagesResult, error) {
	var res wire.MessagesResult
	if err := a.request(ctx, wire.MethodChatMessages, p, &res); err != nil {
		return wire.MessagesResult{}, err
	}
	if res.Messages == nil {
		res.Messages = []wire.Message{}
	}
	for i := range res.Messages {
		if f := res.Messages[i].File; f != nil {
			f.URL = a.absolute(f.URL)
		}
	}
	return res, nil
}

// OlderMessages fetches those before the first that is known.
func (a *Agent) OlderMessages(ctx context.Context, id string) error {
	p := wire.MessagesParams{SessionID: id, Limit: pageMessages}
	a.do(func() {
		c := a.chats[id]
		if c == nil || c.Loading || !c.More || len(c.Messages) == 0 || len(c.Messages) >= mostMessages {
			return
		}
		p.Before = c.Messages[0].Seq
		c.Loading = true
		a.changed()
	})
	if p.Before == 0 {
		return nil
	}
	res, err := a.Messages(ctx, p)
	a.do(func() {
		c := a.chats[id]
		if c == nil {
			return
		}
		c.Loading = false
		a.changed()
		if err != nil {
			return
		}
		c.limit = max(c.limit, len(c.Messages)+len(res.Messages))
		a.takeMessages(c, res.Messages)
		c.More = res.More
	})
	return err
}

// MarkRead says that the agent has read all messages of a chat.
func (a *Agent) MarkRead(ctx context.Context, id string) error {
	p := wire.ReadParams{SessionID: id}
	var err error
	a.do(func() {
		var s *wire.Session
		if s, err = a.liveSession(id); err != nil {
			return
		}
		c := a.chats[id]
		if c == nil {
			err = wire.ErrSessionState.With("the session is no chat")
			return
		}
		if last := c.last(); last > chatState(s).SeatRead && last > c.read {
			p.Seq, c.read = last, last
		}
	})
	if err != nil || p.Seq == 0 {
		return err
	}
	err = a.request(ctx, wire.MethodChatRead, p, nil)
	a.do(func() {
		c, s := a.chats[id], a.findSession(id)
		switch {
		case c == nil || s == nil:
		case err != nil:
			c.read = 0
		default:
			state := chatState(s)
			if p.Seq > state.SeatRead {
				state.SeatRead = p.Seq
				if state.LastSeq <= p.Seq {
					state.Unread = 0
				}
				s.Chat = &state
				a.changed()
			}
		}
	})
	return err
}

// SetTyping tells the customer that the agent types. It may be called at every
// key: the gateway is told now and then. Without a connection it is not told.
func (a *Agent) SetTyping(ctx context.Context, p wire.TypingParams) error {
	tell := false
	var err error
	a.do(func() {
		var c *chat
		if c, err = a.writable(p.SessionID); err != nil {
			return
		}
		now := a.clock.Now()
		switch {
		case a.conn.state != connUp:
			err = wire.ErrDisconnected
		case p.Typing:
			if tell = now.Sub(c.typed) >= typingEvery; tell {
				c.typed = now
			}
		default:
			tell = now.Sub(c.typed) < 2*typingEvery
			c.typed = time.Time{}
		}
	})
	if err != nil || !tell {
		return err
	}
	return a.request(ctx, wire.MethodChatTyping, p, nil)
}
