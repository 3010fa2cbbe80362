package agent

import (
	"context"
	"errors"
	"time"

	"tccc/wire"
)

// talks is the loop's side of audio and video sessions. Each has a peer
// connection of its own beside the leg of telephone calls, and goes through the
// same states.
type talks struct {
	talkMedia SessionMedia // nil where there is none
	talk      map[string]*talk
	ready     map[string]bool // sessions that ring and are about to be accepted
	camera    string          // session that the camera is open for, or being opened
	cameraOff map[string]bool // what is asked for and not yet confirmed
	share
}

// talk is one peer connection.
type talk struct {
	id       string
	video    bool
	state    legState
	media    MediaState // newest of the peer connection
	gen      int        // counts offers
	failures int
	waiters  []chan error
	stopWait func()
	cancel   context.CancelFunc
}

// isTalk reports whether a session has a peer connection of its own. A
// supervisor takes part over the leg of telephone calls.
func isTalk(s *wire.Session) bool {
	return (s.Type == wire.TypeVoIP || s.Type == wire.TypeVideo) && usesBrowserAudio(s) && s.Monitor == ""
}

func (a *Agent) beginTalks() {
	a.talk, a.ready, a.cameraOff = map[string]*talk{}, map[string]bool{}, map[string]bool{}
	var ok bool
	if a.talkMedia, ok = a.media.(SessionMedia); ok {
		a.talkMedia.OnSession(func(id string, s MediaState) { a.post(func() { a.talkChanged(id, s) }) })
		a.talkMedia.OnScreenEnd(func(id string) { a.post(func() { a.screenEnded(id) }) })
	}
}

// reconcileTalks makes connections and the camera fit the sessions.
func (a *Agent) reconcileTalks() {
	if a.talkMedia == nil {
		return
	}
	want, camera := map[string]bool{}, ""
	for i := range a.view.Sessions {
		s := &a.view.Sessions[i]
		talking := s.State == wire.StateTalking || s.State == wire.StateRinging && a.ready[s.SessionID]
		if !isTalk(s) || !talking && s.State != wire.StateHeld {
			continue
		}
		want[s.SessionID] = true
		if a.talk[s.SessionID] == nil {
			a.talk[s.SessionID] = &talk{id: s.SessionID, video: s.Type == wire.TypeVideo}
		}
		if talking && s.Type == wire.TypeVideo && !a.videoMuted(s) {
			camera = s.SessionID
		}
	}
	for id, t := range a.talk {
		switch {
		case !want[id]:
			a.dropTalk(t)
		case a.conn.state == connUp:
			a.talkInput(t, legWant)
		}
	}
	a.film(camera)
	a.reconcileScreen()
}

func (a *Agent) videoMuted(s *wire.Session) bool {
	if off, asked := a.cameraOff[s.SessionID]; asked {
		return off
	}
	return s.VideoMuted
}

// film opens the camera for a session, and closes it for none. Without a camera
// the session goes on with sound.
func (a *Agent) film(id string) {
	if id == a.camera {
		return
	}
	a.camera = id
	a.changed()
	if id == "" {
		a.talkMedia.CloseCamera()
		return
	}
	a.start(func(ctx context.Context) {
		err := a.talkMedia.OpenCamera(ctx, id)
		a.post(func() { a.filmed(id, err) })
	})
}

func (a *Agent) filmed(id string, err error) {
	a.changed()
	switch {
	case a.camera != id:
	case err == nil:
		a.clearNotice(wire.ErrCamDenied, wire.ErrNoCam)
	case errors.Is(err, wire.ErrTimeout), errors.Is(err, context.Canceled):
	default:
		a.fault(err)
		a.cameraOff[id] = true
		a.reconcile()
		a.start(func(ctx context.Context) {
			ctx, cancel := context.WithTimeout(ctx, legTimeout)
			defer cancel()
			_ = a.videoRequest(ctx, id, true) // the session may have ended
		})
	}
}

