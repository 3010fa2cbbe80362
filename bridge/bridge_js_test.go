package bridge

import (
	"context"
	"encoding/json"
	"strings"
	"syscall/js"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/agent"
	"tccc/internal/jsval"
	"tccc/wire"
)

// shell is a host object as web/sdk makes it, which records.
const shellSource = `(() => {
	const settled = new Map();
	const h = {
		root: document.createElement('t3c-sdk'),
		events: [],
		config: () => JSON.stringify({ sdkAppId: '14', token: 't', userId: 'a@demo', version: 'v', ui: { visible: true, floatButton: false, workbench: true } }),
		attach: (f) => { h.door = f; },
		event: (text) => { h.events.push(JSON.parse(text)); },
		turn: (done) => { Promise.resolve().then(() => h.turns++).then(done); },
		turns: 0,
		settle: (id, ok, text, raw) => {
			if (settled.has(id)) throw new Error('settled twice');
			settled.set(id, raw === undefined ? JSON.stringify([ok, JSON.parse(text)]) : JSON.stringify([ok, raw.map((v) => v.constructor.name)]));
			if (h.waiting) h.waiting();
		},
		get: (id) => settled.get(id),
		choose: undefined,
		buttons: (text) => h.choose && JSON.stringify(h.choose(JSON.parse(text))),
		connect: () => h.socket,
		greeting: () => h.came,
		join: (name) => { h.joined = name; },
		take: () => { h.taken = true; },
		ask: () => Promise.resolve(h.told),
		stored: '',
		kept: () => h.stored,
		keep: (text) => { h.stored = text; },
		device: () => h.profile,
	};
	return h;
})()`

func newShell(t *testing.T) js.Value {
	t.Helper()
	return js.Global().Call("eval", shellSource)
}

type core struct {
	idleCore
	closed, woken chan struct{}
	slept         bool
	owns          []bool
}

func (c *core) Ping(context.Context) (time.Duration, error)        { return time.Millisecond, nil }
func (c *core) CheckMedia(context.Context, string) (string, error) { return "", nil }
func (c *core) Close()                                             { close(c.closed) }

func (c *core) Wake() {
	select {
	case c.woken <- struct{}{}:
	default:
	}
}

func (c *core) Sleep()                      { c.slept = true }
func (c *core) SetOwner(own bool)           { c.owns = append(c.owns, own) }
func (c *core) Ready(context.Context) error { return wire.ErrMicDenied }

type devices struct{ DeviceControl }

func (devices) Microphones(context.Context) ([]js.Value, error) {
	return []js.Value{js.Global().Get("Object").New(), js.Global().Get("Date").New()}, nil
}

func (devices) Speakers(context.Context) ([]js.Value, error) { return nil, wire.ErrMicDenied }

// face records what the page wants.
type face struct {
	changes []Change
	buttons int

	languages []string
	mounted   []js.Value
}

func (f *face) Show(c Change)   { f.changes = append(f.changes, c) }
func (f *face) ButtonsChanged() { f.buttons++ }

func (f *face) SetLanguage(tag string) error {
	f.languages = append(f.languages, tag)
	return nil
}

func (f *face) Mount(element js.Value) error {
	f.mounted = append(f.mounted, element)
	return nil
}

func attach(t *testing.T) (*Bridge, js.Value, *core, *face) {
	t.Helper()
	before := jsval.Live()
	host := newShell(t)
	b, err := New(host)
	require.NoError(t, err)
	c, f := &core{closed: make(chan struct{}), woken: make(chan struct{}, 1)}, &face{}
	b.Attach(Parts{Core: c, Devices: devices{}, UI: f})
	t.Cleanup(func() {
		b.Close()
		assert.Equal(t, before, jsval.Live(), "functions are left")
	})
	return b, host, c, f
}

// answer waits until a promise is settled: whether it was fulfilled, and with what.
func answer(t *testing.T, host js.Value, id int) (ok bool, value map[string]any) {
	t.Helper()
	text := awaitAnswer(t, host, id)
	var both []json.RawMessage
	require.NoError(t, json.Unmarshal([]byte(text), &both))
	require.NoError(t, json.Unmarshal(both[0], &ok))
	require.NoError(t, json.Unmarshal(both[1], &value))
	return ok, value
}

