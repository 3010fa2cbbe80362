package ui_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/agent"
	"tccc/ui"
	"tccc/ui/uitest"
	"tccc/wire"
)

func find(t *testing.T, lang ui.Lang, name string) uitest.Case {
	t.Helper()
	all := uitest.All(lang)
	i := slices.IndexFunc(all, func(c uitest.Case) bool { return c.Name == name })
	require.GreaterOrEqual(t, i, 0, name)
	return all[i]
}

func render(t *testing.T, name string) *ui.Node {
	t.Helper()
	c := find(t, ui.English, name)
	return ui.Render(c.View, &c.State, uitest.Now)
}

// actions lists what can be done in a tree, "click:accept:s1".
func actions(n *ui.Node) (list []string) {
	n.Find(func(e *ui.Node) bool {
		for _, kind := range []string{"click", "change", "input", "submit"} {
			if a := e.Attr("data-" + kind); a != "" && e.Attr("aria-disabled") == "" {
				list = append(list, strings.TrimSuffix(a+":"+e.Attr("data-arg"), ":"))
			}
		}
		return false
	})
	return list
}

func withClass(n *ui.Node, class string) []*ui.Node {
	return n.Find(func(e *ui.Node) bool { return slices.Contains(strings.Fields(e.Attr("class")), class) })
}

func text(n *ui.Node, class string) string {
	var parts []string
	for _, e := range withClass(n, class) {
		parts = append(parts, e.Content())
	}
	return strings.Join(parts, "|")
}

