package cluster

import (
	"container/heap"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"
)

// world simulates a cluster: nodes with clocks that start and run differently,
// a network that delays and loses heartbeats, and a store that compares and
// sets. One seed is one history.
type world struct {
	rnd   *rand.Rand
	now   time.Duration
	queue events
	nodes []*simNode
	store map[string]learned
	revs  [buckets]uint64
	cut   map[[2]int]bool // heartbeats from, to
	leads [buckets]int    // by node; -1 while there is an election
	fault func(format string, args ...any)

	takeovers, handOvers, acted int
	trace                       []string
}

type simNode struct {
	index    int
	name     string
	book     *book
	rate     float64       // of its clock
	born     time.Duration // in the world's time
	paused   time.Duration // until when it does nothing
	dead     bool
	instance int
	waiting  []func()
}

// Bounds of the simulation. A late write is one that arrives when its writer
// has long given it up.
const (
	simDelay = 60 * time.Millisecond
	simWrite = 150 * time.Millisecond
)

type event struct {
	at  time.Duration
	seq int
	do  func()
}

type events struct {
	list []event
	seq  int
}

func (e *events) Len() int { return len(e.list) }
func (e *events) Less(i, j int) bool {
	a, b := e.list[i], e.list[j]
	return a.at < b.at || a.at == b.at && a.seq < b.seq
}
func (e *events) Swap(i, j int) { e.list[i], e.list[j] = e.list[j], e.list[i] }
func (e *events) Push(x any)    { e.list = append(e.list, x.(event)) }
func (e *events) Pop() any {
	last := e.list[len(e.list)-1]
	e.list = e.list[:len(e.list)-1]
	return last
}

func newWorld(seed uint64, size int, apps []string, fault func(string, ...any)) *world {
	w := &world{rnd: rand.New(rand.NewPCG(seed, 0)), store: map[string]learned{}, cut: map[[2]int]bool{}, fault: fault}
	for i := range size {
		w.nodes = append(w.nodes, &simNode{index: i, name: fmt.Sprintf("n%d", i+1)})
	}
	for _, n := range w.nodes {
		w.boot(n, apps)
	}
	for b := range w.leads {
		w.leads[b] = w.rnd.IntN(size)
	}
	return w
}

func (w *world) after(d time.Duration, do func()) {
	w.queue.seq++
	heap.Push(&w.queue, event{w.now + d, w.queue.seq, do})
}

// run has time pass.
func (w *world) run(d time.Duration) {
	for over := w.now + d; ; {
		if w.queue.Len() == 0 || w.queue.list[0].at > over {
			w.now = over
			return
		}
		e := heap.Pop(&w.queue).(event)
		w.now = e.at
		e.do()
	}
}

func (w *world) boot(n *simNode, apps []string) {
	times := Times{}.withDefaults()
	n.instance++
	n.dead, n.born, n.paused, n.waiting = false, w.now, 0, nil
	n.rate = 0.99 + 0.02*w.rnd.Float64()
	n.book = newBook(newWatch(n.name, fmt.Sprint(n.name, ".", n.instance), len(w.nodes), times, 0), apps)
	w.loop(n, n.instance, w.rand(times.Beat))
}

func (w *world) rand(d time.Duration) time.Duration { return time.Duration(w.rnd.Int64N(int64(d) + 1)) }

// clock is what a node's steady clock shows.
func (w *world) clock(n *simNode) time.Duration {
	return time.Duration(float64(w.now-n.born) * n.rate)
}

// at does something on a node, when it is neither dead nor paused.
func (w *world) at(n *simNode, instance int, do func()) {
	switch {
	case n.dead || n.instance != instance:
	case w.now < n.paused:
		n.waiting = append(n.waiting, do)
	default:
		do()
	}
}

// loop is the node's own loop: tick, act, heartbeat.
func (w *world) loop(n *simNode, instance int, phase time.Duration) {
	w.after(phase, func() { w.tick(n, instance, 0) })
}

func (w *world) tick(n *simNode, instance, count int) {
	w.at(n, instance, func() {
		w.step(n)
		if count%4 == 0 {
			w.beat(n)
		}
	})
	if !n.dead && n.instance == instance {
		w.after(w.nodes[0].book.watch.times.Beat/4, func() { w.tick(n, instance, count+1) })
	}
}

// step is what Node does in run and act.
func (w *world) step(n *simNode) {
	now := w.clock(n)
	n.book.watch.tick(now)
	n.book.leads = nil
	for b, leader := range w.leads {
		if leader == n.index {
			n.book.leads = append(n.book.leads, b)
		}
	}
	w.act(n)
	n.book.settle(now)
}

func (w *world) act(n *simNode) {
	now, instance := w.clock(n), n.instance
	for bucket := range buckets {
		if n.book.readingDue(now, bucket) {
			n.book.began(bucket)
			w.after(w.rand(simDelay), func() { w.read(n, instance, bucket, now) })
		}
	}
	for _, wr := range n.book.writesDue(now) {
		w.after(w.rand(simWrite), func() { w.write(n, instance, wr) })
	}
	for _, m := range n.book.movesDue(now) {
		w.after(w.rand(simDelay), func() {
			to := slices.IndexFunc(w.nodes, func(n *simNode) bool { return n.name == m.to })
			if w.reach(n, m.bucket) && !w.nodes[to].dead {
				w.leads[m.bucket] = to
			}
			w.at(n, instance, func() { n.book.moved(w.clock(n), m.bucket) })
		})
	}
}

