package store

import (
	"encoding/json"
	"time"

	"tccc/wire"
)

// Times in records are Unix milliseconds of the gateway's clock; 0 is unset.

// AgentRecord is an agent's state as it was last.
type AgentRecord struct {
	SDKAppID string          `json:"sdkAppId"`
	UserID   string          `json:"userId"`
	Online   bool            `json:"online"` // wanted to be on line: comes back after a restart
	State    wire.AgentState `json:"state"`
	FreeAt   int64           `json:"freeAt,omitempty"` // last became free: the order of the longest-idle rule
	Node     string          `json:"node,omitempty"`   // process that holds the agent's connection
	SavedAt  int64           `json:"savedAt"`
}

// AgentKey is the key of an agent in [Store.Agents].
func AgentKey(sdkAppID, userID string) string { return sdkAppID + "/" + userID }

// QueueRecord is what was changed at a queue while the gateway ran. A nil
// field leaves the configuration's value. Times are in milliseconds.
type QueueRecord struct {
	SDKAppID     string  `json:"sdkAppId"`
	SkillGroupID string  `json:"skillGroupId"`
	RingTimeout  *int64  `json:"ringTimeout,omitempty"`
	QueueTimeout *int64  `json:"queueTimeout,omitempty"`
	QueueLimit   *int    `json:"queueLimit,omitempty"`
	AfterCall    *int64  `json:"afterCall,omitempty"`
	Overflow     *string `json:"overflow,omitempty"`
	AutoTransfer *bool   `json:"autoTransfer,omitempty"`
	Closed       bool    `json:"closed,omitempty"` // takes no new sessions
	SavedAt      int64   `json:"savedAt"`
}

// QueueKey is the key of a skill group in [Store.Queues].
func QueueKey(sdkAppID, skillGroupID string) string { return sdkAppID + "/" + skillGroupID }

// SessionRecord is a live session: what another process needs to write its CDR
// when this one has died. The CDR is what it knows so far.
type SessionRecord struct {
	CDR
	State   wire.SessionState `json:"state"`
	Node    string            `json:"node"` // process that carries the session
	SavedAt int64             `json:"savedAt"`
	// Chat is what a chat needs to go on in another process; nil for sessions
	// that end with theirs.
	Chat json.RawMessage `json:"chat,omitempty"`
}

// VisitRecord names the last session of a customer.
type VisitRecord struct {
	SessionID string `json:"sessionId"`
	SavedAt   int64  `json:"savedAt"`
}

// visitsKept is how long the last session of a customer is known.
const visitsKept = 90 * 24 * time.Hour

// VisitKey is the key of a customer in [Store.Visits].
func VisitKey(sdkAppID, userID string) string { return sdkAppID + "/" + userID }

// CDR is the record of an ended session.
type CDR struct {
	SessionID string           `json:"sessionId"`
	SDKAppID  string           `json:"sdkAppId"`
	Type      wire.SessionType `json:"type"`
	Direction wire.Direction   `json:"direction"`

	Caller          string `json:"caller,omitempty"`
	Callee          string `json:"callee,omitempty"`
	Location        string `json:"location,omitempty"` // of the customer's number
	Remark          string `json:"remark,omitempty"`
	ProtectedCaller string `json:"protectedCaller,omitempty"`
	ProtectedCallee string `json:"protectedCallee,omitempty"`
	Trunk           string `json:"trunk,omitempty"`
	// Call-ID of the customer's dialog (RFC 3261 section 8.1.1.4)
	SIPCallID        string          `json:"sipCallId,omitempty"`
	UUI              string          `json:"uui,omitempty"`
	CustomerUserID   string          `json:"customerUserId,omitempty"` // chats, audio and video sessions
	CustomerNickname string          `json:"customerNickname,omitempty"`
	TransferredFrom  string          `json:"transferredFrom,omitempty"` // agent who handed the session over
	TransferredTo    string          `json:"transferredTo,omitempty"`
	UserID           string          `json:"userId,omitempty"` // agent who had it last
	StaffNo          string          `json:"staffNo,omitempty"`
	AgentName        string          `json:"agentName,omitempty"`
	ServerType       wire.ServerType `json:"serverType,omitempty"`
	SkillGroupID     string          `json:"skillGroupId,omitempty"`
	SkillGroupName   string          `json:"skillGroupName,omitempty"`
	IVRPath          []wire.PathKey  `json:"ivrPath,omitempty"`

	StartAt  int64 `json:"startAt"`            // the INVITE arrived or was sent
	IVRAt    int64 `json:"ivrAt,omitempty"`    // the menu answered
	QueueAt  int64 `json:"queueAt,omitempty"`  // began to wait for an agent
	RingAt   int64 `json:"ringAt,omitempty"`   // first rang at an agent, or at the far side
	AnswerAt int64 `json:"answerAt,omitempty"` // agent and customer could speak
	EndAt    int64 `json:"endAt,omitempty"`

	Duration  int64 `json:"duration"`            // ms from answer to end; 0 if it was not answered
	QueueWait int64 `json:"queueWait,omitempty"` // ms from queueing to the answer or the end
	RingTime  int64 `json:"ringTime,omitempty"`  // ms that it rang, all agents together
	HoldTime  int64 `json:"holdTime,omitempty"`  // ms on hold
	RingCount int   `json:"ringCount,omitempty"` // agents that it was offered to
	HoldCount int   `json:"holdCount,omitempty"`

	CloseBy    wire.CloseBy `json:"closeBy,omitempty"`
	MainReason string       `json:"mainReason,omitempty"`
	SubReason  string       `json:"subReason,omitempty"`

	// How the call sounded at the agent's browser, as the SDK has told last; 0 if
	// it has not. Loss is a share, times are ms.
	MOS    float64 `json:"mos,omitempty"`
	Loss   float64 `json:"loss,omitempty"`
	Jitter float64 `json:"jitter,omitempty"`
	RTT    float64 `json:"rtt,omitempty"`

	Recording string `json:"recording,omitempty"` // id of the recording

	Rings []Ring `json:"rings,omitempty"` // every agent that it was offered to, in order
}

// Ring is one offer of a session to an agent.
type Ring struct {
	UserID string `json:"userId"`
	At     int64  `json:"at"`
	Until  int64  `json:"until,omitempty"`
	Result string `json:"result,omitempty"` // "answered", "noAnswer", "declined", "lost", "cancelled"
}
