package bridge

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"tccc/wire"
)

// Deadlines of methods.
const (
	quick  = 10 * time.Second // one answer of the gateway
	media  = 30 * time.Second // the browser may ask the user for the microphone
	prompt = 60 * time.Second // lists of devices do nothing but wait for the user
)

// method is what stands behind one method of window.tccc.
type method struct {
	timeout time.Duration
	// prepare decodes and validates the options and returns the work.
	prepare func(options []byte) (func(ctx context.Context) (any, error), error)
}

// define makes a method whose options are an O. The check may be nil.
func define[O any](timeout time.Duration, check func(*O) error,
	run func(ctx context.Context, o *O) (any, error)) method {
	return method{timeout, func(options []byte) (func(context.Context) (any, error), error) {
		o := new(O)
		if err := decode(options, o); err != nil {
			return nil, err
		}
		if check != nil {
			if err := check(o); err != nil {
				return nil, err
			}
		}
		return func(ctx context.Context) (any, error) { return run(ctx, o) }, nil
	}}
}

// fault is a panic that was recovered from.
type fault struct {
	value any
	stack []byte
}

// call runs a method to its end. After a panic the error is one of the
// catalogue, and the fault says what to report.
func (m method) call(ctx context.Context, options []byte) (result any, err error, panicked *fault) {
	defer func() {
		if v := recover(); v != nil {
			panicked = &fault{v, debug.Stack()}
			result, err = nil, wire.ErrProgram.With("%s", clip(fmt.Sprint(v), 200))
		}
	}()
	run, err := m.prepare(options)
	if err != nil {
		return nil, err, nil
	}
	ctx, cancel := context.WithTimeout(ctx, m.timeout)
	defer cancel()
	result, err = run(ctx)
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		err = wire.ErrTimeout
	case errors.Is(err, context.Canceled):
		err = wire.ErrShutDown
	}
	return result, err, nil
}

// decode reads options and says which one is wrong as people write it.
func decode(options []byte, o any) error {
	options, err := textify(options, o)
	if err != nil {
		return err
	}
	err = wire.DecodeParams(options, o)
	if e := (*wire.Error)(nil); errors.As(err, &e) && e.Field != "" {
		return wire.ErrInvalidOptions.For(e.Field, "options.%s", e.Detail)
	}
	return err
}

// missing is the error for a required option that is absent or empty.
func missing(field string) error {
	return wire.ErrInvalidOptions.For(field, "options.%s is missing", field)
}

func tooLong(field string, limit int) error {
	return wire.ErrInvalidOptions.For(field, "options.%s is longer than %d bytes", field, limit)
}

// required checks a string that must be there.
func required(field, value string, limit int) error {
	if value == "" {
		return missing(field)
	}
	return optional(field, value, limit)
}

// optional checks a string that may be there.
func optional(field, value string, limit int) error {
	if len(value) > limit {
		return tooLong(field, limit)
	}
	return nil
}

// Limits of options, in bytes.
const (
	maxID   = 128
	maxText = 1024
	maxURL  = 2048
)

// sessionOptions are those of all methods that only name a session.
type sessionOptions = wire.SessionParams

func checkSession(o *sessionOptions) error { return required("sessionId", o.SessionID, maxID) }

// transferOptions are those of Call.transfer, Chat.transfer and Video.transfer.
type transferOptions = wire.TransferParams

func checkTransfer(o *transferOptions) error {
	if err := required("sessionId", o.SessionID, maxID); err != nil {
		return err
	}
	if (o.SkillGroupID == "") == (o.UserID == "") {
		return wire.ErrTransferTarget
	}
	if err := optional("skillGroupId", o.SkillGroupID, maxID); err != nil {
		return err
	}
	return optional("userId", o.UserID, maxID)
}

// success is the JSON text of a fulfilled promise: CommonSDKResponse with the
// result's fields under data, where current pages look, and beside status,
// where the documents put them.
func success(result any) ([]byte, error) {
	fields := []byte("{}")
	if result != nil {
		var err error
		if fields, err = json.Marshal(result); err != nil {
			return nil, fmt.Errorf("failed to encode a result: %w", err)
		}
	}
	text := append([]byte(`{"status":"success","data":`), fields...)
	if len(fields) > 2 {
		text = append(append(text, ','), fields[1:len(fields)-1]...)
	}
	return append(text, '}'), nil
}

func clip(s string, n int) string {
	if len(s) > n {
		return s[:n]
	}
	return s
}
