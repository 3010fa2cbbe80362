package sip

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"sync/atomic"
	"time"

	"github.com/emiago/sipgo/sip"

	"tccc/gateway/rtp"
	"tccc/gateway/sdp"
	"tccc/gateway/sip/digest"
)

// Call is one call. All methods are safe for concurrent use; those that change
// it wait for the call's goroutine, which does not block on the far side.
type Call struct {
	s       *Server
	trunk   *trunk
	inbound bool
	id      string
	tag     string // local
	from    string
	to      string
	display string
	// replaces is the Call-ID of the call whose place this one is to take.
	replaces string
	keys     *digest.Keyring
	invite   *sip.Request // the latest INVITE that made the call; not changed once it was sent

	inbox  chan func()
	done   chan struct{} // closed when the loop has ended
	events chan Event
	leg    atomic.Pointer[rtp.Leg] // once media is negotiated
	remote atomic.Pointer[string]  // the far side's tag; nil until there is one

	// Below: only the loop's.
	st        state
	over      bool // Ended was emitted
	dropped   int
	dlg       dialog
	media     *rtp.Leg // made; it becomes leg when it is negotiated
	local     sdp.Local
	agreed    *rtp.Session // what the media was negotiated to
	localHold bool
	held      bool // by the far side
	began     time.Time
	steps     []Step

	uac uacState
	uas uasState
	ind inDialog
	ref refer
	tmr sessionTimer
}

// inboxSize is enough for the messages that a network can deliver while the
// loop sends one.
const inboxSize = 64

func (s *Server) newCall(t *trunk, inbound bool) *Call {
	c := &Call{
		s: s, trunk: t, inbound: inbound, tag: token(16),
		inbox: make(chan func(), inboxSize), done: make(chan struct{}), events: make(chan Event, eventBuffer),
		began: time.Now(), keys: digest.NewKeyring(t.AuthUser, t.Password),
	}
	c.local = sdp.NewLocal(rand.Uint64() >> 2)
	return c
}

func (c *Call) key() callKey { return callKey{c.id, c.tag} }

func (c *Call) isRemoteTag(tag string) bool {
	r := c.remote.Load()
	return r == nil || *r == tag
}

// loop owns the call.
func (c *Call) loop() {
	defer close(c.done)
	defer c.s.left(c)
	for c.st != stEnded {
		select {
		case f := <-c.inbox:
			f()
		case <-c.s.ctx.Done():
			c.end(Event{Code: 487, Text: "shutting down"})
			return
		}
	}
}

// post hands f to the loop; it reports false if the call is over.
func (c *Call) post(f func()) bool {
	select {
	case c.inbox <- f:
		return true
	case <-c.done:
		return false
	}
}

// tryPost is post for callers that must not wait.
func (c *Call) tryPost(f func()) {
	select {
	case c.inbox <- f:
	default:
	}
}

// do runs f in the loop and gives its error.
func (c *Call) do(f func() error) error {
	result := make(chan error, 1)
	if !c.post(func() { result <- f() }) {
		return ErrEnded
	}
	select {
	case err := <-result:
		return err
	case <-c.done:
		select {
		case err := <-result:
			return err
		default:
			return ErrEnded
		}
	}
}

// after runs f in the loop after d, unless it is stopped or the call is over.
func (c *Call) after(d time.Duration, f func()) *time.Timer {
	return time.AfterFunc(d, func() { c.post(f) })
}

func stop(t *time.Timer) {
	if t != nil {
		t.Stop()
	}
}

// step moves the state machine; false means that the input has no place.
func (c *Call) step(in input) bool {
	next, ok := c.st.next(in)
	if ok {
		c.st = next
		c.noted(next)
	}
	return ok
}

// end reports the end of the call and lets go of its media. What remains is
// protocol.
func (c *Call) end(e Event) {
	if c.over {
		return
	}
	c.over = true
	e.Kind = Ended
	if e.Text == "" {
		e.Text = statusText(e.Code)
	}
	if c.st != stCancelling { // else it bounds the wait for what ends the INVITE
		stop(c.uac.timer)
	}
	stop(c.uas.timer)
	stop(c.uas.alive)
	c.tmr.stop()
	c.ind.fail(ErrEnded)
	c.ref.over(c)
	if c.media != nil {
		c.media.Close()
	}
	c.s.ended(c)
	c.emit(e)
	close(c.events)
	c.history(e)
	c.s.log.Info("SIP call ended", "call", c.id, "trunk", c.trunk.Name, "inbound", c.inbound, "from",
		c.s.o.LogNumber(c.from), "to", c.s.o.LogNumber(c.to),
		"code", e.Code, "text", e.Text, "byRemote", e.ByRemote, "lasted", time.Since(c.began).Round(time.Millisecond))
	if c.dropped > 0 {
		c.s.log.Warn("SIP call events were not read in time", "call", c.id, "dropped", c.dropped)
	}
}

