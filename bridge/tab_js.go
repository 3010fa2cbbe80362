package bridge

import (
	"encoding/json"
	"syscall/js"

	"tccc/agent"
	"tccc/internal/jsval"
)

// tab keeps the core's state with the shell, for this application and agent. It
// is in sessionStorage; where nothing may be stored it lives as long as the page.
type tab struct {
	host     js.Value
	app, who string
}

type stored struct {
	App  string `json:"app"`
	User string `json:"user"`
	// Next is the secret of a login that the shell has made, and that nobody
	// has taken over yet.
	Next string `json:"next,omitempty"`
	agent.TabState
}

// Tab is the store of this tab.
func (b *Bridge) Tab() agent.Tab { return &tab{b.host, b.config.SDKAppID, b.config.UserID} }

// Load reads the state. What another agent left in this tab is not used to
// resume.
func (t *tab) Load() agent.TabState {
	text, err := jsval.Call(t.host, "kept")
	if err != nil {
		return agent.TabState{}
	}
	var s stored
	if json.Unmarshal([]byte(text.String()), &s) != nil {
		return agent.TabState{}
	}
	if s.App != t.app || s.User != t.who {
		return agent.TabState{TabID: s.TabID}
	}
	if s.Next != "" && t.host.Call("greeting").IsUndefined() {
		s.Secret = s.Next // whoever was to take it over is gone
	}
	return s.TabState
}

func (t *tab) Save(s agent.TabState) {
	text, _ := json.Marshal(stored{t.app, t.who, "", s}) // strings and numbers: cannot fail
	_, _ = jsval.Call(t.host, "keep", string(text))      // the shell keeps what it can
}

// Keeps reports whether what is kept of this tab survives a reload.
func (b *Bridge) Keeps() bool { return jsval.OpenStore("sessionStorage").Get(b.config.Place) != "" }

// Device names this browser profile: the same for all of its tabs, and for
// later visits. A page whose storage is switched off is a device of its own.
func (b *Bridge) Device() string {
	name, err := jsval.Call(b.host, "device")
	if err != nil || name.Type() != js.TypeString || len(name.String()) > maxDevice {
		return ""
	}
	return name.String()
}

const maxDevice = 64
