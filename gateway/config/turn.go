package config

import (
	"net"
	"net/netip"
	"regexp"
	"time"

	"tccc/internal/clip"
)

// TURN is how browsers get through networks that carry only what looks like
// HTTPS: a TURN server of the company's own, or the gateway's.
type TURN struct {
	// what browsers are told: turns:HOST[:PORT]?transport=tcp; empty with listen: its address
	URLs []string `yaml:"urls"`
	// what the server shares (coturn: static-auth-secret); empty with listen: a random one
	Secret Secret        `yaml:"secret"`
	Valid  time.Duration `yaml:"valid" default:"1h" min:"10s" max:"24h"` // how long credentials are good for
	// TCP, HOST:PORT, of the gateway's own server; empty: there is none
	Listen string `yaml:"listen"`
	Cert   string `yaml:"cert"` // PEM file, with the chain: TURN over TLS
	Key    string `yaml:"key"`  // PEM file
}

// turnURL is a TURN URI (RFC 7065 section 3.1).
var turnURL = regexp.MustCompile(`^turns?:(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+)(:[0-9]{1,5})?(\?transport=(udp|tcp))?$`)

func (r *report) checkTURN(t *TURN, advertise string) {
	for i, u := range t.URLs {
		if !turnURL.MatchString(u) {
			r.fail(index("rtc.turn.urls", i), "must be turn:HOST[:PORT][?transport=tcp], or turns: with TLS, not %q",
				clip.Shown(u, 60))
		}
	}
	host, _, err := net.SplitHostPort(t.Listen)
	if t.Listen != "" && err != nil {
		return // which was told
	}
	ip, _ := netip.ParseAddr(host)
	switch {
	case (t.Cert == "") != (t.Key == ""):
		r.fail("rtc.turn", "cert and key must be given together")
	case t.Cert != "" && t.Listen == "":
		r.fail("rtc.turn.cert", "is the certificate of rtc.turn.listen, which is not given")
	case t.Cert != "" && len(t.URLs) == 0:
		r.fail("rtc.turn.urls", "must be given with cert: browsers need the name that is in the certificate, for instance turns:cc.example.com:443?transport=tcp")
	case t.Listen != "" && len(t.URLs) == 0 && ip.IsUnspecified() && advertise == "":
		r.fail("rtc.turn.urls", "must be given, or rtc.advertise: %s is no address that browsers can connect to", host)
	case t.Listen == "" && len(t.URLs) > 0 && t.Secret.IsZero():
		r.fail("rtc.turn.secret", "must be given: what the TURN server shares with its users' gateways (coturn: static-auth-secret)")
	case t.Listen == "" && len(t.URLs) == 0 && !t.Secret.IsZero():
		r.fail("rtc.turn.secret", "has no effect without rtc.turn.urls or rtc.turn.listen")
	case !t.Secret.IsZero() && len(t.Secret.Reveal()) < 16:
		r.fail("rtc.turn.secret", "must have at least 16 characters")
	}
}
