package config

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"tccc/internal/clip"
)

var (
	typeDuration  = reflect.TypeFor[time.Duration]()
	typeSecret    = reflect.TypeFor[Secret]()
	typePortRange = reflect.TypeFor[PortRange]()
	typeSize      = reflect.TypeFor[Size]()
)

// isScalar reports whether a key of this type has one value of text.
func isScalar(t reflect.Type) bool {
	switch t {
	case typeDuration, typeSecret, typePortRange, typeSize:
		return true
	}
	switch t.Kind() {
	case reflect.String, reflect.Bool, reflect.Int:
		return true
	case reflect.Pointer:
		return isScalar(t.Elem())
	}
	return false
}

// isScalarList reports whether a key of this type is a list of texts.
func isScalarList(t reflect.Type) bool { return t.Kind() == reflect.Slice && isScalar(t.Elem()) }

// maxText bounds a value, in bytes.
const maxText = 4096

// setScalar reads the text of a value. The error says what is allowed.
func setScalar(v reflect.Value, text string, tag reflect.StructTag) error {
	if len(text) > maxText {
		return fmt.Errorf("is longer than %d bytes", maxText)
	}
	switch v.Type() {
	case typeSecret:
		v.Set(reflect.ValueOf(NewSecret(text)))
		return nil
	case typePortRange:
		ports, err := ParsePortRange(text)
		v.Set(reflect.ValueOf(ports))
		return err
	case typeSize:
		return setSize(v, text, tag)
	case typeDuration:
		return setDuration(v, text, tag)
	}
	switch v.Kind() {
	case reflect.Pointer:
		value := reflect.New(v.Type().Elem())
		v.Set(value)
		return setScalar(value.Elem(), text, tag)
	case reflect.Bool:
		if text != "true" && text != "false" {
			return fmt.Errorf("must be true or false, not %q", clip.Shown(text, 40))
		}
		v.SetBool(text == "true")
	case reflect.Int:
		return setInt(v, text, tag)
	default:
		return setText(v, text, tag)
	}
	return nil
}

func setText(v reflect.Value, text string, tag reflect.StructTag) error {
	if tag.Get("fold") != "" {
		for _, word := range strings.Fields(tag.Get("oneof")) {
			if strings.EqualFold(word, text) {
				text = word
			}
		}
	}
	if words := strings.Fields(tag.Get("oneof")); len(words) > 0 && text != "" && !slices.Contains(words, text) {
		return fmt.Errorf("must be one of %s, not %q", strings.Join(words, ", "), clip.Shown(text, 40))
	}
	if strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f || r == '\uFFFD' }) {
		return errors.New("must be one line of plain text")
	}
	v.SetString(text)
	return nil
}

func setInt(v reflect.Value, text string, tag reflect.StructTag) error {
	n, err := strconv.Atoi(text)
	low, _ := strconv.Atoi(tag.Get("min"))
	high, _ := strconv.Atoi(tag.Get("max"))
	if err != nil || n < low || n > high {
		return fmt.Errorf("must be a whole number from %d to %d, not %q", low, high, clip.Shown(text, 40))
	}
	v.SetInt(int64(n))
	return nil
}

// setSize reads a size; 0 has a meaning of its own and needs not be in the range.
func setSize(v reflect.Value, text string, tag reflect.StructTag) error {
	size, err := ParseSize(text)
	if err != nil {
		return err
	}
	low, _ := ParseSize(tag.Get("min"))
	high, _ := ParseSize(tag.Get("max"))
	if size != 0 && (size < low || size > high) {
		return fmt.Errorf("must be a size from %s to %s, or 0, not %q", low, high, clip.Shown(text, 40))
	}
	v.SetInt(int64(size))
	return nil
}

func setDuration(v reflect.Value, text string, tag reflect.StructTag) error {
	d, err := time.ParseDuration(text)
	low, _ := time.ParseDuration(tag.Get("min"))
	high, _ := time.ParseDuration(tag.Get("max"))
	if err != nil || d < low || d > high {
		return fmt.Errorf("must be a duration from %s to %s with its unit (12s, 5m, 1h30m), not %q", tag.Get("min"),
			tag.Get("max"), clip.Shown(text, 40))
	}
	v.SetInt(int64(d))
	return nil
}

// setDefaults gives every key of a struct its default. The tags are checked by
// a test, so that an error here cannot happen.
func setDefaults(v reflect.Value) {
	for _, f := range reflect.VisibleFields(v.Type()) {
		text, ok := f.Tag.Lookup("default")
		field := v.FieldByIndex(f.Index)
		switch {
		case f.Type.Kind() == reflect.Struct && !isScalar(f.Type):
			setDefaults(field)
		case ok && isScalarList(f.Type):
			_ = setList(field, text, f.Tag)
		case ok:
			_ = setScalar(field, text, f.Tag)
		}
	}
}

// setList reads a list that is written in one text, separated by commas.
func setList(v reflect.Value, text string, tag reflect.StructTag) error {
	list := reflect.MakeSlice(v.Type(), 0, 0)
	for word := range strings.SplitSeq(text, ",") {
		if word = strings.TrimSpace(word); word == "" {
			continue
		}
		item := reflect.New(v.Type().Elem()).Elem()
		if err := setScalar(item, word, tag); err != nil {
			return err
		}
		list = reflect.Append(list, item)
	}
	v.Set(list)
	return nil
}

// fieldByKey finds the field of a struct that a key names. fold compares
// without regard to case, as environment variables need it.
func fieldByKey(v reflect.Value, key string, fold bool) (reflect.Value, reflect.StructField, bool) {
	for i := range v.NumField() {
		f := v.Type().Field(i)
		name := f.Tag.Get("yaml")
		if name != "-" && (name == key || fold && strings.EqualFold(name, key)) {
			return v.Field(i), f, true
		}
	}
	return reflect.Value{}, reflect.StructField{}, false
}

// keysOf lists the keys of a struct in the order of its fields.
func keysOf(t reflect.Type) []string {
	var keys []string
	for i := range t.NumField() {
		if name := t.Field(i).Tag.Get("yaml"); name != "-" {
			keys = append(keys, name)
		}
	}
	return keys
}

// plain makes a text fit to be shown on a terminal.
func plain(text string) string {
	quoted := strconv.Quote(text)
	return strings.ReplaceAll(quoted[1:len(quoted)-1], `\"`, `"`)
}
