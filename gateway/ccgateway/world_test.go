package ccgateway

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"tccc/gateway/center"
	"tccc/gateway/config"
	"tccc/gateway/mix"
	"tccc/gateway/rtc"
	"tccc/gateway/rtp"
	"tccc/gateway/sip"
	"tccc/gateway/store"
	"tccc/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	app      = "1400000001"
	sales    = "4001000001"
	password = "demo-password"
	patient  = 15 * time.Second // for events of a machine that is busy with other tests
)

// world is the door on the real center, which stands on the real store and is
// connected over real SIP sockets to a carrier that the test plays.
type world struct {
	t       *testing.T
	conf    *config.Config
	clock   *clock
	center  *center.Center
	handler *Handler
	http    *httptest.Server
	carrier *sip.Server
	arrived chan *sip.Call // calls that reach the carrier
}

// newWorld makes one; change may change the options and the application.
func newWorld(t *testing.T, change func(*Options, *config.App)) *world {
	t.Helper()
	w := &world{t: t, conf: config.Demo(), clock: newClock(), arrived: make(chan *sip.Call, 10)}
	o := Options{Clock: w.clock, Log: slog.New(slog.DiscardHandler), App: func() config.App { return w.conf.Apps[0] }}
	if change != nil {
		change(&o, &w.conf.Apps[0])
	}
	log := slog.New(slog.DiscardHandler)
	current := atomic.Pointer[center.Center]{}
	w.carrier = w.listen(func(c *sip.Call) { w.arrived <- c })
	gateway := w.listen(func(c *sip.Call) { current.Load().Incoming(center.NewSessionID(), testPhone{c}) })
	trunk := func(name string, to *sip.Server) sip.Trunk {
		return sip.Trunk{Name: name, Address: to.Addr(), Inbound: sip.Inbound{Addresses: []string{to.Addr()}}}
	}
	require.NoError(t, w.carrier.SetTrunks([]sip.Trunk{trunk("gateway", gateway)}))
	require.NoError(t, gateway.SetTrunks([]sip.Trunk{trunk("demo", w.carrier)}))
	db, err := store.Open(t.Context(), store.Options{Dir: t.TempDir(), Log: log})
	require.NoError(t, err)
	engine := mix.NewEngine()
	w.center, err = center.Start(t.Context(), center.Options{
		Apps: w.conf.Apps, Store: db, Engine: engine, Log: log, WarmLeg: true, Node: "test",
		Dial: func(ctx context.Context, o sip.Outgoing) (center.Phone, error) {
			c, err := gateway.Dial(ctx, o)
			return testPhone{c}, err
		},
		Legs: func(context.Context, string, func(rtc.State)) (center.BrowserLeg, string, error) {
			return &browserLeg{port: mix.NewPort(nowhere{})}, "answer", nil
		},
	})
	require.NoError(t, err)
	current.Store(w.center)
	o.Center = w.center
	w.handler = New(o)
	w.http = httptest.NewServer(w.handler)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patient)
		defer cancel()
		w.handler.Close()
		w.http.Close()
		require.NoError(t, w.center.Close(ctx))
		require.NoError(t, gateway.Close(ctx))
		require.NoError(t, w.carrier.Close(ctx))
		engine.Close()
		require.NoError(t, db.Close(ctx))
	})
	return w
}

func (w *world) listen(handler func(*sip.Call)) *sip.Server {
	ports, err := rtp.NewPorts(rtp.PortOptions{Listen: netip.MustParseAddr("127.0.0.1")})
	require.NoError(w.t, err)
	s, err := sip.Listen(w.t.Context(), sip.Options{Listen: "127.0.0.1:0", RTP: ports, Handler: handler,
		Log: slog.New(slog.DiscardHandler)})
	require.NoError(w.t, err)
	return s
}

type testPhone struct{ *sip.Call }

func (p testPhone) Media() mix.Leg {
	if l := p.Leg(); l != nil {
		return l
	}
	return nil
}

// browserLeg is a browser's audio without a browser: what arrives is dropped.
type browserLeg struct{ port *mix.Port }

func (l *browserLeg) Port() *mix.Port                                     { return l.port }
func (l *browserLeg) Receive(mix.Sink)                                    {}
func (l *browserLeg) Renegotiate(context.Context, string) (string, error) { return "again", nil }
func (l *browserLeg) Stats() rtc.Stats                                    { return rtc.Stats{} }
func (l *browserLeg) Close() error                                        { l.port.Close(); return nil }

type nowhere struct{}

