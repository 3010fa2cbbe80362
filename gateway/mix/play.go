package mix

import (
	"sync"
	"time"

	"tccc/gateway/audio"
)

// Source is a recording for any number of playbacks at the same time. It must
// not change while it is in use, and its methods must not block.
type Source interface {
	// Frames is the number of frames of 20 ms.
	Frames() int
	// Frame is the n-th frame, from 0, in PCMU or PCMA: 160 bytes that the
	// caller does not change.
	Frame(c Codec, n int) []byte
}

// Clip is a Source that was encoded once.
type Clip struct{ mulaw, alaw []byte }

// NewClip encodes pcm (8 kHz) in both laws. The last frame is filled up with silence.
func NewClip(pcm []int16) *Clip {
	n := (len(pcm) + audio.FrameSamples - 1) / audio.FrameSamples * audio.FrameSamples
	padded := make([]int16, n)
	copy(padded, pcm)
	c := &Clip{mulaw: make([]byte, n), alaw: make([]byte, n)}
	audio.EncodeMulaw(c.mulaw, padded)
	audio.EncodeAlaw(c.alaw, padded)
	return c
}

// Frames implements Source.
func (c *Clip) Frames() int { return len(c.mulaw) / audio.FrameSamples }

// Frame implements Source.
func (c *Clip) Frame(codec Codec, n int) []byte {
	data := c.mulaw
	if codec == PCMA {
		data = c.alaw
	}
	i := n * audio.FrameSamples
	return data[i : i+audio.FrameSamples : i+audio.FrameSamples]
}

// Duration is how long the clip plays once.
func (c *Clip) Duration() time.Duration { return time.Duration(c.Frames()) * FrameTime }

// PlayOptions say how to play.
type PlayOptions struct {
	Loop bool // from the beginning again, until stopped; default once
}

// Playback is a Source being played to a leg.
type Playback struct {
	engine *Engine
	line   *line
	once   sync.Once
	done   chan struct{}
	ended  bool // played to its end; written before done is closed

	// Owned by the metronome.
	source Source
	opts   PlayOptions
	next   int
	frame  Frame
}

// Play sends source to leg. It replaces what fed the leg; what the leg sends
// goes on where it went. After its last frame the leg is sent silence, until it
// is given something else.
func (e *Engine) Play(leg Leg, source Source, opts PlayOptions) *Playback {
	e.ops.Lock()
	defer e.ops.Unlock()
	p := leg.Port()
	b := &Playback{engine: e, source: source, opts: opts, done: make(chan struct{})}
	f := p.NewFeed()
	f.own = true // before it is in use
	b.line = &line{port: p, feed: f, beat: b.beat, gone: b.finish}
	e.add(b.line)
	return b
}

// Done is closed when the playback is over: played to its end, stopped, or
// replaced.
func (b *Playback) Done() <-chan struct{} { return b.done }

// Ended reports, once Done is closed, whether the source was played to its end.
func (b *Playback) Ended() bool {
	select {
	case <-b.done:
		return b.ended
	default:
		return false
	}
}

// Stop ends the playback. If it still feeds the leg, the leg is unfed then.
func (b *Playback) Stop() {
	b.line.feed.Stop()
	b.engine.remove(b.line.port, b.line)
	b.finish()
}

func (b *Playback) finish() { b.once.Do(func() { close(b.done) }) }

// beat sends the next frame.
func (b *Playback) beat(now time.Time, skipped int) bool {
	f := b.line.feed
	b.next += skipped
	b.frame.Timestamp += uint32(skipped * audio.FrameSamples)
	n := b.source.Frames()
	if b.opts.Loop && n > 0 {
		b.next %= n
	}
	if b.next >= n {
		b.once.Do(func() {
			b.ended = true
			close(b.done)
		})
		f.quiet()
		return f.fill(now)
	}
	codec := b.line.port.speaks()
	b.frame.Codec, b.frame.Payload = codec, b.source.Frame(codec, b.next)
	b.next++
	f.WriteFrame(&b.frame)
	b.frame.Seq++
	b.frame.Timestamp += audio.FrameSamples
	return f.Live()
}

// speaks is the law of G.711 in which sound is made for the peer. If it takes
// neither, the sound is transcoded on its way.
func (p *Port) speaks() Codec {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.codec == PCMA || p.takes(PCMA) && !p.takes(PCMU) {
		return PCMA
	}
	return PCMU
}

// encode encodes pcm in a law.
func encode(law Codec, dst []byte, pcm []int16) {
	if law == PCMA {
		audio.EncodeAlaw(dst, pcm)
	} else {
		audio.EncodeMulaw(dst, pcm)
	}
}

// HoldMusic is the built-in music, to be looped: encoded once, shared by all.
var HoldMusic = sync.OnceValue(func() Source { return NewClip(audio.HoldMusic()) })
