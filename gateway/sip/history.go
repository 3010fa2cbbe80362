package sip

import "time"

// History is what became of a call, step by step.
type History struct {
	ID      string // Call-ID
	Trunk   string
	Inbound bool
	Began   time.Time
	Steps   []Step
	Ended   time.Time
	// Code and Text are the SIP answer that ended it, or 200 for a BYE.
	Code     int
	Text     string
	ByRemote bool
}

// Step is a state that the dialog came into: proceeding, early, accepted,
// confirmed, cancelling, parting, leaving.
type Step struct {
	State string
	At    time.Time
}

// stepsMost bounds the steps of a call; the states go round nowhere.
const stepsMost = 16

// noted keeps the time of a new state.
func (c *Call) noted(st state) {
	if len(c.steps) < stepsMost && (len(c.steps) == 0 || c.steps[len(c.steps)-1].State != st.String()) {
		c.steps = append(c.steps, Step{st.String(), time.Now()})
	}
}

// history tells what became of the call, if anybody wants to know.
func (c *Call) history(e Event) {
	if c.s.o.OnEnded == nil {
		return
	}
	c.s.o.OnEnded(History{
		ID: c.id, Trunk: c.trunk.Name, Inbound: c.inbound, Began: c.began, Steps: c.steps, Ended: time.Now(),
		Code: e.Code, Text: e.Text, ByRemote: e.ByRemote,
	})
}
