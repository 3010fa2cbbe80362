package center

import (
	"context"
	"errors"
	"time"

	"tccc/gateway/session"
	"tccc/gateway/store"
	"tccc/internal/clip"
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
	// Forget makes the tickets of somebody useless. It must not block.
	Forget(app, user string)
}

// visitor is a customer who is there or has an open session. It belongs to the
// loop.
type visitor struct {
	c       *Center
	key     agentKey
	watches map[int]func(wire.Frame)
	watchID int
	open    []*call // in the order in which they began
	last    *wire.VisitorSession
}

// visitorOf finds a customer, or makes one.
func (c *Center) visitorOf(app, user string) *visitor {
	key := agentKey{app, user}
	v := c.visitors[key]
	if v == nil {
		v = &visitor{c: c, key: key, watches: map[int]func(wire.Frame){}}
		c.visitors[key] = v
	}
	return v
}

// rest forgets a customer who is gone and has nothing open.
func (v *visitor) rest() {
	if len(v.watches) == 0 && len(v.open) == 0 {
		delete(v.c.visitors, v.key)
	}
}

func (v *visitor) online() bool { return len(v.watches) > 0 }

// find is the open session of a type.
func (v *visitor) find(t wire.SessionType) *call {
	for _, call := range v.open {
		if call.Type == t {
			return call
		}
	}
	return nil
}

func (v *visitor) notify(method string, params any) {
	if len(v.watches) == 0 {
		return
	}
	f := wire.Frame{Method: method, Params: wire.Raw(params)}
	for _, watch := range v.watches {
		watch(f)
	}
}

// StartVisit opens a session of a customer, or gives the open one of the type,
// whose first message then is left alone. It returns when the session would
// survive a crash. Errors: wire.ErrGroupUnknown, wire.ErrInvalidOptions,
// wire.ErrMessageInvalid, wire.ErrOverloaded, wire.ErrStopping.
func (c *Center) StartVisit(ctx context.Context, app string, who session.Customer,
	p wire.VisitorStartParams) (wire.VisitorSession, error) {
	if who.UserID == "" || len(who.UserID) > 200 {
		return wire.VisitorSession{}, wire.ErrInvalidOptions.For("userId", "userId must have 1 to 200 bytes")
	}
	switch p.Type {
	case wire.TypeIM:
		return c.startChat(ctx, app, who, p)
	case wire.TypeVoIP, wire.TypeVideo:
		return c.startMedia(ctx, app, who, p)
	}
	return wire.VisitorSession{}, wire.ErrInvalidOptions.For("type", "type must be im, voip or video, not %q",
		clip.Shown(string(p.Type), 40))
}

// startMedia opens an audio or video session.
func (c *Center) startMedia(ctx context.Context, app string, who session.Customer,
	p wire.VisitorStartParams) (s wire.VisitorSession, err error) {
	failed := error(nil)
	err = c.do(ctx, func() {
		t := c.tenants[app]
		if t == nil {
			failed = wire.ErrInvalidOptions.For("sdkAppId", "there is no application %q", clip.Shown(app, 40))
			return
		}
		var call *call
		if call, failed = c.startTalk(t, who, p); failed == nil {
			s = call.visit()
		}
	})
	if err == nil {
		err = failed
	}
	return s, err
}

// Visit gives a customer's present session, or else the last one; nil if there
// is none.
func (c *Center) Visit(ctx context.Context, app, user string) (*wire.VisitorSession, error) {
	all, err := c.Visits(ctx, app, user)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	return &all[len(all)-1], nil
}

// Visits gives a customer's open sessions in the order in which they began, or
// else the last one.
func (c *Center) Visits(ctx context.Context, app, user string) (all []wire.VisitorSession, err error) {
	err = c.do(ctx, func() {
		v := c.visitors[agentKey{app, user}]
		if v == nil {
			return
		}
		for _, call := range v.open {
			all = append(all, call.visit())
		}
		if all == nil && v.last != nil {
			all = append(all, *v.last)
		}
	})
	if err != nil || all != nil {
		return all, err
	}
	last, err := c.lastVisit(ctx, app, user)
	if last != nil {
		all = append(all, *last)
	}
	return all, err
}

// lastVisit finds a session that has ended in the store.
func (c *Center) lastVisit(ctx context.Context, app, user string) (*wire.VisitorSession, error) {
	e, err := c.Store.Visits().Get(ctx, store.VisitKey(app, user))
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	cdr, err := c.recordOf(ctx, app, e.Value.SessionID)
	if err != nil || cdr == nil || cdr.CustomerUserID != user {
		return nil, err
	}
	s := wire.VisitorSession{
		SessionID: cdr.SessionID, Type: cdr.Type, State: wire.VisitorEnded, SkillGroupID: cdr.SkillGroupID,
		AgentName: cdr.AgentName, StartedAt: cdr.StartAt, EndedAt: cdr.EndAt, CloseBy: cdr.CloseBy,
		MainReason: cdr.MainReason,
	}
	last, err := c.Store.LastMessage(ctx, app, cdr.SessionID)
	if err == nil {
		s.LastSeq = last.Seq
	} else if errors.Is(err, store.ErrNotFound) {
		err = nil
	}
	return &s, err
}

// recordOf finds the record of a session that has ended, nil if there is none.
func (c *Center) recordOf(ctx context.Context, app, id string) (*store.CDR, error) {
	page, err := c.Store.CDRs(ctx, store.CDRQuery{SDKAppID: app, SessionID: id, Limit: 1})
	if err != nil || len(page.CDRs) == 0 {
		return nil, err
	}
	return &page.CDRs[0], nil
}

