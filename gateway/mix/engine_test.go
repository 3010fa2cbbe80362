package mix

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"tccc/gateway/audio"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// leg is a leg whose peer is the test.
type leg struct {
	port *Port
	tape tape
	sink Sink
	seq  uint16
	ts   uint32
}

func newLeg(codec Codec, also ...Codec) *leg {
	l := &leg{seq: 100, ts: 7000}
	l.port = NewPort(&l.tape)
	l.port.SetCodec(codec, also...)
	return l
}

func (l *leg) Port() *Port    { return l.port }
func (l *leg) Receive(s Sink) { l.sink = s }

// says has the peer send a frame.
func (l *leg) says(c Codec, code byte) {
	payload := make([]byte, 160)
	for i := range payload {
		payload[i] = code
	}
	l.seq++
	l.ts += 160
	if l.sink != nil {
		l.sink.WriteFrame(&Frame{Codec: c, Seq: l.seq, Timestamp: l.ts, Payload: payload})
	}
}

// inBubble runs f with an engine in virtual time.
func inBubble(t *testing.T, f func(t *testing.T, e *Engine)) {
	synctest.Test(t, func(t *testing.T) {
		e := NewEngine()
		defer e.Close()
		f(t, e)
	})
}

// pass lets d of virtual time go by. The metronome's beats of that time are over then.
func pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func (l *leg) taken() []packet {
	l.port.mu.Lock()
	defer l.port.mu.Unlock()
	return l.tape.packets[:len(l.tape.packets):len(l.tape.packets)]
}

func requireSteady(t *testing.T, p []packet) {
	t.Helper()
	for i := 1; i < len(p); i++ {
		require.Equal(t, p[i-1].seq+1, p[i].seq, "packet %d", i)
		require.Positive(t, int32(p[i].ts-p[i-1].ts), "packet %d", i)
		require.Zero(t, (p[i].ts-p[i-1].ts)%160, "packet %d", i)
	}
}

func TestBridgeTranslates(t *testing.T) {
	inBubble(t, func(t *testing.T, e *Engine) {
		a, b := newLeg(PCMU, PCMA, Event), newLeg(PCMA, Event)
		e.Bridge(a, b)
		a.says(PCMU, 0x12)
		b.says(PCMA, 0x34)
		toB, toA := a.taken(), b.taken()
		toB, toA = toA, toB
		require.Len(t, toB, 1)
		require.Len(t, toA, 1)
		want := make([]byte, 160)
		for i := range want {
			want[i] = 0x12
		}
		audio.MulawToAlaw(want, want)
		require.Equal(t, PCMA, toB[0].codec)
		require.Equal(t, want, toB[0].payload)
		require.Equal(t, PCMA, toA[0].codec, "a takes both laws: nothing is translated")
		require.Equal(t, byte(0x34), toA[0].payload[0])
	})
}

func TestSilenceOnLoss(t *testing.T) {
	inBubble(t, func(t *testing.T, e *Engine) {
		a, b := newLeg(PCMU), newLeg(PCMA)
		e.Bridge(a, b)
		for range 10 {
			a.says(PCMU, 1)
			pass(FrameTime)
		}
		require.Len(t, b.taken(), 10)
		pass(time.Second)
		p := b.taken()
		require.InDelta(t, 10+50-3, len(p), 2)
		require.Equal(t, byte(audio.SilenceAlaw), p[12].payload[0])
		// The source returns, having gone on counting.
		a.seq += 50
		a.ts += 50 * 160
		a.says(PCMU, 1)
		p = b.taken()
		require.NotEqual(t, byte(audio.SilenceAlaw), p[len(p)-1].payload[0])
		require.True(t, p[len(p)-1].marker)
		requireSteady(t, p)
		// It was one second and a bit, in all.
		require.InDelta(t, 8000+1600, int(p[len(p)-1].ts-p[0].ts), 160)
		// b, which never said a word, was filled in for as well.
		requireSteady(t, a.taken())
		require.InDelta(t, 50+10-3, len(a.taken()), 2)
	})
}

func TestHoldMusicAndBack(t *testing.T) {
	inBubble(t, func(t *testing.T, e *Engine) {
		a, b := newLeg(PCMU), newLeg(PCMU)
		e.Bridge(a, b)
		talk := func(n int) {
			for range n {
				a.says(PCMU, 1)
				b.says(PCMU, 2)
				pass(FrameTime)
			}
		}
		talk(20)
		music := e.Play(b, HoldMusic(), PlayOptions{Loop: true})
		e.Silence(a)
		talk(50)
		for _, p := range b.taken()[20:] {
			require.NotEqual(t, byte(1), p.payload[0], "b hears a on hold")
		}
		for _, p := range a.taken()[20:] {
			require.Equal(t, byte(audio.SilenceMulaw), p.payload[0], "a hears b on hold")
		}
		select {
		case <-music.Done():
			require.Fail(t, "the music ended")
		default:
		}
		e.Bridge(a, b)
		<-music.Done()
		require.False(t, music.Ended())
		talk(20)
		for _, l := range []*leg{a, b} {
			p := l.taken()
			requireSteady(t, p)
			require.InDelta(t, 90, len(p), 2)
			require.InDelta(t, 90*160, int(p[len(p)-1].ts-p[0].ts), 480)
		}
		require.Equal(t, byte(1), b.taken()[len(b.taken())-1].payload[0])
	})
}

