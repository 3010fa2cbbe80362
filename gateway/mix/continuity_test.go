package mix

import (
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// source is a sender whose stream reaches a feed through a bad network.
type source struct {
	id   byte
	feed *Feed
	seq  uint16
	ts   uint32
	held *Frame // overtaken by the next one
	age  int    // frames since the source began anew
}

// network drives a port with what data says and counts what may be missing.
type network struct {
	t       testing.TB
	port    *Port
	out     tape
	src     *source
	next    byte
	missing int // frames of a source that never reached the port, or too late
	start   time.Time
}

func newNetwork(t testing.TB, seq uint16, ts uint32) *network {
	n := &network{t: t, start: time.Now()}
	n.port = NewPort(&n.out)
	n.switchTo(seq, ts)
	return n
}

func (n *network) switchTo(seq uint16, ts uint32) {
	if n.src != nil && n.src.held != nil {
		n.missing++
	}
	n.next++
	old := n.src
	n.src = &source{id: n.next, feed: n.port.NewFeed(), seq: seq, ts: ts}
	if old != nil {
		n.port.mu.Lock()
		sent := len(n.out.packets)
		n.port.mu.Unlock()
		old.feed.WriteFrame(old.frame())
		require.Len(n.t, n.out.packets, sent, "a frame of a replaced feed went out")
	}
}

func (s *source) frame() *Frame {
	payload := make([]byte, 160)
	for i := range payload {
		payload[i] = s.id
	}
	return &Frame{Codec: PCMU, Seq: s.seq, Timestamp: s.ts, Payload: payload}
}

// beat is the next frame of the source, treated as op says, and 20 ms.
func (n *network) beat(op byte) {
	s := n.src
	f := s.frame()
	s.seq++
	s.ts += 160
	s.age++
	hold := s.held
	s.held = nil
	switch op % 16 {
	case 0, 1: // lost
		n.missing++
	case 2: // overtaken by the next
		s.held = f
	case 3: // twice
		s.feed.WriteFrame(f)
		s.feed.WriteFrame(f)
	case 4: // a longer loss, filled in for by the gateway
		n.missing++
		for range int(op>>4) + 4 {
			n.missing++ // unless it was filled in for
			time.Sleep(FrameTime)
			s.seq++
			s.ts += 160
			s.feed.fill(time.Now())
		}
	case 5: // another source
		n.missing++ // this frame
		n.switchTo(uint16(op)<<8, uint32(op)<<24)
	case 6: // the source's clock leaps
		s.ts += uint32(op) << 20
		s.feed.WriteFrame(f)
	case 7: // the source begins anew, as sources seldom do
		s.feed.WriteFrame(f)
		if s.age > 3 {
			s.age = 0
			s.seq += 20000
			n.missing++ // the first after it is dropped
		}
	case 8: // an event in place of the audio: packets of the same timestamp
		e := *f
		e.Codec, e.Payload = Event, []byte{1, 10, 0, 160}
		s.feed.WriteFrame(&e)
		if op>>4 > 4 {
			e2 := e
			e2.Seq = s.seq
			s.seq++
			s.feed.WriteFrame(&e2)
		}
	case 9: // what the peer does not take
		f.Codec, f.Payload = Opus, []byte{0xF8, 1, 2}
		s.feed.WriteFrame(f)
	default:
		s.feed.WriteFrame(f)
	}
	if hold != nil {
		s.feed.WriteFrame(hold)
		n.missing++ // it may have come too late
	}
	time.Sleep(FrameTime + time.Duration(int(op)%7-3)*time.Millisecond)
}

// check holds the rules of the outgoing stream against what went out.
func (n *network) check() {
	t := n.t
	p := n.out.packets
	if len(p) == 0 {
		return
	}
	first := p[0].seq
	highest := 0
	seen := map[int]bool{}
	type point struct{ seq, ts int }
	var audio []point
	unwrap := func(v uint16, near int) int { return near + int(int16(v-uint16(near))) }
	near := 0
	for _, k := range p {
		seq := unwrap(k.seq-first, near)
		require.False(t, seen[seq], "sequence number %d twice", seq)
		seen[seq] = true
		highest = max(highest, seq)
		near = highest
		if k.codec != Event {
			audio = append(audio, point{seq, 0})
			audio[len(audio)-1].ts = int(k.ts - p[0].ts) // fewer than 2^32 units in a test
		}
	}
	require.LessOrEqual(t, highest+1-len(seen), n.missing, "more numbers missing than frames")
	slices.SortFunc(audio, func(a, b point) int { return a.seq - b.seq })
	for i := 1; i < len(audio); i++ {
		require.Greater(t, audio[i].ts, audio[i-1].ts, "timestamps of %d and %d", audio[i-1].seq, audio[i].seq)
	}
	if len(audio) > 0 {
		// The stream keeps to the time of its sources, the fastest of which send a
		// frame every 17 ms, but for what a source itself leapt (at most a second each).
		last := audio[len(audio)-1]
		elapsed := int(time.Since(n.start)/time.Millisecond) * 8 * 20 / 17
		require.Less(t, last.ts, elapsed+8000*(1+n.leaps()), "ahead of time")
	}
}

// leaps is an upper bound of how often a source could run ahead.
func (n *network) leaps() int { return int(n.next) + n.missing }

func FuzzContinuity(f *testing.F) {
	f.Add(uint16(65530), uint32(4294967000), []byte{15, 15, 15, 15, 15, 15, 15, 15, 15, 15})
	f.Add(uint16(0), uint32(0), []byte{15, 2, 15, 0, 15, 2, 5, 15, 4, 15, 15, 2, 4, 15})
	f.Add(uint16(1), uint32(1), []byte{8, 120, 15, 8, 4, 8, 15, 9, 9, 15, 2, 9, 15})
	f.Add(uint16(1), uint32(1), []byte{15, 7, 15, 15, 6, 15, 246, 15, 22, 15, 15})
	f.Fuzz(func(t *testing.T, seq uint16, ts uint32, ops []byte) {
		synctest.Test(t, func(t *testing.T) {
			n := newNetwork(t, seq, ts)
			n.port.SetCodec(PCMU, Event)
			for _, op := range ops[:min(len(ops), 2000)] {
				n.beat(op)
			}
			n.check()
		})
	})
}

func TestContinuity(t *testing.T) {
	for seed := range uint64(300) {
		synctest.Test(t, func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 1))
			n := newNetwork(t, uint16(r.Uint32()), r.Uint32())
			n.port.SetCodec(PCMU, Event)
			for range 500 {
				n.beat(byte(r.Uint32()))
			}
			n.check()
		})
	}
}

