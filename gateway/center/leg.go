package center

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"tccc/gateway/mix"
	"tccc/gateway/rtc"
	"tccc/gateway/session"
	"tccc/wire"
)

// BrowserLeg is a browser's audio.
type BrowserLeg interface {
	mix.Leg
	Renegotiate(ctx context.Context, offer string) (answer string, err error)
	Stats() rtc.Stats
	Close() error
}

// LegMaker answers a browser's offer with a new leg.
type LegMaker func(ctx context.Context, offer string, onState func(rtc.State)) (BrowserLeg, string, error)

// leg is the agent's end of every conversation. It outlives conversations and,
// if the page comes back in time, the socket.
type leg struct {
	BrowserLeg
	tab         string // whose browser it is
	watched     bool   // its tab's socket is lost
	silent      bool   // and no sound has come since
	fingerprint string // of the browser's DTLS certificate: names its peer connection
}

// offerMedia makes the agent's leg, or renegotiates it when the offer comes
// from the same peer connection.
// An offer of another tab takes the audio over.
func offerMedia(a *agent, seat *Seat, params json.RawMessage, done func(any, error)) {
	var p wire.OfferParams
	if err := wire.DecodeParams(params, &p); err != nil {
		done(nil, err)
		return
	}
	if seat == nil {
		done(nil, wire.ErrForbidden.With("only a browser has an audio leg"))
		return
	}
	if p.SDP == "" {
		done(nil, wire.ErrInvalidOptions.For("sdp", "sdp is missing"))
		return
	}
	fp := fingerprint(p.SDP)
	old := a.leg
	if a.coming != nil && a.coming.fingerprint == fp {
		old = a.coming
	}
	if a.offers >= offersMost {
		done(nil, wire.ErrOverloaded.With("%d offers of the agent are being answered already", offersMost))
		return
	}
	a.offers++
	answered := func(answer string, err error) {
		a.offers--
		done(wire.AnswerResult{SDP: answer}, err)
	}
	c := a.c
	if old != nil && fp != "" && old.fingerprint == fp {
		b := old.BrowserLeg
		c.outside(a, func(ctx context.Context) func() {
			ctx, cancel := context.WithTimeout(ctx, legTimeout)
			defer cancel()
			answer, err := b.Renegotiate(ctx, p.SDP)
			return func() { answered(answer, err) }
		})
		return
	}
	fresh := &leg{fingerprint: fp, tab: seat.tab}
	onState := func(s rtc.State) { c.post(a, func() { a.legState(fresh, s) }) }
	c.outside(a, func(ctx context.Context) func() {
		ctx, cancel := context.WithTimeout(ctx, legTimeout)
		defer cancel()
		b, answer, err := c.Legs(ctx, p.SDP, onState)
		return func() {
			if err == nil {
				fresh.BrowserLeg = b
				a.welcome(fresh)
			}
			answered(answer, err)
		}
	})
}

// Bounds of an agent's offers: how long one may take, and how many may be
// answered at a time.
const (
	legTimeout = 10 * time.Second
	offersMost = 4
)

// fingerprint is the a=fingerprint of an SDP (RFC 8122).
func fingerprint(sdp string) string {
	_, rest, ok := strings.Cut(sdp, "a=fingerprint:")
	if !ok {
		return ""
	}
	line, _, _ := strings.Cut(rest, "\n")
	return strings.TrimSpace(line)
}

func (a *agent) closeMedia(*wire.Empty) (any, error) {
	a.dismiss()
	a.dropLeg()
	return wire.Empty{}, nil
}

// welcome takes a leg. In a conversation it waits until the leg is connected:
// and gives sound: till then the customer goes on hearing the old one, or music.
func (a *agent) welcome(l *leg) {
	if a.talking() == nil {
		a.takeLeg(l)
		return
	}
	a.dismiss()
	a.coming = l
}

// enter takes a connected leg once sound comes from it, and without any after
// as many looks, 20 ms apart: the microphone may be blocked.
func (a *agent) enter(l *leg, looks int) {
	switch {
	case a.coming != l:
	case looks == 0 || l.Stats().PacketsReceived > 0:
		a.coming = nil
		a.takeLeg(l)
	default:
		a.c.after(a, 20*time.Millisecond, func() { a.enter(l, looks-1) })
	}
}

// dismiss lets a leg go that is not connected yet.
func (a *agent) dismiss() {
	if l := a.coming; l != nil {
		a.coming = nil
		a.c.closeLeg(l)
	}
}

// takeLeg replaces the agent's leg; a conversation goes on through the new one.
func (a *agent) takeLeg(l *leg) {
	old := a.leg
	a.leg = l
	if old != nil {
		a.c.Engine.Detach(old)
		a.c.closeLeg(old)
	}
	a.rebind()
}

