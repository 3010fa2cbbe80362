package store

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net"
	"sync"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"tccc/gateway/datadir"
	"tccc/gateway/natsd"
)

// startTimeout bounds a start anew.
const startTimeout = 2 * time.Minute

// embedded is NATS in the process. It can be started anew below connections,
// which find the new one by themselves.
type embedded struct {
	dir string
	log natsd.Log

	mu     sync.Mutex
	server *server.Server // nil while there is none
}

// embed runs NATS in the process.
func (s *Store) embed(ctx context.Context, dir string) error {
	if err := datadir.Single(dir); err != nil {
		return fmt.Errorf("failed to open the store: %w", err)
	}
	s.embedded = &embedded{dir: dir, log: natsd.Log{To: s.log, Heard: s.guard.heard}}
	if err := s.repairAtStart(); err != nil {
		return err
	}
	if err := s.embedded.start(ctx); err != nil {
		return err
	}
	return s.connect()
}

// connect connects to the embedded server.
func (s *Store) connect() (err error) {
	s.conn, err = nats.Connect("", nats.Name("tccc"), nats.InProcessServer(s.embedded),
		nats.MaxReconnects(-1), nats.ReconnectWait(50*time.Millisecond), nats.ReconnectJitter(0, 0))
	if err != nil {
		return fmt.Errorf("failed to connect to the embedded NATS server: %w", err)
	}
	return s.useJetStream()
}

// start starts a server. SyncAlways is what makes an acknowledged write
// durable: without it JetStream syncs every two minutes. The server's own bound
// of the storage is out of the way: it counts what streams may have as taken,
// and what exists must open on a disk that is full by now. The guard bounds it.
func (e *embedded) start(ctx context.Context) error {
	next, err := natsd.Start(ctx, &server.Options{
		ServerName:             "tccc",
		DontListen:             true,
		JetStream:              true,
		JetStreamMaxStore:      math.MaxInt64 / 4,
		StoreDir:               e.dir,
		SyncAlways:             true,
		NoSigs:                 true,
		DisableJetStreamBanner: true,
	}, e.log)
	if err != nil {
		return err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.server = next
	return nil
}

// stop ends the server that runs.
func (e *embedded) stop() {
	e.mu.Lock()
	was := e.server
	e.server = nil
	e.mu.Unlock()
	if was != nil {
		natsd.Stop(was)
	}
}

// restart starts the embedded server anew.
func (s *Store) restart() error {
	s.embedded.stop()
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	return s.embedded.start(ctx)
}

// InProcessConn implements [nats.InProcessConnProvider].
func (e *embedded) InProcessConn() (net.Conn, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.server == nil {
		return nil, errors.New("the embedded NATS server is being started")
	}
	return e.server.InProcessConn()
}
