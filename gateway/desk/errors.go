package desk

import "fmt"

// Codes of errors. Those below 80000 are of every REST API of the vendor's,
// the others of this one.
const (
	CodeURL           = 60002  // the URL or its query is not as it should be
	CodeJSON          = 60003  // the body is no JSON
	CodeAccount       = 60004  // identifier or usersig is missing
	CodeTooOften      = 60007  // more requests than allowed
	CodeRequest       = 60008  // the HTTP request is not as it should be
	CodeResource      = 60009  // there is no such command
	CodeAdministrator = 60010  // only the administrator may do this
	CodeNoSDKAppID    = 60012  // sdkappid is missing or no number
	CodeExpired       = 70001  // the UserSig has expired
	CodeUnreadable    = 70003  // the UserSig cannot be read
	CodeSignature     = 70009  // the UserSig was made with another key
	CodeIdentifier    = 70013  // the UserSig is of another account
	CodeSDKAppID      = 70014  // the UserSig is of another application
	CodeNoKey         = 70016  // the application has no key
	CodeUnknownApp    = 70020  // there is no such application
	CodeGuessing      = 70050  // too many UserSigs of an address were wrong
	CodeInternal      = 141002 // an internal error: try again
	CodeParameter     = 141004 // a field of the body is missing or wrong
	CodeNoSession     = 141005 // there is no such session, or it has ended
)

// Error is a refused request.
type Error struct {
	Code int
	Info string
}

func (e *Error) Error() string { return fmt.Sprintf("%d: %s", e.Code, e.Info) }

func fail(code int, format string, args ...any) error {
	return &Error{code, fmt.Sprintf(format, args...)}
}
