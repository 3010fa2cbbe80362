package ui

import "tccc/wire"

// settingsPage are the devices and how the agent is told of calls.
func (m *model) settingsPage() *Node {
	return tree("div#settings.page.settings(* h3#devices-title(?) * h3#notify-title(?) * h3#keys-title(?) "+
		"p#keys.hint(?))", nodes{m.seats(), m.devices(), m.notifications()}, m.Devices, m.Notifications,
		m.Keyboard, m.KeyboardHelp)
}

// notifications says whether the system tells of calls while the page is in the
// background, and asks for it.
func (m *model) notifications() *Node {
	switch m.s.Notify {
	case NotifyAsk:
		return tree("div#notify.setting(p.hint(?) *)",
			nodes{m.button("plain", "bell", m.NotifyAllow, Action{"notify", ""})}, m.NotifyHint)
	case NotifyOn:
		return el("p#notify.hint(?)", m.NotifyOn)
	case NotifyBlocked:
		return el("p#notify.hint(?)", m.NotifyBlocked)
	}
	return el("p#notify.hint(?)", m.NotifyNone)
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
	list := el("select.input[aria-label=?][value=?][data-change=seat]", m.Seat, string(chosen))
	for _, seat := range append([]wire.ServerType{wire.StaffSeat}, m.v.Profile.Seats...) {
		list.add(el("option[key=?][value=?](?)", string(seat), string(seat), m.seatName(seat)))
	}
	box := tree("div#seats.seats(h3(?) *)", nodes{list}, m.Seat)
	if m.v.State.PhoneAway {
		box.add(el("p#away.hint[role=status](?)", m.PhoneAway))
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
