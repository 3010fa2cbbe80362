package apidoc

import (
	"fmt"
	"slices"
	"strings"

	"tccc/internal/dts"
	"tccc/wire"
)

// Generate makes the pages, by their path below docs/api.
func Generate(types string) (map[string]string, error) {
	file, err := dts.Parse(types)
	if err != nil {
		return nil, fmt.Errorf("failed to read web/tccc.d.ts: %w", err)
	}
	pages := map[string]string{}
	used := map[string]bool{}
	for _, l := range []*language{&english, &chinese} {
		w := &writer{source: &source{File: file, chinese: l == &chinese, used: used}, l: l, pages: pages}
		w.all()
		if err := w.check(); err != nil {
			return nil, err
		}
	}
	return pages, unused(used)
}

// unused finds texts that belong to nothing.
func unused(used map[string]bool) error {
	var left []string
	for key := range texts {
		if !used[key] {
			left = append(left, key)
		}
	}
	for key := range fails {
		if !used["fails "+key] {
			left = append(left, "fails: "+key)
		}
	}
	if len(left) == 0 {
		return nil
	}
	slices.Sort(left)
	return fmt.Errorf("web/tccc.d.ts has nothing of these names of internal/apidoc:\n\t%s", strings.Join(left, "\n\t"))
}

type writer struct {
	*source
	l     *language
	pages map[string]string
	b     strings.Builder
}

func (w *writer) line(format string, args ...any) { fmt.Fprintf(&w.b, format+"\n", args...) }

// page ends a page and begins the next.
func (w *writer) page(name string) {
	w.pages[w.l.dir+"/"+name+".md"] = strings.TrimRight(w.b.String(), "\n") + "\n"
	w.b.Reset()
}

func (w *writer) head(title string) {
	w.line("<!-- %s -->", w.l.generated)
	w.line("# %s\n", title)
}

// namespace is one page: an interface whose members are methods.
type namespace struct {
	name string // "" is the object itself
	*dts.Interface
}

func (n namespace) file() string {
	if n.name == "" {
		return "tccc"
	}
	return strings.ToLower(n.name)
}

// key is the full name of a method in the tables.
func (n namespace) key(method string) string { return strings.TrimPrefix(n.name+"."+method, ".") }

func (w *writer) namespaces() []namespace {
	global := w.Interface("Global")
	all := []namespace{{"", global}}
	for _, m := range global.Members {
		if i := w.Interface(m.Type); i != nil && !m.Method {
			all = append(all, namespace{m.Name, i})
		}
	}
	return all
}

func (w *writer) all() {
	for _, n := range w.namespaces() {
		w.namespacePage(n)
	}
	w.eventsPage()
	w.errorsPage()
	w.typesPage()
	w.indexPage()
}

func (w *writer) namespacePage(n namespace) {
	title := "tccc"
	if n.name != "" {
		title += "." + n.name
	}
	w.head(title)
	w.line("%s\n", w.text("tccc."+n.file(), "", ""))
	for _, m := range n.Members {
		if m.Method {
			w.method(n, m)
		}
	}
	w.page(n.file())
}

func (w *writer) method(n namespace, m dts.Member) {
	key := n.key(m.Name)
	w.line("## %s\n", m.Name)
	text := w.text(key, "", m.Doc)
	if !slices.Contains(contract, key) {
		text = w.mark(text)
	}
	w.line("%s\n", text)
	var params []string
	for _, p := range m.Params {
		optional := ""
		if p.Optional {
			optional = "?"
		}
		params = append(params, p.Name+optional+": "+p.Type)
	}
	w.line("```ts\ntccc.%s(%s): %s\n```\n", key, strings.Join(params, ", "), m.Type)
	for _, p := range m.Params {
		if rows, ok := w.fields(key, p.Type); ok {
			w.table(w.l.options, rows)
		}
	}
	inner, promise := dts.Args(m.Type, "Promise")
	if !promise {
		return
	}
	if inner[0] == "Result" {
		w.line("%s\n", w.l.noData)
	} else if rows, ok := w.fields(key, inner[0]); !ok {
		w.line("%s\n", fmt.Sprintf(w.l.fulfilledWith, w.typ(inner[0])))
	} else {
		w.table(w.l.data, rows)
	}
	w.failures(key)
}

// failures lists the errors of a method; those of all methods are on the index.
func (w *writer) failures(key string) {
	w.used["fails "+key] = true
	list, ok := fails[key]
	if !ok {
		w.missing = append(w.missing, key+" (its errors, in internal/apidoc/fails.go)")
	}
	var names []string
	for _, e := range list {
		names = append(names, w.errorLink(e))
	}
	if len(names) > 0 {
		w.line("%s %s\n", w.l.errors, strings.Join(names, w.l.comma))
	}
}

func (w *writer) errorLink(e *wire.Error) string {
	return fmt.Sprintf("[`%s`](errors.md#%s) %d", e.Name, strings.ToLower(e.Name), e.Code)
}

func (w *writer) table(title string, rows []field) {
	if title != "" {
		w.line("%s\n", title)
	}
	w.line("| %s | %s | %s | %s |\n|---|---|---|---|", w.l.name, w.l.typ, w.l.required, w.l.meaning)
	for _, f := range rows {
		required := w.l.yes
		if f.optional {
			required = w.l.no
		}
		w.line("| `%s` | %s | %s | %s |", f.name, w.typ(f.typ), required, strings.ReplaceAll(f.text, "|", "\\|"))
	}
	w.line("")
}

