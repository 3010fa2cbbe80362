package cloudapi_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/gateway/cloudapi"
	"tccc/gateway/directory"
	"tccc/gateway/store"
	"tccc/wire"
)

// t0 is when the first call of the tests began.
var t0 = time.Now().Add(-time.Hour).Truncate(time.Second)

func at(seconds int64) int64 { return t0.UnixMilli() + seconds*1000 }

// cdrs are records as the center writes them.
func cdrs() []store.CDR {
	return []store.CDR{
		{ // an inbound call through the menu, offered twice
			SessionID: "in-1", SDKAppID: appID, Type: wire.TypePhone, Direction: wire.Inbound, Caller: "01012345678",
			Callee: "4001000003", Location: "Beijing", UUI: "order=7", UserID: "agent2@demo", StaffNo: "102",
			AgentName: "Ben Li", ServerType: wire.StaffSeat, SkillGroupID: "sales", SkillGroupName: "Sales",
			IVRPath: []wire.PathKey{{Key: "1", Label: "Sales"}}, StartAt: at(0), IVRAt: at(1), QueueAt: at(5),
			RingAt: at(6), AnswerAt: at(20), EndAt: at(80), Duration: 60_000, CloseBy: wire.CloseClient, RingCount: 2,
			Remark: "vip",
			Rings: []store.Ring{
				{UserID: "agent1@demo", At: at(6), Until: at(18), Result: "noAnswer"},
				{UserID: "agent2@demo", At: at(18), Until: at(20), Result: "answered"},
			},
		},
		{ // an outbound call that nobody answered
			SessionID: "out-1", SDKAppID: appID, Type: wire.TypePhone, Direction: wire.Outbound, Caller: "4001000001",
			Callee: "13800000009", UserID: "agent1@demo", StaffNo: "101", AgentName: "Anna Wang", SkillGroupID: "sales",
			SkillGroupName: "Sales", StartAt: at(100), RingAt: at(101), EndAt: at(160), CloseBy: wire.CloseAdmin,
			MainReason: wire.ReasonNoAnswer,
		},
		{ // a call that gave up while waiting
			SessionID: "in-2", SDKAppID: appID, Type: wire.TypePhone, Direction: wire.Inbound, Caller: "13800000009",
			Callee: "4001000001", SkillGroupID: "sales", SkillGroupName: "Sales", StartAt: at(200), QueueAt: at(200),
			EndAt: at(230), CloseBy: wire.CloseClient,
		},
		{ // a chat
			SessionID: "im-1", SDKAppID: appID, Type: wire.TypeIM, Direction: wire.Inbound,
			CustomerUserID: "customer-1", CustomerNickname: "Mia", UserID: "agent1@demo", SkillGroupID: "7",
			SkillGroupName: "Chats", StartAt: at(300), QueueAt: at(300), AnswerAt: at(310), EndAt: at(370),
			Duration: 60_000, CloseBy: wire.CloseClient,
		},
		{ // of the other application
			SessionID: "theirs", SDKAppID: otherApp, Type: wire.TypePhone, Direction: wire.Inbound,
			Caller: "13900000000", Callee: "4009000000", StartAt: at(50), EndAt: at(60), CloseBy: wire.CloseClient,
		},
	}
}

func startWithCDRs(t *testing.T, change func(*cloudapi.Options)) *bench {
	b := start(t, change)
	for _, c := range cdrs() {
		_, err := b.store.AppendCDR(t.Context(), &c)
		require.NoError(t, err)
	}
	return b
}

// object is any part of an answer.
type object = map[string]any

func asked(more object) object {
	p := object{"SdkAppId": json.Number(appID), "StartTimeStamp": t0.Unix(), "EndTimeStamp": t0.Unix() + 3600,
		"PageSize": 10, "PageNumber": 0}
	for k, v := range more {
		if p[k] = v; v == nil {
			delete(p, k)
		}
	}
	return p
}

type telCdrs struct {
	TotalCount int
	TelCdrs    []object
	TelCdrList []object
}

func (c *telCdrs) ids() []string {
	ids := []string{}
	for _, cdr := range c.TelCdrs {
		ids = append(ids, cdr["SessionId"].(string))
	}
	return ids
}

