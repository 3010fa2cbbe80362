package center

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

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
	app     = "1400000001"
	patient = 10 * time.Second // for events of a machine that is busy with other tests
)

// world is a center between a carrier, over real SIP sockets, and agents whose
// pages the test plays.
type world struct {
	t       *testing.T
	conf    *config.Config
	dir     string
	store   *store.Store
	engine  *mix.Engine
	gateway *sip.Server
	carrier *sip.Server
	center  *Center
	current atomic.Pointer[Center] // for calls that arrive
	arrived chan *sip.Call         // calls that reach the carrier
	wrap    func(Phone) Phone      // around calls that arrive; nil: nothing
	files   Files
	phones  []*keyPhone // outlive the gateway, which says good-bye to them
}

func newWorld(t *testing.T, change func(*config.App)) *world {
	t.Helper()
	w := &world{t: t, conf: config.Demo(), dir: t.TempDir(), engine: mix.NewEngine(),
		arrived: make(chan *sip.Call, 1000)}
	if change != nil {
		change(&w.conf.Apps[0])
	}
	ctx := t.Context()
	log := slog.New(slog.DiscardHandler)
	w.carrier = w.listen(sip.Options{Handler: func(c *sip.Call) { w.arrived <- c }})
	w.gateway = w.listen(w.withPhones(sip.Options{Handler: func(c *sip.Call) {
		var p Phone = testPhone{c}
		if w.wrap != nil {
			p = w.wrap(p)
		}
		w.current.Load().Incoming(NewSessionID(), p)
	}}))
	require.NoError(t, w.carrier.SetTrunks([]sip.Trunk{{Name: "gateway", Address: w.gateway.Addr(),
		Inbound: sip.Inbound{Addresses: []string{w.gateway.Addr()}}}}))
	require.NoError(t, w.gateway.SetTrunks([]sip.Trunk{{Name: "demo", Address: w.carrier.Addr(),
		Inbound: sip.Inbound{Addresses: []string{w.carrier.Addr()}}}}))
	w.open(ctx, log)
	t.Cleanup(w.close)
	return w
}

func (w *world) listen(o sip.Options) *sip.Server {
	ports, err := rtp.NewPorts(rtp.PortOptions{Listen: netip.MustParseAddr("127.0.0.1")})
	require.NoError(w.t, err)
	o.Listen, o.RTP, o.Log = "127.0.0.1:0", ports, slog.New(slog.DiscardHandler)
	s, err := sip.Listen(w.t.Context(), o)
	require.NoError(w.t, err)
	return s
}

func (w *world) open(ctx context.Context, log *slog.Logger) {
	var err error
	w.store, err = store.Open(ctx, store.Options{Dir: w.dir, Log: log})
	require.NoError(w.t, err)
	w.center, err = Start(ctx, Options{
		Apps: w.conf.Apps, Store: w.store, Engine: w.engine, Log: log, WarmLeg: true, Files: w.files, Node: "test",
		Links: testLinks{}, Lamps: func(resource string) { w.gateway.Changed(resource) },
		Dial: func(ctx context.Context, o sip.Outgoing) (Phone, error) {
			if o.Extension != "" {
				e, err := w.gateway.DialEverywhere(ctx, o)
				return deskPlaces{e}, err
			}
			c, err := w.gateway.Dial(ctx, o)
			return testPhone{c}, err
		},
		Legs: func(context.Context, string, func(rtc.State)) (BrowserLeg, string, error) {
			return &browserLeg{port: mix.NewPort(nowhere{})}, "answer", nil
		},
	})
	require.NoError(w.t, err)
	w.current.Store(w.center)
}

func (w *world) close() {
	ctx, cancel := context.WithTimeout(context.Background(), patient)
	defer cancel()
	require.NoError(w.t, w.center.Close(ctx))
	require.NoError(w.t, w.gateway.Close(ctx))
	for _, k := range w.phones {
		k.conn.Close()
		<-k.done
	}
	require.NoError(w.t, w.carrier.Close(ctx))
	w.engine.Close()
	require.NoError(w.t, w.store.Close(ctx))
}

type testPhone struct{ *sip.Call }

func (p testPhone) Media() mix.Leg {
	if l := p.Leg(); l != nil {
		return l
	}
	return nil
}

// deskPlaces is a call to a desk phone.
type deskPlaces struct{ *sip.Everywhere }

func (p deskPlaces) Media() mix.Leg {
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

// page is an agent's SDK: the frames that the gateway sends it.
type page struct {
	t      *testing.T
	w      *world
	seat   *Seat
	login  wire.LoginResult
	mu     sync.Mutex
	change chan struct{}
	events []wire.Event
	read   int    // events already awaited
	from   uint64 // last event that it had seen when it resumed; 0 if it did not
	frames map[uint64]*wire.Frame
	kicked *wire.KickedParams
	lastID uint64
}

// Send implements Conn.
func (p *page) Send(f *wire.Frame) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if f.Method == wire.NotifyEvent {
		var e wire.Event
		if err := json.Unmarshal(f.Params, &e); err != nil {
			panic(err)
		}
		p.events = append(p.events, e)
	} else {
		p.frames[f.ID] = f
	}
	p.wake()
}

