package rtc

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"tccc/gateway/audio"
	"tccc/gateway/mix"
	"tccc/wire"
)

func TestMain(m *testing.M) {
	if n, err := strconv.Atoi(os.Getenv(peersEnv)); err == nil {
		if err := runPeers(n); err != nil {
			fmt.Fprintln(os.Stderr, "peers:", err)
			os.Exit(1)
		}
		return
	}
	goleak.VerifyTestMain(m)
}

func isLoopback(ip net.IP) bool { return ip.IsLoopback() }

func clipOf(hz float64) *mix.Clip {
	tone := audio.Tone(hz, 0.3)
	return mix.NewClip(tone.Samples(audio.Rate))
}

// A browser hears what is played to it and is heard, over each transport.
func TestHearsAndIsHeard(t *testing.T) {
	for _, transport := range []string{"udp", "tcp"} {
		t.Run(transport, func(t *testing.T) {
			s := serve(t, Options{})
			e := metronome(t)
			p := newPeer(t, peerOptions{tcp: transport == "tcp", codecs: codec(webrtc.MimeTypePCMU)})
			l := connect(t, s, p, LegOptions{})
			e.Play(l, clipOf(440), mix.PlayOptions{Loop: true})
			p.speak(1000)
			in := newEar()
			l.Receive(in)
			p.awaitTone(440)
			in.awaitTone(t, 1000)
			require.Eventually(t, func() bool { return takenWhereDecrypted(l) }, 5*time.Second, 10*time.Millisecond,
				"no goroutine is woken for a packet")
			in.awaitTone(t, 1000)
			require.Equal(t, transport, l.Stats().CandidatePair)
			requireContinuous(t, p.heard())
			require.NoError(t, l.Close())
			require.Zero(t, s.Legs())
		})
	}
}

// takenWhereDecrypted reports whether what comes from the browser is read no more.
func takenWhereDecrypted(l *Leg) bool {
	l.inlets.mu.Lock()
	defer l.inlets.mu.Unlock()
	for _, in := range l.inlets.all {
		if in.take.Load() != nil {
			return true
		}
	}
	return false
}

// requireContinuous checks that packets are one stream without a loss.
func requireContinuous(t testing.TB, h []rtp.Packet) {
	t.Helper()
	for i := 1; i < len(h); i++ {
		require.Equal(t, h[i-1].SequenceNumber+1, h[i].SequenceNumber, "packet %d", i)
		require.Equal(t, h[i-1].SSRC, h[i].SSRC)
		d := int32(h[i].Timestamp - h[i-1].Timestamp)
		require.Positive(t, d, "packet %d", i)
		require.Zero(t, d%160, "packet %d", i)
	}
}

// A browser's offer may come before its candidates, and without a microphone.
func TestWarmLegWithoutCandidatesOrMicrophone(t *testing.T) {
	s := serve(t, Options{})
	e := metronome(t)
	p := newPeer(t, peerOptions{mute: true})
	var lines []string
	for _, line := range strings.SplitAfter(p.offer(false), "\n") {
		if !strings.HasPrefix(line, "a=candidate") && !strings.HasPrefix(line, "a=end-of-candidates") {
			lines = append(lines, line)
		}
	}
	states := newStateLog()
	l, answer, err := s.NewLeg(t.Context(), strings.Join(lines, ""), LegOptions{OnState: states.on})
	require.NoError(t, err)
	require.Contains(t, answer, "a=ice-lite")
	require.Contains(t, answer, fmt.Sprintf("udp 2130706431 127.0.0.1 %d typ host", s.UDPAddr().Port()))
	require.Contains(t, answer, fmt.Sprintf("127.0.0.1 %d typ host tcptype passive", s.TCPAddr().Port()))
	require.Equal(t, []mix.Codec{mix.PCMU, mix.PCMA, mix.Opus}, l.formats.Load().order)
	require.Equal(t, mix.PCMU, l.Port().Codec())
	require.True(t, l.Port().Takes(mix.Event))
	p.answer(answer)
	states.await(t, StateConnected)
	e.Play(l, clipOf(440), mix.PlayOptions{Loop: true})
	p.awaitTone(440)
	require.NoError(t, l.Close())
	states.await(t, StateClosed)
}

