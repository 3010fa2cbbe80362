package bridge

import (
	"context"
)

// Videos is what Video needs of the core, besides what it shares with Call.
type Videos interface {
	// IsVideo says why a session is none of video.
	IsVideo(id string) error
	MuteVideo(ctx context.Context, id string, off bool) error
	ShareScreen(ctx context.Context, id string) error
	UnshareScreen(ctx context.Context, id string) error
	// CustomerShares reports whether the customer of a video session shows a screen.
	CustomerShares(id string) (bool, error)
}

func videoMethods(c interface {
	Calls
	Videos
}) map[string]method {
	session := func(run func(ctx context.Context, id string) error) method {
		return define(quick, checkSession, func(ctx context.Context, o *sessionOptions) (any, error) {
			if err := c.IsVideo(o.SessionID); err != nil {
				return nil, err
			}
			return nil, run(ctx, o.SessionID)
		})
	}
	mute := func(muted bool) method {
		return session(func(ctx context.Context, id string) error { return c.Mute(ctx, id, muted) })
	}
	camera := func(off bool) method {
		m := session(func(ctx context.Context, id string) error { return c.MuteVideo(ctx, id, off) })
		m.timeout = media
		return m
	}
	accept, share := session(c.Accept), session(c.ShareScreen)
	accept.timeout, share.timeout = media, prompt
	return map[string]method{
		"Video.accept":           accept,
		"Video.end":              session(c.Hangup),
		"Video.muteMic":          mute(true),
		"Video.unmuteMic":        mute(false),
		"Video.muteVideo":        camera(true),
		"Video.unmuteVideo":      camera(false),
		"Video.startScreenShare": share,
		"Video.stopScreenShare":  session(c.UnshareScreen),
		"Video.transfer": define(quick, checkTransfer, func(ctx context.Context, o *transferOptions) (any, error) {
			if err := c.IsVideo(o.SessionID); err != nil {
				return nil, err
			}
			return nil, c.Transfer(ctx, *o)
		}),
	}
}

type cameraOptions struct {
	DeviceID *string `json:"deviceId"` // "" is the browser's default
}

func checkCamera(o *cameraOptions) error {
	if o.DeviceID == nil {
		return missing("deviceId")
	}
	return optional("deviceId", *o.DeviceID, maxText)
}
