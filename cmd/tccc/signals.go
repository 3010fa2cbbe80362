package main

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"tccc/gateway"
	"tccc/gateway/config"
)

// listen takes the signals that a gateway understands from now on.
func listen() <-chan os.Signal {
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	return signals
}

// running is a gateway with what its signals change.
type running struct {
	g        *gateway.Gateway
	conf     *config.Config
	settings *settings
	log      *slog.Logger
	level    *slog.LevelVar
}

// until returns when the gateway is to be closed: after a signal and the time
// for calls to end, at once after a second signal, or with the error of a part
// that stopped by itself.
func (r *running) until(ctx context.Context, signals <-chan os.Signal) error {
	draining, over := context.WithCancel(ctx)
	defer over()
	var drained chan error
	for {
		select {
		case s := <-signals:
			switch {
			case s == syscall.SIGHUP:
				r.reload(ctx)
			case drained != nil || r.conf.Drain == 0:
				return nil
			default:
				r.log.Info("stopping: no new calls are taken; a second signal ends those that are left", "drain",
					r.conf.Drain)
				drained = make(chan error, 1)
				go func() { drained <- r.drain(draining) }()
				defer func() { over(); <-drained }()
			}
		case err := <-drained:
			drained <- err
			if errors.Is(err, context.DeadlineExceeded) {
				r.log.Warn("calls are left at the end of the time for them")
				err = nil
			}
			return err
		case err := <-r.g.Failed():
			return err
		case <-ctx.Done():
			return nil
		}
	}
}

func (r *running) drain(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, r.conf.Drain)
	defer cancel()
	return r.g.Drain(ctx)
}

func (r *running) reload(ctx context.Context) {
	next, err := r.settings.load()
	if err == nil {
		for _, w := range next.Warnings {
			r.log.Warn(w)
		}
		err = r.g.Reload(ctx, next)
	}
	if err != nil {
		r.log.Error("the configuration was not reloaded", "err", err)
		return
	}
	_ = r.level.UnmarshalText([]byte(next.Log.Level))
	r.conf.Drain = next.Drain
}
