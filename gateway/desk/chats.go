package desk

import (
	"context"
	"encoding/json"
)

// Chats are the chats as this API sees them. Errors are [store.ErrNotFound] if
// there is no such session in the application or it has ended, an [Error] that
// the client may read, or the context's; anything else is an internal error.
type Chats interface {
	// Session finds a session by its id.
	Session(ctx context.Context, sdkAppID, sessionID string) (Session, error)
	// SessionOf finds the session of a customer with a customer service
	// account, whose leading "@" belongs to it.
	SessionOf(ctx context.Context, sdkAppID, customerID, serviceID string) (Session, error)
	// Send sends a message of the back end to a customer; the agent sees it too.
	Send(ctx context.Context, sdkAppID string, m Message) error
	// End ends a session.
	End(ctx context.Context, sdkAppID, sessionID string) error
}

// State is who has a session.
type State int

// The states of a session.
const (
	NotInSession State = iota
	Chatbot            // the robot answers
	Queuing            // waits for an agent
	Waiting            // is offered to an agent who has not accepted yet
	Agent              // an agent has it
)

// Session is what is told of a session.
type Session struct {
	ID      string
	State   State
	AgentID string // account, of Waiting and Agent
}

// The spelling of states. The two languages of the vendor's documents differ.
var (
	spelling         = [...]string{"Not in session", "Chatbot", "Queuing", "WaitingForAgentAnswering", "Agent"}
	originalSpelling = [...]string{"NotInSession", "Chatbot", "Queueing", "WaitingForAgentAnswering", "Agent"}
)

// Message is a message of a back end, either to a session or from a customer
// service account to a customer.
type Message struct {
	SessionID  string
	ServiceID  string // with its leading "@"
	CustomerID string
	Random     uint32 // of two messages with the same number, one is a repetition; 0: none was given
	Body       []Element
	CustomData string // handed on as it is
}

// Element is a part of a message.
type Element struct {
	Type    string          // TIMTextElem, TIMCustomElem, TIMImageElem, …
	Text    string          // of TIMTextElem
	Content json.RawMessage // the whole content, an object
}
