package media

import "math"

const ringRate = 24000 // samples a second

// melody is what is played: a ringtone in a loop.
type melody struct {
	period float64 // seconds
	notes  []note
}

// note is one tone of a melody.
type note struct {
	at, length float64 // seconds
	frequency  float64 // Hz
	level      float64 // 0 to 1
}

// callMelody rings for a call: two short soft chords that rise by a fourth, and
// a pause. Friendly, and well apart from the tones of the telephone network
// (350 to 480 Hz).
var callMelody = melody{2.8, []note{
	{0.00, 0.55, 659.26, 0.30}, // E5
	{0.16, 0.70, 880.00, 0.30}, // A5
	{0.62, 0.55, 659.26, 0.24},
	{0.78, 0.95, 880.00, 0.24},
}}

// chatMelody rings for a chat: two drops that fall by a third, once in a while.
var chatMelody = melody{4, []note{
	{0.00, 0.30, 1318.51, 0.14}, // E6
	{0.14, 0.50, 1046.50, 0.14}, // C6
}}

// messageMelody is played once for a message.
var messageMelody = melody{0.5, []note{{0, 0.45, 1174.66, 0.09}}} // D6

// samples renders one period. Its first and last samples are silent, so that a
// loop does not click.
func (m *melody) samples() []float32 {
	samples := make([]float32, int(m.period*ringRate))
	for _, n := range m.notes {
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
