package cluster

import (
	"hash/fnv"
	"maps"
	"slices"
	"time"
)

// record is what the store says of an application.
type record struct {
	Node     string `json:"node"`
	Instance string `json:"instance"`
}

// entry is an application as this node knows it.
type entry struct {
	record
	fence   uint64        // the record's revision; 0 if there is none
	vacant  time.Duration // since when nobody who is there owns it; never if somebody does
	writing bool
	// when a write ended of which nobody knows whether it happened; never if it did not come to that
	unsure time.Duration
	retry  time.Duration // when the next write may be tried
}

// book is who owns what, and what this node has to do about it.
type book struct {
	watch *watch
	state State
	apps  map[string]*entry
	mine  []string // applications that this node can own
	leads []int    // buckets that this node leads
	shelf [buckets]shelf
}

// shelf is a bucket as this node knows it.
type shelf struct {
	rev     uint64        // the newest revision known
	read    time.Duration // when the newest complete reading began; never
	due     bool          // something may have changed
	reading bool
	again   time.Duration // when it may be read again after a failure
	moving  bool          // its leader is asked to step down
	retry   time.Duration // when its leader may be asked again
}

func newBook(w *watch, apps []string) *book {
	b := &book{watch: w, state: Starting, apps: map[string]*entry{}}
	for i := range b.shelf {
		b.shelf[i].read = never
	}
	b.set(apps)
	return b
}

// set replaces the applications that this node can own.
func (b *book) set(apps []string) {
	b.mine = slices.Sorted(slices.Values(apps))
	for _, app := range b.mine {
		b.entry(app)
	}
}

func (b *book) entry(app string) *entry {
	e := b.apps[app]
	if e == nil {
		e = &entry{vacant: never, unsure: never}
		b.apps[app] = e
	}
	return e
}

// bucketOf is the bucket with the record of an application.
func bucketOf(app string) int { return int(hash(app) % buckets) }

func hash(text string) uint32 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(text))
	return h.Sum32()
}

// learned is a record that was read or written.
type learned struct {
	app   string
	rec   record
	fence uint64
}

// learn takes what the store says. What is older than what is known counts for
// nothing. It reports the entries that have changed.
func (b *book) learn(all ...learned) (changed []learned) {
	for _, l := range all {
		e := b.entry(l.app)
		b.shelf[bucketOf(l.app)].rev = max(b.shelf[bucketOf(l.app)].rev, l.fence)
		if l.fence <= e.fence {
			continue
		}
		e.record, e.fence, e.vacant = l.rec, l.fence, never
		changed = append(changed, l)
	}
	return changed
}

// began and ended frame a reading of a bucket; ok is false for one that failed.
func (b *book) began(bucket int) {
	b.shelf[bucket].reading, b.shelf[bucket].due = true, false
}

func (b *book) ended(now time.Duration, bucket int, at time.Duration, ok bool) {
	s := &b.shelf[bucket]
	s.reading = false
	if ok {
		s.read = max(s.read, at)
	} else {
		s.due, s.again = true, now+b.watch.times.Beat
	}
}

// wrote is how a write of a record ended. Whatever happened to it, the store
// has the last word: a failed one is found out by the next reading.
func (b *book) wrote(now time.Duration, app string, ok bool) {
	e := b.entry(app)
	e.writing = false
	if !ok {
		e.retry, e.unsure = now+b.watch.times.Beat, now
		b.shelf[bucketOf(app)].due = true
	}
}

// settle makes a node ready when a majority hears it and it knows all owners. It
// reports whether it is.
func (b *book) settle(now time.Duration) bool {
	unread := slices.ContainsFunc(b.shelf[:], func(s shelf) bool { return s.read == never })
	if b.state == Starting && b.watch.heard(now) && !unread {
		b.state = Ready
	}
	return b.state != Starting
}

// owns reports whether this process owns an application, as far as it knows.
func (b *book) owns(e *entry) bool {
	return e.fence > 0 && e.Node == b.watch.self && e.Instance == b.watch.instance
}

// may reports whether this node may act for an application now: it owns it, is
// not handing it over, a majority hears it, and it has read the record since.
func (b *book) may(now time.Duration, app string) (fence uint64, ok bool) {
	e := b.apps[app]
	if e == nil || !b.owns(e) || e.writing || !b.watch.heard(now) || b.watch.held == never {
		return 0, false
	}
	read := b.shelf[bucketOf(app)].read
	return e.fence, read >= b.watch.held && read >= e.unsure
}

// readingDue reports whether a bucket is to be read: somebody knows more, or it
// has not been read since a majority hears this node, or for a while.
func (b *book) readingDue(now time.Duration, bucket int) bool {
	s := &b.shelf[bucket]
	if s.reading || now < s.again {
		return false
	}
	if s.due || s.read == never || s.read < b.watch.held || now-s.read >= b.watch.times.Lost {
		return true
	}
	for _, p := range b.watch.nodes {
		if !p.lost && p.beat.Revs[bucket] > s.rev {
			return true
		}
	}
	return false
}

