package hostile

import (
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"

	"tccc/internal/apidoc"
	"tccc/test/harness"
)

// option is an option of a method, and what kind of thing it is.
type option struct {
	Name, Kind string
}

// asked is a method that takes options: those below, in a call that the gateway
// or the door refuses however well each of them is read.
type asked struct {
	Options []option
	Refused string // a call that changes nothing
	Empty   bool   // what is empty, or left out, is not refused: it is the default
}

var (
	session  = asked{[]option{{"sessionId", "text"}}, "{sessionId: 'nobody'}", false}
	transfer = asked{[]option{{"sessionId", "text"}, {"skillGroupId", "text"}, {"userId", "text"}},
		"{sessionId: 'nobody', userId: 'x'}", false}
	outbound = asked{[]option{
		{"phoneNumber", "text"}, {"phoneDesc", "text"}, {"uui", "text"}, {"skillGroupId", "text"},
		{"callerPhoneNumber", "text"}, {"servingNumberGroupIds", "texts"}, {"phoneEncodeType", "text"},
	}, "{phoneNumber: '138****8000'}", false}
	device = asked{[]option{{"deviceId", "text"}}, "{deviceId: 'nobody'}", true}
)

func on(refused string, more ...option) asked {
	return asked{append([]option{{"sessionId", "text"}}, more...), refused, false}
}

// askedMethods are the methods that give a promise and need options.
var askedMethods = map[string]asked{
	"callOut":                outbound,
	"Agent.setStatus":        {[]option{{"status", "text"}, {"restReason", "text"}}, "{status: 'nonsense'}", false},
	"Agent.setServerType":    {[]option{{"serverType", "text"}}, "{serverType: 'nonsense'}", false},
	"Call.startOutboundCall": outbound,
	"Call.accept":            session,
	"Call.hungUp":            session,
	"Call.end":               session,
	"Call.deleteCall":        session,
	"Call.muteMic":           session,
	"Call.unmuteMic":         session,
	"Call.isMicMuted":        session,
	"Call.hold":              session,
	"Call.unHold":            session,
	"Call.sendDigits":        on("{sessionId: 'nobody', dtmfText: '1'}", option{"dtmfText", "text"}),
	"Call.transfer":          transfer,
	"Call.startInternalCall": {[]option{{"calleeUserId", "text"}, {"useMobile", "flag"}}, "{calleeUserId: 'nobody'}",
		false},
	"Call.consult": on("{sessionId: 'nobody', userId: 'x'}", option{"userId", "text"},
		option{"skillGroupId", "text"}, option{"phoneNumber", "text"}),
	"Call.kick": on("{sessionId: 'nobody', userId: 'x'}", option{"userId", "text"},
		option{"phoneNumber", "text"}),
	"Call.completeTransfer": session,
	"Call.cancelConsult":    session,
	"Call.conference":       session,
	"Call.listen":           session,
	"Call.whisper":          session,
	"Call.barge":            session,
	"Chat.accept":           session,
	"Chat.end":              session,
	"Chat.transfer":         transfer,
	"Chat.sendCardMessage":  on("{sessionId: 'nobody', payload: {header: 'h', desc: 'd', pic: 'http://a', url: 'http://b'}}", option{"payload", "thing"}),
	"Chat.sendOrderMessage": on("{sessionId: 'nobody', payload: {name: 'n'}}", option{"payload", "thing"}),
	"Chat.sendMessage":      on("{sessionId: 'nobody', text: 'x'}", option{"text", "text"}),
	"Chat.sendFile": on("{sessionId: 'nobody', file: new Blob(['x'])}", option{"file", "file"},
		option{"name", "text"}),
	"Chat.getMessages": on("{sessionId: 'nobody'}", option{"before", "count"}, option{"after", "count"},
		option{"limit", "count"}),
	"Chat.markRead":             session,
	"Chat.setTyping":            on("{sessionId: 'nobody', typing: true}", option{"typing", "flag"}),
	"Video.accept":              session,
	"Video.end":                 session,
	"Video.muteMic":             session,
	"Video.unmuteMic":           session,
	"Video.muteVideo":           session,
	"Video.unmuteVideo":         session,
	"Video.startScreenShare":    session,
	"Video.stopScreenShare":     session,
	"Video.transfer":            transfer,
	"Video.getStreams":          session,
	"Devices.setCamera":         device,
	"Devices.setMicrophone":     device,
	"Devices.setSpeaker":        device,
	"Devices.setRingtoneDevice": device,
	"Devices.testSpeaker":       device,
	"Devices.testRingtone":      device,
	"Devices.testMicrophone": {[]option{{"deviceId", "text"}, {"seconds", "seconds"}, {"onLevel", "callback"}},
		"{deviceId: 'nobody'}", true},
	"UI.mount": {[]option{{"renderDomId", "text"}}, "{renderDomId: 'nobody'}", true},
}

