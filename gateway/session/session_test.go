package session

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/wire"
)

var t0 = time.UnixMilli(1_700_000_000_000)

func at(s float64) time.Time { return t0.Add(time.Duration(s * float64(time.Second))) }

func TestInboundLife(t *testing.T) {
	s := Inbound("id", "1", wire.TypePhone, at(0))
	require.NoError(t, s.EnterMenu())
	require.NoError(t, s.Enqueue("sales", at(1)))
	require.NoError(t, s.OfferTo("a", at(13), at(1)))
	assert.Equal(t, wire.StateRinging, s.View().State)
	require.NoError(t, s.Return(RingNoAnswer, at(18), at(13)))
	assert.Empty(t, s.Agent)
	assert.Equal(t, map[string]time.Time{"a": at(18)}, s.Tried)
	require.NoError(t, s.OfferTo("b", at(25), at(13)))
	require.NoError(t, s.Accept(at(15)))
	require.NoError(t, s.Hold(at(20)))
	require.NoError(t, s.Unhold(at(22)))
	require.NoError(t, s.Hold(at(24)))
	require.NoError(t, s.Close(wire.CloseClient, "", "", at(24.5)))
	assert.Equal(t, 2500*time.Millisecond, s.Held)
	assert.Equal(t, 9500*time.Millisecond, s.Duration(at(100)))
	assert.Equal(t, []Ring{{"a", at(1), at(13), RingNoAnswer}, {"b", at(13), at(15), RingAnswered}}, s.Rings)
	assert.Equal(t, 2, s.Holds)
	assert.Equal(t, wire.StateEnded, s.View().State)
	assert.ErrorIs(t, s.Close(wire.CloseSeat, "", "", at(30)), wire.ErrSessionState)
	assert.Equal(t, wire.CloseClient, s.CloseBy)
}

func TestOutboundLife(t *testing.T) {
	s := Outbound("id", "1", wire.TypePhone, "a", t0)
	assert.Equal(t, wire.StateDialing, s.View().State)
	assert.ErrorIs(t, s.Accept(t0), wire.ErrSessionState)
	require.NoError(t, s.Answer(at(2)))
	assert.Equal(t, at(2).UnixMilli(), s.View().AnsweredAt)
	assert.True(t, s.Live())
}

// Every input in every state either follows the table or changes nothing.
func TestEveryInputInEveryState(t *testing.T) {
	for state := Arriving; state <= Ended; state++ {
		for in := EnterMenu; in <= End; in++ {
			s := &Session{state: state, Agent: "a"}
			want, allowed := transitions[state][in]
			err := apply(s, in)
			if allowed {
				require.NoError(t, err, "%s in %s", in, state)
				assert.Equal(t, want, s.state)
				continue
			}
			assert.ErrorIs(t, err, wire.ErrSessionState, "%s in %s", in, state)
			assert.Equal(t, &Session{state: state, Agent: "a"}, s, "%s in %s changed something", in, state)
		}
	}
}

func apply(s *Session, in Input) error {
	switch in {
	case EnterMenu:
		return s.EnterMenu()
	case Queue:
		return s.Enqueue("g", t0)
	case Offer:
		return s.OfferTo("b", t0, t0)
	case Accept:
		return s.Accept(t0)
	case Return:
		return s.Return(RingLost, t0, t0)
	case Answer:
		return s.Answer(t0)
	case Hold:
		return s.Hold(t0)
	case Unhold:
		return s.Unhold(t0)
	case HandOver:
		return s.HandOver(&Session{Agent: "b"}, t0)
	default:
		return s.Close(wire.CloseAdmin, "", "", t0)
	}
}

func TestReasons(t *testing.T) {
	for code, want := range map[int]string{
		486: wire.ReasonBusy, 600: wire.ReasonBusy, 480: wire.ReasonNoAnswer, 408: wire.ReasonNoAnswer,
		603: wire.ReasonDeclined, 404: wire.ReasonUnreachable, 503: wire.ReasonUnreachable, 0: wire.ReasonUnreachable,
		403: wire.ReasonRejectedTrunk, 401: wire.ReasonRejectedTrunk, 488: wire.ReasonRejectedTrunk,
		500: wire.ReasonRejectedTrunk,
	} {
		assert.Equal(t, want, Reason(code), "%d", code)
	}
}
