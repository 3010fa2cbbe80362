package mix

import (
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/gateway/audio"
	"tccc/gateway/codec"
)

var sounds = []Codec{PCMU, PCMA, G722, Opus}

// end is a leg whose peer says a tone in a codec.
type end struct {
	*leg
	codec   Codec
	encoder codec.Encoder
	hz      float64
	n       int // samples said
	seq     uint16
	ts      uint32
}

func newEnd(c Codec, packet time.Duration) *end {
	rate := 16000
	if c.g711() {
		rate = 8000
	}
	e := &end{leg: newLeg(c, Event), codec: c, encoder: newEncoder(c, rate, packet), hz: 440, seq: 65500,
		ts: 4294960000}
	e.port.SetPacket(packet, 0)
	return e
}

// length is the time of a packet.
func (e *end) length() time.Duration {
	return time.Duration(e.encoder.Samples()) * time.Second / time.Duration(e.encoder.Rate())
}

// next is the frame that the peer sends next.
func (e *end) next() *Frame {
	pcm := make([]int16, e.encoder.Samples())
	for i := range pcm {
		pcm[i] = int16(0.25 * math.MaxInt16 * math.Sin(2*math.Pi*e.hz*float64(e.n)/float64(e.encoder.Rate())))
		e.n++
	}
	payload, err := e.encoder.Encode(nil, pcm)
	if err != nil {
		panic(err)
	}
	f := &Frame{Codec: e.codec, Seq: e.seq, Timestamp: e.ts, Payload: payload}
	e.seq++
	e.ts += uint32(ticks(e.length(), e.codec.Clock()))
	return f
}

func (e *end) speak() {
	f := e.next()
	if e.sink != nil {
		e.sink.WriteFrame(f)
	}
}

// hears decodes what the peer was sent from a packet on.
func (e *end) hears(from int) []int16 { return e.ear(from).pcm }

func (e *end) ear(from int) *ear8 {
	heard := newEar(e.codec)
	for _, p := range e.taken()[from:] {
		heard.WriteFrame(&Frame{Codec: p.codec, Timestamp: p.ts, Payload: p.payload})
	}
	return heard
}

// ear8 decodes frames of a codec, at 8 kHz.
type ear8 struct {
	codec  Codec
	d      codec.Decoder
	r      *codec.Resampler
	pcm    []int16
	own    []int16 // at the decoder's rate
	frames []packet
}

func newEar(c Codec) *ear8 {
	d := newDecoder(c, 8000)
	return &ear8{codec: c, d: d, r: codec.NewResampler(d.Rate(), 8000)}
}

func (h *ear8) WriteFrame(f *Frame) {
	if f.Codec != h.codec {
		return
	}
	h.frames = append(h.frames, packet{codec: f.Codec, ts: f.Timestamp, payload: append([]byte(nil), f.Payload...)})
	pcm, err := h.d.Decode(nil, f.Payload)
	if err != nil {
		panic(err)
	}
	h.own = append(h.own, pcm...)
	h.pcm = h.r.Write(h.pcm, pcm)
}

// requireTone requires the tone of an end, at its level.
func requireTone(t *testing.T, pcm []int16, hz float64) {
	t.Helper()
	require.Greater(t, len(pcm), 4000)
	require.InDelta(t, hz, audio.Frequency(pcm), 3)
	require.InDelta(t, 0, 20*math.Log10(audio.Energy(pcm)/(0.25/math.Sqrt2)), 1)
}

// requireNumbering requires packets of one length without a gap.
func requireNumbering(t *testing.T, p []packet, span uint32) {
	t.Helper()
	for i := 1; i < len(p); i++ {
		require.Equal(t, p[i-1].seq+1, p[i].seq, "packet %d", i)
		require.Equal(t, p[i-1].ts+span, p[i].ts, "packet %d", i)
		require.False(t, p[i].marker, "packet %d", i)
	}
}

