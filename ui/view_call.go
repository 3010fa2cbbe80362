package ui

import (
	"fmt"

	"tccc/wire"
)

// calls are the sessions of the call bar: one large, the others as rows. Chats
// are read in the workbench.
func (m *model) calls() (nodes []*Node) {
	main := m.mainCall()
	if main != nil {
		nodes = append(nodes, m.sessionView(main))
	}
	for i := range m.v.Sessions {
		if s := &m.v.Sessions[i]; s != main {
			nodes = append(nodes, m.row(s))
		}
	}
	return nodes
}

// mainCall is the call that is shown large.
func (m *model) mainCall() *wire.Session {
	main := m.main()
	if main == nil || !isChat(main) {
		return main
	}
	main = nil
	for i := range m.v.Sessions {
		if s := &m.v.Sessions[i]; !isChat(s) && (main == nil || urgency(s.State) > urgency(main.State)) {
			main = s
		}
	}
	return main
}

// card shows a session large, with everything that can be done about it.
func (m *model) card(s *wire.Session) *Node {
	card := el("article[key=session-?][class=card ?][aria-label=?]", s.SessionID, string(s.State),
		join(", ", m.stateText(s), m.name(s)))
	card.add(m.cardTop(s), el("div#name.number(?)", m.name(s)), m.facts(s), m.path(s), m.pictures(s))
	switch s.State {
	case wire.StateRinging:
		card.add(m.countdown(s), m.answer(s))
	case wire.StateDialing:
		card.add(m.transferState(s), tree("div#act.row(*)",
			nodes{m.button("stop wide", "hangup", m.HangUp, Action{"hangup", s.SessionID})}))
	case wire.StateTalking, wire.StateHeld:
		card.add(m.qualityWarning(s), m.transferState(s), m.monitoring(s), m.controls(s), m.targets(s))
		if m.s.Keypad == s.SessionID {
			card.add(m.keypad())
		}
		card.add(tree("div#act.row(*)",
			nodes{m.button("stop wide", "hangup", m.HangUp, Action{"hangup", s.SessionID})}))
	case wire.StateEnded:
		card.add(el("p#why.why(?)", m.why(s)), tree("div#act.row(*)",
			nodes{m.button("plain wide", "check", m.Complete, Action{"complete", s.SessionID})}))
	}
	return card
}

// cardTop is the line above the number: state, direction, time, quality.
func (m *model) cardTop(s *wire.Session) *Node {
	direction := "in"
	if s.Direction == wire.Outbound {
		direction = "out"
	}
	top := el("div#top.card-top(%? span.state(?))", direction, m.stateText(s))
	if s.Muted && s.State == wire.StateTalking {
		top.add(el("span#muted.tag.warn(?)", m.Muted))
	}
	if s.Conference {
		top.add(el("span#conference.tag(?)", m.Conference))
	}
	top.add(el("span#gap.gap"))
	if s.State == wire.StateTalking && !s.ServerType.Phone() { // whose sound the page does not know
		top.add(m.quality())
	}
	if time := m.duration(s); time != "" {
		top.add(el("span#time.time[role=timer](?)", time))
	}
	return top
}

// duration is how long the session has lasted, of conversation if there was any.
func (m *model) duration(s *wire.Session) string {
	switch {
	case isChat(s) && s.State == wire.StateTalking:
		return m.since(m.waitsSince(s))
	case s.State == wire.StateEnded && s.AnsweredAt > 0 && s.EndedAt > 0:
		return clock(s.EndedAt - s.AnsweredAt)
	case s.State == wire.StateEnded || s.State == wire.StateRinging:
		return ""
	case s.AnsweredAt > 0:
		return m.since(s.AnsweredAt)
	}
	return m.since(s.OfferedAt)
}

func (m *model) stateText(s *wire.Session) string {
	if isChat(s) {
		return m.chatText(s)
	}
	switch s.State {
	case wire.StateRinging:
		return m.Incoming
	case wire.StateDialing:
		return m.Dialing
	case wire.StateHeld:
		return m.OnHold
	case wire.StateEnded:
		return m.Ended
	}
	return m.Talking
}

