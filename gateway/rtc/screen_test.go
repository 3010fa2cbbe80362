package rtc

import (
	"testing"
	"time"

	"github.com/pion/rtcp"
	"github.com/stretchr/testify/require"
)

// A screen and a camera go beside each other, each in a stream of its own.
func TestScreenBesideTheCamera(t *testing.T) {
	s := serve(t, Options{})
	a, b := newCamera(t, vp8Only), newCamera(t, vp8Only)
	as, bs := a.share(vp8Only), b.share(vp8Only)
	la := a.connect(s, nil)
	lb := b.connect(s, la.Picture())
	shown, ok := la.Screen()
	require.True(t, ok)
	shows, _ := lb.Screen()
	lb.Picture().Watch(la.Picture())
	shows.Watch(shown)
	for _, c := range []*camera{a, as} {
		c.send(vp8KeyFrame)
		c.send(vp8Delta)
	}
	face, screen := b.awaitShown(0, 2), bs.awaitShown(0, 2)
	requireWhole(t, face)
	requireWhole(t, screen)
	require.NotEqual(t, face[0].SSRC, screen[0].SSRC)
	require.EqualValues(t, 0, number(face[0]))
	require.EqualValues(t, 1000, number(screen[0]))

	// What the viewer needs goes to the one that it sees, and what it has room
	// for is said of both together, once.
	as.drain()
	require.NoError(t, b.pc.WriteRTCP([]rtcp.Packet{
		&rtcp.PictureLossIndication{MediaSSRC: screen[0].SSRC}}))
	require.Eventually(t, func() bool {
		as.send(vp8Delta) // what was asked for too soon is asked for later, with a packet
		return len(as.asks) > 0
	}, patience, 20*time.Millisecond)
	key := awaitAsk[*rtcp.PictureLossIndication](as)
	require.EqualValues(t, as.sender.GetParameters().Encodings[0].SSRC, key.MediaSSRC)
	require.NoError(t, b.pc.WriteRTCP([]rtcp.Packet{&rtcp.ReceiverEstimatedMaximumBitrate{Bitrate: 500e3,
		SSRCs: []uint32{face[0].SSRC, screen[0].SSRC}}}))
	told := awaitAsk[*rtcp.ReceiverEstimatedMaximumBitrate](a)
	require.InDelta(t, 2*roomMost, told.Bitrate, roomMost/50)
	require.Len(t, told.SSRCs, 2)

	// The screen ends; the camera goes on.
	shows.Watch(nil)
	sent := shows.Stats().PacketsSent
	as.send(vp8Delta)
	a.send(vp8Delta)
	b.awaitShown(2, 1)
	require.Equal(t, sent, shows.Stats().PacketsSent)

	// Who has no room for a screen sees the camera.
	c, lc := film(t, s, vp8Only, la.Picture())
	none, ok := lc.Screen()
	require.False(t, ok)
	none.Watch(shown)
	lc.Picture().Watch(la.Picture())
	a.send(vp8KeyFrame)
	c.awaitShown(0, 1)
}
