package loop

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// start runs a loop whose faults come through the channel.
func start(t *testing.T) (*Loop, chan Fault) {
	faults := make(chan Fault, 10)
	l := New(Options{Fault: func(f Fault) { faults <- f }})
	l.Start()
	t.Cleanup(func() {
		select {
		case <-l.Ended():
		default:
			assert.NoError(t, l.Close(context.Background()))
		}
	})
	return l, faults
}

// blocked keeps the loop from its messages until the function is called.
func blocked(t *testing.T, l *Loop) (release func()) {
	held, free := make(chan struct{}), make(chan struct{})
	require.True(t, l.Post(nil, func() { close(held); <-free }))
	<-held
	return sync.OnceFunc(func() { close(free) })
}

func TestDoThatIsGivenUpNeverRuns(t *testing.T) {
	l, _ := start(t)
	release := blocked(t, l)
	defer release()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for range 50 { // whether the message was queued is for the runtime to choose
		ran := false
		require.ErrorIs(t, l.Do(ctx, nil, func() { ran = true }), context.Canceled)
		defer func() { assert.False(t, ran) }()
	}
	release()
	require.NoError(t, l.Do(t.Context(), nil, func() {}))
}

func TestDoThatHasBegunIsWaitedFor(t *testing.T) {
	l, _ := start(t)
	ctx, cancel := context.WithCancel(t.Context())
	n := 0 // the race detector sees whoever does not wait
	require.NoError(t, l.Do(ctx, nil, func() { cancel(); n++ }))
	assert.Equal(t, 1, n)
}

func TestDoOfALoopThatHasEnded(t *testing.T) {
	l, _ := start(t)
	require.NoError(t, l.Close(t.Context()))
	require.ErrorIs(t, l.Do(t.Context(), nil, func() { t.Error("it ran") }), ErrEnded)
	assert.False(t, l.Post(nil, func() {}))
	assert.False(t, l.Outside(nil, func(context.Context) func() { t.Error("it ran"); return nil }))
}

func TestAFaultIsTold(t *testing.T) {
	l, faults := start(t)
	require.ErrorIs(t, l.Do(t.Context(), "a call", func() { panic("nil leg") }), ErrFault)
	f := <-faults
	assert.Equal(t, "a call", f.About)
	assert.Equal(t, "nil leg", f.Cause)
	assert.Contains(t, string(f.Stack), "loop_test.go")

	require.True(t, l.Post("another", func() { panic("gone") }))
	assert.Equal(t, "another", (<-faults).About)
	require.True(t, l.Outside("work", func(context.Context) func() { panic("outside") }))
	assert.Equal(t, "work", (<-faults).About)
	require.NoError(t, l.Do(t.Context(), nil, func() {
		assert.False(t, l.Guard("inner", func() { panic("inner") }))
	}), "the message goes on")
	assert.Equal(t, "inner", (<-faults).About)
}

func TestAFaultInTheTellingEndsThere(t *testing.T) {
	l := New(Options{Fault: func(Fault) { panic("again") }})
	l.Start()
	require.ErrorIs(t, l.Do(t.Context(), nil, func() { panic("first") }), ErrFault)
	require.True(t, l.Outside(nil, func(context.Context) func() { panic("outside") }))
	require.NoError(t, l.Do(t.Context(), nil, func() {}))
	require.NoError(t, l.Close(t.Context()))
}

func TestCloseWaitsForWorkThatFollowsFromWork(t *testing.T) {
	l, _ := start(t)
	var links atomic.Int32
	var next func()
	next = func() {
		l.Outside(nil, func(context.Context) func() {
			if links.Add(1) < 100 {
				return next
			}
			return nil
		})
	}
	require.True(t, l.Post(nil, next))
	require.NoError(t, l.Do(t.Context(), nil, func() {})) // it has begun
	require.NoError(t, l.Close(t.Context()))
	assert.EqualValues(t, 100, links.Load())
}

func TestWorkThatBeginsBesideClose(t *testing.T) {
	for range 200 {
		l := New(Options{})
		l.Start()
		var begun, ended atomic.Int32
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				for range 20 {
					if l.Outside(nil, func(context.Context) func() { ended.Add(1); return nil }) {
						begun.Add(1)
					}
				}
			})
		}
		require.NoError(t, l.Close(t.Context()))
		all.Wait()
		assert.Equal(t, begun.Load(), ended.Load())
	}
}

func TestCloseHasADeadline(t *testing.T) {
	l, _ := start(t)
	stuck := make(chan struct{})
	defer close(stuck)
	told := make(chan struct{})
	require.True(t, l.Outside(nil, func(ctx context.Context) func() {
		<-ctx.Done()
		close(told)
		<-stuck // and does not care
		return nil
	}))
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	require.ErrorIs(t, l.Close(ctx), context.DeadlineExceeded)
	<-told
}
