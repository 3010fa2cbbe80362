package ui

import (
	"syscall/js"

	"tccc/internal/jsval"
)

// above keeps the root above whatever the page shows: in the browser's top
// layer, shown anew after anything else has entered it, and inside the modal
// dialog that is open, since everything outside of that is dead.
type above struct {
	stale    bool       // something has changed since it was put there
	away     bool       // the root was moved from the body
	modals   []js.Value // dialogs that are open, in the order they were opened
	observer js.Value
}

// hides is what makes an element and all in it dead or unheard.
const hides = `[inert], [aria-hidden="true"]`

// rise puts the root above the page, from now on.
func (u *UI) rise(document js.Value) {
	root := u.opt.Root
	if jsval.Has(root, "showPopover") {
		root.Call("setAttribute", "popover", "manual")
	}
	stale := func() { u.update(func() { u.above.stale = true }) }
	for _, event := range []string{"toggle", "close", "fullscreenchange"} {
		heard := func(event js.Value) {
			if !event.Get("target").Equal(root) {
				stale()
			}
		}
		u.remove = append(u.remove, jsval.ListenWith(document, event, map[string]any{"capture": true}, heard))
	}
	// Dialogs in shadow roots are seen by the focus that they take. Their events
	// do not leave the shadow root: they are observed from then on.
	u.remove = append(u.remove, jsval.ListenWith(document, "focusin", map[string]any{"capture": true},
		func(event js.Value) {
			path := event.Call("composedPath")
			for i := range path.Length() {
				if element := path.Index(i); isModal(element) {
					go u.noteModal(element) // the interface may be giving the focus away, with mu held
				}
			}
		}))
	changed := jsval.FuncOf(func(js.Value, []js.Value) any { stale(); return nil })
	u.remove = append(u.remove, changed.Release)
	u.above.observer = js.Global().Get("MutationObserver").New(changed.Value)
	u.above.observer.Call("observe", document, map[string]any{
		"subtree": true, "attributes": true, "attributeFilter": []any{"open", "inert"},
	})
	u.above.observer.Call("observe", root, map[string]any{
		"attributes": true, "attributeFilter": []any{"inert", "aria-hidden", "popover"},
	})
	u.above.stale = true
}

func isModal(element js.Value) bool {
	if !jsval.Has(element, "matches") || !element.Get("isConnected").Bool() {
		return false
	}
	is, err := jsval.Call(element, "matches", "dialog:modal") // older browsers know neither
	return err == nil && is.Bool()
}

// noteModal remembers a dialog as the last one opened, unless it is known.
func (u *UI) noteModal(dialog js.Value) {
	u.update(func() { u.above.note(dialog) })
}

func (a *above) note(dialog js.Value) {
	for _, d := range a.modals {
		if d.Equal(dialog) {
			return
		}
	}
	a.modals, a.stale = append(a.modals, dialog), true
	a.observer.Call("observe", dialog, map[string]any{"attributes": true, "attributeFilter": []any{"open", "inert"}})
}

// modal is the dialog that was opened last of those that are open.
func (a *above) modal(document js.Value) js.Value {
	var open []js.Value
	for _, d := range a.modals {
		if isModal(d) {
			open = append(open, d)
		}
	}
	a.modals = open
	if found, err := jsval.Call(document, "querySelectorAll", "dialog:modal"); err == nil {
		for i := range found.Length() {
			a.note(found.Index(i))
		}
	}
	if n := len(a.modals); n > 0 {
		return a.modals[n-1]
	}
	return js.Null()
}

// place is where the root has to be to be seen and used, null for where it is.
func (u *UI) place(document js.Value) js.Value {
	a := &u.above
	if dialog := a.modal(document); dialog.Truthy() {
		a.away = true
		return dialog
	}
	body := document.Get("body")
	if full := fullScreen(document); full.Truthy() && !full.Call("contains", body).Bool() {
		a.away = true
		return full
	}
	if body.Truthy() && body.Call("closest", hides).Truthy() {
		a.away = true
		return document.Get("documentElement")
	}
	if !a.away {
		return js.Null()
	}
	a.away = false
	return body
}

// fullScreen is the element that fills the screen, if something can be shown in
// it: what is beside it is dead, in the top layer as well.
func fullScreen(document js.Value) js.Value {
	full := js.Null()
	for at := document; at.Truthy() && at.Get("fullscreenElement").Truthy(); at = full.Get("shadowRoot") {
		full = at.Get("fullscreenElement")
	}
	if full.Truthy() && full.Call("matches", replaced).Bool() {
		return js.Null()
	}
	return full
}

// replaced are elements that show nothing of what is in them.
const replaced = "video, iframe, img, canvas, object, embed"

// settleAbove brings the root to where it can be used, and on top. mu is held.
func (u *UI) settleAbove() {
	root := u.opt.Root
	layered := jsval.Has(root, "showPopover")
	if !root.Get("isConnected").Bool() || layered && !u.above.stale && root.Call("matches", ":popover-open").Bool() {
		return
	}
	if !layered && !u.above.stale {
		return
	}
	for _, name := range []string{"inert", "aria-hidden"} {
		if root.Call("hasAttribute", name).Bool() {
			root.Call("removeAttribute", name)
		}
	}
	document := u.window.Get("document")
	if to := u.place(document); to.Truthy() && !to.Equal(root.Get("parentNode")) {
		u.moveRoot(to)
	}
	u.above.stale = false
	if !layered {
		return
	}
	if root.Call("getAttribute", "popover").IsNull() {
		root.Call("setAttribute", "popover", "manual")
	}
	if root.Call("matches", ":popover-open").Bool() {
		_, _ = jsval.Call(root, "hidePopover")
	}
	_, _ = jsval.Call(root, "showPopover") // without it the root is where its z-index puts it
}

// moveRoot moves the root without disturbing what goes on in it.
func (u *UI) moveRoot(to js.Value) {
	root := u.opt.Root
	if jsval.Has(to, "moveBefore") {
		if _, err := jsval.Call(to, "moveBefore", root, js.Null()); err == nil {
			return
		}
	}
	shadow := root.Get("shadowRoot")
	focus := shadow.Get("activeElement")
	to.Call("appendChild", root)
	if focus.Truthy() {
		focus.Call("focus", map[string]any{"preventScroll": true})
	}
	videos := shadow.Call("querySelectorAll", "video")
	for i := range videos.Length() {
		videos.Index(i).Call("play").Call("catch", js.Global().Get("Object")) // a picture that cannot play stands still
	}
}
