package gateway

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/netip"
	"strings"

	"tccc/gateway/center"
	"tccc/gateway/config"
	"tccc/gateway/edge"
	"tccc/gateway/mix"
	"tccc/gateway/numbering"
	"tccc/gateway/rtp"
	"tccc/gateway/sdp"
	"tccc/gateway/sip"
	"tccc/gateway/tlsconf"
	"tccc/internal/mask"
)

func (g *Gateway) openSIP(ctx context.Context) error {
	c := &g.conf.SIP
	ports, err := g.rtpPorts(ctx)
	if err != nil {
		return err
	}
	expires := c.SessionTimer
	if expires == 0 {
		expires = -1
	}
	timeout := c.MediaTimeout
	if timeout == 0 {
		timeout = -1
	}
	bound, err := g.openPhones(ctx)
	if err != nil {
		return err
	}
	secured, err := g.sipTLS()
	if err != nil {
		return err
	}
	balancers, err := edge.ParseProxies(c.Proxies)
	if err != nil {
		return fmt.Errorf("sip.proxies: %w", err)
	}
	var proxied func(string) bool
	if len(balancers) > 0 {
		proxied = balancers.Trusted
	}
	g.rtp = ports
	g.sip, err = sip.Listen(ctx, sip.Options{
		TLSListen: c.TLS.Listen, TLS: secured, Proxied: proxied, Digest: c.Digest,
		Extensions: g.phones.accounts(), Bound: bound, SaveBindings: g.phones.save, OnExtension: g.phones.reachable,
		Watch:  g.phones.watch,
		Listen: c.Listen, Advertise: g.publicSIP, Trunks: trunks(c.Trunks), RTP: ports, Handler: g.incoming, Log: g.log,
		OnEnded: g.dialogs(), MaxCalls: c.MaxCalls, Owns: g.owns, Media: rtp.Options{Timeout: timeout},
		SessionExpires: expires, PhoneLatch: latch(c.Phones.RTPLatch), PhoneCodecs: codecs(c.Phones.Codecs),
		Audit: g.trail.Note, LogNumber: g.logNumber(),
	})
	g.lamps.Store(g.sip)
	return err
}

// logNumber is how telephone numbers are logged.
func (g *Gateway) logNumber() func(string) string {
	if g.conf.Log.Numbers == "full" {
		return func(s string) string { return s }
	}
	return mask.Number
}

// sipTLS is the certificate of the listener for SIP over TLS, nil if there is none.
func (g *Gateway) sipTLS() (*tls.Config, error) {
	c := &g.conf.SIP.TLS
	if c.Listen == "" {
		return nil, nil
	}
	files, err := tlsconf.Load(c.Cert, c.Key, g.log)
	if err != nil {
		return nil, err
	}
	conf := files.Config()
	conf.NextProtos = nil // SIP names none
	return conf, nil
}

// rtpPorts are the sockets of phone legs: on the host of SIP, unless another
// is configured.
func (g *Gateway) rtpPorts(ctx context.Context) (*rtp.Ports, error) {
	c := &g.conf.SIP
	host := c.RTPAddress
	if host == "" {
		host, _, _ = net.SplitHostPort(c.Listen)
	}
	addr, err := netip.ParseAddr(host)
	if err != nil {
		return nil, fmt.Errorf("sip.rtpAddress: %q is not an IP address", host)
	}
	advertise, err := advertised(ctx, g.publicSIP, addr)
	if err != nil {
		return nil, err
	}
	transcoded := c.Transcoded
	if transcoded == 0 {
		transcoded = -1
	}
	return rtp.NewPorts(rtp.PortOptions{
		Listen: addr, Advertise: advertise, Min: c.RTPPorts.Min, Max: c.RTPPorts.Max, Transcoded: transcoded,
	})
}

// advertised is the address behind sip.advertise, HOST or HOST:PORT; none if
// it is empty. Media needs an address, of the family that it listens on, where
// signalling may have a name.
func advertised(ctx context.Context, text string, listen netip.Addr) (netip.Addr, error) {
	if text == "" {
		return netip.Addr{}, nil
	}
	host := text
	if h, _, err := net.SplitHostPort(text); err == nil {
		host = h
	}
	if addr, err := netip.ParseAddr(host); err == nil {
		return addr, nil
	}
	family := "ip4"
	if listen.Is6() && !listen.IsUnspecified() {
		family = "ip6"
	}
	found, err := net.DefaultResolver.LookupNetIP(ctx, family, host)
	if err != nil || len(found) == 0 {
		return netip.Addr{}, fmt.Errorf("sip.advertise: %q is neither an address nor a name that can be looked up: %w",
			host, err)
	}
	return found[0].Unmap(), nil
}

