package rtp

import (
	"context"
	"net"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"tccc/gateway/audio"
	"tccc/gateway/mix"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const deadline = 10 * time.Second

func newPorts(t testing.TB, o PortOptions) *Ports {
	t.Helper()
	p, err := NewPorts(o)
	require.NoError(t, err)
	return p
}

// newLeg makes a leg that is closed in the end.
func newLeg(t testing.TB, p *Ports, o Options) *Leg {
	t.Helper()
	l, err := p.NewLeg(o)
	require.NoError(t, err)
	t.Cleanup(func() {
		l.Close()
		l.Close() // twice is once
	})
	return l
}

// talking is what two legs agree on that call each other.
func talking(to *Leg, codec mix.Codec, event uint8) Session {
	pt := uint8(0)
	if codec == mix.PCMA {
		pt = 8
	}
	return Session{Remote: to.Local(), Codec: codec, Payload: pt, Event: event}
}

func join(t testing.TB, a, b *Leg, codec mix.Codec, event uint8) {
	t.Helper()
	require.NoError(t, a.Negotiate(talking(b, codec, event)))
	require.NoError(t, b.Negotiate(talking(a, codec, event)))
}

// ear keeps what a leg hears.
type ear struct {
	mu     sync.Mutex
	pcm    []int16
	frames []mix.Frame
}

func (e *ear) WriteFrame(f *mix.Frame) {
	e.mu.Lock()
	defer e.mu.Unlock()
	c := *f
	c.Payload = append([]byte(nil), f.Payload...)
	e.frames = append(e.frames, c)
	pcm := make([]int16, len(f.Payload))
	switch f.Codec {
	case mix.PCMU:
		audio.DecodeMulaw(pcm, f.Payload)
	case mix.PCMA:
		audio.DecodeAlaw(pcm, f.Payload)
	default:
		return
	}
	e.pcm = append(e.pcm, pcm...)
}

func (e *ear) count() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.frames)
}

func (e *ear) all() []mix.Frame {
	e.mu.Lock()
	defer e.mu.Unlock()
	return append([]mix.Frame(nil), e.frames...)
}

// heard waits for so much sound and gives its newest part.
func (e *ear) heard(t testing.TB, samples int) []int16 {
	t.Helper()
	require.Eventually(t, func() bool {
		e.mu.Lock()
		defer e.mu.Unlock()
		return len(e.pcm) >= samples
	}, deadline, 5*time.Millisecond)
	e.mu.Lock()
	defer e.mu.Unlock()
	return append([]int16(nil), e.pcm[len(e.pcm)-samples:]...)
}

func TestTonesBothWays(t *testing.T) {
	for _, codec := range []mix.Codec{mix.PCMU, mix.PCMA} {
		t.Run(codec.String(), func(t *testing.T) {
			p := newPorts(t, PortOptions{})
			a, b := newLeg(t, p, Options{}), newLeg(t, p, Options{})
			join(t, a, b, codec, 101)
			var atA, atB ear
			a.Receive(&atA)
			b.Receive(&atB)
			e := mix.NewEngine()
			defer e.Close()
			ta, tb := audio.Tone(440, 0.5), audio.Tone(1000, 0.5)
			e.Play(a, mix.NewClip(ta.Samples(8000)), mix.PlayOptions{})
			e.Play(b, mix.NewClip(tb.Samples(8000)), mix.PlayOptions{})
			require.InDelta(t, 440, audio.Frequency(atB.heard(t, 4000)), 5)
			require.InDelta(t, 1000, audio.Frequency(atA.heard(t, 4000)), 5)
			require.Greater(t, audio.Energy(atA.heard(t, 4000)), 0.1)
			st := b.Stats()
			require.Zero(t, st.Lost)
			require.GreaterOrEqual(t, st.Received, uint64(25))
			require.NotZero(t, a.Stats().SentOctets)
		})
	}
}

func TestDirections(t *testing.T) {
	p := newPorts(t, PortOptions{})
	a, b := newLeg(t, p, Options{}), newLeg(t, p, Options{})
	join(t, a, b, mix.PCMU, 0)
	var atA, atB ear
	a.Receive(&atA)
	b.Receive(&atB)
	payload := make([]byte, 160)
	seq := uint16(1)
	send := func(l *Leg) {
		seq++
		require.NoError(t, l.WritePacket(mix.PCMU, false, seq, uint32(seq)*160, payload))
	}
	send(a)
	require.Eventually(t, func() bool { return atB.count() == 1 }, deadline, time.Millisecond)
	a.SetDirection(SendOnly)
	send(b) // a does not listen
	send(a)
	require.Eventually(t, func() bool { return atB.count() == 2 && a.Stats().Received == 1 }, deadline,
		time.Millisecond)
	require.Zero(t, atA.count())
	a.SetDirection(RecvOnly)
	send(a) // a does not speak
	send(b)
	require.Eventually(t, func() bool { return atA.count() == 1 }, deadline, time.Millisecond)
	a.SetDirection(SendRecv)
	send(a)
	require.Eventually(t, func() bool { return atB.count() == 3 }, deadline, time.Millisecond)
	a.Receive(nil)
	send(b)
	require.Eventually(t, func() bool { return a.Stats().Received == 3 }, deadline, time.Millisecond)
	require.Equal(t, 1, atA.count())
}

