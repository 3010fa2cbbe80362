package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
)

// startTimeout bounds the recovery of a large directory.
const startTimeout = 2 * time.Minute

// embed runs NATS in the process. SyncAlways is what makes an acknowledged
// write durable: without it JetStream syncs every two minutes.
func (s *Store) embed(ctx context.Context, dir string) error {
	if dir == "" {
		return errors.New("failed to open the store: no directory given")
	}
	dir, err := filepath.Abs(dir)
	if err == nil {
		err = os.MkdirAll(dir, 0o700)
	}
	if err != nil {
		return fmt.Errorf("failed to make the data directory: %w", err)
	}
	if s.unlock, err = lock(filepath.Join(dir, "LOCK")); err != nil {
		s.unlock = func() {}
		return fmt.Errorf("failed to lock the data directory %s: %w", dir, err)
	}
	s.server, err = server.NewServer(&server.Options{
		ServerName:             "tccc",
		DontListen:             true,
		JetStream:              true,
		StoreDir:               dir,
		SyncAlways:             true,
		NoSigs:                 true,
		DisableJetStreamBanner: true,
	})
	if err != nil {
		return fmt.Errorf("failed to make the embedded NATS server: %w", err)
	}
	s.server.SetLoggerV2(serverLog{s.log}, false, false, false)
	started := make(chan struct{})
	go func() { defer close(started); s.server.Start() }()
	select {
	case <-started:
	case <-ctx.Done():
		s.server.Shutdown()
		<-started
		return fmt.Errorf("failed to start the embedded NATS server: %w", ctx.Err())
	}
	if !s.server.ReadyForConnections(startTimeout) {
		return errors.New("failed to start the embedded NATS server: it is not ready; its log has the reason")
	}
	s.conn, err = nats.Connect("", nats.Name("tccc"), nats.InProcessServer(s.server), nats.MaxReconnects(-1), nats.ReconnectWait(50*time.Millisecond))
	if err != nil {
		return fmt.Errorf("failed to connect to the embedded NATS server: %w", err)
	}
	return nil
}

// serverLog hands on what the server has to say; its notices are chatty.
type serverLog struct{ log *slog.Logger }

func (l serverLog) Noticef(format string, v ...any) { l.log.Debug(fmt.Sprintf("nats: "+format, v...)) }
func (l serverLog) Warnf(format string, v ...any)   { l.log.Warn(fmt.Sprintf("nats: "+format, v...)) }
func (l serverLog) Fatalf(format string, v ...any)  { l.log.Error(fmt.Sprintf("nats: "+format, v...)) }
func (l serverLog) Errorf(format string, v ...any)  { l.log.Error(fmt.Sprintf("nats: "+format, v...)) }
func (l serverLog) Debugf(format string, v ...any)  {}
func (l serverLog) Tracef(format string, v ...any)  {}
