package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
)

// behind is the write-behind queue: one goroutine writes, the latest value of
// a key wins, keys keep the order of their first change.
type behind struct {
	log    *slog.Logger
	limit  int
	ctx    context.Context // cancelled when waiting for the rest is given up
	cancel context.CancelFunc
	wake   chan struct{}
	done   chan struct{}

	mu      sync.Mutex
	pending map[string]func(context.Context) error
	order   []string
	closing bool
	writing bool          // a write is under way, which order no longer shows
	drained chan struct{} // non-nil while somebody waits for the queue to be empty
	dropped int
}

func newBehind(log *slog.Logger, limit int) *behind {
	b := &behind{
		log: log, limit: limit,
		wake: make(chan struct{}, 1), done: make(chan struct{}),
		pending: map[string]func(context.Context) error{},
	}
	b.ctx, b.cancel = context.WithCancel(context.Background())
	go b.run()
	return b
}

func (b *behind) add(key string, write func(context.Context) error) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	_, waiting := b.pending[key]
	switch {
	case b.closing:
		return ErrClosed
	case !waiting && len(b.order) >= b.limit:
		return ErrFull
	case !waiting:
		b.order = append(b.order, key)
	}
	b.pending[key] = write
	select {
	case b.wake <- struct{}{}:
	default:
	}
	return nil
}

func (b *behind) next() (key string, write func(context.Context) error, more bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.writing = len(b.order) > 0
	if !b.writing {
		if b.drained != nil {
			close(b.drained)
			b.drained = nil
		}
		return "", nil, !b.closing
	}
	key = b.order[0]
	write = b.pending[key]
	b.order = b.order[1:]
	delete(b.pending, key)
	return key, write, true
}

func (b *behind) run() {
	defer close(b.done)
	for {
		key, write, more := b.next()
		switch {
		case !more:
			return
		case write == nil:
			<-b.wake
		default:
			b.write(key, write)
		}
	}
}

// write tries until it succeeds, a newer value of the key takes over, or the
// store is closed.
func (b *behind) write(key string, write func(context.Context) error) {
	for wait := 50 * time.Millisecond; ; wait = min(2*wait, 5*time.Second) {
		ctx, cancel := context.WithTimeout(b.ctx, opTimeout)
		err := write(ctx)
		cancel()
		if err == nil {
			return
		}
		if b.ctx.Err() != nil {
			b.mu.Lock()
			b.dropped++
			b.mu.Unlock()
			return
		}
		if !errors.Is(err, ErrUnavailable) { // of which the guard has told
			b.log.Warn("failed to write a snapshot, trying again", "err", err, "wait", wait)
		}
		select {
		case <-time.After(wait):
		case <-b.ctx.Done():
		}
		if b.superseded(key) {
			return
		}
	}
}

func (b *behind) superseded(key string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	_, ok := b.pending[key]
	return ok
}

// flush waits until the queue is empty.
func (b *behind) flush(ctx context.Context) error {
	b.mu.Lock()
	if len(b.order) == 0 && !b.writing {
		b.mu.Unlock()
		return nil
	}
	if b.drained == nil {
		b.drained = make(chan struct{})
	}
	drained := b.drained
	b.mu.Unlock()
	select {
	case <-drained:
		return nil
	case <-b.done:
		return ErrClosed
	case <-ctx.Done():
		return fmt.Errorf("failed to write all snapshots: %w", ctx.Err())
	}
}

// close writes the rest and stops. When the context ends first, the rest is
// dropped and counted in the error.
func (b *behind) close(ctx context.Context) error {
	b.mu.Lock()
	b.closing = true
	b.mu.Unlock()
	select {
	case b.wake <- struct{}{}:
	default:
	}
	select {
	case <-b.done:
	case <-ctx.Done():
		b.cancel()
		<-b.done
	}
	b.cancel()
	b.mu.Lock()
	defer b.mu.Unlock()
	if lost := b.dropped + len(b.order); lost > 0 {
		return fmt.Errorf("failed to write %d snapshots before closing: %w", lost, ctx.Err())
	}
	return nil
}

func closedOr(err error) error {
	if errors.Is(err, nats.ErrConnectionClosed) {
		return ErrClosed
	}
	return err
}
