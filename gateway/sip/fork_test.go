package sip

import (
	"fmt"
	"strings"
	"testing"

	"github.com/emiago/sipgo/sip"
	"github.com/stretchr/testify/require"
)

// from sends a request of the early dialog that tag is of, with a number.
func (p *phone) from(inv *sip.Request, tag, method string, seq int, body string) {
	p.t.Helper()
	typ := ""
	if body != "" {
		typ = "Content-Type: application/sdp\r\n"
	}
	p.branch++
	p.raw(fmt.Sprintf("%s %s SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bKfork%d;rport\r\nFrom: %s;tag=%s\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: %d %s\r\n"+
		"Contact: <sip:far@%s>\r\n%s\r\n%s", method, inv.Contact().Address.String(), p.addr(), p.branch,
		inv.To().Value(), tag, inv.From().Value(),
		inv.CallID().Value(), seq, method, p.addr(), typ, body))
}

// Each early dialog has numbers of its own (RFC 3261 section 12.2.2), which go
// on when it becomes the call's.
func TestForksCountForThemselves(t *testing.T) {
	a := newAgent(t, Options{})
	p := newPhone(t, a)
	out := a.dial(Outgoing{})
	inv := p.got("INVITE")
	p.id = inv.CallID().Value()
	p.answer(inv, 180, "one", nil, "")
	next(t, out, Ringing)
	p.answer(inv, 183, "two", nil, answerSDP)
	next(t, out, EarlyMedia)
	p.from(inv, "one", "UPDATE", 100, "")
	p.response(200, "UPDATE")
	p.from(inv, "two", "UPDATE", 5, "")
	p.response(200, "UPDATE")
	p.from(inv, "overtook", "OPTIONS", 3, "") // its response is on its way
	p.response(200, "OPTIONS")
	p.from(inv, "two", "UPDATE", 4, "")
	p.response(500, "UPDATE")
	p.from(inv, "one", "UPDATE", 101, offerSDP)
	p.response(491, "UPDATE") // our offer is answered in the other dialog only
	p.answer(inv, 200, "two", nil, "")
	p.got("ACK")
	next(t, out, Answered)
	p.from(inv, "one", "OPTIONS", 102, "")
	p.response(481, "OPTIONS")
	p.from(inv, "two", "BYE", 6, "")
	p.response(200, "BYE")
	next(t, out, Ended)
}

// And so have our requests in them: none has the number of another.
func TestOurNumbersInForks(t *testing.T) {
	a := newAgent(t, Options{})
	p := newPhone(t, a)
	out := a.dial(Outgoing{})
	inv := p.got("INVITE")
	seen := map[string]uint32{}
	for _, tag := range []string{"one", "two", "one"} {
		p.answer(inv, 183, tag, []string{"Require: 100rel", fmt.Sprint("RSeq: ", 1+seen[tag])},
			strings.Replace(answerSDP, "40000", "40002", 1))
		prack := p.got("PRACK")
		require.Equal(t, tag, prack.To().Params.GetOr("tag", ""))
		require.Equal(t, inv.CSeq().SeqNo+1+seen[tag], prack.CSeq().SeqNo, "one higher than the last of its dialog")
		seen[tag]++
		p.answer(prack, 200, "", nil, "")
	}
	p.answer(inv, 200, "one", nil, answerSDP)
	require.Equal(t, "one", p.got("ACK").To().Params.GetOr("tag", ""))
	p.answer(inv, 200, "two", nil, answerSDP)
	require.Equal(t, "two", p.got("ACK").To().Params.GetOr("tag", ""))
	bye := p.got("BYE")
	require.Equal(t, "two", bye.To().Params.GetOr("tag", ""))
	require.Equal(t, inv.CSeq().SeqNo+2, bye.CSeq().SeqNo)
	p.answer(bye, 200, "", nil, "")
	require.NoError(t, out.Hangup())
	bye = p.got("BYE")
	require.Equal(t, inv.CSeq().SeqNo+3, bye.CSeq().SeqNo)
	p.answer(bye, 200, "", nil, "")
}
