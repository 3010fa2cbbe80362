package center

import (
	"context"
	"time"

	"tccc/gateway/config"
	"tccc/internal/clip"
	"tccc/wire"
)

// How long an agent whose phone was not reached is offered nothing: doubled
// with every failure in a row.
const (
	phoneRest     = 10 * time.Second
	phoneRestMost = 5 * time.Minute
)

// seat is where the agent's next calls are carried.
func (a *agent) seat() wire.ServerType {
	for _, t := range []wire.ServerType{a.choice, a.conf.ServerType} {
		if t != "" && canSit(a.conf, t) {
			return t
		}
	}
	return wire.StaffSeat
}

// canSit reports whether an agent has the end point.
func canSit(conf *config.Agent, t wire.ServerType) bool {
	switch t {
	case wire.StaffSeat:
		return true
	case wire.StaffPhoneSeat:
		return conf.Phone != ""
	case wire.StaffExtensionSeat:
		return conf.Extension != "" && !conf.ExtensionPassword.IsZero()
	}
	return false
}

// setServerType chooses where the next calls are carried; those that are there
// stay where they are.
func (a *agent) setServerType(p *wire.ServerTypeParams) (any, error) {
	if !canSit(a.conf, p.ServerType) {
		return nil, wire.ErrSeatUnknown.For("serverType", "%q", clip.Shown(string(p.ServerType), 40))
	}
	changed := a.seat() != p.ServerType
	a.choice = p.ServerType
	a.forgive()
	if changed {
		a.stateChanged()
		a.warnAway()
	}
	return wire.Empty{}, nil
}

// warnAway tells the agent that its desk phone is not there.
func (a *agent) warnAway() {
	if a.seat() == wire.StaffExtensionSeat && !a.registered {
		a.fault(wire.ErrSeatPhone.With("the desk phone is not registered"))
	}
}

// fault tells the agent's page of an error that no method reports.
func (a *agent) fault(e *wire.Error) {
	a.emit(wire.EventError, struct {
		Status string `json:"status"`
		*wire.Error
		ErrorMsg string `json:"errorMsg"`
	}{"error", e, e.Error()}, nil)
}

// state is what the agent's page, other doors and the store see of it.
func (a *agent) state() wire.AgentState {
	s := a.status.State()
	s.ServerType, s.PhoneAway = a.seat(), !a.reachable()
	return s
}

// stateChanged shows a change of the state that is none of the status.
func (a *agent) stateChanged() {
	s := a.state()
	a.publish(wire.Event{At: time.Now().UnixMilli(), Agent: &s})
	a.c.saveAgent(a)
	a.reroute()
}

// reachable reports whether the agent's end point can be rung now, as far as
// is known.
func (a *agent) reachable() bool {
	switch t := a.seat(); {
	case !t.Phone():
		return true
	case t == wire.StaffExtensionSeat && !a.registered:
		return false
	}
	return a.resting == nil
}

// rest offers the agent nothing for a while, since its phone was not reached.
func (a *agent) rest() {
	stopTimer(&a.resting)
	d := min(phoneRest<<min(a.missedRings, 8), phoneRestMost)
	a.missedRings++
	a.resting = a.c.after(a, d, func() {
		a.resting = nil
		a.stateChanged()
	})
	a.stateChanged()
}

// forgive ends that: the phone was picked up, or is another one.
func (a *agent) forgive() {
	a.missedRings = 0
	if a.resting != nil {
		stopTimer(&a.resting)
		a.stateChanged()
	}
}

// SetPhone tells whether an agent's desk phone is registered.
func (c *Center) SetPhone(ctx context.Context, app, user string, registered bool) error {
	return c.do(ctx, func() {
		a := c.agentOf(app, user)
		if a == nil || a.registered == registered {
			return
		}
		a.registered = registered
		a.forgive()
		if a.seat() == wire.StaffExtensionSeat {
			a.stateChanged()
			a.warnAway()
		}
	})
}
