package ui

// dialPage is a field with keys, and whom the agent spoke with last.
func (m *model) dialPage() *Node {
	page := tree("div#dial.page.dial-page(*)", nodes{m.dialPad("bench")})
	if m.s.History != nil {
		recent := el("ul#recent.rows[aria-label=?]", m.Recent)
		seen := map[string]bool{}
		for i := range m.s.History.Entries {
			e := &m.s.History.Entries[i]
			if number := entryNumber(e); number != "" && !seen[number] && len(seen) < recentMost {
				seen[number] = true
				recent.add(m.historyRow(e))
			}
		}
		if len(recent.Children) > 0 {
			page.add(tree("div#recents.page-side(h3(?) *)", nodes{m.roving(recent, "")}, m.Recent))
		}
	}
	return page
}

// recentMost bounds the numbers to dial again.
const recentMost = 8
