package center

import (
	"context"

	"tccc/gateway/audio"
	"tccc/gateway/mix"
	"tccc/gateway/rtc"
	"tccc/wire"
)

// Listener takes what is said in a conversation. Its sinks take what the
// customer says and what the n-th of the others says, from 0.
type Listener interface {
	Customer() mix.Sink
	Agent(n int) mix.Sink
	Close()
}

// Recorder records conversations.
type Recorder interface {
	// Record begins the recording of a session, of video or of sound; nil if the
	// application's are not recorded. It must not block.
	Record(app, session string, video bool) Recording
}

// Recording is one under way.
type Recording interface {
	Listener
	ID() string
	// Pictures take what customer and agent show; false if they are not recorded.
	Pictures() (customer, agent rtc.Tap, ok bool)
}

// beep is what both hear before a recorded conversation, if the application
// wants it: 1400 Hz for 400 ms, the usual tone of recorded calls.
var beep = func() mix.Source {
	tone := audio.Tone(1400, 0.2)
	return mix.NewClip(tone.Samples(audio.Rate * 4 / 10))
}()

// beginListening begins the recording and the recognition of a conversation
// with a customer, where the application wants them. It reports whether the beep
// must be heard first.
func (c *Center) beginListening(call *call) (beep bool) {
	if call.listened || call.customerLeg() == nil || !call.Live() || !call.withCustomer() {
		return false
	}
	call.listened = true
	if c.Recorder != nil {
		if r := c.Recorder.Record(call.App, call.ID, call.Type == wire.TypeVideo); r != nil {
			call.recording, call.listeners = r, append(call.listeners, r)
			c.film(call)
		}
	}
	if l := c.recognise(call); l != nil {
		call.listeners = append(call.listeners, l)
	}
	return call.recording != nil && call.tenant.Recording.ConsentTone
}

// customerHeard and agentHeard take what they say for all listeners.
func (call *call) customerHeard() mix.Sink {
	return call.heard(func(l Listener) mix.Sink { return l.Customer() })
}

func (call *call) agentHeard(n int) mix.Sink {
	return call.heard(func(l Listener) mix.Sink { return l.Agent(n) })
}

func (call *call) heard(voice func(Listener) mix.Sink) mix.Sink {
	var all []mix.Sink
	for _, l := range call.listeners {
		all = append(all, voice(l))
	}
	return mix.Tee(all...)
}

// bridge lets two parties hear each other.
func (c *Center) bridge(call *call, far, near mix.Leg) {
	switch beep := c.beginListening(call); {
	case beep:
		c.announce(call, far, near)
	case len(call.listeners) == 0 || !call.Live():
		c.Engine.Bridge(far, near)
	default:
		c.Engine.BridgeTapped(far, near, call.customerHeard(), call.agentHeard(0))
	}
}

// tapRoom listens to what the members of a conference say, the customer first.
func (call *call) tapRoom(room *mix.Conference, legs []mix.Leg) {
	if len(call.listeners) == 0 {
		return
	}
	for i, leg := range legs {
		if i == 0 {
			room.Tap(leg, call.customerHeard())
		} else {
			room.Tap(leg, call.agentHeard(i-1))
		}
	}
}

// announce lets both hear the beep, and then each other.
func (c *Center) announce(call *call, far, near mix.Leg) {
	first, second := c.Engine.Play(far, beep, mix.PlayOptions{}), c.Engine.Play(near, beep, mix.PlayOptions{})
	c.outside(call, func(ctx context.Context) func() {
		for _, p := range []*mix.Playback{first, second} {
			select {
			case <-p.Done():
			case <-ctx.Done():
				return nil
			}
		}
		return func() {
			if call.Live() {
				c.hear(call)
			}
		}
	})
}

// stopListening ends what listens to a session that has ended.
func (call *call) stopListening() {
	for _, l := range call.listeners {
		l.Close()
	}
}

// recordingID names the session's recording, "" for none.
func (call *call) recordingID() string {
	if call.recording == nil {
		return ""
	}
	return call.recording.ID()
}
