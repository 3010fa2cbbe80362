// Package sdp reads and writes session descriptions (RFC 8866) and does the
// offer/answer of a telephone leg (RFC 3264). It is pure, but for Resolve.
package sdp

import (
	"bytes"
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"tccc/gateway/mix"
	"tccc/gateway/rtp"
)

// Bounds of what is read of a session description.
const (
	maxSize    = 16 << 10 // bytes
	maxMedia   = 16       // media sections
	maxFormats = 64       // payload types in one of them
)

// What can be wrong with a description.
var (
	ErrNoAudio   = errors.New("no audio that this gateway can carry")
	ErrNotSecure = fmt.Errorf("%w: it is not encrypted", ErrNoAudio)
	ErrMalformed = errors.New("malformed session description")
)

// Description is what the gateway uses of a session description.
type Description struct {
	Media []Media
}

// Media is one media section.
type Media struct {
	Kind    string // "audio", "video" …
	Port    uint16
	Proto   string
	Formats []string     // as they stand in the m= line
	Known   []rtp.Format // those that this gateway knows, in the order of the m= line
	Addr    netip.Addr   // invalid: there is none, or a name that was not found
	RTCP    netip.AddrPort
	Mux     bool
	Packet  time.Duration // ptime; 0: there is none
	Longest time.Duration // maxptime
	Dir     rtp.Direction // of who wrote the description
	crypto  []crypto      // the keys that can be used
}

// Parse reads a description. Lines that the gateway has no use for are passed
// over; what it uses must be well formed. White space at the ends, around the
// sign of equality too, other ends of lines and a byte order mark are put up
// with: peers send them.
func Parse(b []byte) (*Description, error) {
	if len(b) > maxSize {
		return nil, fmt.Errorf("%w: %d bytes, the limit is %d", ErrMalformed, len(b), maxSize)
	}
	p := parser{d: &Description{}}
	for _, line := range lines(b) {
		kind, value, ok := strings.Cut(line, "=")
		if kind = blank(kind); !ok || len(kind) != 1 {
			return nil, fmt.Errorf("%w: line %q", ErrMalformed, clip(line))
		}
		if err := p.line(kind[0], blank(value)); err != nil {
			return nil, err
		}
	}
	if !p.version {
		return nil, fmt.Errorf("%w: it does not begin with v=0", ErrMalformed)
	}
	p.closeMedia()
	return p.d, nil
}

// lines are the lines that say something.
func lines(b []byte) []string {
	b = bytes.TrimPrefix(b, []byte("\xef\xbb\xbf"))
	text := strings.ReplaceAll(string(b), "\r\n", "\n")
	var out []string
	for line := range strings.SplitSeq(strings.ReplaceAll(text, "\r", "\n"), "\n") {
		if line = blank(line); line != "" {
			out = append(out, line)
		}
	}
	return out
}

// blank cuts off white space and NUL at both ends.
func blank(s string) string { return strings.Trim(s, " \t\x00") }

type parser struct {
	d       *Description
	version bool
	addr    netip.Addr // of the session
	dir     rtp.Direction
	cur     *Media
	mapped  map[uint8]string // rtpmap of the current section
}

func (p *parser) line(kind byte, value string) error {
	if !p.version {
		if kind != 'v' || value != "0" {
			return fmt.Errorf("%w: it does not begin with v=0", ErrMalformed)
		}
		p.version = true
		return nil
	}
	switch kind {
	case 'c':
		return p.connection(value)
	case 'm':
		p.closeMedia()
		return p.openMedia(value)
	case 'a':
		p.attribute(value)
	}
	return nil
}

func (p *parser) connection(value string) error {
	addr, err := parseConnection(value)
	switch {
	case p.cur == nil && err == nil:
		p.addr = addr
	case p.cur != nil && (err == nil || p.cur.Kind != "audio"): // what others use is no concern
		p.cur.Addr = addr
		err = nil
	}
	return err
}

// parseConnection reads "IN IP4 192.0.2.1". A name gives no address: Resolve
// has looked it up before.
func parseConnection(value string) (netip.Addr, error) {
	fail := fmt.Errorf("%w: connection %q", ErrMalformed, clip(value))
	f := strings.Fields(value)
	if len(f) < 3 || !strings.EqualFold(f[0], "IN") {
		return netip.Addr{}, fail
	}
	four := strings.EqualFold(f[1], "IP4")
	if !four && !strings.EqualFold(f[1], "IP6") {
		return netip.Addr{}, fail
	}
	host, _, _ := strings.Cut(f[2], "/") // a multicast TTL
	addr, err := netip.ParseAddr(host)
	if err != nil && isName(host) {
		return netip.Addr{}, nil
	}
	if err != nil || addr.Is4() != four || addr.Zone() != "" || addr.IsMulticast() {
		return netip.Addr{}, fail
	}
	return addr, nil
}

