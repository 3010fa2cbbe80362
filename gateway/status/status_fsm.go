// Package status is an agent's status as a state machine: what the agent asks
// for, what sessions impose, and the countdown after a call.
//
//	          Online                Occupy                    Vacate
//	offline ──────────▶ free ───────────────▶ busy ───────────────────────┐
//	   ▲                 ▲ │ Set               ▲ │ Set: kept as pending   │
//	   │ Offline         │ ▼                   │ ▼                        ▼
//	   └──────────── rest, notReady ──Occupy───┘        arrange (if after-call work is configured),
//	                     ▲                              then the pending status, else the one before
//	                     └──────────────── Set, or Expire at the deadline ─┘
package status

import (
	"time"

	"tccc/wire"
)

// Machine is one agent's status. It is not safe for concurrent use: its owner
// is the loop that owns the agent.
type Machine struct {
	state wire.AgentState
	// base is the status to return to when the last session has ended.
	base resting
	// occupied counts the sessions that hold the agent.
	occupied int
	// wrapUp is the after-call work that the sessions so far have earned.
	wrapUp time.Duration
}

type resting struct {
	status wire.Status
	reason string
}

// New returns an agent that is offline since now.
func New(now time.Time) *Machine {
	return &Machine{
		state: wire.AgentState{Status: wire.StatusOffline, Since: now.UnixMilli()},
		base:  resting{status: wire.StatusOffline},
	}
}

// Restore returns a machine in a state that was stored. Sessions are not part
// of it: what was busy is what it was before.
func Restore(s wire.AgentState, now time.Time) *Machine {
	m := New(now)
	if s.Pending != nil {
		s.Status, s.RestReason, s.Pending = s.Pending.Status, s.Pending.RestReason, nil
	}
	if s.Status == wire.StatusBusy || s.Status == wire.StatusArrange && s.Deadline != 0 && s.Deadline <= now.UnixMilli() {
		s = wire.AgentState{Status: wire.StatusFree, Since: now.UnixMilli()}
	}
	m.state = s
	m.base = resting{s.Status, s.RestReason}
	if s.Status == wire.StatusArrange && s.Deadline != 0 {
		m.base = resting{status: wire.StatusFree}
	}
	return m
}

// State is a copy of the current state.
func (m *Machine) State() wire.AgentState {
	s := m.state
	if s.Pending != nil {
		p := *s.Pending
		s.Pending = &p
	}
	return s
}

// Stored is the state that outlives the process: a busy agent's is the one
// that will follow.
func (m *Machine) Stored() wire.AgentState {
	s := m.State()
	if s.Status == wire.StatusBusy && s.Pending == nil {
		s.Status, s.RestReason = m.base.status, m.base.reason
	}
	return s
}

// Routable reports whether sessions may be offered to the agent.
func (m *Machine) Routable() bool { return m.state.Status == wire.StatusFree }

// Offline reports whether the agent is off line.
func (m *Machine) Offline() bool { return m.state.Status == wire.StatusOffline }

// Occupied is the number of sessions that hold the agent.
func (m *Machine) Occupied() int { return m.occupied }

// Online brings an agent that is offline on line, free. It reports whether
// anything changed, as all inputs do.
func (m *Machine) Online(now time.Time) bool {
	if m.state.Pending != nil && m.state.Pending.Status == wire.StatusOffline {
		m.state.Pending = nil
		return true
	}
	if !m.Offline() {
		return false
	}
	return m.rest(resting{status: wire.StatusFree}, now)
}

// GoOffline takes the agent off line; during a session it is kept as pending.
func (m *Machine) GoOffline(now time.Time) bool {
	return m.want(resting{status: wire.StatusOffline}, now)
}

// Drop takes the agent off line at once, whatever it was doing.
func (m *Machine) Drop(now time.Time) bool {
	m.occupied, m.wrapUp = 0, 0
	if m.Offline() {
		return false
	}
	return m.rest(resting{status: wire.StatusOffline}, now)
}

// Set is what the agent asks for. Free, rest, arrange and notReady can be set;
// the error otherwise is wire.ErrInvalidStatus or, off line, wire.ErrAgentOffline.
func (m *Machine) Set(status wire.Status, reason string, now time.Time) (changed bool, err error) {
	switch status {
	case wire.StatusFree, wire.StatusArrange, wire.StatusNotReady:
		reason = ""
	case wire.StatusRest:
	default:
		return false, wire.ErrInvalidStatus.For("status", "%q", string(status))
	}
	if m.Offline() {
		return false, wire.ErrAgentOffline
	}
	return m.want(resting{status, reason}, now), nil
}

func (m *Machine) want(r resting, now time.Time) bool {
	if m.occupied > 0 {
		return m.postpone(r)
	}
	if m.state.Status == r.status && m.state.RestReason == r.reason && m.state.Deadline == 0 {
		return false
	}
	return m.rest(r, now)
}

// postpone keeps r until the session ends; asking for what would follow anyway
// takes an earlier wish back.
func (m *Machine) postpone(r resting) bool {
	if r == m.base {
		changed := m.state.Pending != nil
		m.state.Pending = nil
		return changed
	}
	if p := m.state.Pending; p != nil && *p == (wire.PendingStatus{Status: r.status, RestReason: r.reason}) {
		return false
	}
	m.state.Pending = &wire.PendingStatus{Status: r.status, RestReason: r.reason}
	return true
}

// Occupy makes the agent busy with one more session.
func (m *Machine) Occupy(now time.Time) bool {
	m.occupied++
	if m.state.Status == wire.StatusBusy {
		return false
	}
	m.state = wire.AgentState{Status: wire.StatusBusy, Since: now.UnixMilli(), Pending: m.state.Pending}
	return true
}

// Vacate ends one session; wrapUp is the after-call work it earns, 0 for none.
// When it was the last one, the agent wraps up, or returns to what was asked
// for meanwhile, or to what it was before.
func (m *Machine) Vacate(wrapUp time.Duration, now time.Time) bool {
	if m.occupied == 0 {
		return false
	}
	m.occupied--
	m.wrapUp = max(m.wrapUp, wrapUp)
	if m.occupied > 0 {
		return false
	}
	wrapUp, m.wrapUp = m.wrapUp, 0
	if wrapUp > 0 {
		m.state = wire.AgentState{
			Status: wire.StatusArrange, Since: now.UnixMilli(),
			Deadline: now.Add(wrapUp).UnixMilli(), Pending: m.state.Pending,
		}
		return true
	}
	return m.rest(m.next(), now)
}

// Deadline is when Expire wants to be called; zero if never.
func (m *Machine) Deadline() time.Time {
	if m.state.Deadline == 0 {
		return time.Time{}
	}
	return time.UnixMilli(m.state.Deadline)
}

// Expire ends after-call work whose deadline has come.
func (m *Machine) Expire(now time.Time) bool {
	if m.state.Status != wire.StatusArrange || m.state.Deadline == 0 || now.UnixMilli() < m.state.Deadline {
		return false
	}
	return m.rest(m.next(), now)
}

// next is the status after the last session.
func (m *Machine) next() resting {
	if p := m.state.Pending; p != nil {
		return resting{p.Status, p.RestReason}
	}
	return m.base
}

func (m *Machine) rest(r resting, now time.Time) bool {
	m.state = wire.AgentState{Status: r.status, RestReason: r.reason, Since: now.UnixMilli()}
	m.base = r
	return true
}