func TestDescribeTelCdr(t *testing.T) {
	b := startWithCDRs(t, nil)
	var got telCdrs
	b.ok("DescribeTelCdr", asked(nil), &got)
	require.Equal(t, []string{"in-2", "out-1", "in-1"}, got.ids())
	assert.Equal(t, 3, got.TotalCount)
	assert.Equal(t, got.TelCdrs, got.TelCdrList)

	want := object{
		"Caller": "01012345678", "Callee": "4001000003", "Time": t0.Unix(), "StartTimestamp": t0.Unix(), "Direction": 0,
		"CallType": 2, "Duration": 60, "RecordURL": "", "EndStatus": 1, "EndStatusString": "ok", "SkillGroup": "Sales",
		"SkillGroupId": directory.GroupNumber("sales"), "CallerLocation": "Beijing", "IVRDuration": 4,
		"RingTimestamp": t0.Unix() + 6, "AcceptTimestamp": t0.Unix() + 20, "EndedTimestamp": t0.Unix() + 80,
		"IVRKeyPressed": []string{"1"}, "IVRKeyPressedEx": []object{{"Key": "1", "Label": "Sales"}},
		"HungUpSide": "user", "QueuedTimestamp": t0.Unix() + 5, "QueuedSkillGroupId": directory.GroupNumber("sales"),
		"QueuedSkillGroupName": "Sales", "SessionId": "in-1", "ProtectedCaller": "", "ProtectedCallee": "",
		"Uui": "order=7", "UUI": "order=7", "Remark": "vip",
		"SeatUser": object{
			"Name": "Ben Li", "Mail": "agent2@demo", "Phone": "", "Nick": "", "UserId": "agent2@demo",
			"SkillGroupNameList": []string{"Sales", "Support"}, "StaffNumber": "102", "Role": 3, "ExtensionNumber": "",
		},
		"ServeParticipants": []object{
			{
				"Mail": "agent1@demo", "Phone": "13800000001", "RingTimestamp": t0.Unix() + 6, "AcceptTimestamp": 0,
				"EndedTimestamp": t0.Unix() + 18, "Type": "staffSeat", "TransferFrom": "", "TransferTo": "",
				"SkillGroupId": directory.GroupNumber("sales"), "EndStatusString": "notAnswer", "Sequence": 0,
				"StartTimestamp": t0.Unix() + 6, "SkillGroupName": "Sales",
			},
			{
				"Mail": "agent2@demo", "Phone": "", "RingTimestamp": t0.Unix() + 18, "AcceptTimestamp": t0.Unix() + 20,
				"EndedTimestamp": t0.Unix() + 80, "Type": "staffSeat", "TransferFrom": "", "TransferTo": "",
				"SkillGroupId": directory.GroupNumber("sales"), "EndStatusString": "ok", "Sequence": 1,
				"StartTimestamp": t0.Unix() + 18, "SkillGroupName": "Sales",
			},
		},
	}
	wantText, err := json.Marshal(want)
	require.NoError(t, err)
	gotText, err := json.Marshal(got.TelCdrs[2])
	require.NoError(t, err)
	assert.JSONEq(t, string(wantText), string(gotText))

	for name, c := range map[string]struct {
		more object
		ids  []string
		all  int
	}{
		"second page":    {object{"PageSize": 2, "PageNumber": 1}, []string{"in-1"}, 3},
		"page after all": {object{"PageNumber": 99}, []string{}, 3},
		"limit": {object{"PageSize": nil, "PageNumber": nil, "Limit": 1, "Offset": 1, "InstanceId": 1},
			[]string{"out-1"}, 3},
		"from":            {object{"StartTimeStamp": t0.Unix() + 200}, []string{"in-2"}, 1},
		"until":           {object{"EndTimeStamp": t0.Unix() + 100}, []string{"out-1", "in-1"}, 2},
		"until the first": {object{"EndTimeStamp": t0.Unix()}, []string{"in-1"}, 1},
		"a phone":         {object{"Phones": []string{"13800000009"}}, []string{"in-2", "out-1"}, 2},
		"0086":            {object{"Phones": []string{"008613800000009", "1"}}, []string{"in-2", "out-1"}, 2},
		"sessions": {object{"SessionIds": []string{"in-1", "out-1", "in-1", "none", "theirs", "im-1"}},
			[]string{"out-1", "in-1"}, 2},
		"sessions and page": {object{"SessionIds": []string{"in-1", "out-1"}, "PageSize": 1, "PageNumber": 1},
			[]string{"in-1"}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			var got telCdrs
			b.ok("DescribeTelCdr", asked(c.more), &got)
			assert.Equal(t, c.ids, got.ids())
			assert.Equal(t, c.all, got.TotalCount)
		})
	}
	for name, c := range map[string]struct {
		code string
		more object
	}{
		"no start":       {cloudapi.CodeMissingParameter, object{"StartTimeStamp": nil}},
		"no end":         {cloudapi.CodeMissingParameter, object{"EndTimeStamp": nil}},
		"no application": {cloudapi.CodeMissingParameter, object{"SdkAppId": nil}},
		"no page size":   {cloudapi.CodeMissingParameter, object{"PageSize": nil}},
		"no page number": {cloudapi.CodeMissingParameter, object{"PageNumber": nil}},
		"theirs":         {cloudapi.CodeInstanceNotExist, object{"SdkAppId": json.Number(otherApp)}},
		"nobody's":       {cloudapi.CodeInstanceNotExist, object{"SdkAppId": 1}},
		"page size 0":    {cloudapi.CodeInvalidParameterValue, object{"PageSize": 0}},
		"page size 101":  {cloudapi.CodeInvalidParameterValue, object{"PageSize": 101}},
		"page -1":        {cloudapi.CodeInvalidParameterValue, object{"PageNumber": -1}},
		"page too far":   {cloudapi.CodeInvalidParameterValue, object{"PageNumber": int64(1) << 62}},
		"backwards":      {cloudapi.CodeInvalidParameterValue, object{"EndTimeStamp": t0.Unix() - 1}},
		"91 days":        {cloudapi.CodeInvalidParameterValue, object{"EndTimeStamp": t0.Unix() + 91*86400}},
		"negative":       {cloudapi.CodeInvalidParameterValue, object{"StartTimeStamp": -1}},
		"milliseconds": {cloudapi.CodeInvalidParameterValue,
			object{"StartTimeStamp": t0.UnixMilli(), "EndTimeStamp": t0.UnixMilli() + 1}},
		"text":            {cloudapi.CodeInvalidParameter, object{"PageSize": "10"}},
		"fraction":        {cloudapi.CodeInvalidParameter, object{"PageSize": 1.5}},
		"no list":         {cloudapi.CodeInvalidParameter, object{"Phones": "1"}},
		"list of null":    {cloudapi.CodeInvalidParameter, object{"Phones": []any{nil}}},
		"list of numbers": {cloudapi.CodeInvalidParameter, object{"Phones": []any{1}}},
		"unknown":         {cloudapi.CodeUnknownParameter, object{"Colour": "red"}},
		"many sessions":   {cloudapi.CodeInvalidParameterValue, object{"SessionIds": make([]string, 101)}},
	} {
		t.Run(name, func(t *testing.T) { b.refuses(c.code, "DescribeTelCdr", asked(c.more)) })
	}
}

