package sip

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"
	"github.com/stretchr/testify/require"

	"tccc/gateway/mix"
	"tccc/gateway/rtp"
	"tccc/gateway/sip/digest"
)

func TestLateOffer(t *testing.T) {
	a := newAgent(t, Options{})
	p := newPhone(t, a)
	p.invite(nil, "")
	in := a.incoming()
	require.ErrorIs(t, in.EarlyMedia(), ErrState)
	require.NoError(t, in.Answer())
	ok := p.response(200, "INVITE")
	require.Contains(t, string(ok.Body()), "m=audio")
	require.Contains(t, string(ok.Body()), " 0 8 101")
	p.request("ACK", 1, nil, offerSDP)
	next(t, in, Answered)
	s, set := in.Leg().Session()
	require.True(t, set)
	require.Equal(t, mix.PCMA, s.Codec)
	require.EqualValues(t, 40000, s.Remote.Port())

	p.request("INVITE", 2, nil, "") // asks for an offer within the call
	ok = p.response(200, "INVITE")
	require.Contains(t, string(ok.Body()), "RTP/AVP 8 0 101\r\n", "all codecs, as for a new call")
	p.request("ACK", 2, nil, strings.Replace(offerSDP, "t=0 0", "t=0 0\r\na=sendonly", 1))
	next(t, in, Held)
	p.request("BYE", 3, []string{`Reason: Q.850;cause=16;text="normal, clearing"`}, "")
	p.response(200, "BYE")
	require.Equal(t, Event{Kind: Ended, ByRemote: true, Code: 200, Text: "normal, clearing"}, next(t, in, Ended))
}

func TestLateOfferWithoutAnswer(t *testing.T) {
	a := newAgent(t, Options{})
	p := newPhone(t, a)
	p.invite(nil, "")
	in := a.incoming()
	require.NoError(t, in.Answer())
	p.response(200, "INVITE")
	p.request("ACK", 1, nil, "")
	bye := p.got("BYE")
	require.Contains(t, header(bye, "Reason"), "cause=488")
	p.answer(bye, 481, "", nil, "") // 481 is as good as 200
	require.Equal(t, 488, next(t, in, Ended).Code)
}

// Without ACK the 200 is repeated, and then the call is ended with BYE.
func TestNoAck(t *testing.T) {
	a := newAgent(t, Options{})
	p := newPhone(t, a)
	p.invite(nil, offerSDP)
	in := a.incoming()
	require.NoError(t, in.Answer())
	for range 5 {
		p.response(200, "INVITE")
	}
	p.skip["SIP/2.0 200"] = true
	bye := p.got("BYE")
	p.answer(bye, 200, "", nil, "")
	require.Equal(t, Event{Kind: Ended, ByRemote: true, Code: 408, Text: "no ACK"}, next(t, in, Ended))
}

// A hang-up before the ACK waits for it (RFC 3261 section 15).
func TestHangupBeforeAck(t *testing.T) {
	a := newAgent(t, Options{})
	p := newPhone(t, a)
	p.invite(nil, offerSDP)
	in := a.incoming()
	require.NoError(t, in.Answer())
	p.response(200, "INVITE")
	require.NoError(t, in.Hangup())
	next(t, in, Ended)
	p.response(200, "INVITE") // still repeated: no BYE yet
	p.request("ACK", 1, nil, "")
	p.skip["SIP/2.0 200"] = true
	p.answer(p.got("BYE"), 200, "", nil, "")
}

func TestRepeatedInvite(t *testing.T) {
	a := newAgent(t, Options{})
	p := newPhone(t, a)
	branch := p.invite(nil, offerSDP)
	in := a.incoming()
	require.NoError(t, in.Ring())
	first := p.response(180, "INVITE")
	tag := p.toTag
	p.toTag = ""
	p.requestIn(branch, "INVITE", 1, nil, offerSDP)
	again := p.response(180, "INVITE")
	require.Equal(t, first.String(), again.String())
	p.toTag = ""
	p.request("INVITE", 1, nil, offerSDP) // the same request on another way
	p.response(482, "INVITE")
	require.Empty(t, a.calls)
	require.Equal(t, 1, a.Calls())
	// CANCEL: 200 for it, 487 for the INVITE with the tag of the 180.
	p.requestIn(branch, "CANCEL", 1, []string{`Reason: SIP;cause=200;text="Call completed elsewhere"`}, "")
	p.response(200, "CANCEL")
	final := p.response(487, "INVITE")
	require.Equal(t, tag, final.To().Params.GetOr("tag", ""))
	p.toTag = tag
	p.requestIn(branch, "ACK", 1, nil, "")
	require.Equal(t, Event{Kind: Ended, ByRemote: true, Code: 200, Text: "Call completed elsewhere"},
		next(t, in, Ended))
}

