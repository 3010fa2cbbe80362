package sip

import (
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tccc/gateway/mix"
	"tccc/gateway/rtp"
)

// hears waits until a leg has handed on as many samples.
func (e *ear) hears(t *testing.T, samples int) {
	t.Helper()
	require.Eventually(t, func() bool {
		e.mu.Lock()
		defer e.mu.Unlock()
		return len(e.pcm) >= samples
	}, deadline, tick)
}

// packet waits for one from the gateway with the payload type.
func (m *media) packet(pt byte) {
	m.t.Helper()
	buf := make([]byte, 1500)
	require.NoError(m.t, m.SetReadDeadline(time.Now().Add(deadline)))
	for {
		n, err := m.Read(buf)
		require.NoError(m.t, err, "no packet of type %d", pt)
		if n > 12 && buf[1]&0x7f == pt {
			return
		}
	}
}

// The far side answers with two codecs and talks the second; its events have
// another number in its answer, and come on ours.
func TestNumbersOfAnOutgoingCall(t *testing.T) {
	fast := rtp.Options{Digits: mix.DigitOptions{Tone: 40 * time.Millisecond, Gap: 40 * time.Millisecond}}
	a := newAgent(t, Options{Media: fast})
	p := newPhone(t, a)
	m := p.media()
	answer := m.sdp("v=0\r\nc=IN IP4 127.0.0.1\r\nm=audio 40000 RTP/AVP 0 8 96\r\na=rtpmap:96 telephone-event/8000\r\n")
	out := a.dial(Outgoing{})
	inv := p.got("INVITE")
	require.Contains(t, string(inv.Body()), "RTP/AVP 0 8 101\r\n")
	p.answer(inv, 183, "far", nil, strings.Replace(answer, " 0 8 96", " 8 96", 1)) // early media says less
	next(t, out, EarlyMedia)
	p.answer(inv, 200, "far", nil, answer)
	p.got("ACK")
	next(t, out, Answered)

	var heard ear
	out.Leg().Receive(&heard)
	m.say(out.Leg(), 8, make([]byte, 160))
	m.say(out.Leg(), 0, make([]byte, 160))
	heard.hears(t, 320)
	for i, pt := range []byte{101, 96} { // as it should, and as some do
		m.say(out.Leg(), pt, []byte{byte(i), 0x8a, 3, 0x20})
		require.Equal(t, "01"[i], next(t, out, Digit).Digit)
	}
	done := make(chan error, 1)
	go func() { done <- out.SendDigits(t.Context(), "5") }()
	m.packet(96)
	require.NoError(t, <-done)

	// A hold is offered on our numbers, and taken up with another codec.
	go func() { done <- out.Hold() }()
	inv = p.got("INVITE")
	require.Contains(t, string(inv.Body()), "RTP/AVP 0 101\r\n")
	p.answer(inv, 200, "", nil, answer+"a=recvonly\r\n")
	p.got("ACK")
	require.NoError(t, <-done)
	p.id, p.toTag = inv.CallID().Value(), inv.From().Params.GetOr("tag", "")
	p.request("UPDATE", 7, nil, m.sdp("v=0\r\nc=IN IP4 127.0.0.1\r\nm=audio 40000 RTP/AVP 8 97\r\na=rtpmap:97 telephone-event/8000\r\n"))
	require.Contains(t, string(p.response(200, "UPDATE").Body()), "RTP/AVP 8 97\r\n")
	s, _ := out.Leg().Session()
	require.Equal(t, mix.PCMA, s.Codec)
	require.EqualValues(t, 97, s.Event)
	m.say(out.Leg(), 101, []byte{7, 0x8a, 3, 0x20}) // on the way since before
	require.Equal(t, byte('7'), next(t, out, Digit).Digit)
}

// A call that comes in is answered with one codec of the offer; the peer may use
// any of those that it has offered.
func TestNumbersOfAnIncomingCall(t *testing.T) {
	a := newAgent(t, Options{})
	p := newPhone(t, a)
	m := p.media()
	in := p.answered(a, nil, m.sdp("v=0\r\nc=IN IP4 127.0.0.1\r\nm=audio 40000 RTP/AVP 97 0 96 100\r\n"+
		"a=rtpmap:97 PCMA/8000\r\na=rtpmap:96 telephone-event/8000\r\na=rtpmap:100 telephone-event/8000\r\n"))
	var heard ear
	in.Leg().Receive(&heard)
	m.say(in.Leg(), 97, make([]byte, 160))
	m.say(in.Leg(), 0, make([]byte, 160))
	m.say(in.Leg(), 18, make([]byte, 160)) // was never spoken of
	m.say(in.Leg(), 100, []byte{3, 0x8a, 3, 0x20})
	require.Equal(t, byte('3'), next(t, in, Digit).Digit)
	heard.hears(t, 320)
	require.EqualValues(t, 1, in.Leg().Stats().Ignored)
}