// TestManyRecords goes beyond what is kept while counting.
func TestManyRecords(t *testing.T) {
	b := start(t, nil)
	const many = 1400
	for i := range many {
		kind := wire.TypePhone
		if i%7 == 0 {
			kind = wire.TypeIM
		}
		c := store.CDR{SessionID: fmt.Sprint("s", i), SDKAppID: appID, Type: kind, StartAt: at(0),
			EndAt: at(1) + int64(i)}
		_, err := b.store.AppendCDR(t.Context(), &c)
		require.NoError(t, err)
	}
	var want []string
	for i := many - 1; i >= 0; i-- {
		if i%7 != 0 {
			want = append(want, fmt.Sprint("s", i))
		}
	}
	for _, number := range []int{0, 1, 2, 3, 4, 5, 6, 9, 11, 12, 13} {
		var got telCdrs
		b.ok("DescribeTelCdr", asked(object{"PageSize": 97, "PageNumber": number}), &got)
		assert.Equal(t, len(want), got.TotalCount)
		from := min(number*97, len(want))
		assert.Equal(t, append([]string{}, want[from:min(from+97, len(want))]...), got.ids(), "page %d", number)
	}
}

func TestEndStatus(t *testing.T) {
	in, out := wire.Inbound, wire.Outbound
	ring := func(until int64) []store.Ring { return []store.Ring{{UserID: "agent1@demo", At: 2, Until: until}} }
	cases := []struct {
		cdr  store.CDR
		want string
		code int
		side string
	}{
		{store.CDR{Direction: in, AnswerAt: 5, CloseBy: wire.CloseSeat}, "ok", 1, "seat"},
		{store.CDR{Direction: in, IVRAt: 1, CloseBy: wire.CloseClient}, "ivrGiveUp", 102, "user"},
		{store.CDR{Direction: in, QueueAt: 1, CloseBy: wire.CloseClient}, "waitingGiveUp", 103, "user"},
		{store.CDR{Direction: in, QueueAt: 1, CloseBy: wire.CloseClient, Rings: ring(4)}, "waitingGiveUp", 103, "user"},
		{store.CDR{Direction: in, QueueAt: 1, CloseBy: wire.CloseClient, Rings: ring(9)}, "ringingGiveUp", 104, "user"},
		{store.CDR{Direction: in, QueueAt: 1, CloseBy: wire.CloseTimer, MainReason: wire.ReasonQueueTimeout},
			"noSeatOnline", 105, "system"},
		{store.CDR{Direction: in, CloseBy: wire.CloseAdmin, MainReason: wire.ReasonNoAgent}, "noSeatOnline", 105,
			"system"},
		{store.CDR{Direction: in, IVRAt: 1, CloseBy: wire.CloseTimer}, "ivrEnd", 107, "system"},
		{store.CDR{Direction: in, QueueAt: 1, CloseBy: wire.CloseAdmin, MainReason: wire.ReasonGatewayRestart},
			"unknown", 0, "system"},
		{store.CDR{Direction: out, CloseBy: wire.CloseAdmin, MainReason: wire.ReasonBusy}, "busy", 206, "system"},
		{store.CDR{Direction: out, CloseBy: wire.CloseAdmin, MainReason: wire.ReasonNoAnswer}, "notAnswer", 202,
			"system"},
		{store.CDR{Direction: out, CloseBy: wire.CloseAdmin, MainReason: wire.ReasonDeclined}, "userReject", 203,
			"system"},
		{store.CDR{Direction: out, CloseBy: wire.CloseAdmin, MainReason: wire.ReasonUnreachable,
			SubReason: "404 Not Found"}, "numberNotExist", 205, "system"},
		{store.CDR{Direction: out, CloseBy: wire.CloseAdmin, MainReason: wire.ReasonUnreachable,
			SubReason: "484 Address Incomplete"}, "numberInvalid", 215, "system"},
		{store.CDR{Direction: out, CloseBy: wire.CloseAdmin, MainReason: wire.ReasonUnreachable}, "operatorError", 208,
			"system"},
		{store.CDR{Direction: out, CloseBy: wire.CloseAdmin, MainReason: wire.ReasonRejectedTrunk}, "operatorError",
			208, "system"},
		{store.CDR{Direction: out, CloseBy: wire.CloseSeat}, "callerCancel", 209, "seat"},
		{store.CDR{Direction: out, CloseBy: wire.CloseSeat, RingAt: 3}, "callerCancelWhileRing", 220, "seat"},
		{store.CDR{Direction: out, CloseBy: wire.CloseAdmin, MainReason: wire.ReasonAgentLost}, "clientError", 211,
			"system"},
	}
	b := start(t, nil)
	var ids []string
	for i, c := range cases {
		c.cdr.SessionID, c.cdr.SDKAppID, c.cdr.Type, c.cdr.StartAt, c.cdr.EndAt =
			fmt.Sprint("s", i), appID, wire.TypePhone, at(0), 9
		ids = append(ids, c.cdr.SessionID)
		_, err := b.store.AppendCDR(t.Context(), &c.cdr)
		require.NoError(t, err)
	}
	var got telCdrs
	b.ok("DescribeTelCdr", asked(object{"SessionIds": ids, "PageSize": 100}), &got)
	require.Len(t, got.TelCdrs, len(cases))
	for _, cdr := range got.TelCdrs {
		i := slices.Index(ids, cdr["SessionId"].(string))
		c := cases[i]
		assert.Equal(t, []any{c.want, float64(c.code), c.side},
			[]any{cdr["EndStatusString"], cdr["EndStatus"], cdr["HungUpSide"]}, "case %d", i)
	}
}

