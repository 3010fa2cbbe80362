package socket

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"tccc/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const patient = 10 * time.Second

// serve runs a door whose sockets are read by read.
func serve(t *testing.T, g *Group, read func(*Conn)) (url string) {
	t.Helper()
	h := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := New(4, slog.New(slog.DiscardHandler))
		g.Serve(w, r, c, func() { read(c) })
	}))
	t.Cleanup(func() {
		g.Close()
		h.Close()
	})
	return "ws" + strings.TrimPrefix(h.URL, "http")
}

func dial(t *testing.T, url, protocol string) (*websocket.Conn, *http.Response, error) {
	t.Helper()
	ws, res, err := websocket.Dial(t.Context(), url, &websocket.DialOptions{Subprotocols: []string{protocol}})
	if err == nil {
		t.Cleanup(func() { _ = ws.CloseNow() })
	}
	return ws, res, err
}

// end reads until the socket has ended, and gives the words before that.
func end(t *testing.T, ws *websocket.Conn) (words []string, status websocket.StatusCode) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patient)
	defer cancel()
	for {
		_, text, err := ws.Read(ctx)
		if err != nil {
			require.NoError(t, ctx.Err(), "the socket did not end")
			return words, websocket.CloseStatus(err)
		}
		words = append(words, string(text))
	}
}

func TestLastWordsGetOut(t *testing.T) {
	g := &Group{Protocol: "p", Max: 10}
	url := serve(t, g, func(c *Conn) {
		f, ok := c.Next()
		assert.True(t, ok)
		c.Send(&wire.Frame{Method: "one"})
		c.Refuse(f.ID, wire.ErrForbidden)
		c.Close(websocket.StatusNormalClosure, "the first counts")
		for ok {
			_, ok = c.Next()
		}
	})
	ws, _, err := dial(t, url, "p")
	require.NoError(t, err)
	require.NoError(t, ws.Write(t.Context(), websocket.MessageText, []byte(`{"jsonrpc":"2.0","id":7,"method":"x"}`)))
	words, status := end(t, ws)
	assert.Equal(t, websocket.StatusPolicyViolation, status)
	require.Len(t, words, 2)
	assert.Contains(t, words[0], `"one"`)
	assert.Contains(t, words[1], `"id":7`)
	assert.Contains(t, words[1], `"Forbidden"`)
}

func TestWhatIsNoRequest(t *testing.T) {
	got := make(chan *wire.Frame, 10)
	url := serve(t, &Group{Protocol: "p", Max: 10}, func(c *Conn) {
		for f, ok := c.Next(); ok; f, ok = c.Next() {
			got <- f
		}
	})
	ws, _, err := dial(t, url, "p")
	require.NoError(t, err)
	for _, text := range []string{"garbage", `{"jsonrpc":"2.0","method":"notification"}`,
		`{"jsonrpc":"2.0","id":1,"result":{}}`} {
		require.NoError(t, ws.Write(t.Context(), websocket.MessageText, []byte(text)))
		assert.Nil(t, <-got, text)
	}
	require.NoError(t, ws.Write(t.Context(), websocket.MessageBinary, nil))
	words, status := end(t, ws)
	assert.Equal(t, websocket.StatusUnsupportedData, status)
	require.Len(t, words, 1)
	assert.Contains(t, words[0], `"method":"error"`)
}

func TestAGroupIsBoundedAndEnds(t *testing.T) {
	g := &Group{Protocol: "p", Max: 1}
	url := serve(t, g, func(c *Conn) {
		for ok := true; ok; {
			_, ok = c.Next()
		}
	})
	ws, _, err := dial(t, url, "p")
	require.NoError(t, err)
	require.Equal(t, 1, g.Len())
	_, res, err := dial(t, url, "p")
	require.Error(t, err)
	assert.Equal(t, http.StatusServiceUnavailable, res.StatusCode)
	assert.Equal(t, "5", res.Header.Get("Retry-After"))
	closed := make(chan struct{})
	go func() {
		g.Close()
		close(closed)
	}()
	_, status := end(t, ws)
	assert.Equal(t, websocket.StatusGoingAway, status)
	<-closed
	assert.Zero(t, g.Len())
	_, res, err = dial(t, url, "p")
	require.Error(t, err)
	assert.Equal(t, http.StatusServiceUnavailable, res.StatusCode)
}

func TestAnotherProtocolIsRefused(t *testing.T) {
	url := serve(t, &Group{Protocol: "p", Max: 1}, func(*Conn) {})
	ws, _, err := dial(t, url, "q")
	require.NoError(t, err)
	_, status := end(t, ws)
	assert.Equal(t, websocket.StatusPolicyViolation, status)
}

// TestTheQueueIsBoundedAndLetsGo: frames leave in order, one too many has no room,
// and a socket that has written everything holds no room for more.
func TestTheQueueIsBoundedAndLetsGo(t *testing.T) {
	c := New(3, slog.New(slog.DiscardHandler))
	for range 2 {
		for _, text := range []string{"a", "b", "c"} {
			require.True(t, c.queue([]byte(text)))
		}
		assert.False(t, c.queue([]byte("d")))
		assert.Equal(t, "a", string(c.next()))
		require.True(t, c.queue([]byte("e")), "there is room again")
		for _, text := range []string{"b", "c", "e"} {
			assert.Equal(t, text, string(c.next()))
		}
		assert.Nil(t, c.next())
		assert.Nil(t, c.out)
	}
	c = New(1, slog.New(slog.DiscardHandler))
	c.Send(&wire.Frame{Method: "one"})
	c.Send(&wire.Frame{Method: "two"})
	assert.Equal(t, websocket.StatusPolicyViolation, c.status, "too slow")
}
