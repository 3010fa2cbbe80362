package codec

import "time"

// ITU-T G.722 at 64 kbit/s (mode 1): two bands of 8 kHz each, split by a
// quadrature mirror filter, in ADPCM of 6 and 2 bits. Names are those of the
// recommendation where it has some.

// g722Rate is that of the samples. The RTP clock is 8000 nevertheless, by a
// mistake that stays (RFC 3551 section 4.5.2).
const g722Rate = 16000

type g722Decoder struct {
	low, high band
	qmf       qmf
	conceal   concealer
}

// NewG722Decoder makes a decoder at 16 kHz.
func NewG722Decoder() Decoder {
	return &g722Decoder{low: band{det: 32}, high: band{det: 8}, conceal: newConcealer(g722Rate)}
}

func (d *g722Decoder) Rate() int { return g722Rate }

func (d *g722Decoder) Decode(pcm []int16, payload []byte) ([]int16, error) {
	if len(payload) > samples(maxPacket, g722Rate)/2 {
		return pcm, ErrPayload
	}
	at := len(pcm)
	for _, code := range payload {
		low, high := d.low.decodeLow(int(code&0x3F)), d.high.decodeHigh(int(code>>6))
		odd, even := d.qmf.shift(low+high, low-high)
		pcm = append(pcm, saturate(even>>11), saturate(odd>>11))
	}
	d.conceal.note(pcm[at:])
	return pcm, nil
}

func (d *g722Decoder) Conceal(pcm []int16, n int) []int16 { return d.conceal.conceal(pcm, n) }

type g722Encoder struct {
	low, high band
	qmf       qmf
	size      int
}

// NewG722Encoder makes an encoder at 16 kHz.
func NewG722Encoder(packet time.Duration) Encoder {
	return &g722Encoder{low: band{det: 32}, high: band{det: 8}, size: samples(packet, g722Rate)}
}

func (e *g722Encoder) Rate() int    { return g722Rate }
func (e *g722Encoder) Samples() int { return e.size }

func (e *g722Encoder) Encode(payload []byte, pcm []int16) ([]byte, error) {
	if len(pcm) != e.size {
		return payload, ErrSamples
	}
	for i := 0; i+1 < len(pcm); i += 2 {
		odd, even := e.qmf.shift(int(pcm[i]), int(pcm[i+1]))
		low, high := e.low.encodeLow((even+odd)>>14), e.high.encodeHigh((even-odd)>>14)
		payload = append(payload, byte(high<<6|low))
	}
	return payload, nil
}

// qmf is the memory of the quadrature mirror filter, newest last.
type qmf [24]int

var qmfTaps = [12]int{3, -11, 12, 32, -210, 951, 3876, -805, 362, -156, 53, -11}

// shift takes two samples and gives the sums over the odd and the even places.
func (q *qmf) shift(a, b int) (odd, even int) {
	copy(q[:], q[2:])
	q[22], q[23] = a, b
	for i, tap := range qmfTaps {
		odd += q[2*i] * tap
		even += q[2*i+1] * qmfTaps[11-i]
	}
	return odd, even
}
