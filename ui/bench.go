package ui

import (
	"tccc/agent"
	"tccc/wire"
)

// bench is for the actions of the workbench.
func (s *State) bench(a Action) []Effect {
	switch a.Name {
	case "tab":
		s.goTo(a.Arg)
		s.Menu, s.Find, s.Playing = "", "", ""
		return s.shown()
	case "workbench":
		s.Workbench, s.Menu = !s.Workbench, ""
		return s.shown()
	case "open", "look":
		s.Current, s.Menu = a.Arg, ""
		if a.Name == "open" || s.Workbench {
			s.Workbench = true
			s.goTo(TabSessions)
		}
	case "earlier":
		if s.History != nil && len(s.History.Entries) > 0 {
			last := s.History.Entries[len(s.History.Entries)-1]
			only := s.Only
			only.Before = last.N
			return []Effect{{"Agent.history", only}}
		}
	case "play":
		s.openRecording(a.Arg)
	case "callBack":
		s.Current = ""
		s.goTo(TabSessions)
		return []Effect{{"Call.startOutboundCall", wire.StartCallParams{PhoneNumber: a.Arg}}}
	case "listen", "whisper", "barge":
		s.Current = a.Arg
		s.goTo(TabSessions)
		return []Effect{{"Call." + a.Name, wire.SessionParams{SessionID: a.Arg}}}
	}
	return nil
}

// goTo chooses a tab, at which the list of tabs is entered from now on.
func (s *State) goTo(tab string) {
	s.Tab = tab
	delete(s.Rove, "rail")
}

// shown is what the tab that is shown now wants to know.
func (s *State) shown() []Effect {
	switch {
	case !s.Workbench:
	case s.Stale && (s.Tab == TabDial || s.Tab == TabHistory):
		return []Effect{s.askHistory()}
	case s.Tab == TabSettings:
		return []Effect{{"Devices.list", nil}}
	}
	return nil
}

// askHistory wants AddHistory.
func (s *State) askHistory() Effect { return Effect{"Agent.history", s.Only} }

// narrow shows only the sessions of a group, or those that one side has ended.
func (s *State) narrow(by, value string) []Effect {
	if by == "onlyGroup" {
		s.Only.SkillGroupID = value
	} else {
		s.Only.CloseBy = wire.CloseBy(value)
	}
	return []Effect{s.askHistory()}
}

// watched is what must be asked for while it is shown, because it changes
// without an event: at once, and then at every tick.
func (s *State) watched(v *agent.View, tick bool) (list []Effect) {
	if s.Hidden || s.Away || v.Phase != agent.PhaseReady {
		return nil
	}
	if s.Workbench && (s.Tab == "" || s.Tab == TabSessions) {
		list = append(list, Effect{"Agent.queues", nil})
	}
	if s.Workbench && s.Tab == TabColleagues || s.Transfer != "" || s.Menu == MenuDial && s.Open {
		list = append(list, askColleagues)
	}
	if s.Workbench && (s.Tab == TabDial || s.Tab == TabHistory) && (s.History == nil || tick && s.Stale) {
		list = append(list, s.askHistory())
	}
	return list
}

// metered reports whether the level of the microphone is shown: with the
// settings, once the microphone is allowed.
func (s *State) metered(v *agent.View) bool {
	return len(s.Devices.Microphones) > 0 && !unnamed(s.Devices.Microphones) && !s.Hidden && !s.Away &&
		v.Phase == agent.PhaseReady && (s.Workbench && s.Tab == TabSettings || s.Open && s.Menu == MenuDevices)
}

// addHistory takes over a page of the history: the first one replaces what is
// there.
func (s *State) addHistory(page wire.HistoryResult, of wire.HistoryParams) {
	before := of.Before
	if of.SkillGroupID != s.Only.SkillGroupID || of.CloseBy != s.Only.CloseBy {
		return // an answer to an older question
	}
	if before > 0 && s.History != nil {
		known := s.History.Entries
		if len(known) == 0 || known[len(known)-1].N != before {
			return // an answer to an older question
		}
		page.Entries = append(append([]wire.HistoryEntry(nil), known...), page.Entries...)
	}
	s.Stale = s.Stale && before > 0
	s.History = &page
}