func TestEveryStateOffersWhatItShould(t *testing.T) {
	tests := map[string]struct{ can, cannot []string }{
		"connecting": {[]string{"fold"}, []string{"dial", "status:free"}},
		"free": {[]string{"menu:status", "menu:dial", "menu:devices", "type",
			"workbench"}, []string{"accept:s1"}},
		"free, number typed": {[]string{"dial"}, nil},
		"status menu": {[]string{"status:free", "status:notReady", "status:rest",
			"status:rest:Lunch", "status:rest:Training", "status:offline"}, nil},
		"after-call work": {[]string{"status:free"}, nil},
		"offline":         {[]string{"status:online"}, []string{"dial", "type"}},
		"dial pad":        {[]string{"digit:dial:0", "digit:dial:#", "erase", "dial"}, nil},
		"devices": {[]string{"device:microphone", "device:speaker", "device:ringtone",
			"device:camera", "test:speaker", "test:ringtone"}, []string{"allow"}},
		"folded":  {[]string{"fold"}, []string{"type"}},
		"ringing": {[]string{"accept:s1", "hangup:s1"}, []string{"mute:s1"}},
		"dialing": {[]string{"hangup:s1"}, []string{"accept:s1", "mute:s1"}},
		"talking": {[]string{"mute:s1", "hold:s1", "keypad:s1", "hangup:s1"},
			[]string{"unmute:s1", "resume:s1", "digit:send:1"}},
		"talking, muted, poor quality": {[]string{"unmute:s1"}, []string{"mute:s1"}},
		"keypad":                       {[]string{"digit:send:1", "digit:send:*"}, nil},
		"held":                         {[]string{"resume:s1", "hangup:s1"}, []string{"hold:s1", "mute:s1"}},
		"transfer": {[]string{"transfer:s1", "find", "askFirst", "toAgent:agent2@demo",
			"toGroup:support"}, []string{"toAgent:agent3@demo", "toAgent:agent4@demo", "toGroup:sales"}},
		"transfer, searched":    {[]string{"toGroup:support"}, []string{"toAgent:agent2@demo"}},
		"transfer, agents only": {[]string{"toAgent:agent2@demo"}, []string{"toGroup:support"}},
		"transferring":          {[]string{"resume:s1", "hangup:s1"}, []string{"transfer:s1"}},
		"transfer came back":    {[]string{"read:s1", "transfer:s1"}, nil},
		"consultation": {[]string{"handOver:s2", "conference:s2", "backToCustomer:s2",
			"switch:s1"}, []string{"transfer:s1"}},
		"consultation rings": {[]string{"backToCustomer:s2"},
			[]string{"handOver:s2", "conference:s2"}},
		"conference":         {[]string{"transfer:s1", "hangup:s1"}, nil},
		"colleagues to call": {[]string{"callAgent:agent2@demo"}, []string{"callAgent:agent3@demo"}},
		"internal call": {[]string{"mute:s1", "hold:s1", "hangup:s1"},
			[]string{"transfer:s1", "keypad:s1"}},
		"second call rings":     {[]string{"accept:s2", "hangup:s2", "hangup:s1"}, nil},
		"two calls":             {[]string{"switch:s1", "hold:s2", "hangup:s1", "hangup:s2"}, nil},
		"ended by the customer": {[]string{"complete:s1"}, []string{"hangup:s1"}},
		"microphone blocked":    {[]string{"allow", "dismiss"}, nil},
		"sound blocked":         {[]string{"dismiss"}, []string{"allow"}},
		"an action failed":      {[]string{"clear"}, nil},
		"kicked out":            {[]string{"fold"}, []string{"dial", "menu:status"}},
		"workbench": {[]string{"look:s1", "look:s2", "hold:s2", "workbench", "tab:dial",
			"tab:settings", "menu:benchStatus"}, []string{"digit:dial:1", "device:microphone"}},
		"workbench, status menu":     {[]string{"status:rest:Lunch", "status:offline"}, nil},
		"workbench, after-call work": {[]string{"status:free"}, nil},
		"workbench, audio elsewhere": {[]string{"takeOver"}, nil},
		"workbench, call out":        {[]string{"digit:dial:1", "dial", "callBack:13800138000"}, nil},
		"workbench, transfer":        {[]string{"toAgent:agent2@demo", "toNumber"}, nil},
		"workbench, colleagues": {[]string{"find", "callAgent:agent2@demo"},
			[]string{"callAgent:agent3@demo", "listen:other"}},
		"workbench, colleagues of a supervisor": {[]string{"listen:other"}, nil},
		"workbench, supervisor listens": {[]string{"listen:s2", "whisper:s2", "barge:s2", "hangup:s2"},
			[]string{"mute:s2", "hold:s2", "transfer:s2"}},
		"workbench, history": {[]string{"callBack:13800138000", "callBack:075583765566",
			"callBack:10086", "play:h9", "earlier"}, []string{"play:h8", "callBack:v-1"}},
		"workbench, recording plays":      {[]string{"play:h9", "pause", "seek", "speed", "channel"}, nil},
		"workbench, recording whole":      {[]string{"pause", "seek", "speed"}, []string{"channel"}},
		"workbench, recording gone":       {[]string{"play:h9"}, []string{"pause", "seek"}},
		"workbench, history during calls": {[]string{"hangup:s2", "switch:s1"}, nil},
		"workbench, settings":             {[]string{"device:microphone", "notify"}, nil},
		"workbench, desk phone":           {[]string{"seat"}, nil},
		"workbench, desk phone rings":     {[]string{"hangup:s1"}, []string{"accept:s1"}},
		"workbench, video": {[]string{"videoOff:s2", "screenOn:s2", "mute:s2", "hangup:s2"},
			[]string{"keypad:s2"}},
		"workbench, video with screens": {[]string{"screenOff:s2"}, []string{"screenOn:s2"}},
		"workbench, connecting":         {nil, []string{"tab:dial"}},
	}
	for name, want := range tests {
		t.Run(name, func(t *testing.T) {
			got := actions(render(t, name))
			for _, a := range want.can {
				assert.Contains(t, got, a)
			}
			for _, a := range want.cannot {
				assert.NotContains(t, got, a)
			}
		})
	}
}

