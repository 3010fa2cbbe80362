package ui

import (
	"strings"
	"unicode/utf8"

	"tccc/agent"
	"tccc/wire"
)

// State is what the interface itself knows: what is open, what is typed, where
// the button lies.
type State struct {
	Lang      Lang
	Hidden    bool // tccc.UI.hide
	Button    bool // the floating button is shown
	Open      bool // the call bar is unfolded
	Auto      bool // it unfolded by itself for a call, and folds again after it
	Workbench bool // the workbench is shown
	Embedded  bool // the workbench lives in an element of the page

	Menu     string   // "" or what is open, see below
	Tab      string   // of the workbench, "" for TabSessions
	Keypad   string   // the session whose keypad is open
	Number   string   // being typed to call out
	Location Location // of the number, as far as it is known
	Digits   string   // sent with the keypad, shown to the agent
	Current  string   // session that the agent chose to look at, "" for the most urgent

	Transfer   string                 // the session whose list of targets is open
	AskFirst   bool                   // the target is consulted before it gets the session
	Find       string                 // what is looked for in a list of colleagues
	Colleagues *wire.ColleaguesResult // nil before they have been asked for
	Read       string                 // session whose failed transfer the agent has put away

	Queues  []wire.ColleagueGroup // of the agent's own groups
	History *wire.HistoryResult   // nil before it has been asked for
	Only    wire.HistoryParams    // what it is narrowed to
	Playing string                // the entry of the history whose recording is open
	Player  Player                // of it
	Notify  Notify
	Rove    map[string]string // the action that the agent has walked to, by list
	Stale   bool              // a session has ended since the history was asked for
	Away    bool              // the page is in the background
	Level   float64           // of the microphone, 0 to 1

	Busy      map[string]bool // actions under way, by Action.Name and Arg
	Failure   *wire.Error     // of the last action
	Dismissed int             // code of the notice that the agent put away

	MediaNotice *wire.Error
	Devices     Devices
	Quality     Quality
	Buttons     map[string]bool // active buttons of overrideButtonConfig, nil for all

	Place Place
	Chats Chats
}

// Menus of the call bar, of which one at most is open.
const (
	MenuStatus      = "status"
	MenuDial        = "dial"
	MenuDevices     = "devices"
	MenuBenchStatus = "benchStatus" // the same as MenuStatus, of the workbench
)

// Notify is whether the system may tell of calls.
type Notify string

// What the browser allows.
const (
	NotifyNone    Notify = "" // it has no notifications
	NotifyAsk     Notify = "default"
	NotifyOn      Notify = "granted"
	NotifyBlocked Notify = "denied"
)

// Place is where the floating button lies: its distance in CSS pixels from the
// nearest edges of the window, from which the call bar unfolds to the middle.
type Place struct {
	X    int  `json:"x"` // from the right edge, from the left one if Left
	Y    int  `json:"y"` // from the bottom edge, from the top one if Top
	Left bool `json:"left,omitempty"`
	Top  bool `json:"top,omitempty"`
}

// DefaultPlace is the lower right corner.
var DefaultPlace = Place{X: 24, Y: 24}

// placeOf is the place of a button whose upper left corner is at x, y in a
// window, moved into the window if it is outside.
func placeOf(x, y, width, height, windowWidth, windowHeight int) Place {
	const margin = 8
	x = max(margin, min(x, windowWidth-width-margin))
	y = max(margin, min(y, windowHeight-height-margin))
	p := Place{X: windowWidth - x - width, Y: windowHeight - y - height}
	if x+width/2 < windowWidth/2 {
		p.X, p.Left = x, true
	}
	if y+height/2 < windowHeight/2 {
		p.Y, p.Top = y, true
	}
	return p
}

// within is the place moved into a window of this size.
func (p Place) within(width, height int) Place {
	const room = 64 // at least this much of the window is left for the button
	p.X = max(0, min(p.X, width-room))
	p.Y = max(0, min(p.Y, height-room))
	return p
}

// Devices are the devices to choose from.
type Devices struct {
	Microphones []Device
	Speakers    []Device
	Cameras     []Device
	Microphone  string // chosen ids, "" for the default
	Speaker     string
	Ringtone    string
	Camera      string
	// SelectableOutput is false where the browser cannot choose an output.
	SelectableOutput bool
}

