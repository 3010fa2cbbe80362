package ui

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"tccc/agent"
	"tccc/wire"
)

// chatView is a conversation with everything that can be done in it.
func (m *model) chatView(s *wire.Session) *Node {
	box := el("section[role=region][data-drop][key=chat-?][data-arg=?][aria-label=?]", s.SessionID,
		s.SessionID, join(", ", m.Messages, m.name(s)))
	classes := "chat " + string(s.State)
	if m.s.Chats.Dropping && s.State == wire.StateTalking {
		classes += " dropping"
	}
	box.set("class", classes)
	box.add(m.chatHead(s), m.callsBeside(), m.transferState(s), m.targets(s), m.conversation(s))
	switch s.State {
	case wire.StateRinging:
		box.add(tree("div#ring.chat-foot(* *)", nodes{m.countdown(s), m.answer(s)}))
	case wire.StateEnded:
		box.add(tree("div#over.chat-foot.over(p.why(?) *)",
			nodes{m.button("primary", "check", m.Complete, Action{"complete", s.SessionID})}, m.why(s)))
	default:
		box.add(m.composer(s))
	}
	if m.s.Chats.Dropping && s.State == wire.StateTalking {
		box.add(el("div#drop.chat-drop[aria-hidden=true](%clip ?)", m.DropHere))
	}
	return box
}

// chatHead says who writes, and holds what ends the chat for this agent.
func (m *model) chatHead(s *wire.Session) *Node {
	head := tree("header#head.chat-head(* div#who.chat-who(strong(?) span(?)) span#gap.gap)",
		nodes{m.face(s, "")}, m.name(s), m.chatPresence(s))
	if s.State == wire.StateTalking {
		if m.transferable(s) {
			n := m.iconButton("", "forward", m.Transfer, Action{"transfer", s.SessionID})
			n.set("aria-expanded", truth(m.s.Transfer == s.SessionID))
			head.add(n)
		}
		head.add(m.button("stop small", "", m.EndChat, Action{"hangup", s.SessionID}))
	}
	head.add(m.chatFacts(s))
	return head
}

// chatPresence is whether the customer is there, and for how long the chat goes on.
func (m *model) chatPresence(s *wire.Session) string {
	if s.State == wire.StateEnded {
		return join(" · ", m.ChatEnded, m.talked(s))
	}
	presence := ""
	if s.Chat != nil {
		presence = m.ChatAway
		if s.Chat.ClientOnline {
			presence = m.ChatOnline
		}
	}
	return join(" · ", presence, m.since(s.AnsweredAt))
}

func (m *model) talked(s *wire.Session) string {
	if s.AnsweredAt == 0 || s.EndedAt == 0 {
		return ""
	}
	return clock(s.EndedAt - s.AnsweredAt)
}

// chatFacts are what is known of the customer.
func (m *model) chatFacts(s *wire.Session) *Node {
	facts := el("div#facts.facts")
	if s.SkillGroupID != "" {
		facts.add(el("span#group.fact.tag[title=?](?)", m.Group, m.group(s.SkillGroupID)))
	}
	for _, f := range [][2]string{{"source", s.PeerSource}, {"channel", s.ChannelName}, {"peer", s.PeerUserID}} {
		if f[1] != "" && f[1] != m.name(s) {
			facts.add(el("span.fact[key=?](?)", f[0], f[1]))
		}
	}
	if s.Remark != "" {
		facts.add(el("span#remark.fact.remark(?)", s.Remark))
	}
	if s.ClientData != "" {
		facts.add(el("details#data.fact.client-data(summary(?) pre(?))", m.CustomerData, s.ClientData))
	}
	if len(facts.Children) == 0 {
		return nil
	}
	return facts
}

// face is a round picture: the first letter of the name, as the addresses that
// customers give are not asked for their pictures.
func (m *model) face(s *wire.Session, classes string) *Node {
	letter, _ := utf8.DecodeRuneInString(m.name(s))
	face := el("span#face[aria-hidden=true][class=?](?)", join(" ", "face", classes, string(s.State)),
		strings.ToUpper(string(letter)))
	if s.Chat != nil && s.Chat.ClientOnline && s.Live() {
		face.add(el("i.here"))
	}
	return face
}

// callsBeside are the calls that go on while the agent writes.
func (m *model) callsBeside() *Node {
	rows := el("div#beside.beside[role=group][aria-label=?]", m.Calls)
	for i := range m.v.Sessions {
		if s := &m.v.Sessions[i]; !isChat(s) && s.Live() {
			rows.add(m.row(s))
		}
	}
	if len(rows.Children) == 0 {
		return nil
	}
	return rows
}

// conversation is what was written, the last at the bottom. It is drawn from
// the bottom up, so that browsers keep the end in view.
func (m *model) conversation(s *wire.Session) *Node {
	c := m.v.Chats[s.SessionID]
	inner := el("div#inner.chat-inner")
	switch {
	case c.Loading:
		inner.add(el("p#loading.hint.older[role=status](span.spinner[aria-hidden=true] ?)",
			m.LoadingOlder))
	case c.More:
		inner.add(tree("div#older.older(*)",
			nodes{m.button("link", "", m.Older, Action{"older", s.SessionID})}))
	case len(c.Messages)+len(c.Outbox) == 0:
		inner.add(el("p#nothing.hint.older(?)", m.NothingWritten))
	}
	inner.add(m.chatLog(s, &c))
	if s.Chat != nil && s.Chat.ClientTyping && s.State == wire.StateTalking {
		inner.add(el("p#typing.typing[role=status][aria-label=?](i i i)",
			fmt.Sprintf(m.TypingNow, m.name(s))))
	}
	box := tree("div#scroll.chat-scroll[tabindex=0][data-scroll=?][aria-label=?](*)", nodes{inner},
		s.SessionID, m.Messages)
	around := tree("div#around.chat-around(*)", nodes{box})
	if m.s.Chats.Scrolled[s.SessionID] > scrolled && s.Chat != nil && s.Chat.Unread > 0 {
		around.add(m.button("latest", "chevron", m.NewMessages, Action{"latest", s.SessionID}))
	}
	return around
}

