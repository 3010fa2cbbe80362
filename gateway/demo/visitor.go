package demo

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"log/slog"
	"strings"
	"sync"
	"time"
	"unicode"

	"tccc/gateway/session"
	"tccc/wire"
)

// Chats are the chats as a customer's page reaches them. The center is one.
type Chats interface {
	StartVisit(ctx context.Context, app string, who session.Customer, p wire.VisitorStartParams) (wire.VisitorSession,
		error)
	VisitorSay(ctx context.Context, app, user string, p wire.SendParams) (wire.Message, error)
	VisitorMessages(ctx context.Context, app, user string, p wire.MessagesParams) (wire.MessagesResult, error)
	VisitorDelivered(ctx context.Context, app, user string, p wire.ReadParams) error
	VisitorRead(ctx context.Context, app, user string, p wire.ReadParams) error
	VisitorEnd(ctx context.Context, app, user, session string) error
	VisitorWatch(ctx context.Context, app, user string, f func(wire.Frame)) (stop func(), err error)
}

// Bounds of the customers without a browser.
const (
	chatsMost    = 100 // that have not ended
	chatsKept    = 500 // whose messages can still be read
	chatTimeout  = 10 * time.Second
	maxAccount   = 64
	maxNickname  = 128
	customerName = "demo-"
)

// Customers are customers of the demo who need no browser: they chat over
// HTTP, are there while their chat goes on, and read what they are sent.
type Customers struct {
	app   string
	chats Chats
	log   *slog.Logger

	ctx  context.Context // ends with Close
	stop context.CancelFunc
	work sync.WaitGroup

	mu    sync.Mutex
	live  map[string]bool   // sessions that have not ended
	users map[string]string // session to customer
	order []string          // of users
}

// NewCustomers lets customers without a browser into an application. The
// caller must Close it before the chats.
func NewCustomers(app string, chats Chats, log *slog.Logger) *Customers {
	c := &Customers{app: app, chats: chats, log: log, live: map[string]bool{}, users: map[string]string{}}
	c.ctx, c.stop = context.WithCancel(context.Background())
	return c
}

// Close has every customer leave and waits for them. Their chats stay.
func (c *Customers) Close() {
	c.mu.Lock()
	c.stop()
	c.mu.Unlock()
	c.work.Wait()
}

// ChatParams are who begins a chat, with whom and with which words.
type ChatParams struct {
	Type         wire.SessionType `json:"type"`
	UserID       string           `json:"userId"` // one is made up if it is empty
	Nickname     string           `json:"nickname"`
	SkillGroupID string           `json:"skillGroupId"`
	Text         string           `json:"text"`
}

func (p *ChatParams) check() error {
	switch {
	case p.Type != wire.TypeIM:
		return wire.ErrInvalidOptions.For("type", "type must be im: audio and video need a browser")
	case len(p.UserID) > maxAccount || strings.ContainsFunc(p.UserID, unicode.IsControl):
		return wire.ErrInvalidOptions.For("userId", "userId may have %d bytes of plain text", maxAccount)
	case len(p.Nickname) > maxNickname || strings.ContainsFunc(p.Nickname, unicode.IsControl):
		return wire.ErrInvalidOptions.For("nickname", "nickname may have %d bytes of plain text", maxNickname)
	}
	if p.UserID == "" {
		p.UserID = customerName + strings.ToLower(rand.Text()[:10])
	}
	return nil
}

// Start begins a chat, or gives the customer's open one, and returns its
// session id.
func (c *Customers) Start(ctx context.Context, p ChatParams) (sessionID string, err error) {
	if err := p.check(); err != nil {
		return "", err
	}
	c.mu.Lock()
	full := len(c.live) >= chatsMost
	c.mu.Unlock()
	if full {
		return "", wire.ErrOverloaded.With("the demo has %d chats that have not ended", chatsMost)
	}
	// First the ears, so that nothing is missed.
	f := &follower{news: make(chan struct{}, 1), seen: map[string]uint64{}}
	stop, err := c.chats.VisitorWatch(ctx, c.app, p.UserID, f.take)
	if err != nil {
		return "", err
	}
	s, err := c.chats.StartVisit(ctx, c.app, session.Customer{UserID: p.UserID, Nickname: p.Nickname},
		wire.VisitorStartParams{
			Type: p.Type, SkillGroupID: p.SkillGroupID, Text: p.Text,
		})
	if err != nil {
		stop()
		return "", err
	}
	if !c.note(s.SessionID, p.UserID) {
		stop() // somebody follows it already, or all is over
		return s.SessionID, nil
	}
	c.work.Go(func() {
		defer stop()
		c.follow(f, p.UserID, s.SessionID)
	})
	return s.SessionID, nil
}

