package ui

import (
	"context"
	"syscall/js"
	"time"

	"tccc/agent"
	"tccc/internal/jsval"
	"tccc/wire"
)

// attention tells of what rings while the page is in the background: with the
// page's title and, if the agent has allowed it, a notification of the system.
type attention struct {
	window  js.Value
	later   func(session string) // calls blink with mu held, if it is still about that session
	answer  func(session string) // answers it
	session string               // that it tells of, "" if of none
	before  string               // the page's title
	title   string               // that stands for the session
	timer   *time.Timer
	note    js.Value
	remove  []func()
}

// blinkEvery is how long each of the two titles stands.
const blinkEvery = time.Second

// follow begins and ends telling.
func (a *attention) follow(sessions []wire.Session, s *State) {
	m := newModel(agent.View{Sessions: sessions}, s, 0)
	ringing := m.first(wire.StateRinging)
	switch {
	case ringing == nil || !s.Away || s.Hidden:
		a.stop()
	case ringing.SessionID != a.session:
		a.stop()
		a.start(ringing, m.ringingText(ringing), s.Notify == NotifyOn)
	}
}

func (a *attention) start(ringing *wire.Session, text string, notify bool) {
	document := a.window.Get("document")
	session, phone := ringing.SessionID, ringing.ServerType.Phone()
	a.session, a.title, a.before = session, text, document.Get("title").String()
	a.blink()
	if !notify {
		return
	}
	options := map[string]any{"body": a.before, "tag": "tccc-" + session, "requireInteraction": true}
	note, err := jsval.Call(a.window.Get("Reflect"), "construct", jsval.Read(a.window, "Notification"),
		[]any{text, options})
	if err != nil { // some systems allow them to service workers only
		return
	}
	a.note = note
	a.remove = append(a.remove, jsval.Listen(note, "click", func(js.Value) {
		a.window.Call("focus")
		note.Call("close")
		if !phone { // what rings there is answered there
			a.answer(session)
		}
	}))
}

// blink shows the other title. A page that changes its title meanwhile keeps it.
func (a *attention) blink() {
	document := a.window.Get("document")
	switch document.Get("title").String() {
	case a.before:
		document.Set("title", a.title)
	case a.title:
		document.Set("title", a.before)
	}
	session := a.session
	a.timer = time.AfterFunc(blinkEvery, func() { a.later(session) })
}

func (u *UI) blinkAgain(session string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if !u.closed && u.call.session == session {
		u.call.blink()
	}
}

// answer takes what rings, by a click on the notification.
func (u *UI) answer(session string) { u.act(Action{"accept", session}, "") }

func (a *attention) stop() {
	if a.session == "" {
		return
	}
	a.timer.Stop()
	if document := a.window.Get("document"); document.Get("title").String() == a.title {
		document.Set("title", a.before)
	}
	if a.note.Truthy() {
		a.note.Call("close")
	}
	for _, remove := range a.remove {
		remove()
	}
	a.session, a.note, a.remove = "", js.Undefined(), nil
}

// away reports whether the page is in the background.
func away(window js.Value) bool { return window.Get("document").Get("hidden").Truthy() }

// permission is what the browser allows of notifications.
func permission(window js.Value) Notify {
	if n := jsval.Read(window, "Notification"); n.Truthy() {
		return Notify(jsval.Text(n, "permission"))
	}
	return NotifyNone
}

// permissionMost is how long an answer to the browser's question is waited for.
const permissionMost = 5 * time.Minute

// askPermission asks the user. It is called in the handler of a click, which
// browsers demand. mu is held.
func (u *UI) askPermission() {
	promise, err := jsval.Call(jsval.Read(u.window, "Notification"), "requestPermission")
	if err != nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), permissionMost)
	u.remove = append(u.remove, cancel)
	go func() {
		defer cancel()
		_, _ = jsval.Await(ctx, promise) // what came of it is read from where it stands
		u.update(func() { u.state.Notify = permission(u.window) })
	}()
}
