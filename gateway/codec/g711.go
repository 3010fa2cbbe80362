package codec

import (
	"time"

	"tccc/gateway/audio"
)

// Law is one of the two of G.711.
type Law bool

// The laws.
const (
	Mulaw Law = false
	Alaw  Law = true
)

type g711Decoder struct {
	law     Law
	conceal concealer
}

// NewG711Decoder makes a decoder at 8 kHz.
func NewG711Decoder(law Law) Decoder {
	return &g711Decoder{law: law, conceal: newConcealer(audio.Rate)}
}

func (d *g711Decoder) Rate() int { return audio.Rate }

func (d *g711Decoder) Decode(pcm []int16, payload []byte) ([]int16, error) {
	if len(payload) > samples(maxPacket, audio.Rate) {
		return pcm, ErrPayload
	}
	at := len(pcm)
	pcm = grow(pcm, len(payload))
	if d.law == Alaw {
		audio.DecodeAlaw(pcm[at:], payload)
	} else {
		audio.DecodeMulaw(pcm[at:], payload)
	}
	d.conceal.note(pcm[at:])
	return pcm, nil
}

func (d *g711Decoder) Conceal(pcm []int16, n int) []int16 { return d.conceal.conceal(pcm, n) }

type g711Encoder struct {
	law  Law
	size int
}

// NewG711Encoder makes an encoder at 8 kHz.
func NewG711Encoder(law Law, packet time.Duration) Encoder {
	return &g711Encoder{law, samples(packet, audio.Rate)}
}

func (e *g711Encoder) Rate() int    { return audio.Rate }
func (e *g711Encoder) Samples() int { return e.size }

func (e *g711Encoder) Encode(payload []byte, pcm []int16) ([]byte, error) {
	if len(pcm) != e.size {
		return payload, ErrSamples
	}
	at := len(payload)
	payload = grow(payload, len(pcm))
	if e.law == Alaw {
		audio.EncodeAlaw(payload[at:], pcm)
	} else {
		audio.EncodeMulaw(payload[at:], pcm)
	}
	return payload, nil
}

// grow appends n elements whose values are the caller's to set.
func grow[T any](s []T, n int) []T {
	if len(s)+n <= cap(s) {
		return s[:len(s)+n]
	}
	return append(s, make([]T, n)...)
}
