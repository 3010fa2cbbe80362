package sdp

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"tccc/gateway/mix"
	"tccc/gateway/rtp"
)

// Payload types under which the gateway offers what has none of its own.
const (
	dynamicEvent     = 101 // telephone-event
	dynamicEventWide = 102 // and beside Opus (RFC 4733 section 2.1: in the clock of the sound)
	dynamicOpus      = 96
)

// Local is our side of one call's descriptions.
type Local struct {
	id      uint64
	version uint64       // counts up with each change
	body    string       // what followed the o= line last
	told    []rtp.Format // what the peer may send us: all that we have offered or answered
	refused []string     // m= lines of the other sections, in their places; "" is ours
	ring    keyring
	proto   string // profile of the call's encrypted media
}

// NewLocal begins the descriptions of a call; id is that of the o= line.
func NewLocal(id uint64) Local { return Local{id: id, version: 1} }

// write puts the description together and counts its version.
func (o *Local) write(at netip.Addr, body string) []byte {
	if o.body != "" && body != o.body {
		o.version++
	}
	o.body = body
	family := "IP4"
	if at.Is6() {
		family = "IP6"
	}
	return []byte(fmt.Sprintf("v=0\r\no=- %d %d IN %s %s\r\ns=-\r\nc=IN %s %s\r\nt=0 0\r\n%s",
		o.id, o.version, family, at, family, at, body))
}

// Offer makes an offer of all that we have (RFC 3264 section 5). Within a call
// the other sections stay where they were (section 8).
func (o *Local) Offer(at netip.AddrPort, t Terms) []byte {
	var list []rtp.Format
	for _, c := range t.Codecs {
		list = append(list, rtp.Format{Payload: typeOf(c), Codec: c})
	}
	if !t.Inband {
		list = append(list, events(t.Codecs)...)
	}
	a := audio{proto: "RTP/AVP", list: list, mux: true, dir: t.Direction}
	if t.keys() {
		a.crypto = o.ring.offer()
		if t.Security == Require {
			a.proto = "RTP/SAVP"
		}
	}
	o.proto = a.proto
	return o.write(at.Addr(), o.sections(o.audio(at.Port(), a)))
}

// Reoffer makes an offer within a call: the same codec on our number, and the
// other sections where they were (RFC 3264 section 8).
func (o *Local) Reoffer(at netip.AddrPort, s rtp.Session, dir rtp.Direction) []byte {
	list := []rtp.Format{o.ours(rtp.Format{Payload: s.Payload, Codec: s.Codec})}
	if s.Event != 0 {
		list = append(list, o.ours(event(&s)))
	}
	a := audio{proto: "RTP/AVP", list: list, mux: s.Mux, dir: dir}
	if s.Keys != nil {
		a.proto, a.crypto = o.proto, o.ring.again(s.Keys)
	}
	return o.write(at.Addr(), o.sections(o.audio(at.Port(), a)))
}

// Answer makes the answer to an offer: one codec, so that the peer does not
// change it on the way, and every section but one refused (RFC 3264 section 6).
// An encrypted session must have got its local key from Key.
func (o *Local) Answer(d *Description, section int, at netip.AddrPort, s rtp.Session) []byte {
	o.refused = make([]string, len(d.Media))
	for i, m := range d.Media {
		if i != section {
			o.refused[i] = fmt.Sprintf("m=%s 0 %s %s\r\n", m.Kind, m.Proto, strings.Join(m.Formats, " "))
		}
	}
	list := []rtp.Format{{Payload: s.Payload, Codec: s.Codec}}
	if s.Event != 0 {
		list = append(list, event(&s))
	}
	a := audio{proto: d.Media[section].Proto, list: list, mux: s.Mux, dir: s.Direction}
	if s.Keys != nil {
		a.crypto = crypto{tag: d.Media[section].crypto[0].tag, suite: s.Keys.Suite, key: s.Keys.Local}.line()
	}
	o.proto = a.proto
	return o.write(at.Addr(), o.sections(o.audio(at.Port(), a)))
}

// Key gives a session that the peer has offered our own key, if it is encrypted.
func (o *Local) Key(s *rtp.Session) {
	if s.Keys != nil {
		s.Keys.Local = o.ring.key(s.Keys.Suite)
	}
}

