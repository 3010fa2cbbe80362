package record

import (
	"sync"
	"time"

	"tccc/gateway/audio"
	"tccc/gateway/mix"
)

const (
	rate = 8000
	// ringLength is how many samples of a track wait to be written: four
	// seconds, a power of two of them.
	ringLength = 1 << 15
	// settle is how late a frame may be.
	settle = 400 * time.Millisecond
	// drift is how far the sender's clock may be from ours before its place is
	// found anew, in samples.
	drift = rate / 5
)

var mulawOfAlaw = func() (table [256]byte) {
	for i := range table {
		table[i] = byte(i)
	}
	audio.AlawToMulaw(table[:], table[:])
	return table
}()

// mixed adds two samples.
func mixed(a, b byte) byte {
	var pcm [2]int16
	audio.DecodeMulaw(pcm[:], []byte{a, b})
	sum := [1]int16{int16(max(min(int(pcm[0])+int(pcm[1]), 32767), -32768))}
	var out [1]byte
	audio.EncodeMulaw(out[:], sum[:])
	return out[0]
}

// track is one voice: a ring of samples by their place on the time line. It
// is a mix.Sink.
type track struct {
	begin time.Time

	mu      sync.Mutex
	ring    [ringLength]byte
	written int64 // place of the first sample that is not in the file yet
	follows bool  // lastTS and last hold
	lastTS  uint32
	last    int64 // place of the frame with lastTS
}

func newTrack(begin time.Time) *track {
	t := &track{begin: begin}
	for i := range t.ring {
		t.ring[i] = audio.SilenceMulaw
	}
	return t
}

// place is where a moment is on the time line, in samples.
func place(d time.Duration) int64 { return int64(d) * rate / int64(time.Second) }

// WriteFrame implements mix.Sink.
func (t *track) WriteFrame(f *mix.Frame) { t.write(f, time.Now()) }

func (t *track) write(f *mix.Frame, now time.Time) {
	if f.Codec != mix.PCMU && f.Codec != mix.PCMA {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	at := t.find(f.Timestamp, place(now.Sub(t.begin)))
	for _, b := range f.Payload {
		if at >= t.written && at < t.written+ringLength {
			if f.Codec == mix.PCMA {
				b = mulawOfAlaw[b]
			}
			t.ring[at%ringLength] = b
		}
		at++
	}
}

// find gives the place of a frame: as far behind the one before as the sender
// says, if that is near to when it came.
func (t *track) find(ts uint32, arrived int64) int64 {
	at := arrived
	if t.follows {
		if by := t.last + int64(int32(ts-t.lastTS)); by-arrived < drift && arrived-by < drift {
			at = by
		}
	}
	t.follows, t.lastTS, t.last = true, ts, at
	return at
}

// take moves the next n samples into every second byte of dst.
func (t *track) take(dst []byte, n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i := range n {
		s := &t.ring[(t.written+int64(i))%ringLength]
		dst[2*i], *s = *s, audio.SilenceMulaw
	}
	t.written += int64(n)
}
