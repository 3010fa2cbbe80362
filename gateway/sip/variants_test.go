package sip

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tccc/gateway/mix"
)

// withSDP is the usual INVITE with another description.
func withSDP(m, text string) string {
	head, _, _ := strings.Cut(m, "\r\n\r\n")
	return head + "\r\n\r\n" + text
}

// variants are calls as peers write them, each with what must come of it: the
// codec that is spoken and the number of its events, 0 for none.
var variants = map[string]struct {
	change func(string) string
	codec  mix.Codec
	event  byte
}{
	"headers the other way round": {func(m string) string {
		head, body, _ := strings.Cut(m, "\r\n\r\n")
		lines := strings.Split(head, "\r\n")
		for i, j := 1, len(lines)-1; i < j; i, j = i+1, j-1 {
			lines[i], lines[j] = lines[j], lines[i]
		}
		return strings.Join(lines, "\r\n") + "\r\n\r\n" + body
	}, mix.PCMA, 101},
	"a tel Request-URI": {func(m string) string {
		first, rest, _ := strings.Cut(m, "\r\n")
		return "INVITE tel:4001;phone-context=+86 " + first[strings.LastIndex(first, "SIP/2.0"):] + "\r\n" + rest
	}, mix.PCMA, 101},
	"capitals in the URI": {func(m string) string { return strings.Replace(m, "INVITE sip:", "INVITE SIP:", 1) },
		mix.PCMA, 101},
	"a port and parameters in To": {func(m string) string {
		return strings.Replace(m, "To: <sip:4001@", "To: \"4001 <x>\" <sip:4001;npdi=yes@", 1)
	}, mix.PCMA, 101},
	"an empty Subject": {func(m string) string { return strings.Replace(m, "Max-F", "Subject:\r\nMax-F", 1) },
		mix.PCMA, 101},
	"an empty Supported": {func(m string) string {
		return strings.Replace(m, "Max-F", "Supported:\r\nk: \r\nMax-F",
			1)
	}, mix.PCMA, 101},
	"an empty Allow": {func(m string) string { return strings.Replace(m, "Max-F", "Allow:\r\nMax-F", 1) }, mix.PCMA,
		101},
	"unknown headers": {func(m string) string {
		return strings.Replace(m, "Max-F", "X-Ünï: ä\x80\r\nP-Charge-Info: ;;;\r\nMax-F", 1)
	}, mix.PCMA, 101},
	"no Max-Forwards": {func(m string) string { return strings.Replace(m, "Max-Forwards: 70\r\n", "", 1) }, mix.PCMA,
		101},
	"a large CSeq": {func(m string) string { return strings.Replace(m, "CSeq: 1 ", "CSeq: 0000000001 ", 1) },
		mix.PCMA, 101},
	"Session-Expires, compact": {func(m string) string {
		return strings.Replace(m, "Max-F", "x : 1800 ; refresher = uac\r\nk:timer\r\nMax-F", 1)
	}, mix.PCMA, 101},
	"Session-Expires, odd": {func(m string) string {
		return strings.Replace(m, "Max-F",
			"Session-Expires: 1800;Refresher=\"UAC\";x\r\nMin-SE: 90;lr\r\nSupported: TIMER , 100REL\r\nMax-F", 1)
	}, mix.PCMA, 101},
	"Session-Expires, no number": {func(m string) string {
		return strings.Replace(m, "Max-F",
			"Session-Expires: soon\r\nMax-F", 1)
	}, mix.PCMA, 101},
	"Require of what is there": {func(m string) string {
		return strings.Replace(m, "Max-F", "Require: Timer\r\nSupported: timer\r\nMax-F", 1)
	}, mix.PCMA, 101},
	"Contact with a name": {func(m string) string { return strings.Replace(m, "Contact: <", "Contact: \"a, b\" <", 1) },
		mix.PCMA, 101},
	"Contact without <>": {func(m string) string {
		at := strings.Index(m, "Contact: <")
		line, _, _ := strings.Cut(m[at:], "\r\n")
		return strings.Replace(m, line, strings.NewReplacer("<", "", ">", "").Replace(line)+";expires=60", 1)
	}, mix.PCMA, 101},
	"a Record-Route list": {func(m string) string {
		return strings.Replace(m, "Max-F",
			"Record-Route: <sip:127.0.0.1:9;lr>, <sip:127.0.0.2:9;lr;x=\"a,b\">\r\nrecord-route : <sip:127.0.0.3;lr=on>\r\nMax-F", 1)
	}, mix.PCMA, 101},
	"two Vias in one": {func(m string) string {
		return strings.Replace(m, ";rport\r\n",
			";rport, SIP/2.0/TCP 192.0.2.1;branch=z9hG4bKx ,SIP/2.0/UDP [2001:db8::1]:5060;branch=z9hG4bKy\r\n", 1)
	}, mix.PCMA, 101},
	"a Date of the future": {func(m string) string {
		return strings.Replace(m, "Max-F", "Date: Sat, 32 Foo 2099\r\nTimestamp: x\r\nMax-F", 1)
	}, mix.PCMA, 101},

	"PCMU on a number of its own": {func(m string) string {
		return withSDP(m, strings.NewReplacer("AVP 8 0 101", "AVP 127 96", "a=rtpmap:101",
			"a=rtpmap:127 pcmu/8000/1\r\na=rtpmap:96").Replace(offerSDP))
	}, mix.PCMU, 96},
	"events at two rates": {func(m string) string {
		return withSDP(m, strings.NewReplacer("AVP 8 0 101", "AVP 8 110 100", "a=rtpmap:101",
			"a=rtpmap:110 telephone-event/48000\r\na=fmtp:110 0-15\r\na=rtpmap:100").Replace(offerSDP))
	}, mix.PCMA, 100},
	"wide-band first": {func(m string) string {
		return withSDP(m, strings.NewReplacer("AVP 8 0 101", "AVP 9 111 18 0 101", "a=rtpmap:101",
			"a=rtpmap:111 opus/48000/2\r\na=rtpmap:101").Replace(offerSDP))
	}, mix.PCMU, 101},
	"no events": {func(m string) string {
		return withSDP(m, strings.NewReplacer("AVP 8 0 101", "AVP 0").Replace(offerSDP))
	}, mix.PCMU, 0},
	"a number twice": {func(m string) string {
		return withSDP(m, strings.Replace(offerSDP, "AVP 8 0 101", "AVP 8 8 0 101 101", 1))
	}, mix.PCMA, 101},
	"video beside": {func(m string) string {
		return withSDP(m, offerSDP+"m=video 40002 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n")
	}, mix.PCMA, 101},
	"video first": {func(m string) string {
		return withSDP(m, strings.Replace(offerSDP, "m=audio",
			"m=video 40002 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\nm=audio", 1))
	}, mix.PCMA, 101},
	"fax beside": {func(m string) string { return withSDP(m, offerSDP+"m=image 40002 udptl t38\r\n") }, mix.PCMA, 101},
	"audio switched off": {func(m string) string {
		return withSDP(m, strings.Replace(offerSDP, "m=audio", "m=audio 0 RTP/AVP 8\r\nm=audio", 1))
	}, mix.PCMA, 101},
	"encrypted beside": {func(m string) string {
		return withSDP(m, offerSDP+"m=audio 40004 RTP/SAVP 8\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:x\r\n")
	}, mix.PCMA, 101},
	"feedback profile": {func(m string) string {
		return withSDP(m,
			strings.Replace(offerSDP, "RTP/AVP", "RTP/AVPF", 1))
	}, mix.PCMA, 101},
	"bandwidth and times": {func(m string) string {
		return withSDP(m, strings.Replace(offerSDP, "t=0 0", "b=AS:64\r\nt=0 0\r\nr=7d 1h 0 25h\r\nz=0 0\r\nk=prompt",
			1)+"a=ptime:20\r\na=maxptime:40\r\n")
	}, mix.PCMA, 101},
}

