package bot

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"tccc/gateway/config"
	"tccc/gateway/webhook"
	"tccc/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestKnown(t *testing.T) {
	conf := &config.Bot{
		Handover: []string{"人工", "agent"},
		Answers: []config.BotAnswer{
			{Keywords: []string{"hours", "营业时间"}, Text: "nine to five", Choices: []string{"人工"}},
			{Keywords: []string{"c++"}, Text: "a language"},
		},
	}
	for text, want := range map[string]string{
		"What are your HOURS?": "nine to five", "hours": "nine to five", "请问营业时间是几点": "nine to five",
		"rush-hours!": "nine to five", "Is it C++?": "a language",
		"I want an Agent, please": "handover", "转人工服务": "handover", "agent hours": "handover",
	} {
		a, ok := Known(conf, text)
		require.True(t, ok, text)
		if want == "handover" {
			assert.True(t, a.Handover, text)
		} else {
			assert.Equal(t, want, a.Text, text)
		}
	}
	for _, text := range []string{"", "the reagents are old", "happyhours", "hoursé", "营业"} {
		_, ok := Known(conf, text)
		assert.False(t, ok, text)
	}
}

// ask asks a webhook that a test plays.
func ask(t *testing.T, timeout time.Duration, handler http.HandlerFunc) (Answer, error) {
	t.Helper()
	s := httptest.NewServer(handler)
	defer s.Close()
	c := NewCaller()
	defer c.Close()
	conf := &config.Webhook{URL: s.URL + "/secret-path", Secret: config.NewSecret("0123456789abcdef"), Timeout: timeout}
	return c.Ask(t.Context(), conf, &Question{SDKAppID: "1", SessionID: "s", UserID: "u", Text: "hello <b>",
		Type: wire.MessageText})
}

func TestAWebhookAnswersSignedQuestions(t *testing.T) {
	a, err := ask(t, 10*time.Second, func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		assert.NoError(t, err)
		at, err := strconv.ParseInt(r.Header.Get(webhook.HeaderTimestamp), 10, 64)
		assert.NoError(t, err)
		assert.Equal(t, webhook.Sign("0123456789abcdef", at, body), r.Header.Get(webhook.HeaderSignature),
			"receivers of pushes can verify it")
		var q Question
		assert.NoError(t, json.Unmarshal(body, &q))
		assert.Equal(t, "hello <b>", q.Text)
		_, _ = io.WriteString(w, `{"text":" hi ","choices":["a","b"],"handover":true,"skillGroupId":"sales","more":1}`)
	})
	require.NoError(t, err)
	assert.Equal(t, Answer{Text: "hi", Choices: []string{"a", "b"}, Handover: true, SkillGroupID: "sales"}, a)
}

func TestWhatAWebhookMayNotDo(t *testing.T) {
	for name, handler := range map[string]http.HandlerFunc{
		"status": func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(500) },
		"redirect": func(w http.ResponseWriter,
			r *http.Request) {
			http.Redirect(w, r, "/elsewhere", http.StatusFound)
		},
		"no JSON": func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, "hello") },
		"nothing": func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, "{}") },
		"too much": func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, `{"text":"`+strings.Repeat("x", webhook.MaxAnswer)+`"}`)
		},
	} {
		_, err := ask(t, 10*time.Second, handler)
		require.Error(t, err, name)
		assert.NotContains(t, err.Error(), "secret-path", name)
	}
	_, err := ask(t, 50*time.Millisecond, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // only then is the end of the client seen
		<-r.Context().Done()
	})
	require.Error(t, err)
	assert.NotContains(t, err.Error(), "secret-path")
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"text":"hi","choices":["a"],"handover":false}`))
	f.Add([]byte(`{"handover":true}`))
	f.Add([]byte(`{"text":1}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		a, err := parse(text)
		if err == nil && (len(a.Text) > wire.MessageTextMost || len(a.Choices) > choicesMost || a.Text == "" &&
			!a.Handover) {
			t.Fatalf("%q gave %+v", text, a)
		}
	})
}

func FuzzKnown(f *testing.F) {
	f.Add("hours", "What are your hours?")
	f.Add("人工", "转人工")
	f.Fuzz(func(t *testing.T, word, text string) {
		a, ok := Known(&config.Bot{Handover: []string{word}}, text)
		if ok != a.Handover {
			t.Fatal("an answer that was not given")
		}
	})
}