func TestEveryStateSaysWhatItShould(t *testing.T) {
	for name, want := range map[string][2]string{ // class and content
		"free":                       {"status-text", "Free"},
		"on break":                   {"status-text", "On break · Lunch"},
		"after-call work":            {"arrange-row", "After-call work0:18"},
		"talking, status pending":    {"pending", "After this: On break · Lunch"},
		"ringing":                    {"number", "13800138000"},
		"second call rings":          {"number", "075583765566"},
		"dialing":                    {"number", "Zhang Wei"},
		"keypad":                     {"digits", "1042#"},
		"transferring":               {"strip", "Transferring to Ben Li…Take back"},
		"transfer came back":         {"strip", "The transfer came backThe call was declined"},
		"internal call":              {"facts", "agent2@demoInternal"},
		"ended by the customer":      {"why", "The customer hung up"},
		"ended by the system":        {"why", "The line is busy"},
		"reconnecting during a call": {"strip", "Connection lost. Reconnecting…"},
		"desk phone":                 {"footer-text", "Desk phone"},
		"desk phone away":            {"footer-text", "Desk phone: not reached, so no calls come"},
		"kicked out":                 {"status-text", "You have logged in elsewhere"},
	} {
		assert.Equal(t, want[1], text(render(t, name), want[0]), name)
	}
	assert.Equal(t, "2Support|1Orders", text(render(t, "ringing"), "step"))
	assert.Contains(t, text(render(t, "ringing"), "facts"), "Guangdong Shenzhen")
	assert.Equal(t, "8 s", text(withClass(render(t, "ringing"), "countdown")[0], "time"))
	assert.Equal(t, "1:23", text(withClass(render(t, "talking"), "card-top")[0], "time"))
	assert.Empty(t, render(t, "hidden").Children)
}

func TestCustomersTextStaysText(t *testing.T) {
	for _, name := range []string{"hostile names", "workbench, hostile names", "workbench, hostile history"} {
		n := render(t, name)
		assert.Contains(t, n.Content(), uitest.Hostile, name)
		n.Find(func(e *ui.Node) bool {
			assert.NotContains(t, []string{"img", "script", "a", "iframe"}, e.Tag)
			for _, a := range e.Attrs {
				assert.False(t, strings.HasPrefix(a.Name, "on"), "event handler %s", a.Name)
				assert.NotContains(t, []string{"style", "href", "src", "srcdoc"}, a.Name)
			}
			return false
		})
	}
}

func TestEverythingHasAName(t *testing.T) {
	for _, lang := range []ui.Lang{ui.English, ui.Chinese} {
		for _, c := range uitest.All(lang) {
			ui.Render(c.View, &c.State, uitest.Now).Find(func(e *ui.Node) bool {
				if slices.Contains([]string{"button", "input", "select", "section", "nav"}, e.Tag) {
					assert.NotEmpty(t, strings.TrimSpace(e.Attr("aria-label")+e.Content()),
						"%s: <%s class=%q> has no name", c.Name, e.Tag, e.Attr("class"))
				}
				return false
			})
		}
	}
}

func TestSiblingsHaveDifferentKeys(t *testing.T) {
	for _, c := range uitest.All(ui.English) {
		ui.Render(c.View, &c.State, uitest.Now).Find(func(e *ui.Node) bool {
			seen := map[string]bool{}
			for _, child := range e.Children {
				assert.False(t, child.Key != "" && seen[child.Key], "%s: key %q twice in <%s class=%q>", c.Name,
					child.Key, e.Tag, e.Attr("class"))
				seen[child.Key] = true
			}
			return false
		})
	}
}

func TestRingingIsAnnounced(t *testing.T) {
	alerts := render(t, "ringing").Find(func(e *ui.Node) bool { return e.Attr("aria-live") == "assertive" })
	require.Len(t, alerts, 1)
	assert.Equal(t, "Incoming call from 13800138000", alerts[0].Content())
	polite := func(name string) (texts []string) {
		for _, e := range render(t, name).Find(func(e *ui.Node) bool {
			return e.Attr("aria-live") == "polite" &&
				e.Attr("role") == "status"
		}) {
			texts = append(texts, e.Content())
		}
		return texts
	}
	assert.Equal(t, []string{"", "Free"}, polite("free"))
	assert.Equal(t, []string{"", "In conversation, 13800138000"}, polite("talking"))
	assert.Equal(t, []string{"", "On hold, 13800138000"}, polite("held"))
	quiet := render(t, "free").Find(func(e *ui.Node) bool { return e.Attr("aria-live") == "assertive" })
	require.Len(t, quiet, 1, "the region is there before it speaks")
	assert.Empty(t, quiet[0].Content())
}

