package ui

// dialPage is a field with keys, and whom the agent spoke with last.
func (m *model) dialPage() *Node {
	page := el("div#dial.page.dial-page", m.dialPad("bench"))
	if m.s.History != nil {
		recent := el("ul#recent.rows", label(m.Recent))
		seen := map[string]bool{}
		for i := range m.s.History.Entries {
			e := &m.s.History.Entries[i]
			if number := entryNumber(e); number != "" && !seen[number] && len(seen) < recentMost {
				seen[number] = true
				recent.add([]any{m.historyRow(e)})
			}
		}
		if len(recent.Children) > 0 {
			page.add([]any{el("div#recents.page-side", el("h3", m.Recent), m.roving(recent, ""))})
		}
	}
	return page
}

// recentMost bounds the numbers to dial again.
const recentMost = 8
