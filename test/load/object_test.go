// Package load tests how pages load the SDK: what is there at which time,
// under which identity, policy and browser, and how it is unloaded.
package load

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/test/harness"
	"tccc/wire"
)

func TestMain(m *testing.M) { harness.Main(m) }

// methods are every method of the documented object, by namespace; "" is the object itself.
var methods = map[string][]string{
	"": {"on", "off", "overrideButtonConfig", "callOut"},
	"Call": {"startOutboundCall", "accept", "hungUp", "deleteCall", "muteMic", "unmuteMic", "isMicMuted",
		"startInternalCall", "transfer", "hold", "unHold", "sendDigits"},
	"Chat":    {"accept", "end", "transfer", "sendCardMessage", "sendOrderMessage"},
	"Video":   {"accept", "end", "muteMic", "unmuteMic", "muteVideo", "unmuteVideo", "transfer"},
	"Agent":   {"online", "offline", "setStatus", "getStatus"},
	"Devices": {"isBrowserSupported", "getMicrophones", "getSpeakers", "isEnvSupported"},
	"UI":      {"hide", "show", "showfloatButton", "hidefloatButton", "showWorkbench", "hideWorkbench"},
	"Admin":   {"getSkillGroups"},
}

// TestObject looks at the object in the load handler of the script, before
// the program can be there.
func TestObject(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	p := harness.Blank(t)
	p.Run(`void (harness.onload = () => {
		const own = Object.getOwnPropertyDescriptor(window, 'tccc');
		const root = document.getElementById('tcccSdkDomRoot');
		const expected = %s;
		window.found = {
			missing: Object.keys(expected).flatMap((ns) => expected[ns].filter((m) => typeof (ns ? tccc[ns] : tccc)[m] !== 'function').map((m) => ns + '.' + m)),
			bare: tccc === window.tccc,
			own: !!own && own.writable && own.configurable,
			events: Object.keys(tccc.events).map((k) => k + '=' + tccc.events[k]),
			emitter: ['on', 'off', 'once', 'emit', 'removeListener', 'removeAllListeners'].filter((m) => typeof tccc.timer.emitter[m] !== 'function'),
			root: !!root && root === document.querySelector("t3c-sdk[id='tcccSdkDomRoot']") && root.parentNode === document.body,
			status: tccc.Agent.getStatus(),
			supported: tccc.Devices.isBrowserSupported(),
			environment: tccc.Devices.isEnvSupported(),
			quiet: [tccc.UI.hidefloatButton(), tccc.UI.showWorkbench(), tccc.overrideButtonConfig((c) => c)].every((v) => v === undefined),
			printable: JSON.stringify(Object.keys(Object.assign({}, tccc.Agent))),
		};
	})`, methods)
	p.Load(g.Login(t, "agent1@demo").SDKURL, map[string]string{"crossorigin": "anonymous"})
	found := harness.Eval[struct {
		Missing     []string
		Bare, Own   bool
		Events      []string
		Emitter     []string
		Root        bool
		Status      string
		Supported   bool
		Environment bool
		Quiet       bool
	}](p, "found")
	assert.Empty(t, found.Missing, "methods")
	assert.True(t, found.Bare && found.Own, "tccc is an own property that pages can write and delete")
	for _, name := range wire.EventNames {
		assert.Contains(t, found.Events, name+"="+name)
	}
	assert.Empty(t, found.Emitter, "timer.emitter")
	assert.True(t, found.Root, "the DOM root is a child of body")
	assert.Equal(t, "offline", found.Status)
	assert.True(t, found.Supported)
	assert.True(t, found.Environment)
	assert.True(t, found.Quiet, "UI methods are void")
	p.Await("ready")
}

// TestGlobals checks that the page's global object gets tccc and nothing else,
// and that what the page has under the names of wasm_exec.js stays its own.
func TestGlobals(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	p := harness.Blank(t)
	p.Load(g.Login(t, "agent1@demo").SDKURL, nil)
	p.Await("ready")
	assert.Equal(t, []string{"tccc"}, harness.Eval[[]string](p, "harness.globals()"))

	own := harness.Blank(t)
	own.Run(`void (window.process = { env: {}, mine: 1 }, window.fs = 'mine', window.Go = 'mine',
		Object.defineProperty(window, 'path', { value: 'mine' }))`)
	own.Load(g.Login(t, "agent2@demo").SDKURL, nil)
	own.Await("ready")
	assert.True(t, harness.Eval[bool](own, "process.mine === 1 && fs === 'mine' && Go === 'mine' && path === 'mine'"))
}

func TestListeners(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	p := harness.Blank(t)
	p.AllowError("thrown by a listener")
	p.Run(`void (harness.onload = () => {
		window.seen = [];
		const self = () => { seen.push('self'); tccc.off('ready', self); tccc.off(tccc.events.ready, victim); };
		const victim = () => seen.push('victim');
		tccc.on('ready', () => { seen.push('thrower'); throw new Error('thrown by a listener'); });
		tccc.on(tccc.events.ready, self);
		tccc.on(tccc.events.ready, victim);
		for (let i = 0; i < 1000; i++) tccc.on('ready', () => { window.many = (window.many || 0) + 1; });
		tccc.on('ready', () => seen.push('last ' + tccc.Agent.getStatus()));
		tccc.on('nonsense', () => seen.push('nonsense'));
		tccc.off('nonsense', () => {});
		window.order = 'load handler';
	})`)
	p.Load(g.Login(t, "agent1@demo").SDKURL, nil)
	p.Await("ready")
	p.AwaitTrue("seen.length >= 3")
	assert.Equal(t, []string{"thrower", "self", "last free"}, harness.Eval[[]string](p, "seen"))
	assert.Equal(t, 1000, harness.Eval[int](p, "many"))
	assert.True(t, harness.Eval[bool](p, "harness.events.find((e) => e.name === 'ready').at >= harness.loaded"),
		"ready comes after the load handlers")

	// Replayed once, asynchronously, to late listeners, and to nobody else.
	p.Run(`void (window.late = 0, tccc.on('ready', () => { window.late++; }), window.sync = window.late)`)
	p.AwaitTrue("late === 1")
	assert.Equal(t, 0, harness.Eval[int](p, "sync"))
	p.Do("tccc.Agent.setStatus({status: 'notReady'})")
	p.Await("statusChanged", "status", "notReady")
	assert.Equal(t, 1, harness.Eval[int](p, "late"))
	ready := 0
	for _, name := range p.Names() {
		if name == "ready" {
			ready++
		}
	}
	require.Equal(t, 1, ready)

	// Payloads are flat and also under data, and can be printed.
	p.Run(`void tccc.on('statusChanged', (e) => { window.payload = [e.status, e.data.status, JSON.parse(JSON.stringify(e)).data.data]; })`)
	p.Do("tccc.Agent.setStatus({status: 'free'})")
	p.AwaitTrue("window.payload")
	assert.True(t, harness.Eval[bool](p, "payload[0] === 'free' && payload[1] === 'free' && payload[2] === undefined"))

	// The emitter that one front end reaches for is the same one.
	p.Run(`void (tccc.on('statusChanged', () => { window.removed = true; }), tccc.timer.emitter.removeAllListeners('statusChanged'))`)
	p.Do("tccc.Agent.setStatus({status: 'rest'})")
	p.AwaitTrue("tccc.Agent.getStatus() === 'rest'")
	assert.True(t, harness.Eval[bool](p, "!window.removed"))
}
