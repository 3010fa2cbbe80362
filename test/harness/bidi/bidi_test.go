package bidi

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// browser answers commands out of order, with an event before each answer.
func browser(t *testing.T) string {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		assert.Equal(t, "/session", r.URL.Path)
		c, err := websocket.Accept(w, r, nil)
		if !assert.NoError(t, err) {
			return
		}
		defer c.CloseNow() //nolint:errcheck // the test is over
		ctx := r.Context()
		say := func(text string) { _ = c.Write(ctx, websocket.MessageText, []byte(text)) } // the client may have gone
		var late []byte
		for {
			_, text, err := c.Read(ctx)
			if err != nil {
				return
			}
			var m struct {
				ID     int
				Method string
			}
			assert.NoError(t, json.Unmarshal(text, &m))
			id, _ := json.Marshal(m.ID)
			switch m.Method {
			case "bad":
				say(`{"type":"error","id":` + string(id) + `,"error":"invalid argument","message":"no"}`)
			case "slow":
				late = id
			case "silent":
			case "gone":
				return
			default:
				say("not JSON")
				say(`{"type":"event","method":"log.entryAdded","params":{"text":"hello"}}`)
				say(`{"type":"success","id":` + string(id) + `,"result":{"of":"` + m.Method + `"}}`)
				if late != nil {
					say(`{"type":"success","id":` + string(late) + `,"result":{"of":"slow"}}`)
					late = nil
				}
			}
		}
	}))
	t.Cleanup(srv.Close)
	return strings.Replace(srv.URL, "http", "ws", 1)
}

func TestCalls(t *testing.T) {
	events := make(chan string, 10)
	c, err := Dial(t.Context(), browser(t),
		func(method string, params json.RawMessage) { events <- method + " " + string(params) })
	require.NoError(t, err)
	defer c.Close()
	assert.Equal(t, `log.entryAdded {"text":"hello"}`, <-events)

	type result struct{ Of string }
	slow := make(chan result)
	go func() {
		var r result
		assert.NoError(t, c.Call(t.Context(), "slow", nil, &r))
		slow <- r
	}()
	for done := false; !done; {
		var r result
		require.NoError(t, c.Call(t.Context(), "quick", nil, &r))
		assert.Equal(t, "quick", r.Of)
		select {
		case r := <-slow:
			assert.Equal(t, "slow", r.Of)
			done = true
		case <-events:
		}
	}

	var refused *Error
	require.ErrorAs(t, c.Call(t.Context(), "bad", nil, nil), &refused)
	assert.Equal(t, "invalid argument: no", refused.Error())

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	assert.ErrorIs(t, c.Call(ctx, "silent", nil, nil), context.Canceled)
}

func TestLostBrowser(t *testing.T) {
	c, err := Dial(t.Context(), browser(t), func(string, json.RawMessage) {})
	require.NoError(t, err)
	defer c.Close()
	require.ErrorContains(t, c.Call(t.Context(), "gone", nil, nil), "the browser is gone")
	require.ErrorContains(t, c.Call(t.Context(), "quick", nil, nil), "the browser is gone")
}
