package mix

import (
	"testing"

	"github.com/stretchr/testify/require"
)

type packet struct {
	codec   Codec
	marker  bool
	seq     uint16
	ts      uint32
	payload []byte
}

// tape keeps what a port sends.
type tape struct{ packets []packet }

func (t *tape) WritePacket(c Codec, marker bool, seq uint16, ts uint32, payload []byte) error {
	t.packets = append(t.packets, packet{c, marker, seq, ts, append([]byte(nil), payload...)})
	return nil
}

func voice(seq uint16, ts uint32) *Frame {
	return &Frame{Codec: PCMU, Seq: seq, Timestamp: ts, Payload: silenceMulaw[:160]}
}

func TestPortForwards(t *testing.T) {
	var out tape
	p := NewPort(&out)
	f := p.NewFeed()
	f.WriteFrame(voice(65534, 4294967200))
	f.WriteFrame(voice(65535, 64))
	f.WriteFrame(voice(1, 64+320)) // 0 is lost
	f.WriteFrame(voice(0, 64+160)) // no, late
	f.WriteFrame(voice(0, 64+160)) // twice

	require.Len(t, out.packets, 4)
	first := out.packets[0]
	require.True(t, first.marker)
	for i, want := range []struct {
		seq uint16
		ts  uint32
	}{{0, 0}, {1, 160}, {3, 480}, {2, 320}} {
		require.Equal(t, want.seq, out.packets[i].seq-first.seq)
		require.Equal(t, want.ts, out.packets[i].ts-first.ts)
		require.Equal(t, i == 0, out.packets[i].marker)
	}
}

func TestPortSwitches(t *testing.T) {
	var out tape
	p := NewPort(&out)
	a := p.NewFeed()
	a.WriteFrame(voice(100, 1000))
	b := p.NewFeed()
	a.WriteFrame(voice(101, 1160))
	b.WriteFrame(voice(7, 9))
	require.False(t, a.Live())
	require.True(t, b.Live())
	require.Len(t, out.packets, 2)
	require.Equal(t, out.packets[0].seq+1, out.packets[1].seq)
	require.Equal(t, out.packets[0].ts+160, out.packets[1].ts)
	require.True(t, out.packets[1].marker)
}