func TestPlayEnds(t *testing.T) {
	inBubble(t, func(t *testing.T, e *Engine) {
		l := newLeg(PCMA)
		tone := audio.Tone(440, 0.3)
		clip := NewClip(tone.Samples(1000)) // six frames and a quarter
		require.Equal(t, 7, clip.Frames())
		require.Equal(t, 140*time.Millisecond, clip.Duration())
		began := time.Now()
		b := e.Play(l, clip, PlayOptions{})
		<-b.Done()
		require.True(t, b.Ended())
		require.Equal(t, 140*time.Millisecond, time.Since(began))
		pass(100 * time.Millisecond)
		p := l.taken()
		requireSteady(t, p)
		require.Equal(t, byte(audio.SilenceAlaw), p[len(p)-1].payload[0], "silence follows")
		for i := range 7 {
			require.Equal(t, clip.Frame(PCMA, i), p[i].payload)
		}
		b.Stop()
		b.Stop()
		n := len(l.taken())
		pass(time.Second)
		require.Len(t, l.taken(), n, "nothing feeds the leg")
	})
}

func TestPlayShared(t *testing.T) {
	inBubble(t, func(t *testing.T, e *Engine) {
		a, b, c := newLeg(PCMU), newLeg(PCMA), newLeg(Opus)
		clip := NewClip(audio.Chime())
		e.Play(a, clip, PlayOptions{Loop: true})
		pass(95 * time.Millisecond)
		e.Play(b, clip, PlayOptions{Loop: true})
		only := e.Play(c, clip, PlayOptions{})
		pass(3 * time.Second)
		for n, l := range []*leg{a, b} {
			for i, p := range l.taken() {
				require.Equal(t, clip.Frame(l.port.Codec(), i%clip.Frames()), p.payload, "leg %d frame %d", n, i)
			}
		}
		require.True(t, only.Ended())
		for i, p := range c.taken() {
			require.Equal(t, Opus, p.codec)
			if i > 0 {
				require.Equal(t, uint32(960), p.ts-c.taken()[i-1].ts)
			}
		}
		e.Detach(a)
		n := len(a.taken())
		pass(time.Second)
		require.Len(t, a.taken(), n)
	})
}

// While no leg needs it, the metronome does not beat.
func TestMetronomeStandsStill(t *testing.T) {
	inBubble(t, func(t *testing.T, e *Engine) {
		l := newLeg(PCMU)
		e.Silence(l)
		pass(100 * time.Millisecond)
		e.Detach(l)
		pass(FrameTime)
		require.Empty(t, e.current())
		// A closed port leaves by itself.
		e.Silence(l)
		pass(FrameTime)
		l.port.Close()
		pass(FrameTime)
		require.Empty(t, e.current())
	})
}

// A source that blocks the metronome for long does not make it send a burst.
func TestMetronomeCatchesUp(t *testing.T) {
	inBubble(t, func(t *testing.T, e *Engine) {
		l := newLeg(PCMU)
		clip := NewClip(make([]int16, 60*audio.Rate))
		slow := &stall{clip, map[int]time.Duration{10: 90 * time.Millisecond, 60: 3 * time.Second}}
		e.Play(l, slow, PlayOptions{})
		pass(time.Second)
		require.InDelta(t, 50, len(l.taken()), 1)
		requireSteady(t, l.taken())

		pass(4 * time.Second)
		p := l.taken()
		requireSteady(t, p)
		require.Less(t, len(p), 50+50+10+maxCatchUp, "what was missed is left out")
		require.InDelta(t, 5*8000, int(p[len(p)-1].ts-p[0].ts), 480)
	})
}

// stall is a source that blocks at some of its frames.
type stall struct {
	Source
	at map[int]time.Duration
}

func (s *stall) Frame(c Codec, n int) []byte {
	time.Sleep(s.at[n])
	return s.Source.Frame(c, n)
}

func TestEngineClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := NewEngine()
		l := newLeg(PCMU)
		b := e.Play(l, HoldMusic(), PlayOptions{Loop: true})
		e.Close()
		e.Close()
		<-b.Done()
		require.False(t, b.Ended())
		<-e.Play(l, HoldMusic(), PlayOptions{}).Done()
	})
}

