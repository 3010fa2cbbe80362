package sip

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tccc/gateway/audio"
	"tccc/gateway/mix"
	"tccc/gateway/rtp"
)

// ear keeps what a leg hears.
type ear struct {
	mu  sync.Mutex
	pcm []int16
}

func (e *ear) WriteFrame(f *mix.Frame) {
	pcm := make([]int16, len(f.Payload))
	switch f.Codec {
	case mix.PCMU:
		audio.DecodeMulaw(pcm, f.Payload)
	case mix.PCMA:
		audio.DecodeAlaw(pcm, f.Payload)
	default:
		return
	}
	e.mu.Lock()
	e.pcm = append(e.pcm, pcm...)
	e.mu.Unlock()
}

// frequency waits for half a second of sound and measures it.
func (e *ear) frequency(t *testing.T) float64 {
	t.Helper()
	var pcm []int16
	require.Eventually(t, func() bool {
		e.mu.Lock()
		defer e.mu.Unlock()
		pcm = e.pcm
		return len(pcm) >= 4000
	}, deadline, 5*time.Millisecond)
	require.Greater(t, audio.Energy(pcm[len(pcm)-4000:]), 0.1)
	return audio.Frequency(pcm[len(pcm)-4000:])
}

// sound plays a tone on each side and checks that the other hears it.
func sound(t *testing.T, x, y *rtp.Leg) {
	t.Helper()
	e := mix.NewEngine()
	defer e.Close()
	var atX, atY ear
	x.Receive(mix.Narrow(&atX))
	y.Receive(mix.Narrow(&atY))
	tx, ty := audio.Tone(440, 0.5), audio.Tone(1000, 0.5)
	e.Play(x, mix.NewClip(tx.Samples(8000)), mix.PlayOptions{Loop: true})
	e.Play(y, mix.NewClip(ty.Samples(8000)), mix.PlayOptions{Loop: true})
	require.InDelta(t, 440, atY.frequency(t), 5)
	require.InDelta(t, 1000, atX.frequency(t), 5)
}

func TestSound(t *testing.T) {
	all := []mix.Codec{mix.Opus, mix.G722, mix.PCMU, mix.PCMA}
	for _, codec := range all {
		t.Run(codec.String(), func(t *testing.T) {
			a, b := pair(t, "udp", Options{Trunks: []Trunk{{Name: "peer", Codecs: all}}},
				Options{Trunks: []Trunk{{Name: "peer", Codecs: []mix.Codec{codec}}}})
			out, in := talk(t, a, b, Outgoing{})
			s, _ := out.Leg().Session()
			require.Equal(t, codec, s.Codec)
			sound(t, out.Leg(), in.Leg())
			require.NoError(t, out.Hangup())
			next(t, out, Ended)
			next(t, in, Ended)
		})
	}
}

func TestEarlySound(t *testing.T) {
	a, b := pair(t, "udp", Options{}, Options{})
	out := a.dial(Outgoing{})
	in := b.incoming()
	require.NoError(t, in.EarlyMedia())
	next(t, out, EarlyMedia)
	sound(t, out.Leg(), in.Leg())
	require.NoError(t, out.Hangup())
	next(t, out, Ended)
	next(t, in, Ended)
}

func TestNoCodecInCommon(t *testing.T) {
	a, b := pair(t, "udp", Options{Trunks: []Trunk{{Name: "peer", Codecs: []mix.Codec{mix.PCMU}}}},
		Options{Trunks: []Trunk{{Name: "peer", Codecs: []mix.Codec{mix.PCMA}}}})
	out := a.dial(Outgoing{})
	require.Equal(t, 488, next(t, out, Ended).Code)
	require.Empty(t, b.calls)
}

func TestDigits(t *testing.T) {
	fast := rtp.Options{Digits: mix.DigitOptions{Tone: 40 * time.Millisecond, Gap: 40 * time.Millisecond,
		Pause: 20 * time.Millisecond}}
	a, b := pair(t, "udp", Options{Media: fast}, Options{Media: fast})
	out, in := talk(t, a, b, Outgoing{})
	both := make(chan error, 2)
	go func() { both <- out.SendDigits(t.Context(), "12p3#") }()
	go func() { both <- in.SendDigits(t.Context(), "*99") }()
	for _, d := range "123#" {
		require.Equal(t, string(d), string(next(t, in, Digit).Digit))
	}
	for _, d := range "*99" {
		require.Equal(t, string(d), string(next(t, out, Digit).Digit))
	}
	require.NoError(t, <-both)
	require.NoError(t, <-both)
	require.Error(t, out.SendDigits(t.Context(), "q"))
	require.NoError(t, out.Hangup())
	next(t, out, Ended)
	next(t, in, Ended)
	require.Error(t, out.SendDigits(t.Context(), "1"))
}
