package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// Bounds of following the CDRs.
const (
	followWait  = 10 * time.Second // for f, before a record is given to it again
	followAhead = 64               // records fetched before they are done
	followRetry = time.Second
)

// CDRFollower gives every CDR to a function at least once, in the order in
// which they were written, over restarts: its place is kept in the store.
type CDRFollower struct {
	name     string
	consumer jetstream.Consumer
}

// FollowCDRs remembers a place among the CDRs under a name of its own. The
// first time it is the end: records written before are not seen.
func (s *Store) FollowCDRs(ctx context.Context, name string) (*CDRFollower, error) {
	consumer, err := s.cdrs.CreateOrUpdateConsumer(ctx, jetstream.ConsumerConfig{
		Durable: name, DeliverPolicy: jetstream.DeliverNewPolicy, AckPolicy: jetstream.AckExplicitPolicy,
		AckWait: followWait, MaxAckPending: followAhead, MaxDeliver: -1,
	})
	if err != nil {
		return nil, fmt.Errorf("failed to follow the CDRs: %w", closedOr(err))
	}
	return &CDRFollower{name: name, consumer: consumer}, nil
}

// ForgetCDRs forgets the place of a follower; it is no error if there is none.
func (s *Store) ForgetCDRs(ctx context.Context, name string) error {
	err := s.cdrs.DeleteConsumer(ctx, name)
	if err == nil || errors.Is(err, jetstream.ErrConsumerNotFound) {
		return nil
	}
	return fmt.Errorf("failed to forget a follower of the CDRs: %w", closedOr(err))
}

// Run calls f for each record until the context ends, one at a time. A record
// for which f fails is given to it again a second later. The error is the
// store's.
func (c *CDRFollower) Run(ctx context.Context, f func(context.Context, *CDR) error) error {
	messages, err := c.consumer.Messages(jetstream.PullMaxMessages(followAhead / 2))
	if err != nil {
		return fmt.Errorf("failed to follow the CDRs: %w", closedOr(err))
	}
	defer messages.Stop()
	for {
		msg, err := messages.Next(jetstream.NextContext(ctx))
		switch {
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, jetstream.ErrNoHeartbeat): // the server was away for a moment
			continue
		case err != nil:
			return fmt.Errorf("failed to follow the CDRs: %w", closedOr(err))
		}
		if !handle(ctx, msg, f) {
			_ = msg.NakWithDelay(followRetry)
		}
	}
}

func handle(ctx context.Context, msg jetstream.Msg, f func(context.Context, *CDR) error) bool {
	var record CDR
	if json.Unmarshal(msg.Data(), &record) != nil {
		return msg.Term() == nil // it will not get better
	}
	if f(ctx, &record) != nil {
		return false
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), opTimeout)
	defer cancel()
	return msg.DoubleAck(ctx) == nil
}
