package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"tccc/gateway/disk"
)

// Bounds of the guard.
const (
	checkEvery  = 2 * time.Second
	checkSoon   = 500 * time.Millisecond // while the store cannot be written
	checkMost   = 3 * time.Second        // then a check counts as one that failed
	restartWait = 5 * time.Second        // between restarts that did not help
	walkEvery   = 30 * time.Second       // looks at all files, while there is room
	healthMost  = 15 * time.Second       // without a good check the store is not healthy

	goodRest    = 1_000_000_000 // less on the disk is worth a word at the start
	probeFile   = 64 << 10      // bytes that a disk with room takes
	probeBucket = "tccc-probe"
)

// condition is what the guard knows. It is never changed, only replaced.
type condition struct {
	err        error     // why nothing can be written; nil: it can
	room       error     // why no new work is taken; nil: it is
	messages   error     // why no messages are taken
	over       bool      // the store has its whole size: only removals are written
	free, disk int64     // bytes of the file system
	size       int64     // bytes of the store's files
	good       time.Time // last successful check
}

// guard watches whether the store can be written and what room it has, and
// brings it back after a failure of the disk: JetStream keeps the first error
// of a stream for ever, so that its server has to be started anew.
type guard struct {
	s        *Store
	log      *slog.Logger
	dir      string // of the embedded server; empty: another server is used
	maxSize  int64
	minFree  int64
	known    atomic.Pointer[condition]
	added    atomic.Int64 // bytes written since the files were measured
	sick     atomic.Bool  // a stream has an error that stays
	restarts atomic.Int64
	kick     chan struct{}
	stop     context.CancelFunc
	done     chan struct{}

	// Of the goroutine that checks.
	bucket    jetstream.KeyValue
	restarted time.Time
	wasFull   bool
	walked    time.Time // when the files were measured
	size      int64     // what they came to
}

func newGuard(s *Store, o *Options) *guard {
	g := &guard{
		s: s, log: s.log, maxSize: o.MaxSize, minFree: o.MinFree, kick: make(chan struct{}, 1),
		done: make(chan struct{}),
	}
	if o.URL == "" {
		g.dir = s.dir
	}
	first := g.measure()
	first.good = time.Now()
	g.known.Store(first)
	if g.dir != "" && first.disk > 0 {
		rest := int64(goodRest)
		if g.maxSize > 0 {
			rest = max(g.maxSize-first.size, g.mark(first.disk))
		}
		if first.free < rest {
			g.log.Warn("little room is left on the disk of the store",
				"dir", g.dir, "free", first.free, "wanted", rest, "newWorkStopsAt", g.mark(first.disk))
		}
	}
	return g
}

func (g *guard) start() {
	ctx, stop := context.WithCancel(context.Background())
	g.stop = stop
	go g.run(ctx)
}

// mark is the room below which no new work is taken.
func (g *guard) mark(all int64) int64 { return min(g.minFree, all/20) }

func (g *guard) run(ctx context.Context) {
	defer close(g.done)
	for {
		g.check(ctx)
		wait := checkEvery
		if g.known.Load().err != nil {
			wait = checkSoon
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		case <-g.kick:
			select { // errors come in crowds
			case <-ctx.Done():
				return
			case <-time.After(checkSoon / 5):
			}
		}
	}
}

// check finds out how the store is. A disk that hangs does not hold the news
// back: after checkMost it is told, and the check is waited for.
func (g *guard) check(ctx context.Context) {
	found := make(chan *condition, 1)
	go func() { found <- g.examine(ctx) }()
	select {
	case c := <-found:
		g.learn(c)
	case <-time.After(checkMost):
		late := *g.known.Load()
		late.err = fmt.Errorf("the store has not answered for %s", checkMost)
		g.learn(&late)
		g.learn(<-found)
	}
}

