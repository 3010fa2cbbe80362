package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// Bounds of following a stream.
const (
	followWait  = 10 * time.Second // for f, before a record is given to it again
	followAhead = 64               // records fetched before they are done
	followRetry = time.Second
)

// Follower gives every record of a stream to a function at least once, in the
// order in which they were written, over restarts: its place is kept in the
// store.
type Follower[T any] struct {
	what     string
	consumer jetstream.Consumer
	decode   func(jetstream.Msg) (*T, error)
}

// FollowCDRs remembers a place among the CDRs under a name of its own. The
// first time it is the end: records written before are not seen.
func (s *Store) FollowCDRs(ctx context.Context, name string) (*Follower[CDR], error) {
	return follow(ctx, s.cdrs, "CDRs", name, func(msg jetstream.Msg) (*CDR, error) {
		c := &CDR{}
		return c, json.Unmarshal(msg.Data(), c)
	})
}

// FollowChats remembers a place among the messages of chats, as FollowCDRs does
// among the CDRs.
func (s *Store) FollowChats(ctx context.Context, name string) (*Follower[ChatMessage], error) {
	return follow(ctx, s.chats, "chats", name, func(msg jetstream.Msg) (*ChatMessage, error) {
		parts := strings.Split(msg.Subject(), ".")
		if len(parts) != 3 {
			return nil, errors.New("no subject of a chat")
		}
		m := &ChatMessage{SDKAppID: decodeKey(parts[1])}
		return m, json.Unmarshal(msg.Data(), &m.Message)
	})
}

func follow[T any](ctx context.Context, stream jetstream.Stream, what, name string,
	decode func(jetstream.Msg) (*T, error)) (*Follower[T], error) {
	consumer, err := stream.CreateOrUpdateConsumer(ctx, jetstream.ConsumerConfig{
		Durable: name, DeliverPolicy: jetstream.DeliverNewPolicy, AckPolicy: jetstream.AckExplicitPolicy,
		AckWait: followWait, MaxAckPending: followAhead, MaxDeliver: -1,
	})
	if err != nil {
		return nil, fmt.Errorf("failed to follow the %s: %w", what, closedOr(err))
	}
	return &Follower[T]{what, consumer, decode}, nil
}

// ForgetCDRs forgets the place of a follower; it is no error if there is none.
func (s *Store) ForgetCDRs(ctx context.Context, name string) error {
	return forget(ctx, s.cdrs, "CDRs", name)
}

// ForgetChats forgets the place of a follower of the chats.
func (s *Store) ForgetChats(ctx context.Context, name string) error {
	return forget(ctx, s.chats, "chats", name)
}

func forget(ctx context.Context, stream jetstream.Stream, what, name string) error {
	err := stream.DeleteConsumer(ctx, name)
	if err == nil || errors.Is(err, jetstream.ErrConsumerNotFound) {
		return nil
	}
	return fmt.Errorf("failed to forget a follower of the %s: %w", what, closedOr(err))
}

// Run calls f for each record until the context ends, one at a time. A record
// for which f fails is given to it again a second later. The error is the
// store's.
func (c *Follower[T]) Run(ctx context.Context, f func(context.Context, *T) error) error {
	messages, err := c.consumer.Messages(jetstream.PullMaxMessages(followAhead / 2))
	if err != nil {
		return fmt.Errorf("failed to follow the %s: %w", c.what, closedOr(err))
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
			return fmt.Errorf("failed to follow the %s: %w", c.what, closedOr(err))
		}
		if !c.handle(ctx, msg, f) {
			_ = msg.NakWithDelay(followRetry)
		}
	}
}

func (c *Follower[T]) handle(ctx context.Context, msg jetstream.Msg, f func(context.Context, *T) error) bool {
	record, err := c.decode(msg)
	if err != nil {
		return msg.Term() == nil // it will not get better
	}
	if f(ctx, record) != nil {
		return false
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), opTimeout)
	defer cancel()
	return msg.DoubleAck(ctx) == nil
}
