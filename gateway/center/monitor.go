package center

import (
	"time"

	"tccc/gateway/mix"
	"tccc/internal/clip"
	"tccc/wire"
)

// monitor lets a supervisor take part in a colleague's conversation with a
// customer, or in another way than before. Nobody is asked or told.
func (a *agent) monitor(p *wire.SessionParams, mode wire.MonitorMode) (any, error) {
	call, err := a.supervised(p.SessionID)
	if err != nil {
		return nil, err
	}
	if part := a.own(p.SessionID); part != nil {
		part.Monitor = mode
		a.c.hear(call)
		a.changed(part)
		return wire.Empty{}, nil
	}
	if err := a.mayCall(); err != nil {
		return nil, err
	}
	if a.leg == nil && !a.seat().Phone() {
		return nil, wire.ErrMediaConnect.With("the agent has no audio leg")
	}
	if other := a.talking(); other != nil {
		a.park(other)
	}
	now := time.Now()
	part := a.c.newPart(call, monitor)
	part.Monitor, part.ServerType, part.VideoMuted = mode, a.seat(), part.Type == wire.TypeVideo
	if err := part.OfferTo(a.key.user, time.Time{}, now); err != nil {
		return nil, err
	}
	part.Unring() // nobody was rung
	if err := part.Accept(now); err != nil {
		return nil, err
	}
	part.agent = a
	a.occupy(part)
	if a.missing(part) {
		a.recall(part, true)
	}
	a.bind(part)
	a.changed(part)
	return wire.Empty{}, nil
}

// supervised finds a conversation that the agent may take part in as a supervisor.
func (a *agent) supervised(id string) (*call, error) {
	if !a.conf.Supervisor {
		return nil, wire.ErrForbidden.With("only supervisors can do this")
	}
	call := a.c.calls[id]
	if call == nil || call.of != nil || call.App != a.key.app {
		return nil, wire.ErrSessionNotFound.For("sessionId", "%q", clip.Shown(id, 40))
	}
	own := a.own(id)
	switch {
	case !call.withCustomer() || !call.Live() || call.agent == nil:
		return nil, wire.ErrSessionState.For("sessionId", "there is no conversation with a customer")
	case own != nil && own.role != monitor:
		return nil, wire.ErrSessionState.For("sessionId", "the agent is in the conversation already")
	}
	return call, nil
}

// monitorable is the session of another agent that the agent may listen to.
func (a *agent) monitorable(other *agent) string {
	if a.conf.Supervisor {
		if call := other.talking(); call != nil && call.of == nil && call.withCustomer() {
			return call.ID
		}
	}
	return ""
}

// hearer is a supervisor's leg in a conversation.
type hearer struct {
	leg  mix.Leg
	role mix.Role
	to   []mix.Leg // who hears it
}

// monitors are the supervisors who hear the session and are not heard by all.
func (call *call) monitors() (all []hearer) {
	for _, part := range call.parts {
		leg := part.near()
		if leg == nil {
			continue
		}
		switch part.Monitor {
		case wire.MonitorListen:
			all = append(all, hearer{leg: leg, role: mix.Listen})
		case wire.MonitorWhisper:
			h := hearer{leg: leg, role: mix.Whisper}
			if near := call.near(); near != nil {
				h.to = []mix.Leg{near}
			}
			all = append(all, h)
		}
	}
	return all
}
