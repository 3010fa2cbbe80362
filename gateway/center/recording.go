package center

import (
	"context"

	"tccc/gateway/audio"
	"tccc/gateway/mix"
	"tccc/wire"
)

// Recorder records conversations.
type Recorder interface {
	// Record begins the recording of a session; nil if the application's are
	// not recorded. It must not block.
	Record(app, session string) Recording
}

// Recording is one under way. Its sinks take what the customer says and what
// the n-th of the others says, from 0.
type Recording interface {
	ID() string
	Customer() mix.Sink
	Agent(n int) mix.Sink
	Close()
}

// beep is what both hear before a recorded conversation, if the application
// wants it: 1400 Hz for 400 ms, the usual tone of recorded calls.
var beep = func() mix.Source {
	tone := audio.Tone(1400, 0.2)
	return mix.NewClip(tone.Samples(audio.Rate * 4 / 10))
}()

// beginRecording begins the recording of a conversation with a customer, if it is to
// be recorded and goes on. It reports whether the beep must be heard first.
func (c *Center) beginRecording(call *call) (beep bool) {
	if call.recording != nil || call.unrecorded || c.Recorder == nil || call.line == nil || !call.Live() || call.Type != wire.TypePhone {
		return false
	}
	call.recording = c.Recorder.Record(call.App, call.ID)
	call.unrecorded = call.recording == nil
	return call.recording != nil && call.tenant.Recording.ConsentTone
}

// bridge lets two parties hear each other.
func (c *Center) bridge(call *call, far, near mix.Leg) {
	switch beep := c.beginRecording(call); {
	case beep:
		c.announce(call, far, near)
	case call.recording == nil || !call.Live():
		c.Engine.Bridge(far, near)
	default:
		c.Engine.BridgeTapped(far, near, call.recording.Customer(), call.recording.Agent(0))
	}
}

// tapRoom records what the members of a conference say, the customer first.
func (call *call) tapRoom(room *mix.Conference, legs []mix.Leg) {
	if call.recording == nil {
		return
	}
	for i, leg := range legs {
		if i == 0 {
			room.Tap(leg, call.recording.Customer())
		} else {
			room.Tap(leg, call.recording.Agent(i-1))
		}
	}
}

// announce lets both hear the beep, and then each other.
func (c *Center) announce(call *call, far, near mix.Leg) {
	first, second := c.Engine.Play(far, beep, mix.PlayOptions{}), c.Engine.Play(near, beep, mix.PlayOptions{})
	c.outside(func(ctx context.Context) {
		for _, p := range []*mix.Playback{first, second} {
			select {
			case <-p.Done():
			case <-ctx.Done():
				return
			}
		}
		c.post(func() {
			if call.Live() {
				c.hear(call)
			}
		})
	})
}

// stopRecording ends the recording of a session that has ended.
func (call *call) stopRecording() {
	if call.recording != nil {
		call.recording.Close()
	}
}

// recordingID names the session's recording, "" for none.
func (call *call) recordingID() string {
	if call.recording == nil {
		return ""
	}
	return call.recording.ID()
}
