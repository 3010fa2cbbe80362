package agent

import (
	"context"
	"errors"
	"time"

	"tccc/wire"
)

const (
	legTimeout   = 10 * time.Second // offer to connection
	lostPatience = time.Second      // how long a disconnected leg may come back by itself
	legBackMin   = 500 * time.Millisecond
	legBackMax   = 15 * time.Second
	micLinger    = 3 * time.Second // the microphone stays open so long after the last call
)

// leg is the loop's side of the audio leg.
type leg struct {
	state    legState
	gen      int // counts offers
	failures int
	said     bool // that it cannot be made
	holds    int  // methods that need the leg before there is a session
	waiters  []chan error
	stopWait func()
	cancel   context.CancelFunc // of the offer under way
}

// mic is the loop's side of the microphone and the ringtone.
type mic struct {
	tried   bool // opening for the present calls was tried
	works   bool // it has been opened before
	asked   bool
	holds   int // methods that use it before there is a session
	linger  func()
	muting  map[string]bool // sessions whose mute is asked for and not yet confirmed
	muted   bool            // what media was told
	ringing Ring
}

// useServers tells the media what the gateway says of TURN servers.
func (a *Agent) useServers(list []wire.ICEServer) {
	if a.media != nil {
		a.media.Servers(list)
	}
}

// reconcile makes leg, microphone and ringtone fit the sessions. It is called
// after every change and does nothing where nothing changed.
func (a *Agent) reconcile() {
	if a.media == nil || a.end != nil || !a.owner {
		return
	}
	ring, talking, live := RingNone, false, 0
	muted := false
	for i := range a.view.Sessions {
		s := &a.view.Sessions[i]
		if s.State == wire.StateEnded {
			continue
		}
		if s.State == wire.StateRinging && !s.ServerType.Phone() {
			switch {
			case s.Type != wire.TypeIM:
				ring = RingCall
			case ring == RingNone:
				ring = RingChat
			}
		}
		if !usesBrowserAudio(s) {
			continue
		}
		live++
		if s.State == wire.StateTalking {
			talking = true
			m, asked := a.mic.muting[s.SessionID]
			muted = muted || s.Muted && !asked || m
		}
	}
	if talking { // nothing rings into a conversation
		ring = RingNone
	}
	if ring != a.mic.ringing {
		a.mic.ringing = ring
		a.media.Ring(ring)
	}
	if muted != a.mic.muted {
		a.mic.muted = muted
		a.media.SetMuted(muted)
	}
	a.mic.want(a, live > 0)
	a.reconcileTalks()

	callable := a.view.State.Status != wire.StatusOffline && !a.view.State.OnPhone() && a.view.Profile.TakesCalls()
	if callable && !a.mic.asked {
		a.mic.asked = true
		a.start(func(ctx context.Context) { a.micDone(a.media.AskMic(ctx), false) })
	}
	if callable && a.view.Settings.WarmLeg || live > 0 || a.leg.holds > 0 {
		if a.conn.state == connUp {
			a.legInput(legWant)
		}
	} else if a.leg.state != legNone && !a.view.Mic { // the microphone lingers on it
		a.legInput(legDrop)
		// the gateway lets it go by itself as well
		a.start(func(ctx context.Context) { _ = a.request(ctx, wire.MethodMediaClose, nil, nil) })
	}
}

// want opens the microphone for calls and lets it go some seconds after the last.
func (m *mic) want(a *Agent, want bool) {
	if want || m.holds > 0 {
		if m.linger != nil {
			m.linger()
			m.linger = nil
		}
		if want && !m.tried && !a.view.Mic {
			m.tried = true
			a.start(func(ctx context.Context) { _ = a.openMic(ctx) }) // reported as a notice; accept reports it again
		}
		return
	}
	m.tried = false
	if a.view.Mic && m.linger == nil {
		m.linger = a.after(micLinger, func() {
			if m.linger != nil {
				m.stop(a)
				a.reconcile()
			}
		})
	}
}

func (m *mic) stop(a *Agent) {
	if m.linger != nil {
		m.linger()
		m.linger = nil
	}
	m.tried = false
	if a.view.Mic && a.media != nil {
		a.media.CloseMic()
		a.view.Mic = false
		a.changed()
	}
}

// openMic opens the microphone and notes how that went.
func (a *Agent) openMic(ctx context.Context) error {
	err := a.media.OpenMic(ctx)
	a.micDone(err, true)
	return err
}

func (a *Agent) micDone(err error, open bool) {
	a.post(func() {
		switch {
		case a.end != nil:
			if err == nil && open {
				a.media.CloseMic()
			}
		case err == nil:
			a.clearNotice(wire.ErrMicDenied, wire.ErrNoMic, wire.ErrMicBusy, wire.ErrInsecurePage)
			if open {
				a.mic.works = true
				a.view.Mic = true
				a.changed()
			}
			a.reconcile() // the calls may have ended meanwhile
		case errors.Is(err, wire.ErrTimeout), errors.Is(err, context.Canceled), errors.Is(err,
			context.DeadlineExceeded):
			// Nobody waits for it any more: a call that was refused, for instance.
		default:
			a.mic.works = false
			a.fault(err)
		}
	})
}

