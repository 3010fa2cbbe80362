package ui

import (
	"fmt"
	"time"

	"tccc/wire"
)

// historyPage are the agent's sessions of today, the last ones first.
func (m *model) historyPage() *Node {
	page := el("div#history.page(h3#title(?))", m.Today)
	h := m.s.History
	if h != nil {
		page.add(m.narrowing(h))
	}
	switch {
	case h == nil:
		page.add(el("p#wait.hint(?)", m.Connecting))
		return page
	case len(h.Entries) == 0:
		page.add(m.emptyPane("clock", m.NothingYet))
		return page
	}
	list := el("ul#entries.rows[aria-label=?]", m.History)
	for i := range h.Entries {
		list.add(m.historyRow(&h.Entries[i]))
	}
	page.add(m.roving(list, ""))
	if h.More {
		page.add(m.button("plain", "", m.Earlier, Action{"earlier", ""}))
	}
	return page
}

// narrowing chooses whose sessions are shown: of a group, ended by a side.
func (m *model) narrowing(h *wire.HistoryResult) *Node {
	groups := el("select.input[aria-label=?][value=?][data-change=onlyGroup](option#all[value=](?))",
		m.Group, m.s.Only.SkillGroupID, m.AllGroups)
	for _, g := range h.Groups {
		groups.add(el("option[key=?][value=?](?)", g.ID, g.ID, g.Name))
	}
	return tree("div#only.narrowing(* select.input[aria-label=?][value=?][data-change=onlyEnded]("+
		"option#all[value=](?) option#client[value=client](?) option#seat[value=seat](?) "+
		"option#timer[value=timer](?) option#admin[value=admin](?)))", nodes{groups},
		m.HungUpBy, string(m.s.Only.CloseBy), m.AllEnds, m.EndedByCustomer, m.EndedByAgent, m.EndedByTimer,
		m.EndedBySystem)
}

// historyRow is an ended session: who, when, how long, how it ended.
func (m *model) historyRow(e *wire.HistoryEntry) *Node {
	s := wire.Session{Type: e.Type, Direction: e.Direction, State: wire.StateEnded, Caller: e.Caller, Callee: e.Callee,
		PeerUserID: e.PeerUserID, Title: e.Nickname, CloseBy: e.CloseBy, MainReason: e.MainReason}
	kind, tone, result := typeIcon(&s), "", clock(e.Duration)
	if s.Type == wire.TypePhone || s.Type == wire.TypeVoIP {
		kind = string(e.Direction)
	}
	switch {
	case e.Missed:
		kind, tone, result = "missed", "bad", m.Missed
	case e.AnsweredAt == 0:
		tone, result = "off", m.why(&s)
	}
	number := entryNumber(e)
	second := m.group(e.SkillGroupID)
	if e.Nickname != "" {
		second = join(" · ", number, second)
	}
	row := el("li.row-item[key=?](span[class=entry-icon ?](%?) span.line-text(span.line-name(?) "+
		"span.line-state(?)) span[class=row-result ?](?) span.row-time(?))", e.SessionID, tone, kind,
		m.name(&s), join(" · ", second, e.Remark), tone, result, m.timeOfDay(e.StartedAt))
	actions := el("span#actions.row-actions")
	if e.Recording != "" {
		actions.add(m.iconButton("", "play", m.PlayRecording, Action{"play", e.SessionID}))
	}
	if number != "" {
		actions.add(m.iconButton("call", "phone", fmt.Sprintf(m.CallBack, number), Action{"callBack", number}))
	}
	row.add(actions)
	if m.s.Playing == e.SessionID {
		row.add(m.player(e))
	}
	return row
}

// entryNumber is the number to call back; chats and colleagues have none.
func entryNumber(e *wire.HistoryEntry) string {
	switch {
	case e.Type != wire.TypePhone:
		return ""
	case e.Direction == wire.Outbound:
		return callable(e.Callee)
	}
	return callable(e.Caller)
}

// callable is a number of a record, "" if it cannot be dialled.
func callable(number string) string {
	n, err := wire.ParseNumber(number)
	if err != nil {
		return ""
	}
	return n.String()
}

// timeOfDay is a time of the gateway on the clock of the agent's wall.
func (m *model) timeOfDay(at int64) string {
	t := time.UnixMilli(at - m.v.ClockOffset)
	return fmt.Sprintf("%02d:%02d", t.Hour(), t.Minute())
}
