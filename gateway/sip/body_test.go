package sip

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const isup = "Content-Type: application/isup;version=itu-t92+;base=itu-t92+\r\nContent-Disposition: signal;handling=optional\r\n\r\n\x01\x02\x03"

// parts writes a body of several parts, each with its headers.
func parts(boundary string, list ...string) string {
	var b strings.Builder
	for _, p := range list {
		b.WriteString("--" + boundary + "\r\n" + p + "\r\n")
	}
	return b.String() + "--" + boundary + "--\r\n"
}

const sdpPart = "Content-Type: application/sdp\r\n\r\n" + offerSDP

func TestBodiesAreOpened(t *testing.T) {
	required := strings.Replace(isup, "optional", "required", 1)
	for name, tc := range map[string]struct {
		lines []string
		body  string
		code  int // 200, or the refusal
		late  bool
	}{
		"SDP and ISUP": {[]string{"Content-Type: multipart/mixed;boundary=b1"}, parts("b1", sdpPart, isup), 200,
			false},
		"ISUP first": {[]string{"Content-Type: multipart/mixed; boundary=b1"}, parts("b1", isup, sdpPart),
			200, false},
		"quoted boundary": {[]string{`Content-Type: Multipart/Mixed ; Boundary = "b:1;x"`},
			parts("b:1;x", sdpPart, isup), 200, false},
		"short name": {[]string{"c: multipart/mixed;boundary=b1"}, parts("b1", sdpPart, isup), 200, false},
		"preamble and the end": {[]string{"Content-Type: multipart/mixed;boundary=b1"},
			"This is many.\r\n" + parts("b1", sdpPart) + "epilogue", 200, false},
		"LF": {[]string{"Content-Type: multipart/mixed;boundary=b1"},
			strings.ReplaceAll(parts("b1", sdpPart, isup), "\r\n", "\n"), 200, false},
		"nested": {[]string{"Content-Type: multipart/mixed;boundary=b1"},
			parts("b1", isup, "Content-Type: multipart/alternative;boundary=b2\r\n\r\n"+
				parts("b2", "Content-Type: text/plain\r\n\r\nhello", sdpPart)), 200, false},
		"alternative": {[]string{"Content-Type: multipart/alternative;boundary=b1"},
			parts("b1", sdpPart, "Content-Type: application/sdpng\r\n\r\nx"), 200, false},
		"related": {[]string{`Content-Type: multipart/related;boundary=b1;start="<root>"`},
			parts("b1", "Content-Type: image/png\r\n\r\nx",
				"Content-Type: application/sdp\r\nContent-ID: <root>\r\n\r\n"+offerSDP), 200, false},
		"where the caller is": {[]string{"Content-Type: multipart/mixed;boundary=b1"},
			parts("b1", sdpPart, "Content-Type: application/pidf+xml\r\nContent-ID: <x@y>\r\n\r\n<presence/>"), 200,
			false},
		"who records": {[]string{"Content-Type: multipart/mixed;boundary=b1"},
			parts("b1", sdpPart, "Content-Type: application/rs-metadata+xml\r\nContent-Disposition: recording-session\r\n\r\n<recording/>"), 200, false},
		"disposition": {[]string{"Content-Type: multipart/mixed;boundary=b1"},
			parts("b1", "Content-Disposition: Session; Handling=Required\r\n"+sdpPart, isup), 200, false},
		"early session": {[]string{"Content-Type: multipart/mixed;boundary=b1"},
			parts("b1", "Content-Disposition: early-session;handling=optional\r\n"+
				strings.Replace(sdpPart, "40000", "40044", 1), sdpPart), 200, false},
		"base64": {[]string{"Content-Type: multipart/mixed;boundary=b1"},
			parts("b1", isup, "Content-Transfer-Encoding: binary\r\n"+sdpPart), 200, false},
		"letters":  {[]string{"Content-Type: Application/SDP; charset=UTF-8"}, offerSDP, 200, false},
		"identity": {[]string{"Content-Encoding: identity"}, offerSDP, 200, false},
		"optional alone": {[]string{"Content-Type: application/isup",
			"Content-Disposition: signal;handling=optional"}, "xyz", 200, true},
		"optional encoded": {[]string{"Content-Type: application/sdp", "Content-Encoding: gzip",
			"Content-Disposition: session;handling=optional"}, "\x1f\x8b", 200, true},

		"required": {[]string{"Content-Type: multipart/mixed;boundary=b1"}, parts("b1", sdpPart, required),
			415, false},
		"required, unsaid": {[]string{"Content-Type: multipart/mixed;boundary=b1"},
			parts("b1", sdpPart, "Content-Type: application/x\r\n\r\n1"), 415, false},
		"gzip":             {[]string{"Content-Encoding: gzip"}, "\x1f\x8b\x08", 415, false},
		"gzip, short name": {[]string{"e: GZIP"}, "\x1f\x8b\x08", 415, false},
		"gzip in a part": {[]string{"Content-Type: multipart/mixed;boundary=b1"},
			parts("b1", "Content-Encoding: gzip\r\n"+sdpPart), 415, false},
		"no boundary":    {[]string{"Content-Type: multipart/mixed"}, parts("b1", sdpPart), 400, false},
		"other boundary": {[]string{"Content-Type: multipart/mixed;boundary=b2"}, parts("b1", sdpPart), 400, false},
		"too many parts": {[]string{"Content-Type: multipart/mixed;boundary=b1"},
			parts("b1", append(make([]string, 0), strings.Split(strings.Repeat(isup+"|", 40)+sdpPart, "|")...)...), 400,
			false},
		"only ISUP, wanted": {[]string{"Content-Type: application/isup"}, "xyz", 415, false},
	} {
		t.Run(name, func(t *testing.T) {
			a := newAgent(t, Options{})
			p := newPhone(t, a)
			if strings.HasPrefix(tc.lines[0], "c:") {
				p.noType = true
			}
			p.invite(tc.lines, tc.body)
			if tc.code != 200 {
				res := p.response(tc.code, "INVITE")
				if tc.code == 415 {
					require.Equal(t, "application/sdp", header(res, "Accept"))
					require.Equal(t, strings.Contains(name, "gzip"), header(res, "Accept-Encoding") == "identity")
				}
				require.Empty(t, a.calls)
				return
			}
			in := a.incoming()
			require.NoError(t, in.Answer())
			p.response(200, "INVITE")
			if tc.late {
				p.request("ACK", 1, nil, offerSDP)
			} else {
				require.EqualValues(t, 40000, in.Leg().Remote().Port())
				p.request("ACK", 1, nil, "")
			}
			next(t, in, Answered)
		})
	}
}

