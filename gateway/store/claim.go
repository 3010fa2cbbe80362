package store

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// Times of a claim. A holder that could not renew its claim for claimLife
// writes nothing more; another one waits longer than that before it takes over.
const (
	claimBucket = "tccc-claim"
	claimKey    = "gateway"
	claimEvery  = 2 * time.Second
	claimLife   = 8 * time.Second
	claimWait   = claimLife + 2*time.Second
)

// claim is the right to be the gateway of a NATS server, which is one
// process's at a time: a second one would end the sessions of the first.
// Without it two processes with the same server are refused; on a directory the
// lock does the same.
type claim struct {
	log     *slog.Logger
	kv      jetstream.KeyValue
	text    []byte
	rev     uint64
	start   time.Time // the clock that renewed counts by
	renewed atomic.Int64
	lost    chan struct{} // closed when another process has taken over
	stop    context.CancelFunc
	done    chan struct{}
}

// claimant is who holds a claim.
type claimant struct {
	Host     string `json:"host"`
	PID      int    `json:"pid"`
	Instance string `json:"instance"` // of the process
}

// takeClaim waits for the claim of a process that has died, and is refused by
// that of one that lives.
func (s *Store) takeClaim(ctx context.Context) error {
	kv, err := s.bucket(ctx, jetstream.KeyValueConfig{Bucket: claimBucket})
	if err != nil {
		return fmt.Errorf("failed to claim the NATS server: %w", err)
	}
	host, _ := os.Hostname()
	text, err := json.Marshal(claimant{host, os.Getpid(), rand.Text()})
	if err != nil {
		return fmt.Errorf("failed to claim the NATS server: %w", err)
	}
	c := &claim{log: s.log, kv: kv, text: text, start: time.Now(), lost: make(chan struct{}), done: make(chan struct{})}
	if c.rev, err = c.take(ctx); err != nil {
		return fmt.Errorf("failed to claim the NATS server: %w", err)
	}
	c.renewed.Store(int64(time.Since(c.start)))
	running, stop := context.WithCancel(context.Background())
	c.stop = stop
	s.claim = c
	go c.run(running)
	return nil
}

// take makes the claim, or takes over one that is not renewed any more. What
// counts is this process's own clock and that the revision stands still.
func (c *claim) take(ctx context.Context) (rev uint64, err error) {
	for {
		rev, err = c.kv.Create(ctx, claimKey, c.text)
		if !errors.Is(err, jetstream.ErrKeyExists) {
			return rev, err
		}
		held, err := c.kv.Get(ctx, claimKey)
		if errors.Is(err, jetstream.ErrKeyNotFound) {
			continue
		}
		if err != nil {
			return 0, err
		}
		c.log.Info("another gateway has used this NATS server: finding out whether it still does", "holder",
			string(held.Value()))
		renewed, err := c.changes(ctx, held.Revision())
		if err != nil {
			return 0, err
		}
		if renewed {
			return 0, fmt.Errorf("%w: %s uses it now. Stop that gateway, or give each one a NATS server, or an account of it, of its own",
				ErrClaimed, held.Value())
		}
		rev, err = c.kv.Update(ctx, claimKey, c.text, held.Revision())
		if !errors.Is(err, jetstream.ErrKeyExists) {
			return rev, err
		}
	}
}

// changes waits until a revision has been replaced, or is old enough.
func (c *claim) changes(ctx context.Context, rev uint64) (bool, error) {
	for over := time.Now().Add(claimWait); time.Now().Before(over); {
		select {
		case <-time.After(claimEvery / 4):
		case <-ctx.Done():
			return false, ctx.Err()
		}
		now, err := c.kv.Get(ctx, claimKey)
		switch {
		case errors.Is(err, jetstream.ErrKeyNotFound):
			return false, nil // given up: Update says so
		case err != nil:
			return false, err
		case now.Revision() != rev:
			return true, nil
		}
	}
	return false, nil
}

// run renews the claim until the store is closed or another process has it.
func (c *claim) run(ctx context.Context) {
	defer close(c.done)
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(claimEvery):
		}
		at := time.Since(c.start)
		trying, cancel := context.WithTimeout(ctx, claimEvery)
		err := c.renew(trying)
		cancel()
		switch {
		case err == nil:
			c.renewed.Store(int64(at))
		case errors.Is(err, ErrClaimed):
			c.log.Error("another gateway has taken over the NATS server: this one writes nothing more", "err", err)
			c.renewed.Store(-int64(claimLife))
			close(c.lost)
			return
		}
	}
}

// renew writes the claim again, also after a write of which it heard nothing.
func (c *claim) renew(ctx context.Context) error {
	rev, err := c.kv.Update(ctx, claimKey, c.text, c.rev)
	if errors.Is(err, jetstream.ErrKeyExists) {
		held, there := c.kv.Get(ctx, claimKey)
		switch {
		case errors.Is(there, jetstream.ErrKeyNotFound):
			rev, err = c.kv.Create(ctx, claimKey, c.text)
		case there != nil:
			err = there
		case bytes.Equal(held.Value(), c.text):
			rev, err = c.kv.Update(ctx, claimKey, c.text, held.Revision())
		default:
			return fmt.Errorf("%w by %s", ErrClaimed, held.Value())
		}
	}
	if err == nil {
		c.rev = rev
	}
	return err
}

// held reports whether the claim is certain.
func (c *claim) held() bool {
	return c == nil || time.Since(c.start)-time.Duration(c.renewed.Load()) < claimLife
}

// close gives the claim up.
func (c *claim) close(ctx context.Context) {
	if c == nil {
		return
	}
	c.stop()
	<-c.done
	if c.held() {
		_ = c.kv.Purge(ctx, claimKey, jetstream.LastRevision(c.rev)) // it expires otherwise
	}
}