// Device is one of them.
type Device struct{ ID, Label string }

// Quality is how well the agent hears the far side.
type Quality struct {
	Level int     // 0 unknown, 1 bad, 2 poor, 3 fair, 4 good
	MOS   float64 // 1 to 4.5
	RTTMs int     // round trip to the gateway
	Loss  float64 // share of packets lost, 0 to 1
	// JitterMs is how unevenly packets arrive.
	JitterMs int
}

// Types of buttons that tccc.overrideButtonConfig can switch off.
const (
	ButtonHold    = "holdToggle"
	ButtonKeypad  = "showKeyboard"
	ButtonMute    = "mute"
	ButtonForward = "forwardOut"
)

// covered reports whether the floating workbench shows what the call bar would.
func (s *State) covered() bool { return s.Workbench && !s.Embedded }

func (s *State) button(name string) bool { return s.Buttons == nil || s.Buttons[name] }

// Effect is a call of a member of tccc, or of one of this package's own:
// "Devices.choose" (ChooseDevice), "Devices.list" (SetDevices is wanted),
// "Devices.allow" (ask for the microphone again), "Devices.test" (play a tone on
// the device of that kind), "Devices.meter" (true and false begin and end
// SetLevel) and "Agent.colleagues"
// (SetColleagues is wanted), "Agent.queues" (SetQueues) and "Agent.history"
// (AddHistory), whose options are a wire.HistoryParams. Those of chats are with
// State.chat.
type Effect struct {
	Member  string
	Options any
}

// ChooseDevice are the options of "Devices.choose".
type ChooseDevice struct {
	Kind     string `json:"kind"` // "microphone", "speaker", "ringtone" or "camera"
	DeviceID string `json:"deviceId"`
}

// Apply does what the action means to the state and returns what is to be
// called, one after the other, the next only if the one before succeeded.
// Value is the text of the input that the action came from.
func (s *State) Apply(v *agent.View, a Action, value string) []Effect {
	if !keepsFailure(a.Name) {
		s.Failure = nil
	}
	switch a.Name {
	case "fold":
		s.Open, s.Menu, s.Auto = !s.Open || s.covered(), "", false
		s.Workbench = s.Workbench && s.Embedded
	case "menu":
		s.toggleMenu(a.Arg)
		switch s.Menu {
		case MenuDevices:
			return []Effect{{"Devices.list", nil}}
		case MenuDial:
			s.Find = ""
		}
	case "transfer", "find", "askFirst", "toAgent", "toGroup", "toNumber", "callAgent", "read", "handOver",
		"conference", "backToCustomer":
		return s.colleague(v, a, value)
	case "tab", "earlier", "play", "open", "workbench", "look", "callBack", "listen", "whisper", "barge":
		return s.bench(a)
	case "seek", "speed", "channel":
		s.listen(a, value)
	case "onlyGroup", "onlyEnded":
		return s.narrow(a.Name, value)
	case "draft", "send", "resend", "discard", "older", "latest", "seen":
		return s.chat(a, value)
	case "escape":
		s.escape()
	case "dismiss":
		s.dismiss(v)
	case "keypad":
		s.toggleKeypad(a.Arg)
	case "type":
		return s.typed(typedNumber(value))
	case "erase":
		return s.typed(trimLast(s.Number))
	case "digit":
		return s.digit(a.Arg)
	case "dial":
		return s.dial()
	case "status":
		return s.setStatus(a.Arg)
	case "test":
		return []Effect{{"Devices.test", a.Arg}}
	case "seat":
		return []Effect{{"Agent.setServerType", wire.ServerTypeParams{ServerType: wire.ServerType(value)}}}
	case "device":
		return []Effect{{"Devices.choose", ChooseDevice{a.Arg, value}}}
	case "allow":
		return []Effect{{"Devices.allow", nil}}
	case "takeOver":
		return []Effect{{"Agent.takeOver", nil}}
	default:
		return s.call(v, a)
	}
	return nil
}