func TestPageChoosesTheButtons(t *testing.T) {
	c := find(t, ui.English, "talking")
	c.State.Buttons = map[string]bool{ui.ButtonKeypad: true}
	got := actions(ui.Render(c.View, &c.State, uitest.Now))
	assert.Contains(t, got, "keypad:s1")
	assert.NotContains(t, got, "hold:s1")
}

func TestWithoutTheButtonTheBarShowsCallsOnly(t *testing.T) {
	for name, want := range map[string]bool{"free": false, "ringing": true} {
		c := find(t, ui.English, name)
		c.State.Button = false
		n := ui.Render(c.View, &c.State, uitest.Now)
		assert.Empty(t, withClass(n, "float"), name)
		assert.Equal(t, want, len(withClass(n, "bar")) == 1, name)
	}
}

func TestEmbeddedWorkbench(t *testing.T) {
	c := find(t, ui.English, "workbench")
	c.State.Embedded = true
	assert.Empty(t, withClass(ui.Render(c.View, &c.State, uitest.Now), "bench"))
	assert.Len(t, withClass(ui.RenderEmbedded(c.View, &c.State, uitest.Now), "bench"), 1)
}

func TestTheClockOfTheGatewayCounts(t *testing.T) {
	c := find(t, ui.English, "talking")
	c.View.ClockOffset = 5000
	n := ui.Render(c.View, &c.State, uitest.Now-5000)
	assert.Equal(t, "1:23", text(withClass(n, "card-top")[0], "time"))
}

func TestTheClockRunsOnlyWhileSomethingCounts(t *testing.T) {
	for name, want := range map[string]bool{
		"folded": false, "hidden": false, "connecting": false, "kicked out": false,
		"free": true, "talking, folded": true, "ringing, folded": true, "after-call work": true,
	} {
		c := find(t, ui.English, name)
		assert.Equal(t, want, ui.Counting(c.View, &c.State), name)
	}
}

func apply(c *uitest.Case, a ui.Action, value string) []ui.Effect {
	return c.State.Apply(&c.View, a, value)
}

func TestActionsCallTheMembersOfTheSDK(t *testing.T) {
	ref := wire.SessionParams{SessionID: "s1"}
	for action, want := range map[ui.Action]ui.Effect{
		{Name: "accept", Arg: "s1"}:   {Member: "Call.accept", Options: ref},
		{Name: "hangup", Arg: "s1"}:   {Member: "Call.hungUp", Options: ref},
		{Name: "complete", Arg: "s1"}: {Member: "Call.deleteCall", Options: ref},
		{Name: "mute", Arg: "s1"}:     {Member: "Call.muteMic", Options: ref},
		{Name: "unmute", Arg: "s1"}:   {Member: "Call.unmuteMic", Options: ref},
		{Name: "hold", Arg: "s1"}:     {Member: "Call.hold", Options: ref},
		{Name: "resume", Arg: "s1"}:   {Member: "Call.unHold", Options: ref},
		{Name: "status", Arg: "rest:Lunch"}: {Member: "Agent.setStatus",
			Options: wire.SetStatusParams{Status: "rest", RestReason: "Lunch"}},
		{Name: "status", Arg: "offline"}: {Member: "Agent.offline"},
		{Name: "status", Arg: "online"}:  {Member: "Agent.online"},
		{Name: "allow"}:                  {Member: "Devices.allow"},
		{Name: "seat"}: {Member: "Agent.setServerType",
			Options: wire.ServerTypeParams{ServerType: "o1"}},
		{Name: "test", Arg: "speaker"}: {Member: "Devices.test", Options: "speaker"},
		{Name: "takeOver"}:             {Member: "Agent.takeOver"},
		{Name: "device", Arg: "speaker"}: {Member: "Devices.choose",
			Options: ui.ChooseDevice{Kind: "speaker", DeviceID: "o1"}},
		{Name: "menu", Arg: ui.MenuDevices}: {Member: "Devices.list"},
		{Name: "digit", Arg: "send:7"}: {Member: "Call.sendDigits",
			Options: wire.DigitsParams{SessionID: "s1", DTMFText: "7"}},
	} {
		c := find(t, ui.English, "keypad")
		assert.Equal(t, []ui.Effect{want}, apply(&c, action, "o1"), "%v", action)
	}
	c := find(t, ui.English, "free")
	assert.Empty(t, apply(&c, ui.Action{Name: "no such action"}, ""))
	assert.Empty(t, apply(&c, ui.Action{Name: "digit", Arg: "send:1"}, ""), "no keypad is open")
}