// facts are what is known of the customer: the number under a title, the place,
// the group, the number that was called.
func (m *model) facts(s *wire.Session) *Node {
	facts := el("div#facts.facts")
	if number := customerNumber(s); s.Title != "" && number != "" {
		facts.add(el("span#number.fact.mono(?)", number))
	}
	if s.Location != "" {
		facts.add(el("span#place.fact(%pin span(?))", s.Location))
	}
	if s.Type == wire.TypeInternal {
		facts.add(el("span#internal.fact.tag(?)", m.Internal))
	}
	if s.SkillGroupID != "" {
		facts.add(el("span#group.fact.tag[title=?](?)", m.Group, m.group(s.SkillGroupID)))
	}
	if s.Direction == wire.Inbound && s.Callee != "" {
		facts.add(el("span#via.fact(?)", fmt.Sprintf(m.Via, s.Callee)))
	}
	if s.Remark != "" {
		facts.add(el("span#remark.fact.remark(?)", s.Remark))
	}
	if len(facts.Children) == 0 {
		return nil
	}
	return facts
}

// path is what the caller pressed in the menu.
func (m *model) path(s *wire.Session) *Node {
	if len(s.IVRPath) == 0 {
		return nil
	}
	list := el("ol#path.path[aria-label=?]", m.Pressed)
	for _, k := range s.IVRPath {
		list.add(el("li.step(kbd(?) span(?))", k.Key, k.Label))
	}
	return list
}

// countdown is the time left to answer.
func (m *model) countdown(s *wire.Session) *Node {
	if s.RingDeadline == 0 {
		return nil
	}
	share := 1.0
	if total := s.RingDeadline - s.OfferedAt; total > 0 {
		share = float64(m.left(s.RingDeadline)*1000) / float64(total)
	}
	return tree("div#countdown.countdown(* span.time(?))", nodes{progress(share)},
		fmt.Sprintf(m.SecondsLeft, m.left(s.RingDeadline)))
}

// answer are the two great buttons.
func (m *model) answer(s *wire.Session) *Node {
	if s.ServerType.Phone() {
		return tree("div#act.row(* p#pick-up.hint.pick-up(%phone ?))",
			nodes{m.button("stop", "hangup", m.Decline, Action{"hangup", s.SessionID})}, m.PickUp)
	}
	return tree("div#act.row.answer(* *)",
		nodes{m.button("stop", declineIcon(s), m.Decline, Action{"hangup", s.SessionID}),
			m.button("go", typeIcon(s), m.acceptName(s), Action{"accept", s.SessionID})})
}

func declineIcon(s *wire.Session) string {
	if isChat(s) {
		return "close"
	}
	return "hangup"
}

// acceptName says what accepting does to the conversation that goes on.
func (m *model) acceptName(s *wire.Session) string {
	for i := range m.v.Sessions {
		if t := &m.v.Sessions[i]; s.Type != wire.TypeIM && t.Type != wire.TypeIM && t.State == wire.StateTalking {
			return m.AcceptHold
		}
	}
	return m.Accept
}

// controls are what can be done during a conversation.
func (m *model) controls(s *wire.Session) *Node {
	id := s.SessionID
	row := el("div#controls.controls")
	if s.State == wire.StateTalking && s.Monitor != wire.MonitorListen && m.s.button(ButtonMute) {
		if s.Muted {
			row.add(m.control("mute", "micOff", m.Unmute, Action{"unmute", id}, true))
		} else {
			row.add(m.control("mute", "mic", m.Mute, Action{"mute", id}, false))
		}
	}
	row.add(m.cameraControl(s), m.screenControl(s))
	if m.s.button(ButtonHold) && s.Monitor == "" {
		if s.State == wire.StateHeld {
			action := Action{"resume", id}
			if m.first(wire.StateTalking) != nil {
				action.Name = "switch"
			}
			row.add(m.control("hold", "play", m.Resume, action, true))
		} else {
			row.add(m.control("hold", "pause", m.Hold, Action{"hold", id}, false))
		}
	}
	if s.State == wire.StateTalking && s.Type == wire.TypePhone && m.s.button(ButtonKeypad) {
		n := m.control("keypad", "keypad", m.Keypad, Action{"keypad", id}, m.s.Keypad == id)
		n.set("aria-expanded", truth(m.s.Keypad == id))
		row.add(n)
	}
	row.add(m.transferControl(s))
	if len(row.Children) == 0 {
		return nil
	}
	return row
}

func (m *model) control(k, iconName, text string, a Action, pressed bool) *Node {
	classes := "control"
	if pressed {
		classes += " active"
	}
	return el("button[type=button][key=?][class=?][data-click=?][data-arg?][aria-disabled?](%? span(?))", k,
		classes, a.Name, a.Arg, unavailable(m.s.Busy[a.Name+":"+a.Arg]), iconName, text)
}

