package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"tccc/gateway/datadir"
)

// Errors that callers tell apart.
var (
	ErrNotFound = errors.New("store: no such key")
	ErrExists   = errors.New("store: the key exists already")
	ErrConflict = errors.New("store: the value has been changed by somebody else")
	ErrLocked   = datadir.ErrLocked
	ErrClaimed  = errors.New("store: the NATS server is used by another gateway")
	ErrClosed   = errors.New("store: closed")
	ErrFull     = errors.New("store: too many snapshots wait to be written")
	ErrTooLarge = errors.New("store: the value is larger than the store takes")
	// ErrUnavailable is that of writes while the store cannot be written; it
	// takes them again by itself.
	ErrUnavailable = errors.New("store: nothing can be written at the moment")
	// ErrNoRoom is the reason why new work, or any addition, is refused.
	ErrNoRoom = errors.New("store: there is no room")
)

// Options say where the state is kept.
type Options struct {
	// Dir is the directory of the embedded server, made if it is missing. It
	// belongs to one process at a time.
	Dir string
	// URL is a NATS server with JetStream that is used instead; several are
	// separated by commas.
	URL string
	// Replicas is how many servers of a cluster keep each value, 1 to 5; the
	// default is 1. The embedded server is not a cluster.
	Replicas int
	// MaxSize bounds the files of the embedded server, in bytes; 0 does not.
	MaxSize int64
	// MinFree is the room on the disk below which no new work is taken, but at
	// most a twentieth of the disk; the default is 64 MB.
	MinFree int64
	// KeepCDRs is how long call records are kept; 0 keeps them.
	KeepCDRs time.Duration
	// ScrubEvery is how often the bytes of what was removed are overwritten in
	// the files of the embedded server; the default is an hour.
	ScrubEvery time.Duration
	// Backlog is how many keys may wait in the write-behind queue; the default
	// is 10000.
	Backlog int
	// Log receives warnings; the default is slog.Default.
	Log *slog.Logger
}

// Store is the state of the gateway. Its methods may be called at the same time.
type Store struct {
	log      *slog.Logger
	replicas int
	dir      string    // of the embedded server, absolute
	embedded *embedded // nil if another server is used
	guard    *guard
	aside    *aside
	claim    *claim // of another server; nil for the embedded one
	unlock   func()
	conn     *nats.Conn
	js       jetstream.JetStream

	agents   *Bucket[AgentRecord]
	sessions *Bucket[SessionRecord]
	queues   *Bucket[QueueRecord]
	visits   *Bucket[VisitRecord]
	cdrs     jetstream.Stream
	chats    jetstream.Stream
	behind   *behind
	scrub    *scrubber
}

// opTimeout bounds a request to the server when the caller's context does not.
const opTimeout = 5 * time.Second

// Open starts or reaches the server and makes what is missing. The context
// bounds the opening only.
func Open(ctx context.Context, opts Options) (*Store, error) {
	s := &Store{log: opts.Log, replicas: max(opts.Replicas, 1), unlock: func() {}}
	if s.log == nil {
		s.log = slog.Default()
	}
	if opts.MinFree <= 0 {
		opts.MinFree = 64_000_000
	}
	if err := s.open(ctx, opts); err != nil {
		s.claim.close(ctx)
		s.shutdown()
		return nil, err
	}
	s.guard.start()
	limit := opts.Backlog
	if limit <= 0 {
		limit = 10_000
	}
	s.behind = newBehind(s.log, limit)
	s.scrub = newScrubber(s, opts.ScrubEvery)
	return s, nil
}

func (s *Store) open(ctx context.Context, opts Options) error {
	if opts.URL == "" && opts.Dir == "" {
		return errors.New("failed to open the store: no directory given")
	}
	var err error
	if opts.Dir != "" {
		if s.dir, err = filepath.Abs(opts.Dir); err != nil {
			return fmt.Errorf("failed to find the data directory: %w", err)
		}
	}
	s.aside = &aside{log: s.log, path: asidePath(s.dir)}
	s.guard = newGuard(s, &opts)
	if err := s.lockDir(); err != nil {
		return err
	}
	if opts.URL == "" {
		err = s.embed(ctx, s.dir)
	} else if err = s.dial(opts.URL); err == nil {
		err = s.takeClaim(ctx)
	}
	if err != nil {
		return err
	}
	if s.agents, err = OpenBucket[AgentRecord](ctx, s, "agents", 0); err != nil {
		return err
	}
	if s.sessions, err = OpenBucket[SessionRecord](ctx, s, "sessions", 0); err != nil {
		return err
	}
	if s.queues, err = OpenBucket[QueueRecord](ctx, s, "queues", 0); err != nil {
		return err
	}
	if s.visits, err = OpenBucket[VisitRecord](ctx, s, "visits", visitsKept); err != nil {
		return err
	}
	if err := s.openChats(ctx); err != nil {
		return err
	}
	return s.openCDRs(ctx, opts.KeepCDRs)
}