// freely are the methods that give a promise and need no options: whatever they
// are given, they settle.
var freely = []string{
	"Agent.online", "Agent.takeOver", "Agent.getColleagues", "Agent.getServerType", "Devices.getMicrophones",
	"Devices.getSpeakers", "Devices.getCameras", "Devices.getSelected", "Devices.stopTest", "Devices.check",
	"Admin.getSkillGroups", "UI.setLanguage", "getDiagnostics", "Agent.offline",
}

// synchronous answer at once, and never throw.
var synchronous = []string{
	"on", "off", "overrideButtonConfig", "Agent.getStatus", "Agent.isOwner", "UI.show", "UI.hide", "UI.showfloatButton",
	"UI.hidefloatButton", "UI.showWorkbench", "UI.hideWorkbench", "Devices.isBrowserSupported",
	"Devices.isEnvSupported", "timer.emitter.on", "timer.emitter.addListener", "timer.emitter.once",
	"timer.emitter.off", "timer.emitter.removeListener", "timer.emitter.removeAllListeners", "timer.emitter.emit",
	"timer.emitter.listeners",
	"timer.emitter.listenerCount",
}

// hostileValues is an expression that makes them anew: some can be used once.
// A value that is not of the kind an option is for is refused by name; others
// are read, and refused for what they say.
const hostileValues = `({
	undefined, null: null, fraction: 1.5, NaN, infinity: Infinity, integer: 7, negative: -1, rounded: 2 ** 60, boolean: false, empty: '',
	text: 'nobody', NUL: '\u0000', surrogate: '\ud800', markup: '<img src=x onerror=alert(1)>', path: '../../etc/passwd',
	long: 'x'.repeat(100000), huge: 'x'.repeat(1000000), array: [{}], list: [], object: { a: 1 }, function: () => 1, symbol: Symbol('x'), bigint: 10n,
	date: new Date(0), 'no date': new Date(NaN), element: document.body, window, boxed: Object(Symbol('x')), regexp: /x/, promise: Promise.resolve(1),
	'a getter that throws': { get a() { throw new Error('getter'); } }, 'toJSON that throws': { toJSON() { throw new Error('toJSON'); } },
	'toJSON that is none': { toJSON: 1 }, cyclic: (() => { const o = {}; o.o = o; return o; })(), deep: (() => { let o = {}; for (let i = 0; i < 20000; i++) o = { o }; return o; })(),
	'a proxy that throws': new Proxy({}, { get() { throw new Error('get'); }, ownKeys() { throw new Error('keys'); }, has() { throw new Error('has'); } }),
	'a proxy that throws nothing': new Proxy({}, { get() { throw undefined; } }),
	revoked: (() => { const r = Proxy.revocable({}, {}); r.revoke(); return r.proxy; })(),
	'a foreign object': document.body.appendChild(document.createElement('iframe')).contentWindow.eval('({a: [1]})'),
})`

