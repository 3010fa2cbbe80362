package agent

import (
	"context"

	"tccc/wire"
)

// share is the screen that this tab shows.
type share struct {
	screen      string // session that it is shown in, "" for none
	screenKnown bool   // to the gateway
}

// ShareScreen asks the agent for a screen, a window or a tab, and shows it to the
// customer of a video session beside the camera.
func (a *Agent) ShareScreen(ctx context.Context, id string) error {
	if err := a.IsVideo(id); err != nil {
		return err
	}
	var err error
	already := false
	a.do(func() {
		s, failed := a.liveSession(id)
		switch {
		case failed != nil:
			err = failed
		case !a.owner:
			err = wire.ErrAudioElsewhere
		case s.State != wire.StateTalking:
			err = wire.ErrSessionState.With("the session is %s", s.State)
		case a.talk[id] == nil:
			err = wire.ErrSessionState.For("sessionId", "the session has no connection in this tab")
		}
		already = a.screen == id
	})
	if err != nil || already {
		return err
	}
	if err := a.talkMedia.OpenScreen(ctx, id); err != nil {
		return err
	}
	a.do(func() { a.screen, a.screenKnown = id, false })
	err = a.request(ctx, wire.MethodVideoShare, wire.SessionParams{SessionID: id}, nil)
	ended := false
	a.do(func() {
		ended = a.screen != id // meanwhile, by the browser or with the session
		switch {
		case err != nil && !ended:
			a.dropScreen()
		case err == nil && !ended:
			a.screenKnown = true
			a.shared(id, true)
		}
		a.reconcile()
	})
	if err == nil && ended {
		return a.unshare(ctx, id)
	}
	return err
}

// UnshareScreen ends what is shown of the agent's screen, in whichever tab.
func (a *Agent) UnshareScreen(ctx context.Context, id string) error {
	if err := a.IsVideo(id); err != nil {
		return err
	}
	a.do(func() {
		if a.screen == id {
			a.dropScreen()
		}
	})
	return a.unshare(ctx, id)
}

// CustomerShares reports whether the customer of a video session shows a screen.
func (a *Agent) CustomerShares(id string) (shows bool, err error) {
	if err := a.IsVideo(id); err != nil {
		return false, err
	}
	a.do(func() {
		s := a.findSession(id)
		shows = s != nil && s.CustomerScreen
	})
	return shows, nil
}

func (a *Agent) unshare(ctx context.Context, id string) error {
	err := a.request(ctx, wire.MethodVideoUnshare, wire.SessionParams{SessionID: id}, nil)
	if err == nil {
		a.do(func() { a.shared(id, false) })
	}
	return err
}

// shared notes what the gateway has confirmed.
func (a *Agent) shared(id string, on bool) {
	if s := a.findSession(id); s != nil {
		s.ScreenShared = on
		a.changed()
	}
}

// dropScreen lets the screen go.
func (a *Agent) dropScreen() {
	a.screen, a.screenKnown = "", false
	a.talkMedia.CloseScreen()
}

// screenEnded follows the browser, whose own button has ended it.
func (a *Agent) screenEnded(id string) {
	if a.screen != id || a.end != nil {
		return
	}
	a.dropScreen()
	a.start(func(ctx context.Context) {
		ctx, cancel := context.WithTimeout(ctx, legTimeout)
		defer cancel()
		_ = a.unshare(ctx, id) // the session may have ended
	})
}

// reconcileScreen lets the screen go when its session is over or another tab's,
// or another tab has ended it.
func (a *Agent) reconcileScreen() {
	if a.screen == "" {
		return
	}
	s := a.findSession(a.screen)
	if s == nil || a.talk[a.screen] == nil || a.screenKnown && !s.ScreenShared {
		a.dropScreen()
	}
}