// All responses to an INVITE have one tag, also those that are sent while the
// names in its description are looked up.
func TestOneTagOfAllResponses(t *testing.T) {
	asked, found := make(chan struct{}), make(chan struct{})
	a := newAgent(t, Options{lookup: func(ctx context.Context, _, _ string) ([]netip.Addr, error) {
		close(asked)
		select {
		case <-found:
		case <-ctx.Done():
		}
		return []netip.Addr{netip.MustParseAddr("127.0.0.1")}, nil
	}})
	p := newPhone(t, a)
	p.skip = map[string]bool{}
	branch := p.invite([]string{"Local-Tag: forged"},
		strings.Replace(offerSDP, "c=IN IP4 127.0.0.1", "c=IN IP4 media.example", 1))
	<-asked
	tag := p.response(100, "INVITE").To().Params.GetOr("tag", "")
	require.NotEmpty(t, tag)
	p.requestIn(branch, "CANCEL", 1, nil, "")
	p.response(200, "CANCEL")
	require.Equal(t, tag, p.response(487, "INVITE").To().Params.GetOr("tag", ""))
	close(found)
	next(t, a.incoming(), Ended)
	p.another()
	p.request("INVITE", 1, []string{"Local-Tag: forged"}, offerSDP)
	require.NotEqual(t, tag, p.response(100, "INVITE").To().Params.GetOr("tag", ""))
	require.NoError(t, a.incoming().Reject(486, ""))
	p.response(486, "INVITE")
	p.another()
	p.toTag = "forged" // a dialog that does not exist
	p.request("INVITE", 1, []string{"Local-Tag: forged"}, offerSDP)
	p.response(481, "INVITE")
}

// CANCEL after the 200 changes nothing.
func TestLateCancel(t *testing.T) {
	a := newAgent(t, Options{})
	p := newPhone(t, a)
	branch := p.invite(nil, offerSDP)
	in := a.incoming()
	require.NoError(t, in.Answer())
	p.response(200, "INVITE")
	tag := p.toTag
	p.toTag = ""
	p.skip["SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP "+p.addr()+";branch="+branch] = false
	p.requestIn(branch, "CANCEL", 1, nil, "")
	p.toTag = tag
	p.request("ACK", 1, nil, "")
	next(t, in, Answered)
	require.NoError(t, in.Hangup())
	next(t, in, Ended)
	p.skip["SIP/2.0 200"] = true
	p.answer(p.got("BYE"), 200, "", nil, "")
}

