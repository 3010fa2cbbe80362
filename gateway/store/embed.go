package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net"
	"sync"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
)

// startTimeout bounds the recovery of a large directory.
const startTimeout = 2 * time.Minute

// embedded is NATS in the process. It can be started anew below connections,
// which find the new one by themselves.
type embedded struct {
	dir string
	log serverLog

	mu     sync.Mutex
	server *server.Server // nil while there is none
}

// embed runs NATS in the process.
func (s *Store) embed(ctx context.Context, dir string) error {
	s.embedded = &embedded{dir: dir, log: serverLog{s.log, s.guard.heard, make(chan string, 1)}}
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
	next, err := server.NewServer(&server.Options{
		ServerName:             "tccc",
		DontListen:             true,
		JetStream:              true,
		JetStreamMaxStore:      math.MaxInt64 / 4,
		StoreDir:               e.dir,
		SyncAlways:             true,
		NoSigs:                 true,
		DisableJetStreamBanner: true,
	})
	if err != nil {
		return fmt.Errorf("failed to make the embedded NATS server: %w", err)
	}
	next.SetLoggerV2(e.log, false, false, false)
	started := make(chan struct{})
	go func() { defer close(started); next.Start() }()
	select {
	case <-started:
	case <-ctx.Done():
		next.Shutdown()
		<-started
		return fmt.Errorf("failed to start the embedded NATS server: %w", ctx.Err())
	}
	select {
	case reason := <-e.log.fatal:
		next.Shutdown()
		next.WaitForShutdown()
		return fmt.Errorf("failed to start the embedded NATS server: %s", reason)
	default:
	}
	if !next.ReadyForConnections(startTimeout) {
		next.Shutdown()
		return errors.New("failed to start the embedded NATS server: it is not ready; its log has the reason")
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
		was.Shutdown()
		was.WaitForShutdown()
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

// serverLog hands on what the server has to say; its notices are chatty.
type serverLog struct {
	log   *slog.Logger
	heard func(line string) // errors
	fatal chan string       // why the server cannot start
}

// Noticef implements [server.Logger].
func (l serverLog) Noticef(format string, v ...any) { l.log.Debug(fmt.Sprintf("nats: "+format, v...)) }

// Warnf implements [server.Logger].
func (l serverLog) Warnf(format string, v ...any) { l.log.Warn(fmt.Sprintf("nats: "+format, v...)) }

// Errorf implements [server.Logger].
func (l serverLog) Errorf(format string, v ...any) {
	line := fmt.Sprintf("nats: "+format, v...)
	l.heard(line)
	l.log.Warn(line)
}

// Fatalf implements [server.Logger].
func (l serverLog) Fatalf(format string, v ...any) {
	line := fmt.Sprintf(format, v...)
	select {
	case l.fatal <- line:
	default:
	}
	l.log.Error("nats: " + line)
}

// Debugf implements [server.Logger].
func (l serverLog) Debugf(string, ...any) {}

// Tracef implements [server.Logger].
func (l serverLog) Tracef(string, ...any) {}
