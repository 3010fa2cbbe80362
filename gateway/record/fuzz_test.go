package record

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tccc/gateway/mix"
)

// FuzzPath looks for ids that lead out of the application's directory.
func FuzzPath(f *testing.F) {
	r := &Recorder{apps: map[string]appConf{app: {dir: "/recordings/" + app}}}
	for _, id := range []string{app + "-20260102-A", app + "-20260102-../x", app + "-20260102-", "-", app + "-../../..-A"} {
		f.Add(id)
	}
	f.Fuzz(func(t *testing.T, id string) {
		path, ok := r.path(id)
		if ok && (!strings.HasPrefix(path, "/recordings/"+app+"/") || filepath.Clean(path) != path || strings.Count(path, "/") != 4) {
			t.Fatalf("%q leads to %q", id, path)
		}
	})
}

// FuzzTrack takes frames as a peer may send them: any timestamp and length.
func FuzzTrack(f *testing.F) {
	f.Add(uint32(0), uint32(160), 160, int64(20))
	f.Add(uint32(1<<31), uint32(0), 60000, int64(100000))
	f.Fuzz(func(t *testing.T, first, second uint32, length int, ms int64) {
		track := newTrack(time.Now())
		payload := make([]byte, min(max(length, 0), 70000))
		at := track.begin
		for _, ts := range []uint32{first, second, second + 160} {
			track.write(&mix.Frame{Codec: mix.PCMA, Timestamp: ts, Payload: payload}, at)
			at = at.Add(time.Duration(min(max(ms, 0), 1<<40)) * time.Millisecond)
		}
		dst := make([]byte, 2*ringLength)
		track.take(dst, ringLength)
	})
}

// BenchmarkFrame is what a recorded frame costs the leg that brings it.
func BenchmarkFrame(b *testing.B) {
	track := newTrack(time.Now())
	f := &mix.Frame{Codec: mix.PCMA, Payload: make([]byte, 160)}
	b.ReportAllocs()
	for b.Loop() {
		f.Timestamp += 160
		track.WriteFrame(f)
	}
}