// Every codec is heard in every other, in every packet time, both ways: frequency
// and level of a tone, and a numbering without gaps.
func TestTranscode(t *testing.T) {
	for _, from := range sounds {
		for _, to := range sounds {
			for _, length := range []time.Duration{10, 20, 30, 60} {
				sends := length * time.Millisecond
				if from == Opus {
					sends = opusPacket(sends)
				}
				t.Run(fmt.Sprint(from, " to ", to, " of ", sends), func(t *testing.T) {
					inBubble(t, func(t *testing.T, e *Engine) {
						a, b := newEnd(from, sends), newEnd(to, FrameTime)
						b.hz = 1100
						e.Bridge(a, b)
						for range int(1500 * time.Millisecond / sends) {
							for range int(sends/FrameTime) + int(sends%FrameTime/(10*time.Millisecond)) {
								b.speak()
							}
							a.speak()
							pass(sends)
						}
						toB := b.taken()
						if from == to || from.g711() && to.g711() {
							requireNumbering(t, toB[1:], uint32(ticks(sends, to.Clock())))
						} else {
							requireNumbering(t, toB[1:], to.Clock()/50)
						}
						requireTone(t, b.hears(5)[5000:], a.hz)
						heard := a.hears(5)
						requireTone(t, heard[len(heard)/2:], b.hz)
					})
				})
			}
		}
	}
}

// What both ends speak goes through as it is.
func TestSameCodecIsNotTranscoded(t *testing.T) {
	for _, c := range sounds {
		inBubble(t, func(t *testing.T, e *Engine) {
			a, b := newEnd(c, 40*time.Millisecond), newEnd(c, FrameTime)
			e.Bridge(a, b)
			f := a.next()
			want := append([]byte(nil), f.Payload...)
			a.sink.WriteFrame(f)
			require.Len(t, b.taken(), 1)
			require.Equal(t, want, b.taken()[0].payload)
			require.Nil(t, b.port.feed.trans)
		})
	}
}

// A packet time that the peer does not take is divided, in the same codec too.
func TestLongestPacket(t *testing.T) {
	for _, c := range sounds {
		inBubble(t, func(t *testing.T, e *Engine) {
			a, b := newEnd(c, 40*time.Millisecond), newEnd(c, FrameTime)
			b.port.SetPacket(0, FrameTime)
			e.Bridge(a, b)
			for range 50 {
				a.speak()
				pass(40 * time.Millisecond)
			}
			requireNumbering(t, b.taken()[1:], c.Clock()/50)
			requireTone(t, b.hears(5)[4000:], a.hz)
		})
	}
}

// A packet in ten is lost, and some overtake others: the far side gets a stream
// without gaps in which the tone is heard.
func TestTranscodeLoss(t *testing.T) {
	for _, pair := range [][2]Codec{{G722, PCMA}, {Opus, PCMU}, {PCMU, G722}, {PCMA, Opus}, {Opus, G722}} {
		t.Run(fmt.Sprint(pair), func(t *testing.T) {
			inBubble(t, func(t *testing.T, e *Engine) {
				a, b := newEnd(pair[0], FrameTime), newEnd(pair[1], FrameTime)
				e.Bridge(a, b)
				var late *Frame
				for i := range 150 {
					f := a.next()
					switch {
					case i%10 == 4: // lost
					case i%10 == 7:
						late = f
					default:
						a.sink.WriteFrame(f)
						if late != nil {
							a.sink.WriteFrame(late)
							late = nil
						}
					}
					pass(FrameTime)
				}
				got := b.taken()
				require.InDelta(t, 150, len(got), 2)
				requireNumbering(t, got[1:], pair[1].Clock()/50)
				pcm := b.hears(10)
				require.InDelta(t, a.hz, audio.Frequency(pcm[4000:]), 3)
				require.InDelta(t, 0, 20*math.Log10(audio.Energy(pcm[4000:])/(0.25/math.Sqrt2)), 3)
			})
		})
	}
}

