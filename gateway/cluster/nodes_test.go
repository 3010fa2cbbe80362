package cluster

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const testSecret = "a secret of the tests"

// trio is three nodes in processes of their own.
type trio struct {
	t      *testing.T
	specs  []childSpec
	nodes  []*process
	ledger *ledger
	net    *network // nil if the nodes reach each other directly
}

// freePorts gives addresses that nobody listens on.
func freePorts(t *testing.T, n int) (out []string) {
	t.Helper()
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		defer func() { require.NoError(t, l.Close()) }()
		out = append(out, l.Addr().String())
	}
	return out
}

// specsOf describes nodes that reach each other directly.
func specsOf(t *testing.T, apps ...string) (out []childSpec) {
	t.Helper()
	listen := freePorts(t, 3)
	for i := range 3 {
		out = append(out, childSpec{
			Node: fmt.Sprintf("n%d", i+1), Cluster: "tccc", Listen: listen[i], Routes: listen, Secret: testSecret,
			Dir: t.TempDir(), Apps: apps, Times: testTimes(),
		})
	}
	return out
}

// testTimes are slower than those of the product: machines that run tests are
// busy. What is measured is measured with those of the product.
func testTimes() Times {
	if *torture > 0 {
		return Times{}
	}
	return Times{
		Beat: 300 * time.Millisecond, Quiet: 1600 * time.Millisecond, Lost: 2 * time.Second, Write: 2 * time.Second,
	}
}

func startTrio(t *testing.T, specs []childSpec, net *network) *trio {
	t.Helper()
	c := &trio{t: t, specs: specs, ledger: newLedger(t), net: net}
	for _, spec := range specs {
		c.nodes = append(c.nodes, startChild(t, spec, c.ledger.hear))
	}
	return c
}

// kill ends a node as kill -9 does.
func (c *trio) kill(i int) {
	c.nodes[i].kill()
	c.ledger.died(c.specs[i].Apps...)
}

// restart starts a node that has ended.
func (c *trio) restart(i int) {
	c.t.Helper()
	<-c.nodes[i].done
	c.nodes[i] = startChild(c.t, c.specs[i], c.ledger.hear)
}

// index is the place of a node.
func (c *trio) index(node string) int {
	return slices.IndexFunc(c.specs, func(s childSpec) bool { return s.Node == node })
}

// settled waits until every application has one owner who may act, all nodes
// that are named agree, and no owner leads the bucket of its record.
func (c *trio) settled(nodes ...int) map[string]Owner {
	c.t.Helper()
	if len(nodes) == 0 {
		nodes = []int{0, 1, 2}
	}
	owners := map[string]Owner{}
	for _, app := range c.specs[0].Apps {
		var o Owner
		for i, node := range nodes {
			r := c.nodes[node].await("an owner of "+app+" that does not lead its bucket",
				func(r report, _ string) bool {
					got := r.Owners[app]
					if got.Fence == 0 || r.Health != "" || i > 0 && got.Fence < o.Fence {
						return false
					}
					return len(nodes) < 3 || c.apart(r, app)
				})
			o = r.Owners[app]
		}
		owner := c.index(o.Node)
		c.nodes[owner].await("it may act for "+app, func(r report, _ string) bool { return r.May[app] >= o.Fence })
		owners[app] = o
	}
	return owners
}

// apart reports whether the owner of an application does not lead the bucket of
// its record, and somebody does.
func (c *trio) apart(r report, app string) bool {
	leader := leaderOf(r, bucketOf(app))
	return leader != "" && leader != r.Owners[app].Node
}

func leaderOf(r report, bucket int) string {
	for _, n := range r.Nodes {
		if slices.Contains(n.Leads, bucket) {
			return n.Node
		}
	}
	return ""
}

// appsIn names applications, n of each bucket.
func appsIn(n int) (out []string) {
	var count [buckets]int
	for i := 0; len(out) < n*buckets; i++ {
		app := fmt.Sprintf("14000%05d", i)
		if b := bucketOf(app); count[b] < n {
			count[b]++
			out = append(out, app)
		}
	}
	return out
}

// loadTLS reads the certificates of a spec.
func loadTLS(spec childSpec) (*tls.Config, error) {
	if spec.Cert == "" {
		return nil, nil
	}
	cert, err := tls.LoadX509KeyPair(spec.Cert, spec.Key)
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(spec.CA)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		return nil, errors.New("no certificate in " + spec.CA)
	}
	return &tls.Config{Certificates: []tls.Certificate{cert}, RootCAs: pool, ClientCAs: pool}, nil
}
