package sdp

import (
	"context"
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tccc/gateway/mix"
	"tccc/gateway/rtp"
)

var (
	both  = Terms{Codecs: []mix.Codec{mix.PCMU, mix.PCMA}}
	local = netip.MustParseAddrPort("192.0.2.9:20000")
)

const offer = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n" +
	"m=audio 40000 RTP/AVP 8 0 101\r\na=rtpmap:101 telephone-event/8000\r\n"

func parse(t *testing.T, text string) *Description {
	t.Helper()
	d, err := Parse([]byte(text))
	require.NoError(t, err)
	return d
}

func TestParse(t *testing.T) {
	d := parse(t, "v=0\r\no=a 1 1 IN IP4 192.0.2.1\r\ns=x\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\na=inactive\r\n"+
		"m=video 5000 RTP/AVP 96\r\nm=audio 49170/2 RTP/AVP 0 97 18 96 13\r\nc=IN IP6 2001:db8::1\r\na=rtpmap:97 PCMA/8000/1\r\n"+
		"a=rtpmap:96 telephone-event/8000\r\na=rtcp:53020 IN IP6 2001:db8::2\r\na=rtcp-mux\r\na=sendonly\r\n")
	require.Equal(t, rtp.Inactive, d.Media[0].Dir)
	i, s, err := d.Choose(Terms{Codecs: []mix.Codec{mix.PCMA}})
	require.NoError(t, err)
	require.Equal(t, 1, i)
	require.Equal(t, rtp.Session{
		Remote: netip.MustParseAddrPort("[2001:db8::1]:49170"), RTCP: netip.MustParseAddrPort("[2001:db8::2]:53020"),
		Mux: true, Codec: mix.PCMA, Payload: 97, Event: 96, Direction: rtp.RecvOnly,
		Hears: []rtp.Format{{Payload: 97, Codec: mix.PCMA}, {Payload: 96, Codec: mix.Event},
			{Payload: 13, Codec: mix.Noise}},
	}, s)
	require.True(t, d.Media[1].Held())
}

// What peers send that no grammar allows, and what it allows but few expect.
func TestToleratedSDP(t *testing.T) {
	for name, text := range map[string]string{
		"trailing blanks": strings.ReplaceAll(offer, "\r\n", " \t\r\n"),
		"NUL at the end":  offer + "\x00",
		"NULs on a line":  strings.ReplaceAll(offer, "t=0 0", "t=0 0\x00"),
		"byte order mark": "\xef\xbb\xbf" + offer,
		"LF":              strings.ReplaceAll(offer, "\r\n", "\n"),
		"CR":              strings.ReplaceAll(offer, "\r\n", "\r"),
		"CR CR LF":        strings.ReplaceAll(offer, "\r\n", "\r\r\n"),
		"no end of line":  strings.TrimSuffix(offer, "\r\n"),
		"blanks around =": strings.ReplaceAll(offer, "=", " = "),
		"blanks in front": " " + strings.ReplaceAll(offer, "\r\n", "\r\n "),
		"empty lines":     "\r\n" + strings.ReplaceAll(offer, "\r\n", "\r\n\r\n"),
		"no t, s and o": strings.NewReplacer("t=0 0\r\n", "", "s=-\r\n", "", "o=- 1 1 IN IP4 127.0.0.1\r\n",
			"").Replace(offer),
		"two blanks": strings.ReplaceAll(offer, " ", "  "),
		"tabs":       strings.ReplaceAll(offer, " ", "\t"),
		"capitals": strings.NewReplacer("audio", "AUDIO", "telephone-event", "Telephone-Event", "rtpmap",
			"RTPMAP").Replace(offer),
		"small letters":        strings.NewReplacer("RTP/AVP", "rtp/avp", "IN IP4", "in ip4").Replace(offer),
		"c= of the section":    strings.Replace(offer, "c=IN IP4 127.0.0.1\r\n", "", 1) + "c=IN IP4 127.0.0.1\r\n",
		"more in c=":           strings.ReplaceAll(offer, "c=IN IP4 127.0.0.1", "c=IN IP4 127.0.0.1 x"),
		"ICE and groups":       offer + "a=group:ANAT 1 2\r\na=mid:1\r\na=ice-ufrag:x\r\na=candidate:1 1 UDP 1 10.0.0.1 9 typ host\r\na=ice-lite\r\n",
		"c= of video is wrong": offer + "m=video 5000 RTP/AVP 96\r\nc=IN IP4 nonsense!\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			_, s, err := parse(t, text).Choose(both)
			require.NoError(t, err)
			require.Equal(t, "127.0.0.1:40000", s.Remote.String())
			require.Equal(t, mix.PCMA, s.Codec)
			require.EqualValues(t, 101, s.Event)
		})
	}
	for _, line := range []string{"a=sendonly ", "a =sendonly", "a=  sendonly", "a=SendOnly\x00", "a=sendonly\t"} {
		d := parse(t, offer+line+"\r\n")
		require.True(t, d.Media[0].Held(), "%q", line)
	}
}

