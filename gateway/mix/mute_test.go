package mix

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/gateway/audio"
)

func TestMutedLeg(t *testing.T) {
	m := &MuteLeg{}
	var got []Frame
	f := &mutedSink{m: m, to: sinkFunc(func(f *Frame) {
		c := *f
		c.Payload = append([]byte(nil), f.Payload...)
		got = append(got, c)
	})}
	sound := []byte{1, 2, 3}
	f.WriteFrame(&Frame{Codec: PCMU, Seq: 1, Payload: sound})
	m.Mute(true)
	f.WriteFrame(&Frame{Codec: PCMU, Seq: 2, Payload: sound})
	f.WriteFrame(&Frame{Codec: PCMA, Seq: 3, Payload: sound})
	f.WriteFrame(&Frame{Codec: Event, Seq: 4, Payload: sound})
	f.WriteFrame(&Frame{Codec: PCMA, Seq: 5, Payload: make([]byte, maxTranslated+1)})
	m.Mute(false)
	f.WriteFrame(&Frame{Codec: PCMA, Seq: 6, Payload: sound})
	require.Len(t, got, 5)
	assert.Equal(t, []byte{0xff, 0xff, 0xff}, got[1].Payload)
	assert.Equal(t, []byte{0xd5, 0xd5, 0xd5}, got[2].Payload)
	for _, i := range []int{0, 3, 4} {
		assert.Equal(t, sound, got[i].Payload)
	}
	assert.Equal(t, []byte{1, 2, 3}, sound, "what came is left alone")
}

// A muted leg of another codec sends silence that is as long as what it says.
func TestMutedLegOfOtherCodecs(t *testing.T) {
	for _, c := range []Codec{G722, Opus} {
		for _, length := range []time.Duration{10, 20, 40, 60} {
			e := newEnd(c, length*time.Millisecond)
			m := &MuteLeg{Leg: e.leg}
			m.Mute(true)
			heard := newEar(c)
			m.Receive(heard)
			for range 50 {
				e.speak()
			}
			ticks := uint32(length) * c.Clock() / 1000
			require.Len(t, heard.frames, 50)
			for i, f := range heard.frames {
				require.Equal(t, ticks, span(c, f.payload), "%v of %d ms", c, length)
				require.Equal(t, uint32(i)*ticks, f.ts-heard.frames[0].ts)
			}
			assert.Less(t, audio.Energy(heard.pcm), 0.001, "%v of %d ms", c, length)
		}
	}
}

type sinkFunc func(*Frame)

func (f sinkFunc) WriteFrame(frame *Frame) { f(frame) }