// row shows a session small: a held one can be switched to, an ended one put
// away.
func (m *model) row(s *wire.Session) *Node {
	row := el("article[key=session-?][class=line ?][aria-label=?](span#dot[class=lamp ?] div#text.line-text("+
		"span.line-name(?) span.line-state(?)))", s.SessionID, string(s.State),
		join(", ", m.stateText(s), m.name(s)), string(s.State), m.name(s),
		join(" · ", m.stateText(s), m.duration(s)))
	switch {
	case s.State == wire.StateRinging:
		row.add(m.iconButton("stop", declineIcon(s), m.Decline, Action{"hangup", s.SessionID}),
			m.iconButton("go", typeIcon(s), m.acceptName(s), Action{"accept", s.SessionID}))
	case s.Type == wire.TypeIM && s.Live():
		row.add(m.unread(s), m.iconButton("", "chat", m.OpenIt, Action{"open", s.SessionID}))
	case s.State == wire.StateHeld:
		row.add(m.iconButton("", "swap", m.SwitchTo, Action{"switch", s.SessionID}),
			m.iconButton("stop", "hangup", m.HangUp, Action{"hangup", s.SessionID}))
	case s.State == wire.StateEnded:
		row.add(m.iconButton("", "check", m.Complete, Action{"complete", s.SessionID}))
	default:
		if s.Type != wire.TypeVideo && s.State == wire.StateTalking {
			row.add(m.muteButton(s))
		}
		row.add(m.iconButton("stop", "hangup", m.HangUp, Action{"hangup", s.SessionID}))
	}
	return row
}

// muteButton is the small one.
func (m *model) muteButton(s *wire.Session) *Node {
	switch {
	case s.Monitor == wire.MonitorListen || !m.s.button(ButtonMute):
		return nil
	case s.Muted:
		return m.iconButton("active", "micOff", m.Unmute, Action{"unmute", s.SessionID})
	}
	return m.iconButton("", "mic", m.Mute, Action{"mute", s.SessionID})
}

// why is how a session ended, in words.
func (m *model) why(s *wire.Session) string {
	if words := m.Reasons.of(s.MainReason); words != "" {
		return words
	}
	if words := m.whyChat(s); isChat(s) && words != "" {
		return words
	}
	switch s.CloseBy {
	case wire.CloseClient:
		if s.Type == wire.TypeInternal {
			return m.EndedByColleague
		}
		return m.EndedByCustomer
	case wire.CloseSeat:
		return m.EndedByAgent
	case wire.CloseTimer:
		return m.EndedByTimer
	}
	return join(": ", m.EndedBySystem, s.SubReason)
}

// quality is how well the agent hears, as four bars.
func (m *model) quality() *Node {
	q := m.s.Quality
	text := m.QualityUnknown
	switch q.Level {
	case 1:
		text = m.QualityBad
	case 2:
		text = m.QualityPoor
	case 3:
		text = m.QualityFair
	case 4:
		text = m.QualityGood
	}
	if q.Level > 0 {
		text = fmt.Sprintf(m.QualityDetail, text, q.MOS, q.RTTMs, q.Loss*100)
	}
	bars := el("span#quality[role=img][class=?][named=?]", fmt.Sprintf("quality q%d", q.Level), text)
	for range 4 {
		bars.add(el("i"))
	}
	if q.Level > 0 {
		bars.add(el("b(?)", fmt.Sprintf("%.1f", q.MOS)))
	}
	return bars
}

// qualityWarning says what the agent can do about a poor connection: about what
// spoils it most.
func (m *model) qualityWarning(s *wire.Session) *Node {
	q := m.s.Quality
	if s.State != wire.StateTalking || q.Level == 0 || q.Level > 2 {
		return nil
	}
	remedy := fmt.Sprintf(m.DelayRemedy, q.RTTMs)
	switch {
	case q.Loss >= .02:
		remedy = fmt.Sprintf(m.LossRemedy, q.Loss*100)
	case q.JitterMs >= 30:
		remedy = fmt.Sprintf(m.JitterRemedy, q.JitterMs)
	}
	return el("div#poor.strip.warn[role=status](%alert div.strip-body(strong(?) span(?)))", m.QualityWarn,
		remedy)
}
