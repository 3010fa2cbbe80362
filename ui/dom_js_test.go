package ui

import (
	"context"
	"fmt"
	"math/rand/v2"
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

var document = js.Global().Get("document")

func element(t *testing.T, tag string) js.Value {
	t.Helper()
	e := document.Call("createElement", tag)
	document.Get("body").Call("appendChild", e)
	t.Cleanup(func() { e.Call("remove") })
	return e
}

// markup is the tree as the browser would write it, to compare with the DOM.
func markup(n *Node) string {
	if n.Tag == "" {
		return document.Call("createTextNode", n.Text).Get("nodeValue").String()
	}
	var b strings.Builder
	fmt.Fprintf(&b, "<%s", n.Tag)
	for _, a := range n.Attrs {
		if a.Name != "value" {
			fmt.Fprintf(&b, " %s=%q", a.Name, a.Value)
		}
	}
	b.WriteString(">")
	for _, c := range n.Children {
		b.WriteString(markup(c))
	}
	return b.String() + "</" + n.Tag + ">"
}

// shown is the DOM in the same form, its attributes in the order of the node.
func shown(e js.Value, n *Node) string {
	if e.Get("nodeType").Int() == 3 {
		return e.Get("nodeValue").String()
	}
	var b strings.Builder
	fmt.Fprintf(&b, "<%s", strings.ToLower(e.Get("tagName").String()))
	count := 0
	for _, a := range n.Attrs {
		if a.Name != "value" {
			count++
			fmt.Fprintf(&b, " %s=%q", a.Name, e.Call("getAttribute", a.Name).String())
		}
	}
	extra := e.Get("attributes").Length() - count
	if e.Call("hasAttribute", "style").Bool() {
		extra--
	}
	if extra != 0 {
		fmt.Fprintf(&b, " and %d more", extra)
	}
	b.WriteString(">")
	children := e.Get("childNodes")
	for i := range children.Length() {
		c := &Node{}
		if i < len(n.Children) {
			c = n.Children[i]
		}
		b.WriteString(shown(children.Index(i), c))
	}
	return b.String() + "</" + strings.ToLower(e.Get("tagName").String()) + ">"
}

func TestRendererKeepsElementsByKey(t *testing.T) {
	host := element(t, "div")
	r := newRenderer(document, host)
	list := func(keys ...string) *Node {
		n := el("ul#list")
		for _, k := range keys {
			n.add(el("li[key=?](?)", k, k))
		}
		return n
	}
	r.render(list("a", "b", "c"))
	items := make(map[string]js.Value)
	for i, k := range []string{"a", "b", "c"} {
		items[k] = host.Get("firstChild").Get("childNodes").Index(i)
	}
	r.render(list("c", "x", "a"))
	children := host.Get("firstChild").Get("childNodes")
	require.Equal(t, 3, children.Length())
	assert.True(t, children.Index(0).Equal(items["c"]))
	assert.Equal(t, "x", children.Index(1).Get("textContent").String())
	assert.True(t, children.Index(2).Equal(items["a"]))
	assert.False(t, items["b"].Get("isConnected").Bool())
}

func TestRendererChangesNothingThatIsTheSame(t *testing.T) {
	host := element(t, "div")
	r := newRenderer(document, host)
	view, state := agent.View{Phase: agent.PhaseReady}, &State{Lang: English, Button: true, Open: true}
	r.render(Render(view, state, 0))
	changes := 0
	observe := jsval.FuncOf(func(_ js.Value, args []js.Value) any { changes += args[0].Length(); return nil })
	defer observe.Release()
	observer := js.Global().Get("MutationObserver").New(observe.Value)
	observer.Call("observe", host, js.ValueOf(map[string]any{"subtree": true, "childList": true, "attributes": true,
		"characterData": true}))
	defer observer.Call("disconnect")
	r.render(Render(view, state, 0))
	assert.Zero(t, observer.Call("takeRecords").Length()+changes)
	state.Menu = MenuStatus
	r.render(Render(view, state, 0))
	assert.Positive(t, observer.Call("takeRecords").Length())
}

func TestRendererReachesEveryTreeFromEveryOther(t *testing.T) {
	host := element(t, "div")
	r := newRenderer(document, host)
	random := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		n := randomTree(random, 3)
		n.Key = "root"
		r.render(n)
		require.Equal(t, markup(n), shown(host.Get("firstChild"), n))
	}
}

