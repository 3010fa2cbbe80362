package ui

import (
	"encoding/json"
	"strconv"
	"syscall/js"

	"tccc/internal/jsval"
	"tccc/wire"
)

// chats is what the edge knows of chats.
type chats struct {
	stored string // what was last kept
	shown  string // the chat that is scrolled to its place
	read   string // the last attempt to mark a chat as read: chat, message and phase
	end    bool   // scroll to the end after the next frame
}

// maxFiles is how many files are taken at a time.
const maxFiles = 10

// storedChats survive a reload of the page.
type storedChats struct {
	Current  string            `json:"current,omitempty"`
	Drafts   map[string]string `json:"drafts,omitempty"`
	Scrolled map[string]int    `json:"scrolled,omitempty"`
}

func (u *UI) recallChats() {
	text := jsval.OpenStore("sessionStorage").Get(u.opt.ChatsKey)
	var s storedChats
	if json.Unmarshal([]byte(text), &s) == nil && len(s.Drafts) <= maxDrafts {
		u.state.Current, u.state.Chats.Drafts, u.state.Chats.Scrolled = s.Current, s.Drafts, s.Scrolled
		u.chats.stored = text
	}
}

// keepChats stores what the agent is writing and where he is. mu is held.
func (u *UI) keepChats() {
	c := &u.state.Chats
	text, _ := json.Marshal(storedChats{u.state.Current, c.Drafts, c.Scrolled}) // strings and numbers: cannot fail
	if string(text) == u.chats.stored {
		return
	}
	u.chats.stored = string(text)
	jsval.OpenStore("sessionStorage").Set(u.opt.ChatsKey, string(text))
}

// chatEvents listens to what only chats are interested in.
func (u *UI) chatEvents(root js.Value) (remove []func()) {
	over := func(on bool) func(js.Value) {
		return func(event js.Value) { u.dragged(event, on) }
	}
	for event, handle := range map[string]func(js.Value){
		"paste": u.pasted, "drop": u.filesDropped, "dragover": over(true), "dragleave": over(false),
	} {
		remove = append(remove, jsval.Listen(root, event, handle))
	}
	return append(remove, jsval.ListenWith(root, "scroll", map[string]any{"capture": true, "passive": true},
		u.scrolled),
		jsval.Listen(u.window, "focus", func(js.Value) {
			u.update(func() { u.chats.read = "" })
		}))
}

// chatActed sees to focus and scrolling after an action. mu is held.
func (u *UI) chatActed(a Action) {
	switch a.Name {
	case "send", "latest":
		u.chats.end = true
		u.focus = ".chat textarea"
	case "look", "open", "accept":
		if typeOf(&u.view, a.Arg) == wire.TypeIM {
			u.focus = ".chat textarea"
		}
	}
}

// wrote sends what is written when Enter is pressed, but not the Enter that
// chooses a word of an input method.
func (u *UI) wrote(event, target js.Value, pressed string) bool {
	if target.Get("tagName").String() != "TEXTAREA" {
		return false
	}
	composing := event.Get("isComposing").Bool() || event.Get("keyCode").Int() == 229
	switch {
	case composing:
		return true
	case pressed != "Enter" || event.Get("shiftKey").Bool() || event.Get("altKey").Bool():
		return pressed != "Escape"
	}
	event.Call("preventDefault")
	if a, _, ok := action(event, "submit"); ok {
		u.act(a, "")
	}
	return true
}

// pasted sends the files of the clipboard.
func (u *UI) pasted(event js.Value) {
	box := chatOf(event)
	files := event.Get("clipboardData").Get("files")
	if box.Truthy() && files.Get("length").Int() > 0 {
		event.Call("preventDefault")
		u.sendFiles(attribute(box, "data-arg"), files)
	}
}

// dragged shows that files can be dropped. What is dropped beside the chat must
// not replace the page.
func (u *UI) dragged(event js.Value, over bool) {
	data := event.Get("dataTransfer")
	if !data.Truthy() || !data.Get("types").Call("includes", "Files").Bool() {
		return
	}
	event.Call("preventDefault")
	dropping := over && chatOf(event).Truthy()
	u.mu.Lock()
	same := u.state.Chats.Dropping == dropping
	u.mu.Unlock()
	if !same {
		u.update(func() { u.state.Chats.Dropping = dropping })
	}
}

