package visitor

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

	"tccc/gateway/config"
	"tccc/gateway/webhook"
	"tccc/wire"
)

const hookSecret = "0123456789abcdef"

// challenged is a world whose application asks a server about its customers.
func challenged(t *testing.T, h http.HandlerFunc) *world {
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return newWorld(t, func(a *config.App) {
		a.Visitors.Challenge = config.Webhook{URL: s.URL, Secret: config.NewSecret(hookSecret), Timeout: patient}
	})
}

func TestChallenge(t *testing.T) {
	asked := make(chan Question, 10)
	w := challenged(t, func(rw http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		assert.NoError(t, err)
		at, err := strconv.ParseInt(r.Header.Get(webhook.HeaderTimestamp), 10, 64)
		assert.NoError(t, err)
		assert.Equal(t, webhook.Sign(hookSecret, at, body), r.Header.Get(webhook.HeaderSignature))
		var q Question
		assert.NoError(t, json.Unmarshal(body, &q))
		asked <- q
		_ = json.NewEncoder(rw).Encode(map[string]bool{"allow": q.Challenge == "met"})
	})
	p, hello := w.hello(wire.HelloParams{SDKAppID: app})
	for _, wrong := range []string{"", "not met", "met "} {
		e := p.ask(wire.VisitorStart, wire.VisitorStartParams{Type: wire.TypeIM, Challenge: wrong}).Error
		require.NotNil(t, e, wrong)
		assert.Equal(t, wire.ErrForbidden.Code, e.Code)
		assert.Equal(t, "challenge", e.Field)
		assert.Equal(t, wrong, (<-asked).Challenge)
	}
	require.Nil(t, p.ask(wire.VisitorStart,
		wire.VisitorStartParams{Type: wire.TypeIM, SkillGroupID: "sales", Challenge: "met"}).Error)
	assert.Equal(t, Question{SDKAppID: app, UserID: hello.VisitorID, Address: "127.0.0.1", Type: wire.TypeIM,
		SkillGroupID: "sales", Challenge: "met"}, <-asked)
	require.Nil(t, p.ask(wire.VisitorStart, wire.VisitorStartParams{Type: wire.TypeIM}).Error, "it is open already")
	assert.Empty(t, asked)
	w.pass(time.Minute) // sessions are opened at a bounded rate
	e := p.ask(wire.VisitorStart, wire.VisitorStartParams{Type: wire.TypeVideo,
		Challenge: strings.Repeat("x", maxChallenge+1)}).Error
	assert.Equal(t, "challenge", e.Field)
	assert.Empty(t, asked)
}

// Who cannot be asked lets nobody in.
func TestChallengeThatCannotBeChecked(t *testing.T) {
	for name, h := range map[string]http.HandlerFunc{
		"status": func(w http.ResponseWriter,
			r *http.Request) {
			http.Error(w, `{"allow":true}`, http.StatusForbidden)
		},
		"no JSON":  func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, "yes") },
		"nothing":  func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, "{}") },
		"redirect": func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/", http.StatusFound) },
	} {
		w := challenged(t, h)
		p, _ := w.hello(wire.HelloParams{SDKAppID: app})
		e := p.ask(wire.VisitorStart, wire.VisitorStartParams{Type: wire.TypeIM}).Error
		require.NotNil(t, e, name)
		assert.NotContains(t, e.Error(), "127.0.0.1", name)
		assert.Empty(t, w.center.who, name)
	}
	w := newWorld(t, func(a *config.App) {
		a.Visitors.Challenge = config.Webhook{URL: "http://127.0.0.1:1/", Secret: config.NewSecret(hookSecret),
			Timeout: time.Second}
	})
	p, _ := w.hello(wire.HelloParams{SDKAppID: app})
	e := p.ask(wire.VisitorStart, wire.VisitorStartParams{Type: wire.TypeIM}).Error
	require.NotNil(t, e)
	assert.True(t, e.Recoverable)
}
