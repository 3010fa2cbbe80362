package ui

import (
	"strconv"
	"syscall/js"
)

// renderer brings trees of nodes into an element, each time with the fewest
// changes: what is the same as before is not touched, not even read. It only
// ever makes elements and texts.
type renderer struct {
	document js.Value
	parent   js.Value
	top      *mounted
}

// mounted is a node and the DOM node that shows it.
type mounted struct {
	node     *Node
	dom      js.Value
	children []*mounted
}

func newRenderer(document, parent js.Value) *renderer {
	return &renderer{document: document, parent: parent}
}

// render shows the tree.
func (r *renderer) render(n *Node) {
	if r.top != nil && same(r.top.node, n) {
		r.patch(r.top, n)
		return
	}
	r.clear()
	r.top = r.mount(n)
	r.parent.Call("appendChild", r.top.dom)
}

// clear removes what is shown.
func (r *renderer) clear() {
	if r.top != nil {
		r.top.dom.Call("remove")
		r.top = nil
	}
}

// same reports whether the DOM node of one can be made into the other.
func same(a, b *Node) bool { return a.Tag == b.Tag && a.Key == b.Key && a.SVG == b.SVG }

func (r *renderer) mount(n *Node) *mounted {
	m := &mounted{node: n}
	switch {
	case n.Tag == "":
		m.dom = r.document.Call("createTextNode", n.Text)
		return m
	case n.SVG:
		m.dom = r.document.Call("createElementNS", "http://www.w3.org/2000/svg", n.Tag)
	default:
		m.dom = r.document.Call("createElement", n.Tag)
	}
	for _, a := range n.Attrs {
		if a.Name != "value" {
			m.dom.Call("setAttribute", a.Name, a.Value)
		}
	}
	for _, s := range n.Styles {
		m.dom.Get("style").Call("setProperty", s.Name, s.Value)
	}
	for _, c := range n.Children {
		child := r.mount(c)
		m.children = append(m.children, child)
		m.dom.Call("appendChild", child.dom)
	}
	setValue(m.dom, n)
	return m
}

func (r *renderer) patch(m *mounted, n *Node) {
	old := m.node
	if old == n { // nodes never change
		return
	}
	m.node = n
	if n.Tag == "" {
		if old.Text != n.Text {
			m.dom.Set("nodeValue", n.Text)
		}
		return
	}
	patchAttrs(old.Attrs, n.Attrs, func(a Attr) {
		if a.Name != "value" {
			m.dom.Call("setAttribute", a.Name, a.Value)
		}
	}, func(name string) { m.dom.Call("removeAttribute", name) })
	patchAttrs(old.Styles, n.Styles,
		func(a Attr) { m.dom.Get("style").Call("setProperty", a.Name, a.Value) },
		func(name string) { m.dom.Get("style").Call("removeProperty", name) })
	r.patchChildren(m, n.Children)
	setValue(m.dom, n)
}

// setValue sets what the user edits, if it is not so already: setting it moves
// the caret.
func setValue(dom js.Value, n *Node) {
	for _, a := range n.Attrs {
		if a.Name == "value" && dom.Get("value").String() != a.Value {
			dom.Set("value", a.Value)
		}
	}
}

func patchAttrs(old, now []Attr, set func(Attr), remove func(name string)) {
	for _, a := range now {
		if before, ok := lookup(old, a.Name); !ok || before != a.Value {
			set(a)
		}
	}
	for _, a := range old {
		if _, ok := lookup(now, a.Name); !ok {
			remove(a.Name)
		}
	}
}

func lookup(attrs []Attr, name string) (string, bool) {
	for _, a := range attrs {
		if a.Name == name {
			return a.Value, true
		}
	}
	return "", false
}

// patchChildren matches children by key, unkeyed ones by their tag and place
// among those of that tag; it moves only what is not in its place.
func (r *renderer) patchChildren(m *mounted, nodes []*Node) {
	available := make(map[string]*mounted, len(m.children))
	for i, id := range identities(m.children, func(c *mounted) *Node { return c.node }) {
		available[id] = m.children[i]
	}
	children := make([]*mounted, len(nodes))
	for i, id := range identities(nodes, func(n *Node) *Node { return n }) {
		if c := available[id]; c != nil && same(c.node, nodes[i]) {
			delete(available, id)
			children[i] = c
		}
	}
	var stay []*mounted // in the order of the DOM
	for _, c := range m.children {
		if contains(available, c) {
			c.dom.Call("remove")
		} else {
			stay = append(stay, c)
		}
	}
	for i, n := range nodes {
		c := children[i]
		switch {
		case c != nil && len(stay) > 0 && stay[0] == c:
			stay = stay[1:]
			r.patch(c, n)
			continue
		case c != nil:
			stay = without(stay, c)
			r.patch(c, n)
		default:
			c = r.mount(n)
			children[i] = c
		}
		next := js.Null()
		if len(stay) > 0 {
			next = stay[0].dom
		}
		m.dom.Call("insertBefore", c.dom, next)
	}
	m.children = children
}

// identities name siblings: by key, or by tag and position.
func identities[T any](siblings []T, node func(T) *Node) []string {
	ids := make([]string, len(siblings))
	count := make(map[string]int)
	for i, s := range siblings {
		n := node(s)
		if n.Key != "" {
			ids[i] = "k:" + n.Key
			continue
		}
		ids[i] = "t:" + n.Tag + ":" + strconv.Itoa(count[n.Tag])
		count[n.Tag]++
	}
	return ids
}

func contains(available map[string]*mounted, c *mounted) bool {
	for _, a := range available {
		if a == c {
			return true
		}
	}
	return false
}

func without(list []*mounted, c *mounted) []*mounted {
	for i := range list {
		if list[i] == c {
			return append(list[:i:i], list[i+1:]...)
		}
	}
	return list
}
