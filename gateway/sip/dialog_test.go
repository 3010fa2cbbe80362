package sip

import (
	"net/netip"
	"testing"

	"github.com/emiago/sipgo/sip"
	"github.com/stretchr/testify/require"

	"tccc/gateway/rtp"
)

func uri(t *testing.T, text string) sip.Uri {
	var u sip.Uri
	require.NoError(t, sip.ParseUri(text, &u))
	return u
}

func TestNextHop(t *testing.T) {
	for name, tc := range map[string]struct{ target, peer, want string }{
		"contact":               {"sip:a@192.0.2.5:5070", "192.0.2.9:5060", "192.0.2.5:5070"},
		"default port":          {"sip:a@192.0.2.5", "192.0.2.9:5062", "192.0.2.5:5060"},
		"host name":             {"sip:a@pbx.example", "192.0.2.9:5062", "192.0.2.9:5062"},
		"private behind public": {"sip:a@10.0.0.5:5070", "192.0.2.9:1024", "192.0.2.9:1024"},
		"private from private":  {"sip:a@10.0.0.5:5070", "10.0.0.9:5060", "10.0.0.5:5070"},
		"IPv6":                  {"sip:a@[2001:db8::5]:5070", "[2001:db8::9]:5060", "[2001:db8::5]:5070"},
	} {
		d := dialog{target: uri(t, tc.target), peer: netip.MustParseAddrPort(tc.peer)}
		require.Equal(t, tc.want, d.nextHop().String(), name)
	}
}

// The route set of RFC 3261 section 12.2.1.1.
func TestRoutes(t *testing.T) {
	a := newAgent(t, Options{Advertise: "sip.example.org:5999"})
	d := dialog{callID: "c", network: "UDP", peer: netip.MustParseAddrPort("192.0.2.9:5060"),
		target: uri(t, "sip:far@192.0.2.5"),
		routes: []sip.Uri{uri(t, "sip:192.0.2.7;lr"), uri(t, "sip:192.0.2.8;lr")}}
	req := d.request(a.Server, sip.BYE, 1)
	require.Equal(t, "sip:far@192.0.2.5", req.Recipient.String())
	require.Len(t, req.GetHeaders("Route"), 2)
	require.Contains(t, req.GetHeaders("Route")[0].Value(), "192.0.2.7")
	require.Equal(t, "192.0.2.7:5060", req.Destination())
	require.Equal(t, "sip.example.org", req.Via().Host)
	require.Equal(t, 5999, req.Via().Port)

	d.routes[0] = uri(t, "sip:192.0.2.7") // a strict router
	req = d.request(a.Server, sip.BYE, 2)
	require.Equal(t, "sip:192.0.2.7", req.Recipient.String())
	require.Len(t, req.GetHeaders("Route"), 2)
	require.Contains(t, req.GetHeaders("Route")[1].Value(), "far@192.0.2.5")
}

func TestRecordRoute(t *testing.T) {
	a := newAgent(t, Options{})
	p := newPhone(t, a)
	rr := []string{"Record-Route: <sip:" + p.addr() + ";lr>", "Record-Route: <sip:two.example;lr>"}
	p.invite(rr, offerSDP)
	in := a.incoming()
	require.NoError(t, in.Answer())
	res := p.response(200, "INVITE")
	require.Len(t, res.GetHeaders("Record-Route"), 2)
	p.request("ACK", 1, nil, "")
	next(t, in, Answered)
	require.NoError(t, in.Hangup())
	next(t, in, Ended)
	bye := p.got("BYE")
	require.Contains(t, bye.GetHeaders("Route")[0].Value(), p.addr())
	// It is challenged, and sent once more.
	p.answer(bye, 401, "", []string{`WWW-Authenticate: Digest realm="r", nonce="n", qop="auth"`}, "")
	bye = p.got("BYE")
	require.Contains(t, header(bye, "Authorization"), `nonce="n"`)
	p.answer(bye, 200, "", nil, "")

	out := a.dial(Outgoing{})
	inv := p.got("INVITE")
	p.answer(inv, 200, "x", []string{"Record-Route: <sip:two.example;lr>", "Record-Route: <sip:" + p.addr() + ";lr>"},
		answerSDP)
	ack := p.got("ACK")
	require.Contains(t, ack.GetHeaders("Route")[0].Value(), p.addr(), "reversed")
	require.Contains(t, ack.GetHeaders("Route")[1].Value(), "two.example")
	next(t, out, Answered)
	require.NoError(t, out.Hangup())
	p.answer(p.got("BYE"), 200, "", nil, "")
	next(t, out, Ended)
}

// Events that nobody reads are dropped, but never the last.
func TestEventsAreBounded(t *testing.T) {
	a, b := pair(t, "udp", Options{}, Options{})
	out, in := talk(t, a, b, Outgoing{})
	for range 2 * eventBuffer {
		require.NoError(t, in.do(func() error { in.digit('1'); return nil }))
	}
	require.NoError(t, out.Hangup())
	next(t, out, Ended)
	<-in.done
	n := 0
	last := Event{}
	for e := range in.Events() {
		n++
		last = e
	}
	require.Equal(t, eventBuffer, n)
	require.Equal(t, Ended, last.Kind)
}

func TestNoPortForMedia(t *testing.T) {
	ports, err := rtp.NewPorts(rtp.PortOptions{})
	require.NoError(t, err)
	probe, err := ports.NewLeg(rtp.Options{})
	require.NoError(t, err)
	defer probe.Close()
	base := probe.Local().Port()
	full, err := rtp.NewPorts(rtp.PortOptions{Min: base, Max: base + 1}) // the only pair is taken
	require.NoError(t, err)
	a, b := pair(t, "udp", Options{}, Options{RTP: full})
	out := a.dial(Outgoing{})
	in := b.incoming()
	require.ErrorIs(t, in.Answer(), rtp.ErrNoPort)
	require.Equal(t, 503, next(t, out, Ended).Code)
	require.Equal(t, 503, next(t, in, Ended).Code)
	_, err = b.Dial(t.Context(), Outgoing{Trunk: "peer", To: "1"})
	require.ErrorIs(t, err, rtp.ErrNoPort)
	require.Zero(t, b.Calls())
}

func TestUsers(t *testing.T) {
	for _, s := range []string{"10086", "+8610", "1#2*", "a b", "张三", "100%"} {
		require.Equal(t, s, userOf(sip.Uri{User: escapeUser(s)}))
	}
	require.Equal(t, "+8610", userOf(sip.Uri{User: "+8610;phone-context=x"}))
	require.Equal(t, "%zz", userOf(sip.Uri{User: "%zz"}))
}