// MuteVideo closes or opens the camera in a video session.
func (a *Agent) MuteVideo(ctx context.Context, id string, off bool) error {
	if err := a.IsVideo(id); err != nil {
		return err
	}
	own, talking := false, false
	var err error
	a.do(func() {
		var s *wire.Session
		switch s, err = a.liveSession(id); {
		case err != nil:
		case s.State == wire.StateRinging:
			err = wire.ErrSessionState.With("the session is %s", s.State)
		case !isTalk(s):
			err = wire.ErrSessionState.With("the customer does not see the agent in it")
		}
		own = a.owner && a.talkMedia != nil
		talking = err == nil && s.State == wire.StateTalking
	})
	if err != nil {
		return err
	}
	if own && talking && !off { // so that who asks hears why it does not work
		if err := a.talkMedia.OpenCamera(ctx, id); err != nil {
			return err
		}
	}
	a.do(func() {
		a.cameraOff[id] = off
		a.reconcile()
	})
	return a.videoRequest(ctx, id, off)
}

func (a *Agent) videoRequest(ctx context.Context, id string, off bool) error {
	method := wire.MethodVideoUnmuteVideo
	if off {
		method = wire.MethodVideoMuteVideo
	}
	err := a.request(ctx, method, wire.SessionParams{SessionID: id}, nil)
	a.do(func() {
		if s := a.findSession(id); s != nil && err == nil {
			s.VideoMuted = off
			a.changed()
		}
		delete(a.cameraOff, id)
		a.reconcile()
	})
	return err
}

// IsVideo says why a session is none of video.
func (a *Agent) IsVideo(id string) (err error) {
	a.do(func() {
		s := a.findSession(id)
		switch {
		case a.end != nil:
			err = a.end
		case s == nil && !a.everUp:
			err = wire.ErrNotLoggedIn
		case s == nil:
			err = wire.ErrSessionNotFound.For("sessionId", "")
		case s.Type != wire.TypeVideo:
			err = wire.ErrSessionState.For("sessionId", "it is no video session")
		}
	})
	return err
}

func (a *Agent) acceptMethod(id string) string {
	if a.IsVideo(id) == nil {
		return wire.MethodVideoAccept
	}
	return wire.MethodCallAccept
}

// readyFor makes microphone and connection ready for a session that rings.
func (a *Agent) readyFor(ctx context.Context, id string) error {
	own := false
	a.do(func() {
		s := a.findSession(id)
		own = s != nil && isTalk(s)
	})
	if !own {
		return a.Ready(ctx)
	}
	if a.talkMedia == nil {
		return wire.ErrMediaUnsupported
	}
	mic := make(chan error, 1)
	a.spawn(func() { mic <- a.openMic(ctx) })
	if err := a.awaitTalk(ctx, id); err != nil {
		return err
	}
	return a.await(ctx, mic)
}

// readied follows an accept: the session is in conversation, or rings on.
func (a *Agent) readied(id string) {
	a.post(func() {
		delete(a.ready, id)
		a.reconcile()
	})
}

// readyTalks makes connections for whatever rings, at the wish of another tab,
// which does not say which of them it accepts.
func (a *Agent) readyTalks(ctx context.Context) error {
	var ringing []string
	a.do(func() {
		for i := range a.view.Sessions {
			if s := &a.view.Sessions[i]; a.talkMedia != nil && isTalk(s) && s.State == wire.StateRinging {
				ringing = append(ringing, s.SessionID)
			}
		}
	})
	for _, id := range ringing {
		if err := a.awaitTalk(ctx, id); err != nil {
			return err
		}
	}
	return nil
}

// awaitTalk makes a session's connection and waits until it stands.
func (a *Agent) awaitTalk(ctx context.Context, id string) error {
	wait := make(chan error, 1)
	a.do(func() {
		if a.end != nil {
			wait <- a.end
			return
		}
		a.ready[id] = true
		a.reconcile()
		switch t := a.talk[id]; {
		case t == nil:
			wait <- wire.ErrSessionNotFound.For("sessionId", "the session has ended")
		case t.state == legConnected:
			wait <- nil
		default:
			t.waiters = append(t.waiters, wait)
			a.talkInput(t, legRetryTime)
		}
	})
	ctx, cancel := context.WithTimeout(ctx, legTimeout)
	defer cancel()
	select {
	case err := <-wait:
		return err
	case <-ctx.Done():
		return wire.ErrMediaConnect
	}
}

