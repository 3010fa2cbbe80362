package sip

import (
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"

	"tccc/gateway/mix"
	"tccc/gateway/numbering"
	"tccc/gateway/rtp"
	"tccc/gateway/sdp"
)

// Trunk is a SIP peer that carries calls in and out.
type Trunk struct {
	Name string // unique
	// Address is HOST[:PORT] that calls go out to; a name without a port is looked
	// up (RFC 3263). Empty: inbound only.
	Address string
	// Addresses are further ones, which are tried in their order when those
	// before cannot be reached.
	Addresses []string
	// Transport of what is sent to Address: "udp" (default), "tcp" or "tls", whose
	// default port is 5061, or "auto": what the DNS says, else "udp".
	Transport string
	// Watch is how often the targets are asked for their options. Default 0: never.
	Watch time.Duration
	// TLS is how the peer's certificate is checked.
	TLS TrunkTLS
	// Username and Password answer the peer's digest challenges.
	Username, Password string
	// AuthUser is the user name in credentials. Default Username.
	AuthUser string
	// Domain is the host of From, To and the Request-URI: the peer's home.
	// Default the host of Address.
	Domain string
	// Proxy is where all requests go first, HOST[:PORT], with a Route (RFC 3261
	// section 8.1.2). Default none.
	Proxy string
	// FromUser is the user of From, for peers that demand their account there;
	// the caller's number is then in P-Asserted-Identity, or, where Untrusted,
	// in P-Preferred-Identity. Default the number.
	FromUser string
	// CallerFrom says where the caller's number is, in order: "from", "pai",
	// "ppi", "rpid", "diversion", "historyInfo". Default From, or what the peer asserts where
	// From has none.
	CallerFrom []string
	// CalledFrom says where the called number is, in order: "requestUri", "to",
	// "pCalledPartyId", "diversion", "historyInfo". Default the first three, and
	// of them the one that the trunk owns.
	CalledFrom []string
	// Untrusted peers are not believed what they assert (RFC 3325).
	Untrusted bool
	// Plan is how numbers are written there. Numbers are sent in the form Send, and
	// those of callers shown in the form Show.
	Plan       numbering.Plan
	Send, Show numbering.Form
	// Inbound says who may call in.
	Inbound Inbound
	// Codecs in the order of preference. Default PCMU, PCMA.
	Codecs []mix.Codec
	// Latch says from where the media of calls may come.
	Latch rtp.Latch
	// Security says whether media is encrypted with keys in the session
	// description. They are given and taken over TLS only, but with KeysInClear.
	Security    sdp.Security
	KeysInClear bool
	// Inband looks for digits as tones in the sound and sends them as such, for
	// peers that know no telephone events.
	Inband bool
	// Refer lets the peer transfer calls (RFC 3515): whoever it carries may then have
	// them go to others. Desk phones always may.
	Refer bool
	// Register keeps a registration of Username at Address.
	Register bool
	// MaxCalls is how many calls may exist at the same time; 0: no limit of its own.
	MaxCalls int
}

// TrunkTLS is how a trunk's certificate is checked.
type TrunkTLS struct {
	CA         string // PEM file of the authorities to trust; empty: the system's
	ServerName string // name that the certificate must have; empty: the host of the address
}

// Inbound is how calls of a trunk are recognised. With neither addresses nor a
// user name the trunk takes no calls.
type Inbound struct {
	// Addresses are IP addresses, networks (192.0.2.0/24) or IP:PORT.
	Addresses []string
	// Username and Password demand digest authentication (RFC 8760) from
	// whoever calls from another address.
	Username, Password string
}

// trunk is a Trunk that was checked.
type trunk struct {
	Trunk
	host     string // that requests go to
	port     int    // 0 if none is said
	domain   string // of the addresses in them
	dport    int    // and its port, 0 if none is said
	prefixes []netip.Prefix
	exact    []netip.AddrPort
	count    *int     // calls that exist, guarded by Server.mu
	ext      string   // user name of the desk phone that this stands for, "" for a trunk
	sites    []*trunk // the trunk at each of its addresses; the first has the host and domain above

	roots       *x509.CertPool // nil: the system's
	authorities string         // what they were read from
}

