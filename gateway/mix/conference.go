package mix

import (
	"math"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"tccc/gateway/audio"
)

// Role is a member's part in a Conference.
type Role uint8

// Roles of a member. All of them hear everyone who talks.
const (
	Talk    Role = iota // is heard by all
	Listen              // is heard by nobody: monitoring
	Whisper             // is heard by the named members only: coaching
)

// Conference mixes any number of legs; each hears all the others but not
// itself. It mixes at 8 kHz; what legs speak beside G.711 is transcoded. Voices
// are delayed by 40 ms to even out the network.
//
// A leg that is given something else by the Engine (Bridge, Play, Silence,
// Detach) has left the conference.
type Conference struct {
	engine *Engine

	mu      sync.Mutex
	members []*member
	mixedAt time.Time
	total   [audio.FrameSamples]int32 // of those who talk
}

// NewConference makes an empty conference.
func (e *Engine) NewConference() *Conference { return &Conference{engine: e} }

// member is a leg in the conference, and the sink of what it says.
type member struct {
	conference *Conference
	leg        Leg
	line       *line
	says       Sink // what it says, in G.711
	voice      voiceBuffer
	tap        atomic.Pointer[Sink]

	// Guarded by conference.mu.
	role Role
	to   []Leg
	now  [audio.FrameSamples]int16 // what it says in this beat
	loud bool                      // it says something

	// Owned by the metronome.
	frame   Frame
	pcm     [audio.FrameSamples]int16
	payload [audio.FrameSamples]byte
}

// Add brings a leg into the conference, in the place of what fed it, or gives a
// member another role. to is who hears a member that whispers.
func (c *Conference) Add(leg Leg, role Role, to ...Leg) {
	e := c.engine
	e.ops.Lock()
	defer e.ops.Unlock()
	c.mu.Lock()
	i := slices.IndexFunc(c.members, func(m *member) bool { return m.leg == leg })
	if i >= 0 {
		c.members[i].role, c.members[i].to = role, slices.Clone(to)
		c.mu.Unlock()
		return
	}
	m := &member{conference: c, leg: leg, role: role, to: slices.Clone(to)}
	m.says = Narrow(memberVoice{m})
	c.members = append(c.members, m)
	c.mu.Unlock()

	f := leg.Port().NewFeed()
	f.own = true // before it is in use
	m.line = &line{port: leg.Port(), feed: f, beat: m.beat, gone: m.leave}
	leg.Receive(m)
	e.add(m.line)
}

// Remove takes a leg out; nothing feeds it then, and what it sends is dropped.
func (c *Conference) Remove(leg Leg) {
	c.mu.Lock()
	member := slices.ContainsFunc(c.members, func(m *member) bool { return m.leg == leg })
	c.mu.Unlock()
	if member {
		c.engine.Detach(leg)
	}
}

// Members is how many legs are in the conference.
func (c *Conference) Members() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.members)
}

// Close takes all legs out.
func (c *Conference) Close() {
	c.mu.Lock()
	members := slices.Clone(c.members)
	c.mu.Unlock()
	for _, m := range members {
		c.Remove(m.leg)
	}
}

func (m *member) leave() {
	c := m.conference
	c.mu.Lock()
	defer c.mu.Unlock()
	c.members = slices.DeleteFunc(c.members, func(o *member) bool { return o == m })
}

// WriteFrame implements Sink: what the member says.
func (m *member) WriteFrame(f *Frame) { m.says.WriteFrame(f) }

// memberVoice is what a member says, in G.711.
type memberVoice struct{ m *member }

func (v memberVoice) WriteFrame(f *Frame) {
	if s := v.m.tap.Load(); s != nil {
		(*s).WriteFrame(f)
	}
	v.m.voice.write(f)
}

