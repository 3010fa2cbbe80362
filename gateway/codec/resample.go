package codec

import "math"

// Resampler changes the rate of a stream by a whole factor. Its filter keeps what
// lies below 0.85 of half the lower rate, and takes what lies above it down by
// more than 60 dB, so that no image of it is heard.
type Resampler struct {
	up, down int
	taps     []float32 // of the filter at the higher rate, by phase
	memory   []float32 // the newest samples that came in
	in       []float32 // memory and what comes in behind it
	skip     int       // samples that come in before the next that goes out
}

// reach is how many samples of the lower rate the filter looks at.
const reach = 64

// kaiser is the shape of the filter's window: about 70 dB.
const kaiser = 6.8

// NewResampler makes one. One of the rates must be a whole multiple of the other.
func NewResampler(from, to int) *Resampler {
	r := &Resampler{up: max(1, to/from), down: max(1, from/to)}
	factor := max(r.up, r.down)
	n := reach * factor
	// The edge lies below half the lower rate, so that the slope ends there.
	edge := 0.925 / float64(factor) / 2
	h := make([]float64, n)
	sum := 0.0
	for i := range h {
		x := float64(i) - float64(n-1)/2
		at := 2 * x / float64(n)
		h[i] = 2 * edge * sinc(2*edge*x) * bessel(kaiser*math.Sqrt(max(0, 1-at*at))) / bessel(kaiser)
		sum += h[i]
	}
	// Each phase in one piece, the oldest sample's first.
	width := n / r.up
	r.taps = make([]float32, n)
	for phase := range r.up {
		for k := range width {
			r.taps[phase*width+width-1-k] = float32(h[k*r.up+phase] / sum * float64(r.up))
		}
	}
	r.memory = make([]float32, width-1)
	return r
}

// Write appends to out what pcm comes to.
func (r *Resampler) Write(out, pcm []int16) []int16 {
	if r.up == r.down {
		return append(out, pcm...)
	}
	width := len(r.taps) / r.up
	r.in = append(r.in[:0], r.memory...)
	for _, s := range pcm {
		r.in = append(r.in, float32(s))
	}
	at := r.skip
	for ; at+width <= len(r.in); at += r.down {
		window := r.in[at : at+width]
		for phase := range r.up {
			taps := r.taps[phase*width : (phase+1)*width]
			var v float32
			for i, s := range window {
				v += s * taps[i]
			}
			out = append(out, int16(max(math.MinInt16, min(math.MaxInt16, math.Round(float64(v))))))
		}
	}
	r.skip = at - (len(r.in) - len(r.memory))
	copy(r.memory, r.in[len(r.in)-len(r.memory):])
	return out
}

func sinc(x float64) float64 {
	if x == 0 {
		return 1
	}
	return math.Sin(math.Pi*x) / (math.Pi * x)
}

// bessel is the modified Bessel function of the first kind and order 0.
func bessel(x float64) float64 {
	sum, term := 1.0, 1.0
	for k := 1.0; term > 1e-12*sum; k++ {
		term *= x / 2 / k * (x / 2 / k)
		sum += term
	}
	return sum
}
