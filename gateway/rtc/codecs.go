package rtc

import (
	"strconv"
	"strings"

	"github.com/pion/sdp/v3"
	"github.com/pion/webrtc/v4"

	"tccc/gateway/mix"
)

// Payload types that the gateway would use itself; an answer uses those of the offer.
var codecs = []webrtc.RTPCodecParameters{
	{PayloadType: 0, RTPCodecCapability: webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypePCMU, ClockRate: 8000}},
	{PayloadType: 8, RTPCodecCapability: webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypePCMA, ClockRate: 8000}},
	{PayloadType: 111, RTPCodecCapability: webrtc.RTPCodecCapability{
		MimeType: webrtc.MimeTypeOpus, ClockRate: 48000, Channels: 2, SDPFmtpLine: "minptime=10;useinbandfec=1"}},
	{PayloadType: 126, RTPCodecCapability: webrtc.RTPCodecCapability{MimeType: mimeEvent, ClockRate: 8000,
		SDPFmtpLine: "0-15"}},
	{PayloadType: 110, RTPCodecCapability: webrtc.RTPCodecCapability{MimeType: mimeEvent, ClockRate: 48000,
		SDPFmtpLine: "0-15"}},
}

const mimeEvent = "audio/telephone-event"

func registerCodecs(m *webrtc.MediaEngine) error {
	for _, c := range codecs {
		if err := m.RegisterCodec(c, webrtc.RTPCodecTypeAudio); err != nil {
			return err
		}
	}
	return nil
}

// preference lists the codecs in the order of a leg: the named ones first, then
// the other audio, then the events. Without payload types Pion takes those of the offer.
func preference(first []mix.Codec) []webrtc.RTPCodecParameters {
	order := make([]webrtc.RTPCodecParameters, 0, len(codecs))
	add := func(want mix.Codec) {
		for _, c := range codecs {
			if codecOf(c.MimeType, c.ClockRate) != want {
				continue
			}
			c.PayloadType = 0
			order = append(order, c)
		}
	}
	seen := map[mix.Codec]bool{mix.Event: true}
	for _, c := range append(first[:len(first):len(first)], mix.PCMU, mix.PCMA, mix.Opus) {
		if !seen[c] {
			seen[c] = true
			add(c)
		}
	}
	add(mix.Event)
	return order
}

// codecOf names a codec of an SDP; 0 if the gateway does not speak it.
func codecOf(mime string, clock uint32) mix.Codec {
	name := strings.ToLower(strings.TrimPrefix(mime, "audio/"))
	switch {
	case name == "pcmu" && clock == 8000:
		return mix.PCMU
	case name == "pcma" && clock == 8000:
		return mix.PCMA
	case name == "opus" && clock == 48000:
		return mix.Opus
	case name == "telephone-event" && (clock == 8000 || clock == 48000):
		return mix.Event
	}
	return 0
}

const noType = 0xFF // not a payload type: those have 7 bits

// formats is what was negotiated: codecs by payload type and the reverse.
type formats struct {
	byType  [128]mix.Codec
	clocks  [128]uint32 // of events
	audio   [4]uint8    // payload type of each audio codec, noType if it has none
	event8  uint8       // of telephone-event at 8 kHz
	event48 uint8       // and at 48 kHz
	order   []mix.Codec
}

// typeOf is the payload type to send a codec with; beside is the audio that an
// event accompanies.
func (f *formats) typeOf(c, beside mix.Codec) uint8 {
	switch {
	case c != mix.Event:
		return f.audio[c]
	case beside == mix.Opus:
		return f.event48
	}
	return f.event8
}

// readFormats reads the payload types of an audio section (RFC 8866 section 6.6;
// RFC 3551 section 6 for the static ones).
func readFormats(m *sdp.MediaDescription) formats {
	f := formats{audio: [4]uint8{noType, noType, noType, noType}, event8: noType, event48: noType}
	maps := make(map[string]string)
	for _, a := range m.Attributes {
		if a.Key == "rtpmap" {
			if pt, name, ok := strings.Cut(a.Value, " "); ok {
				maps[pt] = strings.TrimSpace(name)
			}
		}
	}
	for _, format := range m.MediaName.Formats {
		pt, err := strconv.ParseUint(format, 10, 7)
		if err != nil {
			continue
		}
		name, ok := maps[format]
		if !ok {
			switch pt {
			case 0:
				name = "PCMU/8000"
			case 8:
				name = "PCMA/8000"
			}
		}
		name, rate, _ := strings.Cut(name, "/")
		rate, _, _ = strings.Cut(rate, "/")
		clock, err := strconv.ParseUint(rate, 10, 32)
		if err != nil {
			continue
		}
		f.add(uint8(pt), codecOf(name, uint32(clock)), uint32(clock))
	}
	return f
}

// add records a payload type; of several for the same codec the first is used to send.
func (f *formats) add(pt uint8, c mix.Codec, clock uint32) {
	if c == 0 {
		return
	}
	f.byType[pt], f.clocks[pt] = c, clock
	slot := &f.event8
	switch {
	case c != mix.Event:
		slot = &f.audio[c]
	case clock == 48000:
		slot = &f.event48
	}
	if *slot != noType {
		return
	}
	*slot = pt
	if c != mix.Event {
		f.order = append(f.order, c)
	}
}
