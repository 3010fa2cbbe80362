package cloudapi

import (
	"context"
	"time"

	"tccc/gateway/auth"
	"tccc/gateway/store"
	"tccc/wire"
)

// Tokens issues login tokens; [auth.Auth] does.
type Tokens interface {
	Issue(ctx context.Context, sdkAppID, userID string, onlyOnce bool) (auth.Token, error)
}

// CDRs reads call records; [store.Store] does.
type CDRs interface {
	CDRs(ctx context.Context, q store.CDRQuery) (store.CDRPage, error)
}

// Live is what goes on now, and what can be done to it: the loop that owns
// agents and sessions. Errors are [store.ErrNotFound] for a session that is
// not live in the application, entries of the catalogue in wire, or the
// context's. The application and the agent exist in the directory.
type Live interface {
	// Session gives a live session.
	Session(ctx context.Context, sdkAppID, sessionID string) (store.SessionRecord, error)
	// Sessions lists the live sessions, in the order in which they began.
	Sessions(ctx context.Context, sdkAppID string) ([]store.SessionRecord, error)
	// StartCall calls a number for an agent, as Call.startOutboundCall does.
	StartCall(ctx context.Context, sdkAppID, userID string, p wire.StartCallParams) (wire.CallResponse, error)
	// Hangup ends a session.
	Hangup(ctx context.Context, sdkAppID, sessionID string) error
	// ForceOffline takes an agent off line; an agent who is off line already is
	// no error. Sessions that the agent has go on until they end.
	ForceOffline(ctx context.Context, sdkAppID, userID string) error
	// Staff gives the state of the agents named, nil for all. Agents that were
	// never on line may be missing.
	Staff(ctx context.Context, sdkAppID string, userIDs []string) ([]StaffState, error)
}

// StaffState is what an agent is doing. The time spent is of the day so far.
type StaffState struct {
	UserID   string
	State    wire.AgentState
	Session  *wire.Session // the one that the agent speaks in or that rings, nil for none
	OnlineAt time.Time     // last came on line; zero: unknown
	Spent    map[wire.Status]time.Duration
}

// Chats reads what was written in chats.
type Chats interface {
	// Messages gives a page of a session's messages and how many there are in
	// all; [store.ErrNotFound] if the application has no such session.
	Messages(ctx context.Context, sdkAppID, sessionID string, q ChatQuery) (page []ChatMessage, total int, err error)
}

// ChatQuery selects messages.
type ChatQuery struct {
	Offset, Limit int
	Newest        bool // the newest first
}

// ChatMessage is a message of a chat.
type ChatMessage struct {
	At      time.Time
	From    string // account of the agent or id of the customer
	Type    string // "text", "image", "file", "system"
	Content string
}

// Recordings knows where recordings of calls can be fetched.
type Recordings interface {
	// URL is a link to the recording of a session, "" if there is none.
	URL(ctx context.Context, sdkAppID, sessionID string) (string, error)
}

// Eraser removes everything about a customer of an application. Errors are
// entries of the catalogue in wire: wire.ErrSessionState while the customer has
// live sessions, wire.ErrInvalidOptions for one that can be nobody's name.
type Eraser interface {
	// Erase is told the key that asks, and its address, for the audit.
	Erase(ctx context.Context, sdkAppID, customer, key, from string) (Erased, error)
}

// Erased counts what was erased.
type Erased struct {
	Sessions, Records, Messages, Files, Recordings, Snapshots, Visits, Pushes, SetAside int
	Bytes                                                                               int64
	Left                                                                                []string
}
