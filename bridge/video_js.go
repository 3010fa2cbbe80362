package bridge

import (
	"context"
	"syscall/js"

	"tccc/wire"
)

// Cameras is what a Devices may have as well.
type Cameras interface {
	Cameras(ctx context.Context) ([]js.Value, error)
	ChooseCamera(ctx context.Context, id string) error
	// Streams are the MediaStreams of a session, null where there is none.
	Streams(id string) (local, remote js.Value)
}

func cameraMethods(d Devices, v Videos) map[string]method {
	c, ok := d.(Cameras)
	if !ok {
		return nil
	}
	return map[string]method{
		"Devices.getCameras": define(prompt, nil, func(ctx context.Context, _ *struct{}) (any, error) {
			found, err := c.Cameras(ctx)
			return found, err
		}),
		"Devices.setCamera": define(media, checkCamera, func(ctx context.Context, o *cameraOptions) (any, error) {
			return nil, c.ChooseCamera(ctx, *o.DeviceID)
		}),
		"Video.getStreams": define(quick, checkSession, func(_ context.Context, o *sessionOptions) (any, error) {
			if err := v.IsVideo(o.SessionID); err != nil {
				return nil, err
			}
			local, remote := c.Streams(o.SessionID)
			if remote.IsNull() {
				return nil, wire.ErrSessionState.For("sessionId", "the session has no connection in this tab")
			}
			streams := map[string]any{"local": local, "remote": remote}
			return js.ValueOf(map[string]any{"status": "success", "data": streams, "local": local, "remote": remote}),
				nil
		}),
	}
}
