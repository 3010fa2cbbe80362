package locate

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/miekg/dns"
)

const (
	askWait    = 2 * time.Second // for one server to answer
	askRounds  = 2               // of all servers
	maxServers = 3
	datagram   = 1232             // bytes that fit into a packet everywhere (dnsflagday.net/2020)
	confEvery  = 30 * time.Second // between looks at resolv.conf
	systemTTL  = time.Minute      // of what the system's resolver says
	resolvConf = "/etc/resolv.conf"
)

// Servers are DNS servers, HOST:PORT, which are asked one after the other.
type Servers []string

// Ask implements Source.
func (s Servers) Ask(ctx context.Context, name string, kind uint16) (*dns.Msg, error) {
	err := errors.New("no DNS server is known")
	for range askRounds {
		for _, server := range s[:min(len(s), maxServers)] {
			var m *dns.Msg
			if m, err = exchange(ctx, server, name, kind); err == nil {
				return m, nil
			}
			if ctx.Err() != nil {
				return nil, err
			}
		}
	}
	return nil, err
}

// exchange asks one server, by TCP what does not fit into a datagram.
func exchange(ctx context.Context, server, name string, kind uint16) (*dns.Msg, error) {
	q := new(dns.Msg).SetQuestion(dns.Fqdn(name), kind).SetEdns0(datagram, false)
	c := dns.Client{Net: "udp", Timeout: askWait, UDPSize: datagram}
	m, _, err := c.ExchangeContext(ctx, q, server)
	if m != nil && m.Truncated {
		c.Net = "tcp"
		m, _, err = c.ExchangeContext(ctx, q, server)
	}
	switch {
	case err != nil:
		return nil, fmt.Errorf("the DNS server %s does not answer: %w", server, err)
	case m.Rcode != dns.RcodeSuccess && m.Rcode != dns.RcodeNameError:
		return nil, fmt.Errorf("the DNS server %s answers %s", server, dns.RcodeToString[m.Rcode])
	case len(m.Question) != 1 || !strings.EqualFold(m.Question[0].Name, q.Question[0].Name) ||
		m.Question[0].Qtype != kind:
		return nil, fmt.Errorf("the DNS server %s answers another question", server)
	}
	return m, nil
}

// local are this machine's resolver, and what its search list makes of names.
func local() (Source, func(string) []string) {
	c := &machine{}
	if c.conf() == nil {
		return system{}, absolute
	}
	return c, c.names
}

// machine asks the servers of resolv.conf, as it is at the time.
type machine struct {
	mu     sync.Mutex
	known  *dns.ClientConfig
	looked time.Time
}

func (c *machine) conf() *dns.ClientConfig {
	c.mu.Lock()
	defer c.mu.Unlock()
	if time.Since(c.looked) > confEvery {
		c.looked = time.Now()
		if f, err := dns.ClientConfigFromFile(resolvConf); err == nil && len(f.Servers) > 0 {
			c.known = f
		}
	}
	return c.known
}

// Ask implements Source.
func (c *machine) Ask(ctx context.Context, name string, kind uint16) (*dns.Msg, error) {
	var s Servers
	conf := c.conf()
	for _, host := range conf.Servers {
		s = append(s, net.JoinHostPort(host, conf.Port))
	}
	return s.Ask(ctx, name, kind)
}

func (c *machine) names(host string) []string { return c.conf().NameList(host) }

// system asks the system's resolver, where there is no resolv.conf.
type system struct{}

// Ask implements Source.
func (system) Ask(ctx context.Context, name string, kind uint16) (*dns.Msg, error) {
	m := new(dns.Msg).SetQuestion(name, kind)
	head := dns.RR_Header{Name: name, Rrtype: kind, Class: dns.ClassINET, Ttl: uint32(systemTTL / time.Second)}
	var err error
	switch kind {
	case dns.TypeA, dns.TypeAAAA:
		network := map[uint16]string{dns.TypeA: "ip4", dns.TypeAAAA: "ip6"}[kind]
		list, e := net.DefaultResolver.LookupIP(ctx, network, strings.TrimSuffix(name, "."))
		for _, ip := range list {
			if kind == dns.TypeA {
				m.Answer = append(m.Answer, &dns.A{Hdr: head, A: ip})
			} else {
				m.Answer = append(m.Answer, &dns.AAAA{Hdr: head, AAAA: ip})
			}
		}
		err = e
	case dns.TypeSRV:
		_, list, e := net.DefaultResolver.LookupSRV(ctx, "", "", name)
		for _, s := range list {
			m.Answer = append(m.Answer, &dns.SRV{
				Hdr: head, Target: dns.Fqdn(s.Target), Port: s.Port, Priority: s.Priority, Weight: s.Weight,
			})
		}
		err = e
	}
	if missing := (*net.DNSError)(nil); errors.As(err, &missing) && missing.IsNotFound ||
		errors.Is(err, os.ErrNotExist) {
		err = nil
	}
	return m, err
}