func randomTree(random *rand.Rand, depth int) *Node {
	tags := []string{"div", "span", "p"}
	n := el(tags[random.IntN(len(tags))])
	for _, name := range []string{"class", "title", "aria-label"} {
		if random.IntN(2) == 0 {
			n.set(name, fmt.Sprint(random.IntN(3)))
		}
	}
	if depth == 0 {
		n.add(text("text<b>" + fmt.Sprint(random.IntN(4))))
		return n
	}
	used := map[int]bool{}
	for range random.IntN(6) {
		c := randomTree(random, depth-1)
		if k := random.IntN(8); k < 5 && !used[k] {
			used[k] = true
			c.Key = fmt.Sprint(k)
		}
		n.add(c)
	}
	return n
}

func TestTextIsNeverMarkup(t *testing.T) {
	host := element(t, "div")
	newRenderer(document, host).render(el("p[title=?](?)", `"><img src=x>`, `<img src=x onerror=alert(1)>`))
	assert.Zero(t, host.Call("querySelectorAll", "img").Length())
	assert.Equal(t, `<img src=x onerror=alert(1)>`, host.Get("textContent").String())
}

// call is what the interface asked for.
type call struct {
	member  string
	options any
	done    func(error)
}

// open makes an interface and returns its shadow root and its calls.
func open(t *testing.T, opt Options) (*UI, js.Value, chan call) {
	t.Helper()
	js.Global().Get("localStorage").Call("removeItem", storeKey)
	before := jsval.Live()
	calls := make(chan call, 16)
	opt.Root = element(t, "t3c-sdk")
	opt.Lang = "en"
	opt.Do = func(member string, options any, done func(error)) { calls <- call{member, options, done} }
	u := New(opt)
	root := opt.Root.Get("shadowRoot")
	t.Cleanup(func() {
		u.Close()
		u.Close()
		u.Set(agent.View{})
		assert.Equal(t, before, jsval.Live(), "functions left behind")
		assert.Zero(t, root.Get("childElementCount").Int())
	})
	return u, root, calls
}

// await waits for an element to be there.
func await(t *testing.T, root js.Value, selector string) js.Value {
	t.Helper()
	var found js.Value
	require.Eventually(t, func() bool {
		found = root.Call("querySelector", selector)
		return found.Truthy()
	}, 5*time.Second, 5*time.Millisecond, selector)
	return found
}

func awaitGone(t *testing.T, root js.Value, selector string) {
	t.Helper()
	require.Eventually(t, func() bool { return !root.Call("querySelector", selector).Truthy() }, 5*time.Second,
		5*time.Millisecond, selector)
}

func ringing() agent.View {
	return agent.View{Phase: agent.PhaseReady, State: wire.AgentState{Status: wire.StatusBusy},
		Sessions: []wire.Session{
			{SessionID: "s1", State: wire.StateRinging, Direction: wire.Inbound, Caller: "10086"},
		}}
}

func TestAClickCallsTheSDK(t *testing.T) {
	u, root, calls := open(t, Options{})
	u.Set(ringing())
	accept := await(t, root, `[data-click="accept"]`)
	accept.Call("querySelector", "path").Call("dispatchEvent",
		js.Global().Get("MouseEvent").New("click", map[string]any{"bubbles": true}))
	c := <-calls
	assert.Equal(t, "Call.accept", c.member)
	assert.Equal(t, wire.SessionParams{SessionID: "s1"}, c.options)

	await(t, root, `[data-click="accept"][aria-disabled]`)
	accept.Call("click") // once is enough
	c.done(wire.ErrMicDenied)
	assert.Contains(t, await(t, root, ".strip.bad").Get("textContent").String(), wire.ErrMicDenied.Message)
	awaitGone(t, root, `[data-click="accept"][aria-disabled]`)
	assert.Empty(t, calls)
}

