//go:build !js

// Tests of shell and program together in Chromium, against a small gateway
// that can be told to misbehave. They run what `make build` has made.
package main_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
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
		Agent: wire.AgentProfile{UserID: "agent1@demo", Name: "One",
			SkillGroups: []wire.SkillGroup{{ID: "chat", Types: []wire.SessionType{wire.TypeIM}}}},
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

// loadFragile loads an SDK whose program fails at the event break: it
// cannot bear that the shell's own functions throw.
func loadFragile(t *testing.T, s *site) *harness.Page {
	t.Helper()
	p := harness.Blank(t)
	p.AllowError("panic")
	p.Run(`(() => {
		const parse = JSON.parse;
		JSON.parse = (text) => {
			if (text.startsWith('["break"')) throw new Error('broken');
			return parse(text);
		};
	})()`)
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
	p.Load(s.sdkURL("sdkAppId=1400000001&token=t1&userid=agent1%40demo"),
		map[string]string{"data-token": "wrong", "data-userid": "request-17"})
	assert.Equal(t, "free", p.Await("ready").Status)
	assert.Equal(t, "offline", harness.Eval[string](p, "early[0]"))
	early := harness.Eval[harness.Outcome](p, "early[1]")
	assert.JSONEq(t, `{"status":"success","data":{}}`, string(early.Resolved))

	login := s.Logins()[0]
	assert.Equal(t, "t1", login.Token)
	assert.Equal(t, "1400000001", login.SDKAppID)
	assert.Equal(t, "agent1@demo", login.UserID)
	assert.NotEmpty(t, login.TabID)
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
	wrong := p.Fail("tccc.Call.hold({sessionId: true})")
	assert.Equal(t, wire.ErrInvalidOptions.Code, wrong.Code)
	assert.Equal(t, "sessionId", wrong.Field)
	assert.Contains(t, wrong.ErrorMsg, "options.sessionId must be a string, not a boolean")
	assert.Contains(t, p.Fail("tccc.Call.hold()").ErrorMsg, "options.sessionId is missing")
	assert.Equal(t, wire.ErrSessionNotFound.Code, p.Fail("tccc.Chat.accept({sessionId: 's1'})").Code)

	// Payloads are flat and under data; ready is replayed to late listeners, later and once.
	s.Emit(agenttest.Named(wire.EventTransfer, wire.SessionRef{SessionID: "s9"}))
	p.Run(`new Promise((done) => tccc.on('autoTransfer', (d) => { window.seen = [d.sessionId, d.data.sessionId, d.data === d, JSON.stringify(d)]; done(); })) && undefined`)
	s.Emit(agenttest.Named(wire.EventAutoTransfer, wire.SessionRef{SessionID: "s9"}))
	p.AwaitTrue("window.seen")
	assert.Equal(t, []any{"s9", "s9", false, `{"sessionId":"s9","data":{"sessionId":"s9"}}`},
		harness.Eval[[]any](p, "seen"))
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

// unloads are the ways in which real pages get rid of the SDK.
var unloads = map[string]string{
	"remove root and script": `
		document.querySelectorAll('script[src]').forEach((s) => s.remove());
		document.body.removeChild(document.getElementById('tcccSdkDomRoot'));`,
	"forget the global":        `window.tccc = undefined;`, // the next script shuts the old instance down
	"run again":                ``,
	"replace the body":         `document.body = document.createElement('body');`,
	"forget, then remove root": `window.tccc = undefined; document.querySelector("t3c-sdk[id='tcccSdkDomRoot']").remove();`,
}

func TestUnloadLeavesNothing(t *testing.T) {
	for name, unload := range unloads {
		t.Run(name, func(t *testing.T) {
			s := serve(t, &agenttest.Gateway{Result: chatAgent()})
			p := load(t, s)
			for i := range 3 {
				p.Run("void (window.old = tccc, window.sockets = harness.sockets.length)")
				p.Run("(() => {" + unload + "})()")
				p.Load(s.sdkURL("sdkAppId=1400000001&token=t1&userid=agent1%40demo"), nil)
				assert.Equal(t, "free", p.Await("ready").Status)
				assert.Equal(t, wire.ErrShutDown.Code, p.Fail("old.Call.hold({sessionId: 's1'})").Code)
				assert.Equal(t, "offline", harness.Eval[string](p, "old.Agent.getStatus()"))
				p.AwaitTrue("harness.sockets.slice(0, sockets).every((s) => s.readyState === WebSocket.CLOSED)")
				p.AwaitTrue("!old.timer.stats().running && old.timer.stats().pending === 0 && old.timer.stats().listeners === 0")
				assert.Equal(t, 1, harness.Eval[int](p, "document.querySelectorAll('t3c-sdk').length"))
				s.await(t, "no logout", func() bool { return s.Logouts() == i+1 })
				p.Do("tccc.Call.hold({sessionId: 's1'})")
			}
			assert.NotContains(t, harness.Eval[[]string](p, "harness.globals()"), "tcccHost")
			assert.NotContains(t, harness.Eval[[]string](p, "harness.globals()"), "Go")
		})
	}
}

// TestProgramFails breaks the program: the page hears of it, and the next
// program takes the session over.
func TestProgramFails(t *testing.T) {
	s := serve(t, &agenttest.Gateway{Result: chatAgent(), Handle: func(r agenttest.Request) (any, error) {
		if r.Method == wire.MethodCallUnhold {
			return nil, wire.ErrOverloaded
		}
		return nil, nil
	}})
	p := loadFragile(t, s)
	p.Do("tccc.Call.hold({sessionId: 's1'})")
	s.Silence(true)
	p.Run("void (window.waiting = harness.caught(tccc.Call.hold({sessionId: 's2'})))")
	s.await(t, "the request", func() bool { return len(s.Requests(wire.MethodCallHold)) == 2 })
	s.Silence(false)
	s.Emit(agenttest.Named("break", wire.SessionRef{}))
	p.Await("error", "code", wire.ErrProgram.Code)
	assert.Equal(t, wire.ErrProgram.Code, harness.Eval[harness.Outcome](p, "waiting").Rejected.Code)
	p.Await("connectionChanged", "state", "reconnecting")
	p.Await("connectionChanged", "state", "connected")
	p.Do("tccc.Call.hold({sessionId: 's3'})")
	s.await(t, "another login", func() bool { return len(s.Logins()) == 2 })
	assert.NotNil(t, s.Logins()[1].Resume)
	assert.Equal(t, []string{"ready", "error"}, p.Names())
	assert.Equal(t, "free", harness.Eval[string](p, "tccc.Agent.getStatus()"))
}

// TestProgramFailsWithMedia lets go of what a broken program cannot close.
func TestProgramFailsWithMedia(t *testing.T) {
	g := &agenttest.Gateway{Result: chatAgent(), Handle: func(r agenttest.Request) (any, error) {
		if r.Method == wire.MethodMediaOffer {
			return nil, wire.ErrOverloaded
		}
		return nil, nil
	}}
	g.Result.Agent.SkillGroups[0].Types = []wire.SessionType{wire.TypePhone}
	g.Result.Settings.WarmLeg = true
	s := serve(t, g)
	p := loadFragile(t, s)
	s.Emit(wire.Event{Session: &wire.Session{SessionID: "s1", Type: wire.TypePhone, State: wire.StateRinging}})
	p.AwaitTrue("harness.microphones.length && harness.peers.length")
	p.Run("void (window.held = [harness.peers.length, harness.microphones.length])")
	s.Emit(agenttest.Named("break", wire.SessionRef{}))
	p.Await("error", "code", wire.ErrProgram.Code)
	p.AwaitTrue("harness.peers.slice(0, held[0]).every((pc) => pc.connectionState === 'closed')")
	p.AwaitTrue("harness.microphones.slice(0, held[1]).every((m) => m.readyState === 'ended')")
	p.Await("connectionChanged", "state", "connected")
}

func TestProgramDoesNotLoad(t *testing.T) {
	g := &agenttest.Gateway{Result: chatAgent()}
	var broken atomic.Int32
	broken.Store(2)
	server, _ := g.Serve(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, ".wasm") && broken.Add(-1) >= 0 {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		web.Handler().ServeHTTP(w, r)
	}))
	t.Cleanup(func() { g.Cut(); server.Close() })
	p := harness.Blank(t)
	p.AllowError("CORS") // an answer of something in between
	p.AllowError("ERR_FAILED")
	p.Load(server.URL+"/sdk/tcccSdk.js?token=t1", nil)
	p.Run("void (window.early = harness.caught(tccc.Call.hold({sessionId: 's1'})))")
	assert.EqualValues(t, wire.ErrLoad.Code,
		harness.Eval[float64](p, "harness.next('error', {code: 1007}, 5000).then((e) => e.data.code)"))
	p.Await("ready")
	assert.Nil(t, harness.Eval[harness.Outcome](p, "early").Rejected, "a call that waited is done after all")
}