func (c *Center) closeLeg(l *leg) { c.closeSoon(l.BrowserLeg) }

// closeSoon closes a browser's connection outside.
func (c *Center) closeSoon(b BrowserLeg) {
	c.outside(nil, func(context.Context) func() {
		if err := b.Close(); err != nil && !errors.Is(err, context.Canceled) {
			c.Log.Debug("closing a leg failed", "err", err)
		}
		return nil
	})
}

// legState follows the connection of a leg.
func (a *agent) legState(l *leg, s rtc.State) {
	over := s == rtc.StateFailed || s == rtc.StateClosed
	switch {
	case l.BrowserLeg == nil:
	case a.coming == l && over:
		a.dismiss()
	case a.coming == l && s == rtc.StateConnected:
		a.enter(l, 25)
	case a.leg == l && over:
		a.dropLeg()
	}
}

// dropLeg lets the browser's audio go; who was talking hears music.
func (a *agent) dropLeg() {
	l := a.leg
	if l == nil {
		return
	}
	active := a.active
	if active != nil && (active.ServerType.Phone() || active.seat.up()) {
		active = nil // has another end
	}
	if active != nil {
		a.release(active)
	}
	a.c.Engine.Detach(l)
	a.leg = nil
	a.c.closeLeg(l)
	if active != nil && active.State() == session.Talking {
		a.c.hear(active)
	}
}

// bind lets the agent and the others in a session hear each other.
func (a *agent) bind(call *call) {
	a.quiet()
	a.active = call
	a.mutePhone()
	a.answerPhone(call)
	a.c.hear(call)
	if a.missing(call) && a.handset == nil {
		a.recall(call, false)
	}
}

// rebind puts a new leg into the conversation that goes on.
func (a *agent) rebind() {
	if a.leg == nil {
		return
	}
	if call := a.talking(); call != nil {
		if !call.ServerType.Phone() {
			a.bind(call)
		}
		return
	}
	for _, call := range a.calls() {
		if !call.ServerType.Phone() && call.State() == session.Dialing &&
			(call.line == nil && len(call.parts) > 0 || call.line != nil && call.line.ringing) {
			a.c.farRings(call)
		}
	}
}

// release takes the agent's leg out of a conversation.
func (a *agent) release(call *call) {
	if a.active != call {
		return
	}
	a.quiet()
	a.active = nil
	a.end(call).Release()
	a.mutePhone()
}

// quiet ends a tone that the agent hears.
func (a *agent) quiet() {
	if a.tone != nil {
		a.tone.Stop()
		a.tone = nil
	}
}

// Looks at the sound of a browser whose socket is lost.
const (
	lookEvery   = 60 * time.Millisecond
	silentLooks = 2 // in a row, and the customer hears music
)

// watchLeg looks whether sound still comes from a browser whose socket is lost.
// While none does, the customer hears music; the leg waits out the grace time,
// since the network may be what is away. If some does, only the socket is, and
// the conversation goes on.
func (a *agent) watchLeg() {
	a.watchTalks()
	l := a.leg
	if l == nil || a.active == nil || a.active.ServerType.Phone() || l.watched || a.seesTab(l.tab) {
		return
	}
	l.watched = true
	a.watch(l.BrowserLeg, func(sounds bool) bool {
		if a.leg != l {
			return false
		}
		if l.silent == sounds {
			a.silence(l, !sounds)
		}
		l.watched = l.silent || !a.seesTab(l.tab)
		return l.watched
	})
}

// watch tells again and again whether sound comes from a browser, until told no
// more is wanted.
func (a *agent) watch(b BrowserLeg, tell func(sounds bool) (more bool)) {
	last, looks := b.Stats().PacketsReceived, 0
	var look func()
	look = func() {
		looks++
		if n := b.Stats().PacketsReceived; n != last {
			last, looks = n, 0
		}
		if tell(looks < silentLooks) {
			a.c.after(a, lookEvery, look)
		}
	}
	a.c.after(a, lookEvery, look)
}

// silence takes the browser's leg out of its conversation, or puts it back.
func (a *agent) silence(l *leg, on bool) {
	if on {
		a.c.Engine.Detach(l)
	}
	l.silent = on
	if a.active != nil && !a.active.ServerType.Phone() && a.active.State() != session.Dialing {
		a.c.hear(a.active)
	}
}

// seesTab reports whether a tab's socket is there.
func (a *agent) seesTab(tab string) bool {
	return slices.ContainsFunc(a.seats, func(s *Seat) bool { return s.tab == tab })
}
