package push

import (
	"bytes"
	"cmp"
	"encoding/json"
	"strconv"
	"time"

	"tccc/gateway/config"
	"tccc/gateway/directory"
	"tccc/gateway/outcome"
	"tccc/gateway/store"
	"tccc/wire"
)

// encode writes a body as compact JSON, with text as it is.
func encode(body any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(body); err != nil {
		return nil, err
	}
	return bytes.TrimRight(b.Bytes(), "\n"), nil
}

// cdrBody is a call record in the vendor's form. Times are Unix seconds, 0 for
// never; durations are seconds.
type cdrBody struct {
	SdkAppID             int64  `json:"SdkAppId"`
	SessionID            string `json:"SessionId"`
	SessionType          wire.SessionType
	Caller               string
	Callee               string
	Direction            int // 0 in, 1 out
	CallType             int64
	Duration             int64
	SeatUser             *seatUser
	CallerLocation       string
	IVRDuration          int64
	RingTimestamp        int64
	AcceptTimestamp      int64
	EndedTimestamp       int64
	StartTimestamp       int64
	IVRKeyPressed        []string
	IVRKeyPressedEx      []ivrKey
	PostIVRKeyPressed    []ivrKey
	HungUpSide           string
	ServeParticipants    []participant
	EndStatusString      string
	QueuedTimestamp      int64
	QueuedSkillGroupID   int64 `json:"QueuedSkillGroupId"`
	QueuedSkillGroupName string
	RecordID             string `json:"RecordId"`
	UserRemark           string
	Uui                  string

	// Beyond the vendor's record.
	MainReason     string
	SubReason      string
	MOS            float64 `json:",omitempty"`
	ClientUserID   string  `json:"ClientUserId,omitempty"` // the customer of a chat, audio or video session
	ClientNickname string  `json:",omitempty"`
}

type ivrKey struct{ Key, Label string }

type seatUser struct {
	UserID             string `json:"UserId"`
	Name               string
	Mail               string
	Phone              string
	Nick               string
	StaffNumber        string
	SkillGroupNameList []string
}

// participant is an agent whom the session was offered to.
type participant struct {
	Mail            string
	Phone           string
	Type            wire.ServerType
	Sequence        int
	RingTimestamp   int64
	AcceptTimestamp int64
	StartTimestamp  int64
	EndedTimestamp  int64
	TransferFrom    string
	TransferTo      string
	SkillGroupID    int64 `json:"SkillGroupId"`
	SkillGroupName  string
	EndStatusString string
	RecordID        string `json:"RecordId"`
}

func (p *Pusher) cdrBody(c *store.CDR) any {
	end := outcome.Of(c).Name
	b := &cdrBody{
		SdkAppID: appNumber(c.SDKAppID), SessionID: c.SessionID, SessionType: c.Type,
		Caller: cmp.Or(c.ProtectedCaller, c.Caller), Callee: cmp.Or(c.ProtectedCallee, c.Callee),
		CallType: outcome.CallType(c), Duration: seconds(c.Duration), SeatUser: p.seatUser(c),
		CallerLocation: c.Location, RingTimestamp: seconds(c.RingAt), AcceptTimestamp: seconds(c.AnswerAt),
		EndedTimestamp: seconds(c.EndAt), StartTimestamp: seconds(c.StartAt), IVRKeyPressed: []string{},
		IVRKeyPressedEx: []ivrKey{}, PostIVRKeyPressed: []ivrKey{}, HungUpSide: outcome.Side(c.CloseBy),
		EndStatusString: end, UserRemark: c.Remark, Uui: c.UUI, MainReason: c.MainReason, SubReason: c.SubReason,
		MOS: c.MOS, ClientUserID: c.CustomerUserID, ClientNickname: c.CustomerNickname,
	}
	if c.Direction == wire.Outbound {
		b.Direction = 1
	}
	for _, k := range c.IVRPath {
		b.IVRKeyPressed = append(b.IVRKeyPressed, k.Key)
		b.IVRKeyPressedEx = append(b.IVRKeyPressedEx, ivrKey{k.Key, k.Label})
	}
	if c.IVRAt != 0 {
		b.IVRDuration = seconds(max(0, cmp.Or(c.QueueAt, c.RingAt, c.EndAt)-c.IVRAt))
	}
	b.QueuedTimestamp = seconds(c.QueueAt)
	if c.SkillGroupID != "" {
		b.QueuedSkillGroupID, b.QueuedSkillGroupName = directory.GroupNumber(c.SkillGroupID), c.SkillGroupName
	}
	b.RecordID = c.Recording
	b.ServeParticipants = p.participants(c, b)
	return b
}

func (p *Pusher) agent(app, user string) config.Agent {
	if p.opts.Staff != nil {
		if a, ok := p.opts.Staff(app, user); ok {
			return a
		}
	}
	return config.Agent{UserID: user}
}

func (p *Pusher) seatUser(c *store.CDR) *seatUser {
	if c.UserID == "" {
		return nil
	}
	a := p.agent(c.SDKAppID, c.UserID)
	return &seatUser{
		UserID: c.UserID, Mail: c.UserID, Name: cmp.Or(c.AgentName, a.Name), Phone: a.Phone,
		StaffNumber: cmp.Or(c.StaffNo, a.StaffNo), SkillGroupNameList: append([]string{}, a.SkillGroups...),
	}
}

