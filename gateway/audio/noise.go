package audio

import "math"

// Noise is white noise without end. The zero value is ready.
type Noise struct{ seed uint32 }

// Read fills pcm with noise at a level in -dBov (RFC 3389 section 3): decibels
// below a square wave of full scale.
func (n *Noise) Read(pcm []int16, level byte) {
	peak := math.Sqrt(3) * math.MaxInt16 * math.Pow(10, -float64(level)/20) // of even distribution
	for i := range pcm {
		n.seed = n.seed*1664525 + 1013904223
		v := peak * float64(int32(n.seed)) / -math.MinInt32
		pcm[i] = int16(max(math.MinInt16, min(math.MaxInt16, v)))
	}
}
