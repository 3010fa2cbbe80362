package chat

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/test/harness"
	"tccc/wire"
)

// inside is an expression that finds an element of the agent's interface.
func inside(selector string) string {
	return fmt.Sprintf("document.getElementById('tcccSdkDomRoot').shadowRoot.querySelector(%q)", selector)
}

// press clicks what is there, once it is.
func press(p *harness.Page, selector string) {
	p.AwaitTrue(inside(selector))
	p.Run("void " + inside(selector) + ".click()")
}

// bubbles are the messages that the interface shows.
func bubbles(p *harness.Page) []string {
	return harness.Eval[[]string](p, `[...document.getElementById('tcccSdkDomRoot').shadowRoot.querySelectorAll('.bubble')].map((e) => e.textContent)`)
}

func showsBubbles(t *testing.T, p *harness.Page, want ...string) {
	t.Helper()
	text, err := json.Marshal(want)
	require.NoError(t, err)
	p.AwaitTrue(fmt.Sprintf(`JSON.stringify([...document.getElementById('tcccSdkDomRoot').shadowRoot.querySelectorAll('.bubble')].map((e) => e.textContent)) === JSON.stringify(%s)`, text))
}

// types writes into the composer of a chat as a person does.
func types(p *harness.Page, id, text string) {
	area := inside(".chat[data-arg='" + id + "'] textarea")
	p.AwaitTrue(area)
	p.Run("(() => { const t = "+area+"; t.focus(); t.value = %s; t.dispatchEvent(new Event('input', { bubbles: true })); })()", text)
}

func enter(p *harness.Page) {
	p.Run("void " + inside("textarea") +
		".dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true }))")
}

// TestAReloadKeepsChatsDraftsAndHistory is F5 with two chats open.
func TestAReloadKeepsChatsDraftsAndHistory(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	p := harness.NewProfile(t).Agent(g, supporter)
	ann, bob := chatOf(t, g, p, "ann"), chatOf(t, g, p, "bob")
	p.Do("tccc.Chat.sendMessage({sessionId: %s, text: 'good day'})", bob)
	press(p, fmt.Sprintf("[data-click=look][data-arg='%s']", bob))
	types(p, bob, "half a\nsentence")
	p.AwaitTrue(fmt.Sprintf("sessionStorage.getItem('tccc.chat').includes('half a') && sessionStorage.getItem('tccc.chat').includes(%q)", bob))

	p.Reload()
	p.Await("ready")
	for _, id := range []string{ann, bob} {
		in := p.Await("callIn", "sessionId", id)
		var im wire.CallInIM
		require.NoError(t, json.Unmarshal(in.Data, &im))
		assert.True(t, im.Restored)
		assert.Equal(t, wire.TypeIM, im.Type)
		assert.NotEmpty(t, im.Nickname)
		p.Await("userAccessed", "sessionId", id)
	}
	showsBubbles(t, p, "hello", "good day")
	p.AwaitTrue(inside("textarea") + `.value === "half a\nsentence"`)
	say(t, g, bob, "and?")
	showsBubbles(t, p, "hello", "good day", "and?")
	enter(p)
	showsBubbles(t, p, "hello", "good day", "and?", "half a\nsentence")
	list := written(t, g, bob)
	assert.Equal(t, "half a\nsentence", list[len(list)-1].Text)

	p.Run("document.getElementById('tcccSdkDomRoot').remove()")
	p.AwaitTrue("sessionStorage.getItem('tccc.chat') === null")
}

