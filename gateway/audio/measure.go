package audio

import "math"

// Energy is the root mean square of pcm, of full scale: 0 … 1. A sine of full
// scale has 0.707.
func Energy(pcm []int16) float64 {
	if len(pcm) == 0 {
		return 0
	}
	var sum float64
	for _, s := range pcm {
		v := float64(s) / -math.MinInt16
		sum += v * v
	}
	return math.Sqrt(sum / float64(len(pcm)))
}

// Range of Frequency in Hz: what a telephone carries.
const (
	lowest  = 100
	highest = 3800
)

// Frequency is the strongest frequency of pcm in Hz, between 100 and 3800, or 0
// if there is nothing to hear (below -60 dB) or less than 32 ms. With one
// second of a steady tone it is exact to less than 2 Hz. It costs one transform
// of at most 8192 points.
func Frequency(pcm []int16) float64 {
	if len(pcm) > fftMost {
		pcm = pcm[len(pcm)-fftMost:]
	}
	if len(pcm) < fftLeast || Energy(pcm) < 0.001 {
		return 0
	}
	n := fftLeast
	for n < len(pcm) {
		n *= 2
	}
	// Without its mean, and with soft edges (Hann), zeroes appended.
	var mean float64
	for _, s := range pcm {
		mean += float64(s)
	}
	mean /= float64(len(pcm))
	x := make([]complex128, n)
	for i, s := range pcm {
		w := 0.5 - 0.5*math.Cos(2*math.Pi*float64(i)/float64(len(pcm)-1))
		x[i] = complex((float64(s)-mean)*w, 0)
	}
	transform(x)

	power := func(k int) float64 { return real(x[k])*real(x[k]) + imag(x[k])*imag(x[k]) }
	from, to := lowest*n/Rate, highest*n/Rate
	best := from
	for k := from; k <= to; k++ {
		if power(k) > power(best) {
			best = k
		}
	}
	// The peak lies between the points: a parabola through the logarithms.
	a, b, c := math.Log(power(best-1)+1e-9), math.Log(power(best)+1e-9), math.Log(power(best+1)+1e-9)
	shift := 0.0
	if d := a - 2*b + c; d < 0 {
		shift = 0.5 * (a - c) / d
	}
	return (float64(best) + shift) * Rate / float64(n)
}

const (
	fftLeast = 256
	fftMost  = 8192
)

// transform is the fast Fourier transform in place; len(x) is a power of two.
func transform(x []complex128) {
	n := len(x)
	for i, j := 1, 0; i < n; i++ {
		bit := n >> 1
		for ; j&bit != 0; bit >>= 1 {
			j ^= bit
		}
		j |= bit
		if i < j {
			x[i], x[j] = x[j], x[i]
		}
	}
	for size := 2; size <= n; size *= 2 {
		s, c := math.Sincos(-2 * math.Pi / float64(size))
		step := complex(c, s)
		for i := 0; i < n; i += size {
			w := complex(1, 0)
			for k := i; k < i+size/2; k++ {
				t := w * x[k+size/2]
				x[k], x[k+size/2] = x[k]+t, x[k]-t
				w *= step
			}
		}
	}
}
