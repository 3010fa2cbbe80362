package ui

import (
	"strings"

	"tccc/agent"
	"tccc/wire"
)

// Chats is what the interface itself knows of chats.
type Chats struct {
	Drafts   map[string]string // what is being written, by session
	Scrolled map[string]int    // how far a chat is scrolled up from its end, in CSS pixels
	Dropping bool              // a file is held over the chat
	log      logCache
}

// Bounds of what is kept of chats.
const (
	maxDrafts = 20
	scrolled  = 80 // so far up the last message is not seen
)

// SendFile are the options of the effect "Chat.sendFile". File is a File of the
// browser.
type SendFile struct {
	SessionID string
	File      any
}

// OutboxEntry are the options of "Chat.resend" and "Chat.discard".
type OutboxEntry struct{ SessionID, ID string }

// isChat reports whether the session is written, not spoken.
func isChat(s *wire.Session) bool { return s.Type == wire.TypeIM }

// chat is for the actions in a chat. Besides members of tccc it calls some of
// this package's own: "Chat.older" (wire.SessionParams), "Chat.resend" and
// "Chat.discard" (OutboxEntry).
func (s *State) chat(a Action, value string) []Effect {
	ref := wire.SessionParams{SessionID: a.Arg}
	switch a.Name {
	case "draft":
		s.Current = a.Arg
		return s.draft(a.Arg, value)
	case "send":
		text := strings.TrimSpace(s.Chats.Drafts[a.Arg])
		if text == "" || len(text) > wire.MessageTextMost {
			return nil
		}
		delete(s.Chats.Drafts, a.Arg)
		delete(s.Chats.Scrolled, a.Arg)
		return []Effect{{"Chat.sendMessage", sendText{a.Arg, text}}}
	case "latest":
		delete(s.Chats.Scrolled, a.Arg)
	case "older":
		return []Effect{{"Chat.older", ref}}
	case "seen":
		return []Effect{{"Chat.markRead", ref}}
	case "resend", "discard":
		session, id, _ := strings.Cut(a.Arg, " ")
		return []Effect{{"Chat." + a.Name, OutboxEntry{session, id}}}
	}
	return nil
}

type sendText struct {
	SessionID string `json:"sessionId"`
	Text      string `json:"text"`
}

// draft notes what is being written and tells the customer that it is.
func (s *State) draft(id, text string) []Effect {
	if s.Chats.Drafts == nil {
		s.Chats.Drafts = make(map[string]string)
	}
	was := s.Chats.Drafts[id] != ""
	switch {
	case text == "":
		delete(s.Chats.Drafts, id)
	case was || len(s.Chats.Drafts) < maxDrafts:
		s.Chats.Drafts[id] = text
	}
	if text == "" && !was {
		return nil
	}
	return []Effect{{"Chat.setTyping", wire.TypingParams{SessionID: id, Typing: text != ""}}}
}

// atOnce reports whether an action may be repeated while it is under way.
func atOnce(name string) bool {
	switch name {
	case "digit", "draft", "send", "type", "erase", "onlyGroup", "onlyEnded":
		return true
	}
	return false
}

// keepsFailure reports whether an action says nothing about the failure of the
// one before.
func keepsFailure(name string) bool {
	switch name {
	case "type", "digit", "find", "draft", "seen", "older", "latest":
		return true
	}
	return false
}

// failureShown reports whether a failure of a member is shown above everything else:
// what goes on by itself is not, nor is a message that stays in the outbox.
func failureShown(member string, err *wire.Error) bool {
	switch member {
	case "Chat.setTyping", "Chat.markRead", "Chat.older", "Agent.location":
		return false
	case "Chat.sendMessage", "Chat.sendFile", "Chat.resend":
		return err.Is(wire.ErrSessionState) || err.Is(wire.ErrSessionNotFound) || err.Is(wire.ErrInvalidOptions)
	}
	return true
}

// followChats forgets what belongs to chats that are gone.
func (s *State) followChats(v *agent.View) {
	if v.Phase != agent.PhaseReady {
		return
	}
	open := make(map[string]bool)
	for i := range v.Sessions {
		open[v.Sessions[i].SessionID] = v.Sessions[i].Live()
	}
	for id := range s.Chats.Drafts {
		if !open[id] {
			delete(s.Chats.Drafts, id)
		}
	}
	for id := range s.Chats.Scrolled {
		if _, known := open[id]; !known {
			delete(s.Chats.Scrolled, id)
		}
	}
}

// writing reports whether the workbench shows a chat that the agent is in:
// calls then ring beside it.
func (s *State) writing(v *agent.View) bool {
	for i := range v.Sessions {
		if n := &v.Sessions[i]; n.SessionID == s.Current {
			return s.Workbench && isChat(n) && n.State == wire.StateTalking
		}
	}
	return false
}
