package rtp

import (
	"encoding/binary"
	"fmt"
	"math"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/gateway/audio"
	"tccc/gateway/codec"
	"tccc/gateway/mix"
)

// requireTone requires a tone of a leg that plays with a quarter of full scale.
func requireTone(t *testing.T, e *ear, hz float64) {
	t.Helper()
	pcm := e.heard(t, 8000)[2000:]
	assert.InDelta(t, hz, audio.Frequency(pcm), 3)
	assert.InDelta(t, 0, 20*math.Log10(audio.Energy(pcm)/(0.25/math.Sqrt2)), 1.2, "level in dB")
}

// Two telephones of any two codecs hear each other through two legs of the gateway:
// the tone and its level, over real sockets.
func TestEveryPairOfCodecs(t *testing.T) {
	all := []mix.Codec{mix.PCMU, mix.PCMA, mix.G722, mix.Opus}
	p := newPorts(t, PortOptions{})
	for i, one := range all {
		for _, other := range all[i:] {
			t.Run(fmt.Sprint(one, " and ", other), func(t *testing.T) {
				e := mix.NewEngine()
				defer e.Close()
				a, b := newLeg(t, p, Options{}), newLeg(t, p, Options{})
				phoneA, phoneB := newLeg(t, p, Options{}), newLeg(t, p, Options{})
				join(t, phoneA, a, one, 101)
				join(t, phoneB, b, other, 101)
				e.Bridge(a, b)
				var atA, atB ear
				phoneA.Receive(mix.Narrow(&atA))
				phoneB.Receive(mix.Narrow(&atB))
				ta, tb := audio.Tone(440, 0.25), audio.Tone(1100, 0.25)
				e.Play(phoneA, mix.NewClip(ta.Samples(8000)), mix.PlayOptions{Loop: true})
				e.Play(phoneB, mix.NewClip(tb.Samples(8000)), mix.PlayOptions{Loop: true})
				requireTone(t, &atB, 440)
				requireTone(t, &atA, 1100)
			})
		}
	}
}

// As many legs speak other codecs than G.711 as are allowed, and who goes back to
// G.711 or ends makes room.
func TestRoomToTranscode(t *testing.T) {
	p := newPorts(t, PortOptions{Transcoded: 2})
	as := func(c mix.Codec) Session {
		return Session{Remote: netip.MustParseAddrPort("127.0.0.1:4000"), Codec: c, Payload: 96}
	}
	a, b, c := newLeg(t, p, Options{}), newLeg(t, p, Options{}), newLeg(t, p, Options{})
	require.NoError(t, a.Negotiate(as(mix.Opus)))
	require.NoError(t, a.Negotiate(as(mix.G722)), "it has its place")
	require.NoError(t, b.Negotiate(as(mix.G722)))
	require.NoError(t, c.Negotiate(as(mix.PCMA)))
	require.ErrorIs(t, c.Negotiate(as(mix.Opus)), ErrTranscoding)
	s, _ := c.Session()
	require.Equal(t, mix.PCMA, s.Codec, "what was agreed on before holds")
	require.True(t, a.Transcodes())
	require.False(t, c.Transcodes())
	require.NoError(t, b.Negotiate(as(mix.PCMU)))
	require.NoError(t, c.Negotiate(as(mix.Opus)))
	require.Equal(t, 2, p.Transcoded())
	a.Close()
	c.Close()
	require.Zero(t, p.Transcoded())
	require.ErrorIs(t, newLeg(t, newPorts(t, PortOptions{Transcoded: -1}), Options{}).Negotiate(as(mix.G722)),
		ErrTranscoding)
}

// Digits are found in the sound of any codec.
func TestInbandDigitsOfCodecs(t *testing.T) {
	for _, c := range []mix.Codec{mix.G722, mix.Opus} {
		p := newPorts(t, PortOptions{})
		digits := make(chan byte, 8)
		a := newLeg(t, p, Options{Digits: mix.DigitOptions{Tone: 80 * time.Millisecond, Gap: 60 * time.Millisecond}})
		b := newLeg(t, p, Options{Inband: true, OnDigit: func(d byte) { digits <- d }})
		join(t, a, b, c, 0)
		require.NoError(t, a.SendDigits(t.Context(), "19#"))
		for _, want := range "1" { // each after the sound of the next
			require.Equal(t, string(want), string(<-digits), "%v", c)
		}
		e := mix.NewEngine()
		e.Silence(a)
		for _, want := range "9#" {
			require.Equal(t, string(want), string(<-digits), "%v", c)
		}
		e.Close()
	}
}

