package wire

// Methods that the SDK calls. The parameters of each are the struct named in
// the comment; the result is Empty unless another is named.
const (
	MethodLogin  = "login"  // LoginParams -> LoginResult; must be the first message
	MethodLogout = "logout" // the SDK was unloaded: no grace, the resume secret is forgotten
	MethodPing   = "ping"   // -> PingResult

	MethodOnline    = "agent.online"
	MethodOffline   = "agent.offline"
	MethodSetStatus = "agent.setStatus" // SetStatusParams

	MethodCallStart  = "call.start"      // StartCallParams -> CallResponse
	MethodCallAccept = "call.accept"     // SessionParams
	MethodCallHangup = "call.hangup"     // SessionParams: declines while ringing
	MethodCallDelete = "call.delete"     // SessionParams
	MethodCallMute   = "call.mute"       // SessionParams
	MethodCallUnmute = "call.unmute"     // SessionParams
	MethodCallHold   = "call.hold"       // SessionParams
	MethodCallUnhold = "call.unhold"     // SessionParams
	MethodCallDigits = "call.sendDigits" // DigitsParams

	MethodMediaOffer = "media.offer" // OfferParams -> AnswerResult: makes or renegotiates the agent's audio leg
	MethodMediaClose = "media.close"
)

// Notifications that the gateway sends.
const (
	NotifyEvent  = "event"  // Event
	NotifyKicked = "kicked" // KickedParams; the socket closes after it
)

// Empty is the result of methods that only succeed or fail.
type Empty struct{}

// LoginParams opens a connection.
type LoginParams struct {
	Token    string  `json:"token"`
	SDKAppID string  `json:"sdkAppId"`
	UserID   string  `json:"userId,omitempty"` // a hint: the token decides
	TabID    string  `json:"tabId"`            // random, one per tab
	Device   string  `json:"device,omitempty"` // random, one per browser profile: tabs of one device share an agent
	Resume   *Resume `json:"resume,omitempty"`
	Version  string  `json:"version"`
}

// Resume continues an earlier login of the same tab.
type Resume struct {
	Secret string `json:"secret"`
	Epoch  string `json:"epoch"`
	Seq    uint64 `json:"seq"` // last event seen
}

// LoginResult is the whole state of an agent.
type LoginResult struct {
	Agent    AgentProfile `json:"agent"`
	State    AgentState   `json:"state"`
	Sessions []Session    `json:"sessions"`
	Settings Settings     `json:"settings"`
	// Secret resumes this login after the socket was lost; it changes at every login.
	Secret string `json:"secret"`
	// Epoch names the journal that Seq counts in. When it is the epoch of the
	// resume, the events after its seq follow; otherwise the snapshot above is
	// all there is.
	Epoch   string `json:"epoch"`
	Seq     uint64 `json:"seq"`
	Resumed bool   `json:"resumed"`
	Now     int64  `json:"now"`
}

// Settings are what the SDK needs to know of the configuration.
type Settings struct {
	BreakReasons     []string `json:"breakReasons,omitempty"`
	ArrangeSeconds   int      `json:"arrangeSeconds"`   // after-call work, 0 = none
	HeartbeatSeconds int      `json:"heartbeatSeconds"` // how often to ping
	GraceSeconds     int      `json:"graceSeconds"`     // how long a lost agent is waited for
	WarmLeg          bool     `json:"warmLeg"`          // make the audio leg before the first call
	GroupNames                // of the whole application
}

// PingResult answers a heartbeat.
type PingResult struct {
	Now int64 `json:"now"`
}

// SetStatusParams are the options of Agent.setStatus.
type SetStatusParams struct {
	Status     string `json:"status"`
	RestReason string `json:"restReason,omitempty"`
}

// SessionParams name a session.
type SessionParams struct {
	SessionID string `json:"sessionId"`
}

// StartCallParams are the options of Call.startOutboundCall.
type StartCallParams struct {
	PhoneNumber           string   `json:"phoneNumber"`
	PhoneDesc             string   `json:"phoneDesc,omitempty"`
	UUI                   string   `json:"uui,omitempty"`
	SkillGroupID          string   `json:"skillGroupId,omitempty"`
	CallerPhoneNumber     string   `json:"callerPhoneNumber,omitempty"`
	ServingNumberGroupIDs []string `json:"servingNumberGroupIds,omitempty"`
	PhoneEncodeType       string   `json:"phoneEncodeType,omitempty"` // "" or "number"
}

// CallResponse is the result of Call.startOutboundCall.
type CallResponse struct {
	SessionID      string     `json:"sessionId"`
	CalleeLocation string     `json:"calleeLocation,omitempty"`
	Callee         string     `json:"calleePhoneNumber"`
	Caller         string     `json:"callerPhoneNumber"`
	ServerType     ServerType `json:"serverType"`
	Remark         string     `json:"remark,omitempty"`
}

// DigitsParams are the options of Call.sendDigits.
type DigitsParams struct {
	SessionID string `json:"sessionId"`
	DTMFText  string `json:"dtmfText"`
}

// OfferParams carry the browser's SDP (RFC 8866), complete: nothing is trickled.
type OfferParams struct {
	SDP string `json:"sdp"`
}

// AnswerResult carries the gateway's SDP.
type AnswerResult struct {
	SDP string `json:"sdp"`
}

// KickedParams say why the gateway closed the login.
type KickedParams struct {
	Reason  string `json:"reason"` // "replaced", "revoked", "stopping"
	Message string `json:"message"`
}
