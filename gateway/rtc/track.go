package rtc

import (
	"sync"
	"time"

	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"

	"tccc/gateway/mix"
)

const streamID = "gateway"

// track is the gateway's outgoing audio: a webrtc.TrackLocal that sends each
// frame with the payload type of its codec, and the mix.PacketWriter of the
// leg's port.
type track struct {
	mu      sync.Mutex
	stream  webrtc.TrackLocalWriter // nil until bound
	header  rtp.Header
	formats formats
	last    mix.Codec // newest audio codec

	// For reports.
	packets, octets uint64
	ts              uint32
	at              time.Time // when ts was sent
}

// Bind implements webrtc.TrackLocal.
func (t *track) Bind(c webrtc.TrackLocalContext) (webrtc.RTPCodecParameters, error) {
	negotiated := c.CodecParameters()
	if len(negotiated) == 0 {
		return webrtc.RTPCodecParameters{}, webrtc.ErrUnsupportedCodec
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.stream = c.WriteStream()
	t.header.SSRC = uint32(c.SSRC())
	return negotiated[0], nil
}

// Unbind implements webrtc.TrackLocal.
func (t *track) Unbind(webrtc.TrackLocalContext) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.stream = nil
	return nil
}

// ID, RID, StreamID and Kind implement webrtc.TrackLocal.
func (t *track) ID() string                { return "audio" }
func (t *track) RID() string               { return "" }
func (t *track) StreamID() string          { return streamID }
func (t *track) Kind() webrtc.RTPCodecType { return webrtc.RTPCodecTypeAudio }

// WritePacket implements mix.PacketWriter. Until the connection is up, packets
// go nowhere.
func (t *track) WritePacket(c mix.Codec, marker bool, seq uint16, ts uint32, payload []byte) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.stream == nil {
		return nil
	}
	pt := t.formats.typeOf(c, t.last)
	if pt == noType {
		return nil
	}
	if c != mix.Event {
		t.last, t.ts, t.at = c, ts, time.Now()
	}
	h := &t.header
	h.Version, h.Marker, h.PayloadType, h.SequenceNumber, h.Timestamp = 2, marker, pt, seq, ts
	n, err := t.stream.WriteRTP(h, payload)
	if n > 0 {
		t.packets++
		t.octets += uint64(len(payload))
	}
	return err
}

func (t *track) setFormats(f formats) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.formats = f
	if t.last == 0 || f.audio[t.last] == noType {
		t.last = f.order[0]
	}
}
