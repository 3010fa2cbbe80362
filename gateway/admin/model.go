package admin

import (
	"context"

	"tccc/gateway/push"
	"tccc/wire"
)

// Gateway is what operators look at.
type Gateway interface {
	// Snapshot tells what goes on now.
	Snapshot(ctx context.Context) (*Snapshot, error)
	// IssueToken makes a login token for an agent.
	IssueToken(ctx context.Context, sdkAppID, userID string, onlyOnce bool) (Token, error)
	// DeadPushes lists dead letters after a position, at most 1000.
	DeadPushes(ctx context.Context, after uint64) ([]push.DeadLetter, error)
	// ReplayPushes sends dead letters again, nil for all.
	ReplayPushes(ctx context.Context, seqs []uint64) (n int, err error)
	// Erase removes everything about a customer, a telephone number or an id, of
	// an application or, for "", of all. It is refused while the customer has a
	// live session.
	Erase(ctx context.Context, sdkAppID, customer string) (Erasure, error)
	// Trunks tells where calls of SIP trunks can go, and how these places do.
	Trunks(ctx context.Context) ([]Target, error)
}

// Target is a place that the calls of a trunk can go to. A trunk that has none
// is one without Target, and Reason says why.
type Target struct {
	Trunk    string `json:"trunk"`
	Host     string `json:"host"`     // of the configuration
	Target   string `json:"target"`   // transport:address:port
	Priority int    `json:"priority"` // 0 for those that calls go to first
	Up       bool   `json:"up"`
	Reason   string `json:"reason,omitempty"` // why it is down
	Since    int64  `json:"since"`            // of the last change
	Retry    int64  `json:"retry,omitempty"`  // when one that is down is tried again; 0: when it answers OPTIONS
}

// Erasure counts what was erased.
type Erasure struct {
	Sessions   int      `json:"sessions"` // that were the customer's
	Records    int      `json:"records"`  // call records
	Messages   int      `json:"messages"` // of chats, of both sides
	Files      int      `json:"files"`
	Recordings int      `json:"recordings"`
	Snapshots  int      `json:"snapshots"` // of sessions
	Visits     int      `json:"visits"`    // last sessions of customers
	Pushes     int      `json:"pushes"`    // not delivered yet, or dead letters
	SetAside   int      `json:"setAside"`  // records in the file of what was set aside
	Bytes      int64    `json:"bytes"`     // overwritten in the files of the store
	Left       []string `json:"left"`      // what could not be erased, and why
}

// Token is a login token.
type Token struct {
	Token   string `json:"token"`
	Expires int64  `json:"expires"` // Unix milliseconds
	SDKURL  string `json:"sdkURL"`
}

// Snapshot is the state of a gateway. Times are Unix milliseconds, 0 for never.
type Snapshot struct {
	At       int64  `json:"at"`
	Since    int64  `json:"since"` // the process started
	Node     string `json:"node"`
	Version  string `json:"version"`
	Draining bool   `json:"draining"` // it takes no new calls
	Apps     []App  `json:"apps"`
}

// App is an application.
type App struct {
	SDKAppID string    `json:"sdkAppId"`
	Name     string    `json:"name"`
	Agents   []Agent   `json:"agents"`
	Queues   []Queue   `json:"queues"`
	Sessions []Session `json:"sessions"` // live, in the order in which they began
}

// Agent is an agent and what it is doing.
type Agent struct {
	UserID     string      `json:"userId"`
	Name       string      `json:"name"`
	StaffNo    string      `json:"staffNo"`
	Groups     []string    `json:"groups"`
	Status     wire.Status `json:"status"`
	RestReason string      `json:"restReason,omitempty"`
	Since      int64       `json:"since"`    // of the status
	Present    bool        `json:"present"`  // a page or another door is connected
	Sessions   int         `json:"sessions"` // live
}

// Queue is a skill group.
type Queue struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	Waiting int    `json:"waiting"` // sessions without an agent
	Oldest  int64  `json:"oldest"`  // the longest-waiting one began to wait; 0 if none waits
	Ringing int    `json:"ringing"`
	Talking int    `json:"talking"`
	Free    int    `json:"free"`   // agents that could take one now
	Online  int    `json:"online"` // agents that are not off line
}

// States of sessions that no agent sees.
const (
	StateWaiting = "waiting" // for an agent
	StateMenu    = "menu"    // in the IVR, or not decided yet
)

// Session is a live session.
type Session struct {
	SessionID string           `json:"sessionId"`
	Type      wire.SessionType `json:"type"`
	Direction wire.Direction   `json:"direction"`
	State     string           `json:"state"` // of wire.SessionState, or one of the above
	Caller    string           `json:"caller"`
	Callee    string           `json:"callee"`
	Agent     string           `json:"agent,omitempty"`
	Group     string           `json:"group,omitempty"`
	StartAt   int64            `json:"startAt"`
	QueueAt   int64            `json:"queueAt,omitempty"`
	AnswerAt  int64            `json:"answerAt,omitempty"`
}