// theTrial tries them in the page and gives what was not as it should be.
const theTrial = `(() => {
	window.faults = [];
	addEventListener('error', (e) => faults.push('an error: ' + e.message));
	addEventListener('unhandledrejection', (e) => faults.push('not handled: ' + String(e.reason)));
	const values = () => { const all = ` + hostileValues + `; document.querySelectorAll('iframe').forEach((f) => f.remove()); return Object.entries(all); };
	const nothing = ['undefined', 'null', 'NaN', 'infinity', 'function', 'symbol', 'no date'];
	const unreadable = ['bigint', 'window', 'a getter that throws', 'toJSON that throws', 'cyclic', 'deep', 'a proxy that throws', 'a proxy that throws nothing', 'revoked'];
	const objects = ['array', 'list', 'object', 'element', 'boxed', 'regexp', 'promise', 'toJSON that is none', 'a foreign object'];
	const wrong = {
		text: ['fraction', 'rounded', 'boolean', ...objects],
		texts: ['fraction', 'integer', 'negative', 'rounded', 'boolean', 'empty', 'text', 'path', 'date', ...objects.filter((o) => o !== 'list')],
		flag: ['fraction', 'integer', 'negative', 'rounded', 'empty', 'text', 'NUL', 'path', 'date', ...objects],
		count: ['fraction', 'negative', 'boolean', 'empty', 'text', 'path', 'date', ...objects],
		seconds: ['negative', 'boolean', 'empty', 'text', 'path', 'date', ...objects],
		thing: ['fraction', 'integer', 'negative', 'boolean', 'empty', 'text', 'path', 'date', 'array', 'list'],
		file: ['fraction', 'integer', 'negative', 'boolean', 'empty', 'text', 'path', 'array', 'list', 'object', 'element', 'date', 'regexp', 'promise', 'function', 'symbol', 'undefined'],
		callback: ['integer', 'boolean', 'text', 'array', 'object', 'date'],
	};
	const at = (member) => member.split('.').reduce((o, k) => o[k], tccc);
	const settled = async (member, what, known, args, judge) => {
		let r;
		try {
			r = at(member)(...args);
		} catch (e) {
			return member + '(' + what + ') throws ' + e;
		}
		try {
			await r;
			return judge(null);
		} catch (e) {
			if (!(e instanceof Error) || e.status !== 'error' || !e.errorMsg || !e.name || !e.remedy) return member + '(' + what + ') is rejected with ' + JSON.stringify(e);
			if (known && !known.includes(e.code)) return member + '(' + what + ') is rejected with ' + e.name + ', which is not documented';
			return judge(e);
		}
	};
	window.refusesAll = async (member, asked, known) => {
		const all = [], say = (what, e, text) => member + '(' + what + ') ' + text + (e ? ', but says ' + e.field + ': ' + e.errorMsg : '');
		const base = () => (0, eval)('(' + asked.Refused + ')');
		all.push(await settled(member, asked.Refused, known, [base()], (e) => !e && say(asked.Refused, e, 'is fulfilled')));
		for (const { Name, Kind } of asked.Options) {
			all.push(...await Promise.all(values().map(([kind, value]) => {
				const what = '{' + Name + ': ' + kind + '}';
				const isNothing = nothing.includes(kind) && !(Kind === 'callback' && kind === 'function');
				const must = unreadable.includes(kind) && Kind !== 'callback' || wrong[Kind].includes(kind) ||
					isNothing && !asked.Empty && Name in base() && asked.Options[0].Name === Name;
				return settled(member, what, known, [Object.assign(base(), { [Name]: value })], (e) => {
					if (!e) return !(asked.Empty && (isNothing || kind === 'empty')) && say(what, e, 'is fulfilled');
					if (must && !(e.field === Name || String(e.field).startsWith(Name + '.'))) return say(what, e, 'must name ' + Name);
					return false;
				});
			})));
			all.push(await settled(member, 'a getter ' + Name, known, [Object.defineProperty(base(), Name, { enumerable: true, get() { throw new Error('getter'); } })],
				(e) => (!e || e.field !== Name) && say('a getter ' + Name, e, 'must name ' + Name)));
		}
		const whole = values().filter(([kind]) => !asked.Empty || unreadable.includes(kind));
		all.push(...await Promise.all(whole.map(([kind, value]) => settled(member, kind, known, [value], (e) => !e && !asked.Empty && say(kind, e, 'is fulfilled')))));
		return all.filter(Boolean);
	};
	window.settlesAll = async (member, known) => {
		const all = await Promise.all(values().map(([kind, value]) => settled(member, kind, known, [value], () => false)));
		return all.filter(Boolean);
	};
	window.membersOf = (o, path) => Object.entries(o).flatMap(([key, v]) => typeof v === 'function' ? [path + key] : typeof v === 'object' && v ? membersOf(v, path + key + '.') : []);
})()`

// TestMethods gives what nobody should to every method that gives a promise:
// each is rejected with an error that is documented for it and names the option,
// nothing changes, and a call works afterwards. The methods are those of the
// live object: none can be left out.
func TestMethods(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	p := harness.Agent(t, g, "agent1@demo")
	p.Run("void " + theTrial)
	tried := append(slices.Collect(maps.Keys(askedMethods)), append(slices.Clone(freely), synchronous...)...)
	assert.ElementsMatch(t, harness.Eval[[]string](p, "membersOf(tccc, '')"), tried)

	for _, member := range slices.Sorted(maps.Keys(askedMethods)) {
		t.Run(member, func(t *testing.T) {
			assert.Empty(t, harness.Eval[[]string](p, "refusesAll(%s, %s, %s)", member, askedMethods[member],
				documented(member)))
		})
	}
	// of a test with the default one
	changes := slices.DeleteFunc(p.Names(), func(name string) bool { return name == "microphoneLevel" })
	assert.Equal(t, []string{"ready"}, changes, "nothing has changed")
	assert.Equal(t, "free", harness.Eval[string](p, "tccc.Agent.getStatus()"))
	assert.Empty(t, g.PhoneCalls(t))
	assert.Equal(t, "SessionNotFound", p.Fail("tccc.Call.accept({sessionId: 12})").Name, "an integer is its digits")
	works(t, g, p)

	for _, member := range freely {
		t.Run(member, func(t *testing.T) {
			assert.Empty(t, harness.Eval[[]string](p, "settlesAll(%s, %s)", member, documented(member)))
		})
	}
	p.Do("tccc.Agent.online()")
	p.AwaitTrue("tccc.Agent.getStatus() === 'free'")
	assert.Empty(t, harness.Eval[[]string](p, "faults"))
	works(t, g, p)
}

// documented are the codes of the errors that the page of a method lists.
func documented(member string) (codes []int) {
	for _, e := range apidoc.Fails(member) {
		codes = append(codes, e.Code)
	}
	return codes
}
