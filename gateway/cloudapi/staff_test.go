package cloudapi_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/gateway/cloudapi"
	"tccc/gateway/directory"
	"tccc/wire"
)

// of adds the application to an action's parameters.
func of(more object) object {
	p := object{"SdkAppId": json.Number(appID)}
	for k, v := range more {
		p[k] = v
	}
	return p
}

type staffList struct {
	TotalCount int
	StaffList  []struct {
		Name, Mail, Phone, Nick, StaffNumber, ExtensionNumber string
		RoleList                                              []int
		SkillGroupList                                        []struct {
			SkillGroupID   int64 `json:"SkillGroupId"`
			SkillGroupName string
			Priority       int
			Type           string
		}
		LastModifyTimestamp int64
	}
}

func (l *staffList) mails() []string {
	all := []string{}
	for _, s := range l.StaffList {
		all = append(all, s.Mail)
	}
	return all
}

func (b *bench) staff(more object) staffList {
	b.Helper()
	p := of(object{"PageSize": 9999, "PageNumber": 0})
	for k, v := range more {
		p[k] = v
	}
	var got staffList
	b.ok("DescribeStaffInfoList", p, &got)
	return got
}

func TestDescribeStaffInfoList(t *testing.T) {
	b := start(t, nil)
	got := b.staff(nil)
	require.Equal(t, []string{"agent1@demo", "agent2@demo", "agent3@demo"}, got.mails())
	first := got.StaffList[0]
	assert.Equal(t, []string{"Anna Wang", "13800000001", "101"}, []string{first.Name, first.Phone, first.StaffNumber})
	require.Len(t, first.SkillGroupList, 1)
	assert.Equal(t, directory.GroupNumber("sales"), first.SkillGroupList[0].SkillGroupID)
	assert.Equal(t, 3, first.SkillGroupList[0].Priority)
	assert.Equal(t, "ALL", first.SkillGroupList[0].Type)
	assert.Equal(t, []int{3}, first.RoleList)

	for name, c := range map[string]struct {
		more  object
		mails []string
		all   int
	}{
		"page":        {object{"PageSize": 2, "PageNumber": 1}, []string{"agent3@demo"}, 3},
		"beyond":      {object{"PageNumber": 1}, []string{}, 3},
		"one":         {object{"StaffMail": "agent2@demo"}, []string{"agent2@demo"}, 1},
		"nobody":      {object{"StaffMail": "agent9@other"}, []string{}, 0},
		"group by id": {object{"SkillGroupId": "support"}, []string{"agent2@demo"}, 1},
		"group by num": {object{"SkillGroupId": directory.GroupNumber("sales")},
			[]string{"agent1@demo", "agent2@demo"}, 2},
		"modified since": {object{"ModifiedTime": time.Now().Unix() + 60}, []string{}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			got := b.staff(c.more)
			assert.Equal(t, c.mails, got.mails())
			assert.Equal(t, c.all, got.TotalCount)
		})
	}
	b.refuses(cloudapi.CodeSkillGroupError, "DescribeStaffInfoList",
		of(object{"PageSize": 1, "PageNumber": 0, "SkillGroupId": 9}))
	b.refuses(cloudapi.CodeInvalidParameterValue, "DescribeStaffInfoList",
		of(object{"PageSize": 10000, "PageNumber": 0}))
	b.refuses(cloudapi.CodeMissingParameter, "DescribeStaffInfoList", of(object{"PageSize": 1}))
}

