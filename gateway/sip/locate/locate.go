package locate

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/miekg/dns"
)

// Bounds of what is made of the answers.
const (
	MaxTargets = 32 // of a name
	maxNames   = 16 // hosts of SRV records that are looked up
	maxOfHost  = 8  // addresses of one of them, so that one site leaves room for the next
	maxRecords = 64 // of an answer that are kept
	maxAliases = 8  // CNAME records in a row
	findWait   = 8 * time.Second
)

// Query is what a URI or a configuration says of where a request goes.
type Query struct {
	Host      string // a name, or an IP address
	Port      int    // 0: none is said
	Transport string // "udp", "tcp" or "tls"; "": whatever the DNS says, else "udp"
}

// Target is a place that a request can go to.
type Target struct {
	Addr      netip.AddrPort
	Transport string // "udp", "tcp" or "tls"
	// Rank is 0 for those to try first; those of one rank share the load.
	Rank int
}

// Source asks the DNS. The message may say that there is nothing (NXDOMAIN, or
// no answer of that kind); an error says that it is not known.
type Source interface {
	Ask(ctx context.Context, name string, kind uint16) (*dns.Msg, error)
}

// Options of a Resolver.
type Options struct {
	// Source of records. Default the servers of /etc/resolv.conf, or, where that
	// is not there, the system's resolver, which tells no NAPTR and no TTL.
	Source Source
	// Names are those that a host name may stand for, with a dot at the end.
	// Default those that the search list of /etc/resolv.conf makes.
	Names func(host string) []string
	// Hosts knows the names that stand for addresses on this machine. Default
	// its hosts file.
	Hosts func(ctx context.Context, network, host string) ([]netip.Addr, error)
	// Now is the time. Default time.Now.
	Now func() time.Time
	// Rand gives a number from 0 to n-1 for the choice by weight. Default
	// rand.IntN.
	Rand func(n int) int
}

// Resolver finds targets. It is safe for concurrent use.
type Resolver struct {
	o     Options
	cache *cache
}

// New makes a resolver.
func New(o Options) *Resolver {
	if o.Source == nil {
		source, names := local()
		o.Source = source
		if o.Names == nil {
			o.Names = names
		}
	}
	if o.Names == nil {
		o.Names = absolute
	}
	if o.Hosts == nil {
		o.Hosts = hostsFile.LookupNetIP
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Rand == nil {
		o.Rand = rand.IntN
	}
	return &Resolver{o: o, cache: newCache(o.Source, o.Now)}
}

func absolute(host string) []string { return []string{dns.Fqdn(host)} }

// hostsFile is a resolver that never asks the network.
var hostsFile = &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
	return nil, errors.New("only the hosts file is asked")
}}

// ErrNotFound is a name that leads nowhere.
var ErrNotFound = errors.New("the name leads to no address")

// errNoService is a domain that says that it has no SIP (RFC 2782: a target of ".").
var errNoService = errors.New("the domain offers no such service")

// Find gives the targets of a query, the best first. Those of the same rank are
// shuffled by weight anew each time. There is at least one, or an error.
func (r *Resolver) Find(ctx context.Context, q Query) ([]Target, error) {
	if addr, err := netip.ParseAddr(strings.Trim(q.Host, "[]")); err == nil {
		return []Target{{Addr: netip.AddrPortFrom(addr.Unmap(), port(q)), Transport: cmp.Or(q.Transport, "udp")}}, nil
	}
	ctx, cancel := context.WithTimeout(ctx, findWait)
	defer cancel()
	list, err := r.find(ctx, q)
	if err == nil && len(list) == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("failed to look up %q: %w", q.Host, err)
	}
	return list, nil
}

func (r *Resolver) find(ctx context.Context, q Query) ([]Target, error) {
	plain := func(addrs []netip.Addr) (out []Target) {
		for _, a := range addrs[:min(len(addrs), MaxTargets)] {
			out = append(out, Target{Addr: netip.AddrPortFrom(a, port(q)), Transport: cmp.Or(q.Transport, "udp")})
		}
		return out
	}
	if addrs, err := r.o.Hosts(ctx, "ip", q.Host); err == nil && len(addrs) > 0 {
		return plain(usable(addrs)), nil
	}
	var failed error
	if q.Port == 0 && strings.Contains(strings.TrimSuffix(q.Host, "."), ".") {
		list, err := r.services(ctx, q)
		if len(list) > 0 || errors.Is(err, errNoService) {
			return list, err
		}
		failed = err // a server that answers for addresses alone is not rare
	}
	addrs, err := r.addresses(ctx, r.o.Names(q.Host))
	if len(addrs) == 0 {
		return nil, cmp.Or(err, failed)
	}
	return plain(addrs), nil
}

// port is the one of a query that SRV has no say in (section 4.2).
func port(q Query) uint16 {
	switch {
	case q.Port != 0:
		return uint16(q.Port)
	case q.Transport == "tls":
		return 5061
	}
	return 5060
}

// services follows NAPTR and SRV. Nothing found is no error.
func (r *Resolver) services(ctx context.Context, q Query) ([]Target, error) {
	host := dns.Fqdn(q.Host)
	if q.Transport != "" {
		return r.service(ctx, q.Transport, prefixes[q.Transport]+host, 0)
	}
	entries, failed := r.pointers(ctx, host)
	var out []Target
	for _, e := range entries {
		list, err := r.service(ctx, services[strings.ToUpper(e.Service)], e.Replacement, next(out))
		out, failed = append(out, list...), cmp.Or(failed, err)
	}
	if len(entries) > 0 {
		return out[:min(len(out), MaxTargets)], failed
	}
	for _, transport := range []string{"udp", "tcp", "tls"} { // section 4.1: each that is known, in our order
		list, err := r.service(ctx, transport, prefixes[transport]+host, 0)
		if len(list) > 0 {
			return list, nil
		}
		failed = cmp.Or(failed, err)
	}
	return nil, failed
}

