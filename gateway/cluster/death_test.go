package cluster

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// The owner of an application is killed: another node takes over, with a higher
// fence, and may act.
func TestAnOwnerIsKilled(t *testing.T) {
	c := startTrio(t, specsOf(t, appsIn(1)...), nil)
	began := time.Now()
	owners := c.settled()
	t.Logf("formed and settled in %s: %v", time.Since(began), owners)
	app := c.specs[0].Apps[0]
	was := owners[app]
	dead := c.index(was.Node)
	killed := time.Now()
	c.nodes[dead].kill()
	for i := range c.nodes {
		if i == dead {
			continue
		}
		r := c.nodes[i].await("another owner", func(r report, _ string) bool { return r.Owners[app].Fence > was.Fence })
		require.NotEqual(t, was.Node, r.Owners[app].Node)
		t.Logf("%s knows after %s that %s owns it", c.specs[i].Node, time.Since(killed), r.Owners[app].Node)
	}
	var rest []int
	for i := range c.nodes {
		if i != dead {
			rest = append(rest, i)
		}
	}
	c.settled(rest...)
	t.Logf("all may act after %s", time.Since(killed))
	c.restart(dead)
	c.settled()
}
