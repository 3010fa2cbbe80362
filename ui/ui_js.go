package ui

import (
	"encoding/json"
	"sync"
	"syscall/js"
	"time"

	"tccc/agent"
	"tccc/internal/jsval"
	"tccc/wire"
)

// Options are what a UI needs.
type Options struct {
	// Root is the element <t3c-sdk id="tcccSdkDomRoot">; the interface lives in
	// its shadow root.
	Root js.Value
	// Workbench is the element that the workbench is rendered into
	// (data-render-dom-id), falsy to let it float.
	Workbench js.Value
	// WorkbenchAtLogin opens the workbench at the first login
	// (data-show-work-bench-at-first-login).
	WorkbenchAtLogin bool
	// Lang is the tag of the language that was asked for, "" for none. See Choose.
	Lang string
	// Do calls a member of tccc ("Call.accept") with options that encoding/json
	// can encode, or nil, and then done, from any goroutine, once. It must not
	// block. See Effect for the members.
	Do func(member string, options any, done func(error))
	// Streams are the MediaStreams of a video session, null where there is
	// none; nil shows no pictures.
	Streams func(id string) (local, remote js.Value)
	// Screens are the same of screens.
	Screens func(id string) (local, remote js.Value)
	// ChatsKey is the entry in sessionStorage with what the agent was writing;
	// by default "tccc.chat".
	ChatsKey string
}

// UI is the interface. Use New. Its methods may be called from any goroutine;
// none blocks.
type UI struct {
	opt    Options
	window js.Value
	shown  []*surface
	frame  jsval.Func

	mu      sync.Mutex // guards what follows
	view    agent.View
	state   *State
	asked   js.Value // the frame that is asked for, falsy if none is
	tick    *time.Timer
	opened  bool // the workbench was opened or closed by will
	ready   bool // the first login is over
	closed  bool
	remove  []func()
	drag    *drag
	noClick bool   // the click that ends a drag is none
	stored  string // what was last remembered
	focus   string // selector of what takes the focus after the next frame
	watch   watch
	call    attention
	player  player
	chats   chats
	guard   guard
	above   above
}

// surface is a shadow root and what is drawn in it.
type surface struct {
	host     js.Value
	root     js.Value
	renderer *renderer
	draw     func(agent.View, *State, int64) *Node
	remove   []func()
}

const storeKey = "tccc.ui"

// New shows the interface. The floating button is shown, all else is folded.
func New(opt Options) *UI {
	global := js.Global()
	document := global.Get("document")
	if opt.ChatsKey == "" {
		opt.ChatsKey = "tccc.chat"
	}
	u := &UI{
		opt:    opt,
		window: global,
		view:   agent.View{Phase: agent.PhaseConnecting},
		state:  &State{Lang: langOf(global, opt.Lang), Button: true, Place: DefaultPlace, Busy: make(map[string]bool)},
	}
	u.recall()
	u.recallChats()
	u.call = attention{window: global, later: u.blinkAgain, answer: u.answer}
	u.state.Notify, u.state.Away = permission(global), away(global)
	u.frame = jsval.FuncOf(func(js.Value, []js.Value) any { u.render(); return nil })
	_ = u.surface(document, opt.Root, Render) // a host of our own kind takes a shadow root
	if opt.Workbench.Truthy() {
		u.state.Embedded = u.surface(document, opt.Workbench, RenderEmbedded) == nil
	}
	u.watchWindow()
	u.rise(document)
	u.remove = append(u.remove, jsval.Listen(global, "resize", func(js.Value) { u.resized() }),
		jsval.Listen(document, "visibilitychange", func(js.Value) {
			u.update(func() { u.state.Notify, u.state.Away = permission(global), away(global) })
		}))
	u.update(func() {})
	return u
}

