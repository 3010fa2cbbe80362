package center

import "tccc/wire"

// repliesKept bounds the answers that are kept for repeated commands.
const repliesKept = 128

// replies make commands idempotent: a key that was seen before gets the first
// answer, now or when it is there.
type replies struct {
	byKey map[string]*answer
	order []string
}

type answer struct {
	frame   *wire.Frame // nil while the command runs
	waiting []asker
}

type asker struct {
	seat *Seat
	id   uint64
}

func newReplies() replies { return replies{byKey: map[string]*answer{}} }

// begin reports whether the command must be run. If it ran before, the asker
// is answered, or will be.
func (r *replies) begin(key string, who asker) bool {
	if old := r.byKey[key]; old != nil {
		if old.frame != nil {
			who.answer(*old.frame)
		} else if len(old.waiting) < 8 {
			old.waiting = append(old.waiting, who)
		}
		return false
	}
	if len(r.order) >= repliesKept {
		delete(r.byKey, r.order[0])
		r.order = r.order[1:]
	}
	r.byKey[key] = &answer{waiting: []asker{who}}
	r.order = append(r.order, key)
	return true
}

// settle answers everybody who asked with this key.
func (r *replies) settle(key string, f wire.Frame) {
	a := r.byKey[key]
	if a == nil {
		return
	}
	for _, who := range a.waiting {
		who.answer(f)
	}
	a.frame, a.waiting = &f, nil
}

func (w asker) answer(f wire.Frame) {
	f.ID = w.id
	w.seat.conn.Send(&f)
}
