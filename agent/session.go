package agent

import (
	"encoding/json"
	"slices"

	"tccc/wire"
)

// maxEnded is how many ended sessions are kept for the interface; older ones
// go when the agent does not delete them.
const maxEnded = 50

// usesBrowserAudio reports whether the agent's side of a session is this page's
// audio leg.
func usesBrowserAudio(s *wire.Session) bool {
	return s.Type != wire.TypeIM && (s.ServerType == "" || s.ServerType == wire.StaffSeat)
}

func (a *Agent) findSession(id string) *wire.Session {
	for i := range a.view.Sessions {
		if a.view.Sessions[i].SessionID == id {
			return &a.view.Sessions[i]
		}
	}
	return nil
}

func (a *Agent) putSession(s wire.Session) {
	if s.State == wire.StateGone {
		delete(a.mic.muting, s.SessionID)
		a.removeSession(s.SessionID)
		return
	}
	if old := a.findSession(s.SessionID); old != nil {
		if s.Chat == nil {
			s.Chat = old.Chat
		}
		*old = s
	} else {
		a.view.Sessions = append(a.view.Sessions, s)
	}
	if s.State == wire.StateEnded {
		delete(a.mic.muting, s.SessionID)
		a.trimEnded()
	}
	a.changed()
}

func (a *Agent) removeSession(id string) {
	a.view.Sessions = slices.DeleteFunc(a.view.Sessions, func(s wire.Session) bool { return s.SessionID == id })
	a.changed()
}

func (a *Agent) trimEnded() {
	ended := 0
	for i := range a.view.Sessions {
		if a.view.Sessions[i].State == wire.StateEnded {
			ended++
		}
	}
	a.view.Sessions = slices.DeleteFunc(a.view.Sessions, func(s wire.Session) bool {
		drop := ended > maxEnded && s.State == wire.StateEnded
		if drop {
			ended--
		}
		return drop
	})
}

// takeSnapshot replaces the sessions with those of a login. Ended ones stay
// until they are deleted. A live one that a gateway which did not resume us no
// longer knows has ended while we were away.
func (a *Agent) takeSnapshot(sessions []wire.Session, resumed bool) {
	a.snapshot = make(map[string]bool, len(sessions))
	for _, s := range sessions {
		a.snapshot[s.SessionID] = true
	}
	for _, s := range slices.Clone(a.view.Sessions) {
		if resumed || a.snapshot[s.SessionID] || s.State == wire.StateEnded {
			continue
		}
		s.State, s.EndedAt = wire.StateEnded, a.clock.Now().UnixMilli()+a.view.ClockOffset
		s.CloseBy, s.MainReason = wire.CloseAdmin, wire.ReasonGatewayRestart
		a.putSession(s)
		duration := 0.0
		if s.AnsweredAt != 0 {
			duration = float64(s.EndedAt-s.AnsweredAt) / 1000
		}
		data, _ := json.Marshal(wire.SessionEnded{
			SessionID: s.SessionID, CloseBy: s.CloseBy, MainReason: s.MainReason, Type: s.Type, Duration: duration,
		})
		a.emit(wire.EventSessionEnded, json.RawMessage(data))
	}
	for _, s := range sessions {
		a.putSession(s)
	}
	a.changed()
}