// surface makes a shadow root in the host, with the styles and one listener for
// each kind of event.
func (u *UI) surface(document, host js.Value, draw func(agent.View, *State, int64) *Node) error {
	root := host.Get("shadowRoot")
	if !root.Truthy() {
		made, err := jsval.Call(host, "attachShadow", js.ValueOf(map[string]any{"mode": "open"}))
		if err != nil {
			return wire.ErrInvalidOptions.For("element", "%v", err)
		}
		root = made
	}
	root.Call("replaceChildren")
	applyStyles(document, root)
	s := &surface{host: host, root: root, renderer: newRenderer(document, root), draw: draw}
	s.remove = u.chatEvents(root)
	for event, handle := range map[string]func(js.Value){
		"click": u.clicked, "input": u.acted("input"), "change": u.acted("change"), "submit": u.submitted,
		"keydown": u.keyed, "pointerdown": u.pressed,
	} {
		s.remove = append(s.remove, jsval.Listen(root, event, handle))
	}
	s.remove = append(s.remove, u.keep(root))
	u.shown = append(u.shown, s)
	return nil
}

// close takes away what is drawn and listened to.
func (s *surface) close() {
	for _, remove := range s.remove {
		remove()
	}
	s.renderer.clear()
}

// Mount brings the workbench into an element of the page, from where it was
// before; null lets it float.
func (u *UI) Mount(host js.Value) (err error) {
	u.update(func() {
		if n := len(u.shown); n > 1 {
			if u.shown[n-1].host.Equal(host) {
				return
			}
			u.shown[n-1].close()
			u.shown = u.shown[:n-1]
		}
		if u.state.Embedded = host.Truthy(); u.state.Embedded {
			err = u.surface(u.window.Get("document"), host, RenderEmbedded)
			u.state.Embedded = err == nil
		}
		if u.state.Embedded {
			u.state.Workbench, u.opened = true, true
		}
	})
	return err
}

// applyStyles adopts a constructed style sheet, which a strict style-src
// allows; an older browser gets a style element.
func applyStyles(document, root js.Value) {
	if sheet, err := construct("CSSStyleSheet"); err == nil && jsval.Has(sheet, "replaceSync") &&
		!root.Get("adoptedStyleSheets").IsUndefined() {
		sheet.Call("replaceSync", styles)
		root.Set("adoptedStyleSheets", js.ValueOf([]any{sheet}))
		return
	}
	element := document.Call("createElement", "style")
	element.Set("textContent", styles)
	root.Call("appendChild", element)
}

func construct(name string) (js.Value, error) {
	return jsval.Call(js.Global().Get("Reflect"), "construct", jsval.Global(name), js.ValueOf([]any{}))
}

// Set shows a view of the agent.
func (u *UI) Set(v agent.View) {
	u.update(func() {
		u.state.follow(&u.view, &v)
		u.view = v
		if v.Phase == agent.PhaseReady && !u.ready {
			u.ready = true
			u.state.Workbench = u.state.Workbench || u.opt.WorkbenchAtLogin && !u.opened
		}
	})
}

// SetDevices shows the devices that there are.
func (u *UI) SetDevices(d Devices) { u.update(func() { u.state.Devices = d }) }

// SetColleagues shows who can be called and what sessions can be transferred to.
func (u *UI) SetColleagues(c wire.ColleaguesResult) { u.update(func() { u.state.Colleagues = &c }) }

// SetQueues shows the queues of the agent's own groups.
func (u *UI) SetQueues(q wire.QueuesResult) { u.update(func() { u.state.Queues = q.Groups }) }

// AddHistory shows a page of the agent's day, that which was asked for.
func (u *UI) AddHistory(h wire.HistoryResult, of wire.HistoryParams) {
	u.update(func() { u.state.addHistory(h, of) })
}

// SetLocation shows where a number is at home.
func (u *UI) SetLocation(l Location) { u.update(func() { u.state.Location = l }) }

// SetLevel shows how loud the microphone is, 0 to 1.
func (u *UI) SetLevel(level float64) { u.update(func() { u.state.Level = level }) }

