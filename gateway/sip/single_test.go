package sip

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// twice is a second one of a header, in the forms that it may have.
var twice = map[string]string{
	"From":            "From: <sip:1@x>;tag=other",
	"short From":      "f: <sip:1@x>;tag=far",
	"a list in From":  "FROM",
	"To":              "To: <sip:2@x>",
	"a list in To":    "TO",
	"Call-ID":         "call-id: other",
	"short Call-ID":   "i: other",
	"the same CSeq":   "CSeq: 1 INVITE",
	"another CSeq":    "CSeq: 2 INVITE",
	"Max-Forwards":    "MAX-FORWARDS : 3",
	"Content-Type":    "c: text/plain",
	"Content-Length":  "l: 3",
	"Contact":         "m: <sip:other@127.0.0.1>",
	"a list, Contact": "CONTACT",
	"Session-Expires": "Session-Expires: 1800\r\nx: 900",
	"Min-SE":          "Min-SE: 90\r\nMin-SE: 120",
	"Expires":         "Expires: 30\r\nExpires: 300",
	"Replaces":        "Replaces: a;to-tag=1;from-tag=2\r\nReplaces: b;to-tag=1;from-tag=2",
	"Refer-To":        "Refer-To: <sip:a@x>\r\nr: <sip:b@x>",
}

func doubledIn(m, more string) string {
	for _, name := range []string{"From", "To", "Contact"} {
		if more == strings.ToUpper(name) {
			at := strings.Index(m, "\r\n"+name+":") + 2
			line, _, _ := strings.Cut(m[at:], "\r\n")
			return strings.Replace(m, line, line+`, "a, b" <sip:other@127.0.0.1>;tag=o`, 1)
		}
	}
	return strings.Replace(m, "Max-F", more+"\r\nMax-F", 1)
}

// A header that says what a message is of and is there twice says nothing: 400,
// over UDP and TCP, and nothing comes of the message.
func TestDoubledHeaders(t *testing.T) {
	a := newAgent(t, Options{Trunks: []Trunk{{Name: "peer", Inbound: Inbound{Addresses: []string{"127.0.0.1"}}}}})
	p := newPhone(t, a)
	require.NoError(t, a.SetTrunks([]Trunk{{Name: "peer", Inbound: Inbound{Addresses: []string{"127.0.0.1"}}}}))
	for name, more := range twice {
		t.Run(name, func(t *testing.T) {
			p.t = t
			p.another()
			m := doubledIn(strings.Replace(plainInvite(p, "UDP"), "\r\n\r\n",
				"\r\nContent-Length: "+lengthOf(offerSDP)+"\r\n\r\n", 1), more)
			p.raw(m)
			p.refused(t, "INVITE")
			if name == "Content-Length" {
				return // over a stream the next message is lost
			}
			w := &wire{Conn: dialTCP(t, a), t: t}
			defer w.Close()
			w.send(strings.ReplaceAll(m, "SIP/2.0/UDP", "SIP/2.0/TCP"))
			w.until("SIP/2.0 400 ")
			w.send(options("after"+p.id, "Content-Length: 0\r\n"))
			w.until("SIP/2.0 200 ")
			require.Empty(t, a.calls)
		})
	}
}

// refused waits for the refusal of a request of the call.
func (p *phone) refused(t *testing.T, method string) {
	t.Helper()
	buf := make([]byte, 65535)
	require.NoError(t, p.conn.SetReadDeadline(time.Now().Add(deadline)))
	for {
		n, _, err := p.conn.ReadFrom(buf)
		require.NoError(t, err, "silence")
		if s := string(buf[:n]); strings.Contains(s, p.id) && strings.Contains(s, " "+method+"\r\n") {
			require.True(t, strings.HasPrefix(s, "SIP/2.0 400 More Than One "), s)
			return
		}
	}
}

// Requests within a call are held to it as well. An ACK is dropped.
func TestDoubledWithinCall(t *testing.T) {
	a := newAgent(t, Options{})
	p := newPhone(t, a)
	p.invite(nil, offerSDP)
	in := a.incoming()
	require.NoError(t, in.Answer())
	p.response(200, "INVITE")
	p.request("ACK", 1, []string{"Call-ID: other"}, "")
	for _, more := range []string{"CSeq: 3 BYE", "t: <sip:4001@x>;tag=" + p.toTag, "Call-ID: " + p.id,
		"From: <sip:13800000000@x>;tag=far"} {
		p.request("BYE", 2, []string{more}, "")
		p.refused(t, "BYE")
	}
	p.request("UPDATE", 2, []string{"Session-Expires: 1800", "x: 1800"}, "")
	p.refused(t, "UPDATE")
	select {
	case e := <-in.Events():
		require.Fail(t, "something came of it", "%+v", e)
	default:
	}
	p.request("ACK", 1, nil, "")
	next(t, in, Answered)
	p.request("BYE", 2, nil, "")
	p.response(200, "BYE")
	next(t, in, Ended)
}

// What may be there twice, or changes nothing, is taken.
func TestDoubledWithoutHarm(t *testing.T) {
	a := newAgent(t, Options{})
	p := newPhone(t, a)
	p.invite([]string{"Supported: timer", "k: 100rel", "Allow: INVITE", "Allow: ACK", "Subject: a", "s: b",
		"User-Agent: x", "User-Agent: y",
		"P-Asserted-Identity: <sip:1@x>", "P-Asserted-Identity: <tel:+1>"}, offerSDP)
	in := a.incoming()
	require.NoError(t, in.Reject(486, ""))
	next(t, in, Ended)
}

func lengthOf(s string) string { return strconv.Itoa(len(s)) }
