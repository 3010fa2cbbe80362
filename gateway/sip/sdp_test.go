package sip

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tccc/gateway/mix"
	"tccc/gateway/rtp"
)

var bothLaws = []mix.Codec{mix.PCMU, mix.PCMA}

func TestParseSDP(t *testing.T) {
	d, err := parseSDP([]byte("v=0\r\no=a 1 1 IN IP4 192.0.2.1\r\ns=x\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\na=inactive\r\n" +
		"m=video 5000 RTP/AVP 96\r\nm=audio 49170/2 RTP/AVP 0 97 18 96\r\nc=IN IP6 2001:db8::1\r\na=rtpmap:97 PCMA/8000/1\r\n" +
		"a=rtpmap:96 telephone-event/8000\r\na=rtcp:53020 IN IP6 2001:db8::2\r\na=rtcp-mux\r\na=sendonly\r\n"))
	require.NoError(t, err)
	require.Equal(t, 1, d.audio)
	require.Equal(t, rtp.Inactive, d.media[0].dir)
	s, err := d.session([]mix.Codec{mix.PCMA}, rtp.SendRecv)
	require.NoError(t, err)
	require.Equal(t, rtp.Session{
		Remote: netip.MustParseAddrPort("[2001:db8::1]:49170"), RTCP: netip.MustParseAddrPort("[2001:db8::2]:53020"),
		Mux: true, Codec: mix.PCMA, Payload: 97, Event: 96, Direction: rtp.RecvOnly,
	}, s)
	require.True(t, d.media[1].held())
}

func TestMalformedSDP(t *testing.T) {
	head := "v=0\r\nc=IN IP4 192.0.2.1\r\n"
	for name, text := range map[string]string{
		"empty":      "",
		"no version": "m=audio 1 RTP/AVP 0\r\n",
		"version":    "v=1\r\n",
		"line":       "v=0\r\nnonsense\r\n",
		"address":    "v=0\r\nc=IN IP4 example.com\r\n",
		"family":     "v=0\r\nc=IN IP6 192.0.2.1\r\n",
		"multicast":  "v=0\r\nc=IN IP4 224.0.0.1/127\r\n",
		"port":       head + "m=audio 70000 RTP/AVP 0\r\n",
		"media":      head + "m=audio 4000\r\n",
		"sections":   head + strings.Repeat("m=audio 1 RTP/AVP 0\r\n", maxSDPMedia+1),
		"formats":    head + "m=audio 1 RTP/AVP" + strings.Repeat(" 0", maxSDPFormats+1) + "\r\n",
		"size":       head + "a=" + strings.Repeat("x", maxSDP) + "\r\n",
	} {
		_, err := parseSDP([]byte(text))
		require.ErrorIs(t, err, errSDP, name)
	}
	for name, text := range map[string]string{
		"refused section": head + "m=audio 0 RTP/AVP 0\r\n",
		"no address":      "v=0\r\nm=audio 4000 RTP/AVP 0\r\n",
		"other codec":     head + "m=audio 4000 RTP/AVP 18\r\n",
		"remapped":        head + "m=audio 4000 RTP/AVP 0\r\na=rtpmap:0 G722/8000\r\n",
		"other rate":      head + "m=audio 4000 RTP/AVP 97\r\na=rtpmap:97 PCMU/16000\r\n",
	} {
		d, err := parseSDP([]byte(text))
		require.NoError(t, err, name)
		_, err = d.session(bothLaws, rtp.SendRecv)
		require.ErrorIs(t, err, errNoAudio, name)
	}
}

// RFC 3264 section 6.1 and our own wish.
func TestAnswerDirection(t *testing.T) {
	for _, tc := range []struct{ offer, want, answer rtp.Direction }{
		{rtp.SendRecv, rtp.SendRecv, rtp.SendRecv},
		{rtp.SendOnly, rtp.SendRecv, rtp.RecvOnly},
		{rtp.RecvOnly, rtp.SendRecv, rtp.SendOnly},
		{rtp.Inactive, rtp.SendRecv, rtp.Inactive},
		{rtp.SendRecv, rtp.SendOnly, rtp.SendOnly},
		{rtp.SendOnly, rtp.SendOnly, rtp.Inactive},
		{rtp.RecvOnly, rtp.SendOnly, rtp.SendOnly},
	} {
		require.Equal(t, tc.answer, answerDirection(tc.offer, tc.want), "%v %v", tc.offer, tc.want)
	}
}

// What we write is read back as it was meant; the version counts changes.
func TestWriteSDP(t *testing.T) {
	ports, err := rtp.NewPorts(rtp.PortOptions{})
	require.NoError(t, err)
	leg, err := ports.NewLeg(rtp.Options{})
	require.NoError(t, err)
	defer leg.Close()
	o := sdpOrigin{id: 7, version: 1}
	text := o.offer(leg, bothLaws, rtp.SendRecv)
	require.Equal(t, text, o.offer(leg, bothLaws, rtp.SendRecv), "the same again")
	d, err := parseSDP(text)
	require.NoError(t, err)
	s, err := d.session([]mix.Codec{mix.PCMA}, rtp.SendRecv)
	require.NoError(t, err)
	require.Equal(t, leg.Local(), s.Remote)
	require.Equal(t, leg.Local().Port()+1, s.RTCP.Port())
	require.EqualValues(t, dynamicEvent, s.Event)
	require.True(t, s.Mux)

	changed := string(o.offer(leg, bothLaws, rtp.SendOnly))
	require.Contains(t, changed, "o=- 7 2 IN IP4")
	in, err := parseSDP([]byte(strings.Replace(offerSDP, "m=audio", "m=video 6000 RTP/AVP 96 97\r\nm=audio", 1)))
	require.NoError(t, err)
	s, err = in.session(bothLaws, rtp.SendRecv)
	require.NoError(t, err)
	answer := string(o.answer(in, leg, s))
	require.Contains(t, answer, "m=video 0 RTP/AVP 96 97\r\nm=audio ")
	require.Contains(t, answer, "RTP/AVP 8 101\r\n")
	require.NotContains(t, answer, "PCMU")
}

func FuzzSDP(f *testing.F) {
	f.Add([]byte(offerSDP))
	f.Add([]byte(answerSDP))
	f.Add([]byte("v=0\r\nc=IN IP6 ::1\r\nm=audio 4000/2 RTP/AVPF 0 8 96\r\na=rtpmap:96 telephone-event/8000\r\na=rtcp:4001 IN IP6 ::1\r\na=rtcp-mux\r\na=inactive\r\n"))
	f.Add([]byte("v=0\nm=audio 0 RTP/AVP 0\nm=video 1 x 1\n"))
	f.Add([]byte("v=0\r\nc=IN IP4 0.0.0.0\r\nm=audio 9 RTP/AVP 0\r\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		d, err := parseSDP(b)
		if err != nil {
			return
		}
		s, err := d.session(bothLaws, rtp.SendRecv)
		if err != nil {
			return
		}
		if s.Remote.Port() == 0 || !s.Remote.IsValid() || s.Event == s.Payload && s.Event != 0 || s.Codec != mix.PCMU && s.Codec != mix.PCMA {
			t.Fatalf("%+v from %q", s, b)
		}
	})
}
