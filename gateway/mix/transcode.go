package mix

import (
	"encoding/binary"
	"slices"
	"time"

	"tccc/gateway/audio"
	"tccc/gateway/codec"
)

// transcoder makes frames of one codec and packet time from those of another, with
// a numbering of its own that has no gaps: what was lost is made up. A frame that
// overtook another waits for it until one more has come.
type transcoder struct {
	to      Codec
	encoder func(rate int) codec.Encoder // nil: there is none
	sink    Sink

	from  Codec
	dec   codec.Decoder
	enc   codec.Encoder
	rates *codec.Resampler // from the one's rate to the other's; nil: they are the same
	pcm   []int16          // as it was decoded
	wait  []int16          // for the rest of a packet

	seen bool
	seq  uint16 // of the newest frame that was played
	due  uint32 // timestamp of the next, in the source's clock
	span uint32 // of the newest
	held held

	out     Frame // the next one's numbering
	payload []byte
	event   struct {
		any     bool
		in, out uint32
		payload [4]byte
	}
	noise audio.Noise
}

// held is a frame that waits for the one before it.
type held struct {
	any  bool
	f    Frame
	room [maxHeld]byte
}

// maxHeld is longer than a payload in a datagram.
const maxHeld = 1500

const (
	concealed = 120 * time.Millisecond // of a loss are made up; then it is a pause
	restart   = 100                    // a larger step in the numbering is another stream
)

// Audible reports whether a codec is one of sound.
func (c Codec) Audible() bool { return c.g711() || c == G722 || c == Opus }

// write takes a frame of the source.
func (t *transcoder) write(f *Frame) {
	step := int16(f.Seq - t.seq)
	switch {
	case t.seen && step <= 0 && step > -restart, t.held.any && f.Seq == t.held.f.Seq:
		return // too late, or for the second time
	case !t.seen, step < 0, step > restart:
		t.begin()
	case step > 1 && !t.held.any:
		t.hold(f)
		return
	case t.held.any && f.Seq != t.seq+1:
		t.release()
		t.write(f)
		return
	}
	t.take(f)
	if t.held.any && t.held.f.Seq == t.seq+1 {
		t.release()
	}
}

// pass notes a frame of the source that is not played: it is not lost.
func (t *transcoder) pass(seq uint16) {
	if seq == t.seq+1 {
		t.seq = seq
	}
}

// begin forgets the stream before.
func (t *transcoder) begin() {
	t.seen, t.held.any, t.span, t.event.any, t.out.Marker = false, false, 0, false, true
}

func (t *transcoder) hold(f *Frame) {
	if len(f.Payload) > maxHeld {
		return
	}
	h := &t.held
	h.any, h.f = true, *f
	h.f.Payload = h.room[:copy(h.room[:], f.Payload)]
}

func (t *transcoder) release() {
	t.held.any = false
	t.take(&t.held.f)
}

// take plays a frame behind those before it.
func (t *transcoder) take(f *Frame) {
	lost := t.seen && f.Seq != t.seq+1
	t.seq = f.Seq
	if f.Codec == Event {
		t.seen = true
		t.writeEvent(f)
		return
	}
	if !t.prepare(f.Codec) {
		return
	}
	if t.seen && t.span > 0 {
		t.passTime(int32(f.Timestamp-t.due), lost)
	}
	t.seen = true
	before := len(t.pcm)
	pcm, err := t.dec.Decode(t.pcm, f.Payload)
	if err != nil || len(pcm) == before { // as if it were lost
		pcm = t.dec.Conceal(pcm, int(t.span*uint32(t.dec.Rate())/f.Codec.Clock()))
	}
	t.pcm = pcm
	t.span = uint32(len(pcm)-before) * f.Codec.Clock() / uint32(t.dec.Rate())
	t.due = f.Timestamp + t.span
	t.send()
}

// prepare has what a codec is decoded with.
func (t *transcoder) prepare(from Codec) bool {
	if t.from == from && t.dec != nil && t.enc != nil {
		t.enc = t.encoder(t.enc.Rate())
		return t.enc != nil
	}
	rate := rateBetween(from, t.to)
	dec, enc := newDecoder(from, rate), t.encoder(rate)
	if dec == nil || enc == nil {
		return false
	}
	if t.from.Clock() != from.Clock() {
		t.begin()
	}
	t.from, t.dec, t.enc, t.rates = from, dec, enc, nil
	if dec.Rate() != enc.Rate() {
		t.rates = codec.NewResampler(dec.Rate(), enc.Rate())
	}
	return true
}

// passTime moves on by what lies between the last frame and this one, in the
// source's clock: a loss is made up, a pause is left out.
func (t *transcoder) passTime(gap int32, lost bool) {
	if gap <= 0 {
		return
	}
	clock := t.from.Clock()
	if lost {
		n := min(uint32(gap), uint32(ticks(concealed, clock)))
		t.pcm = t.dec.Conceal(t.pcm, int(n*uint32(t.dec.Rate())/clock))
		t.send()
		gap -= int32(n)
	}
	if gap > 0 {
		t.out.Timestamp += scale(uint32(gap), clock, t.to.Clock())
		t.out.Marker = true
	}
}

