package edge

import (
	"net/http"
	"net/netip"
	"strings"
)

// hopsMost bounds how many addresses of forwarding headers are looked at.
const hopsMost = 32

// Proxies are the reverse proxies whose word on where a request is from counts.
type Proxies []netip.Prefix

// ParseProxies reads addresses and networks.
func ParseProxies(list []string) (Proxies, error) {
	all := make(Proxies, 0, len(list))
	for _, text := range list {
		if a, err := netip.ParseAddr(text); err == nil {
			all = append(all, netip.PrefixFrom(a.Unmap(), a.Unmap().BitLen()))
			continue
		}
		p, err := netip.ParsePrefix(text)
		if err != nil {
			return nil, err
		}
		all = append(all, p.Masked())
	}
	return all, nil
}

// Trusted reports whether HOST or HOST:PORT is one of the proxies.
func (p Proxies) Trusted(remote string) bool {
	a, ok := parse(remote)
	if !ok {
		return false
	}
	for _, one := range p {
		if one.Contains(a) {
			return true
		}
	}
	return false
}

// Client gives the address that a request is from. A proxy that is trusted is
// believed about the hop before it: the last address in Forwarded (RFC 7239)
// or X-Forwarded-For that is no trusted proxy itself. What stands before that
// one anybody can have written.
func (p Proxies) Client(r *http.Request) string {
	if len(p) == 0 || !p.Trusted(r.RemoteAddr) {
		return r.RemoteAddr
	}
	hops := forwarded(r.Header.Values("Forwarded"))
	if hops == nil {
		hops = list(r.Header.Values("X-Forwarded-For"))
	}
	client := r.RemoteAddr
	for i := len(hops) - 1; i >= 0 && i >= len(hops)-hopsMost; i-- {
		a, ok := parse(hops[i])
		if !ok {
			break // unknown, or hidden (RFC 7239 section 6.3): the hop after it is as far as one sees
		}
		client = netip.AddrPortFrom(a, 0).String()
		if !p.Trusted(hops[i]) {
			break
		}
	}
	return client
}

// parse reads an address with or without brackets and port.
func parse(text string) (netip.Addr, bool) {
	if ap, err := netip.ParseAddrPort(text); err == nil {
		return ap.Addr().Unmap().WithZone(""), true
	}
	a, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(text, "["), "]"))
	return a.Unmap().WithZone(""), err == nil
}

// list splits the values of a header at its commas.
func list(values []string) (all []string) {
	for _, v := range values {
		for part := range strings.SplitSeq(v, ",") {
			all = append(all, strings.TrimSpace(part))
		}
	}
	return all
}

// forwarded gives the for parameters of Forwarded; an element without one
// counts as unknown.
func forwarded(values []string) (all []string) {
	for _, element := range list(values) {
		hop := "unknown"
		for pair := range strings.SplitSeq(element, ";") {
			name, value, _ := strings.Cut(strings.TrimSpace(pair), "=")
			if strings.EqualFold(strings.TrimSpace(name), "for") {
				hop = strings.Trim(strings.TrimSpace(value), `"`)
			}
		}
		all = append(all, hop)
	}
	return all
}
