package audio

import "math"

// DualTone is the sum of two sine waves. The zero value is silence.
type DualTone struct {
	low, high oscillator
}

// oscillator makes a sine by the rotation of a phasor: two multiplications a sample.
type oscillator struct {
	re, im, cos, sin float64 // im is the signal, in units of PCM
}

func newOscillator(hz, amplitude float64) oscillator {
	s, c := math.Sincos(2 * math.Pi * hz / Rate)
	return oscillator{re: amplitude, cos: c, sin: s}
}

func (o *oscillator) next() float64 {
	v := o.im
	o.re, o.im = o.re*o.cos-o.im*o.sin, o.re*o.sin+o.im*o.cos
	return v
}

// Tone is a sine of hz with a peak of amplitude, of full scale 0 … 1.
func Tone(hz, amplitude float64) DualTone {
	return DualTone{low: newOscillator(hz, amplitude*math.MaxInt16)}
}

// Dual is the sum of two sines with the same peak each; amplitude should not
// be above 0.5.
func Dual(low, high, amplitude float64) DualTone {
	return DualTone{
		low:  newOscillator(low, amplitude*math.MaxInt16),
		high: newOscillator(high, amplitude*math.MaxInt16),
	}
}

// DTMF is the tone pair of a digit (ITU-T Q.23) at about -9 dBm0 a tone;
// silence for what is none of 0-9, *, #, A-D.
func DTMF(digit byte) DualTone {
	for i := range len(dtmfKeys) {
		if dtmfKeys[i] == digit {
			return Dual(dtmfRows[i/4], dtmfColumns[i%4], 0.25)
		}
	}
	return DualTone{}
}

// Read fills pcm with the samples that follow.
func (t *DualTone) Read(pcm []int16) {
	for i := range pcm {
		v := t.low.next() + t.high.next()
		pcm[i] = int16(math.Round(max(math.MinInt16, min(math.MaxInt16, v))))
	}
}

// Samples are the next n samples of the tone.
func (t *DualTone) Samples(n int) []int16 {
	pcm := make([]int16, n)
	t.Read(pcm)
	return pcm
}
