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
		return denied(wire.ErrMicDenied, "microphone")
	case "NotFoundError", "DevicesNotFoundError":
		return wire.ErrNoMic
	case "OverconstrainedError":
		return wire.ErrDeviceNotFound
	case "NotReadableError", "AbortError", "TrackStartError":
		return wire.ErrMicBusy
	}
	return wire.ErrMicBusy.With("%s", jsval.ErrorName(err))
}

// denied says who denies a device: the user, or the page around this one, where
// the address bar is no help (W3C permissions-policy, section 9).
func denied(e *wire.Error, feature string) *wire.Error {
	framed := !jsval.Global("self").Equal(jsval.Global("top"))
	known, allowed := allows(feature)
	switch {
	case known && allowed, !known && !framed:
		return e
	case known && framed:
		e = e.With("the frame that this page is in may not use the %s", feature)
	case known:
		e = e.With("the page's Permissions-Policy header forbids the %s", feature)
		e.Remedy = "Allow " + feature + "=(self) in the Permissions-Policy header of the page"
		return e
	default: // Firefox does not say
		e = e.With("the user, or the frame that this page is in")
	}
	e.Remedy = `Give the frame's element the attribute: <iframe allow="microphone; camera; autoplay; display-capture">`
	return e
}

// allows reports whether the page's policy lets it use a feature, where the
// browser says it.
func allows(feature string) (known, allowed bool) {
	for _, name := range []string{"permissionsPolicy", "featurePolicy"} {
		if v, err := jsval.Call(jsval.Global("document", name), "allowsFeature", feature); err == nil {
			return true, v.Truthy()
		}
	}
	return false, false
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
