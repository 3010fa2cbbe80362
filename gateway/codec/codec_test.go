package codec

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const packet = 20 * time.Millisecond

// kind is a format under test.
type kind struct {
	name    string
	rate    int
	highest float64 // what it carries, in hertz
	encoder func(packet time.Duration) Encoder
	decoder func() Decoder
}

func kinds() []kind {
	must := func(c any, err error) any {
		if err != nil {
			panic(err)
		}
		return c
	}
	opus := func(rate int, highest float64) kind {
		return kind{fmt.Sprintf("Opus at %d", rate), rate, highest,
			func(packet time.Duration) Encoder { return must(NewOpusEncoder(rate, packet)).(Encoder) },
			func() Decoder { return must(NewOpusDecoder(rate)).(Decoder) }}
	}
	law := func(name string, l Law) kind {
		return kind{name, 8000, 3400,
			func(packet time.Duration) Encoder { return NewG711Encoder(l, packet) },
			func() Decoder { return NewG711Decoder(l) }}
	}
	return []kind{law("PCMU", Mulaw), law("PCMA", Alaw),
		{"G.722", 16000, 6800, NewG722Encoder, NewG722Decoder},
		opus(8000, 3400), opus(16000, 6000), opus(48000, 6000)}
}

// tone makes n samples of a sine with a peak of 8000.
func tone(hz float64, rate, n int) []int16 {
	pcm := make([]int16, n)
	for i := range pcm {
		pcm[i] = int16(8000 * math.Sin(2*math.Pi*hz*float64(i)/float64(rate)))
	}
	return pcm
}

// level is that of one frequency in pcm, in dB against the sine of tone.
func level(pcm []int16, hz float64, rate int) float64 {
	var re, im, weight float64
	for i, s := range pcm {
		w := 0.5 - 0.5*math.Cos(2*math.Pi*float64(i)/float64(len(pcm)))
		sin, cos := math.Sincos(2 * math.Pi * hz * float64(i) / float64(rate))
		re, im, weight = re+w*float64(s)*cos, im+w*float64(s)*sin, weight+w
	}
	return 20 * math.Log10((2*math.Hypot(re, im)/weight+1e-9)/8000)
}

// energy is the level of all that is in pcm, in dB against the sine of tone.
func energy(pcm []int16) float64 {
	var sum float64
	for _, s := range pcm {
		sum += float64(s) * float64(s)
	}
	return 10 * math.Log10((sum/float64(len(pcm))+1e-9)/(8000*8000/2))
}

// packets encodes all of pcm.
func packets(t *testing.T, e Encoder, pcm []int16) [][]byte {
	t.Helper()
	var out [][]byte
	for n := e.Samples(); len(pcm) >= n; pcm = pcm[n:] {
		p, err := e.Encode(nil, pcm[:n])
		require.NoError(t, err)
		out = append(out, p)
	}
	return out
}

// What goes in comes out, in every format and packet time: the frequency, and
// its level to a decibel.
func TestTone(t *testing.T) {
	for _, k := range kinds() {
		for _, length := range []time.Duration{10, 20, 40, 60} {
			for _, hz := range []float64{300, 1000, k.highest * 0.9} {
				t.Run(fmt.Sprint(k.name, " ", int(length), " ms ", int(hz), " Hz"), func(t *testing.T) {
					e, d := k.encoder(length*time.Millisecond), k.decoder()
					require.Equal(t, k.rate, e.Rate())
					require.Equal(t, k.rate, d.Rate())
					var pcm []int16
					for _, p := range packets(t, e, tone(hz, k.rate, 2*k.rate)) {
						var err error
						pcm, err = d.Decode(pcm, p)
						require.NoError(t, err)
					}
					require.GreaterOrEqual(t, len(pcm), 2*k.rate-k.rate/10)
					pcm = pcm[k.rate:]
					assert.InDelta(t, 0, level(pcm, hz, k.rate), 1)
					assert.InDelta(t, 0, energy(pcm), 1.2)
				})
			}
		}
	}
}

func TestResampler(t *testing.T) {
	rates := []int{8000, 16000, 48000}
	for _, from := range rates {
		for _, to := range rates {
			lower := float64(min(from, to))
			t.Run(fmt.Sprint(from, " to ", to), func(t *testing.T) {
				for part := 0.05; part < 0.84; part += 0.06 { // of half the lower rate
					hz := part * lower / 2
					out := resampled(from, to, hz)
					assert.InDelta(t, 0, level(out, hz, to), 0.3, "%.0f Hz", hz)
					assert.InDelta(t, 0, energy(out), 0.3, "%.0f Hz: something is added", hz)
					for image := lower - hz; image < float64(to)/2; image += lower {
						assert.Less(t, level(out, image, to), -60.0, "the image of %.0f Hz at %.0f Hz", hz, image)
					}
				}
				for hz := lower/2 + lower/100; hz < float64(from)/2-50; hz += lower / 17 {
					assert.Less(t, energy(resampled(from, to, hz)), -55.0, "%.0f Hz comes through", hz)
				}
			})
		}
	}
}

// resampled gives a second of a tone, written in pieces of several lengths.
func resampled(from, to int, hz float64) []int16 {
	r := NewResampler(from, to)
	in, out := tone(hz, from, from+from/4), []int16(nil)
	for i := 0; len(in) > 0; i++ {
		n := min(len(in), []int{from / 50, 1, from / 100, 7}[i%4])
		out = r.Write(out, in[:n])
		in = in[n:]
	}
	return out[len(out)-to:]
}