func awaitAnswer(t *testing.T, host js.Value, id int) string {
	t.Helper()
	more := make(chan struct{}, 100)
	f := jsval.FuncOf(func(js.Value, []js.Value) any { more <- struct{}{}; return nil })
	defer f.Release()
	host.Set("waiting", f.Value)
	defer host.Set("waiting", js.Undefined())
	deadline := time.After(10 * time.Second)
	for {
		if v := host.Call("get", id); v.Type() == js.TypeString {
			return v.String()
		}
		select {
		case <-more:
		case <-deadline:
			t.Fatal("the promise was not settled")
		}
	}
}

func TestMethodsSettleOnce(t *testing.T) {
	b, host, _, _ := attach(t)
	assert.Equal(t, Config{SDKAppID: "14", Token: "t", UserID: "a@demo", Version: "v",
		UI: Shown{Visible: true, Workbench: true}}, b.Config())

	host.Call("door", 1, "Call.startOutboundCall", `{"phoneNumber":"10086"}`)
	ok, value := answer(t, host, 1)
	assert.True(t, ok)
	assert.Equal(t, "s1", value["sessionId"])
	assert.Equal(t, "s1", value["data"].(map[string]any)["sessionId"])

	host.Call("door", 2, "Call.accept", `{"sessionId":5.5}`)
	ok, value = answer(t, host, 2)
	assert.False(t, ok)
	assert.EqualValues(t, wire.ErrInvalidOptions.Code, value["code"])
	assert.Equal(t, "sessionId", value["field"])

	host.Call("door", 3, "Call.nonsense", ``)
	ok, value = answer(t, host, 3)
	assert.False(t, ok)
	assert.EqualValues(t, wire.ErrNotAvailableYet.Code, value["code"])

	host.Call("door", 4, "Devices.getMicrophones", ``)
	assert.JSONEq(t, `[true,["Object","Date"]]`, awaitAnswer(t, host, 4))
	host.Call("door", 5, "Devices.getSpeakers", ``)
	ok, value = answer(t, host, 5)
	assert.False(t, ok)
	assert.EqualValues(t, wire.ErrMicDenied.Code, value["code"])
}

func TestPanicIsARejectionAndAnEvent(t *testing.T) {
	_, host, _, _ := attach(t)
	host.Call("door", 1, "Call.hungUp", `{"sessionId":"s1"}`)
	ok, value := answer(t, host, 1)
	assert.False(t, ok)
	assert.EqualValues(t, wire.ErrProgram.Code, value["code"])
	event := host.Get("events").Index(0)
	assert.Equal(t, wire.EventError, event.Index(0).String())
	assert.Equal(t, wire.ErrProgram.Code, event.Index(1).Get("code").Int())
	assert.Equal(t, "error", event.Index(1).Get("status").String())
}

func TestEventsCrossAsOneText(t *testing.T) {
	b, host, _, _ := attach(t)
	b.Event(agent.Event{Name: "callIn", Data: json.RawMessage(`{"sessionId":"ü\"1"}`), Status: wire.StatusFree})
	b.Event(agent.Event{Name: "devicesChanged"})
	events := host.Get("events")
	require.Equal(t, 2, events.Length())
	assert.Equal(t, `["callIn",{"sessionId":"ü\"1"},"free"]`,
		js.Global().Get("JSON").Call("stringify", events.Index(0)).String())
	assert.Equal(t, `["devicesChanged",null,""]`, js.Global().Get("JSON").Call("stringify", events.Index(1)).String())
}

func TestWhatThePageWantsToSee(t *testing.T) {
	b, host, c, f := attach(t)
	host.Call("door", 0, "ui", `{"floatButton":false}`)
	require.Len(t, f.changes, 1)
	assert.Nil(t, f.changes[0].Visible)
	assert.False(t, *f.changes[0].FloatButton)
	host.Call("door", 0, "buttons", ``)
	assert.Equal(t, 1, f.buttons)

	all := []string{"mute", "holdToggle", "showKeyboard"}
	assert.Equal(t, all, b.Buttons(all))
	for source, want := range map[string][]string{
		`(c) => ({ active: c.active.filter((b) => b.type !== 'mute') })`:           {"holdToggle", "showKeyboard"},
		`(c) => ({ active: [{ type: 'mute' }, { type: 'mute' }, { type: 'x' }] })`: {"mute"},
		`(c) => ({ active: [] })`: {},
		`(c) => ({})`:             all,
		`(c) => ({ active: 7 })`:  all,
		`(c) => undefined`:        all,
	} {
		host.Set("choose", js.Global().Call("eval", source))
		assert.Equal(t, want, b.Buttons(all), source)
	}

	host.Call("door", 0, "wake", ``)
	<-c.woken
	host.Call("door", 0, "sleep", ``)
	assert.True(t, c.slept)
	host.Call("door", 0, "owner", `1`)
	host.Call("door", 0, "owner", ``)
	assert.Equal(t, []bool{true, false}, c.owns)
	var stats map[string]float64
	require.NoError(t, json.Unmarshal([]byte(host.Call("door", 0, "stats", ``).String()), &stats))
	assert.GreaterOrEqual(t, stats["functions"], 1.)
	host.Call("door", 0, "shutdown", ``)
	<-c.closed
}

