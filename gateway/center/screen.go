package center

import (
	"context"
	"encoding/json"

	"tccc/gateway/rtc"
	"tccc/gateway/session"
	"tccc/internal/clip"
	"tccc/wire"
)

// shares reports whether the page of a side shows a screen.
func (k *link) shares() bool { return k != nil && k.screen }

func (k *link) screens() *rtc.Picture {
	if k == nil || k.now == nil {
		return nil
	}
	p, _ := k.now.Screen()
	return p
}

// share notes that a page shows a screen on its connection. Any page of the side
// may end that.
func (k *link) share(tab string, on bool) error {
	if on {
		if k == nil || k.now == nil || k.now.tab != tab {
			return wire.ErrSessionState.For("sessionId", "the session has no connection in this tab")
		}
		if _, ok := k.now.Screen(); !ok {
			return wire.ErrSessionState.For("sessionId", "the offer of its connection has no second video section")
		}
	}
	if k == nil {
		return nil
	}
	k.screen = on
	for _, p := range []*party{k.now, k.coming} {
		if p != nil && (!on || p.tab == tab) {
			p.screen = on
		}
	}
	return nil
}

// shareScreen is a command of the agent's page.
func shareScreen(on bool) command {
	return func(a *agent, seat *Seat, params json.RawMessage, done func(any, error)) {
		var p wire.SessionParams
		if err := wire.DecodeParams(params, &p); err != nil {
			done(nil, err)
			return
		}
		call, err := a.call(p.SessionID)
		tab := ""
		if seat != nil {
			tab = seat.tab
		}
		if err == nil {
			err = a.c.share(call, call.seat, tab, on)
		}
		done(wire.Empty{}, err)
	}
}

// VisitorScreen notes that the customer's page shows a screen in a video session,
// or no more. Errors: wire.ErrSessionNotFound, wire.ErrSessionState.
func (c *Center) VisitorScreen(ctx context.Context, app, user string, p wire.ScreenParams) (err error) {
	failed := c.do(ctx, func() {
		call := c.talkOf(app, user, p.SessionID)
		switch {
		case call == nil:
			err = wire.ErrSessionNotFound.For("sessionId", "%q", clip.Shown(p.SessionID, 40))
		case call.Type != wire.TypeVideo:
			err = wire.ErrSessionState.For("sessionId", "it is no video session")
		default:
			err = c.share(call, call.browser, "", p.On)
		}
	})
	if failed != nil {
		return failed
	}
	return err
}

// share begins in a conversation only, and ends at any time.
func (c *Center) share(call *call, k *link, tab string, on bool) error {
	switch {
	case call.of != nil:
		return wire.ErrForbidden.For("sessionId", "the customer sees the session's agent only")
	case on && call.State() != session.Talking:
		return wire.ErrSessionState.With("the session is %s", call.State())
	}
	if err := k.share(tab, on); err != nil {
		return err
	}
	c.screensChanged(call)
	return nil
}

// screensChanged tells both sides when a screen begins or ends to be shown.
func (c *Center) screensChanged(call *call) {
	call = call.session()
	own, theirs := call.seat.shares(), call.browser.shares()
	if call.Type != wire.TypeVideo || call.ScreenShared == own && call.CustomerScreen == theirs {
		return
	}
	call.ScreenShared, call.CustomerScreen = own, theirs
	if a := call.agent; a != nil && call.Live() {
		c.look(call)
		a.changed(call)
	}
}

// lookAtScreens decides who sees whose screen.
func (c *Center) lookAtScreens(call *call) {
	far, near := call.browser.screens(), call.seat.screens()
	theirs, own := far, near
	if call.near() == nil || !call.browser.shares() {
		theirs = nil
	}
	if call.near() == nil || !call.seat.shares() {
		own = nil
	}
	near.Watch(theirs)
	far.Watch(own)
}

// film records what each side shows in the conversation, where pictures are
// recorded: its screen, or else its camera.
func (c *Center) film(call *call) {
	if call.recording == nil || call.Type != wire.TypeVideo {
		return
	}
	customer, agent, ok := call.recording.Pictures()
	if !ok {
		return
	}
	if call.near() == nil {
		customer, agent = nil, nil
	}
	call.browser.film(customer, false)
	call.seat.film(agent, call.VideoMuted)
}

// film gives what the side shows to who takes it, nil for nobody.
func (k *link) film(t rtc.Tap, cameraOff bool) {
	camera, screen := t, t
	if k.shares() {
		camera = nil
	} else {
		screen = nil
	}
	if cameraOff {
		camera = nil
	}
	k.picture().Tap(camera)
	k.screens().Tap(screen)
}
