package directory

import (
	"errors"
	"fmt"
)

// Kinds of errors, for errors.Is.
var (
	ErrNoApp   = errors.New("there is no such application")
	ErrNoAgent = errors.New("there is no such agent")
	ErrNoGroup = errors.New("there is no such skill group")
	ErrExists  = errors.New("it exists already")
	ErrInvalid = errors.New("the value is not valid")
	ErrInUse   = errors.New("it is in use")
	ErrFull    = errors.New("there are too many changes")
)

// Error is a refused change.
type Error struct {
	Kind error // one of the kinds above
	// UserID, Name, StaffNo, Phone, Nick, Extension, MaxChats, Groups, Priority, Types, MaxConcurrency or ""
	Field string
	Text  string // what is wrong, for the reader
}

func (e *Error) Error() string { return e.Text }

// Unwrap gives the kind.
func (e *Error) Unwrap() error { return e.Kind }

func fail(kind error, field, format string, args ...any) error {
	return &Error{Kind: kind, Field: field, Text: fmt.Sprintf(format, args...)}
}
