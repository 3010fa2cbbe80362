package cluster

import (
	"flag"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var (
	torture   = flag.Duration("torture", 0, "how long to go on with faults that change; 0 is the short form")
	tortured  = flag.Uint64("seed", 1, "of the first history")
	happening = flag.String("only", "", "leaves out what happens to machines under other names")
)

// Random pauses, deaths, cuts and lost messages: nobody takes an application
// while its owner may act, no two act at once, and when the faults are over
// everything has an owner that does not lead its bucket.
func TestRandomHistories(t *testing.T) {
	over, histories := time.Now().Add(*torture), uint64(20)
	var takeovers, handOvers, acted int
	for seed := *tortured; seed < *tortured+histories || time.Now().Before(over); seed++ {
		w := history(t, seed)
		takeovers, handOvers, acted = takeovers+w.takeovers, handOvers+w.handOvers, acted+w.acted
	}
	t.Logf("%d take-overs, %d handed over", takeovers, handOvers)
	require.NotZero(t, takeovers)
	require.NotZero(t, handOvers)
	require.NotZero(t, acted)
}

func history(t *testing.T, seed uint64) *world {
	apps := appsIn(1)
	size := 3 + 2*int(seed%2)
	var w *world
	w = newWorld(seed, size, apps, func(format string, args ...any) {
		w.log(format, args...)
		require.FailNow(t, "seed", "%d:\n%s", seed, strings.Join(w.trace, "\n"))
	})
	for range 150 {
		w.disturb(apps)
		for range 20 {
			w.run(w.rand(40 * time.Millisecond))
			w.acting(apps)
		}
	}
	w.heal(apps)
	require.True(t, w.settles(apps), "seed %d does not settle:\n%s", seed, strings.Join(w.trace, "\n"))
	return w
}

// disturb does one random thing.
func (w *world) disturb(apps []string) {
	i, j := w.rnd.IntN(len(w.nodes)), w.rnd.IntN(len(w.nodes))
	n := w.nodes[i]
	switch w.rnd.IntN(12) {
	case 0:
		w.log("%s dies", n.name)
		n.dead = true
	case 1, 2:
		if n.dead {
			w.log("%s starts", n.name)
			w.boot(n, apps)
		}
	case 3:
		d := w.rand(3 * time.Second)
		w.log("%s pauses for %s", n.name, d)
		w.pause(n, d)
	case 4:
		w.log("from %s to %s nothing comes", n.name, w.nodes[j].name)
		w.cut[[2]int{i, j}] = true
	case 5, 6:
		w.log("the network is whole")
		clear(w.cut)
	case 7:
		w.log("%s is alone", n.name)
		for k := range w.nodes {
			w.cut[[2]int{i, k}], w.cut[[2]int{k, i}] = true, true
		}
	case 8:
		if n.book.state == Ready && !n.dead {
			w.log("%s drains", n.name)
			n.book.state = Draining
		}
	case 9:
		b := w.rnd.IntN(buckets)
		if l := w.rnd.IntN(len(w.nodes)); w.leads[b] >= 0 && !w.nodes[l].dead {
			w.leads[b] = l // JetStream may have reasons of its own
		}
	}
	for b := range buckets {
		w.elect(b)
	}
}

func (w *world) heal(apps []string) {
	w.log("all is well again")
	clear(w.cut)
	w.run(5 * time.Second) // pauses are over
	for _, n := range w.nodes {
		if n.dead || n.book.state == Draining {
			w.boot(n, apps)
		}
	}
}

// settles waits until every application has an owner who may act and leads not
// the bucket of its record.
func (w *world) settles(apps []string) bool {
	for range 300 {
		for b := range buckets {
			w.elect(b)
		}
		w.run(100 * time.Millisecond)
		w.acting(apps)
		good := true
		for _, app := range apps {
			good = good && w.apart(app)
		}
		if good {
			return true
		}
	}
	return false
}

func (w *world) apart(app string) bool {
	for _, n := range w.nodes {
		if _, may := n.book.may(w.clock(n), app); may {
			return w.leads[bucketOf(app)] != n.index
		}
	}
	return false
}