// Every message that may carry a description may carry it among other parts.
func TestBodiesOfAllMessages(t *testing.T) {
	a := newAgent(t, Options{})
	p := newPhone(t, a)
	mixed := []string{"Content-Type: multipart/mixed;boundary=b1"}
	body := func(port int) string {
		return parts("b1", isup, "Content-Type: application/sdp\r\n\r\n"+
			strings.Replace(offerSDP, "40000", fmt.Sprint(port), 1))
	}
	p.invite([]string{"Supported: 100rel"}, "")
	in := a.incoming()
	require.NoError(t, in.EarlyMedia())
	res := p.response(183, "INVITE")
	p.skip["SIP/2.0 183"] = true
	p.request("PRACK", 2, append([]string{"RAck: " + header(res, "RSeq") + " 1 INVITE"}, mixed...), body(40002))
	p.response(200, "PRACK")
	require.EqualValues(t, 40002, in.Leg().Remote().Port())
	require.NoError(t, in.Answer())
	p.response(200, "INVITE")
	p.request("ACK", 1, nil, "")
	next(t, in, Answered)
	p.request("UPDATE", 3, mixed, body(40004))
	require.Contains(t, string(p.response(200, "UPDATE").Body()), "m=audio")
	require.EqualValues(t, 40004, in.Leg().Remote().Port())
	p.request("INVITE", 4, nil, "")
	p.response(200, "INVITE")
	p.request("ACK", 4, mixed, body(40006))
	require.Eventually(t, func() bool { return in.Leg().Remote().Port() == 40006 }, deadline, tick)
	p.request("INFO", 5, mixed, parts("b1", isup, "Content-Type: application/dtmf-relay\r\n\r\nSignal=4\r\n"))
	p.response(200, "INFO")
	require.Equal(t, byte('4'), next(t, in, Digit).Digit)
	p.request("UPDATE", 6, []string{"Content-Type: application/x"}, "x")
	p.response(415, "UPDATE")
	require.Equal(t, 1, a.Calls())
}

func TestBodiesOfResponses(t *testing.T) {
	a := newAgent(t, Options{})
	p := newPhone(t, a)
	p.mixed = true
	out := a.dial(Outgoing{})
	inv := p.got("INVITE")
	p.answer(inv, 183, "x", nil, parts("b1", isup, strings.Replace(sdpPart, " 8 0 101", " 0 101", 1)))
	next(t, out, EarlyMedia)
	p.answer(inv, 200, "x", nil, parts("b1", strings.Replace(sdpPart, "40000", "40002", 1), isup))
	p.got("ACK")
	next(t, out, Answered)
	require.EqualValues(t, 40002, out.Leg().Remote().Port())
}

func FuzzBody(f *testing.F) {
	f.Add("multipart/mixed;boundary=b1", parts("b1", sdpPart, isup))
	f.Add(`multipart/related; boundary="b 1"; start="<a>"`,
		parts("b 1", "Content-Type: multipart/alternative;boundary=b2\r\n\r\n"+parts("b2", sdpPart)))
	f.Add("application/sdp", offerSDP)
	f.Fuzz(func(t *testing.T, kind, body string) {
		top := newPart(func(name string) string {
			if name == "Content-Type" {
				return kind
			}
			return ""
		}, []byte(body))
		left := maxParts
		found, err := top.open([]string{sdpType}, 0, &left)
		if found != nil && (err != nil || found.kind != sdpType || len(found.data) > len(body)) {
			t.Fatalf("%+v %v", found, err)
		}
	})
}
