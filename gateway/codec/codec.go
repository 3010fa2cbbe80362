// Package codec turns the payloads of telephones' audio formats into samples and
// back: G.711, G.722 and Opus. It is pure: no sockets, no clocks. All samples are
// 16 bit, mono.
package codec

import (
	"errors"
	"time"
)

// Decoder is the receiving end of one stream. It is for one goroutine at a time.
type Decoder interface {
	// Rate is that of the samples, in hertz.
	Rate() int
	// Decode appends the samples of a payload to pcm. A payload that is broken
	// adds nothing; whatever it is, the decoder goes on with the next one.
	Decode(pcm []int16, payload []byte) ([]int16, error)
	// Conceal appends n samples in the place of those that were lost.
	Conceal(pcm []int16, n int) []int16
}

// Encoder is the sending end of one stream. It is for one goroutine at a time.
type Encoder interface {
	// Rate is that of the samples, in hertz.
	Rate() int
	// Samples is how many of them make a packet.
	Samples() int
	// Encode appends the payload of a packet.
	Encode(payload []byte, pcm []int16) ([]byte, error)
}

// ErrPayload is that of what cannot be decoded, ErrSamples that of a packet with
// another number of samples than the encoder's.
var (
	ErrPayload = errors.New("codec: the payload is broken")
	ErrSamples = errors.New("codec: the packet has another length")
)

// maxPacket is the longest packet of Opus (RFC 6716 section 3.2.5); that of the
// others is bounded alike.
const maxPacket = 120 * time.Millisecond

// samples is how many a time has at a rate.
func samples(d time.Duration, rate int) int { return int(d * time.Duration(rate) / time.Second) }
