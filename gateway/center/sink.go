package center

import (
	"tccc/gateway/store"
	"tccc/wire"
)

// Sink hears what happens to sessions and agents. The loop calls it: it must
// neither block nor call the center. What becomes of a session in the end is
// in its CDR, which is written in any case.
type Sink interface {
	// SessionChanged tells that a session has come into a state (the names of
	// session.State), or to another agent.
	SessionChanged(state string, r *store.SessionRecord)
	// StatusChanged tells an agent's status.
	StatusChanged(app, user string, s wire.AgentState)
}

// tell reports a session whose state or agent has changed since it was
// reported last.
func (c *Center) tell(call *call, r *store.SessionRecord) {
	state := call.State().String()
	if now := state + " " + call.Session.Agent; c.Sink != nil && now != call.told {
		call.told = now
		c.Sink.SessionChanged(state, r)
	}
}
