package ui

import (
	"fmt"
	"strconv"
	"strings"

	"tccc/agent"
	"tccc/wire"
)

// model is all that a rendering depends on.
type model struct {
	*texts
	v   agent.View
	s   *State
	now int64 // Unix milliseconds of the gateway's clock
}

// Render makes the floating part of the interface: button and call bar, and the
// workbench unless it is embedded elsewhere. Now is the local clock in Unix
// milliseconds.
func Render(v agent.View, s *State, now int64) *Node {
	m := newModel(v, s, now)
	root := el("div#root.tccc[lang=?]", string(s.Lang))
	if s.Hidden || v.Phase == agent.PhaseClosed {
		return root
	}
	root.add(m.dock(), m.announcer())
	if s.Workbench && !s.Embedded {
		root.add(m.workbench("floating"))
	}
	return root
}

// RenderEmbedded makes the workbench for an element of the page.
func RenderEmbedded(v agent.View, s *State, now int64) *Node {
	m := newModel(v, s, now)
	root := el("div#root.tccc.whole[lang=?]", string(s.Lang))
	if !s.Hidden && s.Workbench && v.Phase != agent.PhaseClosed {
		root.add(m.workbench("embedded"))
	}
	return root
}

func newModel(v agent.View, s *State, now int64) *model {
	return &model{texts: textsOf(s.Lang), v: v, s: s, now: now + v.ClockOffset}
}

// Counting reports whether the rendering changes with the clock.
func Counting(v agent.View, s *State) bool {
	if s.Hidden {
		return false
	}
	if v.State.Deadline > 0 || (s.Open || s.Workbench) && v.Phase == agent.PhaseReady {
		return true
	}
	for i := range v.Sessions {
		if v.Sessions[i].State != wire.StateEnded {
			return true
		}
	}
	return false
}

// dock holds the button and the call bar that unfolds from it.
func (m *model) dock() *Node {
	classes, horizontal, vertical := "dock", "right", "bottom"
	if m.s.Place.Left {
		classes, horizontal = classes+" left", "left"
	}
	if m.s.Place.Top {
		classes, vertical = classes+" top", "top"
	}
	dock := el("div#dock[class=?]", classes)
	dock.Styles = []Attr{{horizontal, strconv.Itoa(m.s.Place.X) + "px"}, {vertical, strconv.Itoa(m.s.Place.Y) + "px"}}
	if m.s.Open && !m.s.covered() && (m.s.Button || len(m.v.Sessions) > 0) {
		dock.add(m.bar())
	}
	if m.s.Button && !m.s.covered() {
		dock.add(m.float())
	}
	return dock
}

// announcer speaks to screen readers: what rings, at once, and what the agent
// should know and how the call and the agent stand, when there is time.
func (m *model) announcer() *Node {
	ringing, notice := "", ""
	if s := m.first(wire.StateRinging); s != nil {
		ringing = m.ringingText(s)
	}
	if n := m.s.notice(&m.v); n != nil && n.Code != m.s.Dismissed {
		message, remedy := explain(m.s.Lang, n)
		notice = message + ". " + remedy
	}
	state := ""
	if m.v.Phase == agent.PhaseReady {
		state = m.ownStatus()
	}
	if s := m.mainCall(); s != nil && s.State != wire.StateRinging {
		state = join(", ", m.stateText(s), m.name(s))
	}
	return el("div#announcer.sr(div[role=alert][aria-live=assertive](?) div[role=status][aria-live=polite](?) "+
		"div[role=status][aria-live=polite](?))", ringing, notice, state)
}

// ringingText says what rings.
func (m *model) ringingText(s *wire.Session) string {
	if isChat(s) {
		return fmt.Sprintf(m.ChatFrom, m.name(s))
	}
	return fmt.Sprintf(m.IncomingFrom, m.name(s))
}

// first is the first session in the state: a call, or anything that rings.
func (m *model) first(state wire.SessionState) *wire.Session {
	for i := range m.v.Sessions {
		if s := &m.v.Sessions[i]; s.State == state && (!isChat(s) || state == wire.StateRinging) {
			return s
		}
	}
	return nil
}

// urgency orders the states of a session: what needs the agent first.
func urgency(s wire.SessionState) int {
	switch s {
	case wire.StateRinging:
		return 4
	case wire.StateDialing:
		return 3
	case wire.StateTalking:
		return 2
	case wire.StateHeld:
		return 1
	}
	return 0
}

// main is the session that is shown large: the one that the agent chose, or
// the most urgent.
func (m *model) main() *wire.Session {
	var best *wire.Session
	for i := range m.v.Sessions {
		s := &m.v.Sessions[i]
		if s.SessionID == m.s.Current && (s.State != wire.StateEnded || isChat(s)) {
			return s
		}
		if best == nil || urgency(s.State) > urgency(best.State) {
			best = s
		}
	}
	return best
}

// name is what stands for the customer: title, number or account.
func (m *model) name(s *wire.Session) string {
	switch {
	case s.Title != "":
		return s.Title
	case s.Nickname != "":
		return s.Nickname
	}
	if number := customerNumber(s); number != "" {
		return number
	}
	if s.PeerUserID != "" {
		return s.PeerUserID
	}
	return m.Unknown
}

func customerNumber(s *wire.Session) string {
	if s.Direction == wire.Outbound {
		return s.Callee
	}
	return s.Caller
}

func (m *model) group(id string) string {
	for _, g := range m.v.Profile.SkillGroups {
		if g.ID == id {
			return g.Name
		}
	}
	return id
}

// since is the time from then to now as m:ss or h:mm:ss; nothing if then is
// unset.
func (m *model) since(then int64) string {
	if then == 0 {
		return ""
	}
	return clock(m.now - then)
}

// left is the time from now to then in whole seconds, at least 0.
func (m *model) left(then int64) int64 { return max(0, (then-m.now+999)/1000) }

func clock(ms int64) string {
	s := max(0, ms) / 1000
	if s >= 3600 {
		return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
	}
	return fmt.Sprintf("%d:%02d", s/60, s%60)
}

// join puts what is not empty in a row.
func join(separator string, parts ...string) string {
	var filled []string
	for _, p := range parts {
		if p != "" {
			filled = append(filled, p)
		}
	}
	return strings.Join(filled, separator)
}

// button makes a button with a word or, for icon-only ones, a label.
func (m *model) button(classes, iconName, text string, a Action) *Node {
	b := el("button[type=button][class=btn ?][data-click=?][data-arg?][aria-disabled?]", classes, a.Name,
		a.Arg, unavailable(m.s.Busy[a.Name+":"+a.Arg]))
	if iconName != "" {
		b.add(icon(iconName))
	}
	b.add(el("span(?)", text))
	return b
}

func (m *model) iconButton(classes, iconName, name string, a Action) *Node {
	return el("button[type=button][class=icon-btn ?][named=?][data-click=?][data-arg?]"+
		"[aria-disabled?](%?)", classes, name, a.Name, a.Arg, unavailable(m.s.Busy[a.Name+":"+a.Arg]),
		iconName)
}
