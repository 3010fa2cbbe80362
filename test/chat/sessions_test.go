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

// TestChatBesideACall shows that a page that comes back finds the chat again
// that goes on beside a call.
func TestChatBesideACall(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	r := dial(t, g)
	first := r.hello()
	open := map[wire.SessionType]string{}
	for i, kind := range []wire.SessionType{wire.TypeIM, wire.TypeVoIP} {
		f := r.ask(fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"start","params":{"type":%q,"skillGroupId":"sales"}}`,
			i+2, kind))
		require.NotNil(t, f)
		require.Nil(t, f.Error, "%v", f.Error)
		var s wire.VisitorSession
		require.NoError(t, json.Unmarshal(f.Result, &s))
		open[s.Type] = s.SessionID
	}
	again := dial(t, g)
	f := again.ask(`{"jsonrpc":"2.0","id":1,"method":"hello","params":{"secret":"` + first.Secret + `"}}`)
	require.NotNil(t, f)
	require.Nil(t, f.Error)
	var h wire.HelloResult
	require.NoError(t, json.Unmarshal(f.Result, &h))
	got := map[wire.SessionType]string{}
	for _, s := range h.Sessions {
		got[s.Type] = s.SessionID
	}
	assert.Equal(t, open, got)
	f = again.ask(`{"jsonrpc":"2.0","id":2,"method":"upload","params":{"sessionId":"` + open[wire.TypeIM] +
		`","name":"a.txt","size":3}}`)
	require.NotNil(t, f)
	assert.Nil(t, f.Error, "the chat takes files")
	f = again.ask(`{"jsonrpc":"2.0","id":3,"method":"upload","params":{"sessionId":"` + open[wire.TypeVoIP] +
		`","name":"a.txt","size":3}}`)
	require.NotNil(t, f)
	assert.NotNil(t, f.Error, "the call does not")
}
