package sip

import (
	"net"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// plainInvite is a call as it should look; %s are the far side's address, the
// Call-ID and the address called.
func plainInvite(p *phone, network string) string {
	return strings.NewReplacer("FAR", p.addr(), "IDENT", p.id, "GW", p.to.String(), "NET",
		network).Replace("INVITE sip:4001@GW SIP/2.0\r\n" +
		"Via: SIP/2.0/NET FAR;branch=z9hG4bKIDENT;rport\r\nMax-Forwards: 70\r\nFrom: <sip:13800000000@FAR>;tag=far\r\nTo: <sip:4001@GW>\r\n" +
		"Call-ID: IDENT\r\nCSeq: 1 INVITE\r\nContact: <sip:far@FAR>\r\nContent-Type: application/sdp\r\n\r\n" +
		offerSDP)
}

// liberties are what peers do to a message, and what RFC 3261 allows.
var liberties = map[string]func(string) string{
	"blanks after ;":  func(m string) string { return strings.ReplaceAll(m, ";tag=far", "; tag=far") },
	"blanks before ;": func(m string) string { return strings.ReplaceAll(m, ";", " ;") },
	"blanks around =": func(m string) string {
		return strings.NewReplacer(";tag=", "\t; tag = ", ";branch=", " ; branch = ").Replace(m)
	},
	"blanks at the ends": func(m string) string {
		h, b, _ := strings.Cut(m, "\r\n\r\n")
		return strings.ReplaceAll(h, "\r\n", " \t\r\n") + "\r\n\r\n" + b
	},
	"LF only": func(m string) string { return strings.ReplaceAll(m, "\r\n", "\n") },
	"LF only in the head": func(m string) string {
		h, b, _ := strings.Cut(m, "\r\n\r\n")
		return strings.ReplaceAll(h, "\r\n", "\n") + "\n\n" + b
	},
	"NUL at the end":    func(m string) string { return m + "\x00" },
	"byte order mark":   func(m string) string { return "\xef\xbb\xbf" + m },
	"empty lines first": func(m string) string { return "\r\n\r\n" + m },
	"two blanks in CSeq": func(m string) string {
		return strings.Replace(m, "CSeq: 1 INVITE", "CSeq:   1  \t INVITE ",
			1)
	},
	"folded": func(m string) string {
		return strings.NewReplacer(";tag=far", "\r\n ;tag=far", ";branch", "\r\n\t;branch").Replace(m)
	},
	"short names": func(m string) string {
		return strings.NewReplacer("Via:", "v:", "From:", "f :", "To:", "t:", "Call-ID:", "i:", "Contact:", "m:",
			"Content-Type:", "c:").Replace(m)
	},
	"capitals": func(m string) string {
		return strings.NewReplacer("Via:", "VIA:", "From:", "FROM:", "CSeq:", "cseq:").Replace(m)
	},
	"blanks in Via": func(m string) string { return strings.Replace(m, "SIP/2.0/UDP ", "SIP / 2.0 / UDP   ", 1) },
	"odd Referred-By": func(m string) string {
		return strings.Replace(m, "Max-F", "Referred-By: nobody in particular <<>\r\nMax-F", 1)
	},
	"empty Referred-By": func(m string) string {
		return strings.Replace(m, "Max-F",
			"Referred-By:\r\nRefer-To: x\r\nMax-F", 1)
	},
	"odd Max-Forwards": func(m string) string {
		return strings.Replace(m, "Max-Forwards: 70", "Max-Forwards: seventy",
			1)
	},
	"empty parameters":   func(m string) string { return strings.Replace(m, ";tag=far", ";;tag=far;", 1) },
	"blanks in <>":       func(m string) string { return strings.Replace(m, "<sip:far@", "< sip:far@", 1) },
	"two in the request": func(m string) string { return strings.Replace(m, "INVITE sip:", "INVITE  sip:", 1) },
	"trailing blank in the request": func(m string) string {
		return strings.Replace(m, " SIP/2.0\r\n", " SIP/2.0 \r\n", 1)
	},
	"host name in c=": func(m string) string {
		return strings.Replace(m, "c=IN IP4 127.0.0.1", "c=IN IP4 localhost",
			1)
	},
	"blanks in SDP": func(m string) string { return strings.Replace(m, "v=0\r\n", "v=0 \r\n", 1) },
	"quotes in a name": func(m string) string {
		return strings.Replace(m, "From: <", `From: "a;b = \"c\" ; <d>" <`,
			1)
	},
	"no blank after colon": func(m string) string {
		return strings.NewReplacer("Via: ", "Via:", "From: ", "From:", "CSeq: ", "CSeq:").Replace(m)
	},
}

func TestLiberties(t *testing.T) {
	a := newAgent(t, Options{})
	p := newPhone(t, a)
	for name, change := range liberties {
		t.Run(name, func(t *testing.T) {
			p.t = t
			p.another()
			p.raw(change(plainInvite(p, "UDP")))
			in := a.incoming()
			require.Equal(t, "13800000000", in.From())
			require.NoError(t, in.Answer())
			p.response(200, "INVITE")
			require.EqualValues(t, 40000, in.Leg().Remote().Port())
			p.request("ACK", 1, nil, "")
			next(t, in, Answered)
			p.request("BYE", 2, nil, "")
			p.response(200, "BYE")
		})
	}
}

// What cannot be understood gets an answer where one is possible.
func TestUnreadableIsAnswered(t *testing.T) {
	a := newAgent(t, Options{})
	p := newPhone(t, a)
	for name, tc := range map[string]struct {
		change func(string) string
		code   string
	}{
		"CSeq is no number": {func(m string) string { return strings.Replace(m, "CSeq: 1", "CSeq: one", 1) },
			"400"},
		"CSeq is too large": {func(m string) string {
			return strings.Replace(m, "CSeq: 1", "CSeq: 99999999999",
				1)
		}, "400"},
		"From has no URI": {func(m string) string { return strings.Replace(m, "<sip:13800000000@", "<", 1) },
			"400"},
		"a header has no colon": {func(m string) string { return strings.Replace(m, "Max-F", "nonsense\r\nMax-F", 1) },
			"400"},
		"length is no number": {func(m string) string {
			return strings.Replace(m, "Max-F",
				"Content-Length: x\r\nMax-F", 1)
		}, "400"},
		"length is too large": {func(m string) string {
			return strings.Replace(m, "Max-F",
				"Content-Length: 900\r\nMax-F", 1)
		}, "400"},
		"request URI": {func(m string) string {
			return strings.Replace(m, "INVITE sip:4001@"+p.to.String(),
				"INVITE x", 1)
		}, "400"},
		"too large": {func(m string) string { return m + strings.Repeat("x", maxMessage) }, "513"},
		"too large a head": {func(m string) string {
			return strings.Replace(m, "Max-F", "Subject: "+strings.Repeat("x", maxMessage)+"\r\nMax-F", 1)
		}, "513"},
	} {
		t.Run(name, func(t *testing.T) {
			p.t = t
			p.another()
			p.raw(tc.change(plainInvite(p, "UDP")))
			buf := make([]byte, 65535)
			require.NoError(t, p.conn.SetReadDeadline(time.Now().Add(deadline)))
			for {
				n, _, err := p.conn.ReadFrom(buf)
				require.NoError(t, err, "silence")
				if s := string(buf[:n]); strings.Contains(s, p.id) {
					require.True(t, strings.HasPrefix(s, "SIP/2.0 "+tc.code), s)
					break
				}
			}
			require.Empty(t, a.calls)
		})
	}
}

// wire is a connection to a server.
type wire struct {
	net.Conn
	t   *testing.T
	got string
}

func (w *wire) send(s string) {
	w.t.Helper()
	_, err := w.Write([]byte(s))
	require.NoError(w.t, err)
}

// until reads until a text has come.
func (w *wire) until(text string) {
	w.t.Helper()
	buf := make([]byte, 65535)
	require.NoError(w.t, w.SetReadDeadline(time.Now().Add(deadline)))
	for !strings.Contains(w.got, text) {
		n, err := w.Read(buf)
		require.NoError(w.t, err, "%q is awaited, %q came", text, w.got)
		w.got += string(buf[:n])
	}
}

func options(id, more string) string {
	return "OPTIONS sip:a@x SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1;branch=z9hG4bK" + id +
		"\r\nFrom: <sip:a@x>;tag=1\r\nTo: <sip:a@x>\r\n" +
		"Call-ID: " + id + "\r\nCSeq: 1 OPTIONS\r\n" + more + "\r\n"
}

// A message that cannot be read does not end a TCP connection, nor do liberties.
func TestConnectionOutlivesBadMessages(t *testing.T) {
	a := newAgent(t, Options{Trunks: []Trunk{{Name: "peer", Inbound: Inbound{Addresses: []string{"127.0.0.1"}}}}})
	w := &wire{Conn: dialTCP(t, a), t: t}
	defer w.Close()
	w.send(options("one", ""))
	w.until("Call-ID: one")
	w.send(strings.Replace(options("bad", "Content-Length: 0\r\n"), "CSeq: 1", "CSeq: x", 1))
	w.until("Call-ID: bad")
	w.send(strings.Replace(options("colon", "Content-Length: 0\r\n"), "From", "nonsense\r\nFrom", 1))
	w.until("Call-ID: colon")
	w.send("\r\n\r\n")
	w.send(strings.ReplaceAll(options("two", "l : 3\r\n")+"xyz", "\r\n", "\n") +
		options("three", "Content-Length: 0\r\n"))
	w.until("Call-ID: two")
	w.until("Call-ID: three")
	w.send(options("large", "Content-Length: 100000\r\n"))
	w.until("SIP/2.0 513")
	w.send(strings.Repeat("x", 100000))
	for _, b := range []byte(options("drops", "Content-Length: 2\r\n") + "ab") { // however it is cut
		w.send(string(b))
	}
	w.until("Call-ID: drops")
	w.send(options("lost", "Content-Type: text/plain\r\n"))
	w.until("SIP/2.0 400 Bad Content-Length")
	_, err := w.Read(make([]byte, 1))
	require.Error(t, err, "the connection is closed: where the next message begins is unknown")
	require.Eventually(t, func() bool {
		a.frames.mu.Lock()
		defer a.frames.mu.Unlock()
		return len(a.frames.in) == 0
	}, deadline, tick)
}

func FuzzTidy(f *testing.F) {
	f.Add([]byte("OPTIONS sip:a@x SIP/2.0\r\nv: SIP / 2.0 / UDP  h ; branch = z9hG4bKa\r\nFrom : \"a\" <sip:a@x> ; tag=1\r\nt: < sip:a@x>\r\n" +
		"i: 1\r\nCSeq: 1   OPTIONS\r\n\r\nbody"))
	f.Add([]byte("\xef\xbb\xbfSIP/2.0 200\nVia: x\n folded\n\n"))
	f.Add([]byte("\r\n\r\n\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		once := tidy(b)
		if len(once) > 2*len(b)+2048 && len(b) > 0 {
			t.Fatalf("%d bytes became %d", len(b), len(once))
		}
		if again := tidy(once); string(again) != string(once) {
			t.Fatalf("%q\nbecame %q\nand then %q", b, once, again)
		}
		_, _ = newParser().ParseSIP(once)
		_ = plainRefusal(once, 400, "Bad Request")
		if n, _ := contentLength(once); n < 0 {
			t.Fatal("a negative length")
		}
	})
}
