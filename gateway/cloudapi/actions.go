package cloudapi

import (
	"errors"

	"tccc/gateway/directory"
)

// actions are what the API can do, by name.
var actions map[string]action

func init() {
	actions = map[string]action{
		"CreateSDKLoginToken": typed((*Handler).createSDKLoginToken),

		"DescribeTelCdr":                typed((*Handler).describeTelCdr),
		"DescribeTelCallInfo":           typed((*Handler).describeTelCallInfo),
		"DescribeTelSession":            typed((*Handler).describeTelSession),
		"DescribePSTNActiveSessionList": typed((*Handler).describePSTNActiveSessionList),
		"CreateCallOutSession":          typed((*Handler).createCallOutSession),
		"HangUpCall":                    typed((*Handler).hangUpCall),

		"DescribeIMCdrs":       typed((*Handler).describeIMCdrs),
		"DescribeIMCdrList":    typed((*Handler).describeIMCdrs), // its newer name
		"DescribeChatMessages": typed((*Handler).describeChatMessages),

		"EraseCustomerData": typed((*Handler).eraseCustomerData), // an addition

		"DescribeStaffInfoList":      typed((*Handler).describeStaffInfoList),
		"DescribeStaffStatusMetrics": typed((*Handler).describeStaffStatusMetrics),
		"CreateStaff":                typed((*Handler).createStaff),
		"ModifyStaff":                typed((*Handler).modifyStaff),
		"DeleteStaff":                typed((*Handler).deleteStaff),
		"ForceMemberOffline":         typed((*Handler).forceMemberOffline),

		"DescribeSkillGroupInfoList": typed((*Handler).describeSkillGroupInfoList),
		"CreateSkillGroup":           typed((*Handler).createSkillGroup),
		"ModifySkillGroup":           typed((*Handler).modifySkillGroup),
		"CreateCCCSkillGroup":        typed((*Handler).createSkillGroup), // the names of
		"UpdateCCCSkillGroup":        typed((*Handler).modifySkillGroup), // today's clients
		"DeleteCCCSkillGroup":        typed((*Handler).deleteSkillGroup),
		"BindStaffSkillGroupList":    typed((*Handler).bindStaffSkillGroupList),
		"UnbindStaffSkillGroupList":  typed((*Handler).unbindStaffSkillGroupList),
	}
}

// app checks that a request is about the application that its key opens. An
// application of somebody else is as unknown as one that nobody has.
func (h *Handler) app(q *request, sdkAppID int64) (string, error) {
	if decimal(sdkAppID) != q.cred.sdkAppID {
		return "", fail(CodeInstanceNotExist, "There is no application with this SdkAppId.")
	}
	return q.cred.sdkAppID, nil
}

// refused turns an error of the directory into the documented one; names gives
// the action's names of the directory's fields.
func refused(err error, names map[string]string) error {
	var e *directory.Error
	if !errors.As(err, &e) {
		return err
	}
	code := CodeInvalidParameterValue
	switch e.Kind {
	case directory.ErrNoApp:
		code = CodeInstanceNotExist
	case directory.ErrNoAgent:
		code = CodeAccountNotExist
	case directory.ErrNoGroup:
		code = CodeSkillGroupError
	case directory.ErrExists:
		code = CodeDuplicatedAccount
		if e.Field == "Name" {
			code = CodeSkillGroupExist
		}
	case directory.ErrInUse:
		code = CodeCurStateNotAllow
	case directory.ErrFull:
		code = CodeOutOfCountLimit
	}
	if name := names[e.Field]; name != "" {
		return fail(code, "`%s`: %s.", name, e.Text)
	}
	return fail(code, "%s.", e.Text)
}