// speaker is a socket of somebody on the network.
type speaker struct {
	net.PacketConn
	t    *testing.T
	ssrc uint32
	seq  uint16
}

func newSpeaker(t *testing.T) *speaker { return newSpeakerAt(t, "127.0.0.1") }

// newSpeakerAt is on a host of its own: all of 127.0.0.0/8 is this machine.
func newSpeakerAt(t *testing.T, host string) *speaker {
	c, err := net.ListenPacket("udp", host+":0")
	require.NoError(t, err)
	t.Cleanup(func() { c.Close() })
	return &speaker{c, t, uint32(c.LocalAddr().(*net.UDPAddr).Port), 0}
}

func (s *speaker) addr() netip.AddrPort { return s.LocalAddr().(*net.UDPAddr).AddrPort() }

func (s *speaker) say(l *Leg, pt uint8) {
	s.seq++
	b := make([]byte, headerSize+160)
	putHeader(b, pt, false, s.seq, uint32(s.seq)*160, s.ssrc)
	s.raw(l, b)
}

func (s *speaker) raw(l *Leg, b []byte) {
	_, err := s.WriteTo(b, net.UDPAddrFromAddrPort(l.Local()))
	require.NoError(s.t, err)
}

func TestMediaTimeout(t *testing.T) {
	p := newPorts(t, PortOptions{})
	lost := make(chan struct{}, 10)
	l := newLeg(t, p, Options{Timeout: 150 * time.Millisecond, OnTimeout: func() { lost <- struct{}{} }})
	peer := newSpeaker(t)
	wait := func() {
		t.Helper()
		select {
		case <-lost:
		case <-time.After(deadline):
			require.FailNow(t, "no timeout")
		}
	}
	n := Session{Remote: peer.addr(), Codec: mix.PCMU}
	require.NoError(t, l.Negotiate(n))
	wait()
	peer.say(l, 0) // flows again: it counts anew
	wait()
	require.Empty(t, lost, "once each time")

	held := make(chan struct{}, 10)
	h := newLeg(t, p, Options{Timeout: 40 * time.Millisecond, OnTimeout: func() { held <- struct{}{} }})
	n.Direction = SendOnly
	require.NoError(t, h.Negotiate(n))
	require.False(t, h.silent())
	require.Never(t, func() bool { return len(held) > 0 }, 200*time.Millisecond, 20*time.Millisecond)
	h.SetDirection(SendRecv)
	select {
	case <-held:
	case <-time.After(deadline):
		require.FailNow(t, "no timeout after the hold")
	}
}

func TestDigitsAsEvents(t *testing.T) {
	p := newPorts(t, PortOptions{})
	got := make(chan byte, 32)
	fast := mix.DigitOptions{Tone: 40 * time.Millisecond, Gap: 40 * time.Millisecond, Pause: 20 * time.Millisecond}
	a := newLeg(t, p, Options{Digits: fast})
	b := newLeg(t, p, Options{OnDigit: func(d byte) { got <- d }})
	join(t, a, b, mix.PCMU, 101)
	var atB ear
	b.Receive(&atB)
	require.NoError(t, a.SendDigits(t.Context(), "112p#*A"))
	for _, want := range "112#*A" {
		select {
		case d := <-got:
			require.Equal(t, string(want), string(d))
		case <-time.After(deadline):
			require.FailNow(t, "digit missing")
		}
	}
	require.Empty(t, got)
	// Three packets with the end bit for each digit, all of one timestamp; the
	// numbering has no gap.
	ends := map[uint32]int{}
	frames := atB.all()
	for i, f := range frames {
		require.Equal(t, mix.Event, f.Codec)
		if i > 0 {
			require.Equal(t, frames[i-1].Seq+1, f.Seq)
		}
		e, ok := parseEvent(f.Payload)
		require.True(t, ok)
		if e.end {
			ends[f.Timestamp]++
			require.EqualValues(t, 320, e.duration)
		}
	}
	require.Len(t, ends, 6)
	for ts, n := range ends {
		require.Equal(t, 3, n, "%d", ts)
	}
	require.Error(t, a.SendDigits(t.Context(), "12x"))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.Error(t, a.SendDigits(ctx, "123"))
}