func TestVariantsOfCalls(t *testing.T) {
	a := newAgent(t, Options{})
	p := newPhone(t, a)
	for name, tc := range variants {
		t.Run(name, func(t *testing.T) {
			p.t = t
			p.another()
			p.raw(tc.change(plainInvite(p, "UDP")))
			in := a.incoming()
			require.Equal(t, "13800000000", in.From())
			require.Equal(t, "4001", in.To())
			require.NoError(t, in.Answer())
			p.response(200, "INVITE")
			s, _ := in.Leg().Session()
			require.EqualValues(t, 40000, s.Remote.Port())
			require.Equal(t, tc.codec, s.Codec)
			require.EqualValues(t, tc.event, s.Event)
			p.request("ACK", 1, nil, "")
			next(t, in, Answered)
			p.request("BYE", 2, nil, "")
			p.response(200, "BYE")
			next(t, in, Ended)
		})
	}
}

// Digits as INFO, in the ways that peers write them.
func TestVariantsOfDigits(t *testing.T) {
	a := newAgent(t, Options{})
	p := newPhone(t, a)
	in := p.answered(a, nil, offerSDP)
	seq := 10
	for name, tc := range map[string]struct {
		lines []string
		body  string
		want  string
	}{
		"compact type": {[]string{"c: application/dtmf-relay"}, "Signal=5\r\nDuration=160", "5"},
		"charset":      {[]string{`Content-Type: application/dtmf-relay;charset="utf-8"`}, "Signal= 6 \r\n", "6"},
		"blanks":       {[]string{"Content-Type :  APPLICATION / DTMF-RELAY"}, "Signal = 7", "7"},
		"BOM":          {[]string{"Content-Type: application/dtmf-relay"}, "\xef\xbb\xbfSignal=7\n", "7"},
		"colon":        {[]string{"Content-Type: application/dtmf-relay"}, "Signal: 8\r\nDuration: 100", "8"},
		"star":         {[]string{"Content-Type: application/dtmf-relay"}, "Signal=star\r\nDuration=100", "*"},
		"hash":         {[]string{"Content-Type: application/dtmf"}, "pound", "#"},
		"info package": {[]string{"Info-Package: dtmf", "Content-Disposition: Info-Package",
			"Content-Type: application/dtmf-relay"}, "Signal=9\r\n", "9"},
		"one of two parts": {[]string{"Content-Type: multipart/mixed;boundary=b1"},
			parts("b1", "Content-Type: application/dtmf-relay\r\n\r\nSignal=1\r\n", isup), "1"},
		"event by name": {[]string{"Content-Type: audio/telephone-event"}, "*", "*"},
	} {
		t.Run(name, func(t *testing.T) {
			p.t = t
			seq++
			p.noType = strings.HasPrefix(tc.lines[0], "c:")
			p.request("INFO", seq, tc.lines, tc.body)
			p.response(200, "INFO")
			require.Equal(t, tc.want, string(rune(next(t, in, Digit).Digit)))
		})
	}
}

