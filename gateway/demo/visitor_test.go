package demo

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/gateway/session"
	"tccc/wire"
)

// chats is a center of one chat, with an agent's words from the test.
type chats struct {
	mu        sync.Mutex
	who       session.Customer
	messages  []wire.Message
	f         func(wire.Frame)
	delivered chan uint64
	read      chan uint64
	stopped   chan struct{}
}

func newChats() *chats {
	return &chats{delivered: make(chan uint64, 100), read: make(chan uint64, 100), stopped: make(chan struct{}, 10)}
}

func (c *chats) StartVisit(_ context.Context, _ string, who session.Customer,
	p wire.VisitorStartParams) (wire.VisitorSession, error) {
	c.mu.Lock()
	c.who = who
	c.mu.Unlock()
	if p.SkillGroupID == "nobody" {
		return wire.VisitorSession{}, wire.ErrGroupUnknown.For("skillGroupId", "there is no group nobody")
	}
	if p.Text != "" {
		c.add(wire.FromClient, p.Text)
	}
	return wire.VisitorSession{SessionID: "chat", Type: p.Type}, nil
}

// add writes a message and tells the customer.
func (c *chats) add(from wire.Sender, text string) wire.Message {
	c.mu.Lock()
	defer c.mu.Unlock()
	m := wire.Message{SessionID: "chat", Seq: uint64(len(c.messages) + 1), From: from, Type: wire.MessageText,
		Text: text}
	c.messages = append(c.messages, m)
	params, _ := json.Marshal(m)
	c.f(wire.Frame{Method: wire.VisitorNotifyMessage, Params: params})
	return m
}

func (c *chats) VisitorSay(_ context.Context, _, _ string, p wire.SendParams) (wire.Message, error) {
	if p.Text == "" || p.ID == "" {
		return wire.Message{}, wire.ErrMessageInvalid.For("text", "the text is empty")
	}
	return c.add(wire.FromClient, p.Text), nil
}

func (c *chats) VisitorMessages(_ context.Context, _, _ string, p wire.MessagesParams) (wire.MessagesResult, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	end := len(c.messages)
	if p.Before > 0 {
		end = int(p.Before) - 1
	}
	from := max(0, end-p.Limit)
	return wire.MessagesResult{Messages: c.messages[from:end], More: from > 0}, nil
}

func (c *chats) VisitorDelivered(_ context.Context, _, _ string, p wire.ReadParams) error {
	c.delivered <- p.Seq
	return nil
}

func (c *chats) VisitorRead(_ context.Context, _, _ string, p wire.ReadParams) error {
	c.read <- p.Seq
	return nil
}

func (c *chats) VisitorEnd(context.Context, string, string, string) error {
	params, _ := json.Marshal(wire.VisitorSession{SessionID: "chat", State: wire.VisitorEnded})
	c.mu.Lock()
	defer c.mu.Unlock()
	c.f(wire.Frame{Method: wire.VisitorNotifySession, Params: params})
	return nil
}

func (c *chats) VisitorWatch(_ context.Context, _, _ string, f func(wire.Frame)) (func(), error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.f = f
	return func() { c.stopped <- struct{}{} }, nil
}

func TestCustomersOverHTTP(t *testing.T) {
	c := newChats()
	customers := NewCustomers("1400000001", c, testLog())
	t.Cleanup(customers.Close)
	s := newSite(t, Options{Customers: customers})
	var made struct{ SessionID string }
	require.Equal(t, 200, s.do("POST", "/demo/visitor/start",
		`{"type":"im","userId":"alice","nickname":"Alice","skillGroupId":"sales","text":"hello"}`, &made).StatusCode)
	assert.Equal(t, "chat", made.SessionID)
	assert.Equal(t, session.Customer{UserID: "alice", Nickname: "Alice"}, c.who)
	assert.Equal(t, uint64(1), <-c.delivered)
	assert.Equal(t, uint64(1), <-c.read)
	require.Equal(t, 200, s.do("POST", "/demo/visitor/start", `{"type":"im","userId":"alice"}`, &made).StatusCode)
	<-c.stopped // of the second: one follows already
}

func TestCustomersReadAndEnd(t *testing.T) {
	c := newChats()
	customers := NewCustomers("1400000001", c, testLog())
	s := newSite(t, Options{Customers: customers})
	const start = `{"type":"im"}`
	require.Equal(t, 200, s.do("POST", "/demo/visitor/start", start, nil).StatusCode)
	assert.True(t, strings.HasPrefix(c.who.UserID, customerName), "one is made up")
	for i := range 250 {
		c.add(wire.FromSeat, fmt.Sprint(i))
	}
	for <-c.delivered < 250 {
	}
	for <-c.read < 250 {
	}
	require.Equal(t, 200, s.do("POST", "/demo/visitor/say", `{"sessionId":"chat","text":"`+
		strings.Repeat(`\u00e9`, 4000)+`"}`, nil).StatusCode)
	var all []wire.Message
	require.Equal(t, 200, s.do("GET", "/demo/visitor/messages?sessionId=chat", "", &all).StatusCode)
	require.Len(t, all, 251)
	for i, m := range all {
		require.Equal(t, uint64(i+1), m.Seq)
	}
	require.Equal(t, 200, s.do("POST", "/demo/visitor/end", `{"sessionId":"chat"}`, nil).StatusCode)
	<-c.stopped // the customer has left
	require.Equal(t, 200, s.do("GET", "/demo/visitor/messages?sessionId=chat", "", &all).StatusCode,
		"and can read it still")
	customers.Close()
	assert.Empty(t, customers.live)
}

func TestCustomersRefuse(t *testing.T) {
	customers := NewCustomers("1400000001", newChats(), testLog())
	t.Cleanup(customers.Close)
	s := newSite(t, Options{Customers: customers})
	for _, c := range []struct {
		path, body, field string
		status            int
	}{
		{"start", `{}`, "type", 400},
		{"start", `{"type":"video"}`, "type", 400},
		{"start", `{"type":"im","userId":"` + strings.Repeat("a", 65) + `"}`, "userId", 400},
		{"start", `{"type":"im","nickname":"a\nb"}`, "nickname", 400},
		{"start", `{"type":"im","skillGroupId":"nobody"}`, "skillGroupId", 400},
		{"start", `{"type":"im","text":7}`, "text", 400},
		{"start", `[`, "", 400},
		{"say", `{"sessionId":"nobody","text":"x"}`, "sessionId", 404},
		{"end", `{"sessionId":"nobody"}`, "sessionId", 404},
		{"say", strings.Repeat("x", 100_000), "", 400},
	} {
		var got failure
		assert.Equal(t, c.status, s.do("POST", "/demo/visitor/"+c.path, c.body, &got).StatusCode, c.body)
		assert.Equal(t, c.field, got.Error.Field, c.body)
		assert.NotEmpty(t, got.Error.Remedy, c.body)
	}
	var got failure
	assert.Equal(t, 404, s.do("GET", "/demo/visitor/messages", "", &got).StatusCode)
}