// What overtakes another is put in its place, without a sample made up.
func TestTranscodeReorders(t *testing.T) {
	plain, mixed := newEnd(PCMU, FrameTime), newEnd(PCMU, FrameTime)
	run := func(e *end, order []int) []int16 {
		to := newEnd(G722, FrameTime)
		feed := to.port.NewFeed()
		var frames []*Frame
		for range order {
			frames = append(frames, e.next())
		}
		for _, i := range order {
			feed.WriteFrame(frames[i])
			feed.WriteFrame(frames[i]) // twice
		}
		return to.hears(0)
	}
	require.True(t, slices.Equal(run(plain, []int{0, 1, 2, 3, 4, 5, 6, 7}), run(mixed, []int{0, 2, 1, 3, 5, 4, 6, 7})))
}

// After a pause of the source the timestamps have gone on by it; meanwhile it is
// silent, or there is the noise that the source has asked for.
func TestTranscodePause(t *testing.T) {
	for _, to := range []Codec{PCMU, G722, Opus} {
		for _, noisy := range []bool{false, true} {
			inBubble(t, func(t *testing.T, e *Engine) {
				a, b := newEnd(G722, FrameTime), newEnd(to, FrameTime)
				if to == G722 {
					a = newEnd(PCMA, FrameTime)
				}
				e.Bridge(a, b)
				speak := func() {
					for range 50 {
						a.speak()
						pass(FrameTime)
					}
				}
				speak()
				if noisy {
					a.sink.WriteFrame(&Frame{Codec: Noise, Seq: a.seq, Timestamp: a.ts, Payload: []byte{45}})
					a.seq++
				}
				quiet := len(b.taken())
				pass(time.Second)
				a.ts += a.codec.Clock()
				a.n = 0
				loud := len(b.taken())
				a.speak()
				require.Equal(t, loud+1, len(b.taken()), "what comes behind a pause is not waited for")
				pass(FrameTime)
				speak()
				got := b.taken()
				for i := 1; i < len(got); i++ {
					require.Equal(t, got[i-1].seq+1, got[i].seq)
					step := int32(got[i].ts - got[i-1].ts)
					require.Positive(t, step)
				}
				length := int64(got[len(got)-1].ts - got[0].ts)
				require.InDelta(t, 3020, length*1000/int64(to.Clock()), 90)
				pause := b.hears(quiet + 10)[:4000]
				if noisy {
					require.InDelta(t, -45, 20*math.Log10(audio.Energy(pause)), 7, "less the upper half of the band")
				} else {
					require.Less(t, audio.Energy(pause), 0.002)
				}
				requireTone(t, b.hears(loud+10), a.hz)
			})
		}
	}
}

// Codecs of either end may change in a call.
func TestTranscodeChanges(t *testing.T) {
	inBubble(t, func(t *testing.T, e *Engine) {
		for _, to := range sounds {
			a, b := newEnd(PCMU, FrameTime), newEnd(PCMU, FrameTime)
			e.Bridge(a, b)
			say := func(from Codec) {
				other := newEnd(from, FrameTime)
				a.codec, a.encoder = from, other.encoder
				a.n = 0
				b.port.SetCodec(to, Event)
				b.codec = to
				before := len(b.taken())
				for range 60 {
					a.speak()
					pass(FrameTime)
				}
				requireTone(t, b.hears(before + 5)[1000:], a.hz)
			}
			for _, from := range []Codec{Opus, PCMA, G722, PCMU, Opus} {
				say(from)
			}
			for i, p := range b.taken() {
				if i > 0 {
					require.Equal(t, b.taken()[i-1].seq+1, p.seq)
				}
			}
		}
	})
}

// What is broken costs its own time and nothing else.
func TestTranscodeBroken(t *testing.T) {
	for _, from := range []Codec{G722, Opus} {
		inBubble(t, func(t *testing.T, e *Engine) {
			a, b := newEnd(from, FrameTime), newEnd(PCMU, FrameTime)
			e.Bridge(a, b)
			for i := range 200 {
				f := a.next()
				switch {
				case i%10 == 3 && from == Opus:
					f.Payload = []byte{0xFF, 0xFF, 0xFF}
				case i%10 == 3:
					f.Payload = make([]byte, 1400)
				case i%50 == 8:
					f.Payload = nil
				}
				a.sink.WriteFrame(f)
				pass(FrameTime)
			}
			require.InDelta(t, 200, len(b.taken()), 1)
			require.InDelta(t, a.hz, audio.Frequency(b.hears(50)), 3)
		})
	}
}