func TestMalformedSDP(t *testing.T) {
	head := "v=0\r\nc=IN IP4 192.0.2.1\r\n"
	for name, text := range map[string]string{
		"empty":      "",
		"no version": "m=audio 1 RTP/AVP 0\r\n",
		"version":    "v=1\r\n",
		"line":       "v=0\r\nnonsense\r\n",
		"address":    "v=0\r\nc=IN IP4 192.0.2.1.1\r\n",
		"family":     "v=0\r\nc=IN IP6 192.0.2.1\r\n",
		"multicast":  "v=0\r\nc=IN IP4 224.0.0.1/127\r\n",
		"port":       head + "m=audio 70000 RTP/AVP 0\r\n",
		"media":      head + "m=audio 4000\r\n",
		"sections":   head + strings.Repeat("m=audio 1 RTP/AVP 0\r\n", maxMedia+1),
		"formats":    head + "m=audio 1 RTP/AVP" + strings.Repeat(" 0", maxFormats+1) + "\r\n",
		"size":       head + "a=" + strings.Repeat("x", maxSize) + "\r\n",
	} {
		_, err := Parse([]byte(text))
		require.ErrorIs(t, err, ErrMalformed, name)
	}
	for name, text := range map[string]string{
		"refused section": head + "m=audio 0 RTP/AVP 0\r\n",
		"no address":      "v=0\r\nm=audio 4000 RTP/AVP 0\r\n",
		"unknown name":    "v=0\r\nc=IN IP4 nowhere.invalid\r\nm=audio 4000 RTP/AVP 0\r\n",
		"other codec":     head + "m=audio 4000 RTP/AVP 18 13 101\r\n",
		"remapped":        head + "m=audio 4000 RTP/AVP 0\r\na=rtpmap:0 G722/8000\r\n",
		"other rate":      head + "m=audio 4000 RTP/AVP 97\r\na=rtpmap:97 PCMU/16000\r\n",
		"encrypted":       head + "m=audio 4000 RTP/SAVP 0\r\n",
	} {
		_, _, err := parse(t, text).Choose(both)
		require.ErrorIs(t, err, ErrNoAudio, name)
	}
}

