package cluster

import (
	"fmt"
	"time"
)

// clockMost is how far clocks may differ before it is told.
const clockMost = 5 * time.Second

// judge reports whether a heartbeat counts, tells once of what operators should
// know, and finds out that this node has to go. The lock is held.
func (n *Node) judge(b beat) bool {
	if b.Node == n.opts.Node {
		n.refuse("twice "+b.Instance, fmt.Sprintf(
			"another process is node %s as well: give each node a name of its own in cluster.node", b.Node))
		return false
	}
	switch ours := n.opts.wire; {
	case b.Wire < ours.least:
		n.once("wire "+b.Instance, fmt.Sprintf(
			"node %s speaks version %d of the cluster's wire, and this one needs %d at least: "+
				"install a newer release there", b.Node, b.Wire, ours.least))
		return false
	case b.Least > ours.speaks:
		n.refuse("wire "+b.Instance, fmt.Sprintf(
			"this release speaks version %d of the cluster's wire, and node %s needs %d at least: "+
				"install a newer release here", ours.speaks, b.Node, b.Least))
		return false
	}
	if ahead := time.UnixMilli(b.Wall).Sub(n.opts.wall()).Round(time.Second); ahead.Abs() > clockMost {
		n.once("clock "+b.Instance, fmt.Sprintf("the clock of node %s is %s away from this one's: set both by NTP. "+
			"Who owns what does not depend on it, times in records do", b.Node, ahead))
	}
	if p := n.book.watch.nodes[b.Node]; p != nil && p.other != "" && p.beat.Instance == b.Instance {
		n.once("twice "+p.other, fmt.Sprintf("two processes are node %s: the second one is not listened to. "+
			"Give each node a name of its own in cluster.node", b.Node))
	}
	return true
}

// mostWarned bounds what is remembered as told.
const mostWarned = 1000

// once writes a warning the first time.
func (n *Node) once(key, line string) {
	if n.warned[key] || len(n.warned) >= mostWarned {
		return
	}
	n.warned[key] = true
	n.log.Warn(line)
}

// refuse ends a node that has not become ready. One that serves is not brought
// down by whoever comes later. The lock is held.
func (n *Node) refuse(key, why string) {
	if n.book.state != Starting {
		n.once(key, why)
		return
	}
	if n.refused != nil {
		return
	}
	n.refused = fmt.Errorf("%w: %s", ErrRefused, why)
	close(n.gone)
	n.stop()
}
