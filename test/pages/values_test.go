package pages

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"tccc/test/harness"
	"tccc/wire"
)

// TestCopies copies payloads and rejections in the ways that pages do.
func TestCopies(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	p := agent(t, g, "", "")
	p.Run(`void (window.got = {}, tccc.on('callIn', (e) => {
		const walk = (o, depth) => depth > 20 ? NaN : Object.getOwnPropertyNames(o).reduce((n, k) => n + (o[k] && typeof o[k] === 'object' ? walk(o[k], depth + 1) : 1), 0);
		got.id = e.sessionId;
		Object.entries({
			itself: () => e.data, spread: () => ({ ...e }).data, assign: () => Object.assign({}, e).data, JSON: () => JSON.parse(JSON.stringify(e)).data,
			clone: () => structuredClone(e).data, entries: () => new Map(Object.entries(e)).get('data'),
			'for in': () => { const o = {}; for (const k in e) o[k] = e[k]; return o.data; }, rest: () => { const { type, ...rest } = e; return rest.data; },
			walk: () => ({ sessionId: walk(e, 0) > 0 && walk(e, 0) < 100 ? e.sessionId : 'endless' }),
		}).forEach(([way, copy]) => { got[way] = copy().sessionId; });
		const channel = new MessageChannel();
		channel.port1.onmessage = (m) => { got.message = m.data.data.sessionId; };
		channel.port2.postMessage(e);
	}))`)
	g.Ring(t, "13800138000", "4001000001", "")
	p.Await("callIn")
	p.AwaitTrue("got.message")
	got := harness.Eval[map[string]string](p, "got")
	assert.Len(t, got, 11)
	for way, id := range got {
		assert.Equal(t, got["id"], id, way)
	}

	p.Run(`tccc.Call.accept({sessionId: 'nobody'}).catch((e) => { window.refused = { e, instance: e instanceof Error, text: String(e), kind: Object.prototype.toString.call(e),
		stack: e.stack.includes(e.message), copies: [structuredClone(e), { ...e }, JSON.parse(JSON.stringify(e))].map((c) => [c.code, c.errorMsg, c.name, c.message, c.status].join('|')) }; })`)
	assert.True(t, harness.Eval[bool](p,
		"refused.instance && refused.stack && refused.kind === '[object Error]' && refused.text === refused.e.name + ': ' + refused.e.message"))
	assert.True(t, harness.Eval[bool](p,
		"refused.copies.every((c) => c === [refused.e.code, refused.e.errorMsg, refused.e.name, refused.e.message, 'error'].join('|'))"))
	assert.Equal(t, wire.ErrSessionNotFound.Code, harness.Eval[int](p, "refused.e.code"))
}

// TestBadInput hands what cannot be read to everything that takes something.
func TestBadInput(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	p := agent(t, g, "", "")
	p.Run(`void (window.bad = {
		throwing: new Proxy({}, { get() { throw new Error('get'); }, ownKeys() { throw new Error('keys'); }, has() { throw new Error('has'); } }),
		'throwing nonsense': new Proxy({}, { get() { throw Object.create(null); } }),
		revoked: (() => { const r = Proxy.revocable({}, {}); r.revoke(); return r.proxy; })(),
		'a revoked function': (() => { const r = Proxy.revocable(function () {}, {}); r.revoke(); return r.proxy; })(),
		cyclic: (() => { const o = {}; o.o = o; return o; })(),
		deep: (() => { let o = {}; for (let i = 0; i < 20000; i++) o = { o }; return o; })(),
		bigint: { sessionId: 1n }, symbol: Symbol('s'), bare: Object.create(null), frozen: Object.freeze({ sessionId: Object.freeze([]) }),
		getter: { get sessionId() { throw new TypeError('getter'); }, get deviceId() { throw new TypeError('getter'); }, get file() { throw 0; } },
		foreign: document.body.appendChild(document.createElement('iframe')).contentWindow.eval('({sessionId: [1]})'),
		text: 'text', number: 7, list: [1], date: new Date(NaN), element: document.body, window,
	}, window.faults = [], window.addEventListener('error', (e) => faults.push(e.message)), window.addEventListener('unhandledrejection', (e) => faults.push(String(e.reason))))`)
	p.AllowError("is not a function")
	p.AllowError("not a function")
	p.AllowError("revoked")
	p.AllowError("Error: get")
	p.AllowError("tcccSdk.js") // what a choice of buttons threw
	seen := harness.Eval[[]string](p, `(async () => {
		const wrong = [];
		const settle = (what, f) => {
			try {
				const r = f();
				if (!r || !r.then || typeof r.on === 'function') return undefined;
				return r.then(() => {}, (e) => { if (!(e instanceof Error) || !e.code || !e.errorMsg) wrong.push(what + ' is rejected with ' + (e && e.message)); });
			} catch (e) {
				wrong.push(what + ' throws ' + (e && e.message));
			}
		};
		for (const [name, value] of Object.entries(bad)) {
			const all = [];
			for (const ns of ['Call', 'Chat', 'Video', 'Agent', 'UI', 'Admin', 'Devices']) {
				for (const m of Object.keys(tccc[ns])) {
					if (/^(testSpeaker|testRingtone|check|offline|online)$/.test(m)) continue;
					all.push(settle(ns + '.' + m + ' of ' + name, () => tccc[ns][m](value)));
				}
			}
			all.push(settle('on ' + name, () => tccc.on(value, value)), settle('off ' + name, () => tccc.off(value, value)));
			all.push(settle('ready ' + name, () => tccc.on('ready', value)), settle('callOut ' + name, () => tccc.callOut(value)));
			all.push(settle('choice ' + name, () => tccc.overrideButtonConfig(value)), settle('choice of ' + name, () => tccc.overrideButtonConfig(() => value)));
			for (const m of Object.keys(tccc.timer.emitter)) all.push(settle('emitter.' + m + ' ' + name, () => tccc.timer.emitter[m](value, value)));
			await Promise.all(all);
		}
		tccc.overrideButtonConfig(undefined);
		return wrong.concat(faults);
	})()`)
	assert.Empty(t, seen)
	r := p.Fail("tccc.Chat.sendFile(bad.getter)")
	assert.Equal(t, wire.ErrInvalidOptions.Code, r.Code)
	assert.Equal(t, wire.ErrInvalidOptions.Code, p.Fail("tccc.Call.accept(bad.revoked)").Code)
	p.Run("tccc.Agent.setStatus({status: 'rest'}).then(() => {})")
	p.Await("statusChanged", "status", "rest")
}
