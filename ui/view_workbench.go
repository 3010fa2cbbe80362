package ui

import (
	"strconv"

	"tccc/agent"
	"tccc/wire"
)

// Tabs of the workbench.
const (
	TabSessions   = "sessions"
	TabDial       = "dial"
	TabColleagues = "colleagues"
	TabHistory    = "history"
	TabSettings   = "settings"
)

// workbench is the large panel: tabs at the side, the chosen one beside them.
// How is "floating" or "embedded".
func (m *model) workbench(how string) *Node {
	bench := tree("section#bench[role=region][class=bench ?][aria-label=?](*)", nodes{m.benchHeader()}, how,
		m.Workbench)
	if m.s.Menu == MenuBenchStatus {
		bench.add(m.statusMenu())
	}
	bench.add(m.connection(), m.noticeStrip(), m.failureStrip(), m.pending())
	if m.v.Profile.UserID == "" { // not logged in yet
		bench.add(m.emptyPane("headset", m.phaseText()))
		return bench
	}
	page := el("div#page.bench-page[role=tabpanel][aria-label=?]", m.tabName(m.tab()))
	if m.tab() != TabSessions {
		page.add(m.liveRows())
	}
	switch m.tab() {
	case TabDial:
		page.add(m.dialPage())
	case TabColleagues:
		page.add(m.colleaguesPage())
	case TabHistory:
		page.add(m.historyPage())
	case TabSettings:
		page.add(m.settingsPage())
	default:
		page.add(tree("div#sessions.bench-sessions(* *)", nodes{m.sessionColumn(), m.sessionPane()}))
	}
	bench.add(tree("div#body.bench-body(* *)", nodes{m.rail(), page}))
	return bench
}

// tab is the chosen tab.
func (m *model) tab() string {
	if m.s.Tab == "" {
		return TabSessions
	}
	return m.s.Tab
}

// benchHeader is the agent's status, where it is always seen, and who it is.
func (m *model) benchHeader() *Node {
	head := tree("header#header.bench-header(*)", nodes{m.statusButton(MenuBenchStatus)})
	if st := &m.v.State; st.Status == wire.StatusArrange && m.v.Phase == agent.PhaseReady {
		head.add(m.deadline(st.Deadline), m.button("primary small", "check", m.FinishNow, Action{"status", "free"}))
	}
	head.add(el("span#gap.gap"))
	if m.v.Mic {
		head.add(m.micOn())
	}
	head.add(el("span#who.who[title=?](?)", m.v.Profile.UserID,
		join(" · ", m.v.Profile.Name, m.v.Profile.StaffNo)),
		m.iconButton("", "close", m.CloseWorkbench, Action{"workbench", ""}))
	return head
}

// rail are the tabs, with the number of sessions that want something.
func (m *model) rail() *Node {
	rail := el("div#rail.rail[role=tablist][aria-orientation=vertical][aria-label=?]", m.Workbench)
	for _, t := range []struct{ tab, icon string }{
		{TabSessions, "chats"}, {TabDial, "keypad"}, {TabColleagues, "people"}, {TabHistory, "clock"},
		{TabSettings, "gear"},
	} {
		n := el("button.tab[type=button][role=tab][key=?][data-click=tab][data-arg?][aria-selected=?](%? span("+
			"?))", t.tab, t.tab, truth(m.tab() == t.tab), t.icon, m.tabName(t.tab))
		if waiting := m.waiting(); t.tab == TabSessions && waiting > 0 {
			n.add(el("b.badge(?)", strconv.Itoa(waiting)))
		}
		rail.add(n)
	}
	return m.roving(rail, "tab:"+m.tab())
}

func (m *model) tabName(tab string) string {
	switch tab {
	case TabDial:
		return m.CallOut
	case TabColleagues:
		return m.Colleagues
	case TabHistory:
		return m.History
	case TabSettings:
		return m.SettingsTab
	}
	return m.Sessions
}

// waiting is how many sessions ring or have messages that were not read.
func (m *model) waiting() (n int) {
	for i := range m.v.Sessions {
		if s := &m.v.Sessions[i]; s.State == wire.StateRinging || s.Chat != nil && s.Chat.Unread > 0 && s.Live() {
			n++
		}
	}
	return n
}

