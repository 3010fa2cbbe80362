package ui

import (
	"syscall/js"

	"tccc/internal/jsval"
)

// Gestures arrive at one listener per kind of event. What they mean stands in
// attributes of the element, looked for from the event's target upwards.

// action is what an event means, if it means something.
func action(event js.Value, kind string) (a Action, element js.Value, ok bool) {
	return actionAt(origin(event), kind)
}

func actionAt(target js.Value, kind string) (a Action, element js.Value, ok bool) {
	if !jsval.Has(target, "closest") {
		return a, element, false
	}
	element = target.Call("closest", "[data-"+kind+"]")
	if !element.Truthy() || element.Call("getAttribute", "aria-disabled").Truthy() {
		return a, element, false
	}
	a.Name = element.Call("getAttribute", "data-"+kind).String()
	a.Arg = attribute(element, "data-arg")
	return a, element, true
}

func (u *UI) clicked(event js.Value) {
	u.mu.Lock()
	ignore := u.noClick
	u.noClick = false
	u.mu.Unlock()
	if a, element, ok := action(event, "click"); ok && !ignore {
		u.walked(element)
		u.act(a, "")
	}
}

func (u *UI) acted(kind string) func(js.Value) {
	return func(event js.Value) {
		if kind == "change" && u.choseFiles(event) {
			return
		}
		if a, element, ok := action(event, kind); ok {
			u.act(a, element.Get("value").String())
		}
	}
}

func (u *UI) submitted(event js.Value) {
	event.Call("preventDefault")
	if a, _, ok := action(event, "submit"); ok {
		u.act(a, "")
	}
}

// keyed handles what buttons do not do by themselves: Escape, arrows in the
// menu, arrows on the floating button, and digits while a keypad is open.
func (u *UI) keyed(event js.Value) {
	pressed := event.Get("key").String()
	target := origin(event)
	if u.wrote(event, target, pressed) {
		return
	}
	if event.Get("ctrlKey").Bool() || event.Get("metaKey").Bool() || event.Get("altKey").Bool() ||
		!jsval.Has(target, "closest") {
		return
	}
	switch {
	case pressed == "Escape":
		u.act(Action{"escape", ""}, "")
	case target.Call("closest", "[role=menu]").Truthy():
		walk(event, target, target.Call("closest", "[role=menu]"), pressed)
	case target.Call("closest", "[data-rove]").Truthy() && target.Get("tagName").String() == "BUTTON":
		u.rove(event, target, pressed)
	case target.Call("closest", "[data-drag]").Truthy():
		u.nudge(event, target, pressed)
	case target.Call("closest", ".keypad").Truthy() && len(pressed) == 1 && isKey(pressed):
		event.Call("preventDefault")
		u.act(Action{"digit", "send:" + pressed}, "")
	}
}

func isKey(pressed string) bool {
	for _, k := range keys {
		if k.digit == pressed {
			return true
		}
	}
	return false
}

// rove walks a list with the arrow keys. Tabs are chosen by walking.
func (u *UI) rove(event, target js.Value, pressed string) {
	to := walk(event, target, target.Call("closest", "[data-rove]"), pressed)
	if !to.Truthy() {
		return
	}
	u.walked(to)
	if a, _, ok := actionAt(to, "click"); ok && a.Name == "tab" {
		u.act(a, "")
	}
}

// walked remembers where in its list the agent is.
func (u *UI) walked(button js.Value) {
	list := button.Call("closest", "[data-rove]")
	if !list.Truthy() {
		return
	}
	u.update(func() {
		if u.state.Rove == nil {
			u.state.Rove = make(map[string]string)
		}
		u.state.Rove[attribute(list, "data-rove")] = attribute(button, "data-click") + ":" +
			attribute(button, "data-arg")
	})
}

func attribute(e js.Value, name string) string {
	if v := e.Call("getAttribute", name); v.Truthy() {
		return v.String()
	}
	return ""
}

