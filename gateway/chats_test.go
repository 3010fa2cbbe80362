package gateway

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/gateway/center"
	"tccc/gateway/cloudapi"
	"tccc/gateway/config"
	"tccc/gateway/desk"
	"tccc/gateway/session"
	"tccc/gateway/store"
	"tccc/wire"
)

const (
	demoApplication = "1400000001"
	patient         = 20 * time.Second
)

// startDemo runs a gateway in this process.
func startDemo(t *testing.T, change func(*config.Config)) *Gateway {
	t.Helper()
	conf := config.Demo()
	conf.Listen, conf.SIP.Listen, conf.Data = "127.0.0.1:0", "127.0.0.1:0", t.TempDir()
	change(conf)
	g, err := Start(t.Context(), conf, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patient)
		defer cancel()
		require.NoError(t, g.Close(ctx))
	})
	return g
}

// pushed is a back end that is told what happens.
func pushed(t *testing.T) (url string, next func(action string) map[string]any) {
	type push struct {
		action string
		body   map[string]any
	}
	got := make(chan push, 100)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		p := push{action: r.URL.Query().Get("action")}
		assert.NoError(t, json.Unmarshal(text, &p.body))
		got <- p
	}))
	t.Cleanup(s.Close)
	return s.URL, func(action string) map[string]any {
		t.Helper()
		for {
			select {
			case p := <-got:
				if p.action == action {
					return p.body
				}
			case <-time.After(patient):
				require.FailNow(t, "nothing was pushed", action)
			}
		}
	}
}

func TestBackEndsSeeChats(t *testing.T) {
	url, next := pushed(t)
	g := startDemo(t, func(c *config.Config) {
		c.Apps[0].Pushes = []config.Push{{
			URL: url, Secret: config.NewSecret("0123456789abcdef"), Events: []string{"message", "session", "cdr"},
			RetryFor: time.Hour, Timeout: 5 * time.Second,
		}}
		c.Apps[0].Chat.Greeting = ""
	})
	ctx, chats := t.Context(), deskChats{g.center}
	_, err := chats.SessionOf(ctx, demoApplication, "una", "@desk")
	require.ErrorIs(t, err, store.ErrNotFound)

	s, err := g.center.StartVisit(ctx, demoApplication, session.Customer{UserID: "una", Nickname: "Una"},
		wire.VisitorStartParams{Type: wire.TypeIM, Text: "hours"})
	require.NoError(t, err)
	state := func(want desk.State, agent string) {
		t.Helper()
		got, err := chats.SessionOf(ctx, demoApplication, "una", "@desk")
		require.NoError(t, err)
		assert.Equal(t, desk.Session{ID: s.SessionID, State: want, AgentID: agent}, got)
		got, err = chats.Session(ctx, demoApplication, s.SessionID)
		require.NoError(t, err)
		assert.Equal(t, want, got.State)
	}
	state(desk.Chatbot, "")
	assert.Equal(t, "hours", next("chatMessage")["Text"])
	assert.Equal(t, "bot", next("chatMessage")["From"])
	_, err = g.center.VisitorSay(ctx, demoApplication, "una",
		wire.SendParams{SessionID: s.SessionID, ID: "c1", Text: "人工"})
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		got, err := chats.Session(ctx, demoApplication, s.SessionID)
		require.NoError(t, err)
		return got.State == desk.Queuing
	}, patient, 5*time.Millisecond)
	leave, err := g.center.Enter(ctx, demoApplication, "agent2@demo", center.Door{Name: "a desk without chats"})
	require.NoError(t, err)
	defer leave()
	page := (&process{t: t, addr: g.HTTPAddr()}).login("agent1@demo")
	require.Equal(t, s.SessionID, page.rings())
	state(desk.Waiting, "agent1@demo")
	_, err = g.center.Command(ctx, demoApplication, "agent1@demo", wire.MethodChatAccept,
		wire.SessionParams{SessionID: s.SessionID})
	require.NoError(t, err)
	state(desk.Agent, "agent1@demo")

	text := func(text string) []desk.Element { return []desk.Element{{Type: "TIMTextElem", Text: text}} }
	for range 2 { // the second is a repetition
		require.NoError(t, chats.Send(ctx, demoApplication,
			desk.Message{ServiceID: "@desk", CustomerID: "una", Random: 7, Body: text("from the back end")}))
	}
	require.NoError(t, chats.Send(ctx, demoApplication, desk.Message{SessionID: s.SessionID, Body: text("again")}))
	var refused *desk.Error
	require.ErrorAs(t, chats.Send(ctx, demoApplication,
		desk.Message{SessionID: s.SessionID, Body: []desk.Element{{Type: "TIMFaceElem"}}}), &refused)
	assert.Equal(t, desk.CodeParameter, refused.Code)
	require.ErrorIs(t, chats.Send(ctx, "1400000002",
		desk.Message{SessionID: s.SessionID, Body: text("another application")}), store.ErrNotFound)
	require.ErrorIs(t, chats.End(ctx, "1400000002", s.SessionID), store.ErrNotFound)
	require.NoError(t, chats.End(ctx, demoApplication, s.SessionID))
	_, err = chats.Session(ctx, demoApplication, s.SessionID)
	require.ErrorIs(t, err, store.ErrNotFound)

	for next("sessionState")["State"] != "ended" {
	}
	record := next("cdr")
	assert.Equal(t, "una", record["ClientUserId"])
	assert.Equal(t, "im", record["SessionType"])
	var part []cloudapi.ChatMessage
	total := 0
	require.Eventually(t, func() bool {
		part, total, err = apiChats{g.center}.Messages(ctx, demoApplication, s.SessionID, cloudapi.ChatQuery{Limit: 4})
		require.NoError(t, err)
		return total == 8
	}, patient, 5*time.Millisecond, "question, answer, request, queued, accepted, two texts, ended")
	assert.Equal(t, []string{"hours", "人工"}, []string{part[0].Content, part[2].Content})
	assert.Equal(t, "una", part[0].From)
	part, _, err = apiChats{g.center}.Messages(ctx, demoApplication, s.SessionID,
		cloudapi.ChatQuery{Limit: 3, Newest: true})
	require.NoError(t, err)
	assert.Equal(t, []string{"ended admin", "again", "from the back end"},
		[]string{part[0].Content, part[1].Content, part[2].Content})
	assert.Equal(t, "system", part[0].Type)
	_, _, err = apiChats{g.center}.Messages(ctx, "1400000002", s.SessionID, cloudapi.ChatQuery{Limit: 4})
	require.ErrorIs(t, err, store.ErrNotFound)
}
