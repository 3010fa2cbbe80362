package cluster

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tccc/gateway/datadir"
)

// strangers are nodes that do not belong to the cluster that runs, each with
// the line that tells what to do.
var strangers = []struct {
	name   string
	change func(t *testing.T, s *childSpec)
	says   []string
}{
	{"a wrong secret", func(_ *testing.T, s *childSpec) { s.Secret = "not the secret of the others" },
		[]string{"it has another secret", "the same cluster.secret"}},
	{"another cluster's name", func(_ *testing.T, s *childSpec) { s.Cluster = "other" },
		[]string{`it is of the cluster "tccc", and this node of "other"`, "correct cluster.routes"}},
	{"the name of another node", func(_ *testing.T, s *childSpec) { s.Node = "n1" },
		[]string{"is n1 already", "a name of its own in cluster.node"}},
	{"one too many", func(*testing.T, *childSpec) {},
		[]string{"the cluster has its 3 nodes already (n1, n2, n3)", "name every node in cluster.routes"}},
	{"no certificate", func(_ *testing.T, s *childSpec) { s.Cert = "" },
		[]string{"one side uses TLS and the other does not", "set cluster.tls"}},
	{"a certificate of somebody else", func(t *testing.T, s *childSpec) { certify(t, s) },
		[]string{"look at cluster.tls on both nodes"}},
	{"the directory of a single gateway", func(t *testing.T, s *childSpec) {
		require.NoError(t, os.Mkdir(filepath.Join(s.Dir, "jetstream"), 0o700))
		s.Routes = freePorts(t, 3)
	}, []string{"has the records of a single gateway, which a cluster would destroy", "an empty directory"}},
	{"the directory of another node", func(t *testing.T, s *childSpec) {
		require.NoError(t, datadir.Claim(s.Dir, datadir.Mark{Cluster: "tccc", Node: "n7"}))
		s.Routes = freePorts(t, 3)
	}, []string{"is that of node n7 of the cluster tccc", "a directory of its own"}},
	{"an address in use", func(t *testing.T, s *childSpec) {
		l, err := net.Listen("tcp", s.Listen)
		require.NoError(t, err)
		t.Cleanup(func() { _ = l.Close() })
		s.Routes = freePorts(t, 3)
	}, []string{"cluster.listen: ", "address already in use", "give this node another address"}},
	{"a directory in use", func(t *testing.T, s *childSpec) {
		unlock, err := datadir.Lock(s.Dir)
		require.NoError(t, err)
		t.Cleanup(unlock)
	}, []string{"in use by another process", "a directory of its own"}},
}

// refuseStrangers holds that each is told what is wrong, that those who run do
// not notice, and that no stranger's directory is touched.
func refuseStrangers(c *trio) {
	before := c.settled()
	for _, s := range strangers {
		spec := c.specs[0]
		spec.Node, spec.Listen, spec.Dir = "n4", freePorts(c.t, 1)[0], c.t.TempDir()
		spec.Routes = []string{c.specs[0].Listen, c.specs[1].Listen, c.specs[2].Listen}
		s.change(c.t, &spec)
		p := startChild(c.t, spec, nil)
		r := p.await(s.name+" is refused", func(r report, _ string) bool { return r.Failed != "" })
		for _, text := range s.says {
			require.Contains(c.t, r.Failed, text, s.name)
		}
		require.NotContains(c.t, strings.TrimSpace(r.Failed), "\n", "one line")
		require.NotContains(c.t, r.Failed, spec.Secret)
		<-p.done
		require.NoDirExists(c.t, filepath.Join(spec.Dir, "jetstream", "$SYS"))
	}
	require.Equal(c.t, before, c.settled(), "nothing has changed for those that run")
}