func TestTypingANumberKeepsTheFocus(t *testing.T) {
	u, root, calls := open(t, Options{})
	u.Set(agent.View{Phase: agent.PhaseReady, State: wire.AgentState{Status: wire.StatusFree}})
	await(t, root, ".float").Call("click")
	input := await(t, root, "input")
	input.Call("focus")
	input.Set("value", "１００-86\u200b")
	input.Call("dispatchEvent", js.Global().Get("Event").New("input", map[string]any{"bubbles": true}))
	require.Eventually(t, func() bool { return input.Get("value").String() == "100-86" }, 5*time.Second,
		5*time.Millisecond, "what can be seen is left as it is")
	assert.True(t, root.Get("activeElement").Equal(input))
	assert.Equal(t, wire.LocationParams{PhoneNumber: "10086"}, (<-calls).options,
		"where the number is at home is asked")
	root.Call("querySelector", "form").Call("requestSubmit")
	assert.Equal(t, wire.StartCallParams{PhoneNumber: "10086"}, (<-calls).options)
}

func TestTheButtonIsDraggedAndRemembersItsPlace(t *testing.T) {
	u, root, _ := open(t, Options{})
	u.Set(agent.View{Phase: agent.PhaseReady})
	button := await(t, root, ".float")
	pointer := func(target js.Value, kind string, x, y int) {
		target.Call("dispatchEvent", js.Global().Get("PointerEvent").New(kind,
			map[string]any{"bubbles": true, "clientX": x, "clientY": y, "button": 0}))
	}
	box := button.Call("getBoundingClientRect")
	x, y := int(box.Get("left").Float())+5, int(box.Get("top").Float())+5
	pointer(button, "pointerdown", x, y)
	pointer(js.Global(), "pointermove", 35, 25)
	pointer(js.Global(), "pointerup", 35, 25)
	button.Call("click") // the one that ends the drag
	dock := await(t, root, ".dock.left.top")
	assert.Equal(t, "30px", dock.Get("style").Get("left").String())
	awaitGone(t, root, ".bar")
	assert.Contains(t, js.Global().Get("localStorage").Call("getItem", storeKey).String(), `"x":30`)

	key := func(name string) {
		button.Call("dispatchEvent", js.Global().Get("KeyboardEvent").New("keydown",
			map[string]any{"key": name, "bubbles": true}))
	}
	key("ArrowRight")
	require.Eventually(t, func() bool { return dock.Get("style").Get("left").String() == "46px" }, 5*time.Second,
		5*time.Millisecond)
}

func TestShowAndHide(t *testing.T) {
	u, root, _ := open(t, Options{})
	u.Set(agent.View{Phase: agent.PhaseReady})
	await(t, root, ".float")
	u.HideFloatButton()
	awaitGone(t, root, ".float")
	u.Set(ringing())
	await(t, root, ".bar")
	u.Hide()
	awaitGone(t, root, ".bar")
	u.Show()
	u.ShowFloatButton()
	await(t, root, ".float")
	u.ShowWorkbench()
	await(t, root, ".bench")
	u.HideWorkbench()
	awaitGone(t, root, ".bench")
}

func TestTheWorkbenchOpensAtTheFirstLogin(t *testing.T) {
	u, root, _ := open(t, Options{WorkbenchAtLogin: true})
	u.Set(agent.View{Phase: agent.PhaseReady})
	await(t, root, ".bench [data-click=workbench]").Call("click")
	awaitGone(t, root, ".bench")
	u.Set(agent.View{Phase: agent.PhaseReconnecting})
	u.Set(ringing())
	await(t, root, ".card")
	awaitGone(t, root, ".bench")
}

func TestTheWorkbenchInAnElementOfThePage(t *testing.T) {
	host := element(t, "div")
	u, root, _ := open(t, Options{Workbench: host, WorkbenchAtLogin: true})
	u.Set(agent.View{Phase: agent.PhaseReady})
	await(t, host.Get("shadowRoot"), ".bench.embedded")
	awaitGone(t, root, ".bench")
}

