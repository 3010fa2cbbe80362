package locate

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/miekg/dns"
	"github.com/stretchr/testify/require"
)

var example = []string{
	`example.test. 300 NAPTR 20 0 "s" "SIP+D2U" "" _sip._udp.example.test.`,
	`example.test. 300 NAPTR 10 5 "s" "SIP+D2T" "" _sip._tcp.example.test.`,
	`example.test. 300 NAPTR 10 1 "s" "SIPS+D2T" "" secure.example.test.`,
	`example.test. 300 NAPTR 5 0 "u" "E2U+sip" "!.*!sip:x@example.test!" .`,
	`example.test. 300 NAPTR 5 0 "s" "SIP+D2S" "" _sip._sctp.example.test.`,
	"example.test. 300 A 192.0.2.99",
	"_sip._udp.example.test. 300 SRV 20 0 5070 b.example.test.",
	"_sip._udp.example.test. 300 SRV 10 0 5060 a.example.test.",
	"_sip._tcp.example.test. 300 SRV 10 0 5062 a.example.test.",
	"secure.example.test. 300 SRV 10 0 5061 b.example.test.",
	"a.example.test. 300 AAAA 2001:db8::1",
	"a.example.test. 300 A 192.0.2.1",
	"b.example.test. 300 CNAME c.example.test.",
	"c.example.test. 300 A 192.0.2.2",
	"plain.test. 300 A 192.0.2.3",
	"none.test. 300 A 192.0.2.4",
	"_sip._udp.none.test. 300 SRV 0 0 0 .",
	"_sip._tcp.half.test. 300 SRV 0 0 5060 a.example.test.",
	`lonely.test. 300 NAPTR 1 1 "s" "SIP+D2U" "" _sip._udp.example.test.`,
}

func TestFind(t *testing.T) {
	r := newZone(t, example...).resolver(Options{})
	for _, c := range []struct {
		q    Query
		want []string
	}{
		{Query{"192.0.2.7", 0, ""}, []string{"udp 192.0.2.7:5060 0"}},
		{Query{"192.0.2.7", 0, "tls"}, []string{"tls 192.0.2.7:5061 0"}},
		{Query{"[2001:db8::7]", 5070, "tcp"}, []string{"tcp [2001:db8::7]:5070 0"}},
		{Query{"::ffff:192.0.2.7", 0, "udp"}, []string{"udp 192.0.2.7:5060 0"}},
		{Query{"example.test", 5080, "udp"}, []string{"udp 192.0.2.99:5080 0"}},
		{Query{"example.test", 5080, ""}, []string{"udp 192.0.2.99:5080 0"}},
		{Query{"EXAMPLE.test", 0, "udp"}, []string{
			"udp 192.0.2.1:5060 0", "udp [2001:db8::1]:5060 0", "udp 192.0.2.2:5070 1",
		}},
		{Query{"example.test.", 0, "tcp"}, []string{"tcp 192.0.2.1:5062 0", "tcp [2001:db8::1]:5062 0"}},
		{Query{"example.test", 0, "tls"}, []string{"tls 192.0.2.99:5061 0"}}, // _sips._tcp is not there
		{Query{"example.test", 0, ""}, []string{
			"tls 192.0.2.2:5061 0", "tcp 192.0.2.1:5062 1", "tcp [2001:db8::1]:5062 1",
		}},
		{Query{"plain.test", 0, ""}, []string{"udp 192.0.2.3:5060 0"}},
		{Query{"plain.test", 0, "tcp"}, []string{"tcp 192.0.2.3:5060 0"}},
		// No NAPTR: SRV of each transport.
		{Query{"half.test", 0, ""}, []string{"tcp 192.0.2.1:5060 0", "tcp [2001:db8::1]:5060 0"}},
		{Query{"lonely.test", 0, ""}, []string{
			"udp 192.0.2.1:5060 0", "udp [2001:db8::1]:5060 0", "udp 192.0.2.2:5070 1",
		}},
	} {
		got, err := r.Find(t.Context(), c.q)
		require.NoError(t, err, "%+v", c.q)
		require.Equal(t, c.want, places(got), "%+v", c.q)
	}
	for _, q := range []Query{
		{"none.test", 0, "udp"}, {"gone.test", 0, ""}, {"gone.test", 5060, "udp"}, {"", 0, ""}, {"a..b", 0, "udp"},
	} {
		got, err := r.Find(t.Context(), q)
		require.Error(t, err, "%+v", q)
		require.Empty(t, got)
	}
}

