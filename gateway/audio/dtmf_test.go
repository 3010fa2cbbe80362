package audio

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// find gives what a detector finds in sound that comes in frames, through G.711.
func find(pcm []int16, frame int) string {
	var d DTMFDetector
	var got []byte
	code, back := make([]byte, len(pcm)), make([]int16, len(pcm))
	EncodeAlaw(code, pcm)
	DecodeAlaw(back, code)
	for at := 0; at < len(back); at += frame {
		d.Write(back[at:min(at+frame, len(back))], func(c byte) { got = append(got, c) })
	}
	return string(got)
}

// amplitudeOf is the amplitude of a tone in dBm0, of full scale.
func amplitudeOf(dBm0 float64) float64 { return math.Pow(10, (dBm0-fullScaleDBm0)/20) }

// press is one digit with tones of its own levels, frequencies off by a share.
func press(digit byte, low, high, off float64, ms int) []int16 {
	for i := range len(dtmfKeys) {
		if dtmfKeys[i] == digit {
			t := DualTone{
				low:  newOscillator(dtmfRows[i/4]*(1+off), amplitudeOf(low)*math.MaxInt16),
				high: newOscillator(dtmfColumns[i%4]*(1-off), amplitudeOf(high)*math.MaxInt16),
			}
			return t.Samples(ms * Rate / 1000)
		}
	}
	return nil
}

func pause(ms int) []int16 { return make([]int16, ms*Rate/1000) }

func TestDTMFIsFound(t *testing.T) {
	for name, tc := range map[string]struct {
		low, high, off float64
		ms, gap        int
	}{
		"plain":            {-9, -7, 0, 80, 80},
		"short":            {-9, -7, 0, 40, 40},
		"quiet":            {-29, -27, 0, 60, 60},
		"loud":             {-4, -3, 0, 60, 60},
		"twist":            {-16, -9, 0, 60, 60},
		"reverse twist":    {-9, -14, 0, 60, 60},
		"frequencies off":  {-9, -9, 0.015, 60, 60},
		"the other way":    {-9, -9, -0.015, 60, 60},
		"pressed for long": {-9, -9, 0, 1500, 60},
	} {
		t.Run(name, func(t *testing.T) {
			for lead := range 13 { // wherever the windows lie
				sound := pause(lead)
				for i := range len(dtmfKeys) {
					sound = append(sound, press(dtmfKeys[i], tc.low, tc.high, tc.off, tc.ms)...)
					sound = append(sound, pause(tc.gap)...)
				}
				sound = append(sound, press('5', tc.low, tc.high, tc.off, tc.ms)...)
				sound = append(sound, pause(tc.gap)...)
				sound = append(sound, press('5', tc.low, tc.high, tc.off, tc.ms)...)
				sound = append(sound, pause(tc.gap)...)
				for _, frame := range []int{160, 80, 240, 7} {
					require.Equal(t, dtmfKeys+"55", find(sound, frame), "%d ms before, frames of %d", lead, frame)
				}
			}
		})
	}
}

func TestDTMFBreakOfTheLine(t *testing.T) {
	tone := press('8', -9, -9, 0, 200)
	clear(tone[800:880]) // 10 ms
	require.Equal(t, "8", find(append(tone, pause(60)...), 160))
}

func TestDTMFInNoise(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	tone := append(press('7', -10, -10, 0, 100), pause(60)...)
	for i := range tone { // 15 dB below the tones
		tone[i] += int16(r.NormFloat64() * amplitudeOf(-25) / math.Sqrt2 * math.MaxInt16)
	}
	require.Equal(t, "7", find(tone, 160))
}

func TestWhatIsNoDTMF(t *testing.T) {
	around := func(pcm []int16) []int16 { return append(append(pause(30), pcm...), pause(60)...) }
	for name, pcm := range map[string][]int16{
		"too short":          press('5', -9, -9, 0, 23),
		"too quiet":          press('5', -45, -45, 0, 100),
		"too much twist":     press('5', -25, -9, 0, 100),
		"too much the other": press('5', -9, -20, 0, 100),
		"low tone only":      press('5', -9, -90, 0, 100),
		"high tone only":     press('5', -90, -9, 0, 100),
		"dial tone":          mixed(0.2, 350, 440),
		"ringing":            mixed(0.2, 440, 480),
		"three tones":        mixed(0.15, 770, 1336, 2100),
		"two rows":           mixed(0.15, 770, 852, 1336),
		"fax":                mixed(0.3, 1100),
	} {
		for lead := range 13 {
			require.Empty(t, find(append(pause(lead), around(pcm)...), 160), name)
		}
	}
}

func mixed(amplitude float64, hz ...float64) []int16 {
	out := make([]int16, Rate)
	for _, f := range hz {
		t := Tone(f, amplitude)
		for i, s := range t.Samples(Rate) {
			out[i] += s
		}
	}
	return out
}

// Talk-off: what voices are like, glottal pulses through moving formants with
// syllables and breath, is not taken for digits more than once in ten minutes.
func TestDTMFTalkOff(t *testing.T) {
	for seed := range uint64(3) {
		t.Run(fmt.Sprint("voice ", seed), func(t *testing.T) {
			found := find(newVoice(seed).samples(10*60*Rate), 160)
			require.LessOrEqual(t, len(found), 1, found)
		})
	}
}

// voice is a synthetic speaker.
type voice struct {
	r       *rand.Rand
	pitch   float64
	phase   float64
	formant [3]resonator
	left    int // samples until the next sound
	voiced  bool
	loud    float64
}

// resonator is a filter of second order.
type resonator struct{ a, b, gain, y1, y2 float64 }

func (f *resonator) tune(hz, width float64) {
	r := math.Exp(-math.Pi * width / Rate)
	f.a, f.b = 2*r*math.Cos(2*math.Pi*hz/Rate), -r*r
	f.gain = 1 - r
}

func (f *resonator) next(x float64) float64 {
	y := f.gain*x + f.a*f.y1 + f.b*f.y2
	f.y1, f.y2 = y, f.y1
	return y
}

func newVoice(seed uint64) *voice {
	return &voice{r: rand.New(rand.NewPCG(seed, 7)), pitch: 90 + 60*float64(seed)}
}

// sound begins the next vowel, fricative or pause.
func (v *voice) sound() {
	between := func(a, b float64) float64 { return a + v.r.Float64()*(b-a) }
	v.left = int(between(0.04, 0.35) * Rate)
	v.voiced = v.r.Float64() < 0.75
	v.loud = between(0, 1)
	v.pitch = min(400, max(80, v.pitch*between(0.8, 1.25)))
	v.formant[0].tune(between(250, 1000), between(50, 130))
	v.formant[1].tune(between(800, 2500), between(60, 160))
	v.formant[2].tune(between(2200, 3600), between(60, 250))
}

func (v *voice) samples(n int) []int16 {
	out := make([]int16, n)
	for i := range out {
		if v.left--; v.left <= 0 {
			v.sound()
		}
		x := v.r.NormFloat64() * 0.05
		if v.voiced {
			v.phase += v.pitch / Rate
			if v.phase >= 1 {
				v.phase--
				x += 8
			}
		}
		y := v.formant[0].next(x) + v.formant[1].next(x) + v.formant[2].next(x)*0.5
		out[i] = int16(max(-32000, min(32000, y*v.loud*9000)))
	}
	return out
}

func BenchmarkDTMF(b *testing.B) {
	var d DTMFDetector
	t := DTMF('1')
	pcm := t.Samples(FrameSamples)
	b.ReportAllocs()
	for b.Loop() {
		d.Write(pcm, func(byte) {})
	}
}