// Accept does the same for a session that the peer has answered with. The error
// is ErrNotSecure: it takes keys that were not offered.
func (o *Local) Accept(d *Description, section int, s *rtp.Session) error {
	if s.Keys == nil {
		return nil
	}
	if s.Keys = o.ring.accepted(d.Media[section].crypto[0]); s.Keys == nil {
		return ErrNotSecure
	}
	return nil
}

// sections puts ours among those that were refused.
func (o *Local) sections(ours string) string {
	if len(o.refused) == 0 {
		return ours
	}
	var b strings.Builder
	for _, line := range o.refused {
		if line == "" {
			line = ours
		}
		b.WriteString(line)
	}
	return b.String()
}

// Hears adds to a session what our own descriptions have listed: the peer sends
// on our numbers (RFC 3264 section 5.1), those of before too, since what it sent
// may be on the way, and some send on their own.
func (o *Local) Hears(s *rtp.Session) { s.Hears = append(s.Hears, o.told...) }

// ours is a format on our number, or on the peer's if we have named none.
func (o *Local) ours(theirs rtp.Format) rtp.Format {
	for _, f := range slices.Backward(o.told) {
		if f.Codec == theirs.Codec && f.Clock == theirs.Clock {
			return f
		}
	}
	return theirs
}

// event is the telephone-event of a session.
func event(s *rtp.Session) rtp.Format {
	f := rtp.Format{Payload: s.Event, Codec: mix.Event, Clock: s.Clock}
	if f.Clock == 8000 {
		f.Clock = 0
	}
	return f
}

// events are those that go with the codecs of an offer.
func events(codecs []mix.Codec) []rtp.Format {
	var list []rtp.Format
	if slices.ContainsFunc(codecs, func(c mix.Codec) bool { return c.Clock() == 8000 }) {
		list = append(list, rtp.Format{Payload: dynamicEvent, Codec: mix.Event})
	}
	if slices.Contains(codecs, mix.Opus) {
		list = append(list, rtp.Format{Payload: dynamicEventWide, Codec: mix.Event, Clock: mix.Opus.Clock()})
	}
	return list
}

// tell notes what a description lists. A number keeps its meaning as long as the
// peer keeps it (section 8.3.2).
func (o *Local) tell(list []rtp.Format) {
	for _, f := range list {
		o.told = slices.DeleteFunc(o.told, func(old rtp.Format) bool { return old.Payload == f.Payload })
		o.told = append(o.told, f)
	}
}

// audio is what our section says.
type audio struct {
	proto  string
	list   []rtp.Format
	crypto string // lines
	mux    bool
	dir    rtp.Direction
}

// audio writes our section.
func (o *Local) audio(port uint16, a audio) string {
	o.tell(a.list)
	var b strings.Builder
	fmt.Fprintf(&b, "m=audio %d %s", port, a.proto)
	for _, f := range a.list {
		fmt.Fprintf(&b, " %d", f.Payload)
	}
	b.WriteString("\r\n")
	for _, f := range a.list {
		fmt.Fprintf(&b, "a=rtpmap:%d %s\r\n", f.Payload, encoding(f))
		if f.Codec == mix.Event {
			fmt.Fprintf(&b, "a=fmtp:%d 0-15\r\n", f.Payload)
		}
	}
	fmt.Fprintf(&b, "a=ptime:20\r\na=rtcp:%d\r\n", port+1)
	b.WriteString(a.crypto)
	if a.mux {
		b.WriteString("a=rtcp-mux\r\n")
	}
	fmt.Fprintf(&b, "a=%s\r\n", a.dir)
	return b.String()
}

// encoding is what an rtpmap says of a format.
func encoding(f rtp.Format) string {
	switch {
	case f.Codec == mix.Opus:
		return "opus/48000/2" // RFC 7587 section 7
	case f.Clock != 0:
		return fmt.Sprintf("%s/%d", f.Codec, f.Clock)
	}
	return f.Codec.String() + "/8000"
}

// typeOf is the payload type of a codec in an offer, of RFC 3551 table 4 where
// there is one.
func typeOf(c mix.Codec) uint8 {
	switch c {
	case mix.PCMA:
		return 8
	case mix.G722:
		return 9
	case mix.Opus:
		return dynamicOpus
	}
	return 0
}
