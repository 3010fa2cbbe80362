package wire

// Methods about the agent's own day.
const (
	MethodQueues  = "agent.queues"  // -> QueuesResult
	MethodHistory = "agent.history" // HistoryParams -> HistoryResult

	MethodLocation = "agent.location" // LocationParams -> LocationResult
)

// QueuesResult are the queues of the agent's own skill groups.
type QueuesResult struct {
	Groups []ColleagueGroup `json:"groups"`
}

// LocationParams ask where a number is at home.
type LocationParams struct {
	PhoneNumber string `json:"phoneNumber"`
}

// LocationResult is the place as configured (locations), "" where none is.
type LocationResult struct {
	Location string `json:"location,omitempty"`
}

// HistoryMost bounds one HistoryResult.
const HistoryMost = 50

// HistoryParams ask for the agent's sessions of today, the last ones first.
type HistoryParams struct {
	// Before is the N of the last entry of the page before, 0 for the first page.
	Before int `json:"before,omitempty"`
	Limit  int `json:"limit,omitempty"` // 1 to HistoryMost, 0 means HistoryMost

	// Only sessions of this skill group, or that this side ended; "" means all.
	SkillGroupID string  `json:"skillGroupId,omitempty"`
	CloseBy      CloseBy `json:"closeBy,omitempty"`
}

// HistoryResult is a page of them.
type HistoryResult struct {
	Entries []HistoryEntry `json:"entries"`
	More    bool           `json:"more"` // there are earlier ones
	// Groups are the skill groups of all the agent's sessions of today, whatever
	// was asked for: what a page can be narrowed to.
	Groups []GroupName `json:"skillGroups,omitempty"`
}

// HistoryEntry is an ended session of the agent.
type HistoryEntry struct {
	N            int         `json:"n"` // its number in the agent's day, from 1
	SessionID    string      `json:"sessionId"`
	Type         SessionType `json:"type"`
	Direction    Direction   `json:"direction"`
	Caller       string      `json:"callerPhoneNumber,omitempty"`
	Callee       string      `json:"calleePhoneNumber,omitempty"`
	Location     string      `json:"location,omitempty"`   // of the customer's number
	PeerUserID   string      `json:"peerUserId,omitempty"` // the customer's account of a chat, audio or video session
	Nickname     string      `json:"nickname,omitempty"`
	Remark       string      `json:"remark,omitempty"`
	SkillGroupID string      `json:"skillGroupId,omitempty"`
	SkillGroup   string      `json:"skillGroupName,omitempty"` // as it was called then
	StartedAt    int64       `json:"startedAt"`
	AnsweredAt   int64       `json:"answeredAt,omitempty"`
	Duration     int64       `json:"duration"` // ms of conversation
	CloseBy      CloseBy     `json:"closeBy,omitempty"`
	MainReason   string      `json:"mainReason,omitempty"`
	// Missed is true if the session rang at the agent, who did not take it.
	Missed bool `json:"missed,omitempty"`
	// Recording is the address of the conversation's sound, signed and good for
	// a while; "" if there is none.
	Recording string `json:"recording,omitempty"`
}
