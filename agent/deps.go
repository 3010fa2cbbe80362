package agent

import (
	"context"
	"time"

	"tccc/wire"
)

// Dialer opens connections to the gateway.
type Dialer interface {
	// Dial opens one. It returns when the connection is open, and fails with
	// an error of any kind; the core tries again.
	Dial(ctx context.Context) (Conn, error)
}

// Conn is an open connection that carries text frames.
type Conn interface {
	// Read waits for the next frame. It is called by one goroutine.
	Read(ctx context.Context) ([]byte, error)
	// Write hands a frame to the transport and does not wait for the peer.
	Write(text []byte) error
	// Close ends the connection after what was written has been sent; Read
	// then returns an error. Closing twice is closing once.
	Close()
}

// Greeter is a Conn on which an early login has been sent already: by whoever
// opened it, with what Tab has kept, as the request of this id. 0 means that it
// has not.
type Greeter interface {
	Greeted() (id uint64)
}

// Tab keeps what must survive a reload of the page (sessionStorage). It is
// called by one goroutine at a time and does not fail: where nothing can be
// kept, a reload is a new login.
type Tab interface {
	Load() TabState
	Save(TabState)
}

// TabState is what a tab keeps.
type TabState struct {
	TabID  string `json:"tabId"`
	Secret string `json:"secret,omitempty"` // resumes the login
	Epoch  string `json:"epoch,omitempty"`
	Seq    uint64 `json:"seq,omitempty"` // last event seen
	// Chats are the numbers of the last messages that the page was told, by session.
	Chats map[string]uint64 `json:"chats,omitempty"`
	// Unsent are messages that were on their way.
	Unsent []wire.SendParams `json:"unsent,omitempty"`
}

// Tabs settles which tab of a browser has an agent's audio. Each method is
// called by any goroutine and only Ask waits.
type Tabs interface {
	// Join competes for the audio of an agent. What comes of it is told with
	// Agent.SetOwner, then and whenever it changes.
	Join(userID string)
	// Take takes the audio from the tab that has it.
	Take()
	// Ask lets the tab that has the audio make leg and microphone ready, and
	// gives the error that it meets. own is true if this tab has it by now.
	Ask(ctx context.Context) (own bool, err error)
}

// Clock tells the time and sets timers.
type Clock interface {
	Now() time.Time
	// AfterFunc calls f in a goroutine of its own after d, or later: browsers
	// hold back the timers of hidden tabs. stop prevents that if it can.
	AfterFunc(d time.Duration, f func()) (stop func())
}

type systemClock struct{}

func (systemClock) Now() time.Time { return Now() }

// started is when the program began.
var started = time.Now()

// Now is the time as it has gone by since the program began, whatever has been
// done to the computer's clock meanwhile: calls do not last longer because of
// that. What the computer slept through, the gateway's next answer makes up for.
func Now() time.Time { return started.Add(time.Since(started)) }

func (systemClock) AfterFunc(d time.Duration, f func()) func() {
	t := time.AfterFunc(d, f)
	return func() { t.Stop() }
}
