package wire

// SpansMost bounds the spans of one TraceParams.
const SpansMost = 16

// TraceParams tell what the SDK was busy with for a session.
type TraceParams struct {
	SessionID string `json:"sessionId"`
	Spans     []Span `json:"spans"`
}

// Span is one piece of work. Times are Unix milliseconds of the gateway's clock.
type Span struct {
	Name  string `json:"name"` // of a method of this package, or a part of one
	Start int64  `json:"start"`
	End   int64  `json:"end"`
	Error int    `json:"error,omitempty"` // code, 0 if it went well
}
