// Package agent is the SDK's core: login, status, sessions, timers and resume.
// It is pure Go: the socket, the media, the store of the tab and the clock are
// interfaces, so that it is tested natively and under the race detector.
package agent

import "tccc/wire"

// Phase is how far the SDK has come.
type Phase string

// Phases of the SDK.
const (
	PhaseConnecting   Phase = "connecting"   // first login under way
	PhaseReady        Phase = "ready"        // logged in
	PhaseReconnecting Phase = "reconnecting" // was logged in, the socket is lost
	PhaseRefused      Phase = "refused"      // the token is invalid or expired
	PhaseKicked       Phase = "kicked"       // the agent has logged in elsewhere
	PhaseClosed       Phase = "closed"       // the SDK was unloaded
)

// View is everything that an interface shows. It is a copy: the core hands out
// a new one at each change.
type View struct {
	Phase    Phase
	Profile  wire.AgentProfile
	State    wire.AgentState
	Settings wire.Settings
	Sessions []wire.Session  // in the order they were offered, ended ones until they are deleted
	Chats    map[string]Chat // of the sessions that are chats
	Media    MediaState
	Mic      bool // the microphone is open
	// Elsewhere is true while another tab of this browser has the audio.
	Elsewhere bool
	Notice    *wire.Error // what the agent should know now (microphone denied, sound blocked …), nil if nothing
	// ClockOffset is the gateway's clock minus the local one, in milliseconds:
	// add it to the local clock before comparing with a time of the gateway.
	ClockOffset int64
}
