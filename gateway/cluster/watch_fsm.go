package cluster

import (
	"maps"
	"slices"
	"time"
)

// watch is what a node knows of all from their heartbeats. Times are those of
// the node's own steady clock since its start: readings of clocks of different
// nodes are never compared.
//
// An owner's right to act rests on heartbeats of its own that a majority has
// echoed, counted from when it sent them. As each two majorities have a node in
// common, an owner has stopped (Quiet after it sent the last heartbeat that this
// node echoed) before a majority says that it is lost (Lost after that node
// heard it). A node that hears another one anew says no more that it is lost,
// and echoes it only after it has heard it steadily for Lost: whoever acts on
// what was said before has that long to write.
type watch struct {
	self, instance string
	size           int
	times          Times

	nodes map[string]*peer
	seq   uint64
	sent  [64]time.Duration // when heartbeats left, by seq modulo
	last  time.Duration     // of the last tick
	held  time.Duration     // since when a majority hears this node; never if it does not
}

// peer is another node.
type peer struct {
	beat  beat
	at    time.Duration // when it was heard last
	run   time.Duration // since when it has been heard steadily
	lost  bool          // it has not been heard steadily for Lost
	acked time.Duration // when the newest heartbeat left that it has echoed
	other string        // another process that says it is this node
}

// never stands for a time that has not come.
const never = time.Duration(-1 << 62)

func newWatch(self, instance string, size int, times Times, now time.Duration) *watch {
	return &watch{
		self: self, instance: instance, size: size, times: times, nodes: map[string]*peer{}, last: now, held: never,
	}
}

// majority is how many nodes decide.
func (w *watch) majority() int { return w.size/2 + 1 }

// send makes the next heartbeat.
func (w *watch) send(now time.Duration) beat {
	w.seq++
	w.sent[w.seq%uint64(len(w.sent))] = now
	heard := make(map[string]echo, len(w.nodes))
	for name, p := range w.nodes {
		e := echo{Instance: p.beat.Instance, Lost: w.silent(now, p)}
		if !p.lost {
			e.Seq = p.beat.Seq
		}
		heard[name] = e
	}
	return beat{Node: w.self, Instance: w.instance, Seq: w.seq, Heard: heard}
}

// hear takes a heartbeat of another node. It reports false for one that counts
// for nothing: an old one, or one of a second process with the name of a node
// that is there.
func (w *watch) hear(now time.Duration, b beat) bool {
	w.tick(now)
	p := w.nodes[b.Node]
	switch {
	case p == nil:
		if len(w.nodes) >= mostNodes {
			return false
		}
		p = &peer{run: now, lost: true, acked: never}
		w.nodes[b.Node] = p
	case p.beat.Instance == b.Instance && b.Seq <= p.beat.Seq:
		return false
	case p.beat.Instance != b.Instance && now-p.at < w.times.Lost:
		p.other = b.Instance
		return false
	case p.beat.Instance != b.Instance:
		*p = peer{run: now, lost: true, acked: never}
	case w.silent(now, p):
		p.run = now
	}
	p.beat, p.at = b, now
	if p.lost && now-p.run >= w.times.Lost {
		p.lost = false
	}
	recent := uint64(len(w.sent))
	if e := b.Heard[w.self]; e.Instance == w.instance && e.Seq > 0 && e.Seq <= w.seq && w.seq-e.Seq < recent {
		p.acked = max(p.acked, w.sent[e.Seq%recent])
	}
	w.hold(now)
	return true
}

// tick has time pass. A node that has slept itself has not listened: its own
// pause does not count against others.
func (w *watch) tick(now time.Duration) {
	slept := now-w.last > w.times.Quiet
	for _, p := range w.nodes {
		if slept {
			p.at += now - w.last
			p.run += now - w.last
		}
		p.lost = p.lost || w.silent(now, p)
	}
	w.last = now
	w.hold(now)
}

// silent reports whether a node has not been heard for Lost.
func (w *watch) silent(now time.Duration, p *peer) bool { return now-p.at >= w.times.Lost }

// hold notes since when a majority hears this node.
func (w *watch) hold(now time.Duration) {
	switch {
	case !w.heard(now):
		w.held = never
	case w.held == never:
		w.held = now
	}
}

// heard reports whether a majority has heard this node within Quiet.
func (w *watch) heard(now time.Duration) bool {
	n := 1
	for _, p := range w.nodes {
		if p.acked != never && now-p.acked < w.times.Quiet {
			n++
		}
	}
	return n >= w.majority()
}

// fresh reports whether what a node said last is new enough to count.
func (w *watch) fresh(now time.Duration, p *peer) bool {
	return !p.lost && now-p.at <= w.times.Quiet/2
}

// lost reports whether a majority has not heard a process for Lost. A process
// is lost to a node that hears the next one of that name.
func (w *watch) lost(now time.Duration, node, instance string) bool {
	if node == w.self {
		return instance != w.instance // the directory's lock says so
	}
	n := 0
	p := w.nodes[node]
	if p == nil && now >= w.times.Lost || p != nil && (w.silent(now, p) || p.beat.Instance != instance) {
		n++
	}
	for name, p := range w.nodes {
		if name == node || !w.fresh(now, p) {
			continue
		}
		if e, ok := p.beat.Heard[node]; ok && (e.Lost || e.Instance != instance) {
			n++
		} else if !ok && p.beat.State != Starting {
			n++
		}
	}
	return n >= w.majority()
}

// ready are the nodes that can take applications, in order.
func (w *watch) ready(now time.Duration, own State) []string {
	var out []string
	if own == Ready {
		out = append(out, w.self)
	}
	for name, p := range w.nodes {
		if p.beat.State == Ready && w.fresh(now, p) {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

// leader is the node that leads a bucket, as far as is known.
func (w *watch) leader(now time.Duration, bucket int, own []int) string {
	if slices.Contains(own, bucket) {
		return w.self
	}
	for _, name := range slices.Sorted(maps.Keys(w.nodes)) {
		if p := w.nodes[name]; w.fresh(now, p) && slices.Contains(p.beat.Leads, bucket) {
			return name
		}
	}
	return ""
}