func TestDescribeTelCallInfo(t *testing.T) {
	b := startWithCDRs(t, nil)
	more := store.CDR{SessionID: "out-2", SDKAppID: appID, Type: wire.TypePhone, Direction: wire.Outbound,
		UserID:  "agent1@demo",
		StartAt: at(400), AnswerAt: at(401), EndAt: at(462), Duration: 61_000}
	_, err := b.store.AppendCDR(t.Context(), &more)
	require.NoError(t, err)
	ask := object{"SdkAppIdList": []any{json.Number(appID)}, "StartTimeStamp": t0.Unix(),
		"EndTimeStamp": t0.Unix() + 3600}
	var got object
	b.ok("DescribeTelCallInfo", ask, &got)
	assert.EqualValues(t, 1, got["TelCallInCount"])
	assert.EqualValues(t, 2, got["TelCallOutCount"], "every minute that has begun")
	assert.EqualValues(t, 2, got["SeatUsedCount"])
	ask["SdkAppIdList"] = []any{json.Number(appID), json.Number(otherApp)}
	b.refuses(cloudapi.CodeInstanceNotExist, "DescribeTelCallInfo", ask)
	ask["SdkAppIdList"] = []any{}
	b.refuses(cloudapi.CodeInvalidParameterValue, "DescribeTelCallInfo", ask)
	delete(ask, "SdkAppIdList")
	b.refuses(cloudapi.CodeMissingParameter, "DescribeTelCallInfo", ask)
}