// dial reaches another server. It reconnects for ever; requests made meanwhile
// fail with their deadline.
func (s *Store) dial(url string) (err error) {
	s.conn, err = nats.Connect(url,
		nats.Name("tccc"), nats.Timeout(opTimeout), nats.MaxReconnects(-1), nats.ReconnectWait(250*time.Millisecond),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			if err != nil {
				s.log.Warn("lost the connection to NATS", "err", err)
			}
		}),
		nats.ReconnectHandler(func(c *nats.Conn) {
			s.log.Info("connected to NATS again", "url",
				c.ConnectedUrlRedacted())
		}),
	)
	if err != nil {
		return fmt.Errorf("failed to connect to NATS: %w", err)
	}
	return s.useJetStream()
}

func (s *Store) useJetStream() (err error) {
	s.js, err = jetstream.New(s.conn, jetstream.WithDefaultTimeout(opTimeout))
	if err != nil {
		return fmt.Errorf("failed to use JetStream: %w", err)
	}
	return nil
}

// Agents are the agents' states, by [AgentKey].
func (s *Store) Agents() *Bucket[AgentRecord] { return s.agents }

// Sessions are the live sessions, by session id.
func (s *Store) Sessions() *Bucket[SessionRecord] { return s.sessions }

// Queues are queue settings made at run time, by [QueueKey].
func (s *Store) Queues() *Bucket[QueueRecord] { return s.queues }

// Visits are the last sessions of customers, by [VisitKey]. They are forgotten
// after 90 days.
func (s *Store) Visits() *Bucket[VisitRecord] { return s.visits }

// lockDir makes the directory this process's: also where the state is elsewhere,
// recordings and files are there.
func (s *Store) lockDir() error {
	if s.dir == "" {
		return nil
	}
	err := os.MkdirAll(s.dir, 0o700)
	if err != nil {
		return fmt.Errorf("failed to make the data directory: %w", err)
	}
	unlock, err := datadir.Lock(s.dir)
	if err != nil {
		return fmt.Errorf("failed to lock the data directory %s: %w", s.dir, err)
	}
	s.unlock = unlock
	return nil
}

// Lost is closed when another gateway has taken over the NATS server, because
// this one was away for too long.
func (s *Store) Lost() <-chan struct{} {
	if s.claim == nil {
		return nil
	}
	return s.claim.lost
}

// Health says why the store cannot be written, nil if it can. It knows from
// writes every two seconds and answers at once.
func (s *Store) Health() error {
	c := s.guard.known.Load()
	if c.err != nil {
		return c.err
	}
	if !s.claim.held() {
		return ErrClaimed
	}
	if silent := time.Since(c.good); silent > healthMost {
		return fmt.Errorf("the store has not answered for %s", silent.Round(time.Second))
	}
	return nil
}

// Room says why no new work is taken now: chats, uploads, recordings. Nil: it
// is taken.
func (s *Store) Room() error {
	c := s.guard.known.Load()
	if c.err != nil {
		return fmt.Errorf("%w: %w", ErrUnavailable, c.err)
	}
	return c.room
}

// RoomForMessages says why chats that go on take no messages now.
func (s *Store) RoomForMessages() error {
	c := s.guard.known.Load()
	if c.err != nil {
		return fmt.Errorf("%w: %w", ErrUnavailable, c.err)
	}
	return c.messages
}

// Flush waits until every snapshot handed to PutLater and DeleteLater so far
// has been written.
func (s *Store) Flush(ctx context.Context) error { return s.behind.flush(ctx) }

// Close writes the waiting snapshots, as long as the context allows, and
// closes the store. The error tells how many were lost.
//
// While nothing can be written it does not wait for long.
func (s *Store) Close(ctx context.Context) error {
	waiting := ctx
	if s.guard.known.Load().err != nil {
		var cancel context.CancelFunc
		waiting, cancel = context.WithTimeout(ctx, closeFailed)
		defer cancel()
	}
	s.scrub.close()
	err := s.behind.close(waiting)
	s.guard.close(waiting)
	s.claim.close(waiting)
	s.claim = nil
	s.shutdown()
	return err
}

// closeFailed is how long Close waits for a store that cannot be written.
const closeFailed = time.Second

func (s *Store) shutdown() {
	if s.conn != nil {
		s.conn.Close()
	}
	if s.embedded != nil {
		s.embedded.stop()
	}
	s.unlock()
}
