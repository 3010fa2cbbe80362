package media

import (
	"context"
	"errors"

	"tccc/internal/jsval"
	"tccc/wire"
)

// captureError maps what getUserMedia rejects with (W3C mediacapture-streams,
// section 10.2) to the catalogue.
func captureError(err error) *wire.Error {
	if err == nil {
		return nil
	}
	if known, ok := contextError(err); ok {
		return known
	}
	switch jsval.ErrorName(err) {
	case "NotAllowedError", "SecurityError":
		return wire.ErrMicDenied
	case "NotFoundError", "DevicesNotFoundError":
		return wire.ErrNoMic
	case "OverconstrainedError":
		return wire.ErrDeviceNotFound
	case "NotReadableError", "AbortError", "TrackStartError":
		return wire.ErrMicBusy
	}
	return wire.ErrMicBusy.With("%s", jsval.ErrorName(err))
}

// sinkError maps what setSinkId rejects with (W3C audio-output, section 3.2).
func sinkError(err error) *wire.Error {
	if err == nil {
		return nil
	}
	if known, ok := contextError(err); ok {
		return known
	}
	switch {
	case errors.Is(err, jsval.ErrMissing):
		return wire.ErrMediaUnsupported.With("this browser cannot choose the loudspeaker")
	case jsval.ErrorName(err) == "NotFoundError":
		return wire.ErrDeviceNotFound
	}
	return wire.ErrDeviceNotFound.With("%s", jsval.ErrorName(err))
}

// legError maps what the peer connection fails with.
func legError(err error) *wire.Error {
	if err == nil {
		return nil
	}
	if known, ok := contextError(err); ok {
		return known
	}
	return wire.ErrMediaConnect.With("%s", clip(err.Error()))
}

func contextError(err error) (*wire.Error, bool) {
	var known *wire.Error
	switch {
	case errors.As(err, &known):
		return known, true
	case errors.Is(err, context.DeadlineExceeded):
		return wire.ErrTimeout, true
	case errors.Is(err, context.Canceled):
		return wire.ErrTimeout.With("given up"), true
	}
	return nil, false
}

func clip(s string) string {
	if len(s) > 160 {
		s = s[:160]
	}
	return s
}
