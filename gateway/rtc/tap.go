package rtc

import (
	"time"

	"github.com/pion/rtp"
)

// Tap takes the packets of a camera or a screen as they come, whoever watches it.
// It reports whether a key frame is needed. It must not block, and what it is given
// is its own only until it returns.
type Tap func(p *rtp.Packet, h264 bool, at time.Time) (needsKey bool)

// Tap has what the browser sends taken as well; nil ends that. A browser is asked
// for a key frame at once.
func (p *Picture) Tap(t Tap) {
	switch {
	case p == nil:
	case t == nil:
		p.tap.Store(nil)
	case p.tap.Swap(&t) == nil:
		p.askKey()
	}
}

// tapped gives a packet to who takes it.
func (p *Picture) tapped(packet *rtp.Packet, at time.Time) (needsKey bool) {
	t := p.tap.Load()
	f := p.formats.Load().byType[packet.PayloadType]
	return t != nil && f != "" && (*t)(packet, f != vp8, at)
}