// liveRows are the sessions that need the agent, on the tabs that do not show
// them anyway.
func (m *model) liveRows() *Node {
	rows := el("div#live.live[role=group][aria-label=?]", m.Sessions)
	for i := range m.v.Sessions {
		if s := &m.v.Sessions[i]; s.State == wire.StateRinging || s.Live() && s.Type != wire.TypeIM {
			rows.add(m.row(s))
		}
	}
	if len(rows.Children) == 0 {
		return nil
	}
	return rows
}

// sessionColumn is every session, in the order they came, and the queues that
// the next ones come from.
func (m *model) sessionColumn() *Node {
	list := el("div#list.bench-list[role=group][aria-label=?]", m.Sessions)
	main := m.main()
	for i := range m.v.Sessions {
		list.add(m.entry(&m.v.Sessions[i], main))
	}
	if len(m.v.Sessions) == 0 {
		list.add(el("p#none.hint(?)", m.NoSessions))
	}
	chosen := ""
	if main != nil {
		chosen = "look:" + main.SessionID
	}
	return tree("div#column.bench-column(* *)", nodes{m.roving(list, chosen), m.queues()})
}

// entry is a session in the list of all. One that rings is answered here as
// well, whatever is shown beside the list.
func (m *model) entry(s, main *wire.Session) *Node {
	picture := el("span[class=entry-icon ?](%?)", string(s.State), typeIcon(s))
	if isChat(s) {
		picture = m.face(s, "")
	}
	n := tree("button[type=button][key=?][class=entry-row ?][data-click=look][data-arg?][aria-current=?](* "+
		"span.line-text(span.line-name(?) span.line-state(?)) * *)",
		nodes{picture, timeNode(m.duration(s)), m.unread(s)}, s.SessionID, string(s.State), s.SessionID,
		truth(s == main), m.name(s), m.stateText(s))
	if s.State != wire.StateRinging || s == main {
		return n
	}
	return tree("div.entry-ringing[key=?](* * *)",
		nodes{n, m.iconButton("stop small", declineIcon(s), m.Decline, Action{"hangup", s.SessionID}),
			m.iconButton("go small", typeIcon(s), m.acceptName(s), Action{"accept", s.SessionID})},
		s.SessionID)
}

// typeIcon is the picture of a session's type.
func typeIcon(s *wire.Session) string {
	switch s.Type {
	case wire.TypeIM:
		return "chat"
	case wire.TypeVideo:
		return "camera"
	case wire.TypeInternal:
		return "people"
	}
	return "phone"
}

// sessionPane is the chosen session, or what the agent waits for.
func (m *model) sessionPane() *Node {
	pane := el("div#main.bench-main")
	switch s := m.main(); {
	case s != nil:
		pane.add(m.sessionView(s))
	case m.v.Phase == agent.PhaseReady && m.v.State.Status == wire.StatusArrange:
		pane.add(m.arrange())
	case m.v.Phase == agent.PhaseReady && m.v.State.Status == wire.StatusOffline:
		pane.add(tree("div#empty.empty(%headset p(?) *)",
			nodes{m.button("primary", "", m.GoOnline, Action{"status", "online"})}, m.NotWaiting))
	case m.v.State.Status == wire.StatusFree:
		pane.add(m.emptyPane("headset", m.Waiting))
	default:
		pane.add(m.emptyPane("headset", m.NotWaiting))
	}
	return pane
}

// sessionView shows a session large, as its type asks for.
func (m *model) sessionView(s *wire.Session) *Node {
	if isChat(s) {
		return m.chatView(s)
	}
	return m.card(s)
}

func (m *model) emptyPane(iconName, text string) *Node {
	return el("div#empty.empty(%? p(?))", iconName, text)
}

// roving makes a list one stop of the Tab key: the arrow keys walk its buttons
// (WAI-ARIA, roving tabindex). Chosen is the action of the button that the
// list is entered at, unless the agent has walked elsewhere.
func (m *model) roving(list *Node, chosen string) *Node {
	list.set("data-rove", list.Key)
	var first, at *Node
	walked := m.s.Rove[list.Key]
	list.Find(func(n *Node) bool {
		if n.Tag != "button" {
			return false
		}
		if first == nil {
			first = n
		}
		id := n.Attr("data-click") + ":" + n.Attr("data-arg")
		if id == walked || id == chosen && (at == nil || walked == "") {
			at = n
		}
		n.set("tabindex", "-1")
		return false
	})
	if at == nil {
		at = first
	}
	if at != nil {
		at.Attrs[len(at.Attrs)-1].Value = "0"
	}
	return list
}
