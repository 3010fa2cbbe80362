package sip

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"
	"github.com/miekg/dns"
	"github.com/stretchr/testify/require"

	"tccc/gateway/sdp"
	"tccc/gateway/sip/locate"
)

// manual is a clock that a test moves.
type manual struct {
	mu sync.Mutex
	at time.Time
}

func newManual() *manual { return &manual{at: time.Now()} }

func (m *manual) now() time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.at
}

func (m *manual) pass(d time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.at = m.at.Add(d)
}

// sites is an agent whose trunk "peer" has phones for addresses.
func sites(t *testing.T, o Options, n int, change func(*Trunk)) (*agent, []*phone) {
	t.Helper()
	a := newAgent(t, o)
	k := Trunk{Name: "peer"}
	var list []*phone
	for range n {
		p := newPhone(t, a)
		p.skip["ACK"] = true
		list = append(list, p)
		k.Addresses = append(k.Addresses, p.addr())
	}
	if change != nil {
		change(&k)
	}
	require.NoError(t, a.SetTrunks([]Trunk{k}))
	return a, list
}

// fresh reads requests of a method until one of a call that is not known yet.
func fresh(p *phone, method string, known ...string) *sip.Request {
	p.t.Helper()
	for {
		req := p.got(method)
		seen := false
		for _, id := range known {
			seen = seen || req.CallID().Value() == id
		}
		if !seen {
			return req
		}
	}
}

func states(a *agent) (out []string) {
	for _, s := range a.Targets() {
		out = append(out, fmt.Sprint(s.Up, " ", s.Reason))
	}
	return out
}

// busy refuses a call, which ends it.
func busy(t *testing.T, p *phone, req *sip.Request, c *Call) {
	t.Helper()
	p.answer(req, 486, "x", nil, "")
	require.Equal(t, 486, next(t, c, Ended).Code)
}

// The first target is dead: the call goes to the next, later ones go there at
// once, and after a while the dead one is tried again.
func TestNextTargetOnSilence(t *testing.T) {
	clock := newManual()
	a, p := sites(t, Options{firstWait: 100 * time.Millisecond, ResponseTimeout: deadline, clock: clock.now}, 2, nil)
	out := a.dial(Outgoing{})
	one, two := p[0].got("INVITE"), p[1].got("INVITE")
	require.Equal(t, one.CallID().Value(), two.CallID().Value())
	require.Equal(t, header(one, "From"), header(two, "From"))
	require.Greater(t, two.CSeq().SeqNo, one.CSeq().SeqNo)
	require.NotEqual(t, one.Via().Params.GetOr("branch", ""), two.Via().Params.GetOr("branch", ""))
	require.Equal(t, "sip:10086@"+p[1].addr(), two.Recipient.String(), "the peer is asked for what is its own")
	p[1].answer(two, 200, "x", nil, answerSDP)
	next(t, out, Answered)
	require.Equal(t, []string{"false no response to INVITE", "true "}, states(a))

	p[0].skip["INVITE"] = true
	p[0].answer(one, 180, "late", nil, "") // it rings there: no longer
	require.Equal(t, one.CSeq().SeqNo, p[0].got("CANCEL").CSeq().SeqNo)
	p[0].skip["CANCEL"] = true
	delete(p[0].skip, "ACK")
	p[0].answer(one, 200, "late", nil, answerSDP)
	require.Equal(t, "late", p[0].got("ACK").To().Params.GetOr("tag", ""))
	bye := p[0].got("BYE")
	p[0].answer(bye, 200, "", nil, "")
	p[0].skip["ACK"], p[0].skip["BYE"] = true, true

	second := a.dial(Outgoing{})
	p[1].skip["CANCEL"] = true
	busy(t, p[1], fresh(p[1], "INVITE", out.ID()), second)
	clock.pass(downFor)
	delete(p[0].skip, "INVITE")
	third, fourth := a.dial(Outgoing{}), a.dial(Outgoing{})
	trial := fresh(p[0], "INVITE", out.ID())
	require.Equal(t, third.ID(), trial.CallID().Value())
	busy(t, p[1], fresh(p[1], "INVITE", out.ID(), second.ID()), fourth) // one call is enough to find out
	busy(t, p[0], trial, third)
	require.Equal(t, []string{"true ", "true "}, states(a))

	require.NoError(t, out.Hangup()) // the call that is up was left alone
	bye = p[1].got("BYE")
	require.Equal(t, out.ID(), bye.CallID().Value())
	p[1].answer(bye, 200, "", nil, "")
	next(t, out, Ended)
}

