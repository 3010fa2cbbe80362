package rtc

import "time"

// Bounds of the room on the way to a browser.
const (
	roomMost  = 3e6                    // bit/s: as much as a camera sends
	roomGrows = 1.15                   // with each estimate that shows no congestion
	tight     = 0.95                   // an estimate below this share of what was sent is congestion
	roomEvery = 200 * time.Millisecond // shorter spans say nothing about a rate
)

// room turns a browser's estimates of what it can receive into what the camera
// may send. The estimate cannot be passed on as it is: it follows what arrives,
// so that a picture that hardly moves, or begins dark, would bring it down to
// almost nothing, from where it takes half a minute to come back. It counts where it is
// below what was sent, which is congestion; then the room grows again.
type room struct {
	cap  float32 // bit/s, 0 before the first estimate
	sent uint64  // bytes at the last estimate
	at   time.Time
}

// take takes an estimate and gives the room.
func (r *room) take(estimate float32, sent uint64, now time.Time) float32 {
	span := now.Sub(r.at)
	if r.cap == 0 {
		r.cap, r.sent, r.at = roomMost, sent, now
		return r.cap
	}
	if span < roomEvery {
		if estimate < r.cap && r.cap < roomMost { // one after the other: it gets worse
			r.cap = estimate
		}
		return r.cap
	}
	rate := float32(float64(sent-r.sent) * 8 / span.Seconds())
	r.sent, r.at = sent, now
	if estimate < tight*rate {
		r.cap = estimate
	} else {
		r.cap = min(roomMost, max(estimate, r.cap*roomGrows))
	}
	return r.cap
}