// The first section that can be used is: reached, plain, with a codec in common.
func TestChooseSection(t *testing.T) {
	four := Terms{Codecs: both.Codecs, Reaches: netip.Addr.Is4}
	const v4, v6 = "c=IN IP4 192.0.2.1\r\n", "c=IN IP6 2001:db8::1\r\n"
	audio := func(port, rest string) string { return "m=audio " + port + " RTP/AVP " + rest + "\r\n" }
	for name, tc := range map[string]struct {
		text string
		want int
	}{
		"IPv6, then IPv4":     {v6 + audio("4000", "0") + audio("4002", "0") + v4, 1},
		"IPv4, then IPv6":     {v6 + audio("4000", "0") + v4 + audio("4002", "0"), 0},
		"port 0 first":        {v4 + audio("0", "0") + audio("4002", "0"), 1},
		"other codec first":   {v4 + audio("4000", "9") + audio("4002", "8"), 1},
		"encrypted first":     {v4 + "m=audio 4000 RTP/SAVP 0\r\n" + audio("4002", "8"), 1},
		"video first":         {v4 + "m=video 5000 RTP/AVP 0\r\n" + audio("4002", "8"), 1},
		"only IPv6":           {v6 + audio("4000", "0"), -1},
		"old hold in between": {"c=IN IP4 0.0.0.0\r\n" + audio("4000", "0"), 0},
		"old hold, IPv6":      {"c=IN IP6 ::\r\n" + audio("4000", "0"), 0},
	} {
		i, s, err := parse(t, "v=0\r\n"+tc.text).Choose(four)
		require.Equal(t, tc.want, i, name)
		if tc.want < 0 {
			require.ErrorIs(t, err, ErrNoAudio, name)
			continue
		}
		require.NoError(t, err, name)
		require.True(t, s.Remote.Addr().Is4() || s.Remote.Addr().IsUnspecified(), name)
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
func TestWrite(t *testing.T) {
	o := NewLocal(7)
	text := o.Offer(local, both)
	require.Equal(t, text, o.Offer(local, both), "the same again")
	_, s, err := parse(t, string(text)).Choose(Terms{Codecs: []mix.Codec{mix.PCMA}})
	require.NoError(t, err)
	require.Equal(t, local, s.Remote)
	require.Equal(t, local.Port()+1, s.RTCP.Port())
	require.EqualValues(t, dynamicEvent, s.Event)
	require.True(t, s.Mux)

	changed := string(o.Offer(local, Terms{Codecs: both.Codecs, Direction: rtp.SendOnly}))
	require.Contains(t, changed, "o=- 7 2 IN IP4")
	require.NotContains(t, string(o.Offer(local, Terms{Codecs: both.Codecs, Inband: true})), "event")
}

// Other sections are refused in their places, in the answer and in what we
// offer later.
func TestOtherSectionsKeepTheirPlaces(t *testing.T) {
	d := parse(t, strings.Replace(offer, "m=audio", "m=video 6000 RTP/AVP 96 97\r\nm=audio", 1)+
		"m=image 7000 udptl t38\r\n")
	i, s, err := d.Choose(both)
	require.NoError(t, err)
	o := NewLocal(1)
	for _, text := range []string{string(o.Answer(d, i, local, s)), string(o.Reoffer(local, s, rtp.SendOnly))} {
		require.Contains(t, text, "m=video 0 RTP/AVP 96 97\r\nm=audio 20000 RTP/AVP 8 101\r\n")
		require.True(t, strings.HasSuffix(text, "m=image 0 udptl t38\r\n"), text)
		require.NotContains(t, text, "PCMU")
	}
}

// A number is ours for what we hear and the peer's for what we send.
func TestNumbersOfEitherSide(t *testing.T) {
	o := NewLocal(1)
	o.Offer(local, both)
	answer := "v=0\r\nc=IN IP4 192.0.2.1\r\nm=audio 4000 RTP/AVP 0 8 96\r\na=rtpmap:96 telephone-event/8000\r\n"
	_, s, err := parse(t, answer).Choose(both)
	require.NoError(t, err)
	o.Hears(&s)
	require.EqualValues(t, 96, s.Event, "sent on the peer's number")
	last := map[uint8]mix.Codec{}
	for _, f := range s.Hears {
		last[f.Payload] = f.Codec
	}
	require.Equal(t, map[uint8]mix.Codec{0: mix.PCMU, 8: mix.PCMA, 96: mix.Event, 101: mix.Event}, last)
	require.Contains(t, string(o.Reoffer(local, s, rtp.SendRecv)), "RTP/AVP 0 101\r\n", "offered on ours")

	// A number of ours that means something else to the peer.
	_, s, err = parse(t, "v=0\r\nc=IN IP4 192.0.2.1\r\nm=audio 4000 RTP/AVP 101 97\r\na=rtpmap:101 PCMA/8000\r\n"+
		"a=rtpmap:97 telephone-event/8000\r\n").Choose(both)
	require.NoError(t, err)
	o.Hears(&s)
	require.EqualValues(t, 101, s.Payload)
	last = map[uint8]mix.Codec{}
	for _, f := range s.Hears {
		last[f.Payload] = f.Codec
	}
	require.Equal(t, mix.Event, last[101], "what it sends there is what we have offered")
}

func TestResolve(t *testing.T) {
	asked := 0
	lookup := func(_ context.Context, network, host string) ([]netip.Addr, error) {
		asked++
		switch network + " " + host {
		case "ip4 media.example":
			return []netip.Addr{netip.MustParseAddr("192.0.2.7")}, nil
		case "ip6 media.example":
			return []netip.Addr{netip.MustParseAddr("2001:db8::7")}, nil
		}
		return nil, errors.New("not found")
	}
	resolve := func(text string) string { return string(Resolve(t.Context(), []byte(text), lookup)) }
	require.Equal(t, offer, resolve(offer), "nothing to do")
	require.Zero(t, asked)
	named := strings.Replace(offer, "c=IN IP4 127.0.0.1", "c = IN IP4 media.example", 1)
	_, s, err := parse(t, resolve(named)).Choose(both)
	require.NoError(t, err)
	require.Equal(t, "192.0.2.7:40000", s.Remote.String())
	_, s, err = parse(t, resolve(strings.ReplaceAll(strings.Replace(named, "IP4 media", "IP6 media", 1), "\r\n",
		"\r"))).Choose(both)
	require.NoError(t, err)
	require.Equal(t, "[2001:db8::7]:40000", s.Remote.String())
	_, _, err = parse(t, resolve(strings.Replace(named, "media.example", "nowhere.example", 1))).Choose(both)
	require.ErrorIs(t, err, ErrNoAudio)
	asked = 0
	many := offer
	for _, host := range strings.Fields("a.x b.x c.x d.x e.x f.x a.x") {
		many += "m=audio 4 RTP/AVP 0\r\nc=IN IP4 " + host + "\r\n"
	}
	resolve(many)
	require.Equal(t, maxNames, asked)
}

func FuzzSDP(f *testing.F) {
	f.Add([]byte(offer))
	f.Add([]byte("v=0\r\nc=IN IP6 ::1\r\nm=audio 4000/2 RTP/AVPF 0 8 96\r\na=rtpmap:96 telephone-event/8000\r\n" +
		"a=rtcp:4001 IN IP6 ::1\r\na=rtcp-mux\r\na=inactive\r\n"))
	f.Add([]byte("v=0\nm=audio 0 RTP/AVP 0\nm=video 1 x 1\n"))
	f.Add([]byte("v=0\r\nc=IN IP4 0.0.0.0\r\nm=audio 9 RTP/AVP 0\r\n"))
	f.Add([]byte("\xef\xbb\xbfv = 0 \nc=IN IP4 a.example\rm=audio 9 rtp/avp 13 8 101\x00\na =sendonly \n"))
	f.Add([]byte("v=0\nc=IN IP4 192.0.2.1\nm=audio 9 RTP/SAVP 0\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:" +
		inline(30) + "|2^20|1:4 WSH=64\n"))
	f.Add([]byte("v=0\nc=IN IP4 192.0.2.1\nm=audio 9 RTP/AVP 96 9 101 102\na=rtpmap:96 opus/48000/2\na=rtpmap:101 telephone-event/8000\n" +
		"a=rtpmap:102 telephone-event/48000\na=ptime:30\na=maxptime:Inf\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		none := func(context.Context, string, string) ([]netip.Addr, error) {
			return []netip.Addr{netip.MustParseAddr("192.0.2.1")}, nil
		}
		d, err := Parse(Resolve(t.Context(), b, none))
		if err != nil {
			return
		}
		terms := both
		terms.Security, terms.Sealed, terms.Also = Prefer, true, []mix.Codec{mix.G722, mix.Opus}
		i, s, err := d.Choose(terms)
		if err != nil {
			return
		}
		if s.Remote.Port() == 0 || !s.Remote.IsValid() || s.Event == s.Payload && s.Event != 0 || !s.Codec.Audible() ||
			s.Packet < 0 || s.Packet > 60*time.Millisecond || s.Longest < 0 || s.Longest > 60*time.Millisecond {
			t.Fatalf("%+v from %q", s, b)
		}
		o := NewLocal(1)
		o.Key(&s)
		again, err := Parse(o.Answer(d, i, local, s))
		if err != nil || len(again.Media) != len(d.Media) {
			t.Fatalf("the answer to %q is not well formed: %v", b, err)
		}
	})
}
