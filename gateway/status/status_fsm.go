// Package status is an agent's status as a state machine: what the agent asks
// for, what sessions impose, and the countdown after a call.
//
// Calls take an agent whole. Chats take a place each, of as many as the agent
// may have: with a place left the agent stays what it is, with none it is busy.
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
	// base is the status to return to when nothing makes the agent busy any more.
	base resting
	// calls and chats count the sessions that hold the agent; room is how many
	// chats it may have.
	calls, chats, room int
	// wrapUp is the after-call work that the calls so far have earned.
	wrapUp time.Duration
	// due is the state's deadline on the clock that nobody sets.
	due time.Time
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
	if s.Status == wire.StatusBusy || s.Status == wire.StatusArrange && s.Deadline != 0 &&
		s.Deadline <= now.UnixMilli() {
		s = wire.AgentState{Status: wire.StatusFree, Since: now.UnixMilli()}
	}
	m.state = s
	m.base = resting{s.Status, s.RestReason}
	if s.Status == wire.StatusArrange && s.Deadline != 0 {
		m.base = resting{status: wire.StatusFree}
		m.due = now.Add(time.Duration(s.Deadline-now.UnixMilli()) * time.Millisecond)
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

// TakesCalls reports whether calls may be offered to the agent.
func (m *Machine) TakesCalls() bool { return m.state.Status == wire.StatusFree }

// TakesChats reports whether one more chat may be offered to the agent.
func (m *Machine) TakesChats() bool { return m.state.Status == wire.StatusFree && m.chats < m.room }

// Offline reports whether the agent is off line.
func (m *Machine) Offline() bool { return m.state.Status == wire.StatusOffline }

// Calls is the number of calls that hold the agent, Chats that of its chats.
func (m *Machine) Calls() int { return m.calls }

// Chats is the number of the agent's chats.
func (m *Machine) Chats() int { return m.chats }

// full reports whether the agent has as many chats as it may have.
func (m *Machine) full() bool { return m.chats > 0 && m.chats >= m.room }

// leaving reports whether the agent has asked to go off line and has chats
// to finish.
func (m *Machine) leaving() bool {
	return m.chats > 0 && m.state.Pending != nil && m.state.Pending.Status == wire.StatusOffline
}

// held reports whether sessions keep the agent from everything else.
func (m *Machine) held() bool { return m.calls > 0 || m.full() || m.leaving() }

// Online brings an agent that is offline on line, free. It reports whether
// anything changed, as all inputs do.
func (m *Machine) Online(now time.Time) bool {
	if m.state.Pending != nil && m.state.Pending.Status == wire.StatusOffline {
		m.state.Pending = nil
		return m.settle(now)
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
	m.calls, m.chats, m.wrapUp = 0, 0, 0
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
	switch {
	case m.calls == 0 && m.counting():
		return m.conclude(r, now)
	case m.held():
		return m.postpone(r) && m.settle(now)
	case m.chats > 0 && r.status == wire.StatusOffline:
		return m.leave(now)
	case m.state.Status == r.status && m.state.RestReason == r.reason:
		return false
	}
	return m.rest(r, now)
}

// conclude ends after-call work at the agent's wish.
func (m *Machine) conclude(r resting, now time.Time) bool {
	switch {
	case m.chats > 0 && r.status == wire.StatusOffline:
		m.state.Deadline = 0
		return m.leave(now)
	case m.full():
		m.state, m.base = wire.AgentState{}, r
		return m.busy(now)
	}
	return m.rest(r, now)
}

// leave lets an agent that wants to go off line finish its chats first.
func (m *Machine) leave(now time.Time) bool {
	m.base = m.next()
	m.state.Pending = &wire.PendingStatus{Status: wire.StatusOffline}
	return m.busy(now)
}

// settle follows a wish that was taken back: it may have been all that kept
// the agent busy. It reports true, for the change before it.
func (m *Machine) settle(now time.Time) bool {
	if !m.held() && m.state.Status == wire.StatusBusy {
		m.rest(m.next(), now)
	}
	return true
}

// postpone keeps r until nothing holds the agent; asking for what would follow
// anyway takes an earlier wish back.
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

// Occupy makes the agent busy with one more call.
func (m *Machine) Occupy(now time.Time) bool {
	m.calls++
	return m.busy(now)
}

// OccupyChat gives the agent one more chat. It is busy if there is no room for
// another one.
func (m *Machine) OccupyChat(now time.Time) bool {
	m.chats++
	return m.full() && m.busy(now)
}

// Room says how many chats the agent may have at the same time.
func (m *Machine) Room(chats int, now time.Time) bool {
	m.room = chats
	switch {
	case m.full():
		return m.busy(now)
	case m.state.Status == wire.StatusBusy && !m.held():
		return m.rest(m.next(), now)
	}
	return false
}

// busy shows that the agent can take nothing more. After-call work under way
// goes before.
func (m *Machine) busy(now time.Time) bool {
	if m.state.Status == wire.StatusBusy || m.calls == 0 && m.counting() {
		return false
	}
	m.state = wire.AgentState{Status: wire.StatusBusy, Since: now.UnixMilli(), Pending: m.state.Pending}
	return true
}

// counting reports whether after-call work with a deadline is under way.
func (m *Machine) counting() bool {
	return m.state.Status == wire.StatusArrange && m.state.Deadline != 0
}

// Vacate ends one call; wrapUp is the after-call work it earns, 0 for none.
// When it was the last one, the agent wraps up, or is held by its chats, or
// returns to what was asked for meanwhile, or to what it was before.
func (m *Machine) Vacate(wrapUp time.Duration, now time.Time) bool {
	if m.calls == 0 {
		return false
	}
	m.calls--
	m.wrapUp = max(m.wrapUp, wrapUp)
	if m.calls > 0 {
		return false
	}
	return m.released(now)
}

// VacateChat ends one chat. Its after-call work, if it earns any, is that of
// an agent with nothing else to do.
func (m *Machine) VacateChat(wrapUp time.Duration, now time.Time) bool {
	if m.chats == 0 {
		return false
	}
	held := m.held()
	m.chats--
	switch {
	case m.calls > 0 || m.counting():
		return false
	case m.chats == 0 && wrapUp > 0 && !m.Offline():
		m.wrapUp = wrapUp
		return m.released(now)
	case held:
		return m.released(now)
	}
	return false
}

// released follows the end of what kept the agent busy.
func (m *Machine) released(now time.Time) bool {
	wrapUp := m.wrapUp
	m.wrapUp = 0
	switch {
	case wrapUp > 0:
		m.due = now.Add(wrapUp)
		m.state = wire.AgentState{
			Status: wire.StatusArrange, Since: now.UnixMilli(),
			Deadline: m.due.UnixMilli(), Pending: m.state.Pending,
		}
		return true
	case m.held():
		return false // chats keep it busy
	}
	return m.rest(m.next(), now)
}

// Deadline is when Expire wants to be called; zero if never. It counts time
// that passes, also while the clock is set.
func (m *Machine) Deadline() time.Time {
	if m.state.Deadline == 0 {
		return time.Time{}
	}
	return m.due
}

// Expire ends after-call work whose deadline has come.
func (m *Machine) Expire(now time.Time) bool {
	if m.state.Status != wire.StatusArrange || m.state.Deadline == 0 || now.Before(m.due) {
		return false
	}
	if m.held() {
		m.state = wire.AgentState{Status: wire.StatusBusy, Since: now.UnixMilli(), Pending: m.state.Pending}
		return true
	}
	return m.rest(m.next(), now)
}

// next is the status when nothing holds the agent any more.
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
