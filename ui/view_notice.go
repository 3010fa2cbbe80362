package ui

import "tccc/wire"

// noticeStrip shows what the agent should know and what to do about it.
func (m *model) noticeStrip() *Node {
	n := m.s.notice(&m.v)
	if n == nil || n.Code == m.s.Dismissed {
		return nil
	}
	message, remedy := explain(m.s.Lang, n)
	strip := tree("div#notice.strip.warn(%alert div.strip-body(strong(?) span(?) *))", nodes{m.allow(n)},
		message, remedy)
	strip.add(m.iconButton("small", "close", m.Dismiss, Action{"dismiss", ""}))
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
	return tree("div#failure.strip.bad[role=alert](%info div.strip-body(strong(?) span(?)) *)",
		nodes{m.iconButton("small", "close", m.Dismiss, Action{"clear", ""})}, message, remedy)
}
