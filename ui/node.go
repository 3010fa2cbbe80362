package ui

import "strings"

// Node is an element, or a text if Tag is empty. Trees are made anew for each
// rendering and never changed afterwards.
type Node struct {
	Tag      string
	Key      string // tells siblings apart across renderings; unkeyed ones go by position
	Text     string // of a text node
	SVG      bool   // the element is in the SVG namespace
	Attrs    []Attr
	Styles   []Attr // CSS properties, set one by one: a style attribute would need a laxer policy
	Children []*Node
}

// Attr is an attribute or a CSS property. The attribute "value" is set as the
// property of that name, because that is what the user edits.
type Attr struct{ Name, Value string }

// nodes fill the asterisks of a template.
type nodes []*Node

// el makes an element as a template describes it: a tag and then, as needed, a
// #key, .classes, [attributes=values] and, in parentheses, children. A child is
// an element, ? for a text, %name for an icon, or * for a node. Each ? stands
// for the next of the words, also within a value; [name?] is left out if its
// word is empty. Text in the program's data takes far less of it than calls do.
func el(text string, words ...string) *Node { return tree(text, nil, words...) }

// tree is el with nodes for the asterisks; nil ones are left out.
func tree(text string, list nodes, words ...string) *Node {
	t := template{text: text}
	return t.element(list, words)
}

// template is what is left of one. What it can say is what the views write, not
// CSS: values are not quoted and end at the bracket. The lists are handed down
// beside it, so that the compiler sees that they stay on the caller's stack.
type template struct {
	text        string
	node, words int // taken
}

// name takes what stands before the next character that means something.
func (t *template) name() string {
	end := strings.IndexAny(t.text, "#.[( )")
	if end < 0 {
		end = len(t.text)
	}
	name := t.text[:end]
	t.text = t.text[end:]
	return name
}

func (t *template) word(words []string) string {
	t.words++
	return words[t.words-1]
}

func (t *template) element(list nodes, words []string) *Node {
	n := &Node{Tag: t.name()}
	classes := ""
	for t.text != "" && t.text[0] != ' ' && t.text[0] != ')' {
		kind := t.text[0]
		t.text = t.text[1:]
		switch kind {
		case '#':
			n.Key = t.name()
		case '.':
			classes += " " + t.name()
		case '[':
			t.attr(n, words)
		case '(':
			t.children(n, list, words)
		}
	}
	if classes != "" {
		n.set("class", classes[1:])
	}
	return n
}

func (t *template) attr(n *Node, words []string) {
	text, rest, _ := strings.Cut(t.text, "]")
	t.text = rest
	name, value, _ := strings.Cut(text, "=")
	if required, optional := strings.CutSuffix(name, "?"); optional {
		if value = t.word(words); value != "" {
			n.set(required, value)
		}
		return
	}
	before, after, found := strings.Cut(value, "?")
	for found {
		before += t.word(words)
		value, after, found = strings.Cut(after, "?")
		before += value
	}
	n.set(name, before)
}

func (t *template) children(n *Node, list nodes, words []string) {
	for {
		kind := t.text[0]
		switch kind {
		case '?', '*', ' ', ')':
			t.text = t.text[1:]
		case '%':
			name := t.name()[1:]
			if name == "?" {
				name = t.word(words)
			}
			n.add(icon(name))
		default:
			n.add(t.element(list, words))
		}
		switch kind {
		case ')':
			return
		case '?':
			n.add(text(t.word(words)))
		case '*':
			n.add(list[t.node])
			t.node++
		}
	}
}

func text(words string) *Node { return &Node{Text: words} }

// add adds children; nil ones are left out.
func (n *Node) add(children ...*Node) {
	for _, c := range children {
		if c != nil {
			n.Children = append(n.Children, c)
		}
	}
}

// set adds an attribute. Three names mean something else: "key" is the node's
// key, "style:" begins a CSS property, and "named" is the label of what shows
// no words, for all to see.
func (n *Node) set(name, value string) {
	property, styled := strings.CutPrefix(name, "style:")
	switch {
	case name == "key":
		n.Key = value
	case name == "named":
		n.Attrs = append(n.Attrs, Attr{"aria-label", value}, Attr{"title", value})
	case styled:
		n.Styles = append(n.Styles, Attr{property, value})
	default:
		n.Attrs = append(n.Attrs, Attr{name, value})
	}
}

// Attr gives the value of an attribute, "" if there is none.
func (n *Node) Attr(name string) string {
	for _, a := range n.Attrs {
		if a.Name == name {
			return a.Value
		}
	}
	return ""
}

// Content is the text of the node and everything below it.
func (n *Node) Content() string {
	if n.Tag == "" {
		return n.Text
	}
	var b strings.Builder
	for _, c := range n.Children {
		b.WriteString(c.Content())
	}
	return b.String()
}

// Find gives every element below n (and n) for which match is true.
func (n *Node) Find(match func(*Node) bool) (found []*Node) {
	if n.Tag != "" && match(n) {
		found = append(found, n)
	}
	for _, c := range n.Children {
		found = append(found, c.Find(match)...)
	}
	return found
}

// unavailable marks a control that does nothing now, as [aria-disabled?]. It is
// not disabled, which would take the focus away from people who use the keyboard.
func unavailable(is bool) string {
	if is {
		return "true"
	}
	return ""
}

// truth is the value of an ARIA attribute.
func truth(is bool) string {
	if is {
		return "true"
	}
	return "false"
}

// Action is what a gesture means: a name that (*State).Apply knows, and what
// it is about. It stands in the element that the gesture is made on, as
// "data-click", "data-input", "data-change" or "data-submit", and "data-arg";
// the edge finds it from the event's target upwards.
type Action struct {
	Name string // for instance "accept"
	Arg  string // for instance a session id
}
