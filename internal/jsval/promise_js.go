package jsval

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"syscall/js"
)

// settlements hands the results of promises to the goroutines that await them.
// One function serves all promises; it is bound to a number for each, so that
// a promise which settles after its waiter has gone is ignored and nothing
// needs to be released.
type settlements struct {
	mu      sync.Mutex
	next    int
	waiting map[int]func(settled)
	settle  js.Func
}

type settled struct {
	value js.Value
	err   error
}

var promises = sync.OnceValue(func() *settlements {
	s := &settlements{waiting: make(map[int]func(settled))}
	s.settle = js.FuncOf(func(_ js.Value, args []js.Value) any {
		id, fulfilled, value := args[0].Int(), args[1].Bool(), js.Undefined()
		if len(args) > 2 {
			value = args[2]
		}
		s.mu.Lock()
		take := s.waiting[id]
		delete(s.waiting, id)
		s.mu.Unlock()
		switch {
		case take == nil:
		case fulfilled:
			take(settled{value: value})
		default:
			take(settled{err: js.Error{Value: value}})
		}
		return nil
	})
	return s
})

// Await waits until the promise settles or the context ends. A rejection is
// returned as a js.Error. It must not be called on the event loop, that is
// directly in a function of FuncOf or Listen: there it would wait for ever.
func Await(ctx context.Context, promise js.Value) (js.Value, error) {
	return AwaitLate(ctx, promise, nil)
}

// AwaitLate is Await for a promise whose value must be disposed of if it comes
// too late: when the context has ended first, late receives the value once the
// promise is fulfilled. It runs on the event loop and must not block.
func AwaitLate(ctx context.Context, promise js.Value, late func(js.Value)) (js.Value, error) {
	s := promises()
	c := make(chan settled, 1)
	s.mu.Lock()
	s.next++
	id := s.next
	s.waiting[id] = func(r settled) { c <- r }
	s.mu.Unlock()

	then := s.settle.Call("bind", js.Null(), id, true)
	catch := s.settle.Call("bind", js.Null(), id, false)
	if _, err := Call(promise, "then", then, catch); err != nil {
		s.forget(id)
		return js.Undefined(), fmt.Errorf("failed to await a value that is no promise: %w", err)
	}
	select {
	case r := <-c:
		return r.value, r.err
	case <-ctx.Done():
		if !s.dispose(id, late) {
			r := <-c // it has settled at this very moment
			return r.value, r.err
		}
		return js.Undefined(), ctx.Err()
	}
}

func (s *settlements) forget(id int) {
	s.mu.Lock()
	delete(s.waiting, id)
	s.mu.Unlock()
}

// dispose lets late have the value that nobody waits for any more. It is false
// if the promise has settled already.
func (s *settlements) dispose(id int, late func(js.Value)) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, waiting := s.waiting[id]; !waiting {
		return false
	}
	if late == nil {
		delete(s.waiting, id)
		return true
	}
	s.waiting[id] = func(r settled) {
		if r.err == nil {
			late(r.value)
		}
	}
	return true
}

// CallAwait calls a method that returns a promise and awaits it.
func CallAwait(ctx context.Context, object js.Value, method string, args ...any) (js.Value, error) {
	promise, err := Call(object, method, args...)
	if err != nil {
		return js.Undefined(), err
	}
	return Await(ctx, promise)
}

// Call calls a method and returns what it throws as a js.Error. An object that
// is undefined or lacks the method gives ErrMissing.
func Call(object js.Value, method string, args ...any) (result js.Value, err error) {
	if !Has(object, method) {
		return js.Undefined(), fmt.Errorf("failed to call %s: %w", method, ErrMissing)
	}
	defer catch(&err)
	return object.Call(method, args...), nil
}

// ErrMissing says that the browser lacks an object or a method.
var ErrMissing = errors.New("the browser does not have it")

// Has reports whether the object has a method of this name.
func Has(object js.Value, method string) bool {
	if t := object.Type(); t != js.TypeObject && t != js.TypeFunction {
		return false
	}
	return Read(object, method).Type() == js.TypeFunction
}

// ErrorName is the name of a JavaScript error ("NotAllowedError"), or "" if err
// holds none.
func ErrorName(err error) string {
	var e js.Error
	if !errors.As(err, &e) || e.Value.Type() != js.TypeObject {
		return ""
	}
	if name := e.Value.Get("name"); name.Type() == js.TypeString {
		return name.String()
	}
	return ""
}

func catch(err *error) {
	switch v := recover().(type) {
	case nil:
	case js.Error:
		*err = v
	case *js.ValueError:
		*err = v
	default:
		panic(v)
	}
}
