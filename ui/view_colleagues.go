package ui

import (
	"fmt"

	"tccc/agent"
	"tccc/wire"
)

// queues are those of the agent's own skill groups, as they are now.
func (m *model) queues() *Node {
	if len(m.s.Queues) == 0 {
		return nil
	}
	box := el("div#queues.queues[role=group][aria-label=?](h3(?))", m.Queues, m.Queues)
	for _, g := range m.s.Queues {
		box.add(tree("div.queue[key=?](span.queue-name(?) *)", nodes{m.queueNumbers(&g)}, g.SkillGroupID,
			g.Name))
	}
	return box
}

// queueNumbers are who waits in a group, for how long, and who could take it.
func (m *model) queueNumbers(g *wire.ColleagueGroup) *Node {
	n := el("span.queue-numbers(span[class=?](?))", tone(g.Waiting > 0), fmt.Sprintf(m.QueueWaiting, g.Waiting))
	if g.WaitingSince > 0 {
		n.add(el("span.warn(?)", fmt.Sprintf(m.QueueLongest, m.since(g.WaitingSince))))
	}
	n.add(el("span(?)", fmt.Sprintf(m.QueueFree, g.Free, g.Online)))
	return n
}

func tone(warn bool) string {
	if warn {
		return "warn"
	}
	return "quiet"
}

// colleaguesPage is everybody else and every group; supervisors can take part
// in conversations here.
func (m *model) colleaguesPage() *Node {
	page := el("div#colleagues.page")
	c := m.s.Colleagues
	if c == nil {
		page.add(el("p#wait.hint(?)", m.Connecting))
		return page
	}
	page.add(m.search())
	people := el("ul#everybody.rows[aria-label=?]", m.Colleagues)
	for i := range c.Agents {
		if a := &c.Agents[i]; m.s.found(a.Name, a.UserID, a.StaffNo) {
			people.add(m.colleagueRow(a))
		}
	}
	if len(people.Children) == 0 {
		page.add(el("p#nobody.hint(?)", m.Nobody))
	} else {
		page.add(m.roving(people, ""))
	}
	groups := el("ul#all-groups.rows[aria-label=?]", m.Group)
	for i := range c.Groups {
		if g := &c.Groups[i]; m.s.found(g.Name, g.SkillGroupID) {
			groups.add(tree("li.row-item[key=?](span.entry-icon(%people) span.line-text(span.line-name("+
				"?)) *)", nodes{m.queueNumbers(g)}, g.SkillGroupID, g.Name))
		}
	}
	if len(groups.Children) > 0 {
		page.add(el("h3#groups-title(?)", m.Groups), groups)
	}
	return page
}

// colleagueRow is a colleague: status and since when, and what can be done.
func (m *model) colleagueRow(c *wire.Colleague) *Node {
	row := el("li.row-item[key=?](span[class=dot ?] span.line-text(span.line-name(?) span.line-state(?)) "+
		"span.row-result(?) span.row-time(?))", c.UserID, string(c.Status), c.Name, c.StaffNo,
		m.statusText(c.Status, ""), m.since(c.Since))
	actions := el("span#actions.row-actions")
	if c.SessionID != "" {
		if own := m.session(c.SessionID); own != nil && own.Monitor != "" && own.Live() {
			actions.add(m.button("link", "", m.InIt, Action{"look", c.SessionID}))
		} else {
			actions.add(m.button("plain small", "ear", m.MonitorListen, Action{"listen", c.SessionID}))
		}
	}
	call := m.iconButton("call", "phone", fmt.Sprintf(m.CallBack, c.Name), Action{"callAgent", c.UserID})
	if c.Status != wire.StatusFree || m.v.Phase != agent.PhaseReady {
		call.set("aria-disabled", "true")
	}
	actions.add(call)
	row.add(actions)
	return row
}

// monitoring is how a supervisor takes part, to choose from.
func (m *model) monitoring(s *wire.Session) *Node {
	if s.Monitor == "" || !s.Live() {
		return nil
	}
	modes := el("div#modes.controls[role=group][aria-label=?]", m.MonitorTitle)
	for _, o := range []struct {
		mode       wire.MonitorMode
		icon, name string
	}{
		{wire.MonitorListen, "ear", m.MonitorListen}, {wire.MonitorWhisper, "whisper", m.MonitorWhisper},
		{wire.MonitorBarge, "people", m.MonitorBarge},
	} {
		n := m.control(string(o.mode), o.icon, o.name, Action{string(o.mode), s.SessionID}, s.Monitor == o.mode)
		n.set("aria-pressed", truth(s.Monitor == o.mode))
		modes.add(n)
	}
	return modes
}
