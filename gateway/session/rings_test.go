package session

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/wire"
)

func TestOffersThatAreKeptAreBounded(t *testing.T) {
	s := Inbound("id", "1", wire.TypePhone, at(0))
	require.NoError(t, s.Enqueue("sales", at(0)))
	const offers = 10 * ringsMost
	for i := range offers {
		require.NoError(t, s.OfferTo(fmt.Sprint("agent", i), at(float64(i+1)), at(float64(i))))
		require.NoError(t, s.Return(RingNoAnswer, at(float64(i)), at(float64(i))))
	}
	assert.Len(t, s.Rings, ringsMost)
	assert.Equal(t, offers, s.Rung, "all are counted")
	assert.Equal(t, "agent0", s.Rings[0].Agent, "the first is kept")
	assert.Equal(t, fmt.Sprint("agent", offers-1), s.Rings[ringsMost-1].Agent, "and the last")

	part := s.Part(at(1))
	require.NoError(t, part.OfferTo("colleague", at(2), at(1)))
	s.Join(part)
	assert.Equal(t, offers+1, s.Rung)
	assert.Len(t, s.Rings, ringsMost)
	s.Unring()
	assert.Equal(t, offers, s.Rung)
	assert.Zero(t, part.Rung)
}
