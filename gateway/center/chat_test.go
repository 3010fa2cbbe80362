package center

import (
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/gateway/config"
	"tccc/gateway/session"
	"tccc/wire"
)

// customer is a customer's page: what the gateway tells it.
type customer struct {
	t      *testing.T
	w      *world
	user   string
	stop   func()
	mu     sync.Mutex
	change chan struct{}
	told   []wire.Frame
	read   map[string]int // by method: those awaited already
	n      int
}

// customer lets a customer's page be there.
func (w *world) customer(user string) *customer {
	w.t.Helper()
	k := &customer{t: w.t, w: w, user: user, change: make(chan struct{}), read: map[string]int{}}
	k.come()
	return k
}

// come lets the page connect.
func (k *customer) come() {
	k.t.Helper()
	stop, err := k.w.center.VisitorWatch(k.t.Context(), app, k.user, func(f wire.Frame) {
		k.mu.Lock()
		defer k.mu.Unlock()
		k.told = append(k.told, f)
		close(k.change)
		k.change = make(chan struct{})
	})
	require.NoError(k.t, err)
	k.stop = stop
}

// start opens a chat.
func (k *customer) start(group, text string) wire.VisitorSession {
	k.t.Helper()
	s, err := k.w.center.StartVisit(k.t.Context(), app,
		session.Customer{UserID: k.user, Nickname: "Nick " + k.user, ClientData: "order 7"},
		wire.VisitorStartParams{Type: wire.TypeIM, SkillGroupID: group, Text: text})
	require.NoError(k.t, err)
	return s
}

func (k *customer) say(id, text string) wire.Message {
	k.t.Helper()
	k.n++
	m, err := k.w.center.VisitorSay(k.t.Context(), app, k.user,
		wire.SendParams{SessionID: id, ID: fmt.Sprint(k.user, k.n), Text: text})
	require.NoError(k.t, err)
	return m
}

// until waits for a notification of a method, after those of it that were
// awaited before, that fits.
func (k *customer) until(what, method string, ok func(params json.RawMessage) bool) {
	k.t.Helper()
	deadline := time.After(patient)
	for {
		k.mu.Lock()
		for i := k.read[method]; i < len(k.told); i++ {
			k.read[method] = i + 1
			if k.told[i].Method == method && ok(k.told[i].Params) {
				k.mu.Unlock()
				return
			}
		}
		change := k.change
		k.mu.Unlock()
		select {
		case <-change:
		case <-deadline:
			k.mu.Lock()
			defer k.mu.Unlock()
			for _, f := range k.told {
				what += "\n" + f.Method + " " + string(f.Params)
			}
			require.Failf(k.t, "waited in vain", "for %s", what)
		}
	}
}

// state waits until the customer is shown a state of its session.
func (k *customer) state(want wire.VisitorState) (s wire.VisitorSession) {
	k.t.Helper()
	k.until("state "+string(want), wire.VisitorNotifySession, func(params json.RawMessage) bool {
		s = wire.VisitorSession{}
		return json.Unmarshal(params, &s) == nil && s.State == want
	})
	return s
}

// hears waits for a message that fits.
func (k *customer) hears(what string, ok func(m *wire.Message) bool) (m wire.Message) {
	k.t.Helper()
	k.until(what, wire.VisitorNotifyMessage, func(params json.RawMessage) bool {
		m = wire.Message{}
		return json.Unmarshal(params, &m) == nil && ok(&m)
	})
	return m
}

func (k *customer) notice(kind string) wire.Message {
	k.t.Helper()
	return k.hears("the notice "+kind, func(m *wire.Message) bool { return m.Notice == kind })
}

func (k *customer) text(text string) wire.Message {
	k.t.Helper()
	return k.hears(text, func(m *wire.Message) bool { return m.Text == text })
}

// messages are those of a chat as the customer reads them.
func (k *customer) messages(id string) []wire.Message {
	k.t.Helper()
	r, err := k.w.center.VisitorMessages(k.t.Context(), app, k.user,
		wire.MessagesParams{SessionID: id, Limit: wire.MessagesMost})
	require.NoError(k.t, err)
	return r.Messages
}

// lines are messages in short: what happened or what was said.
func lines(all []wire.Message) (out []string) {
	for _, m := range all {
		if m.Notice != "" {
			out = append(out, "("+m.Notice+")")
		} else {
			out = append(out, string(m.From)+": "+m.Text)
		}
	}
	return out
}

// send writes a message of an agent.
func (p *page) send(id, text string) wire.Message {
	p.t.Helper()
	var m wire.Message
	out := p.ok(wire.MethodChatSend, wire.SendParams{SessionID: id, ID: fmt.Sprintf("%p-%d", p, p.lastID), Text: text})
	require.NoError(p.t, json.Unmarshal(out, &m))
	return m
}