// TestWrittenDuringACutArrivesOnce writes while the network is away.
func TestWrittenDuringACutArrivesOnce(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	network := harness.NewProxy(t, g)
	p := harness.Blank(t)
	p.AllowError("WebSocket")
	p.Load(network.Through(g.Login(t, supporter).SDKURL), map[string]string{"crossorigin": "anonymous"})
	p.Await("ready")
	id := chatOf(t, g, p, "ann")
	network.Refuse(true)
	p.Await("connectionChanged", "state", "reconnecting")
	p.Run("void (window.sent = tccc.Chat.sendMessage({sessionId: %s, text: 'first'}))", id)
	types(p, id, "second")
	enter(p)
	showsBubbles(t, p, "hello", "first", "second")
	p.AwaitTrue(inside(".meta .i-clock"))
	say(t, g, id, "meanwhile")
	network.Refuse(false)
	p.Await("connectionChanged", "state", "connected")
	p.Await("messageReceived", "text", "meanwhile")
	p.Do("window.sent")
	showsBubbles(t, p, "hello", "meanwhile", "first", "second")
	p.AwaitTrue("!" + inside(".meta .i-clock"))

	// A cut at every moment of sending: the answer may be lost.
	for i := range 5 {
		p.Run("void (window.sent = tccc.Chat.sendMessage({sessionId: %s, text: %s}))", id, fmt.Sprint("cut ", i))
		network.Cut()
		p.Do("window.sent")
	}
	var texts []string
	for _, m := range written(t, g, id) {
		texts = append(texts, m.Text)
	}
	assert.Equal(t, []string{"hello", "meanwhile", "first", "second", "cut 0", "cut 1", "cut 2", "cut 3", "cut 4"},
		texts)
}

// TestTabsMirror writes in two tabs of one agent.
func TestTabsMirror(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	u := harness.NewProfile(t)
	first := u.Agent(g, supporter)
	second := u.Agent(g, supporter)
	second.Await("ownerChanged", "owner", false)
	id := start(t, g, "ann", "hello")
	first.Await("callIn", "sessionId", id)
	second.Await("callIn", "sessionId", id)
	assert.False(t, harness.Eval[bool](second, "harness.rings()"))
	second.Do("tccc.Chat.accept({sessionId: %s})", id)
	first.Await("userAccessed", "sessionId", id)
	second.Do("tccc.Chat.sendMessage({sessionId: %s, text: 'from the second'})", id)
	first.Do("tccc.Chat.sendMessage({sessionId: %s, text: 'from the first'})", id)
	say(t, g, id, "to both")
	for _, p := range []*harness.Page{first, second} {
		p.Await("messageReceived", "text", "to both")
		showsBubbles(t, p, "hello", "from the second", "from the first", "to both")
	}
	assert.False(t, harness.Eval[bool](second, "tccc.Agent.isOwner()"), "a chat moves no audio")
	second.Do("tccc.Chat.end({sessionId: %s})", id)
	for _, p := range []*harness.Page{first, second} {
		p.Await("sessionEnded", "sessionId", id)
		assert.Zero(t, harness.Eval[int](p, "harness.asked"))
	}
}

// TestARestartedGateway loses the journal: what was written meanwhile is told once.
func TestARestartedGatewayIsGoneOnWith(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	p := harness.Agent(t, g, supporter)
	p.AllowError("WebSocket")
	p.AllowError("ERR_CONNECTION_REFUSED")
	id := chatOf(t, g, p, "ann")
	p.Do("tccc.Chat.sendMessage({sessionId: %s, text: 'before'})", id)
	g.Kill()
	g.Restart()
	p.Await("connectionChanged", "state", "connected")
	p.Do("tccc.Chat.sendMessage({sessionId: %s, text: 'after'})", id)
	showsBubbles(t, p, "hello", "before", "after")
	for _, e := range p.Events() {
		assert.NotEqual(t, "sessionEnded", e.Name, "chats outlive the gateway's process")
	}
}

// TestAwayWhileTheGatewayRestarts tells a page that was away of what was written
// before and after the gateway lost its journal.
func TestAwayWhileTheGatewayRestarts(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	p := harness.NewProfile(t).Agent(g, supporter)
	id := chatOf(t, g, p, "ann")
	say(t, g, id, "seen")
	p.Await("messageReceived", "text", "seen")
	here := harness.Eval[string](p, "location.href")
	p.Navigate("about:blank")
	say(t, g, id, "first")
	g.Kill()
	g.Restart()
	require.Equal(t, id, start(t, g, "ann", "")) // the customer's page comes back
	say(t, g, id, "second")
	p.Navigate(here)
	p.Await("ready")
	p.Await("callIn", "sessionId", id)
	p.Await("messageReceived", "text", "first")
	p.Await("messageReceived", "text", "second")
	say(t, g, id, "third")
	p.Await("messageReceived", "text", "third")
	var told []string
	for _, e := range p.Events() {
		if e.Name == "messageReceived" {
			told = append(told, decode[wire.Message](t, e.Data).Text)
		}
	}
	assert.Equal(t, []string{"first", "second", "third"}, told)
}
