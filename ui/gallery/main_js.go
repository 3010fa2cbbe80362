// Command gallery shows every state of the interface on one page, drawn by the
// interface's own renderer. See shoot for how to look at it.
package main

import (
	"strings"
	"syscall/js"

	"tccc/ui"
	"tccc/ui/uitest"
)

func main() {
	document := js.Global().Get("document")
	query := js.Global().Get("URLSearchParams").New(js.Global().Get("location").Get("search"))
	get := func(name string) string {
		if v := query.Call("get", name); v.Truthy() {
			return v.String()
		}
		return ""
	}
	lang, only := ui.LangOf(get("lang")), get("only")
	for _, c := range uitest.All(lang) {
		if only != "" && !strings.HasPrefix(c.Name, only) {
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
	document.Get("body").Get("classList").Call("add", "drawn")
	select {}
}
