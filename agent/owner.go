package agent

import (
	"context"

	"tccc/wire"
)

// ownerChanged is the payload of the event of that name.
type ownerChanged struct {
	Owner bool `json:"owner"`
}

// SetOwner tells whether this tab has the agent's audio. One that has not
// mirrors the others: it has neither leg, microphone nor ringtone, and its
// commands work.
func (a *Agent) SetOwner(own bool) {
	a.post(func() {
		if a.end != nil {
			return
		}
		a.owner = own
		if a.view.Elsewhere == own {
			a.view.Elsewhere = !own
			a.emit(wire.EventOwnerChanged, ownerChanged{own})
			a.changed()
		}
		if !own {
			a.dropTalks()
			a.legInput(legDrop)
			a.quiet()
			a.clearNotice(wire.ErrMicDenied, wire.ErrNoMic, wire.ErrMicBusy, wire.ErrMediaConnect)
		}
		a.reconcile()
	})
}

// TakeOver takes the audio from the tab that has it.
func (a *Agent) TakeOver(context.Context) error {
	if a.opts.Tabs != nil {
		a.opts.Tabs.Take()
	}
	return nil
}

// Ready makes the leg and opens the microphone for a session that is about to
// begin, perhaps from another tab.
func (a *Agent) Ready(ctx context.Context) error {
	if a.media == nil {
		return wire.ErrMediaUnsupported
	}
	release := a.holdAudio()
	defer release()
	mic := make(chan error, 1)
	a.spawn(func() { mic <- a.openMic(ctx) })
	if err := a.awaitLeg(ctx); err != nil {
		return err
	}
	if err := a.readyTalks(ctx); err != nil {
		return err
	}
	return a.await(ctx, mic)
}

// here reports whether audio is made in this tab; if not, the one that has it
// has made it ready.
func (a *Agent) here(ctx context.Context) (own bool, err error) {
	a.do(func() { own = a.owner || a.end != nil })
	if own {
		return true, nil
	}
	if err := a.connected(ctx); err != nil { // who has it is settled after the login
		return false, err
	}
	return a.opts.Tabs.Ask(ctx)
}
