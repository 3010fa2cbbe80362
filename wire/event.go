package wire

import "encoding/json"

// Names of the events that pages see (tccc.events). The value of each constant
// is its key in tccc.events.
const (
	EventReady            = "ready"
	EventTokenExpired     = "tokenExpired"
	EventCallIn           = "callIn"
	EventUserAccessed     = "userAccessed"
	EventAutoTransfer     = "autoTransfer"
	EventSessionEnded     = "sessionEnded"
	EventSessionCompleted = "sessionCompleted"
	EventCallOuted        = "callOuted"
	EventCalloutAccepted  = "calloutAccepted"
	EventTransfer         = "transfer"
	EventStatusChanged    = "statusChanged"
	EventASR              = "asr"

	// Additions of this project.
	EventError             = "error"             // {code, name, message, cause, remedy, recoverable}
	EventKickedOut         = "kickedOut"         // {message}
	EventConnectionChanged = "connectionChanged" // {state: 'connected' | 'reconnecting' | 'disconnected'}
	EventDevicesChanged    = "devicesChanged"    // {microphones, speakers, selected}
	// SessionUpdated: hold, mute and other changes without an event of their own
	EventSessionUpdated  = "sessionUpdated"
	EventMessageReceived = "messageReceived"
	EventChatUpdated     = "chatUpdated"     // ChatUpdated: delivered, read, typing, customer there
	EventOwnerChanged    = "ownerChanged"    // {owner}: whether this tab has the agent's audio
	EventMicrophoneLevel = "microphoneLevel" // {level}: while a microphone is tested
)

// EventNames lists every event, documented ones first.
var EventNames = []string{
	EventReady, EventTokenExpired, EventCallIn, EventUserAccessed, EventAutoTransfer, EventSessionEnded,
	EventSessionCompleted, EventCallOuted, EventCalloutAccepted, EventTransfer, EventStatusChanged, EventASR,
	EventError, EventKickedOut, EventConnectionChanged, EventDevicesChanged, EventSessionUpdated, EventMessageReceived,
	EventOwnerChanged, EventChatUpdated, EventMicrophoneLevel,
}

// Event is one entry of an agent's journal. The SDK first takes over the
// snapshots (Session, Agent, Message), then, if Name is set, hands Data to the page.
type Event struct {
	Seq     uint64          `json:"seq"`
	At      int64           `json:"at"` // Unix milliseconds of the gateway's clock
	Name    string          `json:"name,omitempty"`
	Data    json.RawMessage `json:"data,omitempty"`
	Session *Session        `json:"session,omitempty"`
	Agent   *AgentState     `json:"agent,omitempty"`
	// Message was written in a chat of the agent. Those of the agent's own side
	// come without a name: they are not told to the page.
	Message *Message `json:"message,omitempty"`
}

// CallInPhone is the payload of callIn for a telephone call.
type CallInPhone struct {
	SessionID       string      `json:"sessionId"`
	Type            SessionType `json:"type"`
	Timeout         int         `json:"timeout"` // seconds to answer, 0 = none
	Callee          string      `json:"calleePhoneNumber"`
	Caller          string      `json:"callerPhoneNumber,omitempty"`
	CallerLocation  string      `json:"callerLocation,omitempty"`
	Remark          string      `json:"remark,omitempty"`
	IVRPath         []PathKey   `json:"ivrPath,omitempty"`
	ProtectedCallee string      `json:"protectedCallee,omitempty"`
	ProtectedCaller string      `json:"protectedCaller,omitempty"`
	ServerType      ServerType  `json:"serverType"`
	Restored        bool        `json:"restored,omitempty"`
}

// SessionRef is the payload of events that carry only the id.
type SessionRef struct {
	SessionID string `json:"sessionId"`
	Restored  bool   `json:"restored,omitempty"`
}

// CallOuted is the payload of callOuted.
type CallOuted struct {
	SessionID string `json:"sessionId"`
	Caller    string `json:"callerPhoneNumber,omitempty"`
	Callee    string `json:"calleePhoneNumber,omitempty"`
	Remark    string `json:"remark,omitempty"`
	// PeerUserID is the account that an internal call goes to.
	PeerUserID string `json:"peerUserId,omitempty"`
	Restored   bool   `json:"restored,omitempty"`
}

// SessionEnded is the payload of sessionEnded.
type SessionEnded struct {
	SessionID  string      `json:"sessionId"`
	CloseBy    CloseBy     `json:"closeBy"`
	MainReason string      `json:"mainReason,omitempty"`
	SubReason  string      `json:"subReason,omitempty"`
	Type       SessionType `json:"type"`
	Duration   float64     `json:"duration"` // seconds of conversation
}

// StatusChanged is the payload of statusChanged.
type StatusChanged struct {
	Status     Status         `json:"status"`
	RestReason string         `json:"restReason,omitempty"`
	Deadline   int64          `json:"deadline,omitempty"`
	Pending    *PendingStatus `json:"pending,omitempty"`
}