func TestUnsupportedBrowser(t *testing.T) {
	s := serve(t, &agenttest.Gateway{Result: chatAgent()})
	p := harness.Blank(t)
	p.Run("void (WebAssembly.compileStreaming = undefined)")
	p.Load(s.sdkURL("token=t1"), nil)
	p.Await("error", "code", wire.ErrUnsupportedBrowser.Code)
	assert.False(t, harness.Eval[bool](p, "tccc.Devices.isBrowserSupported() || tccc.Devices.isEnvSupported()"))
	assert.Equal(t, wire.ErrUnsupportedBrowser.Code, p.Fail("tccc.Devices.getMicrophones()").Code)
	p.Run("tccc.UI.hide(), tccc.overrideButtonConfig(() => {}), void tccc.Agent.online()")
	assert.Equal(t, "offline", harness.Eval[string](p, "tccc.Agent.getStatus()"))
	p.Run("document.getElementById('tcccSdkDomRoot').remove()")
}

// TestEvaluated is a loader that fetches the script and evaluates it: there is
// no current script, and no load event to wait for.
func TestEvaluated(t *testing.T) {
	s := serve(t, &agenttest.Gateway{Result: chatAgent()})
	p := harness.Blank(t)
	p.Run(`fetch(%s).then((r) => r.text()).then((text) => {
		const tag = document.createElement('script');
		tag.type = 'text/plain';
		tag.src = %[1]s;
		document.body.appendChild(tag);
		(0, eval)(text);
		harness.record();
	})`, s.sdkURL("sdkAppId=1400000001&token=t9"))
	assert.Equal(t, "free", p.Await("ready").Status)
	assert.Equal(t, "t9", s.Logins()[0].Token)
}