// A 503 leads to the next target at once, and Retry-After is kept.
func TestNextTargetOn503(t *testing.T) {
	clock := newManual()
	a, p := sites(t, Options{clock: clock.now}, 2, nil)
	out := a.dial(Outgoing{})
	first := p[0].got("INVITE")
	p[0].answer(first, 100, "", nil, "")
	p[0].answer(first, 503, "x", []string{"Retry-After: 120 (maintenance)"}, "")
	busy(t, p[1], p[1].got("INVITE"), out)
	require.Equal(t, []string{"false 503 to INVITE", "true "}, states(a))
	clock.pass(2*time.Minute - time.Second)
	out = a.dial(Outgoing{})
	busy(t, p[1], fresh(p[1], "INVITE", first.CallID().Value()), out)
	clock.pass(2 * time.Second)
	out = a.dial(Outgoing{})
	busy(t, p[0], fresh(p[0], "INVITE", first.CallID().Value()), out)

	a, p = sites(t, Options{clock: clock.now}, 3, nil)
	out = a.dial(Outgoing{})
	for _, q := range p { // none is left: the last word is theirs
		q.answer(q.got("INVITE"), 503, "x", []string{"Retry-After: 99999999"}, "")
	}
	require.Equal(t, 503, next(t, out, Ended).Code)
	require.Equal(t, 3, strings.Count(strings.Join(states(a), "\n"), "false"))
	ended := out.ID()
	out = a.dial(Outgoing{}) // all are down: a call is worth a try
	busy(t, p[0], fresh(p[0], "INVITE", ended), out)
	require.Contains(t, states(a)[0], "false", "an answer does not undo Retry-After")
	ended = out.ID()
	clock.pass(downMost)
	out = a.dial(Outgoing{})
	busy(t, p[0], fresh(p[0], "INVITE", ended), out)
	require.Equal(t, "true ", states(a)[0], "nobody is left out for longer")
}

// Somebody was called, or the number is at fault: no other target changes that.
func TestNoNextTarget(t *testing.T) {
	a, p := sites(t, Options{firstWait: 100 * time.Millisecond}, 2, nil)
	out := a.dial(Outgoing{})
	inv := p[0].got("INVITE")
	p[0].answer(inv, 180, "x", nil, "")
	next(t, out, Ringing)
	p[0].answer(inv, 503, "x", nil, "")
	require.Equal(t, 503, next(t, out, Ended).Code)
	for i, lines := range [][]string{{"Reason: Q.850;cause=17"}, nil} {
		out = a.dial(Outgoing{})
		inv = fresh(p[0], "INVITE", inv.CallID().Value())
		p[0].answer(inv, []int{503, 500}[i], "x", lines, "")
		require.Equal(t, []int{486, 500}[i], next(t, out, Ended).Code)
	}
	out = a.dial(Outgoing{}) // given up meanwhile
	_ = fresh(p[0], "INVITE", inv.CallID().Value())
	require.NoError(t, out.Hangup())
	next(t, out, Ended)
	require.NoError(t, p[1].conn.SetReadDeadline(time.Now().Add(200*time.Millisecond)))
	_, _, err := p[1].conn.ReadFrom(make([]byte, 1))
	require.Error(t, err, "nothing goes to the other")
}

// What refuses connections is passed over at once, a certificate of another as
// well, and a call goes to who is left.
func TestNextTargetOnRefusedConnection(t *testing.T) {
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, closed.Close())
	b := newAgent(t, Options{Trunks: []Trunk{{Name: "peer", Inbound: Inbound{Addresses: []string{"127.0.0.1"}}}}})
	both := []string{closed.Addr().String(), b.Addr()}
	a := newAgent(t, Options{Trunks: []Trunk{{Name: "peer", Transport: "tcp", Addresses: both}}})
	out, in := talk(t, a, b, Outgoing{})
	require.NoError(t, out.Hold())
	next(t, in, Held)
	require.NoError(t, in.Hangup())
	next(t, out, Ended)
	require.False(t, a.Targets()[0].Up)
	require.Contains(t, a.Targets()[0].Reason, "refused")
	require.True(t, a.Targets()[1].Up)

	require.NoError(t, a.SetTrunks([]Trunk{{Name: "peer", Transport: "tcp", Addresses: both[:1]}}))
	_, err = a.Dial(t.Context(), Outgoing{Trunk: "peer", From: "1", To: "2"})
	require.Error(t, err, "none is left")
}

