package rtc

import (
	"strconv"
	"strings"

	"github.com/pion/interceptor"
	"github.com/pion/interceptor/pkg/nack"
	"github.com/pion/logging"
	"github.com/pion/sdp/v3"
	"github.com/pion/webrtc/v4"
)

const videoClock = 90000

// What browsers are asked to heed and may ask for. No transport-wide feedback:
// the sender's time stamps are passed on to the receiver, whose estimate of the
// whole way (REMB) is passed back.
var videoFeedback = []webrtc.RTCPFeedback{
	{Type: "goog-remb"}, {Type: "ccm", Parameter: "fir"}, {Type: "nack"}, {Type: "nack", Parameter: "pli"},
}

// videoCodecs in the order in which they are preferred: every browser has VP8
// and H.264 constrained baseline (RFC 7742 section 5).
var videoCodecs = []webrtc.RTPCodecParameters{
	videoCodec(96, webrtc.MimeTypeVP8, ""),
	videoCodec(102, webrtc.MimeTypeH264, "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f"),
	videoCodec(104, webrtc.MimeTypeH264, "level-asymmetry-allowed=1;packetization-mode=0;profile-level-id=42e01f"),
	videoCodec(106, webrtc.MimeTypeH264, "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42001f"),
	videoCodec(108, webrtc.MimeTypeH264, "level-asymmetry-allowed=1;packetization-mode=0;profile-level-id=42001f"),
}

func videoCodec(pt webrtc.PayloadType, mime, fmtp string) webrtc.RTPCodecParameters {
	return webrtc.RTPCodecParameters{PayloadType: pt, RTPCodecCapability: webrtc.RTPCodecCapability{
		MimeType: mime, ClockRate: videoClock, SDPFmtpLine: fmtp, RTCPFeedback: videoFeedback,
	}}
}

// Retransmission: how many packets are kept for it, about a second of video,
// and how many are asked for in one message.
const (
	resendKept = 1024
	resendAsk  = 32
)

// videoEngine makes what connections with video are made from.
func videoEngine(loggers logging.LoggerFactory) (*webrtc.MediaEngine, *interceptor.Registry, error) {
	m := &webrtc.MediaEngine{}
	if err := registerCodecs(m); err != nil {
		return nil, nil, err
	}
	for _, c := range videoCodecs {
		if err := m.RegisterCodec(c, webrtc.RTPCodecTypeVideo); err != nil {
			return nil, nil, err
		}
	}
	for _, kind := range []webrtc.RTPCodecType{webrtc.RTPCodecTypeAudio, webrtc.RTPCodecTypeVideo} {
		if err := m.RegisterHeaderExtension(webrtc.RTPHeaderExtensionCapability{URI: sdp.SDESMidURI},
			kind); err != nil {
			return nil, nil, err
		}
	}
	if err := m.RegisterHeaderExtension(webrtc.RTPHeaderExtensionCapability{URI: sdp.ABSSendTimeURI},
		webrtc.RTPCodecTypeVideo); err != nil {
		return nil, nil, err
	}
	answers, err := nack.NewResponderInterceptor(nack.ResponderSize(resendKept),
		nack.WithResponderLoggerFactory(loggers))
	if err != nil {
		return nil, nil, err
	}
	asks, err := nack.NewGeneratorInterceptor(nack.GeneratorMaxNacksPerPacket(resendAsk),
		nack.WithGeneratorLoggerFactory(loggers))
	if err != nil {
		return nil, nil, err
	}
	r := &interceptor.Registry{}
	r.Add(answers)
	r.Add(asks)
	return m, r, nil
}

// videoFormat names what can be passed on from one browser to another as it
// is; "" is none.
type videoFormat string

const vp8 videoFormat = "VP8"

// videoFormatOf names a codec of an SDP. Two H.264 streams are alike with the
// same profile and packetization mode (RFC 6184 section 8.2.2); the level may
// differ.
func videoFormatOf(name, fmtp string) videoFormat {
	switch strings.ToUpper(name) {
	case "VP8":
		return vp8
	case "H264":
	default:
		return ""
	}
	profile, mode := "4200", "0"
	for _, p := range strings.Split(fmtp, ";") {
		key, value, _ := strings.Cut(strings.TrimSpace(p), "=")
		switch {
		case strings.EqualFold(key, "profile-level-id") && len(value) == 6:
			profile = strings.ToLower(value[:4])
		case strings.EqualFold(key, "packetization-mode"):
			mode = value
		}
	}
	return videoFormat("H264/" + profile + "/" + mode)
}