// write is a record to be written if its revision still is what it was.
type write struct {
	app   string
	fence uint64
	rec   record
}

// writesDue are the records that this node should write now.
func (b *book) writesDue(now time.Duration) (out []write) {
	if b.state == Starting || !b.watch.heard(now) {
		return nil
	}
	ready := b.watch.ready(now, b.state)
	for _, app := range b.mine {
		e := b.apps[app]
		if e.writing || now < e.retry || b.shelf[bucketOf(app)].read == never {
			continue
		}
		if to, ok := b.next(now, app, e, ready); ok {
			e.writing = true
			out = append(out, write{app, e.fence, to})
		}
	}
	return out
}

// next is who should own an application from now on, if this node is to write it.
func (b *book) next(now time.Duration, app string, e *entry, ready []string) (record, bool) {
	if b.owns(e) {
		return b.handOver(now, app, ready)
	}
	if e.fence > 0 && e.Node != "" && !b.watch.lost(now, e.Node, e.Instance) {
		e.vacant = never
		return record{}, false
	}
	if e.vacant == never {
		e.vacant = now
	}
	place := slices.Index(b.candidates(now, app, ready), b.watch.self)
	wait := time.Duration(place) * b.watch.times.Stagger
	if e.fence == 0 && len(ready) < b.watch.size {
		wait += firstWait * b.watch.times.Stagger // not everything for the first that is there
	}
	if place < 0 || now-e.vacant < wait {
		return record{}, false
	}
	return record{b.watch.self, b.watch.instance}, true
}

// firstWait is how many times Stagger an application that nobody has owned yet
// waits for nodes that are missing.
const firstWait = 10

// handOver moves an application of this node away: when it drains, and when it
// leads the bucket with no other node that could.
func (b *book) handOver(now time.Duration, app string, ready []string) (record, bool) {
	bucket := bucketOf(app)
	if b.state != Draining && !(slices.Contains(b.leads, bucket) && b.newLeader(now, bucket) == "" && b.whole(now)) {
		return record{}, false
	}
	for _, node := range b.candidates(now, app, ready) {
		if node != b.watch.self {
			return record{node, b.watch.nodes[node].beat.Instance}, true
		}
	}
	return record{}, false
}

// whole reports whether all nodes are there.
func (b *book) whole(now time.Duration) bool {
	return len(b.watch.ready(now, b.state)) >= b.watch.size
}

// candidates are the nodes that could own an application, the best first: not
// the one that leads its bucket, then those that own least. All nodes find the
// same order while they know the same.
func (b *book) candidates(now time.Duration, app string, ready []string) []string {
	load := map[string]int{}
	for _, e := range b.apps {
		if e.writing {
			load[b.watch.self]++
		} else {
			load[e.Node]++
		}
	}
	leader := b.watch.leader(now, bucketOf(app), b.leads)
	rank := func(node string) [3]int {
		leads := 0
		if node == leader {
			leads = 1
		}
		return [3]int{leads, load[node], int(hash(app + "/" + node))}
	}
	out := slices.Clone(ready)
	slices.SortFunc(out, func(x, y string) int {
		rx, ry := rank(x), rank(y)
		return slices.Compare(rx[:], ry[:])
	})
	return out
}

// move is a bucket whose leader should be another node.
type move struct {
	bucket int
	to     string
}

// movesDue are the buckets that this node leads and should not: an owner never
// leads the bucket of its own record, so that its death leaves a leader that
// writes the next one.
func (b *book) movesDue(now time.Duration) (out []move) {
	for _, bucket := range b.leads {
		s := &b.shelf[bucket]
		if s.moving || now < s.retry || !b.holds(b.watch.self, bucket) {
			continue
		}
		if to := b.newLeader(now, bucket); to != "" {
			s.moving = true
			out = append(out, move{bucket, to})
		}
	}
	return out
}

// moved is how asking a leader to step down has ended.
func (b *book) moved(now time.Duration, bucket int) {
	b.shelf[bucket].moving = false
	b.shelf[bucket].retry = now + 2*b.watch.times.Beat
}

// newLeader is a node that may lead a bucket: one that owns nothing in it, if
// there is one.
func (b *book) newLeader(now time.Duration, bucket int) string {
	for _, node := range b.watch.ready(now, b.state) {
		if node != b.watch.self && !b.holds(node, bucket) {
			return node
		}
	}
	return ""
}

// holds reports whether a node owns an application whose record is in a bucket.
func (b *book) holds(node string, bucket int) bool {
	for app, e := range b.apps {
		if e.fence > 0 && e.Node == node && bucketOf(app) == bucket {
			return true
		}
	}
	return false
}

// known are all applications, in order.
func (b *book) known() []string { return slices.Sorted(maps.Keys(b.apps)) }
