package demo

import (
	"context"
	"sync"
	"time"

	"tccc/gateway/mix"
	"tccc/gateway/sip"
	"tccc/wire"
)

// State is where a call stands, as the phone sees it.
type State string

// States of a call.
const (
	StateDialing State = "dialing" // the phone calls
	StateRinging State = "ringing"
	StateTalking State = "talking"
	StateHeld    State = "held" // by the gateway
	StateEnded   State = "ended"
)

// Info is what is told of a call. Times are Unix milliseconds, 0 if unset.
type Info struct {
	CallID    string         `json:"callId"` // SIP Call-ID
	SessionID string         `json:"sessionId"`
	Direction wire.Direction `json:"direction"` // seen from the contact centre: "in" if the phone calls
	From      string         `json:"from"`
	To        string         `json:"to"`
	State     State          `json:"state"`

	Energy    float64 `json:"energy"`    // RMS of what was heard in the last second, 0 to 1
	Frequency float64 `json:"frequency"` // the strongest of the last second, Hz; 0 in silence
	Level     float64 `json:"level"`     // RMS of the last moment
	Digits    string  `json:"digits"`    // received

	Voice      Voice  `json:"voice"`
	Choice     bool   `json:"choice,omitempty"` // waits to be answered or declined by somebody
	StartedAt  int64  `json:"startedAt"`
	AnsweredAt int64  `json:"answeredAt,omitempty"`
	EndedAt    int64  `json:"endedAt,omitempty"`
	Code       int    `json:"code,omitempty"`   // SIP status of the end
	Reason     string `json:"reason,omitempty"` // its text
	ByPhone    bool   `json:"byPhone,omitempty"`
}

// dialDelay is how long the phone listens to a menu before it presses keys.
const dialDelay = 300 * time.Millisecond

// maxDigits bounds the digits that are kept of a call.
const maxDigits = 256

// call is one line of the phone. Its goroutine, run, owns it; what others may
// read is in pub.
type call struct {
	phone *Phone
	sip   *sip.Call
	id    string
	dial  string // digits to press when it is answered
	act   behaviour
	ear   ear
	ctx   context.Context // ends with the call
	stop  context.CancelFunc
	inbox chan func()
	done  chan struct{} // closed when run has returned

	mu  sync.Mutex
	pub Info

	// Only run's.
	ring *time.Timer // the next thing that the phone does by itself
	keys chan string
}

func newCall(p *Phone, sc *sip.Call, d wire.Direction, s State) *call {
	c := &call{
		phone: p, sip: sc, id: sc.ID(), act: behaviour{voice: Tone},
		inbox: make(chan func()), done: make(chan struct{}), keys: make(chan string, 16),
	}
	c.ctx, c.stop = context.WithCancel(p.ctx)
	if d == wire.Outbound {
		c.act = behaviourOf(sc.To())
	}
	c.pub = Info{
		CallID: c.id, SessionID: sc.Header(sessionHeader), Direction: d, From: sc.From(), To: sc.To(), State: s,
		Voice: c.act.voice, StartedAt: time.Now().UnixMilli(),
	}
	if c.pub.Voice == "" {
		c.pub.Voice = Silence
	}
	return c
}

// run is the life of the call.
func (c *call) run() {
	defer close(c.done)
	defer c.stop()
	c.ring = time.NewTimer(time.Hour)
	defer c.ring.Stop()
	c.ring.Stop()
	opened := c.phone.pages.watch()
	if c.sip.Inbound() {
		c.begin()
	}
	for {
		select {
		case e, ok := <-c.sip.Events():
			if !ok {
				return
			}
			c.event(e)
		case f := <-c.inbox:
			f()
		case <-c.ring.C:
			c.due()
		case <-opened:
			opened = c.phone.pages.watch()
			c.awaitPage()
		}
	}
}

// begin is what the phone does first when it is called.
func (c *call) begin() {
	if c.act.reject != 0 {
		_ = c.sip.Reject(c.act.reject, "")
		return
	}
	if err := c.sip.Ring(); err != nil {
		return // it has ended, and Ended says so
	}
	switch {
	case c.act.never:
	case c.act.page:
		c.awaitPage()
	default:
		c.ring.Reset(c.act.answer)
	}
}

// awaitPage lets the call ring while a phone page is open; without one the
// phone answers by itself after a moment, so that a reloaded page finds the
// call still ringing.
func (c *call) awaitPage() {
	if !c.act.page || c.state() != StateRinging {
		return
	}
	open := c.phone.pages.open() > 0
	if open {
		c.ring.Stop()
	} else {
		c.ring.Reset(c.act.answer)
	}
	c.change(func(i *Info) { i.Choice = open })
}

// due is what the phone does by itself, after its time.
func (c *call) due() {
	if c.state() == StateRinging {
		_ = c.answer()
		return
	}
	_ = c.hangup()
}