// videoFormats is what was negotiated.
type videoFormats struct {
	byType   [128]videoFormat
	types    map[videoFormat]uint8
	order    []videoFormat
	sendTime uint8 // id of the header extension abs-send-time, 0 if there is none
}

// readAnswered reads the video section of an answer.
func readAnswered(text, mid string) *videoFormats {
	var d sdp.SessionDescription
	if d.UnmarshalString(text) == nil {
		for _, m := range d.MediaDescriptions {
			if v, _ := m.Attribute("mid"); v == mid && m.MediaName.Media == "video" && m.MediaName.Port.Value != 0 {
				return readVideo(m)
			}
		}
	}
	return &videoFormats{}
}

// readVideo reads a video section.
func readVideo(m *sdp.MediaDescription) *videoFormats {
	f := &videoFormats{types: map[videoFormat]uint8{}}
	names, fmtps := map[string]string{}, map[string]string{}
	for _, a := range m.Attributes {
		key, value, _ := strings.Cut(a.Value, " ")
		switch a.Key {
		case "rtpmap":
			names[key], _, _ = strings.Cut(value, "/")
		case "fmtp":
			fmtps[key] = value
		case "extmap":
			key, _, _ = strings.Cut(key, "/")
			if id, err := strconv.ParseUint(key, 10, 8); err == nil && strings.TrimSpace(value) == sdp.ABSSendTimeURI {
				f.sendTime = uint8(id)
			}
		}
	}
	for _, format := range m.MediaName.Formats {
		pt, err := strconv.ParseUint(format, 10, 7)
		if err != nil {
			continue
		}
		name := videoFormatOf(names[format], fmtps[format])
		if name == "" {
			continue
		}
		f.byType[pt] = name
		if _, ok := f.types[name]; !ok {
			f.types[name] = uint8(pt)
			f.order = append(f.order, name)
		}
	}
	return f
}

// videoPreference lists the codecs of an offer that the gateway carries, those
// first that the other picture has. Pion would pair others of the same name.
func videoPreference(offered *videoFormats, beside *Picture) []webrtc.RTPCodecParameters {
	var first, rest []webrtc.RTPCodecParameters
	known := &videoFormats{}
	if beside != nil {
		known = beside.formats.Load()
	}
	for _, c := range videoCodecs {
		f := videoFormatOf(strings.TrimPrefix(c.MimeType, "video/"), c.SDPFmtpLine)
		pt, ok := offered.types[f]
		if !ok {
			continue
		}
		c.PayloadType = webrtc.PayloadType(pt)
		if _, ok := known.types[f]; ok {
			first = append(first, c)
		} else {
			rest = append(rest, c)
		}
	}
	return append(first, rest...)
}

// beginsPicture reports whether a payload begins what can be decoded without
// anything before it: for VP8 the first partition of a key frame (RFC 7741
// section 4.2, RFC 6386 section 9.1), for H.264 a sequence parameter set, which
// browsers send with each key frame (RFC 6184 section 5).
func beginsPicture(f videoFormat, p []byte) bool {
	if f == vp8 {
		return vp8Key(p)
	}
	return h264Key(p)
}

func vp8Key(p []byte) bool {
	if len(p) == 0 || p[0]&0x10 == 0 || p[0]&0x07 != 0 {
		return false
	}
	at := 1
	if p[0]&0x80 != 0 {
		if len(p) < 2 {
			return false
		}
		x := p[1]
		at = 2
		if x&0x80 != 0 { // picture id of one or two bytes
			if len(p) <= at {
				return false
			}
			at += 1 + int(p[at]>>7)
		}
		if x&0x40 != 0 {
			at++
		}
		if x&0x30 != 0 {
			at++
		}
	}
	return len(p) > at && p[at]&1 == 0
}

func h264Key(p []byte) bool {
	const sps, stapA, fuA = 7, 24, 28
	if len(p) == 0 {
		return false
	}
	switch p[0] & 0x1F {
	case sps:
		return true
	case fuA:
		return len(p) > 1 && p[1]&0x80 != 0 && p[1]&0x1F == sps
	case stapA:
		for at := 1; at+3 <= len(p); {
			size := int(p[at])<<8 | int(p[at+1])
			if p[at+2]&0x1F == sps {
				return true
			}
			at += 2 + size
		}
	}
	return false
}
