package cloudapi

import (
	"context"
	"encoding/json"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf8"

	"tccc/internal/clip"
)

// Parameters of an action are a struct. The tag of a field is the parameter's
// name, followed by ",required" if it must be there:
//
//	SdkAppId int64 `api:"SdkAppId,required"`
//
// Fields are int64, bool, string, groupRef, structs, lists of these, and
// pointers where being there makes a difference.

// formText is a parameter of a query or form, where everything is text.
type formText string

// groupRef names a skill group: its number, as the vendor's do, or its id.
type groupRef string

var groupRefType = reflect.TypeFor[groupRef]()

// action is one action of the API.
type action struct {
	params reflect.Type // the struct of its parameters
	run    func(ctx context.Context, h *Handler, q *request) (any, error)
}

// typed makes an action of a function with parameters.
func typed[P any](f func(h *Handler, ctx context.Context, q *request, p *P) (any, error)) action {
	return action{reflect.TypeFor[P](), func(ctx context.Context, h *Handler, q *request) (any, error) {
		p := new(P)
		if err := bindStruct(reflect.ValueOf(p).Elem(), q.params, ""); err != nil {
			return nil, err
		}
		return f(h, ctx, q, p)
	}}
}

func bindStruct(v reflect.Value, params map[string]any, path string) error {
	known := map[string]bool{}
	for i := range v.NumField() {
		name, option, _ := strings.Cut(v.Type().Field(i).Tag.Get("api"), ",")
		known[name] = true
		value := params[name]
		if value == nil {
			if option == "required" {
				return missing(path + name)
			}
			continue
		}
		if err := bind(v.Field(i), value, path+name); err != nil {
			return err
		}
	}
	for name := range params {
		if !known[name] {
			return fail(CodeUnknownParameter, "The parameter `%s` is not recognized.", path+clip.Shown(name, 64))
		}
	}
	return nil
}

func bind(v reflect.Value, value any, path string) error {
	text, isText := value.(string)
	if f, ok := value.(formText); ok {
		text, isText = string(f), true
	}
	switch {
	case v.Kind() == reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		return bind(v.Elem(), value, path)
	case v.Kind() == reflect.Slice:
		return bindList(v, value, path)
	case v.Kind() == reflect.Struct:
		m, ok := value.(map[string]any)
		if !ok {
			return wrongType(path, "an object")
		}
		return bindStruct(v, m, path+".")
	case v.Type() == groupRefType:
		if n, ok := value.(json.Number); ok {
			i, whole := wholeNumber(n.String())
			text, isText = strconv.FormatInt(i, 10), whole
		}
		if !isText {
			return wrongType(path, "an integer")
		}
		v.SetString(text)
		return nil
	case v.Kind() == reflect.String:
		if !isText {
			return wrongType(path, "a string")
		}
		if !utf8.ValidString(text) {
			return invalid(path, "it is not UTF-8")
		}
		v.SetString(text)
		return nil
	case v.Kind() == reflect.Bool:
		return bindBool(v, value, path)
	default:
		return bindInt(v, value, path)
	}
}

func bindList(v reflect.Value, value any, path string) error {
	items, ok := value.([]any)
	if !ok {
		return wrongType(path, "a list")
	}
	if len(items) > maxParams {
		return invalid(path, "it has more than %d elements", maxParams)
	}
	v.Set(reflect.MakeSlice(v.Type(), len(items), len(items)))
	for i, item := range items {
		at := path + "." + strconv.Itoa(i)
		if item == nil {
			return wrongType(at, "a value")
		}
		if err := bind(v.Index(i), item, at); err != nil {
			return err
		}
	}
	return nil
}

// bindInt takes a whole number; in a query or form, its text.
func bindInt(v reflect.Value, value any, path string) error {
	text := ""
	switch value := value.(type) {
	case json.Number:
		text = value.String()
	case formText:
		text = string(value)
	default:
		return wrongType(path, "an integer")
	}
	n, ok := wholeNumber(text)
	if !ok {
		return wrongType(path, "an integer")
	}
	v.SetInt(n)
	return nil
}

// wholeNumber reads an integer as clients of other languages write it: 1.4e9
// and 7.0 too, exactly (RFC 8259 section 6).
func wholeNumber(text string) (int64, bool) {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return n, true
	}
	if len(text) > 64 || strings.Trim(text, "-+.eE0123456789") != "" || !json.Valid([]byte(text)) {
		return 0, false
	}
	mantissa, exponent, _ := strings.Cut(strings.ToLower(text), "e")
	shift := 0
	if exponent != "" {
		var err error
		if shift, err = strconv.Atoi(exponent); err != nil {
			return 0, false
		}
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	digits := strings.TrimRight(whole+fraction, "0")
	shift += len(whole) - len(digits) // places after the last digit that counts
	switch {
	case strings.Trim(digits, "-0") == "":
		return 0, true
	case shift < 0 || shift > 19:
		return 0, false
	}
	n, err := strconv.ParseInt(digits+strings.Repeat("0", shift), 10, 64)
	return n, err == nil
}

func bindBool(v reflect.Value, value any, path string) error {
	switch value := value.(type) {
	case bool:
		v.SetBool(value)
		return nil
	case formText:
		if b, err := strconv.ParseBool(string(value)); err == nil {
			v.SetBool(b)
			return nil
		}
	}
	return wrongType(path, "true or false")
}

func wrongType(path, want string) error {
	return fail(CodeInvalidParameter, "The type of the parameter `%s` is not valid: it must be %s.", path, want)
}