// A call with a phone is put on hold with music and taken back: at the browser
// and at the phone it is one stream without a loss.
func TestHoldAndBack(t *testing.T) {
	s := serve(t, Options{})
	e := metronome(t)
	p := newPeer(t, peerOptions{codecs: codec(webrtc.MimeTypePCMU)})
	l := connect(t, s, p, LegOptions{})
	phone := newTestPhone(t)
	e.Bridge(l, phone.leg)
	p.speak(1000)
	phone.speak(600)
	p.awaitTone(600)
	phone.ear.awaitTone(t, 1000)

	e.Play(phone.leg, clipOf(440), mix.PlayOptions{Loop: true})
	e.Play(l, clipOf(300), mix.PlayOptions{Loop: true})
	phone.ear.awaitTone(t, 440)
	p.awaitTone(300)

	e.Bridge(l, phone.leg)
	p.awaitTone(600)
	phone.ear.awaitTone(t, 1000)

	requireContinuous(t, p.heard())
	phone.ear.mu.Lock()
	defer phone.ear.mu.Unlock()
	f := phone.ear.frames
	for i := 1; i < len(f); i++ {
		require.Equal(t, f[i-1].Seq+1, f[i].Seq)
		require.Positive(t, int32(f[i].Timestamp-f[i-1].Timestamp))
	}
	require.Zero(t, l.Stats().PacketsLost)
}

// ICE is restarted: the stream goes on, on the same leg.
func TestICERestart(t *testing.T) {
	s := serve(t, Options{})
	e := metronome(t)
	p := newPeer(t, peerOptions{codecs: codec(webrtc.MimeTypePCMA)})
	l := connect(t, s, p, LegOptions{})
	in := newEar()
	l.Receive(in)
	e.Play(l, clipOf(440), mix.PlayOptions{Loop: true})
	p.speakIn(mix.PCMA, 1000)
	p.awaitTone(440)
	in.awaitTone(t, 1000)

	before := ufrag(t, p.pc.LocalDescription().SDP)
	offer := p.offer(true)
	require.NotEqual(t, before, ufrag(t, offer))
	old := ufrag(t, p.pc.RemoteDescription().SDP)
	answer, err := l.Renegotiate(t.Context(), offer)
	require.NoError(t, err)
	require.NotEqual(t, old, ufrag(t, answer))
	require.Contains(t, answer, "a=candidate")
	p.answer(answer)

	// What comes from now on was sent over the new path.
	heard := len(p.heard())
	p.await("a second after the restart", func(h []rtp.Packet) bool { return len(h) > heard+50 })
	p.awaitTone(440)
	in.clear()
	in.awaitTone(t, 1000)
	h := p.heard()
	for i := 1; i < len(h); i++ {
		require.Equal(t, h[0].SSRC, h[i].SSRC)
		require.Positive(t, int16(h[i].SequenceNumber-h[i-1].SequenceNumber))
		require.Positive(t, int32(h[i].Timestamp-h[i-1].Timestamp))
	}
	// A plain renegotiation is answered, too.
	answer, err = l.Renegotiate(t.Context(), p.offer(false))
	require.NoError(t, err)
	p.answer(answer)
	in.clear()
	in.awaitTone(t, 1000)
}

func ufrag(t testing.TB, sdp string) string {
	m := regexp.MustCompile(`a=ice-ufrag:(\S+)`).FindStringSubmatch(sdp)
	require.NotNil(t, m)
	return m[1]
}

