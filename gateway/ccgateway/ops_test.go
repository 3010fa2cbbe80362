package ccgateway

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/gateway/config"
	"tccc/wire"
)

func TestStatesAreSeenThroughBothDoors(t *testing.T) {
	w := newWorld(t, nil)
	p, f := w.sdk("agent1@demo"), w.ready("101", "")
	for _, step := range []struct {
		do                   func()
		event                string
		status               wire.Status
		table1, table3, last int
		command              int
	}{
		{func() { f.ok("saybusy?reason=201&prolong=false") }, eventSetNotReady, wire.StatusNotReady, gatewayBusy,
			deskBusy, deskIdle, commandBusy},
		{func() { f.ok("cancelbusy") }, eventCancelNotReady, wire.StatusFree, gatewayIdle, deskIdle, deskBusy,
			commandNone},
		{func() { f.ok("rest/600/0") }, eventSetRest, wire.StatusRest, gatewayRest, deskRest, deskIdle, commandRest},
		{func() { f.ok("cancelrest") }, eventCancelRest, wire.StatusFree, gatewayIdle, deskIdle, deskRest, commandNone},
		{func() { f.ok("work") }, eventSetWork, wire.StatusArrange, gatewayWrapUp, deskWrapUp, deskIdle, commandNone},
		{func() { f.ok("cancelwork") }, eventCancelWork, wire.StatusFree, gatewayIdle, deskIdle, deskWrapUp,
			commandNone},
		{func() { f.ok("saybusy") }, eventSetNotReady, wire.StatusNotReady, gatewayBusy, deskBusy, deskIdle,
			commandBusy},
		{func() { f.ok("sayfree") }, eventCancelNotReady, wire.StatusFree, gatewayIdle, deskIdle, deskBusy,
			commandNone},
		{func() { p.ok(wire.MethodSetStatus, wire.SetStatusParams{Status: "notReady"}) }, eventSetNotReady,
			wire.StatusNotReady, gatewayBusy, deskBusy, deskIdle, commandBusy},
		{func() { p.ok(wire.MethodSetStatus, wire.SetStatusParams{Status: "rest"}) }, eventSetRest, wire.StatusRest,
			gatewayRest, deskRest, deskBusy, commandRest},
		{func() { p.ok(wire.MethodSetStatus, wire.SetStatusParams{Status: "arrange"}) }, eventSetWork,
			wire.StatusArrange, gatewayWrapUp, deskWrapUp, deskRest, commandRest},
		{func() { p.ok(wire.MethodSetStatus, wire.SetStatusParams{Status: "free"}) }, eventCancelWork, wire.StatusFree,
			gatewayIdle, deskIdle, deskWrapUp, commandNone},
	} {
		step.do()
		f.awaits(step.event)
		state := w.state("agent1@demo")
		assert.Equal(t, step.status, state.Status, step.event)
		assert.Equal(t, statusResult{AgentState: step.table1}, f.status(), step.event)
		info := f.sync()
		assert.Equal(t, step.table3, info.State, step.event)
		assert.Equal(t, step.last, info.LastState, step.event)
		assert.Equal(t, state.Since, info.AgentStateBeginTime, step.event)
		assert.Equal(t, step.command, info.CurCommand, step.event)
	}
}

func TestOfflineThroughTheSDKSignsOut(t *testing.T) {
	w := newWorld(t, nil)
	p, f := w.sdk("agent1@demo"), w.ready("101", "")
	p.ok(wire.MethodOffline, wire.Empty{})
	assert.Equal(t, CodeSignedOut, f.post("sayfree").RetCode)
	assert.Equal(t, CodeSignedOut, f.post("syncagentinfo").RetCode)
	f.awaits(eventShutdown)
	assert.Equal(t, CodeNotSignedIn, f.poll().RetCode)
	assert.Equal(t, CodeNotSignedIn, f.post("sayfree").RetCode)

	p.ok(wire.MethodOnline, wire.Empty{})
	w.ready("101", "")
}

func TestSignOutTakesTheAgentOffLineEverywhere(t *testing.T) {
	w := newWorld(t, nil)
	w.sdk("agent1@demo")
	f := w.ready("101", "")
	answered := make(chan reply, 1)
	go func() { answered <- f.poll() }()
	w.awaitPolls("101", 1)
	require.Equal(t, CodeOK, f.do(http.MethodDelete, "logout").RetCode)
	assert.Equal(t, eventShutdown, (<-answered).Event.EventType)
	assert.Equal(t, wire.StatusOffline, w.state("agent1@demo").Status)
}

func TestStatesThatCannotBeEnded(t *testing.T) {
	w := newWorld(t, nil)
	f := w.ready("101", "")
	for _, name := range []string{"cancelbusy", "cancelrest", "cancelwork"} {
		r := f.post(name)
		assert.Equal(t, CodeStateNotSet, r.RetCode, name)
		assert.NotEmpty(t, r.Message)
	}
	assert.Equal(t, wire.StatusFree, w.state("agent1@demo").Status)
}

