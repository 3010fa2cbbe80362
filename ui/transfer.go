package ui

import (
	"strings"

	"tccc/agent"
	"tccc/wire"
)

// Types of buttons that tccc.overrideButtonConfig can switch off.
const (
	ButtonTransferSeat  = "transferSeat"
	ButtonTransferGroup = "transferSkillGroup"
)

// askColleagues wants SetColleagues.
var askColleagues = Effect{"Agent.colleagues", nil}

// colleague is for the actions on colleagues: the list of those whom a session
// can be transferred to, and calls to them.
func (s *State) colleague(v *agent.View, a Action, value string) []Effect {
	switch a.Name {
	case "transfer":
		s.Find, s.Number = "", ""
		if s.Transfer == a.Arg {
			s.Transfer = ""
			return nil
		}
		s.Transfer, s.Keypad, s.Digits = a.Arg, "", ""
	case "find":
		s.Find = value
	case "askFirst":
		s.AskFirst = !s.AskFirst
	case "toAgent":
		return s.transferTo(v, wire.TransferParams{SessionID: s.Transfer, UserID: a.Arg})
	case "toNumber":
		number, ok := s.readNumber()
		if s.Transfer == "" || !ok {
			return nil
		}
		id := s.Transfer
		s.Number, s.Transfer, s.Current = "", "", ""
		return []Effect{{"Call.consult", wire.ConsultParams{SessionID: id, PhoneNumber: number}}}
	case "toGroup":
		return s.transferTo(v, wire.TransferParams{SessionID: s.Transfer, SkillGroupID: a.Arg})
	case "handOver":
		return []Effect{{"Call.completeTransfer", wire.SessionParams{SessionID: a.Arg}}}
	case "conference":
		return []Effect{{"Call.conference", wire.SessionParams{SessionID: a.Arg}}}
	case "backToCustomer":
		return []Effect{{"Call.cancelConsult", wire.SessionParams{SessionID: a.Arg}}}
	case "callAgent":
		s.Menu, s.Current = "", ""
		s.goTo(TabSessions)
		return []Effect{{"Call.startInternalCall", wire.InternalCallParams{CalleeUserID: a.Arg}}}
	case "read":
		s.Read = a.Arg
	}
	return nil
}

func (s *State) transferTo(v *agent.View, p wire.TransferParams) []Effect {
	if p.SessionID == "" {
		return nil
	}
	s.Transfer = ""
	kind := typeOf(v, p.SessionID)
	if s.AskFirst && kind != wire.TypeIM {
		s.Current = ""
		return []Effect{{"Call.consult",
			wire.ConsultParams{SessionID: p.SessionID, UserID: p.UserID, SkillGroupID: p.SkillGroupID}}}
	}
	return []Effect{{memberOf("transfer", kind), p}}
}

// followTransfer closes the list when its session is no longer talked to, and
// shows a failure again that comes back.
func (s *State) followTransfer(after *agent.View) {
	open, read := false, false
	for i := range after.Sessions {
		n := &after.Sessions[i]
		talks := n.State == wire.StateTalking || n.State == wire.StateHeld
		open = open || n.SessionID == s.Transfer && talks && n.Transfer == nil && n.ConsultSessionID == ""
		read = read || n.SessionID == s.Read && n.TransferFailed != ""
	}
	if !open {
		s.Transfer = ""
	}
	if !read {
		s.Read = ""
	}
}

// found reports whether what the agent looks for is in one of the texts.
func (s *State) found(texts ...string) bool {
	want := strings.ToLower(strings.TrimSpace(s.Find))
	for _, t := range texts {
		if strings.Contains(strings.ToLower(t), want) {
			return true
		}
	}
	return want == ""
}
