package sip

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"
	"github.com/stretchr/testify/require"
)

// newReferrer is a far side that may transfer calls, in a call.
func newReferrer(t *testing.T, o Options) (*agent, *phone, *Call) {
	t.Helper()
	a := newAgent(t, o)
	p := newPhone(t, a)
	from := Inbound{Addresses: []string{p.addr()}}
	require.NoError(t, a.SetTrunks([]Trunk{{Name: "peer", Address: p.addr(), Inbound: from, Refer: true}}))
	return a, p, p.answered(a, nil, offerSDP)
}

// refer asks for a transfer and gives what the consumer is told.
func (p *phone) refer(c *Call, seq int, to string, lines ...string) *Referral {
	p.t.Helper()
	p.request("REFER", seq, append([]string{"Refer-To: " + to}, lines...), "")
	return next(p.t, c, Referred).Referral
}

const trying = "SIP/2.0 100 Trying\r\n"

// notified reads a NOTIFY and answers it.
func (p *phone) notified(state, body string, code int) *sip.Request {
	p.t.Helper()
	n := p.got("NOTIFY")
	require.Equal(p.t, "message/sipfrag;version=2.0", header(n, "Content-Type"))
	require.Equal(p.t, body, string(n.Body()))
	require.True(p.t, strings.HasPrefix(header(n, "Subscription-State"), state), header(n, "Subscription-State"))
	require.NotEmpty(p.t, header(n, "Contact"))
	p.heard["NOTIFY "+n.CSeq().Value()] = true
	p.answer(n, code, "", nil, "")
	return n
}

// tried has a transfer tried.
func (p *phone) tried(c *Call, seq int) *Referral {
	p.t.Helper()
	r := p.refer(c, seq, "<sip:104@127.0.0.1>")
	require.NoError(p.t, r.Accept())
	p.response(202, "REFER")
	p.notified("active", trying, 200)
	return r
}

func TestRefer(t *testing.T) {
	a, p, in := newReferrer(t, Options{})
	r := p.refer(in, 2, "<sip:104@127.0.0.1>", "Referred-By: <sip:101@127.0.0.1>")
	require.Equal(t, "104", r.To)
	require.Empty(t, r.Replaces)
	require.Error(t, r.Refuse(200))
	require.NoError(t, r.Accept())
	res := p.response(202, "REFER")
	require.Contains(t, header(res, "Contact"), "127.0.0.1")
	require.Empty(t, header(res, "Refer-Sub"))
	n := p.notified("active;expires=", trying, 200)
	require.Equal(t, "refer", header(n, "Event"))
	require.NoError(t, r.Done(486))
	p.notified("terminated;reason=noresource", "SIP/2.0 486 Busy Here\r\n", 200)
	require.ErrorIs(t, r.Done(200), ErrState, "it is over")

	r = p.refer(in, 3, "sip:10086@127.0.0.1")
	require.Equal(t, "10086", r.To)
	require.NoError(t, r.Accept())
	p.response(202, "REFER")
	n = p.notified("active", trying, 200)
	require.Equal(t, "refer;id=3", header(n, "Event"), "further subscriptions of the dialog have names")
	require.NoError(t, r.Done(200))
	p.notified("terminated", "SIP/2.0 200 OK\r\n", 200)
	require.NoError(t, in.Hangup())
	require.Equal(t, 200, next(t, in, Ended).Code)
	require.Zero(t, a.Calls(), "it counts no more")
	p.request("INVITE", 4, nil, offerSDP)
	p.response(481, "INVITE")
	p.request("REFER", 5, []string{"Refer-To: <sip:104@127.0.0.1>"}, "")
	p.response(481, "REFER")
	p.request("BYE", 6, nil, "")
	p.response(200, "BYE")
}

// A far side that does not hang up after the transfer is hung up.
func TestReferWithoutBye(t *testing.T) {
	_, p, in := newReferrer(t, Options{byeWait: 50 * time.Millisecond})
	r := p.tried(in, 2)
	require.NoError(t, r.Done(200))
	p.notified("terminated", "SIP/2.0 200 OK\r\n", 200)
	require.NoError(t, in.Hangup())
	next(t, in, Ended)
	p.answer(p.got("BYE"), 200, "", nil, "")
}

