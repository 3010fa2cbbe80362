package codec

import (
	"errors"
	"fmt"
	"time"

	"github.com/thesyncim/gopus"
)

// stereoBitrate is the most that a conversation in two channels takes; speech by
// turns takes half of it. The channels are coded together, and what is heard of one
// in the other is 34 dB below, at worst: at 32 kbit/s it would be 28 dB.
const stereoBitrate = 48000

// StereoOpusEncoder makes Opus of two channels, for files. It is for one goroutine
// at a time.
type StereoOpusEncoder struct{ opusEncoder }

// NewStereoOpusEncoder makes one of speech at 8, 16 or 48 kHz. Its samples are
// interleaved, the left one first; Samples counts those of both channels.
func NewStereoOpusEncoder(rate int, packet time.Duration) (*StereoOpusEncoder, error) {
	e, err := gopus.NewEncoder(gopus.EncoderConfig{SampleRate: rate, Channels: 2, Application: gopus.ApplicationVoIP})
	if err == nil {
		err = errors.Join(e.SetFrameSize(samples(packet, rate)), e.SetBitrate(stereoBitrate),
			e.SetComplexity(opusComplexity), e.SetForceChannels(2))
	}
	if err != nil {
		return nil, fmt.Errorf("failed to make an Opus encoder of two channels at %d Hz, %v: %w", rate, packet, err)
	}
	return &StereoOpusEncoder{opusEncoder{rate: rate, size: 2 * samples(packet, rate), e: e}}, nil
}

// Delay is by how much what is decoded comes later than what was encoded.
func (s *StereoOpusEncoder) Delay() time.Duration {
	return time.Duration(s.e.Lookahead()) * time.Second / time.Duration(s.rate)
}
