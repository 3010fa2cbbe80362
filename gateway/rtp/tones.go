package rtp

import (
	"tccc/gateway/audio"
	"tccc/gateway/mix"
)

// tones finds digits in the sound, whatever its codec.
type tones struct {
	detector audio.DTMFDetector
	seen     bool
	seq      uint16
	frame    mix.Frame
	narrow   mix.Sink // hands on in G.711 to the tones
	report   func(byte)
	pcm      [maxPacket]int16
}

func newTones(report func(byte)) *tones {
	t := &tones{report: report}
	t.narrow = mix.Narrow(t)
	return t
}

// take looks at a packet of sound. What was overtaken is left out, and what is
// lost is no pause between two digits.
func (t *tones) take(codec mix.Codec, h *header) {
	if t == nil || t.seen && h.seq-t.seq-1 >= 0x8000-1 {
		return
	}
	t.seen, t.seq = true, h.seq
	t.frame = mix.Frame{Codec: codec, Seq: h.seq, Timestamp: h.ts, Payload: h.payload}
	t.narrow.WriteFrame(&t.frame)
}

// WriteFrame implements mix.Sink.
func (t *tones) WriteFrame(f *mix.Frame) {
	pcm := t.pcm[:len(f.Payload)]
	if f.Codec == mix.PCMA {
		audio.DecodeAlaw(pcm, f.Payload)
	} else {
		audio.DecodeMulaw(pcm, f.Payload)
	}
	t.detector.Write(pcm, t.report)
}
