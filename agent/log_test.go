//go:build !js

package agent_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/agent"
	"tccc/agent/agenttest"
	"tccc/wire"
)

// TestStateIsBounded lets much happen: what is kept for diagnostics does not
// grow, and holds nothing that was written.
func TestStateIsBounded(t *testing.T) {
	g := &agenttest.Gateway{Result: chatLogin(),
		Handle: func(r agenttest.Request) (any, error) { return nil, wire.ErrSessionNotFound }}
	g.Result.Version = "v1"
	p := open(t, gateway(t, g))
	p.next(wire.EventReady)
	for i := range 500 {
		p.Note(fmt.Sprintf("note %d", i))
		p.Measured(wire.QualityParams{MOS: 4})
	}
	assert.ErrorIs(t, p.Hold(t.Context(), "s1"), wire.ErrSessionNotFound)
	s := p.State()
	assert.Equal(t, "v1", s.Gateway)
	assert.Len(t, s.Log, 300)
	assert.Len(t, s.Quality, 60)
	assert.Equal(t, []string{"connection dialing", "connection login", "connection up", "event ready"},
		[]string{entry(s.Log[0]), entry(s.Log[1]), entry(s.Log[2]), entry(s.Log[3])}, "the start stays")
	last := s.Log[len(s.Log)-1]
	assert.Equal(t, []any{"command", wire.MethodCallHold, wire.ErrSessionNotFound.Code},
		[]any{last.Name, last.Text, last.Code})
	g.Emit(wire.Event{Name: wire.EventMessageReceived,
		Data: json.RawMessage(`{"sessionId":"c1","text":"said in private","from":"client"}`)})
	p.next(wire.EventMessageReceived)
	text, err := json.Marshal(p.State())
	require.NoError(t, err)
	assert.Contains(t, string(text), "messageReceived c1")
	assert.NotContains(t, string(text), "private")
	assert.Empty(t, g.Requests(wire.MethodCallQuality), "there is no call")
}

func entry(e agent.Entry) string { return e.Name + " " + e.Text }

// TestQualityIsReported tells the gateway how a call sounds: at once, and then every
// ten seconds, the means so far.
func TestQualityIsReported(t *testing.T) {
	g := &agenttest.Gateway{Result: chatLogin()}
	talking := wire.Session{SessionID: "s1", Type: wire.TypePhone, State: wire.StateTalking}
	g.Result.Sessions = []wire.Session{talking}
	c := newClock()
	media := newMedia()
	p := open(t, gateway(t, g), func(o *agent.Options, _ *page) { o.Clock, o.Media = c, media })
	p.next(wire.EventReady)
	reports := func(n int) []wire.QualityParams {
		awaitGateway(t, g, "reports", func() bool { return len(g.Requests(wire.MethodCallQuality)) >= n })
		var all []wire.QualityParams
		for _, r := range g.Requests(wire.MethodCallQuality) {
			var q wire.QualityParams
			require.NoError(t, json.Unmarshal(r.Params, &q))
			all = append(all, q)
		}
		return all
	}
	p.Measured(wire.QualityParams{}) // nothing was received yet
	p.Measured(wire.QualityParams{MOS: 4, RTT: 10})
	p.Measured(wire.QualityParams{MOS: 2, RTT: 30, Loss: 0.2})
	assert.Equal(t, []wire.QualityParams{{SessionID: "s1", MOS: 4, RTT: 10}}, reports(1))
	c.mu.Lock()
	c.now = c.now.Add(10 * time.Second)
	c.mu.Unlock()
	p.Measured(wire.QualityParams{MOS: 3, RTT: 20, Loss: 0.1})
	all := reports(2)
	require.Len(t, all, 2)
	assert.InDelta(t, 3, all[1].MOS, 1e-9)
	assert.InDelta(t, 0.1, all[1].Loss, 1e-9)
	assert.InDelta(t, 20, all[1].RTT, 1e-9)
}
