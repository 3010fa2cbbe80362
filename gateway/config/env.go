package config

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"tccc/internal/clip"
)

// EnvPrefix begins the name of every environment variable.
const EnvPrefix = "TCCC_"

// Key describes one key with a value of its own, for documentation and tests.
type Key struct {
	Path    string // "sip.trunks[].address"
	Env     string // "TCCC_SIP_TRUNKS_0_ADDRESS", with 0 for the index of a list
	Type    string // "text", "number", "duration", "true or false", "port range", "size", "secret", "list of texts"
	Default string
	Allowed string // range or words; empty if any
}

// Keys lists every key in the order of the structs.
func Keys() []Key {
	return keys(nil, reflect.TypeFor[Config](), "", strings.TrimSuffix(EnvPrefix, "_"))
}

func keys(all []Key, t reflect.Type, path, env string) []Key {
	for i := range t.NumField() {
		f := t.Field(i)
		name := f.Tag.Get("yaml")
		if name == "-" {
			continue
		}
		at, variable := join(path, name), env+"_"+strings.ToUpper(name)
		switch {
		case isScalar(f.Type) || isScalarList(f.Type):
			all = append(all, Key{at, variable, typeName(f.Type), f.Tag.Get("default"), allowed(f.Tag)})
		case f.Type.Kind() == reflect.Slice:
			all = keys(all, f.Type.Elem(), at+"[]", variable+"_0")
		default:
			all = keys(all, f.Type, at, variable)
		}
	}
	return all
}

func typeName(t reflect.Type) string {
	switch t {
	case typeSecret:
		return "secret"
	case typePortRange:
		return "port range"
	case typeSize:
		return "size"
	case typeDuration:
		return "duration"
	}
	switch t.Kind() {
	case reflect.Pointer:
		return typeName(t.Elem())
	case reflect.Slice:
		return "list of " + typeName(t.Elem()) + "s"
	case reflect.Bool:
		return "true or false"
	case reflect.Int:
		return "number"
	default:
		return "text"
	}
}

func allowed(tag reflect.StructTag) string {
	if words := tag.Get("oneof"); words != "" {
		return strings.Join(strings.Fields(words), ", ")
	}
	if low := tag.Get("min"); low != "" {
		return fmt.Sprintf("%s to %s", low, tag.Get("max"))
	}
	return ""
}

// environ sets the keys that environment variables name. Variables with the
// prefix that name no key become warnings: container platforms put variables
// of their own there (a Kubernetes service "tccc" gives TCCC_SERVICE_HOST).
func (r *report) environ(env []string, c *Config) {
	type setting struct {
		name, text string
		path       []string
	}
	var all []setting
	for _, entry := range env {
		name, text, _ := strings.Cut(entry, "=")
		if tail, ok := strings.CutPrefix(name, EnvPrefix); ok {
			all = append(all, setting{name, text, strings.Split(tail, "_")})
		}
	}
	slices.SortStableFunc(all, func(a, b setting) int { return slices.CompareFunc(a.path, b.path, compareSegments) })
	for _, s := range all {
		if !r.setEnv(reflect.ValueOf(c).Elem(), s.path, "", s.name, s.text) {
			c.Warnings = append(c.Warnings,
				fmt.Sprintf("environment variable %s names no key of the configuration and has no effect",
					clip.Shown(s.name, 40)))
		}
	}
}

// compareSegments orders list indexes by number, so that entries can be added
// one after the other.
func compareSegments(a, b string) int {
	m, err1 := strconv.Atoi(a)
	n, err2 := strconv.Atoi(b)
	if err1 == nil && err2 == nil {
		return m - n
	}
	return strings.Compare(a, b)
}

// setEnv walks down to the key and reports whether there is one.
func (r *report) setEnv(v reflect.Value, segments []string, path, name, text string) bool {
	field, f, ok := fieldByKey(v, segments[0], true)
	if !ok {
		return false
	}
	at, rest := join(path, f.Tag.Get("yaml")), segments[1:]
	scalar, list := isScalar(f.Type), isScalarList(f.Type)
	switch {
	case scalar || list:
		if len(rest) > 0 {
			return false
		}
		set := setScalar
		if list {
			set = setList
		}
		r.places[at] = place{env: name}
		if err := set(field, text, f.Tag); err != nil {
			r.fail(at, "%v", err)
		}
		return true
	case f.Type.Kind() == reflect.Slice:
		return len(rest) > 1 && r.setEnvItem(field, rest, at, name, text)
	default:
		return len(rest) > 0 && r.setEnv(field, rest, at, name, text)
	}
}

// setEnvItem sets a key of a list's entry; the index after the last entry adds
// one.
func (r *report) setEnvItem(list reflect.Value, segments []string, path, name, text string) bool {
	i, err := strconv.Atoi(segments[0])
	if err != nil || i < 0 {
		return false
	}
	if _, _, ok := fieldByKey(reflect.Zero(list.Type().Elem()), segments[1], true); !ok {
		return false
	}
	if i > list.Len() || i >= maxItems {
		r.errs = append(r.errs, &Error{Env: name, Key: path,
			Text: fmt.Sprintf("has %d entries: the next index is %d", list.Len(), list.Len())})
		return true
	}
	if i == list.Len() {
		item := reflect.New(list.Type().Elem()).Elem()
		setDefaults(item)
		list.Set(reflect.Append(list, item))
		r.places[index(path, i)] = place{env: name}
	}
	return r.setEnv(list.Index(i), segments[1:], index(path, i), name, text)
}
