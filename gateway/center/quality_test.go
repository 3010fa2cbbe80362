package center

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/wire"
)

// TestQualityIsKept takes what a browser says of its call into the record, and
// nothing that is out of range or about another's call.
func TestQualityIsKept(t *testing.T) {
	w := newWorld(t, nil)
	a, other := w.agent("agent1@demo"), w.agent("agent3@demo")
	caller := w.rings(sales)
	var in wire.CallInPhone
	a.await(wire.EventCallIn, &in)
	good := wire.QualityParams{SessionID: in.SessionID, MOS: 4.2, Loss: 0.01, Jitter: 3.5, RTT: 20}
	a.fails(wire.MethodCallQuality, good, wire.ErrSessionNotFound) // it rings
	a.ok(wire.MethodCallAccept, session1(in.SessionID))
	a.ok(wire.MethodCallQuality, good)
	for field, wrong := range map[string]wire.QualityParams{
		"mos":    {SessionID: in.SessionID, MOS: 5.1},
		"loss":   {SessionID: in.SessionID, MOS: 4, Loss: -0.1},
		"jitter": {SessionID: in.SessionID, MOS: 4, Jitter: 1e9},
		"rtt":    {SessionID: in.SessionID, MOS: 4, RTT: -1},
	} {
		e := a.fails(wire.MethodCallQuality, wrong, wire.ErrInvalidOptions)
		assert.Equal(t, field, e.Field)
	}
	other.fails(wire.MethodCallQuality, wire.QualityParams{SessionID: in.SessionID, MOS: 1}, wire.ErrSessionNotFound)
	require.NoError(t, caller.Hangup())
	a.await(wire.EventSessionEnded, nil)
	cdr := w.cdrs(1)[0]
	assert.Equal(t, []float64{4.2, 0.01, 3.5, 20}, []float64{cdr.MOS, cdr.Loss, cdr.Jitter, cdr.RTT})
	a.fails(wire.MethodCallQuality, good, wire.ErrSessionNotFound)
}

// TestChecksAreBounded gives an agent so many checking connections and no more.
func TestChecksAreBounded(t *testing.T) {
	w := newWorld(t, nil)
	a := w.agent("agent1@demo")
	a.fails(wire.MethodMediaCheck, wire.OfferParams{SDP: "offer"}, wire.ErrForbidden) // there is none here
	over := make(chan func(), agentChecks)
	require.NoError(t, w.center.do(t.Context(), func() {
		w.center.Echo = func(_ context.Context, offer string, life time.Duration, done func()) (string, error) {
			if offer == "bad" {
				return "", wire.ErrMediaOffer
			}
			assert.Equal(t, wire.CheckSeconds*time.Second, life)
			over <- done
			return "answer to " + offer, nil
		}
	}))
	a.fails(wire.MethodMediaCheck, wire.OfferParams{}, wire.ErrInvalidOptions)
	a.fails(wire.MethodMediaCheck, wire.OfferParams{SDP: "bad"}, wire.ErrMediaOffer)
	var answer wire.AnswerResult
	for range agentChecks {
		require.NoError(t, json.Unmarshal(a.ok(wire.MethodMediaCheck, wire.OfferParams{SDP: "offer"}), &answer))
		assert.Equal(t, "answer to offer", answer.SDP)
	}
	a.fails(wire.MethodMediaCheck, wire.OfferParams{SDP: "offer"}, wire.ErrOverloaded)
	(<-over)()
	a.ok(wire.MethodMediaCheck, wire.OfferParams{SDP: "offer"})
	a.ok(wire.MethodPing, nil)
}