// TestScriptInHead runs before there is a body.
func TestScriptInHead(t *testing.T) {
	s := serve(t, &agenttest.Gateway{Result: chatAgent()})
	site := harness.CustomerSite()
	p := harness.NewPage(t, site.Origin+site.Page(`<!doctype html><head><script src="`+s.sdkURL("token=t1")+`"></script>
		<script>window.early = [document.body, typeof tccc.on, tccc.Agent.getStatus()]; harness.record()</script></head><body><p>page</p></body>`, ""))
	assert.Equal(t, []any{nil, "function", "offline"}, harness.Eval[[]any](p, "early"))
	p.Await("ready")
	assert.True(t, harness.Eval[bool](p, "document.getElementById('tcccSdkDomRoot').parentNode === document.body"))
	p.Run("document.body.removeChild(document.getElementById('tcccSdkDomRoot')) && undefined")
	s.await(t, "no logout", func() bool { return s.Logouts() == 1 })
}

// TestNetworkComesBack cuts the socket: a command that is given meanwhile is
// carried out once.
func TestNetworkComesBack(t *testing.T) {
	s := serve(t, &agenttest.Gateway{Result: chatAgent()})
	p := load(t, s)
	p.Do("tccc.Agent.setStatus({status: 'free'})") // the program has taken over
	s.Cut()
	p.Await("connectionChanged", "state", "reconnecting")
	p.Do("tccc.Call.hold({sessionId: 's1'})")
	p.Await("connectionChanged", "state", "connected")
	assert.Len(t, s.Requests(wire.MethodCallHold), 1)
	assert.NotNil(t, s.Logins()[1].Resume)
	assert.Equal(t, []string{"ready"}, p.Names())
}

// TestReload continues the login of the tab.
func TestReload(t *testing.T) {
	s := serve(t, &agenttest.Gateway{Result: chatAgent()})
	p := load(t, s)
	s.Emit(agenttest.Named(wire.EventTransfer, wire.SessionRef{SessionID: "s1"}))
	p.Await("transfer")
	p.Navigate(harness.Eval[string](p, "location.href"))
	p.Load(s.sdkURL("sdkAppId=1400000001&token=t2&userid=agent1%40demo"), nil)
	p.Await("ready")
	logins := s.Logins()
	require.Len(t, logins, 2)
	require.NotNil(t, logins[1].Resume)
	assert.EqualValues(t, 1, logins[1].Resume.Seq)
	assert.Equal(t, logins[0].TabID, logins[1].TabID)
	assert.Zero(t, s.Logouts())
}

// TestListeners is what real pages do with on and off.
func TestListeners(t *testing.T) {
	s := serve(t, &agenttest.Gateway{Result: chatAgent()})
	p := load(t, s)
	p.AllowError("thrown on purpose")
	p.AllowError("is not a function")
	got := harness.Eval[[]string](p, `new Promise((done) => {
		const seen = [];
		const twice = () => seen.push('twice');
		const self = () => { seen.push('self'); tccc.off('x', self); tccc.off('x', gone); };
		const gone = () => seen.push('gone');
		tccc.on('x', () => { throw new Error('thrown on purpose'); });
		tccc.on('x', twice);
		tccc.on('x', twice);
		tccc.on('x', self);
		tccc.on('x', gone);
		tccc.on('x', undefined);
		tccc.timer.emitter.once('x', () => seen.push('once'));
		tccc.timer.emitter.emit('x', {});
		seen.push('|');
		tccc.off('x', twice);
		tccc.timer.emitter.emit('x', {});
		seen.push('|');
		tccc.timer.emitter.removeAllListeners('x');
		seen.push(String(tccc.timer.emitter.emit('x', {})));
		for (let i = 0; i < 1000; i++) tccc.on('x', () => seen.length < 11 && seen.push('many'));
		tccc.timer.emitter.emit('x', {});
		done(seen);
	})`)
	assert.Equal(t, []string{"twice", "twice", "self", "once", "|", "twice", "|", "false", "many", "many", "many"}, got)
	assert.Len(t, p.Names(), 1)
}

