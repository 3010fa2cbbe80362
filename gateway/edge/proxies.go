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
// one anybody can have written, and so a whole header that the proxy does not
// know and passes on: where the two name different clients the proxy's own
// address is as far as one sees.
func (p Proxies) Client(r *http.Request) string {
	if !forwards(r) || !p.Trusted(r.RemoteAddr) {
		return r.RemoteAddr
	}
	one, two := r.Header.Values("Forwarded"), r.Header.Values("X-Forwarded-For")
	switch {
	case len(one) == 0:
		return p.last(r.RemoteAddr, list(two))
	case len(two) == 0:
		return p.last(r.RemoteAddr, forwarded(one))
	}
	client := p.last(r.RemoteAddr, list(two))
	if client != p.last(r.RemoteAddr, forwarded(one)) {
		return r.RemoteAddr
	}
	return client
}

// forwards reports whether a request says that it was forwarded.
func forwards(r *http.Request) bool {
	return len(r.Header.Values("Forwarded")) > 0 || len(r.Header.Values("X-Forwarded-For")) > 0
}

// last is the last of the hops that is no trusted proxy.
func (p Proxies) last(client string, hops []string) string {
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