func TestParametersAreChecked(t *testing.T) {
	w := newWorld(t, nil)
	f := w.ready("101", "")
	for _, name := range []string{
		"saybusy?reason=199", "saybusy?reason=251", "saybusy?reason=-1", "saybusy?reason=x",
		"rest/0/0", "rest/86400/0", "rest/x/0", "rest/600/256", "rest/600/x", "rest/-1/0", "rest/+1/0",
		"autoanswer/falsch", "autoenteridle/nottrue",
		"setcustomstate", "setcustomstate?customstate=65535", "setcustomstate?customstate=-1",
	} {
		assert.Equal(t, CodeBadURL, f.post(name).RetCode, name)
	}
	for _, name := range []string{
		"saybusy?reason=", "saybusy?reason=0", "saybusy?reason=200", "saybusy?reason=250&prolong=true", "sayfree",
		"rest/1/0", "rest/86399/255?prolong=true", "cancelrest", "autoanswer/true", "autoanswer/false",
		"autoenteridle/true", "autoenteridle/other", "setcustomstate?customstate=65534", "cancelsetcustomstate",
		"handshake", "/sayfree", "syncagentinfo",
	} {
		assert.Equal(t, CodeOK, f.post(name).RetCode, name)
	}
}

func TestResultsOfOperations(t *testing.T) {
	w := newWorld(t, nil)
	f := w.ready("101", "")
	r := f.post("sayfree")
	assert.Equal(t, "success", r.Message)
	assert.JSONEq(t, `{}`, string(r.Result))
	assert.Equal(t, "application/json; charset=UTF-8", r.header.Get("Content-Type"))
	assert.Equal(t, "no-store", r.header.Get("Cache-Control"))

	state := func() string { return string(f.do(http.MethodGet, "querycustomstate").Result) }
	assert.JSONEq(t, `{"agentcustomstate":"65535"}`, state())
	f.ok("setcustomstate?customstate=7")
	assert.JSONEq(t, `{"agentcustomstate":"7"}`, state())
	f.ok("cancelsetcustomstate")
	assert.JSONEq(t, `{"agentcustomstate":"65535"}`, state())
}

func TestAddressesAndMethods(t *testing.T) {
	w := newWorld(t, func(o *Options, _ *config.App) {
		o.Inspector = func(string) bool { return true }
	})
	f := w.ready("101", "")
	for _, path := range []string{"", "x", "onlineagent", "onlineagent/101/x", "onlineagent/101/rest",
		"onlineagent/101/rest/1", "onlineagent/101/sayfree/x",
		"agentevent", "agentevent/101/x", "qualitycontrol/101", "qualitycontrol/101/forcebusy",
		"voicecall/101/answer"} {
		r := w.do(http.MethodPost, path, f.guid, "")
		assert.Equal(t, http.StatusOK, r.status, path)
		assert.Equal(t, CodeBadURL, r.RetCode, path)
	}
	paths := map[string]string{
		"onlineagent": "", "agentevent": "", "qualitycontrol": "",
	}
	for resource, all := range operations {
		require.Contains(t, paths, resource)
		for name, op := range all {
			path := resource + "/101"
			if name != "" {
				path += "/" + name
			}
			for range op.args {
				path += "/1"
			}
			for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete,
				http.MethodPatch, http.MethodOptions} {
				if method == op.method {
					continue
				}
				r := w.do(method, path, "", "")
				assert.Equal(t, http.StatusMethodNotAllowed, r.status, "%s %s", method, path)
				assert.Equal(t, CodeBadURL, r.RetCode, "%s %s", method, path)
				assert.Equal(t, op.method, r.header.Get("Allow"))
			}
		}
	}
	assert.Equal(t, CodeBadURL, w.do(http.MethodPost, "onlineagent/abc/sayfree", f.guid, "").RetCode)
	assert.Equal(t, CodeSignInInvalid, w.do(http.MethodPost, "onlineagent/100/syncagentinfo", f.guid, "").RetCode)
}

func TestEveryOperationNeedsASignIn(t *testing.T) {
	w := newWorld(t, nil)
	for resource, all := range operations {
		for name, op := range all {
			if op.open {
				continue
			}
			path := resource + "/101/" + name
			for range op.args {
				path += "/101"
			}
			assert.Equal(t, CodeNotSignedIn, w.do(op.method, path, "some-guid", "").RetCode, path)
		}
	}
}

func TestBusyAgainWithAnotherReason(t *testing.T) {
	w := newWorld(t, nil)
	f := w.ready("101", "")
	f.ok("saybusy?reason=200")
	f.awaits(eventSetNotReady)
	f.ok("saybusy?reason=201")
	f.ok("saybusy?reason=202&prolong=true")
	f.ok("sayfree")
	f.awaits(eventSetNotReady, eventCancelNotReady)
}

