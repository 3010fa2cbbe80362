package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Errors that callers tell apart.
var (
	ErrNotFound = errors.New("store: no such key")
	ErrExists   = errors.New("store: the key exists already")
	ErrConflict = errors.New("store: the value has been changed by somebody else")
	ErrLocked   = errors.New("store: the directory is in use by another process")
	ErrClosed   = errors.New("store: closed")
	ErrFull     = errors.New("store: too many snapshots wait to be written")
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
	server   *server.Server // nil if another server is used
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
	if err := s.open(ctx, opts); err != nil {
		s.shutdown()
		return nil, err
	}
	limit := opts.Backlog
	if limit <= 0 {
		limit = 10_000
	}
	s.behind = newBehind(s.log, limit)
	return s, nil
}

func (s *Store) open(ctx context.Context, opts Options) error {
	var err error
	if opts.URL == "" {
		err = s.embed(ctx, opts.Dir)
	} else {
		err = s.dial(opts.URL)
	}
	if err != nil {
		return err
	}
	s.js, err = jetstream.New(s.conn, jetstream.WithDefaultTimeout(opTimeout))
	if err != nil {
		return fmt.Errorf("failed to use JetStream: %w", err)
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
	return s.openCDRs(ctx)
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
		nats.ReconnectHandler(func(c *nats.Conn) { s.log.Info("connected to NATS again", "url", c.ConnectedUrlRedacted()) }),
	)
	if err != nil {
		return fmt.Errorf("failed to connect to NATS: %w", err)
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

// Ping asks the server for an answer; health checks use it.
func (s *Store) Ping(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, opTimeout)
	defer cancel()
	if _, err := s.js.AccountInfo(ctx); err != nil {
		return fmt.Errorf("failed to reach the store: %w", err)
	}
	return nil
}

// Flush waits until every snapshot handed to PutLater and DeleteLater so far
// has been written.
func (s *Store) Flush(ctx context.Context) error { return s.behind.flush(ctx) }

// Close writes the waiting snapshots, as long as the context allows, and
// closes the store. The error tells how many were lost.
func (s *Store) Close(ctx context.Context) error {
	err := s.behind.close(ctx)
	s.shutdown()
	return err
}

func (s *Store) shutdown() {
	if s.conn != nil {
		s.conn.Close()
	}
	if s.server != nil {
		s.server.Shutdown()
		s.server.WaitForShutdown()
	}
	s.unlock()
}
