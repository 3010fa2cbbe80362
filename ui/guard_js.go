package ui

import (
	"syscall/js"
	"time"

	"tccc/internal/jsval"
)

// What begins in the interface stays there: shortcuts of the page do not hear
// what the agent types, and its focus traps do not see that the focus is here.

// kept are the events that end at the shadow root. What the media layer waits
// for, a gesture, it hears while the event is on its way down.
var kept = []string{
	"keydown", "keypress", "keyup", "beforeinput", "input", "change", "submit",
	"compositionstart", "compositionupdate", "compositionend", "paste", "copy", "cut", "focusin", "focusout",
	"pointerdown", "pointerup", "mousedown", "mouseup", "touchstart", "touchend", "click", "dblclick", "auxclick",
	"contextmenu", "dragenter", "dragover", "dragleave", "drop",
}

// guarded are those that are taken at the window, before the page's listeners
// of the capture phase.
var guarded = []string{
	"keydown", "keypress", "keyup", "paste", "copy", "cut", "focusin", "focusout", "focus", "blur", "pointerdown",
}

// guard is what is known of the fight for the focus.
type guard struct {
	gesture float64 // when the agent last did something in a field, on the page's clock
	pulls   int     // how often the focus has been taken back since
	timer   *time.Timer
}

const (
	// trapMost is how soon after the agent's gesture a loss of the focus is the
	// work of a trap, in milliseconds.
	trapMost = 500
	// pullsMost bounds the fight with a trap that does not give in.
	pullsMost = 3
)

// keep ends events at the root.
func (u *UI) keep(root js.Value) (remove func()) {
	stop := jsval.FuncOf(func(_ js.Value, args []js.Value) any {
		if event := args[0]; !passes(event) {
			event.Call("stopPropagation")
		}
		return nil
	})
	for _, event := range kept {
		root.Call("addEventListener", event, stop.Value)
	}
	return func() {
		for _, event := range kept {
			root.Call("removeEventListener", event, stop.Value)
		}
		stop.Release()
	}
}

// passes reports whether the page may hear of a key: of one that is pressed
// outside of a field and does nothing here, as its own shortcuts.
func passes(event js.Value) bool {
	key := event.Get("key")
	if key.Type() != js.TypeString || event.Get("defaultPrevented").Bool() {
		return false
	}
	target := origin(event)
	if isField(target) || target.Call("closest", ".keypad").Truthy() {
		return false
	}
	switch key.String() {
	case "Enter", " ", "Escape":
		return false
	}
	return true
}

// watchWindow takes events of the interface before the page does.
func (u *UI) watchWindow() {
	for _, event := range guarded {
		u.remove = append(u.remove, jsval.ListenWith(u.window, event, map[string]any{"capture": true}, u.guarded))
	}
}

func (u *UI) guarded(event js.Value) {
	kind := event.Get("type").String()
	if !u.own(event.Get("target")) {
		if kind == "pointerdown" {
			u.guard.gesture = 0 // the agent goes elsewhere
		}
		return
	}
	target := origin(event)
	field := isField(target)
	now := u.window.Get("performance").Call("now").Float()
	switch kind {
	case "pointerdown":
		u.guard.gesture, u.guard.pulls = now, 0
		return
	case "keydown", "keypress", "keyup":
		if !field {
			return
		}
		event.Call("stopImmediatePropagation")
		if kind == "keydown" {
			u.guard.gesture, u.guard.pulls = now, 0
			if event.Get("key").String() == "Tab" {
				u.guard.gesture = 0
			}
			u.keyed(event)
		}
		return
	case "paste":
		u.pasted(event)
	case "focusout":
		if field && now-u.guard.gesture < trapMost && u.guard.pulls < pullsMost && event.Get("relatedTarget").Truthy() {
			u.guard.pulls++
			u.refocus(target)
		}
	}
	event.Call("stopImmediatePropagation")
}

// refocus gives the focus back to a field once the trap is through.
func (u *UI) refocus(field js.Value) {
	u.guard.timer = time.AfterFunc(0, func() {
		u.mu.Lock()
		defer u.mu.Unlock()
		if !u.closed && field.Get("isConnected").Bool() {
			field.Call("focus", map[string]any{"preventScroll": true})
		}
	})
}

// own reports whether a target, as the page sees it, is the interface.
func (u *UI) own(target js.Value) bool {
	for _, s := range u.shown {
		if s.host.Equal(target) {
			return true
		}
	}
	return false
}

// origin is the element that an event began at; outside of its shadow root the
// event's target is the host.
func origin(event js.Value) js.Value {
	if path := event.Call("composedPath"); path.Length() > 0 {
		return path.Index(0)
	}
	return event.Get("target")
}

// isField reports whether one can type there.
func isField(target js.Value) bool {
	return jsval.Has(target, "matches") && target.Call("matches", "input, textarea, select").Bool()
}
