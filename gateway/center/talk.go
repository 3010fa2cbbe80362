package center

import (
	"strings"
	"time"

	"tccc/gateway/session"
	"tccc/internal/clip"
	"tccc/wire"
)

// accept takes a ringing session. The answer comes when the customer's call
// is answered and both hear each other.
func (a *agent) accept(p *wire.SessionParams, done func(any, error)) {
	call, err := a.call(p.SessionID)
	switch {
	case err != nil:
	case call.State() != session.Ringing || call.accepting:
		err = wire.ErrSessionState.With("the session is %s", call.State())
	}
	if err != nil {
		done(nil, err)
		return
	}
	a.end(call).Accept(done)
}

// take answers the customer of a session that rings at the agent, and lets
// both hear each other.
func (a *agent) take(call *call, done func(any, error)) {
	if call.of != nil {
		done(wire.Empty{}, a.accepted(call, nil))
		return
	}
	call.accepting = true
	began := time.Now()
	a.c.answerLine(call, func(err error) {
		if err = a.accepted(call, err); err == nil {
			a.c.counts.step("accept", began)
		}
		done(wire.Empty{}, err)
	})
}

func (a *agent) accepted(call *call, err error) error {
	call.accepting = false
	if err != nil || call.agent != a || call.State() != session.Ringing {
		return wire.ErrSessionNotFound.For("sessionId", "the caller has hung up")
	}
	if other := a.talking(); other != nil {
		a.park(other)
	}
	stopTimer(&call.ringTimer)
	stopTimer(&call.queueTimer)
	if err := call.Accept(time.Now()); err != nil {
		return err
	}
	switch call.role {
	case taker:
		a.c.takerAccepts(call)
		call = call.of
	case callee:
		a.c.calleeAnswers(call)
	}
	a.bind(call)
	call.show(wire.EventUserAccessed, call.ref())
	a.c.saveSession(call)
	return nil
}

// hangup declines a session that rings and ends any other.
func (a *agent) hangup(p *wire.SessionParams) (any, error) {
	call, err := a.call(p.SessionID)
	if err != nil {
		return nil, err
	}
	switch {
	case call.State() == session.Ringing:
		a.decline(call)
	case call.heir() != nil:
		a.c.bequeath(call)
	case len(call.others) > 0:
		a.c.withdraw(call)
	case call.handing != nil: // the customer stays with whoever it is offered to
		now := time.Now()
		v := call.View()
		a.c.leave(call)
		a.c.dismiss(a, call, v, now)
	default:
		a.c.end(call, wire.CloseSeat, "", "")
	}
	return wire.Empty{}, nil
}

// decline passes a ringing session on; when nobody else is on line who could
// ever take it, the caller is told at once.
func (a *agent) decline(call *call) {
	if !call.direct && a.c.anyoneElse(call, a) {
		a.c.moveOn(call, session.RingDeclined)
		return
	}
	a.c.end(call, wire.CloseSeat, "", "")
}

// refuseRinging passes on whatever rings at an agent that leaves.
func (a *agent) refuseRinging() {
	for _, call := range a.calls() {
		if call.State() == session.Ringing && !call.accepting {
			a.c.moveOn(call, session.RingDeclined)
		}
	}
}

// deleteCall takes an ended session off the agent's list.
func (a *agent) deleteCall(p *wire.SessionParams) (any, error) {
	if call := a.own(p.SessionID); call != nil {
		return nil, wire.ErrSessionState.For("sessionId", "the session is %s; only ended sessions can be removed",
			call.State())
	}
	for _, v := range a.list {
		if v.SessionID == p.SessionID {
			v.State = wire.StateGone
			a.emit(wire.EventSessionCompleted, wire.SessionRef{SessionID: v.SessionID}, &v)
			return wire.Empty{}, nil
		}
	}
	return nil, wire.ErrSessionNotFound.For("sessionId", "%q", clip.Shown(p.SessionID, 40))
}

// live finds a session of the agent that is in conversation.
func (a *agent) live(id string) (*call, error) {
	call, err := a.call(id)
	if err == nil && !call.Live() {
		err = wire.ErrSessionState.With("the session is %s", call.State())
	}
	return call, err
}

func (a *agent) mute(p *wire.SessionParams, muted bool) (any, error) {
	call, err := a.live(p.SessionID)
	if err != nil {
		return nil, err
	}
	if call.Muted != muted {
		call.Muted = muted
		a.mutePhone()
		a.changed(call)
	}
	return wire.Empty{}, nil
}

// changed shows a change that has no event of its own in the contract.
func (a *agent) changed(call *call) {
	v := call.View()
	a.emit(wire.EventSessionUpdated, v, &v)
	a.c.saveSession(call)
}

func (a *agent) hold(p *wire.SessionParams) (any, error) {
	call, err := a.live(p.SessionID)
	if err != nil {
		return nil, err
	}
	if call.State() == session.Held {
		return wire.Empty{}, nil
	}
	a.park(call)
	return wire.Empty{}, nil
}

// park holds a conversation: the customer hears music.
func (a *agent) park(call *call) {
	if call.Hold(time.Now()) != nil {
		return
	}
	a.release(call)
	a.c.hear(call)
	a.changed(call)
}

func (a *agent) unhold(p *wire.SessionParams) (any, error) {
	call, err := a.live(p.SessionID)
	if err != nil {
		return nil, err
	}
	if call.State() == session.Talking {
		return wire.Empty{}, nil
	}
	a.c.cancelTransfer(call)
	if other := a.talking(); other != nil {
		a.park(other)
	}
	call.TransferFailed = ""
	if err := call.Unhold(time.Now()); err != nil {
		return nil, err
	}
	if a.missing(call) {
		a.recall(call, true)
	}
	a.bind(call)
	a.changed(call)
	return wire.Empty{}, nil
}

const (
	digitsAllowed = "0123456789*#ABCDabcdp,"
	digitsLongest = 64
	digitsWaiting = 16 // commands of a call
)

// sendDigits is answered when the last digit has been sent.
func (a *agent) sendDigits(p *wire.DigitsParams, done func(any, error)) {
	call, err := a.live(p.SessionID)
	switch {
	case err != nil:
	case call.line == nil:
		err = wire.ErrSessionState.For("sessionId", "nobody takes digits there")
	case p.DTMFText == "" || len(p.DTMFText) > digitsLongest || strings.Trim(p.DTMFText, digitsAllowed) != "":
		err = wire.ErrDigitsInvalid.For("dtmfText", "%q", clip.Shown(p.DTMFText, 40))
	}
	if err != nil {
		done(nil, err)
		return
	}
	if len(call.line.digits) >= digitsWaiting {
		done(nil, wire.ErrOverloaded.With("%d commands wait for their digits to be sent", digitsWaiting))
		return
	}
	digits := strings.NewReplacer(",", "p").Replace(p.DTMFText)
	a.c.sendDigits(call.line, digits, func(err error) {
		if err != nil && call.State() == session.Ended {
			err = wire.ErrSessionNotFound.With("the call ended while the digits were sent")
		}
		done(wire.Empty{}, err)
	})
}