func (nowhere) WritePacket(mix.Codec, bool, uint16, uint32, []byte) error { return nil }

// clock stands still until the test moves it.
type clock struct {
	mu     sync.Mutex
	now    time.Time
	timers []*timer
}

type timer struct {
	at time.Time
	f  func()
}

func newClock() *clock { return &clock{now: time.Now()} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) AfterFunc(d time.Duration, f func()) func() {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := &timer{c.now.Add(d), f}
	c.timers = append(c.timers, t)
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.timers = slices.DeleteFunc(c.timers, func(x *timer) bool { return x == t })
	}
}

// advance moves the time, and runs what is due in its order.
func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	c.now = c.now.Add(d)
	var due []*timer
	for _, t := range c.timers {
		if !t.at.After(c.now) {
			due = append(due, t)
		}
	}
	c.timers = slices.DeleteFunc(c.timers, func(t *timer) bool { return slices.Contains(due, t) })
	c.mu.Unlock()
	slices.SortStableFunc(due, func(a, b *timer) int { return a.at.Compare(b.at) })
	for _, t := range due {
		t.f()
	}
}

// waits reports how many timers run.
func (c *clock) waits() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.timers)
}

// reply is an answer as a client reads it.
type reply struct {
	status  int
	header  http.Header
	Message string          `json:"message"`
	RetCode Code            `json:"retcode"`
	Result  json.RawMessage `json:"result"`
	Event   *got            `json:"event"`
}

type got struct {
	EventType string          `json:"eventType"`
	WorkNo    string          `json:"workNo"`
	Content   json.RawMessage `json:"content"`
}

// front is a front end with its Guid.
type front struct {
	w      *world
	workNo string
	guid   string
}

func (w *world) request(ctx context.Context, method, path, guid, body string) reply {
	w.t.Helper()
	req, err := http.NewRequestWithContext(ctx, method, w.http.URL+Prefix+path, bytes.NewBufferString(body))
	require.NoError(w.t, err)
	if guid != "" {
		req.Header.Set("Guid", guid)
	}
	req.Header.Set("Content-Type", "application/json; charset=UTF-8")
	resp, err := w.http.Client().Do(req)
	require.NoError(w.t, err)
	defer func() { require.NoError(w.t, resp.Body.Close()) }()
	text, err := io.ReadAll(resp.Body)
	require.NoError(w.t, err)
	r := reply{status: resp.StatusCode, header: resp.Header}
	require.NoError(w.t, json.Unmarshal(text, &r), "%s %s: %s", method, path, text)
	return r
}

func (w *world) do(method, path, guid, body string) reply {
	w.t.Helper()
	return w.request(w.t.Context(), method, path, guid, body)
}

func credentials(extra string) string {
	return fmt.Sprintf(`{"password":%q,"phonenum":"40038","status":"4","releasephone":"false","agenttype":"4","ip":"127.0.0.1"%s}`, password, extra)
}

// signIn signs an agent in; extra are more fields of the body.
func (w *world) signIn(workNo, extra string) *front {
	w.t.Helper()
	r := w.do(http.MethodPut, "onlineagent/"+workNo, "", credentials(extra))
	require.Equal(w.t, CodeOK, r.RetCode, r.Message)
	return &front{w, workNo, guidIn(w.t, r)}
}

// ready signs an agent in and reads the first events.
func (w *world) ready(workNo, extra string) *front {
	w.t.Helper()
	f := w.signIn(workNo, extra)
	f.awaits(eventInService, eventReady)
	return f
}

func guidIn(t *testing.T, r reply) string {
	t.Helper()
	text := r.header.Get("Set-Guid") // the client has made it canonical
	require.Contains(t, text, "JSESSIONID=")
	return guidOf(text)
}

func (f *front) do(method, name string) reply {
	f.w.t.Helper()
	return f.w.do(method, "onlineagent/"+f.workNo+"/"+name, f.guid, "")
}

func (f *front) post(name string) reply { f.w.t.Helper(); return f.do(http.MethodPost, name) }

func (f *front) ok(name string) {
	f.w.t.Helper()
	r := f.post(name)
	require.Equal(f.w.t, CodeOK, r.RetCode, "%s: %s", name, r.Message)
}

func (f *front) poll() reply {
	f.w.t.Helper()
	return f.w.do(http.MethodGet, "agentevent/"+f.workNo, f.guid, "")
}