// Two browsers: Opus passes as it is.
func TestBrowserToBrowser(t *testing.T) {
	s := serve(t, Options{})
	e := metronome(t)
	a, b := newPeer(t, peerOptions{}), newPeer(t, peerOptions{mute: true})
	opts := LegOptions{Prefer: []mix.Codec{mix.Opus}}
	la, lb := connect(t, s, a, opts), connect(t, s, b, opts)
	require.Equal(t, mix.Opus, la.Port().Codec())
	e.Bridge(la, lb)
	// b, which says nothing, is filled in for in Opus.
	a.await("silence", func(h []rtp.Packet) bool {
		return len(h) > 3 && h[3].PayloadType == 111 &&
			len(h[3].Payload) == 3
	})
	sent := []byte{0x78, 1, 2, 3, 4}
	a.every20ms(func(i int) {
		_ = a.track.WriteRTP(&rtp.Packet{Header: rtp.Header{Version: 2, SequenceNumber: uint16(i),
			Timestamp: uint32(i * 960)}, Payload: sent})
	})
	h := b.await("opus", func(h []rtp.Packet) bool { return len(h) > 10 && bytes.Equal(h[len(h)-1].Payload, sent) })
	last := h[len(h)-1]
	require.EqualValues(t, 111, last.PayloadType)
}

// Digits that the browser sends are told and passed on.
func TestDigits(t *testing.T) {
	s := serve(t, Options{})
	p := newPeer(t, peerOptions{codecs: codec(webrtc.MimeTypePCMU)})
	l := connect(t, s, p, LegOptions{})
	digits := make(chan byte, 16)
	l.OnDigit(func(d byte) { digits <- d })
	in := newEar()
	l.Receive(in)
	// The stand-in sends its events itself: the track of Pion has one payload type.
	raw := p.rawWriter()
	seq, ts := uint16(65530), uint32(1000)
	send := func(pt uint8, marker bool, payload []byte) {
		_, err := raw.WriteRTP(&rtp.Header{Version: 2, PayloadType: pt, Marker: marker, SequenceNumber: seq,
			Timestamp: ts, SSRC: p.ssrc()}, payload)
		require.NoError(t, err)
		seq++
	}
	for _, event := range []byte{1, 11, 1, 16} { // 16 is flash: no digit
		send(0, false, make([]byte, 160))
		send(77, false, make([]byte, 160)) // not agreed on: nothing comes of it
		ts += 160
		for i := range 6 {
			end := byte(0)
			if i > 2 {
				end = 0x80
			}
			send(125, i == 0, []byte{event, 10 | end, 0, byte(i + 1)})
		}
		ts += 960
	}
	for _, want := range []byte("1#1") {
		select {
		case d := <-digits:
			require.Equal(t, want, d)
		case <-time.After(patience):
			require.FailNow(t, "no digit")
		}
	}
	in.await(t, func(f []mix.Frame) bool {
		n := 0
		for _, x := range f {
			if x.Codec == mix.Event {
				n++
			}
		}
		return n == 24
	})
	require.Empty(t, digits)
}

// The statistics are those of the wire: loss that the stand-in makes is counted.
func TestStats(t *testing.T) {
	s := serve(t, Options{})
	e := metronome(t)
	p := newPeer(t, peerOptions{codecs: codec(webrtc.MimeTypePCMU)})
	l := connect(t, s, p, LegOptions{})
	e.Play(l, clipOf(440), mix.PlayOptions{Loop: true})
	in := newEar()
	l.Receive(in)
	p.every20ms(func(i int) {
		if i%10 == 5 {
			return // lost
		}
		_ = p.track.WriteRTP(&rtp.Packet{Header: rtp.Header{Version: 2, SequenceNumber: uint16(i),
			Timestamp: uint32(i * 160)}, Payload: make([]byte, 160)})
	})
	in.await(t, func(f []mix.Frame) bool { return len(f) >= 100 })
	require.Eventually(t, func() bool { return l.Stats().RoundTrip > 0 }, patience, 50*time.Millisecond,
		"no round trip")
	st := l.Stats()
	require.Equal(t, mix.PCMU, st.Codec)
	require.GreaterOrEqual(t, st.PacketsReceived, uint64(100))
	require.InDelta(t, float64(st.PacketsReceived)/9, float64(st.PacketsLost), 2)
	require.Equal(t, st.PacketsReceived*160, st.BytesReceived)
	require.Positive(t, st.PacketsSent)
	require.Zero(t, st.RemoteLost)
	require.Less(t, st.RoundTrip, time.Second)
	require.Less(t, st.Jitter, time.Second)
}

