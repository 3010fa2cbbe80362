package cluster

import (
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"regexp"
	"strings"
	"time"
)

// Options say what a node is.
type Options struct {
	// Cluster is the cluster's name, the same on all nodes; the default is tccc.
	Cluster string
	// Node is the node's name, which no other one has; the default is the host's,
	// without its domain.
	Node string
	// Listen is the address where other nodes connect.
	Listen string
	// Routes are the addresses of all nodes as this one reaches them, its own
	// among them. No others are used.
	Routes []string
	// Secret is what nodes prove to each other that they belong together with,
	// 16 characters at least.
	Secret string
	// TLS encrypts the routes. It needs a certificate, RootCAs and ClientCAs:
	// each side verifies the other. Without it they are plain.
	TLS *tls.Config
	// Dir is the node's own directory.
	Dir string
	// Apps are the applications that this node can own.
	Apps []string
	// Release is what others show as this node's version.
	Release string
	// Times are the times of the cluster, the same on all nodes.
	Times Times
	// Log receives what operators should know; the default is slog.Default.
	Log *slog.Logger

	wire  wires                                 // of tests; the default is what this release speaks
	wall  func() time.Time                      // of tests; the default is time.Now
	trace func(time.Time, write, uint64, error) // of tests: every write of a record
}

// Times are when a node is suspected. The zero value of each stands for the
// default.
type Times struct {
	Beat  time.Duration // between two heartbeats; 200 ms
	Quiet time.Duration // an owner that a majority has not heard for so long stops; 800 ms
	Lost  time.Duration // it may be replaced after so long, more than Quiet; 1 s
	// Stagger is how long the second candidate lets the first one try, the
	// third one both; 300 ms.
	Stagger time.Duration
	// Write bounds a write of a record and a read of a bucket; 1 s.
	Write time.Duration
}

func (t Times) withDefaults() Times {
	for _, d := range []struct {
		value *time.Duration
		other time.Duration
	}{
		{&t.Beat, 200 * time.Millisecond},
		{&t.Quiet, 800 * time.Millisecond},
		{&t.Lost, time.Second},
		{&t.Stagger, 300 * time.Millisecond},
		{&t.Write, time.Second},
	} {
		if *d.value <= 0 {
			*d.value = d.other
		}
	}
	return t
}

// Bounds of the options.
const (
	minSecret = 16
	minNodes  = 3
)

// validName is what names of nodes, clusters and applications consist of: they
// become parts of subjects and keys.
var validName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// check completes the options, and refuses those that cannot work.
func (o *Options) check() error {
	if o.Cluster == "" {
		o.Cluster = "tccc"
	}
	if o.Node == "" {
		host, _ := os.Hostname()
		o.Node, _, _ = strings.Cut(host, ".")
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.wall == nil {
		o.wall = time.Now
	}
	if o.wire == (wires{}) {
		o.wire = wires{speaks: wireVersion, least: wireLeast}
	}
	o.Times = o.Times.withDefaults()
	if !validName.MatchString(o.Cluster) {
		return fmt.Errorf("cluster.name: %q is no name: use 1 to 64 letters, digits, _ and -", o.Cluster)
	}
	if !validName.MatchString(o.Node) {
		return fmt.Errorf("cluster.node: %q is no name: use 1 to 64 letters, digits, _ and -", o.Node)
	}
	for _, app := range o.Apps {
		if !validName.MatchString(app) {
			return fmt.Errorf("apps: %q is no id: use 1 to 64 letters, digits, _ and -", app)
		}
	}
	if len(o.Secret) < minSecret {
		return fmt.Errorf("cluster.secret: %d characters are too few: use %d at least, the same on all nodes",
			len(o.Secret), minSecret)
	}
	if o.Dir == "" {
		return errors.New("cluster: no directory given")
	}
	if o.Times.Quiet >= o.Times.Lost || o.Times.Beat*2 > o.Times.Quiet {
		return errors.New("cluster: Quiet has to be less than Lost and twice as long as Beat")
	}
	return o.checkAddresses()
}

func (o *Options) checkAddresses() error {
	if err := address(o.Listen); err != nil {
		return fmt.Errorf("cluster.listen: %w", err)
	}
	if len(o.Routes) < minNodes {
		return fmt.Errorf("cluster.routes: there are %d: name all nodes, this one among them; a cluster has %d at least",
			len(o.Routes), minNodes)
	}
	seen := map[string]bool{}
	for i, route := range o.Routes {
		if err := address(route); err != nil {
			return fmt.Errorf("cluster.routes[%d]: %w", i, err)
		}
		if seen[route] {
			return fmt.Errorf("cluster.routes[%d]: %s is there twice", i, route)
		}
		seen[route] = true
	}
	return o.checkTLS()
}

func (o *Options) checkTLS() error {
	if o.TLS == nil {
		return nil
	}
	if len(o.TLS.Certificates) == 0 || o.TLS.RootCAs == nil || o.TLS.ClientCAs == nil {
		return errors.New("cluster.tls: it needs cert, key and ca")
	}
	return nil
}

func address(text string) error {
	host, port, err := net.SplitHostPort(text)
	if err == nil && (host == "" || port == "" || port == "0") {
		err = errors.New("host or port is missing")
	}
	if err != nil {
		return fmt.Errorf("%q is no host:port: %w", text, err)
	}
	return nil
}