// zone answers for names of a test, over UDP.
func zone(t *testing.T, records ...string) *locate.Resolver {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	require.NoError(t, err)
	up, done := make(chan struct{}), make(chan struct{})
	s := &dns.Server{PacketConn: conn, NotifyStartedFunc: func() { close(up) }}
	s.Handler = dns.HandlerFunc(func(w dns.ResponseWriter, q *dns.Msg) {
		m := new(dns.Msg).SetReply(q)
		for _, line := range records {
			rr, err := dns.NewRR(line)
			if err != nil {
				continue
			}
			if h := rr.Header(); strings.EqualFold(h.Name, q.Question[0].Name) && h.Rrtype == q.Question[0].Qtype {
				m.Answer = append(m.Answer, rr)
			}
		}
		_ = w.WriteMsg(m)
	})
	go func() { defer close(done); _ = s.ActivateAndServe() }()
	<-up
	t.Cleanup(func() { _ = s.Shutdown(); <-done })
	noHosts := func(context.Context, string, string) ([]netip.Addr, error) { return nil, errors.New("no hosts") }
	return locate.New(locate.Options{Source: locate.Servers{conn.LocalAddr().String()}, Hosts: noHosts})
}

func portOf(addr string) string { _, port, _ := net.SplitHostPort(addr); return port }

// Two sites by SRV: the second is for when the first is down. What is said is
// the domain's; a DNS that names a third transport is not followed.
func TestTrunkBySRV(t *testing.T) {
	a := newAgent(t, Options{})
	one, two := newPhone(t, a), newPhone(t, a)
	b := newAgent(t, Options{firstWait: 100 * time.Millisecond, resolver: zone(t,
		"_sip._udp.carrier.test. 60 SRV 20 0 "+portOf(two.addr())+" b.carrier.test.",
		"_sip._udp.carrier.test. 60 SRV 10 0 "+portOf(one.addr())+" a.carrier.test.",
		"a.carrier.test. 60 A 127.0.0.1", "b.carrier.test. 60 A 127.0.0.1", "b.carrier.test. 60 AAAA ::1")})
	for _, p := range []*phone{one, two} {
		p.to, p.skip["ACK"] = net.UDPAddrFromAddrPort(netip.MustParseAddrPort(b.Addr())), true
	}
	require.NoError(t, b.SetTrunks([]Trunk{{Name: "peer", Address: "carrier.test"}}))
	out := b.dial(Outgoing{})
	require.Equal(t, "sip:10086@carrier.test", one.got("INVITE").Recipient.String())
	inv := two.got("INVITE")
	require.Equal(t, "sip:10086@carrier.test", inv.Recipient.String())
	busy(t, two, inv, out)
	all, failed := b.Locate(t.Context())
	require.Empty(t, failed)
	require.Len(t, all, 2, "IPv6 cannot be sent to from a socket of IPv4")
	require.Equal(t, []string{"udp:" + one.addr(), "udp:" + two.addr()}, []string{all[0].Target, all[1].Target})
	require.Equal(t, []int{0, 1}, []int{all[0].Rank, all[1].Rank})

	require.NoError(t, b.SetTrunks([]Trunk{{Name: "peer", Address: "gone.test"}}))
	_, err := b.Dial(t.Context(), Outgoing{Trunk: "peer", From: "1", To: "2"})
	require.ErrorIs(t, err, locate.ErrNotFound)
	_, failed = b.Locate(t.Context())
	require.Error(t, failed["peer"])
}

// The certificate names the domain that is configured, not the host that the
// DNS leads to (RFC 5922 section 7.1), whatever transport NAPTR chooses.
func TestCertificateOfSRV(t *testing.T) {
	ca := newAuthority(t)
	peer := []Trunk{{Name: "peer", Inbound: Inbound{Addresses: []string{"127.0.0.1"}}}}
	wrong := newAgent(t, Options{Trunks: peer, TLSListen: "127.0.0.1:0", TLS: ca.server("a.carrier.test")})
	right := newAgent(t, Options{Trunks: peer, TLSListen: "127.0.0.1:0", TLS: ca.server("carrier.test")})
	a := newAgent(t, Options{resolver: zone(t,
		`carrier.test. 60 NAPTR 10 10 "s" "SIPS+D2T" "" _sips._tcp.carrier.test.`,
		"_sips._tcp.carrier.test. 60 SRV 10 0 "+portOf(wrong.TLSAddr())+" a.carrier.test.",
		"_sips._tcp.carrier.test. 60 SRV 20 0 "+portOf(right.TLSAddr())+" b.carrier.test.",
		"a.carrier.test. 60 A 127.0.0.1", "b.carrier.test. 60 A 127.0.0.1")})
	for _, transport := range []string{"tls", "auto"} {
		k := Trunk{Name: "peer", Address: "carrier.test", Transport: transport, TLS: TrunkTLS{CA: ca.file}}
		require.NoError(t, a.SetTrunks([]Trunk{k}))
		out, in := talk(t, a, right, Outgoing{})
		require.Equal(t, "TLS", in.dlg.network)
		require.NoError(t, out.Hangup())
		next(t, in, Ended)
		next(t, out, Ended)
		require.Contains(t, a.Targets()[0].Reason, "certificate")
	}
}

