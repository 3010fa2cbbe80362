package ui

import (
	"fmt"

	"tccc/wire"
)

// transferable reports whether the session can be handed over now, to anybody
// whom the page allows.
func (m *model) transferable(s *wire.Session) bool {
	talks := s.State == wire.StateTalking || s.State == wire.StateHeld
	return talks && s.Type != wire.TypeInternal && s.Monitor == "" && s.Transfer == nil && s.ConsultSessionID == "" &&
		s.ConsultOf == "" &&
		(m.s.button(ButtonTransferSeat) || m.s.button(ButtonTransferGroup) || m.forwardable(s))
}

// forwardable reports whether a number outside may be asked and given the customer.
func (m *model) forwardable(s *wire.Session) bool {
	return !isChat(s) && m.s.button(ButtonForward)
}

// transferControl opens the list of targets.
func (m *model) transferControl(s *wire.Session) *Node {
	if !m.transferable(s) {
		return nil
	}
	open := m.s.Transfer == s.SessionID
	n := m.control("transfer", "forward", m.Transfer, Action{"transfer", s.SessionID}, open)
	n.set("aria-expanded", truth(open))
	return n
}

// transferState is what a transfer is waiting for, or why it came back.
func (m *model) transferState(s *wire.Session) *Node {
	switch {
	case s.ConsultSessionID != "" || s.ConsultOf != "":
		return m.consultation(s)
	case s.Transfer != nil:
		name := s.Transfer.Name
		if name == "" {
			name = s.Transfer.UserID + s.Transfer.SkillGroupID
		}
		return tree("div#transferring.strip.wait[role=status](span.spinner[aria-hidden=true] div.strip-body("+
			"strong(?)) *)", nodes{m.takeBack(s)}, fmt.Sprintf(m.Transferring, name))
	case s.TransferFailed != "" && s.State != wire.StateEnded && m.s.Read != s.SessionID:
		why := m.Reasons.of(s.TransferFailed)
		return tree("div#transfer-failed.strip.warn[role=status](%alert div.strip-body(strong(?) span(?)) *)",
			nodes{m.iconButton("small", "close", m.Dismiss, Action{"read", s.SessionID})}, m.TransferFailed,
			why)
	}
	return nil
}

// takeBack ends a transfer that nobody has taken yet. Chats have no such method.
func (m *model) takeBack(s *wire.Session) *Node {
	if isChat(s) {
		return nil
	}
	return m.button("link", "", m.TakeBack, Action{"resume", s.SessionID})
}

// consultation is what can be done while the agent asks somebody about the
// customer's session: either session shows it.
func (m *model) consultation(s *wire.Session) *Node {
	with := s
	if s.ConsultSessionID != "" {
		with = m.session(s.ConsultSessionID)
	}
	if with == nil {
		return nil
	}
	answered := with.State == wire.StateTalking || with.State == wire.StateHeld
	box := el("div#consultation.consultation(p.hint(?))", fmt.Sprintf(m.Asking, m.name(with)))
	if answered {
		box.add(m.button("primary", "forward", m.HandOver, Action{"handOver", s.SessionID}),
			m.button("plain", "people", m.Conference, Action{"conference", s.SessionID}))
	}
	box.add(m.button("plain", "swap", m.BackToCustomer, Action{"backToCustomer", s.SessionID}))
	return box
}

func (m *model) session(id string) *wire.Session {
	for i := range m.v.Sessions {
		if m.v.Sessions[i].SessionID == id {
			return &m.v.Sessions[i]
		}
	}
	return nil
}