func TestSwitchingHoldsTheOtherFirst(t *testing.T) {
	c := find(t, ui.English, "two calls")
	got := apply(&c, ui.Action{Name: "switch", Arg: "s1"}, "")
	assert.Equal(t, []ui.Effect{
		{Member: "Call.hold", Options: wire.SessionParams{SessionID: "s2"}},
		{Member: "Call.unHold", Options: wire.SessionParams{SessionID: "s1"}},
	}, got)
	assert.Equal(t, "13800138000", text(ui.Render(c.View, &c.State, uitest.Now), "number"), "and shows it")
}

func TestDialling(t *testing.T) {
	c := find(t, ui.English, "free")
	place := func(number string) []ui.Effect {
		return []ui.Effect{{Member: "Agent.location", Options: wire.LocationParams{PhoneNumber: number}}}
	}
	assert.Equal(t, place("+8613800138000"), apply(&c, ui.Action{Name: "type"}, "\u202d+8613800138000\u202c"))
	assert.Equal(t, "+8613800138000", c.State.Number)
	assert.Equal(t, place("+86138001380009"), apply(&c, ui.Action{Name: "digit", Arg: "dial:9"}, ""))
	assert.Equal(t, "+86138001380009", c.State.Number)
	assert.Equal(t, place("+8613800138000"), apply(&c, ui.Action{Name: "erase"}, ""))
	assert.Equal(t, place("+861012345678"), apply(&c, ui.Action{Name: "type"}, "tel:+86-10-1234-5678;ext=80"),
		"as it is dialled")
	c.State.Location = ui.Location{Number: "+861012345678", Name: "Beijing"}
	c.State.Menu = ui.MenuDial
	assert.Equal(t, "Beijing", text(ui.Render(c.View, &c.State, uitest.Now), "location"))
	apply(&c, ui.Action{Name: "type"}, "+8613800138000")
	c.State.Menu, c.State.Location = ui.MenuDial, ui.Location{Number: "+8613800138000", Name: "Beijing"}
	assert.Equal(t, "Beijing", text(ui.Render(c.View, &c.State, uitest.Now), "location"))
	c.State.Location.Number = "+861380013800"
	assert.Empty(t, text(ui.Render(c.View, &c.State, uitest.Now), "location"), "an answer to an older question")
	assert.Equal(t, []ui.Effect{{Member: "Call.startOutboundCall",
		Options: wire.StartCallParams{PhoneNumber: "+8613800138000"}}}, apply(&c, ui.Action{Name: "dial"}, ""))
	assert.Empty(t, c.State.Number)
	for _, short := range []string{"", "+", "12"} {
		apply(&c, ui.Action{Name: "type"}, short)
		assert.Empty(t, apply(&c, ui.Action{Name: "dial"}, ""), short)
	}
	for pasted, reason := range map[string]string{"138****8000": "masked", "010-12345678-801": "extension"} {
		apply(&c, ui.Action{Name: "type"}, pasted)
		assert.Empty(t, apply(&c, ui.Action{Name: "dial"}, ""), pasted)
		require.NotNil(t, c.State.Failure, pasted)
		assert.Contains(t, c.State.Failure.Detail, reason)
		assert.Equal(t, pasted, c.State.Number, "for the agent to correct")
	}
	apply(&c, ui.Action{Name: "type"}, "分"+strings.Repeat("1", 99))
	assert.Len(t, c.State.Number, 96)
	for c.State.Number != "" {
		apply(&c, ui.Action{Name: "erase"}, "")
	}
}

