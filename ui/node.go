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

// el makes an element as a selector describes it: a tag and then, as needed, a
// #key, .classes and [attributes=values]. Texts take less of the program than
// calls. Parts are attributes (*attrs), children (*Node, []*Node) and texts
// (string); nil ones are left out.
func el(selector string, parts ...any) *Node {
	n := &Node{}
	n.describe(selector)
	n.add(parts)
	return n
}

// describe reads a selector. What it can say is what the views write, not CSS:
// values are not quoted and end at the bracket.
func (n *Node) describe(selector string) {
	classes := ""
	for kind := byte(0); ; {
		end := strings.IndexAny(selector, "#.[")
		if kind == '[' {
			end = strings.IndexByte(selector, ']')
		}
		word := selector
		if end >= 0 {
			word = selector[:end]
		}
		switch kind {
		case 0:
			n.Tag = word
		case '#':
			n.Key = word
		case '.':
			classes += " " + word
		case '[':
			name, value, _ := strings.Cut(word, "=")
			n.Attrs = append(n.Attrs, Attr{name, value})
			end++ // the bracket
		}
		if end < 0 || end == len(selector) {
			break
		}
		kind, selector = selector[end], selector[end+1:]
	}
	if classes != "" {
		n.Attrs = append(n.Attrs, Attr{"class", classes[1:]})
	}
}

func (n *Node) add(parts []any) {
	for _, part := range parts {
		switch p := part.(type) {
		case *attrs:
			if p != nil {
				for _, a := range *p {
					n.attr(a)
				}
			}
		case *Node:
			if p != nil {
				n.Children = append(n.Children, p)
			}
		case []*Node:
			for _, c := range p {
				if c != nil {
					n.Children = append(n.Children, c)
				}
			}
		case string:
			n.Children = append(n.Children, &Node{Text: p})
		}
	}
}

func (n *Node) attr(a Attr) {
	switch {
	case a.Name == "key":
		n.Key = a.Value
	case strings.HasPrefix(a.Name, "style:"):
		n.Styles = append(n.Styles, Attr{strings.TrimPrefix(a.Name, "style:"), a.Value})
	default:
		n.Attrs = append(n.Attrs, a)
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

// attrs are attributes as a part of an element. They go by pointer because a
// struct takes a call of its own to become an interface value.
type attrs []Attr

func attr(name, value string) *attrs { return &attrs{{name, value}} }
func class(names string) *attrs      { return attr("class", names) }
func key(k string) *attrs            { return attr("key", k) }
func style(name, v string) *attrs    { return attr("style:"+name, v) }
func label(text string) *attrs       { return attr("aria-label", text) }

// named is the label of what shows no words, for all to see.
func named(text string) *attrs { return &attrs{{"aria-label", text}, {"title", text}} }

// unavailable marks a control that does nothing now. It is not disabled, which
// would take the focus away from people who use the keyboard.
func unavailable(is bool) *attrs {
	if !is {
		return nil
	}
	return attr("aria-disabled", "true")
}

// aria is an ARIA attribute that is "true" or "false".
func aria(name string, on bool) *attrs {
	if on {
		return attr(name, "true")
	}
	return attr(name, "false")
}

// on names the action that an event of the element stands for: "data-click",
// "data-input", "data-change", "data-submit". The edge finds it from the
// event's target upwards.
func on(event string, a Action) *attrs {
	list := attr("data-"+event, a.Name)
	if a.Arg != "" {
		*list = append(*list, Attr{"data-arg", a.Arg})
	}
	return list
}

// Action is what a gesture means: a name that (*State).Apply knows, and what
// it is about.
type Action struct {
	Name string // for instance "accept"
	Arg  string // for instance a session id
}
