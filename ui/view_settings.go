package ui

import "tccc/wire"

// settingsPage are the devices and how the agent is told of calls.
func (m *model) settingsPage() *Node {
	return el("div#settings.page.settings", m.seats(),
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

// seats lets an agent with telephones choose where the next calls are carried.
func (m *model) seats() *Node {
	if len(m.v.Profile.Seats) == 0 {
		return nil
	}
	chosen := m.v.State.ServerType
	if chosen == "" {
		chosen = wire.StaffSeat
	}
	list := el("select.input", label(m.Seat), attr("value", string(chosen)), on("change", Action{"seat", ""}))
	for _, seat := range append([]wire.ServerType{wire.StaffSeat}, m.v.Profile.Seats...) {
		list.add([]any{el("option", key(string(seat)), attr("value", string(seat)), m.seatName(seat))})
	}
	box := el("div#seats.seats", el("h3", m.Seat), list)
	if m.v.State.PhoneAway {
		box.add([]any{el("p#away.hint[role=status]", m.PhoneAway)})
	}
	return box
}

func (m *model) seatName(seat wire.ServerType) string {
	switch seat {
	case wire.StaffExtensionSeat:
		return m.DeskPhone
	case wire.StaffPhoneSeat:
		return m.MobilePhone
	}
	return m.ThisBrowser
}
