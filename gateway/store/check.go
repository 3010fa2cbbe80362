package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"tccc/gateway/datadir"
	"tccc/wire"
)

// Damage is what was found in the files of a store.
type Damage struct {
	Stream   string `json:"stream"`
	File     string `json:"file"`
	At       int    `json:"at"`    // byte in the file
	Bytes    int    `json:"bytes"` // that are no record
	Sequence uint64 `json:"sequence"`
	Subject  string `json:"subject,omitempty"` // as far as it can be read
	// Tail is true for an end of a file that holds no record, as a crash in the
	// middle of a write leaves it. It was never acknowledged.
	Tail bool `json:"tail,omitempty"`
	// Settings is true for the file that says what kind of stream it is.
	Settings bool `json:"settings,omitempty"`
}

// Gap is a chat of which messages are missing.
type Gap struct {
	Subject string `json:"subject"`
	After   uint64 `json:"after"` // number of the message before
	Missing uint64 `json:"missing"`
}

// Report is what a check has found.
type Report struct {
	Files   int      `json:"files"`
	Records int      `json:"records"`
	Damage  []Damage `json:"damage"`
	Gaps    []Gap    `json:"gaps"` // of chats; those of damage that was not repaired are not among them
}

// Sound reports whether everything is as it should be.
func (r *Report) Sound() bool {
	return len(r.Gaps) == 0 && !slices.ContainsFunc(r.Damage, func(d Damage) bool { return !d.Tail })
}

// Check reads every record of the store in a directory, also of one that is in
// use.
func Check(dir string) (*Report, error) { return examine(dir, nil) }

// Repair does what Check does, puts the bytes of damaged records into the file
// [AsideName], and closes the places where they were, so that what follows them
// can be read. The store must not be in use.
func Repair(dir string) (*Report, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	unlock, err := datadir.Lock(dir)
	if err != nil {
		return nil, fmt.Errorf("failed to lock the data directory %s: %w", dir, err)
	}
	defer unlock()
	if err := datadir.Single(dir); err != nil {
		return nil, fmt.Errorf("failed to repair a store: %w", err)
	}
	return examine(dir, &aside{path: asidePath(dir)})
}

// errDamaged is the reason why records are set aside.
var errDamaged = errors.New("its checksum is wrong")

// examine checks a store, and repairs it if there is a place for what is damaged.
func examine(dir string, a *aside) (*Report, error) {
	r := &Report{Damage: []Damage{}, Gaps: []Gap{}}
	seen := map[string]map[uint64]bool{} // numbers of messages by chat
	err := blocks(dir, func(b *block) error {
		r.Files++
		var failed error
		b.pieces(func(p piece) {
			if !p.damaged {
				r.Records++
				note(seen, b, &p)
				return
			}
			r.Damage = append(r.Damage, Damage{
				Stream: b.stream, File: b.path, At: p.at, Bytes: p.length, Sequence: p.sequence, Subject: p.subject,
				Tail: p.tail,
			})
			if a == nil || p.tail || p.length < recordHead+recordHash {
				return
			}
			failed = errors.Join(failed,
				a.keep(b.stream, fmt.Sprintf("%d %s", p.sequence, p.subject), b.buf[p.at:p.at+p.length], errDamaged))
			b.erase(&p)
		})
		if failed != nil {
			return failed // nothing is erased that is not kept
		}
		return b.save()
	})
	if err != nil {
		return r, err
	}
	damaged, err := settings(dir, a)
	r.Damage = append(r.Damage, damaged...)
	for _, subject := range slices.Sorted(maps.Keys(seen)) {
		r.Gaps = append(r.Gaps, gaps(subject, seen[subject])...)
	}
	return r, err
}

// note remembers the number of a message of a chat.
func note(seen map[string]map[uint64]bool, b *block, p *piece) {
	if b.stream != chatStream || p.bits != 0 {
		return
	}
	_, text, _ := strings.Cut(string(p.message), "{") // after the headers
	var m wire.Message
	if json.Unmarshal([]byte("{"+text), &m) != nil {
		return
	}
	if seen[p.subject] == nil {
		seen[p.subject] = map[uint64]bool{}
	}
	seen[p.subject][m.Seq] = true
}

// gaps finds what is missing between the first and the last message: what is
// older goes first when its time is over.
func gaps(subject string, numbers map[uint64]bool) (all []Gap) {
	sorted := slices.Sorted(maps.Keys(numbers))
	for i := 1; i < len(sorted); i++ {
		if missing := sorted[i] - sorted[i-1] - 1; missing > 0 {
			all = append(all, Gap{subject, sorted[i-1], missing})
		}
	}
	return all
}

// repairAtStart looks at the files before JetStream does, which cuts a block
// off at the first damaged record or keeps silent about it.
func (s *Store) repairAtStart() error {
	if size := sizeOf(s.dir); size > checkAtStart {
		s.log.Info("the files of the store are not checked at the start: they are large (tccc store check does)",
			"size", size)
		return nil
	}
	r, err := examine(s.dir, s.aside)
	if err != nil {
		return fmt.Errorf("failed to check the files of the store: %w", err)
	}
	for _, d := range r.Damage {
		switch {
		case d.Settings:
			s.log.Warn("the damaged settings of a stream of the store are written anew; its records stay", "stream",
				d.Stream, "file", d.File)
		case !d.Tail:
			s.aside.count.Add(1)
			s.log.Error("a damaged record of the store was set aside: it is lost", "stream", d.Stream, "sequence",
				d.Sequence,
				"subject", d.Subject, "file", d.File, "at", d.At, "bytes", d.Bytes, "to", s.aside.path)
		}
	}
	for _, g := range r.Gaps {
		s.log.Error("messages of a chat are missing", "chat", g.Subject, "after", g.After, "missing", g.Missing)
	}
	return nil
}

// checkAtStart is the size of a store up to which its files are checked at each
// start, in bytes: about a second a gigabyte.
const checkAtStart = 2 << 30