func TestSendDigits(t *testing.T) {
	inBubble(t, func(t *testing.T, e *Engine) {
		a, b := newLeg(PCMU), newLeg(PCMU, Event)
		e.Bridge(a, b)
		stop := make(chan struct{})
		go func() {
			for {
				select {
				case <-stop:
					return
				case <-time.After(FrameTime):
					a.says(PCMU, 1)
				}
			}
		}()
		pass(110 * time.Millisecond)
		require.NoError(t, b.port.SendDigits(context.Background(), "1p#d", DigitOptions{}))
		pass(100 * time.Millisecond)
		close(stop)
		p := b.taken()
		requireEvents(t, p, []byte{1, 11, 15})
		for i := 1; i < len(p); i++ {
			require.Equal(t, p[i-1].seq+1, p[i].seq)
		}
	})
}

// requireEvents checks the events among p: their codes, one timestamp each, the
// marker on the first packet, rising durations, the end three times.
func requireEvents(t *testing.T, p []packet, codes []byte) {
	t.Helper()
	var got []byte
	var events [][]packet
	var audioTS uint32
	for i, k := range p {
		if k.codec != Event {
			if i > 0 {
				require.Positive(t, int32(k.ts-audioTS))
			}
			audioTS = k.ts
			continue
		}
		if n := len(events); n == 0 || events[n-1][0].ts != k.ts {
			events = append(events, nil)
			got = append(got, k.payload[0])
		}
		events[len(events)-1] = append(events[len(events)-1], k)
	}
	require.Equal(t, codes, got)
	for _, e := range events {
		ends := 0
		duration := uint16(0)
		for i, k := range e {
			require.Equal(t, i == 0, k.marker)
			d := uint16(k.payload[2])<<8 | uint16(k.payload[3])
			if k.payload[1]&0x80 != 0 {
				ends++
			} else {
				require.Greater(t, d, duration)
			}
			duration = d
		}
		require.Equal(t, 3, ends)
		require.Equal(t, uint16(800), duration, "100 ms")
	}
}

func TestSendDigitsAsTones(t *testing.T) {
	inBubble(t, func(t *testing.T, e *Engine) {
		l := newLeg(PCMA)
		require.NoError(t, l.port.SendDigits(context.Background(), "5", DigitOptions{Tone: time.Second}))
		var pcm []int16
		for _, p := range l.taken() {
			part := make([]int16, len(p.payload))
			audio.DecodeAlaw(part, p.payload)
			pcm = append(pcm, part...)
		}
		require.Len(t, pcm, audio.Rate)
		f := audio.Frequency(pcm)
		require.True(t, f > 769 && f < 771 || f > 1335 && f < 1337, "%f", f)
		requireSteady(t, l.taken())
	})
}

func TestSendDigitsRefuses(t *testing.T) {
	inBubble(t, func(t *testing.T, e *Engine) {
		l := newLeg(PCMA, Event)
		require.ErrorIs(t, l.port.SendDigits(context.Background(), "12x", DigitOptions{}), ErrDigit)
		require.Empty(t, l.taken())
		ctx, cancel := context.WithTimeout(context.Background(), 130*time.Millisecond)
		defer cancel()
		require.ErrorIs(t, l.port.SendDigits(ctx, "123", DigitOptions{}), context.DeadlineExceeded)
		requireEvents(t, l.taken(), []byte{1})
		l.port.Close()
		require.ErrorIs(t, l.port.SendDigits(context.Background(), "1", DigitOptions{}), ErrClosed)
	})
}

func BenchmarkBridge(b *testing.B) {
	for _, bench := range []struct {
		name string
		to   Codec
	}{{"forward", PCMU}, {"translate", PCMA}} {
		b.Run(bench.name, func(b *testing.B) {
			p := NewPort(discard{})
			p.SetCodec(bench.to)
			f := p.NewFeed()
			fr := voice(0, 0)
			b.ReportAllocs()
			for b.Loop() {
				fr.Seq++
				fr.Timestamp += 160
				f.WriteFrame(fr)
			}
		})
	}
}

type discard struct{}

func (discard) WritePacket(Codec, bool, uint16, uint32, []byte) error { return nil }

// A frame costs no allocation, whatever becomes of it.
func TestNoAllocation(t *testing.T) {
	p := NewPort(discard{})
	p.SetCodec(PCMA, Event)
	f := p.NewFeed()
	fr := voice(0, 0)
	require.Zero(t, testing.AllocsPerRun(1000, func() {
		fr.Seq++
		fr.Timestamp += 160
		f.WriteFrame(fr)
	}))
	require.Zero(t, testing.AllocsPerRun(1000, func() { f.fill(time.Now().Add(time.Hour)) }))
}
