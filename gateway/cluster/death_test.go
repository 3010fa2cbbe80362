//go:build unix

package cluster

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// happenings are what happens to machines.
var happenings = []struct {
	name string
	do   func(c *trio)
}{
	{"strangers come", refuseStrangers},
	{"an owner is killed", ownerIsKilled},
	{"the leader of a bucket is killed", leaderIsKilled},
	{"a leader steps down while records are written", leaderSteps},
	{"an owner is paused", ownerIsPaused},
	{"an owner is cut off", ownerIsCutOff},
	{"an owner drains", ownerDrains},
	{"nobody hears an owner", ownerIsNotHeard},
	{"two of three die", twoDie},
	{"connections break", connectionsBreak},
	{"an owner that leads its bucket dies", leadingOwnerDies},
	{"a node loses its disk", diskIsLost},
}

// short is how many of them happen in the short form.
const short = 7

// Three nodes in processes of their own, and what happens to machines: in the
// short form once, in the long one again and again.
func TestThreeNodes(t *testing.T) {
	specs := specsOf(t, appsIn(1)...)
	certify(t, &specs[0], &specs[1], &specs[2])
	specs[2].ClockAhead = time.Hour
	for i := range specs {
		specs[i].Wire, specs[i].Least = 2, 2
	}
	c := startTrio(t, specs, between(t, specs))
	began := time.Now()
	c.settled()
	figure(t, "formed, and every application has an owner", time.Since(began))
	c.nodes[0].await("a warning of the clock", func(_ report, logs string) bool {
		return strings.Contains(logs, "the clock of node n3 is 1h0m0s away from this one's: set both by NTP")
	})
	rnd := rand.New(rand.NewPCG(*tortured, 0))
	for i := 0; i < short || time.Since(began) < *torture; i++ {
		h := happenings[i%len(happenings)]
		if i >= len(happenings) {
			h = happenings[rnd.IntN(len(happenings))]
		}
		if !strings.Contains(h.name, *happening) {
			continue
		}
		h.do(c)
		at := time.Now()
		c.settled()
		t.Logf("%s: in order again after %s", h.name, time.Since(at).Round(time.Millisecond))
	}
	c.nodes[loseTwo(c)].close()
	c.ledger.check()
	for _, d := range c.ledger.close {
		figure(t, "an owner leads the bucket of its record", d)
	}
	tabulate(t)
}

// owner is an application, its owner's place and the owner.
func (c *trio) owner() (app string, i int, o Owner) {
	app = c.specs[0].Apps[0]
	o = c.settled()[app]
	return app, c.index(o.Node), o
}

func (c *trio) others(i int) []int {
	return slices.DeleteFunc([]int{0, 1, 2}, func(j int) bool { return j == i })
}

// leader is the place of a bucket's leader, as a node knows it.
func (c *trio) leader(i, bucket int) int {
	c.t.Helper()
	r := c.nodes[i].await("a leader", func(r report, _ string) bool { return leaderOf(r, bucket) != "" })
	return c.index(leaderOf(r, bucket))
}

// knows waits until a node that is back has heard of the next owner.
func (c *trio) knows(i int, app string, was Owner) {
	c.t.Helper()
	c.nodes[i].await("it knows who follows it", func(r report, _ string) bool {
		return r.Owners[app].Fence > was.Fence && r.Health == ""
	})
}

// alone waits until a node knows that it has no majority.
func (c *trio) alone(i int) {
	c.t.Helper()
	c.nodes[i].await("it knows that it is alone", func(r report, _ string) bool {
		return r.Health != "" && len(r.May) == 0
	})
}

// replaced waits until another node serves an application, and tells after how long.
func (c *trio) replaced(what, app string, was Owner, since time.Time) {
	c.t.Helper()
	o := c.ledger.served(app, was.Fence)
	require.NotEqual(c.t, was.Instance, o.instance)
	figure(c.t, what, o.at.Sub(since))
}

func ownerIsKilled(c *trio) {
	app, i, was := c.owner()
	at := time.Now()
	c.kill(i)
	c.replaced("kill -9 of an owner", app, was, at)
	c.settled(c.others(i)...)
	c.restart(i)
}