// A node that finds nobody says so and waits. The others come.
func TestRoutesToNobody(t *testing.T) {
	specs := specsOf(t, appsIn(1)...)
	p := startChild(t, specs[0], nil)
	p.await("it says that it is alone", func(_ report, logs string) bool {
		return strings.Contains(logs, "no other node answers") && strings.Contains(logs, "look at cluster.routes")
	})
	p.await("its server waits", func(_ report,
		logs string) bool {
		return strings.Contains(logs, "Waiting for routing")
	})
	require.NoError(t, p.stdin.Close())
	r := p.await("why it ended", func(r report, _ string) bool { return r.Failed != "" })
	require.Contains(t, r.Failed, "1 of 3 nodes hear each other (n1): start the others")
}

// wireChanges are releases that do not understand each other.
func TestReleasesTooFarApart(t *testing.T) {
	n := loneNode(wires{2, 2})
	wall := time.Now().UnixMilli()
	require.True(t, n.judge(beat{Node: "n2", Instance: "b", Wire: 3, Least: 2, Wall: wall}))
	require.False(t, n.judge(beat{Node: "n2", Instance: "b", Wire: 1, Least: 1, Wall: wall}), "an older one")
	require.NoError(t, n.refused, "does no harm")

	n.book.state = Ready
	require.False(t, n.judge(beat{Node: "n2", Instance: "b", Wire: 4, Least: 3, Wall: wall}), "a newer one")
	require.NoError(t, n.refused, "does no harm to one that serves")
	n.book.state = Starting
	require.False(t, n.judge(beat{Node: "n2", Instance: "b", Wire: 4, Least: 3, Wall: wall}))
	require.ErrorIs(t, n.refused, ErrRefused)
	require.ErrorContains(t, n.refused, "version 2 of the cluster's wire, and node n2 needs 3 at least: install a newer")
}

func TestOptionsThatCannotWork(t *testing.T) {
	good := Options{
		Node: "n1", Listen: "127.0.0.1:6222", Routes: []string{"127.0.0.1:6222", "127.0.0.1:6223", "127.0.0.1:6224"},
		Secret: testSecret, Dir: t.TempDir(),
	}
	require.NoError(t, good.check())
	for says, change := range map[string]func(o *Options){
		"cluster.name":               func(o *Options) { o.Cluster = "a b" },
		"cluster.node":               func(o *Options) { o.Node = "n.1" },
		"cluster.secret":             func(o *Options) { o.Secret = "short" },
		"cluster.listen":             func(o *Options) { o.Listen = "6222" },
		"cluster.routes: there are":  func(o *Options) { o.Routes = o.Routes[:2] },
		"cluster.routes[1]":          func(o *Options) { o.Routes = []string{"a:1", "b", "c:1"} },
		"cluster.routes[2]: a:1 is":  func(o *Options) { o.Routes = []string{"a:1", "b:1", "a:1"} },
		"apps":                       func(o *Options) { o.Apps = []string{"1>"} },
		"no directory":               func(o *Options) { o.Dir = "" },
		"Quiet has to be less than":  func(o *Options) { o.Times.Quiet = o.Times.Lost },
		"it needs cert, key and ca":  func(o *Options) { o.TLS = noTLS },
		"the same on all nodes":      func(o *Options) { o.Secret = "" },
		"this one among them; a clu": func(o *Options) { o.Routes = nil },
	} {
		o := good
		change(&o)
		require.ErrorContains(t, o.check(), says)
	}
}

// certify gives a node a certificate of a CA of its own; nodes that get it
// together belong together.
func certify(t *testing.T, specs ...*childSpec) {
	t.Helper()
	dir := t.TempDir()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: "tests"},
		IsCA: true, BasicConstraintsValid: true, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		KeyUsage:    x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	private, err := x509.MarshalECPrivateKey(key)
	require.NoError(t, err)
	certPath, keyPath := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for path, block := range map[string]*pem.Block{
		certPath: {Type: "CERTIFICATE", Bytes: cert}, keyPath: {Type: "EC PRIVATE KEY", Bytes: private},
	} {
		require.NoError(t, os.WriteFile(path, pem.EncodeToMemory(block), 0o600))
	}
	for _, s := range specs {
		s.Cert, s.Key, s.CA = certPath, keyPath, certPath
	}
}
