package media

import "time"

// MOS estimates the mean opinion score (ITU-T P.800: 1 bad to 4.5 excellent)
// of what the agent hears, by the E-model of ITU-T G.107 with all but delay and
// loss at their defaults: R = 93.2 - Id - Ie,eff, for G.711 with packet loss
// concealment (Ie 0, Bpl 25.1: ITU-T G.113 appendix I) and random loss
// (BurstR 1). delay is from mouth to ear, one way; loss is a share, 0 to 1.
func MOS(delay time.Duration, loss float64) float64 {
	const (
		defaultR = 93.2
		ie       = 0.0
		bpl      = 25.1
	)
	d := max(0, float64(delay)/float64(time.Millisecond))
	ppl := 100 * min(max(loss, 0), 1)

	id := 0.024 * d // G.107 as simplified by Cole and Rosenbluth
	if d > 177.3 {
		id += 0.11 * (d - 177.3)
	}
	ieff := ie + (95-ie)*ppl/(ppl+bpl)
	return fromR(defaultR - id - ieff)
}

// fromR maps the rating R to a score (ITU-T G.107 annex B).
func fromR(r float64) float64 {
	switch {
	case r <= 0:
		return 1
	case r >= 100:
		return 4.5
	}
	return max(1, 1+0.035*r+r*(r-60)*(100-r)*7e-6)
}

// Level is a coarse quality for people.
type Level int

// Levels of quality. The bounds are those of ITU-T G.109 (user satisfaction).
const (
	LevelUnknown Level = iota
	LevelBad           // below 3.1: many or nearly all users dissatisfied
	LevelPoor          // 3.1 to 3.6
	LevelFair          // 3.6 to 4.03: some users dissatisfied
	LevelGood          // from 4.03: users satisfied
)

// LevelOf is the level of a score; 0 is unknown.
func LevelOf(mos float64) Level {
	switch {
	case mos == 0:
		return LevelUnknown
	case mos < 3.1:
		return LevelBad
	case mos < 3.6:
		return LevelPoor
	case mos < 4.03:
		return LevelFair
	}
	return LevelGood
}
