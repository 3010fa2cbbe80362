package visitor

import (
	"context"
	"slices"
	"time"
	"unicode/utf8"

	"tccc/gateway/config"
	"tccc/wire"
)

// methods are what a page can ask for after hello.
var methods = map[string]func(c *conn, ctx context.Context, f *wire.Frame) (any, error){
	wire.VisitorPing:      with((*conn).ping),
	wire.VisitorStart:     with((*conn).start),
	wire.VisitorSend:      with((*conn).send),
	wire.VisitorMessages:  with((*conn).messages),
	wire.VisitorRead:      with((*conn).markRead),
	wire.VisitorDelivered: with((*conn).markDelivered),
	wire.VisitorTyping:    with((*conn).typing),
	wire.VisitorUpload:    with((*conn).upload),
	wire.VisitorOffer:     with((*conn).offer),
	wire.VisitorScreen:    with((*conn).screen),
	wire.VisitorEnd:       with((*conn).end),
}

// with makes a method of a function that takes decoded parameters.
func with[P any](run func(c *conn, ctx context.Context, p P) (any, error)) func(*conn, context.Context,
	*wire.Frame) (any, error) {
	return func(c *conn, ctx context.Context, f *wire.Frame) (any, error) {
		var p P
		if err := wire.DecodeParams(f.Params, &p); err != nil {
			return nil, err
		}
		return run(c, ctx, p)
	}
}

// do runs a request. Requests of a socket are done one after the other.
func (c *conn) do(f *wire.Frame) (any, error) {
	run := methods[f.Method]
	switch {
	case f.Method == wire.VisitorHello:
		return nil, wire.ErrMessage.With("hello has been said")
	case run == nil:
		return nil, wire.ErrMessage.With("there is no method of this name")
	}
	ctx, cancel := context.WithTimeout(context.Background(), callTimeout)
	defer cancel()
	return run(c, ctx, f)
}

// name is the customer in limits.
func (c *conn) name() string { return c.who.App + "/" + c.who.User }

func (c *conn) ping(context.Context, wire.Empty) (any, error) {
	return wire.PingResult{Now: c.server.Now().UnixMilli(), ICE: c.server.ICE(c.who.App, c.who.User)}, nil
}

func (c *conn) start(ctx context.Context, p wire.VisitorStartParams) (any, error) {
	switch p.Type {
	case wire.TypeIM, wire.TypeVoIP, wire.TypeVideo:
	default:
		return nil, wire.ErrInvalidOptions.For("type", "type must be im, voip or video")
	}
	if len(p.SkillGroupID) > maxLabel {
		return nil, wire.ErrGroupUnknown.For("skillGroupId", "the id is too long")
	}
	if err := checkText(p.Text); err != nil {
		return nil, err
	}
	if !c.server.allow(&c.server.limits.starts, c.name(), startEvery, startBurst) {
		return nil, wire.ErrOverloaded.With("too many sessions were opened: wait a little")
	}
	if err := c.room(ctx, p.SkillGroupID); err != nil {
		return nil, err
	}
	if p.Type == wire.TypeIM {
		if err := c.volume(p.Text); err != nil {
			return nil, err
		}
	}
	if err := c.challenge(ctx, &p); err != nil {
		return nil, err
	}
	s, err := c.server.Center.StartVisit(ctx, c.who.App, customer(c.who, &c.hello), p)
	if err != nil {
		return nil, err
	}
	c.server.limits.visits.note(c.address, visit{c.who.App, c.who.User, s.SessionID})
	return s, nil
}

// room reports whether the address may open another session: it has a share of
// all that are open, and a smaller one of those that wait. What has ended is
// counted no longer.
func (c *conn) room(ctx context.Context, group string) error {
	l, most, share := &c.server.limits.visits, max(openMost, c.app.Visitors.PerAddress), queueShare(&c.app, group)
	open := l.of(c.address)
	if len(open) < min(most, share) {
		return nil
	}
	left, waiting := len(open), 0
	for _, v := range open {
		now, err := c.server.Center.Visits(ctx, v.app, v.user)
		if err != nil {
			continue
		}
		i := slices.IndexFunc(now, func(s wire.VisitorSession) bool {
			return s.SessionID == v.session &&
				s.State != wire.VisitorEnded
		})
		switch {
		case i < 0:
			l.forget(c.address, v)
			left--
		case now[i].State == wire.VisitorQueued && v.app == c.who.App:
			waiting++
		}
	}
	switch {
	case left >= most:
		return wire.ErrOverloaded.With("too many sessions of this address are open")
	case waiting >= share:
		return wire.ErrOverloaded.With("too many customers of this address wait already")
	}
	return nil
}