func TestWhatIsRefused(t *testing.T) {
	a := newAgent(t, Options{})
	p := newPhone(t, a)
	video := strings.Replace(offerSDP, "m=audio", "m=video", 1)
	for name, tc := range map[string]struct {
		method string
		lines  []string
		body   string
		code   int
		check  string // name: part of the value
	}{
		"unknown method": {"DANCE", nil, "", 405, "Allow: INVITE"},
		"message":        {"MESSAGE", []string{"Content-Type: text/plain"}, "hi", 405, "Allow: BYE"},
		"subscribe":      {"SUBSCRIBE", []string{"Event: dialog"}, "", 489, "Allow-Events: refer"},
		"register":       {"REGISTER", nil, "", 405, ""},
		"refer":          {"REFER", []string{"Refer-To: <sip:x@127.0.0.1>"}, "", 603, ""},
		"replaces":       {"INVITE", []string{"Replaces: x;to-tag=a;from-tag=b"}, offerSDP, 481, ""},
		"bad Replaces":   {"INVITE", []string{"Replaces: x"}, offerSDP, 400, ""},
		"bye":            {"BYE", nil, "", 481, ""},
		"update":         {"UPDATE", nil, "", 481, ""},
		"prack":          {"PRACK", nil, "", 481, ""},
		"options":        {"OPTIONS", nil, "", 200, "Accept: application/sdp"},
		"require": {"INVITE", []string{"Require: 100rel, nothing-like-it"}, offerSDP, 420,
			"Unsupported: nothing-like-it"},
		"content type":    {"INVITE", []string{"Content-Type: text/plain"}, "hello", 415, "Accept: application/sdp"},
		"broken SDP":      {"INVITE", nil, "m=audio\r\n", 400, ""},
		"video only":      {"INVITE", nil, video, 488, ""},
		"encrypted only":  {"INVITE", nil, strings.Replace(offerSDP, "RTP/AVP", "RTP/SAVP", 1), 488, ""},
		"no common codec": {"INVITE", nil, strings.Replace(offerSDP, "8 0 101", "18 101", 1), 488, ""},
		"session interval": {"INVITE", []string{"Supported: timer", "Session-Expires: 30"}, offerSDP, 422,
			"Min-SE: 90"},
	} {
		t.Run(name, func(t *testing.T) {
			p.t = t
			p.another()
			p.request(tc.method, 1, tc.lines, tc.body)
			res := p.response(tc.code, strings.Fields(tc.method)[0])
			if tc.check != "" {
				h, part, _ := strings.Cut(tc.check, ": ")
				require.Contains(t, header(res, h), part)
			}
			require.Empty(t, a.calls)
			require.Zero(t, a.Calls())
		})
	}
}

func TestWithinTheDialog(t *testing.T) {
	a := newAgent(t, Options{})
	p := newPhone(t, a)
	p.invite(nil, offerSDP)
	in := a.incoming()
	require.NoError(t, in.Answer())
	p.response(200, "INVITE")
	p.request("ACK", 1, nil, "")
	next(t, in, Answered)

	p.request("OPTIONS", 2, nil, "")
	p.response(200, "OPTIONS")
	p.request("OPTIONS", 2, nil, "") // the number was used
	p.response(500, "OPTIONS")
	p.request("REFER", 3, []string{"Refer-To: <sip:x@127.0.0.1>"}, "")
	p.response(603, "REFER")
	p.request("NOTIFY", 4, []string{"Event: refer"}, "")
	p.response(405, "NOTIFY")
	p.request("INFO", 5, []string{"Content-Type: application/dtmf-relay"}, "Signal=7\r\nDuration=160\r\n")
	p.response(200, "INFO")
	require.Equal(t, byte('7'), next(t, in, Digit).Digit)
	p.request("INFO", 6, []string{"Content-Type: text/plain"}, "x")
	p.response(415, "INFO")
	p.request("UPDATE", 7, nil, strings.Replace(offerSDP, "t=0 0", "t=0 0\r\na=inactive", 1))
	ok := p.response(200, "UPDATE")
	require.Contains(t, string(ok.Body()), "a=inactive")
	next(t, in, Held)
	p.request("UPDATE", 8, nil, "") // just a refresh
	p.response(200, "UPDATE")
	p.request("INVITE", 9, nil, strings.Replace(offerSDP, "8 0 101", "18", 1))
	p.response(488, "INVITE")
	require.Equal(t, 1, a.Calls(), "a refused offer leaves the call")
	// hold of RFC 2543
	p.request("INVITE", 10, nil, strings.Replace(offerSDP, "IP4 127.0.0.1\r\nt=", "IP4 0.0.0.0\r\nt=", 1))
	p.response(200, "INVITE")
	p.request("ACK", 10, nil, "")
	p.request("INVITE", 11, nil, strings.Replace(offerSDP, "40000", "40002", 1))
	ok = p.response(200, "INVITE")
	require.Contains(t, string(ok.Body()), "a=sendrecv")
	p.request("ACK", 11, nil, "")
	next(t, in, Resumed)
	require.EqualValues(t, 40002, in.Leg().Remote().Port())

	stranger := *p
	stranger.toTag = "wrong"
	stranger.request("BYE", 12, nil, "")
	p.branch = stranger.branch
	p.response(481, "BYE")
	require.Equal(t, 1, a.Calls())
	p.request("BYE", 13, []string{"Reason: Q.850;cause=17, SIP;cause=480;text=\"gone\""}, "")
	p.response(200, "BYE")
	require.Equal(t, Event{Kind: Ended, ByRemote: true, Code: 480, Text: "gone"}, next(t, in, Ended))
	p.request("BYE", 14, nil, "")
	p.response(481, "BYE")
}

