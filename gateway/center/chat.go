package center

import (
	"context"
	"errors"
	"strconv"
	"time"

	"tccc/gateway/chat"
	"tccc/gateway/session"
	"tccc/gateway/store"
	"tccc/gateway/tenant"
	"tccc/internal/clip"
	"tccc/wire"
)

// openChat is what a chat that is open has beside its session: what was written, and its
// clocks. It belongs to the loop.
type openChat struct {
	log    *chat.Log
	group  string        // who takes over from the bot
	chosen bool          // the customer asked for the group: there is no bot
	first  string        // the customer's first words
	ready  chan struct{} // closed when the chat has begun, or could not
	last   *agent        // who had it when it ended
	queued bool          // the customer was told to wait
	asking bool          // the bot is being asked
	heard  uint64        // the customer's last message that the bot has answered
	active time.Time     // somebody wrote last
	online bool          // the customer's page is there

	idle, gone, typing *time.Timer
}

// typingFor is how long somebody counts as typing.
const typingFor = 6 * time.Second

// ch is the chat of a session or of a part of one; nil if it is none.
func (call *call) ch() *openChat { return call.session().chat }

// startChat opens a chat, or gives the one that is open.
func (c *Center) startChat(ctx context.Context, app string, who session.Customer,
	p wire.VisitorStartParams) (wire.VisitorSession, error) {
	if len(p.Text) > wire.MessageTextMost {
		return wire.VisitorSession{}, wire.ErrMessageInvalid.For("text", "it has %d bytes", len(p.Text))
	}
	for {
		var call *call
		var fresh bool
		failed := error(nil)
		if err := c.do(ctx, func() { call, fresh, failed = c.openChat(app, who, &p) }); err != nil || failed != nil {
			return wire.VisitorSession{}, errors.Join(err, failed)
		}
		if fresh {
			if err := c.beginChat(ctx, call); err != nil {
				return wire.VisitorSession{}, err
			}
		}
		select {
		case <-call.chat.ready:
		case <-ctx.Done():
			return wire.VisitorSession{}, ctx.Err()
		}
		var s wire.VisitorSession
		if err := c.do(ctx, func() { s = call.visit() }); err != nil {
			return wire.VisitorSession{}, err
		}
		if fresh || s.State != wire.VisitorEnded {
			return s, nil
		}
	}
}

// openChat finds the customer's chat, or makes one that has not begun yet.
func (c *Center) openChat(app string, who session.Customer, p *wire.VisitorStartParams) (_ *call, fresh bool,
	err error) {
	t := c.tenants[app]
	if t == nil {
		return nil, false, wire.ErrInvalidOptions.For("sdkAppId", "there is no application %q", clip.Shown(app, 40))
	}
	v := c.visitorOf(app, who.UserID)
	defer v.rest()
	if open := v.find(wire.TypeIM); open != nil {
		return open, false, nil
	}
	switch {
	case c.closed():
		return nil, false, wire.ErrStopping
	case len(c.calls) >= c.MaxSessions:
		return nil, false, wire.ErrOverloaded
	case c.Store.Room() != nil:
		return nil, false, wire.ErrOverloaded.With("the gateway's store has no room for new chats at the moment")
	}
	group, err := t.VisitGroup(p)
	if err != nil {
		return nil, false, err
	}
	s := session.Inbound(NewSessionID(), app, wire.TypeIM, time.Now())
	s.Customer, s.Chat = &who, &wire.ChatState{}
	call := c.adoptChat(t, v, s, &openChat{group: group, chosen: p.SkillGroupID != "", first: p.Text}, nil)
	c.counts.started(s)
	return call, true, nil
}

// adoptChat makes a session a chat of this process.
func (c *Center) adoptChat(t *tenant.Tenant, v *visitor, s *session.Session, ch *openChat,
	stored []store.ChatMessage) *call {
	call := &call{Session: s, tenant: t, visitor: v, chat: ch, overflows: map[string]bool{}}
	ch.ready, ch.active, ch.online = make(chan struct{}), time.Now(), v.online()
	ch.log = c.openLog(call, stored)
	s.Chat.ClientOnline = ch.online
	v.open = append(v.open, call)
	c.calls[call.ID] = call
	return call
}

// beginChat stores a new chat and then lets it begin. It goes on when the
// customer's socket is lost meanwhile.
func (c *Center) beginChat(ctx context.Context, call *call) error {
	ctx = context.WithoutCancel(ctx)
	var record store.SessionRecord
	if err := c.do(ctx, func() { record = c.record(call) }); err != nil {
		return err
	}
	_, stored := c.Store.Sessions().Create(ctx, call.ID, record)
	if errors.Is(stored, store.ErrExists) {
		stored = nil
	}
	err := c.do(ctx, func() {
		defer close(call.chat.ready)
		switch {
		case call.State() == session.Ended: // meanwhile: its record must not come back
			c.saved("session", c.Store.Sessions().DeleteLater(call.ID))
		case stored == nil:
			c.chatBegins(call)
		case call.Close(wire.CloseAdmin, "", "", time.Now()) == nil:
			c.saved("session", stored)
			c.forget(call)
			call.visitor.ends(call, call.visit())
		}
	})
	return errors.Join(err, stored)
}

