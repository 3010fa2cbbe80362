package sip

import (
	"strings"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"
	"github.com/stretchr/testify/require"
)

// refreshed is an answered call that we refresh.
func refreshed(t *testing.T, lines ...string) (*phone, *Call) {
	t.Helper()
	a := newAgent(t, Options{MinSE: time.Second})
	p := newPhone(t, a)
	p.invite(append([]string{"Supported: timer", "Session-Expires: 4;refresher=uas"}, lines...), offerSDP)
	in := a.incoming()
	require.NoError(t, in.Answer())
	p.response(200, "INVITE")
	p.request("ACK", 1, nil, "")
	next(t, in, Answered)
	return p, in
}

// over ends the call from the far side, which only one that is alive answers.
func over(t *testing.T, p *phone, in *Call) {
	t.Helper()
	p.request("BYE", 2, nil, "")
	p.response(200, "BYE")
	require.Equal(t, 200, next(t, in, Ended).Code)
}

// A far side that does not know UPDATE, whatever it has said, gets re-INVITE.
func TestRefreshByTheOtherMethod(t *testing.T) {
	for code, method := range map[int]string{405: "UPDATE", 501: "UPDATE", 488: "INVITE"} {
		t.Run(method, func(t *testing.T) {
			t.Parallel()
			allow := "Allow: INVITE, ACK, BYE, UPDATE"
			if method == "INVITE" {
				allow = "Allow: INVITE, ACK, BYE"
			}
			p, in := refreshed(t, allow)
			p.skip["ACK"] = true
			p.answer(p.got(method), code, "", nil, "")
			other := "INVITE"
			body := answerSDP
			if method == other {
				other, body = "UPDATE", ""
			}
			req := p.got(other)
			require.Equal(t, "4;refresher=uac", header(req, "Session-Expires"))
			p.answer(req, 200, "", []string{"Session-Expires: 4;refresher=uac"},
				strings.Replace(body, "0 101", "8 101", 1))
			req = p.got(other) // and so does the next
			p.answer(req, 200, "", nil, strings.Replace(body, "0 101", "8 101", 1))
			over(t, p, in)
		})
	}
}

func TestRefreshWithALargerInterval(t *testing.T) {
	p, in := refreshed(t, "Allow: UPDATE")
	p.answer(p.got("UPDATE"), 422, "", []string{"Min-SE: 9"}, "")
	req := p.got("UPDATE")
	require.Equal(t, "9;refresher=uac", header(req, "Session-Expires"))
	require.Equal(t, "9", header(req, "Min-SE"))
	p.answer(req, 200, "", []string{"Session-Expires: 9;refresher=uac"}, "")
	over(t, p, in)
}

// What may go away is tried again before the session runs out.
func TestRefreshLater(t *testing.T) {
	for name, tc := range map[string]struct {
		code  int
		lines []string
	}{
		"retry after": {500, []string{"Retry-After: 1 (busy)"}},
		"server":      {503, nil},
		"pending":     {491, nil},
		"challenge":   {407, asks("Proxy-Authenticate", "r", "n", "")},
		"forbidden":   {403, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, in := refreshed(t, "Allow: UPDATE")
			first := p.got("UPDATE")
			p.answer(first, tc.code, "", tc.lines, "")
			again := p.got("UPDATE")
			require.Greater(t, again.CSeq().SeqNo, first.CSeq().SeqNo)
			if tc.code == 407 {
				signedFor(t, again, "Proxy-Authorization", "r")
			}
			p.answer(again, 200, "", []string{"Session-Expires: 4;refresher=uac"}, "")
			over(t, p, in)
		})
	}
}

// A dialog that the far side does not know is over at once (RFC 4028 section 10).
func TestRefreshOfADialogThatIsGone(t *testing.T) {
	p, in := refreshed(t, "Allow: UPDATE")
	p.answer(p.got("UPDATE"), 481, "", nil, "")
	p.answer(p.got("BYE"), 481, "", nil, "")
	require.Equal(t, 481, next(t, in, Ended).Code)
}

// Only when all tries were refused the call ends, when the timer runs out.
func TestRefreshRefusedToTheEnd(t *testing.T) {
	p, in := refreshed(t, "Allow: UPDATE")
	tries := 0
	for {
		m := p.read().(*sip.Request)
		if m.Method == sip.BYE {
			p.answer(m, 200, "", nil, "")
			break
		}
		if m.Method == sip.UPDATE {
			tries++
			p.answer(m, 503, "", nil, "")
		}
	}
	require.Greater(t, tries, 1)
	require.Equal(t, "the session timer has run out", next(t, in, Ended).Text)
}