// Names without a dot are those of this network: nobody asks the root for their
// services, and the search list holds for them.
func TestShortNames(t *testing.T) {
	z := newZone(t, "pbx.office.test. 60 A 192.0.2.1", "_sip._udp.pbx. 60 SRV 0 0 5070 pbx.office.test.")
	r := z.resolver(Options{Names: func(host string) []string {
		return []string{host + ".home.test.", host + ".office.test.", host + "."}
	}})
	got, err := r.Find(t.Context(), Query{"pbx", 0, "udp"})
	require.NoError(t, err)
	require.Equal(t, []string{"udp 192.0.2.1:5060 0"}, places(got))
	require.Zero(t, z.questions("_sip._udp.pbx.", dns.TypeSRV))
}

func TestHostsFileComesFirst(t *testing.T) {
	r := newZone(t, example...).resolver(Options{Hosts: func(_ context.Context, _, host string) ([]netip.Addr, error) {
		if host != "example.test" {
			return nil, errNoHost
		}
		return []netip.Addr{netip.MustParseAddr("::1"), netip.MustParseAddr("127.0.0.9")}, nil
	}})
	got, err := r.Find(t.Context(), Query{"example.test", 0, "udp"})
	require.NoError(t, err)
	require.Equal(t, []string{"udp 127.0.0.9:5060 0", "udp [::1]:5060 0"}, places(got))
	got, err = New(Options{}).Find(t.Context(), Query{"localhost", 0, "udp"})
	require.NoError(t, err)
	require.Equal(t, "udp 127.0.0.1:5060 0", places(got)[0])
}

// Of records of one priority each comes first as often as its weight says.
func TestWeights(t *testing.T) {
	z := newZone(t,
		"_sip._udp.w.test. 300 SRV 10 60 5060 a.w.test.", "_sip._udp.w.test. 300 SRV 10 30 5060 b.w.test.",
		"_sip._udp.w.test. 300 SRV 10 10 5060 c.w.test.", "_sip._udp.w.test. 300 SRV 10 0 5060 d.w.test.",
		"_sip._udp.w.test. 300 SRV 20 100 5060 e.w.test.",
		"a.w.test. 300 A 192.0.2.1", "b.w.test. 300 A 192.0.2.2", "c.w.test. 300 A 192.0.2.3",
		"d.w.test. 300 A 192.0.2.4", "e.w.test. 300 A 192.0.2.5")
	r := z.resolver(Options{Rand: rand.New(rand.NewPCG(1, 2)).IntN})
	const rounds = 5000
	first, second := map[string]int{}, map[string]int{}
	for range rounds {
		got, err := r.Find(t.Context(), Query{"w.test", 0, "udp"})
		require.NoError(t, err)
		require.Len(t, got, 5)
		first[got[0].Addr.Addr().String()]++
		second[got[1].Addr.Addr().String()]++
		require.Equal(t, "192.0.2.5", got[4].Addr.Addr().String(), "the other priority is last")
		require.Equal(t, []int{0, 0, 0, 0, 1}, []int{got[0].Rank, got[1].Rank, got[2].Rank, got[3].Rank, got[4].Rank})
	}
	require.InDelta(t, 0.6, float64(first["192.0.2.1"])/rounds, 0.03)
	require.InDelta(t, 0.3, float64(first["192.0.2.2"])/rounds, 0.03)
	require.InDelta(t, 0.1, float64(first["192.0.2.3"])/rounds, 0.03)
	require.Less(t, first["192.0.2.4"], rounds/50, "a weight of 0 is next to none")
	require.Positive(t, first["192.0.2.4"])
	require.InDelta(t, 0.6*30/40+0.1*30/90, float64(second["192.0.2.2"])/rounds, 0.03,
		"the rest is drawn by weight too")
	require.Equal(t, 1, z.questions("_sip._udp.w.test.", dns.TypeSRV))
}