// A digit lasts as long in the clock of the other side.
func TestEventsBetweenClocks(t *testing.T) {
	for _, pair := range [][2]Codec{{PCMU, Opus}, {Opus, PCMA}, {G722, Opus}} {
		inBubble(t, func(t *testing.T, e *Engine) {
			a, b := newEnd(pair[0], FrameTime), newEnd(pair[1], FrameTime)
			e.Bridge(a, b)
			clock := a.codec.Clock()
			for range 10 {
				a.speak()
				pass(FrameTime)
			}
			ts := a.ts
			for i := range 8 {
				f := &Frame{Codec: Event, Marker: i == 0, Seq: a.seq, Timestamp: ts, Clock: clock,
					Payload: []byte{5, 10, 0, 0}}
				a.seq++
				binary.BigEndian.PutUint16(f.Payload[2:], uint16(min(i+1, 6)*int(clock)/50))
				if i >= 5 {
					f.Payload[1] |= 0x80
				}
				a.sink.WriteFrame(f)
				pass(FrameTime)
			}
			a.ts += clock * 8 / 50
			for range 10 {
				a.speak()
				pass(FrameTime)
			}
			var events []packet
			for i, p := range b.taken() {
				if i > 0 {
					require.Equal(t, b.taken()[i-1].seq+1, p.seq)
				}
				if p.codec == Event {
					events = append(events, p)
				}
			}
			require.Len(t, events, 8)
			for i, p := range events {
				require.Equal(t, events[0].ts, p.ts)
				require.Equal(t, i == 0, p.marker)
				require.Equal(t, uint32(min(i+1, 6))*b.codec.Clock()/50, uint32(binary.BigEndian.Uint16(p.payload[2:])))
			}
		})
	}
}

// Music, conferences and digits as tones reach those who take no G.711.
func TestSoundsForOtherCodecs(t *testing.T) {
	for _, c := range []Codec{G722, Opus} {
		for _, length := range []time.Duration{20, 40} {
			inBubble(t, func(t *testing.T, e *Engine) {
				a := newEnd(c, length*time.Millisecond)
				tone := audio.Tone(700, 0.25)
				p := e.Play(a, NewClip(tone.Samples(8000)), PlayOptions{Loop: true})
				pass(2 * time.Second)
				requireNumbering(t, a.taken()[1:], uint32(length)*c.Clock()/1000)
				requireTone(t, a.hears(5)[4000:], 700)
				p.Stop()

				a.port.SetCodec(c) // no events
				e.Silence(a)
				before := len(a.taken())
				require.NoError(t, a.port.SendDigits(context.Background(), "5",
					DigitOptions{Tone: 200 * time.Millisecond}))
				var digits []byte
				var d audio.DTMFDetector
				d.Write(append(a.hears(before), make([]int16, 800)...), func(b byte) { digits = append(digits, b) })
				require.Equal(t, "5", string(digits))
			})
		}
	}
}

func TestConferenceOfCodecs(t *testing.T) {
	inBubble(t, func(t *testing.T, e *Engine) {
		room := e.NewConference()
		var ends []*end
		for i, c := range sounds {
			s := newEnd(c, FrameTime)
			s.hz = float64(400 + 250*i)
			room.Add(s, Talk)
			ends = append(ends, s)
		}
		tapped := newEar(PCMU)
		room.Tap(ends[3].leg, tapped)
		room.Add(ends[3], Talk)
		for range 100 {
			for _, s := range ends {
				s.speak()
			}
			pass(FrameTime)
		}
		for _, s := range ends {
			pcm := s.hears(30)
			for _, o := range ends {
				db := 20 * math.Log10(strength(pcm, o.hz)/0.25)
				if o == s {
					assert.Less(t, db, -20.0, "%v hears itself", s.codec)
				} else {
					assert.InDelta(t, 0, db, 1.5, "%v hears %v", s.codec, o.codec)
				}
			}
		}
		room.Close()
	})
}

