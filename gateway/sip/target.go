package sip

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"strings"

	"tccc/gateway/sip/locate"
)

// maxAddressesOfTrunk bounds those that a trunk's configuration names.
const maxAddressesOfTrunk = 8

// target is a place that a trunk's requests can go to.
type target struct {
	addr netip.AddrPort
	via  *trunk // the trunk as it is asked there: host, domain and transport are those of one address
	rank int    // 0 for those to prefer
}

func (t target) network() string { return strings.ToUpper(t.via.Transport) }

// String is how logs and operators see it.
func (t target) String() string { return t.via.Transport + ":" + t.addr.String() }

// errFamily is a trunk whose addresses are all of the family that SIP does not
// listen in.
var errFamily = errors.New("the addresses that were found are IPv6 and SIP listens on IPv4, or the other way round")

// targets finds where a request of a trunk can go, and puts those first that
// are not known to be down.
func (s *Server) targets(ctx context.Context, t *trunk) ([]target, error) {
	if _, err := s.locate(ctx, t); err != nil {
		return nil, err
	}
	list := s.health.order(t)
	if len(list) == 0 {
		return nil, ErrNoTrunk // it has gone meanwhile
	}
	return list, nil
}

// locate finds the targets of a trunk's addresses, one after the other. One
// that cannot be looked up is passed over if there are others.
func (s *Server) locate(ctx context.Context, t *trunk) ([]target, error) {
	if len(t.sites) == 0 {
		return nil, ErrNoTrunk
	}
	var out []target
	var failed error
	for _, site := range t.sites {
		q := locate.Query{Host: site.host, Port: site.port, Transport: site.Transport}
		if q.Transport == auto {
			q.Transport = ""
		}
		found, err := s.o.resolver.Find(ctx, q)
		if err != nil {
			failed = err
			continue
		}
		base := 0
		if len(out) > 0 {
			base = out[len(out)-1].rank + 1
		}
		for _, f := range found {
			switch to := (target{f.Addr, site.over(f.Transport), base + f.Rank}); {
			case f.Transport == "udp" && !s.sendsTo(f.Addr.Addr()):
				failed = errFamily
			case len(out) < locate.MaxTargets && !slices.ContainsFunc(out, to.same):
				out = append(out, to)
			}
		}
	}
	if len(out) == 0 {
		return nil, failed
	}
	s.health.found(t, out)
	return out, nil
}

func (t target) same(o target) bool { return t.addr == o.addr && t.via.Transport == o.via.Transport }

// over is the trunk with a transport that was found.
func (t *trunk) over(transport string) *trunk {
	if t.Transport == transport {
		return t
	}
	k := *t
	k.Transport = transport
	return &k
}

// sendsTo reports whether the UDP socket reaches the family of an address.
func (s *Server) sendsTo(a netip.Addr) bool {
	ours := s.addr.Addr()
	return ours.Is4() == a.Is4() || ours.Is6() && ours.IsUnspecified()
}