func TestAnswersAreKeptForTheirTime(t *testing.T) {
	z := newZone(t, "a.test. 30 A 192.0.2.1", "short.test. 0 A 192.0.2.1", "long.test. 900000 A 192.0.2.1",
		"alias.test. 10 CNAME target.test.", "target.test. 600 A 192.0.2.1")
	c := &clock{at: time.Unix(1e9, 0)}
	r := z.resolver(Options{Now: c.now})
	find := func(name, want string) {
		t.Helper()
		got, err := r.Find(t.Context(), Query{name, 5060, "udp"})
		if want == "" {
			require.ErrorIs(t, err, ErrNotFound)
			return
		}
		require.NoError(t, err)
		require.Equal(t, []string{"udp " + want + ":5060 0"}, places(got))
	}
	all := []string{"a.test", "short.test", "long.test", "alias.test"}
	for _, name := range all {
		find(name, "192.0.2.1")
	}
	find("later.test", "")
	z.set("a.test. 30 A 192.0.2.2", "short.test. 30 A 192.0.2.2", "long.test. 30 A 192.0.2.2",
		"alias.test. 30 A 192.0.2.2", "later.test. 30 A 192.0.2.2")
	c.pass(ttlLeast - time.Second)
	for _, name := range all {
		find(name, "192.0.2.1")
	}
	c.pass(2 * time.Second)
	find("short.test", "192.0.2.2")
	find("alias.test", "192.0.2.1")
	c.pass(5 * time.Second)
	find("alias.test", "192.0.2.2") // the alias holds for less than what it leads to
	find("a.test", "192.0.2.1")
	find("later.test", "")
	c.pass(emptyMost)
	find("a.test", "192.0.2.2")
	find("later.test", "192.0.2.2")
	find("long.test", "192.0.2.1")
	c.pass(ttlMost)
	find("long.test", "192.0.2.2")
}

// What was known goes on when the DNS is away, for a day.
func TestStaleAnswers(t *testing.T) {
	z := newZone(t, "a.test. 30 A 192.0.2.1")
	c := &clock{at: time.Unix(1e9, 0)}
	r := z.resolver(Options{Now: c.now})
	q := Query{"a.test", 5060, "udp"}
	_, err := r.Find(t.Context(), q)
	require.NoError(t, err)
	z.answer(dns.RcodeServerFailure, nil)
	c.pass(time.Hour)
	got, err := r.Find(t.Context(), q)
	require.NoError(t, err)
	require.Equal(t, []string{"udp 192.0.2.1:5060 0"}, places(got))
	before := z.questions("a.test.", dns.TypeA)
	_, err = r.Find(t.Context(), q)
	require.NoError(t, err)
	require.Equal(t, before, z.questions("a.test.", dns.TypeA), "a failure is remembered for a while")
	c.pass(staleMost)
	_, err = r.Find(t.Context(), q)
	require.ErrorContains(t, err, "SERVFAIL")
	z.answer(0, nil)
	c.pass(failedFor)
	_, err = r.Find(t.Context(), q)
	require.NoError(t, err)
}

// A server that knows addresses only is enough for a name.
func TestServerRefusesServices(t *testing.T) {
	z := newZone(t, "a.test. 30 A 192.0.2.1")
	r := New(Options{Hosts: noHosts, Source: refusing{Servers{z.addr}}})
	got, err := r.Find(t.Context(), Query{"a.test", 0, ""})
	require.NoError(t, err)
	require.Equal(t, []string{"udp 192.0.2.1:5060 0"}, places(got))
}

type refusing struct{ Servers }