// reach reports whether a node reaches the leader of a bucket, and that one a majority.
func (w *world) reach(n *simNode, bucket int) bool {
	l := w.leads[bucket]
	if l < 0 || w.nodes[l].dead || w.now < w.nodes[l].paused || w.cut[[2]int{n.index, l}] || w.cut[[2]int{l, n.index}] {
		return false
	}
	n1 := 0
	for i, other := range w.nodes {
		if i == l || !other.dead && w.now >= other.paused && !w.cut[[2]int{i, l}] && !w.cut[[2]int{l, i}] {
			n1++
		}
	}
	return n1 > len(w.nodes)/2
}

func (w *world) read(n *simNode, instance, bucket int, at time.Duration) {
	ok := w.reach(n, bucket)
	var all []learned
	if ok {
		for _, l := range w.store {
			if bucketOf(l.app) == bucket {
				all = append(all, l)
			}
		}
	}
	w.after(w.rand(simDelay), func() {
		w.at(n, instance, func() {
			n.book.learn(all...)
			n.book.ended(w.clock(n), bucket, at, ok)
		})
	})
}

// write is a compare-and-set; its answer may be lost.
func (w *world) write(n *simNode, instance int, wr write) {
	ok := w.reach(n, bucketOf(wr.app)) && w.store[wr.app].fence == wr.fence
	var l learned
	if ok {
		w.judge(n, wr)
		b := bucketOf(wr.app)
		w.revs[b]++
		l = learned{wr.app, wr.rec, w.revs[b]}
		w.store[wr.app] = l
		w.log("%s writes %s for %s, fence %d", n.name, wr.app, wr.rec.Instance, l.fence)
	}
	answered := ok && w.rnd.IntN(10) > 0
	w.after(w.rand(simDelay), func() {
		w.at(n, instance, func() {
			n.book.wrote(w.clock(n), wr.app, answered)
			if answered {
				n.book.learn(l)
				w.beat(n)
			}
		})
	})
}

// judge holds, at the moment of a change, that the old owner has stopped.
func (w *world) judge(writer *simNode, wr write) {
	old := w.store[wr.app]
	if old.fence == 0 {
		return
	}
	if writer.book.watch.instance == old.rec.Instance {
		w.handOvers++
		return
	}
	w.takeovers++
	for _, n := range w.nodes {
		if n.dead || n.book.watch.instance != old.rec.Instance || w.now < n.paused {
			continue
		}
		if fence, may := n.book.may(w.clock(n), wr.app); may {
			w.fault("%s takes %s while %s may act for it with the fence %d", writer.name, wr.app, n.name, fence)
		}
	}
}

// acting holds that at most one node may act for an application.
func (w *world) acting(apps []string) {
	for _, app := range apps {
		var who []string
		for _, n := range w.nodes {
			if n.dead || w.now < n.paused {
				continue
			}
			if _, may := n.book.may(w.clock(n), app); may {
				who = append(who, n.name)
				w.acted++
			}
		}
		if len(who) > 1 {
			w.fault("%v may act for %s at the same time", who, app)
		}
	}
}

func (w *world) beat(n *simNode) {
	now := w.clock(n)
	b := n.book.watch.send(now)
	b.State, b.Leads = n.book.state, slices.Clone(n.book.leads)
	for i, s := range n.book.shelf {
		b.Revs[i] = s.rev
	}
	for _, other := range w.nodes {
		if other == n || w.cut[[2]int{n.index, other.index}] || w.rnd.IntN(50) == 0 {
			continue
		}
		instance := other.instance
		w.after(w.rand(simDelay), func() {
			w.at(other, instance, func() {
				if other.book.watch.hear(w.clock(other), b) {
					w.act(other)
				}
			})
		})
	}
}

// pause stops a node for a while; what came meanwhile it does when it wakes,
// in any order with its own loop.
func (w *world) pause(n *simNode, d time.Duration) {
	n.paused = w.now + d
	instance := n.instance
	w.after(d, func() {
		if n.dead || n.instance != instance || w.now < n.paused {
			return
		}
		waiting := n.waiting
		n.waiting = nil
		w.rnd.Shuffle(len(waiting), func(i, j int) { waiting[i], waiting[j] = waiting[j], waiting[i] })
		for _, do := range waiting {
			do()
		}
	})
}

// elect gives buckets whose leader is away another one, as JetStream does.
func (w *world) elect(bucket int) {
	if l := w.leads[bucket]; l >= 0 && !w.nodes[l].dead && w.now >= w.nodes[l].paused && w.reach(w.nodes[l], bucket) {
		return
	}
	w.leads[bucket] = -1
	w.after(4*time.Second+w.rand(4*time.Second), func() {
		if w.leads[bucket] != -1 {
			return
		}
		for _, i := range w.rnd.Perm(len(w.nodes)) {
			w.leads[bucket] = i
			if !w.nodes[i].dead && w.now >= w.nodes[i].paused && w.reach(w.nodes[i], bucket) {
				return
			}
		}
		w.leads[bucket] = -1
	})
}

func (w *world) log(format string, args ...any) {
	w.trace = append(w.trace, fmt.Sprintf("%8s ", w.now.Round(time.Millisecond))+fmt.Sprintf(format, args...))
	if len(w.trace) > 200 {
		w.trace = w.trace[1:]
	}
}
