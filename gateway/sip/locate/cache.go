package locate

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/miekg/dns"
)

// How long answers are kept. A TTL outside of the bounds is moved to them: the
// DNS is not asked for each call, and what was moved is found within the hour.
const (
	ttlLeast  = 5 * time.Second
	ttlMost   = time.Hour
	emptyMost = time.Minute      // that there is nothing
	failedFor = 10 * time.Second // that nothing could be learnt
	staleMost = 24 * time.Hour   // an answer that could not be renewed (RFC 8767)
	maxCached = 1024
)

type key struct {
	name string // in lower case, with a dot at the end
	kind uint16
}

// cache keeps the records of names.
type cache struct {
	source Source
	now    func() time.Time

	mu sync.Mutex
	m  map[key]*entry
}

// entry is an answer, or one that is on its way.
type entry struct {
	ready   chan struct{} // closed when the rest holds
	rrs     []dns.RR
	err     error
	learned time.Time
	until   time.Time
}

func newCache(source Source, now func() time.Time) *cache {
	return &cache{source: source, now: now, m: map[key]*entry{}}
}

var errLoop = errors.New("the aliases go too far, or round in circles")

// records are those of a kind that a name has, itself or as an alias.
func (c *cache) records(ctx context.Context, name string, kind uint16) ([]dns.RR, error) {
	if _, ok := dns.IsDomainName(name); !ok {
		return nil, fmt.Errorf("%q is no domain name", name)
	}
	k := key{strings.ToLower(dns.Fqdn(name)), kind}
	for {
		c.mu.Lock()
		e := c.m[k]
		if e == nil || e.over() && !c.now().Before(e.until) {
			e = c.begin(k, e)
			c.mu.Unlock()
			c.fill(ctx, k, e)
			return e.rrs, e.err
		}
		c.mu.Unlock()
		select {
		case <-e.ready:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
		if !errors.Is(e.err, context.Canceled) { // of who asked first, who has gone
			return e.rrs, e.err
		}
	}
}

func (e *entry) over() bool {
	select {
	case <-e.ready:
		return true
	default:
		return false
	}
}

// begin puts an entry in the place of another, whose records are at hand should
// there be none better. c.mu is held.
func (c *cache) begin(k key, before *entry) *entry {
	e := &entry{ready: make(chan struct{})}
	if before != nil {
		e.rrs, e.learned = before.rrs, before.learned
	} else if len(c.m) >= maxCached {
		c.evict()
	}
	c.m[k] = e
	return e
}

// evict makes room: what has run out goes, else whatever runs out first.
func (c *cache) evict() {
	now := c.now()
	var first key
	var at time.Time
	for k, e := range c.m {
		if !e.over() {
			continue
		}
		if !now.Before(e.until) {
			delete(c.m, k)
		} else if at.IsZero() || e.until.Before(at) {
			first, at = k, e.until
		}
	}
	if len(c.m) >= maxCached {
		delete(c.m, first)
	}
}

// fill asks, and says how long the answer is good for.
func (c *cache) fill(ctx context.Context, k key, e *entry) {
	defer close(e.ready)
	rrs, ttl, err := c.ask(ctx, k)
	now := c.now()
	switch {
	case err == nil:
		e.rrs, e.learned, e.until = rrs, now, now.Add(ttl)
	case ctx.Err() != nil && errors.Is(context.Cause(ctx), context.Canceled):
		e.err, e.until = context.Canceled, now
		e.rrs = nil
	case len(e.rrs) > 0 && now.Sub(e.learned) < staleMost:
		e.until = now.Add(failedFor)
	default:
		e.rrs, e.err, e.until = nil, err, now.Add(failedFor)
	}
}

// ask asks for a name, and for what it is an alias of.
func (c *cache) ask(ctx context.Context, k key) (rrs []dns.RR, ttl time.Duration, err error) {
	ttl = ttlMost
	name, steps := k.name, 0
	for steps <= maxAliases {
		asked := name
		m, err := c.source.Ask(ctx, asked, k.kind)
		if err != nil {
			return nil, 0, err
		}
		for {
			rrs, t := owned(m.Answer, name, k.kind)
			if ttl = min(ttl, t); len(rrs) > 0 {
				return rrs, max(ttl, ttlLeast), nil
			}
			alias, t := owned(m.Answer, name, dns.TypeCNAME)
			if len(alias) == 0 {
				break
			}
			if steps++; steps > maxAliases {
				return nil, 0, errLoop
			}
			name, ttl = strings.ToLower(alias[0].(*dns.CNAME).Target), min(ttl, t)
		}
		if name == asked || m.Rcode == dns.RcodeNameError {
			return nil, max(min(ttl, emptyFor(m)), ttlLeast), nil
		}
	}
	return nil, 0, errLoop
}

// owned are the records of a name and a kind, and how long they are good for.
func owned(all []dns.RR, name string, kind uint16) (out []dns.RR, ttl time.Duration) {
	ttl = ttlMost
	for _, rr := range all {
		h := rr.Header()
		if h.Rrtype != kind || h.Class != dns.ClassINET || !strings.EqualFold(h.Name, name) || len(out) == maxRecords {
			continue
		}
		out = append(out, rr)
		if h.Ttl < 1<<31 { // RFC 2181 section 8: above it is 0
			ttl = min(ttl, time.Duration(h.Ttl)*time.Second)
		} else {
			ttl = 0
		}
	}
	return out, ttl
}

// emptyFor is how long it holds that there is nothing (RFC 2308 section 5).
func emptyFor(m *dns.Msg) time.Duration {
	ttl := emptyMost
	for _, rr := range m.Ns {
		if soa, ok := rr.(*dns.SOA); ok {
			ttl = min(ttl, time.Duration(min(soa.Minttl, soa.Hdr.Ttl))*time.Second)
		}
	}
	return ttl
}
