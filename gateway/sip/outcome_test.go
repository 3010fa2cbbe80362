package sip

import (
	"fmt"
	"strings"
	"testing"

	"github.com/emiago/sipgo/sip"
	"github.com/stretchr/testify/require"
)

// What the far side says of why it refuses.
func TestOutcome(t *testing.T) {
	a := newAgent(t, Options{})
	p := newPhone(t, a)
	p.skip["ACK"] = true
	for name, tc := range map[string]struct {
		code   int
		reason string
		want   int
		text   string
	}{
		"Q.850 without a text":   {503, "Q.850;cause=17", 486, "Busy Here"},
		"Q.850 with blanks":      {500, "q.850 ; cause = 21", 603, "Decline"},
		"SIP":                    {480, `SIP;cause=600;text="busy"`, 600, "busy"},
		"both":                   {502, "Q.850;cause=1, SIP;cause=486", 486, "Busy Here"},
		"network":                {504, "Q.850;cause=34", 503, "Service Unavailable"},
		"a clear status":         {404, "Q.850;cause=17", 404, "Not Found"},
		"normal clearing":        {480, "Q.850;cause=16", 480, "Temporarily Unavailable"},
		"text only replaces":     {486, `Q.850;cause=17;text="User busy"`, 486, "User busy"},
		"unknown cause":          {503, "Q.850;cause=999", 503, "Service Unavailable"},
		"gone":                   {410, "", 410, "Gone"},
		"incomplete":             {484, "", 484, "Address Incomplete"},
		"nowhere":                {604, "", 604, "Does Not Exist Anywhere"},
		"alternative service":    {380, "", 380, "Alternative Service"},
		"redirected to nowhere":  {302, "", 302, "redirected to another domain, which is refused"},
		"choices without choice": {300, "", 300, "redirected to another domain, which is refused"},
	} {
		t.Run(name, func(t *testing.T) {
			p.t = t
			out := a.dial(Outgoing{})
			var lines []string
			if tc.reason != "" {
				lines = append(lines, "Reason: "+tc.reason)
			}
			inv := p.invited(out)
			if tc.code == 380 || tc.code >= 400 {
				p.answer(inv, tc.code, "x", lines, "")
			} else {
				p.redirect(inv, tc.code, "<sip:1@evil.example>")
			}
			e := next(t, out, Ended)
			require.Equal(t, tc.want, e.Code)
			require.Equal(t, tc.text, e.Text)
		})
	}
}

// redirect refuses a request with other places.
func (p *phone) redirect(req *sip.Request, code int, places ...string) {
	p.t.Helper()
	p.raw(fmt.Sprintf("SIP/2.0 %d %s\r\nVia: %s\r\nFrom: %s\r\nTo: %s;tag=x\r\nCall-ID: %s\r\nCSeq: %s\r\nContact: %s\r\nContent-Length: 0\r\n\r\n",
		code, statusText(code), req.Via().Value(), req.From().Value(), req.To().Value(), req.CallID().Value(),
		req.CSeq().Value(),
		strings.Join(places, "\r\nContact: ")))
}

// invited reads the INVITE of a call; a busy machine repeats earlier ones.
func (p *phone) invited(out *Call) *sip.Request {
	p.t.Helper()
	inv := p.got("INVITE")
	for inv.CallID().Value() != out.ID() {
		inv = p.got("INVITE")
	}
	return inv
}

// fresh reads the next INVITE that is no repetition of one.
func (p *phone) fresh(last *sip.Request) *sip.Request {
	p.t.Helper()
	inv := p.got("INVITE")
	for inv.CSeq().SeqNo <= last.CSeq().SeqNo {
		inv = p.got("INVITE")
	}
	return inv
}

// A redirection is followed within the trunk, the best place first, and each
// place once.
func TestRedirection(t *testing.T) {
	a := newAgent(t, Options{})
	p := newPhone(t, a)
	p.skip["ACK"] = true
	out := a.dial(Outgoing{})
	inv := p.got("INVITE")
	p.redirect(inv, 302, "<sip:1@evil.example>;q=1.0", "<sip:10087@"+p.addr()+">;q=0.2",
		"<sip:10088@"+p.addr()+"?Replaces=x>;q=0.7", "<"+inv.Recipient.String()+">")
	first := p.fresh(inv)
	require.Equal(t, "sip:10088@"+p.addr(), first.Recipient.String())
	require.Equal(t, inv.CallID().Value(), first.CallID().Value())
	require.Equal(t, inv.To().Value(), first.To().Value())
	p.answer(first, 407, "y", asks("Proxy-Authenticate", "r", "n", ""), "")
	first = p.fresh(first)
	signedFor(t, first, "Proxy-Authorization", "r")
	p.answer(first, 480, "y", nil, "")
	second := p.fresh(first)
	require.Equal(t, "sip:10087@"+p.addr(), second.Recipient.String())
	signedFor(t, second, "Proxy-Authorization", "r")
	p.redirect(second, 301, "<sip:10088@"+p.addr()+">")
	require.Equal(t, 301, next(t, out, Ended).Code, "round and round")
}

func TestReasonOfCancelAndBye(t *testing.T) {
	a := newAgent(t, Options{})
	for reason, want := range map[string]Event{
		"SIP;cause=200":              {Kind: Ended, ByRemote: true, Code: 200, Text: "answered elsewhere"},
		"Q.850;cause=26":             {Kind: Ended, ByRemote: true, Code: 200, Text: "answered elsewhere"},
		"Q.850;cause=16":             {Kind: Ended, ByRemote: true, Code: 487, Text: "cancelled by the caller"},
		"SIP;cause=603":              {Kind: Ended, ByRemote: true, Code: 603, Text: "Decline"},
		`Q.850;cause=19;text="none"`: {Kind: Ended, ByRemote: true, Code: 480, Text: "none"},
	} {
		p := newPhone(t, a)
		branch := p.invite(nil, offerSDP)
		in := a.incoming()
		p.requestIn(branch, "CANCEL", 1, []string{"Reason: " + reason}, "")
		require.Equal(t, want, next(t, in, Ended), reason)
	}
	p := newPhone(t, a)
	p.invite(nil, offerSDP)
	in := a.incoming()
	require.NoError(t, in.Answer())
	p.response(200, "INVITE")
	p.request("ACK", 1, nil, "")
	next(t, in, Answered)
	p.request("BYE", 2, []string{"Reason: Q.850;cause=17"}, "")
	require.Equal(t, Event{Kind: Ended, ByRemote: true, Code: 486, Text: "Busy Here"}, next(t, in, Ended))
}
