// Command gallery shows the states of the interface, drawn by the interface's
// own renderer: every one on one page, or one alone. See shoot for how to look
// at it.
package main

import (
	"strings"
	"syscall/js"

	"tccc/ui"
	"tccc/ui/uitest"
)

var document = js.Global().Get("document")

// all draws every state whose name begins so, each in a frame of its own.
func all(lang ui.Lang, only string) {
	for _, c := range uitest.All(lang) {
		if !strings.HasPrefix(c.Name, only) {
			continue
		}
		frame := document.Call("createElement", "figure")
		frame.Get("classList").Call("toggle", "wide", c.State.Workbench)
		caption := document.Call("createElement", "figcaption")
		caption.Set("textContent", c.Name)
		host := document.Call("createElement", "div")
		frame.Call("append", caption, host)
		document.Get("body").Call("appendChild", frame)
		ui.Draw(host, ui.Render(c.View, &c.State, uitest.Now))
	}
}

// show draws one state alone, as it stands in a page; embedded draws its
// workbench as it fills an element of the page.
func show(_ js.Value, args []js.Value) any {
	name, lang, embedded := args[0].String(), ui.Lang(args[1].String()), args[2].Truthy()
	document.Get("documentElement").Set("lang", string(lang))
	document.Get("body").Call("replaceChildren")
	for _, c := range uitest.All(lang) {
		if c.Name != name {
			continue
		}
		c.State.Embedded = embedded
		host := document.Call("createElement", "main")
		host.Set("className", "alone")
		document.Get("body").Call("appendChild", host)
		if embedded {
			ui.Draw(host, ui.RenderEmbedded(c.View, &c.State, uitest.Now))
		} else {
			ui.Draw(host, ui.Render(c.View, &c.State, uitest.Now))
		}
		return true
	}
	return false
}

// names are those of all states: [{name, workbench}].
func names(js.Value, []js.Value) any {
	var list []any
	for _, c := range uitest.All(ui.English) {
		list = append(list, map[string]any{"name": c.Name, "workbench": c.State.Workbench})
	}
	return list
}

func main() {
	query := js.Global().Get("URLSearchParams").New(js.Global().Get("location").Get("search"))
	get := func(name string) string {
		if v := query.Call("get", name); v.Truthy() {
			return v.String()
		}
		return ""
	}
	if get("alone") == "" {
		all(ui.Lang(get("lang")), get("only"))
	}
	js.Global().Set("gallery", map[string]any{"names": js.FuncOf(names), "show": js.FuncOf(show)})
	document.Get("body").Get("classList").Call("add", "drawn")
	select {}
}
