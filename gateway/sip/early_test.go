package sip

import (
	"strings"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"
	"github.com/stretchr/testify/require"

	"tccc/gateway/mix"
)

// forgotten waits until nothing is left of any call.
func forgotten(t *testing.T, a *agent) {
	t.Helper()
	require.Eventually(t, func() bool {
		a.mu.Lock()
		defer a.mu.Unlock()
		return len(a.Server.calls) == 0
	}, deadline, tick)
}

// Nobody answers the INVITE of a call that was hung up while it rang: the guard
// that waits for 487 ends it.
func TestCancelWithoutAnEnd(t *testing.T) {
	for _, code := range []int{100, 180} {
		a := newAgent(t, Options{})
		p := newPhone(t, a)
		out := a.dial(Outgoing{})
		p.answer(p.got("INVITE"), code, "x", nil, "")
		if code == 180 {
			next(t, out, Ringing)
		}
		require.NoError(t, out.Hangup())
		next(t, out, Ended)
		p.skip["INVITE"] = true
		p.answer(p.got("CANCEL"), 200, "x", nil, "")
		forgotten(t, a)
	}
}

// A reliable response without PRACK is given up on after 64*T1, not when the
// next repetition would have been due (RFC 3262 section 3).
func TestPrackMissingInTime(t *testing.T) {
	u := &uasState{rel: &reliable1xx{interval: time.Hour, since: time.Now().Add(-64*sip.T1 + 50*time.Millisecond)}}
	a := newAgent(t, Options{})
	p := newPhone(t, a)
	p.invite([]string{"Require: 100rel"}, offerSDP)
	in := a.incoming()
	require.NoError(t, in.do(func() error {
		u.req, u.tx = in.uas.req, in.uas.tx
		u.repeatReliable(in)
		return nil
	}))
	p.response(504, "INVITE")
	next(t, in, Ended)
}

func TestUpdateBeforeTheAnswer(t *testing.T) {
	a := newAgent(t, Options{})
	p := newPhone(t, a)
	p.invite(nil, offerSDP)
	in := a.incoming()
	require.NoError(t, in.Ring())
	p.response(180, "INVITE")
	p.request("UPDATE", 2, nil, offerSDP)
	res := p.response(500, "UPDATE")
	require.NotEmpty(t, header(res, "Retry-After"))
	p.request("UPDATE", 3, nil, "") // without an offer it is a refresh
	p.response(200, "UPDATE")
	require.NoError(t, in.Reject(486, ""))
	p.response(486, "INVITE")

	q := newPhone(t, a) // and our offer waits for an answer
	out := a.dial(Outgoing{})
	inv := q.got("INVITE")
	q.answer(inv, 180, "x", nil, "")
	next(t, out, Ringing)
	q.within(inv, "UPDATE", "x", offerSDP)
	q.id = inv.CallID().Value()
	q.response(491, "UPDATE")
	q.answer(inv, 486, "x", nil, "")
	require.Equal(t, 486, next(t, out, Ended).Code)
}

// within sends a request of the early dialog that tag is of.
func (p *phone) within(inv *sip.Request, method, tag, body string) {
	p.t.Helper()
	typ := ""
	if body != "" {
		typ = "Content-Type: application/sdp\r\n"
	}
	p.raw(method + " " + inv.Contact().Address.String() + " SIP/2.0\r\nVia: SIP/2.0/UDP " + p.addr() +
		";branch=z9hG4bK" + method + tag + ";rport\r\n" +
		"From: " + inv.To().Value() + ";tag=" + tag + "\r\nTo: " + inv.From().Value() + "\r\nCall-ID: " +
		inv.CallID().Value() + "\r\nCSeq: 7 " + method +
		"\r\nContact: <sip:far@" + p.addr() + ">\r\n" + typ + "\r\n" + body)
}

// BYE in one of two early dialogs leaves the other; in the last one it ends the
// call.
func TestByeInAnEarlyDialog(t *testing.T) {
	a := newAgent(t, Options{})
	p := newPhone(t, a)
	out := a.dial(Outgoing{})
	inv := p.got("INVITE")
	p.id = inv.CallID().Value()
	p.answer(inv, 180, "one", nil, "")
	next(t, out, Ringing)
	p.answer(inv, 183, "two", nil, answerSDP)
	next(t, out, EarlyMedia)
	p.within(inv, "BYE", "one", "")
	p.response(200, "BYE")
	require.Equal(t, 1, a.Calls())
	p.heard = map[string]bool{}
	p.raw(strings.Replace("BYE "+inv.Contact().Address.String()+" SIP/2.0\r\nVia: SIP/2.0/UDP "+p.addr()+
		";branch=z9hG4bKb2;rport\r\nFrom: "+inv.To().Value()+
		";tag=two\r\nTo: "+inv.From().Value()+"\r\nCall-ID: "+p.id+"\r\nCSeq: 8 BYE\r\nContact: <sip:far@x>\r\n\r\n",
		"far@x", "far@"+p.addr(), 1))
	var cancel *sip.Request
	for cancel == nil {
		if r, ok := p.read().(*sip.Request); ok && r.Method == sip.CANCEL {
			cancel = r
		}
	}
	p.answer(cancel, 200, "", nil, "")
	p.answer(inv, 487, "two", nil, "")
	require.Equal(t, 480, next(t, out, Ended).Code)
	forgotten(t, a)
}

// The answer that holds is that of the fork that was picked up, although
// another's came last.
func TestAnswerOfTheForkThatWon(t *testing.T) {
	a := newAgent(t, Options{})
	p := newPhone(t, a)
	out := a.dial(Outgoing{})
	inv := p.got("INVITE")
	p.skip["PRACK"] = true
	p.answer(inv, 183, "one", []string{"Require: 100rel", "RSeq: 1"}, answerSDP)
	next(t, out, EarlyMedia)
	p.answer(inv, 183, "two", []string{"Require: 100rel", "RSeq: 1"},
		strings.NewReplacer("40000", "40002", " 0 101", " 8 101").Replace(answerSDP))
	p.answer(inv, 200, "one", nil, "")
	p.got("ACK")
	next(t, out, Answered)
	s, _ := out.Leg().Session()
	require.EqualValues(t, 40000, s.Remote.Port())
	require.Equal(t, mix.PCMU, s.Codec)
	require.NoError(t, out.Hangup())
	p.answer(p.got("BYE"), 200, "", nil, "")
	next(t, out, Ended)
}
