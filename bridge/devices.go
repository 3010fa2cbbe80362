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
// nil where there are no devices. One function makes all: each of its own would
// cost the program another copy.
func choiceMethods(d DeviceControl) map[string]method {
	m := map[string]method{}
	for _, c := range [...]struct{ name, kind string }{
		{"getSelected", ""}, {"setMicrophone", "microphone"}, {"setSpeaker", "speaker"},
		{"setRingtoneDevice", "ringtone"},
	} {
		check := checkDevice
		if c.kind == "" {
			check = nil
		}
		m["Devices."+c.name] = define(prompt, check, func(ctx context.Context, o *deviceOptions) (any, error) {
			switch {
			case d == nil:
				return nil, wire.ErrMediaUnsupported
			case c.kind == "":
				return d.Selected(ctx)
			}
			return nil, d.Choose(ctx, c.kind, *o.DeviceID)
		})
	}
	return m
}

// Tools is what web/tcccTools.js needs of the core.
type Tools interface {
	Ping(ctx context.Context) (time.Duration, error)
	CheckMedia(ctx context.Context, offer string) (answer string, err error)
}

// toolMethods make the one method of web/tcccTools.js, which pages do not see:
// {sdp} is an offer to the gateway, {ping} asks how long it takes to answer, and
// without either it gives the catalogue and what state gives for diagnostics, a
// JSON object; state may be nil.
func toolMethods(c Tools, state func() any) map[string]method {
	type options struct {
		Ping bool   `json:"ping"`
		SDP  string `json:"sdp"`
	}
	type result struct {
		MS     float64       `json:"ms,omitempty"`
		SDP    string        `json:"sdp,omitempty"`
		State  any           `json:"state,omitempty"`
		Errors []*wire.Error `json:"errors,omitempty"`
	}
	return map[string]method{"tools": define(quick, nil, func(ctx context.Context, o *options) (any, error) {
		r := new(result)
		var err error
		switch {
		case o.Ping:
			var took time.Duration
			took, err = c.Ping(ctx)
			r.MS = took.Seconds() * 1000
		case o.SDP != "":
			r.SDP, err = c.CheckMedia(ctx, o.SDP)
		default:
			r.Errors = wire.Catalogue()
			if state != nil {
				r.State = state()
			}
		}
		return r, err
	})}
}