func (u *UI) filesDropped(event js.Value) {
	data := event.Get("dataTransfer")
	if !data.Truthy() || data.Get("files").Get("length").Int() == 0 {
		return
	}
	event.Call("preventDefault")
	u.update(func() { u.state.Chats.Dropping = false })
	if box := chatOf(event); box.Truthy() {
		u.sendFiles(attribute(box, "data-arg"), data.Get("files"))
	}
}

// chatOf is the chat that an event happened in.
func chatOf(event js.Value) js.Value {
	target := origin(event)
	if !jsval.Has(target, "closest") {
		return js.Undefined()
	}
	return target.Call("closest", "[data-drop]")
}

// choseFiles sends the files of an input; it reports whether it is one.
func (u *UI) choseFiles(event js.Value) bool {
	input := origin(event)
	if !jsval.Has(input, "getAttribute") {
		return false
	}
	id := attribute(input, "data-files")
	if id == "" {
		return false
	}
	u.sendFiles(id, input.Get("files"))
	input.Set("value", "") // the same file again is another choice
	return true
}

func (u *UI) sendFiles(id string, files js.Value) {
	u.update(func() {
		u.chats.end = true
		delete(u.state.Chats.Scrolled, id)
		for i := range min(files.Get("length").Int(), maxFiles) {
			u.run("file:"+id, []Effect{{"Chat.sendFile", SendFile{id, files.Call("item", i)}}})
		}
	})
}

// scrolled notes where a chat is scrolled to, and asks for older messages at
// the beginning. The box counts from its end: zero, and negative above it.
func (u *UI) scrolled(event js.Value) {
	box := origin(event)
	if !jsval.Has(box, "getAttribute") {
		return
	}
	id := attribute(box, "data-scroll")
	if id == "" {
		return
	}
	up := -box.Get("scrollTop").Int()
	top := box.Get("scrollHeight").Int()-box.Get("clientHeight").Int()-up < 60
	u.mu.Lock()
	c := &u.state.Chats
	before := c.Scrolled[id]
	if c.Scrolled == nil {
		c.Scrolled = make(map[string]int)
	}
	if up > 0 {
		c.Scrolled[id] = up
	} else {
		delete(c.Scrolled, id)
	}
	u.keepChats()
	more := u.view.Chats[id].More && !u.view.Chats[id].Loading
	u.mu.Unlock()
	if (before > scrolled) != (up > scrolled) {
		u.update(func() {})
	}
	if top && up > 0 && more {
		u.act(Action{"older", id}, "")
	}
}

// settleChat scrolls a chat that has just been drawn to its place, and marks as
// read what the agent sees. mu is held.
func (u *UI) settleChat() {
	id := ""
	for _, s := range u.shown {
		box := s.root.Call("querySelector", ".chat-scroll")
		if !box.Truthy() {
			continue
		}
		id = attribute(box, "data-scroll")
		switch {
		case u.chats.end:
			box.Set("scrollTop", 0)
		case u.chats.shown != id && len(u.view.Chats[id].Messages) > 0:
			box.Set("scrollTop", -u.state.Chats.Scrolled[id])
		case u.chats.shown != id:
			return // nothing is there yet
		}
		break
	}
	u.chats.shown, u.chats.end = id, false
	if id != "" && u.state.Chats.Scrolled[id] <= scrolled {
		u.seen(id)
	}
}

// seen marks the chat as read if the agent looks at it. One attempt is made for
// each message, and another when the agent comes back. mu is held.
func (u *UI) seen(id string) {
	document := u.window.Get("document")
	if u.state.Away || !document.Call("hasFocus").Bool() || u.opt.Do == nil {
		return
	}
	for i := range u.view.Sessions {
		s := &u.view.Sessions[i]
		if s.SessionID != id || s.State != wire.StateTalking || s.Chat == nil || s.Chat.Unread == 0 {
			continue
		}
		if attempt := id + string(u.view.Phase) + strconv.FormatUint(s.Chat.LastSeq, 10); attempt != u.chats.read {
			u.chats.read = attempt
			u.run("seen:"+id, u.state.chat(Action{"seen", id}, ""))
		}
	}
}
