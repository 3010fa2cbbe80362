package mix

import (
	"math/rand/v2"
	"sync"
	"time"

	"tccc/gateway/audio"
	"tccc/gateway/codec"
)

// PacketWriter is the wire below a Port: it puts an RTP header in front of the
// payload and sends it. It must not block for long and must not keep payload.
// Calls come one at a time.
type PacketWriter interface {
	WritePacket(codec Codec, marker bool, seq uint16, ts uint32, payload []byte) error
}

// Port is the outgoing side of a leg: one RTP stream for the leg's whole life,
// whatever feeds it. At any time at most one Feed is live; NewFeed replaces it.
//
// What the peer sees (RFC 3550 section 5.1): sequence numbers go on by one over
// every change of feed; timestamps go on by the time that has passed, in whole
// frames; the first audio after a change carries the marker bit. Within a feed
// the source's numbering shows through, so that a packet lost before the
// gateway is counted as lost by the peer, and a late one may still arrive.
// Frames that the gateway itself holds back leave no gap.
//
// All methods are safe for concurrent use. No method allocates per frame.
type Port struct {
	mu     sync.Mutex
	w      PacketWriter
	feed   *Feed
	closed bool
	keying bool // digits are being sent: the feed waits

	codec   Codec         // of what the gateway generates and transcodes to
	accept  uint16        // bit set of Codec
	packet  time.Duration // of what it transcodes
	longest time.Duration // packet time that the peer takes; 0: any
	coder   coder

	out     head
	scratch [maxTranslated]byte

	digits chan struct{} // held while digits are sent
}

// maxTranslated is the longest G.711 payload that is translated between the
// laws: 200 ms. Longer ones are dropped.
const maxTranslated = 1600

// NewPort makes the port of a leg whose packets go out through w. Until
// SetCodec is called it takes every codec and generates PCMU.
func NewPort(w PacketWriter) *Port {
	return &Port{
		w:      w,
		codec:  PCMU,
		accept: 1<<PCMU | 1<<PCMA | 1<<Opus | 1<<Event,
		packet: FrameTime,
		out:    head{seq: uint16(rand.Uint32()), ts: rand.Uint32()}, // RFC 3550 section 5.1: random
		digits: make(chan struct{}, 1),
	}
}

// SetCodec says what the peer takes: preferred is what the gateway generates
// for it, also lists what else may be passed on to it, telephone events (Event)
// among them. A G.711 frame in the law that is not in the list is translated into
// the other; other sound that is not in the list is transcoded to preferred, and
// events are dropped without a gap.
func (p *Port) SetCodec(preferred Codec, also ...Codec) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.codec = preferred
	p.accept = 1 << preferred
	for _, c := range also {
		p.accept |= 1 << c
	}
}

// Codec is what the gateway generates for the peer.
func (p *Port) Codec() Codec {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.codec
}

// Takes reports whether frames of c are passed to the peer as they are.
func (p *Port) Takes(c Codec) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.takes(c)
}

func (p *Port) takes(c Codec) bool { return p.accept&(1<<c) != 0 }

// NewFeed makes a feed and puts it in the place of the one before: when
// NewFeed returns, the peer receives no further frame of that one.
func (p *Port) NewFeed() *Feed {
	f := &Feed{port: p}
	p.mu.Lock()
	defer p.mu.Unlock()
	f.since = time.Now()
	p.feed = f
	return f
}

// Close ends the port: nothing is sent any more, and feeds drop their frames.
func (p *Port) Close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	p.feed = nil
}

// SetPacket says which packet time the peer wants of what is transcoded, and the
// longest that it takes at all; 0 is 20 ms, and any.
func (p *Port) SetPacket(packet, longest time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if packet == 0 {
		packet = FrameTime
	}
	if longest > 0 {
		packet = min(packet, longest)
	}
	p.packet, p.longest = packet, longest
}

