package audio

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestFrequency(t *testing.T) {
	for _, hz := range []float64{120, 390, 440, 697, 1000.5, 2500, 3777} {
		tone := Tone(hz, 0.3)
		pcm := tone.Samples(Rate)
		require.InDelta(t, hz, Frequency(pcm), 0.5)
		require.InDelta(t, 0.3/math.Sqrt2, Energy(pcm), 0.001)

		// Through G.711 and with noise 20 dB below.
		for i := range pcm {
			pcm[i] += int16(rand.IntN(1600) - 800)
		}
		law := make([]byte, len(pcm))
		EncodeAlaw(law, pcm)
		DecodeAlaw(pcm, law)
		require.InDelta(t, hz, Frequency(pcm), 2)
	}
}

func TestNothingToHear(t *testing.T) {
	require.Zero(t, Frequency(nil))
	require.Zero(t, Frequency(make([]int16, Rate)))
	require.Zero(t, Energy(nil))
	tone := Tone(440, 0.5)
	require.Zero(t, Frequency(tone.Samples(100)))
	dc := make([]int16, Rate)
	for i := range dc {
		dc[i] = 1000
	}
	require.NotPanics(t, func() { Frequency(dc) })
}

func TestDTMF(t *testing.T) {
	for _, c := range []struct {
		digit     byte
		low, high float64
	}{{'1', 697, 1209}, {'0', 941, 1336}, {'#', 941, 1477}, {'D', 941, 1633}} {
		tone := DTMF(c.digit)
		pcm := tone.Samples(Rate)
		f := Frequency(pcm)
		require.True(t, math.Abs(f-c.low) < 1 || math.Abs(f-c.high) < 1, "%c: %f", c.digit, f)
		// Without the one, the other remains.
		one := Tone(f, 0.25)
		for i, s := range one.Samples(len(pcm)) {
			pcm[i] -= s
		}
		require.InDelta(t, c.low+c.high-f, Frequency(pcm), 30)
	}
	none := DTMF('x')
	require.Zero(t, Energy(none.Samples(Rate)))
}

func TestLaws(t *testing.T) {
	tone := Tone(440, 0.5)
	pcm := tone.Samples(Rate)
	u, a, back := make([]byte, Rate), make([]byte, Rate), make([]int16, Rate)
	EncodeMulaw(u, pcm)
	MulawToAlaw(a, u)
	DecodeAlaw(back, a)
	require.InDelta(t, 440, Frequency(back), 0.5)
	AlawToMulaw(u, a)
	DecodeMulaw(back, u)
	require.InDelta(t, Energy(pcm), Energy(back), 0.01)
	MulawToAlaw(u, u)
	require.Equal(t, a, u, "in place, and mu to A to mu to A is stable")

	EncodeMulaw(u[:1], []int16{0})
	EncodeAlaw(a[:1], []int16{0})
	require.Equal(t, []byte{SilenceMulaw, SilenceAlaw}, []byte{u[0], a[0]})
}

func BenchmarkMulawToAlaw(b *testing.B) {
	frame := make([]byte, FrameSamples)
	b.ReportAllocs()
	for b.Loop() {
		MulawToAlaw(frame, frame)
	}
}

func BenchmarkFrequency(b *testing.B) {
	tone := Tone(440, 0.5)
	pcm := tone.Samples(Rate)
	for b.Loop() {
		Frequency(pcm)
	}
}