// Without loss, nothing is missing over any number of switches, and the stream
// keeps to real time.
func TestContinuityWithoutLoss(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork(t, 65000, 1<<32-5000)
		r := rand.New(rand.NewPCG(1, 2))
		for i := range 3000 {
			if i > 0 && r.IntN(20) == 0 {
				if r.IntN(2) == 0 {
					time.Sleep(time.Duration(r.IntN(400)) * time.Millisecond)
				}
				n.switchTo(uint16(r.Uint32()), r.Uint32())
			}
			n.beat(10)
		}
		p := n.out.packets
		require.Len(t, p, 3000)
		for i := 1; i < len(p); i++ {
			require.Equal(t, p[i-1].seq+1, p[i].seq)
			d := p[i].ts - p[i-1].ts
			require.True(t, d >= 160 && d%160 == 0 && d < 160*25, "step %d", d)
			require.Equal(t, p[i].payload[0] != p[i-1].payload[0], p[i].marker, "marker where the source changes")
		}
		elapsed := time.Since(n.start).Milliseconds() * 8
		require.InDelta(t, elapsed, int64(p[len(p)-1].ts-p[0].ts), 8*60)
	})
}

// A source of 30 ms packets and one whose clock runs fast.
func TestContinuityOfOtherPacketTimes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out tape
		p := NewPort(&out)
		a := p.NewFeed()
		for i := range 100 {
			a.WriteFrame(&Frame{Codec: PCMA, Seq: uint16(i), Timestamp: uint32(i * 240), Payload: make([]byte, 240)})
			time.Sleep(29 * time.Millisecond)
		}
		last := out.packets[99]
		b := p.NewFeed()
		b.WriteFrame(voice(9, 9))
		next := out.packets[100]
		require.Equal(t, last.seq+1, next.seq)
		require.GreaterOrEqual(t, next.ts-last.ts, uint32(240))
		require.LessOrEqual(t, next.ts-last.ts, uint32(400))
	})
}

// An event keeps its timestamp over a fill-in, and what follows lies behind it.
func TestEventOverFill(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out tape
		p := NewPort(&out)
		f := p.NewFeed()
		f.WriteFrame(voice(1, 160))
		event := func(seq uint16, end byte) {
			f.WriteFrame(&Frame{Codec: Event, Seq: seq, Timestamp: 320, Payload: []byte{5, end | 10, 0, 0}})
		}
		event(2, 0)
		time.Sleep(250 * time.Millisecond)
		require.True(t, f.fill(time.Now()))
		event(7, 0)
		event(8, 0x80)
		time.Sleep(FrameTime)
		f.WriteFrame(voice(9, 160*20))
		k := out.packets
		require.Len(t, k, 6)
		for i := 1; i < len(k); i++ {
			require.Equal(t, k[i-1].seq+1, k[i].seq)
		}
		require.Equal(t, k[1].ts, k[3].ts)
		require.Equal(t, k[1].ts, k[4].ts)
		require.Equal(t, PCMU, k[2].codec)
		require.Positive(t, int32(k[5].ts-k[2].ts))
		require.False(t, k[3].marker)
	})
}
