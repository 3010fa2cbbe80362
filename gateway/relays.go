package gateway

import (
	"context"
	"crypto/rand"
	"net"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"tccc/gateway/tlsconf"
	"tccc/gateway/turn"
	"tccc/wire"
)

// openTURN makes what browsers need that reach the media port over TCP 443
// only: the gateway's own TURN server, or credentials for another one.
func (g *Gateway) openTURN(context.Context) error {
	c := &g.conf.RTC.TURN
	if c.Listen == "" && len(c.URLs) == 0 {
		return nil
	}
	secret := c.Secret.Reveal()
	if secret == "" {
		secret = rand.Text() // its own server alone has to know it
	}
	g.turnURLs, g.turnUsers = c.URLs, turn.NewCredentials(secret, c.Valid)
	if c.Listen == "" {
		return nil
	}
	o := turn.Options{Listen: c.Listen, Credentials: g.turnUsers, Media: g.rtc.UDPAddr(),
		MaxConns: 2 * g.conf.RTC.MaxLegs, Log: g.log}
	if c.Cert != "" {
		files, err := tlsconf.Load(c.Cert, c.Key, g.log)
		if err != nil {
			return err
		}
		o.TLS = files.Config()
		o.TLS.NextProtos = []string{"stun.turn"} // RFC 7443
	}
	l, err := turn.Listen(o)
	if err != nil {
		return err
	}
	g.turn = l
	g.metrics.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "tccc_turn_relays", Help: "Browsers' connections through the TURN server.",
	}, func() float64 { return float64(l.Relays()) }))
	if len(c.URLs) == 0 {
		host := l.Addr().Addr().Unmap().String()
		if g.publicRTC != "" {
			host = g.publicRTC
		}
		g.turnURLs = []string{"turn:" + net.JoinHostPort(host, strconv.Itoa(int(l.Addr().Port()))) + "?transport=tcp"}
	}
	return nil
}

// iceServers are one user's.
func (g *Gateway) iceServers(app, user string) []wire.ICEServer {
	if g.turnUsers == nil {
		return nil
	}
	name, password := g.turnUsers.For(app+"/"+user, time.Now())
	return []wire.ICEServer{{URLs: g.turnURLs, Username: name, Credential: password}}
}
