package wire

import "strings"

// Status is what an agent is doing (tccc's AgentStatus).
type Status string

// The statuses of an agent. Busy is set by the system only.
const (
	StatusOffline  Status = "offline"
	StatusFree     Status = "free"
	StatusBusy     Status = "busy"
	StatusArrange  Status = "arrange"  // after-call work
	StatusNotReady Status = "notReady" // shows busy: no inbound, outbound possible
	StatusRest     Status = "rest"     // on break
)

// ParseStatus reads a value of Agent.setStatus in any documented spelling,
// without regard to case. stopNotReady leads back to free.
func ParseStatus(s string) (Status, error) {
	switch strings.ToLower(s) {
	case "free", "stopnotready":
		return StatusFree, nil
	case "rest":
		return StatusRest, nil
	case "arrange":
		return StatusArrange, nil
	case "notready":
		return StatusNotReady, nil
	}
	return "", ErrInvalidStatus.For("status", "%q", clip(s, 32))
}

func clip(s string, n int) string {
	if len(s) > n {
		return strings.ToValidUTF8(s[:n], "") + "…"
	}
	return s
}

// AgentState is the state of one agent as the gateway knows it. Times are Unix
// milliseconds of the gateway's clock; 0 means unset.
type AgentState struct {
	Status     Status         `json:"status"`
	RestReason string         `json:"restReason,omitempty"`
	Since      int64          `json:"since"`
	Deadline   int64          `json:"deadline,omitempty"` // end of after-call work
	Pending    *PendingStatus `json:"pending,omitempty"`  // asked for during a session, takes effect after it

	// ServerType is where the agent's next calls are carried.
	ServerType ServerType `json:"serverType,omitempty"`
	// PhoneAway is true while the agent's desk phone is not registered, or its
	// phone was not reached: no sessions are offered meanwhile.
	PhoneAway bool `json:"phoneAway,omitempty"`
}

// OnPhone reports whether the agent talks through a telephone: the page needs
// no audio then.
func (s *AgentState) OnPhone() bool { return s.ServerType.Phone() }

// PendingStatus is a status that waits for the end of a session.
type PendingStatus struct {
	Status     Status `json:"status"`
	RestReason string `json:"restReason,omitempty"`
}

// AgentProfile is who an agent is.
type AgentProfile struct {
	UserID      string       `json:"userId"`
	Name        string       `json:"name"`
	StaffNo     string       `json:"staffNo"` // work number
	SkillGroups []SkillGroup `json:"skillGroups"`
	// Seats are the agent's telephones, which can carry calls instead of the page.
	Seats []ServerType `json:"seats,omitempty"`
}

// TakesCalls reports whether any of the agent's skill groups carries audio, so
// that a microphone will be needed.
func (p *AgentProfile) TakesCalls() bool {
	for _, g := range p.SkillGroups {
		for _, t := range g.Types {
			if t != TypeIM {
				return true
			}
		}
	}
	return false
}

// GroupName is a skill group as Admin.getSkillGroups gives it.
type GroupName struct {
	Name string `json:"skillGroupName"`
	ID   string `json:"skillGroupId"`
}

// GroupNames are the skill groups of an application: the result of
// Admin.getSkillGroups, and what comes with ready.
type GroupNames struct {
	SkillGroups []GroupName `json:"skillGroups"`
}

// SkillGroup is a group of agents that sessions are routed to.
type SkillGroup struct {
	ID    string        `json:"skillGroupId"`
	Name  string        `json:"skillGroupName"`
	Types []SessionType `json:"types"`
}
