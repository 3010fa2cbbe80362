package pages

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"tccc/test/harness"
)

func script(text string) string { return "<script>" + text + "</script>" }

// own is what pages put under names that the platform or the SDK uses.
var own = map[string]string{
	"var":                   script("var tccc;"),
	"var with null":         script("window.tccc = null; var tccc = null; function phone() { return tccc; }"),
	"let":                   script("let tccc;"),
	"function":              script("function tccc() {}"),
	"ids":                   `<body><a id="fs"></a><a id="process"></a><a id="path"></a><a id="Go"></a><a id="tcccHost"></a><a id="tccc"></a><iframe name="process"></iframe>`,
	"variables":             script("const fs = {}, process = { env: {} }, path = 'x'; class Go { constructor() { this.mine = 1; } }"),
	"frozen":                script("['fs', 'process', 'path', 'Go', 'Buffer', 'global'].forEach((k) => Object.defineProperty(window, k, { value: Object.freeze({}) }));"),
	"Map and Set":           script("function Map() { this.elements = []; this.put = function () {}; } function Set() { this.items = {}; }"),
	"Symbol":                script("window.Symbol = function () { return 'mine'; };"),
	"Event, Node and so on": script("function Event() {} function Node(v) { this.v = v; } function Element() {} function Request() {} function Response() {} function Notification() {}"),
	"descriptors": script("Object.prototype.get = function (k) { return this[k]; }; Object.prototype.set = function () {};" +
		"Object.prototype.value = 1; Object.prototype.writable = false; Object.prototype.enumerable = true; Object.prototype.configurable = false;"),
	"toJSON":             script("Array.prototype.toJSON = function () { return '[' + this.map((x) => JSON.stringify(x)).join(', ') + ']'; };"),
	"enumerable members": script("Array.prototype.remove = function () {}; Object.prototype.extendWith = function () {}; String.prototype.trim2 = function () {};"),
	"Prototype 1.6": script(`Array.prototype.toJSON = function () { return '[' + this.join() + ']'; }; String.prototype.toJSON = function () { return '"' + this + '"'; };
		Array.prototype.entries = Array.prototype.toArray = function () { return this.slice(); };
		Array.from = function (it) { if (!it) return []; if (it.toArray) return it.toArray(); var n = it.length || 0, r = new Array(n); while (n--) r[n] = it[n]; return r; };
		Function.prototype.bind = function () { var m = this, a = [].slice.call(arguments), o = a.shift(); return function () { return m.apply(o, a.concat([].slice.call(arguments))); }; };`),
	"a Promise without finally": script(`(function () { var N = window.Promise; function P(f) { this.p = new N(f); }
		P.prototype.then = function (a, b) { var p = this.p; return new P(function (ok, no) { p.then(a, b).then(ok, no); }); };
		P.prototype.catch = function (b) { return this.then(undefined, b); };
		P.resolve = function (v) { return new P(function (ok) { ok(v); }); }; P.reject = function (v) { return new P(function (ok, no) { no(v); }); };
		P.all = function (l) { return new P(function (ok, no) { N.all(l).then(ok, no); }); }; window.Promise = P; })();`),
	"console without methods": script("window.console = {};"),
	"console that throws":     script(`["log", "warn", "error", "info", "debug"].forEach(function (k) { console[k] = function () { throw new Error("off"); }; });`),
	"frozen prototypes":       script("Object.freeze(Object.prototype); Object.freeze(Array.prototype); Object.freeze(Function.prototype); Object.freeze(Error.prototype); Error.stackTraceLimit = 0;"),
	"AMD and CommonJS": script(`window.define = function () { throw new Error("define"); }; define.amd = {}; window.module = { exports: {} };
		window.exports = module.exports; window.require = function () { throw new Error("require"); };`),
}

// libraries are those that change the platform.
var libraries = map[string]string{
	"bluebird": "bluebird/js/browser/bluebird.js", "core-js": "core-js-bundle/index.js",
	"es6-promise": "es6-promise/dist/es6-promise.js", "zone.js": "zone8/dist/zone.js",
	"SES": "ses/dist/lockdown.umd.js",
}

// TestOwnNames walks the whole way on each of these pages: log in, call with
// options that are lists, hear, hang up, be refused.
func TestOwnNames(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	heads := map[string]string{}
	for name, head := range own {
		heads[name] = head
	}
	for name, file := range libraries {
		heads[name] = fmt.Sprintf(`<script src="%s"></script><script>if (window.P) Promise = P; if (window.ES6Promise) Promise = ES6Promise.Promise; if (window.lockdown) lockdown();</script>`, packaged(t, file))
	}
	for name, head := range heads {
		t.Run(name, func(t *testing.T) {
			s, body := beside(t), ""
			if rest, inBody := strings.CutPrefix(head, "<body>"); inBody {
				head, body = "", rest
			}
			p := agentAt(t, g, s.user, head, body)
			p.Run("(async () => { const r = await tccc.Call.startOutboundCall({phoneNumber: '10086', servingNumberGroupIds: []}); window.session = r.data.sessionId; })()")
			p.Await("calloutAccepted")
			p.Hears(harness.PhoneTone)
			p.Run("(async () => { await tccc.Call.hungUp({sessionId: session}); })()")
			p.Await("sessionEnded")
			p.Run("(async () => { try { await tccc.Agent.setStatus({status: 'nonsense'}); } catch (e) { window.refused = [e.name, e.status, e instanceof Error]; } })()")
			assert.True(t, harness.Eval[bool](p,
				"refused[0] === 'InvalidStatus' && refused[1] === 'error' && refused[2]"))
			assert.True(t, harness.Eval[bool](p, "tccc === window.tccc && typeof tccc.on === 'function'"))
			p.Run("(async () => { window.groups = (await tccc.Admin.getSkillGroups()).length; })()")
			assert.Equal(t, 2, harness.Eval[int](p, "groups"))
		})
	}
}

// TestTakenName is a page that keeps the name for itself: it is told.
func TestTakenName(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	for name, head := range map[string]string{"constant": script("const tccc = { mine: 1 };"),
		"read-only": script("Object.defineProperty(window, 'tccc', { value: { on() {}, events: {} } });")} {
		t.Run(name, func(t *testing.T) {
			p := open(t, head, "")
			p.AllowError("tccc of its own")
			p.Load(g.Login(t, "agent1@demo").SDKURL, nil)
			p.AwaitError("tccc of its own")
		})
	}
}
