package sip

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// Every transition, and nothing but these.
func TestStates(t *testing.T) {
	want := map[state]map[input]state{
		stCalling: {inChallenge: stCalling, inProvisional: stProceeding, inSuccess: stConfirmed, inFailure: stEnded,
			inHangup: stCancelling},
		stProceeding: {inChallenge: stCalling, inProvisional: stProceeding, inSuccess: stConfirmed, inFailure: stEnded,
			inHangup: stCancelling},
		stCancelling: {inProvisional: stCancelling, inSuccess: stLeaving, inFailure: stEnded},
		stReceived:   {inRing: stEarly, inAnswer: stAccepted, inReject: stEnded, inCancel: stEnded, inHangup: stEnded},
		stEarly:      {inRing: stEarly, inAnswer: stAccepted, inReject: stEnded, inCancel: stEnded, inHangup: stEnded},
		stAccepted:   {inAck: stConfirmed, inHangup: stDoomed, inNoAck: stLeaving, inBye: stEnded},
		stDoomed:     {inAck: stLeaving, inNoAck: stLeaving, inBye: stEnded},
		stConfirmed:  {inHangup: stLeaving, inPart: stParting, inBye: stEnded},
		stParting:    {inHangup: stLeaving, inBye: stEnded},
		stLeaving:    {inByeDone: stEnded, inBye: stEnded},
		stEnded:      {},
	}
	for s := stCalling; s <= stEnded; s++ {
		require.NotEqual(t, "none", s.String())
		for in := inChallenge; in <= inByeDone; in++ {
			next, ok := s.next(in)
			expected, has := want[s][in]
			require.Equal(t, has, ok, "%v %d", s, in)
			if !has {
				expected = s
			}
			require.Equal(t, expected, next, "%v %d", s, in)
		}
	}
}

// From every state the end can be reached.
func TestEveryStateEnds(t *testing.T) {
	for s := stCalling; s < stEnded; s++ {
		seen := map[state]bool{}
		todo := []state{s}
		for len(todo) > 0 {
			at := todo[0]
			todo = todo[1:]
			for in := inChallenge; in <= inByeDone; in++ {
				if n, ok := at.next(in); ok && !seen[n] {
					seen[n] = true
					todo = append(todo, n)
				}
			}
		}
		require.True(t, seen[stEnded], "%v", s)
	}
}
