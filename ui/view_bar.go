package ui

import (
	"fmt"
	"strconv"

	"tccc/agent"
	"tccc/wire"
)

// float is the floating button: what the agent does, in a line. It folds the
// call bar and can be moved.
func (m *model) float() *Node {
	tone, text, time := m.summary()
	name := m.OpenCallBar
	if m.s.Open {
		name = m.FoldCallBar
	}
	button := el("button#float[type=button][data-click=fold][data-drag=float][aria-label=?][title=?]"+
		"[aria-expanded=?]", join(". ", name, text, m.Drag), m.Drag, truth(m.s.Open))
	if m.s.Open { // the bar says it all
		button.set("class", "float open t-"+tone)
		button.add(el("span#icon.float-icon(%chevron)"))
		return button
	}
	button.set("class", "float t-"+tone)
	button.add(el("span#icon.float-icon(%?)", m.floatIcon()), el("span#text.float-text(?)", text), timeNode(time))
	if n := m.allUnread(); n > 0 {
		button.add(el("b#unread.badge[title=?](?)", fmt.Sprintf(m.Unread, n), strconv.Itoa(n)))
	}
	if n := m.s.notice(&m.v); n != nil && n.Code != m.s.Dismissed {
		message, _ := explain(m.s.Lang, n)
		button.add(el("span#mark.mark[title=?](%alert)", message))
	}
	return button
}

func timeNode(time string) *Node {
	if time == "" {
		return nil
	}
	return el("span.time(?)", time)
}

func (m *model) floatIcon() string {
	if s := m.main(); s != nil && s.Live() {
		return typeIcon(s)
	}
	if m.first(wire.StateRinging) != nil || m.first(wire.StateDialing) != nil || m.first(wire.StateTalking) != nil {
		return "phone"
	}
	return "headset"
}

// summary is the most important thing: its tone, its words, its time.
func (m *model) summary() (tone, text, time string) {
	if s := m.main(); s != nil && s.State != wire.StateEnded {
		switch s.State {
		case wire.StateRinging:
			return "ringing", m.name(s), ""
		case wire.StateDialing:
			return "dialing", m.name(s), ""
		case wire.StateHeld:
			return "held", m.name(s), m.since(s.AnsweredAt)
		}
		if isChat(s) {
			return "talking", m.name(s), m.duration(s)
		}
		return "talking", m.name(s), m.since(s.AnsweredAt)
	}
	if m.v.Phase != agent.PhaseReady {
		return "away", m.phaseText(), ""
	}
	st := &m.v.State
	if st.Deadline > 0 {
		return string(st.Status), m.statusText(st.Status, st.RestReason), clock(m.left(st.Deadline) * 1000)
	}
	return string(st.Status), m.ownStatus(), ""
}

// bar is the call bar.
func (m *model) bar() *Node {
	bar := tree("section#bar.bar[role=region][aria-label=?](*)", nodes{m.header()}, m.CallBar)
	bar.add(m.connection(), m.noticeStrip(), m.failureStrip(), m.pending())
	switch m.s.Menu {
	case MenuStatus:
		bar.add(m.statusMenu())
	case MenuDevices:
		bar.add(m.devices())
	case MenuDial:
		bar.add(m.dialPad("menu"), m.callColleague())
	}
	if calls := m.calls(); len(calls) > 0 {
		list := el("div#calls.calls")
		list.add(calls...)
		bar.add(list)
	} else if m.s.Menu == "" {
		bar.add(m.idle())
	}
	bar.add(m.footer())
	return bar
}

// header shows who the agent is and the status, and what can be opened.
func (m *model) header() *Node {
	actions := el("div#actions.header-actions")
	if m.v.Phase == agent.PhaseReady {
		actions.add(m.toggle(MenuDial, "keypad", m.CallOut), m.toggle(MenuDevices, "headset", m.Devices))
	}
	actions.add(el("button#workbench.icon-btn[type=button][data-click=workbench][named=?]"+
		"[aria-pressed=?](%workbench)", m.workbenchName(), truth(m.s.Workbench)))
	return tree("header#header.header(* *)", nodes{m.statusButton(MenuStatus), actions})
}