// leaderIsKilled kills the leader of a bucket: who owns an application in it
// goes on as if nothing had happened.
func leaderIsKilled(c *trio) {
	app, i, was := c.owner()
	leader := c.leader(i, bucketOf(app))
	require.NotEqual(c.t, i, leader)
	before := c.ledger.given(was.Instance)
	at := time.Now()
	c.kill(leader)
	r := c.nodes[i].await("another leader", func(r report, _ string) bool {
		l := leaderOf(r, bucketOf(app))
		return l != "" && l != c.specs[leader].Node
	})
	figure(c.t, "kill -9 of a leader, until there is another", time.Since(at))
	require.Equal(c.t, was, r.Owners[app], "the owner stays")
	c.ledger.await("the owner goes on", func() bool { return c.ledger.count[was.Instance] > before })
	c.restart(leader)
}

// leaderSteps moves the leader of a bucket to and fro while records in it are
// written; the checker of the history has the last word.
func leaderSteps(c *trio) {
	load, began := loadApp, time.Now().UnixNano()
	for _, n := range c.nodes {
		n.tell("load %s", load)
	}
	wrote := func() (n int) {
		for _, w := range c.ledger.writes {
			if w.App == load && w.Fence > 0 && w.Began >= began {
				n++
			}
		}
		return n
	}
	for round := range 4 {
		var before int
		c.ledger.await("writes", func() bool { before = wrote(); return before > round*20 })
		to := c.others(c.leader(0, bucketOf(load)))[round%2]
		c.nodes[0].tell("stepdown %d %s", bucketOf(load), c.specs[to].Node)
		c.ledger.await("writes after the leader stepped down", func() bool { return wrote() > before+20 })
	}
	c.ledger.mu.Lock()
	longest := time.Duration(0)
	last := int64(0)
	for _, w := range c.ledger.writes {
		if w.App == load && w.Fence > 0 && w.Began >= began {
			if last > 0 {
				longest = max(longest, time.Duration(w.Ended-last))
			}
			last = w.Ended
		}
	}
	c.ledger.mu.Unlock()
	figure(c.t, "step-down while records are written, longest time without a write", longest)
	for _, n := range c.nodes {
		n.tell("rest")
	}
}

// ownerIsPaused stops an owner between asking whether it may and acting on it.
func ownerIsPaused(c *trio) {
	app, i, was := c.owner()
	c.ledger.await("orders of the owner", func() bool { return c.ledger.count[was.Instance] > 0 })
	at := time.Now()
	c.nodes[i].signal(syscall.SIGSTOP)
	c.replaced("SIGSTOP of an owner", app, was, at)
	c.settled(c.others(i)...)
	time.Sleep(time.Until(at.Add(pauseLength()))) // the length is what is tested
	before := c.ledger.given(was.Instance)
	c.nodes[i].signal(syscall.SIGCONT)
	c.knows(i, app, was)
	c.stopped(was, before)
	c.ledger.mu.Lock()
	defer c.ledger.mu.Unlock()
	c.t.Logf("%d times something was refused of the owner that woke", c.ledger.refused[was.Instance])
}

// stopped holds that a process has given no orders any more, but for the one
// that it was about to give.
func (c *trio) stopped(was Owner, before int) {
	c.t.Helper()
	require.LessOrEqual(c.t, c.ledger.given(was.Instance), before+1, "an owner that was replaced gives orders")
}

// ownerIsCutOff cuts an owner off: it stops by itself.
func ownerIsCutOff(c *trio) {
	app, i, was := c.owner()
	at := time.Now()
	c.net.isolate(i)
	c.alone(i)
	before := c.ledger.given(was.Instance)
	figure(c.t, "a node that is cut off knows", time.Since(at))
	c.replaced("an owner is cut off", app, was, at)
	c.settled(c.others(i)...)
	c.stopped(was, before)
	c.net.heal()
	c.knows(i, app, was)
	c.stopped(was, before)
}

// ownerIsNotHeard lets an owner hear everybody while nobody hears it.
func ownerIsNotHeard(c *trio) {
	app, i, was := c.owner()
	at := time.Now()
	for _, j := range c.others(i) {
		c.net.stop(i, j)
	}
	c.nodes[i].await("it stops", func(r report, _ string) bool { return len(r.May) == 0 })
	before := c.ledger.given(was.Instance)
	c.replaced("nobody hears an owner", app, was, at)
	c.net.heal()
	c.knows(i, app, was)
	c.stopped(was, before)
}