// composer is where the agent writes.
func (m *model) composer(s *wire.Session) *Node {
	id, draft := s.SessionID, m.s.Chats.Drafts[s.SessionID]
	name := fmt.Sprintf(m.WriteTo, m.name(s))
	over := len(draft) > wire.MessageTextMost
	away := m.v.Phase == agent.PhaseRefused || m.v.Phase == agent.PhaseKicked
	rows := min(max(strings.Count(draft, "\n")+1, 1+len(draft)/90), 6)
	form := el("form#composer.composer[data-submit=send][data-arg?](label#attach.icon-btn.attach[title=?]("+
		"%clip input.sr[type=file][multiple][aria-label=?][data-files=?]) textarea[enterkeyhint=send]"+
		"[autocomplete=off][key=draft-?][class=input draft][data-input=draft][data-arg?][rows=?]"+
		"[placeholder=?][aria-label=?][value=?] button#send.icon-btn.go[type=submit][named=?]"+
		"[aria-disabled?](%send))", id, m.Attach, m.Attach, id, id, id, strconv.Itoa(rows), name, name, draft,
		m.Send, unavailable(strings.TrimSpace(draft) == "" || over || away))
	if over {
		form.add(el("p#over.too-long[role=status](?)",
			fmt.Sprintf(m.TooLong, len(draft), wire.MessageTextMost)))
	}
	return form
}

// unread is the number of messages that the agent has not seen.
func (m *model) unread(s *wire.Session) *Node {
	if s.Chat == nil || s.Chat.Unread == 0 || !s.Live() {
		return nil
	}
	return el("b#unread.badge[named=?](?)", fmt.Sprintf(m.Unread, s.Chat.Unread), strconv.Itoa(s.Chat.Unread))
}

// allUnread is the number of messages that the agent has not seen in any chat.
func (m *model) allUnread() (n int) {
	for i := range m.v.Sessions {
		if s := &m.v.Sessions[i]; s.Chat != nil && s.Live() {
			n += s.Chat.Unread
		}
	}
	return n
}

// chatText is a chat in one line: what the agent has begun to write, what the
// customer does, or what was written last.
func (m *model) chatText(s *wire.Session) string {
	switch {
	case s.State == wire.StateRinging:
		return join(" · ", m.NewChat, m.preview(s))
	case s.State == wire.StateEnded:
		return m.ChatEnded
	case s.Transfer != nil:
		return fmt.Sprintf(m.Transferring, join(" ", s.Transfer.Name))
	case s.Chat != nil && s.Chat.ClientTyping:
		return m.Typing
	case m.s.Chats.Drafts[s.SessionID] != "" && s.SessionID != m.s.Current:
		return fmt.Sprintf(m.Draft, oneLine(m.s.Chats.Drafts[s.SessionID]))
	}
	return m.preview(s)
}

// preview is the last message in one line.
func (m *model) preview(s *wire.Session) string {
	c := m.v.Chats[s.SessionID]
	if n := len(c.Outbox); n > 0 {
		return m.You + ": " + m.gist(&c.Outbox[n-1].Message)
	}
	n := len(c.Messages)
	if n == 0 {
		return ""
	}
	last := &c.Messages[n-1]
	if last.From == wire.FromSeat {
		return m.You + ": " + m.gist(last)
	}
	return m.gist(last)
}

// gist is a message in one line.
func (m *model) gist(w *wire.Message) string {
	switch w.Type {
	case wire.MessageImage:
		return m.ImageName
	case wire.MessageFile:
		if w.File != nil {
			return w.File.Name
		}
		return m.FileName
	case wire.MessageCard:
		return m.CardName
	case wire.MessageOrder:
		return m.OrderName
	case wire.MessageNotice:
		return m.noticeText(w)
	}
	return oneLine(w.Text)
}

// oneLine is the beginning of a text.
func oneLine(text string) string {
	const most = 80
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "")
	}
	return strings.Join(strings.Fields(text), " ")
}

// waitsSince is when the customer wrote what nobody has answered; 0 if the
// agent wrote last.
func (m *model) waitsSince(s *wire.Session) int64 {
	since, messages := int64(0), m.v.Chats[s.SessionID].Messages
	for i := len(messages) - 1; i >= 0; i-- {
		switch messages[i].From {
		case wire.FromSeat:
			return since
		case wire.FromClient:
			since = messages[i].At
		}
	}
	return since
}

// whyChat is how a chat ended, in words.
func (m *model) whyChat(s *wire.Session) string {
	switch s.CloseBy {
	case wire.CloseClient:
		return m.CustomerLeft
	case wire.CloseSeat:
		return m.ClosedByYou
	case wire.CloseTimer:
		return m.ClosedBySilence
	}
	return ""
}