// passes reports whether the peer takes a frame as it is, or in the other law.
func (p *Port) passes(f *Frame) bool {
	if f.Codec == Event {
		return f.Clock == 0 || f.Clock == p.codec.Clock()
	}
	if !p.takes(f.Codec) && !(f.Codec.g711() && (p.takes(PCMU) || p.takes(PCMA))) {
		return false
	}
	return p.longest == 0 || length(int64(span(f.Codec, f.Payload)), f.Codec.Clock()) <= p.longest
}

// coder is what sound for the peer is encoded with. It outlives feeds: the peer
// decodes one stream.
type coder struct {
	codec   Codec
	packet  time.Duration
	rate    int
	encoder codec.Encoder
}

// transcoder makes one of frames for the peer.
func (p *Port) transcoder(to Sink) *transcoder {
	return &transcoder{to: p.codec, encoder: p.encoder, sink: to}
}

// encoder is the one for sound at a rate. It is called with p.mu held.
func (p *Port) encoder(rate int) codec.Encoder {
	v := &p.coder
	if v.encoder == nil || v.codec != p.codec || v.packet != p.packet || v.rate != rate {
		*v = coder{p.codec, p.packet, rate, newEncoder(p.codec, rate, p.packet)}
	}
	return v.encoder
}

// fit gives the codec and payload in which the peer takes a frame.
func (p *Port) fit(c Codec, payload []byte) (Codec, []byte, bool) {
	if p.takes(c) {
		return c, payload, true
	}
	if len(payload) > maxTranslated {
		return 0, nil, false
	}
	switch {
	case c == PCMU && p.takes(PCMA):
		audio.MulawToAlaw(p.scratch[:], payload)
		return PCMA, p.scratch[:len(payload)], true
	case c == PCMA && p.takes(PCMU):
		audio.AlawToMulaw(p.scratch[:], payload)
		return PCMU, p.scratch[:len(payload)], true
	}
	return 0, nil, false
}

// slew is how far one frame may move the due time.
const slew = 2 * time.Millisecond

// head is the newest point of the outgoing stream.
type head struct {
	started bool
	marker  bool      // the next audio begins a talkspurt
	seq     uint16    // highest sent
	ts      uint32    // of the newest audio sent
	clock   uint32    // of ts
	codec   Codec     // of the newest audio
	span    uint32    // of the newest audio, in clock
	at      time.Time // when ts was due: the arrival times of the audio, smoothed
}

// follow moves the head to where a new feed begins: one sequence number on, and
// in time at least behind the newest audio, else as far as time has passed, to
// the nearest frame. It returns both.
func (h *head) follow(now time.Time, clock uint32) (seq uint16, ts uint32) {
	if !h.started {
		h.started, h.clock, h.at = true, clock, now
		h.span = clock / 50
		return h.seq + 1, h.ts
	}
	frame := h.clock / 50
	step := max(h.span, frame)
	if late := ticks(now.Sub(h.at), h.clock); late > int64(step) {
		step += uint32((late - int64(step) + int64(frame)/2) / int64(frame) * int64(frame))
	}
	h.ts += step
	h.at = h.at.Add(length(int64(step), h.clock))
	h.clock = clock
	h.span = clock / 50
	return h.seq + 1, h.ts
}

// note records that audio was sent with ts. The due time follows the source's
// clock slowly, so that neither jitter nor a clock that runs fast adds up.
func (h *head) note(now time.Time, c Codec, ts uint32, payload []byte) {
	h.codec = c
	if d := int32(ts - h.ts); d > 0 {
		h.ts = ts
		h.at = h.at.Add(length(int64(d), h.clock))
	}
	h.at = h.at.Add(max(-slew, min(slew, now.Sub(h.at)/16)))
	if n := span(c, payload); n > 0 {
		h.span = n
	}
}

// send writes one packet and keeps the highest sequence number. An error of
// the wire is the wire's business: the stream goes on, with a gap.
func (p *Port) send(c Codec, marker bool, seq uint16, ts uint32, payload []byte) {
	if int16(seq-p.out.seq) > 0 {
		p.out.seq = seq
	}
	_ = p.w.WritePacket(c, marker, seq, ts, payload)
}
