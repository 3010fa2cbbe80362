package jsval

import (
	"context"
	"errors"
	"syscall/js"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestAwait(t *testing.T) {
	promise := js.Global().Get("Promise")
	ctx := context.Background()
	before := Live()

	v, err := Await(ctx, promise.Call("resolve", 7))
	require.NoError(t, err)
	assert.Equal(t, 7, v.Int())

	boom := js.Global().Get("TypeError").New("boom")
	_, err = Await(ctx, promise.Call("reject", boom))
	require.Error(t, err)
	assert.Equal(t, "TypeError", ErrorName(err))

	_, err = Await(ctx, js.ValueOf(3))
	assert.ErrorIs(t, err, ErrMissing)
	assert.Equal(t, before, Live(), "awaiting must not leave functions behind")
}

func TestAwaitGivesUpWithItsContext(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
	defer cancel()
	var resolve js.Value
	executor := FuncOf(func(_ js.Value, args []js.Value) any { resolve = args[0]; return nil })
	defer executor.Release()
	promise := js.Global().Get("Promise").New(executor.Value)

	_, err := Await(ctx, promise)
	assert.ErrorIs(t, err, context.DeadlineExceeded)
	assert.Empty(t, promises().waiting)
	late := make(chan int, 1)
	_, err = AwaitLate(ctx, promise, func(v js.Value) { late <- v.Int() })
	assert.ErrorIs(t, err, context.DeadlineExceeded)
	resolve.Invoke(1) // late: nobody waits, nothing breaks
	_, err = Await(context.Background(), promise)
	assert.NoError(t, err)
	assert.Equal(t, 1, <-late)
	assert.Empty(t, promises().waiting)
}

func TestListen(t *testing.T) {
	before := Live()
	target := js.Global().Get("EventTarget").New()
	calls := 0
	var remove func()
	remove = Listen(target, "hello", func(event js.Value) {
		calls++
		assert.Equal(t, "hello", event.Get("type").String())
		remove()
	})
	assert.Equal(t, before+1, Live())
	target.Call("dispatchEvent", js.Global().Get("Event").New("hello"))
	target.Call("dispatchEvent", js.Global().Get("Event").New("hello"))
	assert.Equal(t, 1, calls)
	remove()
	assert.Equal(t, before, Live())
}

func TestPanicInAFunctionIsReported(t *testing.T) {
	var got any
	OnPanic(func(v any, stack []byte) { got = v; assert.NotEmpty(t, stack) })
	defer OnPanic(nil)
	f := FuncOf(func(js.Value, []js.Value) any { panic(errors.New("oh no")) })
	defer f.Release()
	assert.True(t, f.Invoke().IsUndefined())
	require.Error(t, got.(error))
	assert.Equal(t, "oh no", got.(error).Error())
}

func TestCallReturnsWhatIsThrown(t *testing.T) {
	_, err := Call(js.Global().Get("JSON"), "parse", "{")
	assert.Equal(t, "SyntaxError", ErrorName(err))
	_, err = Call(js.Undefined(), "parse")
	assert.ErrorIs(t, err, ErrMissing)
	_, err = Call(js.Global().Get("JSON"), "sing")
	assert.ErrorIs(t, err, ErrMissing)
	assert.Empty(t, ErrorName(err))
}
