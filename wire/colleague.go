package wire

// Methods about colleagues: internal calls and transfer. The parameters of
// each are the struct named in the comment; the result is Empty unless another
// is named.
const (
	MethodColleagues = "agent.colleagues" // -> ColleaguesResult

	MethodCallInternal = "call.startInternal" // InternalCallParams -> InternalCallResponse
	MethodCallTransfer = "call.transfer"      // TransferParams: blind

	// Additions of this project: attended transfer.
	MethodCallConsult    = "call.consult"          // ConsultParams -> ConsultResponse
	MethodCallComplete   = "call.completeTransfer" // SessionParams: either session of the consultation
	MethodCallCancel     = "call.cancelConsult"    // SessionParams: either one
	MethodCallConference = "call.conference"       // SessionParams: either one

	MethodCallKick = "call.kick" // KickParams

	// Additions of this project: for supervisors.
	MethodCallListen  = "call.listen"  // SessionParams
	MethodCallWhisper = "call.whisper" // SessionParams
	MethodCallBarge   = "call.barge"   // SessionParams
)

// InternalCallParams are the options of Call.startInternalCall.
type InternalCallParams struct {
	CalleeUserID string `json:"calleeUserId"`
	UseMobile    bool   `json:"useMobile,omitempty"` // ring the agent's mobile phone instead of the page
}

// InternalCallResponse is the result of Call.startInternalCall.
type InternalCallResponse struct {
	SessionID    string     `json:"sessionId"`
	CalleeUserID string     `json:"calleeUserId"`
	ServerType   ServerType `json:"serverType"` // staffSeat, or staffPhoneSeat for the mobile phone
}

// TransferParams are the options of Call.transfer: exactly one of the targets.
type TransferParams struct {
	SessionID    string `json:"sessionId"`
	SkillGroupID string `json:"skillGroupId,omitempty"`
	UserID       string `json:"userId,omitempty"`
}

// ConsultParams are the options of Call.consult: exactly one of the targets.
type ConsultParams struct {
	SessionID    string `json:"sessionId"`
	SkillGroupID string `json:"skillGroupId,omitempty"`
	UserID       string `json:"userId,omitempty"`
	PhoneNumber  string `json:"phoneNumber,omitempty"`
}

// ConsultResponse is the result of Call.consult.
type ConsultResponse struct {
	SessionID string `json:"sessionId"` // of the consultation, a session of its own
	ConsultOf string `json:"consultOf"` // the customer's session
}

// KickParams are the options of Call.kick: exactly one of the parties.
type KickParams struct {
	SessionID   string `json:"sessionId"`
	UserID      string `json:"userId,omitempty"`
	PhoneNumber string `json:"phoneNumber,omitempty"` // of an outside number that has joined
}

// MonitorMode is how a supervisor takes part in a conversation.
type MonitorMode string

// Modes of a supervisor, who hears everybody in all of them.
const (
	MonitorListen  MonitorMode = "listen"  // is heard by nobody
	MonitorWhisper MonitorMode = "whisper" // is heard by the agent
	MonitorBarge   MonitorMode = "barge"   // is heard by all
)

// TransferTarget is where a session is being transferred to.
type TransferTarget struct {
	SkillGroupID string `json:"skillGroupId,omitempty"`
	UserID       string `json:"userId,omitempty"`
	Name         string `json:"name,omitempty"` // of the group or the agent
}

// Transferred is the payload of transfer.
type Transferred struct {
	SessionID    string `json:"sessionId"`
	SkillGroupID string `json:"skillGroupId,omitempty"`
	UserID       string `json:"userId,omitempty"`
	PhoneNumber  string `json:"phoneNumber,omitempty"` // of an attended transfer to a number
}

// CallInInternal is the payload of callIn for a call of a colleague.
type CallInInternal struct {
	SessionID  string      `json:"sessionId"`
	Type       SessionType `json:"type"`
	Timeout    int         `json:"timeout"` // seconds to answer
	PeerUserID string      `json:"peerUserId"`
	Restored   bool        `json:"restored,omitempty"`
}

// SessionUpdated is the payload of sessionUpdated.
type SessionUpdated struct {
	Session
	Reason   string `json:"reason,omitempty"` // ReasonTransferFailed: why is in transferFailed
	Restored bool   `json:"restored,omitempty"`
}

// ReasonTransferFailed is the reason of a sessionUpdated that brings a session
// back from a transfer.
const ReasonTransferFailed = "transferFailed"

// ColleaguesResult is what Agent.colleagues gives: everybody and every group of
// the application, but for the asking agent.
type ColleaguesResult struct {
	Agents []Colleague      `json:"agents"`
	Groups []ColleagueGroup `json:"groups"`
}

// Colleague is another agent of the application.
type Colleague struct {
	UserID  string `json:"userId"`
	Name    string `json:"name"`
	StaffNo string `json:"staffNo,omitempty"`
	Status  Status `json:"status"` // offline if the agent's page is away
	Since   int64  `json:"since"`  // of the status; 0 if the page is away
	// SessionID is the conversation with a customer that a supervisor may
	// listen to; "" if there is none or the asking agent is no supervisor.
	SessionID string `json:"sessionId,omitempty"`
}

// ColleagueGroup is a skill group with how many could take a session now.
type ColleagueGroup struct {
	SkillGroupID string `json:"skillGroupId"`
	Name         string `json:"name"`
	Free         int    `json:"free"`    // agents that are free
	Online       int    `json:"online"`  // agents that are on line
	Waiting      int    `json:"waiting"` // sessions in the queue
	// WaitingSince is when the first of the queue began to wait, 0 if none waits.
	WaitingSince int64 `json:"waitingSince,omitempty"`
}
