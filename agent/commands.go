package agent

import (
	"context"
	"errors"

	"tccc/wire"
)

// Online takes the agent on line.
func (a *Agent) Online(ctx context.Context) error {
	return a.request(ctx, wire.MethodOnline, nil, nil)
}

// Offline takes the agent off line. Sessions that are running go on.
func (a *Agent) Offline(ctx context.Context) error {
	return a.request(ctx, wire.MethodOffline, nil, nil)
}

// SetStatus asks for a status. During a session it takes effect afterwards.
// The status may be in any spelling that wire.ParseStatus knows.
func (a *Agent) SetStatus(ctx context.Context, p wire.SetStatusParams) error {
	if _, err := wire.ParseStatus(p.Status); err != nil {
		return err
	}
	return a.request(ctx, wire.MethodSetStatus, p, nil)
}

// SetServerType chooses where the agent's next calls are carried.
func (a *Agent) SetServerType(ctx context.Context, p wire.ServerTypeParams) error {
	return a.request(ctx, wire.MethodSetServerType, p, nil)
}

// ServerType is where they are carried.
func (a *Agent) ServerType(context.Context) (s wire.Seat, err error) {
	a.do(func() {
		s = wire.Seat{ServerType: a.view.State.ServerType, PhoneAway: a.view.State.PhoneAway}
		switch {
		case a.end != nil:
			err = a.end
		case !a.everUp:
			err = wire.ErrNotLoggedIn
		}
	})
	return s, err
}

// StartCall calls a number. It returns when the gateway has begun to dial.
func (a *Agent) StartCall(ctx context.Context, p wire.StartCallParams) (wire.CallResponse, error) {
	var res wire.CallResponse
	start := a.clock.Now()
	err := a.callOut(ctx, func() (string, error) {
		err := a.request(ctx, wire.MethodCallStart, p, &res)
		return res.SessionID, err
	})
	if err != nil {
		return wire.CallResponse{}, err
	}
	end := a.clock.Now()
	a.post(func() { a.tellSpan(res.SessionID, wire.MethodCallStart, start, end, nil) })
	return res, nil
}

// callOut makes audio ready and begins a call, whose session id start gives.
func (a *Agent) callOut(ctx context.Context, start func() (id string, err error)) error {
	phone := false
	a.do(func() { phone = a.view.State.OnPhone() })
	if phone { // which the gateway rings: this page needs no audio
		_, err := start()
		return err
	}
	if a.media == nil {
		return wire.ErrMediaUnsupported
	}
	own, err := a.here(ctx)
	if err != nil {
		return err
	}
	if !own {
		_, err = start()
		return err
	}
	release := a.holdAudio()
	defer release()

	// A microphone that has worked before is opened while the call is set up;
	// otherwise nobody is called before there is one.
	works := false
	a.do(func() { works = a.mic.works })
	mic := make(chan error, 1)
	a.spawn(func() { mic <- a.openMic(ctx) })
	if !works {
		if err := a.await(ctx, mic); err != nil {
			return err
		}
		mic <- nil
	}
	if err := a.awaitLeg(ctx); err != nil {
		return err
	}
	id, err := start()
	if err != nil {
		return err
	}
	if err := a.await(ctx, mic); err != nil {
		// Nobody would hear the agent: take the call back.
		if end := a.Hangup(context.WithoutCancel(ctx), id); end != nil && !errors.Is(end, wire.ErrSessionNotFound) {
			a.post(func() { a.fault(end) })
		}
		return err
	}
	return nil
}

// Accept takes a session that rings. The microphone and the leg are made ready
// first; without them the session goes on ringing and nothing has changed.
func (a *Agent) Accept(ctx context.Context, id string) error {
	audio, err := a.acceptable(id)
	if err != nil {
		return err
	}
	if audio {
		if a.media == nil {
			return wire.ErrMediaUnsupported
		}
		own, err := a.here(ctx)
		if own {
			told := a.trace(id, "media.ready")
			err = a.readyFor(ctx, id)
			told(&err)
			defer a.readied(id)
		}
		if err != nil {
			return err
		}
	}
	return a.request(ctx, a.acceptMethod(id), wire.SessionParams{SessionID: id}, nil)
}

// acceptable reports whether the session needs audio, or why it cannot be accepted.
func (a *Agent) acceptable(id string) (audio bool, err error) {
	a.do(func() {
		s := a.findSession(id)
		switch {
		case a.end != nil:
			err = a.end
		case s == nil && a.everUp:
			err = wire.ErrSessionNotFound.For("sessionId", "")
		case s == nil:
			err = wire.ErrNotLoggedIn
		case s.State != wire.StateRinging:
			err = wire.ErrSessionState.With("the session is %s", s.State)
		default:
			audio = usesBrowserAudio(s)
		}
	})
	return audio, err
}

