// Package journal keeps what a client may have missed: the last events of an
// agent, and the answers to its last commands.
package journal

import (
	"crypto/rand"

	"tccc/wire"
)

// journalSize bounds what a reconnecting SDK can catch up with: 1024 events of
// about 300 bytes, a quarter of a megabyte for each agent.
const journalSize = 1024

// Journal is the events of one agent in order. The epoch changes with every
// process, so that a number of another process is never mistaken for one of this.
type Journal struct {
	epoch  string
	seq    uint64
	events []wire.Event // the last ones, oldest first
}

// New returns an empty journal of a new epoch.
func New() Journal { return Journal{epoch: rand.Text()[:12]} }

// Add numbers an event and keeps it.
func (j *Journal) Add(e wire.Event) wire.Event {
	j.seq++
	e.Seq = j.seq
	if len(j.events) >= journalSize {
		j.events = append(j.events[:0], j.events[journalSize/2:]...)
	}
	j.events = append(j.events, e)
	return e
}

// Since gives the events after seq, and false when they are not all kept any more.
func (j *Journal) Since(epoch string, seq uint64) ([]wire.Event, bool) {
	if epoch != j.epoch || seq > j.seq {
		return nil, false
	}
	missing := int(j.seq - seq)
	if missing > len(j.events) {
		return nil, false
	}
	return j.events[len(j.events)-missing:], true
}

// Epoch names the journal.
func (j *Journal) Epoch() string { return j.epoch }

// Seq is the number of the last event.
func (j *Journal) Seq() uint64 { return j.seq }