func (s refusing) Ask(ctx context.Context, name string, kind uint16) (*dns.Msg, error) {
	if kind == dns.TypeNAPTR || kind == dns.TypeSRV {
		return nil, fmt.Errorf("the DNS server answers %s", dns.RcodeToString[dns.RcodeRefused])
	}
	return s.Servers.Ask(ctx, name, kind)
}

func TestThousandAddresses(t *testing.T) {
	var records []string
	for i := range 1000 {
		records = append(records, fmt.Sprintf("many.test. 300 A 10.0.%d.%d", i/250, i%250+1),
			fmt.Sprintf("_sip._udp.many.test. 300 SRV %d 1 5060 many.test.", i%3),
			fmt.Sprintf("_sip._tcp.many.test. 300 SRV 1 1 5060 h%d.test.", i))
	}
	z := newZone(t, records...)
	r := z.resolver(Options{})
	got, err := r.Find(t.Context(), Query{"many.test", 5060, "udp"})
	require.NoError(t, err)
	require.Len(t, got, MaxTargets)
	z.mu.Lock()
	require.Positive(t, z.tcp, "what is truncated is asked for by TCP")
	z.mu.Unlock()
	got, err = r.Find(t.Context(), Query{"many.test", 0, "udp"})
	require.NoError(t, err)
	require.Len(t, got, MaxTargets)
	got, err = r.Find(t.Context(), Query{"many.test", 0, "tcp"}) // a thousand hosts that are not there
	require.NoError(t, err)
	require.Len(t, got, MaxTargets, "the addresses of the name itself")
	z.mu.Lock()
	require.Less(t, len(z.asked), 2*maxNames+10)
	z.mu.Unlock()
}

func TestLoops(t *testing.T) {
	records := []string{"a.test. 300 CNAME b.test.", "b.test. 300 CNAME a.test.", "self.test. 300 CNAME self.test.",
		"_sip._udp.s.test. 300 SRV 0 0 5060 a.test.", "_sip._udp.r.test. 300 SRV 0 0 5060 _sip._udp.r.test.",
		`n.test. 300 NAPTR 1 1 "s" "SIP+D2U" "" n.test.`}
	for i := range 30 {
		records = append(records, fmt.Sprintf("c%d.test. 300 CNAME c%d.test.", i, i+1))
	}
	records = append(records, "c30.test. 300 A 192.0.2.1")
	z := newZone(t, records...)
	r := z.resolver(Options{})
	for _, name := range []string{"a.test", "self.test", "s.test", "r.test", "n.test", "c0.test"} {
		_, err := r.Find(t.Context(), Query{name, 0, ""})
		require.Error(t, err, name)
	}
	got, err := r.Find(t.Context(), Query{"c25.test", 5060, "udp"})
	require.NoError(t, err)
	require.Len(t, got, 1)
}

func TestBadAddresses(t *testing.T) {
	r := newZone(t, "a.test. 300 A 0.0.0.0", "a.test. 300 A 255.255.255.255", "a.test. 300 A 224.0.0.1",
		"a.test. 300 AAAA ::", "a.test. 300 AAAA ff02::1", "_sip._udp.b.test. 300 SRV 0 0 0 c.test.",
		"c.test. 300 A 192.0.2.1", "c.test. 300 AAAA ::ffff:192.0.2.1").resolver(Options{})
	_, err := r.Find(t.Context(), Query{"a.test", 5060, "udp"})
	require.ErrorIs(t, err, ErrNotFound)
	_, err = r.Find(t.Context(), Query{"b.test", 0, "udp"})
	require.Error(t, err, "port 0 is none")
	got, err := r.Find(t.Context(), Query{"c.test", 0, "udp"})
	require.NoError(t, err)
	require.Len(t, got, 1, "the same address twice is one target")
}

func TestGarbage(t *testing.T) {
	z := newZone(t)
	for _, raw := range [][]byte{
		{}, {0x81, 0x80}, {0x81, 0x80, 0, 1, 0xff, 0xff, 0, 0, 0, 0, 0xc0, 12, 0xc0, 12}, make([]byte, 500),
	} {
		z.answer(0, raw)
		_, err := z.resolver(Options{}).Find(t.Context(), Query{"a.test", 5060, "udp"})
		require.Error(t, err)
	}
}