// Reasons in a refusal, in the ways that peers write them.
func TestVariantsOfReasons(t *testing.T) {
	a := newAgent(t, Options{})
	p := newPhone(t, a)
	for name, tc := range map[string]struct {
		lines []string
		code  int
	}{
		"small letters":      {[]string{"reason: q.850;CAUSE=17"}, 486},
		"blanks":             {[]string{`Reason: Q.850 ; cause = 17 ; text = "busy; really, busy"`}, 486},
		"quoted number":      {[]string{`Reason: Q.850;cause="17"`}, 486},
		"text first":         {[]string{`Reason: Q.850;text="a;cause=1";cause=17`}, 486},
		"two in one":         {[]string{`Reason: X;cause=1;text="a, b", Q.850;cause=17`}, 486},
		"two headers":        {[]string{"Reason: preemption;cause=1", "Reason: Q.850;cause=17"}, 486},
		"zero in front":      {[]string{"Reason: Q.850;cause=017"}, 486},
		"hexadecimal":        {[]string{"Reason: Q.850;cause=0x91"}, 503},
		"no answer":          {[]string{"Reason: Q.850;cause=19"}, 480},
		"nothing of use":     {[]string{"Reason: Q.850", "Reason:", "Reason: ;;"}, 503},
		"text with a cause":  {[]string{`Reason: SIP;text="x";cause=486`}, 486},
		"unallocated number": {[]string{"Reason: Q.850;cause=1;eor"}, 404},
	} {
		t.Run(name, func(t *testing.T) {
			p.t = t
			out := a.dial(Outgoing{})
			p.skip["ACK"] = true
			invite := p.got("INVITE")
			for invite.CallID().Value() != out.ID() { // the last call's, repeated
				invite = p.got("INVITE")
			}
			p.answer(invite, 503, "x", tc.lines, "")
			require.Equal(t, tc.code, next(t, out, Ended).Code)
		})
	}
}

