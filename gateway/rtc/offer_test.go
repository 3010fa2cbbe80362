package rtc

import (
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"
	"github.com/stretchr/testify/require"

	"tccc/gateway/mix"
	"tccc/wire"
)

// chrome is an offer as Chrome makes it, shortened.
const chrome = `v=0
o=- 4611731400430051336 2 IN IP4 127.0.0.1
s=-
t=0 0
a=group:BUNDLE 0
a=extmap-allow-mixed
a=msid-semantic: WMS stream
m=audio 9 UDP/TLS/RTP/SAVPF 111 63 9 0 8 13 110 126
c=IN IP4 0.0.0.0
a=rtcp:9 IN IP4 0.0.0.0
a=ice-ufrag:Oyef
a=ice-pwd:D5ZEyQTFTvUTzIFMqFiZMJLh
a=ice-options:trickle
a=fingerprint:sha-256 49:66:12:17:0D:1C:91:AE:57:4C:C6:36:DD:D5:97:D2:7D:62:C9:9A:7F:B9:A3:F4:70:03:E7:43:91:73:23:5E
a=setup:actpass
a=mid:0
a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level
a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time
a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01
a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid
a=sendrecv
a=msid:stream track
a=rtcp-mux
a=rtcp-rsize
a=rtpmap:111 opus/48000/2
a=rtcp-fb:111 transport-cc
a=fmtp:111 minptime=10;useinbandfec=1
a=rtpmap:63 red/48000/2
a=fmtp:63 111/111
a=rtpmap:9 G722/8000
a=rtpmap:0 PCMU/8000
a=rtpmap:8 PCMA/8000
a=rtpmap:13 CN/8000
a=rtpmap:110 telephone-event/48000
a=rtpmap:126 telephone-event/8000
a=ssrc:3570614608 cname:4TOk42mSjXCkVIa6
a=ssrc:3570614608 msid:stream track
`

// firefox is an offer as Firefox makes it, shortened: session-level fingerprint,
// its own payload types, no SSRC.
const firefox = `v=0
o=mozilla...THIS_IS_SDPARTA-99.0 5215745126171203563 0 IN IP4 0.0.0.0
s=-
t=0 0
a=fingerprint:sha-256 4B:98:B2:22:3B:1C:91:AE:57:4C:C6:36:DD:D5:97:D2:7D:62:C9:9A:7F:B9:A3:F4:70:03:E7:43:91:73:23:5E
a=group:BUNDLE 0
a=ice-options:trickle
a=msid-semantic:WMS *
m=audio 9 UDP/TLS/RTP/SAVPF 109 9 0 8 101
c=IN IP4 0.0.0.0
a=sendrecv
a=fmtp:109 maxplaybackrate=48000;stereo=1;useinbandfec=1
a=fmtp:101 0-15
a=ice-pwd:3cd1a90a5e0a9e9c5ff85e8f8e8fbe90
a=ice-ufrag:4d3b5c2a
a=mid:0
a=rtcp-mux
a=rtpmap:109 opus/48000/2
a=rtpmap:9 G722/8000/1
a=rtpmap:0 PCMU/8000
a=rtpmap:8 PCMA/8000
a=rtpmap:101 telephone-event/8000/1
a=setup:actpass
`

