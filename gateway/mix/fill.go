package mix

import "time"

const (
	gap      = 60 * time.Millisecond  // a source that is silent for longer is filled in for
	eventGap = 200 * time.Millisecond // packets of an event may be 50 ms apart and late
)

// quiet makes the feed one that has no source: it is filled from the first beat.
func (f *Feed) quiet() {
	f.port.mu.Lock()
	defer f.port.mu.Unlock()
	f.sourceless = true
}

// fill sends 20 ms of silence if the source has nothing to say. It returns
// false when the feed is live no more.
func (f *Feed) fill(now time.Time) bool {
	p := f.port
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.feed != f {
		return false
	}
	if p.keying || !f.lacks(now) {
		return true
	}
	if f.noise != 0 && f.trans != nil {
		f.trans.hush(f.noise)
		f.filled = true
		return true
	}
	codec := p.out.codec
	if codec == 0 || !p.takes(codec) {
		codec = p.codec
	}
	payload := silence(p.scratch[:], codec, codec.Clock()/50)
	seq, ts := p.out.follow(now, codec.Clock())
	p.out.note(now, codec, ts, payload)
	p.send(codec, !f.filled || p.out.marker, seq, ts, payload)
	p.out.marker = false
	f.filled, f.mapped = true, false
	return true
}

// lacks reports whether it is time to fill in.
func (f *Feed) lacks(now time.Time) bool {
	if f.sourceless || f.filled {
		return true
	}
	last, limit := f.last, gap
	if !f.seen {
		last = f.since
	}
	if f.event {
		limit = eventGap
	}
	return now.Sub(last) > limit
}
