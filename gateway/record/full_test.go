//go:build linux

package record

import (
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/gateway/audio"
	"tccc/gateway/disk/disktest"
	"tccc/gateway/mix"
)

// A disk that is full ends a recording. What was written until then can be heard.
func TestDiskIsFull(t *testing.T) {
	for _, format := range []string{"wav", "opus"} {
		t.Run(format, func(t *testing.T) {
			dir := disktest.Small(t, "1m")
			r := openAs(t, format, dir, 0, nil)
			c := r.Record(app, "full", false)
			require.NotNil(t, c)
			path, ok := r.path(c.ID())
			require.True(t, ok)
			size := func() int64 {
				info, err := os.Stat(path + part)
				if err != nil {
					return 0
				}
				return info.Size()
			}
			speaker := &voice{tone: audio.Tone(440, 0.3), codec: mix.PCMU}
			ticks := time.NewTicker(20 * time.Millisecond)
			defer ticks.Stop()
			await := func(what string, done func() bool) {
				for deadline := time.Now().Add(20 * time.Second); !done(); {
					require.True(t, time.Now().Before(deadline), what)
					<-ticks.C
					c.Customer().WriteFrame(speaker.frame())
				}
			}
			await("a second is written", func() bool { return size() > 3000 })
			filler := disktest.Fill(t, dir)
			await("the recording ends", func() bool { _, err := os.Stat(path + "." + format); return err == nil })
			c.Close()
			require.NoError(t, os.Remove(filler))
			require.NoError(t, r.Close(t.Context()))
			assert.NoFileExists(t, path+part)
			var left []int16
			if format == "wav" {
				left, _ = read(t, path+".wav")
			} else {
				b, err := os.ReadFile(path + ".opus")
				require.NoError(t, err)
				assert.True(t, lastIs(t, b))
				left, _ = readOpus(t, b)
			}
			assert.Greater(t, len(left), 1000)
			assert.InDelta(t, 440, audio.Frequency(left[len(left)-800:]), 5)
		})
	}
}
