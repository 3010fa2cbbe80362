package agent

import (
	"encoding/json"
	"time"

	"tccc/wire"
)

// trace tells the gateway what a piece of work for a session has taken, if it
// wants to know. Use: defer a.trace(id, name)(&err).
func (a *Agent) trace(id, name string) func(*error) {
	start := a.clock.Now()
	return func(err *error) {
		end := a.clock.Now()
		a.post(func() { a.tellSpan(id, name, start, end, *err) })
	}
}

func (a *Agent) tellSpan(id, name string, start, end time.Time, err error) {
	if !a.view.Settings.Trace || a.conn.state != connUp || id == "" {
		return
	}
	span := wire.Span{Name: name, Start: start.UnixMilli() + a.view.ClockOffset,
		End: end.UnixMilli() + a.view.ClockOffset}
	if err != nil {
		span.Error = wire.AsError(err).Code
	}
	// strings and numbers: cannot fail
	params, _ := json.Marshal(wire.TraceParams{SessionID: id, Spans: []wire.Span{span}})
	_ = a.conn.send(&wire.Frame{ID: a.reqs.nextID(), Method: wire.MethodTrace, Params: params})
}
