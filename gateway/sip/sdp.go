package sip

import (
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"tccc/gateway/mix"
	"tccc/gateway/rtp"
)

// Bounds of what is read of a session description (RFC 8866).
const (
	maxSDP        = 16 << 10 // bytes
	maxSDPMedia   = 16       // media sections
	maxSDPFormats = 64       // payload types in one of them
)

var (
	errNoAudio = errors.New("no audio that this gateway can carry")
	errSDP     = errors.New("malformed session description")
)

// description is what the gateway uses of a session description.
type description struct {
	media []media
	audio int // index of the audio section in use, -1 if there is none
}

// media is one media section.
type media struct {
	kind    string // "audio", "video" …
	port    uint16
	proto   string
	formats []string // as they stand in the m= line
	codecs  []format // those that this gateway knows, in the order of the m= line
	event   uint8    // payload type of telephone-event at 8 kHz; 0: none
	addr    netip.Addr
	rtcp    netip.AddrPort
	mux     bool
	dir     rtp.Direction // of who wrote the description
}

type format struct {
	pt    uint8
	codec mix.Codec
}

// parseSDP reads a description. Lines that the gateway has no use for are
// passed over; what it uses must be well formed.
func parseSDP(b []byte) (*description, error) {
	if len(b) > maxSDP {
		return nil, fmt.Errorf("%w: %d bytes, the limit is %d", errSDP, len(b), maxSDP)
	}
	p := sdpParser{d: &description{audio: -1}}
	for line := range strings.Lines(string(b)) {
		line = strings.TrimRight(line, "\r\n")
		if line == "" {
			continue
		}
		if len(line) < 2 || line[1] != '=' {
			return nil, fmt.Errorf("%w: line %q", errSDP, clip(line, 40))
		}
		if err := p.line(line[0], line[2:]); err != nil {
			return nil, err
		}
	}
	if !p.version {
		return nil, fmt.Errorf("%w: it does not begin with v=0", errSDP)
	}
	p.finish()
	return p.d, nil
}

type sdpParser struct {
	d       *description
	version bool
	addr    netip.Addr // of the session
	dir     rtp.Direction
	cur     *media
	mapped  map[uint8]string // rtpmap of the current section
}

func (p *sdpParser) line(kind byte, value string) error {
	if !p.version {
		if kind != 'v' || value != "0" {
			return fmt.Errorf("%w: it does not begin with v=0", errSDP)
		}
		p.version = true
		return nil
	}
	switch kind {
	case 'c':
		addr, err := parseConnection(value)
		if err != nil {
			return err
		}
		if p.cur == nil {
			p.addr = addr
		} else {
			p.cur.addr = addr
		}
	case 'm':
		p.closeMedia()
		return p.openMedia(value)
	case 'a':
		p.attribute(value)
	}
	return nil
}

// parseConnection reads "IN IP4 192.0.2.1"; host names are not looked up.
func parseConnection(value string) (netip.Addr, error) {
	f := strings.Fields(value)
	if len(f) != 3 || f[0] != "IN" || f[1] != "IP4" && f[1] != "IP6" {
		return netip.Addr{}, fmt.Errorf("%w: connection %q", errSDP, clip(value, 40))
	}
	host, _, _ := strings.Cut(f[2], "/") // a multicast TTL
	addr, err := netip.ParseAddr(host)
	if err != nil || addr.Is4() != (f[1] == "IP4") || addr.Zone() != "" || addr.IsMulticast() {
		return netip.Addr{}, fmt.Errorf("%w: connection %q", errSDP, clip(value, 40))
	}
	return addr, nil
}

func (p *sdpParser) openMedia(value string) error {
	f := strings.Fields(value)
	if len(f) < 4 || len(f)-3 > maxSDPFormats || len(p.d.media) == maxSDPMedia {
		return fmt.Errorf("%w: media %q", errSDP, clip(value, 40))
	}
	text, _, _ := strings.Cut(f[1], "/")
	port, err := strconv.ParseUint(text, 10, 16)
	if err != nil {
		return fmt.Errorf("%w: media %q", errSDP, clip(value, 40))
	}
	p.d.media = append(p.d.media, media{kind: f[0], port: uint16(port), proto: f[2], formats: f[3:], addr: p.addr, dir: p.dir})
	p.cur = &p.d.media[len(p.d.media)-1]
	p.mapped = map[uint8]string{}
	return nil
}