// visit is the session as its customer sees it.
func (call *call) visit() wire.VisitorSession {
	s := wire.VisitorSession{
		SessionID: call.ID, Type: call.Type, State: visitStates[call.State()], SkillGroupID: call.Group,
		StartedAt: call.Created.UnixMilli(), EndedAt: wire.Millis(call.Closed), CloseBy: call.CloseBy,
		MainReason: call.MainReason,
	}
	switch a := call.agent; {
	case call.State() == session.Queued:
		s.Position = call.visitor.c.acd.Position(call.key())
	case call.Live() && a != nil:
		s.AgentName, s.AgentScreen = a.conf.DisplayName(), call.ScreenShared
	}
	if chat := call.Chat; chat != nil {
		s.LastSeq, s.SeatRead, s.Read = chat.LastSeq, chat.SeatRead, chat.ClientRead
	}
	return s
}

var visitStates = map[session.State]wire.VisitorState{
	session.Arriving: wire.VisitorQueued, session.Menu: wire.VisitorBot, session.Queued: wire.VisitorQueued,
	session.Ringing: wire.VisitorRinging, session.Talking: wire.VisitorTalking, session.Held: wire.VisitorHeld,
	session.Ended: wire.VisitorEnded,
}

// tellVisitor shows the customer of a session what has changed. Messages and
// marks have notifications of their own.
func (c *Center) tellVisitor(call *call) {
	v := call.visitor
	if v == nil {
		return
	}
	s := call.visit()
	seen := s
	seen.LastSeq, seen.SeatRead, seen.Read = 0, 0, 0
	if seen == call.visited {
		return
	}
	call.visited = seen
	v.notify(wire.VisitorNotifySession, s)
	if call.State() == session.Ended {
		v.ends(call, s)
	}
	c.tellPlaces()
}

// ends keeps what the customer's last session was.
func (v *visitor) ends(call *call, s wire.VisitorSession) {
	for i, open := range v.open {
		if open == call {
			v.open = append(v.open[:i:i], v.open[i+1:]...)
		}
	}
	v.last = &s
	err := v.c.Store.Visits().PutLater(store.VisitKey(v.key.app, v.key.user),
		store.VisitRecord{SessionID: s.SessionID, SavedAt: time.Now().UnixMilli()})
	v.c.saved("visit", err)
	v.rest()
}

// placesPause is how long places in queues are collected before customers are
// told theirs.
const placesPause = 100 * time.Millisecond

// tellPlaces soon tells the customers who wait their places in the queues.
func (c *Center) tellPlaces() {
	if c.places != nil || c.stopping {
		return
	}
	c.places = c.after(nil, placesPause, func() {
		c.places = nil
		for _, v := range c.visitors {
			for _, call := range v.open {
				if call.State() == session.Queued {
					c.tellVisitor(call)
				}
			}
		}
	})
}

// VisitorEnd ends a session for the customer. Ending one of the customer's
// that has ended already is no error.
func (c *Center) VisitorEnd(ctx context.Context, app, user, session string) error {
	found, stopping := false, false
	err := c.do(ctx, func() {
		if call := c.visitorsCall(app, user, session); call != nil {
			found, stopping = true, c.stopping
			if !stopping {
				c.end(call, wire.CloseClient, "", "")
			}
		}
	})
	switch {
	case err == nil && stopping:
		err = wire.ErrStopping
	case err == nil && !found:
		_, err = c.visitEnded(ctx, app, user, session)
	}
	return err
}

// visitorsCall finds an open session of a customer; nil if it is none.
func (c *Center) visitorsCall(app, user, id string) *call {
	call := c.calls[id]
	if call == nil || call.App != app || call.of != nil || call.visitor == nil || call.Customer.UserID != user {
		return nil
	}
	return call
}

// visitEnded finds a session of a customer that has ended; it is
// wire.ErrSessionNotFound if the customer never had one of this id.
func (c *Center) visitEnded(ctx context.Context, app, user, id string) (*store.CDR, error) {
	missing := wire.ErrSessionNotFound.For("sessionId", "%q", clip.Shown(id, 40))
	if id == "" || len(id) > 64 {
		return nil, missing
	}
	cdr, err := c.recordOf(ctx, app, id)
	if err == nil && (cdr == nil || cdr.CustomerUserID != user) {
		err = c.endingNow(ctx, app, user, id, missing)
	}
	return cdr, err
}

// endingNow looks whether a session has just ended, so that its record is not
// written yet: then there is no error.
func (c *Center) endingNow(ctx context.Context, app, user, id string, otherwise error) error {
	err := otherwise
	if failed := c.do(ctx, func() {
		if v := c.visitors[agentKey{app, user}]; v != nil && v.last != nil && v.last.SessionID == id {
			err = nil
		}
	}); failed != nil {
		return failed
	}
	return err
}

// VisitorWatch delivers the notifications of wire/visitor.go about a
// customer's sessions from now on, in order, until stop is called. While
// anybody watches, the customer is there. f runs on the loop: it must not
// block and must not call the center.
func (c *Center) VisitorWatch(ctx context.Context, app, user string, f func(wire.Frame)) (stop func(), err error) {
	var v *visitor
	var id int
	err = c.do(ctx, func() {
		v = c.visitorOf(app, user)
		v.watchID++
		id = v.watchID
		v.watches[id] = f
		if len(v.watches) == 1 {
			v.presence()
		}
	})
	if err != nil {
		return nil, err
	}
	return func() {
		c.post(nil, func() {
			if v.watches[id] == nil {
				return
			}
			delete(v.watches, id)
			if len(v.watches) == 0 {
				v.presence()
				v.rest()
			}
		})
	}, nil
}

// presence follows the customer's coming and going.
func (v *visitor) presence() {
	for _, call := range v.open {
		if call.chat != nil {
			v.c.chatPresence(call, v.online())
		}
	}
}
