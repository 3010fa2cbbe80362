package mix

import (
	"math"
	"math/cmplx"
	"testing"

	"github.com/stretchr/testify/require"

	"tccc/gateway/audio"
)

// speaker says a tone into a leg.
type speaker struct {
	*leg
	law  Codec
	tone audio.DualTone
}

func newSpeaker(law Codec, hz float64) *speaker {
	return &speaker{newLeg(law), law, audio.Tone(hz, 0.2)}
}

func (s *speaker) beat() {
	var pcm [audio.FrameSamples]int16
	s.tone.Read(pcm[:])
	payload := make([]byte, len(pcm))
	if s.law == PCMA {
		audio.EncodeAlaw(payload, pcm[:])
	} else {
		audio.EncodeMulaw(payload, pcm[:])
	}
	s.seq++
	s.ts += 160
	if s.sink != nil {
		s.sink.WriteFrame(&Frame{Codec: s.law, Seq: s.seq, Timestamp: s.ts, Payload: payload})
	}
}

// hears tells whether a tone is in the last half second that the leg was sent.
func (s *speaker) hears(hz float64) bool {
	p := s.taken()
	var sum complex128
	n := 0
	for _, k := range p[len(p)-25:] {
		pcm := make([]int16, len(k.payload))
		if k.codec == PCMA {
			audio.DecodeAlaw(pcm, k.payload)
		} else {
			audio.DecodeMulaw(pcm, k.payload)
		}
		for _, v := range pcm {
			sum += complex(float64(v)/math.MaxInt16, 0) * cmplx.Exp(complex(0, -2*math.Pi*hz*float64(n)/audio.Rate))
			n++
		}
	}
	return 2*cmplx.Abs(sum)/float64(n) > 0.1
}

func TestConference(t *testing.T) {
	inBubble(t, func(t *testing.T, e *Engine) {
		customer, agent, coach := newSpeaker(PCMA, 400), newSpeaker(PCMU, 600), newSpeaker(PCMU, 1000)
		all := []*speaker{customer, agent, coach}
		talk := func() {
			for range 50 {
				for _, s := range all {
					s.beat()
				}
				pass(FrameTime)
			}
		}
		c := e.NewConference()
		check := func(heard map[*speaker][]bool) {
			t.Helper()
			talk()
			for s, want := range heard {
				require.Equal(t, want, []bool{s.hears(400), s.hears(600), s.hears(1000)})
			}
		}
		e.Bridge(customer, agent)
		talk()
		c.Add(customer, Talk)
		c.Add(agent, Talk)
		c.Add(coach, Listen)
		require.Equal(t, 3, c.Members())
		check(map[*speaker][]bool{customer: {false, true, false}, agent: {true, false, false},
			coach: {true, true, false}})
		c.Add(coach, Whisper, agent)
		check(map[*speaker][]bool{customer: {false, true, false}, agent: {true, false, true},
			coach: {true, true, false}})
		c.Add(coach, Talk)
		check(map[*speaker][]bool{customer: {false, true, true}, agent: {true, false, true},
			coach: {true, true, false}})

		c.Remove(coach)
		require.Equal(t, 2, c.Members())
		n := len(coach.taken())
		check(map[*speaker][]bool{customer: {false, true, false}, agent: {true, false, false}})
		require.Len(t, coach.taken(), n)

		// Whoever is given something else has left.
		e.Silence(agent)
		check(map[*speaker][]bool{customer: {false, false, false}})
		require.Equal(t, 1, c.Members())
		for _, s := range all {
			requireSteady(t, s.taken())
		}
		c.Close()
		require.Zero(t, c.Members())
		e.Detach(agent)
		pass(FrameTime)
		require.Empty(t, e.current())
	})
}

// A voice that comes in bursts and with gaps goes on, and is not ever later.
func TestVoice(t *testing.T) {
	var v voiceBuffer
	var out [audio.FrameSamples]int16
	frame := func(ts uint32) *Frame { return &Frame{Codec: PCMU, Timestamp: ts, Payload: silenceMulaw[:160]} }
	require.False(t, v.read(&out))
	for i := range 20 {
		v.write(frame(uint32(i) * 160))
	}
	require.LessOrEqual(t, v.have, voiceRoom)
	n := 0
	for v.read(&out) {
		n++
	}
	require.Less(t, n, 20)
	v.write(frame(18 * 160)) // late
	require.Zero(t, v.have)
	v.write(frame(21 * 160)) // one lost
	require.Equal(t, 320, v.have)
	v.write(frame(1 << 31)) // another time line
	require.Equal(t, 480, v.have)
	v.write(&Frame{Codec: PCMU, Timestamp: 1<<31 + 160, Payload: make([]byte, 2000)})
	require.Equal(t, 480, v.have)
}

func BenchmarkConference(b *testing.B) {
	e := NewEngine()
	defer e.Close()
	c := e.NewConference()
	var members []*member
	for range 3 {
		l := newLeg(PCMU)
		l.port = NewPort(discard{})
		c.Add(l, Talk)
	}
	members = c.members
	now := members[0].line.feed.since
	b.ReportAllocs()
	for b.Loop() {
		c.mu.Lock()
		now = now.Add(FrameTime)
		c.collect(now)
		for _, m := range members {
			c.hears(m)
		}
		c.mu.Unlock()
	}
}