// A CANCEL that says that another has answered, however it says so.
func TestVariantsOfAnsweredElsewhere(t *testing.T) {
	a := newAgent(t, Options{})
	p := newPhone(t, a)
	for _, reason := range []string{`SIP;cause=200;text="Call completed elsewhere"`, `sip ; text="a; b" ; cause=200`,
		`Q.850;text="x";cause="26"`,
		`Q.850;cause=16, SIP;cause=200`} {
		p.another()
		branch := p.invite(nil, offerSDP)
		in := a.incoming()
		p.requestIn(branch, "CANCEL", 1, []string{"Reason: " + reason}, "")
		require.Equal(t, 200, next(t, in, Ended).Code, reason)
	}
}

// Session timers, in the ways that callers ask for them; what is agreed on.
func TestVariantsOfSessionTimers(t *testing.T) {
	a := newAgent(t, Options{})
	p := newPhone(t, a)
	for name, tc := range map[string]struct {
		lines []string
		want  string
	}{
		"in quotes": {[]string{`Session-Expires: 900;Refresher="UAC"`, "Supported: timer"},
			"900;refresher=uac"},
		"blanks and capitals": {[]string{"SESSION-EXPIRES : 900 ; REFRESHER = UAS", "k : Timer"}, "900;refresher=uas"},
		"nobody's":            {[]string{"x: 900;refresher=both;a=b", "Supported: timer"}, "900;refresher=uac"},
		"no refresher":        {[]string{"Session-Expires: 900", "Require: timer"}, "900;refresher=uac"},
		"timer not known":     {[]string{"Session-Expires: 900;refresher=uac"}, "900;refresher=uas"},
		"too long": {[]string{"Session-Expires: 99999", "Min-SE: 3600;x", "Supported: timer"},
			"3600;refresher=uac"},
		"no number": {[]string{"Session-Expires: soon", "Supported: 100rel,timer"}, "1800;refresher=uac"},
	} {
		t.Run(name, func(t *testing.T) {
			p.t = t
			p.another()
			p.invite(tc.lines, offerSDP)
			c := a.incoming()
			require.NoError(t, c.Answer())
			require.Equal(t, tc.want, header(p.response(200, "INVITE"), "Session-Expires"))
			p.request("ACK", 1, nil, "")
			next(t, c, Answered)
			p.request("BYE", 2, nil, "")
			p.response(200, "BYE")
			next(t, c, Ended)
		})
	}
}

// Who calls, in the ways that peers assert it.
func TestVariantsOfCallers(t *testing.T) {
	a, p := owner(t, nil)
	for name, tc := range map[string]struct {
		lines []string
		want  string
	}{
		"without <>":           {[]string{"P-Asserted-Identity: tel:+8613900000001"}, "+8613900000001"},
		"SIP without <>":       {[]string{"p-asserted-identity: sip:13900000001@x;user=phone"}, "13900000001"},
		"a name without quote": {[]string{"P-Asserted-Identity: Ann B <sip:13900000001@x>"}, "13900000001"},
		"commas in the user":   {[]string{"P-Asserted-Identity: <sip:13900000001;a=b,c@x>"}, "13900000001"},
		"the second has it": {[]string{"P-Asserted-Identity: <sip:ann@x>",
			"P-Asserted-Identity: <tel:+8613900000001;cpc=ordinary>"}, "+8613900000001"},
		"escaped": {[]string{"P-Asserted-Identity: <sip:%2b8613900000001@x>"}, "+8613900000001"},
		"SIPS":    {[]string{"P-Asserted-Identity: <SIPS:13900000001@x>"}, "13900000001"},
		"an empty one first": {[]string{"P-Asserted-Identity:", "P-Asserted-Identity: <sip:13900000001@x>"},
			"13900000001"},
		"hidden, in capitals": {[]string{"P-Asserted-Identity: <sip:13900000001@x>", "PRIVACY: ID"}, ""},
		"hidden, among others": {[]string{"P-Asserted-Identity: <sip:13900000001@x>", "Privacy: session , critical;id"},
			""},
		"RPID, hidden, quoted": {[]string{`Remote-Party-ID: <sip:13900000001@x>;party=calling;Privacy="full"`}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			p.t = t
			require.Equal(t, tc.want, calls(t, a, p, "sip:4001000003@gw", "<sip:trunk4711@x>", "<sip:4001000003@gw>",
				tc.lines...).From())
		})
	}
}
