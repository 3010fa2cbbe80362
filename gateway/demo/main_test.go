package demo

import (
	"context"
	"log/slog"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"tccc/gateway/audio"
	"tccc/gateway/mix"
	"tccc/gateway/rtp"
	"tccc/gateway/sip"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience is how long a test waits for anything.
const patience = 15 * time.Second

func testLog() *slog.Logger {
	if os.Getenv("DEMO_TEST_LOG") != "" {
		return slog.New(slog.NewTextHandler(os.Stderr, nil))
	}
	return slog.New(slog.DiscardHandler)
}

// world is a phone and, in the gateway's place, another SIP user agent.
type world struct {
	t       *testing.T
	engine  *mix.Engine
	gateway *sip.Server
	phone   *Phone
	calls   chan *sip.Call // that ring at the gateway
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, engine: mix.NewEngine(), calls: make(chan *sip.Call, 16)}
	ports, err := rtp.NewPorts(rtp.PortOptions{})
	require.NoError(t, err)
	w.gateway, err = sip.Listen(t.Context(), sip.Options{
		Listen: "127.0.0.1:0", RTP: ports, Log: testLog(), Handler: func(c *sip.Call) { w.calls <- c },
	})
	require.NoError(t, err)
	w.phone, err = OpenPhone(t.Context(), PhoneOptions{Gateway: w.gateway.Addr(), Engine: w.engine, Log: testLog(),
		SessionID: func(callID string) string { return "session of " + callID }})
	require.NoError(t, err)
	require.NoError(t, w.gateway.SetTrunks([]sip.Trunk{{
		Name: "demo", Address: w.phone.Addr(), Inbound: sip.Inbound{Addresses: []string{w.phone.Addr()}},
	}}))
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		require.NoError(t, w.phone.Close(ctx))
		require.NoError(t, w.gateway.Close(ctx))
		w.engine.Close()
		require.Zero(t, ports.InUse(), "RTP sockets are open")
	})
	return w
}

// party is the gateway's side of a call: it hears and speaks.
type party struct {
	*sip.Call
	w      *world
	ear    ear
	events []sip.Event
}

// dial calls a number of the phone.
func (w *world) dial(to string) *party {
	w.t.Helper()
	c, err := w.gateway.Dial(w.t.Context(),
		sip.Outgoing{Trunk: "demo", From: "4001000001", To: to, Headers: map[string]string{sessionHeader: "session-1"}})
	require.NoError(w.t, err)
	return &party{Call: c, w: w}
}

// ring lets the phone call in.
func (w *world) ring(from, to, digits string) (*party, string) {
	w.t.Helper()
	id, err := w.phone.Call(w.t.Context(), from, to, digits)
	require.NoError(w.t, err)
	select {
	case c := <-w.calls:
		require.Equal(w.t, id, c.ID())
		return &party{Call: c, w: w}, id
	case <-time.After(patience):
		require.FailNow(w.t, "the call did not arrive")
		return nil, ""
	}
}

// await reads events until one of the kind comes.
func (p *party) await(kind sip.EventKind) sip.Event {
	p.w.t.Helper()
	timeout := time.After(patience)
	for {
		select {
		case e, ok := <-p.Events():
			require.True(p.w.t, ok, "the call ended without %s: %+v", kind, p.events)
			p.events = append(p.events, e)
			if e.Kind == kind {
				return e
			}
		case <-timeout:
			require.FailNow(p.w.t, "no event "+kind.String(), "got %+v", p.events)
		}
	}
}

// count tells how many events of a kind have come so far.
func (p *party) count(kind sip.EventKind) (n int) {
	for _, e := range p.events {
		if e.Kind == kind {
			n++
		}
	}
	return n
}

// talk speaks a tone and listens.
func (p *party) talk(hertz float64) {
	p.w.t.Helper()
	leg := p.Leg()
	require.NotNil(p.w.t, leg)
	leg.Receive(&p.ear)
	if hertz == 0 {
		p.w.engine.Silence(leg)
		return
	}
	tone := audio.Tone(hertz, 0.3)
	p.w.engine.Play(leg, mix.NewClip(tone.Samples(audio.Rate)), mix.PlayOptions{Loop: true})
}

// hears waits until the gateway hears a tone, 0 for silence.
func (p *party) hears(hertz float64) {
	p.w.t.Helper()
	var energy, frequency float64
	ok := eventually(func() bool {
		energy, frequency, _ = p.ear.measure()
		return sounds(energy, frequency, hertz)
	})
	require.True(p.w.t, ok, "expected %.0f Hz, heard %.0f Hz, energy %.4f", hertz, frequency, energy)
}

func sounds(energy, frequency, hertz float64) bool {
	if hertz == 0 {
		return energy < 0.002
	}
	return energy > 0.1 && frequency > hertz-5 && frequency < hertz+5
}

// shows waits until the phone's view of a call satisfies ok.
func (w *world) shows(callID, what string, ok func(Info) bool) Info {
	w.t.Helper()
	var last Info
	found := eventually(func() bool {
		for _, i := range w.phone.Calls() {
			if i.CallID == callID {
				last = i
				return ok(i)
			}
		}
		return false
	})
	require.True(w.t, found, "the phone's call is not %s: %+v", what, last)
	return last
}

func (w *world) is(callID string, s State) Info {
	w.t.Helper()
	return w.shows(callID, string(s), func(i Info) bool { return i.State == s })
}

func eventually(ok func() bool) bool {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(patience); time.Now().Before(end); <-tick.C {
		if ok() {
			return true
		}
	}
	return false
}