// chatBegins greets the customer and finds somebody to talk to.
func (c *Center) chatBegins(call *call) {
	if call.State() != session.Arriving || c.stopping { // the next process lets it begin
		return
	}
	ch, conf := call.chat, &call.tenant.Chat
	c.watchChat(call)
	if conf.Greeting != "" {
		c.notice(call, wire.NoticeGreeting, wire.Message{Text: conf.Greeting})
	}
	bot := conf.Bot.Any() && !ch.chosen && call.EnterMenu() == nil
	if ch.first != "" {
		c.say(call, wire.Message{
			ID: NewSessionID(), From: wire.FromClient, UserID: call.Customer.UserID, Name: call.Customer.Name(),
			Type: wire.MessageText, Text: ch.first,
		}, nil)
		ch.first = ""
	}
	if bot {
		c.saveSession(call)
		return
	}
	c.enqueue(call, ch.group)
}

// watchChat starts the clocks of a chat.
func (c *Center) watchChat(call *call) {
	if d := call.tenant.Chat.IdleTimeout; d > 0 {
		call.chat.idle = c.after(call, d, func() { c.chatIdles(call, d) })
	}
}

// chatIdles ends a chat in which nobody has written. While the customer waits,
// the queue's time counts.
func (c *Center) chatIdles(call *call, limit time.Duration) {
	ch := call.chat
	if call.State() == session.Ended || ch.idle == nil {
		return
	}
	left := limit - time.Since(ch.active)
	if state := call.State(); state != session.Talking && state != session.Menu {
		left = limit
	}
	if left > 0 {
		ch.idle = c.after(call, left, func() { c.chatIdles(call, limit) })
		return
	}
	c.end(call, wire.CloseTimer, wire.ReasonIdle, "nobody has written for "+limit.String())
}

// chatWaits tells the customer to wait for a person.
func (c *Center) chatWaits(call *call) {
	ch := call.chat
	if ch == nil || ch.queued {
		return
	}
	ch.queued = true
	c.notice(call, wire.NoticeQueued, wire.Message{Text: strconv.Itoa(c.acd.Position(call.key()))})
}

// chatTaken follows the agent who has taken the chat.
func (c *Center) chatTaken(call *call, notice string) {
	ch := call.chat
	ch.queued, ch.active = false, time.Now()
	a := call.agent
	c.notice(call, notice, wire.Message{UserID: a.key.user, Name: a.conf.DisplayName()})
}

// chatHandedOver follows a transfer that has been taken.
func (c *Center) chatHandedOver(call *call) {
	if call.chat != nil {
		c.chatTaken(call, wire.NoticeTransferred)
	}
}

// chatEnds stops the clocks and writes down how the chat ended.
func (c *Center) chatEnds(call *call) {
	ch := call.chat
	if ch == nil {
		return
	}
	ch.stop()
	ch.last = call.agent
	call.Chat.ClientTyping = false
	switch call.MainReason {
	case wire.ReasonIdle:
		c.notice(call, wire.NoticeTimeout, wire.Message{})
	case wire.ReasonQueueTimeout, wire.ReasonQueueFull, wire.ReasonNoAgent:
		c.notice(call, wire.NoticeNobody, wire.Message{})
	}
	c.notice(call, wire.NoticeEnded, wire.Message{Text: string(call.CloseBy)})
}

func (ch *openChat) stop() {
	stopTimer(&ch.idle)
	stopTimer(&ch.gone)
	stopTimer(&ch.typing)
}

// chatPresence follows the customer's coming and going.
func (c *Center) chatPresence(call *call, online bool) {
	ch := call.chat
	if ch.online == online || call.State() == session.Ended {
		return
	}
	ch.online, call.Chat.ClientOnline = online, online
	stopTimer(&ch.gone)
	if !online {
		call.Chat.ClientTyping = false
		c.chatGone(call)
	}
	c.chatUpdated(call)
	c.saveSession(call)
}

// chatGone gives a customer whose page is away the time to come back.
func (c *Center) chatGone(call *call) {
	d := call.tenant.Chat.GoneTimeout
	if d <= 0 {
		return
	}
	call.chat.gone = c.after(call, d, func() {
		if call.State() != session.Ended && !call.chat.online {
			c.end(call, wire.CloseTimer, wire.ReasonCustomerGone, "the customer did not come back")
		}
	})
}

// chatUpdated shows the agent how far the customer is.
func (c *Center) chatUpdated(call *call) {
	if call.agent != nil {
		call.show(wire.EventChatUpdated, wire.ChatUpdated{SessionID: call.ID, ChatState: *call.Chat})
	}
}

// leaveChats stops the clocks: chats go on in the next process.
func (c *Center) leaveChats() {
	stopTimer(&c.places)
	c.bots.Close()
	for _, call := range c.calls {
		if ch := call.chat; ch != nil {
			ch.stop()
			call.stopTimers()
		}
	}
}

// callInIM is the payload of callIn for a chat.
func callInIM(v wire.Session, seconds int) wire.CallInIM {
	return wire.CallInIM{
		SessionID: v.SessionID, Type: v.Type, Timeout: seconds, Nickname: v.Title, Avatar: v.Avatar, Remark: v.Remark,
		PeerSource: v.PeerSource, ChannelName: v.ChannelName, ClientData: v.ClientData,
	}
}
