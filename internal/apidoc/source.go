package apidoc

import (
	"fmt"
	"slices"
	"strings"

	"tccc/internal/dts"
)

// field is a row of a table of options, results or payloads.
type field struct {
	name, typ string
	optional  bool
	text      string
}

// source is what the pages are made of, in one language.
type source struct {
	*dts.File
	chinese bool
	used    map[string]bool // texts of the tables
	missing []string        // texts that are not there
}

// addition begins the comments of what existing front ends do not know.
const addition = "Addition"

// isAddition reports whether a comment marks an addition.
func isAddition(doc string) bool { return strings.HasPrefix(doc, addition) }

// text is the description of a member: the comment in English, or what the
// tables have for its full name or, failing that, for the other one.
func (s *source) text(full, other, doc string) string {
	english := strings.TrimLeft(strings.TrimPrefix(doc, addition), ":., ")
	english = strings.TrimPrefix(english, "as all that follow. ")
	for _, key := range []string{full, other} {
		t, ok := texts[key]
		if !ok {
			continue
		}
		s.used[key] = true
		if s.chinese {
			return t.zh
		}
		if english == "" && t.en != "" {
			return t.en
		}
	}
	if !s.chinese && english != "" {
		return upper(english)
	}
	s.missing = append(s.missing, full)
	return ""
}

func upper(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// fields resolves an object type into its members. ok is false for types that
// are no objects.
func (s *source) fields(owner, typ string) (rows []field, ok bool) {
	for _, part := range dts.Split(typ, "&") {
		more, known := s.part(owner, part)
		if !known {
			return nil, false
		}
		for _, f := range more {
			if !slices.ContainsFunc(rows, func(have field) bool { return have.name == f.name }) {
				rows = append(rows, f)
			}
		}
	}
	return rows, true
}

func (s *source) part(owner, typ string) ([]field, bool) {
	if strings.HasPrefix(typ, "{") {
		members, err := dts.Fields(typ)
		if err != nil {
			return nil, false
		}
		return s.rows(owner, members), true
	}
	for _, wrapper := range []string{"Result", "Omit", "Payload"} {
		if args, ok := dts.Args(typ, wrapper); ok {
			return s.fields(owner, args[0])
		}
	}
	if i := s.Interface(typ); i != nil {
		var rows []field
		for _, base := range i.Extends {
			if more, ok := s.part(base, base); ok {
				rows = append(rows, more...)
			}
		}
		return append(rows, s.rows(i.Name, i.Members)...), true
	}
	if a := s.Alias(typ); a != nil && a.Params == "" && len(dts.Split(a.Type, "|")) == 1 {
		return s.fields(owner, a.Type)
	}
	return nil, false
}

func (s *source) rows(owner string, members []dts.Member) []field {
	var rows []field
	for _, m := range members {
		if strings.HasPrefix(m.Name, "[") {
			continue // any other name
		}
		f := field{m.Name, m.Type, m.Optional, s.text(owner+"."+m.Name, m.Name, m.Doc)}
		if isAddition(m.Doc) || strings.HasSuffix(m.Doc, addition+".") {
			f.text = s.mark(f.text)
		}
		rows = append(rows, f)
	}
	return rows
}

// mark says that something is an addition.
func (s *source) mark(text string) string {
	if s.chinese {
		return "（新增）" + text
	}
	return "*Addition.* " + strings.TrimSuffix(text, " "+addition+".")
}

// variants are the members of a union of objects, such as CallIn.
func (s *source) variants(typ string) []string {
	a := s.Alias(typ)
	if a == nil {
		return nil
	}
	parts := dts.Split(a.Type, "|")
	for _, p := range parts {
		if s.Interface(p) == nil {
			return nil
		}
	}
	return parts
}

func (s *source) check() error {
	if len(s.missing) == 0 {
		return nil
	}
	slices.Sort(s.missing)
	language := "English: a comment in web/tccc.d.ts, or a text in internal/apidoc/texts.go"
	if s.chinese {
		language = "Chinese: a text in internal/apidoc/texts.go"
	}
	return fmt.Errorf("these lack a description in %s\n\t%s", language, strings.Join(slices.Compact(s.missing), "\n\t"))
}
