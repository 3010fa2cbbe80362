// Package dts reads web/tccc.d.ts: the interfaces and types of its namespace,
// each member with its comment. It knows the shape that the file has, no more
// of TypeScript; what it does not know is an error with the line.
package dts

import (
	"fmt"
	"slices"
	"strings"
)

// File is a declaration file with one namespace.
type File struct {
	Interfaces []*Interface
	Aliases    []*Alias
}

// Interface is `interface Name extends … { members }`.
type Interface struct {
	Name, Doc string
	Extends   []string
	Members   []Member
}

// Alias is `type Name<Params> = Type;`.
type Alias struct {
	Name, Params, Doc, Type string
}

// Member is a property or a method.
type Member struct {
	Name, Doc string
	Optional  bool
	Method    bool
	Params    []Param // of a method
	Type      string  // of a property, or what a method returns
}

// Param is a parameter of a method.
type Param struct {
	Name, Type string
	Optional   bool
}

// Interface returns the interface of that name, nil if there is none.
func (f *File) Interface(name string) *Interface {
	i := slices.IndexFunc(f.Interfaces, func(i *Interface) bool { return i.Name == name })
	if i < 0 {
		return nil
	}
	return f.Interfaces[i]
}

// Alias returns the alias of that name, nil if there is none.
func (f *File) Alias(name string) *Alias {
	i := slices.IndexFunc(f.Aliases, func(a *Alias) bool { return a.Name == name })
	if i < 0 {
		return nil
	}
	return f.Aliases[i]
}

// Member returns the member of that name, nil if there is none.
func (i *Interface) Member(name string) *Member {
	n := slices.IndexFunc(i.Members, func(m Member) bool { return m.Name == name })
	if n < 0 {
		return nil
	}
	return &i.Members[n]
}

// Parse reads the namespace of a declaration file.
func Parse(source string) (f *File, err error) {
	defer func() {
		if v := recover(); v != nil {
			bad, ok := v.(syntaxError)
			if !ok {
				panic(v)
			}
			f, err = nil, bad
		}
	}()
	p := &parser{tokens: scan(source), source: source}
	for p.peek().text != "namespace" {
		if p.next().text == "" {
			p.fail("no namespace")
		}
	}
	p.next()
	p.next() // its name
	p.want("{")
	f = &File{}
	for !p.is("}") {
		doc := p.peek().doc
		switch t := p.next(); t.text {
		case "interface":
			f.Interfaces = append(f.Interfaces, p.iface(doc))
		case "type":
			f.Aliases = append(f.Aliases, p.alias(doc))
		default:
			p.failAt(t, "neither interface nor type")
		}
	}
	return f, nil
}

// Fields reads an object type, `{ a: string; b?: number }`.
func Fields(object string) (members []Member, err error) {
	f, err := Parse("namespace x { interface X " + object + " }")
	if err != nil {
		return nil, err
	}
	return f.Interfaces[0].Members, nil
}

// Split splits a type at a sign that is not inside brackets or a text, such
// as & or |.
func Split(text string, at string) []string {
	tokens := scan(text)
	var parts []string
	depth, from := 0, 0
	for _, t := range tokens {
		switch {
		case t.text == at && depth == 0:
			if part := strings.TrimSpace(text[from:t.from]); part != "" || from > 0 {
				parts = append(parts, part)
			}
			from = t.to
		case strings.Contains("([{<", t.text) && len(t.text) == 1:
			depth++
		case strings.Contains(")]}>", t.text) && len(t.text) == 1:
			depth--
		}
	}
	return append(parts, strings.TrimSpace(text[from:]))
}

// Args gives the arguments of a generic type of that name: those of
// Promise<Result> are Result. ok is false for any other type.
func Args(text, name string) (args []string, ok bool) {
	inner, ok := strings.CutPrefix(strings.TrimSpace(text), name+"<")
	if !ok || !strings.HasSuffix(inner, ">") {
		return nil, false
	}
	return Split(strings.TrimSuffix(inner, ">"), ","), true
}

type syntaxError string

func (e syntaxError) Error() string { return string(e) }

type parser struct {
	source string
	tokens []token
	at     int
}

func (p *parser) peek() token { return p.tokens[p.at] }

func (p *parser) next() token {
	t := p.tokens[p.at]
	if p.at < len(p.tokens)-1 {
		p.at++
	}
	return t
}

func (p *parser) is(text string) bool {
	if p.peek().text != text {
		return false
	}
	p.next()
	return true
}

func (p *parser) want(text string) {
	if t := p.next(); t.text != text {
		p.failAt(t, fmt.Sprintf("%q expected, not %q", text, t.text))
	}
}

func (p *parser) fail(what string) { p.failAt(p.peek(), what) }

func (p *parser) failAt(t token, what string) {
	panic(syntaxError(fmt.Sprintf("line %d: %s", 1+strings.Count(p.source[:t.from], "\n"), what)))
}

// name reads an identifier.
func (p *parser) name() string {
	t := p.next()
	if t.text == "" || !wordByte(t.text[0]) {
		p.failAt(t, fmt.Sprintf("a name expected, not %q", t.text))
	}
	return t.text
}

// generics reads <…> if it is there.
func (p *parser) generics() string {
	if p.peek().text != "<" {
		return ""
	}
	p.next()
	text := p.text(">")
	p.want(">")
	return text
}

// text reads a type up to one of the signs outside of brackets.
func (p *parser) text(until ...string) string {
	first, depth := p.peek(), 0
	last := first
	for {
		t := p.peek()
		if t.text == "" {
			p.failAt(first, "a type without an end")
		}
		if depth == 0 && slices.Contains(until, t.text) {
			break
		}
		switch t.text {
		case "(", "[", "{", "<":
			depth++
		case ")", "]", "}", ">":
			depth--
		}
		last = p.next()
	}
	if last.to < first.from {
		return ""
	}
	return plain(p.source[first.from:last.to])
}

func (p *parser) iface(doc string) *Interface {
	i := &Interface{Name: p.name(), Doc: doc}
	p.generics()
	if p.is("extends") {
		i.Extends = Split(p.text("{"), ",")
	}
	p.want("{")
	for !p.is("}") {
		i.Members = append(i.Members, p.member())
	}
	return i
}

func (p *parser) member() Member {
	m := Member{Doc: p.peek().doc}
	if p.is("readonly") && (p.peek().text == ":" || p.peek().text == "?") {
		p.fail("readonly is no name here")
	}
	if p.is("[") { // a mapped type
		m.Name = "[" + p.text("]") + "]"
		p.want("]")
	} else {
		m.Name = p.name()
	}
	m.Optional = p.is("?")
	p.generics()
	if p.is("(") {
		m.Method = true
		for !p.is(")") {
			m.Params = append(m.Params, p.param())
			p.is(",")
		}
	}
	p.want(":")
	m.Type = p.text(";", "}")
	p.is(";")
	return m
}

func (p *parser) param() Param {
	rest := ""
	for p.is(".") {
		rest = "..."
	}
	a := Param{Name: rest + p.name()}
	a.Optional = p.is("?")
	p.want(":")
	a.Type = p.text(",", ")")
	return a
}

func (p *parser) alias(doc string) *Alias {
	a := &Alias{Name: p.name(), Doc: doc}
	a.Params = p.generics()
	p.want("=")
	a.Type = strings.TrimPrefix(p.text(";"), "| ")
	p.want(";")
	return a
}