// Kick implements Conn.
func (p *page) Kick(k wire.KickedParams) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.kicked = &k
	p.wake()
}

func (p *page) wake() {
	close(p.change)
	p.change = make(chan struct{})
}

// until waits for a condition that changes with what the gateway sends.
func (p *page) until(what string, ok func() bool) {
	p.t.Helper()
	deadline := time.After(patient)
	for {
		p.mu.Lock()
		done, change := ok(), p.change
		p.mu.Unlock()
		if done {
			return
		}
		select {
		case <-change:
		case <-deadline:
			p.mu.Lock()
			defer p.mu.Unlock()
			require.Failf(p.t, "waited in vain", "for %s; the events so far are %s", what, names(p.events))
		}
	}
}

func names(events []wire.Event) (all []string) {
	for _, e := range events {
		all = append(all, e.Name+string(e.Data))
	}
	return all
}

// await gives the next event of a name, after those awaited before.
func (p *page) await(name string, data any) wire.Event {
	p.t.Helper()
	var found wire.Event
	p.until(name, func() bool {
		for i := p.read; i < len(p.events); i++ {
			if p.events[i].Name == name {
				found, p.read = p.events[i], i+1
				return true
			}
		}
		return false
	})
	if data != nil {
		require.NoError(p.t, json.Unmarshal(found.Data, data))
	}
	return found
}

func (p *page) status(want wire.Status) {
	p.t.Helper()
	p.until("status "+string(want), func() bool {
		for i := len(p.events) - 1; i >= 0; i-- {
			if a := p.events[i].Agent; a != nil {
				return a.Status == want
			}
		}
		return p.login.State.Status == want
	})
}

// loginAs logs an agent in; a resume goes on with an earlier login.
func (w *world) loginAs(user string, resume *wire.Resume) *page {
	w.t.Helper()
	return w.loginFrom(user, user, "here", resume)
}

// loginFrom logs in from a tab of a device.
func (w *world) loginFrom(user, tab, device string, resume *wire.Resume) *page {
	w.t.Helper()
	p := &page{t: w.t, w: w, change: make(chan struct{}), frames: map[uint64]*wire.Frame{}, lastID: 1}
	seat, err := w.center.Login(w.t.Context(),
		Login{App: app, UserID: user, Tab: tab, Device: device, Resume: resume, Secret: "secret", ID: 1}, p)
	require.NoError(w.t, err)
	p.seat = seat
	p.until("the login's answer", func() bool { return p.frames[1] != nil })
	require.NoError(w.t, json.Unmarshal(p.frames[1].Result, &p.login))
	return p
}

// agent logs in and makes an audio leg.
func (w *world) agent(user string) *page {
	w.t.Helper()
	p := w.loginAs(user, nil)
	p.ok(wire.MethodMediaOffer, wire.OfferParams{SDP: "a=fingerprint:" + user + "\n"})
	return p
}

func (p *page) request(method string, params any) *wire.Frame {
	p.t.Helper()
	return p.keyed(method, params, "")
}

func (p *page) keyed(method string, params any, key string) *wire.Frame {
	p.t.Helper()
	p.mu.Lock()
	p.lastID++
	id := p.lastID
	p.mu.Unlock()
	p.seat.Handle(&wire.Frame{ID: id, Method: method, Params: wire.Raw(params), Key: key})
	p.until("the answer to "+method, func() bool { return p.frames[id] != nil })
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.frames[id]
}

func (p *page) ok(method string, params any) json.RawMessage {
	p.t.Helper()
	f := p.request(method, params)
	require.Nil(p.t, f.Error, "%s", method)
	return f.Result
}

func (p *page) fails(method string, params any, want *wire.Error) *wire.Error {
	p.t.Helper()
	f := p.request(method, params)
	require.NotNil(p.t, f.Error, "%s succeeded: %s", method, f.Result)
	require.ErrorIs(p.t, f.Error, want)
	return f.Error
}

func session1(id string) wire.SessionParams { return wire.SessionParams{SessionID: id} }

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

// awaitKind reads a call's events up to one of a kind.
func (w *world) awaitKind(c *sip.Call, kind sip.EventKind) sip.Event {
	w.t.Helper()
	deadline := time.After(patient)
	for {
		select {
		case e, ok := <-c.Events():
			require.True(w.t, ok, "the call ended before %s", kind)
			if e.Kind == kind {
				return e
			}
		case <-deadline:
			require.Failf(w.t, "waited in vain", "for %s", kind)
		}
	}
}

// cdrs waits until n call records are stored.
func (w *world) cdrs(n int) []store.CDR {
	w.t.Helper()
	var all []store.CDR
	require.Eventually(w.t, func() bool {
		page, err := w.store.CDRs(w.t.Context(), store.CDRQuery{SDKAppID: app})
		require.NoError(w.t, err)
		all = page.CDRs
		return len(all) >= n
	}, patient, 10*time.Millisecond)
	return all
}
