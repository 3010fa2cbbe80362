package center

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"tccc/gateway/session"
	"tccc/gateway/store"
	"tccc/wire"
)

// chatRecord is a live chat in the store, beside its messages.
type chatRecord struct {
	Session   *session.Session `json:"session"`
	Group     string           `json:"group"` // who takes over from the bot
	Chosen    bool             `json:"chosen,omitempty"`
	First     string           `json:"first,omitempty"` // not written yet
	Queued    bool             `json:"queued,omitempty"`
	Heard     uint64           `json:"heard,omitempty"` // by the bot
	Until     int64            `json:"until,omitempty"` // Unix milliseconds when the queue's time is over
	Overflows map[string]bool  `json:"overflows,omitempty"`
}

// resumable is what a chat needs to go on in another process; nil for other
// sessions and for those that have ended.
func (call *call) resumable() json.RawMessage {
	ch := call.chat
	if ch == nil || call.State() == session.Ended {
		return nil
	}
	return wire.Raw(chatRecord{
		Session: call.Session, Group: ch.group, Chosen: ch.chosen, First: ch.first, Queued: ch.queued, Heard: ch.heard,
		Until: wire.Millis(call.queueUntil), Overflows: call.overflows,
	})
}

// recoverChat goes on with a chat that an earlier process has left. It reports
// false if the record is of no use.
func (c *Center) recoverChat(ctx context.Context, r *store.SessionRecord) (bool, error) {
	var saved chatRecord
	if err := json.Unmarshal(r.Chat, &saved); err != nil || saved.Session == nil || saved.Session.Customer == nil ||
		saved.Session.Chat == nil {
		c.Log.Error("a chat cannot go on: its record cannot be read", "session", r.SessionID, "err", err)
		return false, nil
	}
	messages, err := c.Store.Messages(ctx, r.SDKAppID, r.SessionID, 1, 0, 0)
	if err != nil {
		return false, fmt.Errorf("failed to read the messages of a chat: %w", err)
	}
	s, t, now := saved.Session, c.tenants[r.SDKAppID], time.Now()
	was := s.Chat.ClientOnline
	s.Recover(now)
	s.Chat.ClientTyping = false
	call := c.adoptChat(t, c.visitorOf(s.App, s.Customer.UserID), s, &openChat{
		group: saved.Group, chosen: saved.Chosen, first: saved.First, queued: saved.Queued, heard: saved.Heard,
	}, messages)
	close(call.chat.ready)
	if saved.Overflows != nil {
		call.overflows = saved.Overflows
	}
	call.queueUntil = time.UnixMilli(saved.Until)
	c.chatGoesOn(call, was)
	return true, nil
}

// chatGoesOn takes a chat up where it was: with its agent, who has the grace
// time to come back, in its queue, or with the bot.
func (c *Center) chatGoesOn(call *call, online bool) {
	if call.State() == session.Arriving {
		c.chatBegins(call)
		return
	}
	c.watchChat(call)
	if online && !call.chat.online {
		c.chatGone(call)
	}
	switch call.State() {
	case session.Menu:
		c.botHears(call)
	case session.Queued:
		c.waitsOn(call)
	case session.Talking, session.Held:
		c.backToAgent(call)
	}
}

// waitsOn lets a chat of an earlier process wait on.
func (c *Center) waitsOn(call *call) {
	if g := call.group(); g != nil && g.QueueTimeout > 0 { // agents, too, need time to come back
		call.queueTimer = c.after(call, max(time.Until(call.queueUntil), call.tenant.Grace),
			func() { c.queueExpired(call) })
	}
	c.waitAgain(call, nil)
}

// backToAgent gives a chat back to the agent who had it.
func (c *Center) backToAgent(call *call) {
	a := c.agentOf(call.App, call.Agent)
	if a == nil {
		now := time.Now()
		if call.Return(session.RingLost, now, now) == nil {
			c.waitsOn(call)
		}
		return
	}
	call.agent = a
	a.occupy(call)
	a.emit("", nil, ptr(call.View()))
	if !a.present() && a.grace == nil {
		a.expectBack()
	}
}

func ptr[T any](v T) *T { return &v }