// typ is a type in a table, with links to the types that have an entry.
func (w *writer) typ(typ string) string {
	var links []string
	for _, word := range strings.FieldsFunc(typ, func(r rune) bool {
		return !(r == '_' || r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z')
	}) {
		if w.listed(word) && !strings.Contains(typ, "'"+word+"'") && !slices.Contains(links, word) {
			links = append(links, word)
		}
	}
	text := "`" + strings.ReplaceAll(typ, "|", "\\|") + "`"
	for _, l := range links {
		link := fmt.Sprintf("[%s](types.md#%s)", l, strings.ToLower(l))
		if len(links) == 1 && (typ == l || typ == l+"[]") {
			return fmt.Sprintf("[`%s`](types.md#%s)", typ, strings.ToLower(l))
		}
		text += " " + link
	}
	return text
}

func (w *writer) eventsPage() {
	w.head(w.l.events)
	w.line("%s\n", w.l.eventsText)
	for _, m := range w.Interface("Events").Members {
		w.line("## %s\n", m.Name)
		text := w.text("Events."+m.Name, "", m.Doc)
		if !slices.Contains(contract, "events."+m.Name) {
			text = w.mark(text)
		}
		w.line("%s\n", text)
		if variants := w.variants(m.Type); variants != nil {
			for _, v := range variants {
				rows, _ := w.fields("Events."+m.Name, v)
				w.table(fmt.Sprintf(w.l.payloadOf, v), rows)
			}
			continue
		}
		switch rows, ok := w.fields("Events."+m.Name, m.Type); {
		case !ok:
			w.line("%s %s\n", w.l.payload, w.typ(m.Type))
		case len(rows) == 0:
			w.line("%s\n", w.l.noPayload)
		default:
			w.table(w.l.payload, rows)
		}
	}
	w.page("events")
}

func (w *writer) errorsPage() {
	w.head(w.l.errorsTitle)
	w.line("%s\n", w.l.errorsText)
	for _, e := range wire.Catalogue() {
		message, cause, remedy := e.Message, e.Cause, e.Remedy
		if w.chinese {
			t, ok := chineseErrors[e.Code]
			if !ok {
				w.missing = append(w.missing, fmt.Sprintf("error %d %s (internal/apidoc/errors.go)", e.Code, e.Name))
			}
			message, cause, remedy = t[0], t[1], t[2]
		}
		again := w.l.no
		if e.Recoverable {
			again = w.l.yes
		}
		w.line("## %s\n", e.Name)
		w.line("| | |\n|---|---|\n| %s | %d |\n| %s | %s |\n| %s | %s |\n| %s | %s |\n| %s | %s |\n", w.l.code, e.Code,
			w.l.message, message, w.l.cause,
			strings.TrimSuffix(cause, "."), w.l.remedy, remedy, w.l.again, again)
	}
	w.page("errors")
}

// structural are the types that the pages explain in words.
var structural = []string{"Global", "Events", "EventName", "Emitter", "ErrorCode", "ErrorName", "Result", "Payload",
	"SessionOptions"}

// listed reports whether a type has an entry on the page of types.
func (w *writer) listed(name string) bool {
	if slices.Contains(structural, name) ||
		slices.ContainsFunc(w.namespaces(), func(n namespace) bool { return n.Interface.Name == name }) {
		return false
	}
	return w.Interface(name) != nil || w.Alias(name) != nil
}

func (w *writer) typesPage() {
	w.head(w.l.types)
	var names []string
	for _, i := range w.Interfaces {
		names = append(names, i.Name)
	}
	for _, a := range w.Aliases {
		names = append(names, a.Name)
	}
	slices.Sort(names)
	for _, name := range names {
		if !w.listed(name) {
			continue
		}
		w.line("## %s\n", name)
		if a := w.Alias(name); a != nil {
			if a.Doc != "" || texts["type "+name].zh != "" {
				w.line("%s\n", w.text("type "+name, "", a.Doc))
			}
			w.line("```ts\n%s\n```\n", a.Type)
			continue
		}
		i := w.Interface(name)
		if i.Doc != "" || texts["type "+name].zh != "" {
			text := w.text("type "+name, "", i.Doc)
			if isAddition(i.Doc) {
				text = w.mark(text)
			}
			w.line("%s\n", text)
		}
		rows, _ := w.fields(name, name)
		w.table("", rows)
	}
	w.page("types")
}

func (w *writer) indexPage() {
	w.head(w.l.title)
	w.line("%s\n", w.l.intro)
	for _, n := range w.namespaces() {
		var names []string
		for _, m := range n.Members {
			if m.Method {
				names = append(names, fmt.Sprintf("[`%s`](%s.md#%s)", m.Name, n.file(), strings.ToLower(m.Name)))
			}
		}
		title := "tccc." + n.name
		w.line("- [%s](%s.md)%s%s", strings.TrimSuffix(title, "."), n.file(), w.l.colon, strings.Join(names, w.l.comma))
	}
	var events []string
	for _, m := range w.Interface("Events").Members {
		events = append(events, fmt.Sprintf("[`%s`](events.md#%s)", m.Name, strings.ToLower(m.Name)))
	}
	w.line("- [%s](events.md)%s%s", w.l.events, w.l.colon, strings.Join(events, w.l.comma))
	w.line("- [%s](errors.md)\n- [%s](types.md)\n", w.l.errorsTitle, w.l.types)
	w.line("## %s\n\n%s\n", w.l.resultsTitle, w.l.resultsText)
	rows, _ := w.fields("Rejection", "Rejection")
	w.table(w.l.rejection, rows)
	var names []string
	for _, e := range everywhere {
		names = append(names, w.errorLink(e))
	}
	w.line("%s %s", w.l.everywhere, strings.Join(names, w.l.comma))
	w.page("README")
}