func TestSessions(t *testing.T) {
	b := startWithCDRs(t, nil)
	b.live.sessions["live-1"] = store.SessionRecord{State: wire.StateTalking, CDR: store.CDR{
		SessionID: "live-1", SDKAppID: appID, Type: wire.TypePhone, Direction: wire.Outbound, Caller: "4001000001",
		Callee: "10086", UserID: "agent1@demo", StaffNo: "101", StartAt: at(500), AnswerAt: at(502),
	}}
	b.live.sessions["live-2"] = store.SessionRecord{State: wire.StateTalking,
		CDR: store.CDR{SessionID: "live-2", SDKAppID: otherApp, Type: wire.TypePhone}}
	b.live.sessions["live-3"] = store.SessionRecord{State: wire.StateTalking,
		CDR: store.CDR{SessionID: "live-3", SDKAppID: appID, Type: wire.TypeIM}}
	ask := func(id string) object { return object{"SdkAppId": json.Number(appID), "SessionId": id} }

	var got struct{ Session object }
	b.ok("DescribeTelSession", ask("live-1"), &got)
	text, err := json.Marshal(got.Session)
	require.NoError(t, err)
	assert.JSONEq(t, fmt.Sprintf(`{"SessionID":"live-1","RoomID":"","Caller":"4001000001","Callee":"10086","StartTimestamp":%d,"RingTimestamp":0,
		"AcceptTimestamp":%d,"StaffEmail":"agent1@demo","StaffNumber":"101","SessionStatus":"inProgress","Direction":1,"OutBoundCaller":"",
		"OutBoundCallee":"","ProtectedCaller":"","ProtectedCallee":""}`, t0.Unix()+500, t0.Unix()+502), string(text))
	b.ok("DescribeTelSession", ask("in-1"), &got)
	assert.Equal(t, "finished", got.Session["SessionStatus"])
	for state, want := range map[wire.SessionState]string{
		wire.StateRinging: "seatJoining", wire.StateDialing: "ringing", "": "ringing", wire.StateHeld: "inProgress",
		wire.StateEnded: "finished",
	} {
		s := b.live.sessions["live-1"]
		s.SessionID, s.State = "live-4", state
		b.live.sessions["live-4"] = s
		b.ok("DescribeTelSession", ask("live-4"), &got)
		assert.Equal(t, want, got.Session["SessionStatus"], "%q", state)
	}
	delete(b.live.sessions, "live-4")
	unknown := b.refuses(cloudapi.CodeRecordNotExist, "DescribeTelSession", ask("nothing"))
	for _, id := range []string{"live-2", "theirs", "im-1", "live-3", "", strings.Repeat("x", 1000), "*", ">",
		"in-1.x"} {
		a := b.refuses(cloudapi.CodeRecordNotExist, "DescribeTelSession", ask(id))
		assert.Equal(t, unknown.Error.Message, a.Error.Message, "nothing is learned about %q", id)
	}

	var list struct {
		Total    int
		Sessions []object
	}
	b.ok("DescribePSTNActiveSessionList", object{"SdkAppId": json.Number(appID), "Offset": 0, "Limit": 25}, &list)
	require.Len(t, list.Sessions, 1)
	assert.Equal(t, 1, list.Total)
	assert.Equal(t, []any{"live-1", fmt.Sprint(t0.Unix() + 500)},
		[]any{list.Sessions[0]["SessionID"], list.Sessions[0]["StartTimestamp"]})
	b.refuses(cloudapi.CodeInvalidParameterValue, "DescribePSTNActiveSessionList",
		object{"SdkAppId": json.Number(appID), "Offset": 0, "Limit": 26})

	b.ok("HangUpCall", ask("live-1"), nil)
	assert.Equal(t, []string{"live-1"}, b.live.hungUp)
	for _, id := range []string{"live-2", "in-1", "nothing"} {
		a := b.refuses(cloudapi.CodeRecordNotExist, "HangUpCall", ask(id))
		assert.Equal(t, unknown.Error.Message, a.Error.Message)
	}
	assert.Len(t, b.live.hungUp, 1)
}

