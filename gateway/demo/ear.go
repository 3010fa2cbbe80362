package demo

import (
	"sync"
	"sync/atomic"
	"time"

	"tccc/gateway/audio"
	"tccc/gateway/mix"
)

// ear remembers the last second of what a phone hears, and echoes it if it is
// asked to. It takes the frames of one leg.
type ear struct {
	echo atomic.Pointer[mix.Feed]

	mu      sync.Mutex
	samples [audio.Rate]int16 // a ring
	next    int               // where the next sample goes
	chunks  []chunk           // of the last second, oldest first
}

// chunk is a number of samples that came at a time.
type chunk struct {
	at time.Time
	n  int
}

// WriteFrame implements mix.Sink.
func (e *ear) WriteFrame(f *mix.Frame) {
	if f.Codec != mix.PCMU && f.Codec != mix.PCMA {
		return
	}
	if feed := e.echo.Load(); feed != nil {
		feed.WriteFrame(f)
	}
	e.hear(f, time.Now())
}

func (e *ear) hear(f *mix.Frame, now time.Time) {
	var pcm [audio.Rate / 4]int16 // RTP packets of more than 250 ms do not occur
	n := min(len(f.Payload), len(pcm))
	if f.Codec == mix.PCMU {
		audio.DecodeMulaw(pcm[:n], f.Payload[:n])
	} else {
		audio.DecodeAlaw(pcm[:n], f.Payload[:n])
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, s := range pcm[:n] {
		e.samples[e.next] = s
		e.next = (e.next + 1) % len(e.samples)
	}
	e.forget(now)
	e.chunks = append(e.chunks, chunk{now, n})
}

// forget drops what is older than a second.
func (e *ear) forget(now time.Time) {
	old := 0
	for old < len(e.chunks) && now.Sub(e.chunks[old].at) >= time.Second {
		old++
	}
	e.chunks = e.chunks[:copy(e.chunks, e.chunks[old:])]
}

// since gives what was heard in the last d, at most a second.
func (e *ear) since(d time.Duration, now time.Time) []int16 {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.forget(now)
	n := 0
	for i := len(e.chunks) - 1; i >= 0 && now.Sub(e.chunks[i].at) < d; i-- {
		n += e.chunks[i].n
	}
	n = min(n, len(e.samples))
	out := make([]int16, n)
	for i := range out {
		out[i] = e.samples[(e.next-n+i+len(e.samples))%len(e.samples)]
	}
	return out
}

// meterTime is what the level meter of the page shows.
const meterTime = 150 * time.Millisecond

// measure tells the energy (RMS, 0 to 1) and the strongest frequency (Hz, 0 if
// there is none) of the last second, and the energy of the last moment.
func (e *ear) measure() (energy, frequency, level float64) {
	now := time.Now()
	second := e.since(time.Second, now)
	moment := second[len(second)-min(len(second), len(e.since(meterTime, now))):]
	return audio.Energy(second), audio.Frequency(second), audio.Energy(moment)
}
