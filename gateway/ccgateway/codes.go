package ccgateway

import (
	"errors"
	"fmt"

	"tccc/wire"
)

// Code is what retcode says: "0" for success, else one of the vendor's error
// codes.
type Code string

// The codes that this door answers with.
const (
	CodeOK            Code = "0"
	CodeBadURL        Code = "000-002" // bad URL parameter or address
	CodeNoPermission  Code = "000-003" // no permission, or authentication expired
	CodeSelfInspected Code = "000-005" // an inspector who inspects himself
	CodeRepeated      Code = "000-007" // invoked again before the first answer

	CodeSignInEmpty     Code = "100-001" // sign-in parameter empty or invalid
	CodeAlreadySignedIn Code = "100-002"
	CodeUnavailable     Code = "100-003" // resource unavailable at sign-in
	CodeWrongPassword   Code = "100-004" // wrong user name or password
	CodeNotSignedIn     Code = "100-006"
	CodeException       Code = "100-007" // resource not reachable or internal error
	CodeSignedOut       Code = "100-008" // the agent has signed out
	CodeStateNotSet     Code = "100-009" // the state cannot be set
	CodeSignOutState    Code = "100-010" // state error at sign-out
	CodeSignInInvalid   Code = "100-011" // invalid parameter
	CodeAgentType       Code = "100-012" // wrong agent type
)

// failure is an answer that is not a success.
type failure struct {
	code    Code
	message string
}

func (f *failure) Error() string { return string(f.code) + " " + f.message }

func fail(code Code, format string, args ...any) error {
	return &failure{code, fmt.Sprintf(format, args...)}
}

// asFailure turns any error into a failure. What the center says becomes the
// nearest code; the text of an unknown error stays inside.
func asFailure(err error) *failure {
	var f *failure
	if errors.As(err, &f) {
		return f
	}
	var e *wire.Error
	if !errors.As(err, &e) {
		return &failure{CodeException, "the gateway could not do this"}
	}
	code := CodeException
	switch {
	case errors.Is(err, wire.ErrAgentOffline):
		code = CodeSignedOut
	case errors.Is(err, wire.ErrInvalidStatus), errors.Is(err, wire.ErrInvalidBreakReason), errors.Is(err,
		wire.ErrForbidden):
		code = CodeStateNotSet
	}
	return &failure{code, e.Error()}
}