// ID is the Call-ID.
func (c *Call) ID() string { return c.id }

// Inbound reports whether the far side called.
func (c *Call) Inbound() bool { return c.inbound }

// Trunk is the name of the trunk.
func (c *Call) Trunk() string { return c.trunk.Name }

// From is the caller's number or user name; empty if it was withheld.
func (c *Call) From() string { return c.from }

// DisplayName is the caller's name as the far side gives it. It is text of
// somebody unknown.
func (c *Call) DisplayName() string { return c.display }

// To is the number or user name that was called.
func (c *Call) To() string { return c.to }

// Header is the first value of a header of the INVITE, such as User-to-User.
// It is empty if there is none.
func (c *Call) Header(name string) string {
	if hs := c.invite.GetHeaders(name); len(hs) > 0 {
		return hs[0].Value()
	}
	return ""
}

// Replaces is the Call-ID of another call of the same trunk whose place this one,
// which has come in, is to take (RFC 3891); empty for all others.
func (c *Call) Replaces() string { return c.replaces }

// Leg is the call's media: nil before there is any; outbound it is there with
// EarlyMedia or Answered, inbound when EarlyMedia or Answer has returned.
func (c *Call) Leg() *rtp.Leg { return c.leg.Load() }

// Events are what happens to the call, in order; the channel is closed after
// Ended. It holds 64 events; a consumer that lets it run full loses events, but
// never Ended.
func (c *Call) Events() <-chan Event { return c.events }

// SendDigits sends DTMF and returns when the last digit is over; see
// rtp.Leg.SendDigits. Calls wait for each other.
func (c *Call) SendDigits(ctx context.Context, digits string) error {
	leg := c.leg.Load()
	if leg == nil {
		return fmt.Errorf("failed to send digits: %w", ErrState)
	}
	if err := leg.SendDigits(ctx, digits); err != nil {
		return fmt.Errorf("failed to send digits: %w", err)
	}
	return nil
}

// Hangup ends the call in the way that fits its state: CANCEL or BYE; an
// inbound call that was not answered gets 480. It is idempotent: a call that
// has ended is no error.
func (c *Call) Hangup() error {
	err := c.do(func() error { c.hangup(Event{Code: 200, Text: "hung up"}); return nil })
	if err == ErrEnded {
		return nil
	}
	return err
}

// hangup ends the call from our side, and reports e.
func (c *Call) hangup(e Event) {
	if c.ref.part(c) {
		c.end(e)
		return
	}
	before := c.st
	if !c.step(inHangup) {
		c.end(e)
		return
	}
	switch before {
	case stCalling: // CANCEL must wait for a provisional response (9.1)
		c.uac.giveUp(c)
	case stProceeding:
		c.uac.cancel(c)
	case stReceived, stEarly:
		c.uas.final(c, 480, "", nil)
	case stAccepted: // BYE must wait for the ACK (15)
	case stConfirmed, stParting:
		c.sendBye(e)
	}
	c.end(e)
}

// answered reports that the call is up.
func (c *Call) answered() {
	if c.media != nil {
		c.media.ResetTimeout()
	}
	c.notice(Event{Kind: Answered})
}

func (c *Call) digit(d byte) { c.notice(Event{Kind: Digit, Digit: d}) }

// notice emits an event of a call that is still there.
func (c *Call) notice(e Event) {
	if !c.over {
		c.emit(e)
	}
}

// hasSDP reports whether a message carries a session description.
func hasSDP(m sip.Message) bool { return len(m.Body()) > 0 && bodyType(m) == "application/sdp" }

// sourceOf is where a message came from.
func sourceOf(m sip.Message) netip.AddrPort {
	a, _ := netip.ParseAddrPort(m.Source())
	return unmapPort(a)
}
