package audio

import "math"

// The search for DTMF tones (ITU-T Q.23) with the algorithm of Goertzel, in
// windows that overlap by half. The lengths follow ITU-T Q.24: a tone of 40 ms is
// found, one of 23 ms is not, and a break of 10 ms is none.
const (
	dtmfWindow = 102 // samples: 12.75 ms
	dtmfHop    = dtmfWindow / 2
	dtmfHits   = 4 // windows in a row that begin a digit
	dtmfMisses = 5 // and that end it
)

// What a pair of tones has to be like, as ratios of power.
const (
	dtmfTwist        = 10.0 // the high tone above the low one: 10 dB
	dtmfReverseTwist = 6.31 // the low tone above the high one: 8 dB
	dtmfPeak         = 6.31 // a tone above its neighbours: 8 dB
	dtmfShare        = 0.85 // of both tones in all that is heard: speech has more than two
	dtmfSteady       = 1.6  // between windows: tones keep their level, voices do not
	dtmfLeastDBm0    = -36  // of a tone
	fullScaleDBm0    = 3.14 // of a sine of full scale in G.711
)

var (
	dtmfRows    = [4]float64{697, 770, 852, 941}
	dtmfColumns = [4]float64{1209, 1336, 1477, 1633}

	dtmfRowTurns, dtmfColumnTurns = turns(dtmfRows), turns(dtmfColumns)

	// dtmfLeast is the power of the weakest tone, as goertzel gives it.
	dtmfLeast = square(math.MaxInt16 * math.Pow(10, (dtmfLeastDBm0-fullScaleDBm0)/20) * dtmfWindow / 2)
)

const dtmfKeys = "123A456B789C*0#D"

func square(v float64) float64 { return v * v }

// turns are the coefficients of goertzel.
func turns(hz [4]float64) (out [4]float64) {
	for i, f := range hz {
		out[i] = 2 * math.Cos(2*math.Pi*f/Rate)
	}
	return out
}

// DTMFDetector finds digits in sound. The zero value is ready.
type DTMFDetector struct {
	window [dtmfWindow]float64
	filled int

	last         byte    // what the window before had, 0: nothing
	power        float64 // of all that it had
	hits, misses int
	digit        byte // that sounds
}

// Write takes the sound that follows and reports each digit once, when it has
// sounded for long enough.
func (d *DTMFDetector) Write(pcm []int16, report func(digit byte)) {
	for _, s := range pcm {
		d.window[d.filled] = float64(s)
		if d.filled++; d.filled < dtmfWindow {
			continue
		}
		if digit := d.step(dtmfIn(&d.window)); digit != 0 {
			report(digit)
		}
		d.filled = copy(d.window[:], d.window[dtmfHop:])
	}
}

// step takes what a window has, and gives the digit that begins with it.
func (d *DTMFDetector) step(found byte, power float64) byte {
	if found != d.last || power > dtmfSteady*d.power || d.power > dtmfSteady*power {
		d.hits = 0
	}
	d.last, d.power = found, power
	d.hits++
	if found == d.digit {
		d.misses = 0
	} else {
		d.misses++
	}
	if d.digit != 0 && d.misses >= dtmfMisses {
		d.digit = 0
	}
	if found == 0 || d.digit != 0 || d.hits < dtmfHits {
		return 0
	}
	d.digit, d.misses = found, 0
	return found
}

// dtmfIn is the digit that a window has, 0 if there is none, and its power.
func dtmfIn(window *[dtmfWindow]float64) (digit byte, total float64) {
	for _, v := range window {
		total += v * v
	}
	if total < 2*dtmfLeast/dtmfWindow {
		return 0, total
	}
	row, low, rowClear := strongest(window, &dtmfRowTurns)
	column, high, columnClear := strongest(window, &dtmfColumnTurns)
	switch {
	case !rowClear || !columnClear || low < dtmfLeast || high < dtmfLeast:
		return 0, total
	case high > low*dtmfTwist || low > high*dtmfReverseTwist:
		return 0, total
	}
	low, high = tuned(window, low, dtmfRows[row]), tuned(window, high, dtmfColumns[column])
	if 2*(low+high) < dtmfShare*total*dtmfWindow {
		return 0, total
	}
	return dtmfKeys[4*row+column], total
}

// dtmfOff is how far a keypad's frequencies may be off, about.
const dtmfOff = 0.012

// tuned is the power of a tone that may be a little off its frequency.
func tuned(window *[dtmfWindow]float64, power, hz float64) float64 {
	for _, f := range [2]float64{hz * (1 - dtmfOff), hz * (1 + dtmfOff)} {
		power = max(power, goertzel(window, 2*math.Cos(2*math.Pi*f/Rate)))
	}
	return power
}

// strongest is the strongest of four frequencies, and whether it stands out.
func strongest(window *[dtmfWindow]float64, turns *[4]float64) (best int, power float64, clear bool) {
	var powers [4]float64
	for i, turn := range turns {
		powers[i] = goertzel(window, turn)
		if powers[i] > powers[best] {
			best = i
		}
	}
	power = powers[best]
	for i, other := range powers {
		if i != best && power < dtmfPeak*other {
			return best, power, false
		}
	}
	return best, power, true
}

// goertzel is the power of one frequency: (amplitude · length / 2)².
func goertzel(window *[dtmfWindow]float64, turn float64) float64 {
	var s1, s2 float64
	for _, v := range window {
		s1, s2 = v+turn*s1-s2, s1
	}
	return s1*s1 + s2*s2 - turn*s1*s2
}
