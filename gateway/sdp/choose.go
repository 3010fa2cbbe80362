package sdp

import (
	"net/netip"
	"slices"

	"tccc/gateway/mix"
	"tccc/gateway/rtp"
)

// Terms are what our side brings to a negotiation.
type Terms struct {
	Codecs    []mix.Codec // in the order of preference
	Also      []mix.Codec // are not offered, but taken from a peer that has none of Codecs
	Direction rtp.Direction
	Inband    bool                  // digits go as tones: no telephone-event
	Reaches   func(netip.Addr) bool // whether a peer can be sent media; nil: every one
	Security  Security
	// Sealed says that nobody on the way reads the description: only then keys
	// are given and taken.
	Sealed bool
}

// keys reports whether our side may give and take keys.
func (t *Terms) keys() bool { return t.Sealed && t.Security != Plain }

// Choose finds the first audio section that can be used, an encrypted one before
// a plain one, and what it comes to. The peer's order of codecs and of keys
// decides when it offered; when it answered, its first is meant anyway. The local
// key of an encrypted session is not in it yet. The error is ErrNoAudio, or
// ErrNotSecure where only what is not encrypted is there.
func (d *Description) Choose(t Terms) (section int, s rtp.Session, err error) {
	if t.keys() {
		if i, s, ok := d.first(t, func(m *Media) bool { return len(m.crypto) > 0 }); ok {
			s.Keys = &rtp.Keys{Suite: d.Media[i].crypto[0].suite, Remote: d.Media[i].crypto[0].key,
				MKI: d.Media[i].crypto[0].mki}
			return i, s, nil
		}
	}
	i, s, ok := d.first(t, func(m *Media) bool { return plain(m.Proto) })
	switch {
	case !ok:
		return -1, rtp.Session{}, ErrNoAudio
	case t.Security == Require:
		return -1, rtp.Session{}, ErrNotSecure
	}
	return i, s, nil
}

// first finds the first section that can be used and of which ok is true.
func (d *Description) first(t Terms, ok func(*Media) bool) (int, rtp.Session, bool) {
	for i := range d.Media {
		m := &d.Media[i]
		if !m.usable(t) || !ok(m) {
			continue
		}
		if s, ok := m.session(t); ok {
			return i, s, true
		}
	}
	return -1, rtp.Session{}, false
}

// usable reports whether a section is RTP that can be reached. The null address
// of an old hold is of no family.
func (m *Media) usable(t Terms) bool {
	if m.Kind != "audio" || !plain(m.Proto) && !secure(m.Proto) || m.Port == 0 || !m.Addr.IsValid() {
		return false
	}
	return m.Addr.IsUnspecified() || t.Reaches == nil || t.Reaches(m.Addr)
}

func (m *Media) session(t Terms) (rtp.Session, bool) {
	s := rtp.Session{
		Remote: netip.AddrPortFrom(m.Addr, m.Port), RTCP: m.RTCP, Mux: m.Mux,
		Direction: answerDirection(m.Dir, t.Direction), Packet: m.Packet, Longest: m.Longest,
	}
	if m.RTCP.Port() != 0 && !m.RTCP.Addr().IsValid() {
		s.RTCP = netip.AddrPortFrom(m.Addr, m.RTCP.Port())
	}
	if m.Addr.IsUnspecified() { // RFC 3264 section 8.4: the old way to hold
		s.Direction = direction(false, s.Direction.Receives())
	}
	takes := t.Codecs
	if !m.has(takes) {
		takes = t.Also
	}
	for _, f := range m.Known {
		switch {
		case f.Codec == mix.Event:
			if t.Inband {
				continue
			}
		case f.Codec == mix.Noise:
		case !slices.Contains(takes, f.Codec):
			continue
		case s.Codec == 0:
			s.Codec, s.Payload = f.Codec, f.Payload
		}
		s.Hears = append(s.Hears, f)
	}
	chooseEvent(&s)
	return s, s.Codec != 0
}

// has reports whether a section lists one of the codecs.
func (m *Media) has(codecs []mix.Codec) bool {
	return slices.ContainsFunc(m.Known, func(f rtp.Format) bool { return slices.Contains(codecs, f.Codec) })
}

// chooseEvent takes the telephone-event with the clock of the sound (RFC 4733
// section 2.1), or else the first.
func chooseEvent(s *rtp.Session) {
	for _, f := range s.Hears {
		same := (f.Clock == 0) == (s.Codec.Clock() == 8000)
		if f.Codec == mix.Event && (s.Event == 0 || same && (s.Clock == 0) != (s.Codec.Clock() == 8000)) {
			s.Event, s.Clock = f.Payload, f.Clock
		}
	}
}

// Held reports whether the writer asks to be silent towards the gateway, or
// gives the null address of RFC 2543.
func (m *Media) Held() bool {
	return m.Dir == rtp.SendOnly || m.Dir == rtp.Inactive || m.Addr.IsUnspecified()
}

// answerDirection is what the gateway may do, given what the peer offers and
// what the gateway wants (RFC 3264 section 6.1).
func answerDirection(offered, want rtp.Direction) rtp.Direction {
	can := offered.Reverse()
	return direction(can.Sends() && want.Sends(), can.Receives() && want.Receives())
}

func direction(sends, receives bool) rtp.Direction {
	switch {
	case sends && receives:
		return rtp.SendRecv
	case sends:
		return rtp.SendOnly
	case receives:
		return rtp.RecvOnly
	}
	return rtp.Inactive
}