// What comes right behind a BYE gets an answer too.
func TestRequestBehindBye(t *testing.T) {
	a := newAgent(t, Options{})
	p := newPhone(t, a)
	in := p.answered(a, nil, offerSDP)
	release := make(chan struct{})
	require.True(t, in.post(func() { <-release }))
	for i, method := range []string{"BYE", "OPTIONS"} {
		p.request(method, 2+i, nil, "")
		require.Eventually(t, func() bool { return len(in.inbox) == i+1 }, deadline, tick)
	}
	close(release)
	next(t, in, Ended)
	seen := map[string]bool{}
	for len(seen) < 2 {
		r := p.read().(*sip.Response)
		seen[fmt.Sprint(r.StatusCode, r.CSeq().MethodName)] = true
	}
	require.Equal(t, map[string]bool{"200BYE": true, "481OPTIONS": true}, seen)
}

func TestPrackRequired(t *testing.T) {
	a := newAgent(t, Options{})
	p := newPhone(t, a)
	p.invite([]string{"Require: 100rel"}, offerSDP)
	in := a.incoming()
	require.NoError(t, in.Ring())
	res := p.response(180, "INVITE")
	rseq := header(res, "RSeq")
	require.NotEmpty(t, rseq)
	require.Equal(t, "100rel", header(res, "Require"))
	require.Equal(t, rseq, header(p.response(180, "INVITE"), "RSeq"), "repeated")
	require.NoError(t, in.Answer()) // waits
	p.skip["SIP/2.0 180"] = true
	p.request("PRACK", 2, []string{"RAck: 1 1 INVITE"}, "")
	p.response(481, "PRACK")
	p.request("PRACK", 3, []string{"RAck: " + rseq + " 1 INVITE"}, "")
	// The 200s of PRACK and INVITE come in any order.
	seen := map[string]bool{}
	for range 2 {
		r := p.read().(*sip.Response)
		require.Equal(t, 200, r.StatusCode)
		seen[string(r.CSeq().MethodName)] = true
	}
	require.Equal(t, map[string]bool{"PRACK": true, "INVITE": true}, seen)
	p.request("ACK", 1, nil, "")
	next(t, in, Answered)
	p.request("BYE", 4, nil, "")
	p.skip["SIP/2.0 200 OK\r\nVia"] = false
	next(t, in, Ended)
}

func TestPrackMissing(t *testing.T) {
	a := newAgent(t, Options{})
	p := newPhone(t, a)
	p.skip["SIP/2.0 180"] = true
	p.invite([]string{"Require: 100rel"}, offerSDP)
	in := a.incoming()
	require.NoError(t, in.Ring())
	p.response(504, "INVITE")
	require.Equal(t, 504, next(t, in, Ended).Code)
}

// Late offer with early media: the 183 offers, PRACK answers.
func TestPrackCarriesTheAnswer(t *testing.T) {
	a := newAgent(t, Options{})
	p := newPhone(t, a)
	p.invite([]string{"Supported: 100rel"}, "")
	in := a.incoming()
	require.NoError(t, in.EarlyMedia())
	res := p.response(183, "INVITE")
	require.Contains(t, string(res.Body()), "m=audio")
	p.skip["SIP/2.0 183"] = true
	p.request("PRACK", 2, []string{"RAck: " + header(res, "RSeq") + " 1 INVITE"}, offerSDP)
	p.response(200, "PRACK")
	s, set := in.Leg().Session()
	require.True(t, set)
	require.Equal(t, mix.PCMA, s.Codec)
	require.NoError(t, in.Answer())
	p.response(200, "INVITE")
	p.request("ACK", 1, nil, "")
	next(t, in, Answered)
	p.request("BYE", 3, nil, "")
	next(t, in, Ended)
}

// answerSDP answers our offer.
const answerSDP = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 40000 RTP/AVP 0 101\r\na=rtpmap:101 telephone-event/8000\r\n"