func TestOverloaded(t *testing.T) {
	s := serve(t, Options{MaxLegs: 1})
	p, q := newPeer(t, peerOptions{}), newPeer(t, peerOptions{})
	l, _, err := s.NewLeg(t.Context(), p.offer(false), LegOptions{})
	require.NoError(t, err)
	_, _, err = s.NewLeg(t.Context(), q.offer(false), LegOptions{})
	require.ErrorIs(t, err, wire.ErrOverloaded)
	require.NoError(t, l.Close())
	require.NoError(t, l.Close())
	_, _, err = s.NewLeg(t.Context(), q.pc.LocalDescription().SDP, LegOptions{})
	require.NoError(t, err)
	require.Equal(t, 1, s.Legs())
	require.NoError(t, s.Close())
	require.Zero(t, s.Legs())
	_, _, err = s.NewLeg(t.Context(), p.pc.LocalDescription().SDP, LegOptions{})
	require.ErrorIs(t, err, wire.ErrStopping)
}

// When the browser goes away without a word, the leg says so.
func TestDisconnected(t *testing.T) {
	s := serve(t, Options{Disconnected: 300 * time.Millisecond, Failed: 300 * time.Millisecond})
	p := newPeer(t, peerOptions{})
	states := newStateLog()
	connect(t, s, p, LegOptions{OnState: states.on})
	states.await(t, StateConnected)
	p.vanish()
	states.await(t, StateDisconnected)
	states.await(t, StateFailed)
}

func TestListenRefuses(t *testing.T) {
	_, err := Listen(Options{UDP: "nonsense"})
	require.ErrorContains(t, err, "nonsense")
	_, err = Listen(Options{Public: []string{"gateway.example"}})
	require.ErrorContains(t, err, "gateway.example")
	s := serve(t, Options{})
	_, err = Listen(Options{UDP: s.UDPAddr().String()})
	require.ErrorContains(t, err, s.UDPAddr().String())
	_, err = Listen(Options{TCP: s.TCPAddr().String()})
	require.ErrorContains(t, err, s.TCPAddr().String())
}

func TestPublicAddresses(t *testing.T) {
	s := serve(t, Options{Public: []string{"203.0.113.7"}, TCP: "off"})
	require.Zero(t, s.TCPAddr())
	p := newPeer(t, peerOptions{})
	_, answer, err := s.NewLeg(t.Context(), p.offer(false), LegOptions{})
	require.NoError(t, err)
	require.Contains(t, answer, fmt.Sprintf(" 203.0.113.7 %d typ host", s.UDPAddr().Port()))
	require.Contains(t, answer, fmt.Sprintf(" 127.0.0.1 %d typ host", s.UDPAddr().Port()))
	require.NotContains(t, answer, "tcptype")
}

