package wire

import (
	"errors"
	"reflect"
	"strings"
)

func errorsAs[T error](err error, target *T) bool { return errors.As(err, target) }

// shortJSONError keeps an error of encoding/json readable and free of input.
func shortJSONError(err error) string {
	msg := strings.TrimPrefix(err.Error(), "json: ")
	if len(msg) > 120 {
		msg = msg[:120]
	}
	return strings.ToValidUTF8(msg, "")
}

func orOptions(field string) string {
	if field == "" {
		return "options"
	}
	return field
}

// kindName is the JSON name of a Go type, for messages to people who write JavaScript.
func kindName(t reflect.Type) string {
	switch t.Kind() {
	case reflect.String:
		return "string"
	case reflect.Bool:
		return "boolean"
	case reflect.Slice, reflect.Array:
		return "array of " + kindName(t.Elem()) + "s"
	case reflect.Struct, reflect.Map:
		return "object"
	case reflect.Pointer:
		return kindName(t.Elem())
	default:
		return "number"
	}
}

// jsonKind cleans what encoding/json says of a value ("number 12" and such).
func jsonKind(value string) string {
	kind, _, _ := strings.Cut(value, " ")
	if kind == "bool" {
		return "boolean"
	}
	return kind
}

func article(noun string) string {
	if noun != "" && strings.IndexByte("aeiou", noun[0]) >= 0 {
		return "an " + noun
	}
	return "a " + noun
}
