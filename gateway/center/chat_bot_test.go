package center

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/gateway/bot"
	"tccc/gateway/config"
	"tccc/wire"
)

func TestTheBotAnswersUntilAPersonIsAskedFor(t *testing.T) {
	w := newWorld(t, func(a *config.App) { a.Chat.Greeting = "" })
	p := w.loginAs("agent1@demo", nil)
	k := w.customer("una")
	s := k.start("", "What are your hours?")
	answer := k.hears("the bot", func(m *wire.Message) bool { return m.From == wire.FromBot })
	assert.Contains(t, answer.Text, "9:00")
	assert.Equal(t, []string{"人工"}, answer.Choices)
	assert.Equal(t, "Bot", answer.Name)
	assert.Empty(t, p.heardOf(), "no agent is troubled")
	again, err := w.center.Visit(t.Context(), app, "una")
	require.NoError(t, err)
	assert.Equal(t, wire.VisitorBot, again.State)

	k.say(s.SessionID, "人工")
	assert.Equal(t, s.SessionID, p.takes())
	p.ok(wire.MethodChatEnd, session1(s.SessionID))
	ended := k.state(wire.VisitorEnded)
	assert.Equal(t, wire.CloseSeat, ended.CloseBy)
	k.notice(wire.NoticeEnded)
	assert.Equal(t, []string{"client: What are your hours?", "bot: " + answer.Text, "client: 人工", "(accepted)",
		"(ended)"}, lines(k.messages(s.SessionID)))
}

func TestWhatTheBotDoesNotKnowGoesToAPerson(t *testing.T) {
	w := newWorld(t, nil)
	p := w.loginAs("agent1@demo", nil)
	k := w.customer("una")
	k.start("", "My parcel is broken")
	p.takes()
}

// botServer plays the company's bot.
func botServer(t *testing.T, answer func(q *bot.Question) (int, string)) *config.Webhook {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var q bot.Question
		assert.NoError(t, json.NewDecoder(r.Body).Decode(&q))
		code, text := answer(&q)
		w.WriteHeader(code)
		_, _ = io.WriteString(w, text)
	}))
	t.Cleanup(s.Close)
	return &config.Webhook{URL: s.URL, Secret: config.NewSecret("0123456789abcdef"), Timeout: 5 * time.Second}
}

func TestAWebhookTalksAndHandsOver(t *testing.T) {
	hook := botServer(t, func(q *bot.Question) (int, string) {
		switch q.Text {
		case "one", "two":
			return 200, `{"text":"you said ` + q.Text + `","choices":["support"]}`
		default:
			return 200, `{"text":"I get somebody","handover":true,"skillGroupId":"support"}`
		}
	})
	w := newWorld(t, func(a *config.App) { a.Chat.Greeting, a.Chat.Bot.Webhook = "", *hook })
	p := w.loginAs("agent4@demo", nil) // support only
	k := w.customer("una")
	s := k.start("", "one")
	k.say(s.SessionID, "two")
	k.text("you said one")
	k.text("you said two")
	k.say(s.SessionID, "support")
	assert.Equal(t, s.SessionID, p.takes())
	k.text("I get somebody")
}

func TestAWebhookThatFailsHandsOver(t *testing.T) {
	hook := botServer(t, func(*bot.Question) (int, string) { return 500, "" })
	w := newWorld(t, func(a *config.App) { a.Chat.Bot.Webhook = *hook })
	p := w.loginAs("agent1@demo", nil)
	k := w.customer("una")
	s := k.start("", "anything")
	assert.Equal(t, s.SessionID, p.takes())
}

func TestWithoutABotThereIsAPersonAtOnce(t *testing.T) {
	w := newWorld(t, func(a *config.App) { a.Chat.Bot.Answers = nil })
	p := w.loginAs("agent1@demo", nil)
	k := w.customer("una")
	k.start("", "")
	p.takes()
}

// A bot that is being asked when the process ends is asked again by the next.
func TestABotIsAskedAgainAfterARestart(t *testing.T) {
	asked := make(chan string, 10)
	hold := make(chan struct{})
	hook := botServer(t, func(q *bot.Question) (int, string) {
		asked <- q.Text
		<-hold
		return 200, `{"text":"at last"}`
	})
	hook.Timeout = time.Minute
	w := newWorld(t, func(a *config.App) { a.Chat.Greeting, a.Chat.Bot.Webhook = "", *hook })
	k := w.customer("una")
	s := k.start("", "anything")
	require.Equal(t, "anything", <-asked)
	w.restart() // does not wait for the bot
	k.come()
	require.Equal(t, "anything", <-asked)
	close(hold)
	k.text("at last")
	assert.Equal(t, []string{"client: anything", "bot: at last"}, lines(k.messages(s.SessionID)))
}
