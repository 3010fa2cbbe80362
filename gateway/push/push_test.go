package push

import (
	"context"
	"crypto/hmac"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"tccc/gateway/config"
	"tccc/gateway/store"
	"tccc/gateway/webhook"
	"tccc/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	app      = "1400000009"
	secret   = "a secret of enough length"
	patience = 20 * time.Second
)

// request is what a receiver got.
type request struct {
	header http.Header
	query  string
	body   []byte
	at     time.Time
}

func (r request) text(t *testing.T, member string) string {
	t.Helper()
	var m map[string]any
	require.NoError(t, json.Unmarshal(r.body, &m))
	return fmt.Sprint(m[member])
}

// receiver is a back end.
type receiver struct {
	*httptest.Server
	got chan request
}

func newReceiver(t *testing.T, answer http.HandlerFunc) *receiver {
	r := &receiver{got: make(chan request, 1000)}
	r.Server = httptest.NewServer(r.handler(answer))
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) handler(answer http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, q *http.Request) {
		body, _ := io.ReadAll(q.Body)
		r.got <- request{q.Header.Clone(), q.URL.RawQuery, body, time.Now()}
		if answer != nil {
			answer(w, q)
		}
	}
}

func (r *receiver) next(t *testing.T) request {
	t.Helper()
	select {
	case q := <-r.got:
		return q
	case <-time.After(patience):
		require.FailNow(t, "the receiver got nothing")
		return request{}
	}
}

// world is a pusher on a real store.
type world struct {
	*Pusher
	store *store.Store
	dir   string
}

func apps(pushes ...config.Push) []config.App {
	for i := range pushes {
		p := &pushes[i]
		p.Secret = config.NewSecret(secret)
		if p.Events == nil {
			p.Events = []string{CDR, Session, Status}
		}
		if p.RetryFor == 0 {
			p.RetryFor = time.Hour
		}
		if p.Timeout == 0 {
			p.Timeout = 5 * time.Second
		}
	}
	return []config.App{{SDKAppID: app, Pushes: pushes,
		Agents: []config.Agent{{UserID: "anna", Phone: "123", SkillGroups: []string{"sales"}}}}}
}