// SetQuality shows how well the agent hears; the zero Quality is unknown.
func (u *UI) SetQuality(q Quality) { u.update(func() { u.state.Quality = q }) }

// SetMediaNotice shows what the agent should know of the devices, nil for
// nothing. A notice of the view goes before it.
func (u *UI) SetMediaNotice(e *wire.Error) {
	u.update(func() {
		u.state.MediaNotice = e
		u.state.follow(&u.view, &u.view)
	})
}

// SetLanguage changes the language of the interface.
func (u *UI) SetLanguage(lang Lang) { u.update(func() { u.state.Lang = lang }) }

// langOf is the language of the interface in this page and browser.
func langOf(window js.Value, asked string) Lang {
	var browser []string
	if tags := jsval.Read(window, "navigator", "languages"); tags.Type() == js.TypeObject {
		for i := range tags.Length() {
			if tag := tags.Index(i); tag.Type() == js.TypeString {
				browser = append(browser, tag.String())
			}
		}
	}
	return Choose(asked, jsval.Text(window, "document", "documentElement", "lang"), browser)
}

// SetButtons leaves only the buttons of these types (overrideButtonConfig);
// types that the call bar does not have are ignored. nil shows all.
func (u *UI) SetButtons(active []string) {
	u.update(func() {
		u.state.Buttons = nil
		if active != nil {
			u.state.Buttons = make(map[string]bool, len(active))
			for _, name := range active {
				u.state.Buttons[name] = true
			}
		}
	})
}

// Show and Hide are tccc.UI.show and hide: everything.
func (u *UI) Show() { u.update(func() { u.state.Hidden = false }) }

// Hide hides everything.
func (u *UI) Hide() { u.update(func() { u.state.Hidden = true }) }

// ShowFloatButton shows the floating button.
func (u *UI) ShowFloatButton() { u.update(func() { u.state.Button = true }) }

// HideFloatButton hides the floating button; the call bar then shows only while
// there are sessions.
func (u *UI) HideFloatButton() { u.update(func() { u.state.Button = false }) }

// ShowWorkbench opens the workbench.
func (u *UI) ShowWorkbench() { u.update(func() { u.state.Workbench, u.opened = true, true }) }

// HideWorkbench closes the workbench.
func (u *UI) HideWorkbench() { u.update(func() { u.state.Workbench, u.opened = false, true }) }

// Close removes the interface and releases everything. Later calls do nothing.
func (u *UI) Close() {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.closed {
		return
	}
	u.closed = true
	if u.tick != nil {
		u.tick.Stop()
	}
	if u.guard.timer != nil {
		u.guard.timer.Stop()
	}
	u.above.observer.Call("disconnect")
	u.watch.stop()
	u.call.stop()
	u.player.stop()
	u.endDrag()
	for _, remove := range u.remove {
		remove()
	}
	for _, s := range u.shown {
		s.close()
	}
	if u.asked.Truthy() {
		u.window.Call("cancelAnimationFrame", u.asked)
	}
	u.frame.Release()
}

// update changes the state and asks for a frame.
func (u *UI) update(change func()) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.closed {
		return
	}
	change()
	u.follow()
	u.ask()
}

// ask asks the browser for a frame, if none is under way. mu is held.
func (u *UI) ask() {
	if !u.asked.Truthy() {
		u.asked = u.window.Call("requestAnimationFrame", u.frame.Value)
	}
}

// render draws a frame, and sees to the next second if something counts.
func (u *UI) render() {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.asked = js.Undefined()
	if u.closed {
		return
	}
	now := agent.Now().UnixMilli()
	for _, s := range u.shown {
		s.renderer.render(s.draw(u.view, u.state, now))
	}
	u.settleAbove()
	u.showPictures()
	u.settlePlayer()
	u.moveFocus()
	u.settleChat()
	if u.tick != nil {
		u.tick.Stop()
		u.tick = nil
	}
	if Counting(u.view, u.state) {
		u.tick = time.AfterFunc(nextSecond(&u.view, now), func() { u.update(func() {}) })
	}
}