// A trunk without telephone events: digits are tones, both ways.
func TestInbandDigits(t *testing.T) {
	inband := []Trunk{{Name: "peer", Inband: true}}
	a, b := pair(t, "udp", Options{Trunks: inband}, Options{Trunks: inband})
	out, in := talk(t, a, b, Outgoing{})
	s, _ := out.Leg().Session()
	require.Zero(t, s.Event)
	require.NoError(t, out.SendDigits(t.Context(), "19*#A"))
	for _, want := range "19*#A" {
		require.Equal(t, string(want), string(next(t, in, Digit).Digit))
	}
	require.NoError(t, out.Hangup())
	next(t, out, Ended)
	next(t, in, Ended)
}

// A stranger who shoots at the port of a fresh call, or of a silent one, gets
// none of its sound; a peer behind a NAT does.
func TestStrangersGetNoSound(t *testing.T) {
	for name, behind := range map[string]bool{"plain": false, "behind a NAT": true} {
		t.Run(name, func(t *testing.T) {
			a := newAgent(t, Options{})
			p := newPhone(t, a)
			peer := p.media()
			host, _ := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 66)})
			defer host.Close()
			thief := &media{UDPConn: host, t: t, ssrc: 666}
			body := peer.sdp(offerSDP)
			if behind {
				body = strings.Replace(body, "c=IN IP4 127.0.0.1", "c=IN IP4 10.99.99.99", 1)
			}
			in := p.answered(a, nil, body)
			for range 50 {
				thief.say(in.Leg(), 8, make([]byte, 160))
			}
			for range 3 {
				peer.say(in.Leg(), 8, make([]byte, 160))
			}
			require.Eventually(t, func() bool { return in.Leg().Stats().Received > 0 }, deadline, tick)
			for range 50 {
				thief.say(in.Leg(), 8, make([]byte, 160))
			}
			require.Eventually(t, func() bool { return a.ports.Strangers() == 100 }, deadline, tick)
			e := mix.NewEngine()
			defer e.Close()
			e.Silence(in.Leg())
			peer.packet(8)
			require.Equal(t, peer.LocalAddr().(*net.UDPAddr).AddrPort(), in.Leg().Remote())
			require.NoError(t, thief.SetReadDeadline(time.Now().Add(100*time.Millisecond)))
			_, err := thief.Read(make([]byte, 1500))
			require.ErrorContains(t, err, "timeout")
		})
	}
}

// What cannot be reached is refused, and what can is found among several
// sections.
func TestFamilies(t *testing.T) {
	a := newAgent(t, Options{})
	p := newPhone(t, a)
	p.invite(nil, strings.ReplaceAll(offerSDP, "IP4 127.0.0.1", "IP6 ::1"))
	p.response(488, "INVITE")
	require.Empty(t, a.calls)
	p.another()
	in := p.answered(a, nil, strings.ReplaceAll(offerSDP, "IP4 127.0.0.1", "IP6 ::1")+"m=video 9 RTP/AVP 96\r\n"+
		"m=audio 40002 RTP/AVP 0\r\nc=IN IP4 127.0.0.1\r\na=sendrecv\r\n")
	s, _ := in.Leg().Session()
	require.Equal(t, netip.MustParseAddrPort("127.0.0.1:40002"), s.Remote)
	p.request("INVITE", 2, nil, "") // asks for an offer: as many sections, in their places
	body := string(p.response(200, "INVITE").Body())
	require.Regexp(t, `(?s)m=audio 0 .*m=video 0 .*m=audio [1-9]`, body)
	p.request("ACK", 2, nil, strings.ReplaceAll(offerSDP, "IP4 127.0.0.1", "IP6 ::1")+"m=video 0 RTP/AVP 96\r\n"+
		"m=audio 40004 RTP/AVP 0\r\nc=IN IP4 127.0.0.1\r\n")
	require.Eventually(t, func() bool { return in.Leg().Remote().Port() == 40004 }, deadline, tick)
	p.request("UPDATE", 3, nil, strings.ReplaceAll(offerSDP, "IP4 127.0.0.1", "IP6 ::1"))
	p.response(488, "UPDATE")
	require.Equal(t, 1, a.Calls(), "a refused offer leaves the call")
}
