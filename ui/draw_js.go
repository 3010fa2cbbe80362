package ui

import "syscall/js"

// Draw shows a tree in a shadow root of the host, once and without listening to
// anything. It is for galleries and documents.
func Draw(host js.Value, n *Node) {
	document := js.Global().Get("document")
	root := host.Call("attachShadow", js.ValueOf(map[string]any{"mode": "open"}))
	applyStyles(document, root)
	newRenderer(document, root).render(n)
}
