package bridge

import (
	"encoding/json"
	"math/rand/v2"
	"strconv"
	"syscall/js"

	"tccc/agent"
	"tccc/internal/jsval"
)

// tabKey is the entry in sessionStorage. The shell removes it at shutdown.
const tabKey = "tccc"

// tab keeps the core's state in sessionStorage, for this application and agent.
type tab struct {
	host     js.Value
	store    js.Value
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

// Tab is the store of this tab. A page whose storage is switched off has one
// that forgets.
func (b *Bridge) Tab() agent.Tab {
	t := &tab{host: b.host, app: b.config.SDKAppID, who: b.config.UserID}
	if store, err := jsval.Get(js.Global(), "sessionStorage"); err == nil {
		t.store = store
	}
	return t
}

// Load reads the state. What another agent left in this tab is not used to
// resume.
func (t *tab) Load() agent.TabState {
	text, err := jsval.Call(t.store, "getItem", tabKey)
	if err != nil || text.Type() != js.TypeString {
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
	text, _ := json.Marshal(stored{t.app, t.who, "", s})        // strings and numbers: cannot fail
	_, _ = jsval.Call(t.store, "setItem", tabKey, string(text)) // a full store only forgets
}

// deviceKey is the entry in localStorage that names this browser profile.
const deviceKey = "tccc.device"

// Device names this browser profile: the same for all of its tabs, and for
// later visits. A page whose storage is switched off is a device of its own.
func (b *Bridge) Device() string {
	name := strconv.FormatUint(rand.Uint64(), 36) + strconv.FormatUint(rand.Uint64(), 36)
	store, err := jsval.Get(js.Global(), "localStorage")
	if err != nil {
		return name
	}
	if old, err := jsval.Call(store, "getItem", deviceKey); err == nil && old.Type() == js.TypeString {
		if s := old.String(); s != "" && len(s) <= 64 {
			return s
		}
	}
	_, _ = jsval.Call(store, "setItem", deviceKey, name) // a full store makes it a device of its own
	return name
}
