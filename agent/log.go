package agent

import (
	"encoding/json"

	"tccc/wire"
)

// Bounds of what is kept for diagnostics.
const (
	maxLog     = 300
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

// Sample is how a call sounded at a moment. Times are ms.
type Sample struct {
	At     int64   `json:"at"`
	MOS    float64 `json:"mos"`
	Loss   float64 `json:"loss"`
	Jitter float64 `json:"jitter"`
	RTT    float64 `json:"rtt"`
}

// record is what the agent keeps for diagnostics. It belongs to the loop.
type record struct {
	log     []Entry
	samples []Sample
	gateway string           // its version
	marks   map[string]int64 // when the start-up got so far, the first time
}

// note keeps an entry; the oldest goes when there are too many.
func (a *Agent) note(name, text string, err *wire.Error) {
	e := Entry{At: a.clock.Now().UnixMilli(), Name: name, Text: clip(text)}
	if err != nil {
		e.Code = err.Code
	}
	a.rec.log = append(drop(a.rec.log, maxLog), e)
}

// noteEvent keeps an event that pages are told: its name, and which session or
// error it is about.
func (a *Agent) noteEvent(name string, data json.RawMessage) {
	var about struct {
		SessionID string `json:"sessionId"`
		Status    string `json:"status"`
		State     string `json:"state"`
		Reason    string `json:"reason"`
		Main      string `json:"mainReason"`
		Code      int    `json:"code"`
		ErrorMsg  string `json:"errorMsg"`
	}
	if data != nil {
		_ = json.Unmarshal(data, &about) // a payload of another form has none of it
	}
	text := name
	for _, part := range []string{about.SessionID, about.Status, about.State, about.Reason, about.Main, about.ErrorMsg} {
		if part != "" {
			text += " " + part
		}
	}
	var err *wire.Error
	if about.Code != 0 {
		err = &wire.Error{Code: about.Code}
	}
	a.note("event", text, err)
}

// drop makes room for one more.
func drop[T any](list []T, most int) []T {
	if len(list) >= most {
		list = append(list[:0], list[len(list)-most+1:]...)
	}
	return list
}

// mark notes when something was reached for the first time.
func (a *Agent) mark(what string) {
	if a.rec.marks == nil {
		a.rec.marks = make(map[string]int64)
	}
	if a.rec.marks[what] == 0 {
		a.rec.marks[what] = a.clock.Now().UnixMilli()
	}
}

// Note keeps what another part of the SDK has to say for diagnostics.
func (a *Agent) Note(text string) {
	a.post(func() { a.note("note", text, nil) })
}

// sessionState is what diagnostics tell of a session.
type sessionState struct {
	SessionID  string            `json:"sessionId"`
	Type       wire.SessionType  `json:"type"`
	State      wire.SessionState `json:"state"`
	Direction  wire.Direction    `json:"direction"`
	Caller     string            `json:"caller,omitempty"`
	Callee     string            `json:"callee,omitempty"`
	Muted      bool              `json:"muted,omitempty"`
	OfferedAt  int64             `json:"offeredAt,omitempty"`
	AnsweredAt int64             `json:"answeredAt,omitempty"`
	EndedAt    int64             `json:"endedAt,omitempty"`
	MainReason string            `json:"mainReason,omitempty"`
}

// State is what the core knows, for diagnostics.
type State struct {
	Gateway     string           `json:"gateway"`
	Phase       Phase            `json:"phase"`
	Status      wire.AgentState  `json:"agent"`
	Media       MediaState       `json:"media"`
	Mic         bool             `json:"mic"`
	Owner       bool             `json:"audioHere"`
	ClockOffset int64            `json:"clockOffset"`
	Requests    int              `json:"requests"` // commands that wait
	Seq         uint64           `json:"seq"`
	Sessions    []sessionState   `json:"sessions"`
	Quality     []Sample         `json:"quality"`
	Marks       map[string]int64 `json:"marks"`
	Log         []Entry          `json:"log"`
}

// State gives what the core knows, for diagnostics.
func (a *Agent) State() (s State) {
	a.do(func() {
		v := &a.view
		s = State{
			Gateway: a.rec.gateway, Phase: v.Phase, Status: v.State, Media: v.Media, Mic: v.Mic, Owner: a.owner,
			ClockOffset: v.ClockOffset, Requests: len(a.reqs.open), Seq: a.conn.seq, Sessions: []sessionState{},
			Quality: append([]Sample{}, a.rec.samples...), Marks: map[string]int64{}, Log: append([]Entry{}, a.rec.log...),
		}
		for k, at := range a.rec.marks {
			s.Marks[k] = at
		}
		for i := range v.Sessions {
			c := &v.Sessions[i]
			s.Sessions = append(s.Sessions, sessionState{
				c.SessionID, c.Type, c.State, c.Direction, c.Caller, c.Callee, c.Muted, c.OfferedAt, c.AnsweredAt, c.EndedAt, c.MainReason,
			})
		}
	})
	return s
}

func clip(s string) string {
	if len(s) > 300 {
		s = s[:300]
	}
	return s
}
