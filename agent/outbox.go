package agent

import (
	"context"
	"slices"

	"tccc/wire"
)

// outgoing is a message of the agent that the gateway has not confirmed. Its id
// is made once: however often it is sent, it is written once.
type outgoing struct {
	Outgoing
	params wire.SendParams
	file   *FileParams // to be uploaded; nil once it is
	busy   bool
}

// FileParams describe a file to send.
type FileParams struct {
	SessionID string
	Name      string
	MIME      string // as the browser says it, for the time of the upload
	Size      int64  // bytes
	// Post uploads the file to an address of the gateway and gives what that
	// answers. progress may be called from any goroutine with 0 to 1.
	Post func(ctx context.Context, url string, progress func(float64)) (wire.File, error)
}

// Send sends a message: exactly one of text, card and order, or a file that has
// been uploaded. Without an id it gets one. A message that cannot be sent stays
// in the outbox until it is sent again or discarded.
func (a *Agent) Send(ctx context.Context, p wire.SendParams) (wire.Message, error) {
	if p.ID == "" {
		p.ID = random()
	}
	return a.enqueue(ctx, outgoingOf(p))
}

func outgoingOf(p wire.SendParams) *outgoing {
	o := &outgoing{params: p}
	o.Message = wire.Message{SessionID: p.SessionID, ID: p.ID, From: wire.FromSeat, Text: p.Text, Card: p.Card,
		Order: p.Order}
	switch {
	case p.Card != nil:
		o.Message.Type = wire.MessageCard
	case p.Order != nil:
		o.Message.Type = wire.MessageOrder
	case p.FileID != "":
		o.Message.Type = wire.MessageFile
	default:
		o.Message.Type = wire.MessageText
	}
	return o
}

// SendFile uploads a file and sends it.
func (a *Agent) SendFile(ctx context.Context, p FileParams) (wire.Message, error) {
	id := random()
	o := &outgoing{params: wire.SendParams{SessionID: p.SessionID, ID: id}, file: &p}
	o.Message = wire.Message{SessionID: p.SessionID, ID: id, From: wire.FromSeat, Type: wire.MessageFile,
		File: &wire.File{Name: p.Name, Size: p.Size, MIME: p.MIME}}
	return a.enqueue(ctx, o)
}

// enqueue puts a message into the outbox and sends it.
func (a *Agent) enqueue(ctx context.Context, o *outgoing) (wire.Message, error) {
	var err error
	a.do(func() {
		var c *chat
		if c, err = a.writable(o.params.SessionID); err != nil {
			return
		}
		if a.unsent() >= maxOutbox {
			err = wire.ErrOverloaded
			return
		}
		o.Message.At = a.clock.Now().UnixMilli() + a.view.ClockOffset
		o.busy = true
		c.out = append(c.out, o)
		a.outboxChanged(c)
	})
	if err != nil {
		return wire.Message{}, err
	}
	return a.deliver(ctx, o)
}

// writable finds a chat that the agent is in.
func (a *Agent) writable(id string) (*chat, error) {
	s, err := a.liveSession(id)
	switch {
	case err != nil:
		return nil, err
	case s.Type != wire.TypeIM:
		return nil, wire.ErrSessionState.With("the session is no chat")
	case s.State != wire.StateTalking:
		return nil, wire.ErrSessionState.With("the session is %s", s.State)
	}
	return a.chats[id], nil
}

// deliver sends a message of the outbox and notes how that went.
func (a *Agent) deliver(ctx context.Context, o *outgoing) (wire.Message, error) {
	var m wire.Message
	err := a.upload(ctx, o)
	if err == nil {
		err = a.request(ctx, wire.MethodChatSend, o.params, &m)
	}
	a.do(func() {
		o.busy = false
		c := a.chats[o.params.SessionID]
		switch {
		case c == nil:
		case err == nil:
			a.takeMessages(c, []wire.Message{m})
			c.told = max(c.told, m.Seq)
			if s := a.findSession(m.SessionID); s != nil && s.Chat != nil && s.Chat.LastSeq < m.Seq {
				state := *s.Chat
				state.LastSeq = m.Seq
				s.Chat = &state
			}
			if c.gap() != c.last() {
				a.loadChat(m.SessionID)
			}
			if m.File != nil {
				f := *m.File
				f.URL = a.absolute(f.URL)
				m.File = &f
			}
		case slices.Contains(c.out, o): // else an event has confirmed it
			o.Err = wire.AsError(err)
			a.outboxChanged(c)
		}
	})
	return m, err
}

