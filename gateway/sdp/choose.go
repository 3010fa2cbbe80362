package sdp

import (
	"net/netip"
	"slices"
	"strings"

	"tccc/gateway/mix"
	"tccc/gateway/rtp"
)

// Terms are what our side brings to a negotiation.
type Terms struct {
	Codecs    []mix.Codec // in the order of preference
	Direction rtp.Direction
	Inband    bool                  // digits go as tones: no telephone-event
	Reaches   func(netip.Addr) bool // whether a peer can be sent media; nil: every one
}

// Choose finds the first audio section that can be used, and what it comes to.
// The peer's order of codecs decides when it offered; when it answered, its first
// is meant anyway. The error is ErrNoAudio.
func (d *Description) Choose(t Terms) (section int, s rtp.Session, err error) {
	for i := range d.Media {
		m := &d.Media[i]
		if !m.usable(t) {
			continue
		}
		if s, ok := m.session(t); ok {
			return i, s, nil
		}
	}
	return -1, rtp.Session{}, ErrNoAudio
}

// usable reports whether a section is plain RTP that can be reached. The null
// address of an old hold is of no family.
func (m *Media) usable(t Terms) bool {
	plain := strings.EqualFold(m.Proto, "RTP/AVP") || strings.EqualFold(m.Proto, "RTP/AVPF")
	if m.Kind != "audio" || !plain || m.Port == 0 || !m.Addr.IsValid() {
		return false
	}
	return m.Addr.IsUnspecified() || t.Reaches == nil || t.Reaches(m.Addr)
}

func (m *Media) session(t Terms) (rtp.Session, bool) {
	s := rtp.Session{
		Remote: netip.AddrPortFrom(m.Addr, m.Port), RTCP: m.RTCP, Mux: m.Mux,
		Direction: answerDirection(m.Dir, t.Direction),
	}
	if m.RTCP.Port() != 0 && !m.RTCP.Addr().IsValid() {
		s.RTCP = netip.AddrPortFrom(m.Addr, m.RTCP.Port())
	}
	if m.Addr.IsUnspecified() { // RFC 3264 section 8.4: the old way to hold
		s.Direction = direction(false, s.Direction.Receives())
	}
	for _, f := range m.Known {
		switch {
		case f.Codec == mix.Event:
			if t.Inband {
				continue
			}
			if s.Event == 0 {
				s.Event = f.Payload
			}
		case f.Codec == mix.Noise:
		case !slices.Contains(t.Codecs, f.Codec):
			continue
		case s.Codec == 0:
			s.Codec, s.Payload = f.Codec, f.Payload
		}
		s.Hears = append(s.Hears, f)
	}
	return s, s.Codec != 0
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
