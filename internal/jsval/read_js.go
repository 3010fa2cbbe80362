package jsval

import (
	"fmt"
	"syscall/js"
)

// Get reads a property whose getter may throw, as those of the browser's own
// objects do in sandboxes, under policies and with shields. What a getter throws
// during Value.Get ends the program: it goes past the runtime. Reflect.get is a
// call, whose exceptions come back as errors.
func Get(object js.Value, property string) (value js.Value, err error) {
	if !object.Truthy() {
		return js.Undefined(), fmt.Errorf("failed to read %s: %w", property, ErrMissing)
	}
	defer catch(&err)
	return reflection.Call("get", object, property), nil
}

var reflection = js.Global().Get("Reflect")

// Read follows properties from an object ("navigator", "language"). It is
// undefined where one is missing or throws.
func Read(object js.Value, properties ...string) js.Value {
	for _, name := range properties {
		next, err := Get(object, name)
		if err != nil {
			return js.Undefined()
		}
		object = next
	}
	return object
}

// Global is Read of the global object.
func Global(properties ...string) js.Value { return Read(js.Global(), properties...) }

// Text is a property that is a text, "" where it is none.
func Text(object js.Value, properties ...string) string {
	if v := Read(object, properties...); v.Type() == js.TypeString {
		return v.String()
	}
	return ""
}

// Store is a browser's localStorage or sessionStorage. It never fails: where
// nothing may be stored, or no more, what is put into it is forgotten.
type Store struct{ area js.Value }

// OpenStore opens "localStorage" or "sessionStorage".
func OpenStore(name string) Store { return Store{Global(name)} }

// Get is the text under the key, "" if there is none.
func (s Store) Get(key string) string {
	text, err := Call(s.area, "getItem", key)
	if err != nil || text.Type() != js.TypeString {
		return ""
	}
	return text.String()
}

// Set keeps a text. It reports whether it is kept.
func (s Store) Set(key, text string) bool {
	_, err := Call(s.area, "setItem", key, text)
	return err == nil && s.Get(key) == text
}
