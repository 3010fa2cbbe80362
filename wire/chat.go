package wire

// Methods about chats. The parameters of each are the struct named in the
// comment; the result is Empty unless another is named.
const (
	MethodChatAccept   = "chat.accept"   // SessionParams
	MethodChatEnd      = "chat.end"      // SessionParams: declines while ringing
	MethodChatTransfer = "chat.transfer" // TransferParams: blind

	// Additions of this project.
	MethodChatSend     = "chat.send"     // SendParams -> Message
	MethodChatMessages = "chat.messages" // MessagesParams -> MessagesResult
	MethodChatRead     = "chat.read"     // ReadParams
	MethodChatTyping   = "chat.typing"   // TypingParams
	MethodChatUpload   = "chat.upload"   // UploadParams -> UploadResult
)

// Sender is the side that wrote a message.
type Sender string

// The sides of a chat.
const (
	FromClient Sender = "client" // the customer
	FromSeat   Sender = "seat"   // an agent
	FromBot    Sender = "bot"
	FromSystem Sender = "system" // a notice
)

// MessageType is the kind of a message.
type MessageType string

// The types of a message.
const (
	MessageText   MessageType = "text"
	MessageImage  MessageType = "image"
	MessageFile   MessageType = "file"
	MessageCard   MessageType = "card"
	MessageOrder  MessageType = "order"
	MessageNotice MessageType = "notice" // Notice says what happened
)

// Notices: what happened to a chat, for both sides to read in their language.
const (
	NoticeQueued      = "queued"      // waits for a person; Text is the place in the queue then
	NoticeAccepted    = "accepted"    // an agent has taken it; Name is the agent's
	NoticeTransferred = "transferred" // to another agent or group; Name is theirs
	NoticeEnded       = "ended"       // Text is who ended it, a CloseBy
	NoticeTimeout     = "timeout"     // nobody wrote for the configured time
	NoticeNobody      = "nobody"      // no agent is there or took it in time
	NoticeGreeting    = "greeting"    // Text is the configured greeting
)

// Limits of what is written in a chat.
const (
	MessageTextMost = 8 << 10 // bytes of a text
	MessageIDMost   = 64      // bytes of a message's id
	MessagesMost    = 100     // messages in one MessagesResult
)

// Message is one entry of a chat. Nothing changes in it once it is written.
type Message struct {
	SessionID string `json:"sessionId"`
	// ID is chosen by the sender, unique in the session: sending the same
	// again is done once, and answered with the first.
	ID string `json:"id"`
	// Seq orders the messages of a session, from 1, without gaps.
	Seq    uint64      `json:"seq"`
	At     int64       `json:"at"` // Unix milliseconds of the gateway's clock
	From   Sender      `json:"from"`
	UserID string      `json:"userId,omitempty"` // account of the agent or the customer
	Name   string      `json:"name,omitempty"`   // shown for the sender
	Type   MessageType `json:"type"`
	Text   string      `json:"text,omitempty"` // plain text, never markup
	File   *File       `json:"file,omitempty"`
	Card   *Card       `json:"card,omitempty"`
	Order  *Order      `json:"order,omitempty"`
	Notice string      `json:"notice,omitempty"`
	// Choices are what a bot offers to press; pressing one sends it as text.
	Choices []string `json:"choices,omitempty"`
}

// File is an uploaded image or file.
type File struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Size int64  `json:"size"` // bytes
	MIME string `json:"mime"` // by content, not by name
	// URL is a path on the gateway, signed and good for a while; filled in for
	// each reader, empty in the store.
	URL string `json:"url,omitempty"`
}

// Card is the payload of Chat.sendCardMessage.
type Card struct {
	Header string `json:"header"`
	Desc   string `json:"desc"`
	Pic    string `json:"pic"` // address of an image, http(s)
	URL    string `json:"url"` // where a click leads, http(s)
}

// Order is the payload of Chat.sendOrderMessage. CustomField holds the JSON
// that the page gave.
type Order struct {
	Guide       string `json:"guide,omitempty"`
	Name        string `json:"name,omitempty"`
	Desc        string `json:"desc,omitempty"`
	Pic         string `json:"pic,omitempty"`
	CustomField any    `json:"customField,omitempty"`
}

// SendParams send one message: exactly one of Text, FileID, Card, Order.
type SendParams struct {
	SessionID string `json:"sessionId"`
	ID        string `json:"id"` // of the message; see Message.ID
	Text      string `json:"text,omitempty"`
	FileID    string `json:"fileId,omitempty"` // of a finished upload to this session
	Card      *Card  `json:"card,omitempty"`
	Order     *Order `json:"order,omitempty"`
}

// MessagesParams ask for a part of a chat: those before Before, or else those
// after After; neither gives the last ones.
type MessagesParams struct {
	SessionID string `json:"sessionId"`
	Before    uint64 `json:"before,omitempty"`
	After     uint64 `json:"after,omitempty"`
	Limit     int    `json:"limit,omitempty"` // 1 to MessagesMost, 0 means 50
}

// MessagesResult is a part of a chat, in order.
type MessagesResult struct {
	Messages []Message `json:"messages"`
	More     bool      `json:"more"` // there are others in the direction that was asked for
}

// ReadParams say up to which message a side has read.
type ReadParams struct {
	SessionID string `json:"sessionId"`
	Seq       uint64 `json:"seq"`
}

// TypingParams say that a side is typing; it counts as over after six seconds
// without another.
type TypingParams struct {
	SessionID string `json:"sessionId"`
	Typing    bool   `json:"typing"`
}

// UploadParams announce a file.
type UploadParams struct {
	SessionID string `json:"sessionId"`
	Name      string `json:"name"`
	Size      int64  `json:"size"` // bytes
}

// UploadResult is where to POST the bytes of the file: a path on the gateway,
// good for one upload. The answer of the POST is a File, or {"error": Error}.
type UploadResult struct {
	URL string `json:"url"`
}

// ChatState is where a chat stands beside its messages.
type ChatState struct {
	LastSeq         uint64 `json:"lastSeq"`
	SeatRead        uint64 `json:"seatRead,omitempty"`        // by the agent
	ClientDelivered uint64 `json:"clientDelivered,omitempty"` // arrived at the customer's page
	ClientRead      uint64 `json:"clientRead,omitempty"`      // shown to the customer
	ClientOnline    bool   `json:"clientOnline"`              // the customer's page is there
	ClientTyping    bool   `json:"clientTyping,omitempty"`
	Unread          int    `json:"unread,omitempty"` // of the customer's messages, by the agent
}

// ChatUpdated is the payload of chatUpdated.
type ChatUpdated struct {
	SessionID string `json:"sessionId"`
	ChatState
}

// CallInIM is the payload of callIn for a chat.
type CallInIM struct {
	SessionID   string      `json:"sessionId"`
	Type        SessionType `json:"type"`
	Timeout     int         `json:"timeout"` // seconds to answer, 0 = none
	Nickname    string      `json:"nickname"`
	Avatar      string      `json:"avatar,omitempty"`
	Remark      string      `json:"remark,omitempty"`
	PeerSource  string      `json:"peerSource,omitempty"`
	ChannelName string      `json:"channelName,omitempty"`
	ClientData  string      `json:"clientData,omitempty"`
	Restored    bool        `json:"restored,omitempty"`
}