// strength is the peak of a tone in pcm, of full scale.
func strength(pcm []int16, hz float64) float64 {
	var re, im float64
	for i, s := range pcm {
		sin, cos := math.Sincos(2 * math.Pi * hz * float64(i) / audio.Rate)
		re, im = re+float64(s)*cos, im+float64(s)*sin
	}
	return 2 * math.Hypot(re, im) / float64(len(pcm)) / math.MaxInt16
}

// Who listens to a bridge hears all codecs in G.711.
func TestTapOfCodecs(t *testing.T) {
	for _, c := range sounds {
		inBubble(t, func(t *testing.T, e *Engine) {
			a, b := newEnd(c, 40*time.Millisecond), newEnd(PCMA, FrameTime)
			law := PCMU
			if c == PCMA {
				law = PCMA
			}
			heard := newEar(law)
			e.BridgeTapped(a, b, heard, nil)
			for range 50 {
				a.speak()
				pass(40 * time.Millisecond)
			}
			require.InDelta(t, 16000, len(heard.pcm), 400)
			requireTone(t, heard.pcm[4000:], a.hz)
		})
	}
}

func TestSilenceOfCodecs(t *testing.T) {
	for _, c := range sounds {
		d := newDecoder(c, 8000)
		for _, ms := range []uint32{5, 10, 20, 40, 60, 120} {
			n := ms * c.Clock() / 1000
			payload := silence(make([]byte, 16), c, n)
			require.Equal(t, n, span(c, payload), "%v %d ms", c, ms)
			pcm, err := d.Decode(nil, payload)
			require.NoError(t, err)
			require.Equal(t, int(ms)*d.Rate()/1000, len(pcm))
			require.Less(t, audio.Energy(pcm), 0.001, "%v %d ms", c, ms)
		}
		e := newEnd(c, FrameTime) // and behind sound
		var pcm []int16
		for range 20 {
			pcm, _ = d.Decode(nil, e.next().Payload)
		}
		require.Greater(t, audio.Energy(pcm), 0.1)
		for range 10 {
			pcm, _ = d.Decode(nil, silence(make([]byte, 16), c, c.Clock()/50))
		}
		require.Less(t, audio.Energy(pcm), 0.002, "%v behind sound", c)
	}
}

func BenchmarkTranscode(b *testing.B) {
	for _, from := range sounds {
		for _, to := range sounds {
			b.Run(fmt.Sprint(from, " to ", to), func(b *testing.B) {
				a, port := newEnd(from, FrameTime), NewPort(discard{})
				port.SetCodec(to, Event)
				feed := port.NewFeed()
				var frames []*Frame
				for range 50 {
					frames = append(frames, a.next())
				}
				f := *frames[0]
				b.ReportAllocs()
				for i := 0; b.Loop(); i++ {
					f.Payload = frames[i%len(frames)].Payload
					feed.WriteFrame(&f)
					f.Seq++
					f.Timestamp += from.Clock() / 50
				}
			})
		}
	}
}

// A peer that takes nothing any more is sent nothing.
func TestTranscodeToNothing(t *testing.T) {
	enc := newEncoder(PCMU, 8000, FrameTime)
	sent := 0
	x := &transcoder{to: PCMU, encoder: func(int) codec.Encoder { return enc }, sink: sinkFunc(func(*Frame) { sent++ })}
	frame := &Frame{Codec: G722, Payload: silence(nil, G722, 160)}
	for i := range 6 {
		if i == 2 {
			enc = nil
		}
		if i == 4 {
			enc = newEncoder(PCMU, 8000, FrameTime)
		}
		x.write(frame)
		frame.Seq++
		frame.Timestamp += 160
	}
	assert.Positive(t, sent)
	assert.Less(t, sent, 6)
}