func TestForks(t *testing.T) {
	a := newAgent(t, Options{})
	p := newPhone(t, a)
	out := a.dial(Outgoing{})
	inv := p.got("INVITE")
	require.Contains(t, header(inv, "Supported"), "100rel")
	p.answer(inv, 180, "one", nil, "")
	next(t, out, Ringing)
	p.answer(inv, 183, "two", []string{"Require: 100rel", "RSeq: 7"}, answerSDP)
	prack := p.got("PRACK")
	require.Equal(t, "7 1 INVITE", header(prack, "RAck"))
	require.Equal(t, "two", prack.To().Params.GetOr("tag", ""))
	p.answer(prack, 200, "", nil, "")
	next(t, out, EarlyMedia)
	p.answer(inv, 183, "two", []string{"Require: 100rel", "RSeq: 7"}, answerSDP) // repeated: no second PRACK
	p.answer(inv, 180, "three", nil, "")
	p.answer(inv, 200, "one", nil, answerSDP)
	require.Equal(t, "one", p.got("ACK").To().Params.GetOr("tag", ""))
	next(t, out, Answered)
	p.answer(inv, 200, "one", nil, answerSDP) // the ACK was lost
	require.Equal(t, "one", p.got("ACK").To().Params.GetOr("tag", ""))
	p.answer(inv, 200, "two", nil, answerSDP) // another fork has answered too
	require.Equal(t, "two", p.got("ACK").To().Params.GetOr("tag", ""))
	bye := p.got("BYE")
	require.Equal(t, "two", bye.To().Params.GetOr("tag", ""))
	p.answer(bye, 200, "", nil, "")
	require.NoError(t, out.Hangup())
	next(t, out, Ended)
	bye = p.got("BYE")
	require.Equal(t, "one", bye.To().Params.GetOr("tag", ""))
	p.answer(bye, 200, "", nil, "")
}

// CANCEL waits for a provisional response; a 200 that crosses it gets ACK and BYE.
func TestAnswerCrossesCancel(t *testing.T) {
	a := newAgent(t, Options{})
	p := newPhone(t, a)
	out := a.dial(Outgoing{})
	inv := p.got("INVITE")
	require.NoError(t, out.Hangup())
	next(t, out, Ended)
	p.answer(inv, 180, "x", nil, "")
	p.skip["INVITE"] = true
	cancel := p.got("CANCEL")
	require.Equal(t, inv.Via().Value(), cancel.Via().Value())
	require.Equal(t, inv.Recipient.String(), cancel.Recipient.String())
	p.answer(inv, 200, "x", nil, answerSDP)
	p.skip["CANCEL"] = true
	p.got("ACK")
	p.answer(p.got("BYE"), 200, "", nil, "")
	p.answer(cancel, 481, "", nil, "")
}

func TestChallengedByProxy(t *testing.T) {
	a := newAgent(t, Options{})
	p := newPhone(t, a)
	out := a.dial(Outgoing{})
	inv := p.got("INVITE")
	p.answer(inv, 407, "x", []string{
		`Proxy-Authenticate: Digest realm="r", nonce="n0", algorithm=SHA-3, qop="auth"`,
		`Proxy-Authenticate: Digest realm="r", nonce="n2", algorithm=SHA-256, qop="auth"`,
		`Proxy-Authenticate: Digest realm="r", nonce="n1", algorithm=MD5, qop="auth"`}, "") // the topmost that is known
	p.skip["ACK"] = true // sipgo sends it by itself, before or after the next INVITE
	again := p.got("INVITE")
	require.Equal(t, inv.CSeq().SeqNo+1, again.CSeq().SeqNo)
	require.Equal(t, inv.CallID().Value(), again.CallID().Value())
	c, ok := digest.Parse(header(again, "Proxy-Authorization"))
	require.True(t, ok)
	require.Equal(t, "n2", c["nonce"])
	alg, _ := digest.Find(c["algorithm"])
	require.Equal(t, alg.Response("u", "r", "p", "INVITE", again.Recipient.String(), "n2", c["nc"], c["cnonce"],
		"auth"), c["response"])
	p.answer(again, 407, "x", []string{`Proxy-Authenticate: Digest realm="r", nonce="n3", stale=true, qop="auth"`}, "")
	third := p.got("INVITE")
	p.answer(third, 407, "x", []string{`Proxy-Authenticate: Digest realm="r", nonce="n4", qop="auth"`}, "")
	delete(p.skip, "ACK")
	for p.got("ACK").CSeq().SeqNo != third.CSeq().SeqNo {
	}
	require.Equal(t, 407, next(t, out, Ended).Code)
}

