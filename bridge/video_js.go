package bridge

import (
	"context"
	"maps"
	"syscall/js"

	"tccc/wire"
)

// Cameras is what a Devices may have as well.
type Cameras interface {
	Cameras(ctx context.Context) ([]js.Value, error)
	ChooseCamera(ctx context.Context, id string) error
	// Streams are the MediaStreams of a session, null where there is none.
	Streams(id string) (local, remote js.Value)
	Screens(id string) (local, remote js.Value)
}

// streams answers with the pictures of a session in this tab.
func streams(c Cameras, v Videos, id string) (any, error) {
	shown, err := v.CustomerShares(id)
	if err != nil {
		return nil, err
	}
	local, remote := c.Streams(id)
	if remote.IsNull() {
		return nil, wire.ErrSessionState.For("sessionId", "the session has no connection in this tab")
	}
	localScreen, remoteScreen := c.Screens(id)
	if !shown {
		remoteScreen = js.Null()
	}
	data := map[string]any{"local": local, "remote": remote, "localScreen": localScreen, "remoteScreen": remoteScreen}
	result := map[string]any{"status": "success", "data": js.ValueOf(data)}
	maps.Copy(result, data)
	return js.ValueOf(result), nil
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
			return streams(c, v, o.SessionID)
		}),
	}
}
