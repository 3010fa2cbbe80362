package wire

import (
	"errors"
	"fmt"
	"slices"
)

// Error is an entry of the catalogue, or such an entry with a detail. It is
// what a page receives as the reason of a rejection and what travels in the
// error member of a JSON-RPC response.
type Error struct {
	Code        int    `json:"code"`             // permanent number
	Name        string `json:"name"`             // permanent name, upper camel case
	Message     string `json:"message"`          // what happened
	Cause       string `json:"cause,omitempty"`  // why it usually happens
	Remedy      string `json:"remedy,omitempty"` // what the reader can do
	Recoverable bool   `json:"recoverable"`      // true if the same call may succeed later
	Field       string `json:"field,omitempty"`  // the option that is wrong, if one is
	Detail      string `json:"detail,omitempty"` // what is particular to this occurrence
}

func (e *Error) Error() string {
	msg := e.Message
	if e.Detail != "" {
		msg += ": " + e.Detail
	}
	if e.Remedy != "" {
		msg += ". " + e.Remedy
	}
	return msg
}

// Is reports whether target is the same entry of the catalogue.
func (e *Error) Is(target error) bool {
	var t *Error
	return errors.As(target, &t) && t.Code == e.Code
}

// With returns a copy of e that carries a detail.
func (e *Error) With(format string, args ...any) *Error {
	c := *e
	c.Detail = fmt.Sprintf(format, args...)
	return &c
}

// For returns a copy of e that names the wrong field and says what is wrong.
func (e *Error) For(field, format string, args ...any) *Error {
	c := e.With(format, args...)
	c.Field = field
	return c
}

// AsError turns any error into an entry of the catalogue; what it does not
// know becomes ErrInternal without the text, which may hold secrets.
func AsError(err error) *Error {
	if err == nil {
		return nil
	}
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return ErrInternal
}

// Catalogue lists every entry in the order of its code.
func Catalogue() []*Error { return slices.Clone(catalogue) }
