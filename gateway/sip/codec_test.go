package sip

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tccc/gateway/mix"
	"tccc/gateway/rtp"
)

// describe is an offer of formats with the lines that explain them.
func describe(formats string, lines ...string) string {
	return "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 40000 RTP/AVP " + formats +
		"\r\n" +
		strings.Join(append(lines, ""), "\r\n")
}

const events8, events48 = "a=rtpmap:101 telephone-event/8000", "a=rtpmap:102 telephone-event/48000"

// What callers of all sorts offer, and what they are answered with by a trunk that
// names no codecs.
func TestOffersOfOtherCodecs(t *testing.T) {
	a := newAgent(t, Options{})
	p := newPhone(t, a)
	for name, tc := range map[string]struct {
		sdp     string
		codec   mix.Codec
		payload uint8
		event   uint8
		answer  []string
	}{
		"G.722 alone": {describe("9"), mix.G722, 9, 0,
			[]string{"RTP/AVP 9\r\n", "a=rtpmap:9 G722/8000\r\n"}},
		"G.722 on another type": {describe("97", "a=rtpmap:97 g722/8000"), mix.G722, 97, 0,
			[]string{"a=rtpmap:97 G722/8000\r\n"}},
		"Opus alone": {describe("109", "a=rtpmap:109 opus/48000/2"), mix.Opus, 109, 0,
			[]string{"a=rtpmap:109 opus/48000/2\r\n"}},
		"Opus without channels": {describe("96", "a=rtpmap:96 OPUS/48000"), mix.Opus, 96, 0,
			[]string{"a=rtpmap:96 opus/48000/2\r\n"}},
		"Opus and both events": {describe("96 101 102", "a=rtpmap:96 opus/48000/2", events8, events48), mix.Opus, 96,
			102, []string{"RTP/AVP 96 102\r\n", events48}},
		"Opus, events of 8 kHz": {describe("96 101", "a=rtpmap:96 opus/48000/2", events8), mix.Opus, 96, 101,
			[]string{"RTP/AVP 96 101\r\n", events8}},
		"G.722 and both events": {describe("9 102 101", events8, events48), mix.G722, 9, 101,
			[]string{"RTP/AVP 9 101\r\n"}},
		"the caller's order":     {describe("96 9", "a=rtpmap:96 opus/48000/2"), mix.Opus, 96, 0, nil},
		"G.711 before all":       {describe("96 9 0", "a=rtpmap:96 opus/48000/2"), mix.PCMU, 0, 0, nil},
		"what nobody here knows": {describe("18 96 9", "a=rtpmap:96 AMR-WB/16000"), mix.G722, 9, 0, nil},
	} {
		t.Run(name, func(t *testing.T) {
			p.t = t
			p.another()
			p.invite(nil, tc.sdp)
			in := a.incoming()
			require.NoError(t, in.Answer())
			body := string(p.response(200, "INVITE").Body())
			for _, want := range tc.answer {
				require.Contains(t, body, want)
			}
			s, _ := in.Leg().Session()
			require.Equal(t, tc.codec, s.Codec)
			require.Equal(t, tc.payload, s.Payload)
			require.Equal(t, tc.event, s.Event)
			p.request("ACK", 1, nil, "")
			next(t, in, Answered)
			p.request("BYE", 2, nil, "")
			p.response(200, "BYE")
			next(t, in, Ended)
		})
	}
}

// What a trunk names is offered, in its order; the default is as it was.
func TestOfferedCodecs(t *testing.T) {
	a := newAgent(t, Options{})
	p := newPhone(t, a)
	k := a.trunkNamed("peer").Trunk
	k.Codecs = []mix.Codec{mix.Opus, mix.G722, mix.PCMA}
	require.NoError(t, a.SetTrunks([]Trunk{k}))
	out := a.dial(Outgoing{Trunk: "peer"})
	inv := p.got("INVITE")
	body := string(inv.Body())
	require.Contains(t, body, "RTP/AVP 96 9 8 101 102\r\n")
	for _, line := range []string{"a=rtpmap:96 opus/48000/2", "a=rtpmap:9 G722/8000", "a=rtpmap:8 PCMA/8000", events8,
		events48} {
		require.Contains(t, body, line+"\r\n")
	}
	// The far side has numbers of its own.
	p.answer(inv, 200, "one", nil, describe("120 121", "a=rtpmap:120 opus/48000/2",
		"a=rtpmap:121 telephone-event/48000"))
	p.got("ACK")
	next(t, out, Answered)
	s, _ := out.Leg().Session()
	require.Equal(t, mix.Opus, s.Codec)
	require.EqualValues(t, 120, s.Payload)
	require.EqualValues(t, 121, s.Event)
	require.Contains(t, s.Hears, rtp.Format{Payload: 96, Codec: mix.Opus}, "what comes to us comes on our numbers")
	require.Contains(t, s.Hears, rtp.Format{Payload: 102, Codec: mix.Event, Clock: 48000})

	done := make(chan error, 1)
	go func() { done <- out.Hold() }()
	inv = p.got("INVITE")
	require.Contains(t, string(inv.Body()), "RTP/AVP 96 102\r\n", "on our numbers")
	p.answer(inv, 200, "", nil, describe("120 121", "a=rtpmap:120 opus/48000/2", "a=rtpmap:121 telephone-event/48000",
		"a=recvonly"))
	p.got("ACK")
	require.NoError(t, <-done)
	require.NoError(t, out.Hangup())
	p.answer(p.got("BYE"), 200, "", nil, "")
	next(t, out, Ended)
}