func TestReasonInRefusal(t *testing.T) {
	a := newAgent(t, Options{})
	p := newPhone(t, a)
	out := a.dial(Outgoing{})
	p.answer(p.got("INVITE"), 503, "x", []string{`Reason: Q.850;cause=17;text="User busy"`}, "")
	require.Equal(t, Event{Kind: Ended, ByRemote: true, Code: 486, Text: "User busy"}, next(t, out, Ended))
}

func TestAnswerWithoutAudio(t *testing.T) {
	a := newAgent(t, Options{})
	p := newPhone(t, a)
	out := a.dial(Outgoing{})
	p.answer(p.got("INVITE"), 200, "x", nil, "")
	p.got("ACK")
	p.answer(p.got("BYE"), 200, "", nil, "")
	require.Equal(t, 488, next(t, out, Ended).Code)
}

// A far side that refreshes nothing is gone.
func TestSessionTimerRunsOut(t *testing.T) {
	a := newAgent(t, Options{MinSE: time.Second})
	p := newPhone(t, a)
	p.invite([]string{"Supported: timer", "Session-Expires: 1;refresher=uac"}, offerSDP)
	in := a.incoming()
	require.NoError(t, in.Answer())
	res := p.response(200, "INVITE")
	require.Equal(t, "1;refresher=uac", header(res, "Session-Expires"))
	p.request("ACK", 1, nil, "")
	next(t, in, Answered)
	bye := p.got("BYE")
	require.Contains(t, header(bye, "Reason"), "cause=408")
	p.answer(bye, 200, "", nil, "")
	require.Equal(t, "the session timer has run out", next(t, in, Ended).Text)
}

// The far side takes no UPDATE: the refresh is a re-INVITE with the same offer.
func TestRefreshByInvite(t *testing.T) {
	a := newAgent(t, Options{MinSE: time.Second})
	p := newPhone(t, a)
	p.invite([]string{"Supported: timer", "Session-Expires: 1;refresher=uas", "Allow: INVITE, BYE"}, offerSDP)
	in := a.incoming()
	require.NoError(t, in.Answer())
	first := p.response(200, "INVITE")
	p.request("ACK", 1, nil, "")
	next(t, in, Answered)
	inv := p.got("INVITE")
	require.Equal(t, "1;refresher=uac", header(inv, "Session-Expires"))
	version := func(b []byte) string { return strings.Fields(strings.Split(string(b), "\r\n")[1])[2] }
	require.Equal(t, version(first.Body()), version(inv.Body()), "nothing has changed")
	p.answer(inv, 500, "", nil, "") // a fault over there is not the end yet
	p.got("ACK")
	p.skip["INVITE"] = true
	p.answer(p.got("BYE"), 200, "", nil, "")
	next(t, in, Ended)
}

// Nothing that comes makes the server stop.
func TestTorture(t *testing.T) {
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/emiago/sipgo").Output()
	require.NoError(t, err)
	files, err := filepath.Glob(filepath.Join(strings.TrimSpace(string(out)), "sip", "testdata", "torture", "*",
		"*.dat"))
	require.NoError(t, err)
	require.Greater(t, len(files), 40)
	a := newAgent(t, Options{Handler: func(c *Call) { _ = c.Reject(480, "") }})
	p := newPhone(t, a)
	for _, f := range files {
		b, err := os.ReadFile(f)
		require.NoError(t, err)
		p.raw(string(b))
		p.raw(string(b[:len(b)/2]))
		conn := dialTCP(t, a)
		_, _ = conn.Write(b)
		conn.Close()
	}
	p.raw(strings.Repeat("x", 60000))
	p.raw("INVITE " + strings.Repeat("x", 40000) + " SIP/2.0\r\n\r\n")
	p.raw("\r\n\r\n")
	p.raw("\x00\x00\x00\x00")
	p.raw("SIP/2.0 200 OK\r\n\r\n")
	p.raw("INVITE sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP x;branch=z9hG4bKa\r\nFrom: x\r\n\r\n")
	// Among all answers is that of an OPTIONS.
	p.another()
	p.request("OPTIONS", 1, nil, "")
	buf := make([]byte, 65535)
	require.NoError(t, p.conn.SetReadDeadline(time.Now().Add(deadline)))
	for {
		n, _, err := p.conn.ReadFrom(buf)
		require.NoError(t, err, "the server is silent")
		if s := string(buf[:n]); strings.HasPrefix(s, "SIP/2.0 200") && strings.Contains(s, p.id) {
			return
		}
	}
}

