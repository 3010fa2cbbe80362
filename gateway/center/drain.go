package center

import (
	"context"

	"tccc/wire"
)

// Drain takes no new sessions from now on, tells the agents, and returns when
// the last session has ended. With an error, the context's, sessions are left;
// they go on until Close.
func (c *Center) Drain(ctx context.Context) error {
	var drained chan struct{}
	err := c.do(ctx, func() {
		if c.drained == nil {
			c.drained = make(chan struct{})
			for _, a := range c.agents {
				a.emit(wire.EventError, wire.ErrStopping.With("calls go on until they end; no new ones are taken"), nil)
			}
			c.checkDrained()
		}
		drained = c.drained
	})
	if err != nil {
		return err
	}
	select {
	case <-drained:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-c.loop.Ended():
		return wire.ErrStopping
	}
}

// closed reports whether no new sessions are taken.
func (c *Center) closed() bool { return c.stopping || c.drained != nil }

// checkDrained tells Drain when the last session is gone.
func (c *Center) checkDrained() {
	if c.drained == nil {
		return
	}
	for _, call := range c.calls {
		if call.Type != wire.TypeIM { // chats go on in the next process
			return
		}
	}
	select {
	case <-c.drained:
	default:
		close(c.drained)
	}
}