// statusButton shows the status and opens the menu of those to choose from.
func (m *model) statusButton(menu string) *Node {
	st := &m.v.State
	if m.v.Phase != agent.PhaseReady && m.v.Phase != agent.PhaseReconnecting {
		return el("span#phase.status.plain(span.dot.away span.status-text(?))", m.phaseText())
	}
	time := m.since(st.Since)
	if st.Status == wire.StatusOffline || st.Deadline > 0 { // what is left is shown instead
		time = ""
	}
	return tree("button#status.status[type=button][aria-haspopup=menu][data-click=menu][data-arg?]"+
		"[aria-expanded=?][title=?][aria-disabled?](span[class=dot ?] span.status-text(?) * %chevron)",
		nodes{timeNode(time)}, menu, truth(m.s.Menu == menu), m.ChangeStatus,
		unavailable(m.v.Phase != agent.PhaseReady), string(st.Status), m.ownStatus())
}

func (m *model) workbenchName() string {
	if m.s.Workbench {
		return m.CloseWorkbench
	}
	return m.OpenWorkbench
}

func (m *model) toggle(menu, iconName, name string) *Node {
	open := m.s.Menu == menu
	classes := "icon-btn"
	if open {
		classes += " active"
	}
	return el("button[type=button][key=menu-?][class=?][named=?][data-click=menu][data-arg?]"+
		"[aria-expanded=?](%?)", menu, classes, name, menu, truth(open), iconName)
}

// pending shows the status that follows the session.
func (m *model) pending() *Node {
	p := m.v.State.Pending
	if p == nil {
		return nil
	}
	return el("div#pending.pending(%clock ?)", fmt.Sprintf(m.AfterThis, m.statusText(p.Status, p.RestReason)))
}

// statusMenu offers the statuses that an agent can choose.
func (m *model) statusMenu() *Node {
	menu := el("div#status-menu.menu[role=menu][aria-label=?]", m.ChangeStatus)
	item := func(value string, status wire.Status, reason, text string) {
		chosen := m.v.State.Status == status && (status != wire.StatusRest || m.v.State.RestReason == reason)
		if p := m.v.State.Pending; p != nil {
			chosen = p.Status == status && p.RestReason == reason
		}
		n := el("button.item[type=button][role=menuitemradio][key=?][aria-checked=?][data-click=status]"+
			"[data-arg?](span[class=dot ?] span.item-text(?))", value, truth(chosen), value, string(status),
			text)
		if chosen {
			n.add(icon("check"))
		}
		menu.add(n)
	}
	if m.v.State.Status == wire.StatusOffline {
		item("online", wire.StatusFree, "", m.GoOnline)
		return menu
	}
	item("free", wire.StatusFree, "", m.Free)
	item("notReady", wire.StatusNotReady, "", m.NotReady)
	item("rest", wire.StatusRest, "", m.Rest)
	for _, reason := range m.v.Settings.BreakReasons {
		item("rest:"+reason, wire.StatusRest, reason, m.Rest+" · "+reason)
	}
	item("offline", wire.StatusOffline, "", m.Offline)
	return m.roving(menu, "")
}

// idle is what the bar shows without a call: what the agent waits for, the
// countdown of after-call work, and a field to call out.
func (m *model) idle() *Node {
	if m.v.Phase != agent.PhaseReady {
		return nil
	}
	body := el("div#idle.idle")
	switch st := &m.v.State; {
	case st.Status == wire.StatusArrange:
		body.add(m.arrange())
	case st.Status == wire.StatusOffline:
		body.add(el("p#hint.hint(?)", m.NotWaiting),
			m.button("primary wide", "", m.GoOnline, Action{"status", "online"}))
		return body
	case st.Status == wire.StatusFree:
		body.add(el("p#hint.hint(?)", m.Waiting))
	default:
		body.add(el("p#hint.hint(?)", m.NotWaiting))
	}
	body.add(m.dialField())
	return body
}

// arrange is the countdown of after-call work.
func (m *model) arrange() *Node {
	st := &m.v.State
	box := tree("div#arrange.arrange(div.arrange-row(span.arrange-title(?) *))",
		nodes{m.deadline(st.Deadline)}, m.AfterCall)
	if total := int64(m.v.Settings.ArrangeSeconds); total > 0 && st.Deadline > 0 {
		box.add(progress(float64(m.left(st.Deadline)) / float64(total)))
	}
	box.add(m.button("primary wide", "check", m.FinishNow, Action{"status", "free"}))
	return box
}

