package center

import (
	"context"
	"strings"

	"tccc/gateway/session"
	"tccc/gateway/store"
	"tccc/wire"
)

// ChatOf gives the open chat of a customer; store.ErrNotFound if there is none.
func (c *Center) ChatOf(ctx context.Context, app, user string) (r store.SessionRecord, err error) {
	found := false
	err = c.do(ctx, func() {
		if v := c.visitors[agentKey{app, user}]; v != nil {
			if call := v.find(wire.TypeIM); call != nil {
				r, found = c.record(call), true
			}
		}
	})
	if err == nil && !found {
		err = store.ErrNotFound
	}
	return r, err
}

// Say writes a text of the application's back end into a chat, for both sides,
// and returns when it is stored. The same id again is answered with the first
// message; it must begin with chat.BackEndID. store.ErrNotFound if the application
// has no open chat of this id.
func (c *Center) Say(ctx context.Context, app, id string, m wire.Message) (wire.Message, error) {
	type outcome struct {
		m   wire.Message
		err error
	}
	if len(m.Text) > wire.MessageTextMost || strings.TrimSpace(m.Text) == "" {
		return wire.Message{}, wire.ErrMessageInvalid.For("text", "a text must have 1 to %d bytes",
			wire.MessageTextMost)
	}
	settled, found := make(chan outcome, 1), false
	err := c.do(ctx, func() {
		call := c.calls[id]
		if call == nil || call.App != app || call.chat == nil || call.State() == session.Arriving {
			return
		}
		found = true
		if call.chat.log.Full() {
			settled <- outcome{err: wire.ErrOverloaded}
			return
		}
		m.From, m.Type = wire.FromBot, wire.MessageText
		if m.Name == "" {
			m.Name = call.tenant.Chat.Bot.Name
		}
		c.say(call, m, func(m wire.Message, err error) { settled <- outcome{m, err} })
	})
	if err == nil && !found {
		err = store.ErrNotFound
	}
	if err != nil {
		return wire.Message{}, err
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

// Transcript gives everything that was written in a chat, open or ended;
// store.ErrNotFound if the application has none of this id.
func (c *Center) Transcript(ctx context.Context, app, id string) ([]wire.Message, error) {
	live := false
	err := c.do(ctx, func() {
		call := c.calls[id]
		live = call != nil && call.App == app && call.chat != nil
	})
	if err != nil {
		return nil, err
	}
	if !live {
		cdr, err := c.recordOf(ctx, app, id)
		if err == nil && (cdr == nil || cdr.Type != wire.TypeIM) {
			err = store.ErrNotFound
		}
		if err != nil {
			return nil, err
		}
	}
	stored, err := c.Store.Messages(ctx, app, id, 1, 0, 0)
	if err != nil {
		return nil, err
	}
	all := make([]wire.Message, len(stored))
	for i := range stored {
		all[i] = c.signed(stored[i].Message)
	}
	return all, nil
}
