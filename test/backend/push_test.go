package backend

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/gateway/push"
	"tccc/gateway/webhook"
	"tccc/test/harness"
)

func TestMain(m *testing.M) { harness.Main(m) }

const secret = "the back end's own secret"

// backEnd receives pushes, when it is there.
type backEnd struct {
	t    *testing.T
	addr string
	got  chan pushed
	seen map[string]bool // names of pushes

	mu  sync.Mutex
	srv *http.Server
}

type pushed struct {
	action, id string
	seq        uint64
	body       map[string]any
}

// newBackEnd chooses an address where nobody listens yet.
func newBackEnd(t *testing.T) *backEnd {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	b := &backEnd{t: t, addr: l.Addr().String(), got: make(chan pushed, 1000), seen: map[string]bool{}}
	require.NoError(t, l.Close())
	t.Cleanup(b.stop)
	return b
}

func (b *backEnd) env(more ...string) []string {
	return append([]string{
		"TCCC_APPS_0_PUSHES_0_URL=http://" + b.addr + "/hook", "TCCC_APPS_0_PUSHES_0_SECRET=" + secret,
		"TCCC_APPS_0_PUSHES_0_EVENTS=cdr,session,status",
	}, more...)
}

func (b *backEnd) start() {
	l, err := net.Listen("tcp", b.addr)
	require.NoError(b.t, err)
	b.srv = &http.Server{Handler: http.HandlerFunc(b.receive)}
	go func() { _ = b.srv.Serve(l) }()
}

func (b *backEnd) stop() {
	if b.srv != nil {
		_ = b.srv.Close()
	}
}

func (b *backEnd) receive(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	timestamp, _ := strconv.ParseInt(r.Header.Get(webhook.HeaderTimestamp), 10, 64)
	if err != nil || r.Header.Get(webhook.HeaderSignature) != webhook.Sign(secret, timestamp, body) ||
		r.URL.Path != "/hook" {
		w.WriteHeader(http.StatusForbidden)
		return
	}
	p := pushed{action: r.URL.Query().Get("action"), id: r.Header.Get(push.HeaderID)}
	p.seq, _ = strconv.ParseUint(r.Header.Get(push.HeaderSequence), 10, 64)
	if json.Unmarshal(body, &p.body) != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	b.got <- p
	fmt.Fprint(w, `{"ErrCode":0,"ErrMsg":""}`)
}

// until collects pushes, without repetitions, until one fits.
func (b *backEnd) until(what string, ok func(pushed) bool) (all []pushed) {
	b.t.Helper()
	for deadline := time.After(2 * harness.Patience); ; {
		select {
		case p := <-b.got:
			if b.seen[p.id] {
				continue
			}
			b.seen[p.id] = true
			if all = append(all, p); ok(p) {
				return all
			}
		case <-deadline:
			require.FailNow(b.t, "the back end did not get "+what, "it got %v", all)
		}
	}
}

// TestCallRecord calls out with data of the back end's own while the back end
// is away, kills the gateway, and has the record of the call arrive in the end.
func TestCallRecord(t *testing.T) {
	b := newBackEnd(t)
	g := harness.StartGateway(t, harness.GatewayOptions{Env: b.env()})
	p := harness.Agent(t, g, "agent1@demo")
	p.AllowError("WebSocket connection to")
	p.AllowError("net::ERR_")
	o := p.Try("tccc.Call.startOutboundCall({phoneNumber: '10086', uui: 'order 4711'})")
	require.Nil(t, o.Rejected)
	session := p.Await("callOuted").SessionID()
	p.Await("calloutAccepted")
	p.Do("tccc.Call.hungUp({sessionId: %s})", session)
	p.Await("sessionEnded")
	g.AwaitMetric(t, `tccc_push_backlog{app="1400000001",receiver="`+b.addr+`"}`, func(v float64) bool { return v > 0 })
	g.Kill()
	g.Restart()
	b.start()

	all := b.until("the call record", func(p pushed) bool { return p.action == "cdr" })
	var states []any
	for _, p := range all {
		if p.action == "sessionState" && p.body["SessionId"] == session {
			states = append(states, p.body["State"])
			assert.Equal(t, "order 4711", p.body["Uui"])
		}
	}
	assert.Equal(t, []any{"dialing", "talking", "ended"}, states, "in order, and before the record")
	cdr := all[len(all)-1].body
	assert.Equal(t, session, cdr["SessionId"])
	assert.Equal(t, "order 4711", cdr["Uui"])
	assert.Equal(t, "10086", cdr["Callee"])
	assert.Equal(t, 1.0, cdr["Direction"])
	assert.Equal(t, 1400000001.0, cdr["SdkAppId"])
	assert.Equal(t, "ok", cdr["EndStatusString"])
	assert.Equal(t, "seat", cdr["HungUpSide"])
	assert.Equal(t, "agent1@demo", cdr["SeatUser"].(map[string]any)["UserId"])
	assert.Positive(t, cdr["AcceptTimestamp"])
	g.AwaitMetric(t, `tccc_push_backlog{app="1400000001",receiver="`+b.addr+`"}`,
		func(v float64) bool { return v == 0 })
}

// TestKilledDuringCall kills the gateway in the middle of a call: its record
// is pushed by the next one.
func TestKilledDuringCall(t *testing.T) {
	b := newBackEnd(t)
	b.start()
	g := harness.StartGateway(t, harness.GatewayOptions{Env: b.env()})
	p := harness.Agent(t, g, "agent1@demo")
	p.AllowError("WebSocket connection to")
	p.AllowError("net::ERR_")
	p.Do("tccc.Call.startOutboundCall({phoneNumber: '10086', uui: 'order 4712'})")
	session := p.Await("callOuted").SessionID()
	p.Await("calloutAccepted")
	b.until("the conversation", func(p pushed) bool { return p.body["State"] == "talking" })
	g.Kill()
	g.Restart()
	all := b.until("the call record", func(p pushed) bool { return p.action == "cdr" })
	cdr := all[len(all)-1].body
	assert.Equal(t, session, cdr["SessionId"])
	assert.Equal(t, "order 4712", cdr["Uui"])
	assert.Equal(t, "gatewayRestart", cdr["MainReason"])
	states := []any{}
	for _, p := range all {
		if p.action == "sessionState" {
			states = append(states, p.body["State"])
		}
	}
	assert.Equal(t, []any{"ended"}, states)
}