func TestLocalHoldSurvivesReinvite(t *testing.T) {
	a := newAgent(t, Options{})
	p := newPhone(t, a)
	p.invite(nil, offerSDP)
	in := a.incoming()
	require.NoError(t, in.Answer())
	p.response(200, "INVITE")
	p.request("ACK", 1, nil, "")
	next(t, in, Answered)
	done := make(chan error, 1)
	go func() { done <- in.Hold() }()
	inv := p.got("INVITE")
	require.Contains(t, string(inv.Body()), "a=sendonly")
	p.request("INVITE", 2, nil, offerSDP) // glare
	p.response(491, "INVITE")
	p.answer(inv, 200, "", nil, strings.Replace(answerSDP, "0 101", "8 101", 1)+"a=recvonly\r\n")
	p.got("ACK")
	require.NoError(t, <-done)
	p.request("INVITE", 3, nil, offerSDP)
	require.Contains(t, string(p.response(200, "INVITE").Body()), "a=sendonly")
	p.request("ACK", 3, nil, "")
	s, _ := in.Leg().Session()
	require.Equal(t, rtp.SendOnly, s.Direction)
	p.request("BYE", 4, nil, "")
	next(t, in, Ended)
}

func TestRegistration(t *testing.T) {
	a := newAgent(t, Options{})
	p := newPhone(t, a)
	k := Trunk{Name: "peer", Address: p.addr(), Username: "u", Password: "p", Register: true}
	require.NoError(t, a.SetTrunks([]Trunk{k}))
	r := p.got("REGISTER")
	p.answer(r, 401, "x", []string{`WWW-Authenticate: Digest realm="r", nonce="n", qop="auth"`}, "")
	r = p.got("REGISTER")
	require.Contains(t, header(r, "Authorization"), `username="u"`)
	p.answer(r, 423, "x", []string{"Min-Expires: 600"}, "")
	r = p.got("REGISTER")
	require.Equal(t, "600", header(r, "Expires"))
	contact := header(r, "Contact")
	p.raw(strings.Replace(responseTo(r, 200), "Content-Length", "Contact: "+contact+";expires=2\r\nContent-Length", 1))
	refresh := p.got("REGISTER") // after half of two seconds
	require.Equal(t, r.CallID().Value(), refresh.CallID().Value())
	require.Greater(t, refresh.CSeq().SeqNo, r.CSeq().SeqNo)
	p.raw(responseTo(refresh, 200))
	go func() { _ = a.SetTrunks(nil) }()
	last := p.got("REGISTER")
	for last.CSeq().SeqNo == refresh.CSeq().SeqNo {
		last = p.got("REGISTER") // that one was repeated before the answer came
	}
	require.Equal(t, "0", header(last, "Expires"), "%v\n%v", refresh, last)
	p.raw(responseTo(last, 200))
}

func responseTo(r *sip.Request, code int) string {
	res := sip.NewResponseFromRequest(r, code, statusText(code), nil)
	return res.String()
}

func TestProvisionalIsRepeated(t *testing.T) {
	a := newAgent(t, Options{})
	a.aliveEvery = 20 * time.Millisecond
	p := newPhone(t, a)
	p.invite([]string{"Supported: 100rel"}, offerSDP)
	in := a.incoming()
	require.NoError(t, in.EarlyMedia())
	first := p.response(183, "INVITE")
	require.NotEmpty(t, header(first, "RSeq"))
	p.request("PRACK", 2, []string{"RAck: " + header(first, "RSeq") + " 1 INVITE"}, "")
	for plain := 0; plain < 3; {
		r := p.read().(*sip.Response)
		if r.CSeq().MethodName == sip.INVITE && header(r, "RSeq") == "" {
			require.Equal(t, 183, r.StatusCode)
			plain++
		}
	}
	require.NoError(t, in.Reject(486, ""))
	next(t, in, Ended)
}
