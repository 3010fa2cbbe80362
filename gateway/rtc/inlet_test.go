package rtc

import (
	"encoding/binary"
	"io"
	"slices"
	"testing"

	"github.com/pion/transport/v4/packetio"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestInletOpensBetweenPackets: while packets come, the inlet is opened; each of
// them arrives once and in order, whether it was read or taken.
func TestInletOpensBetweenPackets(t *testing.T) {
	const packets = 5000
	var all inlets
	stream := all.make(packetio.RTPBufferPacket, 7)
	in := all.of(7)
	require.NotNil(t, in)
	var seen []uint32
	take := func(p []byte) { seen = append(seen, binary.BigEndian.Uint32(p)) }
	done := make(chan struct{})
	go func() {
		defer close(done)
		buf := make([]byte, 100)
		for got, open := 0, false; ; {
			n, err := stream.Read(buf)
			if err != nil {
				assert.ErrorIs(t, err, io.EOF)
				return
			}
			assert.False(t, open, "what is taken is not read as well")
			take(buf[:n])
			got++
			open = open || got >= packets/10 && in.open(got, take)
		}
	}()
	packet := make([]byte, 100)
	for n := range uint32(packets) {
		binary.BigEndian.PutUint32(packet, n)
		_, err := stream.Write(packet)
		require.NoError(t, err)
	}
	require.NoError(t, stream.Close())
	<-done
	require.Len(t, seen, packets)
	assert.True(t, slices.IsSorted(seen))
	assert.Nil(t, all.of(7), "a source that has ended is forgotten")
}

// TestInletWaitsForWhatWasPeeked: Pion has read a packet that the reader has not
// got yet; what comes behind it must not overtake it.
func TestInletWaitsForWhatWasPeeked(t *testing.T) {
	var all inlets
	stream := all.make(packetio.RTPBufferPacket, 7)
	defer stream.Close()
	for range 2 {
		_, err := stream.Write([]byte{1})
		require.NoError(t, err)
		_, err = stream.Read(make([]byte, 10))
		require.NoError(t, err)
	}
	assert.False(t, all.of(7).open(1, func([]byte) {}))
	assert.True(t, all.of(7).open(2, func([]byte) {}))
}