// A peer that has the events of 8 kHz only beside Opus is sent their durations in
// that clock.
func TestEventClockBesideOpus(t *testing.T) {
	conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.MustParseAddrPort("127.0.0.1:0")))
	require.NoError(t, err)
	defer conn.Close()
	require.NoError(t, conn.SetReadDeadline(time.Now().Add(deadline)))
	for _, clock := range []uint32{8000, 48000} {
		l := newLeg(t, newPorts(t, PortOptions{}), Options{})
		require.NoError(t, l.Negotiate(Session{
			Remote: conn.LocalAddr().(*net.UDPAddr).AddrPort(), Codec: mix.Opus, Payload: 96, Event: 101, Clock: clock,
		}))
		require.NoError(t, l.SendDigits(t.Context(), "5"))
		buf := make([]byte, 200)
		var longest uint32
		for end := 0; end < 3; {
			n, err := conn.Read(buf)
			require.NoError(t, err)
			if buf[1]&0x7F != 101 || n != headerSize+4 {
				continue
			}
			longest = max(longest, uint32(binary.BigEndian.Uint16(buf[headerSize+2:])))
			if buf[headerSize+1]&0x80 != 0 {
				end++
			}
		}
		require.Equal(t, clock/10, longest)
	}
}

// Packets that no decoder takes leave the call as it is.
func TestBrokenPackets(t *testing.T) {
	p := newPorts(t, PortOptions{})
	e := mix.NewEngine()
	defer e.Close()
	a, b := newLeg(t, p, Options{}), newLeg(t, p, Options{})
	phoneA, phoneB := newLeg(t, p, Options{}), newLeg(t, p, Options{})
	join(t, phoneA, a, mix.Opus, 0)
	join(t, phoneB, b, mix.PCMU, 0)
	e.Bridge(a, b)
	var heard ear
	phoneB.Receive(&heard)
	enc, err := codec.NewOpusEncoder(8000, 20*time.Millisecond)
	require.NoError(t, err)
	tone := audio.Tone(440, 0.25)
	beat := time.NewTicker(20 * time.Millisecond)
	defer beat.Stop()
	for i := range uint16(100) {
		<-beat.C
		payload, err := enc.Encode(nil, tone.Samples(160))
		require.NoError(t, err)
		if i%8 == 5 {
			payload = [][]byte{{}, {0xFF}, {0xFF, 0xFF, 0xFF}, {0x03, 0x3F, 0, 0, 0}}[i/8%4]
		}
		require.NoError(t, phoneA.WritePacket(mix.Opus, false, i, uint32(i)*960, payload))
	}
	pcm := heard.heard(t, 12000)
	require.InDelta(t, 440, audio.Frequency(pcm[6000:]), 4)
}

// A peer that falls silent with comfort noise is heard as noise of that level where
// its sound is decoded, and its voice afterwards as before.
func TestComfortNoise(t *testing.T) {
	conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.MustParseAddrPort("127.0.0.1:0")))
	require.NoError(t, err)
	defer conn.Close()
	p := newPorts(t, PortOptions{})
	e := mix.NewEngine()
	defer e.Close()
	a, b, phone := newLeg(t, p, Options{}), newLeg(t, p, Options{}), newLeg(t, p, Options{})
	remote := conn.LocalAddr().(*net.UDPAddr).AddrPort()
	require.NoError(t, a.Negotiate(Session{Remote: remote, Codec: mix.G722, Payload: 9}))
	join(t, phone, b, mix.PCMU, 0)
	e.Bridge(a, b)
	var heard ear
	phone.Receive(&heard)

	enc, tone := codec.NewG722Encoder(20*time.Millisecond), audio.Tone(220, 0.25) // twice that at 16 kHz
	seq, ts := uint16(0), uint32(0)
	send := func(pt uint8, payload []byte) {
		packet := make([]byte, headerSize, 200)
		putHeader(packet, pt, false, seq, ts, 7)
		_, err := conn.WriteToUDPAddrPort(append(packet, payload...), a.Local())
		require.NoError(t, err)
		seq++
		ts += 160
	}
	beat := time.NewTicker(20 * time.Millisecond)
	defer beat.Stop()
	talk := func() {
		for range 60 {
			<-beat.C
			payload, err := enc.Encode(nil, tone.Samples(320))
			require.NoError(t, err)
			send(9, payload)
		}
	}
	talk()
	require.InDelta(t, 440, audio.Frequency(heard.heard(t, 8000)[4000:]), 4)
	send(staticNoise, []byte{40})
	before := heard.count()
	require.Eventually(t, func() bool { return heard.count() >= before+50 }, deadline, 5*time.Millisecond)
	require.False(t, a.Spoke())
	require.InDelta(t, -40, 20*math.Log10(audio.Energy(heard.heard(t, 4000))), 7)
	ts += 50 * 160
	talk()
	require.InDelta(t, 440, audio.Frequency(heard.heard(t, 8000)[4000:]), 4)
}

// The jitter is measured in the clock of what is sent.
func TestJitterOfOpus(t *testing.T) {
	var s inStats
	for i := range 200 {
		s.note(&header{seq: uint16(i), ts: uint32(i) * 960}, int64(i)*int64(20*time.Millisecond), 48000)
	}
	require.Less(t, s.jitter, 2.0)
	for i := range 200 {
		s.note(&header{seq: uint16(200 + i), ts: uint32(i) * 160}, int64(200+i)*int64(20*time.Millisecond), 8000)
	}
	require.Less(t, s.jitter, 2.0)
}
