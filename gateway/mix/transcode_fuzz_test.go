package mix

import (
	"encoding/binary"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Whatever a source sends, in whatever order and numbering, the peer gets a stream
// whose sequence numbers go on by one, in the codec that was agreed on, with
// payloads that can be decoded. A frame of the input is six bytes and a payload.
func FuzzTranscode(f *testing.F) {
	f.Add([]byte{3, 0, 1, 0, 0, 2, 0xF8, 0xFF, 3, 0, 2, 3, 0xC0, 2, 0xF8, 0xFF, 4, 0, 3, 3, 0xC0, 4, 5, 10, 0, 160})
	f.Add([]byte{6, 0, 1, 0, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8, 6, 0, 9, 0, 8, 2, 1, 1, 5, 0, 10, 0, 9, 1, 40, 1, 0, 11, 0,
		9, 3, 1, 2, 3})
	f.Add([]byte{1, 255, 255, 255, 255, 3, 1, 2, 3, 1, 0, 0, 0, 3, 2, 1, 2, 2, 0, 1, 0, 5, 1, 9})
	f.Fuzz(func(t *testing.T, input []byte) {
		for _, to := range sounds {
			var out tape
			p := NewPort(&out)
			p.SetCodec(to, Event)
			p.SetPacket(0, FrameTime)
			feed := p.NewFeed()
			in := input
			for n := 0; len(in) >= 6 && n < 60; n++ {
				size := min(int(in[5]), len(in)-6)
				feed.WriteFrame(&Frame{
					Codec: Codec(in[0] % 8), Marker: in[0]&0x80 != 0, Seq: binary.BigEndian.Uint16(in[1:]),
					Timestamp: uint32(binary.BigEndian.Uint16(in[3:])) << (in[0] >> 4 & 7), Payload: in[6 : 6+size],
					Clock: []uint32{0, 8000, 48000}[int(in[0]>>3)%3],
				})
				feed.fill(time.Now())
				in = in[6+size:]
			}
			d := newDecoder(to, 8000)
			for _, k := range out.packets {
				if k.codec == Event {
					continue
				}
				require.Equal(t, to, k.codec)
				if pcm, err := d.Decode(nil, k.payload); err == nil {
					require.LessOrEqual(t, len(pcm), d.Rate()*120/1000)
				}
			}
		}
	})
}

// What transcoding adds to the way, in milliseconds: the look-ahead of codecs and of
// the filter between the rates.
func TestTranscodeDelay(t *testing.T) {
	for _, from := range sounds {
		for _, to := range sounds {
			if from.g711() && to.g711() || from == to {
				continue
			}
			inBubble(t, func(t *testing.T, e *Engine) {
				a, b := newEnd(from, FrameTime), newEnd(to, FrameTime)
				e.Bridge(a, b)
				a.hz = 0 // silence
				for range 25 {
					a.speak()
					pass(FrameTime)
				}
				a.hz, a.n = 700, 0
				for range 25 {
					a.speak()
					pass(FrameTime)
				}
				direct := newEar(from) // what a peer of the same codec hears
				at := b.ear(0).begins()
				again := newEnd(from, FrameTime)
				again.hz = 0
				for i := range 50 {
					if i == 25 {
						again.hz, again.n = 700, 0
					}
					direct.WriteFrame(again.next())
				}
				added := at - direct.begins()
				t.Logf("%v to %v: %.1f ms", from, to, added)
				require.GreaterOrEqual(t, added, -2.0)
				require.Less(t, added, 20.0)
			})
		}
	}
}

// begins is when sound begins, in milliseconds.
func (h *ear8) begins() float64 {
	at := slices.IndexFunc(h.own, func(s int16) bool { return s > 2000 || s < -2000 })
	return float64(at) * 1000 / float64(h.d.Rate())
}
