package ccgateway

import (
	"context"
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/gateway/config"
	"tccc/wire"
)

// stoppedCenter refuses every command, as one that is shutting down does.
type stoppedCenter struct{ Center }

func (stoppedCenter) Command(context.Context, string, string, string, any) (json.RawMessage, error) {
	return nil, wire.ErrStopping
}

// awaitPolls waits until so many polls of a desk wait.
func (w *world) awaitPolls(workNo string, n int) {
	w.t.Helper()
	d := w.handler.desk(workNo)
	require.NotNil(w.t, d)
	require.Eventually(w.t, func() bool {
		d.mu.Lock()
		defer d.mu.Unlock()
		return d.polls == n
	}, patient, time.Millisecond)
}

func TestPollWakesAtOnce(t *testing.T) {
	w := newWorld(t, nil)
	f := w.ready("101", "")
	answered := make(chan reply, 1)
	go func() { answered <- f.poll() }()
	w.awaitPolls("101", 1)
	f.ok("saybusy") // the clock stands still: only the event can end the poll
	r := <-answered
	require.NotNil(t, r.Event)
	assert.Equal(t, eventSetNotReady, r.Event.EventType)
	assert.JSONEq(t, `null`, string(r.Event.Content))
}

func TestPollEndsAfterTenSeconds(t *testing.T) {
	w := newWorld(t, nil)
	f := w.ready("101", "")
	answered := make(chan reply, 1)
	go func() { answered <- f.poll() }()
	w.awaitPolls("101", 1)
	require.Eventually(t, func() bool { return w.clock.waits() == 1 }, patient, time.Millisecond)
	w.clock.advance(10*time.Second - time.Millisecond)
	assert.Empty(t, answered)
	w.clock.advance(time.Millisecond)
	r := <-answered
	assert.Equal(t, CodeOK, r.RetCode)
	assert.Nil(t, r.Event)
}

func TestNewerPollEndsTheOlder(t *testing.T) {
	w := newWorld(t, nil)
	f := w.ready("101", "")
	first, second := make(chan reply, 1), make(chan reply, 1)
	go func() { first <- f.poll() }()
	w.awaitPolls("101", 1)
	go func() { second <- f.poll() }()
	assert.Nil(t, (<-first).Event)
	w.awaitPolls("101", 1)
	f.ok("saybusy")
	assert.Equal(t, eventSetNotReady, (<-second).Event.EventType)
}

func TestEventsOfAPollThatWasGivenUpAreKept(t *testing.T) {
	w := newWorld(t, nil)
	f := w.ready("101", "")
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		req, _ := http.NewRequestWithContext(ctx, http.MethodGet, w.http.URL+Prefix+"agentevent/101", nil)
		req.Header.Set("Guid", f.guid)
		if resp, err := w.http.Client().Do(req); err == nil {
			_ = resp.Body.Close()
		}
	}()
	w.awaitPolls("101", 1)
	cancel()
	<-done
	w.awaitPolls("101", 0)
	f.ok("saybusy")
	f.awaits(eventSetNotReady)
}

func TestSilenceSignsOut(t *testing.T) {
	w := newWorld(t, nil)
	f := w.ready("101", "")
	w.clock.advance(2*time.Minute - time.Millisecond)
	f.ok("handshake")
	w.clock.advance(2*time.Minute - time.Millisecond)
	assert.Equal(t, CodeOK, f.post("sayfree").RetCode, "other requests are no sign of life …")
	w.clock.advance(time.Millisecond)
	assert.Equal(t, CodeNotSignedIn, f.post("sayfree").RetCode)
	assert.Equal(t, CodeNotSignedIn, f.poll().RetCode)
	require.Eventually(t, func() bool { return !w.info("agent1@demo").Present }, patient, time.Millisecond)
	assert.Equal(t, wire.StatusOffline, w.state("agent1@demo").Status)
	w.signIn("101", "")
}

func TestNoSilenceWhileAPollWaits(t *testing.T) {
	w := newWorld(t, func(o *Options, _ *config.App) { o.PollWait = time.Hour })
	f := w.ready("101", "")
	answered := make(chan reply, 1)
	go func() { answered <- f.poll() }()
	w.awaitPolls("101", 1)
	w.clock.advance(10 * time.Minute)
	f.ok("saybusy")
	assert.Equal(t, eventSetNotReady, (<-answered).Event.EventType)
	w.awaitPolls("101", 0)
	w.clock.advance(2 * time.Minute)
	assert.Equal(t, CodeNotSignedIn, f.post("sayfree").RetCode)
}

func TestSilenceLeavesTheSDKAlone(t *testing.T) {
	w := newWorld(t, nil)
	w.sdk("agent1@demo")
	f := w.ready("101", "")
	f.ok("saybusy")
	w.clock.advance(2 * time.Minute)
	assert.Equal(t, CodeNotSignedIn, f.post("sayfree").RetCode)
	w.handler.work.Wait()
	assert.Equal(t, wire.StatusNotReady, w.state("agent1@demo").Status)
}

func TestSilenceLeavesTheCallOfTheSDKAlone(t *testing.T) {
	w := newWorld(t, nil)
	p, f := w.sdk("agent1@demo"), w.ready("101", "")
	w.rings(sales)
	id := callID(t, f.awaits(eventRinging))
	p.on(wire.MethodCallAccept, id)
	w.clock.advance(2 * time.Minute)
	w.handler.work.Wait()
	assert.Equal(t, CodeNotSignedIn, f.poll().RetCode)
	assert.Equal(t, wire.StateTalking, w.session("agent1@demo", id).State)
	p.on(wire.MethodCallHold, id)
	p.on(wire.MethodCallUnhold, id)
}

func TestQueueIsBounded(t *testing.T) {
	w := newWorld(t, nil)
	f := w.ready("101", "")
	for range queueSize {
		f.ok("saybusy")
		f.ok("cancelbusy")
	}
	f.ok("saybusy")
	d := w.handler.desk("101")
	d.mu.Lock()
	assert.Len(t, d.queue, queueSize)
	assert.Equal(t, eventSetNotReady, d.queue[queueSize-1].EventType, "the newest is kept")
	d.mu.Unlock()
}

func TestCloseEndsPolls(t *testing.T) {
	w := newWorld(t, nil)
	f := w.ready("101", "")
	answered := make(chan reply, 1)
	go func() { answered <- f.poll() }()
	w.awaitPolls("101", 1)
	w.handler.Close()
	<-answered
	assert.Zero(t, w.clock.waits())
	r := w.do(http.MethodPut, "onlineagent/102", "", credentials(""))
	assert.Equal(t, CodeUnavailable, r.RetCode)
}