// The next target is told what fits its transport: keys that go over TLS do not
// go over UDP.
func TestNextTargetGetsAnOfferOfItsOwn(t *testing.T) {
	ca := newAuthority(t)
	trunks := []Trunk{{Name: "peer", Inbound: Inbound{Addresses: []string{"127.0.0.1"}}, Security: sdp.Prefer}}
	refusing := newAgent(t, Options{Trunks: trunks, TLSListen: "127.0.0.1:0", TLS: ca.server("carrier.test")})
	a := newAgent(t, Options{})
	p := newPhone(t, a)
	b := newAgent(t, Options{resolver: zone(t,
		`carrier.test. 60 NAPTR 10 10 "s" "SIPS+D2T" "" _sips._tcp.carrier.test.`,
		`carrier.test. 60 NAPTR 10 20 "s" "SIP+D2U" "" _sip._udp.carrier.test.`,
		"_sips._tcp.carrier.test. 60 SRV 10 0 "+portOf(refusing.TLSAddr())+" a.carrier.test.",
		"_sip._udp.carrier.test. 60 SRV 10 0 "+portOf(p.addr())+" a.carrier.test.",
		"a.carrier.test. 60 A 127.0.0.1")})
	p.to = net.UDPAddrFromAddrPort(netip.MustParseAddrPort(b.Addr()))
	require.NoError(t, b.SetTrunks([]Trunk{{
		Name: "peer", Address: "carrier.test", Transport: "auto", TLS: TrunkTLS{CA: ca.file}, Security: sdp.Prefer,
	}}))
	out := b.dial(Outgoing{})
	in := refusing.incoming()
	require.Contains(t, string(in.invite.Body()), "a=crypto")
	require.NoError(t, in.Reject(503, ""))
	inv := p.got("INVITE")
	require.NotContains(t, string(inv.Body()), "a=crypto")
	require.Contains(t, string(inv.Body()), "RTP/AVP ")
	require.NotContains(t, inv.Contact().Address.String(), "transport=tls")
	p.skip["ACK"] = true
	busy(t, p, inv, out)
	next(t, in, Ended)
}

// A registration goes to the next target, stays there, and its end is told
// there.
func TestRegistrationFailsOver(t *testing.T) {
	a, p := sites(t, Options{firstWait: 100 * time.Millisecond}, 3, func(k *Trunk) {
		k.Username, k.Password, k.Register = "u", "p", true
	})
	p[0].got("REGISTER")
	second := p[1].got("REGISTER")
	p[1].answer(second, 503, "x", []string{"Retry-After: 100"}, "")
	third := p[2].got("REGISTER")
	require.Equal(t, second.CallID().Value(), third.CallID().Value())
	require.Greater(t, third.CSeq().SeqNo, second.CSeq().SeqNo)
	short := "Contact: " + header(third, "Contact") + ";expires=2\r\nContent-Length"
	p[2].raw(strings.Replace(responseTo(third, 200), "Content-Length", short, 1))
	again := p[2].got("REGISTER")
	require.Greater(t, again.CSeq().SeqNo, third.CSeq().SeqNo)
	p[2].raw(responseTo(again, 200))
	done := make(chan error, 1)
	go func() { done <- a.SetTrunks(nil) }()
	last := fresh(p[2], "REGISTER")
	require.Equal(t, "0", header(last, "Expires"))
	p[2].raw(responseTo(last, 200))
	require.NoError(t, <-done)
}

// lines is a log that a test reads.
type lines struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(b)
}

func (l *lines) count(s string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Count(l.b.String(), s)
}

