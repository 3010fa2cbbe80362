package cloudapi

import "fmt"

// Codes of errors, as the vendor documents them for every product and for
// this one.
const (
	CodeSignatureFailure     = "AuthFailure.SignatureFailure"
	CodeSecretIDNotFound     = "AuthFailure.SecretIdNotFound"
	CodeSignatureExpire      = "AuthFailure.SignatureExpire"
	CodeInvalidAuthorization = "AuthFailure.InvalidAuthorization"
	CodeTokenFailure         = "AuthFailure.TokenFailure"

	CodeMissingParameter      = "MissingParameter"
	CodeInvalidParameter      = "InvalidParameter"
	CodeInvalidParameterValue = "InvalidParameterValue"
	CodeUnknownParameter      = "UnknownParameter"
	CodeInvalidAction         = "InvalidAction"
	CodeNoSuchVersion         = "NoSuchVersion"
	CodeUnsupportedProtocol   = "UnsupportedProtocol"
	CodeUnsupportedOperation  = "UnsupportedOperation"
	CodeRequestLimitExceeded  = "RequestLimitExceeded"
	CodeRequestSizeExceeded   = "RequestSizeLimitExceeded"
	CodeFailedOperation       = "FailedOperation"
	CodeInternalError         = "InternalError"

	CodeInstanceNotExist  = "InvalidParameterValue.InstanceNotExist" // no such application
	CodeAccountNotExist   = "InvalidParameterValue.AccountNotExist"  // no such agent
	CodeRecordNotExist    = "InvalidParameterValue.RecordNotExist"   // no such session
	CodeSkillGroupError   = "InvalidParameterValue.SkillGroupError"  // no such skill group
	CodeSkillGroupExist   = "InvalidParameterValue.SkillGroupExist"
	CodeDuplicatedAccount = "FailedOperation.DuplicatedAccount"
	CodeCallOutFailed     = "FailedOperation.CallOutFailed"
	CodeNoCallOutNumber   = "FailedOperation.NoCallOutNumber"
	CodeSeatStatusBusy    = "FailedOperation.SeatStatusBusy"
	CodeCurStateNotAllow  = "FailedOperation.CurStateNotAllowModify"
	CodeOutOfCountLimit   = "LimitExceeded.OutOfCountLimit"
)

// Error is what a client finds in Response.Error.
type Error struct {
	Code    string
	Message string
}

func (e *Error) Error() string { return e.Code + ": " + e.Message }

func fail(code, format string, args ...any) *Error {
	return &Error{code, fmt.Sprintf(format, args...)}
}

func missing(name string) *Error {
	return fail(CodeMissingParameter, "The request is missing a required parameter `%s`.", name)
}

func invalid(name, format string, args ...any) *Error {
	return fail(CodeInvalidParameterValue, "The value of the parameter `%s` is not valid: %s.", name,
		fmt.Sprintf(format, args...))
}