// hears waits for a message in the agent's journal.
func (p *page) hears(text string) wire.Event {
	p.t.Helper()
	var found wire.Event
	p.until(text, func() bool {
		for i := p.read; i < len(p.events); i++ {
			if m := p.events[i].Message; m != nil && m.Text == text {
				found, p.read = p.events[i], i+1
				return true
			}
		}
		return false
	})
	return found
}

// takes waits for a chat and accepts it.
func (p *page) takes() string {
	p.t.Helper()
	var in wire.CallInIM
	p.await(wire.EventCallIn, &in)
	p.ok(wire.MethodChatAccept, session1(in.SessionID))
	p.until("userAccessed", func() bool { // other chats may ring meanwhile
		return slices.ContainsFunc(p.events, func(e wire.Event) bool {
			return e.Name == wire.EventUserAccessed && e.Session.SessionID == in.SessionID
		})
	})
	return in.SessionID
}

func TestAChatFromGreetingToRecord(t *testing.T) {
	w := newWorld(t, func(a *config.App) { a.Chat.Greeting = "Hello!" })
	p := w.loginAs("agent1@demo", nil)
	k := w.customer("una")
	s := k.start(salesGroup, "I need help")
	var in wire.CallInIM
	e := p.await(wire.EventCallIn, &in)
	assert.Equal(t, wire.CallInIM{SessionID: s.SessionID, Type: wire.TypeIM, Timeout: 12, Nickname: "Nick una",
		ClientData: "order 7"}, in)
	assert.Equal(t, "una", e.Session.PeerUserID)
	assert.True(t, e.Session.Chat.ClientOnline)
	k.text("I need help")
	k.state(wire.VisitorRinging)
	p.ok(wire.MethodChatAccept, session1(s.SessionID))
	p.await(wire.EventUserAccessed, nil)
	talking := k.state(wire.VisitorTalking)
	assert.Equal(t, "Anna Wang", talking.AgentName)
	p.status(wire.StatusFree)

	m := p.send(s.SessionID, "Of course")
	got := k.text("Of course")
	assert.Equal(t, m, got)
	assert.Equal(t, "Anna Wang", got.Name)
	assert.Empty(t, p.hears("Of course").Name, "the page is not told what it wrote itself")
	k.say(s.SessionID, "Thank <b>you</b>")
	event := p.hears("Thank <b>you</b>")
	assert.Equal(t, wire.EventMessageReceived, event.Name)
	assert.Equal(t, 2, event.Session.Chat.Unread)

	require.NoError(t, w.center.VisitorEnd(t.Context(), app, "una", s.SessionID))
	var ended wire.SessionEnded
	p.await(wire.EventSessionEnded, &ended)
	assert.Equal(t, wire.CloseClient, ended.CloseBy)
	k.notice(wire.NoticeEnded)
	want := []string{"(greeting)", "client: I need help", "(accepted)", "seat: Of course", "client: Thank <b>you</b>",
		"(ended)"}
	assert.Equal(t, want, lines(k.messages(s.SessionID)))
	var r wire.MessagesResult
	require.NoError(t, json.Unmarshal(p.ok(wire.MethodChatMessages, wire.MessagesParams{SessionID: s.SessionID}), &r))
	assert.Equal(t, want, lines(r.Messages), "both sides read the same")

	cdr := w.cdrs(1)[0]
	assert.Equal(t, wire.TypeIM, cdr.Type)
	assert.Equal(t, "una", cdr.CustomerUserID)
	assert.Equal(t, "Nick una", cdr.CustomerNickname)
	assert.Equal(t, "agent1@demo", cdr.UserID)
	assert.Equal(t, "sales", cdr.SkillGroupID)
	last, err := w.center.Visit(t.Context(), app, "una")
	require.NoError(t, err)
	assert.Equal(t, wire.VisitorEnded, last.State)
}

const salesGroup = "sales" // sales is its number

// jsonText is what a notification carries.
type jsonText = json.RawMessage

// place is the place in the queue that a notification tells.
func place(text jsonText) int {
	var s wire.VisitorSession
	_ = json.Unmarshal(text, &s)
	return s.Position
}

// liveOnes are the live sessions that the page shows.
func (p *page) liveOnes() (ids []string) {
	for id, s := range p.shown() {
		if s.Live() {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

// shown are the sessions that the page shows.
func (p *page) shown() map[string]wire.Session {
	p.mu.Lock()
	defer p.mu.Unlock()
	shown := map[string]wire.Session{}
	for _, s := range p.login.Sessions {
		shown[s.SessionID] = s
	}
	for _, e := range p.events {
		if e.Session != nil {
			shown[e.Session.SessionID] = *e.Session
		}
	}
	return shown
}
