package chat

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/test/harness"
	"tccc/wire"
)

const supporter = "agent4@demo" // the only one of support alone

// start lets a customer without a browser begin a chat.
func start(t *testing.T, g *harness.Gateway, user, text string) (id string) {
	t.Helper()
	var made struct{ SessionID string }
	g.Post(t, "/demo/visitor/start", map[string]string{"type": "im", "userId": user, "nickname": strings.ToUpper(user),
		"skillGroupId": "support", "text": text}, &made)
	return made.SessionID
}

func say(t *testing.T, g *harness.Gateway, id, text string) {
	t.Helper()
	g.Post(t, "/demo/visitor/say", map[string]string{"sessionId": id, "text": text}, nil)
}

// written is what the customer sees of a chat, but for notices.
func written(t *testing.T, g *harness.Gateway, id string) (list []wire.Message) {
	t.Helper()
	var all []wire.Message
	g.Get(t, "/demo/visitor/messages?sessionId="+id, &all)
	for _, m := range all {
		if m.Type != wire.MessageNotice {
			list = append(list, m)
		}
	}
	return list
}

// chatOf begins a chat that the agent has accepted.
func chatOf(t *testing.T, g *harness.Gateway, p *harness.Page, user string) (id string) {
	t.Helper()
	id = start(t, g, user, "hello")
	p.Await("callIn", "sessionId", id)
	p.Do("tccc.Chat.accept({sessionId: %s})", id)
	p.Await("userAccessed", "sessionId", id)
	return id
}

func decode[T any](t *testing.T, data json.RawMessage) (v T) {
	t.Helper()
	require.NoError(t, json.Unmarshal(data, &v), "%s", data)
	return v
}

