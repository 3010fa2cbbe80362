package agent

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// TestConnFSM checks every state against every input; what is not listed must
// be ignored.
func TestConnFSM(t *testing.T) {
	want := map[[2]uint8]connState{
		{uint8(connIdle), uint8(connStart)}:     connDialing,
		{uint8(connDialing), uint8(connDialed)}: connLogin,
		{uint8(connDialing), uint8(connFailed)}: connWaiting,
		{uint8(connLogin), uint8(connAccepted)}: connUp,
		{uint8(connLogin), uint8(connFailed)}:   connWaiting,
		{uint8(connUp), uint8(connFailed)}:      connWaiting,
		{uint8(connWaiting), uint8(connRetry)}:  connDialing,
	}
	for s := connIdle; s <= connStopped; s++ {
		for in := connStart; in <= connStop; in++ {
			to, ok := s.next(in)
			expected, legal := want[[2]uint8{uint8(s), uint8(in)}]
			if in == connStop {
				expected, legal = connStopped, s != connStopped
			}
			assert.Equal(t, legal, ok, "%d in %d", in, s)
			if !legal {
				expected = s
			}
			assert.Equal(t, expected, to, "%d in %d", in, s)
		}
	}
}

// TestLegFSM does the same for the audio leg.
func TestLegFSM(t *testing.T) {
	want := map[[2]uint8]legState{
		{uint8(legNone), uint8(legWant)}:         legOffering,
		{uint8(legOffering), uint8(legAnswered)}: legConnecting,
		{uint8(legOffering), uint8(legFailed)}:   legBackoff,
		{uint8(legConnecting), uint8(legUp)}:     legConnected,
		{uint8(legConnecting), uint8(legFailed)}: legBackoff,
		{uint8(legConnected), uint8(legDown)}:    legLost,
		{uint8(legConnected), uint8(legFailed)}:  legBackoff,
		{uint8(legLost), uint8(legUp)}:           legConnected,
		{uint8(legLost), uint8(legFailed)}:       legBackoff,
		{uint8(legBackoff), uint8(legRetryTime)}: legOffering,
	}
	for s := legNone; s <= legBackoff; s++ {
		for in := legWant; in <= legDrop; in++ {
			to, ok := s.next(in)
			expected, legal := want[[2]uint8{uint8(s), uint8(in)}]
			if in == legDrop {
				expected, legal = legNone, s != legNone
			}
			assert.Equal(t, legal, ok, "%d in %d", in, s)
			if !legal {
				expected = s
			}
			assert.Equal(t, expected, to, "%d in %d", in, s)
		}
	}
}