func TestBusyAgentsSeeWithWhat(t *testing.T) {
	call := func(state wire.SessionState) wire.Session {
		return wire.Session{SessionID: string(state), Type: wire.TypePhone, State: state}
	}
	chat := wire.Session{SessionID: "chat", Type: wire.TypeIM, State: wire.StateTalking}
	newChat := wire.Session{SessionID: "new", Type: wire.TypeIM, State: wire.StateRinging}
	ringing, dialing, talking := call(wire.StateRinging), call(wire.StateDialing), call(wire.StateTalking)
	held, ended := call(wire.StateHeld), call(wire.StateEnded)
	for _, w := range []struct {
		sessions []wire.Session
		en, zh   string
	}{
		{[]wire.Session{ringing}, "Incoming call", "来电"},
		{[]wire.Session{dialing}, "Calling…", "正在呼叫…"},
		{[]wire.Session{talking}, "In conversation", "通话中"},
		{[]wire.Session{held}, "On hold", "保持中"},
		{[]wire.Session{held, dialing}, "Calling…", "正在呼叫…"}, // a colleague is asked
		{[]wire.Session{talking, ringing}, "In conversation", "通话中"},
		{[]wire.Session{chat, ended}, "In a chat", "会话中"},
		{[]wire.Session{chat, ringing}, "Incoming call", "来电"},
		{[]wire.Session{newChat}, "New chat", "新会话"},
		{[]wire.Session{ended}, "Engaged", "服务中"},
		{nil, "Engaged", "服务中"},
	} {
		for lang, want := range map[ui.Lang]string{ui.English: w.en, ui.Chinese: w.zh} {
			c := find(t, lang, "free")
			c.View.State.Status, c.View.Sessions = wire.StatusBusy, w.sessions
			assert.Equal(t, want, text(ui.Render(c.View, &c.State, uitest.Now), "status-text"), "%v", w.sessions)
		}
	}
	c := find(t, ui.English, "free")
	c.View.State.Status, c.View.Sessions = wire.StatusArrange, []wire.Session{ended}
	assert.Equal(t, "After-call work", text(ui.Render(c.View, &c.State, uitest.Now), "status-text"))
}

func TestHistoryIsNarrowed(t *testing.T) {
	c := find(t, ui.English, "free")
	c.State.Workbench, c.State.Tab = true, ui.TabHistory
	c.State.History = &wire.HistoryResult{Groups: []wire.GroupName{{ID: "sales", Name: "Sales"}}, More: true,
		Entries: []wire.HistoryEntry{{N: 7, SessionID: "h"}}}
	n := ui.Render(c.View, &c.State, uitest.Now)
	assert.Contains(t, text(n, "narrowing"), "All groupsSales")
	ask := func(p wire.HistoryParams) []ui.Effect { return []ui.Effect{{Member: "Agent.history", Options: p}} }
	assert.Equal(t, ask(wire.HistoryParams{SkillGroupID: "sales"}), apply(&c, ui.Action{Name: "onlyGroup"}, "sales"))
	assert.Equal(t, ask(wire.HistoryParams{SkillGroupID: "sales", CloseBy: wire.CloseSeat}),
		apply(&c, ui.Action{Name: "onlyEnded"}, "seat"))
	assert.Equal(t, ask(wire.HistoryParams{SkillGroupID: "sales", CloseBy: wire.CloseSeat, Before: 7}),
		apply(&c, ui.Action{Name: "earlier"}, ""))
	assert.Equal(t, ask(wire.HistoryParams{CloseBy: wire.CloseSeat}), apply(&c, ui.Action{Name: "onlyGroup"}, ""))
}