// TestAgentMethodsAndEvents goes through every method and every event of a chat.
func TestAgentMethodsAndEvents(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	p := harness.Agent(t, g, supporter)
	id := start(t, g, "ann", "hello")

	in := p.Await("callIn", "sessionId", id)
	fields := in.Fields(t)
	assert.Greater(t, fields["timeout"], 0.0)
	delete(fields, "timeout")
	assert.Equal(t, map[string]any{"sessionId": id, "type": "im", "nickname": "ANN"}, fields)

	p.Do("tccc.Chat.accept({sessionId: %s})", id)
	assert.Equal(t, map[string]any{"sessionId": id}, p.Await("userAccessed", "sessionId", id).Fields(t))
	assert.Zero(t, harness.Eval[int](p, "harness.asked"), "no microphone is asked for")

	// What both sides write.
	first := decode[wire.Message](t, p.Do("tccc.Chat.sendMessage({sessionId: %s, text: 'good day\\n<b>'})", id))
	assert.Equal(t, "good day\n<b>", first.Text)
	assert.Equal(t, wire.FromSeat, first.From)
	assert.Equal(t, supporter, first.UserID)
	assert.NotEmpty(t, first.ID)
	say(t, g, id, "thank you <i>")
	theirs := decode[wire.Message](t, p.Await("messageReceived", "text", "thank you <i>").Data)
	assert.Equal(t, wire.FromClient, theirs.From)
	assert.Equal(t, first.Seq+1, theirs.Seq)
	card := wire.Card{Header: "Kettle", Desc: "1.7 l", Pic: g.URL + "/phone.css", URL: "https://shop.example/k"}
	sent := decode[wire.Message](t, p.Do("tccc.Chat.sendCardMessage({sessionId: %s, payload: %s})", id, card))
	assert.Equal(t, &card, sent.Card)
	for _, custom := range []string{`[{"name":"a","value":"1"},{"name":"b"}]`, `{"x":{"y":[1,null]}}`} {
		order := p.Do("tccc.Chat.sendOrderMessage({sessionId: %s, payload: {guide: 'g', name: 'n', customField: JSON.parse(%s)}})", id, custom)
		got, _ := json.Marshal(decode[wire.Message](t, order).Order.CustomField)
		assert.JSONEq(t, custom, string(got))
	}
	file := decode[wire.Message](t, p.Do(
		"tccc.Chat.sendFile({sessionId: %s, file: new File(['some words'], 'notes.txt', {type: 'text/plain'})})", id))
	assert.Equal(t, wire.MessageFile, file.Type)
	assert.Equal(t, "notes.txt", file.File.Name)
	assert.Equal(t, int64(10), file.File.Size)
	assert.Equal(t, "some words", harness.Eval[string](p, "fetch(%s).then((r) => r.text())", file.File.URL),
		"the address is good in the page")
	image := decode[wire.Message](t, p.Do(`new Promise((done) => {
		const c = document.createElement('canvas'); c.width = c.height = 40; c.getContext('2d').fillRect(0, 0, 20, 20);
		c.toBlob(done);
	}).then((file) => tccc.Chat.sendFile({sessionId: %s, file, name: 'dot.png'}))`, id))
	assert.Equal(t, wire.MessageImage, image.Type)
	assert.Equal(t, "dot.png", image.File.Name)
	var types []string
	for _, m := range written(t, g, id) {
		types = append(types, string(m.From)+" "+string(m.Type))
	}
	assert.Equal(t, []string{"client text", "seat text", "client text", "seat card", "seat order", "seat order",
		"seat file", "seat image"}, types)

	// Reading it again.
	type part struct {
		Messages []wire.Message
		More     bool
	}
	all := decode[part](t, p.Do("tccc.Chat.getMessages({sessionId: %s})", id))
	assert.False(t, all.More)
	for i, m := range all.Messages {
		assert.Equal(t, uint64(i+1), m.Seq)
	}
	two := decode[part](t, p.Do("tccc.Chat.getMessages({sessionId: %s, before: %s, limit: 2})", id, image.Seq))
	assert.True(t, two.More)
	assert.Equal(t, all.Messages[image.Seq-3:image.Seq-1], two.Messages)
	assert.Empty(t, decode[part](t, p.Do("tccc.Chat.getMessages({sessionId: %s, after: %s})", id, image.Seq)).Messages)

	// Where it stands.
	p.Do("tccc.Chat.markRead({sessionId: %s})", id)
	p.AwaitTrue(fmt.Sprintf(`harness.events.some(({ name, data }) => name === 'chatUpdated' && data.sessionId === %q && data.seatRead === %d &&
		data.lastSeq === %[2]d && data.clientDelivered === %[2]d && data.clientRead === %[2]d && data.clientOnline && !data.unread)`, id, image.Seq))
	p.Do("tccc.Chat.setTyping({sessionId: %s, typing: true})", id)

	p.Do("tccc.Chat.end({sessionId: %s})", id)
	end := decode[wire.SessionEnded](t, p.Await("sessionEnded", "sessionId", id).Data)
	assert.Equal(t, wire.CloseSeat, end.CloseBy)
	assert.Equal(t, wire.TypeIM, end.Type)
	assert.Equal(t, 4002, p.Fail("tccc.Chat.sendMessage({sessionId: %s, text: 'late'})", id).Code)
	p.Do("tccc.Call.deleteCall({sessionId: %s})", id)
	assert.Equal(t, map[string]any{"sessionId": id}, p.Await("sessionCompleted", "sessionId", id).Fields(t))
	assert.Equal(t, 4001, p.Fail("tccc.Chat.sendMessage({sessionId: %s, text: 'late'})", id).Code)
}