func start(t *testing.T, dir string, pushes ...config.Push) *world {
	t.Helper()
	w := &world{dir: dir}
	var err error
	w.store, err = store.Open(t.Context(), store.Options{Dir: dir, Log: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	list := apps(pushes...)
	w.Pusher, err = Start(t.Context(), Options{Apps: list, Store: w.store, Log: slog.New(slog.DiscardHandler),
		Staff: func(_, user string) (config.Agent, bool) { return list[0].Agents[0], user == "anna" }})
	require.NoError(t, err)
	t.Cleanup(func() { w.end(t) })
	return w
}

func (w *world) end(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if w.store != nil {
		assert.NoError(t, w.Pusher.Close(ctx))
		assert.NoError(t, w.store.Close(ctx))
		w.store = nil
	}
}

func (w *world) cdr(t *testing.T, id string) {
	t.Helper()
	_, err := w.store.AppendCDR(t.Context(), &store.CDR{SDKAppID: app, SessionID: id, UUI: "order " + id})
	require.NoError(t, err)
}

func (w *world) session(id, state string) {
	w.SessionChanged(state, &store.SessionRecord{CDR: store.CDR{SDKAppID: app, SessionID: id, Type: wire.TypePhone}})
}

func (w *world) await(t *testing.T, what string, ok func() bool) {
	t.Helper()
	require.Eventually(t, ok, patience, 10*time.Millisecond, what)
}

func (w *world) backlog(t *testing.T, dead bool) (n uint64) {
	t.Helper()
	counts, err := w.outbox.Backlog(t.Context(), dead)
	require.NoError(t, err)
	for _, c := range counts {
		n += c
	}
	return n
}

func TestDelivery(t *testing.T) {
	r := newReceiver(t, nil)
	w := start(t, t.TempDir(), config.Push{URL: r.URL + "/hook?key=1"})
	w.session("s1", "ringing")
	q := r.next(t)
	w.session("s1", "ended")
	w.StatusChanged(app, "anna", wire.AgentState{Status: wire.StatusFree, Since: 5})
	assert.Equal(t, "action=sessionState&key=1&version=1", q.query)
	assert.Equal(t, "application/json;charset=utf8", q.header.Get("Content-Type"))
	assert.Regexp(t, `^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`, q.header.Get(HeaderID))
	assert.Equal(t, "ringing", q.text(t, "State"))
	assert.True(t, verify(secret, q.header, q.body, q.at))
	assert.False(t, verify("another secret, as long", q.header, q.body, q.at))
	assert.False(t, verify(secret, q.header, append(q.body, ' '), q.at))
	assert.False(t, verify(secret, q.header, q.body, q.at.Add(time.Hour)), "replayed later")

	seen := map[string]string{}
	for range 2 {
		q := r.next(t)
		seen[q.query] = string(q.body)
	}
	assert.Contains(t, seen["action=sessionState&key=1&version=1"], `"State":"ended"`)
	assert.Contains(t, seen["action=agentStatus&key=1&version=1"], `"UserId":"anna","Status":"free"`)

	w.cdr(t, "s1")
	q = r.next(t)
	assert.Equal(t, "action=cdr&key=1&version=1", q.query)
	assert.Equal(t, "order s1", q.text(t, "Uui"))
	assert.Equal(t, pushID(ReceiverID(app, r.URL+"/hook?key=1"), CDR, app+"\x00s1"), q.header.Get(HeaderID))
	w.await(t, "all is out of the outbox", func() bool { return w.backlog(t, false) == 0 })
}

// verify is the example of the guide.
func verify(secret string, header http.Header, body []byte, now time.Time) bool {
	timestamp, err := strconv.ParseInt(header.Get("X-TCCC-Push-Timestamp"), 10, 64)
	if err != nil || now.Sub(time.Unix(timestamp, 0)).Abs() > 5*time.Minute {
		return false
	}
	return hmac.Equal([]byte(webhook.Sign(secret, timestamp, body)), []byte(header.Get("X-TCCC-Push-Signature")))
}

// A receiver that is away gets everything, in order, also when the process is
// restarted in between, and a second one is not held up meanwhile.
func TestReceiverAway(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	url := "http://" + l.Addr().String()
	require.NoError(t, l.Close())
	healthy := newReceiver(t, nil)
	pushes := []config.Push{{URL: url}, {URL: healthy.URL}}
	dir := t.TempDir()
	w := start(t, dir, pushes...)
	states := []string{"queued", "ringing", "talking", "held", "talking", "ended"}
	for _, state := range states {
		w.session("s1", state)
	}
	w.await(t, "the sessions are in the outbox before their record",
		func() bool { return w.backlog(t, false) >= uint64(len(states)) })
	w.cdr(t, "s1")
	for range len(states) + 1 {
		healthy.next(t)
	}
	w.await(t, "what is left is for the other one", func() bool { return w.backlog(t, false) == uint64(len(states)+1) })
	w.end(t)
	w = start(t, dir, pushes...)
	w.cdr(t, "s2")
	assert.Equal(t, "s2", healthy.next(t).text(t, "SessionId"))

	r := &receiver{got: make(chan request, 100)}
	l, err = net.Listen("tcp", strings.TrimPrefix(url, "http://"))
	require.NoError(t, err)
	r.Server = &httptest.Server{Listener: l, Config: &http.Server{Handler: r.handler(nil)}}
	r.Start()
	t.Cleanup(r.Close)
	var got []string
	ids := map[string]bool{}
	for range len(states) + 2 {
		q := r.next(t)
		ids[q.header.Get(HeaderID)] = true
		if q.text(t, "SessionId") == "s2" {
			continue
		}
		got = append(got, strings.TrimPrefix(q.text(t, "State"), "<nil>"))
	}
	assert.Equal(t, append(states, ""), got)
	assert.Len(t, ids, len(states)+2)
	assert.Empty(t, healthy.got)
}

func TestRefusals(t *testing.T) {
	elsewhere := newReceiver(t, nil)
	var mu sync.Mutex
	tried := map[string]int{}
	answers := map[string]func(w http.ResponseWriter, n int){
		"redirect": func(w http.ResponseWriter, n int) {
			if n == 1 {
				w.Header().Set("Location", elsewhere.URL)
				w.WriteHeader(http.StatusTemporaryRedirect)
			}
		},
		"code": func(w http.ResponseWriter, n int) { fmt.Fprintf(w, `{"ErrCode": %d, "ErrMsg": "not yet"}`, 2-n) },
		"500":  func(w http.ResponseWriter, n int) { w.WriteHeader(map[bool]int{true: 500, false: 204}[n == 1]) },
		"text": func(w http.ResponseWriter, n int) { fmt.Fprint(w, "thank you") },
		"long": func(w http.ResponseWriter, n int) { fmt.Fprint(w, strings.Repeat("x", 1<<20)) },
	}
	r := newReceiver(t, nil)
	r.Config.Handler = r.handler(nil)
	r.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		body, _ := io.ReadAll(q.Body)
		got := request{q.Header.Clone(), q.URL.RawQuery, body, time.Now()}
		key := got.text(t, "SessionId")
		mu.Lock()
		tried[key]++
		n := tried[key]
		mu.Unlock()
		answers[key](w, n)
	})
	w := start(t, t.TempDir(), config.Push{URL: r.URL})
	for key := range answers {
		w.session(key, "ringing")
	}
	w.await(t, "all is delivered in the end", func() bool {
		mu.Lock()
		defer mu.Unlock()
		return len(tried) == len(answers) && w.backlog(t, false) == 0
	})
	assert.Equal(t, map[string]int{"redirect": 2, "code": 2, "500": 2, "text": 1, "long": 1}, tried)
	assert.Empty(t, elsewhere.got, "redirects are not followed")
	var failures dto.Metric
	require.NoError(t, w.counts.attempts.WithLabelValues(app, strings.TrimPrefix(r.URL, "http://"), Session,
		"500").Write(&failures))
	assert.Equal(t, 1.0, failures.GetCounter().GetValue())
}

