package rtc

import (
	"strings"

	"github.com/pion/sdp/v3"

	"tccc/gateway/mix"
	"tccc/wire"
)

// Bounds of an offer. Offers of browsers have 3 to 10 kB.
const (
	maxOffer      = 64 << 10 // bytes
	maxSections   = 8
	maxAttributes = 512
)

// offer is what the gateway needs to know of an offer before Pion sees it.
type offer struct {
	mid         string // of the audio section
	pictures    []offered
	fingerprint string
	ufrag       string
}

// offered is a video section that can be answered.
type offered struct {
	mid     string
	formats *videoFormats
}

// picturesMost is how many an offer may have: a camera, and a screen.
const picturesMost = 2

// checkOffer reads an offer and refuses what cannot be answered. Every error is
// an ErrMediaOffer that says what is wrong.
func checkOffer(text string) (*offer, error) {
	if len(text) > maxOffer {
		return nil, wire.ErrMediaOffer.For("sdp", "it is longer than %d bytes", maxOffer)
	}
	var d sdp.SessionDescription
	if err := d.UnmarshalString(text); err != nil {
		return nil, wire.ErrMediaOffer.For("sdp", "it cannot be parsed")
	}
	if n := len(d.MediaDescriptions); n > maxSections {
		return nil, wire.ErrMediaOffer.For("sdp", "it has %d media sections, at most %d are possible", n, maxSections)
	}
	var audio *sdp.MediaDescription
	var pictures []offered
	for _, m := range d.MediaDescriptions {
		if len(m.Attributes) > maxAttributes {
			return nil, wire.ErrMediaOffer.For("sdp", "a media section has more than %d attributes", maxAttributes)
		}
		switch m.MediaName.Media {
		case "audio":
			if audio != nil {
				return nil, wire.ErrMediaOffer.For("sdp", "it has more than one audio section")
			}
			audio = m
		case "video": // answered with port 0, unless the leg is to have video
			// RFC 9143 section 7.2.2: a section that is only there with others
			// has port 0.
			_, bundled := m.Attribute("bundle-only")
			if (bundled || m.MediaName.Port.Value != 0) && len(pictures) < picturesMost {
				if formats := readVideo(m); len(formats.order) > 0 {
					mid, _ := m.Attribute("mid")
					pictures = append(pictures, offered{mid, formats})
				}
			}
		default:
			return nil, wire.ErrMediaOffer.For("sdp", "it has a section that is neither audio nor video")
		}
		if mid, _ := m.Attribute("mid"); mid == "" {
			return nil, wire.ErrMediaOffer.For("sdp", "a media section has no mid")
		}
	}
	if audio == nil || audio.MediaName.Port.Value == 0 {
		return nil, wire.ErrMediaOffer.For("sdp", "it has no audio section")
	}
	o, err := checkAudio(&d, audio)
	if err != nil {
		return nil, err
	}
	o.pictures = pictures
	return o, nil
}

func checkAudio(d *sdp.SessionDescription, m *sdp.MediaDescription) (*offer, error) {
	attribute := func(key string) string {
		v, ok := m.Attribute(key)
		if !ok {
			v, _ = d.Attribute(key)
		}
		return v
	}
	o := &offer{
		mid:         attribute("mid"),
		fingerprint: strings.ToLower(attribute("fingerprint")),
		ufrag:       attribute("ice-ufrag"),
	}
	protocol := strings.Join(m.MediaName.Protos, "/")
	f := readFormats(m)
	switch {
	case protocol != "UDP/TLS/RTP/SAVPF" && protocol != "TCP/TLS/RTP/SAVPF":
		return nil, wire.ErrMediaOffer.For("sdp", "the audio section is not DTLS-SRTP (UDP/TLS/RTP/SAVPF)")
	case len(f.order) == 0:
		return nil, wire.ErrMediaOffer.For("sdp", "the audio section has none of PCMU, PCMA and opus")
	case o.ufrag == "" || attribute("ice-pwd") == "":
		return nil, wire.ErrMediaOffer.For("sdp", "it has no ICE credentials")
	case o.fingerprint == "":
		return nil, wire.ErrMediaOffer.For("sdp", "it has no DTLS fingerprint")
	case attribute("setup") == "passive":
		return nil, wire.ErrMediaOffer.For("sdp", "the browser must be able to begin DTLS (setup actpass or active)")
	}
	if _, ok := d.Attribute("ice-lite"); ok {
		return nil, wire.ErrMediaOffer.For("sdp", "two ICE-lite sides cannot connect")
	}
	if _, ok := m.Attribute("inactive"); ok {
		return nil, wire.ErrMediaOffer.For("sdp", "the audio section is inactive")
	}
	return o, nil
}

// readAnswer reads what the gateway's own answer has settled.
func readAnswer(text, mid string) (formats, error) {
	var d sdp.SessionDescription
	if err := d.UnmarshalString(text); err != nil {
		return formats{}, err
	}
	for _, m := range d.MediaDescriptions {
		if v, _ := m.Attribute("mid"); v == mid && m.MediaName.Media == "audio" {
			return readFormats(m), nil
		}
	}
	return formats{}, wire.ErrMediaOffer.For("sdp", "no common codec")
}

// apply tells a port what was negotiated.
func (f *formats) apply(p *mix.Port) {
	also := append([]mix.Codec(nil), f.order[1:]...)
	if f.event8 != noType || f.event48 != noType {
		also = append(also, mix.Event)
	}
	p.SetCodec(f.order[0], also...)
}