func (p *sdpParser) attribute(value string) {
	name, arg, _ := strings.Cut(value, ":")
	if dir, ok := parseDirection(name); ok {
		if p.cur == nil {
			p.dir = dir
		} else {
			p.cur.dir = dir
		}
		return
	}
	if p.cur == nil {
		return
	}
	switch name {
	case "rtpmap":
		pt, encoding, _ := strings.Cut(arg, " ")
		if n, err := strconv.ParseUint(pt, 10, 7); err == nil && len(p.mapped) < maxSDPFormats {
			p.mapped[uint8(n)] = strings.ToUpper(strings.TrimSpace(encoding))
		}
	case "rtcp-mux":
		p.cur.mux = true
	case "rtcp": // RFC 3605: port and perhaps an address
		port, rest, _ := strings.Cut(arg, " ")
		n, err := strconv.ParseUint(port, 10, 16)
		if err != nil || n == 0 {
			return
		}
		addr, _ := parseConnection(rest)
		p.cur.rtcp = netip.AddrPortFrom(addr, uint16(n))
	}
}

func parseDirection(name string) (rtp.Direction, bool) {
	switch name {
	case "sendrecv":
		return rtp.SendRecv, true
	case "sendonly":
		return rtp.SendOnly, true
	case "recvonly":
		return rtp.RecvOnly, true
	case "inactive":
		return rtp.Inactive, true
	}
	return 0, false
}

// closeMedia settles the formats of the current section; RFC 3551 gives PCMU
// and PCMA their static payload types 0 and 8.
func (p *sdpParser) closeMedia() {
	m := p.cur
	if m == nil {
		return
	}
	for _, text := range m.formats {
		n, err := strconv.ParseUint(text, 10, 7)
		if err != nil {
			continue
		}
		pt := uint8(n)
		name := p.mapped[pt]
		if name == "" {
			name = map[uint8]string{0: "PCMU/8000", 8: "PCMA/8000"}[pt]
		}
		switch strings.TrimSuffix(name, "/1") {
		case "PCMU/8000":
			m.codecs = append(m.codecs, format{pt, mix.PCMU})
		case "PCMA/8000":
			m.codecs = append(m.codecs, format{pt, mix.PCMA})
		case "TELEPHONE-EVENT/8000":
			if m.event == 0 {
				m.event = pt
			}
		}
	}
}

// finish chooses the first audio section that is plain RTP.
func (p *sdpParser) finish() {
	p.closeMedia()
	for i := range p.d.media {
		m := &p.d.media[i]
		plain := m.proto == "RTP/AVP" || m.proto == "RTP/AVPF"
		if m.kind == "audio" && plain && m.port != 0 && m.addr.IsValid() {
			p.d.audio = i
			return
		}
	}
}

// held reports whether the writer asks to be silent towards the gateway, or
// gives the null address of RFC 2543.
func (m *media) held() bool {
	return m.dir == rtp.SendOnly || m.dir == rtp.Inactive || m.addr.IsUnspecified()
}

// answerDirection is what the gateway may do, given what the peer offers and
// what the gateway wants.
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

// session makes what both sides have agreed on, from the peer's description
// and the codecs that the trunk allows in the order of preference. The peer's
// order decides when it offered; when it answered, its first is meant anyway.
func (d *description) session(allowed []mix.Codec, want rtp.Direction) (rtp.Session, error) {
	if d.audio < 0 {
		return rtp.Session{}, errNoAudio
	}
	m := &d.media[d.audio]
	for _, f := range m.codecs {
		for _, c := range allowed {
			if f.codec != c {
				continue
			}
			s := rtp.Session{
				Remote: netip.AddrPortFrom(m.addr, m.port), RTCP: m.rtcp, Mux: m.mux,
				Codec: c, Payload: f.pt, Event: m.event,
				Direction: answerDirection(m.dir, want),
			}
			if m.rtcp.Port() != 0 && !m.rtcp.Addr().IsValid() {
				s.RTCP = netip.AddrPortFrom(m.addr, m.rtcp.Port())
			}
			if m.addr.IsUnspecified() { // RFC 3264 section 8.4: the old way to hold
				s.Direction = direction(false, s.Direction.Receives())
			}
			return s, nil
		}
	}
	return rtp.Session{}, errNoAudio
}

