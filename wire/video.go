package wire

// Methods about audio and video customers. Audio sessions are accepted, ended,
// muted, held and transferred with the methods of calls.
const (
	MethodVideoAccept      = "video.accept"   // SessionParams
	MethodVideoEnd         = "video.end"      // SessionParams: declines while ringing
	MethodVideoMute        = "video.mute"     // SessionParams: the microphone
	MethodVideoUnmute      = "video.unmute"   // SessionParams
	MethodVideoMuteVideo   = "video.videoOff" // SessionParams: the camera
	MethodVideoUnmuteVideo = "video.videoOn"  // SessionParams
	MethodVideoTransfer    = "video.transfer" // TransferParams: blind
	// The agent's page shows its screen beside the camera, or no more.
	MethodVideoShare   = "video.screenOn"  // SessionParams: of the tab that has the connection
	MethodVideoUnshare = "video.screenOff" // SessionParams

	// MethodSessionOffer makes or renegotiates the agent's peer connection of
	// one audio or video session: these have their own, with Opus and video.
	MethodSessionOffer = "session.offer" // SessionOfferParams -> AnswerResult
)

// SessionOfferParams carry the browser's SDP for one session.
type SessionOfferParams struct {
	SessionID string `json:"sessionId"`
	SDP       string `json:"sdp"`
	// Screen is true for a connection that goes on showing a screen: one that takes
	// over from another of the same page.
	Screen bool `json:"screen,omitempty"`
}

// CallInVoIP is the payload of callIn for an audio customer.
type CallInVoIP struct {
	SessionID    string      `json:"sessionId"`
	Type         SessionType `json:"type"`
	Timeout      int         `json:"timeout"`
	Callee       string      `json:"callee"` // the entry that the customer came by
	CalleeRemark string      `json:"calleeRemark,omitempty"`
	UserID       string      `json:"userId"`
	Nickname     string      `json:"nickname,omitempty"`
	Avatar       string      `json:"avatar,omitempty"`
	Remark       string      `json:"remark,omitempty"`
	PeerSource   string      `json:"peerSource,omitempty"`
	IVRPath      []PathKey   `json:"ivrPath,omitempty"`
	ClientData   string      `json:"clientData,omitempty"`
	// ServerType is where the agent takes it; left out in the page.
	ServerType ServerType `json:"serverType,omitempty"`
	Restored   bool       `json:"restored,omitempty"`
}

// CallInVideo is the payload of callIn for a video customer.
type CallInVideo struct {
	SessionID string      `json:"sessionId"`
	Type      SessionType `json:"type"`
	Timeout   int         `json:"timeout"`
	UserID    string      `json:"userId"`
	Nickname  string      `json:"nickname,omitempty"`
	Avatar    string      `json:"avatar,omitempty"`
	Remark    string      `json:"remark,omitempty"`
	Restored  bool        `json:"restored,omitempty"`
}
