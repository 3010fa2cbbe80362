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

// Recording is one under way. Its sinks take what customer and agent say.
type Recording interface {
	ID() string
	Customer() mix.Sink
	Agent() mix.Sink
	Close()
}

// beep is what both hear before a recorded conversation, if the application
// wants it: 1400 Hz for 400 ms, the usual tone of recorded calls.
var beep = func() mix.Source {
	tone := audio.Tone(1400, 0.2)
	return mix.NewClip(tone.Samples(audio.Rate * 4 / 10))
}()

// bridge lets the customer, or the first of two agents, and an agent hear each
// other. A conversation with a customer is recorded from the first time on.
func (c *Center) bridge(call *call, far, near mix.Leg) {
	if call.recording == nil && !call.unrecorded && c.Recorder != nil && call.line != nil && call.Live() && call.Type == wire.TypePhone {
		call.recording = c.Recorder.Record(call.App, call.ID)
		call.unrecorded = call.recording == nil
		if call.recording != nil && call.tenant.Recording.ConsentTone {
			c.announce(call, far, near)
			return
		}
	}
	if call.recording == nil || !call.Live() {
		c.Engine.Bridge(far, near)
		return
	}
	c.Engine.BridgeTapped(far, near, call.recording.Customer(), call.recording.Agent())
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