// endings of an offer, by its result.
var endings = map[string]string{"answered": "ok", "noAnswer": "notAnswer", "declined": "userReject",
	"lost": "clientError"}

// participants are the agents whom a session was offered to, in order. An
// outbound call has one, who made it.
func (p *Pusher) participants(c *store.CDR, b *cdrBody) []participant {
	rings := c.Rings
	if len(rings) == 0 && c.UserID != "" {
		rings = []store.Ring{{UserID: c.UserID, At: c.StartAt, Until: c.AnswerAt}}
		if c.AnswerAt != 0 {
			rings[0].Result = "answered"
		}
	}
	list := make([]participant, len(rings))
	for i, r := range rings {
		list[i] = participant{
			Mail: r.UserID, Phone: p.agent(c.SDKAppID, r.UserID).Phone, Type: cmp.Or(c.ServerType, wire.StaffSeat),
			Sequence: i, RingTimestamp: seconds(r.At), StartTimestamp: seconds(r.At),
			EndedTimestamp: seconds(cmp.Or(r.Until, c.EndAt)), SkillGroupID: b.QueuedSkillGroupID,
			SkillGroupName:  b.QueuedSkillGroupName,
			EndStatusString: cmp.Or(endings[r.Result], "ringingGiveUp"),
		}
		if r.Result == "answered" {
			list[i].AcceptTimestamp, list[i].EndedTimestamp = seconds(cmp.Or(r.Until, c.AnswerAt)), b.EndedTimestamp
			list[i].TransferFrom, list[i].TransferTo, list[i].RecordID = c.TransferredFrom, c.TransferredTo, b.RecordID
		}
	}
	return list
}

func seconds(ms int64) int64 { return ms / 1000 }

// appNumber is the application as a number, which it is in the vendor's API.
func appNumber(id string) int64 {
	n, _ := strconv.ParseInt(id, 10, 64)
	return n
}

// sessionEvent is the state of a session. Timestamp is in Unix milliseconds.
type sessionEvent struct {
	SdkAppID     int64  `json:"SdkAppId"`
	SessionID    string `json:"SessionId"`
	SessionType  wire.SessionType
	State        string
	Timestamp    int64
	Direction    int
	Caller       string
	Callee       string
	UserID       string `json:"UserId"` // agent; "" for none
	SkillGroupID string `json:"SkillGroupId"`
	Uui          string
	CloseBy      wire.CloseBy // ended sessions
	MainReason   string
	SubReason    string
	ClientUserID string `json:"ClientUserId,omitempty"` // the customer of a chat, audio or video session
}

func sessionBody(state string, r *store.SessionRecord, now time.Time) any {
	e := &sessionEvent{
		SdkAppID: appNumber(r.SDKAppID), SessionID: r.SessionID, SessionType: r.Type, State: state,
		Timestamp: now.UnixMilli(), Caller: cmp.Or(r.ProtectedCaller, r.Caller),
		Callee: cmp.Or(r.ProtectedCallee, r.Callee), UserID: r.UserID, SkillGroupID: r.SkillGroupID, Uui: r.UUI,
		CloseBy: r.CloseBy, MainReason: r.MainReason, SubReason: r.SubReason,
		ClientUserID: r.CustomerUserID,
	}
	if r.Direction == wire.Outbound {
		e.Direction = 1
	}
	return e
}

// statusEvent is the status of an agent. Times are in Unix milliseconds.
type statusEvent struct {
	SdkAppID   int64  `json:"SdkAppId"`
	UserID     string `json:"UserId"`
	Status     wire.Status
	RestReason string
	Since      int64
	Deadline   int64 // end of after-call work, 0 for none
	Timestamp  int64
}

func statusBody(app, user string, s wire.AgentState, now time.Time) any {
	return &statusEvent{
		SdkAppID: appNumber(app), UserID: user, Status: s.Status, RestReason: s.RestReason, Since: s.Since,
		Deadline:  s.Deadline,
		Timestamp: now.UnixMilli(),
	}
}

// messageEvent is a message of a chat. Timestamp is in Unix milliseconds.
type messageEvent struct {
	SdkAppID    int64  `json:"SdkAppId"`
	SessionID   string `json:"SessionId"`
	SessionType wire.SessionType
	MessageID   string `json:"MessageId"`
	Sequence    uint64 // of the session's messages, from 1
	Timestamp   int64
	From        wire.Sender // client, seat, bot or system
	UserID      string      `json:"UserId"` // account of the agent or the customer
	Name        string
	MessageType wire.MessageType
	Text        string
	Notice      string      // of MessageType notice: what happened
	Choices     []string    `json:",omitempty"`
	File        *wire.File  `json:",omitempty"`
	Card        *wire.Card  `json:",omitempty"`
	Order       *wire.Order `json:",omitempty"`
}

func messageBody(m *store.ChatMessage) any {
	return &messageEvent{
		SdkAppID: appNumber(m.SDKAppID), SessionID: m.SessionID, SessionType: wire.TypeIM, MessageID: m.ID,
		Sequence: m.Seq, Timestamp: m.At, From: m.From, UserID: m.UserID, Name: m.Name, MessageType: m.Type,
		Text: m.Text, Notice: m.Notice, Choices: m.Choices, File: m.File, Card: m.Card, Order: m.Order,
	}
}
