package journal

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/wire"
)

type heard []wire.Frame

func (h *heard) Answer(f wire.Frame) { *h = append(*h, f) }

func begin(t *testing.T, r *Replies, key string, who Asker) bool {
	t.Helper()
	run, err := r.Begin(key, who)
	require.NoError(t, err)
	return run
}

func TestACommandThatRunsIsNotForgotten(t *testing.T) {
	r := NewReplies()
	var first, again heard
	require.True(t, begin(t, &r, "slow", &first))
	for i := range 3 * repliesKept {
		key := fmt.Sprint("quick", i)
		require.True(t, begin(t, &r, key, &heard{}))
		r.Settle(key, wire.Frame{})
	}
	assert.False(t, begin(t, &r, "slow", &again), "it would run twice")
	r.Settle("slow", wire.Frame{Result: []byte("1")})
	assert.Equal(t, first, again)
	require.Len(t, again, 1)
	assert.LessOrEqual(t, len(r.given), repliesKept)
}

func TestCommandsUnderWayAreBounded(t *testing.T) {
	r := NewReplies()
	for i := range repliesOpen {
		require.True(t, begin(t, &r, fmt.Sprint(i), &heard{}))
	}
	_, err := r.Begin("one more", &heard{})
	require.ErrorIs(t, err, ErrBusy)
	r.Settle("0", wire.Frame{})
	assert.True(t, begin(t, &r, "one more", &heard{}))
	for range repliesWaited - 1 {
		assert.False(t, begin(t, &r, "one more", &heard{}))
	}
	_, err = r.Begin("one more", &heard{})
	require.ErrorIs(t, err, ErrBusy, "who asks again and again")
}
