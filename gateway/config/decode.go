package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"tccc/internal/clip"
)

// maxFile bounds the file, in bytes.
const maxFile = 4 << 20

// maxItems bounds each list.
const maxItems = 100_000

// parse reads the text of a file into c, which has its defaults.
func (r *report) parse(text []byte, c *Config) {
	if len(text) > maxFile {
		r.fail("", "the file is larger than %d bytes", maxFile)
		return
	}
	dec := yaml.NewDecoder(bytes.NewReader(text))
	var doc, more yaml.Node
	switch err := dec.Decode(&doc); {
	case errors.Is(err, io.EOF):
		return // nothing but comments
	case err != nil:
		r.syntax(err)
		return
	}
	if err := dec.Decode(&more); !errors.Is(err, io.EOF) {
		r.failAt(more.Line, "", "the file must hold one document: remove the line ---")
		return
	}
	if len(doc.Content) == 1 {
		r.decode(doc.Content[0], reflect.ValueOf(c).Elem(), "", "")
	}
}

var syntaxLine = regexp.MustCompile(`line (\d+): `)

func (r *report) syntax(err error) {
	text := strings.TrimPrefix(err.Error(), "yaml: ")
	line := 0
	if m := syntaxLine.FindStringSubmatch(text); m != nil {
		line, _ = strconv.Atoi(m[1])
		text = strings.Replace(text, m[0], "", 1)
	}
	r.failAt(line, "", "is not YAML: %s", plain(text))
}

func (r *report) failAt(line int, key, format string, args ...any) {
	r.errs = append(r.errs, &Error{File: r.file, Line: line, Key: key, Text: fmt.Sprintf(format, args...)})
}

// decode reads a node into a value. An empty node (null) is a key left out.
func (r *report) decode(n *yaml.Node, v reflect.Value, path string, tag reflect.StructTag) {
	r.places[path] = place{line: n.Line}
	switch {
	case n.Kind == yaml.AliasNode || n.Anchor != "":
		r.fail(path, "anchors and aliases are not supported: write the value out")
	case n.Kind == yaml.ScalarNode && n.Tag == "!!null":
	case isScalar(v.Type()):
		r.decodeScalar(n, v, path, tag)
	case v.Kind() == reflect.Slice:
		r.decodeList(n, v, path, tag)
	default:
		r.decodeStruct(n, v, path)
	}
}

func (r *report) decodeScalar(n *yaml.Node, v reflect.Value, path string, tag reflect.StructTag) {
	if n.Kind != yaml.ScalarNode {
		r.fail(path, "must be one value, not %s", kindOf(n))
		return
	}
	if err := setScalar(v, n.Value, tag); err != nil {
		r.fail(path, "%v", err)
	}
}

func (r *report) decodeList(n *yaml.Node, v reflect.Value, path string, tag reflect.StructTag) {
	if n.Kind != yaml.SequenceNode {
		r.fail(path, "must be a list (lines that begin with \"- \", or [a, b]), not %s", kindOf(n))
		return
	}
	if len(n.Content) > maxItems {
		r.fail(path, "has more than %d entries", maxItems)
		return
	}
	list := reflect.MakeSlice(v.Type(), len(n.Content), len(n.Content))
	for i, item := range n.Content {
		if item.Kind == yaml.ScalarNode && item.Tag == "!!null" {
			r.failAt(item.Line, index(path, i), "is empty: remove the entry or fill it")
			continue
		}
		if list.Index(i).Kind() == reflect.Struct && !isScalar(list.Index(i).Type()) {
			setDefaults(list.Index(i))
		}
		r.decode(item, list.Index(i), index(path, i), tag)
	}
	v.Set(list)
}

func (r *report) decodeStruct(n *yaml.Node, v reflect.Value, path string) {
	keys := keysOf(v.Type())
	if n.Kind != yaml.MappingNode {
		r.fail(path, "must have keys (%s), not %s", strings.Join(keys, ", "), kindOf(n))
		return
	}
	seen := make(map[string]bool, len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		field, f, ok := fieldByKey(v, key.Value, false)
		at := join(path, plain(clip.Shown(key.Value, 40)))
		switch {
		case key.Kind != yaml.ScalarNode || !ok:
			r.failAt(key.Line, at, "is not a key%s; allowed are %s", nearest(key.Value, keys), strings.Join(keys, ", "))
		case seen[key.Value]:
			r.failAt(key.Line, at, "is given twice: remove one")
		default:
			seen[key.Value] = true
			r.decode(value, field, at, f.Tag)
			r.places[at] = place{line: key.Line}
		}
	}
}

func kindOf(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "keys with values"
	case yaml.SequenceNode:
		return "a list"
	default:
		return fmt.Sprintf("the value %q", clip.Shown(n.Value, 40))
	}
}

// nearest suggests the key that was probably meant.
func nearest(got string, keys []string) string {
	best, distance := "", 3
	for _, key := range keys {
		if len(got) > 2*len(key) {
			continue
		}
		if d := editDistance(strings.ToLower(got), strings.ToLower(key)); d < distance {
			best, distance = key, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf(" (did you mean %q?)", best)
}

func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
