package agent

import (
	"context"
	"time"

	"tccc/wire"
)

// Ping measures how long the gateway takes to answer. It fails with the reason
// for which there is no connection, at the latest when ctx ends.
func (a *Agent) Ping(ctx context.Context) (time.Duration, error) {
	began := a.clock.Now()
	err := a.request(ctx, wire.MethodPing, nil, nil)
	return a.clock.Now().Sub(began), err
}

// CheckMedia gives the gateway the offer of a connection that has nothing to do
// with the leg, and returns its answer: what is sent there comes back.
func (a *Agent) CheckMedia(ctx context.Context, offer string) (answer string, err error) {
	var r wire.AnswerResult
	err = a.request(ctx, wire.MethodMediaCheck, wire.OfferParams{SDP: offer}, &r)
	return r.SDP, err
}
