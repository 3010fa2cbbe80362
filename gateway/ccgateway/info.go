package ccgateway

import (
	"encoding/json"
	"strconv"

	"tccc/wire"
)

// syncResult is the result of syncagentinfo.
type syncResult struct {
	// CallInfo describes the current call, as JSON in a string; null without one.
	CallInfo       *string        `json:"callinfo"`
	AgentStateInfo agentStateInfo `json:"agentStateInfo"`
}

// agentStateInfo has the vendor's field names and types, as inconsistent as
// they are: times are strings of Unix milliseconds that are null when unset,
// except that cmdBeginTime is then "", and agentStateBeginTime is a number.
type agentStateInfo struct {
	CallFeature         int     `json:"callFeature"` // table 6
	CallData            string  `json:"callData"`
	LastState           int     `json:"lastState"` // table 3, 255 for none
	PreBusy             bool    `json:"preBusy"`
	FirstTalkingFlag    bool    `json:"firsttalkingFlag"`
	WorkNo              string  `json:"workNo"`
	QcWorkNo            string  `json:"qcWorkNo"`
	CallerNo            string  `json:"callerNo"`
	BeginHoldTime       *string `json:"beginHoldTime"`
	State               int     `json:"state"`              // table 3
	TalkingCallFeature  int     `json:"talkingCallfeature"` // table 6
	ReleaseFlag         int     `json:"releaseFlag"`        // reserved
	CalledNo            string  `json:"calledNo"`
	MainCallID          string  `json:"mainCallId"`
	SecondTalkingTime   *string `json:"secondTalkingTime"`
	PreRest             bool    `json:"preRest"`
	RecordID            string  `json:"recordID"`
	CurrentTime         string  `json:"currentTime"`
	BeginTalkingTime    *string `json:"beginTalkingTime"`
	Partner             string  `json:"partner"`
	HoldCallID          string  `json:"holdCallId"`
	AgentStateBeginTime int64   `json:"agentStateBeginTime"`
	CurCommand          int     `json:"curCommand"` // table 7
	CurCallID           string  `json:"curCallId"`
	CmdBeginTime        string  `json:"cmdBeginTime"`
}

// callInfo is the text of callinfo, in the words of the vendor's call queries.
type callInfo struct {
	CallID      string `json:"callid"`
	Caller      string `json:"caller"`
	Called      string `json:"called"`
	CallData    string `json:"calldata"`
	OrgCalled   string `json:"orgicallednum"`
	CallFeature int    `json:"callfeature"`
	CallSkill   string `json:"callskill"`
	BeginTime   *int64 `json:"begintime"`
	EndTime     *int64 `json:"endtime"`
}

// sync is the answer to a refreshed page. partner is the far side of the
// current call.
func (m *model) sync(workNo, partner string, now int64) syncResult {
	cur, first, held := m.current(), m.first(), m.held()
	info := agentStateInfo{
		CallFeature: feature(cur), LastState: m.last, WorkNo: workNo, State: m.code,
		CurrentTime: strconv.FormatInt(now, 10), Partner: partner, AgentStateBeginTime: m.since, CurCommand: m.command,
	}
	if p := m.state.Pending; p != nil {
		info.PreBusy, info.PreRest = p.Status == wire.StatusNotReady, p.Status == wire.StatusRest
	}
	if m.commandAt != 0 {
		info.CmdBeginTime = strconv.FormatInt(m.commandAt, 10)
	}
	if cur == nil {
		return syncResult{AgentStateInfo: info}
	}
	info.CallData, info.CallerNo, info.CalledNo = cur.UUI, cur.Caller, cur.Callee
	info.CurCallID, info.MainCallID = cur.SessionID, first.SessionID
	info.BeginTalkingTime = millis(first.AnsweredAt)
	if first.SessionID != cur.SessionID {
		info.SecondTalkingTime = millis(cur.AnsweredAt)
	}
	if cur.State == wire.StateTalking || cur.State == wire.StateHeld {
		info.TalkingCallFeature = feature(cur)
		info.FirstTalkingFlag = first.SessionID == cur.SessionID
	}
	if held != nil {
		info.HoldCallID, info.BeginHoldTime = held.SessionID, millis(held.HeldAt)
	}
	return syncResult{CallInfo: describe(cur), AgentStateInfo: info}
}

func describe(s *wire.Session) *string {
	c := callInfo{
		CallID: s.SessionID, Caller: s.Caller, Called: s.Callee, CallData: s.UUI, OrgCalled: s.Callee,
		CallFeature: feature(s), CallSkill: s.SkillGroupID,
	}
	if s.AnsweredAt != 0 {
		c.BeginTime = &s.AnsweredAt
	}
	text, err := json.Marshal(c)
	if err != nil {
		panic("ccgateway: a call that cannot be JSON: " + err.Error())
	}
	out := string(text)
	return &out
}

// millis writes a time as text, nil if it is unset.
func millis(t int64) *string {
	if t == 0 {
		return nil
	}
	s := strconv.FormatInt(t, 10)
	return &s
}
