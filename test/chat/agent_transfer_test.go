package chat

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"tccc/test/harness"
	"tccc/wire"
)

// handedOver asserts what the agent who gave a chat away is told.
func handedOver(t *testing.T, p *harness.Page, id string, to wire.Transferred) {
	t.Helper()
	to.SessionID = id
	assert.Equal(t, to, decode[wire.Transferred](t, p.Await("transfer", "sessionId", id).Data))
	p.Await("sessionEnded", "sessionId", id)
	assert.Equal(t, 4002, p.Fail("tccc.Chat.sendMessage({sessionId: %s, text: 'late'})", id).Code)
}

// TestTransferToAnAgent hands a chat over; the other agent reads what was said.
func TestTransferToAnAgent(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	a := harness.Agent(t, g, supporter)
	id := chatOf(t, g, a, "ann")
	b := harness.Agent(t, g, "agent5@demo")
	a.Do("tccc.Chat.sendMessage({sessionId: %s, text: 'one moment'})", id)
	a.Do("tccc.Chat.transfer({sessionId: %s, userId: 'agent5@demo'})", id)
	in := decode[wire.CallInIM](t, b.Await("callIn", "sessionId", id).Data)
	assert.Equal(t, "ANN", in.Nickname)
	a.Do("tccc.Chat.sendMessage({sessionId: %s, text: 'still here'})", id)
	b.Do("tccc.Chat.accept({sessionId: %s})", id)
	b.Await("userAccessed", "sessionId", id)
	handedOver(t, a, id, wire.Transferred{UserID: "agent5@demo"})
	showsBubbles(t, b, "hello", "one moment", "still here")
	b.Do("tccc.Chat.sendMessage({sessionId: %s, text: 'I take over'})", id)
	say(t, g, id, "fine")
	b.Await("messageReceived", "text", "fine")
	showsBubbles(t, b, "hello", "one moment", "still here", "I take over", "fine")
	for _, e := range a.Events() {
		assert.False(t, e.Name == "messageReceived" && e.Text("text") == "fine", "the first agent is out of it")
	}
}

// TestTransferToAGroup uses the interface; a refusal leaves the chat where it is.
func TestTransferToAGroup(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	a := harness.Agent(t, g, supporter)
	id := chatOf(t, g, a, "ann")
	b := harness.Agent(t, g, "agent1@demo") // of sales
	press(a, "[data-click=look][data-arg='"+id+"']")
	press(a, ".chat [data-click=transfer]")
	press(a, ".chat [data-click=toAgent][data-arg='agent1@demo']:not([aria-disabled])")
	b.Await("callIn", "sessionId", id)
	a.AwaitTrue(inside(".chat .strip") + ".textContent.includes('Transferring')")
	b.Do("tccc.Chat.end({sessionId: %s})", id)
	a.AwaitTrue(inside(".chat .strip") + ".textContent.includes('came back')")
	a.Do("tccc.Chat.sendMessage({sessionId: %s, text: 'again'})", id)

	press(a, ".chat [data-click=transfer]")
	press(a, ".chat [data-click=toGroup][data-arg='sales']:not([aria-disabled])")
	b.Await("callIn", "sessionId", id)
	b.Do("tccc.Chat.accept({sessionId: %s})", id)
	handedOver(t, a, id, wire.Transferred{SkillGroupID: "sales", UserID: ""})
	say(t, g, id, "hello sales")
	b.Await("messageReceived", "text", "hello sales")
}
