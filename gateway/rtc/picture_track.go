package rtc

import (
	"math/rand/v2"
	"sync"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"
)

const (
	videoLeap = 3000                  // a larger step in the numbering is a camera that began anew
	oneFrame  = videoClock / 30       // between the last packet of one camera and the first of the next
	stillMost = 10 * time.Second * 60 // a picture that stood still for longer goes on as if it had for so long
)

// pictureTrack is the gateway's outgoing video: one RTP stream for the leg's
// whole life (RFC 3550 section 5.1), whoever's camera it shows. Packets that a
// camera's way has lost stay missing in the numbering, so that those that come
// late or again fit in.
type pictureTrack struct {
	name string // in the SDP

	mu      sync.Mutex
	stream  webrtc.TrackLocalWriter // nil until bound
	header  rtp.Header
	formats *videoFormats

	from    *Picture // whose camera is shown
	waiting bool     // for its key frame
	camera  uint32   // SSRC of it
	begun   bool     // anything was ever sent
	seqOff  uint16   // outgoing minus incoming
	tsOff   uint32
	high    uint16 // highest incoming number
	room    int    // packets that can have been sent with these offsets before high
	ts      uint32 // newest outgoing
	seq     uint16
	at      time.Time // when ts was sent
	format  videoFormat

	packets, octets uint64
}

// trackNames are those of a leg's pictures, in the order of its offer.
var trackNames = [picturesMost]string{"video", "screen"}

// Bind implements webrtc.TrackLocal.
func (t *pictureTrack) Bind(c webrtc.TrackLocalContext) (webrtc.RTPCodecParameters, error) {
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
func (t *pictureTrack) Unbind(webrtc.TrackLocalContext) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.stream = nil
	return nil
}

// ID, RID, StreamID and Kind implement webrtc.TrackLocal.
func (t *pictureTrack) ID() string                { return t.name }
func (t *pictureTrack) RID() string               { return "" }
func (t *pictureTrack) StreamID() string          { return streamID }
func (t *pictureTrack) Kind() webrtc.RTPCodecType { return webrtc.RTPCodecTypeVideo }

func (t *pictureTrack) setFormats(f *videoFormats) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.formats = f
}

func (t *pictureTrack) source() uint32 {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.header.SSRC
}

// sent is how many bytes were sent so far.
func (t *pictureTrack) sent() uint64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.octets
}

// begin shows another camera from its next key frame on.
func (t *pictureTrack) begin(from *Picture) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.from, t.waiting = from, true
}

// pass sends a packet of a camera on. It reports whether a key frame is needed
// first. sent is the time stamp of the packet's sender, which the receiver's
// estimate of the bandwidth rests on.
func (t *pictureTrack) pass(from *Picture, p *rtp.Packet, f videoFormat, sent []byte, now time.Time) (needsKey bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.from != from || t.stream == nil || t.formats == nil || f == "" {
		return false
	}
	pt, ok := t.formats.types[f]
	if !ok {
		return false
	}
	step := int(int16(p.SequenceNumber - t.high))
	if p.SSRC != t.camera || step > videoLeap || step < -videoLeap {
		t.waiting = true
	}
	switch {
	case t.waiting && !beginsPicture(f, p.Payload):
		return true
	case t.waiting:
		t.rebase(p, now)
	case step <= 0 && -step > t.room:
		return false // of the camera's time before
	case step > 0:
		t.high = p.SequenceNumber
		t.room = min(t.room+step, videoLeap)
	}
	t.send(p, pt, f, sent, now)
	return false
}

// rebase continues the stream with the numbering of another camera.
func (t *pictureTrack) rebase(p *rtp.Packet, now time.Time) {
	t.waiting, t.camera = false, p.SSRC
	t.high, t.room = p.SequenceNumber, 0
	seq, ts := uint16(rand.Uint32()), rand.Uint32()
	if t.begun {
		still := min(now.Sub(t.at), stillMost)
		seq = t.seq + 1
		ts = t.ts + max(oneFrame, uint32(still.Milliseconds())*(videoClock/1000))
	}
	t.seqOff, t.tsOff = seq-p.SequenceNumber, ts-p.Timestamp
}

func (t *pictureTrack) send(p *rtp.Packet, pt uint8, f videoFormat, sent []byte, now time.Time) {
	h := &t.header
	h.Version, h.Marker, h.PayloadType = 2, p.Marker, pt
	h.SequenceNumber, h.Timestamp = p.SequenceNumber+t.seqOff, p.Timestamp+t.tsOff
	h.Extension, h.ExtensionProfile, h.Extensions = false, 0, h.Extensions[:0]
	if id := t.formats.sendTime; id != 0 && sent != nil {
		_ = h.SetExtension(id, sent) // without it the receiver only estimates less well
	}
	if !t.begun || int16(h.SequenceNumber-t.seq) > 0 {
		t.begun, t.seq, t.ts, t.at, t.format = true, h.SequenceNumber, h.Timestamp, now, f
	}
	if n, _ := t.stream.WriteRTP(h, p.Payload); n > 0 {
		t.packets++
		t.octets += uint64(len(p.Payload))
	}
}

// report is the sender report at now; nil if nothing was sent yet.
func (t *pictureTrack) report(now time.Time) (ssrc uint32, _ *rtcp.SenderReport) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.packets == 0 {
		return t.header.SSRC, nil
	}
	since := int64(min(now.Sub(t.at), stillMost)/time.Microsecond) * videoClock / 1_000_000
	return t.header.SSRC, &rtcp.SenderReport{
		SSRC:        t.header.SSRC,
		NTPTime:     ntp(now),
		RTPTime:     t.ts + uint32(since),
		PacketCount: uint32(t.packets),
		OctetCount:  uint32(t.octets),
	}
}