func TestHidingBeforeLoginKeepsTheWorkbenchClosed(t *testing.T) {
	u, root, _ := open(t, Options{WorkbenchAtLogin: true})
	u.HideWorkbench()
	u.Set(ringing())
	await(t, root, ".card")
	awaitGone(t, root, ".bench")
}

func TestThePageKeepsItsStyles(t *testing.T) {
	u, root, _ := open(t, Options{})
	u.Set(ringing())
	await(t, root, ".bar")
	assert.Zero(t, document.Get("styleSheets").Length(), "nothing is added to the page")
	assert.Zero(t, root.Call("querySelectorAll", "style, [style*=url]").Length())
	host := root.Get("host").Call("getBoundingClientRect")
	assert.Zero(t, host.Get("width").Float())
	assert.Zero(t, host.Get("height").Float())
}

func TestTheClockTicksOnlyWhileSomethingCounts(t *testing.T) {
	u, root, _ := open(t, Options{})
	v := ringing()
	v.Sessions[0].State, v.Sessions[0].AnsweredAt = wire.StateTalking, time.Now().UnixMilli()
	u.Set(v)
	time0 := await(t, root, ".float .time").Get("textContent").String()
	require.Eventually(t, func() bool {
		return root.Call("querySelector",
			".float .time").Get("textContent").String() != time0
	}, 5*time.Second, 20*time.Millisecond)
	u.Set(agent.View{Phase: agent.PhaseReady})
	awaitGone(t, root, ".float .time")
	u.mu.Lock()
	defer u.mu.Unlock()
	assert.Nil(t, u.tick)
}

func TestArrowsWalkTheMenu(t *testing.T) {
	u, root, _ := open(t, Options{})
	u.Set(agent.View{Phase: agent.PhaseReady, State: wire.AgentState{Status: wire.StatusFree}})
	await(t, root, ".float").Call("click")
	await(t, root, ".status").Call("click")
	focused := func(name, value string) func() bool {
		return func() bool {
			e := root.Get("activeElement")
			return e.Truthy() && e.Call("getAttribute", name).String() == value
		}
	}
	require.Eventually(t, focused("data-arg", "free"), 5*time.Second, 5*time.Millisecond, "the chosen status")
	first := root.Get("activeElement")
	first.Call("dispatchEvent", js.Global().Get("KeyboardEvent").New("keydown",
		map[string]any{"key": "ArrowDown", "bubbles": true}))
	assert.Equal(t, "notReady", root.Get("activeElement").Call("getAttribute", "data-arg").String())
	root.Get("activeElement").Call("dispatchEvent",
		js.Global().Get("KeyboardEvent").New("keydown", map[string]any{"key": "Escape", "bubbles": true}))
	awaitGone(t, root, "[role=menu]")
	require.Eventually(t, focused("class", "status"), 5*time.Second, 5*time.Millisecond, "back to the button")
}

func TestStrictPolicy(t *testing.T) {
	// The interface must work where neither inline styles nor eval are allowed;
	// a frame with such a policy receives the renderer's work.
	frame := element(t, "iframe")
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	loaded := make(chan struct{})
	remove := jsval.Listen(frame, "load", func(js.Value) { close(loaded) })
	defer remove()
	frame.Set("srcdoc", `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'self'"><body></body>`)
	select {
	case <-loaded:
	case <-ctx.Done():
		t.Fatal("the frame did not load")
	}
	inner := frame.Get("contentDocument")
	host := inner.Call("createElement", "div")
	inner.Get("body").Call("appendChild", host)
	newRenderer(inner, host).render(el("p[style:color=?](?)", "rgb(1, 2, 3)", "styled"))
	styled := frame.Get("contentWindow").Call("getComputedStyle", host.Get("firstChild"))
	assert.Equal(t, "rgb(1, 2, 3)", styled.Get("color").String())
}