func TestDeadLetters(t *testing.T) {
	var mu sync.Mutex
	status := http.StatusNotFound
	r := newReceiver(t, func(w http.ResponseWriter, _ *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		w.WriteHeader(status)
	})
	w := start(t, t.TempDir(), config.Push{URL: r.URL, RetryFor: time.Nanosecond})
	w.cdr(t, "s1")
	w.cdr(t, "s2")
	w.await(t, "both are dead", func() bool { return w.backlog(t, true) == 2 && w.backlog(t, false) == 0 })
	dead, err := w.Dead(t.Context(), 0)
	require.NoError(t, err)
	assert.Equal(t, "404 Not Found", dead[0].Reason)
	assert.Equal(t, 1, dead[0].Attempts)
	assert.Equal(t, strings.TrimPrefix(r.URL, "http://"), dead[0].Receiver)

	mu.Lock()
	status = http.StatusOK
	mu.Unlock()
	n, err := w.Replay(t.Context(), []uint64{dead[1].Seq})
	require.NoError(t, err)
	assert.Equal(t, 1, n)
	w.await(t, "one is delivered", func() bool { return w.backlog(t, true) == 1 && w.backlog(t, false) == 0 })
	n, err = w.Replay(t.Context(), nil)
	require.NoError(t, err)
	assert.Equal(t, 1, n)
	w.await(t, "all is delivered", func() bool { return w.backlog(t, true) == 0 && w.backlog(t, false) == 0 })
	ids := map[string]int{}
	for len(r.got) > 0 {
		ids[r.next(t).header.Get(HeaderID)]++
	}
	assert.Len(t, ids, 2, "a push keeps its name")
}

// A receiver that does not answer costs its timeout, a bounded number of
// requests at the same time and a bounded number of items in memory.
func TestReceiverHangs(t *testing.T) {
	release := make(chan struct{})
	r := newReceiver(t, func(http.ResponseWriter, *http.Request) { <-release })
	t.Cleanup(func() { close(release) }) // before the receiver closes
	healthy := newReceiver(t, nil)
	w := start(t, t.TempDir(), config.Push{URL: r.URL, Timeout: 30 * time.Second}, config.Push{URL: healthy.URL})
	const n = window + 100
	for i := range n {
		w.session(fmt.Sprint(i), "ringing")
	}
	for range n {
		healthy.next(t)
	}
	c := w.couriers[ReceiverID(app, r.URL)]
	w.await(t, "its memory is full", func() bool { return len(c.room) == window })
	assert.Len(t, r.got, attempts)
	w.await(t, "only its own are left", func() bool { return w.backlog(t, false) == n })
	began := time.Now()
	w.end(t)
	assert.Less(t, time.Since(began), 20*time.Second, "it does not wait for the receiver")
}

