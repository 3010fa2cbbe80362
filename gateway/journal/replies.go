package journal

import (
	"errors"
	"slices"

	"tccc/wire"
)

// Bounds of the answers that are kept for repeated commands: those given, those
// still to come, and who waits for one of them.
const (
	repliesKept   = 128
	repliesOpen   = 128
	repliesWaited = 8
)

// ErrBusy says that more commands run than a client may have under way.
var ErrBusy = errors.New("too many commands are under way")

// Replies make commands idempotent: a key that was seen before gets the first
// answer, now or when it is there. A command that runs is never forgotten.
type Replies struct {
	running map[string][]Asker // who waits for the answer
	given   map[string]wire.Frame
	order   []string // of given, oldest first
}

// Asker takes the answer to a command.
type Asker interface{ Answer(f wire.Frame) }

// NewReplies returns a store of answers.
func NewReplies() Replies {
	return Replies{running: map[string][]Asker{}, given: map[string]wire.Frame{}}
}

// Begin reports whether the command must be run. If it ran before, the asker
// is answered, or will be.
func (r *Replies) Begin(key string, who Asker) (run bool, err error) {
	if f, done := r.given[key]; done {
		who.Answer(f)
		return false, nil
	}
	waiting, runs := r.running[key]
	switch {
	case !runs && len(r.running) >= repliesOpen, runs && len(waiting) >= repliesWaited:
		return false, ErrBusy
	}
	r.running[key] = append(waiting, who)
	return !runs, nil
}

// Settle answers everybody who asked with this key.
func (r *Replies) Settle(key string, f wire.Frame) {
	waiting, runs := r.running[key]
	if !runs {
		return
	}
	delete(r.running, key)
	if len(r.order) >= repliesKept {
		delete(r.given, r.order[0])
		r.order = slices.Delete(r.order, 0, 1)
	}
	r.given[key] = f
	r.order = append(r.order, key)
	for _, who := range waiting {
		who.Answer(f)
	}
}

// Fail answers every command that runs: none of them may come to an end.
func (r *Replies) Fail(f wire.Frame) {
	for key := range r.running {
		r.Settle(key, f)
	}
}