// talkInput moves a connection, as legInput does the leg.
func (a *Agent) talkInput(t *talk, in legInput) {
	from := t.state
	to, ok := from.next(in)
	if !ok {
		return
	}
	t.state = to
	if t.stopWait != nil {
		t.stopWait()
		t.stopWait = nil
	}
	a.changed()
	switch to {
	case legNone:
		t.abandon()
		t.tell(wire.ErrMediaConnect)
		a.talkMedia.CloseSession(t.id)
	case legOffering:
		a.offerTalk(t)
	case legConnecting:
		a.expectTalk(t, legTimeout, legFailed)
	case legConnected:
		t.failures = 0
		t.tell(nil)
	case legLost:
		a.expectTalk(t, lostPatience, legFailed)
	case legBackoff:
		t.abandon()
		t.failures++
		t.tell(wire.ErrMediaConnect)
		wait := min(legBackMax, legBackMin<<min(t.failures-1, 6))
		if from == legLost || from == legConnected {
			wait = time.Millisecond // it worked: restart at once
		}
		a.expectTalk(t, wait, legRetryTime)
	}
}

// mendTalks makes connections at once that are interrupted or wait to be made.
func (a *Agent) mendTalks() {
	if a.conn.state != connUp {
		return
	}
	for _, t := range a.talk {
		if t.state == legLost {
			a.talkInput(t, legFailed)
		}
		a.talkInput(t, legRetryTime)
	}
}

// expectTalk gives the input after d, unless the state changes first.
func (a *Agent) expectTalk(t *talk, d time.Duration, in legInput) {
	gen := t.gen
	t.stopWait = a.after(d, func() {
		if gen == t.gen && a.talk[t.id] == t {
			a.talkInput(t, in)
		}
	})
}

func (t *talk) abandon() {
	t.gen++
	if t.cancel != nil {
		t.cancel()
		t.cancel = nil
	}
}

func (t *talk) tell(err error) {
	for _, w := range t.waiters {
		w <- err
	}
	t.waiters = nil
}

// offerTalk exchanges descriptions, of a new connection each time: the gateway
// keeps the one before until this one stands.
func (a *Agent) offerTalk(t *talk) {
	t.gen++
	gen := t.gen
	t.media = MediaConnecting
	ctx, cancel := context.WithTimeout(a.ctx, legTimeout)
	t.cancel = cancel
	screen := a.screen == t.id
	a.start(func(context.Context) {
		defer cancel()
		err := a.exchangeTalk(ctx, t, screen)
		a.post(func() {
			if gen != t.gen {
				return
			}
			t.cancel = nil
			if err != nil {
				a.talkInput(t, legFailed)
				return
			}
			a.talkInput(t, legAnswered)
			if t.media == MediaConnected { // faster than this goroutine
				a.talkInput(t, legUp)
			}
		})
	})
}

func (a *Agent) exchangeTalk(ctx context.Context, t *talk, screen bool) error {
	sdp, err := a.talkMedia.OfferSession(ctx, t.id, t.video)
	if err != nil {
		return err
	}
	var answer wire.AnswerResult
	offer := wire.SessionOfferParams{SessionID: t.id, SDP: sdp, Screen: screen}
	if err := a.request(ctx, wire.MethodSessionOffer, offer, &answer); err != nil {
		return err
	}
	return a.talkMedia.AnswerSession(ctx, t.id, answer.SDP)
}

// talkChanged takes a state of a peer connection.
func (a *Agent) talkChanged(id string, s MediaState) {
	t := a.talk[id]
	if a.end != nil || t == nil {
		return
	}
	t.media = s
	switch s {
	case MediaConnected:
		a.talkInput(t, legUp)
	case MediaLost:
		a.talkInput(t, legDown)
	case MediaFailed:
		a.talkInput(t, legFailed)
	}
}

func (a *Agent) dropTalk(t *talk) {
	delete(a.talk, t.id)
	a.talkInput(t, legDrop)
}

// dropTalks lets all connections and the camera go.
func (a *Agent) dropTalks() {
	if a.talkMedia == nil {
		return
	}
	for _, t := range a.talk {
		a.dropTalk(t)
	}
	clear(a.ready)
	a.film("")
	a.reconcileScreen()
}
