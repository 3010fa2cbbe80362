package rtc

import (
	"fmt"
	"log/slog"

	"github.com/pion/logging"
)

// loggerFactory hands what Pion logs to slog. Much of what Pion calls a warning
// is caused by peers: all of it is for debugging.
type loggerFactory struct{ log *slog.Logger }

func (f loggerFactory) NewLogger(scope string) logging.LeveledLogger {
	return logger{f.log.With("pion", scope)}
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
