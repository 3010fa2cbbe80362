package center

import (
	"context"
	"time"

	"tccc/gateway/chat"
	"tccc/gateway/session"
	"tccc/internal/clip"
	"tccc/wire"
)

// chat finds a live chat of the agent.
func (a *agent) chat(id string) (*call, error) {
	call, err := a.session(id)
	if err == nil && call.Type != wire.TypeIM {
		return nil, wire.ErrSessionState.For("sessionId", "the session is no chat")
	}
	return call, err
}

// liveChat finds a chat that the agent has taken.
func (a *agent) liveChat(id string) (*call, error) {
	call, err := a.chat(id)
	if err == nil && !call.Live() {
		return nil, wire.ErrSessionState.For("sessionId", "the session is %s", call.State())
	}
	return call, err
}

// acceptChat takes a ringing chat.
func (a *agent) acceptChat(p *wire.SessionParams) (any, error) {
	call, err := a.chat(p.SessionID)
	switch {
	case err != nil:
		return nil, err
	case call.State() != session.Ringing:
		return nil, wire.ErrSessionState.For("sessionId", "the session is %s", call.State())
	case a.c.stopping:
		return nil, wire.ErrStopping
	case a.liveChats() >= a.conf.MaxChats:
		return nil, wire.ErrTooManySessions.With("the agent has %d chats", a.liveChats())
	}
	stopTimer(&call.ringTimer)
	stopTimer(&call.queueTimer)
	if err := call.Accept(time.Now()); err != nil {
		return nil, err
	}
	if call.role == taker {
		a.c.takerAccepts(call)
		call = call.of
	} else {
		a.c.chatTaken(call, wire.NoticeAccepted)
	}
	call.show(wire.EventUserAccessed, call.ref())
	a.c.saveSession(call)
	return wire.Empty{}, nil
}

// liveChats counts the chats that the agent has taken.
func (a *agent) liveChats() (n int) {
	for _, call := range a.c.calls {
		if call.agent == a && call.Type == wire.TypeIM && call.Live() {
			n++
		}
	}
	return n
}

// endChat declines a chat that rings and ends any other. One that is being
// handed over stays with whoever it is offered to.
func (a *agent) endChat(p *wire.SessionParams) (any, error) {
	call, err := a.chat(p.SessionID)
	if err != nil {
		return nil, err
	}
	switch {
	case a.c.stopping:
		return nil, wire.ErrStopping
	case call.State() == session.Ringing && !call.direct:
		a.c.moveOn(call, session.RingDeclined)
	case call.handing != nil:
		now, v := time.Now(), call.View()
		a.c.leave(call)
		a.c.dismiss(a, call, v, now)
	default:
		a.c.end(call, wire.CloseSeat, "", "")
	}
	return wire.Empty{}, nil
}

// transferChat hands a chat over to another agent or to a skill group. The
// agent has it until somebody takes it; if nobody does, it stays.
func (a *agent) transferChat(p *wire.TransferParams) (any, error) {
	call, err := a.liveChat(p.SessionID)
	switch {
	case err != nil:
		return nil, err
	case call.of != nil:
		return nil, wire.ErrForbidden.For("sessionId", "the session is another agent's")
	case call.handing != nil:
		return nil, wire.ErrSessionState.For("sessionId", "the session is being transferred already")
	case a.c.stopping:
		return nil, wire.ErrStopping
	}
	target, to, err := a.target(p, call.Type)
	if err != nil {
		return nil, err
	}
	h := &handing{target: target}
	call.handing, call.Transfer, call.TransferFailed = h, &h.target, ""
	a.changed(call)
	h.part = a.c.newPart(call, taker)
	h.part.Tried = map[string]time.Time{a.key.user: time.Now().Add(never)} // who gives it away is not asked
	if to != nil {
		h.part.direct = true
		a.c.ring(h.part, to)
		return wire.Empty{}, nil
	}
	h.part.Queued = call.Created // whoever has waited before does not wait behind all
	a.c.enqueue(h.part, target.SkillGroupID)
	return wire.Empty{}, nil
}

// never is longer than any chat.
const never = 10 * 365 * 24 * time.Hour

// sendMessage writes a message of the agent.
func (a *agent) sendMessage(p *wire.SendParams, done func(any, error)) {
	call, err := a.liveChat(p.SessionID)
	if err != nil {
		a.sentBefore(p, err, done)
		return
	}
	write := func(file *wire.File, err error) {
		m, bad := chat.Compose(p, wire.FromSeat, file)
		if err == nil {
			err = bad
		}
		if err == nil && call.session().agent != a {
			err = wire.ErrSessionNotFound.For("sessionId", "the session has moved on")
		}
		if err != nil {
			done(nil, err)
			return
		}
		m.UserID, m.Name = a.key.user, a.conf.DisplayName()
		a.c.say(call.session(), m, func(m wire.Message, err error) { done(m, err) })
	}
	if p.FileID == "" {
		write(nil, nil)
		return
	}
	c, app := a.c, a.key.app
	c.outside(call, func(ctx context.Context) func() {
		f, err := c.file(ctx, app, p)
		return func() { write(f, err) }
	})
}