func (p *parser) openMedia(value string) error {
	f := strings.Fields(value)
	if len(f) < 4 || len(f)-3 > maxFormats || len(p.d.Media) == maxMedia {
		return fmt.Errorf("%w: media %q", ErrMalformed, clip(value))
	}
	text, _, _ := strings.Cut(f[1], "/")
	port, err := strconv.ParseUint(text, 10, 16)
	if err != nil {
		return fmt.Errorf("%w: media %q", ErrMalformed, clip(value))
	}
	p.d.Media = append(p.d.Media, Media{
		Kind: strings.ToLower(f[0]), Port: uint16(port), Proto: f[2], Formats: f[3:], Addr: p.addr, Dir: p.dir,
	})
	p.cur = &p.d.Media[len(p.d.Media)-1]
	p.mapped = map[uint8]string{}
	return nil
}

func (p *parser) attribute(value string) {
	name, arg, _ := strings.Cut(value, ":")
	name, arg = strings.ToLower(blank(name)), blank(arg)
	if dir, ok := parseDirection(name); ok {
		if p.cur == nil {
			p.dir = dir
		} else {
			p.cur.Dir = dir
		}
		return
	}
	if p.cur == nil {
		return
	}
	switch name {
	case "rtpmap":
		f := strings.Fields(arg)
		if len(f) < 2 || len(p.mapped) >= maxFormats {
			return
		}
		if n, err := strconv.ParseUint(f[0], 10, 7); err == nil {
			p.mapped[uint8(n)] = strings.ToUpper(f[1])
		}
	case "ptime":
		p.cur.Packet = packetTime(arg)
	case "maxptime":
		p.cur.Longest = packetTime(arg)
	case "rtcp-mux":
		p.cur.Mux = true
	case "crypto":
		if c, ok := parseCrypto(arg); ok && len(p.cur.crypto) < maxCrypto {
			p.cur.crypto = append(p.cur.crypto, c)
		}
	case "rtcp": // RFC 3605: port and perhaps an address
		port, rest, _ := strings.Cut(arg, " ")
		n, err := strconv.ParseUint(port, 10, 16)
		if err != nil || n == 0 {
			return
		}
		addr, _ := parseConnection(rest)
		p.cur.RTCP = netip.AddrPortFrom(addr, uint16(n))
	}
}

// packetTime reads one in milliseconds (RFC 8866 section 6.4), some write 20.0. What
// lies outside of 10 to 60 ms is brought there; 0 is what is none.
func packetTime(text string) time.Duration {
	ms, err := strconv.ParseFloat(text, 64)
	if err != nil || !(ms > 0) {
		return 0
	}
	return time.Duration(max(10, min(60, int(min(ms, 60))/10*10))) * time.Millisecond
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

// static are the payload types that RFC 3551 table 4 gives to what is known here.
var static = map[uint8]string{0: "PCMU/8000", 8: "PCMA/8000", 9: "G722/8000", 13: "CN/8000"}

// closeMedia settles the formats of the current section.
func (p *parser) closeMedia() {
	m := p.cur
	if m == nil {
		return
	}
	for _, text := range m.Formats {
		n, err := strconv.ParseUint(text, 10, 7)
		if err != nil {
			continue
		}
		pt := uint8(n)
		name := p.mapped[pt]
		if name == "" {
			name = static[pt]
		}
		if f := formatOf(strings.TrimSuffix(name, "/1")); f.Codec != 0 {
			f.Payload = pt
			m.Known = append(m.Known, f)
		}
	}
}

// formatOf is what an rtpmap means. Opus is stereo on paper always (RFC 7587
// section 7); some leave that out.
func formatOf(encoding string) rtp.Format {
	switch encoding {
	case "PCMU/8000":
		return rtp.Format{Codec: mix.PCMU}
	case "PCMA/8000":
		return rtp.Format{Codec: mix.PCMA}
	case "G722/8000":
		return rtp.Format{Codec: mix.G722}
	case "OPUS/48000/2", "OPUS/48000":
		return rtp.Format{Codec: mix.Opus}
	case "TELEPHONE-EVENT/8000":
		return rtp.Format{Codec: mix.Event}
	case "TELEPHONE-EVENT/48000":
		return rtp.Format{Codec: mix.Event, Clock: 48000}
	case "CN/8000":
		return rtp.Format{Codec: mix.Noise}
	}
	return rtp.Format{}
}

func clip(s string) string {
	const most = 40
	if len(s) > most {
		return strings.ToValidUTF8(s[:most], "") + "…"
	}
	return s
}
