// Package natsd runs nats-server inside the process.
package natsd

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// startTimeout bounds the recovery of a large directory.
const startTimeout = 2 * time.Minute

// readyEvery is how long a server is waited for before it is asked again.
const readyEvery = 100 * time.Millisecond

// Log says where the lines of a server go. Its notices are chatty: they are
// written at the level of debugging.
type Log struct {
	To    *slog.Logger
	Heard func(line string) // called with each error as well; may be nil
	Mute  string            // errors with this text are not worth a line, if it is not empty
}

// Start starts a server, which runs when Start has returned. The context bounds
// the start only. Stop ends it.
func Start(ctx context.Context, opts *server.Options, log Log) (*server.Server, error) {
	next, err := server.NewServer(opts)
	if err != nil {
		return nil, fmt.Errorf("failed to make the embedded NATS server: %w", err)
	}
	lines := serverLog{log, make(chan string, 1)}
	next.SetLoggerV2(lines, false, false, false)
	started := make(chan struct{})
	go func() { defer close(started); next.Start() }()
	select {
	case <-started:
	case <-ctx.Done():
		next.Shutdown()
		<-started
		return nil, fmt.Errorf("failed to start the embedded NATS server: %w", ctx.Err())
	}
	if err := ready(ctx, next, lines.fatal); err != nil {
		Stop(next)
		return nil, fmt.Errorf("failed to start the embedded NATS server: %w", err)
	}
	return next, nil
}

// ready waits until a server takes connections, or has said why it never will.
func ready(ctx context.Context, s *server.Server, fatal <-chan string) error {
	for over := time.Now().Add(startTimeout); ; {
		is := s.ReadyForConnections(readyEvery)
		select {
		case reason := <-fatal:
			return errors.New(reason)
		case <-ctx.Done():
			return ctx.Err()
		default:
		}
		if is {
			return nil
		}
		if time.Now().After(over) {
			return errors.New("it is not ready; its log has the reason")
		}
	}
}

// Stop ends a server and waits until it has ended.
func Stop(s *server.Server) {
	s.Shutdown()
	s.WaitForShutdown()
}

// serverLog hands on what the server has to say.
type serverLog struct {
	Log
	fatal chan string // why the server cannot start
}

// Noticef implements [server.Logger].
func (l serverLog) Noticef(format string, v ...any) { l.To.Debug(fmt.Sprintf("nats: "+format, v...)) }

// Warnf implements [server.Logger].
func (l serverLog) Warnf(format string, v ...any) { l.To.Warn(fmt.Sprintf("nats: "+format, v...)) }

// Errorf implements [server.Logger].
func (l serverLog) Errorf(format string, v ...any) {
	line := fmt.Sprintf("nats: "+format, v...)
	if l.Mute != "" && strings.Contains(line, l.Mute) {
		return
	}
	if l.Heard != nil {
		l.Heard(line)
	}
	l.To.Warn(line)
}

// Fatalf implements [server.Logger].
func (l serverLog) Fatalf(format string, v ...any) {
	line := fmt.Sprintf(format, v...)
	select {
	case l.fatal <- line:
	default:
	}
	l.To.Error("nats: " + line)
}

// Debugf implements [server.Logger].
func (l serverLog) Debugf(string, ...any) {}

// Tracef implements [server.Logger].
func (l serverLog) Tracef(string, ...any) {}