// upload brings the file of a message to the gateway.
func (a *Agent) upload(ctx context.Context, o *outgoing) error {
	f := o.file
	if f == nil {
		return nil
	}
	var ticket wire.UploadResult
	p := wire.UploadParams{SessionID: f.SessionID, Name: f.Name, Size: f.Size}
	if err := a.request(ctx, wire.MethodChatUpload, p, &ticket); err != nil {
		return err
	}
	done, err := f.Post(ctx, a.absolute(ticket.URL), func(share float64) {
		a.post(func() {
			o.Progress = min(max(share, o.Progress), 1)
			if c := a.chats[f.SessionID]; c != nil {
				a.outboxChanged(c)
			}
		})
	})
	if err != nil {
		return err
	}
	a.do(func() { o.params.FileID, o.file = done.ID, nil })
	return nil
}

// Resend sends a message of the outbox again that could not be sent.
func (a *Agent) Resend(ctx context.Context, sessionID, id string) error {
	var o *outgoing
	a.do(func() {
		if c := a.chats[sessionID]; c != nil {
			for _, x := range c.out {
				if x.params.ID == id && !x.busy {
					o, x.busy, x.Err, x.Progress = x, true, nil, 0
					a.outboxChanged(c)
				}
			}
		}
	})
	if o == nil {
		return nil // sent, or under way
	}
	_, err := a.deliver(ctx, o)
	return err
}

// Discard takes a message out of the outbox that could not be sent.
func (a *Agent) Discard(sessionID, id string) {
	a.do(func() {
		if c := a.chats[sessionID]; c != nil {
			c.out = slices.DeleteFunc(c.out, func(o *outgoing) bool { return o.params.ID == id && !o.busy })
			a.outboxChanged(c)
		}
	})
}

// sent takes the message of that id out of the outbox.
func (a *Agent) sent(c *chat, id string) {
	n := len(c.out)
	c.out = slices.DeleteFunc(c.out, func(o *outgoing) bool { return o.params.ID == id })
	if len(c.out) != n {
		a.outboxChanged(c)
	}
}

// outboxChanged shows and keeps the outbox.
func (a *Agent) outboxChanged(c *chat) {
	c.Outbox = make([]Outgoing, len(c.out))
	for i, o := range c.out {
		c.Outbox[i] = o.Outgoing
	}
	a.keepUnsent()
	a.changed()
}

func (a *Agent) unsent() (n int) {
	for _, c := range a.chats {
		n += len(c.out)
	}
	return n
}

// keepUnsent stores the messages of the outbox, so that a reload of the page
// does not lose them. Files that have not been uploaded cannot be kept.
func (a *Agent) keepUnsent() {
	var list []wire.SendParams
	for _, c := range a.chats {
		for _, o := range c.out {
			if o.file == nil && o.Err == nil {
				list = append(list, o.params)
			}
		}
	}
	if len(list)+len(a.conn.tab.Unsent) > 0 {
		a.conn.tab.Unsent = list
		a.conn.save(a)
	}
}

// sendUnsent sends what was on its way when the page was reloaded.
func (a *Agent) sendUnsent(list []wire.SendParams) {
	var out []*outgoing
	for _, p := range list {
		if c, err := a.writable(p.SessionID); err == nil && len(out) < maxOutbox {
			o := outgoingOf(p)
			o.Message.At, o.busy = a.clock.Now().UnixMilli()+a.view.ClockOffset, true
			c.out = append(c.out, o)
			a.outboxChanged(c)
			out = append(out, o)
		}
	}
	if len(out) == 0 {
		return
	}
	a.start(func(ctx context.Context) {
		for _, o := range out {
			ctx, cancel := context.WithTimeout(ctx, sendTimeout)
			_, _ = a.deliver(ctx, o) // what cannot be sent stays in the outbox
			cancel()
		}
	})
}