func TestStaff(t *testing.T) {
	b := start(t, nil)
	staff := func(more object) object {
		s := object{"Name": "Zoe", "Mail": "zoe@demo", "StaffNumber": "201"}
		for k, v := range more {
			s[k] = v
		}
		return s
	}
	b.ok("CreateStaff", of(object{"SendPassword": false, "Staffs": []object{staff(object{
		"Phone": "008613800000002", "Nick": "Z", "SkillGroupNameList": []string{"Support"}, "ExtensionNumber": "8001",
		"Role": 3, "UserId": "zoe@demo",
	})}}), nil)
	a, err := b.dir.Agent(appID, "zoe@demo")
	require.NoError(t, err)
	assert.Equal(t, []string{"Zoe", "13800000002", "Z", "201", "8001"},
		[]string{a.Name, a.Phone, a.Nick, a.StaffNo, a.Extension})
	assert.Equal(t, []string{"support"}, a.SkillGroups)
	b.ok("CreateSDKLoginToken", of(object{"SeatUserId": "zoe@demo"}), nil)

	for name, c := range map[string]struct {
		code string
		more object
	}{
		"account twice": {cloudapi.CodeDuplicatedAccount, object{"StaffNumber": "202"}},
		"number twice":  {cloudapi.CodeDuplicatedAccount, object{"Mail": "other@demo"}},
		"bad account":   {cloudapi.CodeInvalidParameterValue, object{"Mail": "a b"}},
		"long name": {cloudapi.CodeInvalidParameterValue,
			object{"Mail": "x@demo", "Name": strings.Repeat("x", 65), "StaffNumber": ""}},
		"control character": {cloudapi.CodeInvalidParameterValue,
			object{"Mail": "x@demo", "Name": "a\nb", "StaffNumber": ""}},
		"bad phone": {cloudapi.CodeInvalidParameterValue,
			object{"Mail": "x@demo", "Phone": "12a", "StaffNumber": ""}},
		"no such group": {cloudapi.CodeSkillGroupError,
			object{"Mail": "x@demo", "SkillGroupNameList": []string{"Theirs"}, "StaffNumber": ""}},
		"another user id": {cloudapi.CodeInvalidParameterValue,
			object{"Mail": "x@demo", "UserId": "y", "StaffNumber": ""}},
		"a role": {cloudapi.CodeInvalidParameterValue,
			object{"Mail": "x@demo", "Role": 1, "StaffNumber": ""}},
		"no account": {cloudapi.CodeMissingParameter, object{"Mail": nil}},
		"no name":    {cloudapi.CodeMissingParameter, object{"Name": nil}},
		"unknown":    {cloudapi.CodeUnknownParameter, object{"Colour": "red"}},
	} {
		t.Run(name, func(t *testing.T) {
			b.refuses(c.code, "CreateStaff", of(object{"Staffs": []object{staff(c.more)}}))
			assert.Len(t, b.staff(nil).StaffList, 4, "nothing changed")
		})
	}
	var got struct {
		ErrorStaffList []struct{ StaffEmail, Code, Message string }
	}
	b.ok("CreateStaff", of(object{"Staffs": []object{staff(nil),
		staff(object{"Mail": "max@demo", "StaffNumber": "203"})}}), &got)
	require.Len(t, got.ErrorStaffList, 1)
	assert.Equal(t, []string{"zoe@demo", cloudapi.CodeDuplicatedAccount},
		[]string{got.ErrorStaffList[0].StaffEmail, got.ErrorStaffList[0].Code})
	b.refuses(cloudapi.CodeInvalidParameterValue, "CreateStaff", of(object{"Staffs": []object{}}))
	b.refuses(cloudapi.CodeInvalidParameterValue, "CreateStaff",
		of(object{"Staffs": slices.Repeat([]object{staff(nil)}, 11)}))

	b.ok("ModifyStaff", of(object{"Email": "agent1@demo", "Name": "Anna", "StaffNo": "111",
		"SkillGroupIds": []any{7, "support"}, "Phone": ""}), nil)
	a, err = b.dir.Agent(appID, "agent1@demo")
	require.NoError(t, err)
	assert.Equal(t, []string{"Anna", "111", ""}, []string{a.Name, a.StaffNo, a.Phone})
	assert.Equal(t, []string{"7", "support"}, a.SkillGroups)
	for name, c := range map[string]struct {
		code string
		more object
	}{
		"nobody":        {cloudapi.CodeAccountNotExist, object{"Email": "agent9@other"}},
		"nobody, group": {cloudapi.CodeAccountNotExist, object{"Email": "agent9@other", "SkillGroupIds": []any{7}}},
		"their group":   {cloudapi.CodeSkillGroupError, object{"SkillGroupIds": []any{9}}},
		"group twice":   {cloudapi.CodeInvalidParameterValue, object{"SkillGroupIds": []any{7, "7"}}},
		"taken number":  {cloudapi.CodeDuplicatedAccount, object{"StaffNo": "201"}},
		"mobile":        {cloudapi.CodeUnsupportedOperation, object{"UseMobileAccept": 1}},
		"forwarding":    {cloudapi.CodeUnsupportedOperation, object{"ForwardingConfig": object{"Enabled": true}}},
	} {
		t.Run(name, func(t *testing.T) {
			p := of(object{"Email": "agent1@demo"})
			for k, v := range c.more {
				p[k] = v
			}
			b.refuses(c.code, "ModifyStaff", p)
		})
	}

	b.live.staff = []cloudapi.StaffState{
		{UserID: "agent2@demo", State: wire.AgentState{Status: wire.StatusFree}},
		{UserID: "zoe@demo", State: wire.AgentState{Status: wire.StatusOffline}},
	}
	b.refuses(cloudapi.CodeAccountNotExist, "DeleteStaff",
		of(object{"StaffList": []string{"zoe@demo", "agent9@other"}}))
	var deleted struct{ OnlineStaffList []string }
	b.ok("DeleteStaff", of(object{"StaffList": []string{"zoe@demo", "agent2@demo", "agent3@demo", "zoe@demo"}}),
		&deleted)
	assert.Equal(t, []string{"agent2@demo"}, deleted.OnlineStaffList)
	assert.Equal(t, []string{"agent1@demo", "agent2@demo", "max@demo"}, mailsOf(b))
	b.refuses(cloudapi.CodeAccountNotExist, "CreateSDKLoginToken", of(object{"SeatUserId": "zoe@demo"}))
	b.refuses(cloudapi.CodeInvalidParameterValue, "DeleteStaff", of(object{"StaffList": []string{}}))
}