func TestAgentIsToldWhatIsWrong(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{Env: []string{"TCCC_APPS_0_FILES_MAXMB=1"}})
	p := harness.Agent(t, g, supporter)
	id := chatOf(t, g, p, "ann")
	before := written(t, g, id)
	const scriptCard = "{header: 'h', desc: 'd', pic: 'https://a', url: 'javascript:alert(1)'}"
	for expr, want := range map[string]struct {
		code  int
		field string
	}{
		"tccc.Chat.accept({sessionId: %s})":                                       {4002, ""},
		"tccc.Chat.accept({sessionId: 'nobody' + %s})":                            {4001, ""},
		"tccc.Chat.sendMessage({sessionId: %s, text: ' '})":                       {1001, "text"},
		"tccc.Chat.sendMessage({sessionId: %s, text: 'x'.repeat(9000)})":          {1001, "text"},
		"tccc.Chat.sendMessage({sessionId: %s, text: [5]})":                       {1001, "text"},
		"tccc.Chat.sendFile({sessionId: %s, file: 'notes.txt'})":                  {1001, "file"},
		"tccc.Chat.sendFile({sessionId: %s})":                                     {1001, "file"},
		"tccc.Chat.sendCardMessage({sessionId: %s, payload: " + scriptCard + "})": {1001, "payload.url"},
		"tccc.Chat.sendOrderMessage({sessionId: %s, payload: {customField: 'x'}})": {1001,
			"payload.customField"},
		"tccc.Chat.sendOrderMessage({sessionId: %s})":                                        {1001, "payload"},
		"tccc.Chat.getMessages({sessionId: %s, limit: 500})":                                 {1001, "limit"},
		"tccc.Chat.setTyping({sessionId: %s})":                                               {1001, "typing"},
		"tccc.Chat.transfer({sessionId: %s})":                                                {4007, ""},
		"tccc.Chat.transfer({sessionId: %s, userId: 'nobody@demo'})":                         {4009, ""},
		"tccc.Chat.sendFile({sessionId: %s, file: new Blob(['x'.repeat(2 << 20)])})":         {4014, ""},
		"tccc.Chat.sendFile({sessionId: %s, file: new File(['MZ\\x90\\x00'], 'virus.exe')})": {4014, ""},
	} {
		r := p.Fail(expr, id)
		assert.Equal(t, want.code, r.Code, "%s: %s", expr, r.ErrorMsg)
		if want.field != "" {
			assert.Equal(t, want.field, r.Field, expr)
		}
	}
	assert.Equal(t, before, written(t, g, id), "nothing was written")
	p.Do("tccc.Chat.sendMessage({sessionId: %s, text: 'goes on'})", id)
	p.AllowError("4") // refused uploads are answered with 4xx, which the browser writes down
}

// TestSeveralChatsUpToTheLimit fills the agent; the next chat waits until there
// is room again.
func TestSeveralChatsUpToTheLimit(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{Env: []string{"TCCC_APPS_0_AGENTS_3_MAXCHATS=3"}})
	p := harness.Agent(t, g, supporter)
	var ids []string
	for i := range 3 {
		ids = append(ids, chatOf(t, g, p, fmt.Sprint("user", i)))
	}
	waiting := start(t, g, "user3", "me too")
	for i, id := range ids { // each customer is heard and answered
		say(t, g, id, fmt.Sprint("question ", i))
		p.Await("messageReceived", "sessionId", id, "text", fmt.Sprint("question ", i))
		p.Do("tccc.Chat.sendMessage({sessionId: %s, text: %s})", id, fmt.Sprint("answer ", i))
		list := written(t, g, id)
		assert.Equal(t, fmt.Sprint("answer ", i), list[len(list)-1].Text)
	}
	for _, e := range p.Events() {
		assert.False(t, e.Name == "callIn" && e.SessionID() == waiting, "there is no room")
	}
	p.Do("tccc.Chat.end({sessionId: %s})", ids[1])
	p.Await("callIn", "sessionId", waiting)
	p.Do("tccc.Chat.accept({sessionId: %s})", waiting)
	p.Await("userAccessed", "sessionId", waiting)

	g.Post(t, "/demo/visitor/end", map[string]string{"sessionId": ids[0]}, nil)
	assert.Equal(t, "client", p.Await("sessionEnded", "sessionId", ids[0]).Text("closeBy"))
}

// TestDecliningMovesTheChatOn declines a chat that nobody else can take, and lets
// another ring out.
func TestAChatThatIsNotTaken(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	first, second := harness.Agent(t, g, supporter), harness.Agent(t, g, "agent5@demo")
	id := start(t, g, "ann", "hello")
	ringing, other := first, second
	if !harness.Eval[bool](first, "harness.until(() => harness.events.some((e) => e.name === 'callIn'), 2000, () => false).then(() => true, () => false)") {
		ringing, other = second, first
	}
	ringing.Await("callIn", "sessionId", id)
	ringing.AwaitTrue("harness.rings()")
	ringing.Do("tccc.Chat.end({sessionId: %s})", id)
	other.Await("callIn", "sessionId", id)
	ringing.AwaitTrue("!harness.rings()")
	other.Do("tccc.Chat.accept({sessionId: %s})", id)
	say(t, g, id, "you there?")
	other.Await("messageReceived", "text", "you there?")
	assert.Contains(t, []int{4001, 4002},
		ringing.Fail("tccc.Chat.sendMessage({sessionId: %s, text: 'mine?'})", id).Code)

	// Nobody presses anything: it moves on by itself.
	next := start(t, g, "bob", "hello")
	ringing.Await("callIn", "sessionId", next)
	ringing.Await("autoTransfer", "sessionId", next)
}