// walk moves the focus among the buttons of a list as the key says (WAI-ARIA
// menu, tabs and toolbar patterns), and returns where to.
func walk(event, target, list js.Value, pressed string) js.Value {
	items := list.Call("querySelectorAll", "button")
	n, at := items.Length(), 0
	for i := range n {
		if items.Index(i).Equal(target) {
			at = i
		}
	}
	switch pressed {
	case "ArrowDown", "ArrowRight":
		at = (at + 1) % n
	case "ArrowUp", "ArrowLeft":
		at = (at + n - 1) % n
	case "Home":
		at = 0
	case "End":
		at = n - 1
	default:
		return js.Undefined()
	}
	event.Call("preventDefault")
	items.Index(at).Call("focus")
	return items.Index(at)
}

// drag is a movement of the floating button by a pointer.
type drag struct {
	x, y          int // of the pointer, relative to the button's corner
	width, height int
	startX        int
	startY        int
	moving        bool
	remove        []func()
}

// slop is how far a pointer may stray and still click, in CSS pixels.
const slop = 5

func (u *UI) pressed(event js.Value) {
	u.mu.Lock()
	u.noClick = false
	u.mu.Unlock()
	target := origin(event)
	if !jsval.Has(target, "closest") || event.Get("button").Int() != 0 {
		return
	}
	element := target.Call("closest", "[data-drag]")
	if !element.Truthy() {
		return
	}
	box := element.Call("getBoundingClientRect")
	x, y := event.Get("clientX").Int(), event.Get("clientY").Int()
	u.mu.Lock()
	defer u.mu.Unlock()
	u.endDrag()
	u.drag = &drag{
		x: x - int(box.Get("left").Float()), y: y - int(box.Get("top").Float()),
		width: int(box.Get("width").Float()), height: int(box.Get("height").Float()), startX: x, startY: y,
	}
	down := map[string]any{"capture": true} // at the root they end
	u.drag.remove = []func(){
		jsval.ListenWith(u.window, "pointermove", down, u.moved),
		jsval.ListenWith(u.window, "pointerup", down, u.dropped),
		jsval.ListenWith(u.window, "pointercancel", down, u.dropped),
	}
}

func (u *UI) moved(event js.Value) {
	x, y := event.Get("clientX").Int(), event.Get("clientY").Int()
	width, height := u.windowSize()
	u.update(func() {
		d := u.drag
		if d == nil {
			return
		}
		if !d.moving && abs(x-d.startX) < slop && abs(y-d.startY) < slop {
			return
		}
		d.moving = true
		u.state.Place = placeOf(x-d.x, y-d.y, d.width, d.height, width, height)
	})
}

func (u *UI) dropped(js.Value) {
	u.update(func() {
		if u.drag != nil && u.drag.moving {
			u.noClick = true
			u.remember()
		}
		u.endDrag()
	})
}

// endDrag removes the listeners of a movement. mu is held.
func (u *UI) endDrag() {
	if u.drag == nil {
		return
	}
	for _, remove := range u.drag.remove {
		remove()
	}
	u.drag = nil
}

// nudge moves the floating button with the arrow keys.
func (u *UI) nudge(event, target js.Value, pressed string) {
	const step = 16
	dx, dy := 0, 0
	switch pressed {
	case "ArrowLeft":
		dx = -step
	case "ArrowRight":
		dx = step
	case "ArrowUp":
		dy = -step
	case "ArrowDown":
		dy = step
	default:
		return
	}
	event.Call("preventDefault")
	box := target.Call("closest", "[data-drag]").Call("getBoundingClientRect")
	width, height := u.windowSize()
	u.update(func() {
		u.state.Place = placeOf(int(box.Get("left").Float())+dx, int(box.Get("top").Float())+dy,
			int(box.Get("width").Float()), int(box.Get("height").Float()), width, height)
		u.remember()
	})
}

// resized keeps the button in the window.
func (u *UI) resized() {
	width, height := u.windowSize()
	u.update(func() { u.state.Place = u.state.Place.within(width, height) })
}

func abs(n int) int {
	if n < 0 {
		return -n
	}
	return n
}