// voice makes n samples of something like a vowel: harmonics of a pitch that sways.
func voice(rate, n int) []int16 {
	pcm := make([]int16, n)
	phase := 0.0
	for i := range pcm {
		phase += 2 * math.Pi * (130 + 6*math.Sin(2*math.Pi*3*float64(i)/float64(rate))) / float64(rate)
		v := 0.0
		for k := 1.0; k < 20; k++ {
			v += math.Cos(k*phase) / (1 + math.Pow(k-5, 2)/6)
		}
		pcm[i] = int16(2000 * v)
	}
	return pcm
}

// A packet of 20 ms that is lost is not heard as a gap, and a loss that goes on
// becomes silence.
func TestConceal(t *testing.T) {
	for _, k := range kinds() {
		t.Run(k.name, func(t *testing.T) {
			e, d := k.encoder(packet), k.decoder()
			sent := packets(t, e, voice(k.rate, k.rate))
			var whole, pcm []int16
			for i, p := range sent {
				if i%10 == 7 {
					before := len(pcm)
					pcm = d.Conceal(pcm, k.rate/50)
					require.Equal(t, before+k.rate/50, len(pcm))
					continue
				}
				pcm, _ = d.Decode(pcm, p)
			}
			other := k.decoder()
			for _, p := range sent {
				whole, _ = other.Decode(whole, p)
			}
			off, n := 0.0, 0
			for i, piece := k.rate/10, k.rate/50; i+piece < len(pcm); i += piece {
				d := energy(whole[i:i+piece]) - energy(pcm[i:i+piece])
				assert.Less(t, d, 15.0, "a hole at %d ms", i*1000/k.rate)
				off, n = off+math.Abs(d), n+1
			}
			assert.Less(t, off/float64(n), 2.0, "decibels, on the average")

			pcm = d.Conceal(nil, k.rate/2)
			require.Len(t, pcm, k.rate/2)
			assert.Less(t, energy(pcm[k.rate/4:]), -18.0)
		})
	}
}

// Before anything was heard there is nothing to make up.
func TestConcealNothing(t *testing.T) {
	for _, k := range kinds() {
		assert.Less(t, energy(k.decoder().Conceal(nil, k.rate/10)), -60.0, k.name)
	}
}

func TestWrongLength(t *testing.T) {
	for _, k := range kinds() {
		_, err := k.encoder(packet).Encode(nil, make([]int16, 17))
		assert.ErrorIs(t, err, ErrSamples, k.name)
		pcm, err := k.decoder().Decode(nil, make([]byte, 4000))
		assert.ErrorIs(t, err, ErrPayload, k.name)
		assert.Empty(t, pcm, k.name)
	}
	_, err := NewOpusDecoder(44100)
	assert.Error(t, err)
	_, err = NewOpusEncoder(8000, 33*time.Millisecond)
	assert.Error(t, err)
}

// Whatever comes as a payload, it adds at most a packet, and the decoder goes on.
func FuzzDecode(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte{0xF8, 0xFF, 0xFE})
	f.Add([]byte{0x03, 0x80, 0xFF, 0xFF, 0x00})
	f.Add([]byte{0xFF, 0xFF, 0xFF, 0xFF})
	f.Add([]byte{0x0B, 0x41, 0x01, 0x02, 0x03})
	f.Fuzz(func(t *testing.T, payload []byte) {
		for _, k := range kinds() {
			d := k.decoder()
			for range 2 {
				pcm, err := d.Decode(nil, payload)
				if err != nil {
					require.ErrorIs(t, err, ErrPayload)
					require.Empty(t, pcm)
				}
				require.LessOrEqual(t, len(pcm), samples(maxPacket, k.rate))
				require.Len(t, d.Conceal(nil, k.rate/50), k.rate/50)
			}
			good, err := k.encoder(packet).Encode(nil, tone(400, k.rate, k.rate/50))
			require.NoError(t, err)
			pcm, err := d.Decode(nil, good)
			require.NoError(t, err)
			require.Len(t, pcm, k.rate/50)
		}
	})
}

func BenchmarkEncode(b *testing.B) {
	for _, k := range kinds() {
		b.Run(k.name, func(b *testing.B) {
			e, out := k.encoder(packet), make([]byte, 0, 1500)
			pcm := tone(430, k.rate, e.Samples())
			b.ReportAllocs()
			for b.Loop() {
				if _, err := e.Encode(out, pcm); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkDecode(b *testing.B) {
	for _, k := range kinds() {
		b.Run(k.name, func(b *testing.B) {
			e, d, out := k.encoder(packet), k.decoder(), make([]int16, 0, 6000)
			payload, _ := e.Encode(nil, tone(430, k.rate, e.Samples()))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := d.Decode(out, payload); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkResample(b *testing.B) {
	for _, r := range [][2]int{{8000, 16000}, {16000, 8000}, {48000, 8000}} {
		b.Run(fmt.Sprint(r[0], " to ", r[1]), func(b *testing.B) {
			rs, in, out := NewResampler(r[0], r[1]), tone(430, r[0], r[0]/50), make([]int16, 0, 960)
			b.ReportAllocs()
			for b.Loop() {
				rs.Write(out, in)
			}
		})
	}
}