func crlf(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") }

func TestOffersOfBrowsers(t *testing.T) {
	s := serve(t, Options{})
	for _, c := range []struct {
		name, offer string
		prefer      []mix.Codec
		codec       mix.Codec
		formats     string
	}{
		{"chrome", chrome, nil, mix.PCMU, "0 8 111 126 110"},
		{"chrome opus", chrome, []mix.Codec{mix.Opus}, mix.Opus, "111 0 8 126 110"},
		{"chrome A-law", chrome, []mix.Codec{mix.PCMA, mix.PCMU}, mix.PCMA, "8 0 111 126 110"},
		{"firefox", firefox, nil, mix.PCMU, "0 8 109 101"},
		{"recvonly", strings.ReplaceAll(chrome, "a=sendrecv", "a=recvonly"), nil, mix.PCMU, "0 8 111 126 110"},
		{"with video", chrome + "m=video 9 UDP/TLS/RTP/SAVPF 96\nc=IN IP4 0.0.0.0\na=ice-ufrag:Oyef\na=ice-pwd:D5ZEyQTFTvUTzIFMqFiZMJLh\n" +
			"a=setup:actpass\na=mid:1\na=sendrecv\na=rtcp-mux\na=rtpmap:96 VP8/90000\n", nil, mix.PCMU,
			"0 8 111 126 110"},
	} {
		t.Run(c.name, func(t *testing.T) {
			l, answer, err := s.NewLeg(t.Context(), crlf(c.offer), LegOptions{Prefer: c.prefer})
			require.NoError(t, err)
			require.Equal(t, c.codec, l.Port().Codec())
			require.True(t, l.Port().Takes(mix.Event))
			require.Contains(t, answer, "m=audio 9 UDP/TLS/RTP/SAVPF "+c.formats+"\r\n")
			require.NotContains(t, answer, "a=extmap:")
			require.Equal(t, strings.Count(c.offer, "m="), strings.Count(answer, "m="))
			require.NoError(t, l.Close())
		})
	}
}

// hostile are offers that cannot be answered, with a word of the reason.
func hostile() map[string][2]string {
	without := func(prefix string) string {
		var kept []string
		for _, line := range strings.SplitAfter(chrome, "\n") {
			if !strings.HasPrefix(line, prefix) {
				kept = append(kept, line)
			}
		}
		return strings.Join(kept, "")
	}
	head, _, _ := strings.Cut(chrome, "m=audio")
	_, body, _ := strings.Cut(chrome, "m=audio")
	replace := func(a, b string) string { return strings.ReplaceAll(chrome, a, b) }
	return map[string][2]string{
		"empty":           {"", "no audio"},
		"garbage":         {"\x00\xff{}", "parsed"},
		"huge":            {chrome + strings.Repeat("a=x:y\n", 20000), "longer"},
		"no media":        {head, "no audio"},
		"rejected audio":  {replace("m=audio 9", "m=audio 0"), "no audio"},
		"two audio":       {chrome + "m=audio" + body, "more than one audio"},
		"many sections":   {head + strings.Repeat("m=audio"+body, 9), "sections"},
		"many attributes": {chrome + strings.Repeat("a=x:y\n", 600), "attributes"},
		"data": {chrome + "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\nc=IN IP4 0.0.0.0\na=mid:1\n",
			"neither audio nor video"},
		"codecs": {strings.NewReplacer("PCMU/8000", "PCMU/16000", "PCMA", "G729", "opus", "iLBC",
			"111 63 9 0 8 13 110 126", "111 63 9 1 13 110 126", "a=rtpmap:8", "a=rtpmap:1").Replace(chrome), "none of"},
		"plain RTP":      {replace("UDP/TLS/RTP/SAVPF", "RTP/AVP"), "DTLS-SRTP"},
		"no fingerprint": {without("a=fingerprint"), "fingerprint"},
		"no ufrag":       {without("a=ice-ufrag"), "ICE"},
		"no pwd":         {without("a=ice-pwd"), "ICE"},
		"no mid":         {without("a=mid"), "mid"},
		"passive":        {replace("actpass", "passive"), "setup"},
		"lite":           {replace("a=group", "a=ice-lite\na=group"), "ICE-lite"},
		"inactive":       {replace("sendrecv", "inactive"), "inactive"},
		"bad hash":       {replace("sha-256 49:66", "sha-256-49:66"), ""},
	}
}

func TestHostileOffers(t *testing.T) {
	s := serve(t, Options{MaxLegs: 2})
	e := metronome(t)
	p := newPeer(t, peerOptions{codecs: codec(webrtc.MimeTypePCMU)})
	good := connect(t, s, p, LegOptions{})
	e.Play(good, clipOf(440), mix.PlayOptions{Loop: true})
	p.awaitTone(440)
	runtime.GC()
	before := runtime.NumGoroutine()
	for name, c := range hostile() {
		t.Run(name, func(t *testing.T) {
			l, answer, err := s.NewLeg(t.Context(), crlf(c[0]), LegOptions{})
			require.ErrorIs(t, err, wire.ErrMediaOffer)
			require.Nil(t, l)
			require.Empty(t, answer)
			require.Equal(t, "sdp", wire.AsError(err).Field)
			require.Contains(t, wire.AsError(err).Detail, c[1])
			require.Equal(t, 1, s.Legs())

			_, err = good.Renegotiate(t.Context(), crlf(c[0]))
			require.ErrorIs(t, err, wire.ErrMediaOffer)
		})
	}
	// One of another connection, and one that is right but for a detail that
	// only Pion sees.
	_, err := good.Renegotiate(t.Context(), crlf(chrome))
	require.ErrorIs(t, err, wire.ErrMediaOffer)
	broken := strings.ReplaceAll(p.offer(false), "a=sendrecv", "a=candidate:nonsense\r\na=sendrecv")
	if _, err := good.Renegotiate(t.Context(), broken); err != nil {
		require.ErrorIs(t, err, wire.ErrMediaOffer)
	}
	require.Eventually(t, func() bool { return runtime.NumGoroutine() <= before+2 }, patience, 10*time.Millisecond,
		"goroutines are left")

	// The good leg goes on and can still be renegotiated.
	answer, err := good.Renegotiate(t.Context(), p.pc.LocalDescription().SDP)
	require.NoError(t, err)
	p.answer(answer)
	n := len(p.heard())
	p.await("more", func(h []rtp.Packet) bool { return len(h) > n+10 })
	requireContinuous(t, p.heard())
	// And there is room for the one more leg that is allowed.
	_, _, err = s.NewLeg(t.Context(), crlf(chrome), LegOptions{})
	require.NoError(t, err)
}

func FuzzOffer(f *testing.F) {
	f.Add(crlf(chrome))
	f.Add(crlf(firefox))
	for _, c := range hostile() {
		if len(c[0]) < 5000 {
			f.Add(crlf(c[0]))
		}
	}
	s, err := Listen(Options{})
	require.NoError(f, err)
	f.Cleanup(func() { _ = s.Close() })
	f.Fuzz(func(t *testing.T, text string) {
		if _, err := checkOffer(text); err != nil {
			require.ErrorIs(t, err, wire.ErrMediaOffer)
			return
		}
		l, answer, err := s.NewLeg(t.Context(), text, LegOptions{})
		if err != nil {
			require.ErrorIs(t, err, wire.ErrMediaOffer)
			require.Zero(t, s.Legs())
			return
		}
		require.Contains(t, answer, "m=audio")
		require.NotZero(t, l.Port().Codec())
		require.NoError(t, l.Close())
	})
}

func FuzzParsePacket(f *testing.F) {
	for _, p := range []rtp.Packet{
		{Header: rtp.Header{Version: 2, PayloadType: 8, SequenceNumber: 7, Timestamp: 9, Marker: true},
			Payload: []byte{1, 2, 3}},
		{Header: rtp.Header{Version: 2, CSRC: []uint32{1, 2}, Padding: true, PaddingSize: 4}, Payload: []byte{1}},
	} {
		b, err := p.Marshal()
		require.NoError(f, err)
		f.Add(b)
	}
	f.Add([]byte{0x90, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0xBE, 0xDE, 0, 1, 0x10, 1, 0, 0, 42})
	f.Fuzz(func(t *testing.T, b []byte) {
		var frame mix.Frame
		pt, ok := parsePacket(b, &frame)
		var want rtp.Packet
		if err := want.Unmarshal(b); err != nil || !ok {
			return
		}
		require.Equal(t, want.PayloadType, pt)
		require.Equal(t, want.Marker, frame.Marker)
		require.Equal(t, want.SequenceNumber, frame.Seq)
		require.Equal(t, want.Timestamp, frame.Timestamp)
		if len(want.Payload) > 0 || len(frame.Payload) > 0 {
			require.Equal(t, want.Payload, frame.Payload)
		}
	})
}
