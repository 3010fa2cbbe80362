package codec

import "math"

// band is the ADPCM of one band of G.722: an adaptive quantizer and a predictor
// of two poles and six zeroes, which both ends compute alike.
type band struct {
	nb, det int    // scale factor: its logarithm, and linear
	s, sz   int    // predicted signal, and what the zeroes add to it
	r       [3]int // reconstructed signal, newest first
	p       [3]int // partially reconstructed signal
	a       [3]int // poles, from 1
	b       [7]int // zeroes, from 1
	d       [7]int // quantized differences
}

// Tables of the recommendation (clause 6.2).
var (
	q6 = [30]int{0, 35, 72, 110, 150, 190, 233, 276, 323, 370, 422, 473, 530, 587, 650, 714, 786, 858, 940, 1023,
		1121, 1219, 1339, 1458, 1612, 1765, 1980, 2195, 2557, 2919}
	qm4 = [16]int{0, -20456, -12896, -8968, -6288, -4240, -2584, -1200, 20456, 12896, 8968, 6288, 4240, 2584, 1200, 0}
	qm6 = [64]int{
		-136, -136, -136, -136, -24808, -21904, -19008, -16704, -14984, -13512, -12280, -11192, -10232, -9360, -8576,
		-7856, -7192, -6576, -6000, -5456, -4944, -4464, -4008, -3576, -3168, -2776, -2400, -2032, -1688, -1360, -1040,
		-728, 24808, 21904, 19008, 16704, 14984, 13512, 12280, 11192, 10232, 9360, 8576, 7856, 7192, 6576, 6000, 5456,
		4944, 4464, 4008, 3576, 3168, 2776, 2400, 2032, 1688, 1360, 1040, 728, 432, 136, -432, -136,
	}
	qm2  = [4]int{-7408, -1616, 7408, 1616}
	wl   = [8]int{-60, -30, 58, 172, 334, 538, 1198, 3042}
	rl42 = [16]int{0, 7, 6, 5, 4, 3, 2, 1, 7, 6, 5, 4, 3, 2, 1, 0}
	wh   = [3]int{0, -214, 798}
	rh2  = [4]int{2, 1, 2, 1}
	ilb  = [32]int{2048, 2093, 2139, 2186, 2233, 2282, 2332, 2383, 2435, 2489, 2543, 2599, 2656, 2714, 2774, 2834,
		2896, 2960, 3025, 3091, 3158, 3228, 3298, 3371, 3444, 3520, 3597, 3676, 3756, 3838, 3922, 4008}
)

func (b *band) encodeLow(x int) int {
	e := clamp16(x - b.s)
	wd := e
	if e < 0 {
		wd = -(e + 1)
	}
	level := 1
	for level < len(q6) && wd >= q6[level]*b.det>>12 {
		level++
	}
	// Codes of the magnitudes 1 to 30: 61 down to 32, and 63, 62, 31 down to 4
	// for what is negative.
	code := 62 - level
	switch {
	case e < 0 && level < 3:
		code = 64 - level
	case e < 0:
		code = 34 - level
	}
	b.adaptLow(code >> 2)
	return code
}

func (b *band) decodeLow(code int) int {
	r := max(-16384, min(16383, b.s+b.det*qm6[code]>>15))
	b.adaptLow(code >> 2)
	return r
}

func (b *band) adaptLow(code int) {
	d := b.det * qm4[code] >> 15
	b.scale(wl[rl42[code]], 18432, 8)
	b.predict(d)
}

func (b *band) encodeHigh(x int) int {
	e := clamp16(x - b.s)
	wd := e
	if e < 0 {
		wd = -(e + 1)
	}
	code := 3
	if wd >= 564*b.det>>12 {
		code = 2
	}
	if e < 0 {
		code -= 2
	}
	b.adaptHigh(code)
	return code
}

func (b *band) decodeHigh(code int) int {
	r := max(-16384, min(16383, b.s+b.det*qm2[code]>>15))
	b.adaptHigh(code)
	return r
}

func (b *band) adaptHigh(code int) {
	d := b.det * qm2[code] >> 15
	b.scale(wh[rh2[code]], 22528, 10)
	b.predict(d)
}

// scale adapts the scale factor (blocks LOGSCL, SCALEL, LOGSCH and SCALEH).
func (b *band) scale(w, most, shift int) {
	b.nb = max(0, min(most, b.nb*127>>7+w))
	linear := ilb[b.nb>>6&31]
	if shift -= b.nb >> 11; shift < 0 {
		b.det = linear << -shift << 2
	} else {
		b.det = linear >> shift << 2
	}
}

// predict takes a quantized difference and adapts the predictor (block 4).
func (b *band) predict(d int) {
	b.d[0] = d
	b.r[0], b.p[0] = clamp16(b.s+d), clamp16(b.sz+d)
	a1, a2 := b.poles()
	b.zeroes()
	copy(b.d[1:], b.d[:6])
	b.r[2], b.r[1] = b.r[1], b.r[0]
	b.p[2], b.p[1] = b.p[1], b.p[0]
	b.a[1], b.a[2] = a1, a2

	b.sz = 0
	for i := 6; i > 0; i-- {
		b.sz = clamp16(b.sz + b.b[i]*clamp16(2*b.d[i])>>15)
	}
	sp := clamp16(a1*clamp16(2*b.r[1])>>15 + a2*clamp16(2*b.r[2])>>15)
	b.s = clamp16(sp + b.sz)
}

// poles are the next ones (blocks UPPOL1 and UPPOL2).
func (b *band) poles() (a1, a2 int) {
	same1, same2 := b.p[0] < 0 == (b.p[1] < 0), b.p[0] < 0 == (b.p[2] < 0)
	wd := clamp16(4 * b.a[1])
	if same1 {
		wd = min(-wd, math.MaxInt16)
	}
	wd >>= 7
	if same2 {
		wd += 128
	} else {
		wd -= 128
	}
	a2 = max(-12288, min(12288, wd+b.a[2]*32512>>15))
	wd = -192
	if same1 {
		wd = 192
	}
	most := clamp16(15360 - a2)
	a1 = max(-most, min(most, clamp16(wd+b.a[1]*32640>>15)))
	return a1, a2
}

// zeroes adapts them (block UPZERO).
func (b *band) zeroes() {
	step := 128
	if b.d[0] == 0 {
		step = 0
	}
	for i := 1; i < 7; i++ {
		wd := -step
		if b.d[0] < 0 == (b.d[i] < 0) {
			wd = step
		}
		b.b[i] = clamp16(wd + b.b[i]*32640>>15)
	}
}

func clamp16(v int) int { return max(math.MinInt16, min(math.MaxInt16, v)) }

func saturate(v int) int16 { return int16(clamp16(v)) }
