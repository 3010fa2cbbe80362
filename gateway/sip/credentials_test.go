package sip

import (
	"fmt"
	"testing"

	"github.com/emiago/sipgo/sip"
	"github.com/stretchr/testify/require"

	"tccc/gateway/sip/digest"
)

// signedFor checks the credentials that a request carries for a realm and gives
// them.
func signedFor(t *testing.T, req *sip.Request, name, realm string) digest.Params {
	t.Helper()
	for _, h := range req.GetHeaders(name) {
		p, ok := digest.Parse(h.Value())
		require.True(t, ok)
		if p["realm"] != realm {
			continue
		}
		alg, ok := digest.Find(p["algorithm"])
		require.True(t, ok)
		require.Equal(t, alg.Response("u", realm, "p", string(req.Method), req.Recipient.String(), p["nonce"], p["nc"],
			p["cnonce"], p["qop"]), p["response"])
		return p
	}
	require.FailNow(t, "no credentials", "%s for %q in\n%v", name, realm, req)
	return nil
}

func asks(name, realm, nonce, more string) []string {
	return []string{fmt.Sprintf(`%s: Digest realm="%s", nonce="%s", algorithm=MD5, qop="auth"%s`, name, realm, nonce,
		more)}
}

// A proxy asks, then the user agent behind it, then both ask within the call:
// each is answered, and what was answered once is put on what follows.
func TestCredentialsOfEachRealm(t *testing.T) {
	a := newAgent(t, Options{})
	p := newPhone(t, a)
	p.skip["ACK"] = true
	out := a.dial(Outgoing{})
	p.answer(p.got("INVITE"), 407, "x", asks("Proxy-Authenticate", "proxy", "p1", ""), "")
	inv := p.got("INVITE")
	require.Equal(t, "00000001", signedFor(t, inv, "Proxy-Authorization", "proxy")["nc"])
	p.answer(inv, 401, "x", asks("WWW-Authenticate", "uas", "u1", ""), "")
	inv = p.got("INVITE")
	require.Equal(t, "00000002", signedFor(t, inv, "Proxy-Authorization", "proxy")["nc"])
	require.Equal(t, "00000001", signedFor(t, inv, "Authorization", "uas")["nc"])
	p.answer(inv, 183, "x", []string{"Require: 100rel", "RSeq: 1"}, answerSDP)
	prack := p.got("PRACK")
	require.Equal(t, "00000003", signedFor(t, prack, "Proxy-Authorization", "proxy")["nc"])
	signedFor(t, prack, "Authorization", "uas")
	p.answer(prack, 407, "", asks("Proxy-Authenticate", "proxy", "p2", ", stale=true"), "")
	prack = p.got("PRACK")
	require.Equal(t, "p2", signedFor(t, prack, "Proxy-Authorization", "proxy")["nonce"])
	require.Equal(t, "1 "+fmt.Sprint(inv.CSeq().SeqNo)+" INVITE", header(prack, "RAck"))
	p.answer(prack, 200, "", nil, "")
	next(t, out, EarlyMedia)
	delete(p.skip, "ACK")
	p.answer(inv, 200, "x", nil, "")
	ack := p.got("ACK")
	for ack.CSeq().SeqNo != inv.CSeq().SeqNo { // those of the challenges
		ack = p.got("ACK")
	}
	require.Equal(t, header(inv, "Authorization"), header(ack, "Authorization"))
	require.Equal(t, header(inv, "Proxy-Authorization"), header(ack, "Proxy-Authorization"))
	next(t, out, Answered)

	done := make(chan error, 1)
	go func() { done <- out.Hold() }()
	p.skip["ACK"] = true
	inv = p.got("INVITE")
	signedFor(t, inv, "Authorization", "uas")
	p.answer(inv, 401, "", asks("WWW-Authenticate", "uas", "u2", ""), "") // expired, and not said so
	inv = p.got("INVITE")
	require.Equal(t, "u2", signedFor(t, inv, "Authorization", "uas")["nonce"])
	p.answer(inv, 407, "", asks("Proxy-Authenticate", "other", "o1", ""), "")
	inv = p.got("INVITE")
	signedFor(t, inv, "Authorization", "uas")
	signedFor(t, inv, "Proxy-Authorization", "proxy")
	signedFor(t, inv, "Proxy-Authorization", "other")
	p.answer(inv, 200, "", nil, answerSDP)
	require.NoError(t, <-done)

	require.NoError(t, out.Hangup())
	next(t, out, Ended)
	bye := p.got("BYE")
	p.answer(bye, 407, "", append(asks("Proxy-Authenticate", "proxy", "p3", ""),
		asks("Proxy-Authenticate", "other", "o2", "")...), "")
	bye = p.got("BYE")
	require.Equal(t, "p3", signedFor(t, bye, "Proxy-Authorization", "proxy")["nonce"])
	require.Equal(t, "o2", signedFor(t, bye, "Proxy-Authorization", "other")["nonce"])
	p.answer(bye, 200, "", nil, "")
}

// One response may carry the challenges of several (RFC 3261 section 22.3).
func TestChallengesOfSeveral(t *testing.T) {
	a := newAgent(t, Options{})
	p := newPhone(t, a)
	p.skip["ACK"] = true
	out := a.dial(Outgoing{})
	p.answer(p.got("INVITE"), 401, "x", append(asks("WWW-Authenticate", "one", "1", ""),
		asks("Proxy-Authenticate", "two", "2", "")...), "")
	inv := p.got("INVITE")
	signedFor(t, inv, "Authorization", "one")
	signedFor(t, inv, "Proxy-Authorization", "two")
	p.answer(inv, 401, "x", asks("WWW-Authenticate", "one", "3", ""), "")
	require.Equal(t, 401, next(t, out, Ended).Code, "the password is wrong")
}
