package ui

import "tccc/wire"

// noticeStrip shows what the agent should know and what to do about it.
func (m *model) noticeStrip() *Node {
	n := m.s.notice(&m.v)
	if n == nil || n.Code == m.s.Dismissed {
		return nil
	}
	message, remedy := explain(m.s.Lang, n)
	strip := el("div#notice.strip.warn", icon("alert"),
		el("div.strip-body", el("strong", message), el("span", remedy), m.allow(n)))
	strip.add([]any{m.iconButton("small", "close", m.Dismiss, Action{"dismiss", ""})})
	return strip
}

// allow offers to ask for the microphone again, where that can help.
func (m *model) allow(n *wire.Error) *Node {
	switch n.Code {
	case wire.ErrMicDenied.Code, wire.ErrNoMic.Code, wire.ErrMicBusy.Code:
		return m.button("link", "", m.Allow, Action{"allow", ""})
	case wire.ErrAudioElsewhere.Code:
		return m.button("link", "", m.TakeOver, Action{"takeOver", ""})
	}
	return nil
}

// failureStrip shows why the last action failed.
func (m *model) failureStrip() *Node {
	f := m.s.Failure
	if f == nil {
		return nil
	}
	message, remedy := explain(m.s.Lang, f)
	if m.s.Lang == English && f.Detail != "" {
		message += ": " + f.Detail
	}
	return el("div#failure.strip.bad[role=alert]", icon("info"),
		el("div.strip-body", el("strong", message), el("span", remedy)),
		m.iconButton("small", "close", m.Dismiss, Action{"clear", ""}))
}