func (c *call) event(e sip.Event) {
	switch e.Kind {
	case sip.Ringing, sip.EarlyMedia:
		c.listen()
		if c.state() == StateDialing {
			c.change(func(i *Info) { i.State = StateRinging })
		}
	case sip.Answered:
		if !c.sip.Inbound() {
			c.connected()
		}
	case sip.Digit:
		c.change(func(i *Info) {
			if len(i.Digits) < maxDigits {
				i.Digits += string(rune(e.Digit))
			}
		})
	case sip.Held:
		c.change(func(i *Info) { i.State = StateHeld })
	case sip.Resumed:
		c.change(func(i *Info) { i.State = StateTalking })
	case sip.MediaLost:
		_ = c.hangup()
	case sip.Ended:
		c.change(func(i *Info) {
			i.State, i.EndedAt, i.Code, i.Reason, i.ByPhone =
				StateEnded, time.Now().UnixMilli(), e.Code, e.Text, !e.ByRemote
			i.Choice = false
		})
	}
}

// listen takes up what the leg brings, as soon as there is one.
func (c *call) listen() {
	if leg := c.sip.Leg(); leg != nil {
		leg.Receive(mix.Narrow(&c.ear))
	}
}

// connected is the moment from which both sides can talk.
func (c *call) connected() {
	c.listen()
	c.change(func(i *Info) { i.State, i.AnsweredAt, i.Choice = StateTalking, time.Now().UnixMilli(), false })
	_ = c.speak(c.info().Voice)
	c.phone.wg.Go(c.typist)
	if c.act.hangup > 0 {
		c.ring.Reset(c.act.hangup)
	}
}

// typist presses keys, one series after the other; it ends with the call.
func (c *call) typist() {
	if c.dial != "" {
		select {
		case <-time.After(dialDelay):
			c.send(c.dial)
		case <-c.ctx.Done():
		}
	}
	for {
		select {
		case digits := <-c.keys:
			c.send(digits)
		case <-c.ctx.Done():
			return
		}
	}
}

func (c *call) send(digits string) {
	if err := c.sip.SendDigits(c.ctx, digits); err != nil && c.ctx.Err() == nil {
		c.phone.log.Warn("the demo phone could not press keys", "call", c.id, "err", err)
	}
}

// do runs f in the call's goroutine and gives its error.
func (c *call) do(f func(*call) error) error {
	result := make(chan error, 1)
	select {
	case c.inbox <- func() { result <- f(c) }:
		return <-result
	case <-c.done:
		return f(c)
	}
}

// The methods below are for do, and for run itself. They also work on a call
// that has ended.

func (c *call) answer() error {
	if c.state() != StateRinging || !c.sip.Inbound() {
		return c.wrongState("only a call that rings can be answered")
	}
	if err := c.sip.Answer(); err != nil {
		return c.wrongState("the caller has given up")
	}
	c.ring.Stop()
	c.connected()
	return nil
}

func (c *call) decline() error {
	if c.state() != StateRinging || !c.sip.Inbound() {
		return c.wrongState("only a call that rings can be declined")
	}
	if err := c.sip.Reject(603, ""); err != nil {
		return c.wrongState("the caller has given up")
	}
	return nil
}

func (c *call) hangup() error {
	if err := c.sip.Hangup(); err != nil {
		return c.wrongState("it cannot be ended")
	}
	return nil
}

func (c *call) press(digits string) error {
	if s := c.state(); s != StateTalking && s != StateHeld {
		return c.wrongState("keys can be pressed during a call")
	}
	select {
	case c.keys <- digits:
		return nil
	default:
		return wire.ErrOverloaded.With("the keys that were pressed before are still being sent")
	}
}

// speak changes what the phone says.
func (c *call) speak(v Voice) error {
	if c.state() == StateEnded {
		return c.wrongState("it has ended")
	}
	c.change(func(i *Info) { i.Voice = v })
	leg := c.sip.Leg()
	if leg == nil || c.state() == StateRinging || c.state() == StateDialing {
		return nil // when it is answered
	}
	c.ear.echo.Store(nil)
	switch v {
	case Tone:
		c.phone.o.Engine.Play(leg, c.phone.tone, mix.PlayOptions{Loop: true})
	case Echo:
		c.ear.echo.Store(leg.Port().NewFeed())
	case Silence:
		c.phone.o.Engine.Silence(leg)
	}
	return nil
}

func (c *call) wrongState(why string) error { return wire.ErrSessionState.For("callId", "%s", why) }

func (c *call) state() State {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.pub.State
}

func (c *call) ended() bool { return c.state() == StateEnded }

func (c *call) change(f func(*Info)) {
	c.mu.Lock()
	f(&c.pub)
	c.mu.Unlock()
	c.phone.pages.changed()
}

// info is what is known now, with what is heard now.
func (c *call) info() Info {
	c.mu.Lock()
	i := c.pub
	c.mu.Unlock()
	if i.SessionID == "" && c.phone.o.SessionID != nil {
		i.SessionID = c.phone.o.SessionID(c.id)
		c.mu.Lock()
		c.pub.SessionID = i.SessionID
		c.mu.Unlock()
	}
	if i.State != StateEnded {
		i.Energy, i.Frequency, i.Level = c.ear.measure()
	}
	return i
}
