package call

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/gateway/asr/asrtest"
	"tccc/test/harness"
	"tccc/wire"
)

// TestSpeechIsRecognised has both directions of a call recognised: tones are
// the words of the recogniser.
func TestSpeechIsRecognised(t *testing.T) {
	s := &asrtest.Server{}
	web := httptest.NewServer(s)
	defer web.Close()
	g := harness.StartGateway(t, harness.GatewayOptions{Env: []string{"TCCC_APPS_0_ASR_URL=" +
		strings.Replace(web.URL, "http", "ws", 1)}})
	p := harness.Agent(t, g, "agent1@demo")
	p.Do("tccc.Call.startOutboundCall({phoneNumber: '10086'})")
	id := p.Await("calloutAccepted").SessionID()
	p.Hears(harness.PhoneTone)
	recognised := func(flow wire.Flow, slice wire.SliceType) (r wire.ASR) {
		found := fmt.Sprintf("harness.events.find((e) => e.name === 'asr' && e.data.flow === '%s' && e.data.result.slice_type === %d)", flow, slice)
		p.AwaitTrue(found)
		require.NoError(t, json.Unmarshal(harness.Eval[json.RawMessage](p, found+".data"), &r))
		return r
	}
	assert.Equal(t, id, recognised(wire.FlowIn, wire.SliceBegin).SessionID)
	p.Do("tccc.Call.hungUp({sessionId: %s})", id)
	in, out := recognised(wire.FlowIn, wire.SliceFinal), recognised(wire.FlowOut, wire.SliceFinal)
	assert.Contains(t, in.Result.Text, "440")
	assert.Equal(t, len(in.Result.Words), in.Result.WordSize)
	assert.NotEmpty(t, out.Result.Text)
	assert.NotContains(t, out.Result.Text, "440", "the agent's voice is not the customer's")
}
