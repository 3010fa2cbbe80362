package ui

// settingsPage are the devices and how the agent is told of calls.
func (m *model) settingsPage() *Node {
	return el("div#settings.page.settings",
		el("h3#devices-title", m.Devices), m.devices(),
		el("h3#notify-title", m.Notifications), m.notifications(),
		el("h3#keys-title", m.Keyboard), el("p#keys.hint", m.KeyboardHelp))
}

// notifications says whether the system tells of calls while the page is in the
// background, and asks for it.
func (m *model) notifications() *Node {
	switch m.s.Notify {
	case NotifyAsk:
		return el("div#notify.setting", el("p.hint", m.NotifyHint), m.button("plain", "bell", m.NotifyAllow, Action{"notify", ""}))
	case NotifyOn:
		return el("p#notify.hint", m.NotifyOn)
	case NotifyBlocked:
		return el("p#notify.hint", m.NotifyBlocked)
	}
	return el("p#notify.hint", m.NotifyNone)
}
