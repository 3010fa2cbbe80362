package center

import (
	"context"

	"tccc/gateway/session"
	"tccc/wire"
)

// Files keeps what is sent in chats as files; the center handles only what
// describes them. All methods may block, and none is called by the loop but
// Sign, which must not.
type Files interface {
	// File describes a finished upload to a session; wire.ErrFileRefused if
	// there is none of this id.
	File(ctx context.Context, app, session, id string) (wire.File, error)
	// Sign gives the file with a URL that is good for a while.
	Sign(f wire.File) wire.File
	// Ticket allows one upload and gives its URL.
	Ticket(ctx context.Context, app, session, user string, p wire.UploadParams) (url string, err error)
}

// StartVisit opens a session of a customer, or gives the open one of the type,
// whose first message then is left alone. Errors: wire.ErrGroupUnknown,
// wire.ErrInvalidOptions, wire.ErrMessageInvalid, wire.ErrOverloaded,
// wire.ErrStopping.
func (c *Center) StartVisit(ctx context.Context, app string, who session.Customer, p wire.VisitorStartParams) (wire.VisitorSession, error) {
	var v wire.VisitorSession
	var failed error
	err := c.do(ctx, func() {
		t := c.tenants[app]
		switch {
		case t == nil:
			failed = wire.ErrSessionNotFound
		case p.Type == wire.TypeVoIP || p.Type == wire.TypeVideo:
			var call *call
			if call, failed = c.startTalk(t, who, p); failed == nil {
				v = c.visitorView(call)
			}
		default:
			failed = wire.ErrNotAvailableYet
		}
	})
	if err == nil {
		err = failed
	}
	return v, err
}

// visitorView is a session as its customer sees it.
func (c *Center) visitorView(call *call) wire.VisitorSession {
	v := wire.VisitorSession{
		SessionID: call.ID, Type: call.Type, State: visitorStates[call.State()], SkillGroupID: call.Group,
		StartedAt: call.Created.UnixMilli(), EndedAt: millis(call.Closed), CloseBy: call.CloseBy, MainReason: call.MainReason,
	}
	switch {
	case call.State() == session.Queued:
		v.Position = c.acd.Position(call.key())
	case call.Live() && call.agent != nil:
		v.AgentName = nameOf(call.agent.conf)
	}
	return v
}

var visitorStates = map[session.State]wire.VisitorState{
	session.Arriving: wire.VisitorQueued, session.Queued: wire.VisitorQueued, session.Ringing: wire.VisitorRinging,
	session.Talking: wire.VisitorTalking, session.Held: wire.VisitorHeld, session.Ended: wire.VisitorEnded,
}

// tellVisitor tells a customer's pages where the session stands.
func (c *Center) tellVisitor(call *call) {
	if call.Customer == nil {
		return
	}
	v := c.visitorView(call)
	if v == call.toldVisitor {
		return
	}
	call.toldVisitor = v
	key := agentKey{call.App, call.Customer.UserID}
	c.lastVisit[key] = v
	for _, f := range c.visitors[key] {
		f(wire.Frame{Method: wire.VisitorNotifySession, Params: rawJSON(v)})
	}
}

// Visit gives a customer's present session, or else the last one; nil if there
// is none.
func (c *Center) Visit(ctx context.Context, app, user string) (*wire.VisitorSession, error) {
	var v *wire.VisitorSession
	err := c.do(ctx, func() {
		if last, ok := c.lastVisit[agentKey{app, user}]; ok {
			v = &last
		}
	})
	return v, err
}

// VisitorSay writes a message of the customer into a chat and returns when it
// is stored. The same id again is answered with the first message.
func (c *Center) VisitorSay(ctx context.Context, app, user string, p wire.SendParams) (wire.Message, error) {
	return wire.Message{}, wire.ErrNotAvailableYet
}

// VisitorMessages reads a part of a chat of the customer, also of one that has
// ended.
func (c *Center) VisitorMessages(ctx context.Context, app, user string, p wire.MessagesParams) (wire.MessagesResult, error) {
	return wire.MessagesResult{}, wire.ErrNotAvailableYet
}

// VisitorRead notes up to which message the customer has read.
func (c *Center) VisitorRead(ctx context.Context, app, user string, p wire.ReadParams) error {
	return wire.ErrNotAvailableYet
}

// VisitorDelivered notes up to which message the customer's page has all.
func (c *Center) VisitorDelivered(ctx context.Context, app, user string, p wire.ReadParams) error {
	return wire.ErrNotAvailableYet
}

// VisitorTyping tells the agent whether the customer is typing.
func (c *Center) VisitorTyping(ctx context.Context, app, user string, p wire.TypingParams) error {
	return wire.ErrNotAvailableYet
}

// VisitorEnd ends a session for the customer. Ending one of the customer's
// that has ended already is no error.
func (c *Center) VisitorEnd(ctx context.Context, app, user, session string) error {
	failed := error(nil)
	err := c.do(ctx, func() {
		last, ended := c.lastVisit[agentKey{app, user}]
		switch call := c.talkOf(app, user, session); {
		case call != nil:
			c.end(call, wire.CloseClient, "", "")
		case !ended || last.SessionID != session:
			failed = wire.ErrSessionNotFound.For("sessionId", "%q", clip(session))
		}
	})
	if err == nil {
		err = failed
	}
	return err
}

// VisitorWatch delivers the notifications of wire/visitor.go about a
// customer's sessions from now on, in order, until stop is called. While
// anybody watches, the customer is there. f runs on the loop: it must not
// block and must not call the center.
func (c *Center) VisitorWatch(ctx context.Context, app, user string, f func(wire.Frame)) (stop func(), err error) {
	key, id := agentKey{app, user}, 0
	err = c.do(ctx, func() {
		c.visitorID++
		id = c.visitorID
		if c.visitors[key] == nil {
			c.visitors[key] = map[int]func(wire.Frame){}
		}
		c.visitors[key][id] = f
	})
	return func() {
		c.post(func() {
			if delete(c.visitors[key], id); len(c.visitors[key]) == 0 {
				delete(c.visitors, key)
			}
		})
	}, err
}
