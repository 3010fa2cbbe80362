package cluster

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"fmt"
	"math"
	"net"
	"net/url"
	"strconv"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"tccc/gateway/natsd"
)

// startServer starts the node's NATS server: no listener but that of the routes,
// and no routes but those that are configured.
func startServer(ctx context.Context, o *Options) (*server.Server, error) {
	host, port, err := net.SplitHostPort(o.Listen)
	if err != nil {
		return nil, err
	}
	number, err := strconv.Atoi(port)
	if err != nil {
		return nil, fmt.Errorf("cluster.listen: %w", err)
	}
	opts := &server.Options{
		ServerName:             o.Node,
		Host:                   "127.0.0.1", // routes do not start without a listener for clients
		Port:                   server.RANDOM_PORT,
		Username:               routeUser,
		Password:               localPassword(o),
		JetStream:              true,
		JetStreamMaxStore:      math.MaxInt64 / 4,
		StoreDir:               o.Dir,
		SyncAlways:             true,
		NoSigs:                 true,
		DisableJetStreamBanner: true,
		Cluster: server.ClusterOpts{
			Name:         o.Cluster,
			Host:         host,
			Port:         number,
			Username:     routeUser,
			Password:     routePassword(o),
			TLSTimeout:   handshakeMost.Seconds(),
			AuthTimeout:  handshakeMost.Seconds(),
			NoAdvertise:  true,
			Advertise:    nowhere,
			PoolSize:     -1, // pooled routes go to addresses that a peer tells
			PingInterval: time.Second,
			MaxPingsOut:  3,
		},
	}
	if o.TLS != nil {
		opts.Cluster.TLSConfig = routeTLS(o)
	}
	for _, route := range o.Routes {
		user := url.UserPassword(routeUser, routePassword(o))
		opts.Routes = append(opts.Routes, &url.URL{Scheme: "nats-route", User: user, Host: route})
	}
	s, err := natsd.Start(ctx, opts, natsd.Log{To: o.Log, Mute: nowhere})
	if err != nil {
		return nil, err
	}
	return s, nil
}

// nowhere is what a node says its address is, and nobody can connect to. Servers
// hand on each other's addresses whatever NoAdvertise says, and connect to them
// while the configured route is being made anew; that would go around proxies
// and firewalls.
const nowhere = "255.255.255.255:1"

const (
	routeUser     = "tccc"
	handshakeMost = 2 * time.Second
)

// routePassword is what routes are opened with: the secret itself goes nowhere.
func routePassword(o *Options) string { return derive(o, "route "+o.Cluster) }

// localPassword is what this process opens its own server with; it is of use to
// nobody else.
func localPassword(o *Options) string { return derive(o, "local "+o.Node) }

func derive(o *Options, use string) string {
	m := hmac.New(sha256.New, []byte(o.Secret))
	m.Write([]byte("tccc cluster " + use))
	return hex.EncodeToString(m.Sum(nil))
}

// routeTLS has each side verify the other.
func routeTLS(o *Options) *tls.Config {
	c := o.TLS.Clone()
	c.ClientAuth = tls.RequireAndVerifyClientCert
	c.MinVersion = max(c.MinVersion, tls.VersionTLS12)
	return c
}

// connect connects to the node's own server, inside the process.
func connect(s *server.Server, o *Options) (*nats.Conn, error) {
	c, err := nats.Connect("", nats.Name("tccc"), nats.InProcessServer(s), nats.UserInfo(routeUser, localPassword(o)),
		nats.MaxReconnects(-1), nats.ReconnectWait(50*time.Millisecond))
	if err != nil {
		return nil, fmt.Errorf("failed to connect to the embedded NATS server: %w", err)
	}
	return c, nil
}