// Targets that are watched are known to be down before a call finds it out, and
// to be up again. Each change has one line in the log.
func TestWatch(t *testing.T) {
	log := &lines{}
	watch := func(k *Trunk) { k.Watch = 50 * time.Millisecond }
	a, p := sites(t, Options{Log: slog.New(slog.NewTextHandler(log, nil))}, 2, watch)
	codes := []int{200, 200}
	var mu sync.Mutex
	set := func(i, code int) { mu.Lock(); codes[i] = code; mu.Unlock() }
	for i, q := range p {
		go func() { // answers OPTIONS as it is told, until the test is over
			buf := make([]byte, 65535)
			for {
				n, _, err := q.conn.ReadFrom(buf)
				if err != nil {
					return
				}
				m, err := sip.ParseMessage(append([]byte(nil), buf[:n]...))
				req, ok := m.(*sip.Request)
				if err != nil || !ok || req.Method != sip.OPTIONS {
					continue
				}
				mu.Lock()
				code := codes[i]
				mu.Unlock()
				if code != 0 {
					_, _ = q.conn.WriteTo([]byte(responseTo(req, code)), q.to)
				}
			}
		}()
	}
	is := func(up ...bool) {
		t.Helper()
		require.Eventually(t, func() bool {
			all := a.Targets()
			for i := range up {
				if len(all) != len(up) || all[i].Up != up[i] {
					return false
				}
			}
			return true
		}, deadline, tick, "%v", up)
	}
	is(true, true)
	set(0, 503)
	is(false, true)
	set(1, 408)
	is(false, false)
	set(0, 404)
	set(1, 401)
	is(true, true)
	set(1, 0)
	is(true, false)
	for _, port := range []string{portOf(p[0].addr()), portOf(p[1].addr())} {
		require.LessOrEqual(t, log.count("target is down\" trunk=peer target=udp:127.0.0.1:"+port), 2)
		require.Equal(t, 1, log.count("target is up\" trunk=peer target=udp:127.0.0.1:"+port))
	}
	require.Equal(t, 3, log.count("target is down"))
	require.NoError(t, a.SetTrunks(nil))
	require.Empty(t, a.Targets())
}

func TestTargetsOfTrunks(t *testing.T) {
	for _, k := range []Trunk{
		{Name: "t", Addresses: []string{"a:b:c"}},
		{Name: "t", Addresses: strings.Fields(
			"192.0.2.1 192.0.2.2 192.0.2.3 192.0.2.4 192.0.2.5 192.0.2.6 192.0.2.7 a b")},
		{Name: "t", Address: "a", Transport: "sctp"},
	} {
		_, err := newTrunk(k)
		require.Error(t, err, "%+v", k)
	}
	k, err := newTrunk(Trunk{
		Name: "t", Address: "one.test", Addresses: []string{"two.test:5070", "192.0.2.1"}, Domain: "home.test",
	})
	require.NoError(t, err)
	require.Len(t, k.sites, 3)
	require.Equal(t, "home.test", k.sites[1].domain)
	require.Equal(t, "two.test"+strconv.Itoa(5070), k.sites[1].host+strconv.Itoa(k.sites[1].port))
	k, err = newTrunk(Trunk{Name: "t", Address: "one.test", Proxy: "proxy.test"})
	require.NoError(t, err)
	require.Equal(t, "sip:proxy.test;lr", k.routes()[0].String(), "without a port it is looked up")
}

// Of targets that share the load a registration stays with the one it has, and
// it goes back to a better one.
func TestRegistrationStays(t *testing.T) {
	a := newAgent(t, Options{resolver: zone(t,
		"_sip._udp.carrier.test. 60 SRV 10 50 5061 a.carrier.test.",
		"_sip._udp.carrier.test. 60 SRV 10 50 5062 a.carrier.test.",
		"_sip._udp.carrier.test. 60 SRV 20 50 5063 a.carrier.test.", "a.carrier.test. 60 A 127.0.0.1")})
	require.NoError(t, a.SetTrunks([]Trunk{{Name: "peer", Address: "carrier.test"}}))
	r := &registration{s: a.Server, t: a.trunkNamed("peer")}
	at := func(port uint16) target {
		t.Helper()
		list, err := a.locate(t.Context(), r.t)
		require.NoError(t, err)
		for _, to := range list {
			if to.addr.Port() == port {
				return to
			}
		}
		require.FailNow(t, "no such target")
		return target{}
	}
	first := func() uint16 {
		t.Helper()
		list, err := r.targets(t.Context(), time.Minute)
		require.NoError(t, err)
		require.Len(t, list, 3)
		return list[0].addr.Port()
	}
	r.at = at(5062)
	for range 20 {
		require.EqualValues(t, 5062, first())
	}
	r.at = at(5063)
	require.NotEqualValues(t, 5063, first())
	for _, port := range []uint16{5061, 5062} {
		a.health.fails(r.t, at(port), "a test", 0)
	}
	require.EqualValues(t, 5063, first())
	list, err := r.targets(t.Context(), 0)
	require.NoError(t, err)
	require.Equal(t, []target{r.at}, list, "the end is told where it is")
}
