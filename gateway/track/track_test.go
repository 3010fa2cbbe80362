package track

import (
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"tccc/gateway/audio"
	"tccc/gateway/mix"
)

// TestOrder puts frames that come in another order, twice and late where they
// belong, and leaves silence where none came.
func TestOrder(t *testing.T) {
	begin := time.Now()
	track := New(begin, 0)
	frame := func(ts uint32, b byte) *mix.Frame {
		return &mix.Frame{Codec: mix.PCMU, Timestamp: 7000 + ts, Payload: bytes.Repeat([]byte{b}, 160)}
	}
	at := func(ms int) time.Time { return begin.Add(time.Duration(ms) * time.Millisecond) }
	track.Write(frame(0, 1), at(0))
	track.Write(frame(480, 4), at(60))
	track.Write(frame(160, 2), at(70))
	track.Write(frame(160, 2), at(71))
	got := make([]byte, 640)
	track.Take(got, 640, 1)
	for i, want := range []byte{1, 2, audio.SilenceMulaw, 4} {
		assert.Equal(t, bytes.Repeat([]byte{want}, 160), got[160*i:160*(i+1)], "frame %d", i)
	}
	track.Write(frame(320, 3), at(90)) // too late: it was taken
	track.Take(got, 160, 1)
	assert.Equal(t, bytes.Repeat([]byte{audio.SilenceMulaw}, 160), got[:160])
	assert.EqualValues(t, 800, track.Taken())
}

// FuzzTrack takes frames as a peer may send them: any timestamp and length.
func FuzzTrack(f *testing.F) {
	f.Add(uint32(0), uint32(160), 160, int64(20))
	f.Add(uint32(1<<31), uint32(0), 60000, int64(100000))
	f.Fuzz(func(t *testing.T, first, second uint32, length int, ms int64) {
		begin := time.Now()
		track := New(begin, 0)
		payload := make([]byte, min(max(length, 0), 70000))
		at := begin
		for _, ts := range []uint32{first, second, second + 160} {
			track.Write(&mix.Frame{Codec: mix.PCMA, Timestamp: ts, Payload: payload}, at)
			at = at.Add(time.Duration(min(max(ms, 0), 1<<40)) * time.Millisecond)
		}
		dst := make([]byte, 2*Length)
		track.Take(dst, Length, 2)
	})
}

// BenchmarkFrame is what a recorded frame costs the leg that brings it.
func BenchmarkFrame(b *testing.B) {
	track := New(time.Now(), 0)
	f := &mix.Frame{Codec: mix.PCMA, Payload: make([]byte, 160)}
	b.ReportAllocs()
	for b.Loop() {
		f.Timestamp += 160
		track.WriteFrame(f)
	}
}
