package wire

// VisitorProtocol is the WebSocket subprotocol of /ws/visitor: JSON-RPC 2.0
// text frames, as agents' sockets.
const VisitorProtocol = "tccc.visitor.v1"

// Methods of a customer's page. The parameters of each are the struct named in
// the comment; the result is Empty unless another is named.
const (
	VisitorHello     = "hello"     // HelloParams -> HelloResult; must be the first message
	VisitorPing      = "ping"      // -> PingResult
	VisitorStart     = "start"     // VisitorStartParams -> VisitorSession
	VisitorSend      = "send"      // SendParams -> Message
	VisitorMessages  = "messages"  // MessagesParams -> MessagesResult
	VisitorRead      = "read"      // ReadParams: shown to the customer
	VisitorDelivered = "delivered" // ReadParams: arrived at the page
	VisitorTyping    = "typing"    // TypingParams
	VisitorUpload    = "upload"    // UploadParams -> UploadResult
	VisitorOffer     = "offer"     // SessionOfferParams -> AnswerResult
	VisitorScreen    = "screen"    // ScreenParams: the page shows a screen, or no more
	VisitorEnd       = "end"       // SessionParams
)

// Notifications to a customer's page.
const (
	VisitorNotifyMessage = "message" // Message, also of the page's own messages
	VisitorNotifySession = "session" // VisitorSession
	VisitorNotifyTyping  = "typing"  // TypingParams: the agent types
	VisitorNotifyRead    = "read"    // ReadParams: the agent has read
)

// HelloParams open a customer's connection.
type HelloParams struct {
	// SDKAppID may be left out where there is one application only.
	SDKAppID string `json:"sdkAppId,omitempty"`
	// Secret, from an earlier HelloResult, makes this the same customer again.
	// One that is too old or unknown makes a new one.
	Secret string `json:"secret,omitempty"`
	// UserID is the customer's account. It is believed only with UserSig, the
	// application's signature of it; without one it is shown as a name only.
	UserID      string `json:"userId,omitempty"`
	UserSig     string `json:"userSig,omitempty"`
	Nickname    string `json:"nickname,omitempty"`
	Avatar      string `json:"avatar,omitempty"`      // address of an image, http(s)
	PeerSource  string `json:"peerSource,omitempty"`  // where the customer came from
	ChannelName string `json:"channelName,omitempty"` // free text of the page
	ClientData  string `json:"clientData,omitempty"`  // free text of the page, for the agent's
}

// HelloResult is what a customer's page needs to know.
type HelloResult struct {
	VisitorID string       `json:"visitorId"`
	Secret    string       `json:"secret"`
	Groups    []SkillGroup `json:"skillGroups"` // that customers may ask for
	// Session is the customer's present or last one; nil if there is none.
	Session *VisitorSession `json:"session,omitempty"`
	// Sessions are all that are open, in the order in which they began, or else
	// the last one.
	Sessions []VisitorSession `json:"sessions,omitempty"`
	Upload   UploadLimits     `json:"upload"`
	Now      int64            `json:"now"`
	ICE      []ICEServer      `json:"ice,omitempty"` // for calls that are made from now on
}

// ScreenParams say whether a customer's page shows a screen in a video session.
type ScreenParams struct {
	SessionID string `json:"sessionId"`
	On        bool   `json:"on"`
}

// UploadLimits are what may be uploaded.
type UploadLimits struct {
	MaxBytes int64    `json:"maxBytes"`
	MIMEs    []string `json:"mimes"`
}

// VisitorStartParams open a session, or give the one of this type that is
// already open.
type VisitorStartParams struct {
	Type         SessionType `json:"type"`                   // im, voip or video
	SkillGroupID string      `json:"skillGroupId,omitempty"` // the application's default if empty
	Text         string      `json:"text,omitempty"`         // the first message of a chat
	// what the page has got for a challenge that the customer has met
	Challenge string `json:"challenge,omitempty"`
}

// VisitorState is where a session stands for the customer.
type VisitorState string

// The states of a session for the customer.
const (
	VisitorBot     VisitorState = "bot"
	VisitorQueued  VisitorState = "queued"
	VisitorRinging VisitorState = "ringing" // at an agent
	VisitorTalking VisitorState = "talking"
	VisitorHeld    VisitorState = "held"
	VisitorEnded   VisitorState = "ended"
)

// VisitorSession is a session as the customer sees it.
type VisitorSession struct {
	SessionID    string       `json:"sessionId"`
	Type         SessionType  `json:"type"`
	State        VisitorState `json:"state"`
	SkillGroupID string       `json:"skillGroupId,omitempty"`
	Position     int          `json:"position,omitempty"`  // in the queue, from 1
	AgentName    string       `json:"agentName,omitempty"` // who talks
	AgentScreen  bool         `json:"agentScreenShared,omitempty"`
	LastSeq      uint64       `json:"lastSeq,omitempty"`
	SeatRead     uint64       `json:"seatRead,omitempty"`
	Read         uint64       `json:"read,omitempty"` // by the customer
	StartedAt    int64        `json:"startedAt"`
	EndedAt      int64        `json:"endedAt,omitempty"`
	CloseBy      CloseBy      `json:"closeBy,omitempty"`
	MainReason   string       `json:"mainReason,omitempty"`
}
