package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// write is the way of everything that is written: with the guard's leave,
// within a deadline, and the guard hears how it went. adds is about how many
// bytes it takes, 0 for removals.
func (s *Store) write(ctx context.Context, adds int, do func(context.Context) error) error {
	if err := s.guard.mayWrite(adds); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, opTimeout)
	defer cancel()
	return s.guard.failed(do(ctx))
}

// publish writes a message to the stream of its subject.
func (s *Store) publish(ctx context.Context, m *nats.Msg, opts ...jetstream.PublishOpt) (ack *jetstream.PubAck,
	err error) {
	if most := s.conn.MaxPayload(); int64(len(m.Data)) > most-headroom {
		return nil, fmt.Errorf("%w: %d bytes, and %d are taken", ErrTooLarge, len(m.Data), most-headroom)
	}
	err = s.write(ctx, len(m.Data), func(ctx context.Context) error {
		ack, err = s.js.PublishMsg(ctx, m, opts...)
		return err
	})
	return ack, err
}

// never reports whether a write fails however often it is tried.
func never(err error) bool {
	var api *jetstream.APIError
	if errors.As(err, &api) {
		return api.Code == 400 && api.ErrorCode != jetstream.JSErrCodeStreamWrongLastSequence
	}
	return errors.Is(err, ErrTooLarge) || errors.Is(err, nats.ErrMaxPayload)
}

// headroom is what headers take of NATS's bound of a message.
const headroom = 4 << 10