func TestDigitsAsTones(t *testing.T) {
	p := newPorts(t, PortOptions{})
	a, b := newLeg(t, p, Options{}), newLeg(t, p, Options{})
	join(t, a, b, mix.PCMA, 0)
	var atB ear
	b.Receive(&atB)
	require.NoError(t, a.SendDigits(t.Context(), "5"))
	pcm := atB.heard(t, 800)
	f := audio.Frequency(pcm)
	require.True(t, f > 760 && f < 780 || f > 1326 && f < 1346, "770 or 1336 Hz, not %v", f)
}

func TestReports(t *testing.T) {
	for _, mux := range []bool{false, true} {
		p := newPorts(t, PortOptions{})
		o := Options{ReportInterval: 30 * time.Millisecond}
		a, b := newLeg(t, p, o), newLeg(t, p, o)
		na, nb := talking(b, mix.PCMU, 0), talking(a, mix.PCMU, 0)
		na.Mux, nb.Mux = mux, mux
		require.NoError(t, a.Negotiate(na))
		require.NoError(t, b.Negotiate(nb))
		seq := uint16(0)
		require.Eventually(t, func() bool {
			seq++
			if seq%10 == 0 {
				seq++ // lost on the way
			}
			require.NoError(t, a.WritePacket(mix.PCMU, false, seq, uint32(seq)*160, make([]byte, 160)))
			require.NoError(t, b.WritePacket(mix.PCMU, false, seq, uint32(seq)*160, make([]byte, 160)))
			st := a.Stats()
			return st.PeerLost > 3 && st.RoundTrip > 0 && st.PeerFraction > 0
		}, deadline, 2*time.Millisecond)
		require.Greater(t, b.Stats().Lost, int64(3))
		require.Zero(t, b.Stats().Ignored)
		a.Close()
		b.Close()
		require.Zero(t, p.InUse())
	}
}

func TestNegotiateIsChecked(t *testing.T) {
	l := newLeg(t, newPorts(t, PortOptions{}), Options{})
	ok := Session{Remote: netip.MustParseAddrPort("127.0.0.1:4000"), Codec: mix.PCMU}
	for name, change := range map[string]func(*Session){
		"codec":  func(s *Session) { s.Codec = mix.Event },
		"type":   func(s *Session) { s.Payload = 128 },
		"clash":  func(s *Session) { s.Payload, s.Event = 101, 101 },
		"remote": func(s *Session) { s.Remote = netip.AddrPort{} },
	} {
		bad := ok
		change(&bad)
		require.Error(t, l.Negotiate(bad), name)
	}
	_, set := l.Session()
	require.False(t, set)
	require.NoError(t, l.WritePacket(mix.PCMU, false, 1, 1, nil), "before the negotiation it is dropped")
}

func TestPorts(t *testing.T) {
	_, err := NewPorts(PortOptions{Min: 30001, Max: 30002})
	require.Error(t, err)
	_, err = NewPorts(PortOptions{Min: 30000})
	require.Error(t, err)
	_, err = NewPorts(PortOptions{Advertise: netip.IPv4Unspecified()})
	require.Error(t, err)

	probe := newPorts(t, PortOptions{})
	free := newLeg(t, probe, Options{})
	base := free.Local().Port()
	free.Close()
	p := newPorts(t, PortOptions{Min: base, Max: base + 1, Advertise: netip.MustParseAddr("192.0.2.7")})
	l, err := p.NewLeg(Options{})
	require.NoError(t, err)
	require.Equal(t, netip.AddrPortFrom(netip.MustParseAddr("192.0.2.7"), base), l.Local())
	require.Zero(t, l.Local().Port()%2)
	_, err = p.NewLeg(Options{})
	require.ErrorIs(t, err, ErrNoPort)
	l.Close()
	l, err = p.NewLeg(Options{})
	require.NoError(t, err)
	l.Close()
	require.Zero(t, p.InUse())

	any := newPorts(t, PortOptions{Listen: netip.IPv4Unspecified()})
	require.True(t, any.Address(netip.MustParseAddr("127.0.0.1")).IsLoopback())
}

func TestIPv6(t *testing.T) {
	p, err := NewPorts(PortOptions{Listen: netip.IPv6Loopback()})
	require.NoError(t, err)
	a, err := p.NewLeg(Options{})
	if err != nil {
		t.Skip("no IPv6 on this machine:", err)
	}
	defer a.Close()
	b := newLeg(t, p, Options{})
	join(t, a, b, mix.PCMU, 0)
	require.NoError(t, a.WritePacket(mix.PCMU, false, 1, 160, make([]byte, 160)))
	require.Eventually(t, func() bool { return b.Stats().Received == 1 }, deadline, time.Millisecond)
}