func TestRestReasonsAndTheirEnd(t *testing.T) {
	w := newWorld(t, func(_ *Options, a *config.App) { a.BreakReasons = []string{"Lunch", "Tea"} })
	f := w.ready("101", "")
	f.ok("rest/60/2")
	f.awaits(eventSetRest)
	assert.Equal(t, "Tea", w.state("agent1@demo").RestReason)
	f.ok("rest/60/1")
	f.awaits(eventSetRest)
	assert.Equal(t, "Lunch", w.state("agent1@demo").RestReason)
	f.ok("rest/60/9")
	f.awaits(eventSetRest)
	assert.Empty(t, w.state("agent1@demo").RestReason)

	f.ok("rest/100/0?prolong=true")
	f.awaits(eventSetRest)
	w.clock.advance(100*time.Second - time.Millisecond)
	w.clock.advance(time.Millisecond)
	f.awaits(eventRestTimeout)
	assert.Equal(t, wire.StatusRest, w.state("agent1@demo").Status, "the agent is only told")

	f.ok("cancelrest")
	f.awaits(eventCancelRest)
	f.ok("rest/10/0")
	f.ok("sayfree")
	w.clock.advance(10 * time.Second)
	f.awaits(eventSetRest, eventCancelRest)
	assert.Empty(t, w.handler.desk("101").queue, "a rest that is over has no timeout")
}

func TestInspectors(t *testing.T) {
	w := newWorld(t, func(o *Options, _ *config.App) {
		o.Inspector = func(user string) bool { return user == "agent3@demo" }
	})
	boss, f := w.ready("103", ""), w.ready("101", "")
	qc := func(by *front, name string) reply {
		return w.do(http.MethodPost, "qualitycontrol/"+by.workNo+"/"+name, by.guid, "")
	}
	assert.Equal(t, CodeNoPermission, qc(f, "forcebusy/103").RetCode)
	assert.Equal(t, CodeSelfInspected, qc(boss, "forcebusy/103").RetCode)
	assert.Equal(t, CodeBadURL, qc(boss, "forcebusy/777").RetCode)
	assert.Equal(t, CodeBadURL, qc(boss, "forcebusy/x").RetCode)
	assert.Equal(t, CodeBadURL, qc(boss, "forcerest/101/0/0").RetCode)
	assert.Equal(t, CodeNotSignedIn, qc(boss, "forceidle/102").RetCode)

	for _, step := range []struct {
		name, event string
		want        wire.Status
	}{
		{"forcebusy/101", eventForceNotReady, wire.StatusNotReady},
		{"forceidle/101", eventForceReady, wire.StatusFree},
		{"forcerest/101/60/0", eventSetRest, wire.StatusRest},
	} {
		require.Equal(t, CodeOK, qc(boss, step.name).RetCode)
		f.awaits(step.event)
		assert.Equal(t, step.want, w.state("agent1@demo").Status)
	}
	f.ok("sayfree")
	f.awaits(eventCancelRest)
	require.Equal(t, CodeOK, qc(boss, "forcelogout/101").RetCode)
	assert.Equal(t, wire.StatusOffline, w.state("agent1@demo").Status)
	assert.Equal(t, CodeNotSignedIn, f.poll().RetCode)

	w.sdk("agent2@demo") // nobody signed in here, but on line
	require.Equal(t, CodeOK, qc(boss, "forcelogout/102").RetCode)
	assert.Equal(t, wire.StatusOffline, w.state("agent2@demo").Status)
}

func TestNobodyInspectsUnlessAllowed(t *testing.T) {
	w := newWorld(t, nil)
	f := w.ready("101", "")
	r := w.do(http.MethodPost, "qualitycontrol/101/forcebusy/102", f.guid, "")
	assert.Equal(t, CodeNoPermission, r.RetCode)
}

func TestPagesOfOtherOrigins(t *testing.T) {
	w := newWorld(t, func(o *Options, _ *config.App) {
		o.Origin = func(r *http.Request) bool { return r.Header.Get("Origin") == "https://desk.example" }
	})
	preflight := func(origin string) *http.Response {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodOptions, w.http.URL+Prefix+"onlineagent/101",
			nil)
		require.NoError(t, err)
		req.Header.Set("Origin", origin)
		req.Header.Set("Access-Control-Request-Method", http.MethodPut)
		resp, err := w.http.Client().Do(req)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		return resp
	}
	resp := preflight("https://desk.example")
	assert.Equal(t, http.StatusNoContent, resp.StatusCode)
	assert.Equal(t, "https://desk.example", resp.Header.Get("Access-Control-Allow-Origin"))
	assert.Equal(t, "Set-GUID", resp.Header.Get("Access-Control-Expose-Headers"))
	resp = preflight("https://evil.example")
	assert.Equal(t, http.StatusMethodNotAllowed, resp.StatusCode)
	assert.Empty(t, resp.Header.Get("Access-Control-Allow-Origin"))
}

func TestFailuresOfTheCenterAreCodes(t *testing.T) {
	for err, want := range map[error]Code{
		wire.ErrAgentOffline: CodeSignedOut, wire.ErrInvalidBreakReason: CodeStateNotSet,
		wire.ErrStopping: CodeException, wire.ErrSessionState: CodeException,
		errors.New("unexpected end"): CodeException, fail(CodeBadURL, "x"): CodeBadURL,
	} {
		f := asFailure(err)
		assert.Equal(t, want, f.code, "%v", err)
		assert.NotContains(t, f.message, "unexpected end", "errors of the inside stay there")
	}
}
