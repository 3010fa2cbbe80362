//go:build !js

package agent_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/agent/agenttest"
	"tccc/wire"
)

// colleagueGateway answers what is about colleagues.
func colleagueGateway() *agenttest.Gateway {
	g := phoneGateway()
	calls := g.Handle
	g.Handle = func(r agenttest.Request) (any, error) {
		switch r.Method {
		case wire.MethodCallInternal:
			return wire.InternalCallResponse{SessionID: "in1", CalleeUserID: "b", ServerType: wire.StaffSeat}, nil
		case wire.MethodCallConsult:
			return wire.ConsultResponse{SessionID: "with1", ConsultOf: "s1"}, nil
		case wire.MethodCallTransfer:
			return nil, wire.ErrTargetUnavailable
		case wire.MethodColleagues:
			return wire.ColleaguesResult{Agents: []wire.Colleague{{UserID: "b", Status: wire.StatusFree}}}, nil
		}
		return calls(r)
	}
	return g
}

// Calls to colleagues need leg and microphone as all others do.
func TestCallsToColleagues(t *testing.T) {
	g, m := colleagueGateway(), newMedia()
	p := open(t, gateway(t, g), withMedia(m))
	res, err := p.StartInternalCall(t.Context(), wire.InternalCallParams{CalleeUserID: "b"})
	require.NoError(t, err)
	assert.Equal(t, "in1", res.SessionID)
	consult, err := p.Consult(t.Context(), wire.ConsultParams{SessionID: "s1", UserID: "b"})
	require.NoError(t, err)
	assert.Equal(t, wire.ConsultResponse{SessionID: "with1", ConsultOf: "s1"}, consult)
	m.mu.Lock()
	assert.True(t, m.mic)
	m.micErr = wire.ErrMicBusy
	m.mu.Unlock()
	_, err = p.Consult(t.Context(), wire.ConsultParams{SessionID: "s1", UserID: "b"})
	require.ErrorIs(t, err, wire.ErrMicBusy)
	require.Len(t, g.Requests(wire.MethodCallHangup), 1, "the consultation is taken back, not the customer's session")
	var ref wire.SessionParams
	require.NoError(t, json.Unmarshal(g.Requests(wire.MethodCallHangup)[0].Params, &ref))
	assert.Equal(t, "with1", ref.SessionID)

	require.ErrorIs(t, p.Monitor(t.Context(), "s2", wire.MonitorWhisper), wire.ErrMicBusy)
	assert.Empty(t, g.Requests(wire.MethodCallWhisper))
	m.mu.Lock()
	m.micErr = nil
	m.mu.Unlock()
	require.NoError(t, p.Monitor(t.Context(), "s2", wire.MonitorWhisper))
	assert.Len(t, g.Requests(wire.MethodCallWhisper), 1)
}

func TestTransferIsAsked(t *testing.T) {
	g := colleagueGateway()
	p := open(t, gateway(t, g), withMedia(newMedia()))
	require.ErrorIs(t, p.Transfer(t.Context(), wire.TransferParams{SessionID: "s1", UserID: "b"}),
		wire.ErrTargetUnavailable)
	list, err := p.Colleagues(t.Context())
	require.NoError(t, err)
	assert.Len(t, list.Agents, 1)
	require.NoError(t, p.CompleteTransfer(t.Context(), "s1"))
	require.NoError(t, p.CancelConsult(t.Context(), "s1"))
	require.NoError(t, p.Conference(t.Context(), "s1"))
	for _, method := range []string{wire.MethodCallComplete, wire.MethodCallCancel, wire.MethodCallConference} {
		assert.Len(t, g.Requests(method), 1, method)
	}
}
