package sip

import (
	"fmt"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestBucket(t *testing.T) {
	b := bucket{rate: 10, burst: 3}
	now := time.Now()
	passed := 0
	for range 10 {
		if b.allow(now) {
			passed++
		}
	}
	require.Equal(t, 3, passed)
	require.False(t, b.allow(now.Add(50*time.Millisecond)))
	require.True(t, b.allow(now.Add(150*time.Millisecond)))
	require.False(t, b.allow(now.Add(150*time.Millisecond)))
}

func TestSometimes(t *testing.T) {
	o := sometimes{every: time.Minute}
	now := time.Now()
	n, due := o.count(now)
	require.True(t, due)
	require.Equal(t, 1, n)
	for range 5 {
		_, due = o.count(now.Add(time.Second))
		require.False(t, due)
	}
	n, due = o.count(now.Add(time.Minute))
	require.True(t, due)
	require.Equal(t, 6, n)
}

func TestRecent(t *testing.T) {
	r := newRecent[int](time.Hour, 3)
	for i := range 10 {
		r.add(i)
		require.LessOrEqual(t, len(r.at), 3)
	}
	require.True(t, r.has(9))
	require.False(t, r.has(0))
	r.at[9] = time.Now().Add(-2 * time.Hour)
	require.False(t, r.has(9))
}

func TestLimiter(t *testing.T) {
	l := newLimiter(1, 2)
	now := time.Now()
	a := netip.MustParseAddr("192.0.2.1")
	require.True(t, l.may(a, now))
	require.True(t, l.take(a, now))
	require.True(t, l.take(a, now))
	require.False(t, l.take(a, now))
	require.False(t, l.may(a, now))
	require.True(t, l.take(netip.MustParseAddr("192.0.2.2"), now), "everybody has a bucket")
	for i := range limiterMost - 10 { // a flood does not make it forget at once
		l.take(netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}), now)
	}
	require.False(t, l.may(a, now))
	for i := range 3 * limiterMost {
		l.take(netip.AddrFrom4([4]byte{10, 1, byte(i >> 8), byte(i)}), now)
		require.LessOrEqual(t, len(l.young)+len(l.old), 2*limiterMost)
	}
	require.True(t, l.may(a, now.Add(time.Second)))
}

// A flood from strangers is answered a few times, then no more, and it leaves
// nothing behind: neither calls nor entries for its sources.
func TestFlood(t *testing.T) {
	a := newAgent(t, Options{Trunks: []Trunk{{Name: "peer", Inbound: Inbound{Username: "u", Password: "p"}}}})
	to, err := net.ResolveUDPAddr("udp", a.Addr())
	require.NoError(t, err)
	const sources = 60
	var conns []net.PacketConn
	for i := range sources {
		c, err := net.ListenPacket("udp", "127.0.0.1:0")
		require.NoError(t, err)
		defer c.Close()
		conns = append(conns, c)
		for n := range 5 {
			_, err = fmt.Fprintf(sender{c, to},
				"INVITE sip:1@x SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bK%d-%d\r\nFrom: <sip:a@x>;tag=1\r\nTo: <sip:1@x>\r\n"+
					"Call-ID: %d-%d\r\nCSeq: 1 INVITE\r\nContact: <sip:a@x>\r\nContent-Length: 0\r\n\r\n",
				c.LocalAddr(), i,
				n, i, n)
			require.NoError(t, err)
		}
	}
	answered := 0
	buf := make([]byte, 4096)
	for _, c := range conns {
		require.NoError(t, c.SetReadDeadline(time.Now().Add(30*time.Millisecond)))
		for {
			n, _, err := c.ReadFrom(buf)
			if err != nil {
				break
			}
			require.Contains(t, string(buf[:n]), "SIP/2.0 401")
			answered++
		}
	}
	require.Positive(t, answered)
	require.Less(t, answered, sources*5)
	require.Zero(t, a.Calls())
	require.Equal(t, 1, a.tpl.Pool("udp").Size(), "sipgo knows the listening socket only")
}

type sender struct {
	net.PacketConn
	to net.Addr
}

func (s sender) Write(b []byte) (int, error) { return s.WriteTo(b, s.to) }

func TestTrunksAreChecked(t *testing.T) {
	a := newAgent(t, Options{})
	for name, list := range map[string][]Trunk{
		"no name":    {{}},
		"twice":      {{Name: "a"}, {Name: "a"}},
		"transport":  {{Name: "a", Transport: "sctp"}},
		"address":    {{Name: "a", Address: "host:port:x"}},
		"inbound":    {{Name: "a", Inbound: Inbound{Addresses: []string{"example.com"}}}},
		"half":       {{Name: "a", Inbound: Inbound{Username: "u"}}},
		"register":   {{Name: "a", Register: true}},
		"no user":    {{Name: "a", Address: "192.0.2.1", Register: true}},
		"good first": {{Name: "b"}, {}},
	} {
		require.Error(t, a.SetTrunks(list), name)
		require.Empty(t, *a.trunks.Load(), name)
	}
	require.NoError(t, a.SetTrunks([]Trunk{
		{Name: "wide", Inbound: Inbound{Addresses: []string{"10.0.0.0/8"}}},
		{Name: "narrow", Inbound: Inbound{Addresses: []string{"10.1.2.3", "2001:db8::/32"}}},
		{Name: "port", Inbound: Inbound{Addresses: []string{"10.1.2.3:5062"}}},
	}))
	for src, want := range map[string]string{"10.9.9.9:5060": "wide", "10.1.2.3:5060": "narrow",
		"10.1.2.3:5062": "port", "[2001:db8::1]:1": "narrow"} {
		require.Equal(t, want, a.trunkAt(netip.MustParseAddrPort(src)).Name)
	}
	require.Nil(t, a.trunkAt(netip.MustParseAddrPort("192.0.2.1:5060")))
	_, err := Listen(t.Context(), Options{Listen: "127.0.0.1:0"})
	require.Error(t, err, "no RTP ports")
}
