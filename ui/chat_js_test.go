package ui

import (
	"fmt"
	"syscall/js"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/agent"
	"tccc/wire"
)

// chatting is a view with the chats "c1" and "c2" of n messages each.
func chatting(n int) agent.View {
	v := agent.View{Phase: agent.PhaseReady, Profile: wire.AgentProfile{UserID: "a"},
		State: wire.AgentState{Status: wire.StatusFree}, Chats: map[string]agent.Chat{}}
	for _, id := range []string{"c1", "c2"} {
		v.Sessions = append(v.Sessions, wire.Session{SessionID: id, Type: wire.TypeIM, State: wire.StateTalking,
			Nickname:   id,
			AnsweredAt: 1, Chat: &wire.ChatState{LastSeq: uint64(n)}})
		var list []wire.Message
		for i := range n {
			list = append(list, wire.Message{SessionID: id, ID: fmt.Sprint("m", i+1), Seq: uint64(i + 1), At: 1,
				From: wire.FromClient, Type: wire.MessageText, Text: fmt.Sprint("text ", i+1)})
		}
		v.Chats[id] = agent.Chat{Messages: list}
	}
	return v
}

func openChats(t *testing.T, v agent.View) (*UI, js.Value, <-chan call) {
	t.Helper()
	js.Global().Get("sessionStorage").Call("removeItem", "tccc.chat")
	t.Cleanup(func() { js.Global().Get("sessionStorage").Call("removeItem", "tccc.chat") })
	u, root, calls := open(t, Options{WorkbenchAtLogin: true})
	u.Set(v)
	return u, root, calls
}

// called waits for a call of a member; others are answered and forgotten.
func called(t *testing.T, calls <-chan call, member string) call {
	t.Helper()
	deadline := time.After(5 * time.Second)
	for {
		select {
		case c := <-calls:
			if c.member == member {
				return c
			}
			c.done(nil)
		case <-deadline:
			t.Fatal("not called: " + member)
		}
	}
}

func fire(target js.Value, kind, event string, init map[string]any) (prevented bool) {
	init["bubbles"], init["cancelable"], init["composed"] = true, true, true
	return !target.Call("dispatchEvent", js.Global().Get(kind).New(event, init)).Bool()
}

func write(area js.Value, words string) {
	area.Call("focus")
	area.Set("value", words)
	fire(area, "Event", "input", map[string]any{})
}

func TestEnterSendsAndTheInputMethodKeepsItsEnter(t *testing.T) {
	u, root, calls := openChats(t, chatting(2))
	area := await(t, root, "textarea")
	write(area, "ni hao")
	assert.Equal(t, wire.TypingParams{SessionID: "c1", Typing: true}, called(t, calls, "Chat.setTyping").options)

	assert.False(t, fire(area, "KeyboardEvent", "keydown", map[string]any{"key": "Enter", "isComposing": true}))
	assert.False(t, fire(area, "KeyboardEvent", "keydown", map[string]any{"key": "Enter", "keyCode": 229}))
	assert.False(t, fire(area, "KeyboardEvent", "keydown", map[string]any{"key": "Enter", "shiftKey": true}))
	assert.Equal(t, "ni hao", area.Get("value").String())

	// Frames that come meanwhile leave text and caret alone.
	area.Call("setSelectionRange", 2, 2)
	u.Set(chatting(3))
	await(t, root, ".chat-log li:nth-child(3)")
	assert.Equal(t, "ni hao", area.Get("value").String())
	assert.Equal(t, 2, area.Get("selectionStart").Int())
	assert.True(t, root.Get("activeElement").Equal(area))

	assert.True(t, fire(area, "KeyboardEvent", "keydown", map[string]any{"key": "Enter"}))
	c := called(t, calls, "Chat.sendMessage")
	assert.Equal(t, sendText{"c1", "ni hao"}, c.options)
	require.Eventually(t, func() bool { return area.Get("value").String() == "" }, 5*time.Second, 5*time.Millisecond)
	assert.True(t, root.Get("activeElement").Equal(area), "the next one can be written")
	write(area, "again")
	fire(area, "KeyboardEvent", "keydown", map[string]any{"key": "Enter"})
	assert.Equal(t, sendText{"c1", "again"}, called(t, calls, "Chat.sendMessage").options,
		"the first is still under way")
}

func TestDraftsAreKeptByChatAndAcrossAReload(t *testing.T) {
	u, root, _ := openChats(t, chatting(2))
	write(await(t, root, "textarea"), "for c1")
	await(t, root, `[data-click=look][data-arg=c2]`).Call("click")
	area := await(t, root, `[data-arg=c2] textarea`)
	assert.Empty(t, area.Get("value").String())
	require.Eventually(t, func() bool { return root.Get("activeElement").Equal(area) }, 5*time.Second,
		5*time.Millisecond)
	write(area, "for c2\nsecond line")
	assert.Contains(t, await(t, root, `[data-click=look][data-arg=c1]`).Get("textContent").String(), "Draft: for c1")

	u.Close()
	again, root, _ := open(t, Options{WorkbenchAtLogin: true})
	again.Set(agent.View{Phase: agent.PhaseConnecting}) // does not make them forgotten
	again.Set(chatting(2))
	assert.Equal(t, "for c2\nsecond line", await(t, root, `[data-arg=c2] textarea`).Get("value").String(),
		"the chat that was open")
	await(t, root, `[data-click=look][data-arg=c1]`).Call("click")
	assert.Equal(t, "for c1", await(t, root, `[data-arg=c1] textarea`).Get("value").String())

	v := chatting(2)
	v.Sessions = v.Sessions[:1]
	again.Set(v)
	await(t, root, "textarea")
	again.act(Action{"draft", "c1"}, "")
	assert.NotContains(t, js.Global().Get("sessionStorage").Call("getItem", "tccc.chat").String(), "for c",
		"what is gone is not kept")
}