// holdAudio makes leg and microphone needed until release is called, for a
// method that comes before its session.
func (a *Agent) holdAudio() (release func()) {
	a.do(func() {
		a.leg.holds++
		a.mic.holds++
		a.reconcile()
	})
	return func() {
		a.post(func() {
			a.leg.holds--
			a.mic.holds--
			a.reconcile()
		})
	}
}

// awaitLeg waits until the leg is connected. It fails as soon as an attempt
// fails, so that the caller hears why.
func (a *Agent) awaitLeg(ctx context.Context) error {
	wait := make(chan error, 1)
	a.do(func() {
		switch {
		case a.end != nil:
			wait <- a.end
		case a.leg.state == legConnected:
			wait <- nil
		default:
			a.leg.waiters = append(a.leg.waiters, wait)
			if a.leg.state == legBackoff { // do not let a call wait for the back-off
				a.legInput(legRetryTime)
			}
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

// legInput moves the leg and does what the new state asks for.
func (a *Agent) legInput(in legInput) {
	l := &a.leg
	from := l.state
	to, ok := from.next(in)
	if !ok || a.media == nil {
		return
	}
	l.state = to
	a.note("leg", legNames[to], 0)
	if l.stopWait != nil {
		l.stopWait()
		l.stopWait = nil
	}
	switch to {
	case legNone:
		l.abandon()
		l.tell(wire.ErrMediaConnect)
		l.failures, l.said = 0, false
		mic := a.view.Mic
		a.media.Close()
		a.view.Media, a.view.Mic = MediaNone, false
		a.mic.ringing = RingNone
		if mic {
			a.mic.tried = false // calls that go on open it again
		}
		a.changed()
	case legOffering:
		l.offer(a)
	case legConnecting:
		// The deadline of the offer goes on; see offer.
		l.expect(a, legTimeout)
	case legConnected:
		l.failures, l.said = 0, false
		l.tell(nil)
		a.clearNotice(wire.ErrMediaConnect)
	case legLost:
		l.expect(a, lostPatience)
	case legBackoff:
		l.abandon()
		l.failures++
		l.tell(wire.ErrMediaConnect)
		wait := min(legBackMax, legBackMin<<min(l.failures-1, 6))
		switch {
		case from == legLost || from == legConnected:
			wait = time.Millisecond // it worked: restart at once
		case !l.said:
			l.said = true
			a.fault(wire.ErrMediaConnect)
		}
		gen := l.gen
		l.stopWait = a.after(wait, func() {
			if gen == l.gen {
				a.legInput(legRetryTime)
			}
		})
	}
}

// mend restarts a leg at once that is interrupted.
func (a *Agent) mend() {
	if a.leg.state == legLost && a.conn.state == connUp {
		a.legInput(legFailed)
	}
	a.mendTalks()
}

// expect fails the leg unless its state changes within d.
func (l *leg) expect(a *Agent, d time.Duration) {
	gen := l.gen
	l.stopWait = a.after(d, func() {
		if gen == l.gen {
			a.legInput(legFailed)
		}
	})
}

// abandon ends the offer under way.
func (l *leg) abandon() {
	l.gen++
	if l.cancel != nil {
		l.cancel()
		l.cancel = nil
	}
}

func (l *leg) tell(err error) {
	for _, w := range l.waiters {
		w <- err
	}
	l.waiters = nil
}

// offer exchanges descriptions with the gateway. The first attempt after a
// failure restarts ICE on the peer connection that is there; the next ones
// begin with a new one.
func (l *leg) offer(a *Agent) {
	l.gen++
	gen, restart, fresh := l.gen, l.failures == 1, l.failures > 1
	if fresh {
		a.media.Close()
		a.mic.ringing = RingNone
		if a.view.Mic {
			a.view.Mic, a.mic.tried = false, false
		}
	}
	ctx, cancel := context.WithTimeout(a.ctx, legTimeout)
	l.cancel = cancel
	a.start(func(context.Context) {
		defer cancel()
		err := a.exchange(ctx, restart)
		a.post(func() {
			if gen != l.gen {
				return
			}
			l.cancel = nil
			if err != nil {
				a.legInput(legFailed)
				return
			}
			a.legInput(legAnswered)
			if a.view.Media == MediaConnected { // faster than this goroutine
				a.legInput(legUp)
			}
		})
	})
	if fresh {
		a.reconcile()
	}
}

func (a *Agent) exchange(ctx context.Context, restart bool) error {
	sdp, err := a.media.Offer(ctx, restart)
	if err != nil {
		return err
	}
	var answer wire.AnswerResult
	if err := a.request(ctx, wire.MethodMediaOffer, wire.OfferParams{SDP: sdp}, &answer); err != nil {
		return err
	}
	return a.media.Answer(ctx, answer.SDP)
}

// legChanged takes a state of the peer connection.
func (a *Agent) legChanged(s MediaState) {
	if a.end != nil || a.leg.state == legNone {
		return
	}
	a.view.Media = s
	a.changed()
	switch s {
	case MediaConnected:
		a.legInput(legUp)
	case MediaLost:
		a.legInput(legDown)
	case MediaFailed:
		a.legInput(legFailed)
	}
	a.reconcile()
}
