package sdp

import (
	"context"
	"net/netip"
	"strings"
)

// Lookup is that of net.Resolver.
type Lookup func(ctx context.Context, network, host string) ([]netip.Addr, error)

// maxNames bounds the names that one description may have.
const maxNames = 4

// Resolve puts addresses in the place of host names in c= lines (RFC 8866
// section 5.7 allows them). Names that are not found stay. The context bounds
// the look-up.
func Resolve(ctx context.Context, b []byte, lookup Lookup) []byte {
	if len(b) > maxSize {
		return b
	}
	text, found := lines(b), map[string]string{}
	for i, line := range text {
		kind, value, _ := strings.Cut(line, "=")
		f := strings.Fields(value)
		if blank(kind) != "c" || len(f) < 3 || !isName(f[2]) {
			continue
		}
		if _, asked := found[f[2]]; !asked && len(found) < maxNames {
			found[f[2]] = look(ctx, lookup, f[1], f[2])
		}
		if addr := found[f[2]]; addr != "" {
			text[i] = "c=IN " + f[1] + " " + addr
		}
	}
	if len(found) == 0 {
		return b
	}
	return []byte(strings.Join(text, "\r\n") + "\r\n")
}

// look finds an address of a family, IP4 or IP6; empty: none.
func look(ctx context.Context, lookup Lookup, family, name string) string {
	network := "ip4"
	if strings.EqualFold(family, "IP6") {
		network = "ip6"
	}
	list, err := lookup(ctx, network, name)
	if err != nil || len(list) == 0 {
		return ""
	}
	return list[0].Unmap().WithZone("").String()
}

// isName reports whether a text can be a host name, and is no address.
func isName(host string) bool {
	if host == "" || len(host) > 253 {
		return false
	}
	if _, err := netip.ParseAddr(host); err == nil {
		return false
	}
	letter := false
	for _, r := range host {
		switch {
		case r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z':
			letter = true
		case r >= '0' && r <= '9' || r == '.' || r == '-' || r == '_':
		default:
			return false
		}
	}
	return letter
}
