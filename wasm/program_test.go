//go:build !js

// Tests of shell and program together in Chromium, against a small gateway
// that can be told to misbehave. They run what `make build` has made.
package main_test

import (
	"context"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/agent/agenttest"
	"tccc/test/harness"
	"tccc/web"
	"tccc/wire"
)

func TestMain(m *testing.M) { harness.Main(m) }

// chatAgent is a login of an agent who takes no calls, so that nothing here
// needs media.
func chatAgent() wire.LoginResult {
	return wire.LoginResult{
		Agent: wire.AgentProfile{UserID: "agent1@demo", Name: "One", SkillGroups: []wire.SkillGroup{{ID: "chat", Types: []wire.SessionType{wire.TypeIM}}}},
		State: wire.AgentState{Status: wire.StatusFree},
	}
}

type site struct {
	*agenttest.Gateway
	server *httptest.Server
}

func serve(t *testing.T, g *agenttest.Gateway) *site {
	server, _ := g.Serve(web.Handler())
	t.Cleanup(func() {
		g.Cut()
		server.Close()
	})
	return &site{g, server}
}

// sdkURL is what a back end hands to the page.
func (s *site) sdkURL(query string) string { return s.server.URL + "/sdk/tcccSdk.js?" + query }

func (s *site) await(t *testing.T, what string, ok func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), harness.Patience)
	defer cancel()
	require.True(t, s.Await(ctx, ok), what)
}

func load(t *testing.T, s *site) *harness.Page {
	t.Helper()
	p := harness.Blank(t)
	p.Load(s.sdkURL("sdkAppId=1400000001&token=t1&userid=agent1%40demo"), nil)
	p.Await("ready")
	return p
}

func TestReadyEventsAndCommands(t *testing.T) {
	s := serve(t, &agenttest.Gateway{Result: chatAgent(), Handle: func(r agenttest.Request) (any, error) {
		if r.Method == wire.MethodCallHangup {
			return nil, wire.ErrSessionNotFound.For("sessionId", "no such session")
		}
		return nil, nil
	}})
	p := harness.Blank(t)
	p.Run(`void (harness.onload = () => { window.early = [tccc.Agent.getStatus(), harness.caught(tccc.Agent.setStatus({ status: 'Rest' }))]; })`)
	p.Load(s.sdkURL("sdkAppId=1400000001&token=t1&userid=agent1%40demo"), map[string]string{"data-token": "wrong", "data-userid": "request-17"})
	assert.Equal(t, "free", p.Await("ready").Status)
	assert.Equal(t, "offline", harness.Eval[string](p, "early[0]"))
	early := harness.Eval[harness.Outcome](p, "early[1]")
	assert.JSONEq(t, `{"status":"success","data":{}}`, string(early.Resolved))

	login := s.Logins()[0]
	assert.Equal(t, "t1", login.Token)
	assert.Equal(t, "1400000001", login.SDKAppID)
	assert.Equal(t, "agent1@demo", login.UserID)
	assert.Len(t, login.TabID, 18)
	assert.Nil(t, login.Resume)

	state := wire.AgentState{Status: wire.StatusRest, RestReason: "tea"}
	e := agenttest.Named(wire.EventStatusChanged, wire.StatusChanged{Status: wire.StatusRest, RestReason: "tea"})
	e.Agent = &state
	s.Emit(e)
	changed := p.Await("statusChanged", "status", "rest")
	assert.Equal(t, "rest", changed.Status)

	p.Do("tccc.Call.hold({sessionId: 's1'})")
	r := s.Requests(wire.MethodCallHold)
	require.Len(t, r, 1)
	assert.JSONEq(t, `{"sessionId":"s1"}`, string(r[0].Params))
	assert.InDelta(t, 10, r[0].Timeout.Seconds(), 5)

	assert.Equal(t, wire.ErrSessionNotFound.Code, p.Fail("tccc.Call.hungUp({sessionId: 's1'})").Code)
	wrong := p.Fail("tccc.Call.hold({sessionId: 7})")
	assert.Equal(t, wire.ErrInvalidOptions.Code, wrong.Code)
	assert.Equal(t, "sessionId", wrong.Field)
	assert.Contains(t, wrong.ErrorMsg, "options.sessionId must be a string, not a number")
	assert.Contains(t, p.Fail("tccc.Call.hold()").ErrorMsg, "options.sessionId is missing")
	assert.Equal(t, wire.ErrNotAvailableYet.Code, p.Fail("tccc.Chat.accept({sessionId: 's1'})").Code)

	// Payloads are flat and under data; ready is replayed to late listeners, later and once.
	s.Emit(agenttest.Named(wire.EventTransfer, wire.SessionRef{SessionID: "s9"}))
	p.Run(`new Promise((done) => tccc.on('autoTransfer', (d) => { window.seen = [d.sessionId, d.data.sessionId, d.data === d, JSON.stringify(d)]; done(); })) && undefined`)
	s.Emit(agenttest.Named(wire.EventAutoTransfer, wire.SessionRef{SessionID: "s9"}))
	p.AwaitTrue("window.seen")
	assert.Equal(t, []any{"s9", "s9", true, `{"sessionId":"s9"}`}, harness.Eval[[]any](p, "seen"))
	assert.Equal(t, []any{0., 1.}, harness.Eval[[]any](p, `new Promise((done) => {
		let n = 0;
		tccc.on('ready', () => { n++; });
		const at = n;
		setTimeout(() => done([at, n]), 50);
	})`))

	// Closing the root logs out.
	p.Run("document.getElementById('tcccSdkDomRoot').remove()")
	s.await(t, "no logout", func() bool { return s.Logouts() == 1 && !s.Connected() })
	assert.Equal(t, wire.ErrShutDown.Code, p.Fail("tccc.Call.hold({sessionId: 's1'})").Code)
	assert.Equal(t, "offline", harness.Eval[string](p, "tccc.Agent.getStatus()"))
}