// call is for the actions on a session.
func (s *State) call(v *agent.View, a Action) []Effect {
	ref := wire.SessionParams{SessionID: a.Arg}
	if a.Name == "switch" {
		s.Current, s.Keypad = a.Arg, ""
		return append(s.holdOthers(v, a.Arg), Effect{"Call.unHold", ref})
	}
	member := memberOf(a.Name, typeOf(v, a.Arg))
	if member == "" {
		return nil
	}
	switch a.Name {
	case "accept":
		s.Current, s.Menu = a.Arg, ""
		if typeOf(v, a.Arg) == wire.TypeIM {
			s.bench(Action{"open", a.Arg})
		}
	case "hangup", "complete":
		if s.Keypad == a.Arg {
			s.Keypad, s.Digits = "", ""
		}
	}
	return []Effect{{member, ref}}
}

// members are the methods behind the actions on a session: of calls, and of
// the types that have their own.
var members = []struct{ action, call, chat, video string }{
	{"accept", "Call.accept", "Chat.accept", "Video.accept"},
	{"hangup", "Call.hungUp", "Chat.end", "Video.end"},
	{"complete", "Call.deleteCall", "", ""},
	{"mute", "Call.muteMic", "", "Video.muteMic"},
	{"unmute", "Call.unmuteMic", "", "Video.unmuteMic"},
	{"videoOff", "", "", "Video.muteVideo"},
	{"videoOn", "", "", "Video.unmuteVideo"},
	{"screenOn", "", "", "Video.startScreenShare"},
	{"screenOff", "", "", "Video.stopScreenShare"},
	{"hold", "Call.hold", "", ""},
	{"resume", "Call.unHold", "", ""},
	{"transfer", "Call.transfer", "Chat.transfer", "Video.transfer"},
}

func memberOf(action string, t wire.SessionType) string {
	for i := range members {
		switch m := &members[i]; {
		case m.action != action:
		case t == wire.TypeIM && m.chat != "":
			return m.chat
		case t == wire.TypeVideo && m.video != "":
			return m.video
		default:
			return m.call
		}
	}
	return ""
}

func typeOf(v *agent.View, id string) wire.SessionType {
	for i := range v.Sessions {
		if v.Sessions[i].SessionID == id {
			return v.Sessions[i].Type
		}
	}
	return ""
}

// holdOthers puts the sessions on hold that are being talked to, but for one.
func (s *State) holdOthers(v *agent.View, id string) (effects []Effect) {
	for i := range v.Sessions {
		if t := &v.Sessions[i]; t.State == wire.StateTalking && t.SessionID != id && !isChat(t) {
			effects = append(effects, Effect{"Call.hold", wire.SessionParams{SessionID: t.SessionID}})
		}
	}
	return effects
}

func (s *State) toggleMenu(name string) {
	if s.Menu == name {
		name = ""
	}
	s.Menu = name
	if name != MenuBenchStatus {
		s.Open, s.Auto = true, false
	}
}

func (s *State) toggleKeypad(id string) {
	if s.Keypad == id {
		id = ""
	}
	s.Keypad, s.Digits, s.Transfer = id, "", ""
}

func (s *State) escape() {
	switch {
	case s.Menu != "":
		s.Menu = ""
	case s.Keypad != "":
		s.Keypad, s.Digits = "", ""
	case s.Transfer != "":
		s.Transfer = ""
	default:
		s.Open, s.Auto = false, false
	}
}

func (s *State) dismiss(v *agent.View) {
	if n := s.notice(v); n != nil {
		s.Dismissed = n.Code
	}
}

// digit adds to the number being typed, or is sent to the session whose keypad
// is open. Arg is "dial:5" or "send:5".
func (s *State) digit(arg string) []Effect {
	where, d, _ := strings.Cut(arg, ":")
	if where == "dial" {
		return s.typed(typedNumber(s.Number + d))
	}
	if s.Keypad == "" {
		return nil
	}
	s.Digits = lastOf(s.Digits+d, 24)
	return []Effect{{"Call.sendDigits", wire.DigitsParams{SessionID: s.Keypad, DTMFText: d}}}
}

// Location is where a number, as it is dialled, is at home; empty where the
// gateway knows none.
type Location struct{ Number, Name string }

// typed is the number as it is now. Where it is at home is asked for once it
// can be one: wants SetLocation.
func (s *State) typed(number string) []Effect {
	before := s.Number
	s.Number = number
	if number == before {
		return nil
	}
	n, err := wire.ParseNumber(number)
	if err != nil {
		return nil
	}
	return []Effect{{"Agent.location", wire.LocationParams{PhoneNumber: n.Digits}}}
}