// queueShare is how many customers of one address may wait: a tenth of the
// group's queue, more where more are expected behind an address (perAddress).
func queueShare(app *config.App, group string) int {
	limit := 0
	for i := range app.SkillGroups {
		if g := &app.SkillGroups[i]; g.ID == group || group == "" && g.QueueLimit > limit {
			limit = g.QueueLimit
		}
	}
	return max(shareLeast, limit*app.Visitors.PerAddress/1000)
}

func (c *conn) send(ctx context.Context, p wire.SendParams) (any, error) {
	if p.Card != nil || p.Order != nil {
		return nil, wire.ErrMessageInvalid.With("customers send texts and files")
	}
	if err := checkText(p.Text); err != nil {
		return nil, err
	}
	if !c.server.allow(&c.server.limits.says, c.name(), time.Second/saysPerSec, saysBurst) {
		return nil, wire.ErrOverloaded.With("too many messages: wait a moment")
	}
	if err := c.volume(p.Text); err != nil {
		return nil, err
	}
	return c.server.Center.VisitorSay(ctx, c.who.App, c.who.User, p)
}

// checkText bounds a text; whether there must be one is for the center to say.
func checkText(text string) error {
	if len(text) > wire.MessageTextMost {
		return wire.ErrMessageInvalid.For("text", "a text may have %d bytes", wire.MessageTextMost)
	}
	if !utf8.ValidString(text) {
		return wire.ErrMessageInvalid.For("text", "a text must be Unicode")
	}
	return nil
}

func (c *conn) messages(ctx context.Context, p wire.MessagesParams) (any, error) {
	r, err := c.server.Center.VisitorMessages(ctx, c.who.App, c.who.User, p)
	if r.Messages == nil {
		r.Messages = []wire.Message{}
	}
	return r, err
}

func (c *conn) markRead(ctx context.Context, p wire.ReadParams) (any, error) {
	return wire.Empty{}, c.server.Center.VisitorRead(ctx, c.who.App, c.who.User, p)
}

func (c *conn) markDelivered(ctx context.Context, p wire.ReadParams) (any, error) {
	return wire.Empty{}, c.server.Center.VisitorDelivered(ctx, c.who.App, c.who.User, p)
}

func (c *conn) typing(ctx context.Context, p wire.TypingParams) (any, error) {
	return wire.Empty{}, c.server.Center.VisitorTyping(ctx, c.who.App, c.who.User, p)
}

// upload allows one file in the customer's open chat.
func (c *conn) upload(ctx context.Context, p wire.UploadParams) (any, error) {
	if !c.server.allow(&c.server.limits.files, c.name(), fileEvery, fileBurst) {
		return nil, wire.ErrOverloaded.With("too many files: wait a moment")
	}
	if err := c.owns(ctx, p.SessionID); err != nil {
		return nil, err
	}
	url, err := c.server.Files.Ticket(ctx, c.who.App, p.SessionID, c.who.User, p)
	return wire.UploadResult{URL: url}, err
}

// owns refuses sessions of others, and what cannot take a file any more.
func (c *conn) owns(ctx context.Context, session string) error {
	all, err := c.server.Center.Visits(ctx, c.who.App, c.who.User)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(all, func(s wire.VisitorSession) bool { return s.SessionID == session })
	switch {
	case i < 0:
		return wire.ErrSessionNotFound.For("sessionId", "it is not open")
	case all[i].State == wire.VisitorEnded || all[i].Type != wire.TypeIM:
		return wire.ErrSessionState.With("files are sent in a chat that is open")
	}
	return nil
}

// offer brings the media of an audio or video session.
func (c *conn) offer(ctx context.Context, p wire.SessionOfferParams) (any, error) {
	return c.server.Center.VisitorOffer(ctx, c.who.App, c.who.User, p)
}

func (c *conn) screen(ctx context.Context, p wire.ScreenParams) (any, error) {
	return wire.Empty{}, c.server.Center.VisitorScreen(ctx, c.who.App, c.who.User, p)
}

func (c *conn) end(ctx context.Context, p wire.SessionParams) (any, error) {
	return wire.Empty{}, c.server.Center.VisitorEnd(ctx, c.who.App, c.who.User, p.SessionID)
}
