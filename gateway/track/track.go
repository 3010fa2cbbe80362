// Package track puts what one voice says on a time line: packets come late,
// twice, in another order and with a clock of their own; what is taken out has
// every sample at its moment, and silence in between.
package track

import (
	"sync"
	"time"

	"tccc/gateway/audio"
	"tccc/gateway/mix"
)

const (
	// Rate of the samples, in hertz.
	Rate = 8000
	// Length is how many samples of a track wait to be taken: four seconds, a
	// power of two of them.
	Length = 1 << 15
	// Settle is how late a frame may be.
	Settle = 400 * time.Millisecond
	// drift is how far the sender's clock may be from ours before its place is
	// found anew, in samples.
	drift = Rate / 5
)

var mulawOfAlaw = func() (table [256]byte) {
	for i := range table {
		table[i] = byte(i)
	}
	audio.AlawToMulaw(table[:], table[:])
	return table
}()

// Track is one voice: a ring of samples (G.711 mu-law) by their place on the
// time line. It is a mix.Sink.
type Track struct {
	begin time.Time

	mu      sync.Mutex
	ring    [Length]byte
	taken   int64 // place of the first sample that has not been taken yet
	follows bool  // lastTS and last hold
	lastTS  uint32
	last    int64 // place of the frame with lastTS
}

// New returns a track whose time line begins at a moment; at is the place of
// the first sample that will be taken.
func New(begin time.Time, at int64) *Track {
	t := &Track{begin: begin, taken: at}
	for i := range t.ring {
		t.ring[i] = audio.SilenceMulaw
	}
	return t
}

// Place is where a moment is on a time line, in samples.
func Place(d time.Duration) int64 { return int64(d) * Rate / int64(time.Second) }

// Taken is the place of the first sample that has not been taken yet.
func (t *Track) Taken() int64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.taken
}

// WriteFrame implements mix.Sink.
func (t *Track) WriteFrame(f *mix.Frame) { t.Write(f, time.Now()) }

// Write puts a frame that came at a moment on the time line.
func (t *Track) Write(f *mix.Frame, now time.Time) {
	if f.Codec != mix.PCMU && f.Codec != mix.PCMA {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	at := t.find(f.Timestamp, Place(now.Sub(t.begin)))
	for _, b := range f.Payload {
		if at >= t.taken && at < t.taken+Length {
			if f.Codec == mix.PCMA {
				b = mulawOfAlaw[b]
			}
			t.ring[at%Length] = b
		}
		at++
	}
}

// find gives the place of a frame: as far behind the one before as the sender
// says, if that is near to when it came.
func (t *Track) find(ts uint32, arrived int64) int64 {
	at := arrived
	if t.follows {
		if by := t.last + int64(int32(ts-t.lastTS)); by-arrived < drift && arrived-by < drift {
			at = by
		}
	}
	t.follows, t.lastTS, t.last = true, ts, at
	return at
}

// Take moves the next n samples into dst, stride bytes apart.
func (t *Track) Take(dst []byte, n, stride int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i := range n {
		s := &t.ring[(t.taken+int64(i))%Length]
		dst[stride*i], *s = *s, audio.SilenceMulaw
	}
	t.taken += int64(n)
}