// note remembers whose a chat is, and reports whether it is to be followed.
func (c *Customers) note(sessionID, user string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.live[sessionID] || c.ctx.Err() != nil {
		return false
	}
	c.live[sessionID] = true
	if _, known := c.users[sessionID]; !known {
		c.users[sessionID] = user
		c.order = append(c.order, sessionID)
	}
	for len(c.order) > chatsKept {
		delete(c.users, c.order[0])
		c.order = c.order[1:]
	}
	return true
}

// follower is the ears of a customer. Notifications must not be held up: what
// is to be done about them is done by follow.
type follower struct {
	news chan struct{}

	mu    sync.Mutex
	seen  map[string]uint64 // last message by session
	ended map[string]bool
}

// take hears a notification.
func (f *follower) take(frame wire.Frame) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch frame.Method {
	case wire.VisitorNotifyMessage:
		var m wire.Message
		if json.Unmarshal(frame.Params, &m) != nil {
			return
		}
		f.seen[m.SessionID] = max(f.seen[m.SessionID], m.Seq)
	case wire.VisitorNotifySession:
		var s wire.VisitorSession
		if json.Unmarshal(frame.Params, &s) != nil || s.State != wire.VisitorEnded {
			return
		}
		if f.ended == nil {
			f.ended = map[string]bool{}
		}
		f.ended[s.SessionID] = true
	default:
		return
	}
	select {
	case f.news <- struct{}{}:
	default: // there are some already
	}
}

func (f *follower) state(sessionID string) (seq uint64, ended bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.seen[sessionID], f.ended[sessionID]
}

// follow reads what a customer is sent until the chat has ended.
func (c *Customers) follow(f *follower, user, sessionID string) {
	defer func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.live, sessionID)
	}()
	for read := uint64(0); ; {
		select {
		case <-c.ctx.Done():
			return
		case <-f.news:
		}
		seq, ended := f.state(sessionID)
		if seq > read {
			read = seq
			c.mark(user, wire.ReadParams{SessionID: sessionID, Seq: seq})
		}
		if ended {
			return
		}
	}
}

func (c *Customers) mark(user string, p wire.ReadParams) {
	ctx, cancel := context.WithTimeout(c.ctx, chatTimeout)
	defer cancel()
	err := c.chats.VisitorDelivered(ctx, c.app, user, p)
	if err == nil {
		err = c.chats.VisitorRead(ctx, c.app, user, p)
	}
	if err != nil && ctx.Err() == nil {
		c.log.Warn("a customer of the demo could not read a message", "session", p.SessionID, "err", err)
	}
}

// user is whose chat a session is.
func (c *Customers) user(sessionID string) (string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	user, ok := c.users[sessionID]
	if !ok {
		return "", wire.ErrSessionNotFound.For("sessionId", "no customer was started with it")
	}
	return user, nil
}

// Say writes a message of the customer.
func (c *Customers) Say(ctx context.Context, sessionID, text string) error {
	user, err := c.user(sessionID)
	if err != nil {
		return err
	}
	_, err = c.chats.VisitorSay(ctx, c.app, user, wire.SendParams{SessionID: sessionID, ID: rand.Text(), Text: text})
	return err
}

// End ends a chat for the customer.
func (c *Customers) End(ctx context.Context, sessionID string) error {
	user, err := c.user(sessionID)
	if err != nil {
		return err
	}
	return c.chats.VisitorEnd(ctx, c.app, user, sessionID)
}

// Messages gives a chat from its beginning, 1000 messages at most.
func (c *Customers) Messages(ctx context.Context, sessionID string) ([]wire.Message, error) {
	user, err := c.user(sessionID)
	if err != nil {
		return nil, err
	}
	all := []wire.Message{}
	for before := uint64(0); len(all) < 1000; {
		r, err := c.chats.VisitorMessages(ctx, c.app, user,
			wire.MessagesParams{SessionID: sessionID, Before: before, Limit: wire.MessagesMost})
		if err != nil {
			return nil, err
		}
		all = append(append([]wire.Message{}, r.Messages...), all...)
		if !r.More || len(r.Messages) == 0 {
			break
		}
		before = r.Messages[0].Seq
	}
	return all, nil
}
