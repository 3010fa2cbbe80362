package center

import "tccc/wire"

// Recogniser recognises conversations.
type Recogniser interface {
	// Hear begins; nil if the application's are not recognised. It must not
	// block. hear may be called from any goroutine but the loop's, also
	// after the listener was closed.
	Hear(app, session string, hear func(wire.ASR)) Listener
}

// recognise has a conversation recognised.
func (c *Center) recognise(call *call) Listener {
	if c.Recogniser == nil {
		return nil
	}
	return c.Recogniser.Hear(call.App, call.ID, func(r wire.ASR) {
		c.post(call, func() { c.recognised(call, r) })
	})
}

// recognised tells every agent in the conversation, and the last words of an
// ended one the agent who had it. What will still change is not worth being
// told again to a page that was away.
func (c *Center) recognised(call *call, r wire.ASR) {
	agents := []*agent{c.agentOf(call.App, call.Agent)}
	if call.Live() {
		agents = agents[:0]
		for _, side := range call.sides() {
			agents = append(agents, side.agent)
		}
	}
	for _, a := range agents {
		switch {
		case a == nil:
		case r.Result.SliceType == wire.SliceFinal:
			a.emit(wire.EventASR, r, nil)
		default:
			a.tellNow(wire.EventASR, r)
		}
	}
}
