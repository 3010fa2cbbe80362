//go:build js

package main

import (
	"errors"

	"tccc/agent"
	"tccc/bridge"
	"tccc/media"
	"tccc/ui"
	"tccc/wire"
)

// newAudio makes the agent's audio and shows on the face what it reports.
func newAudio(shell *bridge.Bridge, face *face) *media.Media {
	return media.New(media.Options{
		Root: shell.Root(),
		Notice: func(e *wire.Error) {
			face.mediaNotice(e)
			if e != nil && errors.Is(e, wire.ErrAutoplay) { // all others reach the page through the core
				shell.Fail(e)
			}
		},
		Lost: func(e *wire.Error) { shell.Fail(e) },
		DevicesChanged: func() {
			shell.Event(agent.Event{Name: wire.EventDevicesChanged})
			face.listDevices()
		},
		Stats: func(s media.Stats) { face.quality(quality(s)) },
	})
}

func quality(s media.Stats) ui.Quality {
	if s.MOS == 0 {
		return ui.Quality{}
	}
	return ui.Quality{Level: int(s.Level()), MOS: s.MOS, RTTMs: int(s.RTT.Milliseconds()), Loss: s.LossIn, JitterMs: int(s.Jitter.Milliseconds())}
}