func (m *model) deadline(at int64) *Node {
	if at == 0 {
		return nil
	}
	return el("span.time(?)", clock(m.left(at)*1000))
}

// progress is a bar that runs out; share is what is left, 0 to 1.
func progress(share float64) *Node {
	share = min(max(share, 0), 1)
	return el("div#progress.progress[aria-hidden=true](div.progress-fill[style:transform=?])",
		fmt.Sprintf("scaleX(%.3f)", share))
}

// footer is the state of the audio.
func (m *model) footer() *Node {
	if m.v.Phase != agent.PhaseReady || !m.v.Profile.TakesCalls() || m.v.State.Status == wire.StatusOffline {
		return nil
	}
	text, tone := m.mediaText()
	n := el("footer#footer.footer(span[class=lamp ?] span.footer-text(?))", tone, text)
	if m.v.Mic {
		n.add(m.micOn())
		return n
	}
	who := join(" · ", m.v.Profile.Name, m.v.Profile.StaffNo)
	n.add(el("span#who.who[title=?](?)", m.v.Profile.UserID, who))
	return n
}

func (m *model) micOn() *Node {
	return el("span#mic.mic-on(%mic span(?))", m.MicOn)
}

func (m *model) mediaText() (text, tone string) {
	if st := &m.v.State; st.OnPhone() {
		if st.PhoneAway {
			return m.seatName(st.ServerType) + ": " + m.PhoneAway, "bad"
		}
		return m.seatName(st.ServerType), "ok"
	}
	switch m.v.Media {
	case agent.MediaConnected:
		return m.AudioReady, "ok"
	case agent.MediaConnecting:
		return m.AudioConnecting, "wait"
	case agent.MediaLost:
		return m.AudioLost, "warn"
	case agent.MediaFailed:
		return m.AudioFailed, "bad"
	}
	return m.AudioNone, "off"
}

// connection says that the gateway is away.
func (m *model) connection() *Node {
	if m.v.Phase != agent.PhaseReconnecting && m.v.Phase != agent.PhaseConnecting {
		return nil
	}
	return el("div#connection.strip.wait[role=status](span.spinner[aria-hidden=true] span(?))", m.phaseText())
}

func (m *model) phaseText() string {
	switch m.v.Phase {
	case agent.PhaseReconnecting:
		return m.Reconnecting
	case agent.PhaseRefused:
		return m.Refused
	case agent.PhaseKicked:
		return m.Kicked
	case agent.PhaseClosed:
		return m.Closed
	case agent.PhaseReady:
		return ""
	}
	return m.Connecting
}

// ownStatus is the agent's status, and of a busy agent what there is to do.
func (m *model) ownStatus() string {
	if m.v.State.Status != wire.StatusBusy {
		return m.statusText(m.v.State.Status, m.v.State.RestReason)
	}
	most, text := -1, m.Busy
	for i := range m.v.Sessions {
		s := &m.v.Sessions[i]
		if rank := occupation(s); rank > most {
			most = rank
			switch {
			case isChat(s) && s.State != wire.StateRinging:
				text = m.InChat
			case isChat(s):
				text = m.NewChat
			default:
				text = m.stateText(s)
			}
		}
	}
	return text
}

// occupation orders what keeps an agent busy: whom one talks to first, chats
// last; -1 for what is over.
func occupation(s *wire.Session) int {
	switch {
	case !s.Live():
		return -1
	case s.State == wire.StateRinging:
		return 2
	case isChat(s):
		return 0
	case s.State == wire.StateTalking:
		return 4
	case s.State == wire.StateDialing:
		return 3
	}
	return 1
}

func (m *model) statusText(s wire.Status, reason string) string {
	switch s {
	case wire.StatusFree:
		return m.Free
	case wire.StatusBusy:
		return m.Busy
	case wire.StatusArrange:
		return m.Arrange
	case wire.StatusNotReady:
		return m.NotReady
	case wire.StatusRest:
		return join(" · ", m.Rest, reason)
	}
	return m.Offline
}
