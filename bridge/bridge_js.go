package bridge

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall/js"

	"tccc/agent"
	"tccc/internal/jsval"
	"tccc/wire"
)

// Core is what the bridge needs of package agent.
type Core interface {
	Agent
	Calls
	Chats
	Videos
	Tools
	Close()
	Wake()
	Sleep()
	SetOwner(own bool)
	Ready(ctx context.Context) error
}

// Parts are what stands behind window.tccc.
type Parts struct {
	Core    Core
	Devices Devices    // nil where there are none
	UI      UI         // nil where there is none
	State   func() any // what the program tells in diagnostics, a JSON object; may be nil
}

// UI is what the UI methods and overrideButtonConfig act on. Its methods are
// called on the event loop and must not block.
type UI interface {
	// Show carries out what the page has asked for; what is nil stays.
	Show(Change)
	// ButtonsChanged says that the page's choice of buttons is another one:
	// ask Buttons again.
	ButtonsChanged()
	// SetLanguage changes the language to that of a tag (BCP 47).
	SetLanguage(tag string) error
	// Mount brings the workbench into an element; null lets it float.
	Mount(element js.Value) error
}

// Shown is which parts of the interface the page wants to see at first.
type Shown struct {
	Visible     bool `json:"visible"`
	FloatButton bool `json:"floatButton"`
	Workbench   bool `json:"workbench"`
}

// Change is a call of one of the UI methods.
type Change struct {
	Visible     *bool `json:"visible"`
	FloatButton *bool `json:"floatButton"`
	Workbench   *bool `json:"workbench"`
}

// Config is what the shell knows of this page.
type Config struct {
	SDKAppID    string `json:"sdkAppId"`
	Token       string `json:"token"`
	UserID      string `json:"userId"`
	RenderDomID string `json:"renderDomId"` // element that takes the workbench, or ""
	Version     string `json:"version"`
	Place       string `json:"place"` // begins the names of what this frame keeps in sessionStorage
	Lang        string `json:"lang"`  // asked for by the page, or ""
	Base        string `json:"base"`  // address of the gateway, ends with a slash
	Again       bool   `json:"again"` // the page has had its ready event
	UI          Shown  `json:"ui"`
}

// Bridge joins the shell and the program.
type Bridge struct {
	host    js.Value
	config  Config
	event   js.Value // functions of the host, looked up once
	settle  js.Value
	turned  jsval.Func
	turn    chan struct{} // a value for each Turn that is over
	ctx     context.Context
	cancel  context.CancelFunc
	parts   Parts
	methods map[string]method
	door    jsval.Func
	idle    *collector
	calls   sync.WaitGroup
	running atomic.Int64
}

// New makes the bridge to the shell's host object.
func New(host js.Value) (*Bridge, error) {
	b := &Bridge{host: host, idle: newCollector()}
	text, err := jsval.Call(host, "config")
	if err != nil {
		return nil, fmt.Errorf("failed to read the configuration of the page: %w", err)
	}
	if err := json.Unmarshal([]byte(text.String()), &b.config); err != nil {
		return nil, fmt.Errorf("failed to decode the configuration of the page: %w", err)
	}
	b.event, b.settle = host.Get("event"), host.Get("settle")
	b.ctx, b.cancel = context.WithCancel(context.Background())
	b.turn = make(chan struct{}, 1)
	b.turned = jsval.FuncOf(func(js.Value, []js.Value) any {
		b.turn <- struct{}{} // nobody but Turn asks for it, once at a time
		return nil
	})
	jsval.OnPanic(b.panicked)
	return b, nil
}

// Config is what the shell knows of this page.
func (b *Bridge) Config() Config { return b.config }

// Shown is what the page wants to be shown by now.
func (b *Bridge) Shown() Shown {
	now := b.config
	if text, err := jsval.Call(b.host, "config"); err == nil {
		_ = json.Unmarshal([]byte(text.String()), &now) // it was read before
	}
	return now.UI
}

// Root is the element that all interface is in.
func (b *Bridge) Root() js.Value { return b.host.Get("root") }

// Capturer has getUserMedia and getDisplayMedia: what they give is let go once the
// program has ended.
func (b *Bridge) Capturer() js.Value { return b.host.Get("capturer") }

// Devices is tccc.Devices, whose tests of devices are the shell's.
func (b *Bridge) Devices() js.Value { return b.host.Get("devices") }

// Attach opens the door: the calls that waited in the shell come in.
func (b *Bridge) Attach(p Parts) {
	b.parts = p
	b.methods = agentMethods(p.Core)
	for _, more := range []map[string]method{
		callMethods(p.Core), chatMethods(p.Core), b.fileMethods(p.Core), faceMethods(p.UI), videoMethods(p.Core),
		cameraMethods(p.Devices, p.Core), adminMethods(p.Core), deviceMethods(p.Devices), tabMethods(p.Core),
		toolMethods(p.Core, p.State),
	} {
		maps.Copy(b.methods, more)
	}
	b.door = jsval.FuncOf(b.enter)
	b.host.Call("attach", b.door.Value)
}

// Close shuts the door and waits until the methods that run have ended.
func (b *Bridge) Close() {
	b.cancel()
	b.calls.Wait()
	b.idle.stop()
	b.door.Release()
	b.turned.Release()
	jsval.OnPanic(nil)
}

// Event hands an event to the page. It is called by one goroutine at a time.
func (b *Bridge) Event(e agent.Event) {
	text := make([]byte, 0, len(e.Name)+len(e.Data)+32)
	text = append(text, `["`...)
	text = append(text, e.Name...)
	text = append(text, `",`...)
	if e.Data == nil {
		text = append(text, "null"...)
	} else {
		text = append(text, e.Data...)
	}
	text = append(text, `,"`...)
	text = append(text, e.Status...)
	text = append(text, `"]`...)
	b.event.Invoke(string(text))
	b.idle.touch()
}