func newTrunk(t Trunk) (*trunk, error) {
	k := &trunk{Trunk: t}
	fail := func(format string, args ...any) (*trunk, error) {
		return nil, fmt.Errorf("trunk %q: %w", t.Name, fmt.Errorf(format, args...))
	}
	if t.Name == "" {
		return fail("the name is missing")
	}
	switch k.Transport = strings.ToLower(t.Transport); k.Transport {
	case "":
		k.Transport = "udp"
	case "udp", "tcp":
	case "tls", auto:
		if err := k.loadCA(); err != nil {
			return fail("the authorities cannot be read: %w", err)
		}
	default:
		return fail("transport %q is not udp, tcp, tls or auto", t.Transport)
	}
	if t.AuthUser == "" {
		k.AuthUser = t.Username
	}
	if err := k.settle(); err != nil {
		return fail("%w", err)
	}
	for _, a := range t.Inbound.Addresses {
		if err := k.allow(a); err != nil {
			return fail("inbound address %q: %w", a, err)
		}
	}
	if (t.Inbound.Username == "") != (t.Inbound.Password == "") {
		return fail("inbound authentication needs both a user name and a password")
	}
	if t.Register && (k.domain == "" || t.Username == "") {
		return fail("a registration needs an address and a user name")
	}
	if len(t.Codecs) == 0 {
		k.Codecs = []mix.Codec{mix.PCMU, mix.PCMA}
	}
	for _, c := range k.Codecs {
		if !c.Audible() {
			return fail("codec %v is not one of a telephone", c)
		}
	}
	return k, nil
}

// auto is the transport that the DNS chooses.
const auto = "auto"

// settle finds out where requests go, and what they say.
func (t *trunk) settle() (err error) {
	if t.Domain != "" {
		if t.domain, t.dport, err = peerOf("domain", t.Domain); err != nil {
			return err
		}
	}
	list := t.Addresses
	if t.Address != "" {
		list = append([]string{t.Address}, list...)
	}
	if len(list) > maxAddressesOfTrunk {
		return fmt.Errorf("there are more than %d addresses", maxAddressesOfTrunk)
	}
	for i, text := range list {
		site := *t
		if site.host, site.port, err = peerOf("address", text); err != nil {
			return err
		}
		if t.Domain == "" {
			site.domain = site.host
			if usual := int(defaultPort(strings.ToUpper(t.Transport))); site.port != usual {
				site.dport = site.port
			}
		}
		if i == 0 {
			t.host, t.port, t.domain, t.dport = site.host, site.port, site.domain, site.dport
		}
		t.sites = append(t.sites, &site)
	}
	if t.Proxy == "" {
		return nil
	}
	if t.domain == "" {
		return errors.New("a proxy needs an address or a domain behind it")
	}
	if t.host, t.port, err = peerOf("proxy", t.Proxy); err != nil {
		return err
	}
	site := *t
	t.sites = []*trunk{&site}
	return nil
}

func peerOf(key, text string) (string, int, error) {
	host, port, err := splitHostPort(text, 0)
	if err != nil {
		err = fmt.Errorf("%s %q: %w", key, text, err)
	}
	return host, port, err
}

// sent is a number as the trunk wants it.
func (t *trunk) sent(number string) string { return t.Plan.Write(number, t.Send) }

// at is the address of a user of the trunk.
func (t *trunk) at(user string) sip.Uri {
	return sip.Uri{Scheme: "sip", User: escapeUser(user), Host: t.domain, Port: t.dport}
}

// routes are those of a request outside of a dialog.
func (t *trunk) routes() []sip.Uri {
	if t.Proxy == "" {
		return nil
	}
	uri := sip.Uri{Scheme: "sip", Host: t.host, Port: t.port}
	if t.Transport != "udp" && t.Transport != auto {
		uri.UriParams.Add("transport", t.Transport)
	}
	uri.UriParams.Add("lr", "")
	return []sip.Uri{uri}
}

func (t *trunk) allow(text string) error {
	if p, err := netip.ParsePrefix(text); err == nil {
		t.prefixes = append(t.prefixes, p.Masked())
		return nil
	}
	if a, err := netip.ParseAddr(text); err == nil {
		a = a.Unmap()
		t.prefixes = append(t.prefixes, netip.PrefixFrom(a, a.BitLen()))
		return nil
	}
	ap, err := netip.ParseAddrPort(text)
	if err != nil {
		return errors.New("it is neither an IP address, a network nor IP:PORT")
	}
	t.exact = append(t.exact, netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port()))
	return nil
}

// rank says how well a source fits: 0 not at all, else the better the higher.
func (t *trunk) rank(src netip.AddrPort) int {
	for _, e := range t.exact {
		if e == src {
			return 1000
		}
	}
	best := 0
	for _, p := range t.prefixes {
		if p.Contains(src.Addr()) && p.Bits()+1 > best {
			best = p.Bits() + 1
		}
	}
	return best
}

// splitHostPort reads HOST, HOST:PORT or [IPv6]:PORT.
func splitHostPort(text string, port int) (string, int, error) {
	if a, err := netip.ParseAddr(strings.Trim(text, "[]")); err == nil {
		return a.String(), port, nil
	}
	if !strings.Contains(text, ":") {
		return text, port, nil
	}
	host, p, err := net.SplitHostPort(text)
	if err != nil {
		return "", 0, err
	}
	n, err := net.LookupPort("udp", p)
	if err != nil || host == "" {
		return "", 0, errors.New("it is not HOST or HOST:PORT")
	}
	return host, n, nil
}
