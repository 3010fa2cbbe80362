package jsval

import (
	"runtime/debug"
	"sync"
	"sync/atomic"
	"syscall/js"
)

var live atomic.Int64

// Live is the number of functions made by FuncOf and Listen that have not been
// released. A program that has shut down its parts sees 0.
func Live() int { return int(live.Load()) }

// Func is a Go function that JavaScript can call. Its owner must Release it.
type Func struct {
	// Value is the function as JavaScript sees it; pass this one on.
	js.Value
	fn       js.Func
	released *atomic.Bool
}

// FuncOf wraps fn. As with js.FuncOf, fn runs on the browser's event loop and
// must not block. A panic of fn goes to the handler of OnPanic and the call
// returns undefined, instead of ending the program.
func FuncOf(fn func(this js.Value, args []js.Value) any) Func {
	live.Add(1)
	f := js.FuncOf(func(this js.Value, args []js.Value) (result any) {
		defer recoverPanic(&result)
		return fn(this, args)
	})
	return Func{Value: f.Value, fn: f, released: new(atomic.Bool)}
}

// Release frees the function. JavaScript must not call it any more. Releasing
// twice is releasing once.
func (f Func) Release() {
	if f.released == nil || f.released.Swap(true) {
		return
	}
	f.fn.Release()
	live.Add(-1)
}

// Listen adds a listener for the event to the target (an EventTarget). The
// function that it returns removes the listener and releases what it held; it
// may be called more than once, also from within fn.
func Listen(target js.Value, event string, fn func(event js.Value)) (remove func()) {
	return ListenWith(target, event, nil, fn)
}

// ListenWith is Listen with the options of addEventListener (capture,
// passive …); nil means none. The option once is not needed: call remove.
func ListenWith(target js.Value, event string, options map[string]any, fn func(event js.Value)) (remove func()) {
	f := FuncOf(func(_ js.Value, args []js.Value) any {
		fn(args[0])
		return nil
	})
	opts := js.Undefined()
	if options != nil {
		opts = js.ValueOf(options)
	}
	target.Call("addEventListener", event, f.Value, opts)
	var once sync.Once
	return func() {
		once.Do(func() {
			target.Call("removeEventListener", event, f.Value, opts)
			f.Release()
		})
	}
}

var panicHandler atomic.Pointer[func(v any, stack []byte)]

// OnPanic sets what is told of panics in functions called by JavaScript.
// Without it they are written to the browser's console. The handler must not
// block.
func OnPanic(handler func(v any, stack []byte)) { panicHandler.Store(&handler) }

func recoverPanic(result *any) {
	v := recover()
	if v == nil {
		return
	}
	*result = js.Undefined()
	stack := debug.Stack()
	if h := panicHandler.Load(); h != nil && *h != nil {
		(*h)(v, stack)
		return
	}
	text := "panic"
	switch v := v.(type) {
	case error:
		text = v.Error()
	case string:
		text = v
	}
	js.Global().Get("console").Call("error", text+"\n"+string(stack))
}