// dynamicEvent is the payload type under which the gateway offers
// telephone-event.
const dynamicEvent = 101

// sdpOrigin is the o= line of one call: the version counts up with each change.
type sdpOrigin struct {
	id      uint64
	version uint64
	body    string // what followed the o= line last
}

// write puts the description together and counts its version.
func (o *sdpOrigin) write(local netip.Addr, body string) []byte {
	if o.body != "" && body != o.body {
		o.version++
	}
	o.body = body
	family := "IP4"
	if local.Is6() {
		family = "IP6"
	}
	return []byte(fmt.Sprintf("v=0\r\no=- %d %d IN %s %s\r\ns=-\r\nc=IN %s %s\r\nt=0 0\r\n%s",
		o.id, o.version, family, local, family, local, body))
}

// offer makes an offer for a new call (RFC 3264 section 5).
func (o *sdpOrigin) offer(leg *rtp.Leg, codecs []mix.Codec, dir rtp.Direction) []byte {
	var list []format
	for _, c := range codecs {
		list = append(list, format{staticType(c), c})
	}
	return o.write(leg.Local().Addr(), audioSection(leg, "RTP/AVP", list, dynamicEvent, true, dir))
}

// reoffer makes an offer within a call: the same codec and payload types.
func (o *sdpOrigin) reoffer(leg *rtp.Leg, s rtp.Session, dir rtp.Direction) []byte {
	return o.write(leg.Local().Addr(), audioSection(leg, "RTP/AVP", []format{{s.Payload, s.Codec}}, s.Event, s.Mux, dir))
}

// answer makes the answer to an offer: one codec, so that the peer does not
// change it on the way, and every other section refused (RFC 3264 section 6).
func (o *sdpOrigin) answer(d *description, leg *rtp.Leg, s rtp.Session) []byte {
	var b strings.Builder
	for i, m := range d.media {
		if i == d.audio {
			b.WriteString(audioSection(leg, m.proto, []format{{s.Payload, s.Codec}}, s.Event, s.Mux, s.Direction))
			continue
		}
		fmt.Fprintf(&b, "m=%s 0 %s %s\r\n", m.kind, m.proto, strings.Join(m.formats, " "))
	}
	return o.write(leg.Local().Addr(), b.String())
}

func audioSection(leg *rtp.Leg, proto string, list []format, event uint8, mux bool, dir rtp.Direction) string {
	var b strings.Builder
	port := leg.Local().Port()
	fmt.Fprintf(&b, "m=audio %d %s", port, proto)
	for _, f := range list {
		fmt.Fprintf(&b, " %d", f.pt)
	}
	if event != 0 {
		fmt.Fprintf(&b, " %d", event)
	}
	b.WriteString("\r\n")
	for _, f := range list {
		fmt.Fprintf(&b, "a=rtpmap:%d %s/8000\r\n", f.pt, f.codec)
	}
	if event != 0 {
		fmt.Fprintf(&b, "a=rtpmap:%d telephone-event/8000\r\na=fmtp:%d 0-15\r\n", event, event)
	}
	fmt.Fprintf(&b, "a=ptime:20\r\na=rtcp:%d\r\n", port+1)
	if mux {
		b.WriteString("a=rtcp-mux\r\n")
	}
	fmt.Fprintf(&b, "a=%s\r\n", dir)
	return b.String()
}

// staticType is the payload type of RFC 3551 table 4.
func staticType(c mix.Codec) uint8 {
	if c == mix.PCMA {
		return 8
	}
	return 0
}

func clip(s string, n int) string {
	if len(s) > n {
		return strings.ToValidUTF8(s[:n], "") + "…"
	}
	return s
}
