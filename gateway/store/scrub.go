package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// ErrNoFiles is the error of [Store.Scrub] where the files are those of another
// server.
var ErrNoFiles = errors.New("store: the files are another server's")

// scrubUsual is how often what was removed is overwritten.
const scrubUsual = time.Hour

// scrubber overwrites what was removed: JetStream marks a message as removed
// and leaves its bytes in the block until that is compacted, which may be
// never.
type scrubber struct {
	s    *Store
	stop context.CancelFunc
	done chan struct{}

	mu   sync.Mutex
	seen map[string][2]uint64 // by stream: first sequence and number of those removed after it, of the last time
}

func newScrubber(s *Store, every time.Duration) *scrubber {
	if every <= 0 {
		every = scrubUsual
	}
	ctx, stop := context.WithCancel(context.Background())
	c := &scrubber{s: s, stop: stop, done: make(chan struct{}), seen: map[string][2]uint64{}}
	go c.run(ctx, every)
	return c
}

func (c *scrubber) run(ctx context.Context, every time.Duration) {
	defer close(c.done)
	if c.s.guard.dir == "" {
		return
	}
	ticks := time.NewTicker(every)
	defer ticks.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticks.C:
		}
		if _, err := c.all(ctx, false); err != nil && ctx.Err() == nil && !errors.Is(err, ErrUnavailable) {
			c.s.log.Warn("what was removed from the store is still in its files", "err", err)
		}
	}
}

func (c *scrubber) close() {
	c.stop()
	<-c.done
}

// Scrub overwrites everything that was removed from the streams and buckets in
// the files of the embedded server, and tells how many bytes that were.
func (s *Store) Scrub(ctx context.Context) (int64, error) { return s.scrub.all(ctx, true) }

// all goes through the streams; without thorough, through those from which
// something was removed since the last time.
func (c *scrubber) all(ctx context.Context, thorough bool) (n int64, err error) {
	if c.s.guard.dir == "" {
		return 0, ErrNoFiles
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.s.guard.mayWrite(0); err != nil {
		return 0, err
	}
	dirs, err := filepath.Glob(filepath.Join(c.s.guard.dir, "jetstream", "*", "streams", "*", "msgs"))
	if err != nil {
		return 0, err
	}
	var errs []error
	for _, dir := range dirs {
		name := filepath.Base(filepath.Dir(dir))
		if name == "KV_"+probeBucket && !thorough {
			continue
		}
		bytes, err := c.stream(ctx, name, dir, thorough)
		n += bytes
		if err != nil {
			errs = append(errs, fmt.Errorf("failed to overwrite what was removed from %s: %w", name, closedOr(err)))
		}
	}
	return n, errors.Join(errs...)
}

// stream overwrites what a stream no longer has. What it has removed it never
// has again, so that it may go on meanwhile.
func (c *scrubber) stream(ctx context.Context, name, dir string, thorough bool) (n int64, err error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	stream, err := c.s.js.Stream(ctx, name)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	info, err := stream.Info(ctx, jetstream.WithDeletedDetails(true))
	if err != nil {
		return 0, err
	}
	state := [2]uint64{info.State.FirstSeq, uint64(info.State.NumDeleted)}
	if !thorough && c.seen[name] == state {
		return 0, nil
	}
	removed := info.State.Deleted
	slices.Sort(removed)
	gone := func(seq uint64) bool {
		if seq < info.State.FirstSeq {
			return true
		}
		_, is := slices.BinarySearch(removed, seq)
		return is
	}
	paths, err := filepath.Glob(filepath.Join(dir, "*.blk"))
	if err != nil {
		return 0, err
	}
	for _, path := range paths {
		bytes, err := scrubBlock(name, path, gone)
		n += bytes
		if err != nil {
			return n, err
		}
		if ctx.Err() != nil {
			return n, ctx.Err()
		}
	}
	if n > 0 || thorough { // the index has subjects in it; JetStream writes it anew
		if err := os.Remove(filepath.Join(dir, "index.db")); err != nil && !os.IsNotExist(err) {
			return n, err
		}
	}
	c.seen[name] = state
	return n, nil
}

// scrubBlock overwrites records in a file, which the server may be using: it
// only ever adds to a file, or puts another one in its place, which then does
// not have what was removed.
func scrubBlock(stream, path string, gone func(sequence uint64) bool) (n int64, err error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if os.IsNotExist(err) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	defer f.Close()
	buf, err := io.ReadAll(f)
	if err != nil {
		return 0, err
	}
	b, err := newBlock(stream, path, buf)
	if err != nil {
		return 0, err
	}
	b.pieces(func(p piece) {
		if err != nil || p.damaged || p.bits != 0 || p.sequence == 0 || !gone(p.sequence) {
			return
		}
		b.erase(&p)
		if _, err = f.WriteAt(b.buf[p.at:p.at+p.length], int64(p.at)); err == nil {
			n += int64(p.length)
		}
	})
	if err == nil && n > 0 {
		err = f.Sync()
	}
	return n, err
}