// learn takes a condition over and tells what has changed, once.
func (g *guard) learn(c *condition) {
	was := g.known.Load()
	if c.err != nil {
		c.good = was.good
	}
	if was.room != nil && c.room == nil && c.free > 0 && c.free < g.mark(c.disk)*11/10 {
		c.room = was.room // not to and fro at the mark
	}
	g.known.Store(c)
	switch {
	case was.err == nil && c.err != nil:
		g.log.Error("the store cannot be written: calls go on, new work is refused", "err", c.err, "free", c.free)
	case was.err != nil && c.err == nil:
		g.log.Info("the store can be written again", "free", c.free)
	}
	switch {
	case was.room == nil && c.room != nil:
		g.log.Error("no new work is taken: the store has no room", "reason", c.room, "free", c.free, "size", c.size)
	case was.room != nil && c.room == nil:
		g.log.Info("new work is taken again", "free", c.free, "size", c.size)
	}
}

// examine measures the room, and writes.
func (g *guard) examine(ctx context.Context) *condition {
	c := g.measure()
	if g.dir != "" && c.disk > 0 && c.free < g.mark(c.disk)/8 {
		g.wasFull = true
		c.err = fmt.Errorf("%w: %d bytes are free in %s", ErrNoRoom, c.free, g.dir)
		return c
	}
	if g.wasFull || g.sick.Load() {
		c.err = g.restart()
	}
	if c.err == nil {
		c.err = g.probe(ctx)
	}
	if ctx.Err() != nil {
		return g.known.Load() // it is being closed
	}
	switch {
	case c.err != nil:
	case c.over:
		c.err = fmt.Errorf("%w: the store has its %d bytes (store.maxSize)", ErrNoRoom, g.maxSize)
	default:
		c.good = time.Now()
	}
	return c
}

// measure finds out about the room.
func (g *guard) measure() *condition {
	c := &condition{good: time.Now()}
	if was := g.known.Load(); was != nil {
		c.good = was.good
	}
	if g.dir == "" {
		return c
	}
	if g.near() || time.Since(g.walked) > walkEvery {
		g.added.Store(0)
		g.size, g.walked = sizeOf(g.dir), time.Now()
	}
	c.size = g.size
	used := g.size + g.added.Load()
	free, all, err := disk.Room(g.dir)
	if err == nil {
		c.free, c.disk = free, all
		mark := g.mark(all)
		if free < mark {
			c.room = fmt.Errorf("%w: %d bytes are free, fewer than %d (store.minFree)", ErrNoRoom, free, mark)
		}
		if free < mark/2 {
			c.messages = c.room
		}
	}
	if g.maxSize > 0 {
		most := fmt.Errorf("%w: the store has %d of its %d bytes (store.maxSize)", ErrNoRoom, used, g.maxSize)
		if c.room == nil && used > g.maxSize/10*9 {
			c.room = most
		}
		if c.messages == nil && used > g.maxSize/20*19 {
			c.messages = most
		}
		c.over = used >= g.maxSize
	}
	return c
}

// near reports whether the size is to be known exactly: little is left, or
// something is wrong. A walk through all files is not for every two seconds.
func (g *guard) near() bool {
	was := g.known.Load()
	if was == nil || was.err != nil || was.room != nil || was.messages != nil {
		return true
	}
	return g.maxSize > 0 && g.size+g.added.Load() > g.maxSize/5*4
}

// sizeOf adds up the store's own files.
func sizeOf(dir string) (size int64) {
	_ = filepath.WalkDir(filepath.Join(dir, "jetstream"), func(_ string, d os.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return nil // files come and go
		}
		if info, err := d.Info(); err == nil {
			size += info.Size()
		}
		return nil
	})
	return size
}

// probe writes through the server; what fails for good makes the store sick.
func (g *guard) probe(ctx context.Context) error {
	err := g.put(ctx)
	if err == nil || g.dir == "" || ctx.Err() != nil {
		return err
	}
	if err := g.writeFile(); err != nil {
		g.sick.Store(true)
		return err
	}
	if err := g.restart(); err != nil {
		return err
	}
	return g.put(ctx)
}