// connectionsBreak ends every connection at once.
func connectionsBreak(c *trio) {
	app, _, _ := c.owner()
	at := time.Now()
	c.net.breakAll()
	longest := time.Duration(0)
	last := at
	c.ledger.await("orders go on", func() bool {
		longest = max(longest, c.ledger.orders[app].at.Sub(last))
		last = c.ledger.orders[app].at
		return last.Sub(at) > 4*time.Second
	})
	figure(c.t, "connections break, longest time without an order", longest)
}

// ownerDrains has an owner hand over, and starts it anew.
func ownerDrains(c *trio) {
	app, i, was := c.owner()
	at := time.Now()
	c.nodes[i].tell("drain")
	c.replaced("drain of an owner", app, was, at)
	c.nodes[i].await("it owns nothing", func(r report, _ string) bool { return len(r.May) == 0 })
	c.nodes[i].close()
	c.refuseOld(i)
	c.restart(i)
}

// refuseOld starts a node with a release that is too old for the others.
func (c *trio) refuseOld(i int) {
	spec := c.specs[i]
	spec.Wire, spec.Least = 1, 1
	old := startChild(c.t, spec, nil)
	r := old.await("it is too old", func(r report, _ string) bool { return r.Failed != "" })
	require.Contains(c.t, r.Failed, "this release speaks version 1 of the cluster's wire")
	require.Contains(c.t, r.Failed, "needs 2 at least: install a newer release here")
	<-old.done
	c.nodes[c.others(i)[0]].await("the others tell", func(r report, logs string) bool {
		return r.Health == "" && strings.Contains(logs, "and this one needs 2 at least: install a newer release there")
	})
}

// loseTwo leaves one of three, which is told so.
func loseTwo(c *trio) (left int) {
	_, i, _ := c.owner()
	left = c.others(i)[0]
	at := time.Now()
	for _, j := range c.others(left) {
		c.kill(j)
	}
	c.alone(left)
	figure(c.t, "two of three die, the third one knows", time.Since(at))
	return left
}

// twoDie starts the others again: the third one comes back by itself.
func twoDie(c *trio) {
	for _, j := range c.others(loseTwo(c)) {
		c.restart(j)
	}
	at := time.Now()
	c.settled()
	figure(c.t, "two of three start again, until everything has an owner", time.Since(at))
}

// leadingOwnerDies brings about what the placement of leaders prevents, to see
// what it is good for: the lead goes to an owner, which dies before it has
// passed it on.
func leadingOwnerDies(c *trio) {
	app, i, was := c.owner()
	c.nodes[c.leader(i, bucketOf(app))].tell("stepdown %d %s", bucketOf(app), was.Node)
	c.nodes[i].await("it leads", func(r report, _ string) bool { return leaderOf(r, bucketOf(app)) == was.Node })
	at := time.Now()
	c.kill(i)
	c.replaced("kill -9 of an owner that leads the bucket of its record", app, was, at)
	c.restart(i)
}

// diskIsLost has a node come back with nothing, under its name.
func diskIsLost(c *trio) {
	_, i, _ := c.owner()
	c.kill(i)
	require.NoError(c.t, os.RemoveAll(c.specs[i].Dir))
	require.NoError(c.t, os.Mkdir(c.specs[i].Dir, 0o700))
	c.settled(c.others(i)...)
	c.restart(i)
}

// figure is something that was measured.
func figure(t *testing.T, what string, d time.Duration) {
	t.Helper()
	figures[what] = append(figures[what], d)
	t.Logf("%s: %s", what, d.Round(time.Millisecond))
}

var figures = map[string][]time.Duration{}

// tabulate shows what was measured more than once.
func tabulate(t *testing.T) {
	for _, what := range slices.Sorted(maps.Keys(figures)) {
		all := slices.Sorted(slices.Values(figures[what]))
		if len(all) > 1 {
			at := func(p int) time.Duration { return all[(len(all)-1)*p/100].Round(time.Millisecond) }
			t.Logf("%-75s %3d times, median %6s, 95 %% %6s, most %6s", what, len(all), at(50), at(95), at(100))
		}
	}
}

// pauseLength is how long an owner is paused.
func pauseLength() time.Duration {
	if *torture > 0 {
		return 10 * time.Second
	}
	return 3 * time.Second
}

// loadApp is what load writes: nobody owns it.
var loadApp = fmt.Sprintf("load%d", 1)