func mailsOf(b *bench) []string { l := b.staff(nil); return l.mails() }

func TestStaffStatus(t *testing.T) {
	b := start(t, nil)
	now := time.Now()
	b.live.staff = []cloudapi.StaffState{
		{
			UserID: "agent1@demo", OnlineAt: now.Add(-time.Hour),
			State: wire.AgentState{Status: wire.StatusBusy, Since: now.UnixMilli(),
				Pending: &wire.PendingStatus{Status: wire.StatusRest}},
			Session: &wire.Session{Type: wire.TypePhone, Direction: wire.Outbound},
			Spent: map[wire.Status]time.Duration{wire.StatusFree: 30 * time.Minute, wire.StatusBusy: 20 * time.Minute,
				wire.StatusRest: 10 * time.Minute, wire.StatusOffline: time.Hour},
		},
		{UserID: "agent2@demo", State: wire.AgentState{Status: wire.StatusArrange}},
	}
	var got struct{ Metrics []object }
	b.ok("DescribeStaffStatusMetrics", of(nil), &got)
	require.Len(t, got.Metrics, 3)
	text, err := json.Marshal(got.Metrics[0])
	require.NoError(t, err)
	want, err := json.Marshal(object{
		"Email": "agent1@demo", "Status": "busy", "StatusExtra": object{"Type": "tel", "Direct": "out"},
		"OnlineDuration": 3600, "FreeDuration": 1800, "BusyDuration": 1200, "NotReadyDuration": 0, "RestDuration": 600,
		"AfterCallWorkDuration": 0, "Reason": "", "ReserveRest": true, "ReserveNotReady": false, "UseMobileAccept": 0,
		"UseMobileCallOut": false, "LastOnlineTimestamp": now.Add(-time.Hour).Unix(), "LastStatusTimestamp": now.Unix(),
	})
	require.NoError(t, err)
	assert.JSONEq(t, string(want), string(text))
	assert.Equal(t, "afterCallWork", got.Metrics[1]["Status"])
	assert.Equal(t, "offline", got.Metrics[2]["Status"])

	for name, c := range map[string]struct {
		more object
		want []string
	}{
		"staff":  {object{"StaffList": []string{"agent2@demo", "nobody"}}, []string{"agent2@demo"}},
		"group":  {object{"GroupIdList": []any{"support"}}, []string{"agent2@demo"}},
		"status": {object{"StatusList": []string{"offline", "busy"}}, []string{"agent1@demo", "agent3@demo"}},
		"all three": {object{"StaffList": []string{"agent1@demo"}, "GroupIdList": []any{"sales"},
			"StatusList": []string{"free"}}, []string{}},
	} {
		t.Run(name, func(t *testing.T) {
			var got struct{ Metrics []struct{ Email string } }
			b.ok("DescribeStaffStatusMetrics", of(c.more), &got)
			all := []string{}
			for _, m := range got.Metrics {
				all = append(all, m.Email)
			}
			assert.Equal(t, c.want, all)
		})
	}
	b.refuses(cloudapi.CodeInvalidParameterValue, "DescribeStaffStatusMetrics",
		of(object{"StatusList": []string{"happy"}}))
	b.refuses(cloudapi.CodeSkillGroupError, "DescribeStaffStatusMetrics", of(object{"GroupIdList": []any{9}}))
}