// send encodes what fills packets.
func (t *transcoder) send() {
	if t.rates != nil {
		t.wait = t.rates.Write(t.wait, t.pcm)
	} else {
		t.wait = append(t.wait, t.pcm...)
	}
	t.pcm = t.pcm[:0]
	n := t.enc.Samples()
	at := 0
	for ; at+n <= len(t.wait); at += n {
		payload, err := t.enc.Encode(t.payload[:0], t.wait[at:at+n])
		t.payload = payload
		if err == nil {
			t.out.Codec, t.out.Payload = t.to, payload
			t.emit(&t.out)
		}
		t.out.Timestamp += uint32(n) * t.to.Clock() / uint32(t.enc.Rate())
	}
	t.wait = t.wait[:copy(t.wait, t.wait[at:])]
}

func (t *transcoder) emit(f *Frame) {
	f.Seq = t.out.Seq
	t.sink.WriteFrame(f)
	t.out.Seq++
	t.out.Marker = false
}

// flush fills up the last packet with silence.
func (t *transcoder) flush() {
	if t.enc != nil && len(t.wait) > 0 {
		t.wait = append(t.wait, make([]int16, t.enc.Samples()-len(t.wait))...)
		t.send()
	}
}

// hush sends a frame of the gateway's own of comfort noise at a level in -dBov
// (RFC 3389), in the place of what the source does not send.
func (t *transcoder) hush(level byte) {
	if t.dec == nil || t.enc == nil {
		return
	}
	n := t.dec.Rate() / 50
	t.pcm = slices.Grow(t.pcm, n)[:n]
	t.noise.Read(t.pcm, level)
	t.due += t.from.Clock() / 50
	t.send()
}

// writeEvent gives a telephone event the clock of the audio that it is beside.
func (t *transcoder) writeEvent(f *Frame) {
	if len(f.Payload) < 4 {
		return
	}
	in, out := f.Clock, t.to.Clock()
	if in == 0 {
		in = max(t.from.Clock(), 8000)
	}
	e := &t.event
	if !e.any || f.Timestamp != e.in {
		at := t.out.Timestamp
		if ahead := int32(f.Timestamp - t.due); in == t.from.Clock() && ahead > 0 && ahead < eventReach*int32(in) {
			at += scale(uint32(ahead), in, out)
		}
		e.any, e.in, e.out = true, f.Timestamp, at
	}
	copy(e.payload[:], f.Payload)
	ScaleEvent(e.payload[:], in, out)
	event := Frame{Codec: Event, Marker: f.Marker, Timestamp: e.out, Payload: e.payload[:], Clock: out}
	marker := t.out.Marker
	t.emit(&event)
	t.out.Marker = marker
}

// ScaleEvent gives the duration of an event (RFC 4733 section 2.3) in another clock.
func ScaleEvent(payload []byte, from, to uint32) {
	if len(payload) < 4 {
		return
	}
	d := binary.BigEndian.Uint16(payload[2:])
	binary.BigEndian.PutUint16(payload[2:], uint16(min(scale(uint32(d), from, to), 0xFFFF)))
}

func scale(n, from, to uint32) uint32 { return uint32(uint64(n) * uint64(to) / uint64(from)) }

// rateBetween is the rate at which frames of one codec are encoded in another: no
// higher than either carries.
func rateBetween(from, to Codec) int {
	if to.g711() || to == Opus && from.g711() {
		return 8000
	}
	return 16000
}

// newDecoder makes that of a codec, at a rate if it gives several.
func newDecoder(c Codec, rate int) codec.Decoder {
	switch c {
	case PCMU:
		return codec.NewG711Decoder(codec.Mulaw)
	case PCMA:
		return codec.NewG711Decoder(codec.Alaw)
	case G722:
		return codec.NewG722Decoder()
	case Opus:
		if d, err := codec.NewOpusDecoder(rate); err == nil {
			return d
		}
	}
	return nil
}

// newEncoder makes that of a codec, at a rate if it takes several.
func newEncoder(c Codec, rate int, packet time.Duration) codec.Encoder {
	switch c {
	case PCMU:
		return codec.NewG711Encoder(codec.Mulaw, packet)
	case PCMA:
		return codec.NewG711Encoder(codec.Alaw, packet)
	case G722:
		return codec.NewG722Encoder(packet)
	case Opus:
		if e, err := codec.NewOpusEncoder(rate, opusPacket(packet)); err == nil {
			return e
		}
	}
	return nil
}

// opusPacket is the longest packet of Opus that is no longer than another.
func opusPacket(packet time.Duration) time.Duration {
	for _, d := range []time.Duration{60, 40, 20} {
		if packet >= d*time.Millisecond {
			return d * time.Millisecond
		}
	}
	return 10 * time.Millisecond
}
