package locate

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/miekg/dns"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// zone is a DNS server of a test, on UDP and TCP.
type zone struct {
	t    *testing.T
	addr string

	mu    sync.Mutex
	m     map[key][]dns.RR
	raw   []byte // answered instead, after the id
	rcode int
	asked map[key]int
	tcp   int
}

func newZone(t *testing.T, records ...string) *zone {
	t.Helper()
	z := &zone{t: t, asked: map[key]int{}}
	z.set(records...)
	var udp net.PacketConn
	var tcp net.Listener
	for range 32 {
		var err error
		udp, err = net.ListenPacket("udp", "127.0.0.1:0")
		require.NoError(t, err)
		if tcp, err = net.Listen("tcp", udp.LocalAddr().String()); err == nil {
			break
		}
		udp.Close()
	}
	require.NotNil(t, tcp)
	z.addr = udp.LocalAddr().String()
	for _, s := range []*dns.Server{{PacketConn: udp, Handler: z}, {Listener: tcp, Handler: z}} {
		up, done := make(chan struct{}), make(chan struct{})
		s.NotifyStartedFunc = func() { close(up) }
		go func() { defer close(done); _ = s.ActivateAndServe() }()
		<-up
		t.Cleanup(func() { _ = s.Shutdown(); <-done })
	}
	return z
}

// set replaces the records, which are lines of a zone file.
func (z *zone) set(records ...string) {
	z.t.Helper()
	m := map[key][]dns.RR{}
	for _, line := range records {
		rr, err := dns.NewRR(line)
		require.NoError(z.t, err, line)
		k := key{strings.ToLower(rr.Header().Name), rr.Header().Rrtype}
		m[k] = append(m[k], rr)
	}
	z.mu.Lock()
	z.m = m
	z.mu.Unlock()
}

func (z *zone) answer(rcode int, raw []byte) {
	z.mu.Lock()
	z.rcode, z.raw = rcode, raw
	z.mu.Unlock()
}

func (z *zone) questions(name string, kind uint16) int {
	z.mu.Lock()
	defer z.mu.Unlock()
	return z.asked[key{name, kind}]
}

func (z *zone) ServeDNS(w dns.ResponseWriter, q *dns.Msg) {
	z.mu.Lock()
	defer z.mu.Unlock()
	k := key{strings.ToLower(q.Question[0].Name), q.Question[0].Qtype}
	z.asked[k]++
	if z.raw != nil {
		_, _ = w.Write(append([]byte{byte(q.Id >> 8), byte(q.Id)}, z.raw...))
		return
	}
	m := new(dns.Msg).SetReply(q)
	m.Rcode, m.Compress = z.rcode, true
	for name := k.name; z.rcode == 0; { // a recursive server gives the aliases along
		if rrs := z.m[key{name, k.kind}]; rrs != nil {
			m.Answer = append(m.Answer, rrs...)
			break
		}
		alias := z.m[key{name, dns.TypeCNAME}]
		if alias == nil || len(m.Answer) > 20 {
			break
		}
		m.Answer = append(m.Answer, alias...)
		name = strings.ToLower(alias[0].(*dns.CNAME).Target)
	}
	if _, ok := w.RemoteAddr().(*net.TCPAddr); ok {
		z.tcp++
	} else {
		m.Truncate(datagram)
	}
	_ = w.WriteMsg(m)
}

// clock is the time of a test.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	c.at = c.at.Add(d)
	c.mu.Unlock()
}

var errNoHost = errors.New("the hosts file does not say")

func noHosts(context.Context, string, string) ([]netip.Addr, error) { return nil, errNoHost }

// resolver asks a zone.
func (z *zone) resolver(o Options) *Resolver {
	o.Source = Servers{z.addr}
	if o.Hosts == nil {
		o.Hosts = noHosts
	}
	return New(o)
}

// places writes targets as a test reads them.
func places(list []Target) (out []string) {
	for _, t := range list {
		out = append(out, t.Transport+" "+t.Addr.String()+" "+strconv.Itoa(t.Rank))
	}
	return out
}