func (g *guard) put(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, checkMost/2)
	defer cancel()
	var err error
	if g.bucket == nil {
		// Also while the store is being closed: a server that ends meanwhile
		// leaves half a stream running.
		making, cancel := context.WithTimeout(context.WithoutCancel(ctx), checkMost/2)
		defer cancel()
		g.bucket, err = g.s.bucket(making, jetstream.KeyValueConfig{Bucket: probeBucket})
	}
	if err == nil {
		_, err = g.bucket.Put(ctx, "health", []byte(time.Now().UTC().Format(time.RFC3339)))
	}
	if err != nil {
		return fmt.Errorf("the store does not take a write: %w", closedOr(err))
	}
	return nil
}

// writeFile finds out whether the disk takes anything.
func (g *guard) writeFile() error {
	f, err := os.OpenFile(filepath.Join(g.dir, "PROBE"), os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(make([]byte, probeFile))
	return errors.Join(err, f.Sync(), f.Close(), os.Remove(f.Name()))
}

// restart starts the embedded server anew on the same files, where the disk
// takes writes again.
func (g *guard) restart() error {
	if g.dir == "" {
		g.sick.Store(false)
		return nil
	}
	if err := g.writeFile(); err != nil {
		return err
	}
	if wait := restartWait - time.Since(g.restarted); wait > 0 && g.restarts.Load() > 0 {
		return fmt.Errorf("the store has been started anew and still cannot be written; again in %s",
			wait.Round(time.Second))
	}
	g.restarted = time.Now()
	g.sick.Store(false)
	if err := g.s.restart(); err != nil {
		g.sick.Store(true)
		return fmt.Errorf("failed to start the store anew: %w", err)
	}
	g.wasFull = false
	g.restarts.Add(1)
	g.log.Info("the store was started anew after a failure of its disk")
	return nil
}

// failed hears of an error of a write, and tells the caller what it means.
func (g *guard) failed(err error) error {
	if err == nil || !g.serious(err) {
		return err
	}
	g.wake()
	return err
}

func (g *guard) wake() {
	select {
	case g.kick <- struct{}{}:
	default:
	}
}

// serious reports whether an error says something about the whole store.
func (g *guard) serious(err error) bool {
	var api *jetstream.APIError
	switch {
	case errors.As(err, &api):
		if api.Code < 500 || strings.Contains(api.Description, "maximum") { // a bound of the stream
			return false
		}
		g.sick.Store(true)
		return true
	case errors.Is(err, nats.ErrNoResponders), errors.Is(err, jetstream.ErrNoStreamResponse):
		g.sick.Store(true)
		return true
	}
	return errors.Is(err, context.DeadlineExceeded) || errors.Is(err, nats.ErrTimeout)
}

// heard reads the server's log for errors that it keeps to itself.
func (g *guard) heard(line string) {
	for _, sign := range []string{"ritical write error", "no space left", "read-only file system",
		"input/output error"} {
		if strings.Contains(line, sign) {
			g.sick.Store(true)
			g.wake()
			return
		}
	}
}

// mayWrite says why nothing is written now.
func (g *guard) mayWrite(adds int) error {
	c := g.known.Load()
	switch {
	case c.err == nil && !g.s.claim.held():
		return fmt.Errorf("%w: %w", ErrUnavailable, ErrClaimed)
	case c.over && adds > 0:
		return c.err
	case c.err != nil && !c.over:
		return fmt.Errorf("%w: %w", ErrUnavailable, c.err)
	case g.maxSize > 0 && adds > 0 && c.size+g.added.Add(int64(adds)) > g.maxSize:
		g.wake()
		return fmt.Errorf("%w: the store has its %d bytes (store.maxSize)", ErrNoRoom, g.maxSize)
	}
	return nil
}

func (g *guard) close(ctx context.Context) {
	g.stop()
	select {
	case <-g.done:
	case <-ctx.Done():
	}
	g.known.Store(&condition{err: ErrClosed})
}