func TestTLS(t *testing.T) {
	r := &receiver{got: make(chan request, 10)}
	r.Server = httptest.NewUnstartedServer(r.handler(nil))
	r.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, 0)
	r.StartTLS()
	t.Cleanup(r.Close)
	unknown := start(t, t.TempDir(), config.Push{URL: r.URL, RetryFor: time.Nanosecond})
	unknown.cdr(t, "s1")
	unknown.await(t, "it is dead", func() bool { return unknown.backlog(t, true) == 1 })
	dead, err := unknown.Dead(t.Context(), 0)
	require.NoError(t, err)
	assert.Contains(t, dead[0].Reason, "certificate")
	assert.Empty(t, r.got)

	ca := filepath.Join(t.TempDir(), "ca.pem")
	require.NoError(t, os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: r.Certificate().Raw}),
		0o600))
	known := start(t, t.TempDir(), config.Push{URL: r.URL, CA: ca})
	known.cdr(t, "s1")
	assert.Equal(t, "s1", r.next(t).text(t, "SessionId"))
}

// Records that were written before anybody wanted them are not sent.
func TestReceiverAddedLater(t *testing.T) {
	r := newReceiver(t, nil)
	dir := t.TempDir()
	w := start(t, dir)
	w.cdr(t, "early")
	w.end(t)
	w = start(t, dir, config.Push{URL: r.URL})
	w.cdr(t, "s1")
	assert.Equal(t, "s1", r.next(t).text(t, "SessionId"))
	w.await(t, "it is out of the outbox", func() bool { return w.backlog(t, false) == 0 })
	w.end(t)
	w = start(t, dir)
	w.cdr(t, "nobody listens")
	w.end(t)
	w = start(t, dir, config.Push{URL: r.URL})
	w.cdr(t, "s2")
	assert.Equal(t, "s2", r.next(t).text(t, "SessionId"))
}

func TestMessagesOfChats(t *testing.T) {
	r := newReceiver(t, nil)
	w := start(t, t.TempDir(), config.Push{URL: r.URL, Events: []string{Message}})
	defer w.end(t)
	m := wire.Message{SessionID: "s1", ID: "m1", Seq: 1, At: 5000, From: wire.FromClient, UserID: "una",
		Type: wire.MessageText, Text: "hello <b>"}
	pos, err := w.store.AppendMessage(t.Context(), app, &m, 0, time.Hour)
	require.NoError(t, err)
	_, err = w.store.AppendMessage(t.Context(), "1400000001", &m, 0, time.Hour)
	require.NoError(t, err, "another application's")
	second := wire.Message{SessionID: "s1", ID: "m2", Seq: 2, At: 6000, From: wire.FromSystem, Type: wire.MessageNotice,
		Notice: wire.NoticeEnded}
	_, err = w.store.AppendMessage(t.Context(), app, &second, pos, time.Hour)
	require.NoError(t, err)
	q := r.next(t)
	assert.Contains(t, q.query, "action=chatMessage")
	assert.JSONEq(t, `{"SdkAppId":1400000009,"SessionId":"s1","SessionType":"im","MessageId":"m1","Sequence":1,"Timestamp":5000,"From":"client",
		"UserId":"una","Name":"","MessageType":"text","Text":"hello <b>","Notice":""}`, string(q.body))
	assert.Equal(t, "ended", r.next(t).text(t, "Notice"), "in order")
}

func TestNilPusher(t *testing.T) {
	var p *Pusher
	p.SessionChanged("ringing", &store.SessionRecord{})
	p.StatusChanged(app, "anna", wire.AgentState{})
	require.NoError(t, p.Close(t.Context()))
}
