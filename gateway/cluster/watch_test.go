package cluster

import (
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Of two processes with one name the first one counts, and operators are told
// when both are there. One that follows a dead one counts when that is silent.
func TestTwoProcessesWithOneName(t *testing.T) {
	var log strings.Builder
	n := loneNode(wires{1, 1})
	n.log = slog.New(slog.NewTextHandler(&log, nil))
	w := n.book.watch
	hear := func(at time.Duration, instance string, seq uint64) bool {
		b := beat{Node: "n2", Instance: instance, Seq: seq, Wire: 1, Least: 1, Wall: time.Now().UnixMilli()}
		return n.judge(b) && w.hear(at, b)
	}
	require.True(t, hear(0, "a", 1))
	require.False(t, hear(100*time.Millisecond, "b", 1))
	require.NotContains(t, log.String(), "two processes", "it may be the next one")
	require.True(t, hear(200*time.Millisecond, "a", 2))
	require.Contains(t, log.String(), "two processes are node n2")
	require.False(t, hear(300*time.Millisecond, "a", 2), "an old one")
	require.False(t, hear(1100*time.Millisecond, "b", 2))
	require.True(t, hear(1200*time.Millisecond, "b", 3), "the first one is silent")
}

func TestApplicationsChange(t *testing.T) {
	n := loneNode(wires{1, 1}, "1")
	require.ErrorContains(t, n.SetApps([]string{"2", "a.b"}), `"a.b" is no id`)
	require.Equal(t, []string{"1"}, n.book.mine)
	require.NoError(t, n.SetApps([]string{"3", "2"}))
	require.Equal(t, []string{"2", "3"}, n.book.mine)
}

// A node that has slept has not listened: it calls nobody lost for that.
func TestANodeThatSlept(t *testing.T) {
	w := newWatch("n1", "a", 3, Times{}.withDefaults(), 0)
	for at := time.Duration(0); at <= 2*time.Second; at += 100 * time.Millisecond {
		w.hear(at, beat{Node: "n2", Instance: "b", Seq: uint64(at/time.Millisecond) + 1, Heard: map[string]echo{}})
		w.tick(at)
	}
	require.False(t, w.nodes["n2"].lost)
	w.tick(12 * time.Second)
	require.False(t, w.nodes["n2"].lost)
	require.False(t, w.heard(12*time.Second), "but nobody has heard it")
	for at := 12 * time.Second; at <= 14*time.Second; at += 100 * time.Millisecond {
		w.tick(at)
	}
	require.True(t, w.nodes["n2"].lost, "now it has listened")
}
