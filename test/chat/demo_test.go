package chat

import (
	"bytes"
	"encoding/json"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/test/harness"
	"tccc/wire"
)

// TestCustomersWithoutABrowser plays customers over HTTP.
func TestCustomersWithoutABrowser(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	a := harness.Agent(t, g, "agent4@demo")
	var made struct{ SessionID string }
	g.Post(t, "/demo/visitor/start", map[string]string{"type": "im", "userId": "alice", "nickname": "Alice",
		"skillGroupId": "support", "text": "hello"}, &made)
	in := a.Await("callIn", "sessionId", made.SessionID)
	assert.Equal(t, "Alice", in.Text("nickname"))
	a.Do("tccc.Chat.accept({sessionId: %s})", made.SessionID)
	a.Do("tccc.Chat.sendMessage({sessionId: %s, text: 'good day'})", made.SessionID)
	a.AwaitTrue(`harness.events.filter((e) => e.name === 'chatUpdated').some((e) =>
		e.data.clientOnline && e.data.clientDelivered === e.data.lastSeq && e.data.clientRead === e.data.lastSeq)`)
	g.Post(t, "/demo/visitor/say", map[string]string{"sessionId": made.SessionID, "text": "bye"}, nil)
	a.Await("messageReceived", "text", "bye")
	var again struct{ SessionID string }
	g.Post(t, "/demo/visitor/start", map[string]string{"type": "im", "userId": "alice"}, &again)
	assert.Equal(t, made.SessionID, again.SessionID, "the open one")
	g.Post(t, "/demo/visitor/end", map[string]string{"sessionId": made.SessionID}, nil)
	a.Await("sessionEnded", "sessionId", made.SessionID, "closeBy", "client")
	var all []wire.Message
	g.Get(t, "/demo/visitor/messages?sessionId="+made.SessionID, &all)
	var said []string
	for i, m := range all {
		assert.Equal(t, uint64(i+1), m.Seq)
		if m.Type == wire.MessageText {
			said = append(said, string(m.From)+" "+m.Text)
		}
	}
	assert.Equal(t, []string{"client hello", "seat good day", "client bye"}, said)

	for path, body := range map[string]string{
		"start": `{"type":"video"}`, "say": `{"sessionId":"nobody","text":"x"}`,
		"end": `{"sessionId":"` + made.SessionID + `x"}`,
	} {
		resp, err := http.Post(g.URL+"/demo/visitor/"+path, "application/json", bytes.NewReader([]byte(body)))
		require.NoError(t, err)
		var refused struct{ Error wire.Error }
		require.NoError(t, json.NewDecoder(resp.Body).Decode(&refused))
		_ = resp.Body.Close()
		assert.GreaterOrEqual(t, resp.StatusCode, 400, path)
		assert.NotEmpty(t, refused.Error.Remedy, path)
	}
	resp, err := http.Post(g.URL+"/demo/visitor/say", "application/json",
		bytes.NewReader([]byte(`{"sessionId":"`+made.SessionID+`","text":"late"}`)))
	require.NoError(t, err)
	_ = resp.Body.Close()
	assert.Equal(t, http.StatusConflict, resp.StatusCode, "it has ended")
}
