package config

import (
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"io"
	"log/slog"
)

// Secret is a password or key. It prints as "***" whatever it is printed with:
// fmt, slog, JSON and YAML. The zero value is "not set".
type Secret struct {
	// A pointer: fmt does not call the methods of values in unexported fields
	// of other structs, but it prints pointers there as addresses.
	value *string
}

// NewSecret wraps text; an empty text gives the zero Secret.
func NewSecret(text string) Secret {
	if text == "" {
		return Secret{}
	}
	return Secret{&text}
}

// IsZero reports whether the secret is not set.
func (s Secret) IsZero() bool { return s.value == nil }

// Reveal gives the text, for the one place that needs it.
func (s Secret) Reveal() string {
	if s.value == nil {
		return ""
	}
	return *s.value
}

// Equal compares in constant time, whatever the lengths. A secret that is not
// set equals nothing.
func (s Secret) Equal(text string) bool {
	want, got := sha256.Sum256([]byte(s.Reveal())), sha256.Sum256([]byte(text))
	return subtle.ConstantTimeCompare(want[:], got[:]) == 1 && s.value != nil
}

func (s Secret) mask() string {
	if s.value == nil {
		return ""
	}
	return "***"
}

// String hides the text.
func (s Secret) String() string { return s.mask() }

// GoString hides the text.
func (s Secret) GoString() string { return s.mask() }

// Format hides the text from every verb.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, s.mask()) }

// LogValue hides the text.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.mask()) }

// MarshalText hides the text; encoding/json uses it too.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.mask()), nil }

// MarshalYAML hides the text.
func (s Secret) MarshalYAML() (any, error) { return s.mask(), nil }