// beat sends the member what it hears in these 20 ms.
func (m *member) beat(now time.Time, skipped int) bool {
	c := m.conference
	c.mu.Lock()
	c.collect(now)
	c.hears(m)
	c.mu.Unlock()

	f := m.line.feed
	m.frame.Timestamp += uint32(skipped * audio.FrameSamples)
	m.frame.Codec = m.line.port.speaks()
	encode(m.frame.Codec, m.payload[:], m.pcm[:])
	m.frame.Payload = m.payload[:]
	f.WriteFrame(&m.frame)
	m.frame.Seq++
	m.frame.Timestamp += audio.FrameSamples
	return f.Live()
}

// collect takes 20 ms of every voice, once a beat. It is called with c.mu held.
func (c *Conference) collect(now time.Time) {
	if now.Equal(c.mixedAt) {
		return
	}
	c.mixedAt = now
	clear(c.total[:])
	for _, m := range c.members {
		m.loud = m.voice.read(&m.now)
		if !m.loud || m.role != Talk {
			continue
		}
		for i, s := range m.now {
			c.total[i] += int32(s)
		}
	}
}

// hears makes what m hears: all who talk, without itself, and who whispers to
// it. It is called with c.mu held.
func (c *Conference) hears(m *member) {
	sum := c.total
	if m.loud && m.role == Talk {
		for i, s := range m.now {
			sum[i] -= int32(s)
		}
	}
	for _, o := range c.members {
		if o != m && o.loud && o.role == Whisper && slices.Contains(o.to, m.leg) {
			for i, s := range o.now {
				sum[i] += int32(s)
			}
		}
	}
	for i, s := range sum {
		m.pcm[i] = int16(max(math.MinInt16, min(math.MaxInt16, s)))
	}
}

// voiceBuffer is a jitter buffer: it takes frames as they come and gives 20 ms a beat.
type voiceBuffer struct {
	mu      sync.Mutex
	ring    [voiceRoom]int16
	at      int // where reading goes on
	have    int // samples
	playing bool
	next    uint32 // timestamp that is due
	any     bool
}

const (
	voiceRoom  = 10 * audio.FrameSamples // 200 ms
	voiceStart = 2 * audio.FrameSamples  // is gathered before playing
	voiceMost  = 6 * audio.FrameSamples  // more than this is caught up with
)

// write decodes a frame. What is late is dropped, what is missing is silence.
func (v *voiceBuffer) write(f *Frame) {
	n := len(f.Payload)
	if n == 0 || n > voiceRoom/2 {
		return
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	missing := int(int32(f.Timestamp - v.next))
	switch {
	case !v.any || missing > voiceRoom/2 || missing < -voiceRoom:
		missing = 0 // another time line
	case missing < 0:
		return
	}
	v.any, v.next = true, f.Timestamp+uint32(n)
	if over := v.have + missing + n - voiceRoom; over > 0 {
		v.at, v.have = (v.at+over)%voiceRoom, max(v.have-over, 0)
		missing = min(missing, voiceRoom-n)
	}
	for range missing {
		v.push(0)
	}
	var pcm [voiceRoom / 2]int16
	if f.Codec == PCMA {
		audio.DecodeAlaw(pcm[:], f.Payload)
	} else {
		audio.DecodeMulaw(pcm[:], f.Payload)
	}
	for _, s := range pcm[:n] {
		v.push(s)
	}
}

func (v *voiceBuffer) push(s int16) {
	v.ring[(v.at+v.have)%voiceRoom] = s
	v.have++
}

// read takes the next 20 ms; false if there is nothing to hear.
func (v *voiceBuffer) read(dst *[audio.FrameSamples]int16) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	if !v.playing && v.have < voiceStart || v.have < audio.FrameSamples {
		v.playing = false
		return false
	}
	v.playing = true
	if v.have > voiceMost {
		v.at, v.have = (v.at+audio.FrameSamples)%voiceRoom, v.have-audio.FrameSamples
	}
	for i := range dst {
		dst[i] = v.ring[(v.at+i)%voiceRoom]
	}
	v.at, v.have = (v.at+audio.FrameSamples)%voiceRoom, v.have-audio.FrameSamples
	return true
}