func TestCreateCallOutSession(t *testing.T) {
	b := start(t, nil)
	ask := func(more object) object {
		p := object{"SdkAppId": json.Number(appID), "UserId": "agent1@demo", "Callee": "008613800000009"}
		for k, v := range more {
			p[k] = v
		}
		return p
	}
	var got struct {
		SessionID string `json:"SessionId"`
	}
	b.ok("CreateCallOutSession", ask(object{"IsForceUseMobile": true, "Uui": "old"}), &got)
	assert.Equal(t, "new-session", got.SessionID)
	assert.Equal(t, wire.StartCallParams{PhoneNumber: "13800000009", UUI: "old"}, b.live.calls[0])

	b.live.refuse = func(p wire.StartCallParams) error {
		if p.CallerPhoneNumber == "4001000009" {
			return wire.ErrNoCallerNumber
		}
		return nil
	}
	b.ok("CreateCallOutSession", ask(object{"Callers": []string{"00864001000009", "00864001000001"}, "UUI": "new",
		"Uui": "old"}), nil)
	assert.Equal(t, wire.StartCallParams{PhoneNumber: "13800000009", CallerPhoneNumber: "4001000001", UUI: "new"},
		b.live.calls[1])
	b.refuses(cloudapi.CodeNoCallOutNumber, "CreateCallOutSession", ask(object{"Caller": "4001000009"}))

	for err, code := range map[error]string{
		wire.ErrBusyWithCall: cloudapi.CodeSeatStatusBusy, wire.ErrAgentOffline: cloudapi.CodeCallOutFailed,
		wire.ErrNumberInvalid: cloudapi.CodeInvalidParameterValue, wire.ErrOverloaded: cloudapi.CodeOutOfCountLimit,
		wire.ErrStopping: cloudapi.CodeFailedOperation, wire.ErrTrunk: cloudapi.CodeCallOutFailed,
		wire.ErrAgentDisabled: cloudapi.CodeAccountNotExist, fmt.Errorf("secret detail"): cloudapi.CodeInternalError,
	} {
		b.live.refuse = func(wire.StartCallParams) error { return err }
		a := b.refuses(code, "CreateCallOutSession", ask(nil))
		assert.NotContains(t, a.Error.Message, "secret")
	}
	b.live.refuse = nil
	b.refuses(cloudapi.CodeAccountNotExist, "CreateCallOutSession", ask(object{"UserId": "agent9@other"}))
	b.refuses(cloudapi.CodeInvalidParameterValue, "CreateCallOutSession", ask(object{"UUI": strings.Repeat("x", 1025)}))
	b.refuses(cloudapi.CodeMissingParameter, "CreateCallOutSession",
		object{"SdkAppId": json.Number(appID), "UserId": "agent1@demo"})
	assert.Len(t, b.live.calls, 2)
}

func TestForceMemberOffline(t *testing.T) {
	b := start(t, nil)
	b.ok("ForceMemberOffline", object{"SdkAppId": json.Number(appID), "UserId": "agent1@demo"}, nil)
	assert.Equal(t, []string{appID + "/agent1@demo"}, b.live.forced)
	b.refuses(cloudapi.CodeAccountNotExist, "ForceMemberOffline",
		object{"SdkAppId": json.Number(appID), "UserId": "agent9@other"})
	b.refuses(cloudapi.CodeInstanceNotExist, "ForceMemberOffline",
		object{"SdkAppId": json.Number(otherApp), "UserId": "agent9@other"})
	assert.Len(t, b.live.forced, 1)
}

