package ui_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/agent"
	"tccc/ui"
	"tccc/ui/uitest"
	"tccc/wire"
)

func TestEveryStateOfAChatOffersWhatItShould(t *testing.T) {
	for name, want := range map[string]struct{ can, cannot []string }{
		"chat": {[]string{"draft:c1", "send:c1", "hangup:c1", "transfer:c1", "older:c1", "look:c1"},
			[]string{"accept:c1", "mute:c1", "hold:c1", "complete:c1"}},
		"chat, customer types": {[]string{"draft:c1"}, []string{"older:c1"}},
		"chat, outbox": {[]string{"resend:c1 o2", "discard:c1 o2"},
			[]string{"resend:c1 o1", "discard:c1 o3"}},
		"chat rings": {[]string{"accept:c1", "hangup:c1"},
			[]string{"draft:c1", "send:c1", "transfer:c1"}},
		"chat ended": {[]string{"complete:c1"}, []string{"draft:c1", "hangup:c1", "transfer:c1"}},
		"chat, transfer": {[]string{"toAgent:agent2@demo", "toGroup:support", "find"},
			[]string{"askFirst", "toNumber"}},
		"chat, scrolled up": {[]string{"latest:c1"}, nil},
		"chats beside a call": {[]string{"mute:s1", "hangup:s1", "look:s1", "look:c2", "accept:c3", "hangup:c3",
			"draft:c1"}, []string{"accept:c2", "draft:c2"}},
		"chats beside a call, bar": {[]string{"mute:s1", "hold:s1", "keypad:s1", "open:c1", "open:c2", "accept:c3",
			"hangup:c3"}, []string{"draft:c1", "mute:c1"}},
		"chats, folded": {[]string{"fold"}, []string{"draft:c1"}},
	} {
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

func TestEveryStateOfAChatSaysWhatItShould(t *testing.T) {
	zone := time.Local
	time.Local = time.FixedZone("", 30) // half a minute past midnight
	defer func() { time.Local = zone }()
	chat := render(t, "chat")
	assert.Equal(t, "Yesterday", text(chat, "day"))
	assert.Equal(t, "Yesterday|Today", text(render(t, "chat ended"), "day"))
	assert.Contains(t, text(chat, "notice"), "Li Na has joined")
	assert.Equal(t, "Bot", text(chat, "writer"))
	assert.Equal(t, []string{"Read", "Delivered", "Sent"}, labels(chat, "mark"))
	assert.Contains(t, text(chat, "chat-head"), "Zhang WeiOnline · 6:20")
	assert.Contains(t, text(chat, "facts"), "SupportWeb shopOrder 20931VIP since 2021Customer data{\"cart\": 3")
	assert.Contains(t, text(render(t, "chat, customer types"), "line-state"), "typing…")
	rich := render(t, "chat, rich messages")
	assert.Contains(t, text(rich, "file"), "invoice 20931.pdf178 kB")
	assert.Contains(t, text(rich, "rich"), "Kettle¥ 299")
	out := render(t, "chat, outbox")
	assert.Contains(t, text(out, "meta"), "Not sent: There is no connection to the gateway")
	assert.Contains(t, text(out, "meta"), "40 %")
	assert.Contains(t, text(out, "meta"), "Sending")
	assert.Contains(t, text(render(t, "chat ended"), "why"), "The customer ended the chat")
	beside := render(t, "chats beside a call")
	assert.Contains(t, text(beside, "entry-row"), "Maria FernándezHello? My parcel", "the last message")
	assert.Contains(t, text(beside, "time"), "0:47", "how long the customer waits")
	assert.Equal(t, "3", text(render(t, "chats, folded"), "badge"))
	alerts := render(t, "chat rings").Find(func(e *ui.Node) bool { return e.Attr("aria-live") == "assertive" })
	assert.Equal(t, "New chat from Zhang Wei", alerts[0].Content())
}

func labels(n *ui.Node, class string) (list []string) {
	for _, e := range withClass(n, class) {
		list = append(list, e.Attr("aria-label"))
	}
	return list
}

func TestTheLogIsReadOut(t *testing.T) {
	logs := render(t, "chat").Find(func(e *ui.Node) bool { return e.Attr("role") == "log" })
	require.Len(t, logs, 1)
	assert.Equal(t, "polite", logs[0].Attr("aria-live"))
	assert.NotEmpty(t, logs[0].Attr("aria-label"))
}

func TestWhatCustomersWriteStaysText(t *testing.T) {
	for _, lang := range []ui.Lang{ui.English, ui.Chinese} {
		c := find(t, lang, "hostile chat")
		n := ui.Render(c.View, &c.State, uitest.Now)
		assert.GreaterOrEqual(t, strings.Count(n.Content(), uitest.Hostile), 10)
		n.Find(func(e *ui.Node) bool {
			assert.NotContains(t, []string{"script", "iframe", "object", "embed"}, e.Tag)
			for _, a := range e.Attrs {
				assert.False(t, strings.HasPrefix(a.Name, "on"), "event handler %s", a.Name)
				assert.NotContains(t, []string{"style", "srcdoc", "formaction", "action"}, a.Name)
				if a.Name == "href" || a.Name == "src" {
					assert.Equal(t, "https://ok.example/", a.Value, "the only address of the web")
					assert.Equal(t, "noopener noreferrer", e.Attr("rel"))
					assert.Equal(t, "_blank", e.Attr("target"))
				}
			}
			return false
		})
	}
}

func TestActionsOfAChat(t *testing.T) {
	ref := wire.SessionParams{SessionID: "c1"}
	for action, want := range map[ui.Action]ui.Effect{
		{Name: "accept", Arg: "c1"}:     {Member: "Chat.accept", Options: ref},
		{Name: "hangup", Arg: "c1"}:     {Member: "Chat.end", Options: ref},
		{Name: "complete", Arg: "c1"}:   {Member: "Call.deleteCall", Options: ref},
		{Name: "older", Arg: "c1"}:      {Member: "Chat.older", Options: ref},
		{Name: "seen", Arg: "c1"}:       {Member: "Chat.markRead", Options: ref},
		{Name: "resend", Arg: "c1 o2"}:  {Member: "Chat.resend", Options: ui.OutboxEntry{SessionID: "c1", ID: "o2"}},
		{Name: "discard", Arg: "c1 o2"}: {Member: "Chat.discard", Options: ui.OutboxEntry{SessionID: "c1", ID: "o2"}},
		{Name: "toAgent", Arg: "a2"}: {Member: "Chat.transfer",
			Options: wire.TransferParams{SessionID: "c1", UserID: "a2"}},
		{Name: "toGroup", Arg: "g2"}: {Member: "Chat.transfer",
			Options: wire.TransferParams{SessionID: "c1", SkillGroupID: "g2"}},
	} {
		c := find(t, ui.English, "chat, transfer")
		c.State.AskFirst = true // of calls only
		assert.Equal(t, []ui.Effect{want}, apply(&c, action, ""), "%v", action)
	}
}

func TestWriting(t *testing.T) {
	c := find(t, ui.English, "chat, customer types")
	typing := func(on bool) []ui.Effect {
		return []ui.Effect{{Member: "Chat.setTyping", Options: wire.TypingParams{SessionID: "c1", Typing: on}}}
	}
	assert.Equal(t, typing(true), apply(&c, ui.Action{Name: "draft", Arg: "c1"}, " Hello\nyou "))
	assert.Equal(t, "c1", c.State.Current, "a call that rings does not take the chat away")
	got := apply(&c, ui.Action{Name: "send", Arg: "c1"}, "")
	require.Len(t, got, 1)
	assert.Equal(t, "Chat.sendMessage", got[0].Member)
	options, err := json.Marshal(got[0].Options)
	require.NoError(t, err)
	assert.JSONEq(t, `{"sessionId":"c1","text":"Hello\nyou"}`, string(options))
	assert.Empty(t, c.State.Chats.Drafts)
	assert.Empty(t, apply(&c, ui.Action{Name: "send", Arg: "c1"}, ""), "nothing to send")

	apply(&c, ui.Action{Name: "draft", Arg: "c1"}, "x")
	assert.Equal(t, typing(false), apply(&c, ui.Action{Name: "draft", Arg: "c1"}, ""))
	apply(&c, ui.Action{Name: "draft", Arg: "c1"}, strings.Repeat("字", 3000))
	assert.Empty(t, apply(&c, ui.Action{Name: "send", Arg: "c1"}, ""), "too long")
	assert.Contains(t, text(ui.Render(c.View, &c.State, uitest.Now), "too-long"), "9000 of 8192")
	for i := range 40 {
		apply(&c, ui.Action{Name: "draft", Arg: string(rune('a' + i))}, "x")
	}
	assert.LessOrEqual(t, len(c.State.Chats.Drafts), 20)
}

func TestTheLogIsDrawnOnceForManyFrames(t *testing.T) {
	c := find(t, ui.English, "chat")
	log := func() *ui.Node { return withClass(ui.Render(c.View, &c.State, uitest.Now), "chat-log")[0] }
	first := log()
	c.State.Chats.Drafts["c1"] = "another"
	assert.Same(t, first, log())
	changes := map[string]func(){
		"a message": func() {
			chat := c.View.Chats["c1"]
			chat.Messages = append(slices.Clone(chat.Messages),
				wire.Message{ID: "x", Seq: 9, From: wire.FromClient, At: uitest.Now})
			c.View.Chats["c1"] = chat
		},
		"one on its way": func() {
			chat := c.View.Chats["c1"]
			chat.Outbox = []agent.Outgoing{{Message: wire.Message{ID: "y"}}}
			c.View.Chats["c1"] = chat
		},
		"read": func() {
			state := *c.View.Sessions[0].Chat
			state.ClientRead++
			c.View.Sessions[0].Chat = &state
		},
		"language": func() { c.State.Lang = ui.Chinese },
	}
	for name, change := range changes {
		change()
		next := log()
		assert.NotSame(t, first, next, name)
		first = next
	}
}

func TestTextsHaveLinks(t *testing.T) {
	c := find(t, ui.English, "chat, customer types")
	for words, want := range map[string]string{
		"see https://a.example/x?y=1, please": "https://a.example/x?y=1",
		"(http://a.example)":                  "http://a.example",
		"https://a.example。好":                 "https://a.example",
		"请看：https://a.example":                "https://a.example",
		"xhttps://a.example":                  "",
		"javascript:https://":                 "https://",
		"http":                                "",
		"httphttps://a":                       "",
	} {
		chat := c.View.Chats["c1"]
		chat.Messages = []wire.Message{{ID: "m", Seq: 1, At: uitest.Now, From: wire.FromClient, Type: wire.MessageText,
			Text: words}}
		c.View.Chats["c1"] = chat
		bubble := withClass(ui.Render(c.View, &c.State, uitest.Now), "bubble")[0]
		assert.Equal(t, words, bubble.Content(), "nothing is lost")
		address := ""
		bubble.Find(func(e *ui.Node) bool { address += e.Attr("href"); return false })
		assert.Equal(t, want, address, words)
	}
}

func FuzzCustomField(f *testing.F) {
	f.Add(`[{"name":"Kettle","value":"1"},7,null]`)
	f.Add(`{"a":{"b":[1]},"c":1e300}`)
	f.Fuzz(func(t *testing.T, field string) {
		c := find(t, ui.English, "chat, rich messages")
		chat := c.View.Chats["c1"]
		chat.Messages = []wire.Message{{ID: "m", Seq: 1, From: wire.FromSeat, Type: wire.MessageOrder,
			Order: &wire.Order{CustomField: json.RawMessage(field)}, Text: field}}
		c.View.Chats["c1"] = chat
		ui.Render(c.View, &c.State, uitest.Now)
	})
}
