package wire

// Methods that the SDK calls. The parameters of each are the struct named in
// the comment; the result is Empty unless another is named.
const (
	MethodLogin  = "login"  // LoginParams -> LoginResult, or EarlyResult; must be the first message
	MethodReady  = "ready"  // -> LoginResult: completes an early login
	MethodLogout = "logout" // the SDK was unloaded: no grace, the resume secret is forgotten
	MethodPing   = "ping"   // -> PingResult

	MethodOnline    = "agent.online"
	MethodOffline   = "agent.offline"
	MethodSetStatus = "agent.setStatus" // SetStatusParams

	MethodSetServerType = "agent.setServerType" // ServerTypeParams: where the next calls are carried

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

	// MethodMediaCheck answers an offer with a connection that sends back what
	// it gets. It has nothing to do with the agent's leg, and is closed by the
	// gateway after CheckSeconds, or when the browser closes it.
	MethodMediaCheck  = "media.check"  // OfferParams -> AnswerResult
	MethodCallQuality = "call.quality" // QualityParams
	MethodTrace       = "trace"        // TraceParams: what commands have taken, if Settings.Trace asks for it
)

// CheckSeconds is how long a connection of media.check lives at most.
const CheckSeconds = 20

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
	// Early says that the page cannot take sessions yet. The token or secret is
	// checked; the agent is there only once MethodReady has come.
	Early bool `json:"early,omitempty"`
}

// EarlyResult is what an early login gives.
type EarlyResult struct {
	Secret string `json:"secret"` // as in LoginResult
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
	Version string `json:"version,omitempty"` // of the gateway
}

// Settings are what the SDK needs to know of the configuration.
type Settings struct {
	BreakReasons     []string    `json:"breakReasons,omitempty"`
	ArrangeSeconds   int         `json:"arrangeSeconds"`   // after-call work, 0 = none
	HeartbeatSeconds int         `json:"heartbeatSeconds"` // how often to ping
	GraceSeconds     int         `json:"graceSeconds"`     // how long a lost agent is waited for
	WarmLeg          bool        `json:"warmLeg"`          // make the audio leg before the first call
	GroupNames                   // of the whole application
	Trace            bool        `json:"trace,omitempty"` // tell what commands have taken
	ICE              []ICEServer `json:"ice,omitempty"`   // for peer connections that are made from now on
}

// ICEServer is an RTCIceServer (WebRTC 1.0 section 4.2.4): a TURN server, with
// credentials that expire.
type ICEServer struct {
	URLs       []string `json:"urls"`
	Username   string   `json:"username"`
	Credential string   `json:"credential"`
}

// PingResult answers a heartbeat.
type PingResult struct {
	Now int64 `json:"now"`
	// ICE takes the place of what was told before, which expires.
	ICE []ICEServer `json:"ice,omitempty"`
}

// SetStatusParams are the options of Agent.setStatus.
type SetStatusParams struct {
	Status     string `json:"status"`
	RestReason string `json:"restReason,omitempty"`
}

// ServerTypeParams are the options of Agent.setServerType.
type ServerTypeParams struct {
	ServerType ServerType `json:"serverType"`
}

// Seat is the result of Agent.getServerType.
type Seat struct {
	ServerType ServerType `json:"serverType"`
	PhoneAway  bool       `json:"phoneAway"` // see AgentState
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

// QualityParams tell how a call sounds at the agent's browser: means since the
// call began. The last ones that came are kept with the call.
type QualityParams struct {
	SessionID string  `json:"sessionId"`
	MOS       float64 `json:"mos"`    // 1 to 5
	Loss      float64 `json:"loss"`   // share of packets towards the browser, 0 to 1
	Jitter    float64 `json:"jitter"` // ms
	RTT       float64 `json:"rtt"`    // ms
}

// KickedParams say why the gateway closed the login.
type KickedParams struct {
	Reason  string `json:"reason"` // "replaced", "revoked", "stopping"
	Message string `json:"message"`
}