// next is the rank after those of a list.
func next(list []Target) int {
	if len(list) == 0 {
		return 0
	}
	return list[len(list)-1].Rank + 1
}

// prefixes of SRV names, and what NAPTR calls the transports.
var (
	prefixes = map[string]string{"udp": "_sip._udp.", "tcp": "_sip._tcp.", "tls": "_sips._tcp."}
	services = map[string]string{"SIP+D2U": "udp", "SIP+D2T": "tcp", "SIPS+D2T": "tls"}
)

// pointers are the NAPTR records that lead to SRV records of transports that
// are known, in order. Of several orders only the first counts (RFC 3403
// section 4.1).
func (r *Resolver) pointers(ctx context.Context, host string) ([]*dns.NAPTR, error) {
	rrs, err := r.cache.records(ctx, host, dns.TypeNAPTR)
	var out []*dns.NAPTR
	for _, rr := range rrs {
		n, ok := rr.(*dns.NAPTR)
		if !ok || !strings.EqualFold(n.Flags, "s") || n.Regexp != "" || n.Replacement == "." {
			continue
		}
		if services[strings.ToUpper(n.Service)] != "" {
			out = append(out, n)
		}
	}
	slices.SortStableFunc(out, func(a, b *dns.NAPTR) int {
		return cmp.Or(cmp.Compare(a.Order, b.Order), cmp.Compare(a.Preference, b.Preference))
	})
	for i, n := range out {
		if n.Order != out[0].Order || i == maxNames {
			return out[:i], err
		}
	}
	return out, err
}

// service follows the SRV records of a name.
func (r *Resolver) service(ctx context.Context, transport, name string, rank int) ([]Target, error) {
	rrs, err := r.cache.records(ctx, name, dns.TypeSRV)
	var list []*dns.SRV
	for _, rr := range rrs {
		if s, ok := rr.(*dns.SRV); ok {
			list = append(list, s)
		}
	}
	if len(list) == 1 && list[0].Target == "." {
		return nil, errNoService
	}
	var out []Target
	failed := err
	list = byWeight(list, r.o.Rand)
	for i, s := range list[:min(len(list), maxNames)] {
		if i > 0 && s.Priority != list[i-1].Priority {
			rank++
		}
		if s.Port == 0 || s.Target == "." {
			continue
		}
		addrs, err := r.addresses(ctx, []string{s.Target})
		failed = cmp.Or(failed, err)
		for _, a := range addrs[:min(len(addrs), maxOfHost)] {
			out = append(out, Target{Addr: netip.AddrPortFrom(a, s.Port), Transport: transport, Rank: rank})
		}
	}
	if len(list) > 0 && len(out) == 0 {
		return nil, cmp.Or(failed, ErrNotFound)
	}
	return out[:min(len(out), MaxTargets)], failed
}

// byWeight sorts SRV records by priority, and those of one priority by lot, the
// likelier the higher the weight (RFC 2782).
func byWeight(list []*dns.SRV, rand func(int) int) []*dns.SRV {
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b *dns.SRV) int {
		zero := cmp.Compare(min(a.Weight, 1), min(b.Weight, 1)) // before the others
		return cmp.Or(cmp.Compare(a.Priority, b.Priority), zero)
	})
	for from := range list {
		sum, to := 0, from
		for ; to < len(list) && list[to].Priority == list[from].Priority; to++ {
			sum += int(list[to].Weight)
		}
		lot, at := rand(sum+1), from
		for running := int(list[at].Weight); running < lot; running += int(list[at].Weight) {
			at++
		}
		chosen := list[at]
		copy(list[from+1:at+1], list[from:at])
		list[from] = chosen
	}
	return list
}

// addresses are those of the first name that has any, IPv4 first.
func (r *Resolver) addresses(ctx context.Context, names []string) ([]netip.Addr, error) {
	var failed error
	for _, name := range names {
		var out []netip.Addr
		for _, kind := range []uint16{dns.TypeA, dns.TypeAAAA} {
			rrs, err := r.cache.records(ctx, name, kind)
			failed = cmp.Or(failed, err)
			for _, rr := range rrs {
				switch rr := rr.(type) {
				case *dns.A:
					out = appendAddr(out, rr.A)
				case *dns.AAAA:
					out = appendAddr(out, rr.AAAA)
				}
			}
		}
		if out = usable(out); len(out) > 0 {
			return out, nil
		}
	}
	return nil, failed
}

func appendAddr(list []netip.Addr, ip net.IP) []netip.Addr {
	if a, ok := netip.AddrFromSlice(ip); ok {
		list = append(list, a)
	}
	return list
}

// usable are the addresses that something can be sent to, IPv4 first.
func usable(list []netip.Addr) (out []netip.Addr) {
	for _, a := range list {
		a = a.Unmap()
		if a.IsUnspecified() || a.IsMulticast() || a == broadcast || slices.Contains(out, a) || len(out) == MaxTargets {
			continue
		}
		out = append(out, a)
	}
	slices.SortStableFunc(out, func(a, b netip.Addr) int { return cmp.Compare(a.BitLen(), b.BitLen()) })
	return out
}

var broadcast = netip.AddrFrom4([4]byte{255, 255, 255, 255})
