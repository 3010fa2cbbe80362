//go:build js

package main

import (
	"context"
	"encoding/json"
	"errors"
	"syscall/js"
	"time"

	"tccc/agent"
	"tccc/bridge"
	"tccc/media"
	"tccc/ui"
	"tccc/wire"
)

// newAudio makes the agent's audio and shows on the face what it reports.
func newAudio(shell *bridge.Bridge, face *face) *media.Media {
	var audio *media.Media
	audio = media.New(media.Options{
		Root:     shell.Root(),
		Capturer: shell.Capturer(),
		Notice: func(e *wire.Error) {
			face.mediaNotice(e)
			if e != nil && errors.Is(e, wire.ErrAutoplay) { // all others reach the page through the core
				shell.Fail(e)
			}
		},
		Lost: func(e *wire.Error) { shell.Fail(e) },
		DevicesChanged: func() {
			face.later(func(error) {}, func(ctx context.Context) error {
				found, err := audio.Devices(ctx)
				shell.Event(event(wire.EventDevicesChanged, found))
				face.show(found)
				return err
			})
		},
		Stats: func(s media.Stats) {
			face.quality(quality(s))
			if s.MOS != 0 {
				sample := wire.QualityParams{MOS: s.MOS, Loss: s.LossIn, Jitter: milliseconds(s.Jitter),
					RTT: milliseconds(s.RTT)}
				face.withCore(func(core *agent.Agent) { core.Measured(sample) })
			}
		},
		Warn: func(what string, err error) {
			text := "tccc: " + what
			if err != nil {
				text += ": " + err.Error()
			}
			js.Global().Get("console").Call("warn", text)
			face.withCore(func(core *agent.Agent) { core.Note(text) })
		},
	})
	return audio
}

func quality(s media.Stats) ui.Quality {
	if s.MOS == 0 {
		return ui.Quality{}
	}
	return ui.Quality{Level: int(s.Level()), MOS: s.MOS, RTTMs: int(s.RTT.Milliseconds()), Loss: s.LossIn,
		JitterMs: int(s.Jitter.Milliseconds())}
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// deviceControl is what pages choose devices with.
type deviceControl struct{ *media.Media }

// Choose implements bridge.DeviceControl.
func (d deviceControl) Choose(ctx context.Context, kind, id string) error {
	return d.Media.Choose(ctx, media.Kind(kind), id)
}

// Selected implements bridge.DeviceControl.
func (d deviceControl) Selected(ctx context.Context) (any, error) {
	found, err := d.Devices(ctx)
	return found.Selected, err
}

func event(name string, payload any) agent.Event {
	data, _ := json.Marshal(payload) // of structs without channels or functions: cannot fail
	return agent.Event{Name: name, Data: data}
}
