package wire

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// Frame is a JSON-RPC 2.0 message: a request (ID and Method), a notification
// (Method only) or a response (ID and Result or Error).
type Frame struct {
	ID     uint64          `json:"id,omitempty"`
	Method string          `json:"method,omitempty"`
	Params json.RawMessage `json:"params,omitempty"`
	Result json.RawMessage `json:"result,omitempty"`
	Error  *Error          `json:"error,omitempty"`

	// Key makes a request idempotent: a key that the gateway has seen from the
	// same login gets the first answer again and changes nothing.
	Key string `json:"key,omitempty"`
	// Timeout is how long the caller waits, in milliseconds; 0 means the default.
	Timeout int `json:"timeout,omitempty"`
}

// IsRequest reports whether the frame asks for an answer.
func (f *Frame) IsRequest() bool { return f.ID != 0 && f.Method != "" }

// IsResponse reports whether the frame is an answer.
func (f *Frame) IsResponse() bool { return f.ID != 0 && f.Method == "" }

type framed struct {
	Version string `json:"jsonrpc"`
	*Frame
}

// Encode gives the text of a frame.
func Encode(f *Frame) ([]byte, error) {
	text, err := json.Marshal(framed{"2.0", f})
	if err != nil {
		return nil, fmt.Errorf("failed to encode frame: %w", err)
	}
	if len(text) > MaxFrame {
		return nil, ErrMessage.With("%d bytes, the limit is %d", len(text), MaxFrame)
	}
	return text, nil
}

// Decode reads one frame. Every error is ErrMessage with a detail.
func Decode(text []byte) (*Frame, error) {
	if len(text) > MaxFrame {
		return nil, ErrMessage.With("%d bytes, the limit is %d", len(text), MaxFrame)
	}
	in := framed{Frame: &Frame{}}
	if err := json.Unmarshal(text, &in); err != nil {
		return nil, ErrMessage.With("%s", shortJSONError(err))
	}
	f := in.Frame
	switch {
	case f == nil || in.Version != "2.0":
		return nil, ErrMessage.With("jsonrpc must be \"2.0\"")
	case f.ID == 0 && f.Method == "":
		return nil, ErrMessage.With("neither a method nor an id")
	case f.Method != "" && (f.Result != nil || f.Error != nil):
		return nil, ErrMessage.With("a request must not carry a result or an error")
	case f.Method == "" && (f.Result == nil) == (f.Error == nil):
		return nil, ErrMessage.With("a response carries either a result or an error")
	case f.Timeout < 0 || len(f.Key) > 64 || len(f.Method) > 64:
		return nil, ErrMessage.With("key, method or timeout out of range")
	}
	return f, nil
}

// DecodeParams reads the parameters of a request into v. No parameters leave
// v as it is. The error names the field that is wrong.
func DecodeParams(params json.RawMessage, v any) error {
	if len(params) == 0 || bytes.Equal(params, []byte("null")) {
		return nil
	}
	err := json.Unmarshal(params, v)
	if err == nil {
		return nil
	}
	var t *json.UnmarshalTypeError
	if errorsAs(err, &t) {
		return ErrInvalidOptions.For(t.Field, "%s must be %s, not %s", orOptions(t.Field), article(kindName(t.Type)),
			article(jsonKind(t.Value)))
	}
	return ErrInvalidOptions.With("%s", shortJSONError(err))
}
