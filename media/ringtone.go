package media

import "math"

// Of the ringtone. One period is two short soft chords and a pause.
const (
	ringRate   = 24000 // samples a second
	ringPeriod = 2.8   // seconds
)

// note is one tone of the ringtone.
type note struct {
	at, length float64 // seconds
	frequency  float64 // Hz
	level      float64 // 0 to 1
}

// ringNotes rise by a fourth, twice: friendly, and well apart from the tones of
// the telephone network (350 to 480 Hz).
var ringNotes = []note{
	{0.00, 0.55, 659.26, 0.30}, // E5
	{0.16, 0.70, 880.00, 0.30}, // A5
	{0.62, 0.55, 659.26, 0.24},
	{0.78, 0.95, 880.00, 0.24},
}

// ringSamples renders one period, to be played in a loop. Its first and last
// samples are silent, so that the loop does not click.
func ringSamples() []float32 {
	samples := make([]float32, int(ringPeriod*ringRate))
	for _, n := range ringNotes {
		first, count := int(n.at*ringRate), int(n.length*ringRate)
		for i := 0; i < count && first+i < len(samples); i++ {
			t := float64(i) / ringRate
			wave := math.Sin(2*math.Pi*n.frequency*t) + 0.22*math.Sin(4*math.Pi*n.frequency*t)
			samples[first+i] += float32(n.level * wave * envelope(t, n.length))
		}
	}
	return samples
}

// envelope swells in 12 ms and dies away like a struck bar, ending in silence.
func envelope(t, length float64) float64 {
	const attack = 0.012
	rise := min(t/attack, 1)
	return rise * math.Exp(-4*t/length) * (1 - t/length)
}