// location is where the number that is typed is at home, "" if nobody knows.
func (s *State) location() string {
	if s.Location.Name == "" {
		return ""
	}
	if n, err := wire.ParseNumber(s.Number); err != nil || n.Digits != s.Location.Number {
		return ""
	}
	return s.Location.Name
}

func (s *State) dial() []Effect {
	number, ok := s.readNumber()
	if !ok {
		return nil
	}
	s.Number, s.Menu, s.Current = "", "", ""
	s.goTo(TabSessions)
	return []Effect{{"Call.startOutboundCall", wire.StartCallParams{PhoneNumber: number}}}
}

// setStatus takes "free", "notReady", "rest:reason" or "offline".
func (s *State) setStatus(arg string) []Effect {
	s.Menu = ""
	status, reason, _ := strings.Cut(arg, ":")
	switch wire.Status(status) {
	case wire.StatusOffline:
		return []Effect{{"Agent.offline", nil}}
	case "online":
		return []Effect{{"Agent.online", nil}}
	}
	return []Effect{{"Agent.setStatus", wire.SetStatusParams{Status: status, RestReason: reason}}}
}

// follow adapts the state to what has changed from one view to the next.
func (s *State) follow(before, after *agent.View) {
	known := make(map[string]wire.SessionState, len(before.Sessions))
	for i := range before.Sessions {
		known[before.Sessions[i].SessionID] = before.Sessions[i].State
	}
	current, keypad := false, false
	for i := range after.Sessions {
		n := &after.Sessions[i]
		if was, seen := known[n.SessionID]; (!seen || was != n.State) &&
			(n.State == wire.StateRinging || n.State == wire.StateDialing) {
			s.Open, s.Auto = true, s.Auto || !s.Open // what is urgent is shown
			if !isChat(n) && !s.writing(before) {    // neither a chat nor a call interrupts a sentence
				s.Current = ""
			}
		}
		s.Stale = s.Stale || n.State == wire.StateEnded && known[n.SessionID] != wire.StateEnded
		current = current || n.SessionID == s.Current && (n.State != wire.StateEnded || isChat(n))
		keypad = keypad || n.SessionID == s.Keypad && n.State == wire.StateTalking
	}
	if len(after.Sessions) == 0 && s.Auto {
		s.Open, s.Auto = false, false
	}
	if !current && after.Phase == agent.PhaseReady {
		s.Current = ""
	}
	if !keypad {
		s.Keypad, s.Digits = "", ""
	}
	s.followTransfer(after)
	s.followChats(after)
	if n := s.notice(after); n == nil || n.Code != s.Dismissed {
		s.Dismissed = 0
	}
}

// notice is what the agent should know now: what the core says before what
// the devices say.
func (s *State) notice(v *agent.View) *wire.Error {
	switch {
	case v.Notice != nil:
		return v.Notice
	case v.Elsewhere:
		return wire.ErrAudioElsewhere
	}
	return s.MediaNotice
}

// typedNumber is what a field for a number shows of what was typed or pasted:
// all that can be seen, so that what it means is judged as a whole.
func typedNumber(text string) string {
	text = wire.FoldNumber(text)
	for len(text) > numberField {
		text = trimLast(text)
	}
	return text
}

// numberField is how much a field for a number takes, in bytes.
const numberField = 96

// dialable reports whether a text is worth a try. What is wrong with one that is
// not a number is said then.
func dialable(text string) bool {
	digits := 0
	for _, r := range text {
		if r >= '0' && r <= '9' || r == '*' || r == '#' {
			digits++
		}
	}
	return digits >= 3
}

// readNumber is the number that was typed. Without one it says why not, if
// there is something to say.
func (s *State) readNumber() (number string, ok bool) {
	if !dialable(s.Number) {
		return "", false
	}
	n, err := wire.ParseNumber(s.Number)
	if err != nil {
		s.Failure = wire.AsError(err)
		return "", false
	}
	return n.String(), true
}

func trimLast(s string) string {
	_, size := utf8.DecodeLastRuneInString(s)
	return s[:len(s)-size]
}

func lastOf(s string, n int) string {
	if len(s) > n {
		return s[len(s)-n:]
	}
	return s
}
