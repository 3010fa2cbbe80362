package codec

import (
	"errors"
	"fmt"
	"time"

	"github.com/thesyncim/gopus"
)

// opusBitrate is that of speech that nobody can tell from the original, and less
// than a fifth of G.711's.
const opusBitrate = 24000

// opusLoss is the loss in percent that is reckoned with: what follows a lost packet
// depends less on it.
const opusLoss = 10

// opusComplexity is of 10. Above it, speech gains little and the CPU pays.
const opusComplexity = 5

type opusDecoder struct {
	rate int
	d    *gopus.Decoder
}

// NewOpusDecoder makes a decoder (RFC 6716) that gives samples at 8, 16 or 48 kHz,
// whatever the rate of the sender. Stereo is mixed down.
func NewOpusDecoder(rate int) (Decoder, error) {
	d, err := gopus.NewDecoder(gopus.DefaultDecoderConfig(rate, 1))
	if err != nil {
		return nil, fmt.Errorf("failed to make an Opus decoder at %d Hz: %w", rate, err)
	}
	return &opusDecoder{rate, d}, nil
}

func (o *opusDecoder) Rate() int { return o.rate }

func (o *opusDecoder) Decode(pcm []int16, payload []byte) ([]int16, error) {
	if len(payload) == 0 {
		return pcm, ErrPayload // the library would conceal
	}
	return o.run(pcm, payload, samples(maxPacket, o.rate))
}

func (o *opusDecoder) Conceal(pcm []int16, n int) []int16 {
	for least, most := samples(2500*time.Microsecond, o.rate), samples(20*time.Millisecond, o.rate); n > 0; {
		at, step := len(pcm), min(n, most)
		pcm, _ = o.run(pcm, nil, (step+least-1)/least*least)
		for len(pcm) < at+step {
			pcm = append(pcm, 0)
		}
		pcm, n = pcm[:at+step], n-step
	}
	return pcm
}

// run decodes. A payload comes from anybody: a fault of the library in it costs
// the packet, not the process.
func (o *opusDecoder) run(pcm []int16, payload []byte, room int) (out []int16, err error) {
	at := len(pcm)
	defer func() {
		if fault := recover(); fault != nil {
			o.d.Reset()
			out, err = pcm[:at], fmt.Errorf("%w: %v", ErrPayload, fault)
		}
	}()
	pcm = grow(pcm, room)
	n, err := o.d.DecodeInt16(payload, pcm[at:])
	if err != nil {
		return pcm[:at], errors.Join(ErrPayload, err)
	}
	return pcm[:at+n], nil
}

type opusEncoder struct {
	rate, size int
	e          *gopus.Encoder
	room       [maxOpus]byte
}

// maxOpus is more than a packet of 60 ms has at the bit rate.
const maxOpus = 1275

// NewOpusEncoder makes an encoder of speech at 8, 16 or 48 kHz, in packets of 10,
// 20, 40 or 60 ms.
func NewOpusEncoder(rate int, packet time.Duration) (Encoder, error) {
	fail := func(err error) (Encoder, error) {
		return nil, fmt.Errorf("failed to make an Opus encoder at %d Hz, %v: %w", rate, packet, err)
	}
	e, err := gopus.NewEncoder(gopus.EncoderConfig{SampleRate: rate, Channels: 1, Application: gopus.ApplicationVoIP})
	if err != nil {
		return fail(err)
	}
	size := samples(packet, rate)
	err = errors.Join(e.SetFrameSize(size), e.SetBitrate(opusBitrate), e.SetComplexity(opusComplexity),
		e.SetPacketLoss(opusLoss))
	if err != nil {
		return fail(err)
	}
	return &opusEncoder{rate: rate, size: size, e: e}, nil
}

func (o *opusEncoder) Rate() int    { return o.rate }
func (o *opusEncoder) Samples() int { return o.size }

func (o *opusEncoder) Encode(payload []byte, pcm []int16) ([]byte, error) {
	if len(pcm) != o.size {
		return payload, ErrSamples
	}
	n, err := o.e.EncodeInt16(pcm, o.room[:])
	if err != nil {
		return payload, fmt.Errorf("failed to encode Opus: %w", err)
	}
	return append(payload, o.room[:n]...), nil
}
