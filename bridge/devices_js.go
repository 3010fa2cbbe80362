package bridge

import (
	"context"
	"maps"
	"syscall/js"

	"tccc/wire"
)

// Devices lists the browser's devices as its own MediaDeviceInfo objects, and
// chooses among them.
type Devices interface {
	Microphones(ctx context.Context) ([]js.Value, error)
	Speakers(ctx context.Context) ([]js.Value, error)
	DeviceControl
}

func deviceMethods(d Devices) map[string]method {
	list := func(get func(ctx context.Context) ([]js.Value, error)) method {
		return define(prompt, nil, func(ctx context.Context, _ *struct{}) (any, error) {
			if d == nil {
				return nil, wire.ErrMediaUnsupported
			}
			values, err := get(ctx)
			return values, err
		})
	}
	m := map[string]method{"Devices.getMicrophones": list(nil), "Devices.getSpeakers": list(nil)}
	if d == nil {
		maps.Copy(m, choiceMethods(nil))
		return m
	}
	m["Devices.getMicrophones"], m["Devices.getSpeakers"] = list(d.Microphones), list(d.Speakers)
	maps.Copy(m, choiceMethods(d))
	return m
}
