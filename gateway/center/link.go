package center

import (
	"context"
	"time"

	"tccc/gateway/mix"
	"tccc/gateway/rtc"
	"tccc/wire"
)

// SessionLeg is a browser's side of an audio or video session.
type SessionLeg interface {
	BrowserLeg
	Picture() *rtc.Picture        // nil without video
	Screen() (*rtc.Picture, bool) // false without room for one
}

// SessionLegOptions say what a SessionLegMaker shall make.
type SessionLegOptions struct {
	Video   bool
	Beside  *rtc.Picture // whose codecs come first
	OnState func(rtc.State)
}

// SessionLegMaker answers a browser's offer with a new leg.
type SessionLegMaker func(ctx context.Context, offer string, o SessionLegOptions) (SessionLeg, string, error)

// Bounds of connections of one side of a session.
const (
	linkTimeout = 10 * time.Second // offer to connection
	linksMade   = 2                // at the same time
)

// link is one side of an audio or video session: the customer's, or that of
// the agent who has it. A connection that takes over, after a reload or another
// tab, does so once it stands; each offer makes a new one.
type link struct {
	now, coming *party
	screen      bool // the page shows one
	making      int
	closed      bool
	changed     func() // called by the loop when now is another one, or stands or falls
}

// party is one connection.
type party struct {
	SessionLeg
	tab     string // of the agent
	screen  bool   // it shows one
	up      bool
	watched bool // its tab's socket is lost
}

// connect answers an offer.
func (c *Center) connect(k *link, tab string, p wire.SessionOfferParams, o SessionLegOptions, done func(any, error)) {
	switch {
	case p.SDP == "":
		done(nil, wire.ErrInvalidOptions.For("sdp", "sdp is missing"))
		return
	case k.making >= linksMade:
		done(nil, wire.ErrOverloaded.With("%d connections are being made already", linksMade))
		return
	}
	k.making++
	fresh := &party{tab: tab, screen: p.Screen}
	o.OnState = func(s rtc.State) { c.post(nil, func() { c.linkState(k, fresh, s) }) }
	c.outside(nil, func(ctx context.Context) func() {
		ctx, cancel := context.WithTimeout(ctx, linkTimeout)
		defer cancel()
		l, answer, err := c.SessionLegs(ctx, p.SDP, o)
		return func() {
			k.making--
			if err == nil {
				fresh.SessionLeg = l
				err = c.arrive(k, fresh)
			}
			done(wire.AnswerResult{SDP: answer}, err)
		}
	})
}

// arrive takes a connection, which does not stand yet.
func (c *Center) arrive(k *link, fresh *party) error {
	switch {
	case k.closed:
		c.dropParty(fresh)
		return wire.ErrSessionNotFound.For("sessionId", "the session has ended")
	case k.now == nil || !k.now.up:
		c.dropParty(k.now)
		k.now, k.screen = fresh, fresh.screen
		k.changed()
	default:
		c.dropParty(k.coming)
		k.coming = fresh
	}
	return nil
}

// linkState follows a connection.
func (c *Center) linkState(k *link, p *party, s rtc.State) {
	over := s == rtc.StateFailed || s == rtc.StateClosed
	switch {
	case p.SessionLeg == nil || k.closed:
	case k.coming == p && over:
		k.coming = nil
		c.dropParty(p)
	case k.now == p && over:
		k.now = nil
		c.dropParty(p)
		k.changed()
	case s == rtc.StateConnected && k.coming == p:
		c.dropParty(k.now)
		k.now, k.coming, p.up, k.screen = p, nil, true, p.screen
		k.changed()
	case s == rtc.StateConnected && k.now == p && !p.up:
		p.up = true
		k.changed()
	}
}

// dropParty closes a connection; nil is none.
func (c *Center) dropParty(p *party) {
	if p == nil || p.SessionLeg == nil {
		return
	}
	c.Engine.Detach(p)
	c.closeSoon(p.SessionLeg)
}

// closeLink ends a side.
func (c *Center) closeLink(k *link) {
	if k == nil || k.closed {
		return
	}
	k.closed = true
	c.dropParty(k.now)
	c.dropParty(k.coming)
	k.now, k.coming = nil, nil
}

// up reports whether the side can be heard.
func (k *link) up() bool { return k != nil && k.now != nil && k.now.up }

// leg is the side's sound; nil if there is none.
func (k *link) leg() mix.Leg {
	if k == nil || k.now == nil {
		return nil
	}
	return k.now
}

func (k *link) picture() *rtc.Picture {
	if k == nil || k.now == nil {
		return nil
	}
	return k.now.Picture()
}
