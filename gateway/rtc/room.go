package rtc

import (
	"sync"
	"time"
)

// Bounds of the room on the way to a browser.
const (
	roomMost  = 3e6                    // bit/s for each picture: as much as a camera sends, or a screen needs
	roomGrows = 1.15                   // with each estimate that shows no congestion
	tight     = 0.95                   // an estimate below this share of what was sent is congestion
	roomEvery = 200 * time.Millisecond // shorter spans say nothing about a rate
)

// room turns a browser's estimates of what it can receive into what the camera,
// and the screen beside it, may send. The estimate cannot be passed on as it is: it follows what arrives,
// so that a picture that hardly moves, or begins dark, would bring it down to
// almost nothing, from where it takes half a minute to come back. It counts where it is
// below what was sent, which is congestion; then the room grows again.
type room struct {
	mu   sync.Mutex
	cap  float32 // bit/s, 0 before the first estimate
	last float32 // estimate
	sent uint64  // bytes at the last estimate
	at   time.Time
}

// now is the room; 0 before it is known.
func (r *room) now() float32 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.cap
}

// take takes an estimate and gives the room, which is never more than most. It
// is not fresh if it says the same again.
func (r *room) take(estimate float32, sent uint64, most float32, now time.Time) (cap float32, fresh bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	span, again := now.Sub(r.at), estimate == r.last
	r.last = estimate
	switch {
	case r.cap == 0:
		r.cap, r.sent, r.at = most, sent, now
		return r.cap, true
	case span < roomEvery && again:
		return r.cap, false
	case span < roomEvery:
		if estimate < r.cap && r.cap < most { // one after the other: it gets worse
			r.cap = estimate
		}
		return r.cap, true
	}
	rate := float32(float64(sent-r.sent) * 8 / span.Seconds())
	r.sent, r.at = sent, now
	if estimate < tight*rate {
		r.cap = estimate
	} else {
		r.cap = min(most, max(estimate, r.cap*roomGrows))
	}
	return r.cap, true
}