type groupList struct {
	TotalCount     int
	SkillGroupList []struct {
		SkillGroupID         int64 `json:"SkillGroupId"`
		SkillGroupName, Type string
		MaxConcurrency       int
		SkillGroupType       int
	}
}

func (b *bench) groups(more object) groupList {
	b.Helper()
	p := of(object{"PageSize": 100, "PageNumber": 0})
	for k, v := range more {
		p[k] = v
	}
	var got groupList
	b.ok("DescribeSkillGroupInfoList", p, &got)
	return got
}

func TestSkillGroups(t *testing.T) {
	b := start(t, nil)
	got := b.groups(nil)
	require.Len(t, got.SkillGroupList, 3)
	assert.Equal(t, []any{"Sales", "ALL", 0},
		[]any{got.SkillGroupList[0].SkillGroupName, got.SkillGroupList[0].Type, got.SkillGroupList[0].SkillGroupType})
	assert.Equal(t, []any{int64(7), "IM", 1},
		[]any{got.SkillGroupList[2].SkillGroupID, got.SkillGroupList[2].Type, got.SkillGroupList[2].SkillGroupType})
	assert.Equal(t, 1, b.groups(object{"SkillGroupName": "Support"}).TotalCount)
	assert.Equal(t, 1, b.groups(object{"SkillGroupId": 7}).TotalCount)
	assert.Len(t, b.groups(object{"PageSize": 2, "PageNumber": 1}).SkillGroupList, 1)
	b.refuses(cloudapi.CodeSkillGroupError, "DescribeSkillGroupInfoList",
		of(object{"PageSize": 1, "PageNumber": 0, "SkillGroupId": 9}))

	for _, actions := range [][2]string{{"CreateSkillGroup", "ModifySkillGroup"},
		{"CreateCCCSkillGroup", "UpdateCCCSkillGroup"}} {
		var made struct {
			SkillGroupID int64 `json:"SkillGroupId"`
		}
		name := "Video " + actions[0]
		b.ok(actions[0], of(object{"SkillGroupName": name, "SkillGroupType": 4, "MaxConcurrency": 1}), &made)
		g, err := b.dir.GroupByNumber(appID, made.SkillGroupID)
		require.NoError(t, err)
		assert.Equal(t, []wire.SessionType{wire.TypeVideo}, g.Types)
		b.ok(actions[1], of(object{"SkillGroupID": made.SkillGroupID, "SkillGroupName": name + " 2", "RingAll": false}),
			nil)
		b.ok(actions[1], of(object{"SkillGroupId": made.SkillGroupID, "SkillGroupName": name + " 3"}), nil)
		assert.Equal(t, 1, b.groups(object{"SkillGroupName": name + " 3"}).TotalCount)
		b.refuses(cloudapi.CodeSkillGroupExist, actions[0], of(object{"SkillGroupName": "Sales", "SkillGroupType": 0}))
		b.refuses(cloudapi.CodeSkillGroupExist, actions[1], of(object{"SkillGroupID": 7, "SkillGroupName": "Sales"}))
		b.refuses(cloudapi.CodeInvalidParameterValue, actions[0],
			of(object{"SkillGroupName": "New", "SkillGroupType": 2}))
		b.refuses(cloudapi.CodeInvalidParameterValue, actions[0], of(object{"SkillGroupName": "", "SkillGroupType": 0}))
		b.refuses(cloudapi.CodeInvalidParameterValue, actions[0],
			of(object{"SkillGroupName": "New", "SkillGroupType": 0, "MaxConcurrency": 2}))
		b.refuses(cloudapi.CodeMissingParameter, actions[0], of(object{"SkillGroupName": "New"}))
		b.refuses(cloudapi.CodeMissingParameter, actions[1], of(object{"SkillGroupName": "New"}))
		b.refuses(cloudapi.CodeUnsupportedOperation, actions[1], of(object{"SkillGroupID": 7, "RingAll": true}))
		b.refuses(cloudapi.CodeSkillGroupError, actions[1], of(object{"SkillGroupID": 9, "SkillGroupName": "Mine"}))
	}
	b.ok("ModifySkillGroup", of(object{"SkillGroupID": 7, "MaxConcurrency": 8}), nil)
	assert.Equal(t, 8, b.groups(object{"SkillGroupId": 7}).SkillGroupList[0].MaxConcurrency)

	b.ok("BindStaffSkillGroupList", of(object{"StaffEmail": "agent1@demo",
		"StaffSkillGroupList": []object{{"SkillGroupId": 7, "Priority": 1}}}), nil)
	b.ok("BindStaffSkillGroupList", of(object{"StaffEmail": "agent1@demo", "SkillGroupList": []any{"support"}}), nil)
	a, err := b.dir.Agent(appID, "agent1@demo")
	require.NoError(t, err)
	assert.Equal(t, []directory.Binding{{GroupID: "sales", Priority: 3}, {GroupID: "7", Priority: 1},
		{GroupID: "support", Priority: 3}}, a.Bindings)
	for name, c := range map[string]struct {
		code string
		more object
	}{
		"nobody":      {cloudapi.CodeAccountNotExist, object{"StaffEmail": "agent9@other", "SkillGroupList": []any{7}}},
		"their group": {cloudapi.CodeSkillGroupError, object{"SkillGroupList": []any{7, 9}}},
		"priority": {cloudapi.CodeInvalidParameterValue,
			object{"StaffSkillGroupList": []object{{"SkillGroupId": 7, "Priority": 6}}}},
		"none":  {cloudapi.CodeMissingParameter, nil},
		"no id": {cloudapi.CodeMissingParameter, object{"StaffSkillGroupList": []object{{"Priority": 1}}}},
	} {
		t.Run(name, func(t *testing.T) {
			p := of(object{"StaffEmail": "agent3@demo"})
			for k, v := range c.more {
				p[k] = v
			}
			b.refuses(c.code, "BindStaffSkillGroupList", p)
			a, err := b.dir.Agent(appID, "agent3@demo")
			require.NoError(t, err)
			assert.Empty(t, a.SkillGroups, "nothing changed")
		})
	}
	b.ok("UnbindStaffSkillGroupList", of(object{"StaffEmail": "agent1@demo",
		"SkillGroupList": []any{7, directory.GroupNumber("sales")}}), nil)
	a, err = b.dir.Agent(appID, "agent1@demo")
	require.NoError(t, err)
	assert.Equal(t, []string{"support"}, a.SkillGroups)
	b.refuses(cloudapi.CodeSkillGroupError, "UnbindStaffSkillGroupList",
		of(object{"StaffEmail": "agent1@demo", "SkillGroupList": []any{9}}))
	b.refuses(cloudapi.CodeMissingParameter, "UnbindStaffSkillGroupList", of(object{"StaffEmail": "agent1@demo"}))
	b.refuses(cloudapi.CodeAccountNotExist, "UnbindStaffSkillGroupList",
		of(object{"StaffEmail": "agent9@other", "SkillGroupList": []any{7}}))

	b.refuses(cloudapi.CodeCurStateNotAllow, "DeleteCCCSkillGroup",
		of(object{"SkillGroupId": directory.GroupNumber("sales")}))
	b.ok("DeleteCCCSkillGroup", of(object{"SkillGroupId": 7}), nil)
	b.refuses(cloudapi.CodeSkillGroupError, "DeleteCCCSkillGroup", of(object{"SkillGroupId": 7}))
}

