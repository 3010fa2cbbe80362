package center

import (
	"context"
	"slices"

	"tccc/gateway/acd"
	"tccc/gateway/config"
	"tccc/gateway/session"
	"tccc/gateway/sip"
	"tccc/gateway/sip/presence"
	"tccc/wire"
)

// Lamp says what an agent's desk phone is shown of whom it watches: a colleague
// of the same application, or what waits for the agent itself. The code is the SIP
// answer to a phone that may not, 0 for one that may. What there is of other
// applications is nobody's to know: it is as if it were not there.
func (c *Center) Lamp(ctx context.Context, app, user string, w sip.Watching) (s presence.State, code int) {
	err := c.do(ctx, func() {
		a := c.agentOf(app, user)
		if a == nil {
			code = 403
			return
		}
		s, code = a.lamp(w)
	})
	if err != nil {
		return presence.State{}, 503
	}
	return s, code
}

func (a *agent) lamp(w sip.Watching) (s presence.State, code int) {
	conf := a.tenant.Colleague(w.To)
	if conf == nil {
		return s, 404
	}
	own := conf == a.conf
	if w.Package == presence.MessageSummary {
		if !own {
			return s, 403
		}
		return a.waiting(), 0
	}
	other := a.c.agentOf(a.key.app, conf.UserID)
	switch {
	case other == nil:
		return s, 404
	case !own && !a.among(a.tenant.Lamps.Watch, config.Everybody, conf):
		return s, 403
	}
	s.Resource = other.key.id()
	callers := own || a.among(a.tenant.Lamps.Callers, config.Supervisors, conf)
	for _, call := range other.calls() {
		if call.Type != wire.TypeIM && call.State() != session.Ended {
			l := lampOf(call, callers)
			l.PickUp = call.State() == session.Ringing && a.mayPickUp(call)
			s.Calls = append(s.Calls, l)
		}
	}
	other.describe(&s)
	return s, 0
}

// among reports whether the agent is one of those whom a setting names, as
// regards a colleague.
func (a *agent) among(who, byDefault string, colleague *config.Agent) bool {
	if who == "" {
		who = byDefault
	}
	switch who {
	case config.Everybody:
		return true
	case config.SameGroup:
		return a.conf.Supervisor || a.shares(colleague)
	case config.Supervisors:
		return a.conf.Supervisor
	}
	return false
}

// shares reports whether the agent has a skill group in common with a colleague.
func (a *agent) shares(colleague *config.Agent) bool {
	return slices.ContainsFunc(a.conf.SkillGroups, func(id string) bool {
		return slices.Contains(colleague.SkillGroups, id)
	})
}

// lampOf is a call as a colleague's phone shows it.
func lampOf(call *call, callers bool) presence.Call {
	l := presence.Call{ID: call.key(), Initiator: call.called(), Confirmed: call.State() != session.Ringing &&
		call.State() != session.Dialing}
	if callers {
		l.Number, l.Name = call.far(), plainText(call.Title)
	}
	return l
}

// called reports whether the agent has called, and was not called.
func (call *call) called() bool {
	if call.of != nil {
		return false
	}
	return call.Direction == wire.Outbound || call.Type == wire.TypeInternal
}

// describe says how an agent is, in the words of RFC 4480 and in plain ones.
func (a *agent) describe(s *presence.State) {
	status := a.standing()
	s.Open = status != wire.StatusOffline
	ringing := len(s.Calls) > 0
	talking := slices.ContainsFunc(s.Calls, func(l presence.Call) bool { return l.Confirmed })
	switch {
	case talking:
		s.Note, s.Activity = "Talking", "on-the-phone"
	case ringing:
		s.Note, s.Activity = "Ringing", "on-the-phone"
	case status == wire.StatusFree:
		s.Note = "Free"
	case status == wire.StatusBusy:
		s.Note, s.Activity = "Busy", "busy"
	case status == wire.StatusArrange:
		s.Note, s.Activity = "After-call work", "busy"
	case status == wire.StatusRest:
		s.Note, s.Activity = "Break", "away"
	case status == wire.StatusNotReady:
		s.Note, s.Activity = "Not ready", "away"
	default:
		s.Note = "Off line"
	}
}

// waiting is what a message lamp shows: the customers who wait in the agent's
// skill groups.
func (a *agent) waiting() presence.State {
	s := presence.State{Resource: queuesOf(a.key.app)}
	for _, id := range a.conf.SkillGroups {
		if a.tenant.Group(id) != nil {
			s.Voice += a.c.acd.LengthOf(a.tenant.Queue(id), acd.Call)
			s.Text += a.c.acd.LengthOf(a.tenant.Queue(id), acd.Chat)
		}
	}
	return s
}

// queuesOf names the queues of an application among what phones watch.
func queuesOf(app string) string { return agentKey{app: app}.id() }

// lights tells that what phones show may be another now.
func (c *Center) lights(resource string) {
	if c.Lamps != nil {
		c.Lamps(resource)
	}
}

// lineUp lets a session wait in its queue, lineOut takes it out.
func (c *Center) lineUp(call *call) {
	c.acd.Enqueue(call.waiting())
	c.lights(queuesOf(call.App))
}

func (c *Center) lineOut(call *call) {
	if c.acd.Remove(call.key()) {
		c.lights(queuesOf(call.App))
	}
}