// Legs that come and go leave nothing behind: no goroutine, no socket.
func TestNothingIsLeft(t *testing.T) {
	s := serve(t, Options{})
	e := metronome(t)
	cycle := func(tcp bool) {
		p := newPeer(t, peerOptions{tcp: tcp, codecs: codec(webrtc.MimeTypePCMU)})
		l := connect(t, s, p, LegOptions{})
		e.Play(l, clipOf(440), mix.PlayOptions{Loop: true})
		p.speak(1000)
		in := newEar()
		l.Receive(in)
		in.await(t, func(f []mix.Frame) bool { return len(f) > 3 })
		p.await("music", func(h []rtp.Packet) bool { return len(h) > 3 })
		require.NoError(t, l.Close())
		p.close()
	}
	cycle(false)
	cycle(true)
	goroutines, sockets := runtime.NumGoroutine(), openFiles(t)
	for i := range 8 {
		cycle(i%2 == 1)
	}
	// Two of the goroutines are those of Eventually; eight legs would leave more.
	require.Eventually(t, func() bool { return runtime.NumGoroutine() <= goroutines+2 && openFiles(t) <= sockets },
		patience, 10*time.Millisecond, "goroutines or sockets are left")
	require.Zero(t, s.Legs())
}

func openFiles(t *testing.T) int {
	files, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skip("no /proc")
	}
	return len(files)
}

// More TCP connections than are allowed are closed at once; the others stay.
func TestTCPConnectionsAreBounded(t *testing.T) {
	s := serve(t, Options{MaxLegs: 1})
	dial := func() net.Conn {
		c, err := net.Dial("tcp", s.TCPAddr().String())
		require.NoError(t, err)
		t.Cleanup(func() { _ = c.Close() })
		return c
	}
	first, _ := dial(), dial()
	third := dial()
	require.NoError(t, third.SetReadDeadline(time.Now().Add(patience)))
	_, err := third.Read(make([]byte, 1))
	require.ErrorIs(t, err, io.EOF)
	require.NoError(t, first.SetReadDeadline(time.Now()))
	_, err = first.Read(make([]byte, 1))
	require.ErrorIs(t, err, os.ErrDeadlineExceeded)
}

// A browser that checks its network gets back what it sends, over each
// transport, and nothing is left when it closes or forgets to.
func TestEcho(t *testing.T) {
	// Over TCP the alert of a connection that closes may be lost with its socket:
	// then the leg's life ends it.
	for transport, life := range map[string]time.Duration{"udp": time.Minute, "tcp": patience * 8 / 10} {
		t.Run(transport, func(t *testing.T) {
			s := serve(t, Options{})
			p := newPeer(t, peerOptions{tcp: transport == "tcp", codecs: codec(webrtc.MimeTypePCMU)})
			over := make(chan struct{})
			answer, err := s.Echo(t.Context(), p.offer(false), life, func() { close(over) })
			require.NoError(t, err)
			require.Equal(t, 1, s.Legs())
			p.answer(answer)
			<-p.up
			p.speak(1000)
			p.awaitTone(1000)
			requireContinuous(t, p.heard())
			p.close()
			select {
			case <-over:
			case <-time.After(patience):
				require.FailNow(t, "the leg outlives the browser's connection")
			}
			require.Zero(t, s.Legs())
		})
	}
}

func TestEchoIsBounded(t *testing.T) {
	s := serve(t, Options{})
	p := newPeer(t, peerOptions{})
	offer := p.offer(false)
	over := make(chan struct{})
	_, err := s.Echo(t.Context(), offer, time.Millisecond, func() { close(over) })
	require.NoError(t, err)
	select {
	case <-over:
	case <-time.After(patience):
		require.FailNow(t, "a leg outlives its time")
	}
	require.Zero(t, s.Legs())
	_, err = s.Echo(t.Context(), "v=0", time.Minute, func() {})
	require.ErrorIs(t, err, wire.ErrMediaOffer)
	for range maxEchoes { // are closed with the server
		_, err = s.Echo(t.Context(), offer, time.Minute, func() {})
		require.NoError(t, err)
	}
	_, err = s.Echo(t.Context(), offer, time.Minute, func() {})
	require.ErrorIs(t, err, wire.ErrOverloaded)
	require.Equal(t, maxEchoes, s.Legs())
}
