// Package ui is the SDK's own interface: the call bar with its floating button,
// and the workbench.
//
// It is a pure function and a thin edge. The view_*.go files turn an agent.View
// and the interface's own state into a tree of nodes; state.go says what a
// gesture does to that state and which members of tccc it calls. Both are
// tested natively. dom_js.go and ui_js.go bring the tree into a shadow root
// with the fewest changes and hand gestures back. Text is only ever set as
// text, never parsed as markup.
package ui
