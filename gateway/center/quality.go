package center

import (
	"context"
	"encoding/json"
	"time"

	"tccc/wire"
)

// EchoMaker answers a browser's offer with a connection that sends back what it
// gets and lives so long at most. done is called when it is over.
type EchoMaker func(ctx context.Context, offer string, life time.Duration, done func()) (answer string, err error)

// agentChecks bounds the checking connections of an agent.
const agentChecks = 4

// callQuality keeps how a call sounds at its agent's browser. It changes nothing
// that anybody sees of the call.
func (a *agent) callQuality(p *wire.QualityParams) (any, error) {
	for _, r := range []struct {
		field           string
		value, from, to float64
	}{
		{"mos", p.MOS, 1, 5}, {"loss", p.Loss, 0, 1}, {"jitter", p.Jitter, 0, 60_000}, {"rtt", p.RTT, 0, 60_000},
	} {
		if r.value < r.from || r.value > r.to {
			return nil, wire.ErrInvalidOptions.For(r.field, "%s must be between %g and %g", r.field, r.from, r.to)
		}
	}
	call := a.own(p.SessionID)
	if call == nil || !call.Live() {
		return nil, wire.ErrSessionNotFound.For("sessionId", "")
	}
	q := *p
	call.session().quality = &q
	return wire.Empty{}, nil
}

// checkMedia gives a browser a connection to try its network with.
func checkMedia(a *agent, seat *Seat, params json.RawMessage, done func(any, error)) {
	var p wire.OfferParams
	if err := wire.DecodeParams(params, &p); err != nil {
		done(nil, err)
		return
	}
	switch {
	case seat == nil || a.c.Echo == nil:
		done(nil, wire.ErrForbidden.With("only a browser has audio to check"))
		return
	case p.SDP == "":
		done(nil, wire.ErrInvalidOptions.For("sdp", "sdp is missing"))
		return
	case a.checks >= agentChecks:
		done(nil, wire.ErrOverloaded.With("%d checks are running", a.checks))
		return
	}
	a.checks++
	c := a.c
	over := func() { c.post(nil, func() { a.checks-- }) }
	c.outside(a, func(ctx context.Context) func() {
		ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
		defer cancel()
		answer, err := c.Echo(ctx, p.SDP, wire.CheckSeconds*time.Second, over)
		if err != nil {
			over()
		}
		return func() { done(wire.AnswerResult{SDP: answer}, err) }
	})
}