// The codec changes in a call, by an offer of the far side, and the sound goes on.
func TestCodecChangesInACall(t *testing.T) {
	a := newAgent(t, Options{})
	p := newPhone(t, a)
	m := p.media()
	in := p.answered(a, nil, m.sdp(offerSDP))
	e := mix.NewEngine()
	defer e.Close()
	e.Play(in.Leg(), mix.HoldMusic(), mix.PlayOptions{Loop: true})
	m.packet(8)
	for i, tc := range []struct {
		sdp     string
		payload byte
		codec   mix.Codec
	}{
		{describe("9"), 9, mix.G722},
		{describe("96", "a=rtpmap:96 opus/48000/2"), 96, mix.Opus},
		{describe("98", "a=rtpmap:98 opus/48000/2", "a=ptime:40"), 98, mix.Opus},
		{describe("0"), 0, mix.PCMU},
	} {
		p.request("INVITE", 10+i, nil, m.sdp(tc.sdp))
		p.response(200, "INVITE")
		p.request("ACK", 10+i, nil, "")
		m.packet(tc.payload)
		s, _ := in.Leg().Session()
		require.Equal(t, tc.codec, s.Codec)
	}
	require.Zero(t, a.ports.Transcoded(), "G.711 has given its place back")
	p.request("INVITE", 20, nil, m.sdp(describe("18")))
	p.response(488, "INVITE")
	p.request("ACK", 20, nil, "")
	m.packet(0)
	p.request("BYE", 21, nil, "")
	next(t, in, Ended)
}

// Packet times that peers ask for, and what they take at most.
func TestPacketTimes(t *testing.T) {
	a := newAgent(t, Options{})
	p := newPhone(t, a)
	for lines, want := range map[string][2]time.Duration{
		"a=ptime:20":                  {20, 0},
		"a=ptime:30\r\na=maxptime:60": {30, 60},
		"a=ptime:10\r\na=maxptime:10": {10, 10},
		"a=ptime:20.0":                {20, 0},
		"a=ptime:5\r\na=maxptime:999": {10, 60},
		"a=ptime:0\r\na=maxptime:-1":  {0, 0},
		"a=ptime:x\r\na=maxptime:NaN": {0, 0},
	} {
		p.another()
		p.invite(nil, describe("9", lines))
		in := a.incoming()
		require.NoError(t, in.Answer())
		p.response(200, "INVITE")
		s, _ := in.Leg().Session()
		require.Equal(t, want, [2]time.Duration{s.Packet / time.Millisecond, s.Longest / time.Millisecond}, lines)
		p.request("ACK", 1, nil, "")
		next(t, in, Answered)
		p.request("BYE", 2, nil, "")
		p.response(200, "BYE")
		next(t, in, Ended)
	}
}

// Beyond the limit a call gets G.711 if it offers that, else 503, and so does a
// call that goes out.
func TestLimitOfTranscoding(t *testing.T) {
	ports, err := rtp.NewPorts(rtp.PortOptions{Transcoded: 1})
	require.NoError(t, err)
	a := newAgent(t, Options{RTP: ports})
	p := newPhone(t, a)
	k := a.trunkNamed("peer").Trunk
	k.Codecs = []mix.Codec{mix.G722, mix.PCMA}
	require.NoError(t, a.SetTrunks([]Trunk{k}))
	first := p.answered(a, nil, describe("9 8"))
	s, _ := first.Leg().Session()
	require.Equal(t, mix.G722, s.Codec)
	id, tag := p.id, p.toTag

	p.another()
	second := p.answered(a, nil, describe("9 8"))
	s, _ = second.Leg().Session()
	require.Equal(t, mix.PCMA, s.Codec)
	p.request("INVITE", 2, nil, describe("9")) // in the call: it stays as it is
	p.response(488, "INVITE")
	p.request("ACK", 2, nil, "")
	p.request("BYE", 3, nil, "")
	p.response(200, "BYE")
	next(t, second, Ended)

	p.another()
	p.invite(nil, describe("9"))
	res := p.response(503, "INVITE")
	require.NotEmpty(t, header(res, "Retry-After"))
	require.EqualValues(t, 1, ports.TurnedAway())

	k.Codecs = []mix.Codec{mix.G722}
	require.NoError(t, a.SetTrunks([]Trunk{k}))
	_, err = a.Dial(t.Context(), Outgoing{Trunk: "peer", From: "1", To: "2"})
	require.ErrorIs(t, err, rtp.ErrTranscoding)
	require.ErrorIs(t, err, ErrBusy)

	p.id, p.toTag = id, tag
	p.request("INVITE", 5, nil, describe("9")) // who has a place keeps it
	p.response(200, "INVITE")
	p.request("ACK", 5, nil, "")
	p.request("BYE", 6, nil, "")
	p.response(200, "BYE")
	next(t, first, Ended)
	require.Eventually(t, func() bool { return ports.Transcoded() == 0 }, deadline, 5*time.Millisecond)
}

// A desk phone has codecs of its own.
func TestCodecsOfPhones(t *testing.T) {
	s := &Server{o: Options{PhoneCodecs: []mix.Codec{mix.Opus, mix.PCMA}}}
	s.o.RTP, _ = rtp.NewPorts(rtp.PortOptions{})
	require.Equal(t, s.o.PhoneCodecs, s.terms(newAccount(Extension{Name: "101"}, nil).trunk, "TLS").Codecs)
	s.o.PhoneCodecs = nil
	require.Equal(t, []mix.Codec{mix.PCMU, mix.PCMA},
		s.terms(newAccount(Extension{Name: "101"}, nil).trunk, "TLS").Codecs)
}
