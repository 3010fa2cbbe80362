package ccgateway

import (
	"slices"

	"tccc/wire"
)

// model is an agent as its desk sees it: the state and the live sessions, and
// what only following them tells (the state before, since when, the last
// command). Times are Unix milliseconds.
type model struct {
	state    wire.AgentState
	sessions []wire.Session // live ones, in the order they came

	code, last int // of table 3
	since      int64
	command    int // of table 7
	commandAt  int64
}

// newModel starts from a snapshot.
func newModel(state wire.AgentState, sessions []wire.Session) model {
	m := model{state: state, last: deskAbnormal}
	for _, s := range sessions {
		if live(s.State) {
			m.sessions = append(m.sessions, s)
		}
	}
	cur := m.current()
	m.code = deskState(state.Status, cur)
	m.since = m.began(cur, deskAbnormal, state.Since)
	m.command, m.commandAt = m.standing(cur)
	return m
}

func live(s wire.SessionState) bool {
	switch s {
	case wire.StateRinging, wire.StateDialing, wire.StateTalking, wire.StateHeld:
		return true
	}
	return false
}

// standing is the command that a state tells of by itself.
func (m *model) standing(cur *wire.Session) (command int, at int64) {
	switch {
	case m.state.Status == wire.StatusNotReady:
		return commandBusy, m.state.Since
	case m.state.Status == wire.StatusRest:
		return commandRest, m.state.Since
	case cur == nil:
		return commandNone, 0
	case cur.State == wire.StateHeld:
		return commandHold, cur.HeldAt
	case cur.Direction == wire.Outbound:
		return m.dialled(cur), cur.OfferedAt
	}
	return commandNone, 0
}

// dialled is the command that made an outbound call: the first one is told
// from those made beside another call.
func (m *model) dialled(s *wire.Session) int {
	if first := m.first(); first != nil && first.SessionID != s.SessionID {
		return commandOutbound
	}
	return commandFirstOutbound
}

// apply follows one event and gives the session before and after it, nil if
// there was or is none.
func (m *model) apply(e wire.Event) (before, after *wire.Session) {
	if e.Session != nil {
		before, after = m.applySession(*e.Session, e.At)
	}
	if e.Agent != nil {
		m.applyState(*e.Agent)
	}
	m.step(e.At)
	return before, after
}

func (m *model) applySession(s wire.Session, at int64) (before, after *wire.Session) {
	i := slices.IndexFunc(m.sessions, func(x wire.Session) bool { return x.SessionID == s.SessionID })
	if i >= 0 {
		old := m.sessions[i]
		before = &old
	}
	switch {
	case live(s.State) && i >= 0:
		m.sessions[i] = s
	case live(s.State):
		m.sessions = append(m.sessions, s)
	case i >= 0:
		m.sessions = slices.Delete(m.sessions, i, i+1)
	}
	m.note(before, &s, at)
	return before, &s
}

// note keeps the command that a change of a session was.
func (m *model) note(before, s *wire.Session, at int64) {
	set := func(command int) { m.command, m.commandAt = command, at }
	switch {
	case before == nil && s.State == wire.StateDialing:
		set(m.dialled(s))
	case before == nil:
	case s.State == wire.StateEnded && s.CloseBy == wire.CloseClient:
		set(commandOtherHangsUp)
	case s.State == wire.StateEnded && s.CloseBy == wire.CloseSeat:
		set(commandAgentHangsUp)
	case s.State == wire.StateEnded:
		set(commandDisconnected)
	case before.State == wire.StateTalking && s.State == wire.StateHeld:
		set(commandHold)
	case before.State == wire.StateHeld && s.State == wire.StateTalking:
		set(commandUnhold)
	case !before.Muted && s.Muted:
		set(commandMute)
	case before.Muted && !s.Muted && s.State == wire.StateTalking:
		set(commandUnmute)
	}
}

// applyState takes over a status. Showing busy and resting are commands; an
// idle agent has none.
func (m *model) applyState(s wire.AgentState) {
	changed := s.Status != m.state.Status || s.Since != m.state.Since
	m.state = s
	if !changed {
		return
	}
	switch s.Status {
	case wire.StatusNotReady:
		m.command, m.commandAt = commandBusy, s.Since
	case wire.StatusRest:
		m.command, m.commandAt = commandRest, s.Since
	case wire.StatusFree:
		m.command, m.commandAt = commandNone, 0
	}
}

// step follows the code of table 3. Between the end of a call and the status
// that follows it the agent is not in a state of its own.
func (m *model) step(at int64) {
	cur := m.current()
	code := deskState(m.state.Status, cur)
	inCall := m.code != deskOccupied && m.code >= deskOutbound && m.code != deskAbnormal
	if code == m.code || code == deskOccupied && inCall {
		return
	}
	m.last, m.code = m.code, code
	m.since = m.began(cur, m.last, at)
}

// began is when the present code began, as exactly as it is known; at is when
// it was heard of.
func (m *model) began(cur *wire.Session, before int, at int64) int64 {
	exact := int64(0)
	switch m.code {
	case deskAnswering, deskOutbound:
		exact = cur.OfferedAt
	case deskHold:
		exact = cur.HeldAt
	case deskTalking:
		if before != deskHold && before != deskMute {
			exact = cur.AnsweredAt
		}
	case deskMute, deskOccupied:
	default:
		exact = m.state.Since
	}
	if exact == 0 {
		return at
	}
	return exact
}

// current is the call that the agent is busy with: the one in conversation,
// else one that is dialled, rings, or is held; chats only if there is nothing
// else. Nil if there is none.
func (m *model) current() *wire.Session {
	var best *wire.Session
	for i := range m.sessions {
		if s := &m.sessions[i]; best == nil || rank(s) < rank(best) || rank(s) == rank(best) && s.HeldAt > best.HeldAt {
			best = s
		}
	}
	return best
}

func rank(s *wire.Session) int {
	r := 0
	switch s.State {
	case wire.StateDialing:
		r = 1
	case wire.StateRinging:
		r = 2
	case wire.StateHeld:
		r = 3
	}
	if s.Type == wire.TypeIM {
		r += 10
	}
	return r
}

// first is the oldest call, nil if there is none.
func (m *model) first() *wire.Session {
	var first *wire.Session
	for i := range m.sessions {
		if s := &m.sessions[i]; s.Type != wire.TypeIM && (first == nil || s.OfferedAt < first.OfferedAt) {
			first = s
		}
	}
	if first == nil && len(m.sessions) > 0 {
		first = &m.sessions[0]
	}
	return first
}

// held is the call held last, nil if none is.
func (m *model) held() *wire.Session {
	var held *wire.Session
	for i := range m.sessions {
		if s := &m.sessions[i]; s.State == wire.StateHeld && (held == nil || s.HeldAt > held.HeldAt) {
			held = s
		}
	}
	return held
}

// inConversation reports whether there is a session that a sign-out would cut
// off: anything but one that merely rings.
func (m *model) inConversation() bool {
	return slices.ContainsFunc(m.sessions, func(s wire.Session) bool {
		return s.State == wire.StateTalking || s.State == wire.StateHeld || s.State == wire.StateDialing
	})
}

// other is the number of the far side of a call.
func other(s *wire.Session) string {
	switch {
	case s == nil:
		return ""
	case s.Direction == wire.Outbound:
		return s.Callee
	}
	return s.Caller
}