// spawn runs f in a goroutine that Run waits for.
func (a *Agent) spawn(f func()) { a.start(func(context.Context) { f() }) }

func (a *Agent) await(ctx context.Context, c <-chan error) error {
	select {
	case err := <-c:
		return err
	case <-ctx.Done():
		return wire.ErrTimeout
	case <-a.done:
		return wire.ErrShutDown
	}
}

// Hangup ends a session; one that rings is declined.
func (a *Agent) Hangup(ctx context.Context, id string) error {
	return a.request(ctx, wire.MethodCallHangup, wire.SessionParams{SessionID: id}, nil)
}

// Delete removes an ended session from the list.
func (a *Agent) Delete(ctx context.Context, id string) error {
	err := a.request(ctx, wire.MethodCallDelete, wire.SessionParams{SessionID: id}, nil)
	if err != nil && !errors.Is(err, wire.ErrSessionNotFound) {
		return err
	}
	a.do(func() {
		s := a.findSession(id)
		if s == nil {
			return // unknown to both, or removed by the event
		}
		if s.State != wire.StateEnded && err != nil {
			return
		}
		a.removeSession(id)
		a.syncChats()
		if err != nil { // only this tab still showed it
			a.emit(wire.EventSessionCompleted, wire.SessionRef{SessionID: id})
			err = nil
		}
	})
	return err
}

// Mute stops or resumes the agent's sound in a session. The sound itself stops
// at once; the gateway makes sure.
func (a *Agent) Mute(ctx context.Context, id string, muted bool) error {
	if err := a.setMuting(id, &muted); err != nil {
		return err
	}
	method := wire.MethodCallMute
	if !muted {
		method = wire.MethodCallUnmute
	}
	err := a.request(ctx, method, wire.SessionParams{SessionID: id}, nil)
	a.do(func() {
		if s := a.findSession(id); s != nil && err == nil && s.State != wire.StateEnded {
			s.Muted = muted
			a.changed()
		}
		delete(a.mic.muting, id)
		a.reconcile()
	})
	return err
}

func (a *Agent) setMuting(id string, muted *bool) (err error) {
	a.do(func() {
		if _, err = a.liveSession(id); err != nil {
			return
		}
		if a.mic.muting == nil {
			a.mic.muting = make(map[string]bool)
		}
		a.mic.muting[id] = *muted
		a.reconcile()
	})
	return err
}

// liveSession finds a session that has not ended. Loop only.
func (a *Agent) liveSession(id string) (*wire.Session, error) {
	s := a.findSession(id)
	switch {
	case a.end != nil:
		return nil, a.end
	case s == nil && !a.everUp:
		return nil, wire.ErrNotLoggedIn
	case s == nil:
		return nil, wire.ErrSessionNotFound.For("sessionId", "")
	case s.State == wire.StateEnded:
		return nil, wire.ErrSessionState.With("the session has ended")
	}
	return s, nil
}

// Muted reports whether the agent is muted in a session.
func (a *Agent) Muted(id string) (muted bool, err error) {
	a.do(func() {
		s, e := a.liveSession(id)
		if err = e; e != nil {
			return
		}
		muted = s.Muted
		if m, asked := a.mic.muting[id]; asked {
			muted = m
		}
	})
	return muted, err
}

// Hold lets the customer hear music, and nobody hears the agent.
func (a *Agent) Hold(ctx context.Context, id string) error {
	return a.request(ctx, wire.MethodCallHold, wire.SessionParams{SessionID: id}, nil)
}

// Unhold takes a held session back.
func (a *Agent) Unhold(ctx context.Context, id string) error {
	return a.request(ctx, wire.MethodCallUnhold, wire.SessionParams{SessionID: id}, nil)
}

// SendDigits sends DTMF digits in a session. It returns when they are sent.
func (a *Agent) SendDigits(ctx context.Context, p wire.DigitsParams) error {
	return a.request(ctx, wire.MethodCallDigits, p, nil)
}

// AllowMic asks for the microphone again, after it was denied or could not be
// opened. Without a call it is let go some seconds later.
func (a *Agent) AllowMic(ctx context.Context) error {
	if a.media == nil {
		return wire.ErrMediaUnsupported
	}
	return a.openMic(ctx)
}