// TestTabs asks the tab that has the audio, and is asked.
func TestTabs(t *testing.T) {
	b, host, _, _ := attach(t)
	host.Call("door", 7, "Agent.ready", ``)
	ok, value := answer(t, host, 7)
	assert.False(t, ok)
	assert.Equal(t, wire.ErrMicDenied.Name, value["name"])

	var tabs agent.Tabs = b
	tabs.Join("agent1@demo")
	assert.Equal(t, "agent1@demo", host.Get("joined").String())
	tabs.Take()
	assert.True(t, host.Get("taken").Bool())
	refusal, err := json.Marshal(wire.ErrMicDenied)
	require.NoError(t, err)
	for text, want := range map[string]struct {
		own bool
		err error
	}{
		``:              {false, nil},
		`own`:           {true, nil},
		string(refusal): {false, wire.ErrMicDenied},
		`{`:             {false, wire.ErrProgram},
	} {
		host.Set("told", text)
		own, err := tabs.Ask(t.Context())
		assert.Equal(t, want.own, own, text)
		if want.err == nil {
			assert.NoError(t, err, text)
		} else {
			assert.ErrorIs(t, err, want.err, text)
		}
	}
}

// socketSource is what a WebSocket looks like to the bridge.
const socketSource = `(() => {
	const s = { readyState: 0, sent: [], close: () => { s.readyState = 3; }, send: (x) => { s.sent.push(x); },
		fire: (type, more) => { const f = s['on' + type]; if (f) f(Object.assign({ type }, more)); } };
	return s;
})()`

func dial(t *testing.T, b *Bridge, host js.Value, open func(s js.Value)) (agent.Conn, js.Value, error) {
	t.Helper()
	s := js.Global().Call("eval", socketSource)
	host.Set("socket", s)
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	type result struct {
		c   agent.Conn
		err error
	}
	done := make(chan result, 1)
	go func() {
		c, err := b.Dial(ctx)
		done <- result{c, err}
	}()
	for s.Get("onclose").IsUndefined() {
		time.Sleep(time.Millisecond) // lets the other goroutine run
	}
	open(s)
	r := <-done
	return r.c, s, r.err
}

func TestSocket(t *testing.T) {
	b, host, _, _ := attach(t)
	c, s, err := dial(t, b, host, func(s js.Value) { s.Set("readyState", 1); s.Call("fire", "open") })
	require.NoError(t, err)
	require.NoError(t, c.Write([]byte("hello")))
	assert.Equal(t, "hello", s.Get("sent").Index(0).String())

	message := func(v any) { s.Call("fire", "message", map[string]any{"data": v}) }
	message("one")
	message(7)
	message("two")
	for _, want := range []string{"one", "two"} {
		text, err := c.Read(t.Context())
		require.NoError(t, err)
		assert.Equal(t, want, string(text))
	}
	message("three")
	s.Call("fire", "close")
	text, err := c.Read(t.Context())
	require.NoError(t, err, "what came before the close is read")
	assert.Equal(t, "three", string(text))
	_, err = c.Read(t.Context())
	require.Error(t, err)
	require.Error(t, c.Write([]byte("x")))
	c.Close()
	assert.True(t, s.Get("onmessage").IsNull())
}