// A stop does not wait for the far side.
func TestReferAtTheEnd(t *testing.T) {
	a, p, in := newReferrer(t, Options{byeWait: time.Hour})
	r := p.tried(in, 2)
	require.NoError(t, r.Done(200))
	p.notified("terminated", "SIP/2.0 200 OK\r\n", 200)
	require.NoError(t, in.Hangup())
	closed := make(chan error, 1)
	go func() { closed <- a.Close(t.Context()) }()
	p.answer(p.got("BYE"), 200, "", nil, "")
	require.NoError(t, <-closed)
}

// RFC 4488: nobody wants to know.
func TestReferWithoutSubscription(t *testing.T) {
	_, p, in := newReferrer(t, Options{})
	r := p.refer(in, 2, "<sip:104@127.0.0.1>", "Refer-Sub: false", "Require: norefersub")
	require.NoError(t, r.Accept())
	require.Equal(t, "false", header(p.response(202, "REFER"), "Refer-Sub"))
	p.request("REFER", 3, []string{"Refer-To: <sip:105@127.0.0.1>"}, "")
	p.response(491, "REFER")
	require.NoError(t, r.Done(404))
	require.NoError(t, p.refer(in, 4, "<sip:105@127.0.0.1>").Refuse(404))
	p.response(404, "REFER") // and no NOTIFY before
	require.NoError(t, in.Hangup())
	p.answer(p.got("BYE"), 200, "", nil, "")
}

// One who refuses the NOTIFY is told no more, and the call goes on.
func TestReferNotifyRefused(t *testing.T) {
	for _, code := range []int{481, 405, 500} {
		t.Run(fmt.Sprint(code), func(t *testing.T) {
			_, p, in := newReferrer(t, Options{})
			r := p.refer(in, 2, "<sip:104@127.0.0.1>")
			require.NoError(t, r.Accept())
			p.response(202, "REFER")
			p.notified("active", trying, code)
			p.request("OPTIONS", 3, nil, "")
			p.response(200, "OPTIONS")
			require.NoError(t, r.Done(486))
			p.request("INVITE", 4, nil, offerSDP)
			p.response(200, "INVITE")
			p.request("ACK", 4, nil, "")
			require.NoError(t, p.refer(in, 5, "<sip:105@127.0.0.1>").Refuse(603))
			p.response(603, "REFER")
			p.request("BYE", 6, nil, "")
			p.response(200, "BYE")
			next(t, in, Ended)
		})
	}
}

// One who does not answer the NOTIFY either.
func TestReferNotifyUnanswered(t *testing.T) {
	_, p, in := newReferrer(t, Options{})
	r := p.refer(in, 2, "<sip:104@127.0.0.1>")
	require.NoError(t, r.Accept())
	p.response(202, "REFER")
	p.skip["NOTIFY"] = true
	require.Eventually(t, func() (deaf bool) {
		require.NoError(t, in.do(func() error { deaf = in.ref.st == refDeaf; return nil }))
		return deaf
	}, deadline, tick)
	require.NoError(t, r.Done(200))
	require.NoError(t, in.Hangup())
	next(t, in, Ended)
	p.request("BYE", 3, nil, "")
	p.response(200, "BYE")
}

// The far side hangs up at once: what it asked for goes on without it.
func TestReferAndBye(t *testing.T) {
	_, p, in := newReferrer(t, Options{})
	r := p.tried(in, 2)
	p.request("BYE", 3, nil, "")
	p.response(200, "BYE")
	p.notified("terminated;reason=noresource", trying, 481)
	next(t, in, Ended)
	require.ErrorIs(t, r.Done(200), ErrEnded)
}

// A REFER that nobody has decided on ends with the call.
func TestReferUndecided(t *testing.T) {
	_, p, in := newReferrer(t, Options{})
	r := p.refer(in, 2, "<sip:104@127.0.0.1>")
	p.request("REFER", 3, []string{"Refer-To: <sip:105@127.0.0.1>"}, "")
	p.response(491, "REFER")
	require.NoError(t, in.Hangup())
	seen := map[string]bool{}
	for range 2 {
		switch m := p.read().(type) {
		case *sip.Request:
			seen[string(m.Method)] = true
			p.answer(m, 200, "", nil, "")
		case *sip.Response:
			seen[fmt.Sprint(m.StatusCode)] = true
		}
	}
	require.Equal(t, map[string]bool{"BYE": true, "481": true}, seen)
	require.Error(t, r.Accept())
}

