package harness

import (
	"context"
	"log/slog"
	"math"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tccc/gateway/audio"
	"tccc/gateway/mix"
	"tccc/gateway/rtp"
	"tccc/gateway/sip"
)

// DeskTone is what a desk phone speaks, in Hz.
const DeskTone = 1800.0

// DeskPhone is an agent's SIP desk phone of the test's own: it registers, rings,
// is picked up, dials, speaks a tone and hears.
type DeskPhone struct {
	t      testing.TB
	name   string
	server *sip.Server
	engine *mix.Engine
	voice  *mix.Clip
	rings  chan *sip.Call
}

// DeskOptions of a desk phone.
type DeskOptions struct {
	Name, Password string
	Registrar      string // IP:PORT
	Transport      string // "udp" (default), "tcp", "tls"
	CA             string // PEM file, for tls
}

// NewDeskPhone registers a phone; it is given up when the test ends.
func NewDeskPhone(t testing.TB, o DeskOptions) *DeskPhone {
	t.Helper()
	tone := audio.Tone(DeskTone, 0.3)
	d := &DeskPhone{t: t, name: o.Name, engine: mix.NewEngine(), voice: mix.NewClip(tone.Samples(audio.Rate)),
		rings: make(chan *sip.Call, 10)}
	ports, err := rtp.NewPorts(rtp.PortOptions{Listen: netip.MustParseAddr("127.0.0.1")})
	require.NoError(t, err)
	d.server, err = sip.Listen(t.Context(), sip.Options{
		Listen: "127.0.0.1:0", RTP: ports, UserAgent: "desk phone", Log: slog.New(slog.DiscardHandler),
		Handler: func(c *sip.Call) { d.rings <- c },
		Trunks: []sip.Trunk{{
			Name: "gateway", Address: o.Registrar, Transport: o.Transport, TLS: sip.TrunkTLS{CA: o.CA},
			Username: o.Name, Password: o.Password, Register: true,
			Inbound: sip.Inbound{Addresses: []string{"127.0.0.1"}},
		}},
	})
	require.NoError(t, err)
	t.Cleanup(func() {
		d.Unregister()
		d.engine.Close()
	})
	return d
}

// Unregister gives up the registration and switches the phone off.
func (d *DeskPhone) Unregister() {
	ctx, cancel := context.WithTimeout(context.Background(), Patience)
	defer cancel()
	require.NoError(d.t, d.server.Close(ctx))
}

// DeskCall is a call of a desk phone.
type DeskCall struct {
	*sip.Call
	d   *DeskPhone
	ear ear
}

// Ringing waits for a call to the phone.
func (d *DeskPhone) Ringing() *DeskCall {
	d.t.Helper()
	select {
	case c := <-d.rings:
		require.NoError(d.t, c.Ring())
		return &DeskCall{Call: c, d: d}
	case <-time.After(Patience):
		require.FailNow(d.t, "the desk phone does not ring")
		return nil
	}
}

// PicksUp answers the next call.
func (d *DeskPhone) PicksUp() *DeskCall {
	d.t.Helper()
	c := d.Ringing()
	c.PickUp()
	return c
}

// PickUp answers a call that rings.
func (c *DeskCall) PickUp() {
	c.d.t.Helper()
	require.NoError(c.d.t, c.Answer())
	c.await(sip.Answered)
	c.talk()
}

// Dials calls a number.
func (d *DeskPhone) Dials(number string) *DeskCall {
	d.t.Helper()
	c, err := d.server.Dial(d.t.Context(), sip.Outgoing{Trunk: "gateway", From: d.name, To: number})
	require.NoError(d.t, err)
	return &DeskCall{Call: c, d: d}
}

// AwaitAnswer waits until the far side has answered.
func (c *DeskCall) AwaitAnswer() {
	c.d.t.Helper()
	c.await(sip.Answered)
	c.talk()
}

// AwaitEnd waits until the call is over.
func (c *DeskCall) AwaitEnd() sip.Event {
	c.d.t.Helper()
	return c.await(sip.Ended)
}

func (c *DeskCall) await(kind sip.EventKind) sip.Event {
	c.d.t.Helper()
	deadline := time.After(Patience)
	for {
		select {
		case e, ok := <-c.Events():
			require.True(c.d.t, ok, "the call is over, %v was awaited", kind)
			if e.Kind == kind {
				return e
			}
		case <-deadline:
			require.FailNow(c.d.t, "waited in vain", "for %v", kind)
		}
	}
}

func (c *DeskCall) talk() {
	leg := c.Leg()
	c.d.engine.Play(leg, c.d.voice, mix.PlayOptions{Loop: true})
	leg.Receive(&c.ear)
}

// Hears waits until the phone hears a tone within 25 Hz; 0 is silence.
func (c *DeskCall) Hears(frequency float64) {
	c.d.t.Helper()
	var energy, strongest float64
	for deadline := time.Now().Add(Patience); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		energy, strongest = c.ear.measure()
		if frequency == 0 && energy < 0.002 || frequency != 0 && energy > 0.01 && math.Abs(strongest-frequency) < 25 {
			return
		}
	}
	require.FailNow(c.d.t, "the desk phone hears something else", "%.0f Hz was awaited, it hears %.0f Hz at %.3f",
		frequency, strongest, energy)
}

// ear keeps the last half second of what is heard.
type ear struct {
	mu  sync.Mutex
	pcm []int16
	at  time.Time
}

// WriteFrame implements mix.Sink.
func (e *ear) WriteFrame(f *mix.Frame) {
	pcm := make([]int16, len(f.Payload))
	switch f.Codec {
	case mix.PCMU:
		audio.DecodeMulaw(pcm, f.Payload)
	case mix.PCMA:
		audio.DecodeAlaw(pcm, f.Payload)
	default:
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.pcm, e.at = append(e.pcm, pcm...), time.Now()
	if n := len(e.pcm) - audio.Rate/2; n > 0 {
		e.pcm = e.pcm[n:]
	}
}

func (e *ear) measure() (energy, frequency float64) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if time.Since(e.at) > 500*time.Millisecond {
		e.pcm = nil
	}
	return audio.Energy(e.pcm), audio.Frequency(e.pcm)
}
