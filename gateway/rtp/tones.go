package rtp

import (
	"tccc/gateway/audio"
	"tccc/gateway/mix"
)

// tones finds digits in the sound.
type tones struct {
	detector audio.DTMFDetector
	seen     bool
	seq      uint16
	pcm      [maxPacket]int16
}

// take looks at a packet of sound. What was overtaken is left out, and what is
// lost is no pause between two digits.
func (t *tones) take(codec mix.Codec, h *header, report func(byte)) {
	if t == nil || t.seen && h.seq-t.seq-1 >= 0x8000-1 {
		return
	}
	t.seen, t.seq = true, h.seq
	pcm := t.pcm[:len(h.payload)]
	if codec == mix.PCMA {
		audio.DecodeAlaw(pcm, h.payload)
	} else {
		audio.DecodeMulaw(pcm, h.payload)
	}
	t.detector.Write(pcm, report)
}