func TestOneMenuAtATime(t *testing.T) {
	c := find(t, ui.English, "free")
	apply(&c, ui.Action{Name: "menu", Arg: ui.MenuStatus}, "")
	apply(&c, ui.Action{Name: "menu", Arg: ui.MenuDial}, "")
	assert.Equal(t, ui.MenuDial, c.State.Menu)
	apply(&c, ui.Action{Name: "escape"}, "")
	assert.Empty(t, c.State.Menu)
	assert.True(t, c.State.Open)
	apply(&c, ui.Action{Name: "escape"}, "")
	assert.False(t, c.State.Open)
}

func TestDismissedNoticeStaysAway(t *testing.T) {
	c := find(t, ui.English, "microphone blocked")
	apply(&c, ui.Action{Name: "dismiss"}, "")
	assert.Empty(t, withClass(ui.Render(c.View, &c.State, uitest.Now), "strip"))
	c.View.Notice = wire.ErrNoMic
	assert.Len(t, withClass(ui.Render(c.View, &c.State, uitest.Now), "strip"), 1, "another notice is news")
}

func TestBusyActionsCannotBeRepeated(t *testing.T) {
	c := find(t, ui.English, "ringing")
	c.State.Busy["accept:s1"] = true
	assert.NotContains(t, actions(ui.Render(c.View, &c.State, uitest.Now)), "accept:s1")
	assert.Contains(t, actions(ui.Render(c.View, &c.State, uitest.Now)), "hangup:s1")
}

func TestChineseIsChinese(t *testing.T) {
	c := find(t, ui.Chinese, "ringing")
	n := ui.Render(c.View, &c.State, uitest.Now)
	assert.Equal(t, "zh", n.Attr("lang"))
	assert.Contains(t, text(n, "btn"), "接听")
}

func TestUnknownAgentStatesAreShown(t *testing.T) {
	c := find(t, ui.English, "free")
	for _, media := range []agent.MediaState{agent.MediaNone, agent.MediaConnecting, agent.MediaConnected,
		agent.MediaLost, agent.MediaFailed} {
		c.View.Media = media
		assert.NotEmpty(t, text(ui.Render(c.View, &c.State, uitest.Now), "footer-text"), media)
	}
}

func ExampleLangOf() {
	for _, tag := range []string{"zh-CN", "en-GB", ""} {
		fmt.Println(ui.LangOf(tag))
	}
	// Output:
	// zh true
	// en true
	// en false
}

// TestPlayer opens recordings, and keeps what was chosen for the next one.
func TestPlayer(t *testing.T) {
	c := uitest.Case{State: ui.State{Workbench: true, Tab: ui.TabHistory,
		History: &wire.HistoryResult{Entries: []wire.HistoryEntry{
			{N: 2, SessionID: "b", Recording: "/recordings/b?sig=1"},
			{N: 1, SessionID: "a", Recording: "/recordings/a?sig=1"},
		}}}}
	s := &c.State
	apply(&c, ui.Action{Name: "play", Arg: "a"}, "")
	assert.Equal(t, ui.Player{URL: "/recordings/a?sig=1", Speed: "1"}, s.Player)
	s.Player.Length = 60
	for text, want := range map[string]int{"30": 30, "61": 60, "-1": 0} {
		apply(&c, ui.Action{Name: "seek"}, text)
		assert.Equal(t, want, s.Player.At)
	}
	apply(&c, ui.Action{Name: "speed"}, "1.5")
	apply(&c, ui.Action{Name: "channel"}, "right")
	s.History.Entries[1].Recording = "/recordings/a?sig=2"
	assert.Equal(t, "/recordings/a?sig=1", s.Player.URL, "a newer link does not begin it anew")
	apply(&c, ui.Action{Name: "play", Arg: "b"}, "")
	assert.Equal(t, ui.Player{URL: "/recordings/b?sig=1", Speed: "1.5", Channel: ui.ChannelAgent}, s.Player)
	apply(&c, ui.Action{Name: "play", Arg: "b"}, "")
	assert.Empty(t, s.Playing)
}
