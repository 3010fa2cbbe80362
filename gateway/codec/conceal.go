package codec

import "time"

// concealer makes up what was lost: the last period of the voice again and again,
// softer each time, as ITU-T G.711 appendix I does.
type concealer struct {
	rate    int
	history []int16 // newest last
	period  int     // of the voice before the gap; 0: there is no gap
	at      int     // in the period
	made    int     // samples since the gap began
}

const (
	concealLowest  = 15 * time.Millisecond // longest period: 66 Hz
	concealHighest = 5 * time.Millisecond  // shortest: one of a higher voice is taken several times
	concealHold    = 10 * time.Millisecond // full level
	concealFade    = 50 * time.Millisecond // to silence
	concealBlend   = 4 * time.Millisecond  // from what was made up to what comes
)

func newConcealer(rate int) concealer {
	return concealer{rate: rate, history: make([]int16, 2*samples(concealLowest, rate))}
}

func (c *concealer) length(d time.Duration) int { return samples(d, c.rate) }

// note takes what was decoded. Behind a gap its beginning is blended in place.
func (c *concealer) note(pcm []int16) {
	if c.period > 0 && len(pcm) > 0 {
		n := min(len(pcm), c.length(concealBlend))
		for i := range n {
			old := int(c.next())
			pcm[i] = int16((old*(n-i) + int(pcm[i])*i) / n)
		}
		c.period = 0
	}
	if keep := len(pcm) - len(c.history); keep > 0 {
		pcm = pcm[keep:]
	}
	copy(c.history, c.history[len(pcm):])
	copy(c.history[len(c.history)-len(pcm):], pcm)
}

func (c *concealer) conceal(pcm []int16, n int) []int16 {
	if c.period == 0 {
		c.period, c.at, c.made = c.pitch(), 0, 0
	}
	for range n {
		pcm = append(pcm, c.next())
	}
	return pcm
}

// next is the sample that would have come.
func (c *concealer) next() int16 {
	s := int(c.history[len(c.history)-c.period+c.at])
	if c.at++; c.at == c.period {
		c.at = 0
	}
	hold, fade := c.length(concealHold), c.length(concealFade)
	if over := c.made - hold; over > 0 {
		s = s * max(0, fade-over) / fade
	}
	c.made++
	return int16(s)
}

// pitch is the period at which the newest samples look most like those before.
func (c *concealer) pitch() int {
	longest, shortest := c.length(concealLowest), c.length(concealHighest)
	step := max(1, c.rate/8000)
	newest := c.history[len(c.history)-longest:]
	best, period := -1.0, longest
	for p := shortest; p <= longest; p += step {
		before := c.history[len(c.history)-longest-p : len(c.history)-p]
		var like, power float64
		for i := 0; i < longest; i += step {
			like += float64(newest[i]) * float64(before[i])
			power += float64(before[i]) * float64(before[i])
		}
		if like <= 0 || power == 0 {
			continue
		}
		if q := like * like / power; q > best*1.001 {
			best, period = q, p
		}
	}
	return period
}