// Turn lets the page's handlers run for the events so far: they do when the
// whole program waits. It is called by the goroutine that calls Event, and not
// from within a function that JavaScript has called.
func (b *Bridge) Turn() {
	b.host.Call("turn", b.turned.Value)
	<-b.turn
}

// Fail tells the page of a fault that no method reports.
func (b *Bridge) Fail(err error) {
	data, _ := json.Marshal(agent.Reject(err)) // of strings and numbers: cannot fail
	b.Event(agent.Event{Name: wire.EventError, Data: data})
}

// Buttons gives the page's choice among the buttons of the call bar, which
// overrideButtonConfig made, in the page's order. Without a choice, or if the
// page's function throws, all stay.
func (b *Bridge) Buttons(types []string) []string {
	type button struct {
		Type string `json:"type"`
	}
	config := struct {
		Active []button `json:"active"`
	}{Active: make([]button, len(types))}
	for i, t := range types {
		config.Active[i].Type = t
	}
	text, _ := json.Marshal(config)
	answer, err := jsval.Call(b.host, "buttons", string(text))
	if err != nil || answer.Type() != js.TypeString {
		return types
	}
	config.Active = nil
	if json.Unmarshal([]byte(answer.String()), &config) != nil || config.Active == nil {
		return types
	}
	known := make(map[string]bool, len(types))
	for _, t := range types {
		known[t] = true
	}
	chosen := make([]string, 0, len(types))
	for _, a := range config.Active {
		if known[a.Type] {
			known[a.Type] = false // once
			chosen = append(chosen, a.Type)
		}
	}
	return chosen
}

// Do calls a method of window.tccc ("Call.accept") on behalf of the interface,
// through the same door as the page, and then done, from another goroutine.
func (b *Bridge) Do(name string, options any, done func(error)) {
	b.running.Add(1)
	b.calls.Add(1)
	go func() {
		defer b.calls.Done()
		defer b.running.Add(-1)
		text, err := json.Marshal(options)
		if err == nil {
			_, err = b.perform(b.ctx, name, text)
		}
		done(err)
	}()
}

// enter is the one door: number of the promise, method, options as JSON text,
// and the object of the browser that Chat.sendFile and UI.mount take.
func (b *Bridge) enter(_ js.Value, args []js.Value) any {
	id, name, options := args[0].Int(), args[1].String(), args[2].String()
	b.idle.touch()
	switch name {
	case "ui":
		var change Change
		if json.Unmarshal([]byte(options), &change) == nil && b.parts.UI != nil {
			b.parts.UI.Show(change)
		}
	case "buttons":
		if b.parts.UI != nil {
			b.parts.UI.ButtonsChanged()
		}
	case "wake":
		b.parts.Core.Wake()
	case "sleep":
		b.parts.Core.Sleep()
	case "owner":
		b.parts.Core.SetOwner(options != "")
	case "shutdown":
		b.parts.Core.Close()
	case "stats":
		return b.stats()
	default:
		b.running.Add(1)
		b.calls.Add(1)
		ctx := b.ctx
		if len(args) > 3 {
			ctx = withObject(ctx, args[3])
		}
		go b.run(ctx, id, name, []byte(options))
	}
	return nil
}

func (b *Bridge) run(ctx context.Context, id int, name string, options []byte) {
	defer b.calls.Done()
	defer b.running.Add(-1)
	result, err := b.perform(ctx, name, options)
	if err == nil {
		err = b.fulfil(id, result)
	}
	if err != nil {
		text, _ := json.Marshal(wire.AsError(err))
		b.settle.Invoke(id, false, string(text))
	}
}

// perform runs a method to its end.
func (b *Bridge) perform(ctx context.Context, name string, options []byte) (any, error) {
	m, ok := b.methods[name]
	if !ok {
		return nil, wire.ErrNotAvailableYet // the shell is of a newer version
	}
	result, err, panicked := m.call(ctx, options)
	if panicked != nil {
		b.panicked(panicked.value, panicked.stack)
	}
	return result, err
}

func (b *Bridge) fulfil(id int, result any) error {
	if values, ok := result.([]js.Value); ok { // objects of the browser cross as they are
		array := js.Global().Get("Array").New()
		for _, v := range values {
			array.Call("push", v)
		}
		b.settle.Invoke(id, true, js.Undefined(), array)
		return nil
	}
	if value, ok := result.(js.Value); ok {
		b.settle.Invoke(id, true, js.Undefined(), value)
		return nil
	}
	text, err := success(result)
	if err != nil {
		return err
	}
	b.settle.Invoke(id, true, string(text))
	return nil
}

// panicked reports a fault of the program that it survived.
func (b *Bridge) panicked(v any, stack []byte) {
	js.Global().Get("console").Call("error", "tccc: panic: "+fmt.Sprint(v)+"\n"+strings.TrimSpace(string(stack)))
	b.Fail(wire.ErrProgram.With("%s", clip(fmt.Sprint(v), 200)))
}

// stats are for tests and diagnostics: what the program holds.
func (b *Bridge) stats() string {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	text, _ := json.Marshal(map[string]any{
		"functions":   jsval.Live(),
		"goroutines":  runtime.NumGoroutine(),
		"calls":       b.running.Load(),
		"heap":        m.HeapAlloc,
		"sys":         m.Sys,
		"collections": m.NumGC,
	})
	return string(text)
}
