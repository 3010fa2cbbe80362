package webm

import (
	"io"
	"testing"

	"github.com/stretchr/testify/require"
)

// memory is a file in memory.
type memory []byte

func (m *memory) WriteAt(b []byte, at int64) (int, error) {
	if end := int(at) + len(b); end > len(*m) {
		*m = append(*m, make([]byte, end-len(*m))...)
	}
	return copy((*m)[at:], b), nil
}

func (m *memory) ReadAt(b []byte, at int64) (int, error) {
	if at >= int64(len(*m)) {
		return 0, io.EOF
	}
	n := copy(b, (*m)[at:])
	if n < len(b) {
		return n, io.EOF
	}
	return n, nil
}

func (m *memory) Truncate(size int64) error {
	*m = (*m)[:size]
	return nil
}

// short is a film that was broken off.
func short(t testing.TB) *memory {
	m := &memory{}
	w, err := New(m, []Track{{Name: "picture", Codec: VP8, Width: 16, Height: 16}, {Name: "sound", Codec: Opus}})
	require.NoError(t, err)
	for ms := range int64(10) {
		require.NoError(t, w.Write(1, 100*ms, ms%5 == 0, make([]byte, 20)))
		require.NoError(t, w.Write(2, 100*ms, true, make([]byte, 200)))
		require.NoError(t, w.Flush())
	}
	return m
}

func TestRepair(t *testing.T) {
	m := short(t)
	clusters := len(*m) - headSize
	*m = (*m)[:len(*m)-1]
	require.NoError(t, Repair(m))
	p, ok := next(*m, segmentAt-12)
	require.True(t, ok)
	require.EqualValues(t, len(*m)-segmentAt, p.size, "the segment has a size")
	kinds := map[uint32]int{}
	each((*m)[segmentAt:], func(id uint32, content []byte) {
		kinds[id]++
		if id == idCues {
			each(content, func(uint32, []byte) { kinds[idCuePoint]++ })
		}
	})
	require.Equal(t, map[uint32]int{idSeekHead: 1, idInfo: 1, idTracks: 1, idVoid: 1, idCluster: 9, idCues: 1,
		idCuePoint: 2}, kinds)
	require.Greater(t, len(*m), headSize+clusters*9/10)

	// What is whole already becomes the same again.
	whole := append(memory(nil), *m...)
	require.NoError(t, Repair(m))
	require.Equal(t, whole, *m)
}

// FuzzRepair completes whatever a disk gives back.
func FuzzRepair(f *testing.F) {
	f.Add([]byte(*short(f)))
	f.Add(make([]byte, headSize+100))
	f.Fuzz(func(t *testing.T, b []byte) {
		m := memory(append([]byte(nil), b...))
		if Repair(&m) == nil {
			again := append(memory(nil), m...)
			require.NoError(t, Repair(&again))
			require.Equal(t, m, again)
		}
	})
}

// FuzzFrames reads the beginnings of frames, which come from browsers.
func FuzzFrames(f *testing.F) {
	f.Add([]byte{0, 0, 0, 5, 0x67, 0x42, 0xe0, 0x1f, 0x8c, 0, 0, 0, 2, 0x68, 0xce})
	f.Add([]byte{0x10, 0, 0, 0x9D, 0x01, 0x2A, 0x40, 0x01, 0xF0, 0x00})
	f.Fuzz(func(t *testing.T, b []byte) {
		w, h, _ := VP8Size(b)
		require.False(t, w < 0 || h < 0 || w > 0x3FFF || h > 0x3FFF)
		config, w, h, _ := H264Config(b)
		require.True(t, config == nil || w > 0 && h > 0 && len(config) < 1100)
	})
}