// TestGreetedSocket takes over a socket on which the shell has logged in.
func TestGreetedSocket(t *testing.T) {
	b, host, _, _ := attach(t)
	host.Set("came", []any{"answer", "event"})
	c, s, err := dial(t, b, host, func(s js.Value) { s.Set("readyState", 1); s.Call("fire", "open") })
	require.NoError(t, err)
	defer c.Close()
	assert.EqualValues(t, loginID, c.(agent.Greeter).Greeted())
	s.Call("fire", "message", map[string]any{"data": "later"})
	for _, want := range []string{"answer", "event", "later"} {
		text, err := c.Read(t.Context())
		require.NoError(t, err)
		assert.Equal(t, want, string(text))
	}
	host.Set("came", js.Undefined())
	c, _, err = dial(t, b, host, func(s js.Value) { s.Set("readyState", 1); s.Call("fire", "open") })
	require.NoError(t, err)
	defer c.Close()
	assert.Zero(t, c.(agent.Greeter).Greeted())
}

func TestSocketThatDoesNotOpen(t *testing.T) {
	b, host, _, _ := attach(t)
	_, _, err := dial(t, b, host, func(s js.Value) { s.Call("fire", "error"); s.Call("fire", "close") })
	require.Error(t, err)

	host.Set("connect", js.Global().Call("eval", `() => { throw new Error('mixed content') }`))
	_, err = b.Dial(t.Context())
	require.ErrorContains(t, err, "mixed content")
}

// TestSocketFlood gives up a socket whose frames nobody takes.
func TestSocketFlood(t *testing.T) {
	b, host, _, _ := attach(t)
	c, s, err := dial(t, b, host, func(s js.Value) { s.Set("readyState", 1); s.Call("fire", "open") })
	require.NoError(t, err)
	for range maxFrames + 1 {
		s.Call("fire", "message", map[string]any{"data": "x"})
	}
	assert.Equal(t, 3, s.Get("readyState").Int())
	for range maxFrames {
		_, err := c.Read(t.Context())
		require.NoError(t, err)
	}
	_, err = c.Read(t.Context())
	require.Error(t, err)
}

func TestTab(t *testing.T) {
	b, host, _, _ := attach(t)
	tab := b.Tab()
	assert.Zero(t, tab.Load())
	state := agent.TabState{TabID: "tab", Secret: "s", Epoch: "e", Seq: 7}
	tab.Save(state)
	assert.Equal(t, state, b.Tab().Load())

	// The shell's login: its secret counts when nobody can take the socket over any more.
	host.Set("stored", `{"app":"`+b.config.SDKAppID+`","user":"`+b.config.UserID+
		`","tabId":"tab","secret":"s","next":"n","epoch":"e","seq":7}`)
	assert.Equal(t, agent.TabState{TabID: "tab", Secret: "n", Epoch: "e", Seq: 7}, b.Tab().Load())
	host.Set("came", []any{})
	assert.Equal(t, state, b.Tab().Load())

	b.config.UserID = "other@demo"
	assert.Equal(t, agent.TabState{TabID: "tab"}, b.Tab().Load(), "another agent's login is not resumed")
	host.Set("stored", "{broken")
	assert.Zero(t, b.Tab().Load())
}

func TestDevice(t *testing.T) {
	b, host, _, _ := attach(t)
	for _, c := range []struct {
		given any
		want  string
	}{{"abc", "abc"}, {strings.Repeat("d", 65), ""}, {js.Undefined(), ""}} {
		host.Set("profile", c.given)
		assert.Equal(t, c.want, b.Device())
	}
}

func TestFilesCrossAsTheyAre(t *testing.T) {
	_, host, _, _ := attach(t)
	file := js.Global().Get("File").New([]any{"abc"}, "a.txt")
	host.Call("door", 1, "Chat.sendFile", `{"sessionId":"s1","file":{}}`, file)
	ok, value := answer(t, host, 1)
	assert.False(t, ok, "this server takes no uploads")
	assert.EqualValues(t, wire.ErrFileRefused.Code, value["code"])
	for id, given := range map[int]any{2: "a.txt", 3: js.Undefined(), 4: map[string]any{}} {
		host.Call("door", id, "Chat.sendFile", `{"sessionId":"s1"}`, given)
		ok, value = answer(t, host, id)
		assert.False(t, ok)
		assert.Equal(t, "file", value["field"])
	}
	host.Call("door", 5, "Chat.sendFile", `{}`, file)
	ok, value = answer(t, host, 5)
	assert.False(t, ok)
	assert.Equal(t, "sessionId", value["field"])
}
