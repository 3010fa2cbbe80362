package center

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/stretchr/testify/require"

	"tccc/gateway/audio"
	"tccc/gateway/mix"
	"tccc/gateway/rtc"
	"tccc/gateway/sip"
	"tccc/wire"
)

// voice is somebody's mouth and ear. What it says is a level of its own, so that
// what anybody hears tells who is heard: the levels add up.
type voice struct {
	level int16
	heard atomic.Int32 // level of the newest frame
	mu    sync.Mutex
	to    mix.Sink
	next  mix.Frame
}

// Levels of voices: any sum of them is another. Agents have firstLevel, twice that
// and so on, over whichever connection they speak.
const (
	customerLevel = 700
	firstLevel    = 1400
	phoneLevel    = 11200
)

func newVoice(level int16) *voice {
	law := make([]byte, audio.FrameSamples)
	pcm := make([]int16, audio.FrameSamples)
	for i := range pcm {
		pcm[i] = level
	}
	audio.EncodeMulaw(law, pcm)
	audio.DecodeMulaw(pcm, law)
	v := &voice{level: pcm[0]}
	v.next = mix.Frame{Codec: mix.PCMU, Payload: law}
	return v
}

func (v *voice) speakTo(s mix.Sink) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.to = s
}

// say says 20 ms.
func (v *voice) say() {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.to != nil {
		v.to.WriteFrame(&v.next)
	}
	v.next.Seq++
	v.next.Timestamp += audio.FrameSamples
}

func (v *voice) hear(law []byte, decode func([]int16, []byte)) {
	pcm := make([]int16, len(law))
	decode(pcm, law)
	sum := 0
	for _, s := range pcm {
		sum += int(s)
	}
	if len(pcm) > 0 {
		v.heard.Store(int32(sum / len(pcm)))
	}
}

// WriteFrame is what a telephone's voice hears.
func (v *voice) WriteFrame(f *mix.Frame) {
	if f.Codec == mix.PCMU {
		v.hear(f.Payload, audio.DecodeMulaw)
	}
}

// WritePacket is what a browser's voice hears.
func (v *voice) WritePacket(c mix.Codec, _ bool, _ uint16, _ uint32, payload []byte) error {
	if c == mix.PCMU {
		v.hear(payload, audio.DecodeMulaw)
	}
	return nil
}

// voiceLeg is a browser's audio with a voice.
type voiceLeg struct {
	*browserLeg
	*voice
}

func newVoiceLeg(level int16) *voiceLeg {
	v := newVoice(level)
	return &voiceLeg{&browserLeg{port: mix.NewPort(v)}, v}
}

func (l *voiceLeg) Receive(s mix.Sink) { l.speakTo(s) }

// voices has the agents' legs of telephone calls made with voices.
func (w *talkWorld) voices() {
	w.center.Legs = func(_ context.Context, offer string, _ func(rtc.State)) (BrowserLeg, string, error) {
		user := fingerprint(offer)
		l := newVoiceLeg(w.levelOf(user))
		w.add(l.voice)
		w.mu.Lock()
		defer w.mu.Unlock()
		w.pages[user] = l.voice
		return l, "answer", nil
	}
}

// levelOf is an agent's: the first has firstLevel, the next twice that.
func (w *talkWorld) levelOf(user string) int16 {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.levels[user] == 0 {
		w.levels[user] = firstLevel << len(w.levels)
	}
	return w.levels[user]
}

// phone gives a telephone a voice.
func (w *talkWorld) phone(c *sip.Call) *voice {
	w.t.Helper()
	require.Eventually(w.t, func() bool { return c.Leg() != nil }, patient, time.Millisecond)
	v := newVoice(phoneLevel)
	v.speakTo(c.Leg().Port().NewFeed())
	c.Leg().Receive(v)
	w.add(v)
	return v
}

func (w *talkWorld) add(v *voice) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.all = append(w.all, v)
}

// page is what an agent hears and says over the leg of telephone calls.
func (w *talkWorld) page(user string) *voice {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.pages[user]
}

// hears waits until a voice hears exactly these.
func (w *talkWorld) hears(who *voice, those ...*voice) {
	w.t.Helper()
	want := int32(0)
	for _, v := range those {
		want += int32(v.level)
	}
	w.talkUntil(func() bool { d := who.heard.Load() - want; return d > -350 && d < 350 },
		func() any { return []any{"heard", who.heard.Load(), "instead of", want} })
}

// talkUntil lets everybody speak until something is so.
func (w *talkWorld) talkUntil(ok func() bool, what func() any) {
	w.t.Helper()
	for end := time.Now().Add(patient); !ok(); <-time.After(mix.FrameTime) {
		require.True(w.t, time.Now().Before(end), "%v", what())
		w.mu.Lock()
		all := append([]*voice(nil), w.all...)
		w.mu.Unlock()
		for _, v := range all {
			v.say()
		}
	}
}

// ears note what is recorded, or recognised, of each side.
type ears struct {
	id              string
	customer, agent *voice
	closed          chan struct{}
}

func newEars(id string) *ears {
	return &ears{id, newVoice(0), newVoice(0), make(chan struct{})}
}

func (e *ears) ID() string         { return e.id }
func (e *ears) Customer() mix.Sink { return e.customer }
func (e *ears) Agent(int) mix.Sink { return e.agent }
func (e *ears) Close()             { close(e.closed) }

func (*ears) Pictures() (customer, agent rtc.Tap, ok bool) { return nil, nil, false }

// listeners record and recognise every conversation.
type listeners struct {
	recorded, recognised chan *ears
	tell                 atomic.Pointer[func(wire.ASR)]
}

func (w *talkWorld) listeners() *listeners {
	l := &listeners{recorded: make(chan *ears, 10), recognised: make(chan *ears, 10)}
	require.NoError(w.t, w.center.do(w.t.Context(), func() { w.center.Recorder, w.center.Recogniser = l, l }))
	return l
}

func (l *listeners) Record(_, id string, _ bool) Recording {
	e := newEars("recording of " + id)
	l.recorded <- e
	return e
}

func (l *listeners) Hear(_, id string, tell func(wire.ASR)) Listener {
	e := newEars(id)
	l.tell.Store(&tell)
	l.recognised <- e
	return e
}
