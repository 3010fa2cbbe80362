package ui

import (
	"tccc/agent"
	"tccc/wire"
)

// workbench is the large panel: sessions on the left, the chosen one in the
// middle, tools on the right. How is "floating" or "embedded".
func (m *model) workbench(how string) *Node {
	bench := el("section#bench[role=region]", class("bench "+how), label(m.Workbench), m.benchHeader())
	bench.add([]any{m.connection(), m.noticeStrip(), m.failureStrip(),
		el("div#body.bench-body", m.sessionList(), m.benchMain(), m.tools())})
	return bench
}

func (m *model) benchHeader() *Node {
	st := &m.v.State
	return el("header#header.bench-header",
		el("span#title.bench-title", m.Workbench),
		el("span#status.bench-status", el("span", class("dot "+string(st.Status))), el("span", m.statusText(st.Status, st.RestReason))),
		el("span#gap.gap"),
		el("span#who.who", join(" · ", m.v.Profile.Name, m.v.Profile.StaffNo)),
		m.iconButton("", "close", m.CloseWorkbench, Action{"workbench", ""}))
}

// sessionList is every session, the newest last.
func (m *model) sessionList() *Node {
	list := el("nav#list.bench-list", label(m.Calls), el("h3#title", m.Calls))
	if len(m.v.Sessions) == 0 {
		list.add([]any{el("p#none.hint", m.NoCalls)})
	}
	main := m.main()
	for i := range m.v.Sessions {
		s := &m.v.Sessions[i]
		n := el("button[type=button]", key(s.SessionID), class("entry-row "+string(s.State)), on("click", Action{"look", s.SessionID}),
			aria("aria-current", s == main), el("span", class("lamp "+string(s.State))),
			el("span.line-text", el("span.line-name", m.name(s)), el("span.line-state", m.stateText(s))), timeNode(m.duration(s)))
		list.add([]any{n})
	}
	return list
}

func (m *model) benchMain() *Node {
	main := el("div#main.bench-main")
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
		main.add([]any{el("div#empty.empty", icon("headset"), el("p", text))})
	}
	return main
}

func (m *model) tools() *Node {
	tools := el("aside#tools.bench-tools")
	if m.v.Phase == agent.PhaseReady {
		tools.add([]any{el("h3#dial-title", m.CallOut), m.dialPad("bench"), el("h3#devices-title", m.Devices), m.devices()})
	}
	return tools
}
