package rtc

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// An estimate counts where more is sent than it says; then the room grows again.
func TestRoom(t *testing.T) {
	var r room
	now, sent := time.Unix(0, 0), uint64(0)
	second := func(rate, estimate float32) float32 {
		now = now.Add(time.Second)
		sent += uint64(rate / 8)
		cap, fresh := r.take(estimate, sent, roomMost, now)
		require.True(t, fresh)
		return cap
	}
	require.EqualValues(t, roomMost, second(20e3, 30e3), "nothing is known yet")
	for range 10 {
		require.EqualValues(t, roomMost, second(20e3, 30e3), "a picture that hardly moves leaves the room alone")
	}
	require.EqualValues(t, roomMost, second(900e3, 1200e3), "there is room")
	require.EqualValues(t, 680e3, second(800e3, 680e3), "more is sent than arrives in time")
	cap, _ := r.take(600e3, sent, roomMost, now.Add(50*time.Millisecond))
	require.EqualValues(t, 600e3, cap, "and at once again")
	_, fresh := r.take(600e3, sent, roomMost, now.Add(60*time.Millisecond))
	require.False(t, fresh, "the same again, of the other picture")
	grown := second(600e3, 620e3)
	require.InDelta(t, 690e3, grown, 1e3)
	require.InDelta(t, 793.5e3, second(680e3, 700e3), 1e3)
	for range 20 {
		grown = second(700e3, 1050e3)
	}
	require.EqualValues(t, roomMost, grown)
	sent += 1e6
	for range 20 { // a screen beside the camera
		now = now.Add(time.Second)
		grown, _ = r.take(1050e3, sent, 2*roomMost, now)
	}
	require.EqualValues(t, 2*roomMost, grown)
}
