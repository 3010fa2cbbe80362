package sip

import (
	"fmt"
	"net/netip"
	"slices"

	"tccc/gateway/mix"
	"tccc/gateway/rtp"
	"tccc/gateway/sdp"
)

// openMedia makes the leg if there is none yet. Its address is of the family of
// the peer's media, if that is known, else of its signalling.
func (c *Call) openMedia(peer netip.Addr) error {
	if c.media != nil {
		return nil
	}
	o := c.s.o.Media
	o.Peer, o.Latch, o.Inband = c.dlg.peer.Addr(), c.trunk.Latch, c.trunk.Inband
	if c.trunk.ext != "" {
		o.Latch = c.s.o.PhoneLatch
	}
	if peer.IsValid() && !peer.IsUnspecified() {
		o.Peer = peer
	}
	o.OnDigit = func(d byte) { c.tryPost(func() { c.digit(d) }) }
	o.OnTimeout = func() { c.tryPost(c.mediaSilent) }
	leg, err := c.s.o.RTP.NewLeg(o)
	if err != nil {
		return err
	}
	c.media = leg
	return nil
}

// want is the direction that our side wishes for.
func (c *Call) want() rtp.Direction {
	if c.localHold {
		return rtp.SendOnly
	}
	return rtp.SendRecv
}

// terms are what our side brings to a negotiation. A leg stays in the family
// that it has begun in.
func (c *Call) terms() sdp.Terms {
	t := c.s.terms(c.trunk, c.dlg.network)
	t.Direction = c.want()
	if c.media != nil {
		four := c.media.Local().Addr().Is4()
		t.Reaches = func(a netip.Addr) bool { return a.Is4() == four }
	}
	if room := c.s.o.RTP.RoomToTranscode(); !room && (c.media == nil || !c.media.Transcodes()) {
		return narrowed(t)
	}
	return t
}

// terms are those of a trunk's calls whose signalling goes over a network.
func (s *Server) terms(t *trunk, network string) sdp.Terms {
	o := sdp.Terms{
		Codecs: t.Codecs, Also: otherCodecs, Inband: t.Inband, Reaches: s.o.RTP.Reaches,
		Security: t.Security, Sealed: network == "TLS" || t.KeysInClear,
	}
	if t.ext != "" && len(s.o.PhoneCodecs) > 0 {
		o.Codecs = s.o.PhoneCodecs
	}
	return o
}

// otherCodecs are taken of a peer that offers none of those that its trunk names.
var otherCodecs = []mix.Codec{mix.G722, mix.Opus}

// fits reports why an offer cannot be answered. The error is rtp.ErrTranscoding if
// it only cannot be now.
func (s *Server) fits(d *sdp.Description, t sdp.Terms) error {
	_, _, err := d.Choose(t)
	if err != nil || s.o.RTP.RoomToTranscode() {
		return err
	}
	if _, _, err = d.Choose(narrowed(t)); err != nil {
		s.o.RTP.TurnAway()
		return rtp.ErrTranscoding
	}
	return nil
}

// narrowed are terms without what would have to be transcoded.
func narrowed(t sdp.Terms) sdp.Terms {
	other := func(c mix.Codec) bool { return slices.Contains(otherCodecs, c) }
	t.Codecs, t.Also = slices.DeleteFunc(slices.Clone(t.Codecs), other), nil
	return t
}

// agree sets the media to what was negotiated and reports a hold or its end.
func (c *Call) agree(n rtp.Session, held bool) error {
	n.Signalling = c.dlg.peer.Addr()
	c.local.Hears(&n)
	if err := c.media.Negotiate(n); err != nil {
		return err
	}
	c.agreed = &n
	c.leg.Store(c.media)
	if held != c.held {
		c.held = held
		kind := Resumed
		if held {
			kind = Held
		}
		c.notice(Event{Kind: kind})
	}
	return nil
}

// takeOffer negotiates an offer and gives the answer.
func (c *Call) takeOffer(body []byte) ([]byte, error) {
	d, err := sdp.Parse(body)
	if err != nil {
		return nil, err
	}
	i, n, err := d.Choose(c.terms())
	if err != nil {
		return nil, err
	}
	if err := c.openMedia(n.Remote.Addr()); err != nil {
		return nil, err
	}
	c.local.Key(&n)
	answer := c.local.Answer(d, i, c.media.Local(), n)
	if err := c.agree(n, d.Media[i].Held()); err != nil {
		return nil, err
	}
	return answer, nil
}

// takeAnswer takes the answer to an offer of ours.
func (c *Call) takeAnswer(body []byte) error {
	d, err := sdp.Parse(body)
	if err != nil {
		return err
	}
	i, n, err := d.Choose(c.terms())
	if err == nil {
		err = c.local.Accept(d, i, &n)
	}
	if err != nil {
		return err
	}
	return c.agree(n, d.Media[i].Held())
}

// makeOffer offers: everything at first, later what was agreed on.
func (c *Call) makeOffer() ([]byte, error) {
	if err := c.openMedia(netip.Addr{}); err != nil {
		return nil, err
	}
	if c.agreed != nil {
		return c.local.Reoffer(c.media.Local(), *c.agreed, c.want()), nil
	}
	t := c.terms()
	if len(t.Codecs) == 0 {
		c.s.o.RTP.TurnAway()
		return nil, fmt.Errorf("%w: %w", ErrBusy, rtp.ErrTranscoding)
	}
	return c.local.Offer(c.media.Local(), t), nil
}

// offerAnew offers all codecs to who asks for an offer within the call (RFC 3261
// section 14.2), the one in use first.
func (c *Call) offerAnew() ([]byte, error) {
	if c.agreed == nil {
		return c.makeOffer()
	}
	t := c.terms()
	list := []mix.Codec{c.agreed.Codec}
	for _, codec := range t.Codecs {
		if codec != c.agreed.Codec {
			list = append(list, codec)
		}
	}
	t.Codecs = list
	return c.local.Offer(c.media.Local(), t), nil
}