func TestChats(t *testing.T) {
	b := startWithCDRs(t, nil)
	ask := object{"SdkAppId": json.Number(appID), "StartTimestamp": t0.Unix(), "EndTimestamp": t0.Unix() + 3600}
	for _, action := range []string{"DescribeIMCdrs", "DescribeIMCdrList"} {
		var got struct {
			TotalCount        int
			IMCdrs, IMCdrList []object
		}
		b.ok(action, ask, &got)
		require.Len(t, got.IMCdrs, 1)
		assert.Equal(t, got.IMCdrs, got.IMCdrList)
		text, err := json.Marshal(got.IMCdrs[0])
		require.NoError(t, err)
		assert.JSONEq(t, fmt.Sprintf(`{"Id":"im-1","SessionId":"im-1","Duration":60,"EndStatus":109,"Nickname":"Mia","Type":2,"StaffId":"agent1@demo",
			"Timestamp":%d,"SkillGroupId":"7","SkillGroupName":"Chats","ClientUserId":"customer-1"}`, t0.Unix()+300), string(text))
	}
	var none struct{ TotalCount int }
	ask["Type"] = 1
	b.ok("DescribeIMCdrs", ask, &none)
	assert.Zero(t, none.TotalCount)
	ask["Type"] = 3
	b.refuses(cloudapi.CodeInvalidParameterValue, "DescribeIMCdrs", ask)
	delete(ask, "Type")
	ask["Limit"] = 101
	b.refuses(cloudapi.CodeInvalidParameterValue, "DescribeIMCdrs", ask)

	b.chats.messages = map[string][]cloudapi.ChatMessage{
		appID + "/im-1": {{At: t0, From: "customer-1", Type: "text", Content: "hello <b>"},
			{At: t0.Add(time.Second), From: "agent1@demo", Type: "text", Content: "hi"}},
		otherApp + "/theirs": {{}},
	}
	var got struct {
		TotalCount int
		Messages   []struct {
			Timestamp int64
			From      string
			Messages  []struct{ Type, Content string }
		}
	}
	b.ok("DescribeChatMessages", object{"SdkAppId": json.Number(appID), "SessionId": "im-1", "Order": 1, "Limit": 1},
		&got)
	require.Len(t, got.Messages, 1)
	assert.Equal(t, 2, got.TotalCount)
	assert.Equal(t, "hello <b>", got.Messages[0].Messages[0].Content)
	b.ok("DescribeChatMessages", object{"SdkAppId": json.Number(appID), "CdrId": "im-1"}, &got)
	b.refuses(cloudapi.CodeRecordNotExist, "DescribeChatMessages",
		object{"SdkAppId": json.Number(appID), "SessionId": "theirs"})
	b.refuses(cloudapi.CodeMissingParameter, "DescribeChatMessages", object{"SdkAppId": json.Number(appID)})
	b.refuses(cloudapi.CodeInvalidParameterValue, "DescribeChatMessages",
		object{"SdkAppId": json.Number(appID), "SessionId": "im-1", "Order": 3})
}

func TestWithoutLiveParts(t *testing.T) {
	b := startWithCDRs(t, func(o *cloudapi.Options) { o.Live, o.Chats = nil, nil })
	session := func(id string) object { return object{"SdkAppId": json.Number(appID), "SessionId": id} }
	b.ok("DescribeTelSession", session("in-1"), nil)
	b.ok("DescribeChatMessages", session("im-1"), nil)
	b.refuses(cloudapi.CodeRecordNotExist, "DescribeChatMessages", session("in-1"))
	b.refuses(cloudapi.CodeRecordNotExist, "HangUpCall", session("in-1"))
	b.refuses(cloudapi.CodeUnsupportedOperation, "CreateCallOutSession",
		object{"SdkAppId": json.Number(appID), "UserId": "agent1@demo", "Callee": "10086"})
	b.ok("ForceMemberOffline", object{"SdkAppId": json.Number(appID), "UserId": "agent1@demo"}, nil)
	b.ok("DescribePSTNActiveSessionList", object{"SdkAppId": json.Number(appID), "Offset": 0, "Limit": 1}, nil)
	b.ok("DescribeStaffStatusMetrics", object{"SdkAppId": json.Number(appID)}, nil)
}