// targets are the colleagues and groups that the session can be handed over to.
func (m *model) targets(s *wire.Session) *Node {
	if m.s.Transfer != s.SessionID {
		return nil
	}
	panel := el("div#targets.panel.targets[role=group][aria-label=?]", m.TransferTo)
	c := m.s.Colleagues
	if c == nil {
		panel.add(el("p#wait.hint(?)", m.Connecting))
		return panel
	}
	panel.add(m.search())
	if !isChat(s) {
		panel.add(m.askFirst())
	}
	if m.forwardable(s) {
		panel.add(m.forwardField())
	}
	if m.s.button(ButtonTransferSeat) {
		panel.add(m.agents("toAgent"))
	}
	if m.s.button(ButtonTransferGroup) {
		panel.add(m.groups(c.Groups))
	}
	return panel
}

// askFirst chooses between a blind transfer and one with a consultation.
func (m *model) askFirst() *Node {
	n := el("button#ask.btn.plain.switch[type=button][data-click=askFirst][aria-pressed=?]",
		truth(m.s.AskFirst))
	if m.s.AskFirst {
		n.add(icon("check"))
	}
	n.add(el("span(?)", m.AskFirst))
	return n
}

// forwardField asks for a number outside, which is called before the customer is
// handed over to it.
func (m *model) forwardField() *Node {
	return el("form#forward.dial-field[data-submit=toNumber](input#number.input.mono[type=tel][inputmode=tel]"+
		"[autocomplete=off][maxlength=96][data-input=type][placeholder=?][aria-label=?][value=?] "+
		"button#call.icon-btn.go[type=submit][named=?][aria-disabled?](%phone))", m.ForwardOut,
		m.ForwardOut, m.s.Number, m.NumberToAsk, unavailable(!dialable(m.s.Number)))
}

func (m *model) search() *Node {
	return el("input#find.input[type=search][autocomplete=off][maxlength=64][data-input=find][placeholder=?]"+
		"[aria-label=?][value=?]", m.Find, m.Find, m.s.Find)
}

// agents are the colleagues with their status; the action is for those who are free.
func (m *model) agents(action string) *Node {
	list := el("ul#agents.people[aria-label=?]", m.Colleagues)
	for i := range m.s.Colleagues.Agents {
		c := &m.s.Colleagues.Agents[i]
		if !m.s.found(c.Name, c.UserID, c.StaffNo) {
			continue
		}
		list.add(m.person(c.UserID, Action{action, c.UserID}, c.Status == wire.StatusFree,
			string(c.Status), join(" · ", c.Name, c.StaffNo), m.statusText(c.Status, "")))
	}
	if len(list.Children) == 0 {
		return el("p#nobody.hint(?)", m.Nobody)
	}
	return m.roving(list, "")
}

func (m *model) groups(groups []wire.ColleagueGroup) *Node {
	list := el("ul#groups.people[aria-label=?]", m.Group)
	for _, g := range groups {
		if !m.s.found(g.Name, g.SkillGroupID) {
			continue
		}
		dot := "offline"
		switch {
		case g.Free > 0:
			dot = "free"
		case g.Online > 0:
			dot = "busy"
		}
		list.add(m.person(g.SkillGroupID, Action{"toGroup", g.SkillGroupID}, g.Online > 0,
			dot, g.Name, fmt.Sprintf(m.GroupState, g.Free, g.Online, g.Waiting)))
	}
	if len(list.Children) == 0 {
		return nil
	}
	return m.roving(list, "")
}

// person is a line of either list.
func (m *model) person(k string, a Action, can bool, dot, name, state string) *Node {
	return el("li[key=?](button.item[type=button][data-click=?][data-arg?][aria-disabled?](span[class=dot ?] "+
		"span.item-text(?) span.item-state(?)))", k, a.Name, a.Arg,
		unavailable(!can || m.s.Busy[a.Name+":"+a.Arg]), dot, name, state)
}

// callColleague is the list for internal calls.
func (m *model) callColleague() *Node {
	if m.s.Colleagues == nil || len(m.s.Colleagues.Agents) == 0 {
		return nil
	}
	return tree("div#colleagues.panel.targets[role=group][aria-label=?](h3(?) * *)",
		nodes{m.search(), m.agents("callAgent")}, m.Colleagues, m.Colleagues)
}
