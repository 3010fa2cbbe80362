package ui

import (
	"tccc/agent"
	"tccc/wire"
)

// workbench is the large panel: sessions on the left, the chosen one in the
// middle, tools on the right. How is "floating" or "embedded".
func (m *model) workbench(how string) *Node {
	bench := el("section", key("bench"), class("bench "+how), attr("role", "region"), label(m.Workbench), m.benchHeader())
	bench.add([]any{m.connection(), m.noticeStrip(), m.failureStrip(),
		el("div", key("body"), class("bench-body"), m.sessionList(), m.benchMain(), m.tools())})
	return bench
}

func (m *model) benchHeader() *Node {
	st := &m.v.State
	return el("header", key("header"), class("bench-header"),
		el("span", key("title"), class("bench-title"), m.Workbench),
		el("span", key("status"), class("bench-status"), el("span", class("dot "+string(st.Status))), el("span", m.statusText(st.Status, st.RestReason))),
		el("span", key("gap"), class("gap")),
		el("span", key("who"), class("who"), join(" · ", m.v.Profile.Name, m.v.Profile.StaffNo)),
		m.iconButton("", "close", m.CloseWorkbench, Action{"workbench", ""}))
}

// sessionList is every session, the newest last.
func (m *model) sessionList() *Node {
	list := el("nav", key("list"), class("bench-list"), label(m.Calls), el("h3", key("title"), m.Calls))
	if len(m.v.Sessions) == 0 {
		list.add([]any{el("p", key("none"), class("hint"), m.NoCalls)})
	}
	main := m.main()
	for i := range m.v.Sessions {
		s := &m.v.Sessions[i]
		n := el("button", key(s.SessionID), attr("type", "button"), class("entry-row "+string(s.State)), on("click", Action{"look", s.SessionID}),
			aria("aria-current", s == main), el("span", class("lamp "+string(s.State))),
			el("span", class("line-text"), el("span", class("line-name"), m.name(s)), el("span", class("line-state"), m.stateText(s))), timeNode(m.duration(s)))
		list.add([]any{n})
	}
	return list
}

func (m *model) benchMain() *Node {
	main := el("div", key("main"), class("bench-main"))
	switch s := m.main(); {
	case s != nil:
		main.add([]any{m.card(s)})
	case m.v.Phase == agent.PhaseReady && m.v.State.Status == wire.StatusArrange:
		main.add([]any{m.arrange()})
	default:
		text := m.NotWaiting
		if m.v.State.Status == wire.StatusFree {
			text = m.Waiting
		}
		main.add([]any{el("div", key("empty"), class("empty"), icon("headset"), el("p", text))})
	}
	return main
}

func (m *model) tools() *Node {
	tools := el("aside", key("tools"), class("bench-tools"))
	if m.v.Phase == agent.PhaseReady {
		tools.add([]any{el("h3", key("dial-title"), m.CallOut), m.dialPad("bench"), el("h3", key("devices-title"), m.Devices), m.devices()})
	}
	return tools
}