// TestOtherApplications asks for everything of another application: it is
// always as if it did not exist, with the same words.
func TestOtherApplications(t *testing.T) {
	b := startWithCDRs(t, nil)
	now := time.Now().Unix()
	for action, p := range map[string]object{
		"CreateSDKLoginToken":           {"SeatUserId": "agent9@other"},
		"DescribeTelCdr":                {"StartTimeStamp": now, "EndTimeStamp": now, "PageSize": 1, "PageNumber": 0},
		"DescribeTelSession":            {"SessionId": "theirs"},
		"DescribePSTNActiveSessionList": {"Offset": 0, "Limit": 1},
		"CreateCallOutSession":          {"UserId": "agent9@other", "Callee": "10086"},
		"HangUpCall":                    {"SessionId": "theirs"},
		"DescribeIMCdrs":                {"StartTimestamp": now, "EndTimestamp": now},
		"DescribeIMCdrList":             {"StartTimestamp": now, "EndTimestamp": now},
		"DescribeChatMessages":          {"SessionId": "theirs"},
		"DescribeStaffInfoList":         {"PageSize": 1, "PageNumber": 0},
		"DescribeStaffStatusMetrics":    {},
		"CreateStaff":                   {"Staffs": []object{{"Name": "X", "Mail": "x@other"}}},
		"ModifyStaff":                   {"Email": "agent9@other", "Name": "X"},
		"DeleteStaff":                   {"StaffList": []string{"agent9@other"}},
		"ForceMemberOffline":            {"UserId": "agent9@other"},
		"DescribeSkillGroupInfoList":    {"PageSize": 1, "PageNumber": 0},
		"CreateSkillGroup":              {"SkillGroupName": "X", "SkillGroupType": 0},
		"ModifySkillGroup":              {"SkillGroupID": 9, "SkillGroupName": "X"},
		"DeleteCCCSkillGroup":           {"SkillGroupId": 9},
		"BindStaffSkillGroupList":       {"StaffEmail": "agent9@other", "SkillGroupList": []any{9}},
		"UnbindStaffSkillGroupList":     {"StaffEmail": "agent9@other", "SkillGroupList": []any{9}},
	} {
		t.Run(action, func(t *testing.T) {
			p["SdkAppId"] = json.Number(otherApp)
			theirs := b.refuses(cloudapi.CodeInstanceNotExist, action, p)
			p["SdkAppId"] = 1
			nobodys := b.refuses(cloudapi.CodeInstanceNotExist, action, p)
			assert.Equal(t, nobodys.Error, theirs.Error)
			delete(p, "SdkAppId")
			b.refuses(cloudapi.CodeMissingParameter, action, p)
			p["SdkAppId"] = appID // text where a number belongs
			b.refuses(cloudapi.CodeInvalidParameter, action, p)
		})
	}
	agents, _, err := b.dir.Agents(otherApp, directory.AgentQuery{})
	require.NoError(t, err)
	require.Len(t, agents, 1)
	assert.Equal(t, "Nina", agents[0].Name)
}