// focusAfter is what takes the focus when menus open and close, so that the
// keyboard goes on where the eye is.
func focusAfter(before, after string) string {
	switch {
	case before == after:
		return ""
	case after == MenuStatus, after == MenuBenchStatus:
		return "[role=menuitemradio][aria-checked=true], [role=menuitemradio]"
	case after == MenuDial:
		return ".bar .dial .input"
	case before == MenuStatus && after == "":
		return "button.status"
	case before == MenuBenchStatus && after == "":
		return ".bench button.status"
	}
	return ""
}

// moveFocus gives the focus to what an action wants it for. mu is held.
func (u *UI) moveFocus() {
	if u.focus == "" {
		return
	}
	for _, s := range u.shown {
		if e := s.root.Call("querySelector", u.focus); e.Truthy() {
			e.Call("focus", map[string]any{"preventScroll": true})
			break
		}
	}
	u.focus = ""
}

// nextSecond is the time until the clock that the agent looks at moves on.
func nextSecond(v *agent.View, now int64) time.Duration {
	reference := v.State.Since
	for i := range v.Sessions {
		if s := &v.Sessions[i]; s.State != wire.StateEnded && s.AnsweredAt > 0 {
			reference = s.AnsweredAt
		}
	}
	past := (now + v.ClockOffset - reference) % 1000
	return time.Duration((1000-past)%1000+4) * time.Millisecond
}

// act applies an action and calls what it asks for.
func (u *UI) act(a Action, value string) {
	u.update(func() {
		id := a.Name + ":" + a.Arg
		if u.state.Busy[id] {
			return
		}
		menu, tab := u.state.Menu, u.state.Tab
		if a.Name == "notify" {
			u.askPermission()
		}
		effects := u.state.Apply(&u.view, a, value)
		u.focus = focusAfter(menu, u.state.Menu)
		if a.Name == "play" && u.state.Playing != "" {
			u.focus = ".player button"
		}
		if tab != u.state.Tab && a.Name != "tab" && u.focus == "" {
			u.focus = ".tab[aria-selected=true]" // what had it is gone
		}
		u.chatActed(a)
		u.playerActed(a)
		if a.Name == "workbench" {
			u.opened = true
		}
		u.remember()
		u.keepChats()
		if len(effects) > 0 && u.opt.Do != nil {
			if !atOnce(a.Name) { // keys may be pressed faster than they are sent
				u.state.Busy[id] = true
			}
			u.run(id, effects)
		}
	})
}

// run calls the effects one after the other. mu is held.
func (u *UI) run(id string, effects []Effect) {
	member := effects[0].Member
	go u.opt.Do(member, effects[0].Options, func(err error) {
		u.update(func() {
			if err == nil && len(effects) > 1 {
				u.run(id, effects[1:])
				return
			}
			delete(u.state.Busy, id)
			if e := wire.AsError(err); e != nil && failureShown(member, e) {
				u.state.Failure = e
			}
		})
	})
}

// stored is what is remembered between visits.
type stored struct {
	Place Place `json:"place"`
	Open  bool  `json:"open"`
}

func (u *UI) recall() {
	text := jsval.OpenStore("localStorage").Get(storeKey)
	if text == "" {
		return
	}
	var s stored
	if json.Unmarshal([]byte(text), &s) == nil {
		u.state.Place, u.state.Open = s.Place, s.Open
	}
	u.state.Place = u.state.Place.within(u.windowSize())
}

// remember stores the place and whether the bar is open. mu is held.
func (u *UI) remember() {
	text, err := json.Marshal(stored{u.state.Place, u.state.Open && !u.state.Auto})
	if err != nil || string(text) == u.stored {
		return
	}
	u.stored = string(text)
	jsval.OpenStore("localStorage").Set(storeKey, string(text))
}

func (u *UI) windowSize() (width, height int) {
	return u.window.Get("innerWidth").Int(), u.window.Get("innerHeight").Int()
}