// Of many who ask for the same at the same time one asks the DNS, and one that
// goes away leaves the others alone.
func TestOneQuestionForAll(t *testing.T) {
	z := newZone(t, "a.test. 30 A 192.0.2.1")
	gate, asked := make(chan struct{}), make(chan struct{}, 64)
	r := New(Options{Hosts: noHosts, Source: slow{Servers{z.addr}, gate, asked}})
	gone, leave := context.WithCancel(t.Context())
	first := make(chan error, 1)
	go func() { _, err := r.Find(gone, Query{"a.test", 5060, "udp"}); first <- err }()
	<-asked
	others := make(chan error, 20)
	for range cap(others) {
		go func() { _, err := r.Find(t.Context(), Query{"a.test", 5060, "udp"}); others <- err }()
	}
	leave()
	require.ErrorIs(t, <-first, context.Canceled)
	close(gate)
	for range cap(others) {
		require.NoError(t, <-others)
	}
	require.Equal(t, 1, z.questions("a.test.", dns.TypeA))
}

type slow struct {
	Servers
	gate, asked chan struct{}
}

func (s slow) Ask(ctx context.Context, name string, kind uint16) (*dns.Msg, error) {
	s.asked <- struct{}{}
	select {
	case <-s.gate:
		return s.Servers.Ask(ctx, name, kind)
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

func TestCacheIsBounded(t *testing.T) {
	c := newCache(sourceFunc(func(name string, kind uint16) (*dns.Msg, error) {
		return new(dns.Msg).SetQuestion(name, kind), nil
	}), time.Now)
	for i := range 3 * maxCached {
		_, err := c.records(t.Context(), fmt.Sprintf("n%d.test", i), dns.TypeA)
		require.NoError(t, err)
	}
	require.LessOrEqual(t, len(c.m), maxCached)
}

type sourceFunc func(name string, kind uint16) (*dns.Msg, error)

func (f sourceFunc) Ask(_ context.Context, name string, kind uint16) (*dns.Msg, error) {
	return f(name, kind)
}

// A server that is away is passed over.
func TestNextServer(t *testing.T) {
	z := newZone(t, "a.test. 30 A 192.0.2.1")
	dead, err := net.ListenPacket("udp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, dead.Close())
	r := New(Options{Hosts: noHosts, Source: Servers{dead.LocalAddr().String(), z.addr}})
	got, err := r.Find(t.Context(), Query{"a.test", 5060, "udp"})
	require.NoError(t, err)
	require.Len(t, got, 1)
}

// Whatever messages say, what comes of it is bounded and can be sent to.
func FuzzFind(f *testing.F) {
	for _, lines := range [][]string{example[:3], example[6:8], example[10:14],
		{"example.test. 1 CNAME example.test."}} {
		m := new(dns.Msg).SetQuestion("example.test.", dns.TypeA)
		for _, line := range lines {
			rr, err := dns.NewRR(line)
			require.NoError(f, err)
			m.Answer = append(m.Answer, rr)
		}
		b, err := m.Pack()
		require.NoError(f, err)
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		m := new(dns.Msg)
		if m.Unpack(b) != nil {
			return
		}
		asked := 0
		r := New(Options{Hosts: noHosts, Source: sourceFunc(func(string, uint16) (*dns.Msg, error) {
			asked++
			return m, nil
		})})
		for _, transport := range []string{"", "udp", "tls"} {
			got, err := r.Find(t.Context(), Query{"example.test", 0, transport})
			if (err == nil) != (len(got) > 0) || len(got) > MaxTargets {
				t.Fatalf("%d targets, %v", len(got), err)
			}
			for _, g := range got {
				a := g.Addr
				if a.Port() == 0 || !a.IsValid() || a.Addr().IsUnspecified() || prefixes[g.Transport] == "" {
					t.Fatalf("%+v", g)
				}
			}
		}
		if asked > 1000 {
			t.Fatalf("%d questions", asked)
		}
	})
}