// sentBefore answers for a chat that the agent does not have any more: the
// message may have been written, and only its answer lost.
func (a *agent) sentBefore(p *wire.SendParams, otherwise error, done func(any, error)) {
	if !a.lists(p.SessionID) {
		done(nil, otherwise)
		return
	}
	c, app := a.c, a.key.app
	c.outside(a, func(ctx context.Context) func() {
		m, err := c.repeated(ctx, app, p, wire.FromSeat, otherwise)
		return func() { done(m, err) }
	})
}

// repeated finds a message that a side has written before. It blocks.
func (c *Center) repeated(ctx context.Context, app string, p *wire.SendParams, from wire.Sender,
	otherwise error) (wire.Message, error) {
	all, err := c.Store.Messages(ctx, app, p.SessionID, 1, 0, 0)
	if err != nil {
		return wire.Message{}, err
	}
	for i := range all {
		if m := &all[i].Message; m.ID == p.ID && m.From == from {
			return c.signed(*m), nil
		}
	}
	return wire.Message{}, otherwise
}

// file finds a finished upload.
func (c *Center) file(ctx context.Context, app string, p *wire.SendParams) (*wire.File, error) {
	if c.Files == nil {
		return nil, wire.ErrNotAvailableYet.With("this gateway takes no files")
	}
	f, err := c.Files.File(ctx, app, p.SessionID, p.FileID)
	if err != nil {
		return nil, err
	}
	f.URL = "" // signed for each reader
	return &f, nil
}

// readMessages reads a part of a chat that is on the agent's list.
func (a *agent) readMessages(p *wire.MessagesParams, done func(any, error)) {
	if err := chat.Check(p); err != nil {
		done(nil, err)
		return
	}
	var live *chat.Mark
	if call := a.own(p.SessionID); call != nil && call.Type == wire.TypeIM {
		live = call.ch().log.Mark(p)
	} else if live = a.seen(p.SessionID); live == nil {
		done(nil, wire.ErrSessionNotFound.For("sessionId", "%q", clip.Shown(p.SessionID, 40)))
		return
	}
	c, app := a.c, a.key.app
	c.outside(a, func(ctx context.Context) func() {
		out, err := c.history(ctx, app, p, live)
		return func() { done(out, err) }
	})
}

// seen is how far the agent has seen a chat that it does not have any more: what
// was written after it had handed the chat over is others' business.
func (a *agent) seen(id string) *chat.Mark {
	for _, s := range a.list {
		if s.SessionID == id && s.Chat != nil {
			return &chat.Mark{Most: s.Chat.LastSeq}
		}
	}
	return nil
}

// markRead notes up to which message the agent has read.
func (a *agent) markRead(p *wire.ReadParams) (any, error) {
	call, err := a.liveChat(p.SessionID)
	if err != nil {
		return nil, err
	}
	call = call.session()
	seq := min(p.Seq, call.Chat.LastSeq)
	if seq <= call.Chat.SeatRead {
		return wire.Empty{}, nil
	}
	call.Chat.SeatRead = seq
	call.chat.log.Count()
	call.visitor.notify(wire.VisitorNotifyRead, wire.ReadParams{SessionID: call.ID, Seq: seq})
	a.c.chatUpdated(call)
	a.c.saveSession(call)
	return wire.Empty{}, nil
}

// typing tells the customer whether the agent is typing.
func (a *agent) typing(p *wire.TypingParams) (any, error) {
	call, err := a.liveChat(p.SessionID)
	if err != nil {
		return nil, err
	}
	call.session().visitor.notify(wire.VisitorNotifyTyping, p)
	return wire.Empty{}, nil
}

// upload allows the agent to upload one file.
func (a *agent) upload(p *wire.UploadParams, done func(any, error)) {
	_, err := a.liveChat(p.SessionID)
	if err == nil && a.c.Files == nil {
		err = wire.ErrNotAvailableYet.With("this gateway takes no files")
	}
	if err != nil {
		done(nil, err)
		return
	}
	c, key := a.c, a.key
	c.outside(a, func(ctx context.Context) func() {
		url, err := c.Files.Ticket(ctx, key.app, p.SessionID, key.user, *p)
		return func() { done(wire.UploadResult{URL: url}, err) }
	})
}