// TestInterfaceMethodsBeforeReady are remembered, and buttons are the page's choice.
func TestInterfaceMethodsBeforeReady(t *testing.T) {
	s := serve(t, &agenttest.Gateway{Result: chatAgent()})
	p := harness.Blank(t)
	p.Run(`void (harness.onload = () => {
		tccc.UI.hidefloatButton();
		tccc.UI.hideWorkbench();
		tccc.overrideButtonConfig((config) => {
			window.config = config;
			return { active: config.active.filter((b) => b.type !== 'holdToggle') };
		});
	})`)
	p.Load(s.sdkURL("token=t1"), nil)
	p.Await("ready")
	p.AwaitTrue("window.config")
	types := harness.Eval[[]string](p, "config.active.map((b) => b.type)")
	for _, name := range []string{"transferSeat", "transferSkillGroup", "holdToggle", "forwardOut", "showKeyboard",
		"selfService", "mute"} {
		assert.Contains(t, types, name)
	}
	p.AllowError("thrown on purpose")
	p.Run("tccc.overrideButtonConfig(() => { throw new Error('thrown on purpose') })")
	p.AwaitError("thrown on purpose")
}

// TestStrangeOptions gives every method what it does not expect.
func TestStrangeOptions(t *testing.T) {
	s := serve(t, &agenttest.Gateway{Result: chatAgent()})
	p := load(t, s)
	n := harness.Eval[[]int](p, `(async () => {
		const circle = {}; circle.circle = circle;
		const odd = [undefined, null, 0, NaN, '', 'x', true, [], [1], {}, () => {}, Symbol('s'), 10n, circle,
			{ sessionId: {} }, { sessionId: 'x'.repeat(1e6) }, { get sessionId() { throw new Error('no'); } }, new Proxy({}, {})];
		let rejected = 0, methods = 0;
		for (const ns of ['Call', 'Chat', 'Video']) {
			for (const name of Object.keys(tccc[ns])) {
				methods++;
				for (const options of odd) {
					try {
						await tccc[ns][name](options);
						throw new Error(ns + '.' + name + ' took ' + String(options));
					} catch (e) {
						if (e.status !== 'error' || !e.code || !e.errorMsg) throw e;
						rejected++;
					}
				}
			}
		}
		return [methods, rejected];
	})()`)
	assert.GreaterOrEqual(t, n[0], 24, "methods")
	assert.Equal(t, n[0]*18, n[1], "rejections")
	for _, r := range s.Requests("") {
		assert.Equal(t, wire.MethodQueues, r.Method, "the workbench's own, and nothing else")
	}
	assert.Equal(t, "free", harness.Eval[string](p, "tccc.Agent.getStatus()"))
}

// TestFlat makes many calls and events: nothing may grow.
func TestFlat(t *testing.T) {
	s := serve(t, &agenttest.Gateway{Result: chatAgent()})
	p := load(t, s)
	round := func() (stats struct{ Values, Functions, Goroutines, Memory, Pending int }) {
		for range 20 {
			s.Emit(agenttest.Named(wire.EventSessionUpdated, wire.SessionRef{SessionID: "s1"}))
		}
		p.Run(`(async () => { for (let i = 0; i < 200; i++) await tccc.Call.hold({ sessionId: 's' + i }); })()`)
		p.AwaitTrue("tccc.timer.stats().collections > (window.collections || 0)") // it collects when it is quiet
		p.Run("void (window.collections = tccc.timer.stats().collections)")
		return harness.Eval[struct{ Values, Functions, Goroutines, Memory, Pending int }](p, "tccc.timer.stats()")
	}
	round()
	before := round()
	round()
	round()
	after := round()
	t.Logf("before %+v, after %+v", before, after)
	assert.Equal(t, before.Functions, after.Functions)
	assert.LessOrEqual(t, after.Goroutines, before.Goroutines+2)
	assert.Equal(t, before.Memory, after.Memory)
	assert.Less(t, after.Values, before.Values+200)
	assert.Zero(t, after.Pending)
}
