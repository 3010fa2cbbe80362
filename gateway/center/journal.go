package center

import (
	"crypto/rand"
	"encoding/json"

	"tccc/wire"
)

// journalSize bounds what a reconnecting SDK can catch up with: 1024 events of
// about 300 bytes, a quarter of a megabyte for each agent.
const journalSize = 1024

// journal is the events of one agent in order. The epoch changes with every
// process, so that a number of another process is never mistaken for one of this.
type journal struct {
	epoch  string
	seq    uint64
	events []wire.Event // the last ones, oldest first
}

func newJournal() journal { return journal{epoch: rand.Text()[:12]} }

// add numbers an event and keeps it.
func (j *journal) add(e wire.Event) wire.Event {
	j.seq++
	e.Seq = j.seq
	if len(j.events) >= journalSize {
		j.events = append(j.events[:0], j.events[journalSize/2:]...)
	}
	j.events = append(j.events, e)
	return e
}

// since gives the events after seq, and false when they are not all kept any more.
func (j *journal) since(epoch string, seq uint64) ([]wire.Event, bool) {
	if epoch != j.epoch || seq > j.seq {
		return nil, false
	}
	missing := int(j.seq - seq)
	if missing > len(j.events) {
		return nil, false
	}
	return j.events[len(j.events)-missing:], true
}

func rawJSON(v any) json.RawMessage {
	text, err := json.Marshal(v)
	if err != nil {
		panic("center: a payload that cannot be JSON: " + err.Error())
	}
	return text
}