func trunks(list []config.Trunk) []sip.Trunk {
	var out []sip.Trunk
	for i := range list {
		t := &list[i]
		k := sip.Trunk{
			Name: t.Name, Address: t.Address, Addresses: t.Addresses, Watch: t.Watch, Transport: t.Transport,
			Username: t.Username, Password: t.Password.Reveal(),
			Inbound: sip.Inbound{Addresses: t.Inbound.Addresses, Username: t.Inbound.Username,
				Password: t.Inbound.Password.Reveal()},
			Register: t.Register, MaxCalls: t.MaxCalls, TLS: sip.TrunkTLS(t.TLS),
			AuthUser: t.AuthUser, Domain: t.Domain, Proxy: t.Proxy, FromUser: t.FromUser,
			CallerFrom: t.CallerFrom, CalledFrom: t.CalledFrom, Untrusted: !t.Trusted,
			Plan: plan(&t.Numbers), Send: form(t.Numbers.Send), Show: form(t.Numbers.Show),
			Latch: latch(t.RTPLatch), Inband: t.DTMF == "inband",
			Security: security(t.SRTP), KeysInClear: t.SRTPWithoutTLS,
			Refer: t.Refer,
		}
		k.Codecs = codecs(t.Codecs)
		out = append(out, k)
	}
	return out
}

// codecs are those of names that the configuration has checked.
func codecs(names []string) []mix.Codec {
	known := map[string]mix.Codec{"PCMU": mix.PCMU, "PCMA": mix.PCMA, "G722": mix.G722, "opus": mix.Opus}
	var list []mix.Codec
	for _, name := range names {
		list = append(list, known[name])
	}
	return list
}

// owns tells which of a trunk's numbers a called one is; some peers write a +
// before it and some do not.
func (g *Gateway) owns(trunk, called string) (string, bool) {
	plain := strings.TrimPrefix(called, "+")
	for _, app := range g.directory.Apps() {
		for i := range app.Numbers {
			if n := &app.Numbers[i]; n.Trunk == trunk && strings.TrimPrefix(n.Number, "+") == plain {
				return n.Number, true
			}
		}
	}
	return "", false
}

// latch is the rule of a name that the configuration has checked.
func latch(name string) rtp.Latch {
	l, _ := rtp.ParseLatch(name)
	return l
}

// plan is the numbering of a trunk's country.
func plan(n *config.Numbering) numbering.Plan {
	p := numbering.Plan{Country: n.Country, International: n.International, National: n.National, Bare: n.Bare}
	if p.National == "-" { // there is none
		p.National = ""
	}
	return p
}

// form is what a name that the configuration has checked means.
func form(name string) numbering.Form {
	f, _ := numbering.ParseForm(name)
	return f
}

// security is what a name that the configuration has checked means.
func security(name string) sdp.Security {
	s, _ := sdp.ParseSecurity(name)
	return s
}

// phone lets the center use a call of the SIP stack.
type phone struct{ sipCall }

// sipCall is a call, or one to all places of a desk phone.
type sipCall interface {
	ID() string
	From() string
	To() string
	Trunk() string
	Replaces() string
	Ring() error
	Answer() error
	EarlyMedia() error
	Reject(code int, reason string) error
	Hangup() error
	SendDigits(ctx context.Context, digits string) error
	Events() <-chan sip.Event
	Leg() *rtp.Leg
}

// Media is the leg as the center wants it: nil, not a nil pointer, if there is none.
func (p phone) Media() mix.Leg {
	if l := p.Leg(); l != nil {
		return l
	}
	return nil
}

func (g *Gateway) incoming(c *sip.Call) {
	if c.Extension() != "" {
		g.phones.call(c)
		return
	}
	id := center.NewSessionID()
	if g.demo != nil {
		g.demo.named(c.ID(), id)
	}
	g.center.Incoming(id, phone{c})
}

func (g *Gateway) dial(ctx context.Context, o sip.Outgoing) (center.Phone, error) {
	if o.Extension != "" {
		e, err := g.sip.DialEverywhere(ctx, o)
		if err != nil {
			return nil, err
		}
		return phone{e}, nil
	}
	c, err := g.sip.Dial(ctx, o)
	if err != nil {
		return nil, err
	}
	return phone{c}, nil
}
