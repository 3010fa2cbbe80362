package rtp

import (
	"errors"
	"fmt"
	"net/netip"
	"time"

	"tccc/gateway/mix"
)

// Session is the result of a negotiation.
type Session struct {
	Remote    netip.AddrPort // where the peer wants RTP
	RTCP      netip.AddrPort // where it wants RTCP; the zero value means the port above Remote
	Mux       bool           // RTCP shares the RTP port (RFC 5761)
	Codec     mix.Codec      // what is sent
	Payload   uint8          // its payload type towards the peer
	Event     uint8          // that of telephone-event (RFC 4733) towards the peer; 0: it takes none
	Clock     uint32         // of Event; 0: 8000
	Packet    time.Duration  // packet time that the peer asks for; 0: 20 ms
	Longest   time.Duration  // and the longest that it takes; 0: any
	Hears     []Format       // what the peer may send; none: Codec and Event on the same numbers
	Direction Direction
	Keys      *Keys // of SRTP and SRTCP (RFC 3711); nil: plain RTP

	// Signalling is where the peer's signalling comes from, for LatchSignalling.
	Signalling netip.Addr
}

// Format is a codec and its payload type: a number means something in one
// direction only (RFC 3264 sections 5.1 and 6.1).
type Format struct {
	Payload uint8
	Codec   mix.Codec
	Clock   uint32 // of an Event; 0: 8000
}

// staticNoise is the payload type of comfort noise in RFC 3551, which peers use
// without having offered it.
const staticNoise = 13

// session is a Session with what the packet path needs. It is never changed.
type session struct {
	Session
	codecs [128]mix.Codec // what is heard, by payload type; 0: nothing
	clocks [128]uint32    // of events, by payload type
	crypt  *crypt         // nil: plain
}

// Negotiate sets what the two sides have agreed on, at first and after each
// renegotiation. Media flows from now on.
func (l *Leg) Negotiate(n Session) error {
	s, err := n.compile()
	if err != nil {
		return err
	}
	var used *crypt
	if before := l.session.Load(); before != nil {
		used = before.crypt
	}
	if s.crypt, err = newCrypt(n.Keys, used); err != nil {
		return err
	}
	if err := l.place(s.Codec); err != nil {
		return err
	}
	before := l.session.Swap(s)
	if before == nil || before.moved(s) {
		l.in.latch.renew.Store(true)
		l.dst.Store(&s.Remote)
	}
	if before == nil || !before.Direction.Receives() {
		l.awaitMedia()
	}
	var also []mix.Codec
	if s.Event != 0 {
		also = append(also, mix.Event)
	}
	l.port.SetCodec(s.Codec, also...)
	l.port.SetPacket(s.Packet, s.Longest)
	return nil
}

// place takes one of the places of those whose sound is transcoded, or gives it
// back: what is not G.711 meets G.711 in the gateway as a rule.
func (l *Leg) place(c mix.Codec) error {
	l.placing.Lock()
	defer l.placing.Unlock()
	needs := c == mix.G722 || c == mix.Opus
	switch {
	case needs && !l.placed && !l.closing():
		if !l.ports.takeTranscoding() {
			return ErrTranscoding
		}
		l.placed = true
	case !needs && l.placed:
		l.ports.giveTranscoding()
		l.placed = false
	}
	return nil
}

// Transcodes reports whether the leg speaks, or may begin to speak, another codec
// than G.711.
func (l *Leg) Transcodes() bool {
	l.placing.Lock()
	defer l.placing.Unlock()
	return l.placed || l.ports.RoomToTranscode()
}

// compile checks a session and puts it into the form of the packet path.
func (n Session) compile() (*session, error) {
	if !n.Codec.Audible() {
		return nil, fmt.Errorf("a phone leg carries sound, not %v", n.Codec)
	}
	if n.Payload > 127 || n.Event > 127 || n.Event != 0 && n.Event == n.Payload {
		return nil, fmt.Errorf("the payload types %d and %d are not valid", n.Payload, n.Event)
	}
	if !n.Remote.IsValid() {
		return nil, errors.New("the peer's RTP address is missing")
	}
	n.Remote = unmap(n.Remote)
	if !n.RTCP.IsValid() {
		n.RTCP = netip.AddrPortFrom(n.Remote.Addr(), n.Remote.Port()+1)
	}
	n.RTCP = unmap(n.RTCP)
	n.Signalling = n.Signalling.Unmap()
	if n.Clock == 0 {
		n.Clock = 8000
	}
	s := &session{Session: n}
	hears := n.Hears
	if len(hears) == 0 {
		hears = []Format{{Payload: n.Payload, Codec: n.Codec}}
		if n.Event != 0 {
			hears = append(hears, Format{Payload: n.Event, Codec: mix.Event, Clock: n.Clock})
		}
	}
	s.codecs[staticNoise] = mix.Noise
	for _, f := range hears {
		if f.Payload > 127 {
			return nil, fmt.Errorf("the payload type %d is not valid", f.Payload)
		}
		s.codecs[f.Payload] = f.Codec
		if s.clocks[f.Payload] = f.Clock; f.Clock == 0 {
			s.clocks[f.Payload] = 8000
		}
	}
	return s, nil
}

// moved reports whether the peer has named another address. The null address,
// the old way to hold (RFC 3264 section 8.4), names none.
func (s *session) moved(to *session) bool {
	return s.Remote != to.Remote && !to.Remote.Addr().IsUnspecified() || s.Signalling != to.Signalling
}

// SetDirection changes the direction alone, for hold and its end.
func (l *Leg) SetDirection(d Direction) {
	for {
		before := l.session.Load()
		if before == nil || before.Direction == d {
			return
		}
		s := *before
		s.Direction = d
		if !before.Direction.Receives() && d.Receives() {
			l.awaitMedia()
		}
		if l.session.CompareAndSwap(before, &s) {
			return
		}
	}
}

// awaitMedia begins the wait for a peer that need not have spoken yet.
func (l *Leg) awaitMedia() {
	l.spoke.Store(false)
	l.ResetTimeout()
}

// ResetTimeout begins the wait for media anew, as when a call is answered: before
// that many peers send nothing.
func (l *Leg) ResetTimeout() { l.lastRx.Store(l.now()) }

// Spoke reports whether the peer's newest RTP was sound. A peer that has not
// spoken yet, or has said with comfort noise that it is quiet, owes none.
func (l *Leg) Spoke() bool { return l.spoke.Load() }

// Session is what was negotiated last; false if nothing was yet.
func (l *Leg) Session() (Session, bool) {
	if s := l.session.Load(); s != nil {
		return s.Session, true
	}
	return Session{}, false
}