// awaits reads events, which must be these in this order.
func (f *front) awaits(names ...string) (last got) {
	f.w.t.Helper()
	for _, name := range names {
		r := f.poll()
		require.Equal(f.w.t, CodeOK, r.RetCode, r.Message)
		require.NotNil(f.w.t, r.Event)
		require.Equal(f.w.t, name, r.Event.EventType)
		require.Equal(f.w.t, f.workNo, r.Event.WorkNo)
		last = *r.Event
	}
	return last
}

func (f *front) sync() agentStateInfo {
	f.w.t.Helper()
	info, _ := f.syncWith()
	return info
}

func (f *front) syncWith() (agentStateInfo, *string) {
	f.w.t.Helper()
	r := f.post("syncagentinfo")
	require.Equal(f.w.t, CodeOK, r.RetCode, r.Message)
	var result syncResult
	require.NoError(f.w.t, json.Unmarshal(r.Result, &result))
	return result.AgentStateInfo, result.CallInfo
}

func (f *front) status() statusResult {
	f.w.t.Helper()
	r := f.do(http.MethodGet, "agentstatus")
	require.Equal(f.w.t, CodeOK, r.RetCode, r.Message)
	var s statusResult
	require.NoError(f.w.t, json.Unmarshal(r.Result, &s))
	return s
}

// page is an agent's SDK: it answers calls.
type page struct {
	w    *world
	user string
	seat *center.Seat

	mu      sync.Mutex
	lastID  uint64
	answers map[uint64]chan *wire.Frame
}

// Send implements center.Conn.
func (p *page) Send(f *wire.Frame) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if c := p.answers[f.ID]; c != nil && f.Method == "" {
		c <- f
	}
}

// Kick implements center.Conn.
func (p *page) Kick(wire.KickedParams) {}

// sdk logs an agent's page in and makes its audio leg.
func (w *world) sdk(user string) *page {
	w.t.Helper()
	p := &page{w: w, user: user, answers: map[uint64]chan *wire.Frame{}}
	seat, err := w.center.Login(w.t.Context(), center.Login{App: app, UserID: user, Secret: "secret", ID: 1}, p)
	require.NoError(w.t, err)
	p.seat, p.lastID = seat, 1
	p.ok(wire.MethodMediaOffer, wire.OfferParams{SDP: "a=fingerprint:" + user + "\n"})
	return p
}

func (p *page) ok(method string, params any) {
	p.w.t.Helper()
	text, err := json.Marshal(params)
	require.NoError(p.w.t, err)
	p.mu.Lock()
	p.lastID++
	id, answered := p.lastID, make(chan *wire.Frame, 1)
	p.answers[id] = answered
	p.mu.Unlock()
	p.seat.Handle(&wire.Frame{ID: id, Method: method, Params: text})
	select {
	case f := <-answered:
		require.Nil(p.w.t, f.Error, "%s", method)
	case <-time.After(patient):
		require.Fail(p.w.t, "no answer", method)
	}
}

func (p *page) on(method, sessionID string) {
	p.w.t.Helper()
	p.ok(method, wire.SessionParams{SessionID: sessionID})
}

func (w *world) info(user string) center.AgentInfo {
	w.t.Helper()
	info, err := w.center.Agent(w.t.Context(), app, user)
	require.NoError(w.t, err)
	return info
}

func (w *world) state(user string) wire.AgentState { w.t.Helper(); return w.info(user).State }

// session gives a session of an agent as the center has it.
func (w *world) session(user, id string) wire.Session {
	w.t.Helper()
	for _, s := range w.info(user).Sessions {
		if s.SessionID == id {
			return s
		}
	}
	require.Failf(w.t, "no such session", "%s", id)
	return wire.Session{}
}

// rings places a call from the carrier to one of the contact centre's numbers.
func (w *world) rings(to string) *sip.Call {
	w.t.Helper()
	c, err := w.carrier.Dial(w.t.Context(), sip.Outgoing{Trunk: "gateway", From: "01012345678", To: to})
	require.NoError(w.t, err)
	return c
}

// awaitCall gives the next call that reaches the carrier.
func (w *world) awaitCall() *sip.Call {
	w.t.Helper()
	select {
	case c := <-w.arrived:
		return c
	case <-time.After(patient):
		require.Fail(w.t, "no call reached the carrier")
		return nil
	}
}

// callID is the id in an event's content.
func callID(t *testing.T, e got) string {
	t.Helper()
	var c refContent
	require.NoError(t, json.Unmarshal(e.Content, &c))
	require.NotEmpty(t, c.CallID)
	return c.CallID
}

func content(t *testing.T, want string, e got) {
	t.Helper()
	assert.JSONEq(t, want, string(e.Content))
}