func TestTheConversationStaysAtItsPlace(t *testing.T) {
	u, root, calls := openChats(t, chatting(60))
	box := await(t, root, ".chat-scroll")
	overflow := func() int { return box.Get("scrollHeight").Int() - box.Get("clientHeight").Int() }
	require.Eventually(t, func() bool { return overflow() > 400 }, 5*time.Second, 5*time.Millisecond)
	assert.Zero(t, box.Get("scrollTop").Int(), "at the end")
	u.Set(chatting(61))
	await(t, root, ".chat-log li:nth-child(61)")
	assert.Zero(t, box.Get("scrollTop").Int(), "and there it stays")

	v := chatting(61)
	c := v.Chats["c1"]
	c.More = true
	v.Chats["c1"] = c
	u.Set(v)
	await(t, root, "[data-click=older]")
	box.Set("scrollTop", -300)
	fire(box, "Event", "scroll", map[string]any{})
	u.mu.Lock()
	assert.Equal(t, 300, u.state.Chats.Scrolled["c1"])
	u.mu.Unlock()
	v.Sessions[0].Chat = &wire.ChatState{LastSeq: 61, Unread: 1}
	u.Set(v)
	await(t, root, ".latest").Call("click")
	require.Eventually(t, func() bool { return box.Get("scrollTop").Int() == 0 }, 5*time.Second, 5*time.Millisecond)

	box.Set("scrollTop", -overflow())
	fire(box, "Event", "scroll", map[string]any{})
	assert.Equal(t, wire.SessionParams{SessionID: "c1"}, called(t, calls, "Chat.older").options)

	// Another chat and back: the place is the same.
	box.Set("scrollTop", -200)
	fire(box, "Event", "scroll", map[string]any{})
	await(t, root, `[data-click=look][data-arg=c2]`).Call("click")
	await(t, root, `[data-scroll=c2]`)
	await(t, root, `[data-click=look][data-arg=c1]`).Call("click")
	box = await(t, root, `[data-scroll=c1]`)
	require.Eventually(t, func() bool { return box.Get("scrollTop").Int() == -200 }, 5*time.Second, 5*time.Millisecond)
}

func TestWhatIsSeenIsRead(t *testing.T) {
	js.Global().Get("window").Call("focus")
	u, root, calls := openChats(t, chatting(2))
	unread := func(n int, id string) {
		v := chatting(n)
		for i := range v.Sessions {
			if v.Sessions[i].SessionID == id {
				v.Sessions[i].Chat.Unread = 1
			}
		}
		u.Set(v)
	}
	await(t, root, "textarea")
	unread(3, "c2")
	await(t, root, `[data-arg=c2] .badge`)
	unread(4, "c1")
	if !document.Call("hasFocus").Bool() {
		t.Skip("this browser gives the page no focus")
	}
	c := called(t, calls, "Chat.markRead")
	assert.Equal(t, wire.SessionParams{SessionID: "c1"}, c.options, "not the one that is not shown")
	c.done(wire.ErrDisconnected)
	unread(4, "c1")
	await(t, root, "textarea")
	awaitGone(t, root, ".strip.bad")
	fire(js.Global(), "Event", "focus", map[string]any{})
	called(t, calls, "Chat.markRead").done(nil) // tried again
}

func TestFilesArePastedDroppedAndChosen(t *testing.T) {
	_, root, calls := openChats(t, chatting(1))
	area := await(t, root, "textarea")
	transfer := func() js.Value {
		data := js.Global().Get("DataTransfer").New()
		data.Get("items").Call("add", js.Global().Get("File").New([]any{"abc"}, "a.txt",
			map[string]any{"type": "text/plain"}))
		return data
	}
	expect := func() {
		t.Helper()
		file := called(t, calls, "Chat.sendFile").options.(SendFile)
		assert.Equal(t, "c1", file.SessionID)
		assert.Equal(t, "a.txt", file.File.(js.Value).Get("name").String())
	}
	assert.True(t, fire(area, "ClipboardEvent", "paste", map[string]any{"clipboardData": transfer()}))
	expect()
	assert.True(t, fire(area, "DragEvent", "dragover", map[string]any{"dataTransfer": transfer()}))
	await(t, root, ".chat-drop")
	assert.True(t, fire(area, "DragEvent", "drop", map[string]any{"dataTransfer": transfer()}))
	expect()
	awaitGone(t, root, ".chat-drop")
	assert.True(t, fire(await(t, root, ".bench-header"), "DragEvent", "drop",
		map[string]any{"dataTransfer": transfer()}), "the page stays")
	input := await(t, root, "input[type=file]")
	input.Set("files", transfer().Get("files"))
	fire(input, "Event", "change", map[string]any{})
	expect()
	assert.Zero(t, input.Get("files").Length(), "the same file can be chosen again")
	data := js.Global().Get("DataTransfer").New()
	data.Call("setData", "text/plain", "words")
	assert.False(t, fire(area, "ClipboardEvent", "paste", map[string]any{"clipboardData": data}),
		"text is pasted as ever")
}

func TestAcceptingAChatOpensItAndLetsWrite(t *testing.T) {
	v := chatting(1)
	v.Sessions[0].State = wire.StateRinging
	u, root, calls := open(t, Options{})
	u.Set(v)
	await(t, root, `[data-click=accept][data-arg=c1]`).Call("click")
	assert.Equal(t, wire.SessionParams{SessionID: "c1"}, called(t, calls, "Chat.accept").options)
	u.Set(chatting(1))
	await(t, root, `[data-drop][data-arg=c1] textarea`)
}
