package wire

import (
	"encoding/json"
	"time"
)

// Millis is a time as messages carry it: Unix milliseconds, 0 for none.
func Millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// Raw is a payload in JSON. It panics if v cannot be JSON, which only a fault of
// this program can make.
func Raw(v any) json.RawMessage {
	text, err := json.Marshal(v)
	if err != nil {
		panic("wire: a payload that cannot be JSON: " + err.Error())
	}
	return text
}
