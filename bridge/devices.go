package bridge

import (
	"context"
	"time"

	"tccc/wire"
)

// DeviceControl chooses devices. Kinds are microphone, speaker and ringtone; an
// empty id is the default.
type DeviceControl interface {
	Choose(ctx context.Context, kind, id string) error
	// Selected gives the devices in use.
	Selected(ctx context.Context) (any, error)
}

const maxDeviceID = 512

// deviceOptions name a device.
type deviceOptions struct {
	DeviceID *string `json:"deviceId"`
}

func checkDevice(o *deviceOptions) error {
	if o.DeviceID == nil {
		return missing("deviceId")
	}
	return optional("deviceId", *o.DeviceID, maxDeviceID)
}

// choiceMethods make the methods that need no objects of the browser. d may be
// nil where there are no devices.
func choiceMethods(d DeviceControl) map[string]method {
	m := map[string]method{
		"Devices.getSelected": define(quick, nil, func(ctx context.Context, _ *struct{}) (any, error) {
			if d == nil {
				return nil, wire.ErrMediaUnsupported
			}
			return d.Selected(ctx)
		}),
	}
	for name, kind := range map[string]string{"setMicrophone": "microphone", "setSpeaker": "speaker", "setRingtoneDevice": "ringtone"} {
		m["Devices."+name] = define(prompt, checkDevice, func(ctx context.Context, o *deviceOptions) (any, error) {
			if d == nil {
				return nil, wire.ErrMediaUnsupported
			}
			return nil, d.Choose(ctx, kind, *o.DeviceID)
		})
	}
	return m
}

// Tools is what web/tcccTools.js needs of the core.
type Tools interface {
	Ping(ctx context.Context) (time.Duration, error)
	CheckMedia(ctx context.Context, offer string) (answer string, err error)
}

// toolMethods are for web/tcccTools.js; pages do not see them. state gives what
// the program knows for getDiagnostics, a JSON object; it may be nil.
func toolMethods(c Tools, state func() any) map[string]method {
	return map[string]method{
		"tools.errors": define(quick, nil, func(context.Context, *struct{}) (any, error) {
			return map[string]any{"errors": wire.Catalogue()}, nil
		}),
		"tools.ping": define(quick, nil, func(ctx context.Context, _ *struct{}) (any, error) {
			took, err := c.Ping(ctx)
			return map[string]any{"ms": float64(took.Microseconds()) / 1000}, err
		}),
		"tools.offer": define(quick, nil, func(ctx context.Context, o *wire.OfferParams) (any, error) {
			answer, err := c.CheckMedia(ctx, o.SDP)
			return wire.AnswerResult{SDP: answer}, err
		}),
		"tools.state": define(quick, nil, func(context.Context, *struct{}) (any, error) {
			if state == nil {
				return nil, nil
			}
			return state(), nil
		}),
	}
}