func TestReferSubscription(t *testing.T) {
	_, p, in := newReferrer(t, Options{})
	p.request("SUBSCRIBE", 2, []string{"Event: refer"}, "")
	p.response(481, "SUBSCRIBE")
	p.request("SUBSCRIBE", 3, []string{"Event: message-summary"}, "")
	require.Equal(t, "refer", header(p.response(489, "SUBSCRIBE"), "Allow-Events"))
	r := p.tried(in, 4)
	p.request("SUBSCRIBE", 5, []string{"Event: refer", "Expires: 60"}, "")
	require.NotEqual(t, "0", header(p.response(200, "SUBSCRIBE"), "Expires"))
	p.notified("active", trying, 200)
	p.request("SUBSCRIBE", 6, []string{"Event: refer", "Expires: 0"}, "")
	require.Equal(t, "0", header(p.response(200, "SUBSCRIBE"), "Expires"))
	p.notified("terminated;reason=timeout", trying, 200)
	require.NoError(t, r.Done(200))
	require.NoError(t, in.Hangup())
	next(t, in, Ended)
	p.request("BYE", 7, nil, "")
	p.response(200, "BYE")
}

// A call that the peer has with somebody else is the consumer's to take the place in.
func TestReferElsewhere(t *testing.T) {
	_, p, in := newReferrer(t, Options{})
	r := p.refer(in, 2, "<sip:104@b?Replaces=x%40b%3Bto-tag%3Da%3Bfrom-tag%3Db>")
	require.Equal(t, "104", r.To)
	require.Empty(t, r.Replaces)
	require.Equal(t, "x@b;to-tag=a;from-tag=b", r.Elsewhere)
	require.NoError(t, r.Refuse(404))
	p.response(404, "REFER")
	require.NoError(t, in.Hangup())
	p.answer(p.got("BYE"), 200, "", nil, "")
}

// What cannot be followed is refused and leaves the call as it is.
func TestBadRefer(t *testing.T) {
	_, p, in := newReferrer(t, Options{})
	dialog := func(id string) string { return "<sip:104@b?Replaces=" + id + ">" }
	const other = "x%3Bto-tag%3Da%3Bfrom-tag%3Db"
	seq := 1
	for name, tc := range map[string]struct {
		lines []string
		code  int
	}{
		"none":             {nil, 400},
		"two":              {[]string{"Refer-To: <sip:a@b>", "Refer-To: <sip:c@d>"}, 400},
		"short and long":   {[]string{"Refer-To: <sip:a@b>", "r: <sip:c@d>"}, 400},
		"list":             {[]string{"Refer-To: <sip:a@b>, <sip:c@d>"}, 400},
		"empty":            {[]string{"Refer-To: "}, 400},
		"star":             {[]string{"Refer-To: *"}, 400},
		"open bracket":     {[]string{"Refer-To: <sip:a@b"}, 400},
		"no scheme":        {[]string{"Refer-To: <104>"}, 400},
		"http":             {[]string{"Refer-To: <http://example.com/>"}, 416},
		"mailto":           {[]string{"Refer-To: <mailto:a@b>"}, 416},
		"sips over UDP":    {[]string{"Refer-To: <sips:104@b>"}, 416},
		"method":           {[]string{"Refer-To: <sip:104@b;method=BYE>"}, 403},
		"bad Replaces":     {[]string{"Refer-To: " + dialog("x")}, 400},
		"bad escape":       {[]string{"Refer-To: " + dialog(other+"%zz")}, 400},
		"a broken line":    {[]string{"Refer-To: " + dialog("x%0d%0ay%3Bto-tag%3Da%3Bfrom-tag%3Db")}, 400},
		"itself":           {[]string{"Refer-To: " + dialog(p.id+"%3Bto-tag%3D"+p.toTag+"%3Bfrom-tag%3Dfar")}, 482},
		"itself from here": {[]string{"Refer-To: " + dialog(p.id+"%3Bto-tag%3Dfar%3Bfrom-tag%3D"+p.toTag)}, 482},
		"unknown Require":  {[]string{"Refer-To: <sip:104@b>", "Require: magic"}, 420},
	} {
		t.Run(name, func(t *testing.T) {
			p.t = t
			seq++
			require.NoError(t, in.do(func() error { in.s.refers = newLimiter(referRate, referBurst); return nil }))
			p.request("REFER", seq, tc.lines, "")
			p.response(tc.code, "REFER")
			require.Empty(t, in.Events())
			require.Equal(t, 1, in.s.Calls())
		})
	}
	p.t = t
	p.request("INVITE", seq+1, nil, offerSDP)
	p.response(200, "INVITE")
	p.request("ACK", seq+1, nil, "")
	refused := false
	for range 2 * int(referBurst) {
		seq++
		p.request("REFER", seq+1, []string{"Refer-To: <http://example.com>"}, "")
		if res := p.read().(*sip.Response); res.StatusCode == 503 {
			require.NotEmpty(t, header(res, "Retry-After"))
			refused = true
			break
		}
	}
	require.True(t, refused, "an address may ask for as many as it likes")
	p.request("BYE", seq+2, nil, "")
	p.response(200, "BYE")
	next(t, in, Ended)
}

