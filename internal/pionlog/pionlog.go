// Package pionlog hands what Pion logs to slog.
package pionlog

import (
	"fmt"
	"log/slog"

	"github.com/pion/logging"
)

// Factory makes loggers for Pion. Much of what Pion calls a warning is caused
// by peers: all of it is for debugging.
type Factory struct{ Log *slog.Logger }

// NewLogger implements logging.LoggerFactory.
func (f Factory) NewLogger(scope string) logging.LeveledLogger {
	return logger{f.Log.With("pion", scope)}
}

type logger struct{ log *slog.Logger }

func (l logger) Trace(string)          {}
func (l logger) Tracef(string, ...any) {}
func (l logger) Debug(string)          {}
func (l logger) Debugf(string, ...any) {}
func (l logger) Info(string)           {}
func (l logger) Infof(string, ...any)  {}
func (l logger) Warn(m string)         { l.log.Debug(m) }
func (l logger) Warnf(m string, a ...any) {
	l.log.Debug(fmt.Sprintf(m, a...))
}
func (l logger) Error(m string) { l.log.Debug(m) }
func (l logger) Errorf(m string, a ...any) {
	l.log.Debug(fmt.Sprintf(m, a...))
}
