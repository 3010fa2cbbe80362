package agent

import (
	"encoding/json"

	"tccc/wire"
)

// Bounds of what is kept for diagnostics.
const (
	maxLog     = 300
	keepFirst  = 16 // entries: how the start went
	maxSamples = 60
)

// Entry is something that happened, for diagnostics. It names sessions, and
// holds nothing that people said or typed.
type Entry struct {
	At   int64  `json:"at"`   // Unix milliseconds of the local clock
	Name string `json:"name"` // "event", "connection", "leg", "command", "note"
	Text string `json:"text"`
	Code int    `json:"code,omitempty"`
}

// record is what the agent keeps for diagnostics. It belongs to the loop.
type record struct {
	log     []Entry
	samples []wire.QualityParams
	gateway string // its version
}

// note keeps an entry. When there are too many the oldest goes, but for those
// of the start.
func (a *Agent) note(name, text string, code int) {
	if len(text) > 300 {
		text = text[:300]
	}
	r := &a.rec
	if len(r.log) >= maxLog {
		r.log = append(r.log[:keepFirst], r.log[keepFirst+1:]...)
	}
	r.log = append(r.log, Entry{a.clock.Now().UnixMilli(), name, text, code})
}

// noteEvent keeps an event that pages are told: its name, and which session it
// is about.
func (a *Agent) noteEvent(name string, data json.RawMessage) {
	var about wire.SessionRef
	if data != nil && json.Unmarshal(data, &about) == nil && about.SessionID != "" {
		name += " " + about.SessionID
	}
	a.note("event", name, 0)
}

// Note keeps what another part of the SDK has to say for diagnostics.
func (a *Agent) Note(text string) {
	a.post(func() { a.note("note", text, 0) })
}

// State is what the core knows, for diagnostics. Sessions are whole: who shows
// them leaves out what is private.
type State struct {
	Gateway     string               `json:"gateway"`
	Phase       Phase                `json:"phase"`
	Status      wire.AgentState      `json:"agent"`
	Media       MediaState           `json:"media"`
	Mic         bool                 `json:"mic"`
	ClockOffset int64                `json:"clockOffset"`
	Requests    int                  `json:"requests"` // commands that wait
	Seq         uint64               `json:"seq"`
	Sessions    []wire.Session       `json:"sessions"`
	Quality     []wire.QualityParams `json:"quality"`
	Log         []Entry              `json:"log"`
}

// State gives what the core knows, for diagnostics.
func (a *Agent) State() *State {
	s := &State{Quality: []wire.QualityParams{}, Log: []Entry{}}
	a.do(func() {
		v := a.snapshotView()
		s.Gateway, s.Phase, s.Status, s.Media, s.Mic, s.Sessions =
			a.rec.gateway, v.Phase, v.State, v.Media, v.Mic, v.Sessions
		s.ClockOffset, s.Requests, s.Seq = v.ClockOffset, len(a.reqs.open), a.conn.seq
		s.Quality = append(s.Quality, a.rec.samples...)
		s.Log = append(s.Log, a.rec.log...)
	})
	return s
}