func TestReadReferTo(t *testing.T) {
	for text, want := range map[string]string{
		`<sip:104@host>`:                       "104",
		`sip:104@host`:                         "104",
		`sip:104@host;user=phone`:              "104",
		`"A, B" <sip:104@host;user=phone>;x=y`: "104",
		`<sips:104@host>`:                      "104",
		`<tel:+86-10-1234;ext=5>`:              "+86-10-1234",
		`tel:10086`:                            "10086",
		`<sip:%2B8610@host>`:                   "+8610",
		`<sip:host>`:                           "",
		`<sip:104@[::1]:5060>`:                 "104",
		`<sip:104@host?X-Evil=1&Route=%3Csip%3Aelse%3E>`:                          "104",
		`<sip:104@host;method=INVITE?body=x>`:                                     "104",
		`<sip:104@h?Replaces=i%40h%3Bto-tag%3Da%3Bfrom-tag%3Db&Require=replaces>`: "104",
	} {
		to, code, _ := readReferTo([]string{text})
		require.Zero(t, code, text)
		require.Equal(t, want, userOf(to.uri), text)
	}
	to, _, _ := readReferTo([]string{`<sip:104@h?Replaces=i%40h%3Bto-tag%3Da%3Bfrom-tag%3Db%3Bearly-only>`})
	require.Equal(t, &replaces{callID: "i@h", toTag: "a", fromTag: "b", earlyOnly: true}, to.replaces)
}

func FuzzReferTo(f *testing.F) {
	for _, s := range []string{
		`<sip:104@host>`, `sip:104@host;user=phone`, `"A, B" <sip:104@h;x>;y`, `tel:+86-10`, `<`, `<sip:>`, `"`,
		`<sip:a@b?Replaces=x%3Bto-tag%3Da%3Bfrom-tag%3Db>`, `<sip:a@b?Replaces=%`,
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		to, code, _ := readReferTo([]string{s})
		if code != 0 {
			require.GreaterOrEqual(t, code, 400)
			return
		}
		user := userOf(to.uri)
		require.False(t, control(user), "%q", user)
		if to.replaces != nil {
			require.NotEmpty(t, to.replaces.callID)
			require.NotEmpty(t, to.replaces.toTag)
			require.False(t, control(to.replaces.String()), "%q", to.replaces)
			require.Equal(t, to.replaces, readReplaces(to.replaces.String()), "it is what was meant")
		}
	})
}

func TestReferStates(t *testing.T) {
	want := map[referState]map[referInput]referState{
		refNone:  {rinRefer: refAsked},
		refAsked: {rinRefuse: refNone, rinAccept: refGoing, rinAcceptQuiet: refDeaf},
		refGoing: {rinOutcome: refTold, rinUnsubscribed: refDeaf},
		refDeaf:  {rinOutcome: refNone},
		refTold:  {rinRefer: refAsked, rinAnswered: refNone, rinUnsubscribed: refNone},
	}
	for s := refNone; s <= refTold; s++ {
		for in := rinRefer; in <= rinAnswered; in++ {
			next, ok := s.next(in)
			expected, has := want[s][in]
			require.Equal(t, has, ok, "%v %d", s, in)
			if !has {
				expected = s
			}
			require.Equal(t, expected, next, "%v %d", s, in)
		}
	}
}
