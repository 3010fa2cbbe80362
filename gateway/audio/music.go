package audio

import "math"

// Parameters of the hold music: four chords of eight quavers, 16 seconds in all.
const (
	quaver    = Rate / 2
	bars      = 4
	musicPeak = 0.16 // of full scale: about 20 dB below speech at its loudest
)

// chords are MIDI note numbers, from the bass up: F, Dm7, B flat, C, in the
// middle of what a telephone carries well.
var chords = [bars][5]int{
	{53, 65, 69, 72, 76},
	{50, 65, 69, 72, 74},
	{46, 62, 65, 70, 74},
	{48, 64, 67, 70, 76},
}

// figure is the order in which a bar walks through its chord; 0 is a rest.
var figure = [bars][8]int{
	{1, 2, 3, 4, 3, 2, 3, 0},
	{1, 2, 3, 4, 3, 2, 1, 0},
	{1, 2, 3, 4, 3, 4, 3, 0},
	{1, 2, 3, 2, 4, 3, 2, 0},
}

// HoldMusic is a soft, slow arpeggio of 16 seconds that ends where it begins:
// it can be repeated without a seam. It has no sharp edges and leaves rests, so
// that it can be borne for long.
func HoldMusic() []int16 {
	loop := make([]float64, bars*8*quaver)
	for bar := range bars {
		start := bar * 8 * quaver
		pluck(loop, start, chords[bar][0], 0.8, 3.0)
		for i, step := range figure[bar] {
			if step > 0 {
				// The first of each half bar a little louder.
				loudness := 0.55
				if i%4 == 0 {
					loudness = 0.7
				}
				pluck(loop, start+i*quaver, chords[bar][step], loudness, 1.4)
			}
		}
	}
	return level(loop, musicPeak)
}

// Chime is a prompt of a second without words: two bells, the second higher.
func Chime() []int16 {
	bell := make([]float64, Rate*6/5)
	pluck(bell[:len(bell):len(bell)], 0, 72, 0.8, 0.5)
	pluck(bell, Rate/4, 77, 1, 0.6)
	fade(bell, Rate/10)
	return level(bell, 0.25)
}

// pluck adds a note at start; what rings past the end comes in at the begin.
// decay is the time in seconds after which it has fallen to a third.
func pluck(loop []float64, start, note int, loudness, decay float64) {
	hz := 440 * math.Pow(2, float64(note-69)/12)
	length := min(int(decay*5*Rate), len(loop))
	const (
		attack  = Rate * 15 / 1000
		release = Rate / 5
	)
	// Three partials, the upper ones shorter.
	partials := [3]oscillator{}
	for i, loud := range [3]float64{1, 0.25, 0.1} {
		o := newOscillator(hz*float64(i+1), loud*loudness)
		fall := math.Exp(-(1/decay + 3*float64(i)) / Rate)
		o.cos, o.sin = o.cos*fall, o.sin*fall
		partials[i] = o
	}
	for i := range length {
		v := partials[0].next() + partials[1].next() + partials[2].next()
		if i < attack {
			v *= 0.5 - 0.5*math.Cos(math.Pi*float64(i)/attack)
		}
		if rest := length - i; rest < release { // to zero at the end, without a step
			v *= float64(rest) / release
		}
		loop[(start+i)%len(loop)] += v
	}
}

func fade(x []float64, n int) {
	for i := range n {
		x[len(x)-1-i] *= float64(i) / float64(n)
	}
}

// level scales x to a peak of full scale.
func level(x []float64, peak float64) []int16 {
	most := 0.0
	for _, v := range x {
		most = max(most, math.Abs(v))
	}
	pcm := make([]int16, len(x))
	for i, v := range x {
		pcm[i] = int16(math.Round(v / most * peak * math.MaxInt16))
	}
	return pcm
}

// Ringback is what a caller hears while it rings, five seconds to be repeated:
// 450 Hz, one second on and four off.
func Ringback() []int16 { return cadence(450, Rate, 4*Rate) }

// Busy is the busy tone, to be repeated: 450 Hz, 350 ms on and 350 ms off.
func Busy() []int16 { return cadence(450, Rate*35/100, Rate*35/100) }

func cadence(hz float64, on, off int) []int16 {
	tone := Tone(hz, 0.15)
	pcm := tone.Samples(on)
	const edge = Rate / 200
	for i := range edge {
		k := float64(i) / edge
		pcm[i] = int16(float64(pcm[i]) * k)
		pcm[on-1-i] = int16(float64(pcm[on-1-i]) * k)
	}
	return append(pcm, make([]int16, off)...)
}
