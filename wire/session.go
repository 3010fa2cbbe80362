package wire

// SessionType is the kind of a session.
type SessionType string

// The types of a session.
const (
	TypePhone    SessionType = "phone"
	TypeIM       SessionType = "im"
	TypeVoIP     SessionType = "voip"
	TypeVideo    SessionType = "video"
	TypeInternal SessionType = "internal"
)

// SessionState is where a session stands for the agent that sees it.
type SessionState string

// The states of a session, in the order of its life.
const (
	StateRinging SessionState = "ringing" // offered to the agent
	StateDialing SessionState = "dialing" // outbound, not yet answered
	StateTalking SessionState = "talking"
	StateHeld    SessionState = "held"
	StateEnded   SessionState = "ended"
	StateGone    SessionState = "gone" // moved on to somebody else: the agent's list drops it
)

// Direction of a session, seen from the contact centre.
type Direction string

// Directions.
const (
	Inbound  Direction = "in"
	Outbound Direction = "out"
)

// ServerType is the end point that carries an agent's side of a call.
type ServerType string

// Server types.
const (
	StaffSeat          ServerType = "staffSeat"          // browser
	StaffPhoneSeat     ServerType = "staffPhoneSeat"     // mobile phone
	MiniProgramSeat    ServerType = "miniProgramSeat"    // WeChat mini program
	StaffExtensionSeat ServerType = "staffExtensionSeat" // SIP desk phone
)

// Phone reports whether the end point is a telephone, which the gateway rings.
func (t ServerType) Phone() bool { return t == StaffPhoneSeat || t == StaffExtensionSeat }

// AtPhone is the end point if it is a telephone, else "".
func (t ServerType) AtPhone() ServerType {
	if t.Phone() {
		return t
	}
	return ""
}

// CloseBy says who ended a session.
type CloseBy string

// Who ended a session.
const (
	CloseClient CloseBy = "client" // the customer
	CloseSeat   CloseBy = "seat"   // the agent
	CloseAdmin  CloseBy = "admin"  // the system
	CloseTimer  CloseBy = "timer"  // a timer
)

// Known reports whether it is one of those above.
func (b CloseBy) Known() bool {
	return b == CloseClient || b == CloseSeat || b == CloseAdmin || b == CloseTimer
}

// Main reasons of a session that the system ended (sessionEnded.mainReason).
// The sub reason holds the SIP answer ("486 Busy Here") or a plain sentence.
const (
	ReasonBusy           = "busy"           // 486, 600
	ReasonNoAnswer       = "noAnswer"       // 408, 480, ring timeout
	ReasonDeclined       = "declined"       // 603, 607, 608
	ReasonUnreachable    = "unreachable"    // 404, 410, 484, 485, 502..504, 604, transport failure
	ReasonRejectedTrunk  = "trunkRejected"  // 401, 403, 407, 488 and other refusals
	ReasonQueueTimeout   = "queueTimeout"   // nobody took it in time
	ReasonQueueFull      = "queueFull"      // the queue has no room
	ReasonNoAgent        = "noAgent"        // nobody is on line and the group does not queue
	ReasonNetworkLost    = "networkLost"    // no media from the far side
	ReasonAgentLost      = "agentLost"      // the agent's browser did not come back
	ReasonGatewayRestart = "gatewayRestart" // the process that carried the call ended
	ReasonAdmin          = "admin"          // an administrator or a back end ended it
	ReasonFault          = "fault"          // a fault of the gateway, which its log tells of
	ReasonMaxDuration    = "maxDuration"
	ReasonIdle           = "idle"         // nobody wrote in a chat for the configured time
	ReasonCustomerGone   = "customerGone" // the customer's page did not come back
	ReasonRemoved        = "removed"      // a colleague removed this agent from the conference
	ReasonCancelled      = "cancelled"    // a colleague took a transfer back before it was answered
)

// PathKey is one key that the caller pressed in the IVR.
type PathKey struct {
	Key   string `json:"key"`
	Label string `json:"label"`
}

// Session is a session as one agent sees it. Times are Unix milliseconds of
// the gateway's clock; 0 means not yet.
type Session struct {
	SessionID  string       `json:"sessionId"`
	Type       SessionType  `json:"type"`
	State      SessionState `json:"state"`
	Direction  Direction    `json:"direction"`
	ServerType ServerType   `json:"serverType,omitempty"`
	Muted      bool         `json:"muted,omitempty"`

	Caller   string `json:"callerPhoneNumber,omitempty"`
	Callee   string `json:"calleePhoneNumber,omitempty"`
	Location string `json:"location,omitempty"` // of the customer's number
	Title    string `json:"title,omitempty"`    // phoneDesc, nickname: shown instead of the number
	Remark   string `json:"remark,omitempty"`
	// a colleague's account, or the customer's of a chat, audio or video session
	PeerUserID   string    `json:"peerUserId,omitempty"`
	Nickname     string    `json:"nickname,omitempty"` // of the customer, as the next four
	Avatar       string    `json:"avatar,omitempty"`
	PeerSource   string    `json:"peerSource,omitempty"`
	ChannelName  string    `json:"channelName,omitempty"`
	ClientData   string    `json:"clientData,omitempty"`
	SkillGroupID string    `json:"skillGroupId,omitempty"`
	IVRPath      []PathKey `json:"ivrPath,omitempty"`
	UUI          string    `json:"uui,omitempty"`

	OfferedAt    int64 `json:"offeredAt,omitempty"`
	RingDeadline int64 `json:"ringDeadline,omitempty"`
	AnsweredAt   int64 `json:"answeredAt,omitempty"`
	HeldAt       int64 `json:"heldAt,omitempty"`
	EndedAt      int64 `json:"endedAt,omitempty"`

	// Transfer is where the agent is handing the session over to; the session
	// is held until somebody has taken it.
	Transfer *TransferTarget `json:"transfer,omitempty"`
	// TransferFailed is why the last transfer brought the session back: one of
	// the main reasons, or ReasonCancelled. Taking it up again clears it.
	TransferFailed string `json:"transferFailed,omitempty"`
	// ConsultSessionID is the session in which the agent asks somebody about
	// this one, and ConsultOf the session that this one is about.
	ConsultSessionID string `json:"consultSessionId,omitempty"`
	ConsultOf        string `json:"consultOf,omitempty"`
	// Conference is true while more than two talk.
	Conference bool `json:"conference,omitempty"`
	// Monitor is how a supervisor takes part in a colleague's session.
	Monitor MonitorMode `json:"monitor,omitempty"`

	// Chat is of a chat only, the others of a video session.
	Chat           *ChatState `json:"chat,omitempty"`
	VideoMuted     bool       `json:"videoMuted,omitempty"`           // the agent's camera is off
	ScreenShared   bool       `json:"screenShared,omitempty"`         // the agent shows a screen
	CustomerScreen bool       `json:"customerScreenShared,omitempty"` // the customer does

	CloseBy    CloseBy `json:"closeBy,omitempty"`
	MainReason string  `json:"mainReason,omitempty"`
	SubReason  string  `json:"subReason,omitempty"`
}

// Live reports whether the session has not ended for the agent.
func (s *Session) Live() bool { return s.State != StateEnded && s.State != StateGone }
