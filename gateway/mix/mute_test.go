package mix

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestMutedLeg(t *testing.T) {
	m := &MuteLeg{}
	var got []Frame
	f := &mutedSink{m, sinkFunc(func(f *Frame) {
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
	f.WriteFrame(&Frame{Codec: PCMA, Seq: 5, Payload: make([]byte, longestFrame+1)})
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

type sinkFunc func(*Frame)

func (f sinkFunc) WriteFrame(frame *Frame) { f(frame) }
